//! The tree: for building values and for small ones.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::compact::CompactArrayBuf;
use super::value::{BitStr, Value};
use super::walker::Walker;
use super::{Encoded, Tag};
use crate::bytes::{Reader, Result, Writer};
use crate::obis::Obis;
use crate::time::{Date, DateTime, Time};

/// A value with all that it holds. 32 octets a node.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Data {
    /// null-data.
    #[default]
    Null,
    /// array: elements of one type.
    Array(Vec<Self>),
    /// structure: elements of any type.
    Structure(Vec<Self>),
    /// boolean.
    Boolean(bool),
    /// bit-string.
    BitString(Box<BitString>),
    /// double-long.
    DoubleLong(i32),
    /// double-long-unsigned.
    DoubleLongUnsigned(u32),
    /// octet-string.
    OctetString(Vec<u8>),
    /// visible-string: ASCII by the standard, kept as sent.
    VisibleString(Vec<u8>),
    /// utf8-string, kept as sent.
    Utf8String(Vec<u8>),
    /// bcd: two digits.
    Bcd(u8),
    /// integer.
    Integer(i8),
    /// long.
    Long(i16),
    /// unsigned.
    Unsigned(u8),
    /// long-unsigned.
    LongUnsigned(u16),
    /// compact-array.
    CompactArray(Box<CompactArrayBuf>),
    /// long64.
    Long64(i64),
    /// long64-unsigned.
    Long64Unsigned(u64),
    /// enum.
    Enum(u8),
    /// float32.
    Float32(f32),
    /// float64.
    Float64(f64),
    /// date-time.
    DateTime(DateTime),
    /// date.
    Date(Date),
    /// time.
    Time(Time),
    /// delta-integer.
    DeltaInteger(i8),
    /// delta-long.
    DeltaLong(i16),
    /// delta-double-long.
    DeltaDoubleLong(i32),
    /// delta-unsigned.
    DeltaUnsigned(u8),
    /// delta-long-unsigned.
    DeltaLongUnsigned(u16),
    /// delta-double-long-unsigned.
    DeltaDoubleLongUnsigned(u32),
    /// dont-care.
    DontCare,
}

/// Bits that own their octets; bit 0 is the most significant bit of the first octet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BitString {
    bits: usize,
    octets: Vec<u8>,
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
        r.apart(Self::read)
    }

    #[inline(always)]
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let mut walker = Walker::new();
        let mut open: Vec<Open> = Vec::new();
        while let Some(token) = walker.step(r)? {
            let mut value = match token.value {
                Value::Array(count) if count > 0 => {
                    open.push(Open { tag: Tag::ARRAY, count, elements: Vec::with_capacity(count) });
                    continue;
                }
                Value::Structure(count) if count > 0 => {
                    let elements = Vec::with_capacity(count);
                    open.push(Open { tag: Tag::STRUCTURE, count, elements });
                    continue;
                }
                scalar => Self::from(scalar),
            };
            // The walker has seen that the octets left suffice for every count, so the capacities
            // above add up to no more elements than the input has octets.
            loop {
                let Some(innermost) = open.last_mut() else {
                    return Ok(value);
                };
                innermost.elements.push(value);
                if innermost.elements.len() < innermost.count {
                    break;
                }
                let Some(full) = open.pop() else {
                    return Ok(Self::Null);
                };
                value = full.into_data();
            }
        }
        Ok(Self::Null)
    }

    /// Writes the value behind what `w` holds.
    pub fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Array(elements) | Self::Structure(elements) => {
                self.head().write(w);
                for element in elements {
                    element.encode(w);
                }
            }
            scalar => scalar.head().write(w),
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
    #[inline]
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
    #[inline]
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Array(_) => Self::Array(Vec::new()),
            Value::Structure(_) => Self::Structure(Vec::new()),
            Value::Boolean(value) => Self::Boolean(value),
            Value::BitString(bits) => {
                Self::BitString(Box::new(BitString { bits: bits.bits, octets: bits.octets.into() }))
            }
            Value::DoubleLong(value) => Self::DoubleLong(value),
            Value::DoubleLongUnsigned(value) => Self::DoubleLongUnsigned(value),
            Value::OctetString(octets) => Self::OctetString(octets.into()),
            Value::VisibleString(octets) => Self::VisibleString(octets.into()),
            Value::Utf8String(octets) => Self::Utf8String(octets.into()),
            Value::Bcd(value) => Self::Bcd(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Long(value) => Self::Long(value),
            Value::Unsigned(value) => Self::Unsigned(value),
            Value::LongUnsigned(value) => Self::LongUnsigned(value),
            Value::CompactArray(array) => Self::CompactArray(Box::new(array.to_owned())),
            Value::Long64(value) => Self::Long64(value),
            Value::Long64Unsigned(value) => Self::Long64Unsigned(value),
            Value::Enum(value) => Self::Enum(value),
            Value::Float32(value) => Self::Float32(value),
            Value::Float64(value) => Self::Float64(value),
            Value::DateTime(value) => Self::DateTime(value),
            Value::Date(value) => Self::Date(value),
            Value::Time(value) => Self::Time(value),
            Value::DeltaInteger(value) => Self::DeltaInteger(value),
            Value::DeltaLong(value) => Self::DeltaLong(value),
            Value::DeltaDoubleLong(value) => Self::DeltaDoubleLong(value),
            Value::DeltaUnsigned(value) => Self::DeltaUnsigned(value),
            Value::DeltaLongUnsigned(value) => Self::DeltaLongUnsigned(value),
            Value::DeltaDoubleLongUnsigned(value) => Self::DeltaDoubleLongUnsigned(value),
            Value::DontCare => Self::DontCare,
        }
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
