//! `docs/proof.csv`: what long runs have shown, one row for each target, commit and day.
//!
//! A run that was interrupted loses nothing: its figures are added after every slice, and the next run of the
//! same day and commit goes on with the same row.

use std::{
    fs,
    io::ErrorKind,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};

use crate::process::{self, root};

const FILE: &str = "docs/proof.csv";
const HEADING: &str = "what,target,seeds,executions,findings,commit,date";

/// The figures of one slice of a run.
pub(crate) struct Slice<'a> {
    pub(crate) what: &'a str,
    pub(crate) target: &'a str,
    /// Inputs or seeds that the run started from.
    pub(crate) seeds: u64,
    pub(crate) executions: u64,
    pub(crate) findings: u64,
}

/// Adds a slice to the row of today's commit, or begins that row.
pub(crate) fn record(slice: &Slice<'_>) -> Result<()> {
    let path = root().join(FILE);
    let table = match fs::read_to_string(&path) {
        Ok(table) => table,
        Err(error) if error.kind() == ErrorKind::NotFound => format!("{HEADING}\n"),
        Err(error) => return Err(error).with_context(|| format!("cannot read {FILE}")),
    };
    let table = added(&table, slice, &commit()?, &today()?);
    fs::write(&path, table).with_context(|| format!("cannot write {FILE}"))
}

fn added(table: &str, slice: &Slice<'_>, commit: &str, date: &str) -> String {
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    let mut figures = (slice.seeds, slice.executions, slice.findings);
    let row = lines.iter().position(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        let [what, target, seeds, executions, findings, of_commit, on_date] = fields.as_slice()
        else {
            return false;
        };
        let same =
            (*what, *target, *of_commit, *on_date) == (slice.what, slice.target, commit, date);
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        if same {
            figures.0 = figures.0.max(number(seeds));
            figures.1 += number(executions);
            figures.2 += number(findings);
        }
        same
    });
    let (seeds, executions, findings) = figures;
    let Slice { what, target, .. } = slice;
    let line = format!("{what},{target},{seeds},{executions},{findings},{commit},{date}");
    match row {
        Some(at) => lines[at] = line,
        None => lines.push(line),
    }
    lines.join("\n") + "\n"
}

/// The commit that the figures belong to; `+` says that the tree held more than the commit.
fn commit() -> Result<String> {
    let head = process::git(&["rev-parse", "--short=12", "HEAD"])?;
    if !head.success {
        return Ok("none".into());
    }
    let changes = process::git(&["status", "--porcelain", "--", ".", ":!docs/proof.csv"])?;
    let more = if changes.stdout.trim().is_empty() { "" } else { "+" };
    Ok(format!("{}{more}", head.stdout.trim()))
}

fn today() -> Result<String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(date(since.as_secs() / 86_400))
}

/// The date of a day counted from 1970-01-01, by walking over years and months.
fn date(mut day: u64) -> String {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_added_to_the_row_of_its_commit_and_day() {
        let slice = Slice { what: "fuzz", target: "data", seeds: 7, executions: 100, findings: 1 };
        let first = added(&format!("{HEADING}\n"), &slice, "abc", "2026-11-20");
        assert_eq!(first, format!("{HEADING}\nfuzz,data,7,100,1,abc,2026-11-20\n"));
        let again = added(&first, &slice, "abc", "2026-11-20");
        assert_eq!(again, format!("{HEADING}\nfuzz,data,7,200,2,abc,2026-11-20\n"));
        assert_eq!(added(&again, &slice, "def", "2026-11-20").lines().count(), 3);
    }

    #[test]
    fn days_since_1970_become_dates() {
        // `date --utc --date=@$((DAY * 86400)) +%F` says the same.
        for (day, expected) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (20_777, "2026-11-20"),
            (47_540, "2100-02-28"),
        ] {
            assert_eq!(date(day), expected);
        }
        assert_eq!(date(47_541), "2100-03-01");
    }
}
