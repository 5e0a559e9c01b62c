//! Whether what an entry expects is in what we found.

use std::fmt;

use serde_json::{Map, Value};

/// Something that is expected and was not found.
pub(super) enum Difference {
    /// We know the key and say something else.
    Value { key: String, expected: Value, found: Value },
    /// We do not know the key.
    Unknown { key: String },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { key, expected, found } => {
                write!(f, "{key}: {} is expected, {} found", short(expected), short(found))
            }
            Self::Unknown { key } => write!(f, "{key}"),
        }
    }
}

/// A number that has a name: either may be expected.
pub(super) fn named(number: u8, name: Option<&str>) -> Value {
    serde_json::json!({ NUMBER: number, NAME: name })
}

/// A text of ours: any may be expected, in the words of whoever wrote it.
pub(super) fn any_text(text: &str) -> Value {
    serde_json::json!({ TEXT: text })
}

/// No key of the corpus contains a blank.
const TEXT: &str = "any text";
const NUMBER: &str = "named number";
const NAME: &str = "its name";

/// The keys that an entry asserts: not what its sources claim, and not what may be ignored.
pub(super) fn asserted(expect: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let ignored = |key: &str| key == "info_len" || key.starts_with("source_");
    expect.keys().map(String::as_str).filter(move |key| !ignored(key))
}

/// All differences, in the order of the entry.
pub(super) fn differences(
    expect: &Map<String, Value>,
    found: &Map<String, Value>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    objects("", expect, found, &mut differences);
    differences
}

fn objects(
    path: &str,
    expect: &Map<String, Value>,
    found: &Map<String, Value>,
    differences: &mut Vec<Difference>,
) {
    for key in asserted(expect) {
        let place = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match (&expect[key], found.get(key)) {
            (_, None) => differences.push(Difference::Unknown { key: place }),
            (expected, Some(found)) => values(&place, expected, found, differences),
        }
    }
}

fn values(path: &str, expected: &Value, found: &Value, differences: &mut Vec<Difference>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            objects(path, expected, found, differences);
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (place, (expected, found)) in expected.iter().zip(found).enumerate() {
                values(&format!("{path}.{place}"), expected, found, differences);
            }
        }
        _ if same(expected, found) => {}
        _ => differences.push(Difference::Value {
            key: path.to_owned(),
            expected: expected.clone(),
            found: found.clone(),
        }),
    }
}

fn same(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Number(_), Value::Object(found)) => found.get(NUMBER) == Some(expected),
        (Value::String(_), Value::Object(found)) => {
            found.contains_key(TEXT) || found.get(NAME) == Some(expected)
        }
        // A float of 32 bits is written with more digits than it has where it was widened.
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            let (one, other) = (one.as_f64(), other.as_f64());
            one == other || one.map(narrow) == other.map(narrow)
        }
        _ => expected == found,
    }
}

/// The nearest float of 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "that is what is wanted")]
const fn narrow(number: f64) -> f32 {
    number as f32
}

/// A value as it fits into a line.
fn short(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compare(expected: &Value, found: &Value) -> Vec<String> {
        let (Value::Object(expected), Value::Object(found)) = (expected, found) else {
            panic!("both are objects");
        };
        differences(expected, found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_key_that_we_do_not_know_is_never_passed_over() {
        let found = json!({ "apdu": "aarq", "invoke": { "hex": "c1" } });
        let expected = json!({ "apdu": "aarq", "invoke": { "hex": "c1", "colour": "red" } });
        assert_eq!(compare(&expected, &found), ["invoke.colour"]);
        assert_eq!(compare(&json!({ "gbt": null }), &found), ["gbt"]);
    }

    #[test]
    fn a_key_that_we_know_must_have_the_value() {
        let found = json!({ "result": { "data": ["unsigned", 1] }, "list": [1, 2] });
        assert!(compare(&found, &found).is_empty());
        let expected = json!({ "result": { "data": ["unsigned", 2] } });
        assert_eq!(compare(&expected, &found), ["result.data.1: 2 is expected, 1 found"]);
        let expected = json!({ "list": [1] });
        assert_eq!(compare(&expected, &found), ["list: [1] is expected, [1,2] found"]);
    }

    #[test]
    fn claims_of_the_sources_are_not_asserted() {
        let expected =
            json!({ "source_asserts": { "x": 1 }, "info_len": 3, "frame": { "info_len": 2 } });
        assert!(compare(&expected, &json!({ "frame": {} })).is_empty());
    }

    #[test]
    fn a_named_number_is_known_by_both() {
        let found = json!({ "result": named(3, Some("read-write-denied")) });
        for expected in [json!({ "result": 3 }), json!({ "result": "read-write-denied" })] {
            assert!(compare(&expected, &found).is_empty());
        }
        assert_eq!(compare(&json!({ "result": 4 }), &found).len(), 1);
    }

    #[test]
    fn of_an_error_any_text_may_be_expected_but_it_must_be_there() {
        let expected = json!({ "apdu_error": "BER length 40 != 41" });
        assert!(compare(&expected, &json!({ "apdu_error": any_text("ours") })).is_empty());
        assert_eq!(compare(&expected, &json!({ "apdu_error": null })).len(), 1);
        assert_eq!(compare(&json!({ "e": 1 }), &json!({ "e": any_text("ours") })).len(), 1);
    }

    #[test]
    fn a_float_may_be_written_as_wide_as_it_was_read() {
        let found = json!({ "value": 0.1 });
        assert!(compare(&json!({ "value": 0.100_000_001_490_116_12 }), &found).is_empty());
        assert_eq!(compare(&json!({ "value": 0.2 }), &found).len(), 1);
    }
}
