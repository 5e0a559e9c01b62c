//! Octets of any kind → a tree of ranges, names and values. For the command, pages, tests and docs.
//!
//! | octets begin like     | explained as                                              |
//! |-----------------------|-----------------------------------------------------------|
//! | `00 01`, eight and on | frames of the wrapper, each with its APDU                 |
//! | `7e a`                | frames of HDLC, each with its APDU or parameters          |
//! | a tag of [`TAGS`](crate::apdu::TAGS)     | an APDU, down to the values and the user-information      |
//! | a tag of `Data`       | a value in A-XDR                                          |
//! | `e6 e6 00`, `e6 e7 00` | the LLC and the APDU behind it, as logs of HDLC show them |
//!
//! Some tags begin both an APDU and a value: what decodes to its end wins, an APDU before a value.
//! What does not, and holds a frame of HDLC whose check sequence is right, is such a frame with
//! garbage around it. Passwords and keys are `…`, and so is what could be a part of one: segments of
//! an unknown message, and frames that are broken.
//!
//! ```
//! use dlms::explain::{Found, explain};
//! let octets = cosem::bytes::from_hex("c401c10104")?;
//! let explanation = explain(&octets);
//! assert_eq!(explanation.found, Found::Apdu("get-response"));
//! let lines = [
//!     "0..5        get-response",
//!     "0..1          tag: 0xc4",
//!     "1..2          choice: 1, normal",
//!     "2..3          invoke-id-and-priority: id 1, confirmed, high priority",
//!     "3..4          choice: 1, data-access-result",
//!     "4..5          data-access-result: 4, object-undefined",
//! ];
//! assert!(explanation.to_string().lines().eq(lines));
//! # Ok::<(), cosem::bytes::HexError>(())
//! ```

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod hdlc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use cosem::Walker;
use cosem::bytes::{DecodeError, Problem, Reader, Result, Span, Trace};

use crate::apdu::{Apdu, HIDDEN, TagRow, holds_secrets};
use crate::link::wrapper::{HEADER_LENGTH, Header, VERSION};

/// What octets were taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Frames of the wrapper.
    Wrapper,
    /// Frames of HDLC.
    Hdlc,
    /// The APDU of this name; the LLC may stand in front of it.
    Apdu(&'static str),
    /// A value in A-XDR.
    Data,
    /// Nothing that is known.
    Nothing,
}

/// What octets mean, as far as they could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Explanation {
    /// What they were taken for.
    pub found: Found,
    /// The fields in wire order, a group before its fields. What could not be read is a field too,
    /// called [`NOT_DECODED`], so that every octet lies in one.
    pub spans: Vec<Span>,
    /// Why reading stopped, if it did; the first reason where there are several frames.
    pub error: Option<DecodeError>,
}

/// The name of octets that could not be read.
pub const NOT_DECODED: &str = "not-decoded";

/// Explains octets. Costs time and memory linear in their number.
pub fn explain(octets: &[u8]) -> Explanation {
    if octets.len() >= HEADER_LENGTH && octets.starts_with(&VERSION.to_be_bytes()) {
        return explain_frames(octets);
    }
    if hdlc::begins(octets) {
        return hdlc::explain(octets);
    }
    if let Some(explanation) = explain_behind_llc(octets) {
        return explanation;
    }
    let apdu = octets.first().and_then(|tag| TagRow::of(*tag));
    let as_apdu = apdu.map(|row| (Found::Apdu(row.name), attempt_apdu(octets, 0)));
    let as_data = Some((Found::Data, attempt(octets, 0, read_data)));
    // What decodes to its end wins; else an APDU that is not built; else what got further.
    let rank = |(_, attempt): &(Found, Attempt)| match attempt.error {
        None => (2, 0),
        Some(DecodeError { problem: Problem::NotBuilt { .. }, .. }) => (1, 0),
        Some(_) => (0, attempt.end),
    };
    let best = [as_data, as_apdu].into_iter().flatten().max_by_key(rank);
    let is_whole = best.as_ref().is_some_and(|(_, attempt)| attempt.error.is_none());
    if !is_whole && hdlc::is_inside(octets) {
        return hdlc::explain(octets);
    }
    let (found, attempt) = best
        .filter(|(_, attempt)| !attempt.knows_nothing())
        .unwrap_or((Found::Nothing, Attempt { spans: Vec::new(), error: None, end: 0 }));
    let mut explanation = Explanation { found, spans: Vec::new(), error: None };
    explanation.take(attempt, octets, 0, 0);
    explanation
}

/// The LLC and an APDU that decodes to its end or is not built. Whatever else begins like this is
/// left to the gateway protocol, whose prefix has the same first octet.
fn explain_behind_llc(octets: &[u8]) -> Option<Explanation> {
    let (llc, apdu) = octets.split_first_chunk::<{ hdlc::LLC_LENGTH }>()?;
    let row = apdu.first().and_then(|tag| TagRow::of(*tag))?;
    if !matches!(llc, [0xe6, 0xe6 | 0xe7, 0x00]) || matches!(row.tag, 0xe6 | 0xe7) {
        return None;
    }
    let behind = attempt_apdu(apdu, hdlc::LLC_LENGTH);
    match behind.error {
        None | Some(DecodeError { problem: Problem::NotBuilt { .. }, .. }) => {}
        Some(_) => return None,
    }
    let value = String::from(hdlc::llc_name(llc));
    let span = Span { depth: 0, name: "llc", from: 0, to: hdlc::LLC_LENGTH, value };
    let mut explanation =
        Explanation { found: Found::Apdu(row.name), spans: Vec::from([span]), error: None };
    explanation.take(behind, apdu, hdlc::LLC_LENGTH, 0);
    Some(explanation)
}

fn explain_frames(octets: &[u8]) -> Explanation {
    let mut explanation = Explanation { found: Found::Wrapper, spans: Vec::new(), error: None };
    let mut at = 0_usize;
    while let Some(left) = octets.get(at..).filter(|left| !left.is_empty()) {
        let mut length = 0;
        let header = attempt_prefix(left, at, |r| {
            length = usize::from(Header::read(r)?.length);
            Ok(())
        });
        if header.error.is_some() {
            explanation.take(header, left, at, 0);
            return explanation;
        }
        let from = at.saturating_add(HEADER_LENGTH);
        let whole = left.get(HEADER_LENGTH..).unwrap_or_default();
        let payload = whole.get(..length).unwrap_or(whole);
        let to = from.saturating_add(payload.len());
        let value = String::new();
        explanation.spans.push(Span { depth: 0, name: "wrapper", from: at, to, value });
        explanation.take(header, &[], at, 1);
        if payload.len() < length {
            let problem = Problem::Truncated { wanted: length, left: payload.len() };
            let error = Reader::new(octets).error_at("apdu", from, problem);
            explanation.error.get_or_insert_with(|| error.in_context("wrapper"));
        }
        if !payload.is_empty() {
            explanation.take(attempt_apdu(payload, from), payload, from, 1);
        }
        at = to;
    }
    explanation
}

impl Explanation {
    /// The octets to show beside a field: its own, of a group those in front of its first field, and
    /// none where they must not be shown.
    #[must_use]
    pub fn octets_of<'a>(&self, index: usize, octets: &'a [u8]) -> Option<&'a [u8]> {
        let span = self.spans.get(index)?;
        if span.value.starts_with(HIDDEN) {
            return None;
        }
        let next = self.spans.get(index.saturating_add(1));
        let to = next.filter(|next| next.depth > span.depth).map_or(span.to, |next| next.from);
        octets.get(span.from..to).filter(|own| !own.is_empty())
    }

    /// Adds what an attempt at `octets`, which begin at `base`, has found, and the octets that it
    /// has not read.
    fn take(&mut self, attempt: Attempt, octets: &[u8], base: usize, depth: usize) {
        // A password may be among octets that were not understood.
        let is_hidden = octets.first().is_some_and(|tag| holds_secrets(*tag));
        self.take_hidden(attempt, base.saturating_add(octets.len()), depth, is_hidden);
    }

    /// The same up to `to`, where more is known about what may be shown.
    fn take_hidden(&mut self, attempt: Attempt, to: usize, depth: usize, is_hidden: bool) {
        let Attempt { spans, error, end } = attempt;
        self.spans.extend(spans.into_iter().map(|mut span| {
            span.depth = span.depth.saturating_add(depth);
            span
        }));
        self.error = self.error.or(error);
        if end < to {
            let value = String::from(if is_hidden { HIDDEN } else { "" });
            self.spans.push(Span { depth, name: NOT_DECODED, from: end, to, value });
        }
    }
}

/// The ranges as a tree, a line each, and why reading stopped.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Span { depth, name, from, to, value } in &self.spans {
            let range = format!("{from}..{to}");
            let indent = depth.saturating_mul(2);
            let colon = if value.is_empty() { "" } else { ": " };
            writeln!(f, "{range:<12}{:indent$}{name}{colon}{value}", "")?;
        }
        match self.error {
            Some(error) => writeln!(f, "stopped: {error}"),
            None => Ok(()),
        }
    }
}

/// What reading gave, with absolute positions.
struct Attempt {
    spans: Vec<Span>,
    error: Option<DecodeError>,
    /// Where it stopped.
    end: usize,
}

impl Attempt {
    /// Whether the very first octet means nothing.
    fn knows_nothing(&self) -> bool {
        matches!(
            self.error,
            Some(DecodeError {
                at: 0,
                problem: Problem::UnknownTag { .. } | Problem::Truncated { .. },
                ..
            })
        )
    }
}

fn attempt_apdu(octets: &[u8], base: usize) -> Attempt {
    attempt(octets, base, |r| Apdu::decode_from(r).map(drop))
}

fn read_data(r: &mut Reader<'_>) -> Result<()> {
    let mut walker = Walker::new();
    while walker.step(r)?.is_some() {}
    Ok(())
}

/// Reads octets that begin at `base`, all of them.
fn attempt(
    octets: &[u8],
    base: usize,
    read: impl FnOnce(&mut Reader<'_>) -> Result<()>,
) -> Attempt {
    attempt_prefix(octets, base, |r| {
        read(r)?;
        r.finish("end")
    })
}

/// Reads octets that begin at `base`, as far as `read` goes.
fn attempt_prefix(
    octets: &[u8],
    base: usize,
    read: impl FnOnce(&mut Reader<'_>) -> Result<()>,
) -> Attempt {
    let trace = Trace::based(base);
    let read = read(&mut Reader::traced(octets, &trace));
    let spans = trace.into_spans();
    let end = spans.iter().map(|span| span.to).max().unwrap_or(base);
    let error = read.err().map(|mut error| {
        error.at = error.at.saturating_add(base);
        error
    });
    Attempt { spans, error, end }
}
