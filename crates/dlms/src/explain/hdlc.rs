//! Frames of HDLC: the flags, the fields of each frame, and what is in it.
//!
//! Only frames whose check sequences are right are looked into. A password may be in every other
//! octet, and in every segment of a message whose beginning is not at hand: these are hidden.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use cosem::bytes::{Problem, Reader, Result, Span, hex};

use super::{
    Attempt, Explanation, Found, NOT_DECODED, attempt, attempt_apdu, attempt_prefix, holds_secrets,
};
use crate::apdu::HIDDEN;
use crate::link::hdlc::{
    Address, Control, FLAG, Frame, Kind, MOST_OCTETS, Parameters, Segmentation,
};

/// Whether octets begin like a frame.
pub(super) fn begins(octets: &[u8]) -> bool {
    matches!(octets, [FLAG, format, _, ..] if is_format(*format))
}

/// Whether a frame is anywhere in them.
pub(super) fn is_inside(octets: &[u8]) -> bool {
    (0..octets.len()).any(|at| frame_at(octets, at).is_some())
}

pub(super) fn explain(octets: &[u8]) -> Explanation {
    let mut reading = Reading {
        octets,
        explanation: Explanation { found: Found::Hdlc, spans: Vec::new(), error: None },
        message: None,
    };
    let (mut at, mut gap) = (0_usize, 0_usize);
    while at < octets.len() {
        match frame_at(octets, at) {
            None => at = at.saturating_add(1),
            Some((frame, length)) => {
                reading.gap(gap, at);
                let from = at.saturating_add(1);
                reading.flags(at, from);
                at = from.saturating_add(length);
                reading.frame(&frame, from, at);
                // The closing flag may open the next frame.
                gap = at;
            }
        }
    }
    reading.gap(gap, octets.len());
    reading.explanation
}

/// The type of the frame format.
const fn is_format(octet: u8) -> bool {
    octet >> 4 == 0xa
}

/// The frame that a flag opens here, and its length. The last one may be without its closing flag.
fn frame_at(octets: &[u8], at: usize) -> Option<(Frame, usize)> {
    let rest = octets.get(at..)?;
    let [FLAG, high, low, ..] = *rest else { return None };
    let length = usize::from(u16::from_be_bytes([high, low])) & MOST_OCTETS;
    let inside = rest.get(1..=length).filter(|_| is_format(high))?;
    let closing = rest.get(length.saturating_add(1));
    let inside = Some(inside).filter(|_| closing.is_none_or(|flag| *flag == FLAG))?;
    Some((Frame::decode(inside).ok()?, length))
}

/// The message whose segments are under way.
struct Message {
    destination: Address,
    source: Address,
    /// N(S) of the last segment; UI frames have none.
    send: Option<u8>,
    is_hidden: bool,
}

struct Reading<'a> {
    octets: &'a [u8],
    explanation: Explanation,
    message: Option<Message>,
}

impl Reading<'_> {
    fn part(&self, from: usize, to: usize) -> &[u8] {
        self.octets.get(from..to).unwrap_or_default()
    }

    fn span(&mut self, depth: usize, name: &'static str, from: usize, to: usize, value: String) {
        if from < to {
            self.explanation.spans.push(Span { depth, name, from, to, value });
        }
    }

    fn flags(&mut self, from: usize, to: usize) {
        let count = to.saturating_sub(from);
        let value = if count > 1 { format!("{count}") } else { String::new() };
        self.span(0, "flag", from, to, value);
    }

    fn hidden(&mut self, from: usize, to: usize) {
        self.span(0, NOT_DECODED, from, to, String::from(HIDDEN));
    }

    /// What lies between frames: flags, garbage, and at most one frame that is shown as broken.
    fn gap(&mut self, from: usize, to: usize) {
        let octets = self.part(from, to);
        let is_flag = |octet: &&u8| **octet == FLAG;
        let leading = octets.iter().take_while(is_flag).count();
        let body = from.saturating_add(leading);
        let trailing = self.part(body, to).iter().rev().take_while(is_flag).count();
        let end = to.saturating_sub(trailing);
        self.flags(from, body);
        let octets = self.part(body, end);
        let opens = |pair: &[u8]| matches!(pair, [FLAG, format] if is_format(*format));
        let begins = octets.first().is_some_and(|format| is_format(*format));
        if leading > 0 && begins {
            self.broken(body, end);
        } else if let Some(place) = octets.windows(2).position(opens) {
            let flag = body.saturating_add(place);
            self.hidden(body, flag);
            self.flags(flag, flag.saturating_add(1));
            self.broken(flag.saturating_add(1), end);
        } else {
            self.hidden(body, end);
        }
        self.flags(end, to);
        if body < end {
            // A segment may have been lost here.
            self.message = None;
        }
    }

    /// Octets that begin like a frame and are none.
    fn broken(&mut self, from: usize, to: usize) {
        let mut attempt = attempt_prefix(self.part(from, to), from, |r| Frame::read(r).map(drop));
        if attempt.error.is_none() {
            // It is one, and something else follows than a flag.
            let end = attempt.end;
            let tag = self.part(end, to).first().copied().unwrap_or_default();
            let problem = Problem::UnknownTag { tag, wanted: "7e" };
            let mut error = Reader::new(&[]).error("closing-flag", problem).in_context("hdlc");
            error.at = end;
            attempt = Attempt { spans: Vec::new(), error: Some(error), end: from };
        }
        attempt.error = attempt.error.map(|error| error.in_context("hdlc"));
        self.group(from, to);
        self.explanation.take_hidden(attempt, to, 1, true);
    }

    fn group(&mut self, from: usize, to: usize) {
        self.span(0, "hdlc", from, to, String::new());
    }

    /// A frame that is right.
    fn frame(&mut self, frame: &Frame, from: usize, to: usize) {
        self.group(from, to);
        let fields = attempt_prefix(self.part(from, to), from, |r| Frame::read(r).map(drop));
        for mut field in fields.spans {
            if field.name == "information" {
                self.information(frame, field.from, field.to);
            } else {
                field.depth = 1;
                self.explanation.spans.push(field);
            }
        }
        if self.octets.get(to).is_none() {
            let problem = Problem::Truncated { wanted: 1, left: 0 };
            let error = Reader::new(self.octets).error_at("closing-flag", to, problem);
            self.explanation.error.get_or_insert_with(|| error.in_context("hdlc"));
        }
    }

    fn information(&mut self, frame: &Frame, from: usize, to: usize) {
        let read: fn(&mut Reader<'_>) -> Result<()> = match frame.control.kind() {
            Kind::Information { send, .. } => return self.message(frame, Some(send), from, to),
            Kind::UnnumberedInformation => return self.message(frame, None, from, to),
            Kind::SetNormalResponseMode | Kind::UnnumberedAcknowledge => read_parameters,
            Kind::FrameReject => read_rejection,
            _ => read_octets,
        };
        let attempt = attempt(self.part(from, to), from, read);
        self.explanation.take_hidden(attempt, to, 1, false);
    }

    /// A message, or a segment of one.
    fn message(&mut self, frame: &Frame, send: Option<u8>, from: usize, to: usize) {
        let continued = self.message.take().filter(|message| {
            let expected = message.send.map(|last| last.wrapping_add(1) & 7);
            message.destination == frame.destination
                && message.source == frame.source
                && expected == send
        });
        let mut apdu = from;
        while continued.is_none() && is_llc(self.part(apdu, to)) {
            let end = apdu.saturating_add(LLC_LENGTH);
            let value = llc_name(self.part(apdu, end));
            self.span(1, "llc", apdu, end, String::from(value));
            apdu = end;
        }
        let begins = apdu > from;
        if continued.is_none() && frame.segmentation == Segmentation::Last {
            return self.apdu(apdu, to, begins);
        }
        let is_hidden = match (&continued, self.part(apdu, to)) {
            (Some(message), _) => message.is_hidden,
            (None, [tag, ..]) => !begins || holds_secrets(*tag),
            (None, []) => true,
        };
        let value = if is_hidden { String::from(HIDDEN) } else { hex(self.part(apdu, to)) };
        self.span(1, "segment", apdu, to, value);
        if frame.segmentation == Segmentation::More {
            let Frame { destination, source, .. } = *frame;
            self.message = Some(Message { destination, source, send, is_hidden });
        }
    }

    /// Without LLC it may be the end of a message whose beginning is not here: then what cannot be
    /// read is hidden, and what was read by mistake is dropped.
    fn apdu(&mut self, from: usize, to: usize, begins: bool) {
        if from == to {
            return;
        }
        let octets = self.part(from, to);
        let mut attempt = attempt_apdu(octets, from);
        let is_hidden = !begins || octets.first().is_some_and(|tag| holds_secrets(*tag));
        if !begins && attempt.error.is_some() {
            attempt.spans.clear();
            attempt.end = from;
        }
        self.explanation.take_hidden(attempt, to, 1, is_hidden);
    }
}

pub(super) const LLC_LENGTH: usize = 3;

/// The addresses of the two ends of the logical link, and the quality.
const fn is_llc(octets: &[u8]) -> bool {
    matches!(octets, [0xe6 | 0xff, 0xe6 | 0xe7, 0x00, ..])
}

pub(super) const fn llc_name(octets: &[u8]) -> &'static str {
    match octets {
        [0xff, ..] => "broadcast",
        [_, 0xe6, ..] => "command",
        _ => "response",
    }
}

fn read_parameters(r: &mut Reader<'_>) -> Result<()> {
    r.group("parameters", Parameters::read).map_err(|error| error.in_context("hdlc-parameters"))?;
    if !r.is_empty() {
        r.rest("user-data");
    }
    Ok(())
}

fn read_octets(r: &mut Reader<'_>) -> Result<()> {
    r.rest("information");
    Ok(())
}

/// What FRMR says: the control octet that was refused, the state of its sender, and why. Some
/// senders turn the bits of the last two round.
fn read_rejection(r: &mut Reader<'_>) -> Result<()> {
    let control = Control(r.u8("rejected-control")?);
    r.meaning(|| format!("0x{:02x}, {control}", control.0));
    let numbers = r.u8("sequence-numbers")?;
    r.meaning(|| format!("0x{numbers:02x}"));
    let reason = r.u8("reason")?;
    let bits = if reason & 0x0f == 0 { reason.reverse_bits() } else { reason };
    r.meaning(|| {
        let all = ["undefined control", "information not allowed", "too long", "invalid N(R)"];
        let names = all.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
        let names: Vec<&str> = names.map(|(_, name)| *name).collect();
        format!("0x{reason:02x}, {}", names.join(", "))
    });
    if !r.is_empty() {
        r.rest("information");
    }
    Ok(())
}
