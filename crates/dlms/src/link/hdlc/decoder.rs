//! Frames off a stream, however it is cut, with garbage in between.

use alloc::vec::Vec;

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
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    octets: Vec<u8>,
    /// Octets at the front that have been looked at and belong to nothing.
    skipped: usize,
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
        self.octets.extend_from_slice(octets);
    }

    /// What comes next; `None` when more octets are needed.
    pub fn next_found(&mut self) -> Option<Found> {
        loop {
            let rest = self.octets.get(self.skipped..).unwrap_or_default();
            match look(rest) {
                Look::NotAFlag => self.skipped = self.skipped.saturating_add(1),
                Look::NeedMore if rest.is_empty() || self.skipped == 0 => {
                    return self.take_garbage();
                }
                Look::NeedMore => return self.take_garbage(),
                _ if self.skipped > 0 => return self.take_garbage(),
                Look::Fill => drop(self.octets.drain(..1)),
                Look::Frame { frame, length } => {
                    // The closing flag stays: it may open the next frame.
                    self.octets.drain(..length.saturating_add(1));
                    return Some(Found::Frame(frame));
                }
                Look::Broken(error) => {
                    self.octets.drain(..1);
                    return Some(Found::Broken(error));
                }
            }
        }
    }

    /// Tells that the line was silent for longer than the inter-octet time-out: the frame under way
    /// will not be completed, and what it has swallowed is looked at again.
    pub fn handle_silence(&mut self) {
        if self.octets.len() > self.skipped {
            self.skipped = self.skipped.saturating_add(1);
        }
    }

    /// How many octets are held.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.octets.len()
    }

    fn take_garbage(&mut self) -> Option<Found> {
        let skipped = core::mem::take(&mut self.skipped);
        let mut garbage: Vec<u8> = self.octets.drain(..skipped).collect();
        garbage.retain(|octet| *octet != FLAG);
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
