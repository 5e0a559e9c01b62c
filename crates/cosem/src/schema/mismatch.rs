//! A value that is not of the type it should be.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use super::Schema;
use crate::{Data, Value};

/// Where a tree is not of the type that the schema describes.
///
/// ```
/// use cosem::{CosemType, Data};
/// use cosem::class::CaptureObject;
/// let data = Data::Structure(vec![Data::LongUnsigned(3), Data::OctetString(vec![1, 0, 1, 8, 0])]);
/// let error = CaptureObject::from_data(data).unwrap_err();
/// assert_eq!(error.to_string(), "structure of 4 (CaptureObject) wanted, structure of 2 found");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeMismatch {
    path: String,
    wanted: String,
    found: String,
}

impl TypeMismatch {
    /// The schema that was wanted and the tree that was found in its place.
    #[must_use]
    pub fn new(wanted: &Schema, found: &Data) -> Self {
        Self { path: String::new(), wanted: wanted.to_string(), found: in_words(found) }
    }

    /// The same mismatch seen from the structure around it.
    #[must_use]
    pub fn in_member(mut self, name: &str) -> Self {
        let separator = match self.path.as_bytes().first() {
            None | Some(b'[') => "",
            Some(_) => ".",
        };
        self.path = format!("{name}{separator}{}", self.path);
        self
    }

    /// The same mismatch seen from the array around it; the first element is 0.
    #[must_use]
    pub fn in_element(mut self, index: usize) -> Self {
        let separator = match self.path.as_bytes().first() {
            None | Some(b'[') => "",
            Some(_) => ".",
        };
        self.path = format!("[{index}]{separator}{}", self.path);
        self
    }

    /// Where: `[2].access_rights.method_access[0].access_mode`; empty for the value itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The type that was wanted, in words.
    #[must_use]
    pub fn wanted(&self) -> &str {
        &self.wanted
    }

    /// The type that was found, in words.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for TypeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, wanted, found } = self;
        let separator = if path.is_empty() { "" } else { ": " };
        write!(f, "{path}{separator}{wanted} wanted, {found} found")
    }
}

impl core::error::Error for TypeMismatch {}

/// The type and size of a tree, never the octets of a string: it may be a password.
fn in_words(data: &Data) -> String {
    let head = data.head();
    let tag = head.tag();
    match head {
        Value::Array(count) | Value::Structure(count) => format!("{tag} of {count}"),
        Value::BitString(bits) => format!("{tag} of {}", count(bits.bits, "bit")),
        _ => match (head.as_octets(), head.as_integer()) {
            (Some(octets), _) => format!("{tag} of {}", count(octets.len(), "octet")),
            (None, Some(number)) => format!("{tag} {number}"),
            (None, None) => tag.to_string(),
        },
    }
}

fn count(number: usize, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}
