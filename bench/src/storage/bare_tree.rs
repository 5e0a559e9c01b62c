//! The yardstick of the tree: an enum and a recursive decoder, bounds-checked, without field names.
//!
//! What one writes who wants a tree and nothing else: no positions in the errors, no trace, no stack of its
//! own. It reads the same types as `cosem::Data`, except compact-array, bounds nesting and refuses a count that
//! cannot be true, so that the difference is the price of the names.

use cosem::{Date, DateTime, Time};

/// A value with all that it holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bare {
    Null,
    Array(Vec<Self>),
    Structure(Vec<Self>),
    Boolean(bool),
    BitString(Box<(usize, Vec<u8>)>),
    DoubleLong(i32),
    DoubleLongUnsigned(u32),
    OctetString(Vec<u8>),
    VisibleString(Vec<u8>),
    Utf8String(Vec<u8>),
    Bcd(u8),
    Integer(i8),
    Long(i16),
    Unsigned(u8),
    LongUnsigned(u16),
    Long64(i64),
    Long64Unsigned(u64),
    Enum(u8),
    Float32(f32),
    Float64(f64),
    DateTime(DateTime),
    Date(Date),
    Time(Time),
    DeltaInteger(i8),
    DeltaLong(i16),
    DeltaDoubleLong(i32),
    DeltaUnsigned(u8),
    DeltaLongUnsigned(u16),
    DeltaDoubleLongUnsigned(u32),
    DontCare,
}

const _: () = assert!(size_of::<Bare>() <= 32);

/// What is wrong; where is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Truncated,
    Length,
    Count,
    Depth,
    Tag,
}

const DEPTH: usize = 16;

impl Bare {
    pub(crate) fn decode(octets: &[u8]) -> Result<Self, Wrong> {
        let mut left = octets;
        Self::read(&mut left, DEPTH)
    }

    /// Inlined into the loop over the elements, so that a node is put together where it stays.
    #[inline(always)]
    fn read(left: &mut &[u8], depth: usize) -> Result<Self, Wrong> {
        let [tag] = array(left)?;
        Ok(match tag {
            0x00 => Self::Null,
            0x01 => Self::Array(elements(left, depth)?),
            0x02 => Self::Structure(elements(left, depth)?),
            0x03 => Self::Boolean(array::<1>(left)? != [0]),
            0x04 => {
                let bits = length(left)?;
                Self::BitString(Box::new((bits, slice(left, bits.div_ceil(8))?.to_vec())))
            }
            0x05 => Self::DoubleLong(i32::from_be_bytes(array(left)?)),
            0x06 => Self::DoubleLongUnsigned(u32::from_be_bytes(array(left)?)),
            0x09 => Self::OctetString(string(left)?),
            0x0a => Self::VisibleString(string(left)?),
            0x0c => Self::Utf8String(string(left)?),
            0x0d => Self::Bcd(u8::from_be_bytes(array(left)?)),
            0x0f => Self::Integer(i8::from_be_bytes(array(left)?)),
            0x10 => Self::Long(i16::from_be_bytes(array(left)?)),
            0x11 => Self::Unsigned(u8::from_be_bytes(array(left)?)),
            0x12 => Self::LongUnsigned(u16::from_be_bytes(array(left)?)),
            0x14 => Self::Long64(i64::from_be_bytes(array(left)?)),
            0x15 => Self::Long64Unsigned(u64::from_be_bytes(array(left)?)),
            0x16 => Self::Enum(u8::from_be_bytes(array(left)?)),
            0x17 => Self::Float32(f32::from_be_bytes(array(left)?)),
            0x18 => Self::Float64(f64::from_be_bytes(array(left)?)),
            0x19 => Self::DateTime(DateTime(array(left)?)),
            0x1a => Self::Date(Date(array(left)?)),
            0x1b => Self::Time(Time(array(left)?)),
            0x1c => Self::DeltaInteger(i8::from_be_bytes(array(left)?)),
            0x1d => Self::DeltaLong(i16::from_be_bytes(array(left)?)),
            0x1e => Self::DeltaDoubleLong(i32::from_be_bytes(array(left)?)),
            0x1f => Self::DeltaUnsigned(u8::from_be_bytes(array(left)?)),
            0x20 => Self::DeltaLongUnsigned(u16::from_be_bytes(array(left)?)),
            0x21 => Self::DeltaDoubleLongUnsigned(u32::from_be_bytes(array(left)?)),
            0xff => Self::DontCare,
            _ => return Err(Wrong::Tag),
        })
    }

    pub(super) fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) | Self::Structure(elements) => elements,
            _ => &[],
        }
    }
}

fn elements(left: &mut &[u8], depth: usize) -> Result<Vec<Bare>, Wrong> {
    let count = length(left)?;
    if count > left.len() {
        return Err(Wrong::Count);
    }
    let depth = depth.checked_sub(1).ok_or(Wrong::Depth)?;
    let mut elements = Vec::with_capacity(count);
    for _ in 0..count {
        elements.push(Bare::read(left, depth)?);
    }
    Ok(elements)
}

#[inline(always)]
fn string(left: &mut &[u8]) -> Result<Vec<u8>, Wrong> {
    let length = length(left)?;
    Ok(slice(left, length)?.to_vec())
}

#[inline]
fn length(left: &mut &[u8]) -> Result<usize, Wrong> {
    let [first] = array(left)?;
    match first {
        0..=0x7f => Ok(usize::from(first)),
        0x81 => Ok(usize::from(u8::from_be_bytes(array(left)?))),
        0x82 => Ok(usize::from(u16::from_be_bytes(array(left)?))),
        0x83 => {
            let [a, b, c] = array(left)?;
            Ok(u32::from_be_bytes([0, a, b, c]) as usize)
        }
        0x84 => Ok(u32::from_be_bytes(array(left)?) as usize),
        _ => Err(Wrong::Length),
    }
}

#[inline]
fn array<const N: usize>(left: &mut &[u8]) -> Result<[u8; N], Wrong> {
    let (octets, rest) = left.split_first_chunk().ok_or(Wrong::Truncated)?;
    *left = rest;
    Ok(*octets)
}

#[inline]
fn slice<'a>(left: &mut &'a [u8], count: usize) -> Result<&'a [u8], Wrong> {
    let (octets, rest) = left.split_at_checked(count).ok_or(Wrong::Truncated)?;
    *left = rest;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_project_reads_is_read_here_too() {
        for tag in cosem::Tag::ALL.iter().filter(|tag| tag.0 != 0x13) {
            let octets = [&[tag.0][..], &[0; 12]].concat();
            assert_ne!(Bare::decode(&octets), Err(Wrong::Tag), "{tag}");
        }
    }

    #[test]
    fn what_cannot_be_true_is_refused() {
        assert_eq!(Bare::decode(&[0x02, 5, 0]), Err(Wrong::Count));
        assert_eq!(Bare::decode(&[0x06, 0, 0]), Err(Wrong::Truncated));
        assert_eq!(Bare::decode(&[0x01, 1].repeat(40)), Err(Wrong::Depth));
    }
}
