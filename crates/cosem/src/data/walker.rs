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
    /// Elements still to come in the innermost array or structure, and, where none is open, values:
    /// one or, behind the end, none.
    left: usize,
    /// The same for what surrounds it, outermost first.
    surrounding: [usize; MAX_DEPTH],
    depth: usize,
    limit: usize,
    /// The sum of `surrounding`. Each element that is still to come takes at least one octet.
    outstanding: usize,
}

impl Default for Walker {
    fn default() -> Self {
        Self::new()
    }
}

impl Walker {
    /// With the usual limit of nesting.
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
            left: 1,
            surrounding: [0; MAX_DEPTH],
            depth: 0,
            limit: if limit < MAX_DEPTH { limit } else { MAX_DEPTH },
            outstanding: 0,
        }
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
        self.left == 0
    }

    /// Gives no token any more.
    const fn stop(&mut self) {
        self.left = 0;
        self.depth = 0;
    }

    /// Reads the next token; `None` behind the end of the outermost value.
    ///
    /// With a reader of [`partial`](Reader::partial) input, counts are not compared with the octets
    /// at hand: nothing may be allocated for them.
    ///
    /// # Errors
    /// A field that cannot be read, a count that cannot be true, or nesting above the limit. After
    /// an error the walker must not be used on, except after [`Problem::Truncated`] with a reader
    /// that stands at the same place and holds more.
    #[inline(always)]
    pub fn step<'a>(&mut self, r: &mut Reader<'a>) -> Result<Option<Token<'a>>> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        let depth = self.depth;
        let value = match r.peek() {
            Some(0x01 | 0x02) => self.head(left, r)?,
            _ => {
                let scalar = Value::read(r)?;
                self.complete(left, r);
                scalar
            }
        };
        Ok(Some(Token { depth, value }))
    }

    /// Begins an array or structure behind which `left` elements are to come.
    #[inline(always)]
    fn head<'a>(&mut self, left: usize, r: &mut Reader<'a>) -> Result<Value<'a>> {
        let from = r.at();
        let value = Value::read(r)?;
        match value {
            Value::Array(count) | Value::Structure(count) if count > 0 => {
                self.enter(left, count, from, r)?;
            }
            _ => {
                r.close_group();
                self.complete(left, r);
            }
        }
        Ok(value)
    }

    #[inline(always)]
    fn enter(&mut self, left: usize, count: usize, from: usize, r: &Reader<'_>) -> Result<()> {
        let outstanding = self.outstanding.saturating_add(left);
        let needed = outstanding.saturating_add(count);
        if !r.is_partial() && needed > r.remaining() {
            let left = r.remaining();
            return Err(r.error_at("data", from, Problem::CountTooLarge { count: needed, left }));
        }
        let (depth, limit) = (self.depth, self.limit);
        let Some(slot) = self.surrounding.get_mut(depth).filter(|_| depth < limit) else {
            return Err(r.error_at("data", from, Problem::TooDeep { limit }));
        };
        *slot = left;
        self.left = count;
        self.depth = depth.saturating_add(1);
        self.outstanding = outstanding;
        Ok(())
    }

    /// Counts a value that is complete and behind which `left` elements are to come.
    #[inline(always)]
    fn complete(&mut self, left: usize, r: &Reader<'_>) {
        self.left = left;
        if left == 0 {
            self.leave(r);
        }
    }

    /// Ends each array and structure whose last element was complete.
    #[inline]
    fn leave(&mut self, r: &Reader<'_>) {
        while self.left == 0
            && let Some(outer) = self.depth.checked_sub(1)
        {
            self.depth = outer;
            self.left = self.surrounding.get(outer).copied().unwrap_or_default();
            self.outstanding = self.outstanding.saturating_sub(self.left);
            r.close_group();
        }
    }
}

/// The borrowed reading: tokens straight from the octets, nothing allocated.
///
/// Ends after the outermost value, or with the first error.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    octets: &'a [u8],
    /// What has not been read of them.
    left: &'a [u8],
    walker: Walker,
}

impl<'a> Tokens<'a> {
    /// The tokens of the value that begins at the first octet. What follows the value is not
    /// looked at.
    #[inline]
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, left: octets, walker: Walker::new() }
    }

    /// Where the next token begins.
    #[inline]
    #[must_use]
    pub const fn at(&self) -> usize {
        Reader::resumed(self.octets, self.left).at()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        // A new reader for each token is cheaper than one that is kept: all that it does not do is
        // known to the compiler.
        let mut r = Reader::resumed(self.octets, self.left);
        let token = self.walker.step(&mut r);
        self.left = r.left();
        if token.is_err() {
            self.walker.stop();
        }
        token.transpose()
    }
}
