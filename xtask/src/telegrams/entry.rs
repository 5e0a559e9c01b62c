//! One entry of the corpus: octets, and what must come of them.

use anyhow::{Context as _, Result};
use cosem::bytes::{DecodeError, Problem, from_hex};
use serde_json::{Map, Value};

use super::{
    compare::{self, Difference},
    decoded,
};

/// An entry as the corpus writes it, as far as a decoder of today can use it.
pub(super) struct Entry {
    pub(super) id: String,
    meter: Option<String>,
    octets: Vec<u8>,
    expect: Map<String, Value>,
    valid: bool,
}

/// What came of an entry.
pub(super) enum Judgement {
    Pass,
    Fail(String),
    /// A key that a later issue will understand.
    NotYet(String),
}

/// What our decoders make of the octets.
pub(super) enum Reading {
    /// What was found, in the words of the corpus.
    Found(Map<String, Value>),
    /// It is wrong.
    Refused(DecodeError),
    /// It is of a layer that is not built yet.
    NotBuilt(String),
}

impl Entry {
    pub(super) fn parse(line: &[u8]) -> Result<Self> {
        let line = std::str::from_utf8(line).context("the line is not UTF-8")?;
        let mut entry: Map<String, Value> =
            serde_json::from_str(line).context("the line is no JSON object")?;
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let octets = match (text("hex"), text("text")) {
            (Some(hex), _) => from_hex(hex).context("`hex` is not hexadecimal")?,
            (None, Some(text)) => latin1(text)?,
            (None, None) => anyhow::bail!("the entry has neither `hex` nor `text`"),
        };
        let (id, meter) = (text("id").context("the entry has no `id`")?, text("meter"));
        let (id, meter) = (id.to_owned(), meter.map(str::to_owned));
        let valid = entry.get("valid").and_then(Value::as_bool);
        let valid = valid.context("the entry does not say whether it is `valid`")?;
        let Some(Value::Object(expect)) = entry.remove("expect") else {
            anyhow::bail!("the entry expects nothing");
        };
        Ok(Self { id, meter, octets, expect, valid })
    }

    /// The first word of the meter.
    pub(super) fn maker(&self) -> Option<String> {
        self.meter.as_ref()?.split_whitespace().next().map(str::to_owned)
    }

    pub(super) fn judge(&self, family: &str) -> Judgement {
        let reading = decoded::read(family, self.kind(), &self.octets);
        if self.valid { self.judge_valid(reading) } else { self.judge_invalid(reading) }
    }

    /// What the octets are, where they are no APDU of their own.
    fn kind(&self) -> Option<&str> {
        let said = self.expect.get("kind").and_then(Value::as_str);
        // An entry that must be refused asserts nothing; its name says what it is.
        said.or_else(|| {
            let named = |prefix: &str| self.id.starts_with(prefix);
            match () {
                () if named("data-notification") => None,
                () if named("data-") => Some("data"),
                () if named("datetime-") => Some("date-time"),
                () => None,
            }
        })
    }

    fn judge_valid(&self, reading: Reading) -> Judgement {
        let found = match reading {
            Reading::Found(found) => found,
            Reading::Refused(error) => return Judgement::Fail(format!("refused: {error}")),
            Reading::NotBuilt(what) => {
                let key = compare::asserted(&self.expect).next().unwrap_or("expect");
                return Judgement::NotYet(format!("{key} ({what})"));
            }
        };
        let differences = compare::differences(&self.expect, &found);
        // What is wrong weighs more than what is not understood.
        let wrong = differences.iter().find_map(|difference| match difference {
            Difference::Value { .. } => Some(Judgement::Fail(difference.to_string())),
            Difference::Unknown { .. } => None,
        });
        let unknown = || differences.first().map(|key| Judgement::NotYet(key.to_string()));
        wrong.or_else(unknown).unwrap_or(Judgement::Pass)
    }

    fn judge_invalid(&self, reading: Reading) -> Judgement {
        match reading {
            Reading::Found(_) => Judgement::Fail("accepted, and must be refused".to_owned()),
            // A refusal for want of a decoder proves nothing.
            Reading::NotBuilt(what) => Judgement::NotYet(format!("refusal ({what})")),
            Reading::Refused(_) if self.expect.contains_key("tolerant") => {
                Judgement::NotYet("tolerant (no quirk is built)".to_owned())
            }
            Reading::Refused(_) => Judgement::Pass,
        }
    }
}

impl From<DecodeError> for Reading {
    fn from(error: DecodeError) -> Self {
        match error.problem {
            Problem::NotBuilt { name, .. } => Self::NotBuilt(format!("{name} is not built yet")),
            _ => Self::Refused(error),
        }
    }
}

/// One character an octet.
fn latin1(text: &str) -> Result<Vec<u8>> {
    let octets = text.chars().map(|character| u8::try_from(u32::from(character)));
    octets.collect::<Result<_, _>>().context("`text` holds a character that is no octet")
}
