//! A request under way, and the long answer that is being put together.

use alloc::vec::Vec;

use cosem::Encoded;
use cosem::bytes::Reader;

use super::{Delivery, Event, Negotiated};
use crate::apdu::{DatablockResult, GetDataResult, InvokeId};
use crate::association::error::{Error, Misuse, Violation};
use crate::time::Instant;

/// A request under way.
#[derive(Debug)]
pub(super) struct AwaitingAnswer {
    pub(super) negotiated: Negotiated,
    pub(super) invoke: InvokeId,
    pub(super) until: Instant,
    pub(super) asked: Asked,
}

#[derive(Debug)]
pub(super) enum Asked {
    Get { targets: usize, delivery: Delivery, blocks: Option<Blocks> },
    Set,
    Action,
}

/// A long answer that is being put together.
#[derive(Debug)]
pub(super) struct Blocks {
    /// The number of the last block.
    pub(super) number: u32,
    /// What has arrived; empty when it is delivered in parts.
    octets: Vec<u8>,
    /// What the transfer has cost, an octet for each block included.
    spent: usize,
}

impl Asked {
    pub(super) const fn answer(&self) -> &'static str {
        match self {
            Self::Get { .. } => "get-response",
            Self::Set => "set-response-normal",
            Self::Action => "action-response-normal",
        }
    }
}

pub(super) struct Block {
    pub(super) last: bool,
    pub(super) number: u32,
    pub(super) result: DatablockResult,
}

pub(super) enum Taken {
    Complete(Event),
    Part(Vec<u8>),
    /// More is needed; that many octets are there.
    More(usize),
}

impl AwaitingAnswer {
    /// Adds a block to the answer. An `Err` ends the request; nothing of the transfer is used.
    pub(super) fn take_block(&mut self, block: Block, limit: usize) -> Result<Taken, Event> {
        let Asked::Get { targets, delivery, blocks } = &mut self.asked else {
            return Err(Event::Failed(Error::Local(Misuse::NothingToContinue)));
        };
        let mut so_far = match blocks.take() {
            // A meter in use goes on counting from one transfer to the next, so the first number
            // is not looked at.
            None => Blocks { number: block.number, octets: Vec::new(), spent: 0 },
            Some(so_far) if so_far.number.checked_add(1) == Some(block.number) => so_far,
            Some(so_far) => {
                let wanted = so_far.number.wrapping_add(1);
                let violation = Violation::BlockNumber { wanted, found: block.number };
                return Err(Event::Failed(violation.into_error()));
            }
        };
        let octets = match block.result {
            DatablockResult::RawData(octets) => octets,
            DatablockResult::Error(result) if *targets == 1 => {
                return Err(Event::Got(alloc::vec![GetDataResult::Error(result)]));
            }
            // The whole list has failed with one result.
            DatablockResult::Error(result) => {
                return Err(Event::Got(alloc::vec![GetDataResult::Error(result); *targets]));
            }
        };
        // Empty blocks without end must reach the limit too.
        so_far.spent = so_far.spent.saturating_add(octets.len()).saturating_add(1);
        if so_far.spent > limit {
            return Err(Event::Failed(Violation::TooLarge { limit }.into_error()));
        }
        so_far.number = block.number;
        if *delivery == Delivery::Parts {
            if block.last {
                return Ok(Taken::Complete(Event::Part { octets, last: true }));
            }
            *blocks = Some(so_far);
            return Ok(Taken::Part(octets));
        }
        so_far.octets.extend_from_slice(&octets);
        if !block.last {
            let length = so_far.octets.len();
            *blocks = Some(so_far);
            return Ok(Taken::More(length));
        }
        match joined(so_far.octets, *targets) {
            Ok(results) => Ok(Taken::Complete(Event::Got(results))),
            Err(violation) => Err(Event::Failed(violation.into_error())),
        }
    }
}

/// The results in the octets of all blocks: of one target the value alone, of a list its count and
/// the results.
fn joined(octets: Vec<u8>, targets: usize) -> Result<Vec<GetDataResult>, Violation> {
    if targets == 1 {
        return Ok(alloc::vec![GetDataResult::Data(Encoded::try_from(octets)?)]);
    }
    let mut r = Reader::new(&octets);
    let results = GetDataResult::decode_list(&mut r)?;
    r.finish("get-response")?;
    if results.len() != targets {
        return Err(Violation::ListCount { asked: targets, came: results.len() });
    }
    Ok(results)
}
