//! The parts that are cargo's work: formatting, lints, documentation, tests, features and the no_std proof.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Outcome, Settings};
use crate::{
    metadata,
    process::{self, Finished, cargo, root},
};

/// The workspaces beside the main one: what they build for would break a plain `cargo test --workspace`.
const OTHER_WORKSPACES: &[&str] = &["no-std-proof/Cargo.toml", "fuzz/Cargo.toml"];

/// The functions that libFuzzer calls, which are tested and checked without it.
const FUZZ_TARGETS: &[&str] = &["--manifest-path", "fuzz/Cargo.toml", "--package", "targets"];

fn fuzz_is_there() -> bool {
    root().join("fuzz/Cargo.toml").exists()
}

/// The manifests of all workspaces that are there, the main one first.
pub(super) fn manifests() -> Vec<&'static str> {
    let others = OTHER_WORKSPACES.iter().copied().filter(|manifest| root().join(manifest).exists());
    std::iter::once("Cargo.toml").chain(others).collect()
}

pub(super) fn formatting(_: Settings) -> Result<Outcome> {
    let mut problems = BTreeSet::new();
    for manifest in manifests() {
        let mut command = cargo(&["fmt", "--all", "--check", "--manifest-path", manifest]);
        let finished = process::run(command.args(["--", "--files-with-diff"]))?;
        if !finished.success {
            // What two workspaces share is told by both.
            let top = root().display().to_string();
            let lines = finished.stdout.lines().chain(finished.stderr.lines());
            problems.extend(lines.map(|line| line.replace(&format!("{top}/"), "")));
        }
    }
    let problems: Vec<String> = problems.into_iter().collect();
    Ok(match problems.as_slice() {
        [] => Outcome::passed("cargo fmt --check, every workspace"),
        _ => Outcome::failed("`cargo fmt --all` makes it right", problems.join("\n")),
    })
}

pub(super) fn clippy(_: Settings) -> Result<Outcome> {
    let every: &[&str] = &["--workspace", "--all-features"];
    let mut selections = vec![every];
    if fuzz_is_there() {
        selections.push(FUZZ_TARGETS);
    }
    for selection in selections {
        let finished =
            process::run(cargo(&["clippy", "--quiet", "--keep-going"]).args(selection).args([
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))?;
        if !finished.success {
            return Ok(Outcome::failed("see below", finished.text()));
        }
    }
    Ok(Outcome::passed("no warnings in any target"))
}

pub(super) fn documentation(_: Settings) -> Result<Outcome> {
    let mut command = cargo(&[
        "doc",
        "--quiet",
        "--keep-going",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--all-features",
    ]);
    let finished = process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(match finished.success {
        true => Outcome::passed("no warnings, private items included"),
        false => Outcome::failed("see below", finished.text()),
    })
}

pub(super) fn tests(_: Settings) -> Result<Outcome> {
    let every: &[&str] = &["--workspace", "--all-features"];
    let mut selections = vec![every];
    if fuzz_is_there() {
        selections.push(FUZZ_TARGETS);
    }
    let mut all = Outcome::default();
    for selection in selections {
        let finished = process::run(cargo(&["test", "--no-fail-fast"]).args(selection))?;
        let sums = sums(&finished.stdout);
        all.passed += sums.passed;
        all.skipped += sums.skipped;
        // What does not compile has no tests that could fail.
        all.failed += if finished.success { 0 } else { sums.failed.max(1) };
        if !finished.success {
            all.details.push_str(&verdicts(&finished));
        }
    }
    let Outcome { passed, failed, skipped, .. } = all;
    Ok(Outcome { summary: format!("{passed} passed, {failed} failed, {skipped} ignored"), ..all })
}

/// Adds up the lines in which each test binary gives its result.
fn sums(stdout: &str) -> Outcome {
    let mut sums = Outcome::default();
    for line in stdout.lines().filter(|line| line.starts_with("test result: ")) {
        for part in line.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u32>().ok());
            match (number, words.next()) {
                (Some(number), Some("passed")) => sums.passed += number,
                (Some(number), Some("failed")) => sums.failed += number,
                (Some(number), Some("ignored")) => sums.skipped += number,
                _ => {}
            }
        }
    }
    sums
}

/// What went wrong in a test run: the compiler's words, then every line but those of tests that passed.
fn verdicts(finished: &Finished) -> String {
    let told = finished.stdout.lines().filter(|line| {
        let line = line.trim_end();
        !line.is_empty() && !line.ends_with("... ok") && !line.starts_with("running ")
    });
    let told: Vec<&str> = told.collect();
    format!("{}\n{}\n", finished.stderr.trim_end(), told.join("\n"))
}

/// Builds every crate by itself with every set of its features, so that none leans on what another switched on.
pub(super) fn features(_: Settings) -> Result<Outcome> {
    let mut problems = Vec::new();
    let mut sets = 0;
    for package in metadata::packages("Cargo.toml")?.iter().filter(|package| package.ours) {
        let named: Vec<&str> = package
            .features
            .iter()
            .map(String::as_str)
            .filter(|feature| *feature != "default")
            .collect();
        for set in powerset(&named) {
            sets += 1;
            let list = set.join(",");
            let mut command = cargo(&["check", "--quiet", "--package", &package.name]);
            command.args(["--no-default-features", "--features", &list]);
            let finished = process::run(&mut command)?;
            if !finished.success {
                problems.push(format!("{} with [{list}]:\n{}", package.name, finished.stderr));
            }
        }
    }
    Ok(Outcome::judged(&problems, format!("{sets} sets, each crate by itself")))
}

/// All subsets of up to four features; of more than four, none, each alone and all together.
fn powerset<'a>(features: &[&'a str]) -> Vec<Vec<&'a str>> {
    if features.len() <= 4 {
        let chosen = |set: u32| {
            let marked = features.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1);
            marked.map(|(_, feature)| *feature).collect()
        };
        return (0..1_u32 << features.len()).map(chosen).collect();
    }
    let alone = features.iter().map(|feature| vec![*feature]);
    std::iter::once(Vec::new()).chain(alone).chain([features.to_vec()]).collect()
}

/// Were std anywhere below `cosem` or `dlms`, the proof would hold two panic handlers and not compile.
///
/// The counter-proof pulls std in on purpose and must not compile, for that reason and no other.
pub(super) fn no_std(_: Settings) -> Result<Outcome> {
    const BUILD: &[&str] = &["build", "--manifest-path", "no-std-proof/Cargo.toml"];
    const FOLDER: &[&str] = &["--target-dir", "target/no-std-proof"];
    if !root().join("no-std-proof/Cargo.toml").exists() {
        return Ok(Outcome::skipped("no-std-proof/ is absent"));
    }
    let proof = process::run(cargo(BUILD).args(FOLDER))?;
    if !proof.success {
        return Ok(Outcome::failed("std is in the tree, or it does not build", proof.stderr));
    }
    let counter_proof = process::run(cargo(BUILD).args(FOLDER).args(["--features", "with-std"]))?;
    if counter_proof.success || !counter_proof.stderr.contains("duplicate lang item") {
        let summary = "the counter-proof with std must fail with a duplicate lang item";
        return Ok(Outcome::failed(summary, counter_proof.stderr));
    }
    Ok(Outcome::passed("a static library without std links cosem and dlms; with std it does not"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_several_test_binaries_are_added_up() {
        let sums = sums(
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; \
             finished in 0.00s\nnoise: 7 passed\n\
             test result: FAILED. 11 passed; 2 failed; 0 ignored; 0 measured; 3 filtered out\n",
        );
        assert_eq!((sums.passed, sums.failed, sums.skipped), (16, 2, 1));
    }

    #[test]
    fn few_features_give_every_set_and_many_give_none_each_and_all() {
        assert_eq!(powerset(&[]), [Vec::<&str>::new()]);
        assert_eq!(powerset(&["a", "b"]), [vec![], vec!["a"], vec!["b"], vec!["a", "b"]]);
        assert_eq!(powerset(&["a", "b", "c", "d"]).len(), 16);
        assert_eq!(powerset(&["a", "b", "c", "d", "e"]).len(), 7);
    }
}
