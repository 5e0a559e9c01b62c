//! Lost: a macro writes the client twice, once with `async` and `await` and once without.
//!
//! The blocking code is as plain as code can be; but every procedure lives inside a macro, where rustfmt does not
//! reach, errors point at the expansion, and everything is compiled twice.

use super::conversation::{Error, Meter, State, block, request};

/// A link for plain code.
pub(crate) trait Link {
    fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>, Error>;
}

impl Link for Meter {
    fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        self.answer(request)
    }
}

macro_rules! client {
    ($name:ident over $link:path, [$($async:tt)*], [$($wait:tt)*]) => {
        pub(crate) struct $name<L> {
            link: L,
            state: State,
        }

        impl<L: $link> $name<L> {
            pub(crate) const fn new(link: L) -> Self {
                Self { link, state: State::Ready }
            }

            pub(crate) $($async)* fn read(&mut self, blocks: u32) -> Result<u64, Error> {
                let mut sum = 0;
                let mut number = 1;
                loop {
                    let answer = self.exchange(&request(blocks, number))$($wait)*?;
                    let block = block(&answer, number)?;
                    sum += u64::from(block.content);
                    if block.last {
                        return Ok(sum);
                    }
                    number += 1;
                }
            }

            $($async)* fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
                if self.state == State::Exchanging {
                    return Err(Error::Interrupted);
                }
                self.state = State::Exchanging;
                let answer = self.link.exchange(request)$($wait)*;
                self.state = State::Ready;
                answer
            }
        }
    };
}

client!(Direct over Link, [], []);

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;
    use crate::one_source::polled_once;

    client!(Awaited over polled_once::Link, [async], [.await]);

    #[test]
    fn the_same_source_yields_an_async_client_too() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let mut client = Awaited::new(Meter::default());
        assert_eq!(runtime.block_on(client.read(4)), Ok(1 + 2 + 3 + 4));
    }
}
