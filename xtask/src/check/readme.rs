//! The README is true: its library example is a compiled file and its commands exist.

use std::fs;

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::{Outcome, Settings};
use crate::{
    CommandLine,
    process::{self, cargo, root},
};

/// The file that holds the README's library example; cargo compiles it with the other examples.
const EXAMPLE: &str = "crates/dlms-client/examples/readme.rs";
const LONGEST_EXAMPLE: usize = 15;

pub(super) fn example_and_commands(_: Settings) -> Result<Outcome> {
    let Ok(readme) = fs::read_to_string(root().join("README.md")) else {
        return Ok(Outcome::skipped("README.md is absent"));
    };
    let source = fs::read_to_string(root().join(EXAMPLE))
        .with_context(|| format!("the README's example must stand in {EXAMPLE}"))?;
    let mut problems = wrong_example(&readme, &source);
    let commands = commands(&readme);
    if commands.len() < 2 {
        problems.push("README.md: it must show the two commands, cargo run and cargo xtask".into());
    }
    for command in &commands {
        problems.extend(unknown_command(command)?);
    }
    let summary = format!("the example is {EXAMPLE}, {} commands exist", commands.len());
    Ok(Outcome::judged(&problems, summary))
}

/// What is wrong with the first Rust block of the README, compared with the file that is compiled.
fn wrong_example(readme: &str, source: &str) -> Vec<String> {
    let Some(shown) = blocks(readme, &["rust"]).into_iter().next() else {
        return vec!["README.md: there is no library example (a ```rust block)".into()];
    };
    let mut problems = Vec::new();
    let lines = shown.lines().filter(|line| !line.trim().is_empty()).count();
    if lines > LONGEST_EXAMPLE {
        problems
            .push(format!("README.md: the example has {lines} lines, {LONGEST_EXAMPLE} at most"));
    }
    // The file's own heading says where it is shown; the README does not repeat it.
    let is_heading = |line: &&str| line.starts_with("//!");
    let compiled: Vec<&str> = source.lines().skip_while(is_heading).collect();
    if compiled.join("\n").trim() != shown.trim() {
        problems.push(format!("README.md: the example and {EXAMPLE} differ; copy the file's text"));
    }
    problems
}

/// The contents of the fenced blocks in one of these languages.
fn blocks(markdown: &str, languages: &[&str]) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        if languages.contains(&language.trim()) {
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

/// The lines of shell blocks that start cargo, without a prompt and a comment.
fn commands(readme: &str) -> Vec<String> {
    let blocks = blocks(readme, &["sh", "console", "bash", "shell"]);
    let lines = blocks.iter().flat_map(|block| block.lines());
    lines
        .map(|line| line.trim_start_matches("$ ").split(" #").next().unwrap_or_default().trim())
        .filter(|line| line.starts_with("cargo "))
        .map(str::to_owned)
        .collect()
}

/// Asks the one who would run the command whether it is known.
fn unknown_command(command: &str) -> Result<Option<String>> {
    let words: Vec<&str> = command.split_whitespace().collect();
    if let ["cargo", "xtask", name, ..] = words.as_slice() {
        let line = CommandLine::command();
        let known = line.get_subcommands().any(|known| known.get_name() == *name);
        return Ok((!known).then(|| format!("README.md: there is no `cargo xtask {name}`")));
    }
    if words.get(1) != Some(&"run") {
        return Ok(None);
    }
    let Some(verb) = words.iter().skip_while(|word| **word != "--").nth(1) else {
        return Ok(Some(format!("README.md: `{command}` gives no verb")));
    };
    // The checked build serves: whether a verb exists does not depend on the profile.
    let finished =
        process::run(cargo(&["run", "--quiet", "--bin", "dlms", "--"]).args([verb, "--help"]))?;
    Ok((!finished.success)
        .then(|| format!("README.md: `{command}`: {}", finished.text().trim_end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# x\n```sh\n$ cargo run --release -- demo  # a conversation\n\
                          cargo xtask check\nls\n```\n```rust\nfn main() {}\n```\n";

    #[test]
    fn the_example_is_the_compiled_file_without_its_heading() {
        assert!(wrong_example(README, "//! Shown in the README.\n\nfn main() {}\n").is_empty());
        assert_eq!(wrong_example(README, "fn main() { other(); }\n").len(), 1);
        assert_eq!(wrong_example("no block", "fn main() {}\n").len(), 1);
        let long = format!("```rust\n{}```\n", "line();\n".repeat(LONGEST_EXAMPLE + 1));
        assert_eq!(wrong_example(&long, &"line();\n".repeat(LONGEST_EXAMPLE + 1)).len(), 1);
    }

    #[test]
    fn commands_are_found_without_prompt_and_comment() {
        assert_eq!(commands(README), ["cargo run --release -- demo", "cargo xtask check"]);
    }

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        assert_eq!(unknown_command("cargo xtask check").ok(), Some(None));
        let unknown = unknown_command("cargo xtask chekc").ok().flatten();
        assert_eq!(unknown.as_deref(), Some("README.md: there is no `cargo xtask chekc`"));
    }
}
