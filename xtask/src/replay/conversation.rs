//! A recorded conversation, line by line.

use anyhow::{Context as _, Result, ensure};
use cosem::bytes::from_hex;
use serde_json::{Map, Value};

/// What the first line says.
pub(super) struct Facts {
    pub(super) id: String,
    pub(super) link: Link,
    /// Whether objects are referred to by short names.
    pub(super) short_names: bool,
    /// How much of it can be held again; the words as they stand.
    pub(super) replay: String,
    /// Whether the recording begins and ends with the conversation.
    pub(super) complete: bool,
    /// Client and server, where the link does not show them.
    pub(super) addresses: (u16, u16),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Wrapper,
    /// Each frame is an APDU without a link.
    Apdu,
    Hdlc,
    /// One that nobody knows.
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// Sent by the client.
    Tx,
    Rx,
}

/// A line behind the first.
pub(super) enum Line {
    Frame(Recorded),
    /// Something is missing here.
    Gap,
    /// What is no frame and should be one: the number of its line, and why.
    Empty(usize, &'static str),
}

/// A frame as it was recorded.
pub(super) struct Recorded {
    /// The number of its line.
    pub(super) number: usize,
    pub(super) direction: Direction,
    pub(super) octets: Vec<u8>,
    /// The reason why it must be refused.
    pub(super) bad: Option<String>,
    /// The APDU in clear.
    pub(super) plain: Option<Vec<u8>>,
}

pub(super) struct Conversation {
    pub(super) facts: Facts,
    pub(super) lines: Vec<Line>,
}

impl Conversation {
    pub(super) fn parse(name: &str, text: &str) -> Result<Self> {
        let mut objects = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let object: Map<String, Value> = serde_json::from_str(line)
                .with_context(|| format!("line {number} is no JSON object"))?;
            objects.push((number, object));
        }
        let mut objects = objects.into_iter();
        let (_, first) = objects.next().context("the file is empty")?;
        ensure!(!first.contains_key("hex"), "the first line holds a frame and no facts");
        let mut lines = Vec::new();
        for (number, object) in objects {
            lines.push(Line::parse(number, &object)?);
        }
        let facts = Facts::parse(name, &first, &lines);
        Ok(Self { facts, lines })
    }

    /// How many frames were recorded, with those that hold nothing.
    pub(super) fn frames(&self) -> usize {
        self.lines.iter().filter(|line| !matches!(line, Line::Gap)).count()
    }
}

impl Facts {
    fn parse(name: &str, facts: &Map<String, Value>, lines: &[Line]) -> Self {
        let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default();
        let address = |key: &str, default: u16| {
            let found = facts.get("addr").and_then(|addresses| addresses.get(key));
            found.and_then(number).unwrap_or(default)
        };
        let id = text("id");
        Self {
            id: if id.is_empty() { name.to_owned() } else { id.to_owned() },
            link: Link::parse(text("link"), lines),
            short_names: word(text("referencing")).eq_ignore_ascii_case("sn"),
            replay: text("replay").to_owned(),
            complete: facts.get("complete").is_some_and(is_true),
            addresses: (address("client", 16), address("server", 1)),
        }
    }
}

/// A number, or text that begins with one.
fn number(value: &Value) -> Option<u16> {
    let number = match value {
        Value::String(text) => match word(text).strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => word(text).parse().ok(),
        },
        other => other.as_u64(),
    };
    number.and_then(|number| u16::try_from(number).ok())
}

/// `true`, or text that begins with yes.
fn is_true(value: &Value) -> bool {
    value
        .as_bool()
        .unwrap_or_else(|| value.as_str().is_some_and(|text| matches!(word(text), "true" | "yes")))
}

/// The first word: values may go on after it, as in `LN (context 3)`.
pub(super) fn word(text: &str) -> &str {
    text.split(|sign: char| sign.is_whitespace() || ":,;(".contains(sign)).next().unwrap_or("")
}

impl Link {
    fn parse(text: &str, lines: &[Line]) -> Self {
        match word(text).to_ascii_lowercase().as_str() {
            "wrapper" => Self::Wrapper,
            "apdu" => Self::Apdu,
            "hdlc" => Self::Hdlc,
            "" => Self::guessed(lines),
            other => Self::Other(other.to_owned()),
        }
    }

    /// By the first octets, where the facts do not say.
    fn guessed(lines: &[Line]) -> Self {
        let first = lines.iter().find_map(|line| match line {
            Line::Frame(frame) if frame.bad.is_none() => Some(frame.octets.as_slice()),
            _ => None,
        });
        match first {
            Some([0x7e, ..]) => Self::Hdlc,
            Some([0x00, 0x01, ..]) => Self::Wrapper,
            _ => Self::Apdu,
        }
    }
}

impl Line {
    fn parse(number: usize, object: &Map<String, Value>) -> Result<Self> {
        let held = |key: &str| object.get(key).filter(|value| !value.is_null());
        let Some(hex) = held("hex") else {
            return Ok(match held("gap") {
                Some(_) => Self::Gap,
                None => Self::Empty(number, "it holds neither `hex` nor `gap`"),
            });
        };
        let octets = |value: &Value, key: &str| {
            let text = value.as_str().with_context(|| format!("line {number}: `{key}` is no text"));
            text.and_then(|text| {
                from_hex(text).with_context(|| format!("line {number}: `{key}` is not hexadecimal"))
            })
        };
        let direction = object.get("dir").and_then(Value::as_str).unwrap_or_default();
        let direction = match word(direction).to_ascii_lowercase().as_str() {
            "tx" => Direction::Tx,
            "rx" => Direction::Rx,
            other => anyhow::bail!("line {number}: the direction `{other}` is neither tx nor rx"),
        };
        let plain = object.get("plain").filter(|plain| !plain.is_null());
        let recorded = Recorded {
            number,
            direction,
            octets: octets(hex, "hex")?,
            bad: object.get("checked").and_then(bad),
            plain: plain.map(|plain| octets(plain, "plain")).transpose()?,
        };
        // One that must be refused may be empty: nothing is no APDU.
        Ok(match recorded.bad {
            None if recorded.octets.is_empty() => Self::Empty(number, "its `hex` is empty"),
            _ => Self::Frame(recorded),
        })
    }
}

/// The text that begins with BAD; `checked` is a text or a list of them.
fn bad(checked: &Value) -> Option<String> {
    match checked {
        Value::String(text) => text.starts_with("BAD").then(|| text.clone()),
        Value::Array(list) => list.iter().find_map(bad),
        _ => None,
    }
}
