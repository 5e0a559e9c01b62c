//! SET (IEC 62056-5-3, Set-Request and Set-Response): writes attributes.
//!
//! Set-Request:
//!
//! | octets                        | 0    | 1    | 2                      | 3…                                                              |
//! |-------------------------------|------|------|------------------------|-----------------------------------------------------------------|
//! | normal                        | `c1` | `01` | invoke-id-and-priority | attribute (9), access-selection (optional), Data                |
//! | with-first-datablock          | `c1` | `02` | invoke-id-and-priority | attribute (9), access-selection (optional), data block          |
//! | with-datablock                | `c1` | `03` | invoke-id-and-priority | data block                                                      |
//! | with-list                     | `c1` | `04` | invoke-id-and-priority | count, {attribute (9), access-selection} …, count, Data …       |
//! | with-list-and-first-datablock | `c1` | `05` | invoke-id-and-priority | count, {attribute (9), access-selection} …, data block          |
//!
//! Set-Response; the results stand in front of the block number:
//!
//! | octets                   | 0    | 1    | 2                      | 3…                                             |
//! |--------------------------|------|------|------------------------|------------------------------------------------|
//! | normal                   | `c5` | `01` | invoke-id-and-priority | data-access-result (1)                         |
//! | datablock                | `c5` | `02` | invoke-id-and-priority | block-number (4)                               |
//! | last-datablock           | `c5` | `03` | invoke-id-and-priority | data-access-result (1), block-number (4)       |
//! | last-datablock-with-list | `c5` | `04` | invoke-id-and-priority | count, data-access-result …, block-number (4)  |
//! | with-list                | `c5` | `05` | invoke-id-and-priority | count, data-access-result …                    |
//!
//! A data block (DataBlock-SA), also in ACTION:
//!
//! | octets | 0          | 1–4          | 5…                      |
//! |--------|------------|--------------|-------------------------|
//! | field  | last-block | block-number | raw-data (octet string) |
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{DataAccessResult, SetRequest, SetResponse};
//! // "000" is written to 0-0:128.1.0, and accepted.
//! let request = from_hex("c1 01 81 0001 0000800100ff 02 00 0a 03 303030")?;
//! let SetRequest::Normal { target, value, .. } = SetRequest::decode(&mut Reader::new(&request))? else { unreachable!() };
//! assert_eq!(target.attribute.to_string(), "1 0-0:128.1.0*255 2");
//! assert_eq!(value.as_octets(), [0x0a, 3, b'0', b'0', b'0']);
//! let response = SetResponse::decode(&mut Reader::new(&[0xc5, 0x01, 0x81, 0x00]))?;
//! let result = DataAccessResult::SUCCESS;
//! assert_eq!(response, SetResponse::Normal { invoke: response.invoke(), result });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use cosem::Encoded;
use cosem::bytes::{Reader, Result, Writer};

use super::result::value;
use super::{
    AttributeReference, DataAccessResult, InvokeId, boolean, choice, hidden, list, put_list, shown,
    tagged, unknown_choice,
};

/// Writes attributes, whole or in blocks.
#[derive(Clone, PartialEq, Eq)]
pub enum SetRequest {
    /// One attribute.
    Normal {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The attribute.
        target: AttributeReference,
        /// Its new value.
        value: Encoded,
    },
    /// One attribute whose value is too long for one APDU: its first block.
    WithFirstDatablock {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The attribute.
        target: AttributeReference,
        /// The first slice of its new value.
        datablock: DataBlock,
    },
    /// A further block.
    WithDatablock {
        /// As in the request that began the transfer.
        invoke: InvokeId,
        /// The next slice.
        datablock: DataBlock,
    },
    /// Several attributes.
    WithList {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The attributes.
        targets: Vec<AttributeReference>,
        /// Their new values in the same order.
        values: Vec<Encoded>,
    },
    /// Several attributes whose values are too long for one APDU: the first block.
    WithListAndFirstDatablock {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The attributes.
        targets: Vec<AttributeReference>,
        /// The first slice of the count and the values.
        datablock: DataBlock,
    },
}

impl SetRequest {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let choice = choice(r, 1, REQUESTS)?;
            if !(1..=5).contains(&choice) {
                return Err(unknown_choice(
                    r,
                    choice,
                    "1 normal to 5 with-list-and-first-datablock",
                ));
            }
            let invoke = InvokeId::decode(r)?;
            Ok(match choice {
                1 => {
                    let target = AttributeReference::decode(r)?;
                    let value = value(r, target.attribute.is_secret())?;
                    Self::Normal { invoke, target, value }
                }
                2 => {
                    let target = AttributeReference::decode(r)?;
                    let datablock = DataBlock::decode(r, target.attribute.is_secret())?;
                    Self::WithFirstDatablock { invoke, target, datablock }
                }
                3 => Self::WithDatablock { invoke, datablock: DataBlock::decode(r, false)? },
                4 => {
                    let targets = attributes(r)?;
                    let is_secret = any_is_secret(&targets);
                    let values = list(r, "value-list", 1, |r| value(r, is_secret))?;
                    Self::WithList { invoke, targets, values }
                }
                _ => {
                    let targets = attributes(r)?;
                    let datablock = DataBlock::decode(r, any_is_secret(&targets))?;
                    Self::WithListAndFirstDatablock { invoke, targets, datablock }
                }
            })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        match self {
            Self::Normal { invoke, target, value } => {
                w.u8(1);
                invoke.encode(w);
                target.encode(w);
                value.encode(w);
            }
            Self::WithFirstDatablock { invoke, target, datablock } => {
                w.u8(2);
                invoke.encode(w);
                target.encode(w);
                datablock.encode(w);
            }
            Self::WithDatablock { invoke, datablock } => {
                w.u8(3);
                invoke.encode(w);
                datablock.encode(w);
            }
            Self::WithList { invoke, targets, values } => {
                w.u8(4);
                invoke.encode(w);
                put_list(w, targets, |w, target| target.encode(w));
                put_list(w, values, |w, value| value.encode(w));
            }
            Self::WithListAndFirstDatablock { invoke, targets, datablock } => {
                w.u8(5);
                invoke.encode(w);
                put_list(w, targets, |w, target| target.encode(w));
                datablock.encode(w);
            }
        }
    }

    /// The invoke-id and priority.
    #[must_use]
    pub const fn invoke(&self) -> InvokeId {
        match self {
            Self::Normal { invoke, .. }
            | Self::WithFirstDatablock { invoke, .. }
            | Self::WithDatablock { invoke, .. }
            | Self::WithList { invoke, .. }
            | Self::WithListAndFirstDatablock { invoke, .. } => *invoke,
        }
    }
}

/// Without the value of a password or a key.
impl fmt::Debug for SetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, target, value): (&str, &dyn fmt::Debug, &dyn fmt::Debug) = match self {
            Self::Normal { target, value, .. } => {
                ("Normal", target, shown(value, target.attribute.is_secret()))
            }
            Self::WithFirstDatablock { target, datablock, .. } => {
                ("WithFirstDatablock", target, datablock)
            }
            Self::WithDatablock { datablock, .. } => ("WithDatablock", &(), datablock),
            Self::WithList { targets, values, .. } => {
                ("WithList", targets, shown(values, any_is_secret(targets)))
            }
            Self::WithListAndFirstDatablock { targets, datablock, .. } => {
                ("WithListAndFirstDatablock", targets, datablock)
            }
        };
        f.debug_tuple(name).field(&self.invoke()).field(target).field(value).finish()
    }
}

const REQUESTS: &[&str] = &[
    "normal",
    "with-first-datablock",
    "with-datablock",
    "with-list",
    "with-list-and-first-datablock",
];

fn attributes(r: &mut Reader<'_>) -> Result<Vec<AttributeReference>> {
    list(r, "attribute-list", AttributeReference::LEAST, AttributeReference::decode)
}

fn any_is_secret(targets: &[AttributeReference]) -> bool {
    targets.iter().any(|target| target.attribute.is_secret())
}

/// Answers a SET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetResponse {
    /// One result.
    Normal {
        /// As in the request.
        invoke: InvokeId,
        /// The result.
        result: DataAccessResult,
    },
    /// A block has come; the next is awaited.
    Datablock {
        /// As in the request.
        invoke: InvokeId,
        /// The number of the block that has come.
        block: u32,
    },
    /// The last block has come, or the transfer has ended early.
    LastDatablock {
        /// As in the request.
        invoke: InvokeId,
        /// The result.
        result: DataAccessResult,
        /// The number of the block that has come.
        block: u32,
    },
    /// The last block of several values has come.
    LastDatablockWithList {
        /// As in the request.
        invoke: InvokeId,
        /// The results in the order of the request.
        results: Vec<DataAccessResult>,
        /// The number of the block that has come.
        block: u32,
    },
    /// Several results.
    WithList {
        /// As in the request.
        invoke: InvokeId,
        /// The results in the order of the request.
        results: Vec<DataAccessResult>,
    },
}

impl SetResponse {
    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let choice = choice(r, 1, RESPONSES)?;
            if !(1..=5).contains(&choice) {
                return Err(unknown_choice(r, choice, "1 normal to 5 with-list"));
            }
            let invoke = InvokeId::decode(r)?;
            Ok(match choice {
                1 => Self::Normal { invoke, result: DataAccessResult::decode(r)? },
                2 => Self::Datablock { invoke, block: r.u32("block-number")? },
                3 => Self::LastDatablock {
                    invoke,
                    result: DataAccessResult::decode(r)?,
                    block: r.u32("block-number")?,
                },
                4 => Self::LastDatablockWithList {
                    invoke,
                    results: list(r, "result", 1, DataAccessResult::decode)?,
                    block: r.u32("block-number")?,
                },
                _ => {
                    let results = list(r, "result", 1, DataAccessResult::decode)?;
                    Self::WithList { invoke, results }
                }
            })
        })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        match self {
            Self::Normal { invoke, result } => {
                w.u8(1);
                invoke.encode(w);
                result.encode(w);
            }
            Self::Datablock { invoke, block } => {
                w.u8(2);
                invoke.encode(w);
                w.u32(*block);
            }
            Self::LastDatablock { invoke, result, block } => {
                w.u8(3);
                invoke.encode(w);
                result.encode(w);
                w.u32(*block);
            }
            Self::LastDatablockWithList { invoke, results, block } => {
                w.u8(4);
                invoke.encode(w);
                put_list(w, results, |w, result| result.encode(w));
                w.u32(*block);
            }
            Self::WithList { invoke, results } => {
                w.u8(5);
                invoke.encode(w);
                put_list(w, results, |w, result| result.encode(w));
            }
        }
    }

    /// The invoke-id and priority.
    #[must_use]
    pub const fn invoke(&self) -> InvokeId {
        match self {
            Self::Normal { invoke, .. }
            | Self::Datablock { invoke, .. }
            | Self::LastDatablock { invoke, .. }
            | Self::LastDatablockWithList { invoke, .. }
            | Self::WithList { invoke, .. } => *invoke,
        }
    }
}

const RESPONSES: &[&str] =
    &["normal", "datablock", "last-datablock", "last-datablock-with-list", "with-list"];

/// A slice of something that is too long for one APDU.
#[derive(Clone, PartialEq, Eq)]
pub struct DataBlock {
    /// Whether no block follows.
    pub last: bool,
    /// The block's number; the first is 1.
    pub block: u32,
    /// The slice; it may end anywhere.
    pub raw_data: Vec<u8>,
}

/// Without the octets: nobody knows of what they are a slice.
impl fmt::Debug for DataBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataBlock")
            .field("last", &self.last)
            .field("block", &self.block)
            .field("octets", &self.raw_data.len())
            .finish()
    }
}

impl DataBlock {
    pub(super) fn decode(r: &mut Reader<'_>, is_secret: bool) -> Result<Self> {
        r.group("datablock", |r| {
            Ok(Self {
                last: boolean(r, "last-block")?,
                block: r.u32("block-number")?,
                raw_data: if is_secret {
                    hidden(r, "raw-data", |r| r.octet_string("raw-data"))?.to_vec()
                } else {
                    r.octet_string("raw-data")?.to_vec()
                },
            })
        })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        w.u8(u8::from(self.last));
        w.u32(self.block);
        w.octet_string(&self.raw_data);
    }
}
