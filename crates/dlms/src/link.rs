//! How APDUs are framed on their way: one file a link.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub mod hdlc;
pub mod wrapper;
