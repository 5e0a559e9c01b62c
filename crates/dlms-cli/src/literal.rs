//! Values as they are written on the command line.
//!
//! ```text
//! 5   -3   true   "text"        typed by the class, or by what the attribute holds now
//! u32:5   i8:-3   enum:1   octets:00ff   text:"…"   obis:1-0:1.8.0   time:2026-01-15T12:00+01:00
//! [u8:1, u8:2]                  array
//! {i8:-1, enum:30}              structure
//! ```

mod scalar;

use cosem::schema::Schema;
use cosem::{Data, Tag};

use scalar::{is_number, kind_of, number, time, typed};

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LiteralError {
    /// It is no value.
    Wrong(String),
    /// It is one, of a type that is not known: `u32:5` would say it.
    NeedsType(String),
}

/// What is known of the type that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// What the class declares.
    Schema(&'a Schema),
    /// What the attribute holds now.
    Like(&'a Data),
}

impl<'a> Wanted<'a> {
    fn tag(self) -> Option<Tag> {
        match self {
            Self::Schema(schema) => schema.tag(),
            Self::Like(data) => Some(data.tag()),
        }
    }

    /// The type of an element.
    fn element(self, index: usize) -> Option<Self> {
        match self {
            Self::Schema(Schema::Array(element)) => Some(Self::Schema(element)),
            Self::Schema(Schema::Structure(structure)) => {
                structure.members.get(index).map(|member| Self::Schema(&member.schema))
            }
            Self::Schema(_) => None,
            // The elements of an array are alike.
            Self::Like(data @ Data::Array(_)) => data.elements().first().map(Self::Like),
            Self::Like(data) => data.elements().get(index).map(Self::Like),
        }
    }
}

/// Reads a value.
pub(crate) fn parse(text: &str, wanted: Option<Wanted<'_>>) -> Result<Data, LiteralError> {
    let mut parser = Parser { text, at: 0 };
    parser.blanks();
    let data = match parser.peek() {
        Some('[' | '{' | '"') => parser.value(wanted, 0)?,
        // Alone it needs no quotes.
        _ => return scalar(text.trim(), wanted),
    };
    parser.blanks();
    if let Some(surplus) = parser.peek() {
        return Err(parser.wrong(&format!("{surplus:?} follows the value")));
    }
    Ok(data)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn step(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn wrong(&self, what: &str) -> LiteralError {
        LiteralError::Wrong(format!("{what} at position {}", self.at))
    }

    fn value(&mut self, wanted: Option<Wanted<'_>>, depth: usize) -> Result<Data, LiteralError> {
        if depth > cosem::DEFAULT_DEPTH {
            return Err(self.wrong("nested too deep"));
        }
        self.blanks();
        match self.peek() {
            Some('[') => self.list(']', wanted, depth).map(Data::Array),
            Some('{') => self.list('}', wanted, depth).map(Data::Structure),
            Some('"') => {
                let text = self.quoted()?;
                quoted_value(&text, wanted)
            }
            _ => self.word(wanted),
        }
    }

    fn list(
        &mut self,
        end: char,
        wanted: Option<Wanted<'_>>,
        depth: usize,
    ) -> Result<Vec<Data>, LiteralError> {
        self.step();
        let mut elements = Vec::new();
        loop {
            self.blanks();
            if self.peek() == Some(end) {
                self.step();
                return Ok(elements);
            }
            if !elements.is_empty() {
                if self.peek() != Some(',') {
                    return Err(self.wrong(&format!("',' or '{end}' wanted")));
                }
                self.step();
            }
            let wanted = wanted.and_then(|wanted| wanted.element(elements.len()));
            elements.push(self.value(wanted, depth + 1)?);
        }
    }

    /// `"…"`; `\"` and `\\` stand for themselves.
    fn quoted(&mut self) -> Result<String, LiteralError> {
        self.step();
        let mut out = String::new();
        loop {
            let found = self.peek();
            self.step();
            match found {
                Some('"') => return Ok(out),
                Some('\\') => {
                    out.extend(self.peek());
                    self.step();
                }
                Some(character) => out.push(character),
                None => return Err(self.wrong("the text has no end: '\"' wanted")),
            }
        }
    }

    /// A scalar inside a list; its text may be quoted.
    fn word(&mut self, wanted: Option<Wanted<'_>>) -> Result<Data, LiteralError> {
        let rest = self.rest();
        let end = rest.find([',', ']', '}', '"']).unwrap_or(rest.len());
        let (word, _) = rest.split_at(end);
        self.at += end;
        match word.trim().strip_suffix(':') {
            Some(kind) if self.peek() == Some('"') => {
                let text = self.quoted()?;
                typed(kind, &text)
            }
            _ if word.trim().is_empty() => Err(self.wrong("a value is missing")),
            _ => scalar(word.trim(), wanted),
        }
    }
}

fn scalar(text: &str, wanted: Option<Wanted<'_>>) -> Result<Data, LiteralError> {
    if let Some((kind, rest)) = text.split_once(':')
        && kind_of(kind).is_some()
    {
        let rest = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(rest);
        return typed(kind, rest);
    }
    match text {
        "null" => return Ok(Data::Null),
        "true" => return Ok(Data::Boolean(true)),
        "false" => return Ok(Data::Boolean(false)),
        "" => return Err(LiteralError::Wrong(String::from("there is no value"))),
        _ => {}
    }
    let Some(wanted) = wanted else { return Err(needs_type(text)) };
    match wanted {
        Wanted::Schema(Schema::DateTime) => return time(text),
        Wanted::Schema(Schema::Sized { tag: Tag::OCTET_STRING, min: 6, max: 6 }) => {
            return typed("obis", text);
        }
        Wanted::Schema(Schema::Enumeration(enumeration)) => {
            let label = enumeration.labels.iter().find(|label| label.name == text);
            if let Some(label) = label {
                return number(&label.value.to_string(), enumeration.carrier);
            }
        }
        _ => {}
    }
    match wanted.tag() {
        Some(tag) if is_number(tag) => number(text, tag),
        Some(Tag::FLOAT32) => typed("f32", text),
        Some(Tag::FLOAT64) => typed("f64", text),
        _ => Err(needs_type(text)),
    }
}

fn needs_type(text: &str) -> LiteralError {
    let text = crate::text::quoted(text);
    LiteralError::NeedsType(format!("{text} does not say its type; write it, as in {EXAMPLES}"))
}

fn quoted_value(text: &str, wanted: Option<Wanted<'_>>) -> Result<Data, LiteralError> {
    match wanted.and_then(Wanted::tag) {
        Some(Tag::OCTET_STRING) => Ok(Data::OctetString(text.into())),
        Some(Tag::UTF8_STRING) => Ok(Data::Utf8String(text.into())),
        Some(Tag::VISIBLE_STRING) => typed("text", text),
        _ => Err(LiteralError::NeedsType(format!(
            "a text may be an octet-string, a visible-string or a utf8-string: write {EXAMPLES}"
        ))),
    }
}

const EXAMPLES: &str = "u32:5, octets:00ff or text:\"…\"";

#[cfg(test)]
mod tests {
    use cosem::TypedPairs;
    use cosem::class;

    use super::*;

    fn read(text: &str) -> String {
        match parse(text, None) {
            Ok(data) => TypedPairs(&data).to_string(),
            Err(LiteralError::Wrong(why)) => why,
            Err(LiteralError::NeedsType(why)) => format!("type? {why}"),
        }
    }

    #[test]
    fn a_value_says_its_type() {
        assert_eq!(read("u32:5"), r#"["double-long-unsigned",5]"#);
        assert_eq!(read("double-long-unsigned:0x10"), r#"["double-long-unsigned",16]"#);
        assert_eq!(read("i8:-3"), r#"["integer",-3]"#);
        assert_eq!(read("octets:00ff"), r#"["octet-string","00ff"]"#);
        assert_eq!(read("text:\"a b\""), r#"["visible-string","a b"]"#);
        assert_eq!(read("obis:1-0:1.8.0"), r#"["octet-string","0100010800ff"]"#);
        assert_eq!(read("bits:101"), r#"["bit-string","101"]"#);
        assert_eq!(read("null"), r#"["null-data",null]"#);
        assert_eq!(
            read("time:2025-06-15T12:30+02:00"),
            r#"["octet-string","07e9060f070c1e0000ff88ff"]"#
        );
    }

    #[test]
    fn arrays_and_structures_nest() {
        assert_eq!(
            read("[{u16:8, obis:0-0:1.0.0, i8:2}, {}]"),
            r#"["array",[["structure",[["long-unsigned",8],["octet-string","0000010000ff"],["integer",2]]],["structure",[]]]]"#
        );
        assert_eq!(read("[text:\"a,]\\\"b\"]"), r#"["array",[["visible-string","a,]\"b"]]]"#);
        assert!(read("[u8:1 u8:2]").contains("no whole number"));
        assert!(read("[u8:1").contains("',' or ']' wanted at position 5"));
        assert!(read("{u8:1} x").contains("'x' follows the value at position 7"));
        assert!(read(&"[".repeat(10_000)).contains("nested too deep"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(read("u8:256").contains("256 does not fit unsigned"));
        assert!(read("u8:-1").contains("does not fit"));
        assert!(read("u8:+1").contains("no whole number"));
        assert!(read("octets:0f1").contains("position 2"));
        assert!(read("text:ä").contains("ASCII"));
        assert!(read("5").starts_with("type?"));
        assert!(read("\"5\"").starts_with("type?"));
    }

    #[test]
    fn a_class_or_the_value_of_now_gives_the_type() {
        let zone = &class::newest(8).unwrap().attribute(3).unwrap().schema;
        assert_eq!(parse("-60", Some(Wanted::Schema(zone))), Ok(Data::Long(-60)));
        let base = &class::newest(8).unwrap().attribute(9).unwrap().schema;
        assert_eq!(parse("1", Some(Wanted::Schema(base))), Ok(Data::Enum(1)));
        let like = Data::Structure(vec![Data::Integer(0), Data::from("x")]);
        assert_eq!(
            parse("{-1, \"y\"}", Some(Wanted::Like(&like))),
            Ok(Data::Structure(vec![Data::Integer(-1), Data::from("y")]))
        );
    }
}
