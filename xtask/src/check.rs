//! `cargo xtask check`: each part with its name, result and time, and one line of sums at the end.
//!
//! Nothing is installed outside the build folders and no part needs root. A part whose tools are not there is
//! skipped with its reason; with `--require all`, as in CI, that is a failure.

mod building;
mod house;
mod packages;
mod readme;
mod rooms;

use std::{
    fs,
    io::{self, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{bench, fuzz, interop, process, replay, telegrams};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Count a skipped part as a failure, as CI does
    #[arg(long, value_enum, value_name = "WHAT")]
    require: Option<Required>,
    /// Run this part only (may be repeated); the names are those that `check` prints
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Required {
    All,
}

/// What the parts of a check have to know about the run.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    /// Whether this is the long form: nothing may be skipped, and fuzzing takes its full time.
    pub(crate) require_all: bool,
}

/// A part of the check.
struct Part {
    name: &'static str,
    run: fn(Settings) -> Result<Outcome>,
}

/// In the order in which a mistake is cheapest to find.
const PARTS: &[Part] = &[
    Part { name: "house rules", run: house::rules },
    Part { name: "rooms", run: rooms::layers },
    Part { name: "crate directions", run: packages::directions },
    Part { name: "licences", run: packages::licences },
    Part { name: "duplicate majors", run: packages::duplicates },
    Part { name: "formatting", run: building::formatting },
    Part { name: "clippy", run: building::clippy },
    Part { name: "documentation", run: building::documentation },
    Part { name: "tests", run: building::tests },
    Part { name: "features", run: building::features },
    Part { name: "no_std proof", run: building::no_std },
    Part { name: "telegrams", run: telegrams::check },
    Part { name: "replay", run: replay::check },
    Part { name: "readme", run: readme::example_and_commands },
    Part { name: "interop", run: interop::check },
    Part { name: "fuzz", run: fuzz::check },
    Part { name: "instruction counts", run: bench::check },
];

/// What came of a part.
#[derive(Default)]
pub(crate) struct Outcome {
    passed: u32,
    failed: u32,
    skipped: u32,
    /// One line beside the result.
    summary: String,
    /// Lines for the reader that decide nothing.
    remarks: Vec<String>,
    /// What to look at when it failed.
    details: String,
}

impl Outcome {
    pub(crate) fn passed(summary: impl Into<String>) -> Self {
        Self { passed: 1, summary: summary.into(), ..Self::default() }
    }

    pub(crate) fn failed(summary: impl Into<String>, details: impl Into<String>) -> Self {
        Self { failed: 1, summary: summary.into(), details: details.into(), ..Self::default() }
    }

    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self { skipped: 1, summary: reason.into(), ..Self::default() }
    }

    /// Failed when there is a problem; otherwise the summary stands beside the pass.
    pub(crate) fn judged(problems: &[String], summary: impl Into<String>) -> Self {
        match problems {
            [] => Self::passed(summary),
            _ => Self::failed(format!("{} problems", problems.len()), problems.join("\n")),
        }
    }

    pub(crate) fn with_remarks(self, remarks: Vec<String>) -> Self {
        Self { remarks, ..self }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let settings = Settings { require_all: arguments.require == Some(Required::All) };
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for part in chosen(&arguments.only)? {
        print!("{:<18}", part.name);
        io::stdout().flush()?;
        let start = Instant::now();
        let outcome = (part.run)(settings)
            .unwrap_or_else(|error| Outcome::failed("it could not be run", format!("{error:#}")));
        report(part, &outcome, start.elapsed(), settings);
        passed += outcome.passed;
        if settings.require_all {
            failed += outcome.failed + outcome.skipped;
        } else {
            failed += outcome.failed;
            skipped += outcome.skipped;
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(only: &[String]) -> Result<Vec<&'static Part>> {
    if let Some(unknown) = only.iter().find(|name| PARTS.iter().all(|part| part.name != *name)) {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        bail!("there is no part `{unknown}`; the parts are: {}", names.join(", "));
    }
    let wanted = |part: &&Part| only.is_empty() || only.iter().any(|name| name == part.name);
    Ok(PARTS.iter().filter(wanted).collect())
}

fn report(part: &Part, outcome: &Outcome, time: Duration, settings: Settings) {
    let result = match outcome {
        Outcome { failed: 1.., .. } => "FAILED",
        Outcome { skipped: 1.., passed: 0, .. } if settings.require_all => "MISSING",
        Outcome { skipped: 1.., passed: 0, .. } => "skipped",
        _ => "ok",
    };
    println!(" {result:<8}{:>7.1} s  {}", time.as_secs_f64(), outcome.summary);
    for remark in &outcome.remarks {
        println!("    {remark}");
    }
    if outcome.details.is_empty() {
        return;
    }
    for line in tail(&outcome.details) {
        println!("    {line}");
    }
    if let Some(path) = keep(part, &outcome.details) {
        println!("    (all of it: {path})");
    }
}

/// The last lines of a long text: a compiler's and a test's verdict stand at the end.
fn tail(text: &str) -> Vec<&str> {
    const SHOWN: usize = 80;
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].to_vec()
}

/// Keeps the whole text of a failed part; where that cannot be written the shown lines must do.
fn keep(part: &Part, text: &str) -> Option<String> {
    let path = format!("target/check/{}.log", part.name.replace(' ', "-"));
    let file = process::root().join(&path);
    fs::create_dir_all(file.parent()?).ok()?;
    fs::write(file, text).ok()?;
    Some(path)
}
