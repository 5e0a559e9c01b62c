//! ACCESS (IEC 62056-5-3, Access-Request and Access-Response): reads, writes and calls in one list.
//!
//! | octets          | 0    | 1–4                         | 5…                                                                                    |
//! |-----------------|------|-----------------------------|---------------------------------------------------------------------------------------|
//! | access-request  | `d9` | long-invoke-id-and-priority | date-time (octet string), count, specification …, count, Data …                       |
//! | access-response | `da` | long-invoke-id-and-priority | date-time (octet string), specifications (optional), count, Data …, count, response … |
//!
//! A specification, and its response:
//!
//! | octets             | 0    | 1…                                       | response                    |
//! |--------------------|------|------------------------------------------|-----------------------------|
//! | get                | `01` | attribute (9)                            | `01` data-access-result (1) |
//! | set                | `02` | attribute (9)                            | `02` data-access-result (1) |
//! | action             | `03` | method (9)                               | `03` action-result (1)      |
//! | get-with-selection | `04` | attribute (9), access-selector (1), Data | `01` data-access-result (1) |
//! | set-with-selection | `05` | attribute (9), access-selector (1), Data | `02` data-access-result (1) |
//!
//! Both lists of data have one element for each specification, null-data where there is nothing to
//! say. A response repeats the specifications when the request is self-descriptive.
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{AccessResponse, AccessResult, DataAccessResult};
//! // The published example: two attributes are read and two tables of the calendar are written.
//! let octets = from_hex(
//!     "da 40000000 00 00 04 0908 3030303030303031 090c 07dc030c07161e0000ff8880 00 00
//!      04 0100 0100 0200 0200",
//! )?;
//! let response = AccessResponse::decode(&mut Reader::new(&octets))?;
//! assert_eq!(response.data.len(), 4);
//! assert_eq!(response.results[3], AccessResult::Set(DataAccessResult::SUCCESS));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Reader, Result, Writer};
use cosem::{DateTime, Encoded};

use super::notify::{date_time, put_date_time};
use super::result::value;
use super::{
    ActionResult, AttributeDescriptor, DataAccessResult, LongInvokeId, MethodDescriptor, Selection,
    choice, list, put_list, shown, tagged, unknown_choice,
};

/// One thing that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessSpecification {
    /// Reads an attribute.
    Get(AttributeDescriptor),
    /// Writes an attribute.
    Set(AttributeDescriptor),
    /// Calls a method.
    Action(MethodDescriptor),
    /// Reads a part of an attribute.
    GetWithSelection(AttributeDescriptor, Selection),
    /// Writes a part of an attribute.
    SetWithSelection(AttributeDescriptor, Selection),
}

impl AccessSpecification {
    /// The fewest octets it takes.
    const LEAST: usize = 10;

    /// Whether its data holds a password or a key.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        match self {
            Self::Get(attribute)
            | Self::Set(attribute)
            | Self::GetWithSelection(attribute, _)
            | Self::SetWithSelection(attribute, _) => attribute.is_secret(),
            Self::Action(method) => method.is_secret(),
        }
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(match choice(r, 1, SPECIFICATIONS)? {
            1 => Self::Get(AttributeDescriptor::decode(r)?),
            2 => Self::Set(AttributeDescriptor::decode(r)?),
            3 => Self::Action(MethodDescriptor::decode(r)?),
            4 => Self::GetWithSelection(AttributeDescriptor::decode(r)?, Selection::decode(r)?),
            5 => Self::SetWithSelection(AttributeDescriptor::decode(r)?, Selection::decode(r)?),
            other => return Err(unknown_choice(r, other, "1 get to 5 set-with-selection")),
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Get(attribute) => {
                w.u8(1);
                attribute.encode(w);
            }
            Self::Set(attribute) => {
                w.u8(2);
                attribute.encode(w);
            }
            Self::Action(method) => {
                w.u8(3);
                method.encode(w);
            }
            Self::GetWithSelection(attribute, selection) => {
                w.u8(4);
                attribute.encode(w);
                selection.encode(w);
            }
            Self::SetWithSelection(attribute, selection) => {
                w.u8(5);
                attribute.encode(w);
                selection.encode(w);
            }
        }
    }

    fn decode_list(r: &mut Reader<'_>) -> Result<Vec<Self>> {
        list(r, "specification-list", Self::LEAST, Self::decode)
    }

    fn encode_list(specifications: &[Self], w: &mut Writer<'_>) {
        put_list(w, specifications, |w, specification| specification.encode(w));
    }
}

const SPECIFICATIONS: &[&str] =
    &["get", "set", "action", "get-with-selection", "set-with-selection"];

fn any_is_secret(specifications: &[AccessSpecification]) -> bool {
    specifications.iter().any(AccessSpecification::is_secret)
}

/// Asks for everything in the list.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// Ties the answer to the request, and says what becomes of the rest after an error.
    pub invoke: LongInvokeId,
    /// When it was made.
    pub date_time: Option<DateTime>,
    /// What is asked for.
    pub specifications: Vec<AccessSpecification>,
    /// Values and parameters in the same order; null-data for what has none.
    pub data: Vec<Encoded>,
}

impl AccessRequest {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let invoke = LongInvokeId::decode(r)?;
            let date_time = date_time(r)?;
            let specifications = AccessSpecification::decode_list(r)?;
            let is_secret = any_is_secret(&specifications);
            let data = list(r, "data-list", 1, |r| value(r, is_secret))?;
            Ok(Self { invoke, date_time, specifications, data })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        self.invoke.encode(w);
        put_date_time(w, self.date_time);
        AccessSpecification::encode_list(&self.specifications, w);
        put_list(w, &self.data, |w, value| value.encode(w));
    }
}

/// Without the data when a password or a key is among them.
impl fmt::Debug for AccessRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessRequest")
            .field("invoke", &self.invoke)
            .field("date_time", &self.date_time)
            .field("specifications", &self.specifications)
            .field("data", shown(&self.data, any_is_secret(&self.specifications)))
            .finish()
    }
}

/// What became of one thing that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessResult {
    /// Of the reading of an attribute.
    Get(DataAccessResult),
    /// Of the writing of an attribute.
    Set(DataAccessResult),
    /// Of the call of a method.
    Action(ActionResult),
}

impl AccessResult {
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(match choice(r, 1, &["get", "set", "action"])? {
            1 => Self::Get(DataAccessResult::decode(r)?),
            2 => Self::Set(DataAccessResult::decode(r)?),
            3 => Self::Action(ActionResult::decode(r)?),
            other => return Err(unknown_choice(r, other, "1 get, 2 set or 3 action")),
        })
    }

    fn encode(self, w: &mut Writer<'_>) {
        match self {
            Self::Get(result) => {
                w.u8(1);
                result.encode(w);
            }
            Self::Set(result) => {
                w.u8(2);
                result.encode(w);
            }
            Self::Action(result) => {
                w.u8(3);
                result.encode(w);
            }
        }
    }
}

/// Answers an [`AccessRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessResponse {
    /// As in the request.
    pub invoke: LongInvokeId,
    /// When it was made.
    pub date_time: Option<DateTime>,
    /// What was asked for, when the request is self-descriptive.
    pub specifications: Option<Vec<AccessSpecification>>,
    /// What was read and returned in the order of the request; null-data where nothing was.
    pub data: Vec<Encoded>,
    /// What became of each.
    pub results: Vec<AccessResult>,
}

impl AccessResponse {
    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self {
                invoke: LongInvokeId::decode(r)?,
                date_time: date_time(r)?,
                specifications: r.optional("specifications", AccessSpecification::decode_list)?,
                data: list(r, "data-list", 1, Encoded::decode)?,
                results: list(r, "response-list", 2, AccessResult::decode)?,
            })
        })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        self.invoke.encode(w);
        put_date_time(w, self.date_time);
        w.optional(self.specifications.as_ref(), |w, specifications| {
            AccessSpecification::encode_list(specifications, w);
        });
        put_list(w, &self.data, |w, value| value.encode(w));
        put_list(w, &self.results, |w, result| result.encode(w));
    }
}
