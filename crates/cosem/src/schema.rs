//! What a value looks like on the wire and what its parts are called.
//!
//! A [`Schema`] describes a type of the object model: its tag, its members and their names, its
//! labels. It borrows what is declared in Rust and owns what is read at run time, so that a class
//! from a dictionary is described by the same type as one from the table. [`CosemType`] ties a Rust
//! type to its schema.
//!
//! | shape                | declared by                                     | unknown parts                |
//! |----------------------|-------------------------------------------------|------------------------------|
//! | one of the types     | `bool`, `u32`, `Vec<u8>`, [`VisibleString`] …   | refused                      |
//! | number with meanings | [`enumeration!`](crate::enumeration)            | kept: the number stays open  |
//! | mask of bits         | [`flags!`](crate::flags)                        | kept: the number stays open  |
//! | members in order     | [`structure!`](crate::structure)                | kept: surplus members        |
//! | one of several types | [`choice!`](crate::choice)                      | refused                      |
//! | elements of one type | [`Array`]                                       | refused                      |
//! | anything             | [`Data`]                                        | kept                         |
//!
//! ```
//! use cosem::{CosemType, Data, ScalerUnit, Unit};
//! let octets = [0x02, 0x02, 0x0f, 0xff, 0x16, 0x1e];
//! let data = Data::decode(&mut cosem::bytes::Reader::new(&octets))?;
//! let value = ScalerUnit::from_data(data).unwrap();
//! assert_eq!(value, ScalerUnit { scaler: -1, unit: Unit::WATT_HOUR });
//!
//! let wrong = Data::Structure(vec![Data::Integer(-1), Data::Unsigned(30)]);
//! assert_eq!(
//!     ScalerUnit::SCHEMA.accepts(&wrong).unwrap_err().to_string(),
//!     "unit: enum (Unit) wanted, unsigned 30 found",
//! );
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

mod macros;
mod mismatch;
mod parts;
mod shared;
mod types;

use core::fmt;

use crate::{Data, Tag};

pub use mismatch::TypeMismatch;
pub use parts::{Choice, Enumeration, Flags, Label, Member, Structure, Words, carrier_tag, plain};
pub use shared::Shared;
pub use types::{Array, Enumerated, Members, Surplus, Utf8String, VisibleString};

/// A Rust type with its form on the wire.
pub trait CosemType: Sized {
    /// What the value looks like on the wire.
    const SCHEMA: &'static Schema;

    /// The value of a tree.
    ///
    /// # Errors
    /// [`TypeMismatch`]: the tree is of another type.
    fn from_data(data: Data) -> Result<Self, TypeMismatch>;

    /// The tree of the value.
    fn into_data(self) -> Data;
}

/// The description of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schema {
    /// Any data.
    Any,
    /// Any type that has no elements: see [`Schema::SIMPLE_TYPES`].
    Simple,
    /// One type, whatever it holds.
    Type(Tag),
    /// A string whose length is bounded: octets, of a bit-string bits.
    Sized {
        /// The type.
        tag: Tag,
        /// The least length.
        min: usize,
        /// The greatest length.
        max: usize,
    },
    /// A date-time: an octet-string of 12 octets; the type date-time is accepted too.
    DateTime,
    /// A date: an octet-string of 5 octets; the type date is accepted too.
    Date,
    /// A time: an octet-string of 4 octets; the type time is accepted too.
    Time,
    /// A number with meanings.
    Enumeration(Shared<Enumeration>),
    /// A mask of bits.
    Flags(Shared<Flags>),
    /// Elements of one type.
    Array(Shared<Self>),
    /// Members in order.
    Structure(Shared<Structure>),
    /// One of several types.
    Choice(Shared<Choice>),
}

/// The schema of attributes that hold any simple type: for `as` in the macros.
pub const SIMPLE: &Schema = &Schema::Simple;

/// What is let through beside the declared parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Accepted,
    Refused,
}

impl Schema {
    /// The types of [`Schema::Simple`]: all without elements but the deltas and dont-care.
    pub const SIMPLE_TYPES: &'static [Tag] = &[
        Tag::NULL_DATA,
        Tag::BOOLEAN,
        Tag::BIT_STRING,
        Tag::DOUBLE_LONG,
        Tag::DOUBLE_LONG_UNSIGNED,
        Tag::OCTET_STRING,
        Tag::VISIBLE_STRING,
        Tag::UTF8_STRING,
        Tag::BCD,
        Tag::INTEGER,
        Tag::LONG,
        Tag::UNSIGNED,
        Tag::LONG_UNSIGNED,
        Tag::LONG64,
        Tag::LONG64_UNSIGNED,
        Tag::ENUM,
        Tag::FLOAT32,
        Tag::FLOAT64,
        Tag::DATE_TIME,
        Tag::DATE,
        Tag::TIME,
    ];

    /// Whether a tree is of this type. Enumeration values without a name and surplus members of a
    /// structure are let through, as [`CosemType::from_data`] keeps them.
    ///
    /// # Errors
    /// [`TypeMismatch`]: the path to the first part of another type.
    pub fn accepts(&self, data: &Data) -> Result<(), TypeMismatch> {
        self.check(data, Unknown::Accepted)
    }

    /// Whether a tree is of this type and holds nothing that the schema does not name: for what a
    /// client may write to a meter.
    ///
    /// # Errors
    /// [`TypeMismatch`]: the path to the first part that is of another type or not named.
    pub fn accepts_exactly(&self, data: &Data) -> Result<(), TypeMismatch> {
        self.check(data, Unknown::Refused)
    }

    /// The tag of the type's usual form; `None` where several are possible.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        Some(match self {
            Self::Any | Self::Simple | Self::Choice(_) => return None,
            Self::Type(tag) | Self::Sized { tag, .. } => *tag,
            Self::DateTime | Self::Date | Self::Time => Tag::OCTET_STRING,
            Self::Enumeration(enumeration) => enumeration.get().carrier,
            Self::Flags(flags) => flags.get().carrier,
            Self::Array(_) => Tag::ARRAY,
            Self::Structure(_) => Tag::STRUCTURE,
        })
    }

    fn check(&self, data: &Data, unknown: Unknown) -> Result<(), TypeMismatch> {
        let fits = match self {
            Self::Any => true,
            Self::Simple => Self::SIMPLE_TYPES.contains(&data.tag()),
            Self::Type(tag) => data.tag() == *tag,
            Self::Sized { tag, min, max } => {
                data.tag() == *tag && length(data).is_some_and(|n| (*min..=*max).contains(&n))
            }
            Self::DateTime => data.head().as_date_time().is_some(),
            Self::Date => matches!(data, Data::Date(_)) || is_octets(data, 5),
            Self::Time => matches!(data, Data::Time(_)) || is_octets(data, 4),
            Self::Enumeration(enumeration) => {
                data.tag() == enumeration.carrier
                    && (unknown == Unknown::Accepted || enumeration.label_of(data).is_some())
            }
            Self::Flags(flags) => {
                data.tag() == flags.carrier
                    && (flags.carrier != Tag::BIT_STRING
                        || length(data) == Some(usize::from(flags.width)))
            }
            Self::Array(element) => return self.check_array(element, data, unknown),
            Self::Structure(structure) => return self.check_structure(structure, data, unknown),
            Self::Choice(choice) => return self.check_choice(choice, data, unknown),
        };
        if fits {
            return Ok(());
        }
        Err(TypeMismatch::new(self, data))
    }

    fn check_array(
        &self,
        element: &Self,
        data: &Data,
        unknown: Unknown,
    ) -> Result<(), TypeMismatch> {
        let Data::Array(elements) = data else {
            return Err(TypeMismatch::new(self, data));
        };
        elements.iter().enumerate().try_for_each(|(index, data)| {
            element.check(data, unknown).map_err(|error| error.in_element(index))
        })
    }

    fn check_structure(
        &self,
        structure: &Structure,
        data: &Data,
        unknown: Unknown,
    ) -> Result<(), TypeMismatch> {
        let members = &structure.members;
        let Data::Structure(values) = data else {
            return Err(TypeMismatch::new(self, data));
        };
        let surplus = values.len() > members.len() && unknown == Unknown::Refused;
        if values.len() < members.len() || surplus {
            return Err(TypeMismatch::new(self, data));
        }
        members.iter().zip(values).try_for_each(|(member, data)| {
            member.schema.check(data, unknown).map_err(|error| error.in_member(&member.name))
        })
    }

    fn check_choice(
        &self,
        choice: &Choice,
        data: &Data,
        unknown: Unknown,
    ) -> Result<(), TypeMismatch> {
        let mut nearest = None;
        let mut same_tag = 0_usize;
        for alternative in choice.alternatives.iter() {
            match alternative.schema.check(data, unknown) {
                Ok(()) => return Ok(()),
                Err(error) if alternative.schema.tag() == Some(data.tag()) => {
                    same_tag += 1;
                    nearest = Some(error);
                }
                Err(_) => {}
            }
        }
        // Where the tag points at one alternative, its own error says more than the list of all.
        Err(nearest.filter(|_| same_tag == 1).unwrap_or_else(|| TypeMismatch::new(self, data)))
    }
}

/// The length of a string: octets, of a bit-string bits.
fn length(data: &Data) -> Option<usize> {
    match data {
        Data::BitString(bits) => Some(bits.as_bit_str().bits),
        other => other.head().as_octets().map(<[u8]>::len),
    }
}

fn is_octets(data: &Data, count: usize) -> bool {
    matches!(data, Data::OctetString(octets) if octets.len() == count)
}

/// The type in words: `array of structure of 4 (CaptureObject)`.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any data"),
            Self::Simple => f.write_str("a type without elements"),
            Self::Type(tag) => write!(f, "{tag}"),
            Self::Sized { tag, min, max } => {
                let unit = match *tag {
                    Tag::BIT_STRING => "bits",
                    _ => "octets",
                };
                if min == max {
                    return write!(f, "{tag} of {min} {unit}");
                }
                write!(f, "{tag} of {min} to {max} {unit}")
            }
            Self::DateTime => f.write_str("octet-string of 12 octets (date-time)"),
            Self::Date => f.write_str("octet-string of 5 octets (date)"),
            Self::Time => f.write_str("octet-string of 4 octets (time)"),
            Self::Enumeration(enumeration) => {
                write!(f, "{} ({})", enumeration.carrier, enumeration.name)
            }
            Self::Flags(flags) => write!(f, "{} ({})", flags.carrier, flags.name),
            Self::Array(element) => write!(f, "array of {}", **element),
            Self::Structure(structure) => {
                let Structure { name, members, .. } = &**structure;
                write!(f, "structure of {} ({name})", members.len())
            }
            Self::Choice(choice) => {
                for (index, alternative) in choice.alternatives.iter().enumerate() {
                    let separator = if index == 0 { "" } else { " or " };
                    write!(f, "{separator}{}", *alternative.schema)?;
                }
                Ok(())
            }
        }
    }
}
