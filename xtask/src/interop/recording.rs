//! Keeps what our client and a peer say, in the form that `cargo xtask replay` reads.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use cosem::bytes::hex;
use dlms::link::wrapper::Decoder;
use dlms_client::Observer;
use serde_json::{Value, json};

/// What went over a connection. Clones keep the same record.
#[derive(Clone, Default)]
pub(super) struct Recording(Arc<Mutex<Vec<Piece>>>);

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
    pub(super) fn observer(&self) -> Box<dyn Observer> {
        Box::new(self.clone())
    }

    fn add(&self, direction: Direction, octets: &[u8]) {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.push(Piece { direction, octets: octets.to_vec() });
    }

    /// How many frames the client has sent, and how many octets the longest answer has.
    pub(super) fn figures(&self) -> (usize, usize) {
        let frames = self.frames();
        let sent = frames.iter().filter(|piece| piece.direction == Direction::Tx).count();
        let received = frames.iter().filter(|piece| piece.direction == Direction::Rx);
        let longest = received.map(|piece| piece.octets.len()).max().unwrap_or_default();
        (sent, longest.saturating_sub(dlms::link::wrapper::HEADER_LENGTH))
    }

    /// The last answer in hexadecimal.
    pub(super) fn last_answer(&self) -> String {
        let frames = self.frames();
        let last = frames.iter().rfind(|piece| piece.direction == Direction::Rx);
        last.map_or_else(|| "no octets".to_owned(), |piece| hex(&piece.octets))
    }

    /// Whole frames, in the order in which they were complete.
    fn frames(&self) -> Vec<Piece> {
        let pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decoders = [Decoder::default(), Decoder::default()];
        let mut frames = Vec::new();
        for Piece { direction, octets } in pieces.iter() {
            let decoder = &mut decoders[usize::from(*direction == Direction::Tx)];
            let mut left = octets.as_slice();
            while !left.is_empty() {
                let taken = decoder.push(left);
                left = &left[taken..];
                // A stream that cannot be read has failed its case already.
                let Ok(Some(frame)) = decoder.next_frame() else { continue };
                let mut octets = Vec::new();
                let (source, destination) = (frame.source, frame.destination);
                if dlms::link::wrapper::encode(source, destination, &frame.apdu, &mut octets)
                    .is_ok()
                {
                    frames.push(Piece { direction: *direction, octets });
                }
            }
        }
        frames
    }

    /// Writes the conversation into a folder; `fault` says what is wrong with the last answer.
    pub(super) fn save(&self, folder: &Path, parties: &Parties, fault: Option<&str>) -> Result<()> {
        let facts = json!({
            "id": parties.id,
            "referencing": "LN",
            "link": "wrapper",
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
                _ => "wrapper length".to_owned(),
            };
            let direction = if *direction == Direction::Tx { "tx" } else { "rx" };
            let line: Value = json!({ "dir": direction, "hex": hex(octets), "checked": checked });
            writeln!(text, "{line}")?;
        }
        let path = folder.join(format!("{}.jsonl", parties.id));
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
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
