//! House rules that no compiler knows: where a panic may stand, how long a file may be, and that nothing of one
//! person's machine or network gets into the project.

use std::{collections::BTreeMap, fs};

use anyhow::Result;

use super::{Outcome, Settings};
use crate::process::{files, root};

const LONGEST_FILE: usize = 800;
const LONGEST_FUNCTION: usize = 60;
/// What fits on one screen.
const LONGEST_LIB: usize = 80;
/// Tables may be longer than a file of code: nobody reads them from the top.
const TABLES: &[&str] = &["crates/cosem/src/class/", "crates/cosem/src/profile/"];
/// Crates whose code never panics on purpose.
const CALM: &[&str] = &["crates/cosem/src/", "crates/dlms/src/"];

pub(super) fn rules(_: Settings) -> Result<Outcome> {
    let (mut problems, mut remarks) = (Vec::new(), Vec::new());
    let files = files()?;
    for path in &files {
        // What is no text has no lines to judge.
        let Ok(text) = fs::read_to_string(root().join(path)) else {
            continue;
        };
        problems.extend(foreign_places(&text).into_iter().map(|found| format!("{path}:{found}")));
        if path.ends_with(".py") {
            problems.extend(unmarked_licence(path, &text));
        }
        if path.ends_with(".rs") {
            problems.extend(lengths(path, &text));
            if CALM.iter().any(|crates| path.starts_with(crates)) {
                let found = panics(&text);
                problems.extend(found.into_iter().map(|found| format!("{path}:{found}")));
            }
            remarks.extend(long_functions(&text).into_iter().map(|long| format!("{path}:{long}")));
        }
    }
    let summary = format!("{} files, {} remarks", files.len(), remarks.len());
    Ok(Outcome::judged(&problems, summary).with_remarks(remarks))
}

fn lengths(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let table = TABLES.iter().any(|tables| path.starts_with(tables));
    let mut problems = Vec::new();
    if lines > LONGEST_FILE && !table {
        problems.push(format!("{path}: {lines} lines; a file has at most {LONGEST_FILE}"));
    }
    if path.starts_with("crates/") && path.ends_with("/src/lib.rs") && lines > LONGEST_LIB {
        problems
            .push(format!("{path}: {lines} lines; a table of contents has at most {LONGEST_LIB}"));
    }
    problems
}

/// Lines that could panic on purpose, outside tests and comments.
fn panics(text: &str) -> Vec<String> {
    // Joined here, so that this file does not find itself.
    let words = [concat!(".unw", "rap()"), concat!(".exp", "ect("), "todo!", "unimplemented!"];
    let mut found = Vec::new();
    for (number, line) in without_tests(text) {
        let code = line.split("//").next().unwrap_or_default();
        if let Some(word) = words.iter().find(|word| code.contains(**word)) {
            found.push(format!("{number}: `{word}` stands outside a test"));
        }
    }
    found
}

/// The numbered lines of a file without the items under `#[cfg(test)]`.
///
/// rustfmt makes this easy: an item ends at the first line of its own indentation that closes it.
fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let mut kept = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if line.trim_start() != "#[cfg(test)]" {
            kept.push((number, line));
            continue;
        }
        let indentation = indentation(line);
        let closes = |line: &str| {
            self::indentation(line) == indentation && (line.ends_with(';') || line.ends_with('}'))
        };
        lines.by_ref().find(|(_, line)| closes(line));
    }
    kept
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Functions that are longer than one can keep in mind: a remark, because a long table of arms reads well.
fn long_functions(text: &str) -> Vec<String> {
    let mut open: BTreeMap<usize, (usize, &str)> = BTreeMap::new();
    let mut long = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let depth = indentation(line);
        if line.trim_start() == "}" {
            if let Some((start, name)) = open.remove(&depth) {
                let lines = number - start + 1;
                if lines > LONGEST_FUNCTION {
                    long.push(format!("{start}: `{name}` has {lines} lines"));
                }
            }
        } else if let Some(name) = function_name(line) {
            open.insert(depth, (number, name));
        }
    }
    long
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe", "extern", "\"C\""];
    let opens = before.split_whitespace().all(|word| words.contains(&word));
    let end = after.find(|sign: char| !sign.is_alphanumeric() && sign != '_')?;
    (opens && end > 0 && !line.trim_end().ends_with(['}', ';'])).then(|| &after[..end])
}

/// Packages under the GPL that our tests talk to as programs of their own.
const GPL_PACKAGES: &[&str] = &["gurux_dlms", "gurux_net", "gurux_common", "gurux_serial"];

/// A file that imports a GPL package stands under that licence: it says so first and stays apart.
fn unmarked_licence(path: &str, text: &str) -> Option<String> {
    let imports = |line: &str| {
        let mut words = line.split_whitespace();
        matches!(words.next(), Some("import" | "from"))
            && words
                .next()
                .is_some_and(|name| GPL_PACKAGES.contains(&name.split('.').next().unwrap_or(name)))
    };
    let importing = text.lines().any(imports);
    let marked = text.lines().next().is_some_and(|first| first.contains("GPL"));
    if !importing || (marked && path.starts_with("interop/")) {
        return None;
    }
    Some(format!("{path}: imports a GPL package: say so in its first line, keep it in interop/"))
}

/// Folders that lead into one person's machine.
const MACHINE: &[&str] = &["work", "root", "home", "Users", "tmp"];

/// Hosts that the project may name. A mirror or a private package index is not among them, so that it cannot get
/// into a lock file, a script or a text by accident.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "crates.io",
    "doc.rust-lang.org",
    "docs.rs",
    "example.com",
    "example.org",
    "github.com",
    "keepachangelog.com",
    "localhost",
    "pypi.org",
    "semver.org",
    "www.apache.org",
    "www.dlms.com",
    "www.rust-lang.org",
    "www.w3.org",
];

/// Paths of a machine and hosts that are not on the list.
fn foreign_places(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(path) = MACHINE.iter().find(|folder| names_folder(line, folder)) {
            found.push(format!("{number}: a path of one machine (under {path})"));
        }
        for host in hosts(line) {
            if !HOSTS.contains(&host) {
                found.push(format!("{number}: the host {host} is not in xtask/src/check/house.rs"));
            }
        }
    }
    found
}

/// Whether a line holds an absolute path into that folder.
fn names_folder(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|sign| sign.is_alphanumeric() || "._-/}>)*$~".contains(sign))
    })
}

/// The hosts of the web addresses in a line; a placeholder is none.
fn hosts(line: &str) -> Vec<&str> {
    let mut hosts = Vec::new();
    for scheme in ["http://", "https://"] {
        for (at, _) in line.match_indices(scheme) {
            let address = &line[at + scheme.len()..];
            let end = address
                .find(|sign: char| !sign.is_alphanumeric() && sign != '.' && sign != '-')
                .unwrap_or(address.len());
            let host = address[..end].trim_end_matches('.');
            if !host.is_empty() {
                hosts.push(host);
            }
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_found_outside_tests_and_comments_only() {
        let unwrap = concat!(".unw", "rap()");
        let source = format!(
            "//! a{unwrap}\nfn a() {{\n    b{unwrap};\n}}\n#[cfg(test)]\nuse std::fmt;\n\
             #[cfg(test)]\nmod tests {{\n    fn c() {{\n        d{unwrap};\n    }}\n}}\nfn e() {{ f{unwrap}; }}\n"
        );
        assert_eq!(
            panics(&source),
            [
                format!("3: `{unwrap}` stands outside a test"),
                format!("13: `{unwrap}` stands outside a test")
            ]
        );
    }

    #[test]
    fn paths_of_a_machine_are_found_and_relative_ones_are_not() {
        let line = |folder: &str| format!("cd {}{folder}{}project", '/', '/');
        for folder in MACHINE {
            assert_eq!(foreign_places(&line(folder)).len(), 1, "{folder}");
        }
        assert!(foreign_places("target/tmp/x $HOME/work/ ../home/ fixtures/work/").is_empty());
    }

    #[test]
    fn a_host_that_nobody_put_on_the_list_is_found() {
        let address = |host: &str| format!("see https:{}{host}/page, and more", "//");
        assert!(foreign_places(&address("docs.rs")).is_empty());
        assert!(foreign_places(&address("{host}")).is_empty());
        assert_eq!(foreign_places(&address("mirror.internal")).len(), 1);
    }

    #[test]
    fn a_file_that_imports_a_gpl_package_is_marked_and_stays_in_its_folder() {
        let marked = "# Imports a GPL package.\nfrom gurux_dlms.enums import Unit\n";
        assert_eq!(unmarked_licence("interop/server.py", marked), None);
        assert!(unmarked_licence("contrib/server.py", marked).is_some());
        assert!(unmarked_licence("interop/server.py", "import gurux_net\n").is_some());
        assert_eq!(unmarked_licence("contrib/other.py", "import json\n"), None);
    }

    #[test]
    fn a_long_function_is_named_with_its_length() {
        let body = "        step();\n".repeat(LONGEST_FUNCTION);
        let source =
            format!("impl A {{\n    pub fn walk(&self) {{\n{body}    }}\n}}\nfn short() {{\n}}\n");
        assert_eq!(long_functions(&source), ["2: `walk` has 62 lines"]);
    }

    #[test]
    fn files_and_tables_of_contents_have_a_greatest_length() {
        let long = "x\n".repeat(LONGEST_FILE + 1);
        assert_eq!(lengths("crates/dlms/src/apdu/get.rs", &long).len(), 1);
        assert_eq!(lengths("crates/dlms/src/lib.rs", &long).len(), 2);
        assert!(lengths("crates/cosem/src/class/access.rs", &long).is_empty());
    }
}
