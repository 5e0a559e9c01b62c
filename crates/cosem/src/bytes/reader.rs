//! Reading by name, never beyond the end.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::format;
use alloc::string::String;

use super::error::{DecodeError, Problem, Result};
use super::hexadecimal::hex;
use super::trace::Trace;

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
    /// Whether more octets may still arrive behind these.
    partial: bool,
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
            partial: false,
            deviations: Deviations { non_minimal_length: false },
        }
    }

    /// A reader of the first octets of an input of which more may follow: whatever depends on where
    /// the input ends is not concluded from where these octets end.
    #[must_use]
    pub const fn partial(octets: &'a [u8]) -> Self {
        let mut reader = Self::new(octets);
        reader.partial = true;
        reader
    }

    /// A new reader of `octets` of which `left`, the last ones, have not been read.
    #[inline]
    pub(crate) const fn resumed(octets: &'a [u8], left: &'a [u8]) -> Self {
        let mut reader = Self::new(octets);
        reader.left = left;
        reader
    }

    /// What has not been read.
    #[inline]
    pub(crate) const fn left(&self) -> &'a [u8] {
        self.left
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
        Self { trace: None, ..self.clone() }
    }

    /// Moves to where `other`, a copy that has read on, stands.
    pub const fn skip_to(&mut self, other: &Self) {
        self.left = other.left;
        self.deviations.non_minimal_length |= other.deviations.non_minimal_length;
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
        // What is left is a part of what ends there.
        self.end.wrapping_sub(self.left.len())
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

    /// Whether length fields longer than needed are refused.
    #[inline]
    #[must_use]
    pub const fn strictness(&self) -> Strictness {
        self.strictness
    }

    /// Whether more octets may follow those at hand.
    #[inline]
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.partial
    }

    /// A copy at the same position to which nobody listens and that has accepted nothing yet.
    pub(crate) fn ahead(&self) -> Self {
        Self { trace: None, deviations: Deviations::default(), ..self.clone() }
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
        let before = self.deviations;
        let length = self.quiet_length(field)?;
        let longer = if self.deviations == before { "" } else { LONGER_THAN_NEEDED };
        self.note(field, self.at().saturating_sub(from), || format!("{length}{longer}"));
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
    /// elements announced: nothing is ever allocated for a count that cannot be true. Of partial
    /// input, that is [`Problem::Truncated`].
    #[inline]
    pub fn count(&mut self, field: &'static str) -> Result<usize> {
        let from = self.at();
        let count = self.length(field)?;
        if count > self.remaining() {
            let left = self.remaining();
            let problem = if self.partial {
                Problem::Truncated { wanted: count, left }
            } else {
                Problem::CountTooLarge { count, left }
            };
            return Err(self.error_at(field, from, problem));
        }
        Ok(count)
    }

    /// A length field and that many octets.
    #[inline]
    pub fn octet_string(&mut self, field: &'static str) -> Result<&'a [u8]> {
        let from = self.at();
        let before = self.deviations;
        let octets = self.quiet_string(field)?;
        let longer = if self.deviations == before { "" } else { LONGER_THAN_NEEDED };
        self.note(field, self.at().saturating_sub(from), || format!("{}{longer}", hex(octets)));
        Ok(octets)
    }

    /// An OPTIONAL component: a usage octet (`00` absent, anything else present) and the value.
    pub fn optional<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        let [usage] = *self.take(field)?;
        self.note(field, 1, || String::from(if usage == 0 { "absent" } else { "present" }));
        if usage == 0 { Ok(None) } else { read(self).map(Some) }
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

    /// Reads inside the next `length` octets only, labelled as one group; what `read` leaves over is
    /// an error.
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
        self.bounded(name, length, |r| r.group(name, read))
    }

    /// Reads inside the next `length` octets only, without a group of their own; otherwise as
    /// [`Reader::within`].
    ///
    /// # Errors
    /// As [`Reader::within`].
    pub fn bounded<T>(
        &mut self,
        name: &'static str,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let Some((inner, outer)) = self.left.split_at_checked(length) else {
            let left = self.remaining();
            return Err(self.error(name, Problem::Truncated { wanted: length, left }));
        };
        let end = self.end;
        self.end = end.saturating_sub(outer.len());
        self.left = inner;
        let value = read(self).and_then(|value| self.finish(name).map(|()| value));
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
        Err(self.error(name, Problem::TrailingOctets { left: self.remaining() }))
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
    #[inline]
    #[must_use]
    pub const fn error(&self, field: &'static str, problem: Problem) -> DecodeError {
        self.error_at(field, self.at(), problem)
    }

    /// An error about a field that begins at `at`.
    #[inline]
    #[must_use]
    pub const fn error_at(&self, field: &'static str, at: usize, problem: Problem) -> DecodeError {
        DecodeError::new(field, at, problem)
    }

    /// A field of a fixed size, without a label.
    #[inline(always)]
    pub(crate) fn take<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N]> {
        let Some((octets, left)) = self.left.split_first_chunk::<N>() else {
            return Err(self.truncated(field, N));
        };
        self.left = left;
        Ok(octets)
    }

    /// Octets, without a label.
    #[inline(always)]
    fn slice(&mut self, field: &'static str, count: usize) -> Result<&'a [u8]> {
        let Some((octets, left)) = self.left.split_at_checked(count) else {
            return Err(self.truncated(field, count));
        };
        self.left = left;
        Ok(octets)
    }

    /// A length field, without a label.
    #[inline(always)]
    pub(crate) fn quiet_length(&mut self, field: &'static str) -> Result<usize> {
        let [first] = *self.take(field)?;
        if first < 0x80 {
            return Ok(usize::from(first));
        }
        self.apart(|r| r.long_length(field, first))
    }

    /// A length field and that many octets, without a label.
    #[inline(always)]
    pub(crate) fn quiet_string(&mut self, field: &'static str) -> Result<&'a [u8]> {
        let length = self.quiet_length(field)?;
        self.slice(field, length)
    }

    #[inline]
    const fn truncated(&self, field: &'static str, wanted: usize) -> DecodeError {
        DecodeError::truncated(field, self.at(), wanted, self.remaining())
    }

    /// Reads whole input without labels; that no label is wanted is then known to the compiler.
    #[inline(always)]
    pub(crate) fn quietly<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut quiet = Self { trace: None, partial: false, ..self.clone() };
        let value = read(&mut quiet);
        self.skip_to(&quiet);
        value
    }

    /// Reads what is rare with a copy. A reader that no outside function is shown can live in
    /// registers, which is worth far more than the copy costs.
    #[inline(always)]
    pub(crate) fn apart<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let mut copy = self.clone();
        let value = read(&mut copy);
        self.skip_to(&copy);
        value
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

/// How a trace reports a length that a strict reader refuses.
pub(crate) const LONGER_THAN_NEEDED: &str = " (length field longer than needed)";
