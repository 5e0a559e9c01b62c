//! Reading by short names (IEC 62056-5-3, ReadRequest and ReadResponse).
//!
//! | octets        | 0    | 1…                                     |
//! |---------------|------|----------------------------------------|
//! | read-request  | `05` | count, variable-access-specification … |
//! | read-response | `0c` | count, result …                        |
//!
//! Variable-Access-Specification, also in WRITE and in information reports:
//!
//! | octets                  | 0    | 1…                                                                   |
//! |-------------------------|------|----------------------------------------------------------------------|
//! | variable-name           | `02` | variable-name (2)                                                    |
//! | parameterized-access    | `04` | variable-name (2), selector (1), parameter (Data)                    |
//! | block-number-access     | `05` | block-number (2)                                                     |
//! | read-data-block-access  | `06` | last-block (1), block-number (2), raw-data (octet string)            |
//! | write-data-block-access | `07` | last-block (1), block-number (2)                                     |
//!
//! A result:
//!
//! | octets            | 0    | 1…                                                        |
//! |-------------------|------|-----------------------------------------------------------|
//! | data              | `00` | Data                                                      |
//! | data-access-error | `01` | data-access-result (1)                                    |
//! | data-block-result | `02` | last-block (1), block-number (2), raw-data (octet string) |
//! | block-number      | `03` | block-number (2)                                          |
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{ReadRequest, ReadResponse, ReadResult, VariableAccess};
//! // Two names are read.
//! let octets = from_hex("05 02 02 0100 02 0110")?;
//! let request = ReadRequest::decode(&mut Reader::new(&octets))?;
//! assert_eq!(request.variables, [VariableAccess::Name(0x0100), VariableAccess::Name(0x0110)]);
//! let octets = from_hex("0c 01 00 09 04 11223344")?;
//! let response = ReadResponse::decode(&mut Reader::new(&octets))?;
//! assert!(matches!(&response.results[..], [ReadResult::Data(value)] if value.as_octets()[..2] == [9, 4]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::Encoded;
use cosem::bytes::{Reader, Result, Writer};

use super::result::value;
use super::{DataAccessResult, boolean, choice, list, put_list, shown, tagged, unknown_choice};

/// What is read or written.
#[derive(Clone, PartialEq, Eq)]
pub enum VariableAccess {
    /// A variable.
    Name(u16),
    /// A part of a variable, or a method with its parameter.
    Parameterized {
        /// The variable.
        name: u16,
        /// The kind of selection.
        selector: u8,
        /// Its parameters.
        parameter: Encoded,
    },
    /// The next block of what is read: the number of the one that has come.
    BlockNumber(u16),
    /// A block of a read-request that is too long for one APDU.
    ReadDataBlock(ShortNameBlock),
    /// A block of a write-request that is too long for one APDU; its octets are among the values.
    WriteDataBlock {
        /// Whether no block follows.
        last: bool,
        /// The block's number; the first is 1.
        block: u16,
    },
}

impl VariableAccess {
    /// The fewest octets it takes.
    const LEAST: usize = 3;

    /// Whether its value or parameter is a password or a key: `change_LLS_secret` and
    /// `change_HLS_secret` of the Association SN, whose base name `fa00` is fixed. Of other names
    /// only the meter knows what they stand for.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        match self {
            Self::Name(name) | Self::Parameterized { name, .. } => is_secret_name(*name),
            _ => false,
        }
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(match choice(r, 2, ACCESSES)? {
            2 => Self::Name(variable_name(r)?),
            4 => {
                let name = variable_name(r)?;
                let selector = r.u8("selector")?;
                let parameter = value(r, is_secret_name(name))?;
                Self::Parameterized { name, selector, parameter }
            }
            5 => Self::BlockNumber(r.u16("block-number")?),
            6 => Self::ReadDataBlock(ShortNameBlock::decode(r)?),
            7 => Self::WriteDataBlock {
                last: boolean(r, "last-block")?,
                block: r.u16("block-number")?,
            },
            other => {
                let wanted =
                    "2 variable-name or 4 parameterized-access to 7 write-data-block-access";
                return Err(unknown_choice(r, other, wanted));
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Name(name) => {
                w.u8(2);
                w.u16(*name);
            }
            Self::Parameterized { name, selector, parameter } => {
                w.u8(4);
                w.u16(*name);
                w.u8(*selector);
                parameter.encode(w);
            }
            Self::BlockNumber(block) => {
                w.u8(5);
                w.u16(*block);
            }
            Self::ReadDataBlock(block) => {
                w.u8(6);
                block.encode(w);
            }
            Self::WriteDataBlock { last, block } => {
                w.u8(7);
                w.u8(u8::from(*last));
                w.u16(*block);
            }
        }
    }

    pub(super) fn decode_list(r: &mut Reader<'_>) -> Result<Vec<Self>> {
        list(r, "variable-list", Self::LEAST, Self::decode)
    }

    pub(super) fn encode_list(variables: &[Self], w: &mut Writer<'_>) {
        put_list(w, variables, |w, variable| variable.encode(w));
    }
}

/// Without the parameter where it is a password or a key.
impl fmt::Debug for VariableAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "Name({name:04x})"),
            Self::Parameterized { name, selector, parameter } => f
                .debug_struct("Parameterized")
                .field("name", &format_args!("{name:04x}"))
                .field("selector", selector)
                .field("parameter", shown(parameter, self.is_secret()))
                .finish(),
            Self::BlockNumber(block) => f.debug_tuple("BlockNumber").field(block).finish(),
            Self::ReadDataBlock(block) => f.debug_tuple("ReadDataBlock").field(block).finish(),
            Self::WriteDataBlock { last, block } => {
                f.debug_struct("WriteDataBlock").field("last", last).field("block", block).finish()
            }
        }
    }
}

const ACCESSES: &[&str] = &[
    "variable-name",
    "detailed-access",
    "parameterized-access",
    "block-number-access",
    "read-data-block-access",
    "write-data-block-access",
];

/// The methods of the Association SN stand from `fa20` on, eight apart; these are 5 and 6.
const fn is_secret_name(name: u16) -> bool {
    matches!(name, 0xfa40 | 0xfa48)
}

fn variable_name(r: &mut Reader<'_>) -> Result<u16> {
    let name = r.u16("variable-name")?;
    r.meaning(|| format!("0x{name:04x}"));
    Ok(name)
}

/// A slice of a list that is too long for one APDU.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortNameBlock {
    /// Whether no block follows.
    pub last: bool,
    /// The block's number; the first is 1.
    pub block: u16,
    /// The slice; it may end anywhere.
    pub raw_data: Vec<u8>,
}

impl ShortNameBlock {
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            last: boolean(r, "last-block")?,
            block: r.u16("block-number")?,
            raw_data: r.octet_string("raw-data")?.to_vec(),
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(u8::from(self.last));
        w.u16(self.block);
        w.octet_string(&self.raw_data);
    }
}

/// Without the octets: nobody knows of what they are a slice.
impl fmt::Debug for ShortNameBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortNameBlock")
            .field("last", &self.last)
            .field("block", &self.block)
            .field("octets", &self.raw_data.len())
            .finish()
    }
}

/// Reads variables, and calls methods that return something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// What is read.
    pub variables: Vec<VariableAccess>,
}

impl ReadRequest {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self { variables: VariableAccess::decode_list(r)? })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        VariableAccess::encode_list(&self.variables, w);
    }
}

/// Answers a [`ReadRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadResponse {
    /// The results in the order of the request.
    pub results: Vec<ReadResult>,
}

/// The value of a variable, or what there is instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadResult {
    /// The value.
    Data(Encoded),
    /// Why there is none.
    Error(DataAccessResult),
    /// A block of results that are too long for one APDU.
    DataBlock(ShortNameBlock),
    /// A block of the request has come; the next is awaited.
    BlockNumber(u16),
}

impl ReadResult {
    /// The fewest octets it takes.
    const LEAST: usize = 2;

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(match choice(r, 0, RESULTS)? {
            0 => Self::Data(Encoded::decode(r)?),
            1 => Self::Error(DataAccessResult::decode(r)?),
            2 => Self::DataBlock(ShortNameBlock::decode(r)?),
            3 => Self::BlockNumber(r.u16("block-number")?),
            other => return Err(unknown_choice(r, other, "0 data to 3 block-number")),
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Data(value) => {
                w.u8(0);
                value.encode(w);
            }
            Self::Error(result) => {
                w.u8(1);
                result.encode(w);
            }
            Self::DataBlock(block) => {
                w.u8(2);
                block.encode(w);
            }
            Self::BlockNumber(block) => {
                w.u8(3);
                w.u16(*block);
            }
        }
    }
}

const RESULTS: &[&str] = &["data", "data-access-error", "data-block-result", "block-number"];

impl ReadResponse {
    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, a choice that there is not, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self { results: list(r, "result", ReadResult::LEAST, ReadResult::decode)? })
        })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        put_list(w, &self.results, |w, result| result.encode(w));
    }
}
