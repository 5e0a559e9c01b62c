//! The one decoder of `Data`: iterative, bounded, resumable.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::value::Value;
use crate::bytes::{Problem, Reader, Result};

/// Levels of nesting that are accepted unless told otherwise. Profiles and object lists use four.
pub const DEFAULT_DEPTH: usize = 16;

/// The most levels that can be asked for.
pub const MAX_DEPTH: usize = 64;

/// A value and how many arrays and structures surround it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'a> {
    /// 0 for the outermost value.
    pub depth: usize,
    /// The scalar, or the head of an array or structure.
    pub value: Value<'a>,
}

/// Reads a value token by token and keeps its place between calls.
///
/// It owns no octets: each step is given a [`Reader`] that stands where the last one ended.
#[derive(Clone, Debug)]
pub struct Walker {
    /// Elements still to come, for each open array or structure.
    open: [usize; MAX_DEPTH],
    depth: usize,
    limit: usize,
    /// Elements still to come, all levels together. Each takes at least one octet.
    outstanding: usize,
    input: Input,
    finished: bool,
}

/// Whether the reader holds all octets that there will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Whole,
    Partial,
}

impl Default for Walker {
    fn default() -> Self {
        Self::new()
    }
}

impl Walker {
    /// For a value whose octets are all there.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::with_limit(DEFAULT_DEPTH)
    }

    /// With another limit of nesting; above [`MAX_DEPTH`] it is [`MAX_DEPTH`].
    #[inline]
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self {
            open: [0; MAX_DEPTH],
            depth: 0,
            limit: if limit < MAX_DEPTH { limit } else { MAX_DEPTH },
            outstanding: 0,
            input: Input::Whole,
            finished: false,
        }
    }

    /// For a value that arrives in pieces: counts are not compared with the octets at hand, so
    /// nothing may be allocated for them.
    #[must_use]
    pub const fn for_pieces() -> Self {
        let mut walker = Self::new();
        walker.input = Input::Partial;
        walker
    }

    /// How many arrays and structures are open.
    #[inline]
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the outermost value is complete.
    #[inline]
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Reads the next token; `None` behind the end of the outermost value.
    ///
    /// # Errors
    /// A field that cannot be read, a count that cannot be true, or nesting above the limit. After
    /// an error the walker must not be used on, except after [`Problem::Truncated`] with a reader
    /// that stands at the same place and holds more.
    #[inline]
    pub fn step<'a>(&mut self, r: &mut Reader<'a>) -> Result<Option<Token<'a>>> {
        if self.finished {
            return Ok(None);
        }
        let from = r.at();
        let value = Value::read(r)?;
        let depth = self.depth;
        match value {
            Value::Array(count) | Value::Structure(count) if count > 0 => {
                self.enter(count, from, r)?;
            }
            Value::Array(_) | Value::Structure(_) => {
                r.close_group();
                self.complete(r);
            }
            _ => self.complete(r),
        }
        Ok(Some(Token { depth, value }))
    }

    #[inline]
    fn enter(&mut self, count: usize, from: usize, r: &Reader<'_>) -> Result<()> {
        // Every element that was announced and has not come takes at least one octet more.
        let needed = self.outstanding.saturating_add(count);
        if self.input == Input::Whole && needed > r.remaining() {
            let left = r.remaining();
            return Err(r.error_at(
                "data",
                from,
                Problem::CountTooLarge {
                    count: needed,
                    left,
                },
            ));
        }
        let limit = self.limit;
        let Some(slot) = self.open.get_mut(self.depth).filter(|_| self.depth < limit) else {
            return Err(r.error_at("data", from, Problem::TooDeep { limit }));
        };
        *slot = count;
        self.depth = self.depth.saturating_add(1);
        self.outstanding = needed;
        Ok(())
    }

    /// Counts a value that is complete, and with it each array and structure that it completes.
    #[inline]
    fn complete(&mut self, r: &Reader<'_>) {
        loop {
            let Some(slot) = self
                .depth
                .checked_sub(1)
                .and_then(|innermost| self.open.get_mut(innermost))
            else {
                self.finished = true;
                return;
            };
            *slot = slot.saturating_sub(1);
            self.outstanding = self.outstanding.saturating_sub(1);
            if *slot > 0 {
                return;
            }
            self.depth = self.depth.saturating_sub(1);
            r.close_group();
        }
    }
}

/// The borrowed reading: tokens straight from the octets, nothing allocated.
///
/// Ends after the outermost value, or with the first error.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    reader: Reader<'a>,
    walker: Walker,
    failed: bool,
}

impl<'a> Tokens<'a> {
    /// The tokens of the value that begins at the first octet. What follows the value is not
    /// looked at.
    #[inline]
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(octets),
            walker: Walker::new(),
            failed: false,
        }
    }

    /// Where the next token begins.
    #[inline]
    #[must_use]
    pub const fn at(&self) -> usize {
        self.reader.at()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let token = self.walker.step(&mut self.reader).transpose();
        self.failed = matches!(token, Some(Err(_)));
        token
    }
}
