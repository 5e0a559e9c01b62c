//! The wrapper of TCP and UDP (IEC 62056-47): eight octets in front of each APDU.
//!
//! | octets | 0–1     | 2–3    | 4–5         | 6–7    | 8…   |
//! |--------|---------|--------|-------------|--------|------|
//! | field  | version | source | destination | length | APDU |
//!
//! The version is 1; the length counts the APDU alone. Source and destination are the addresses
//! (wPorts) of the two application processes and change places in an answer.
//!
//! ```
//! use dlms::link::wrapper::{Decoder, Header};
//! // Client 16 asks logical device 1 for the time.
//! let octets = cosem::bytes::from_hex("0001 0010 0001 000d c001c100080000010000ff0200")?;
//! let header = Header::decode(&octets)?;
//! assert_eq!((header.source, header.destination, header.length), (16, 1, 13));
//!
//! // The same, off a stream that arrives in any pieces.
//! let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
//! let mut input = &octets[..];
//! while !input.is_empty() {
//!     let taken = decoder.push(input);
//!     input = &input[taken..];
//!     frames.extend(decoder.next_frame()?);
//! }
//! assert_eq!(frames[0].apdu, octets[8..]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{DecodeError, Problem, Reader, Result, Writer};

/// Octets of a header.
pub const HEADER_LENGTH: usize = 8;

/// The only version there is.
pub const VERSION: u16 = 1;

/// The longest APDU that the length field can announce.
pub const MAX_LENGTH: usize = 0xffff;

/// What the errors of this layer are about.
const CONTEXT: &str = "wrapper";

/// The eight octets in front of an APDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Always [`VERSION`].
    pub version: u16,
    /// The application process that sends.
    pub source: u16,
    /// The application process that is meant.
    pub destination: u16,
    /// Octets of the APDU that follows.
    pub length: u16,
}

impl Header {
    /// Reads a header from the first eight octets.
    ///
    /// # Errors
    /// Fewer octets, or another version ([`Problem::OutOfRange`]).
    pub fn decode(octets: &[u8]) -> Result<Self> {
        Self::read(&mut Reader::new(octets))
    }

    /// Reads a header; the APDU stays with the reader.
    ///
    /// # Errors
    /// As [`Header::decode`].
    pub fn read(r: &mut Reader<'_>) -> Result<Self> {
        Self::read_fields(r).map_err(|error| error.in_context(CONTEXT))
    }

    fn read_fields(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            version: version(r)?,
            source: r.u16("source")?,
            destination: r.u16("destination")?,
            length: r.u16("length")?,
        })
    }

    /// Writes the eight octets.
    pub fn write(self, w: &mut Writer<'_>) {
        w.u16(self.version);
        w.u16(self.source);
        w.u16(self.destination);
        w.u16(self.length);
    }
}

fn version(r: &mut Reader<'_>) -> Result<u16> {
    let at = r.at();
    let version = r.u16("version")?;
    if version != VERSION {
        let value = u64::from(version);
        return Err(r.error_at("version", at, Problem::OutOfRange { value, wanted: "1" }));
    }
    Ok(version)
}

/// Appends a frame to `out`: header and APDU.
///
/// # Errors
/// [`Oversize`] when the APDU is longer than the length field can say; `out` is left as it was.
pub fn encode(
    source: u16,
    destination: u16,
    apdu: &[u8],
    out: &mut Vec<u8>,
) -> core::result::Result<(), Oversize> {
    let length = u16::try_from(apdu.len()).map_err(|_| Oversize { length: apdu.len() })?;
    let mut w = Writer::new(out);
    Header { version: VERSION, source, destination, length }.write(&mut w);
    w.octets(apdu);
    Ok(())
}

/// An APDU that is too long for a wrapper frame: it must go in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oversize {
    /// Octets of the APDU.
    pub length: usize,
}

impl fmt::Display for Oversize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.length;
        write!(f, "an APDU of {length} octets does not fit a wrapper frame of at most {MAX_LENGTH}")
    }
}

impl core::error::Error for Oversize {}

/// A frame off the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The application process that sent it.
    pub source: u16,
    /// The application process that is meant.
    pub destination: u16,
    /// The APDU; never empty.
    pub apdu: Vec<u8>,
}

/// Cuts a stream of octets into frames, wherever the pieces begin and end.
///
/// It holds one frame at most, so its memory is bounded by the limit and its time is linear. A
/// frame without an APDU is passed over. A stream with another version in a header, or with a frame
/// above the limit, cannot be read on: [`Decoder::next_frame`] gives the error then and ever after,
/// and the connection is to be closed.
#[derive(Clone)]
pub struct Decoder {
    limit: usize,
    /// The frame so far: header and as much of the APDU as has come.
    frame: Vec<u8>,
    /// Octets the frame has in all, as far as is known: the header's at first.
    wanted: usize,
    error: Option<DecodeError>,
}

/// Without the octets: an AARQ among them holds the password.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("limit", &self.limit)
            .field("buffered", &self.frame.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// With the greatest limit that the length field allows.
impl Default for Decoder {
    fn default() -> Self {
        Self::new(MAX_LENGTH)
    }
}

impl Decoder {
    /// For APDUs of at most `limit` octets.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit, frame: Vec::new(), wanted: HEADER_LENGTH, error: None }
    }

    /// Another limit, for frames whose header has not come yet.
    pub const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes octets up to the end of the frame that is under way, and says how many it took. Ask
    /// [`Decoder::next_frame`], then push the rest.
    ///
    /// At least one is taken, unless a frame waits to be fetched. After an error all are taken and
    /// dropped.
    #[must_use = "octets that were not taken must be pushed again"]
    pub fn push(&mut self, octets: &[u8]) -> usize {
        let mut left = octets;
        while !left.is_empty() && !self.is_complete() && self.error.is_none() {
            let missing = self.wanted.saturating_sub(self.frame.len());
            let (now, later) = left.split_at(missing.min(left.len()));
            self.frame.extend_from_slice(now);
            left = later;
            if let Err(error) = self.look() {
                self.error = Some(error);
                self.frame = Vec::new();
            }
        }
        if self.error.is_some() {
            return octets.len();
        }
        octets.len().saturating_sub(left.len())
    }

    /// The frame that is complete, if there is one.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] for another version, [`Problem::TooLarge`] for a frame above the
    /// limit; again at every further call.
    pub fn next_frame(&mut self) -> Result<Option<Frame>> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.is_complete() {
            return Ok(None);
        }
        let octets = core::mem::take(&mut self.frame);
        self.wanted = HEADER_LENGTH;
        let mut r = Reader::new(&octets);
        let Header { source, destination, .. } = Header::read(&mut r)?;
        Ok(Some(Frame { source, destination, apdu: r.rest("apdu").to_vec() }))
    }

    /// How many octets are held.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.frame.len()
    }

    const fn is_complete(&self) -> bool {
        self.wanted > HEADER_LENGTH && self.frame.len() >= self.wanted
    }

    /// Looks at the header as soon as its parts are there: what does not speak this protocol is
    /// found out after two octets.
    fn look(&mut self) -> Result<()> {
        let mut r = Reader::new(&self.frame);
        if (2..HEADER_LENGTH).contains(&self.frame.len()) {
            return version(&mut r).map(drop).map_err(|error| error.in_context(CONTEXT));
        }
        if self.frame.len() != HEADER_LENGTH {
            return Ok(());
        }
        let size = usize::from(Header::read(&mut r)?.length);
        let limit = self.limit;
        if size > limit {
            let at = HEADER_LENGTH.saturating_sub(2);
            let error = r.error_at("length", at, Problem::TooLarge { size, limit });
            return Err(error.in_context(CONTEXT));
        }
        if size == 0 {
            self.frame.clear();
        }
        self.wanted = HEADER_LENGTH.saturating_add(size);
        Ok(())
    }
}
