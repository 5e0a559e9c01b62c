//! What can go wrong when octets are read.

use core::fmt;

/// The result of reading.
pub type Result<T> = core::result::Result<T, DecodeError>;

/// What could not be read, where and why.
///
/// Printed as `context.field: problem`, for example
/// `get-response.data: unknown tag 0x2a at octet 7 (wanted a data type)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The protocol data unit or value that was being read; may be empty.
    pub context: &'static str,
    /// The field.
    pub field: &'static str,
    /// The offset of the field from the first octet of the input.
    pub at: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

impl DecodeError {
    #[cold]
    pub(super) const fn new(field: &'static str, at: usize, problem: Problem) -> Self {
        Self { context: "", field, at, problem }
    }

    #[cold]
    pub(super) const fn truncated(
        field: &'static str,
        at: usize,
        wanted: usize,
        left: usize,
    ) -> Self {
        Self::new(field, at, Problem::Truncated { wanted, left })
    }

    /// The same error, saying what was being read. The innermost context stays.
    #[cold]
    #[must_use]
    pub const fn in_context(mut self, context: &'static str) -> Self {
        if self.context.is_empty() {
            self.context = context;
        }
        self
    }
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Fewer octets are left than the field takes.
    Truncated {
        /// Octets that the field takes.
        wanted: usize,
        /// Octets that are left.
        left: usize,
    },
    /// More octets follow than belong there.
    TrailingOctets {
        /// How many.
        left: usize,
    },
    /// A tag that means nothing here.
    UnknownTag {
        /// The tag.
        tag: u8,
        /// What would have been in order, in words.
        wanted: &'static str,
    },
    /// A tag that is known, of something that this stack does not read yet.
    NotBuilt {
        /// The tag.
        tag: u8,
        /// The name of what it begins.
        name: &'static str,
    },
    /// A number outside the range that the field allows.
    OutOfRange {
        /// The number.
        value: u64,
        /// What would have been in order, in words.
        wanted: &'static str,
    },
    /// A length of the indefinite form (`80`), which neither A-XDR nor DLMS's BER uses.
    IndefiniteLength,
    /// A length field of more than four octets.
    LongLength,
    /// A length field longer than needed, read strictly.
    NonMinimalLength,
    /// More elements announced than octets left.
    CountTooLarge {
        /// Elements announced.
        count: usize,
        /// Octets left.
        left: usize,
    },
    /// Arrays and structures nested too deep.
    TooDeep {
        /// How many levels are allowed.
        limit: usize,
    },
    /// A check sequence that is not that of the octets.
    Checksum {
        /// The one that the octets have.
        expected: u16,
        /// The one that came.
        found: u16,
    },
    /// A compact-array whose type description and contents fit in no known layout.
    CompactArray,
    /// A field that may occur once occurs again.
    Repeated,
    /// A field that must be there is not.
    Missing,
    /// More octets than the caller's limit allows.
    TooLarge {
        /// How many there are.
        size: usize,
        /// How many are allowed.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.context.is_empty() {
            write!(f, "{}.", self.context)?;
        }
        write!(f, "{}: ", self.field)?;
        let at = self.at;
        match self.problem {
            Problem::Truncated { wanted, left } => {
                let s = if wanted == 1 { "" } else { "s" };
                write!(f, "{wanted} octet{s} wanted at octet {at}, {left} left")
            }
            Problem::TrailingOctets { left } => {
                let s = if left == 1 { "" } else { "s" };
                write!(f, "{left} octet{s} too many at octet {at}")
            }
            Problem::UnknownTag { tag, wanted } => {
                write!(f, "unknown tag 0x{tag:02x} at octet {at} (wanted {wanted})")
            }
            Problem::NotBuilt { tag, name } => {
                write!(f, "{name} (0x{tag:02x}) is not built yet")
            }
            Problem::OutOfRange { value, wanted } => {
                write!(f, "{value} at octet {at} (wanted {wanted})")
            }
            Problem::IndefiniteLength => write!(f, "indefinite length 0x80 at octet {at}"),
            Problem::LongLength => write!(f, "length field above 4 octets at octet {at}"),
            Problem::NonMinimalLength => {
                write!(f, "length field longer than needed at octet {at}")
            }
            Problem::CountTooLarge { count, left } => {
                write!(f, "{count} elements announced at octet {at}, {left} octets left")
            }
            Problem::TooDeep { limit } => {
                write!(f, "nested deeper than {limit} levels at octet {at}")
            }
            Problem::Checksum { expected, found } => {
                write!(
                    f,
                    "check sequence {found:04x} at octet {at}, the octets have {expected:04x}"
                )
            }
            Problem::CompactArray => {
                write!(f, "type description and contents do not fit at octet {at}")
            }
            Problem::Repeated => write!(f, "given a second time at octet {at}"),
            Problem::Missing => write!(f, "missing at octet {at}"),
            Problem::TooLarge { size, limit } => {
                write!(f, "{size} octets at octet {at}, at most {limit} allowed")
            }
        }
    }
}

impl core::error::Error for DecodeError {}
