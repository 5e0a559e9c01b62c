//! docs/instructions.csv: the instruction counts that a change is compared with.

use std::{collections::BTreeMap, fs, process::Command};

use anyhow::{Context, Result};

use crate::process::{self, root};

const FILE: &str = "docs/instructions.csv";
const HEAD: &str = "name,count,compiler";
/// How far a count may rise: what the compiler moves about for other reasons stays below.
const RISE: f64 = 1.05;

/// What came of a comparison.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Comparison {
    /// Whether the kept counts are of the same compiler.
    pub(super) comparable: bool,
    pub(super) problems: Vec<String>,
    pub(super) remarks: Vec<String>,
}

/// The compiler, as the file names it.
pub(super) fn compiler() -> Result<String> {
    let finished = process::run(Command::new("rustc").arg("--version"))?;
    Ok(finished.stdout.trim().to_owned())
}

pub(super) fn write(compiler: &str, counts: &BTreeMap<String, u64>) -> Result<()> {
    fs::write(root().join(FILE), text(compiler, counts))
        .with_context(|| format!("cannot write {FILE}"))
}

pub(super) fn compare(compiler: &str, counts: &BTreeMap<String, u64>) -> Result<Comparison> {
    let kept = fs::read_to_string(root().join(FILE))
        .with_context(|| format!("cannot read {FILE}; `cargo xtask bench --update` writes it"))?;
    Ok(judge(&kept, compiler, counts))
}

fn text(compiler: &str, counts: &BTreeMap<String, u64>) -> String {
    let mut text = format!("{HEAD}\n");
    for (name, count) in counts {
        text.push_str(&format!("{name},{count},{compiler}\n"));
    }
    text
}

fn judge(kept: &str, compiler: &str, counts: &BTreeMap<String, u64>) -> Comparison {
    let rows: BTreeMap<&str, (u64, &str)> = kept.lines().skip(1).filter_map(row).collect();
    if let Some((_, other)) = rows.values().find(|(_, other)| *other != compiler) {
        return Comparison {
            remarks: vec![format!("{FILE} is of {other}, this is {compiler}: not compared")],
            ..Comparison::default()
        };
    }
    let mut comparison = Comparison { comparable: true, ..Comparison::default() };
    for (name, &count) in counts {
        let Some(&(before, _)) = rows.get(name.as_str()) else {
            let missing = format!("`{name}` is not in {FILE}: cargo xtask bench --update");
            comparison.problems.push(missing);
            continue;
        };
        let change = count as f64 / before as f64;
        let line = format!("`{name}`: {before} instructions before, {count} now");
        if change > RISE {
            comparison.problems.push(format!("{line} ({:+.1} %)", (change - 1.0) * 100.0));
        } else if change < 1.0 / RISE {
            comparison.remarks.push(format!("{line}: `cargo xtask bench --update` keeps the gain"));
        }
    }
    comparison
}

/// A name, a count and a compiler; none of them holds a comma.
fn row(line: &str) -> Option<(&str, (u64, &str))> {
    let (name, rest) = line.split_once(',')?;
    let (count, compiler) = rest.split_once(',')?;
    Some((name, (count.parse().ok()?, compiler)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(count: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([("polled once 10 calls".to_owned(), count)])
    }

    #[test]
    fn a_rise_above_five_percent_is_a_problem_and_a_smaller_one_is_not() {
        let kept = text("rustc 1", &counts(1_000));
        assert_eq!(judge(&kept, "rustc 1", &counts(1_050)).problems, [""; 0]);
        assert_eq!(judge(&kept, "rustc 1", &counts(1_051)).problems.len(), 1);
        assert_eq!(judge(&kept, "rustc 1", &counts(900)).remarks.len(), 1);
    }

    #[test]
    fn counts_of_another_compiler_are_not_compared() {
        let kept = text("rustc 1", &counts(1));
        let comparison = judge(&kept, "rustc 2", &counts(1_000));
        assert!(!comparison.comparable && comparison.problems.is_empty());
        assert_eq!(comparison.remarks.len(), 1);
    }

    #[test]
    fn a_case_without_a_kept_count_is_a_problem() {
        let kept = text("rustc 1", &BTreeMap::new());
        assert_eq!(judge(&kept, "rustc 1", &counts(1)).problems.len(), 1);
    }
}
