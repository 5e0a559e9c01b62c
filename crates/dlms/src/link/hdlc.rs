//! HDLC: frames on serial lines, and over TCP behind converters (IEC 62056-46).
//!
//! Frames, addresses, check sequences, the parameters of SNRM and UA, and a decoder for streams. The
//! state machine of the link (numbers, windows, retransmission) is not built yet, so neither client
//! nor server speaks HDLC.

mod address;
pub mod check;
mod control;
mod decoder;
mod frame;
mod parameters;
mod primary;

pub use address::{Address, AddressSize};
pub use control::{Control, Kind};
pub use decoder::{Decoder, Found};
pub use frame::{FLAG, Frame, MOST_OCTETS, Oversize, Segmentation};
pub use parameters::Parameters;
pub use primary::{LinkEvent, Primary, PrimaryOptions};
