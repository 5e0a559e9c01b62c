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
//! for piece in octets.chunks(3) {
//!     decoder.push(piece);
//!     frames.extend(decoder.next_frame()?);
//! }
//! assert_eq!(frames[0].apdu, octets[8..]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{DecodeError, Problem, Reader, Result, Writer};

/// Octets of a header.
pub const HEADER_SIZE: usize = 8;

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
/// The rule: after each [`Decoder::push`], call [`Decoder::next_frame`] until it gives `None`. Then
/// less than one frame of the limit is held, and the time is linear in the octets. A frame without
/// an APDU is passed over. A stream that cannot be read on gives its error then and ever after, and
/// the connection is to be closed.
#[derive(Clone, Debug)]
pub struct Decoder {
    limit: usize,
    buffer: Vec<u8>,
    /// How much of the buffer has been given out.
    start: usize,
    error: Option<DecodeError>,
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
        let limit = if limit < MAX_LENGTH { limit } else { MAX_LENGTH };
        Self { limit, buffer: Vec::new(), start: 0, error: None }
    }

    /// Takes the next piece of the stream.
    ///
    /// Who does not fetch frames cannot fill the memory: when there is already a whole frame of the
    /// limit, the piece is dropped and the stream is at an end with [`Problem::TooLarge`].
    pub fn push(&mut self, octets: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let size = self.buffered();
        let limit = HEADER_SIZE.saturating_add(self.limit);
        if size >= limit {
            self.fail(self.about("frames", Problem::TooLarge { size, limit }));
            return;
        }
        // What has been given out goes when it is the greater part: each octet moves once at most.
        if self.start >= size {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(octets);
    }

    /// The next frame that is complete, if there is one.
    ///
    /// # Errors
    /// [`Problem::OutOfRange`] for another version, [`Problem::TooLarge`] for a frame above the
    /// limit; again at every further call.
    pub fn next_frame(&mut self) -> Result<Option<Frame>> {
        loop {
            let (header, apdu) = match self.look() {
                Ok(Some((header, apdu))) => (header, apdu.to_vec()),
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.fail(error)),
            };
            self.start = self.start.saturating_add(HEADER_SIZE).saturating_add(apdu.len());
            if !apdu.is_empty() {
                let Header { source, destination, .. } = header;
                return Ok(Some(Frame { source, destination, apdu }));
            }
        }
    }

    /// How many octets are held that belong to no frame given out.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }

    /// The frame at the front, if it is complete. What does not speak this protocol is found out
    /// after two octets.
    fn look(&self) -> Result<Option<(Header, &[u8])>> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let octets = self.buffer.get(self.start..).unwrap_or_default();
        let mut r = Reader::new(octets);
        if octets.len() < HEADER_SIZE {
            if octets.len() >= 2 {
                version(&mut r).map_err(|error| error.in_context(CONTEXT))?;
            }
            return Ok(None);
        }
        let header = Header::read(&mut r)?;
        let size = usize::from(header.length);
        if size > self.limit {
            return Err(self.about("length", Problem::TooLarge { size, limit: self.limit }));
        }
        if size > r.remaining() {
            return Ok(None);
        }
        Ok(Some((header, r.octets("apdu", size)?)))
    }

    fn about(&self, field: &'static str, problem: Problem) -> DecodeError {
        Reader::new(&[]).error(field, problem).in_context(CONTEXT)
    }

    /// Nothing more is read, and nothing is kept.
    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.buffer = Vec::new();
        self.start = 0;
        *self.error.insert(error)
    }
}
