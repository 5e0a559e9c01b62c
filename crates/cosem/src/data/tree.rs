//! The tree: for building values and for small ones.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem, slice};

use super::compact::CompactArrayBuf;
use super::value::{BitStr, Value, likely};
use super::walker::Walker;
use super::{Encoded, Tag};
use crate::bytes::{Reader, Result, Writer};
use crate::obis::Obis;
use crate::time::{Date, DateTime, Time};

/// A value with all that it holds. 32 octets a node.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum Data {
    /// null-data.
    #[default]
    Null = 0x00,
    /// array: elements of one type.
    Array(Vec<Self>) = 0x01,
    /// structure: elements of any type.
    Structure(Vec<Self>) = 0x02,
    /// boolean.
    Boolean(bool) = 0x03,
    /// bit-string.
    BitString(Box<BitString>) = 0x04,
    /// double-long.
    DoubleLong(i32) = 0x05,
    /// double-long-unsigned.
    DoubleLongUnsigned(u32) = 0x06,
    /// octet-string.
    OctetString(Vec<u8>) = 0x09,
    /// visible-string: ASCII by the standard, kept as sent.
    VisibleString(Vec<u8>) = 0x0a,
    /// utf8-string, kept as sent.
    Utf8String(Vec<u8>) = 0x0c,
    /// bcd: two digits.
    Bcd(u8) = 0x0d,
    /// integer.
    Integer(i8) = 0x0f,
    /// long.
    Long(i16) = 0x10,
    /// unsigned.
    Unsigned(u8) = 0x11,
    /// long-unsigned.
    LongUnsigned(u16) = 0x12,
    /// compact-array.
    CompactArray(Box<CompactArrayBuf>) = 0x13,
    /// long64.
    Long64(i64) = 0x14,
    /// long64-unsigned.
    Long64Unsigned(u64) = 0x15,
    /// enum.
    Enum(u8) = 0x16,
    /// float32.
    Float32(f32) = 0x17,
    /// float64.
    Float64(f64) = 0x18,
    /// date-time.
    DateTime(DateTime) = 0x19,
    /// date.
    Date(Date) = 0x1a,
    /// time.
    Time(Time) = 0x1b,
    /// delta-integer.
    DeltaInteger(i8) = 0x1c,
    /// delta-long.
    DeltaLong(i16) = 0x1d,
    /// delta-double-long.
    DeltaDoubleLong(i32) = 0x1e,
    /// delta-unsigned.
    DeltaUnsigned(u8) = 0x1f,
    /// delta-long-unsigned.
    DeltaLongUnsigned(u16) = 0x20,
    /// delta-double-long-unsigned.
    DeltaDoubleLongUnsigned(u32) = 0x21,
    /// dont-care.
    DontCare = 0xff,
}

/// Bits that own their octets; bit 0 is the most significant bit of the first octet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Unchecked"))]
pub struct BitString {
    bits: usize,
    octets: Vec<u8>,
}

/// The fields as somebody has written them.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "BitString")]
struct Unchecked {
    bits: usize,
    octets: Vec<u8>,
}

#[cfg(feature = "serde")]
impl TryFrom<Unchecked> for BitString {
    type Error = &'static str;

    fn try_from(Unchecked { bits, octets }: Unchecked) -> core::result::Result<Self, Self::Error> {
        if octets.len() != bits.div_ceil(8) {
            return Err("a bit-string has an octet for every eight bits");
        }
        Ok(Self::new(bits, octets))
    }
}

impl BitString {
    /// The first `bits` bits of `octets`; missing ones are filled with zeros, surplus ones cut.
    #[must_use]
    pub fn new(bits: usize, mut octets: Vec<u8>) -> Self {
        octets.resize(bits.div_ceil(8), 0);
        if let Some(last) = octets.last_mut().filter(|_| !bits.is_multiple_of(8)) {
            *last &= !(0xff >> (bits % 8));
        }
        Self { bits, octets }
    }

    /// The borrowed form.
    #[must_use]
    pub fn as_bit_str(&self) -> BitStr<'_> {
        BitStr { bits: self.bits, octets: &self.octets }
    }
}

impl Data {
    /// Reads one value; what follows it stays with the reader.
    ///
    /// # Errors
    /// See [`Walker::step`].
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        if r.is_traced() {
            return Encoded::decode(r).map(|encoded| encoded.to_data());
        }
        r.quietly(Self::read)
    }

    #[inline(always)]
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let mut walker = Walker::new();
        let mut surrounding: Vec<Open> = Vec::new();
        let mut innermost = Open { tag: Tag::ARRAY, count: 0, elements: Vec::new() };
        while let Some(token) = walker.step(r)? {
            match token.value {
                // The walker has seen that the octets left suffice for every count, so all
                // capacities add up to no more elements than the input has octets.
                Value::Array(count) | Value::Structure(count) if count > 0 => {
                    let tag = token.value.tag();
                    let inner = Open { tag, count, elements: Vec::with_capacity(count) };
                    surrounding.push(mem::replace(&mut innermost, inner));
                    continue;
                }
                alone if surrounding.is_empty() => return Ok(Self::from(alone)),
                element => Self::hand(element, |element| innermost.elements.push(element)),
            }
            // Each array or structure that is complete is an element of what surrounds it.
            while innermost.elements.len() == innermost.count {
                let Some(outer) = surrounding.pop() else {
                    return Ok(Self::Null);
                };
                let complete = mem::replace(&mut innermost, outer).into_data();
                if surrounding.is_empty() {
                    return Ok(complete);
                }
                innermost.elements.push(complete);
            }
        }
        Ok(Self::Null)
    }

    /// Writes the value behind what `w` holds.
    pub fn encode(&self, w: &mut Writer<'_>) {
        Self::encode_all(slice::from_ref(self), w);
    }

    fn encode_all(values: &[Self], w: &mut Writer<'_>) {
        for value in values {
            value.head().write(w);
            if let Self::Array(elements) | Self::Structure(elements) = value {
                Self::encode_all(elements, w);
            }
        }
    }

    /// The octets of the value.
    #[must_use]
    pub fn to_encoded(&self) -> Encoded {
        let mut octets = Vec::new();
        self.encode(&mut Writer::new(&mut octets));
        Encoded::from_written(octets)
    }

    /// The value's type.
    #[must_use]
    pub fn tag(&self) -> Tag {
        self.head().tag()
    }

    /// The scalar, or the head of the array or structure, borrowed.
    #[inline(always)]
    #[must_use]
    pub fn head(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Array(elements) => Value::Array(elements.len()),
            Self::Structure(elements) => Value::Structure(elements.len()),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::BitString(bits) => Value::BitString(bits.as_bit_str()),
            Self::DoubleLong(value) => Value::DoubleLong(*value),
            Self::DoubleLongUnsigned(value) => Value::DoubleLongUnsigned(*value),
            Self::OctetString(octets) => Value::OctetString(octets),
            Self::VisibleString(octets) => Value::VisibleString(octets),
            Self::Utf8String(octets) => Value::Utf8String(octets),
            Self::Bcd(value) => Value::Bcd(*value),
            Self::Integer(value) => Value::Integer(*value),
            Self::Long(value) => Value::Long(*value),
            Self::Unsigned(value) => Value::Unsigned(*value),
            Self::LongUnsigned(value) => Value::LongUnsigned(*value),
            Self::CompactArray(array) => Value::CompactArray(array.as_compact_array()),
            Self::Long64(value) => Value::Long64(*value),
            Self::Long64Unsigned(value) => Value::Long64Unsigned(*value),
            Self::Enum(value) => Value::Enum(*value),
            Self::Float32(value) => Value::Float32(*value),
            Self::Float64(value) => Value::Float64(*value),
            Self::DateTime(value) => Value::DateTime(*value),
            Self::Date(value) => Value::Date(*value),
            Self::Time(value) => Value::Time(*value),
            Self::DeltaInteger(value) => Value::DeltaInteger(*value),
            Self::DeltaLong(value) => Value::DeltaLong(*value),
            Self::DeltaDoubleLong(value) => Value::DeltaDoubleLong(*value),
            Self::DeltaUnsigned(value) => Value::DeltaUnsigned(*value),
            Self::DeltaLongUnsigned(value) => Value::DeltaLongUnsigned(*value),
            Self::DeltaDoubleLongUnsigned(value) => Value::DeltaDoubleLongUnsigned(*value),
            Self::DontCare => Value::DontCare,
        }
    }

    /// The elements of an array or structure; none for a scalar.
    #[must_use]
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) | Self::Structure(elements) => elements,
            _ => &[],
        }
    }
}

/// An array or structure that is not complete yet.
struct Open {
    tag: Tag,
    count: usize,
    elements: Vec<Data>,
}

impl Open {
    fn into_data(self) -> Data {
        if self.tag == Tag::ARRAY {
            Data::Array(self.elements)
        } else {
            Data::Structure(self.elements)
        }
    }
}

/// Scalars keep their value; of an array or structure only the head is known, so it comes out
/// empty.
impl From<Value<'_>> for Data {
    fn from(value: Value<'_>) -> Self {
        Self::hand(value, |data| data)
    }
}

impl Data {
    /// Hands the value over where its type is known, so that it is written where it stays and
    /// nowhere before.
    #[inline(always)]
    fn hand<T>(value: Value<'_>, to: impl FnOnce(Self) -> T) -> T {
        match value {
            Value::Null => to(Self::Null),
            Value::Array(_) => to(Self::Array(Vec::new())),
            Value::Structure(_) => to(Self::Structure(Vec::new())),
            Value::Boolean(value) => to(Self::Boolean(value)),
            Value::BitString(bits) => to(Self::BitString(Box::new(BitString {
                bits: bits.bits,
                octets: bits.octets.into(),
            }))),
            Value::DoubleLong(value) => to(Self::DoubleLong(value)),
            Value::DoubleLongUnsigned(value) => to(Self::DoubleLongUnsigned(value)),
            Value::OctetString(octets) => to(Self::OctetString(octets.into())),
            Value::VisibleString(octets) => to(Self::VisibleString(octets.into())),
            Value::Utf8String(octets) => to(Self::Utf8String(octets.into())),
            Value::Bcd(value) => to(Self::Bcd(value)),
            Value::Integer(value) => to(Self::Integer(value)),
            Value::Long(value) => to(Self::Long(value)),
            Value::Unsigned(value) => to(Self::Unsigned(value)),
            Value::LongUnsigned(value) => to(Self::LongUnsigned(value)),
            Value::CompactArray(array) => to(Self::CompactArray(Box::new(array.to_owned()))),
            Value::Long64(value) => to(Self::Long64(value)),
            Value::Long64Unsigned(value) => to(Self::Long64Unsigned(value)),
            Value::Enum(value) => to(Self::Enum(value)),
            Value::Float32(value) => to(Self::Float32(value)),
            Value::Float64(value) => to(Self::Float64(value)),
            Value::DateTime(value) => to(Self::DateTime(value)),
            Value::Date(value) => to(Self::Date(value)),
            Value::Time(value) => to(Self::Time(value)),
            Value::DeltaInteger(value) => to(Self::DeltaInteger(value)),
            Value::DeltaLong(value) => to(Self::DeltaLong(value)),
            Value::DeltaDoubleLong(value) => to(Self::DeltaDoubleLong(value)),
            Value::DeltaUnsigned(value) => to(Self::DeltaUnsigned(value)),
            Value::DeltaLongUnsigned(value) => to(Self::DeltaLongUnsigned(value)),
            Value::DeltaDoubleLongUnsigned(value) => to(Self::DeltaDoubleLongUnsigned(value)),
            Value::DontCare => to(Self::DontCare),
        }
    }
}

/// The value in one line for people: `{2025-06-15 12:30:00.00+02:00, 8, 12345}`.
///
/// Arrays stand in `[]`, structures in `{}`, scalars as [`Value::in_words`] says them; of an
/// octet-string that very likely holds a date-time, a code or a text only that is shown. It is not
/// meant to be read back: [`TypedPairs`](super::TypedPairs) is.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = match self {
            Self::Array(_) => ('[', ']'),
            Self::Structure(_) => ('{', '}'),
            Self::Null | Self::DontCare => return write!(f, "{}", self.tag()),
            Self::OctetString(octets) => {
                let likely = likely(octets);
                return f.write_str(&likely.unwrap_or_else(|| self.head().in_words()));
            }
            _ => return f.write_str(&self.head().in_words()),
        };
        write!(f, "{open}")?;
        for (index, element) in self.elements().iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{element}")?;
        }
        write!(f, "{close}")
    }
}

/// A logical name: an octet-string of six octets.
impl From<Obis> for Data {
    fn from(Obis(octets): Obis) -> Self {
        Self::OctetString(octets.into())
    }
}

/// The usual form of a date-time in attributes: an octet-string of twelve octets.
impl From<DateTime> for Data {
    fn from(DateTime(octets): DateTime) -> Self {
        Self::OctetString(octets.into())
    }
}

/// A visible-string.
impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self::VisibleString(String::from(text).into_bytes())
    }
}
