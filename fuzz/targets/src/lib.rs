//! What is true of every input, one function for each target.
//!
//! The same functions are run by libFuzzer (`cargo xtask fuzz`), by property tests and over the
//! committed inputs (`cargo test` in this folder). They panic when something is not as it must be,
//! and say whether the input was accepted by the target's outermost layer.
//!
//! Memory is measured where the program's global allocator is `counting_allocator::Counting`.

mod any_apdu;
mod apdu;
mod compact_array;
mod data;
mod date_time;
mod entropy;
mod hdlc;
mod seeds;
mod wrapper_stream;

pub use apdu::{z07_association, z08_apdu};
pub use compact_array::z06_compact_array;
pub use data::{z04_data, z05_generated_data};
pub use date_time::z17_date_time;
pub use entropy::{Entropy, any_data};
pub use hdlc::{z01_hdlc_stream, z02_hdlc_frame};
pub use seeds::seeds;
pub use wrapper_stream::z03_wrapper_stream;

/// A fuzz target.
pub type Target = fn(&[u8]) -> Outcome;

/// Every target with its name.
pub const ALL: &[(&str, Target)] = &[
    ("z01", z01_hdlc_stream),
    ("z02", z02_hdlc_frame),
    ("z03", z03_wrapper_stream),
    ("z04", z04_data),
    ("z05", z05_generated_data),
    ("z06", z06_compact_array),
    ("z07", z07_association),
    ("z08", z08_apdu),
    ("z17", z17_date_time),
];

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The outermost layer has read it.
    Passed,
    /// It was refused with an error.
    Refused,
}

impl Outcome {
    const fn of<T, E>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Passed,
            Err(_) => Self::Refused,
        }
    }
}
