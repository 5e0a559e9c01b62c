//! One value, borrowed: a scalar, or the head of an array or structure.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::compact::CompactArray;
use super::tag::Tag;
use crate::bytes::{LONGER_THAN_NEEDED, Problem, Reader, Result, Writer, hex};
use crate::obis::Obis;
use crate::time::{Date, DateTime, Time};

/// A value that borrows its octets. Arrays and structures carry the number of their elements,
/// which follow.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub enum Value<'a> {
    /// null-data.
    Null = 0x00,
    /// array of that many elements.
    Array(usize) = 0x01,
    /// structure of that many elements.
    Structure(usize) = 0x02,
    /// boolean.
    Boolean(bool) = 0x03,
    /// bit-string.
    BitString(BitStr<'a>) = 0x04,
    /// double-long.
    DoubleLong(i32) = 0x05,
    /// double-long-unsigned.
    DoubleLongUnsigned(u32) = 0x06,
    /// octet-string.
    OctetString(&'a [u8]) = 0x09,
    /// visible-string; ASCII by the standard, kept as sent.
    VisibleString(&'a [u8]) = 0x0a,
    /// utf8-string; kept as sent.
    Utf8String(&'a [u8]) = 0x0c,
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
    CompactArray(CompactArray<'a>) = 0x13,
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

/// A bit-string: bit 0 is the most significant bit of the first octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitStr<'a> {
    /// How many bits there are.
    pub bits: usize,
    /// The octets that hold them, `bits / 8` rounded up.
    pub octets: &'a [u8],
}

impl BitStr<'_> {
    /// The bit at `index`; `None` beyond the end.
    #[must_use]
    pub fn bit(&self, index: usize) -> Option<bool> {
        let octet = self.octets.get(index / 8).filter(|_| index < self.bits)?;
        Some(octet & (0x80 >> (index % 8)) != 0)
    }
}

impl fmt::Display for BitStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.bits)
            .try_for_each(|i| f.write_str(if self.bit(i) == Some(true) { "1" } else { "0" }))
    }
}

impl<'a> Value<'a> {
    /// Reads the tag and the value; of arrays and structures only the count.
    ///
    /// The count is not compared with the octets left: [`Walker`](super::Walker) does that.
    #[inline(always)]
    pub(super) fn read(r: &mut Reader<'a>) -> Result<Self> {
        // Taken out of its result here and below: one that is handed on would lie in memory, and all
        // other values with it.
        let value = if r.is_traced() { r.apart(Self::read_traced)? } else { Self::read_quiet(r)? };
        Ok(value)
    }

    #[cold]
    fn read_traced(r: &mut Reader<'a>) -> Result<Self> {
        let from = r.at();
        let mut quiet = r.ahead();
        let value = Self::read_quiet(&mut quiet);
        match value {
            Ok(value) => {
                let longer = quiet.deviations().non_minimal_length;
                let longer = if longer { LONGER_THAN_NEEDED } else { "" };
                r.skip_to(&quiet);
                let name = value.tag().name().unwrap_or("data");
                match value {
                    // The walker closes the group behind the last element.
                    Self::Array(count) | Self::Structure(count) => {
                        r.open_group(name, from, || format!("{count} elements{longer}"));
                    }
                    _ => r.label(name, from, || format!("{}{longer}", value.in_words())),
                }
                Ok(value)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads without labels; inlined into each reading, so that a value is never put together only
    /// to be taken apart.
    #[inline(always)]
    fn read_quiet(r: &mut Reader<'a>) -> Result<Self> {
        let [tag] = *r.take("tag")?;
        Ok(match tag {
            0x00 => Self::Null,
            0x01 => Self::Array(r.quiet_length("array")?),
            0x02 => Self::Structure(r.quiet_length("structure")?),
            0x03 => Self::Boolean(r.take::<1>("boolean")? != &[0]),
            0x05 => Self::DoubleLong(i32::from_be_bytes(*r.take("double-long")?)),
            0x06 => Self::DoubleLongUnsigned(u32::from_be_bytes(*r.take("double-long-unsigned")?)),
            0x09 => Self::OctetString(r.quiet_string("octet-string")?),
            0x0a => Self::VisibleString(r.quiet_string("visible-string")?),
            0x0c => Self::Utf8String(r.quiet_string("utf8-string")?),
            0x0d => Self::Bcd(u8::from_be_bytes(*r.take("bcd")?)),
            0x0f => Self::Integer(i8::from_be_bytes(*r.take("integer")?)),
            0x10 => Self::Long(i16::from_be_bytes(*r.take("long")?)),
            0x11 => Self::Unsigned(u8::from_be_bytes(*r.take("unsigned")?)),
            0x12 => Self::LongUnsigned(u16::from_be_bytes(*r.take("long-unsigned")?)),
            0x16 => Self::Enum(u8::from_be_bytes(*r.take("enum")?)),
            _ => r.apart(|r| Self::read_rare(r, Tag(tag)))?,
        })
    }

    /// The types that profiles and object lists seldom hold, out of the way of the others.
    #[inline(never)]
    fn read_rare(r: &mut Reader<'a>, tag: Tag) -> Result<Self> {
        Ok(match tag {
            Tag::BIT_STRING => {
                let bits = r.length("bit-string")?;
                Self::BitString(BitStr { bits, octets: r.octets("bit-string", bits.div_ceil(8))? })
            }
            Tag::COMPACT_ARRAY => Self::CompactArray(CompactArray::read(r)?),
            Tag::LONG64 => Self::Long64(i64::from_be_bytes(*r.array("long64")?)),
            Tag::LONG64_UNSIGNED => {
                Self::Long64Unsigned(u64::from_be_bytes(*r.array("long64-unsigned")?))
            }
            Tag::FLOAT32 => Self::Float32(f32::from_be_bytes(*r.array("float32")?)),
            Tag::FLOAT64 => Self::Float64(f64::from_be_bytes(*r.array("float64")?)),
            Tag::DATE_TIME => Self::DateTime(DateTime(*r.array("date-time")?)),
            Tag::DATE => Self::Date(Date(*r.array("date")?)),
            Tag::TIME => Self::Time(Time(*r.array("time")?)),
            Tag::DELTA_INTEGER => Self::DeltaInteger(r.i8("delta-integer")?),
            Tag::DELTA_LONG => Self::DeltaLong(i16::from_be_bytes(*r.array("delta-long")?)),
            Tag::DELTA_DOUBLE_LONG => {
                Self::DeltaDoubleLong(i32::from_be_bytes(*r.array("delta-double-long")?))
            }
            Tag::DELTA_UNSIGNED => Self::DeltaUnsigned(r.u8("delta-unsigned")?),
            Tag::DELTA_LONG_UNSIGNED => Self::DeltaLongUnsigned(r.u16("delta-long-unsigned")?),
            Tag::DELTA_DOUBLE_LONG_UNSIGNED => {
                Self::DeltaDoubleLongUnsigned(r.u32("delta-double-long-unsigned")?)
            }
            Tag::DONT_CARE => Self::DontCare,
            Tag(tag) => {
                let at = r.at().saturating_sub(1);
                let problem = Problem::UnknownTag { tag, wanted: "a data type" };
                return Err(r.error_at("data", at, problem));
            }
        })
    }

    /// Writes the tag and the value; of arrays and structures only the count.
    #[inline(always)]
    pub(super) fn write(&self, w: &mut Writer<'_>) {
        let tag = self.tag().0;
        match *self {
            Self::Null | Self::DontCare => w.u8(tag),
            Self::Array(count) | Self::Structure(count) => {
                w.u8(tag);
                w.length(count);
            }
            Self::Boolean(value) => w.octets(&[tag, u8::from(value)]),
            Self::Bcd(value)
            | Self::Unsigned(value)
            | Self::Enum(value)
            | Self::DeltaUnsigned(value) => w.octets(&[tag, value]),
            Self::Integer(value) | Self::DeltaInteger(value) => {
                w.octets(&[tag, value.to_be_bytes()[0]]);
            }
            Self::Long(value) | Self::DeltaLong(value) => {
                let [a, b] = value.to_be_bytes();
                w.octets(&[tag, a, b]);
            }
            Self::LongUnsigned(value) | Self::DeltaLongUnsigned(value) => {
                let [a, b] = value.to_be_bytes();
                w.octets(&[tag, a, b]);
            }
            Self::DoubleLong(value) | Self::DeltaDoubleLong(value) => {
                let [a, b, c, d] = value.to_be_bytes();
                w.octets(&[tag, a, b, c, d]);
            }
            Self::DoubleLongUnsigned(value) | Self::DeltaDoubleLongUnsigned(value) => {
                let [a, b, c, d] = value.to_be_bytes();
                w.octets(&[tag, a, b, c, d]);
            }
            Self::OctetString(octets) | Self::VisibleString(octets) | Self::Utf8String(octets) => {
                w.u8(tag);
                w.octet_string(octets);
            }
            _ => self.write_rare(w, tag),
        }
    }

    #[inline(never)]
    fn write_rare(&self, w: &mut Writer<'_>, tag: u8) {
        w.u8(tag);
        match *self {
            Self::BitString(bits) => {
                w.length(bits.bits);
                w.octets(bits.octets);
            }
            Self::CompactArray(array) => array.write(w),
            Self::Long64(value) => w.octets(&value.to_be_bytes()),
            Self::Long64Unsigned(value) => w.octets(&value.to_be_bytes()),
            Self::Float32(value) => w.octets(&value.to_be_bytes()),
            Self::Float64(value) => w.octets(&value.to_be_bytes()),
            Self::DateTime(DateTime(octets)) => w.octets(&octets),
            Self::Date(Date(octets)) => w.octets(&octets),
            Self::Time(Time(octets)) => w.octets(&octets),
            // Every other type is written by `write` itself.
            _ => {}
        }
    }

    /// The value's type.
    #[inline]
    #[must_use]
    pub const fn tag(&self) -> Tag {
        match self {
            Self::Null => Tag::NULL_DATA,
            Self::Array(_) => Tag::ARRAY,
            Self::Structure(_) => Tag::STRUCTURE,
            Self::Boolean(_) => Tag::BOOLEAN,
            Self::BitString(_) => Tag::BIT_STRING,
            Self::DoubleLong(_) => Tag::DOUBLE_LONG,
            Self::DoubleLongUnsigned(_) => Tag::DOUBLE_LONG_UNSIGNED,
            Self::OctetString(_) => Tag::OCTET_STRING,
            Self::VisibleString(_) => Tag::VISIBLE_STRING,
            Self::Utf8String(_) => Tag::UTF8_STRING,
            Self::Bcd(_) => Tag::BCD,
            Self::Integer(_) => Tag::INTEGER,
            Self::Long(_) => Tag::LONG,
            Self::Unsigned(_) => Tag::UNSIGNED,
            Self::LongUnsigned(_) => Tag::LONG_UNSIGNED,
            Self::CompactArray(_) => Tag::COMPACT_ARRAY,
            Self::Long64(_) => Tag::LONG64,
            Self::Long64Unsigned(_) => Tag::LONG64_UNSIGNED,
            Self::Enum(_) => Tag::ENUM,
            Self::Float32(_) => Tag::FLOAT32,
            Self::Float64(_) => Tag::FLOAT64,
            Self::DateTime(_) => Tag::DATE_TIME,
            Self::Date(_) => Tag::DATE,
            Self::Time(_) => Tag::TIME,
            Self::DeltaInteger(_) => Tag::DELTA_INTEGER,
            Self::DeltaLong(_) => Tag::DELTA_LONG,
            Self::DeltaDoubleLong(_) => Tag::DELTA_DOUBLE_LONG,
            Self::DeltaUnsigned(_) => Tag::DELTA_UNSIGNED,
            Self::DeltaLongUnsigned(_) => Tag::DELTA_LONG_UNSIGNED,
            Self::DeltaDoubleLongUnsigned(_) => Tag::DELTA_DOUBLE_LONG_UNSIGNED,
            Self::DontCare => Tag::DONT_CARE,
        }
    }

    /// The number of a whole-number type, enum and deltas included; `None` for every other type.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i128> {
        Some(match *self {
            Self::Integer(value) | Self::DeltaInteger(value) => value as i128,
            Self::Long(value) | Self::DeltaLong(value) => value as i128,
            Self::DoubleLong(value) | Self::DeltaDoubleLong(value) => value as i128,
            Self::Long64(value) => value as i128,
            Self::Unsigned(value) | Self::Enum(value) | Self::DeltaUnsigned(value) => value as i128,
            Self::LongUnsigned(value) | Self::DeltaLongUnsigned(value) => value as i128,
            Self::DoubleLongUnsigned(value) | Self::DeltaDoubleLongUnsigned(value) => value as i128,
            Self::Long64Unsigned(value) => value as i128,
            _ => return None,
        })
    }

    /// The octets of an octet-string, visible-string or utf8-string.
    #[must_use]
    pub const fn as_octets(&self) -> Option<&'a [u8]> {
        match self {
            Self::OctetString(octets) | Self::VisibleString(octets) | Self::Utf8String(octets) => {
                Some(octets)
            }
            _ => None,
        }
    }

    /// The date-time in any of the two forms that attributes use: the type of its own, or an
    /// octet-string of twelve octets.
    #[must_use]
    pub fn as_date_time(&self) -> Option<DateTime> {
        match *self {
            Self::DateTime(time) => Some(time),
            Self::OctetString(octets) => octets.try_into().ok().map(DateTime),
            _ => None,
        }
    }

    /// The value for people; of arrays and structures the number of elements.
    #[must_use]
    pub fn in_words(&self) -> String {
        match *self {
            Self::Null | Self::DontCare => String::new(),
            Self::Array(count) | Self::Structure(count) => format!("{count}"),
            Self::Boolean(value) => format!("{value}"),
            Self::BitString(bits) => format!("{bits}"),
            Self::OctetString(octets) => octets_in_words(octets),
            Self::VisibleString(octets) | Self::Utf8String(octets) => {
                format!("\"{}\"", String::from_utf8_lossy(octets).escape_debug())
            }
            Self::Bcd(value) => format!("{value:02x}"),
            Self::Float32(value) => format!("{value}"),
            Self::Float64(value) => format!("{value}"),
            Self::DateTime(time) => format!("{time}"),
            Self::Date(date) => format!("{date}"),
            Self::Time(time) => format!("{time}"),
            Self::CompactArray(array) => {
                let (rows, octets) = (array.rows(), array.contents().len());
                let plural = |count| if count == 1 { "" } else { "s" };
                format!("{rows} row{}, {octets} octet{}", plural(rows), plural(octets))
            }
            _ => self.as_integer().map_or_else(String::new, |number| format!("{number}")),
        }
    }
}

/// An octet-string in hex, and what it very likely holds.
fn octets_in_words(octets: &[u8]) -> String {
    let raw = hex(octets);
    match likely(octets) {
        Some(meaning) => format!("{raw} = {meaning}"),
        None => raw,
    }
}

/// What an octet-string very likely holds: a date-time, a code, a text.
pub(super) fn likely(octets: &[u8]) -> Option<String> {
    if let Ok(time) = <[u8; 12]>::try_from(octets).map(DateTime)
        && time.is_plausible()
    {
        return Some(format!("{time}"));
    }
    if let Ok(code) = <[u8; 6]>::try_from(octets).map(Obis)
        && (octets.last() == Some(&0xff))
    {
        return Some(format!("{code}"));
    }
    if !octets.is_empty() && octets.iter().all(|o| o.is_ascii_graphic() || *o == b' ') {
        return Some(format!("\"{}\"", String::from_utf8_lossy(octets)));
    }
    None
}
