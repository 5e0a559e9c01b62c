//! What client and meter say to each other: a value in blocks, each asked for by its number.
//!
//! | octets  | 0    | 1             | 2    | 3–6             | 7–10                   |
//! |---------|------|---------------|------|-----------------|------------------------|
//! | request | `c0` | `02`          | `81` | blocks, block   |                        |
//! | answer  | `c4` | `00` or `01`  | `81` | number of block | the register's content |

use std::fmt;

use cosem::bytes::{DecodeError, Reader, Writer};

/// Why a call has no result.
#[derive(Debug, PartialEq)]
pub(crate) enum Error {
    /// The answer cannot be read.
    Answer(DecodeError),
    /// Another block came than was asked for.
    Block(u32),
    /// An earlier call was dropped before its answer came, which may still be on its way.
    Interrupted,
    /// A link that must not wait waited.
    Pended,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(error) => write!(f, "the answer cannot be read: {error}"),
            Self::Block(number) => write!(f, "block {number} was not asked for"),
            Self::Interrupted => f.write_str("an earlier call was dropped: associate again"),
            Self::Pended => f.write_str("the link waited where it must not"),
        }
    }
}

impl std::error::Error for Error {}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Answer(error)
    }
}

/// Whether a client may ask: only between its exchanges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Ready,
    /// Set before the wait and taken back behind it, so a dropped call leaves it behind.
    Exchanging,
}

/// One block of an answer.
pub(crate) struct Block {
    pub(crate) last: bool,
    pub(crate) content: u32,
}

/// The request for block `number` of `blocks`.
pub(crate) fn request(blocks: u32, number: u32) -> Vec<u8> {
    let mut octets = Vec::with_capacity(11);
    let mut w = Writer::new(&mut octets);
    w.octets(&[0xc0, 0x02, 0x81]);
    w.u32(blocks);
    w.u32(number);
    octets
}

/// Reads an answer and checks that it is the one to `number`.
pub(crate) fn block(answer: &[u8], number: u32) -> Result<Block, Error> {
    let mut r = Reader::new(answer);
    r.u8("get-response")?;
    let last = r.u8("last-block")? != 0;
    r.u8("invoke-id")?;
    let came = r.u32("block-number")?;
    if came != number {
        return Err(Error::Block(came));
    }
    let content = r.u32("content")?;
    r.finish("get-response")?;
    Ok(Block { last, content })
}

/// A meter in memory that answers at once; each block holds its own number.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    answered: u64,
}

impl Meter {
    pub(crate) fn answer(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let mut r = Reader::new(request);
        r.octets("get-request", 3)?;
        let (blocks, number) = (r.u32("blocks")?, r.u32("block-number")?);
        let mut octets = Vec::with_capacity(11);
        let mut w = Writer::new(&mut octets);
        w.octets(&[0xc4, u8::from(number >= blocks), 0x81]);
        w.u32(number);
        w.u32(number);
        self.answered += 1;
        Ok(octets)
    }
}
