//! Frames off a stream, however it is cut, with garbage in between.

use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{DecodeError, Problem};

use super::frame::{FEWEST_OCTETS, FLAG, Frame, MOST_OCTETS};

/// Finds frames in a stream of octets.
///
/// A flag may close one frame and open the next; any number of flags may stand between two. The
/// length field alone says where a frame ends: `7e` inside is data. What looks like a frame and is
/// none costs nothing but its opening flag: the search goes on with the octet behind it.
///
/// It holds one frame at most, so its memory is bounded; a frame is checked once for each flag
/// that could open it, so its time is linear.
#[derive(Clone, Default)]
pub struct Decoder {
    octets: Vec<u8>,
    /// Octets at the front that have been given out or dropped; the next push removes them.
    used: usize,
    /// Octets behind them that have been looked at and belong to nothing.
    skipped: usize,
}

/// Without the octets, which may hold a password.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("buffered", &self.buffered()).finish_non_exhaustive()
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A frame whose check sequences are right.
    Frame(Frame),
    /// Octets that looked like a frame and are none.
    Broken(DecodeError),
    /// Octets between frames, flags left out.
    Garbage(Vec<u8>),
}

impl Decoder {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes octets, cut anywhere. Ask [`Decoder::next_found`] until it gives nothing.
    pub fn push(&mut self, octets: &[u8]) {
        self.octets.drain(..core::mem::take(&mut self.used));
        self.octets.extend_from_slice(octets);
    }

    /// What comes next; `None` when more octets are needed.
    pub fn next_found(&mut self) -> Option<Found> {
        loop {
            let from = self.used.saturating_add(self.skipped);
            match look(self.octets.get(from..).unwrap_or_default()) {
                Look::NotAFlag => self.skipped = self.skipped.saturating_add(1),
                Look::NeedMore => return self.take_garbage(),
                // Flags alone are no garbage, and what follows them is there already.
                _ if self.skipped > 0 => match self.take_garbage() {
                    None => {}
                    garbage => return garbage,
                },
                Look::Fill => self.used = self.used.saturating_add(1),
                Look::Frame { frame, length } => {
                    // The closing flag stays: it may open the next frame.
                    self.used = self.used.saturating_add(length).saturating_add(1);
                    return Some(Found::Frame(frame));
                }
                Look::Broken(error) => {
                    self.used = self.used.saturating_add(1);
                    return Some(Found::Broken(error));
                }
            }
        }
    }

    /// Tells that the line was silent for longer than the inter-octet time-out: the frame under way
    /// will not be completed, and what it has swallowed is looked at again.
    pub fn handle_silence(&mut self) {
        if self.buffered() > self.skipped {
            self.skipped = self.skipped.saturating_add(1);
        }
    }

    /// How many octets are held.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.octets.len().saturating_sub(self.used)
    }

    fn take_garbage(&mut self) -> Option<Found> {
        let skipped = core::mem::take(&mut self.skipped);
        let to = self.used.saturating_add(skipped);
        let octets = self.octets.get(self.used..to).unwrap_or_default();
        let garbage: Vec<u8> = octets.iter().copied().filter(|octet| *octet != FLAG).collect();
        self.used = to;
        (!garbage.is_empty()).then_some(Found::Garbage(garbage))
    }
}

/// What stands at the front.
enum Look {
    NeedMore,
    NotAFlag,
    /// A flag followed by another.
    Fill,
    /// A frame, and its length between the flags.
    Frame {
        frame: Frame,
        length: usize,
    },
    Broken(DecodeError),
}

fn look(octets: &[u8]) -> Look {
    let (high, low) = match octets {
        [] | [FLAG] => return Look::NeedMore,
        [FLAG, FLAG, ..] => return Look::Fill,
        [FLAG, high] if high >> 4 == 0xa => return Look::NeedMore,
        [FLAG, high, low, ..] if high >> 4 == 0xa => (*high, *low),
        [FLAG, ..] => return Look::NotAFlag,
        _ => return Look::NotAFlag,
    };
    let length = usize::from(u16::from_be_bytes([high, low])) & MOST_OCTETS;
    if length < FEWEST_OCTETS {
        return Look::NotAFlag;
    }
    let Some(frame) = octets.get(1..=length) else { return Look::NeedMore };
    match octets.get(length.saturating_add(1)) {
        None => Look::NeedMore,
        Some(&FLAG) => match Frame::decode(frame) {
            Ok(frame) => Look::Frame { frame, length },
            Err(error) => Look::Broken(error),
        },
        Some(found) => Look::Broken(DecodeError {
            context: "hdlc",
            field: "closing-flag",
            at: length.saturating_add(1),
            problem: Problem::UnknownTag { tag: *found, wanted: "7e" },
        }),
    }
}
