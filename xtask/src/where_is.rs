//! `cargo xtask where`: from a tag, a name or a field to the file and line of its layout, and where that comes from.

use std::{fs, process::ExitCode};

use anyhow::{Context, Result, bail};
use cosem::Tag;
use dlms::apdu::{CipheredService, TAGS};

use crate::process::{files, root};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask where c4\n  cargo xtask where get-response\n  \
                        cargo xtask where date-time\n  cargo xtask where wrapper")]
pub(crate) struct Arguments {
    /// A tag in hexadecimal, or the name of an APDU, a type, a file or a field
    #[arg(value_name = "TAG-OR-NAME")]
    wanted: String,
}

/// A place in the sources.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    name: String,
    /// File and line, or why there is none.
    place: String,
    source: String,
}

/// A source file with its path from the root folder.
struct Source {
    path: String,
    text: String,
}

const APDUS: &str = "crates/dlms/src/";
const VALUES: &str = "crates/cosem/src/data/value.rs";

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let sources = sources()?;
    let places = find(&arguments.wanted, &sources);
    if places.is_empty() {
        bail!(
            "no APDU, type, file or field is called `{}`; names are those of the standard, such as \
             get-response or double-long-unsigned, tags are hexadecimal",
            arguments.wanted
        );
    }
    let width = |of: fn(&Place) -> &str| places.iter().map(|row| of(row).len()).max().unwrap_or(0);
    let (names, files) = (width(|row| &row.name), width(|row| &row.place));
    for Place { name, place, source } in &places {
        println!("{name:names$}  {place:files$}  {source}");
    }
    Ok(ExitCode::SUCCESS)
}

fn sources() -> Result<Vec<Source>> {
    let ours = |path: &String| {
        path.ends_with(".rs") && (path.starts_with(APDUS) || path.starts_with("crates/cosem/src/"))
    };
    let read = |path: String| {
        let text = fs::read_to_string(root().join(&path));
        Ok(Source { text: text.with_context(|| format!("cannot read {path}"))?, path })
    };
    files()?.into_iter().filter(ours).map(read).collect()
}

/// What is called so: APDUs and types of values first, then declarations, files and fields.
fn find(wanted: &str, sources: &[Source]) -> Vec<Place> {
    let name = wanted.trim().to_lowercase().replace(['_', ' '], "-");
    let digits = name.strip_prefix("0x").unwrap_or(&name);
    let is_tag = digits.len() <= 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let tag = u8::from_str_radix(digits, 16).ok().filter(|_| is_tag);
    let mut places = apdus(&name, tag, sources);
    places.extend(types(&name, tag, sources));
    let mut more = declarations(&name, wanted, sources);
    // What has a layout of its own is not looked for where others read it.
    let has_layout = !places.is_empty() || !more.is_empty();
    more.extend(rooms(&name, sources));
    if !has_layout {
        more.extend(fields(&name, sources));
    }
    // One line leads into a file; from there its reader finds the others.
    let file = |row: &Place| row.place.split(':').next().map(str::to_owned);
    for row in more {
        if places.iter().all(|known| file(known) != file(&row)) {
            places.push(row);
        }
    }
    places
}

fn apdus(name: &str, tag: Option<u8>, sources: &[Source]) -> Vec<Place> {
    let rows = TAGS.iter().filter(|row| row.name == name || Some(row.tag) == tag);
    rows.map(|row| {
        let file = row.file.map(|file| format!("{APDUS}{file}"));
        let source = sources.iter().find(|source| Some(&source.path) == file.as_ref());
        let place = source.map_or_else(
            || "not built yet".to_owned(),
            |source| {
                // Services that are ciphered share a type.
                let shared = || CipheredService::of(row.tag).map(|_| "ServiceCiphering");
                let line = declared(source, &camel_case(row.name));
                at(source, line.or_else(|| declared(source, shared()?)).unwrap_or(1))
            },
        );
        Place { name: row.name.to_owned(), place, source: row.source.to_owned() }
    })
    .collect()
}

fn types(name: &str, tag: Option<u8>, sources: &[Source]) -> Vec<Place> {
    let Some(source) = sources.iter().find(|source| source.path == VALUES) else {
        return Vec::new();
    };
    let named = |kind: &Tag| Some(kind.0) == tag || kind.name() == Some(name);
    let kinds = Tag::ALL.iter().filter(|kind| named(kind)).filter_map(|kind| kind.name());
    kinds
        .map(|kind| {
            let line = line_with(source, &format!("\"{kind}\"")).unwrap_or(1);
            let origin = "IEC 61334-6, as DLMS/COSEM uses it".to_owned();
            Place { name: kind.to_owned(), place: at(source, line), source: origin }
        })
        .collect()
}

/// Types of that name, written as in the standard (`date-time`) or as in Rust (`DateTime`).
fn declarations(name: &str, wanted: &str, sources: &[Source]) -> Vec<Place> {
    let mut places = Vec::new();
    for source in sources {
        let line = declared(source, &camel_case(name)).or_else(|| declared(source, wanted));
        if let Some(line) = line {
            places.push(Place {
                name: name.to_owned(),
                place: at(source, line),
                source: origin(source),
            });
        }
    }
    places
}

/// Files of that name.
fn rooms(name: &str, sources: &[Source]) -> Vec<Place> {
    let file = format!("/{}.rs", name.replace('-', "_"));
    let named = sources.iter().filter(|source| source.path.ends_with(&file));
    named
        .map(|source| Place { name: name.to_owned(), place: at(source, 1), source: origin(source) })
        .collect()
}

/// Where a reader is told that name: `r.u8("invoke-id")`.
fn fields(name: &str, sources: &[Source]) -> Vec<Place> {
    let label = format!("(\"{name}\"");
    let mut places = Vec::new();
    for source in sources {
        for (number, line) in (1..).zip(source.text.lines()) {
            let mut calls = line.match_indices(&label).map(|(at, _)| &line[..at]);
            if calls.any(is_read) {
                places.push(Place {
                    name: name.to_owned(),
                    place: at(source, number),
                    source: origin(source),
                });
            }
        }
    }
    places
}

/// Whether the code before a bracket calls a reader, which is named `r` everywhere.
fn is_read(code: &str) -> bool {
    let is_name = |sign: char| sign.is_alphanumeric() || sign == '_';
    let reader = code.trim_end_matches(is_name).strip_suffix("r.");
    reader.is_some_and(|before| !before.ends_with(is_name) && !before.contains("//"))
}

fn at(source: &Source, line: usize) -> String {
    format!("{}:{line}", source.path)
}

/// The line that declares a type.
fn declared(source: &Source, name: &str) -> Option<usize> {
    let declares = |line: &str| {
        let rest = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
        let after = rest.and_then(|rest| rest.strip_prefix(name));
        after.is_some_and(|after| !after.starts_with(|sign: char| sign.is_alphanumeric()))
    };
    (1..).zip(source.text.lines()).find(|(_, line)| declares(line)).map(|(number, _)| number)
}

fn line_with(source: &Source, text: &str) -> Option<usize> {
    let mut lines = (1..).zip(source.text.lines());
    lines.find(|(_, line)| line.contains(text)).map(|(number, _)| number)
}

/// What the first line of a file says about its source: the words in brackets, or the line.
fn origin(source: &Source) -> String {
    let first = source.text.lines().next().unwrap_or_default().trim_start_matches("//!").trim();
    let bracket = first.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    bracket.map_or(first, |(inside, _)| inside).to_owned()
}

/// `get-response` as a type is called: `GetResponse`.
fn camel_case(name: &str) -> String {
    let capital = |word: &str| {
        let mut signs = word.chars();
        let first = signs.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(signs).collect::<String>()
    };
    name.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(wanted: &str) -> Vec<String> {
        let sources = sources().expect("the sources are there");
        let line = |row: &Place| format!("{} {}", row.name, row.place);
        find(wanted, &sources).iter().map(line).collect()
    }

    fn has(wanted: &str, start: &str) {
        let found = found(wanted);
        assert!(found.iter().any(|row| row.starts_with(start)), "{wanted}: {found:?}");
    }

    #[test]
    fn a_tag_leads_to_the_file_of_its_apdu() {
        has("c4", "get-response crates/dlms/src/apdu/get.rs:");
        has("0xC4", "get-response crates/dlms/src/apdu/get.rs:");
        has("get_response", "get-response crates/dlms/src/apdu/get.rs:");
        has("GetResponse", "getresponse crates/dlms/src/apdu/get.rs:");
    }

    #[test]
    fn a_tag_of_two_tables_is_found_in_both() {
        has("06", "write-request crates/dlms/src/apdu/write.rs:");
        has("19", "ciase-ping-request not built yet");
        has("06", "double-long-unsigned crates/cosem/src/data/value.rs:");
    }

    #[test]
    fn a_tag_may_be_written_without_its_zero() {
        assert_eq!(found("6"), found("06"));
        assert_eq!(found("0x6"), found("06"));
        assert!(found("+6").is_empty());
    }

    #[test]
    fn an_apdu_is_found_where_its_layout_is_and_nowhere_else() {
        let found = found("get-response");
        assert!(found.len() == 1 && found[0].contains("crates/dlms/src/apdu/get.rs:"), "{found:?}");
    }

    #[test]
    fn types_files_and_fields_are_found_by_name() {
        has("date-time", "date-time crates/cosem/src/time.rs:");
        has("obis", "obis crates/cosem/src/obis.rs:");
        has("wrapper", "wrapper crates/dlms/src/link/wrapper.rs:1");
        has("octet-string", "octet-string crates/cosem/src/data/value.rs:");
    }

    #[test]
    fn a_field_is_where_a_reader_reads_it() {
        assert!(is_read("        invoke: r.u8"));
        assert!(is_read("Some(*r.array"));
        assert!(!is_read("error.in_context"));
        assert!(!is_read("// as in r.u8"));
        assert!(!is_read("w.u8"));
    }

    #[test]
    fn what_nobody_knows_is_not_found() {
        assert!(found("no-such-layout").is_empty());
    }

    #[test]
    fn every_apdu_that_is_built_has_a_line_of_its_own() {
        let sources = sources().expect("the sources are there");
        for row in TAGS.iter().filter(|row| row.file.is_some()) {
            let places = apdus(row.name, None, &sources);
            let place = places.first().map_or("", |place| place.place.as_str());
            assert!(!place.ends_with(":1") && place.contains(".rs:"), "{}: {place}", row.name);
        }
    }
}
