//! A value as JSON that loses nothing: pairs of type and value.

use core::fmt::{self, Write};

use super::tree::Data;
use super::value::Value;
use crate::bytes::hex;

/// Prints a value as typed pairs in JSON: `["structure",[["unsigned",8],["octet-string","00ff"]]]`.
///
/// Octet-strings and dates are hexadecimal, bit-strings `0` and `1`, visible-strings one character
/// an octet (Latin-1), whole numbers and booleans themselves, null-data and dont-care `null`. A
/// float that is no number is a string. A compact-array shows its rows.
///
/// ```
/// use cosem::{Data, TypedPairs};
/// let data = Data::Structure(vec![Data::Unsigned(8), Data::from("KFM")]);
/// assert_eq!(TypedPairs(&data).to_string(), r#"["structure",[["unsigned",8],["visible-string","KFM"]]]"#);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TypedPairs<'a>(pub &'a Data);

impl fmt::Display for TypedPairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_pair(self.0, f)
    }
}

fn write_pair(data: &Data, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "[\"{}\",", data.tag())?;
    match data.head() {
        Value::Array(_) | Value::Structure(_) => write_list(data.elements(), f)?,
        Value::CompactArray(array) => write_list(array.expand().elements(), f)?,
        Value::Null | Value::DontCare => f.write_str("null")?,
        Value::Boolean(value) => write!(f, "{value}")?,
        Value::BitString(bits) => write!(f, "\"{bits}\"")?,
        Value::OctetString(octets) => write!(f, "\"{}\"", hex(octets))?,
        Value::VisibleString(octets) => write_string(octets.iter().map(|o| char::from(*o)), f)?,
        Value::Utf8String(octets) => {
            write_string(alloc::string::String::from_utf8_lossy(octets).chars(), f)?;
        }
        Value::Bcd(value) => write!(f, "\"{value:02x}\"")?,
        Value::Float32(value) if value.is_finite() => write!(f, "{value:?}")?,
        Value::Float64(value) if value.is_finite() => write!(f, "{value:?}")?,
        Value::Float32(value) => write!(f, "\"{value}\"")?,
        Value::Float64(value) => write!(f, "\"{value}\"")?,
        Value::DateTime(value) => write!(f, "\"{}\"", hex(&value.0))?,
        Value::Date(value) => write!(f, "\"{}\"", hex(&value.0))?,
        Value::Time(value) => write!(f, "\"{}\"", hex(&value.0))?,
        other => write!(f, "{}", other.as_integer().unwrap_or_default())?,
    }
    f.write_char(']')
}

fn write_list(elements: &[Data], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('[')?;
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        write_pair(element, f)?;
    }
    f.write_char(']')
}

fn write_string(text: impl Iterator<Item = char>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for character in text {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            control if control.is_control() => write!(f, "\\u{:04x}", u32::from(control))?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}
