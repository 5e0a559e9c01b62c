//! Writing in wire order.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::vec::Vec;

/// Appends big-endian fields to a buffer, in wire order.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Writes behind what `out` holds.
    #[inline]
    pub const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    /// One octet.
    #[inline]
    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    /// Two octets, the more significant first.
    #[inline]
    pub fn u16(&mut self, value: u16) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// Four octets, the most significant first.
    #[inline]
    pub fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// One octet, two's complement.
    #[inline]
    pub fn i8(&mut self, value: i8) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// Octets without a length.
    #[inline]
    pub fn octets(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    /// A length or count field in its shortest form.
    ///
    /// Lengths above 2^32 − 1 have no form; the buffers of this project are far smaller.
    #[inline]
    pub fn length(&mut self, length: usize) {
        match length {
            0..=0x7f => self.out.push(length.to_le_bytes()[0]),
            _ => self.long_length(length),
        }
    }

    #[cold]
    fn long_length(&mut self, length: usize) {
        let [.., a, b, c, d] = (length as u64).to_be_bytes();
        match length {
            0..=0xff => self.out.extend_from_slice(&[0x81, d]),
            0x100..=0xffff => self.out.extend_from_slice(&[0x82, c, d]),
            0x1_0000..=0xff_ffff => self.out.extend_from_slice(&[0x83, b, c, d]),
            _ => self.out.extend_from_slice(&[0x84, a, b, c, d]),
        }
    }

    /// A length field and the octets.
    #[inline]
    pub fn octet_string(&mut self, octets: &[u8]) {
        self.length(octets.len());
        self.octets(octets);
    }

    /// An OPTIONAL component: `00`, or `01` and the value.
    #[inline]
    pub fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.u8(0),
            Some(value) => {
                self.u8(1);
                write(self, value);
            }
        }
    }
}
