//! The frames of the wrapper on their way out.
//!
//! The one way out of an association is [`Carrier::send`](super::carrier::Carrier) on the client's
//! side and [`Line::send`](super::line::Line) on the server's. Everything that is sent goes through
//! there, in this order:
//!
//! ```text
//! APDU ─(blocks)─▶ (general block transfer) ─▶ (ciphering) ─▶ frame of the link ─(window)─▶ octets
//! ```
//!
//! What stands in brackets is not built yet and gets its stage there, so that no service ever needs
//! a second way to send. Blocks of a long answer are asked for one at a time, so each is an APDU of
//! its own.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use crate::link::wrapper;

/// APDUs on their way out, already in the frames of the link.
#[derive(Default)]
pub(super) struct Queue {
    frames: VecDeque<Vec<u8>>,
    /// The frame that was handed out last; it stays until the next one is asked for.
    sent: Vec<u8>,
}

/// From whom to whom, as the wrapper's ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) source: u16,
    pub(super) destination: u16,
}

impl Queue {
    /// Frames an APDU. The sizes that were agreed never exceed what a frame can hold, so nothing is
    /// dropped here.
    pub(super) fn send(&mut self, route: Route, apdu: &[u8]) {
        let mut frame = Vec::with_capacity(wrapper::HEADER_LENGTH.saturating_add(apdu.len()));
        if wrapper::encode(route.source, route.destination, apdu, &mut frame).is_ok() {
            self.frames.push_back(frame);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The next frame, complete.
    pub(super) fn poll(&mut self) -> Option<&[u8]> {
        self.sent = self.frames.pop_front()?;
        Some(&self.sent)
    }

    /// Drops what has not been sent.
    pub(super) fn clear(&mut self) {
        self.frames.clear();
    }
}

/// Without the octets: an AARQ among them holds the password.
impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({} frames)", self.frames.len())
    }
}
