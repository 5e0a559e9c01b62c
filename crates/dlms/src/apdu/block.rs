//! General-Block-Transfer (IEC 62056-5-3): a slice of an APDU that is too long for one.
//!
//! | octets | 0    | 1             | 2–3          | 4–5              | 6…                        |
//! |--------|------|---------------|--------------|------------------|---------------------------|
//! | field  | `e0` | block-control | block-number | block-number-ack | block-data (octet string) |
//!
//! block-control:
//!
//! | bits  | 0–5    | 6         | 7          |
//! |-------|--------|-----------|------------|
//! | field | window | streaming | last-block |
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::GeneralBlockTransfer;
//! // A head-end has all blocks up to 6, has nothing to send and can take five at once.
//! let octets = from_hex("e0 85 0002 0006 00")?;
//! let transfer = GeneralBlockTransfer::decode(&mut Reader::new(&octets))?;
//! assert!(transfer.control.is_last() && !transfer.control.is_streaming());
//! assert_eq!((transfer.control.window(), transfer.block, transfer.acknowledged), (5, 2, 6));
//! assert_eq!(transfer.data, []);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Reader, Result, Writer};

use super::{hidden, holds_secrets, tagged};

/// The octet as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockControl(pub u8);

impl BlockControl {
    /// Whether the sender's APDU ends with this block.
    #[must_use]
    pub const fn is_last(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Whether more blocks follow at once and no answer is wanted yet.
    #[must_use]
    pub const fn is_streaming(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// How many blocks the sender of this one can take at once.
    #[must_use]
    pub const fn window(self) -> u8 {
        self.0 & 0x3f
    }
}

impl fmt::Display for BlockControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_last() {
            f.write_str("last-block, ")?;
        }
        if self.is_streaming() {
            f.write_str("streaming, ")?;
        }
        write!(f, "window {}", self.window())
    }
}

/// A block of an APDU, and which of the other side's have come.
#[derive(Clone, PartialEq, Eq)]
pub struct GeneralBlockTransfer {
    /// Whether more follows, and how much the sender can take.
    pub control: BlockControl,
    /// The block's number; the first is 1.
    pub block: u16,
    /// The highest number up to which the other side's blocks have come.
    pub acknowledged: u16,
    /// The slice; it may end anywhere.
    pub data: Vec<u8>,
}

impl GeneralBlockTransfer {
    /// Reads the block, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let control = BlockControl(r.u8("block-control")?);
            r.meaning(|| format!("{control}"));
            let block = r.u16("block-number")?;
            let acknowledged = r.u16("block-number-ack")?;
            let slice = r.untraced().octet_string("block-data")?;
            // Which APDU a later block continues is not known: it may be one with a password.
            let is_secret = match slice.first() {
                Some(tag) => block != 1 || holds_secrets(*tag),
                None => false,
            };
            let data = if is_secret {
                hidden(r, "block-data", |r| r.octet_string("block-data"))?
            } else {
                r.octet_string("block-data")?
            };
            Ok(Self { control, block, acknowledged, data: data.to_vec() })
        })
    }

    /// Writes the block.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        w.u8(self.control.0);
        w.u16(self.block);
        w.u16(self.acknowledged);
        w.octet_string(&self.data);
    }
}

/// Without the octets: nobody knows of what they are a slice.
impl fmt::Debug for GeneralBlockTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneralBlockTransfer")
            .field("control", &format_args!("{}", self.control))
            .field("block", &self.block)
            .field("acknowledged", &self.acknowledged)
            .field("octets", &self.data.len())
            .finish()
    }
}
