//! Recorded frames of HDLC: each decoded and written again, segments joined to messages.

use std::collections::BTreeMap;

use cosem::bytes::DecodeError;
use dlms::{
    apdu::Apdu,
    link::hdlc::{Decoder, Found, Frame, Kind, Parameters, Segmentation},
};

use super::frames::Route;

/// One direction of a recorded link.
#[derive(Default)]
pub(super) struct Stream {
    decoder: Decoder,
    /// The octets behind the last frame.
    raw: Vec<u8>,
    ends: BTreeMap<Vec<u8>, End>,
}

/// What came from one address for another.
#[derive(Default)]
struct End {
    /// The last frame, to know it when it is sent again.
    last: Option<Frame>,
    /// The segments of the message that is under way.
    segments: Vec<u8>,
}

/// What a piece of the recording has brought.
pub(super) enum Heard {
    Message(Route, Payload),
    /// What is not hidden, and is not wrong.
    Notable(String),
    Remark(String),
    Problem(String),
}

/// The octets of a message.
pub(super) struct Payload {
    pub(super) octets: Vec<u8>,
    /// Whether the octets of LLC stood in front: without them the message may have begun before.
    pub(super) has_begun: bool,
}

impl Stream {
    /// Takes the octets of a line, which may hold a part of a frame or several.
    pub(super) fn hear(&mut self, octets: &[u8]) -> Vec<Heard> {
        self.raw.extend_from_slice(octets);
        self.decoder.push(octets);
        let mut heard = Vec::new();
        while let Some(found) = self.decoder.next_found() {
            match found {
                Found::Frame(frame) => self.frame(frame, &mut heard),
                Found::Broken(error) => heard.push(Heard::Problem(error.to_string())),
                Found::Garbage(garbage) => {
                    let count = garbage.len();
                    heard.push(Heard::Notable(format!("{count} octets that are no frame, kept")));
                }
            }
        }
        heard
    }

    /// How many octets wait for the rest of their frame.
    pub(super) const fn unfinished(&self) -> usize {
        // The flag behind a frame may open the next one.
        self.decoder.buffered().saturating_sub(1)
    }

    fn frame(&mut self, frame: Frame, heard: &mut Vec<Heard>) {
        let place = |again: Vec<u8>| {
            let found = self.raw.windows(again.len()).position(|part| part == again);
            found.map(|place| place + again.len())
        };
        match frame.encode().ok().and_then(place) {
            // The rest may hold the next frame, which may share the flag between them.
            Some(end) => drop(self.raw.drain(..end)),
            None => heard.push(Heard::Problem(format!(
                "{} comes out as other octets when it is written again",
                frame.control
            ))),
        }
        heard.push(Heard::Remark(frame.control.to_string()));
        match frame.control.kind() {
            Kind::Information { .. } | Kind::UnnumberedInformation => self.piece(frame, heard),
            Kind::SetNormalResponseMode | Kind::UnnumberedAcknowledge => {
                if let Err(error) = Parameters::decode(&frame.information) {
                    let name = frame.control.name();
                    heard.push(Heard::Notable(format!("parameters of {name}, kept: {error}")));
                }
                // Both ends count from 0 again.
                self.ends.clear();
            }
            _ => {}
        }
    }

    /// A message or a segment of one.
    fn piece(&mut self, frame: Frame, heard: &mut Vec<Heard>) {
        let key = [frame.destination.octets(), frame.source.octets()].concat();
        let end = self.ends.entry(key).or_default();
        let is_numbered = matches!(frame.control.kind(), Kind::Information { .. });
        if is_numbered && end.last.as_ref() == Some(&frame) {
            heard.push(Heard::Remark(format!("{} is sent again", frame.control)));
            return;
        }
        let begins = end.segments.is_empty();
        end.segments.extend_from_slice(&frame.information);
        if begins && frame.segmentation == Segmentation::More {
            heard.push(Heard::Remark("the first segment of a message".to_owned()));
        }
        if frame.segmentation == Segmentation::Last {
            let message = std::mem::take(&mut end.segments);
            let route = (frame.source.upper, frame.destination.upper);
            if !message.is_empty() {
                heard.push(Heard::Message(route, payload(&message)));
            }
        }
        end.last = Some(frame);
    }
}

/// A message without the octets of LLC; a meter may put them twice.
fn payload(message: &[u8]) -> Payload {
    let mut octets = message;
    while let [0xe6 | 0xff, 0xe6 | 0xe7, 0x00, rest @ ..] = octets {
        octets = rest;
    }
    Payload { octets: octets.to_vec(), has_begun: octets.len() < message.len() }
}

/// Reads exactly one frame between flags, and the APDU in it when it is there as a whole.
pub(super) fn whole_frame(octets: &[u8]) -> Result<(), DecodeError> {
    let flag = |octet: &u8| *octet == 0x7e;
    let from = octets.iter().take_while(|octet| flag(octet)).count();
    let inside = octets.get(from..).unwrap_or_default();
    let frame = match inside.split_last() {
        Some((last, inside)) if flag(last) => {
            // The flag may be the last octet of the check sequence.
            Frame::decode(inside).or_else(|error| match Frame::decode(&octets[from..]) {
                Ok(frame) => Ok(frame),
                Err(_) => Err(error),
            })
        }
        _ => Frame::decode(inside),
    }?;
    let carries =
        matches!(frame.control.kind(), Kind::Information { .. } | Kind::UnnumberedInformation);
    let Payload { octets, has_begun } = payload(&frame.information);
    match frame.segmentation {
        Segmentation::Last if carries && has_begun => Apdu::decode(&octets).map(drop),
        _ => Ok(()),
    }
}
