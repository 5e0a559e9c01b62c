//! Values that real meters have sent, against decodes that are not ours.

use std::fs;
use std::path::{Path, PathBuf};

use cosem::bytes::from_hex;
use cosem::{ClockStatus, Data, DateTime, Encoded, Flat, Tag, TypedPairs};
use serde_json::Value;

#[test]
fn every_value_of_the_telegrams_is_found_in_their_octets() {
    let Some(families) = families() else { return };
    let mut found = Found::default();
    for path in families {
        for entry in entries(&path) {
            if entry["valid"] == false {
                continue;
            }
            let octets = entry["hex"].as_str().map(|text| from_hex(text).expect("hex"));
            let name = entry["id"].as_str().unwrap_or_default();
            look(name, &entry["expect"], octets.as_deref().unwrap_or_default(), &mut found);
        }
    }
    println!("{} values, {} date-times", found.values, found.times);
    assert!(found.missing.is_empty(), "not decoded:\n{}", found.missing.join("\n"));
    assert!(found.values > 120 && found.times > 100, "{} {}", found.values, found.times);
}

#[test]
fn the_values_that_stand_alone_are_decoded_whole() {
    let Some(families) = families() else { return };
    let mut seen = 0;
    for entry in families.iter().flat_map(|path| entries(path)) {
        let expect = &entry["expect"];
        if expect["kind"] == "data" {
            let octets = from_hex(entry["hex"].as_str().expect("hex")).expect("hex");
            let encoded = Encoded::try_from(octets.clone()).expect("one value");
            assert_eq!(pairs(&encoded.to_data()), expect["body"], "{}", entry["id"]);
            assert_eq!(pairs(&encoded.to_flat().root().to_data()), expect["body"]);
            seen += 1;
        } else if expect["kind"] == "date-time" {
            let octets = from_hex(entry["hex"].as_str().expect("hex")).expect("hex");
            let time = DateTime(octets.try_into().expect("twelve octets"));
            assert_eq!(difference(time, &expect["date_time"]), None, "{}", entry["id"]);
            let iso = expect["iso"].as_str().expect("iso");
            let printed = time.to_string().replace(' ', "T");
            assert_eq!(printed.replace(".00", ""), iso, "{}", entry["id"]);
            seen += 1;
        }
    }
    assert!(seen >= 9, "{seen}");
}

#[derive(Default)]
struct Found {
    values: usize,
    times: usize,
    missing: Vec<String>,
}

/// Looks at everything that is expected; the octets are those of the nearest layer that has any.
fn look(entry: &str, expect: &Value, octets: &[u8], found: &mut Found) {
    if is_pair(expect) {
        found.values += 1;
        if !holds(octets, expect) {
            found.missing.push(format!(
                "{entry}: {}",
                expect.to_string().split_at(60.min(expect.to_string().len())).0
            ));
        }
        return;
    }
    match expect {
        Value::Array(list) => {
            for item in list {
                look(entry, item, octets, found);
            }
        }
        Value::Object(fields) => {
            if let Some(difference) = date_time(expect) {
                found.times += 1;
                found.missing.extend(difference.map(|what| format!("{entry}: {what}")));
            }
            let layer =
                |name: &str| fields.get(name)?.as_str().and_then(|text| from_hex(text).ok());
            let apdu = layer("apdu_hex");
            let plain = layer("plaintext_hex");
            for (name, item) in fields {
                // Claims of the source are compared with its decode in the corpus itself.
                if name.starts_with("source_") {
                    continue;
                }
                let inner = match name.as_str() {
                    "plaintext" => plain.as_ref(),
                    _ => apdu.as_ref(),
                };
                look(entry, item, inner.map_or(octets, Vec::as_slice), found);
            }
        }
        _ => {}
    }
}

fn is_pair(value: &Value) -> bool {
    let Some([Value::String(name), contents]) = value.as_array().map(Vec::as_slice) else {
        return false;
    };
    let named = Tag::ALL.iter().any(|tag| tag.name() == Some(name));
    named && (name != "array" && name != "structure" || contents.is_array())
}

/// Whether the octets hold a value that prints as the typed pair.
fn holds(octets: &[u8], pair: &Value) -> bool {
    (0..octets.len()).any(|at| {
        let tag = Tag(octets[at]);
        let name = tag.name();
        if name.is_none() || name != pair[0].as_str() {
            return false;
        }
        let mut r = cosem::bytes::Reader::new(&octets[at..]);
        Data::decode(&mut r).is_ok_and(|data| {
            let value = octets[at..at + r.at()].to_vec();
            pairs(&data) == *pair
                && Flat::decode(value).is_ok_and(|flat| flat.root().to_data() == data)
        })
    })
}

fn pairs(data: &Data) -> Value {
    serde_json::from_str(&TypedPairs(data).to_string()).expect("typed pairs are JSON")
}

/// For an object that describes a date-time: what is different, if anything.
fn date_time(expect: &Value) -> Option<Option<String>> {
    let octets = from_hex(expect["hex"].as_str()?).ok()?;
    expect.get("clock_status")?;
    Some(difference(DateTime(octets.try_into().ok()?), expect))
}

fn difference(time: DateTime, expect: &Value) -> Option<String> {
    let local = time.civil().map(|civil| {
        let (date, time) = (
            format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day),
            format!("{:02}:{:02}:{:02}", civil.hour, civil.minute, civil.second),
        );
        format!("{date}T{time}")
    });
    let status = Some(time.status()).filter(|status| *status != ClockStatus::UNSPECIFIED);
    let number = |value: Option<i64>| value.map_or(Value::Null, Value::from);
    let ours = [
        ("local", local.map_or(Value::Null, Value::from)),
        ("hundredths", number(time.time().hundredths().map(i64::from))),
        ("day_of_week", number(time.date().weekday().map(i64::from))),
        ("deviation_min", number(time.deviation().map(i64::from))),
        ("clock_status", number(status.map(|status| status.0.into()))),
    ];
    let wrong = ours.iter().find(|(name, value)| expect.get(name).is_some_and(|v| v != value));
    wrong.map(|(name, value)| format!("{time:?}: {name} is {value}, expected {}", expect[name]))
}

/// The files of the corpus, when it is at hand.
fn families() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/telegrams");
    let Ok(files) = fs::read_dir(&folder) else {
        println!("skipped: {} is absent", folder.display());
        return None;
    };
    let paths = files.flatten().map(|file| file.path());
    Some(paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect())
}

fn entries(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the corpus can be read");
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}
