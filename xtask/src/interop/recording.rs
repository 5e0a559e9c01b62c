//! Keeps what our client and a peer say, in the form that `cargo xtask replay` reads.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use cosem::bytes::hex;
use dlms::link::{hdlc, wrapper};
use dlms_client::Observer;
use serde_json::{Value, json};

/// What went over a connection. Clones keep the same record.
#[derive(Clone)]
pub(super) struct Recording {
    pieces: Arc<Mutex<Vec<Piece>>>,
    /// HDLC frames instead of the wrapper's.
    hdlc: bool,
}

struct Piece {
    direction: Direction,
    octets: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// Sent by the client.
    Tx,
    Rx,
}

/// Who talks to whom.
pub(super) struct Parties {
    pub(super) id: String,
    pub(super) client: u16,
    pub(super) server: u16,
    pub(super) authentication: &'static str,
}

impl Recording {
    pub(super) fn new(hdlc: bool) -> Self {
        Self { pieces: Arc::default(), hdlc }
    }

    pub(super) fn observer(&self) -> Box<dyn Observer> {
        Box::new(self.clone())
    }

    fn add(&self, direction: Direction, octets: &[u8]) {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.push(Piece { direction, octets: octets.to_vec() });
    }

    /// How many APDUs the client has sent, and how many octets the longest answer has; of HDLC it is
    /// the longest frame.
    pub(super) fn figures(&self) -> (usize, usize) {
        let frames = self.frames();
        let sent = frames.iter().filter(|piece| piece.direction == Direction::Tx);
        let sent = sent.filter(|piece| self.ends_an_apdu(&piece.octets)).count();
        let received = frames.iter().filter(|piece| piece.direction == Direction::Rx);
        let longest = received.map(|piece| piece.octets.len()).max().unwrap_or_default();
        (sent, longest.saturating_sub(wrapper::HEADER_LENGTH))
    }

    /// Whether an APDU is whole with this frame: the wrapper has one in each.
    fn ends_an_apdu(&self, octets: &[u8]) -> bool {
        let inside = octets.get(1..octets.len().saturating_sub(1)).unwrap_or_default();
        !self.hdlc
            || hdlc::Frame::decode(inside).is_ok_and(|frame| {
                frame.segmentation == hdlc::Segmentation::Last
                    && matches!(frame.control.kind(), hdlc::Kind::Information { .. })
            })
    }

    /// The last answer in hexadecimal.
    pub(super) fn last_answer(&self) -> String {
        let frames = self.frames();
        let last = frames.iter().rfind(|piece| piece.direction == Direction::Rx);
        last.map_or_else(|| "no octets".to_owned(), |piece| hex(&piece.octets))
    }

    /// Whole frames, in the order in which they were complete.
    fn frames(&self) -> Vec<Piece> {
        let pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut streams = [Stream::new(self.hdlc), Stream::new(self.hdlc)];
        let mut frames = Vec::new();
        for Piece { direction, octets } in pieces.iter() {
            let stream = &mut streams[usize::from(*direction == Direction::Tx)];
            let whole = stream.push(octets).into_iter();
            frames.extend(whole.map(|octets| Piece { direction: *direction, octets }));
        }
        frames
    }

    const fn link(&self) -> &'static str {
        if self.hdlc { "hdlc" } else { "wrapper" }
    }

    /// Writes the conversation into a folder; `fault` says what is wrong with the last answer.
    pub(super) fn save(&self, folder: &Path, parties: &Parties, fault: Option<&str>) -> Result<()> {
        let facts = json!({
            "id": parties.id,
            "referencing": "LN",
            "link": self.link(),
            "addr": { "client": parties.client, "server": parties.server },
            "auth": parties.authentication,
            "replay": "plain: recorded between our own end and the peer, test password 12345678",
            "complete": true,
            "keys": {},
        });
        let frames = self.frames();
        if frames.is_empty() {
            return Ok(());
        }
        let mut text = format!("{facts}\n");
        for (place, Piece { direction, octets }) in (1..).zip(&frames) {
            let checked = match fault {
                Some(fault) if place == frames.len() => format!("BAD: {fault}"),
                _ => format!("{} length", self.link()),
            };
            let direction = if *direction == Direction::Tx { "tx" } else { "rx" };
            let line: Value = json!({ "dir": direction, "hex": hex(octets), "checked": checked });
            writeln!(text, "{line}")?;
        }
        let path = folder.join(format!("{}.jsonl", parties.id));
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// One direction of a connection. What cannot be read in it has failed its case already.
enum Stream {
    Wrapper(wrapper::Decoder),
    Hdlc(hdlc::Decoder),
}

impl Stream {
    fn new(hdlc: bool) -> Self {
        if hdlc {
            Self::Hdlc(hdlc::Decoder::new())
        } else {
            Self::Wrapper(wrapper::Decoder::default())
        }
    }

    /// Takes octets and gives the frames that are whole now.
    fn push(&mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        match self {
            Self::Wrapper(decoder) => {
                let mut left = octets;
                while !left.is_empty() {
                    let taken = decoder.push(left);
                    left = &left[taken..];
                    let Ok(Some(frame)) = decoder.next_frame() else { continue };
                    let mut octets = Vec::new();
                    let (source, destination) = (frame.source, frame.destination);
                    if wrapper::encode(source, destination, &frame.apdu, &mut octets).is_ok() {
                        frames.push(octets);
                    }
                }
            }
            Self::Hdlc(decoder) => {
                decoder.push(octets);
                while let Some(found) = decoder.next_found() {
                    let hdlc::Found::Frame(frame) = found else { continue };
                    let mut octets = Vec::new();
                    if frame.encode_into(&mut octets).is_ok() {
                        frames.push(octets);
                    }
                }
            }
        }
        frames
    }
}

impl Observer for Recording {
    fn sent(&mut self, octets: &[u8]) {
        self.add(Direction::Tx, octets);
    }

    fn received(&mut self, octets: &[u8]) {
        self.add(Direction::Rx, octets);
    }
}
