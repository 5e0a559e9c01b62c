//! GET (IEC 62056-5-3, Get-Request and Get-Response): reads attributes.
//!
//! Get-Request:
//!
//! | octets    | 0    | 1    | 2                      | 3…                                            |
//! |-----------|------|------|------------------------|-----------------------------------------------|
//! | normal    | `c0` | `01` | invoke-id-and-priority | attribute (9), access-selection (optional)    |
//! | next      | `c0` | `02` | invoke-id-and-priority | block-number (4)                              |
//! | with-list | `c0` | `03` | invoke-id-and-priority | count, {attribute (9), access-selection} …    |
//!
//! Get-Response:
//!
//! | octets         | 0    | 1    | 2                      | 3…                                         |
//! |----------------|------|------|------------------------|--------------------------------------------|
//! | normal         | `c4` | `01` | invoke-id-and-priority | Get-Data-Result                            |
//! | with-datablock | `c4` | `02` | invoke-id-and-priority | last-block (1), block-number (4), result   |
//! | with-list      | `c4` | `03` | invoke-id-and-priority | count, Get-Data-Result …                   |
//!
//! The result of a data block is `00` and raw-data (an octet string: a slice of the encoded value),
//! or `01` and a data-access-result.
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{GetRequest, GetResponse, GetDataResult, DataAccessResult};
//! // The time of the clock is asked for, and comes.
//! let request = from_hex("c0 01 c1 0008 0000010000ff 02 00")?;
//! let GetRequest::Normal { target, .. } = GetRequest::decode(&mut Reader::new(&request))? else { unreachable!() };
//! assert_eq!(target.attribute.to_string(), "8 0-0:1.0.0*255 2");
//! let response = from_hex("c4 01 c1 00 09 0c 07e9060f070c1e00ff800000")?;
//! let GetResponse::Normal { result, .. } = GetResponse::decode(&mut Reader::new(&response))? else { unreachable!() };
//! assert!(matches!(result, GetDataResult::Data(value) if value.as_octets()[..2] == [9, 12]));
//! // Or the object is undefined.
//! let response = GetResponse::decode(&mut Reader::new(&[0xc4, 0x01, 0xc1, 0x01, 0x04]))?;
//! let result = GetDataResult::Error(DataAccessResult::OBJECT_UNDEFINED);
//! assert_eq!(response, GetResponse::Normal { invoke: response.invoke(), result });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;

use cosem::bytes::{Reader, Result, Writer};

use super::{
    AttributeReference, DataAccessResult, GetDataResult, InvokeId, boolean, choice, list, put_list,
    tagged, unknown_choice,
};

/// Asks for attributes, or for the next block of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GetRequest {
    /// One attribute.
    Normal {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The attribute.
        target: AttributeReference,
    },
    /// The block after one that has come.
    Next {
        /// As in the request that began the transfer.
        invoke: InvokeId,
        /// The number of the block that has come.
        block: u32,
    },
    /// Several attributes.
    WithList {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The attributes.
        targets: Vec<AttributeReference>,
    },
}

impl GetRequest {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let choice = choice(r, 1, &["normal", "next", "with-list"])?;
            if !(1..=3).contains(&choice) {
                return Err(unknown_choice(r, choice, "1 normal, 2 next or 3 with-list"));
            }
            let invoke = InvokeId::decode(r)?;
            Ok(match choice {
                1 => Self::Normal { invoke, target: AttributeReference::decode(r)? },
                2 => Self::Next { invoke, block: r.u32("block-number")? },
                _ => {
                    let least = AttributeReference::LEAST;
                    let targets = list(r, "attribute-list", least, AttributeReference::decode)?;
                    Self::WithList { invoke, targets }
                }
            })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        match self {
            Self::Normal { invoke, target } => {
                w.u8(1);
                invoke.encode(w);
                target.encode(w);
            }
            Self::Next { invoke, block } => {
                w.u8(2);
                invoke.encode(w);
                w.u32(*block);
            }
            Self::WithList { invoke, targets } => {
                w.u8(3);
                invoke.encode(w);
                put_list(w, targets, |w, target| target.encode(w));
            }
        }
    }

    /// The invoke-id and priority.
    #[must_use]
    pub const fn invoke(&self) -> InvokeId {
        match self {
            Self::Normal { invoke, .. }
            | Self::Next { invoke, .. }
            | Self::WithList { invoke, .. } => *invoke,
        }
    }
}

/// Answers a GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GetResponse {
    /// One result.
    Normal {
        /// As in the request.
        invoke: InvokeId,
        /// The result.
        result: GetDataResult,
    },
    /// A block of a result that is too long for one APDU.
    WithDatablock {
        /// As in the request.
        invoke: InvokeId,
        /// Whether no block follows.
        last: bool,
        /// The block's number; the first is 1.
        block: u32,
        /// The block, or why the transfer has ended.
        result: DatablockResult,
    },
    /// As many results as were asked for, in that order.
    WithList {
        /// As in the request.
        invoke: InvokeId,
        /// The results.
        results: Vec<GetDataResult>,
    },
}

/// A slice of an encoded value, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatablockResult {
    /// The slice; it may end anywhere.
    RawData(Vec<u8>),
    /// Why the transfer has ended.
    Error(DataAccessResult),
}

impl GetResponse {
    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let choice = choice(r, 1, &["normal", "with-datablock", "with-list"])?;
            if !(1..=3).contains(&choice) {
                return Err(unknown_choice(r, choice, "1 normal, 2 with-datablock or 3 with-list"));
            }
            let invoke = InvokeId::decode(r)?;
            Ok(match choice {
                1 => Self::Normal { invoke, result: GetDataResult::decode(r)? },
                2 => Self::WithDatablock {
                    invoke,
                    last: boolean(r, "last-block")?,
                    block: r.u32("block-number")?,
                    result: DatablockResult::decode(r)?,
                },
                _ => {
                    let results = GetDataResult::decode_list(r)?;
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
            Self::WithDatablock { invoke, last, block, result } => {
                w.u8(2);
                invoke.encode(w);
                w.u8(u8::from(*last));
                w.u32(*block);
                result.encode(w);
            }
            Self::WithList { invoke, results } => {
                w.u8(3);
                invoke.encode(w);
                GetDataResult::encode_list(results, w);
            }
        }
    }

    /// The invoke-id and priority.
    #[must_use]
    pub const fn invoke(&self) -> InvokeId {
        match self {
            Self::Normal { invoke, .. }
            | Self::WithDatablock { invoke, .. }
            | Self::WithList { invoke, .. } => *invoke,
        }
    }
}

impl DatablockResult {
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        match choice(r, 0, &["raw-data", "data-access-result"])? {
            0 => Ok(Self::RawData(r.octet_string("raw-data")?.to_vec())),
            1 => DataAccessResult::decode(r).map(Self::Error),
            other => Err(unknown_choice(r, other, "0 raw-data or 1 data-access-result")),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::RawData(octets) => {
                w.u8(0);
                w.octet_string(octets);
            }
            Self::Error(result) => {
                w.u8(1);
                result.encode(w);
            }
        }
    }
}
