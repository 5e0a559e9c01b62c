//! Results (IEC 62056-5-3): what became of each reference.
//!
//! Data-Access-Result and Action-Result are one octet. Get-Data-Result is a CHOICE:
//!
//! | octets | 0             | 1…                 |
//! |--------|---------------|--------------------|
//! | field  | choice (`00`) | Data               |
//! | field  | choice (`01`) | data-access-result |
//!
//! ```
//! use cosem::bytes::Reader;
//! use dlms::apdu::{DataAccessResult, GetDataResult};
//! let result = GetDataResult::decode(&mut Reader::new(&[0x01, 0x04]))?;
//! assert_eq!(result, GetDataResult::Error(DataAccessResult::OBJECT_UNDEFINED));
//! assert_eq!(DataAccessResult(4).to_string(), "object-undefined");
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

use alloc::format;

use cosem::Encoded;
use cosem::bytes::{Reader, Result, Writer};

use super::{choice, hidden, list, put_list, unknown_choice};

numbers! {
    /// What became of an access to an attribute.
    DataAccessResult {
        0 SUCCESS "success";
        1 HARDWARE_FAULT "hardware-fault";
        2 TEMPORARY_FAILURE "temporary-failure";
        3 READ_WRITE_DENIED "read-write-denied";
        4 OBJECT_UNDEFINED "object-undefined";
        9 OBJECT_CLASS_INCONSISTENT "object-class-inconsistent";
        11 OBJECT_UNAVAILABLE "object-unavailable";
        12 TYPE_UNMATCHED "type-unmatched";
        13 SCOPE_OF_ACCESS_VIOLATED "scope-of-access-violated";
        14 DATA_BLOCK_UNAVAILABLE "data-block-unavailable";
        15 LONG_GET_ABORTED "long-get-aborted";
        16 NO_LONG_GET_IN_PROGRESS "no-long-get-in-progress";
        17 LONG_SET_ABORTED "long-set-aborted";
        18 NO_LONG_SET_IN_PROGRESS "no-long-set-in-progress";
        19 DATA_BLOCK_NUMBER_INVALID "data-block-number-invalid";
        250 OTHER_REASON "other-reason";
    }
}

numbers! {
    /// What became of the call of a method.
    ActionResult {
        0 SUCCESS "success";
        1 HARDWARE_FAULT "hardware-fault";
        2 TEMPORARY_FAILURE "temporary-failure";
        3 READ_WRITE_DENIED "read-write-denied";
        4 OBJECT_UNDEFINED "object-undefined";
        9 OBJECT_CLASS_INCONSISTENT "object-class-inconsistent";
        11 OBJECT_UNAVAILABLE "object-unavailable";
        12 TYPE_UNMATCHED "type-unmatched";
        13 SCOPE_OF_ACCESS_VIOLATED "scope-of-access-violated";
        14 DATA_BLOCK_UNAVAILABLE "data-block-unavailable";
        15 LONG_ACTION_ABORTED "long-action-aborted";
        16 NO_LONG_ACTION_IN_PROGRESS "no-long-action-in-progress";
        250 OTHER_REASON "other-reason";
    }
}

impl DataAccessResult {
    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let result = Self(r.u8("data-access-result")?);
        r.meaning(|| format!("{}, {result}", result.0));
        Ok(result)
    }

    pub(super) fn encode(self, w: &mut Writer<'_>) {
        w.u8(self.0);
    }
}

impl ActionResult {
    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let result = Self(r.u8("action-result")?);
        r.meaning(|| format!("{}, {result}", result.0));
        Ok(result)
    }

    pub(super) fn encode(self, w: &mut Writer<'_>) {
        w.u8(self.0);
    }
}

/// The value of an attribute, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GetDataResult {
    /// The value.
    Data(Encoded),
    /// Why there is none.
    Error(DataAccessResult),
}

impl GetDataResult {
    /// The fewest octets it takes.
    const LEAST: usize = 2;

    /// Reads the choice and what it says; what follows stays with the reader.
    ///
    /// # Errors
    /// A choice that there is not, or a value that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        match choice(r, 0, &["data", "data-access-result"])? {
            0 => Encoded::decode(r).map(Self::Data),
            1 => DataAccessResult::decode(r).map(Self::Error),
            other => Err(unknown_choice(r, other, "0 data or 1 data-access-result")),
        }
    }

    /// Reads a count and that many results: what a list answers, in one piece or in blocks.
    ///
    /// # Errors
    /// A count that cannot be true, or as [`GetDataResult::decode`].
    pub fn decode_list(r: &mut Reader<'_>) -> Result<alloc::vec::Vec<Self>> {
        list(r, "result", Self::LEAST, Self::decode)
    }

    /// Writes the count and the results.
    pub fn encode_list(results: &[Self], w: &mut Writer<'_>) {
        put_list(w, results, |w, result| result.encode(w));
    }

    /// Writes the choice and what it says.
    pub fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Data(data) => {
                w.u8(0);
                data.encode(w);
            }
            Self::Error(result) => {
                w.u8(1);
                result.encode(w);
            }
        }
    }
}

/// Reads a value; a trace does not show the one of a password or a key.
pub(super) fn value(r: &mut Reader<'_>, is_secret: bool) -> Result<Encoded> {
    if is_secret { hidden(r, "data", Encoded::decode) } else { Encoded::decode(r) }
}
