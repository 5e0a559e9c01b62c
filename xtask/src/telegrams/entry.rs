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

/// Where a reading names an APDU in it that is not built; no key of the corpus contains a blank.
pub(super) const NOT_BUILT: &str = "not built";

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
        first_word(self.meter.as_ref()?)
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
                () if self.expect.contains_key("stream") => Some("stream"),
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
        let unknown = || {
            let key = differences.first()?;
            Some(Judgement::NotYet(match found.get(NOT_BUILT).and_then(Value::as_str) {
                Some(name) => format!("{key} ({name} is not built yet)"),
                None => key.to_string(),
            }))
        };
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

fn first_word(meter: &str) -> Option<String> {
    meter.split_whitespace().next().map(str::to_owned)
}

/// The maker of a line that is no entry, as far as its `meter` can be read: also of one that is cut.
pub(super) fn maker_of(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    if let Ok(Value::Object(object)) = serde_json::from_str(&line) {
        return first_word(object.get("meter")?.as_str()?);
    }
    let (_, behind) = line.split_once("\"meter\"")?;
    let value = behind.trim_start().strip_prefix(':')?;
    let meter = serde_json::Deserializer::from_str(value).into_iter::<String>().next()?;
    first_word(&meter.ok()?)
}

/// One character an octet.
fn latin1(text: &str) -> Result<Vec<u8>> {
    let octets = text.chars().map(|character| u8::try_from(u32::from(character)));
    octets.collect::<Result<_, _>>().context("`text` holds a character that is no octet")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(family: &str, entry: &str) -> (&'static str, String) {
        match Entry::parse(entry.as_bytes()).expect("an entry").judge(family) {
            Judgement::Pass => ("pass", String::new()),
            Judgement::Fail(why) => ("fail", why),
            Judgement::NotYet(why) => ("not yet", why),
        }
    }

    #[test]
    fn every_key_counts() {
        let entry = |expect: &str| {
            judged(
                "apdu",
                &format!(
                    r#"{{"id":"x","meter":null,"hex":"6203800100","valid":true,"expect":{expect}}}"#
                ),
            )
        };
        assert_eq!(entry(r#"{"apdu":"rlrq","reason":0,"source_asserts":{"reason":9}}"#).0, "pass");
        assert_eq!(entry(r#"{"apdu":"rlrq","reason":1}"#).0, "fail");
        assert_eq!(
            entry(r#"{"apdu":"rlrq","reason":0,"colour":"red"}"#),
            ("not yet", "colour".into())
        );
        // What is wrong weighs more than what is not understood.
        assert_eq!(entry(r#"{"apdu":"rlre","colour":"red"}"#).0, "fail");
    }

    #[test]
    fn what_must_be_refused_is_refused_by_the_right_decoder_or_not_yet() {
        let entry = |id: &str, hex: &str, expect: &str| {
            judged(
                "apdu",
                &format!(
                    r#"{{"id":"{id}","meter":null,"hex":"{hex}","valid":false,"expect":{expect}}}"#
                ),
            )
            .0
        };
        assert_eq!(entry("get-request-choice-4", "c004c100000001", "{}"), "pass");
        assert_eq!(entry("rlrq", "6203800100", "{}"), "fail");
        assert_eq!(entry("push", "0f00", "{}"), "pass");
        assert_eq!(entry("ciphered", "dd00", "{}"), "not yet");
        assert_eq!(entry("data-short", "0901", "{}"), "pass");
        assert_eq!(entry("data-good", "090100", "{}"), "fail");
        assert_eq!(
            entry("odd", "c004c100000001", r#"{"tolerant":{"apdu":"get-request"}}"#),
            "not yet"
        );
    }

    #[test]
    fn layers_that_are_not_built_name_the_first_key() {
        let entry =
            r#"{"id":"x","meter":"Kaifa MA","hex":"7ea0","valid":true,"expect":{"frame":{}}}"#;
        let (result, why) = judged("push_hdlc", entry);
        assert!(result == "not yet" && why.starts_with("frame ("), "{why}");
        assert_eq!(
            Entry::parse(entry.as_bytes()).expect("an entry").maker().as_deref(),
            Some("Kaifa")
        );
    }

    #[test]
    fn the_maker_of_a_broken_line_is_told_where_it_can_be_read() {
        let maker = |line: &str| maker_of(line.as_bytes());
        assert_eq!(maker(r#"{"meter":"Kaifa MA","hex":"0"}"#).as_deref(), Some("Kaifa"));
        assert_eq!(
            maker(r#"{"id":"x", "meter" : "Kaifa MA", "hex": "7e"#).as_deref(),
            Some("Kaifa")
        );
        for line in
            ["", "not JSON", "[]", r#"{"meter":null}"#, r#"{"meter":7, "#, r#"{"meter":"Ka"#]
        {
            assert_eq!(maker(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_that_does_not_parse_is_an_error() {
        for line in ["", "[]", r#"{"id":"x"}"#, r#"{"id":"x","hex":"0","valid":true,"expect":{}}"#]
        {
            assert!(Entry::parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
