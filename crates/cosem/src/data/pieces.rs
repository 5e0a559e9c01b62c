//! An array that arrives in pieces: gives each element as soon as it is complete.

use alloc::vec::Vec;

use super::Encoded;
use super::value::Value;
use super::walker::{DEFAULT_DEPTH, Walker};
use crate::bytes::{DecodeError, Problem, Reader, Result};

/// Cuts a value that is sent in blocks into the elements of its outermost array.
///
/// Blocks may be cut anywhere, even inside a tag. Each octet is read once, so the time is linear,
/// and only the element that is not complete yet is kept.
///
/// ```
/// use cosem::{Data, Pieces};
/// let mut pieces = Pieces::new();
/// pieces.push(&[1, 2, 0x12, 0])?; // an array of two long-unsigned, cut inside the first
/// assert_eq!(pieces.next_element()?, None);
/// pieces.push(&[7, 0x12, 0, 8])?;
/// assert_eq!(pieces.next_element()?.map(|e| e.to_data()), Some(Data::LongUnsigned(7)));
/// assert_eq!(pieces.next_element()?.map(|e| e.to_data()), Some(Data::LongUnsigned(8)));
/// assert!(pieces.is_finished());
/// # Ok::<(), cosem::bytes::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    octets: Vec<u8>,
    /// Where the element that is being read begins.
    start: usize,
    /// Where the next token begins.
    at: usize,
    /// Octets that were dropped in front of `octets`.
    dropped: usize,
    head: Head,
    walker: Option<Walker>,
    /// Whether the last piece has been given.
    whole: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Head {
    /// The outermost tag and count have not been read.
    #[default]
    Awaited,
    /// Elements of the array that are still to come.
    Array(usize),
    /// The value is no array: it is its own only element.
    Single,
    Finished,
}

impl Pieces {
    /// Nothing received yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the next piece.
    ///
    /// # Errors
    /// [`Problem::TrailingOctets`] when the value was complete before.
    pub fn push(&mut self, octets: &[u8]) -> Result<()> {
        if self.is_finished() && !octets.is_empty() {
            return Err(self.error(Problem::TrailingOctets { left: octets.len() }));
        }
        if self.start > 0 {
            self.octets.drain(..self.start);
            self.dropped += self.start;
            self.at -= self.start;
            self.start = 0;
        }
        self.octets.extend_from_slice(octets);
        Ok(())
    }

    /// Says that no piece will follow: from now on [`Pieces::next_element`] gives an error where it
    /// gave `None` for want of octets.
    pub const fn finish(&mut self) {
        self.whole = true;
    }

    /// The next element that is complete; `None` when more octets are needed, or at the end.
    ///
    /// A value that is no array is given as one element. An empty array has none.
    ///
    /// # Errors
    /// See [`Walker::step`], and octets behind the end of the value. The reading cannot go on after
    /// an error.
    pub fn next_element(&mut self) -> Result<Option<Encoded>> {
        if self.head == Head::Awaited && !self.read_head()? {
            return Ok(None);
        }
        if self.is_finished() || !self.walk()? {
            return Ok(None);
        }
        let element = self.octets[self.start..self.at].to_vec();
        self.start = self.at;
        self.walker = None;
        self.head = match self.head {
            Head::Array(left) if left > 1 => Head::Array(left - 1),
            _ => Head::Finished,
        };
        self.check_end()?;
        Ok(Some(Encoded::from_written(element)))
    }

    /// Whether the whole value has been given.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.head == Head::Finished
    }

    /// How many elements are still to come; `None` before the array's head has arrived.
    #[must_use]
    pub const fn left(&self) -> Option<usize> {
        match self.head {
            Head::Awaited => None,
            Head::Array(left) => Some(left),
            Head::Single => Some(1),
            Head::Finished => Some(0),
        }
    }

    /// Reads the outermost tag and count; `false` when they are not complete.
    fn read_head(&mut self) -> Result<bool> {
        let mut r = reader(&self.octets, self.whole);
        let Some(tag) = r.peek() else {
            return self.await_more(r.u8("tag").map(|_| ()));
        };
        if tag != super::Tag::ARRAY.0 {
            self.head = Head::Single;
            return Ok(true);
        }
        match Value::read(&mut r) {
            Ok(Value::Array(0)) => {
                self.start = r.at();
                self.at = r.at();
                self.head = Head::Finished;
                self.check_end()?;
            }
            Ok(Value::Array(count)) => {
                self.start = r.at();
                self.at = r.at();
                self.head = Head::Array(count);
            }
            Ok(_) => self.head = Head::Single,
            Err(error) => return self.await_more(Err(error)),
        }
        Ok(true)
    }

    /// Walks on in the current element; `false` when it is not complete.
    fn walk(&mut self) -> Result<bool> {
        // The outermost array is the first of the levels that are allowed.
        let limit = match self.head {
            Head::Array(_) => DEFAULT_DEPTH - 1,
            _ => DEFAULT_DEPTH,
        };
        let mut r = reader(&self.octets, self.whole);
        r.advance_to(self.at);
        let walker = self.walker.get_or_insert_with(|| Walker::with_limit(limit));
        loop {
            match walker.step(&mut r) {
                Ok(Some(_)) => self.at = r.at(),
                Ok(None) => return Ok(true),
                Err(error) => return self.await_more(Err(error)),
            }
        }
    }

    /// `false` when only octets are wanting that may still come.
    fn await_more(&self, read: Result<()>) -> Result<bool> {
        match read {
            Ok(()) => Ok(true),
            Err(error) if !self.whole && matches!(error.problem, Problem::Truncated { .. }) => {
                Ok(false)
            }
            Err(mut error) => {
                error.at += self.dropped;
                Err(error)
            }
        }
    }

    fn check_end(&self) -> Result<()> {
        let left = self.octets.len() - self.at;
        if self.is_finished() && left > 0 {
            return Err(self.error(Problem::TrailingOctets { left }));
        }
        Ok(())
    }

    fn error(&self, problem: Problem) -> DecodeError {
        Reader::new(&[]).error_at("data", self.dropped + self.at, problem)
    }
}

const fn reader(octets: &[u8], whole: bool) -> Reader<'_> {
    if whole { Reader::new(octets) } else { Reader::partial(octets) }
}
