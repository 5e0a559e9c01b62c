//! Reader and Writer: the only place that indexes a slice.
//!
//! Every read carries the name of its field. The name makes the error precise
//! (`get-response.block-number: 4 octets wanted at octet 3, 2 left`) and, when somebody listens
//! ([`Reader::traced`]), becomes a labelled octet range ([`Span`]), from which `dlms decode`, the
//! page, the tests and the documentation are fed. There is no second parser for printing.
//!
//! ```
//! use cosem::bytes::Reader;
//! let mut r = Reader::new(&[0x00, 0x10, 0x03, b'K', b'F', b'M']);
//! assert_eq!(r.u16("source")?, 16);
//! assert_eq!(r.octet_string("maker")?, b"KFM");
//! assert_eq!(r.u8("version").unwrap_err().to_string(), "version: 1 octet wanted at octet 6, 0 left");
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

/// The result of reading.
pub type Result<T> = core::result::Result<T, DecodeError>;

/// Reads big-endian fields from a slice, each by name, never beyond its end.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// The whole input, to name positions and to look back.
    octets: &'a [u8],
    /// What is still to be read, up to `end`.
    left: &'a [u8],
    /// Where reading must stop, counted from the first octet of the input.
    end: usize,
    trace: Option<&'a Trace>,
    strictness: Strictness,
    deviations: Deviations,
}

impl<'a> Reader<'a> {
    /// A reader that accepts what the standard allows a receiver to accept and notes deviations.
    #[inline]
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self {
            octets,
            left: octets,
            end: octets.len(),
            trace: None,
            strictness: Strictness::Lenient,
            deviations: Deviations {
                non_minimal_length: false,
            },
        }
    }

    /// A reader that tells `trace` each field it has read.
    #[must_use]
    pub const fn traced(octets: &'a [u8], trace: &'a Trace) -> Self {
        let mut reader = Self::new(octets);
        reader.trace = Some(trace);
        reader
    }

    /// The same reader with another rule for length fields that are longer than needed.
    #[must_use]
    pub const fn with_strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// A copy at the same position to which nobody listens.
    #[must_use]
    pub fn untraced(&self) -> Self {
        Self {
            trace: None,
            ..self.clone()
        }
    }

    /// Moves to where `other`, a copy that has read on, stands.
    pub const fn skip_to(&mut self, other: &Self) {
        self.left = other.left;
        self.deviations = other.deviations;
    }

    /// Moves forward to `at`, counted from the first octet; not beyond the end.
    pub fn advance_to(&mut self, at: usize) {
        let ahead = at.saturating_sub(self.at()).min(self.left.len());
        self.left = self.left.get(ahead..).unwrap_or_default();
    }

    /// The offset of the next field from the first octet of the input.
    #[inline]
    #[must_use]
    pub const fn at(&self) -> usize {
        self.end.saturating_sub(self.left.len())
    }

    /// How many octets are left.
    #[inline]
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.left.len()
    }

    /// Whether nothing is left.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether somebody listens; values need not be made into text otherwise.
    #[inline]
    #[must_use]
    pub const fn is_traced(&self) -> bool {
        self.trace.is_some()
    }

    /// What was accepted although a sender should not send it.
    #[must_use]
    pub const fn deviations(&self) -> Deviations {
        self.deviations
    }

    /// The next octet, left in place.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.left.first().copied()
    }

    /// The octets from `from` up to the current position; empty when `from` lies behind it.
    #[must_use]
    pub fn since(&self, from: usize) -> &'a [u8] {
        self.octets.get(from..self.at()).unwrap_or_default()
    }

    /// One octet.
    ///
    /// # Errors
    /// [`Problem::Truncated`] when nothing is left; so for all fixed fields below.
    #[inline]
    pub fn u8(&mut self, field: &'static str) -> Result<u8> {
        let [octet] = *self.take(field)?;
        self.note(field, 1, || format!("{octet}"));
        Ok(octet)
    }

    /// Two octets, the more significant first.
    #[inline]
    pub fn u16(&mut self, field: &'static str) -> Result<u16> {
        let value = u16::from_be_bytes(*self.take(field)?);
        self.note(field, 2, || format!("{value}"));
        Ok(value)
    }

    /// Four octets, the most significant first.
    #[inline]
    pub fn u32(&mut self, field: &'static str) -> Result<u32> {
        let value = u32::from_be_bytes(*self.take(field)?);
        self.note(field, 4, || format!("{value}"));
        Ok(value)
    }

    /// One octet, two's complement.
    #[inline]
    pub fn i8(&mut self, field: &'static str) -> Result<i8> {
        let value = i8::from_be_bytes(*self.take(field)?);
        self.note(field, 1, || format!("{value}"));
        Ok(value)
    }

    /// An octet string of a size that the layout fixes.
    #[inline]
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N]> {
        let octets = self.take::<N>(field)?;
        self.note(field, N, || hex(octets));
        Ok(octets)
    }

    /// `count` octets.
    #[inline]
    pub fn octets(&mut self, field: &'static str, count: usize) -> Result<&'a [u8]> {
        let octets = self.slice(field, count)?;
        self.note(field, count, || hex(octets));
        Ok(octets)
    }

    /// All octets that are left.
    pub fn rest(&mut self, field: &'static str) -> &'a [u8] {
        let octets = core::mem::take(&mut self.left);
        self.note(field, octets.len(), || hex(octets));
        octets
    }

    /// A length field: one octet up to 127, else `81` to `84` and that many octets. BER's definite
    /// form and A-XDR's are the same.
    ///
    /// # Errors
    /// [`Problem::IndefiniteLength`] for `80`, [`Problem::LongLength`] above four octets,
    /// [`Problem::NonMinimalLength`] when the reader is strict.
    #[inline]
    pub fn length(&mut self, field: &'static str) -> Result<usize> {
        let from = self.at();
        let [first] = *self.take(field)?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            self.long_length(field, first)?
        };
        self.note(field, self.at().saturating_sub(from), || {
            format!("{length}")
        });
        Ok(length)
    }

    #[cold]
    fn long_length(&mut self, field: &'static str, first: u8) -> Result<usize> {
        let from = self.at().saturating_sub(1);
        let (value, least) = match first {
            0x81 => (usize::from(u8::from_be_bytes(*self.take(field)?)), 0x80),
            0x82 => (usize::from(u16::from_be_bytes(*self.take(field)?)), 0x100),
            0x83 => {
                let [a, b, c] = *self.take(field)?;
                (u32::from_be_bytes([0, a, b, c]) as usize, 0x1_0000)
            }
            0x84 => (u32::from_be_bytes(*self.take(field)?) as usize, 0x100_0000),
            0x80 => return Err(self.error_at(field, from, Problem::IndefiniteLength)),
            _ => return Err(self.error_at(field, from, Problem::LongLength)),
        };
        if value < least {
            if self.strictness == Strictness::Strict {
                return Err(self.error_at(field, from, Problem::NonMinimalLength));
            }
            self.deviations.non_minimal_length = true;
        }
        Ok(value)
    }

    /// A count of elements of which each takes at least one octet.
    ///
    /// # Errors
    /// As [`Reader::length`], and [`Problem::CountTooLarge`] when fewer octets are left than
    /// elements announced: nothing is ever allocated for a count that cannot be true.
    #[inline]
    pub fn count(&mut self, field: &'static str) -> Result<usize> {
        let from = self.at();
        let count = self.length(field)?;
        if count > self.remaining() {
            let left = self.remaining();
            return Err(self.error_at(field, from, Problem::CountTooLarge { count, left }));
        }
        Ok(count)
    }

    /// A length field and that many octets.
    #[inline]
    pub fn octet_string(&mut self, field: &'static str) -> Result<&'a [u8]> {
        let from = self.at();
        let quiet = self.trace.take();
        let octets = self
            .length(field)
            .and_then(|length| self.slice(field, length));
        self.trace = quiet;
        let octets = octets?;
        self.note(field, self.at().saturating_sub(from), || hex(octets));
        Ok(octets)
    }

    /// An OPTIONAL component: a usage octet (`00` absent, anything else present) and the value.
    pub fn optional<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        let [usage] = *self.take(field)?;
        self.note(field, 1, || {
            String::from(if usage == 0 { "absent" } else { "present" })
        });
        if usage == 0 {
            Ok(None)
        } else {
            read(self).map(Some)
        }
    }

    /// Fields that belong together: labelled as one group that holds them.
    pub fn group<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let Some(trace) = self.trace else {
            return read(self);
        };
        trace.open(name, self.at(), String::new());
        let value = read(self);
        if value.is_ok() {
            trace.close(self.at());
        }
        value
    }

    /// Reads inside the next `length` octets only; what `read` leaves over is an error.
    ///
    /// # Errors
    /// [`Problem::Truncated`] when fewer are left, [`Problem::TrailingOctets`] when `read` stops
    /// before their end, and those of `read`.
    pub fn within<T>(
        &mut self,
        name: &'static str,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let Some((inner, outer)) = self.left.split_at_checked(length) else {
            let left = self.remaining();
            return Err(self.error(
                name,
                Problem::Truncated {
                    wanted: length,
                    left,
                },
            ));
        };
        let end = self.end;
        self.end = end.saturating_sub(outer.len());
        self.left = inner;
        let value = self.group(name, |r| {
            let value = read(r)?;
            r.finish(name)?;
            Ok(value)
        });
        self.end = end;
        self.left = outer;
        value
    }

    /// Asserts that everything has been read.
    ///
    /// # Errors
    /// [`Problem::TrailingOctets`].
    #[inline]
    pub fn finish(&self, name: &'static str) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        Err(self.error(
            name,
            Problem::TrailingOctets {
                left: self.remaining(),
            },
        ))
    }

    /// Goes back to `at`, a position that this reader has been at; labels since then are dropped.
    ///
    /// For layouts that are told apart by trying.
    pub fn rewind(&mut self, at: usize) {
        let at = at.min(self.at());
        self.left = self.octets.get(at..self.end).unwrap_or_default();
        if let Some(trace) = self.trace {
            trace.forget_from(at);
        }
    }

    /// Says what the field that was read last means (`4` → `object-undefined`), when somebody
    /// listens.
    #[inline]
    pub fn meaning(&self, text: impl FnOnce() -> String) {
        if let Some(trace) = self.trace {
            trace.rename(text());
        }
    }

    /// Opens a group that began at `from`, when somebody listens; [`Reader::close_group`] ends it.
    pub(crate) fn open_group(
        &self,
        name: &'static str,
        from: usize,
        text: impl FnOnce() -> String,
    ) {
        if let Some(trace) = self.trace {
            trace.open(name, from, text());
        }
    }

    /// Ends the group that was opened last, when somebody listens.
    #[inline]
    pub(crate) fn close_group(&self) {
        if let Some(trace) = self.trace {
            trace.close(self.at());
        }
    }

    /// Labels the octets from `from` up to here, when somebody listens.
    #[inline]
    pub fn label(&self, field: &'static str, from: usize, text: impl FnOnce() -> String) {
        self.note(field, self.at().saturating_sub(from), text);
    }

    /// An error about the field at the current position.
    #[cold]
    #[must_use]
    pub const fn error(&self, field: &'static str, problem: Problem) -> DecodeError {
        self.error_at(field, self.at(), problem)
    }

    /// An error about a field that begins at `at`.
    #[cold]
    #[must_use]
    pub const fn error_at(&self, field: &'static str, at: usize, problem: Problem) -> DecodeError {
        DecodeError {
            context: "",
            field,
            at,
            problem,
        }
    }

    #[inline]
    fn take<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N]> {
        let Some((octets, left)) = self.left.split_first_chunk::<N>() else {
            let left = self.remaining();
            return Err(self.error(field, Problem::Truncated { wanted: N, left }));
        };
        self.left = left;
        Ok(octets)
    }

    #[inline]
    fn slice(&mut self, field: &'static str, count: usize) -> Result<&'a [u8]> {
        let Some((octets, left)) = self.left.split_at_checked(count) else {
            let left = self.remaining();
            return Err(self.error(
                field,
                Problem::Truncated {
                    wanted: count,
                    left,
                },
            ));
        };
        self.left = left;
        Ok(octets)
    }

    #[inline]
    fn note(&self, field: &'static str, length: usize, text: impl FnOnce() -> String) {
        if let Some(trace) = self.trace {
            trace.leaf(field, self.at().saturating_sub(length), self.at(), text());
        }
    }
}

/// Whether a length field longer than needed (`81 05`) is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Accepted and reported in [`Deviations`]: real meters send it (a Kamstrup object list counts
    /// `82 00 7b`).
    #[default]
    Lenient,
    /// Refused.
    Strict,
}

/// What a lenient reader has accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deviations {
    /// A length or count took more octets than needed.
    pub non_minimal_length: bool,
}

/// What could not be read, where and why.
///
/// Printed as `context.field: problem`, for example
/// `get-response.data: unknown tag 0x2a at octet 7 (wanted a data type)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The protocol data unit or value that was being read; may be empty.
    pub context: &'static str,
    /// The field.
    pub field: &'static str,
    /// The offset of the field from the first octet of the input.
    pub at: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

impl DecodeError {
    /// The same error, saying what was being read. The innermost context stays.
    #[cold]
    #[must_use]
    pub const fn in_context(mut self, context: &'static str) -> Self {
        if self.context.is_empty() {
            self.context = context;
        }
        self
    }
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Fewer octets are left than the field takes.
    Truncated {
        /// Octets that the field takes.
        wanted: usize,
        /// Octets that are left.
        left: usize,
    },
    /// More octets follow than belong there.
    TrailingOctets {
        /// How many.
        left: usize,
    },
    /// A tag that means nothing here.
    UnknownTag {
        /// The tag.
        tag: u8,
        /// What would have been in order, in words.
        wanted: &'static str,
    },
    /// A number outside the range that the field allows.
    OutOfRange {
        /// The number.
        value: u64,
        /// What would have been in order, in words.
        wanted: &'static str,
    },
    /// A length of the indefinite form (`80`), which neither A-XDR nor DLMS's BER uses.
    IndefiniteLength,
    /// A length field of more than four octets.
    LongLength,
    /// A length field longer than needed, read strictly.
    NonMinimalLength,
    /// More elements announced than octets left.
    CountTooLarge {
        /// Elements announced.
        count: usize,
        /// Octets left.
        left: usize,
    },
    /// Arrays and structures nested too deep.
    TooDeep {
        /// How many levels are allowed.
        limit: usize,
    },
    /// A compact-array whose type description and contents fit in no known layout.
    CompactArray,
    /// A field that may occur once occurs again.
    Repeated,
    /// A field that must be there is not.
    Missing,
    /// More octets than the caller's limit allows.
    TooLarge {
        /// How many there are.
        size: usize,
        /// How many are allowed.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.context.is_empty() {
            write!(f, "{}.", self.context)?;
        }
        write!(f, "{}: ", self.field)?;
        let at = self.at;
        match self.problem {
            Problem::Truncated { wanted, left } => {
                let s = if wanted == 1 { "" } else { "s" };
                write!(f, "{wanted} octet{s} wanted at octet {at}, {left} left")
            }
            Problem::TrailingOctets { left } => {
                let s = if left == 1 { "" } else { "s" };
                write!(f, "{left} octet{s} too many at octet {at}")
            }
            Problem::UnknownTag { tag, wanted } => {
                write!(f, "unknown tag 0x{tag:02x} at octet {at} (wanted {wanted})")
            }
            Problem::OutOfRange { value, wanted } => {
                write!(f, "{value} at octet {at} (wanted {wanted})")
            }
            Problem::IndefiniteLength => write!(f, "indefinite length 0x80 at octet {at}"),
            Problem::LongLength => write!(f, "length field above 4 octets at octet {at}"),
            Problem::NonMinimalLength => {
                write!(f, "length field longer than needed at octet {at}")
            }
            Problem::CountTooLarge { count, left } => {
                write!(
                    f,
                    "{count} elements announced at octet {at}, {left} octets left"
                )
            }
            Problem::TooDeep { limit } => {
                write!(f, "nested deeper than {limit} levels at octet {at}")
            }
            Problem::CompactArray => {
                write!(f, "type description and contents do not fit at octet {at}")
            }
            Problem::Repeated => write!(f, "given a second time at octet {at}"),
            Problem::Missing => write!(f, "missing at octet {at}"),
            Problem::TooLarge { size, limit } => {
                write!(f, "{size} octets at octet {at}, at most {limit} allowed")
            }
        }
    }
}

impl core::error::Error for DecodeError {}

/// A labelled octet range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// How many groups surround it.
    pub depth: usize,
    /// The field's name.
    pub name: &'static str,
    /// Its first octet.
    pub from: usize,
    /// The octet after its last.
    pub to: usize,
    /// Its value in words; empty for a group.
    pub value: String,
}

/// Collects the labels of a [`Reader`].
///
/// It costs memory linear in the input: one [`Span`] a field.
#[derive(Debug, Default)]
pub struct Trace {
    state: RefCell<TraceState>,
}

#[derive(Debug, Default)]
struct TraceState {
    spans: Vec<Span>,
    /// The places of the groups that are open, the innermost last.
    open: Vec<usize>,
    /// Added to every range: where the input begins in a larger one.
    base: usize,
}

impl Trace {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one for octets that begin at `base` of a larger input.
    #[must_use]
    pub fn based(base: usize) -> Self {
        let trace = Self::default();
        trace.state.borrow_mut().base = base;
        trace
    }

    /// The labels so far, in wire order, a group before its fields. A group that an error has left
    /// open ends with the last field that was read in it.
    #[must_use]
    pub fn into_spans(self) -> Vec<Span> {
        let TraceState {
            mut spans,
            mut open,
            ..
        } = self.state.into_inner();
        let last = spans.iter().map(|span| span.to).max().unwrap_or_default();
        while let Some(span) = open.pop().and_then(|place| spans.get_mut(place)) {
            span.to = last.max(span.from);
        }
        spans
    }

    fn leaf(&self, name: &'static str, from: usize, to: usize, value: String) {
        let mut state = self.state.borrow_mut();
        let (depth, base) = (state.open.len(), state.base);
        let (from, to) = (base.saturating_add(from), base.saturating_add(to));
        state.spans.push(Span {
            depth,
            name,
            from,
            to,
            value,
        });
    }

    fn open(&self, name: &'static str, from: usize, value: String) {
        self.leaf(name, from, from, value);
        let mut state = self.state.borrow_mut();
        let place = state.spans.len().saturating_sub(1);
        state.open.push(place);
    }

    fn close(&self, to: usize) {
        let mut state = self.state.borrow_mut();
        let to = state.base.saturating_add(to);
        let place = state.open.pop();
        if let Some(span) = place.and_then(|place| state.spans.get_mut(place)) {
            span.to = to;
        }
    }

    fn rename(&self, value: String) {
        if let Some(span) = self.state.borrow_mut().spans.last_mut() {
            span.value = value;
        }
    }

    fn forget_from(&self, at: usize) {
        let mut state = self.state.borrow_mut();
        let at = state.base.saturating_add(at);
        // A group that began there stays open only when it surrounds the field that is tried again.
        let open = state.open.last().map_or(0, |place| place.saturating_add(1));
        let keep = state.spans.iter().rposition(|span| span.from < at);
        let keep = keep.map_or(0, |last| last.saturating_add(1)).max(open);
        state.spans.truncate(keep);
    }
}

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

/// Lower-case hexadecimal without blanks, as in captures.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        for digit in [octet >> 4, octet & 0x0f] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
        }
    }
    text
}

/// Reads hexadecimal; blanks, line ends, `:`, `-`, `,` and a leading `0x` are ignored.
///
/// # Errors
/// [`HexError`] with the position of the first character that is no digit, or of a lone digit.
///
/// ```
/// use cosem::bytes::{HexError, from_hex};
/// assert_eq!(from_hex("C0 01:c1")?, [0xc0, 0x01, 0xc1]);
/// assert_eq!(from_hex("c0 0g").unwrap_err(), HexError::NotADigit { found: 'g', at: 4 });
/// # Ok::<(), HexError>(())
/// ```
pub fn from_hex(text: &str) -> core::result::Result<Vec<u8>, HexError> {
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut high: Option<(u8, usize)> = None;
    let digits = text.trim_start();
    let skipped = text.len().saturating_sub(digits.len());
    let (digits, skipped) = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(rest) => (rest, skipped.saturating_add(2)),
        None => (digits, skipped),
    };
    for (offset, character) in digits.char_indices() {
        if character.is_whitespace() || matches!(character, ':' | '-' | ',') {
            continue;
        }
        let at = skipped.saturating_add(offset);
        let Some(digit) = character
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
        else {
            return Err(HexError::NotADigit {
                found: character,
                at,
            });
        };
        high = match high {
            None => Some((digit, at)),
            Some((first, _)) => {
                octets.push((first << 4) | digit);
                None
            }
        };
    }
    match high {
        None => Ok(octets),
        Some((_, at)) => Err(HexError::LoneDigit { at }),
    }
}

/// Why a text is no hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// A character that is no hexadecimal digit.
    NotADigit {
        /// The character.
        found: char,
        /// Its position in the text, from 0, in octets.
        at: usize,
    },
    /// The last octet has one digit only.
    LoneDigit {
        /// The digit's position in the text, from 0, in octets.
        at: usize,
    },
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADigit { found, at } => {
                write!(
                    f,
                    "'{}' at position {at} is no hexadecimal digit",
                    found.escape_default()
                )
            }
            Self::LoneDigit { at } => {
                write!(
                    f,
                    "odd number of digits: the one at position {at} has no second half"
                )
            }
        }
    }
}

impl core::error::Error for HexError {}
