//! What is measured, and the losing variants that were measured against it.
//!
//! `cargo xtask bench` builds and runs this package; docs/decisions.md holds the figures. Nothing here is
//! part of the project's interface.

mod cases;
mod instrument;
mod one_source;
mod profile;
mod storage;

pub use cases::Case;
pub use instrument::{Counted, Instrument, Stopwatch};
pub use one_source::converse;
pub use profile::{ROW, ROWS, octets};
