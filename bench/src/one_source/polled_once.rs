//! Taken: procedures are written once as `async fn`, and a blocking call polls its future exactly once.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::conversation::{Error, Meter, State, block, request};

/// What carries a request to a meter and its answer back.
///
/// The future is named in the signature because that of an `async fn` in a trait would not be known to be
/// `Send`, and a client over any link could not be spawned.
pub(crate) trait Link: Send {
    fn exchange(&mut self, request: &[u8]) -> impl Future<Output = Result<Vec<u8>, Error>> + Send;
}

impl Link for Meter {
    async fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        self.answer(request)
    }
}

/// Every procedure, once.
pub(crate) struct Client<L> {
    link: L,
    state: State,
}

impl<L: Link> Client<L> {
    pub(crate) const fn new(link: L) -> Self {
        Self { link, state: State::Ready }
    }

    pub(crate) async fn read(&mut self, blocks: u32) -> Result<u64, Error> {
        let mut sum = 0;
        let mut number = 1;
        loop {
            let answer = self.exchange(&request(blocks, number)).await?;
            let block = block(&answer, number)?;
            sum += u64::from(block.content);
            if block.last {
                return Ok(sum);
            }
            number += 1;
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        if self.state == State::Exchanging {
            return Err(Error::Interrupted);
        }
        self.state = State::Exchanging;
        let answer = self.link.exchange(request).await;
        self.state = State::Ready;
        answer
    }
}

/// The same names without `await`.
pub(crate) struct PolledOnce {
    client: Client<Meter>,
}

impl PolledOnce {
    pub(crate) const fn new(meter: Meter) -> Self {
        Self { client: Client::new(meter) }
    }

    pub(crate) fn read(&mut self, blocks: u32) -> Result<u64, Error> {
        ready(self.client.read(blocks))
    }
}

/// Polls once: a future over a link that never pends is ready then.
fn ready<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(Error::Pended),
    }
}

#[cfg(test)]
mod tests {
    use std::{future, time::Duration};

    use tokio::{runtime::Builder, task::JoinHandle, time::timeout};

    use super::*;

    /// A meter that has stopped answering.
    struct Silent;

    impl Link for Silent {
        async fn exchange(&mut self, _: &[u8]) -> Result<Vec<u8>, Error> {
            future::pending().await
        }
    }

    /// Compiles only because the future over any link is `Send`.
    fn spawned<L: Link + 'static>(mut client: Client<L>) -> JoinHandle<Result<u64, Error>> {
        tokio::spawn(async move { client.read(4).await })
    }

    #[test]
    fn a_client_over_any_link_can_be_spawned() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let sum = runtime.block_on(async { spawned(Client::new(Meter::default())).await.unwrap() });
        assert_eq!(sum, Ok(1 + 2 + 3 + 4));
    }

    #[test]
    fn a_call_that_was_dropped_in_its_exchange_is_noticed_by_the_next() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let mut client = Client::new(Silent);
        runtime.block_on(async {
            let dropped = timeout(Duration::from_millis(1), client.read(1)).await;
            assert!(dropped.is_err());
            assert_eq!(client.read(1).await, Err(Error::Interrupted));
        });
    }

    #[test]
    fn a_link_that_waits_is_refused_and_not_waited_for() {
        assert_eq!(ready(Client::new(Silent).read(1)), Err(Error::Pended));
    }
}
