//! HDLC: frames on serial lines, and over TCP behind converters (IEC 62056-46).
//!
//! Frames, addresses, check sequences, the parameters of SNRM and UA, a decoder for streams, and the
//! two ends of a link: [`Primary`], the client's, and [`Secondary`], the meter's. Both send with a
//! window of 1; the client takes what a meter sends in larger ones.

mod address;
pub mod check;
mod control;
mod decoder;
mod frame;
mod parameters;
mod primary;
mod secondary;

pub use address::{Address, AddressSize};
pub use control::{Control, Kind};
pub use decoder::{Decoder, Found};
pub use frame::{FLAG, Frame, MOST_OCTETS, Oversize, Segmentation};
pub use parameters::Parameters;
pub use primary::{LinkEvent, Primary, PrimaryOptions};
pub use secondary::{LineEvent, Pair, Secondary, SecondaryOptions};
