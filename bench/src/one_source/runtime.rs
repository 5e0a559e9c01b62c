//! Lost: the blocking client owns a runtime and runs each call of the async one on it.
//!
//! The link could be any async one, and that is its charm; but whoever blocks takes a runtime into the bargain, and
//! a call from inside another runtime panics.

use tokio::runtime::{Builder, Runtime};

use super::{
    conversation::{Error, Meter},
    polled_once::Client,
};

/// A client and its runtime.
pub(crate) struct OwnRuntime {
    runtime: Runtime,
    client: Client<Meter>,
}

impl OwnRuntime {
    pub(crate) fn new(meter: Meter) -> Self {
        Self {
            runtime: Builder::new_current_thread()
                .build()
                .expect("a runtime without drivers can always be built"),
            client: Client::new(meter),
        }
    }

    pub(crate) fn read(&mut self, blocks: u32) -> Result<u64, Error> {
        self.runtime.block_on(self.client.read(blocks))
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_blocking_call_inside_another_runtime_panics() {
        let outer = Builder::new_current_thread().build().unwrap();
        let mut client = OwnRuntime::new(Meter::default());
        let call = || outer.block_on(async { client.read(1) });
        assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    }
}
