//! `cargo xtask telegrams`: what real meters and published examples put on the wire, read with our decoders.
//!
//! Each line of the corpus names octets and what they mean. We decode the octets, say what we found in the words
//! of the corpus, and compare key by key; what is asserted and not understood is counted, never passed over.

mod compare;
mod decoded;
mod entry;
mod hdlc;
mod time;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use self::entry::{Entry, Judgement};
use crate::{
    check::{Outcome, Settings},
    json_lines::json_lines,
    process::root,
};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask telegrams\n  cargo xtask telegrams -v\n  \
                        cargo xtask telegrams my-telegrams --json")]
pub(crate) struct Arguments {
    /// The folder with the corpus; of its files those called *.jsonl are read
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// One JSON object a line for each family and maker, and one for the total
    #[arg(long)]
    json: bool,
    /// Name each entry that did not pass, with the key that stands against it
    #[arg(short, long)]
    verbose: bool,
}

/// Where the corpus lies beside the project.
const CORPUS: &str = "../shared/telegrams";

/// How many entries came out how.
#[derive(Clone, Copy, Default)]
struct Tally {
    pass: usize,
    fail: usize,
    not_yet: usize,
}

/// The entries of one file and maker.
type Group = (String, Option<String>);

#[derive(Default)]
struct Report {
    groups: BTreeMap<Group, Tally>,
    total: Tally,
    /// What stands against each entry that failed, or against the folder.
    failures: Vec<String>,
    /// What stands against each entry that a later issue will understand.
    not_yet: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let folder = arguments.folder.clone().unwrap_or_else(|| root().join(CORPUS));
    let report = Report::over(&folder)?;
    for failure in &report.failures {
        eprintln!("fail     {failure}");
    }
    if arguments.verbose {
        for reason in &report.not_yet {
            eprintln!("not yet  {reason}");
        }
    }
    if arguments.json {
        report.print_json(&mut io::stdout().lock())?
    } else {
        report.print_table()?
    }
    Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The part of `cargo xtask check`.
pub(crate) fn check(_: Settings) -> Result<Outcome> {
    let folder = root().join(CORPUS);
    if !folder.is_dir() {
        return Ok(Outcome::skipped(format!("there is no corpus in {CORPUS}")));
    }
    let report = Report::over(&folder)?;
    let Tally { pass, not_yet, .. } = report.total;
    Ok(Outcome::judged(&report.failures, format!("{pass} pass, {not_yet} not yet")))
}

impl Report {
    fn over(folder: &Path) -> Result<Self> {
        let mut report = Self::default();
        let files = json_lines(folder)?;
        if files.is_empty() {
            // No entry failed, but a run that proves nothing is no success.
            report.failures.push(format!("the folder {} holds no *.jsonl", folder.display()));
        }
        for path in files {
            report.read(&path)?;
        }
        Ok(report)
    }

    fn read(&mut self, path: &Path) -> Result<()> {
        let family = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let octets = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        for (number, line) in (1..).zip(octets.split(|octet| *octet == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match Entry::parse(line) {
                Ok(entry) => {
                    let judgement = entry.judge(&family);
                    self.count(&family, entry.maker(), &entry.id, judgement);
                }
                Err(why) => {
                    let place = format!("line {number}");
                    self.count(
                        &family,
                        entry::maker_of(line),
                        &place,
                        Judgement::Fail(format!("{why:#}")),
                    );
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, family: &str, maker: Option<String>, id: &str, judgement: Judgement) {
        let group = self.groups.entry((family.to_owned(), maker)).or_default();
        for tally in [group, &mut self.total] {
            match judgement {
                Judgement::Pass => tally.pass += 1,
                Judgement::Fail(_) => tally.fail += 1,
                Judgement::NotYet(_) => tally.not_yet += 1,
            }
        }
        match judgement {
            Judgement::Pass => {}
            Judgement::Fail(why) => self.failures.push(format!("{family} {id}: {why}")),
            Judgement::NotYet(why) => self.not_yet.push(format!("{family} {id}: {why}")),
        }
    }

    fn print_json(&self, out: &mut impl io::Write) -> Result<()> {
        for ((family, maker), Tally { pass, fail, not_yet }) in &self.groups {
            let line: Value = json!({
                "family": family, "maker": maker, "pass": pass, "fail": fail, "not_yet": not_yet
            });
            writeln!(out, "{line}")?;
        }
        let Tally { pass, fail, not_yet } = self.total;
        let line: Value = json!({ "total": true, "pass": pass, "fail": fail, "not_yet": not_yet });
        Ok(writeln!(out, "{line}")?)
    }

    fn print_table(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        let row = |family: &str, maker: &str, pass: &str, fail: &str, not_yet: &str| {
            format!("{family:14} {maker:16} {pass:>6} {fail:>6} {not_yet:>8}")
        };
        writeln!(out, "{}", row("family", "maker", "pass", "fail", "not yet"))?;
        let mut print = |family: &str, maker: &str, tally: &Tally| {
            let Tally { pass, fail, not_yet } = tally;
            let [pass, fail, not_yet] = [pass, fail, not_yet].map(ToString::to_string);
            writeln!(out, "{}", row(family, maker, &pass, &fail, &not_yet))
        };
        for ((family, maker), tally) in &self.groups {
            print(family, maker.as_deref().unwrap_or("-"), tally)?;
        }
        Ok(print("total", "", &self.total)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The report over a folder with these files, as JSON Lines.
    fn reported(name: &str, files: &[(&str, &str)]) -> (Report, String) {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        for (file, text) in files {
            fs::write(folder.join(file), text).expect("a file");
        }
        let report = Report::over(&folder).expect("a report");
        fs::remove_dir_all(&folder).expect("it was there");
        let mut printed = Vec::new();
        report.print_json(&mut printed).expect("printed");
        (report, String::from_utf8(printed).expect("text"))
    }

    #[test]
    fn a_folder_without_a_corpus_fails_and_has_a_total_all_the_same() {
        let (report, printed) = reported("no-corpus", &[("README.md", "no entries")]);
        let total: Value = serde_json::from_str(&printed).expect("one object");
        assert_eq!(total, json!({ "total": true, "pass": 0, "fail": 0, "not_yet": 0 }));
        assert!(report.failures.len() == 1 && report.failures[0].contains("holds no *.jsonl"));
    }

    #[test]
    fn a_line_that_does_not_parse_is_counted_with_its_maker() {
        let lines = concat!(
            r#"{"id":"x","meter":"Kaifa MA","hex":"0","valid":true,"expect":{}}"#,
            "\n",
            r#"{"id":"y","meter":null,"hex":"0"}"#,
            "\n",
        );
        let (_, printed) = reported("broken-lines", &[("apdu.jsonl", lines)]);
        let rows: Vec<Value> =
            printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let row = |maker: Option<&str>| json!({ "family": "apdu", "maker": maker, "pass": 0, "fail": 1, "not_yet": 0 });
        assert_eq!(rows[..2], [row(None), row(Some("Kaifa"))]);
        assert_eq!(rows[2], json!({ "total": true, "pass": 0, "fail": 2, "not_yet": 0 }));
    }
}
