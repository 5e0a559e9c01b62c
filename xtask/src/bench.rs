//! `cargo xtask bench`: the figures of the package `bench/` against their goals.
//!
//! Times are the shortest of many runs in turn, so only their ratio is judged. Instructions are counted by callgrind,
//! which is blind to a busy machine; they are kept in docs/instructions.csv, and `cargo xtask check` compares.
//!
//! The runner is the release binary of `bench/` under plain `valgrind --tool=callgrind`: gungraun asks callgrind for the
//! same number, but takes about three minutes of processor time to build in every fresh clone.

mod counts;

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::{
    check::{Outcome, Settings},
    process::{self, cargo, root},
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Keep the instruction counts in docs/instructions.csv
    #[arg(long)]
    update: bool,
    /// One JSON object a line, nothing else
    #[arg(long)]
    json: bool,
    /// Also the variants that were not taken, with memory: the tables of docs/decisions.md
    #[arg(long, conflicts_with = "json")]
    variants: bool,
}

/// Rows of the profile that all cases of values work on.
const ROWS: f64 = 1_000.0;

/// What has to be reached.
struct Goal {
    name: &'static str,
    case: &'static str,
    judged: Judged,
    at_most: f64,
    /// What others take, and the time that was expected where the goals were set.
    orientation: &'static str,
}

enum Judged {
    /// Time, divided by the time of that case in the same run.
    TimeAgainst(&'static str),
    InstructionsPerRow,
}

const GOALS: &[Goal] = &[
    Goal {
        name: "profile-decode-tree",
        case: "tree decode",
        judged: Judged::TimeAgainst("bare tree decode"),
        at_most: 1.1,
        orientation: "gurux C++ 2,310 ns, Java 197 ns",
    },
    Goal {
        name: "profile-decode-flat",
        case: "flat decode",
        judged: Judged::InstructionsPerRow,
        at_most: 500.0,
        orientation: "for orientation 30 ns",
    },
    Goal {
        name: "profile-decode-borrowed",
        case: "borrowed decode",
        judged: Judged::InstructionsPerRow,
        at_most: 350.0,
        orientation: "for orientation 19 ns",
    },
    Goal {
        name: "profile-encode",
        case: "encode",
        judged: Judged::InstructionsPerRow,
        at_most: 400.0,
        orientation: "for orientation 23 ns; gurux C++ 71 ns",
    },
];

/// One figure beside its goal.
struct Figure {
    goal: &'static Goal,
    value: f64,
    unit: String,
    yardstick: String,
}

impl Figure {
    fn is_met(&self) -> bool {
        self.value <= self.goal.at_most
    }

    fn json(&self) -> String {
        json!({
            "name": self.goal.name,
            "value": (self.value * 100.0).round() / 100.0,
            "unit": self.unit,
            "goal": self.goal.at_most,
            "met": self.is_met(),
            "yardstick": self.yardstick,
        })
        .to_string()
    }

    fn line(&self) -> String {
        format!(
            "{:<24}{:>8.2}  {:<28}{:>6}  {:<4}  {}",
            self.goal.name,
            self.value,
            self.unit,
            self.goal.at_most,
            if self.is_met() { "met" } else { "MISSED" },
            self.yardstick
        )
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let runner = Runner::build()?;
    let cases = runner.cases()?;
    let times = runner.times()?;
    let counts = counts(&runner, &cases, arguments.variants)?;
    let figures: Vec<Figure> =
        GOALS.iter().filter_map(|goal| figure(goal, &times, &counts)).collect();
    if arguments.json {
        figures.iter().for_each(|figure| println!("{}", figure.json()));
    } else {
        println!("{:<24}{:>8}  {:<28}{:>6}", "name", "value", "unit", "goal");
        figures.iter().for_each(|figure| println!("{}", figure.line()));
    }
    if arguments.variants {
        variants(&runner, &cases, &times, &counts)?;
    }
    if arguments.update {
        if counts.is_empty() {
            bail!("without valgrind there are no counts to keep");
        }
        let ours = cases.iter().filter(|case| case.ours);
        let kept = ours.filter_map(|case| Some((case.name.clone(), *counts.get(&case.name)?)));
        counts::write(&counts::compiler()?, &kept.collect())?;
    }
    Ok(if figures.iter().all(Figure::is_met) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The part of `cargo xtask check`: no count rises unseen, and every goal in instructions is met.
pub(crate) fn check(_: Settings) -> Result<Outcome> {
    if !process::answers("valgrind") {
        return Ok(Outcome::skipped("valgrind is absent: no instructions are counted"));
    }
    let runner = Runner::build()?;
    let cases = runner.cases()?;
    let counts = counts(&runner, &cases, false)?;
    let comparison = counts::compare(&counts::compiler()?, &counts)?;
    let mut problems = comparison.problems;
    let figures = GOALS.iter().filter_map(|goal| figure(goal, &BTreeMap::new(), &counts));
    problems.extend(figures.filter(|figure| !figure.is_met()).map(|figure| figure.line()));
    let summary =
        format!("{} counts, none more than 5 % above docs/instructions.csv", counts.len());
    let summary = if comparison.comparable { summary } else { "counted, not compared".into() };
    Ok(Outcome::judged(&problems, summary).with_remarks(comparison.remarks))
}

/// Instructions of each case, or of ours only; none without valgrind, and then it says so.
fn counts(runner: &Runner, cases: &[Case], variants: bool) -> Result<BTreeMap<String, u64>> {
    if !process::answers("valgrind") {
        eprintln!("xtask: valgrind is absent: no instructions are counted");
        return Ok(BTreeMap::new());
    }
    let wanted = |case: &&Case| case.ours || variants;
    let named = cases.iter().filter(wanted);
    named.map(|case| Ok((case.name.clone(), runner.count(&case.name)?))).collect()
}

fn figure(
    goal: &'static Goal,
    times: &BTreeMap<String, u64>,
    counts: &BTreeMap<String, u64>,
) -> Option<Figure> {
    let per_row = |figures: &BTreeMap<String, u64>, case: &str| {
        figures.get(case).map(|figure| *figure as f64 / ROWS)
    };
    let time = per_row(times, goal.case);
    let count = per_row(counts, goal.case);
    let mut beside = Vec::new();
    if let Some(time) = time {
        beside.push(format!("{time:.1} ns a row"));
    }
    let (value, unit) = match goal.judged {
        Judged::TimeAgainst(other) => {
            let (other_time, other) = (per_row(times, other)?, other.trim_end_matches(" decode"));
            beside.push(format!("{other} {other_time:.1} ns"));
            beside.extend(count.map(|count| format!("{count:.0} instructions a row")));
            (time? / other_time, format!("times a {other}"))
        }
        Judged::InstructionsPerRow => (count?, "instructions a row".to_owned()),
    };
    beside.push(goal.orientation.to_owned());
    let yardstick = beside.join("; ");
    Some(Figure { goal, value, unit, yardstick })
}

/// Every case in time, instructions and memory.
fn variants(
    runner: &Runner,
    cases: &[Case],
    times: &BTreeMap<String, u64>,
    counts: &BTreeMap<String, u64>,
) -> Result<()> {
    let memory = runner.memory()?;
    println!(
        "\n{:<24}{:>10}{:>14}{:>13}{:>13}",
        "1,000 rows or exchanges", "ns", "instructions", "allocations", "peak octets"
    );
    for Case { name, .. } in cases {
        let [allocations, peak] = memory.get(name).copied().unwrap_or_default();
        println!(
            "{name:<24}{:>10}{:>14}{allocations:>13}{peak:>13}",
            times.get(name).copied().unwrap_or_default(),
            counts.get(name).copied().unwrap_or_default(),
        );
    }
    Ok(())
}

/// A case of `dlms-bench cases`.
struct Case {
    name: String,
    /// Whether it is the project's own, not a carried variant.
    ours: bool,
}

/// The built package.
struct Runner {
    folder: PathBuf,
}

impl Runner {
    fn build() -> Result<Self> {
        let finished =
            process::run(&mut cargo(&["build", "--release", "--package", "dlms-bench"]))?;
        if !finished.success {
            bail!("the package bench/ cannot be built:\n{}", finished.stderr.trim_end());
        }
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        Ok(Self { folder: root().join(target).join("release") })
    }

    fn cases(&self) -> Result<Vec<Case>> {
        let printed = self.print("dlms-bench", &["cases"])?;
        let lines = printed.lines().filter_map(|line| line.split_once('\t'));
        Ok(lines.map(|(name, whose)| Case { name: name.into(), ours: whose == "ours" }).collect())
    }

    /// The shortest time of each case, in nanoseconds.
    fn times(&self) -> Result<BTreeMap<String, u64>> {
        let printed = self.print("dlms-bench", &["times"])?;
        let lines = printed.lines().filter_map(|line| line.split_once('\t'));
        lines.map(|(name, time)| Ok((name.to_owned(), time.parse()?))).collect()
    }

    /// Allocations and peak octets of each case.
    fn memory(&self) -> Result<BTreeMap<String, [u64; 2]>> {
        let printed = self.print("memory", &[])?;
        let figures = |line: &str| {
            let mut parts = line.split('\t');
            let name = parts.next()?.to_owned();
            let mut next = || parts.next()?.parse().ok();
            Some((name, [next()?, next()?]))
        };
        Ok(printed.lines().filter_map(figures).collect())
    }

    /// The instructions of one run of a case.
    fn count(&self, case: &str) -> Result<u64> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg("--toggle-collect=*counted_region*");
        command.arg(self.folder.join("dlms-bench")).args(["count", case]);
        let finished = process::run(&mut command)?;
        let collected = finished.stderr.lines().find_map(|line| line.split_once("Collected : "));
        let count = collected.and_then(|(_, count)| count.trim().parse().ok());
        count.filter(|count| finished.success && *count > 0).with_context(|| {
            format!("callgrind counted nothing for `{case}`:\n{}", finished.stderr.trim_end())
        })
    }

    fn print(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let finished = process::run(Command::new(self.folder.join(program)).args(arguments))?;
        if !finished.success {
            bail!("{program} {} failed:\n{}", arguments.join(" "), finished.stderr.trim_end());
        }
        Ok(finished.stdout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures_of(entries: &[(&str, u64)]) -> BTreeMap<String, u64> {
        entries.iter().map(|(name, figure)| ((*name).to_owned(), *figure)).collect()
    }

    #[test]
    fn a_ratio_of_times_is_met_up_to_its_goal_and_has_all_keys() {
        let times = figures_of(&[("tree decode", 110_000), ("bare tree decode", 100_000)]);
        let figure = figure(&GOALS[0], &times, &BTreeMap::new()).unwrap();
        let object: serde_json::Value = serde_json::from_str(&figure.json()).unwrap();
        assert_eq!((&object["value"], &object["met"]), (&json!(1.1), &json!(true)));
        for key in ["name", "unit", "goal", "yardstick"] {
            assert!(!object[key].is_null(), "{key}");
        }
    }

    #[test]
    fn instructions_above_the_goal_are_missed_and_without_counts_there_is_no_figure() {
        let counts = figures_of(&[("flat decode", 500_001)]);
        assert!(!figure(&GOALS[1], &BTreeMap::new(), &counts).unwrap().is_met());
        assert!(figure(&GOALS[1], &BTreeMap::new(), &BTreeMap::new()).is_none());
    }
}
