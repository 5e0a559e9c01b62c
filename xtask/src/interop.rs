//! `cargo xtask interop`: software that we did not write talks to both of our ends.
//!
//! Two clients in Python read our meter, and our client reads a meter in Python. Each side is a process of its
//! own; what they share is a TCP connection. The peers come from PyPI into a virtual environment.

mod cases;
mod environment;
mod our_meter;
mod program;
mod recording;
mod their_meter;

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use self::environment::Environment;
use crate::{
    check::{Outcome, Settings},
    process,
};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask interop\n  cargo xtask interop --json\n  \
                        cargo xtask interop --record target/conversations")]
pub(crate) struct Arguments {
    /// One JSON object a line: peer, version, case, result, why
    #[arg(long)]
    json: bool,
    /// Also show what the peers say on their standard error
    #[arg(short, long)]
    verbose: bool,
    /// Keep each conversation in this folder, in the form that `cargo xtask replay` reads
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judgement {
    Pass,
    Fail,
    /// The peer itself is wrong; the reason and the octets are given.
    PeerFault,
}

impl Judgement {
    const ALL: [Self; 3] = [Self::Pass, Self::Fail, Self::PeerFault];

    const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::PeerFault => "peer_fault",
        }
    }
}

/// One case with one peer.
struct Verdict {
    peer: String,
    version: String,
    case: String,
    result: Judgement,
    why: String,
}

/// What the two directions have to know of the run.
struct Run<'a> {
    environment: &'a Environment,
    verbose: bool,
    record: Option<PathBuf>,
    /// Takes each verdict as soon as it is known.
    report: &'a mut dyn FnMut(Verdict) -> Result<()>,
}

impl Run<'_> {
    fn report(&mut self, verdict: Verdict) -> Result<()> {
        (self.report)(verdict)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let environment = match Environment::prepare() {
        Ok(environment) => environment,
        Err(reason) => {
            eprintln!("xtask interop: skipped, the peers cannot be installed: {reason:#}");
            return Ok(ExitCode::from(NOT_RUN));
        }
    };
    let record = arguments.record.clone().map(std::path::absolute).transpose()?;
    if let Some(folder) = &record {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let mut verdicts = Vec::new();
    let mut report = |verdict: Verdict| {
        if arguments.json {
            print_line(&verdict.to_json())?;
        } else {
            print_row(&verdict)?;
        }
        verdicts.push(verdict);
        Ok(())
    };
    all(&mut Run {
        environment: &environment,
        verbose: arguments.verbose,
        record,
        report: &mut report,
    })?;
    if !arguments.json {
        println!("{}", sum(&verdicts));
    }
    let failed = verdicts.iter().any(|verdict| verdict.result == Judgement::Fail);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Nothing was tried: neither a success nor a failed case.
const NOT_RUN: u8 = 2;

/// The part of `cargo xtask check`.
pub(crate) fn check(_: Settings) -> Result<Outcome> {
    let environment = match Environment::prepare() {
        Ok(environment) => environment,
        Err(reason) => {
            return Ok(Outcome::skipped(format!("the peers cannot be installed: {reason:#}")));
        }
    };
    let mut verdicts = Vec::new();
    let mut report = |verdict| {
        verdicts.push(verdict);
        Ok(())
    };
    all(&mut Run { environment: &environment, verbose: false, record: None, report: &mut report })?;
    let failed = verdicts.iter().filter(|verdict| verdict.result == Judgement::Fail);
    let problems: Vec<String> =
        failed.map(|Verdict { peer, case, why, .. }| format!("{peer}, {case}: {why}")).collect();
    Ok(Outcome::judged(&problems, sum(&verdicts)))
}

fn all(run: &mut Run<'_>) -> Result<()> {
    // What both directions start is built first, so that no case waits for a compiler.
    let command = command()?;
    our_meter::read_by_peers(run, &command)?;
    their_meter::read_by_us(run, &command)
}

/// Builds the `dlms` command and says where it is.
fn command() -> Result<PathBuf> {
    let arguments =
        ["build", "--package", "dlms-cli", "--message-format", "json-render-diagnostics"];
    let built = process::run(&mut process::cargo(&arguments))?;
    if !built.success {
        anyhow::bail!("the command `dlms` cannot be built:\n{}", built.stderr);
    }
    let lines = built.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let binary = |line: Value| {
        let named = line["target"]["name"] == "dlms";
        line["executable"].as_str().filter(|_| named).map(PathBuf::from)
    };
    lines.filter_map(binary).next_back().context("cargo does not say where the command `dlms` is")
}

impl Verdict {
    fn to_json(&self) -> Value {
        let Self { peer, version, case, result, why } = self;
        json!({
            "peer": peer, "version": version, "case": case, "result": result.word(), "why": why
        })
    }
}

fn print_line(line: &Value) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn print_row(Verdict { peer, case, result, why, .. }: &Verdict) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{peer:18}  {case:40}  {:10}  {why}", result.word())?;
    Ok(out.flush()?)
}

fn sum(verdicts: &[Verdict]) -> String {
    let count = |result| verdicts.iter().filter(|verdict| verdict.result == result).count();
    let parts = Judgement::ALL.map(|result| format!("{} {}", count(result), result.word()));
    parts.join(", ")
}
