//! Ways to have an async and a blocking client from one source.
//!
//! All three hold the same conversation with a meter in memory, so that what differs is the price of the way.
//!
//! * [`polled_once`]: procedures are `async fn` over a link; a blocking call polls its future once, over a link that
//!   never pends. This is what the project does.
//! * [`runtime`]: the same procedures; a blocking call runs them on a runtime of its own.
//! * [`duplicated`]: a macro writes the procedures twice, with `await` and without.

mod conversation;
mod duplicated;
mod polled_once;
mod runtime;

use self::{
    conversation::{Error, Meter},
    duplicated::Direct,
    polled_once::PolledOnce,
    runtime::OwnRuntime,
};
use crate::Instrument;

/// The ways to block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocking {
    /// The future of each call is polled once.
    PolledOnce,
    /// Each call runs on a runtime that the client owns.
    Runtime,
    /// The code of each call was written without futures, by a macro.
    Duplicated,
}

impl Blocking {
    /// Looks at `calls` calls of `blocks` exchanges each; making and dropping the client is not looked at.
    pub(crate) fn measure(self, calls: u32, blocks: u32, instrument: &mut impl Instrument) {
        match self {
            Self::PolledOnce => instrument.measure(
                || PolledOnce::new(Meter::default()),
                |mut client| (sum(calls, || client.read(blocks)), client),
            ),
            Self::Runtime => instrument.measure(
                || OwnRuntime::new(Meter::default()),
                |mut client| (sum(calls, || client.read(blocks)), client),
            ),
            Self::Duplicated => instrument.measure(
                || Direct::new(Meter::default()),
                |mut client| (sum(calls, || client.read(blocks)), client),
            ),
        }
    }
}

/// Ten calls of ten exchanges. One function for each way, so that a program holds only the way that it uses and
/// the sizes of `examples/blocking_*.rs` can be compared.
pub mod converse {
    use super::{Direct, Meter, OwnRuntime, PolledOnce, sum};

    /// Each call is polled once.
    #[must_use]
    pub fn polled_once() -> u64 {
        let mut client = PolledOnce::new(Meter::default());
        sum(10, || client.read(10))
    }

    /// Each call runs on a runtime.
    #[must_use]
    pub fn runtime() -> u64 {
        let mut client = OwnRuntime::new(Meter::default());
        sum(10, || client.read(10))
    }

    /// Each call is plain code.
    #[must_use]
    pub fn duplicated() -> u64 {
        let mut client = Direct::new(Meter::default());
        sum(10, || client.read(10))
    }
}

/// The sum of the answers. The meter refuses nothing, so a refusal is a fault of the measurement and ends it.
fn sum(calls: u32, mut call: impl FnMut() -> Result<u64, Error>) -> u64 {
    (0..calls).map(|_| call().expect("the meter answers every call")).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_blocking_yields_the_same_values() {
        // Ten calls of the blocks 1 to 10, each block worth its number.
        let sums = [converse::polled_once(), converse::runtime(), converse::duplicated()];
        assert_eq!(sums, [550; 3]);
    }
}
