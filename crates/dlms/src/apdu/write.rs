//! Writing by short names (IEC 62056-5-3, WriteRequest, WriteResponse and UnconfirmedWriteRequest).
//!
//! | octets                    | 0    | 1…                                                    |
//! |---------------------------|------|-------------------------------------------------------|
//! | write-request             | `06` | count, variable-access-specification …, count, Data … |
//! | write-response            | `0d` | count, result …                                       |
//! | unconfirmed-write-request | `16` | count, variable-access-specification …, count, Data … |
//!
//! The specifications are those of [`VariableAccess`]. A result:
//!
//! | octets            | 0    | 1…                     |
//! |-------------------|------|------------------------|
//! | success           | `00` |                        |
//! | data-access-error | `01` | data-access-result (1) |
//! | block-number      | `02` | block-number (2)       |
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{VariableAccess, WriteRequest, WriteResponse, WriteResult};
//! // Four octets are written, and accepted.
//! let octets = from_hex("06 01 02 0100 01 09 04 11223344")?;
//! let request = WriteRequest::decode(&mut Reader::new(&octets))?;
//! assert_eq!(request.variables, [VariableAccess::Name(0x0100)]);
//! assert_eq!(request.values[0].as_octets()[..2], [9, 4]);
//! let response = WriteResponse::decode(&mut Reader::new(&[0x0d, 0x01, 0x00]))?;
//! assert_eq!(response.results, [WriteResult::Success]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use cosem::Encoded;
use cosem::bytes::{Reader, Result, Writer};

use super::result::value;
use super::{
    DataAccessResult, VariableAccess, choice, list, put_list, shown, tagged, unknown_choice,
};

/// Writes variables, and calls methods that return nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct WriteRequest {
    /// What is written.
    pub variables: Vec<VariableAccess>,
    /// The values in the same order.
    pub values: Vec<Encoded>,
}

/// A [`WriteRequest`] that is not answered.
#[derive(Clone, PartialEq, Eq)]
pub struct UnconfirmedWriteRequest {
    /// What is written.
    pub variables: Vec<VariableAccess>,
    /// The values in the same order.
    pub values: Vec<Encoded>,
}

impl WriteRequest {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let (variables, values) = decode_lists(r)?;
            Ok(Self { variables, values })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        encode_lists(w, &self.variables, &self.values);
    }
}

impl UnconfirmedWriteRequest {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// As [`WriteRequest::decode`].
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let (variables, values) = decode_lists(r)?;
            Ok(Self { variables, values })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        encode_lists(w, &self.variables, &self.values);
    }
}

fn decode_lists(r: &mut Reader<'_>) -> Result<(Vec<VariableAccess>, Vec<Encoded>)> {
    let variables = VariableAccess::decode_list(r)?;
    let is_secret = any_is_secret(&variables);
    let values = list(r, "value-list", 1, |r| value(r, is_secret))?;
    Ok((variables, values))
}

fn encode_lists(w: &mut Writer<'_>, variables: &[VariableAccess], values: &[Encoded]) {
    VariableAccess::encode_list(variables, w);
    put_list(w, values, |w, value| value.encode(w));
}

fn any_is_secret(variables: &[VariableAccess]) -> bool {
    variables.iter().any(VariableAccess::is_secret)
}

/// Without the values when a password or a key is among them.
impl fmt::Debug for WriteRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "WriteRequest", &self.variables, &self.values)
    }
}

/// Without the values when a password or a key is among them.
impl fmt::Debug for UnconfirmedWriteRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "UnconfirmedWriteRequest", &self.variables, &self.values)
    }
}

fn show(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    variables: &[VariableAccess],
    values: &[Encoded],
) -> fmt::Result {
    f.debug_struct(name)
        .field("variables", &variables)
        .field("values", shown(&values, any_is_secret(variables)))
        .finish()
}

/// Answers a [`WriteRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteResponse {
    /// The results in the order of the request.
    pub results: Vec<WriteResult>,
}

/// What became of a variable that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteResult {
    /// It is written.
    Success,
    /// Why it is not.
    Error(DataAccessResult),
    /// A block of the request has come; the next is awaited.
    BlockNumber(u16),
}

impl WriteResult {
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(match choice(r, 0, &["success", "data-access-error", "block-number"])? {
            0 => Self::Success,
            1 => Self::Error(DataAccessResult::decode(r)?),
            2 => Self::BlockNumber(r.u16("block-number")?),
            other => return Err(unknown_choice(r, other, "0 success to 2 block-number")),
        })
    }

    fn encode(self, w: &mut Writer<'_>) {
        match self {
            Self::Success => w.u8(0),
            Self::Error(result) => {
                w.u8(1);
                result.encode(w);
            }
            Self::BlockNumber(block) => {
                w.u8(2);
                w.u16(block);
            }
        }
    }
}

impl WriteResponse {
    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self { results: list(r, "result", 1, WriteResult::decode)? })
        })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        put_list(w, &self.results, |w, result| result.encode(w));
    }
}
