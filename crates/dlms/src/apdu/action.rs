//! ACTION (IEC 62056-5-3, Action-Request and Action-Response): calls methods.
//!
//! Action-Request:
//!
//! | octets                     | 0    | 1    | 2                      | 3…                                       |
//! |----------------------------|------|------|------------------------|------------------------------------------|
//! | normal                     | `c3` | `01` | invoke-id-and-priority | method (9), Data (optional)              |
//! | next-pblock                | `c3` | `02` | invoke-id-and-priority | block-number (4)                         |
//! | with-list                  | `c3` | `03` | invoke-id-and-priority | count, method (9) …, count, Data …       |
//! | with-first-pblock          | `c3` | `04` | invoke-id-and-priority | method (9), data block                   |
//! | with-list-and-first-pblock | `c3` | `05` | invoke-id-and-priority | count, method (9) …, data block          |
//! | with-pblock                | `c3` | `06` | invoke-id-and-priority | data block                               |
//!
//! Action-Response:
//!
//! | octets      | 0    | 1    | 2                      | 3…                                                       |
//! |-------------|------|------|------------------------|----------------------------------------------------------|
//! | normal      | `c7` | `01` | invoke-id-and-priority | action-result (1), Get-Data-Result (optional)            |
//! | with-pblock | `c7` | `02` | invoke-id-and-priority | data block                                               |
//! | with-list   | `c7` | `03` | invoke-id-and-priority | count, {action-result (1), Get-Data-Result (optional)} … |
//! | next-pblock | `c7` | `04` | invoke-id-and-priority | block-number (4)                                         |
//!
//! Return parameters are thus wrapped twice: `01` (present) `00` (data) and the value. The data
//! block is that of SET.
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{ActionRequest, ActionResponse, ActionResult, GetDataResult};
//! // Pass 3 and 4 of an authentication: a string goes, another comes back.
//! let request = from_hex("c301c1 000f 0000280000ff 01 01 0911 1000000001 1a52fe7dd3e72748973c1e28")?;
//! let ActionRequest::Normal { target, parameters, .. } = ActionRequest::decode(&mut Reader::new(&request))? else { unreachable!() };
//! assert_eq!(target.to_string(), "15 0-0:40.0.0*255 1");
//! assert_eq!(parameters.map(|data| data.as_octets().len()), Some(19));
//! let response = from_hex("c701c1 00 01 00 0911 1001234567 fe1466afb3dbcd4f9389e2b7")?;
//! let ActionResponse::Normal { result, return_parameters, .. } = ActionResponse::decode(&mut Reader::new(&response))? else { unreachable!() };
//! assert_eq!(result, ActionResult::SUCCESS);
//! assert!(matches!(return_parameters, Some(GetDataResult::Data(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use cosem::Encoded;
use cosem::bytes::{Reader, Result, Writer};

use super::result::value;
use super::{
    ActionResult, DataBlock, GetDataResult, InvokeId, MethodDescriptor, choice, list, put_list,
    shown, tagged, unknown_choice,
};

/// Calls methods, their parameters whole or in blocks.
#[derive(Clone, PartialEq, Eq)]
pub enum ActionRequest {
    /// One method.
    Normal {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The method.
        target: MethodDescriptor,
        /// Its parameters.
        parameters: Option<Encoded>,
    },
    /// Asks for the block after one that has come.
    NextPblock {
        /// As in the request that began the transfer.
        invoke: InvokeId,
        /// The number of the block that has come.
        block: u32,
    },
    /// Several methods.
    WithList {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The methods.
        targets: Vec<MethodDescriptor>,
        /// Their parameters in the same order; null-data where there are none.
        parameters: Vec<Encoded>,
    },
    /// One method whose parameters are too long for one APDU: their first block.
    WithFirstPblock {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The method.
        target: MethodDescriptor,
        /// The first slice of the parameters.
        pblock: DataBlock,
    },
    /// Several methods whose parameters are too long for one APDU: the first block.
    WithListAndFirstPblock {
        /// Ties the answer to the request.
        invoke: InvokeId,
        /// The methods.
        targets: Vec<MethodDescriptor>,
        /// The first slice of the count and the parameters.
        pblock: DataBlock,
    },
    /// A further block.
    WithPblock {
        /// As in the request that began the transfer.
        invoke: InvokeId,
        /// The next slice.
        pblock: DataBlock,
    },
}

impl ActionRequest {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let choice = choice(r, 1, REQUESTS)?;
            if !(1..=6).contains(&choice) {
                return Err(unknown_choice(r, choice, "1 normal to 6 with-pblock"));
            }
            let invoke = InvokeId::decode(r)?;
            Ok(match choice {
                1 => {
                    let target = MethodDescriptor::decode(r)?;
                    let parameters = r.optional("method-invocation-parameters", |r| {
                        value(r, target.is_secret())
                    })?;
                    Self::Normal { invoke, target, parameters }
                }
                2 => Self::NextPblock { invoke, block: r.u32("block-number")? },
                3 => {
                    let targets = methods(r)?;
                    let is_secret = any_is_secret(&targets);
                    let name = "method-invocation-parameters";
                    let parameters = list(r, name, 1, |r| value(r, is_secret))?;
                    Self::WithList { invoke, targets, parameters }
                }
                4 => {
                    let target = MethodDescriptor::decode(r)?;
                    let pblock = DataBlock::decode(r, target.is_secret())?;
                    Self::WithFirstPblock { invoke, target, pblock }
                }
                5 => {
                    let targets = methods(r)?;
                    let is_secret = any_is_secret(&targets);
                    let pblock = DataBlock::decode(r, is_secret)?;
                    Self::WithListAndFirstPblock { invoke, targets, pblock }
                }
                _ => Self::WithPblock { invoke, pblock: DataBlock::decode(r, false)? },
            })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        match self {
            Self::Normal { invoke, target, parameters } => {
                w.u8(1);
                invoke.encode(w);
                target.encode(w);
                w.optional(parameters.as_ref(), |w, parameters| parameters.encode(w));
            }
            Self::NextPblock { invoke, block } => {
                w.u8(2);
                invoke.encode(w);
                w.u32(*block);
            }
            Self::WithList { invoke, targets, parameters } => {
                w.u8(3);
                invoke.encode(w);
                put_list(w, targets, |w, target| target.encode(w));
                put_list(w, parameters, |w, parameters| parameters.encode(w));
            }
            Self::WithFirstPblock { invoke, target, pblock } => {
                w.u8(4);
                invoke.encode(w);
                target.encode(w);
                pblock.encode(w);
            }
            Self::WithListAndFirstPblock { invoke, targets, pblock } => {
                w.u8(5);
                invoke.encode(w);
                put_list(w, targets, |w, target| target.encode(w));
                pblock.encode(w);
            }
            Self::WithPblock { invoke, pblock } => {
                w.u8(6);
                invoke.encode(w);
                pblock.encode(w);
            }
        }
    }

    /// The invoke-id and priority.
    #[must_use]
    pub const fn invoke(&self) -> InvokeId {
        match self {
            Self::Normal { invoke, .. }
            | Self::NextPblock { invoke, .. }
            | Self::WithList { invoke, .. }
            | Self::WithFirstPblock { invoke, .. }
            | Self::WithListAndFirstPblock { invoke, .. }
            | Self::WithPblock { invoke, .. } => *invoke,
        }
    }
}

/// Without the parameter that is a password or a key.
impl fmt::Debug for ActionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, target, value): (&str, &dyn fmt::Debug, &dyn fmt::Debug) = match self {
            Self::Normal { target, parameters, .. } => {
                ("Normal", target, shown(parameters, target.is_secret()))
            }
            Self::NextPblock { block, .. } => ("NextPblock", &(), block),
            Self::WithList { targets, parameters, .. } => {
                ("WithList", targets, shown(parameters, any_is_secret(targets)))
            }
            Self::WithFirstPblock { target, pblock, .. } => ("WithFirstPblock", target, pblock),
            Self::WithListAndFirstPblock { targets, pblock, .. } => {
                ("WithListAndFirstPblock", targets, pblock)
            }
            Self::WithPblock { pblock, .. } => ("WithPblock", &(), pblock),
        };
        f.debug_tuple(name).field(&self.invoke()).field(target).field(value).finish()
    }
}

const REQUESTS: &[&str] = &[
    "normal",
    "next-pblock",
    "with-list",
    "with-first-pblock",
    "with-list-and-first-pblock",
    "with-pblock",
];

fn any_is_secret(targets: &[MethodDescriptor]) -> bool {
    targets.iter().any(MethodDescriptor::is_secret)
}

fn methods(r: &mut Reader<'_>) -> Result<Vec<MethodDescriptor>> {
    list(r, "method-list", 9, MethodDescriptor::decode)
}

/// Answers an ACTION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionResponse {
    /// One result.
    Normal {
        /// As in the request.
        invoke: InvokeId,
        /// What became of the call.
        result: ActionResult,
        /// What the method returned, or why that cannot be given.
        return_parameters: Option<GetDataResult>,
    },
    /// A block of an answer that is too long for one APDU.
    WithPblock {
        /// As in the request.
        invoke: InvokeId,
        /// The slice.
        pblock: DataBlock,
    },
    /// Several results.
    WithList {
        /// As in the request.
        invoke: InvokeId,
        /// The results in the order of the request.
        results: Vec<ActionResponseItem>,
    },
    /// A block has come; the next is awaited.
    NextPblock {
        /// As in the request.
        invoke: InvokeId,
        /// The number of the block that has come.
        block: u32,
    },
}

/// What became of one call (Action-Response-With-Optional-Data).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionResponseItem {
    /// What became of the call.
    pub result: ActionResult,
    /// What the method returned, or why that cannot be given.
    pub return_parameters: Option<GetDataResult>,
}

impl ActionResponse {
    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let choice = choice(r, 1, &["normal", "with-pblock", "with-list", "next-pblock"])?;
            if !(1..=4).contains(&choice) {
                return Err(unknown_choice(r, choice, "1 normal to 4 next-pblock"));
            }
            let invoke = InvokeId::decode(r)?;
            Ok(match choice {
                1 => {
                    let ActionResponseItem { result, return_parameters } =
                        ActionResponseItem::decode(r)?;
                    Self::Normal { invoke, result, return_parameters }
                }
                2 => Self::WithPblock { invoke, pblock: DataBlock::decode(r, false)? },
                3 => {
                    let results = list(r, "result", 2, ActionResponseItem::decode)?;
                    Self::WithList { invoke, results }
                }
                _ => Self::NextPblock { invoke, block: r.u32("block-number")? },
            })
        })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        match self {
            Self::Normal { invoke, result, return_parameters } => {
                w.u8(1);
                invoke.encode(w);
                put_item(w, *result, return_parameters.as_ref());
            }
            Self::WithPblock { invoke, pblock } => {
                w.u8(2);
                invoke.encode(w);
                pblock.encode(w);
            }
            Self::WithList { invoke, results } => {
                w.u8(3);
                invoke.encode(w);
                put_list(w, results, |w, item| {
                    put_item(w, item.result, item.return_parameters.as_ref());
                });
            }
            Self::NextPblock { invoke, block } => {
                w.u8(4);
                invoke.encode(w);
                w.u32(*block);
            }
        }
    }

    /// The invoke-id and priority.
    #[must_use]
    pub const fn invoke(&self) -> InvokeId {
        match self {
            Self::Normal { invoke, .. }
            | Self::WithPblock { invoke, .. }
            | Self::WithList { invoke, .. }
            | Self::NextPblock { invoke, .. } => *invoke,
        }
    }
}

impl ActionResponseItem {
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            result: ActionResult::decode(r)?,
            return_parameters: r.optional("return-parameters", GetDataResult::decode)?,
        })
    }
}

fn put_item(w: &mut Writer<'_>, result: ActionResult, returned: Option<&GetDataResult>) {
    result.encode(w);
    w.optional(returned, |w, returned| returned.encode(w));
}
