//! The parts of a schema: members, labels, names.

use alloc::borrow::Cow;
use core::fmt::{self, Write};

use super::{CosemType, Schema, Shared};
use crate::{Data, Tag};

/// A number with meanings. Values without a label are possible and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enumeration {
    /// The type's name.
    pub name: Cow<'static, str>,
    /// What it says, in a line.
    pub doc: Cow<'static, str>,
    /// The type that carries the number, mostly enum.
    pub carrier: Tag,
    /// The meanings in ascending order.
    pub labels: Cow<'static, [Label]>,
}

impl Enumeration {
    /// An enumeration declared in Rust.
    #[must_use]
    pub const fn borrowed(
        name: &'static str,
        doc: &'static str,
        carrier: Tag,
        labels: &'static [Label],
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            carrier,
            labels: Cow::Borrowed(labels),
        }
    }

    /// The label of a number.
    #[must_use]
    pub fn label(&self, value: i64) -> Option<&Label> {
        self.labels.iter().find(|label| label.value == value)
    }

    pub(super) fn label_of(&self, data: &Data) -> Option<&Label> {
        let number = data.head().as_integer()?;
        self.label(i64::try_from(number).ok()?)
    }
}

/// A mask of bits. Bit 0 is the least significant one of a number and the first of a bit-string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags {
    /// The type's name.
    pub name: Cow<'static, str>,
    /// What it says, in a line.
    pub doc: Cow<'static, str>,
    /// The type that carries the bits.
    pub carrier: Tag,
    /// How many bits there are.
    pub width: u8,
    /// The bits that have a name, by their number, in ascending order.
    pub labels: Cow<'static, [Label]>,
}

impl Flags {
    /// A mask declared in Rust.
    #[must_use]
    pub const fn borrowed(
        name: &'static str,
        doc: &'static str,
        carrier: Tag,
        width: u8,
        labels: &'static [Label],
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            carrier,
            width,
            labels: Cow::Borrowed(labels),
        }
    }
}

/// The tag of a type that carries a number or a mask, for what the macros
/// [`enumeration`](crate::enumeration) and [`flags`](crate::flags) write; a carrier with several tags
/// does not compile.
#[doc(hidden)]
#[must_use]
#[allow(clippy::panic, reason = "the compiler evaluates it")]
pub const fn carrier_tag<C: CosemType>() -> Tag {
    const {
        match C::SCHEMA.tag() {
            Some(tag) => tag,
            None => panic!("a carrier has one tag"),
        }
    }
}

/// The meaning of a value of an enumeration, or of a bit of a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The value; of a mask the number of the bit.
    pub value: i64,
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it means, in a line; may be empty.
    pub doc: Cow<'static, str>,
}

impl Label {
    /// A label declared in Rust.
    #[must_use]
    pub const fn borrowed(value: i64, name: &'static str, doc: &'static str) -> Self {
        Self { value, name: Cow::Borrowed(name), doc: Cow::Borrowed(doc) }
    }
}

/// Members in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    /// The type's name.
    pub name: Cow<'static, str>,
    /// What it holds, in a line.
    pub doc: Cow<'static, str>,
    /// The members.
    pub members: Cow<'static, [Member]>,
}

impl Structure {
    /// A structure declared in Rust.
    #[must_use]
    pub const fn borrowed(
        name: &'static str,
        doc: &'static str,
        members: &'static [Member],
    ) -> Self {
        Self { name: Cow::Borrowed(name), doc: Cow::Borrowed(doc), members: Cow::Borrowed(members) }
    }
}

/// One of several types, told apart by the tag; of several that fit, the first is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The type's name.
    pub name: Cow<'static, str>,
    /// What it holds, in a line.
    pub doc: Cow<'static, str>,
    /// The types, each with a name.
    pub alternatives: Cow<'static, [Member]>,
}

impl Choice {
    /// A choice declared in Rust.
    #[must_use]
    pub const fn borrowed(
        name: &'static str,
        doc: &'static str,
        alternatives: &'static [Member],
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            alternatives: Cow::Borrowed(alternatives),
        }
    }
}

/// A member of a structure, or an alternative of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it says, in a line; may be empty.
    pub doc: Cow<'static, str>,
    /// Its type.
    pub schema: Shared<Schema>,
}

impl Member {
    /// A member declared in Rust.
    #[must_use]
    pub const fn borrowed(name: &'static str, doc: &'static str, schema: &'static Schema) -> Self {
        Self {
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            schema: Shared::Borrowed(schema),
        }
    }
}

/// A name of the program without the mark that lets it be a keyword: `type` of `r#type`.
#[must_use]
pub const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// Prints a name as words: `ready for reconnection` of `ReadyForReconnection`.
///
/// ```
/// use cosem::schema::Words;
/// assert_eq!(Words("ReadyForReconnection").to_string(), "ready for reconnection");
/// assert_eq!(Words("scaler_unit").to_string(), "scaler unit");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Words<'a>(pub &'a str);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = ' ';
        for character in self.0.chars() {
            let begins = character.is_uppercase() && before != ' ' && before != '_'
                || character.is_ascii_digit() && before.is_alphabetic();
            if begins {
                f.write_char(' ')?;
            }
            match character {
                '_' => f.write_char(' ')?,
                other => other.to_lowercase().try_for_each(|lower| f.write_char(lower))?,
            }
            before = character;
        }
        Ok(())
    }
}
