//! `cargo xtask fuzz` and `cargo xtask soak fuzz`: libFuzzer on stable Rust, without cargo-fuzz.
//!
//! Targets live in the workspace `fuzz/`. What a run learns is kept in `fuzz/target/corpus/TARGET`, beside the
//! build; seeds worth keeping are the small files of `fuzz/corpus/TARGET`, which a run reads and never changes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    check::{Outcome, Settings},
    metadata,
    process::{self, cargo, root},
    proof,
};

#[derive(clap::Args)]
pub(crate) struct FuzzArguments {
    /// The target; `list` prints them all
    #[arg(value_name = "TARGET")]
    target: String,
    /// How long to run
    #[arg(value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,
}

#[derive(clap::Args)]
pub(crate) struct SoakArguments {
    #[command(subcommand)]
    what: Soak,
}

#[derive(clap::Subcommand)]
enum Soak {
    /// Run every fuzz target in turn; interrupt it at will, the next run goes on
    Fuzz {
        /// How long in all
        #[arg(long, default_value_t = 3600)]
        seconds: u64,
        /// How long one target runs before it is the next one's turn
        #[arg(long, default_value_t = 60)]
        slice: u64,
    },
}

/// The instrumentation that libFuzzer asks for, in words that a stable compiler takes.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 --cfg fuzzing";
const MANIFEST: &str = "fuzz/Cargo.toml";

pub(crate) fn run(arguments: &FuzzArguments) -> Result<ExitCode> {
    let targets = targets()?;
    if arguments.target == "list" {
        println!("{}", targets.join("\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let Some(target) = called(&arguments.target, &targets) else {
        bail!("there is no target `{}`; the targets are: {}", arguments.target, targets.join(", "));
    };
    let folder = build()?;
    let figures = fuzz(&folder, target, arguments.seconds)?;
    println!("{}", figures.line());
    Ok(if figures.findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn soak(arguments: &SoakArguments) -> Result<ExitCode> {
    let Soak::Fuzz { seconds, slice } = arguments.what;
    let targets = targets()?;
    let folder = build()?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut findings = 0;
    for target in targets.iter().cycle() {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        if left == 0 {
            break;
        }
        let figures = fuzz(&folder, target, slice.min(left))?;
        println!("{}", figures.line());
        findings += figures.findings;
        proof::record(&proof::Slice {
            what: "fuzz",
            target,
            seeds: figures.seeds,
            executions: figures.executions,
            findings: figures.findings,
        })?;
    }
    Ok(if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The short form, a part of `cargo xtask check`: every target for a few seconds.
pub(crate) fn check(settings: Settings) -> Result<Outcome> {
    if !root().join(MANIFEST).exists() {
        return Ok(Outcome::skipped("fuzz/ is absent"));
    }
    if !process::answers("c++") && !process::answers("g++") {
        return Ok(Outcome::skipped("libFuzzer needs a C++ compiler (Debian: g++)"));
    }
    let seconds = if settings.require_all { 10 } else { 2 };
    let folder = build()?;
    let (mut lines, mut executions, mut findings) = (Vec::new(), 0, 0);
    let targets = targets()?;
    for target in &targets {
        let figures = fuzz(&folder, target, seconds)?;
        executions += figures.executions;
        findings += figures.findings;
        lines.push(figures.line());
    }
    let summary = format!("{} targets, {seconds} s each, {executions} executions", targets.len());
    Ok(match findings {
        0 => Outcome::passed(summary).with_remarks(lines),
        _ => Outcome::failed(format!("{findings} findings"), lines.join("\n")),
    })
}

/// The executables of the fuzz workspace.
fn targets() -> Result<Vec<String>> {
    if !root().join(MANIFEST).exists() {
        bail!("{MANIFEST} is absent: there is nothing to fuzz");
    }
    let packages = metadata::packages(MANIFEST)?;
    let ours = packages.into_iter().filter(|package| package.ours);
    let mut targets: Vec<String> = ours.flat_map(|package| package.binaries).collect();
    targets.sort();
    Ok(targets)
}

/// The target of that name, also as the list of requirements writes it: `Z-04` is `z04`.
fn called<'a>(wanted: &str, targets: &'a [String]) -> Option<&'a str> {
    let plain = |name: &str| name.replace(['-', '_'], "").to_lowercase();
    targets.iter().map(String::as_str).find(|target| plain(target) == plain(wanted))
}

/// Builds every target with coverage; returns the folder of the executables.
fn build() -> Result<PathBuf> {
    let triple = host()?;
    // Naming the target keeps the instrumentation away from build scripts and macros.
    let finished = process::run(
        cargo(&["build", "--release", "--bins", "--manifest-path", MANIFEST])
            .args(["--target", &triple, "--target-dir", "fuzz/target"])
            .env("RUSTFLAGS", INSTRUMENTATION)
            .env_remove("CARGO_ENCODED_RUSTFLAGS"),
    )?;
    if !finished.success {
        bail!("the fuzz targets cannot be built:\n{}", finished.stderr.trim_end());
    }
    Ok(root().join("fuzz/target").join(triple).join("release"))
}

fn host() -> Result<String> {
    let version = process::run(Command::new("rustc").arg("-vV"))?.stdout;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc -vV does not name its host")
}

/// What came of fuzzing a target for a while.
struct Figures {
    target: String,
    seeds: u64,
    executions: u64,
    /// Inputs that the target's outermost layer has read.
    accepted: u64,
    seconds: f64,
    findings: u64,
    /// Where the first finding is and what the target said.
    story: String,
}

impl Figures {
    fn line(&self) -> String {
        let rate = self.executions as f64 / self.seconds.max(0.001);
        let Self { target, seeds, executions, accepted, findings, story, .. } = self;
        let share = accepted.saturating_mul(100).checked_div(*executions).unwrap_or(0);
        format!(
            "{target}: {executions} executions, {rate:.0}/s, {share} % accepted, {seeds} seeds, \
             {findings} findings{story}"
        )
    }
}

fn fuzz(folder: &Path, target: &str, seconds: u64) -> Result<Figures> {
    let home = root().join("fuzz");
    let learned = home.join("target/corpus").join(target);
    let artifacts = home.join("artifacts").join(target);
    fs::create_dir_all(&learned).context("cannot make the folder of the corpus")?;
    fs::create_dir_all(&artifacts).context("cannot make the folder of the findings")?;
    let kept = home.join("corpus").join(target);
    let (seeds, known) = (count(&learned) + count(&kept), count(&artifacts));

    let mut command = Command::new(folder.join(target));
    command.current_dir(&home).arg(&learned).args(kept.exists().then_some(&kept));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.arg(format!("-max_total_time={seconds}"));
    command.args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"]);
    let start = Instant::now();
    let finished = process::run(&mut command)?;
    let taken = start.elapsed().as_secs_f64();

    // A target that ended badly without leaving a file has found something all the same.
    let findings = (count(&artifacts) - known).max(u64::from(!finished.success));
    let story = if findings == 0 { String::new() } else { story(&finished.stderr) };
    Ok(Figures {
        target: target.to_owned(),
        seeds,
        executions: statistic(&finished.stderr, "number_of_executed_units"),
        accepted: statistic(&finished.stderr, "inputs_passed_outermost_layer"),
        seconds: taken,
        findings,
        story,
    })
}

fn count(folder: &Path) -> u64 {
    fs::read_dir(folder).map_or(0, |entries| entries.flatten().count() as u64)
}

/// One of the figures that libFuzzer prints at its end.
fn statistic(stderr: &str, name: &str) -> u64 {
    let line = stderr.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
    line.and_then(|value| value.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
}

/// The lines that say what broke and where the input is kept.
fn story(stderr: &str) -> String {
    let telling = ["panicked at", "ERROR:", "SUMMARY:", "Test unit written to"];
    let mut lines = Vec::new();
    let mut after_panic = false;
    for line in stderr.lines() {
        if after_panic || telling.iter().any(|word| line.contains(word)) {
            lines.push(line.trim());
        }
        after_panic = line.contains("panicked at");
    }
    if lines.is_empty() {
        lines.extend(stderr.lines().last());
    }
    format!("\n    {}", lines.join("\n    "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_read_from_what_libfuzzer_prints() {
        let stderr = "#2\tINITED\nstat::number_of_executed_units: 15775\n\
                      stat::average_exec_per_sec:     7887\n";
        assert_eq!(statistic(stderr, "number_of_executed_units"), 15_775);
        assert_eq!(statistic(stderr, "peak_rss_mb"), 0);
    }

    #[test]
    fn a_target_is_known_by_the_number_of_its_requirement() {
        let targets = ["z03", "z04"].map(str::to_owned);
        for wanted in ["z04", "Z04", "Z-04", "z-04"] {
            assert_eq!(called(wanted, &targets), Some("z04"), "{wanted}");
        }
        for wanted in ["", "z", "z0", "z4", "z044"] {
            assert_eq!(called(wanted, &targets), None, "{wanted}");
        }
    }

    #[test]
    fn a_finding_tells_the_panic_and_the_file() {
        let stderr = "INFO: seed\nthread 'main' panicked at src/data.rs:3:5:\nindex out of range\n\
                      artifact_prefix='x/'; Test unit written to x/crash-1\n";
        assert_eq!(
            story(stderr),
            "\n    thread 'main' panicked at src/data.rs:3:5:\n    index out of range\n    \
             artifact_prefix='x/'; Test unit written to x/crash-1"
        );
    }
}
