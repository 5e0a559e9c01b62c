//! A frame, without the flags around it (IEC 62056-46, frame format type 3).
//!
//! | octets | 0–1    | …           | …      | …       | 2   | …           | 2   |
//! |--------|--------|-------------|--------|---------|-----|-------------|-----|
//! | field  | format | destination | source | control | HCS | information | FCS |
//!
//! The format is `1010 S LLLLLLLLLLL`: type 3, the segmentation bit, and the length of everything
//! between the flags. Without information there is no HCS. Nothing is escaped: only the length says
//! where a frame ends.
//!
//! ```
//! use dlms::link::hdlc::{Control, Frame};
//! let octets = cosem::bytes::from_hex("a00802232193bd64")?;
//! let snrm = Frame::decode(&octets)?;
//! assert_eq!((snrm.destination.upper, snrm.destination.lower, snrm.source.upper), (1, Some(17), 16));
//! assert_eq!(snrm.control, Control::SNRM);
//! assert_eq!(snrm.encode()?, octets);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Problem, Reader, Result, Writer};

use super::address::Address;
use super::check;
use super::control::Control;

/// A frame whose check sequences were right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether more of the same message follows.
    pub segmentation: Segmentation,
    /// For whom.
    pub destination: Address,
    /// From whom.
    pub source: Address,
    /// What kind, and its numbers.
    pub control: Control,
    /// A piece of a message, parameters, or nothing.
    pub information: Vec<u8>,
}

/// The segmentation bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Segmentation {
    /// The message ends with this frame.
    #[default]
    Last,
    /// More of it follows.
    More,
}

/// The octet around every frame.
pub const FLAG: u8 = 0x7e;

/// The length field has eleven bits.
pub const MOST_OCTETS: usize = 0x7ff;

/// Format, two addresses of one octet, control and FCS.
pub(super) const FEWEST_OCTETS: usize = 7;

const NAME: &str = "hdlc";
const FORMAT_TYPE_3: u16 = 0xa000;
const SEGMENTED: u16 = 0x0800;

impl Frame {
    /// Reads the octets between two flags.
    ///
    /// # Errors
    /// Another format, a length that is not that of the octets, an address without end, or a check
    /// sequence that is wrong ([`Problem::Checksum`]).
    pub fn decode(octets: &[u8]) -> Result<Self> {
        let mut r = Reader::new(octets);
        let frame = Self::read(&mut r).map_err(|error| error.in_context(NAME))?;
        r.finish("frame").map_err(|error| error.in_context(NAME))?;
        Ok(frame)
    }

    /// Reads a frame from its format field on; what follows it stays with the reader.
    ///
    /// # Errors
    /// As [`Frame::decode`].
    pub fn read(r: &mut Reader<'_>) -> Result<Self> {
        let from = r.at();
        let format = r.u16("format")?;
        let length = usize::from(format & 0x07ff);
        r.meaning(|| {
            let more = if format & SEGMENTED == 0 { "" } else { ", more follows" };
            format!("0x{format:04x}, length {length}{more}")
        });
        if format & 0xf000 != FORMAT_TYPE_3 {
            let wanted = "frame format type 3";
            let value = u64::from(format);
            return Err(r.error_at("format", from, Problem::OutOfRange { value, wanted }));
        }
        let Some(body) = length.checked_sub(2).filter(|_| length >= FEWEST_OCTETS) else {
            let wanted = "a length of 7 and more";
            let value = length as u64;
            return Err(r.error_at("format", from, Problem::OutOfRange { value, wanted }));
        };
        check_whole(r, from, body)?;
        r.bounded("frame", body, |r| Self::read_body(r, from, format))
    }

    fn read_body(r: &mut Reader<'_>, from: usize, format: u16) -> Result<Self> {
        let destination = Address::decode(r, "destination")?;
        let source = Address::decode(r, "source")?;
        let control = Control(r.u8("control")?);
        r.meaning(|| format!("0x{:02x}, {control}", control.0));
        let mut information = Vec::new();
        if r.remaining() > 2 {
            check_sequence(r, "hcs", from)?;
            let length = r.remaining().saturating_sub(2);
            information = r.octets("information", length)?.to_vec();
        }
        check_sequence(r, "fcs", from)?;
        let more = format & SEGMENTED != 0;
        let segmentation = if more { Segmentation::More } else { Segmentation::Last };
        Ok(Self { segmentation, destination, source, control, information })
    }

    /// The octets between the flags.
    ///
    /// # Errors
    /// [`Oversize`] when they are more than the length field can say.
    pub fn encode(&self) -> core::result::Result<Vec<u8>, Oversize> {
        let destination = self.destination.octets();
        let source = self.source.octets();
        let header = 3_usize.saturating_add(destination.len()).saturating_add(source.len());
        let checks = if self.information.is_empty() { 2 } else { 4 };
        let length = header.saturating_add(checks).saturating_add(self.information.len());
        let format = u16::try_from(length).ok().filter(|length| *length <= 0x07ff);
        let Some(format) = format else { return Err(Oversize { length }) };
        let more = self.segmentation == Segmentation::More;
        let mut octets = Vec::with_capacity(length);
        let mut w = Writer::new(&mut octets);
        w.u16(format | FORMAT_TYPE_3 | if more { SEGMENTED } else { 0 });
        w.octets(&destination);
        w.octets(&source);
        w.u8(self.control.0);
        if !self.information.is_empty() {
            let hcs = check::sequence(&octets);
            octets.extend_from_slice(&hcs);
            octets.extend_from_slice(&self.information);
        }
        let fcs = check::sequence(&octets);
        octets.extend_from_slice(&fcs);
        Ok(octets)
    }

    /// Appends the frame with a flag on either side.
    ///
    /// # Errors
    /// As [`Frame::encode`]; `out` is left as it was.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> core::result::Result<(), Oversize> {
        let octets = self.encode()?;
        out.push(FLAG);
        out.extend_from_slice(&octets);
        out.push(FLAG);
        Ok(())
    }
}

/// Nothing inside is interpreted before the frame's check sequence is right.
fn check_whole(r: &Reader<'_>, from: usize, body: usize) -> Result<()> {
    let mut ahead = r.untraced();
    ahead.octets("frame", body.saturating_sub(2))?;
    check_sequence(&mut ahead, "fcs", from)
}

/// Reads two octets that must be the check sequence of all octets since `from`.
fn check_sequence(r: &mut Reader<'_>, field: &'static str, from: usize) -> Result<()> {
    let expected = check::sequence(r.since(from));
    let at = r.at();
    let found = *r.array::<2>(field)?;
    if found != expected {
        let (expected, found) = (u16::from_le_bytes(expected), u16::from_le_bytes(found));
        return Err(r.error_at(field, at, Problem::Checksum { expected, found }));
    }
    r.meaning(|| format!("0x{:04x}, right", u16::from_le_bytes(found)));
    Ok(())
}

/// More information than a frame can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oversize {
    /// Octets that the frame would have.
    pub length: usize,
}

impl fmt::Display for Oversize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of {} octets; at most {MOST_OCTETS} are possible", self.length)
    }
}

impl core::error::Error for Oversize {}
