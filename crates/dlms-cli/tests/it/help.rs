//! Every `--help` has three examples, and they work as printed.

use std::process::Command;

use crate::support::{DLMS, Folder, Meter, dlms, run};

const VERBS: [&str; 10] = [
    "demo",
    "read",
    "objects",
    "profile",
    "clock",
    "set",
    "call",
    "simulate",
    "decode",
    "completions",
];

/// The lines that stand below `Examples`, indented.
fn examples(help: &str) -> Vec<String> {
    let (head, below) = help.split_once('\n').unwrap();
    assert!(head.starts_with("Examples"), "{help}");
    let examples = below.lines().take_while(|line| line.starts_with("  "));
    examples.map(|line| line.trim().to_owned()).collect()
}

/// As typed into a shell, in a folder of its own, with `dlms` on the path.
fn in_a_shell(line: &str, folder: &Folder) -> crate::support::Ran {
    let bin = std::path::Path::new(DLMS).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder.path()).env("PATH", path);
    run(shell.env_remove("DLMS_PASSWORD").stdin(std::process::Stdio::null()))
}

#[test]
fn every_help_begins_with_three_examples_and_tells_the_status() {
    for verb in VERBS {
        let help = dlms(&[verb, "--help"]).ends_with(0).out;
        assert_eq!(examples(&help).len(), 3, "{verb}: {help}");
        assert!(verb == "completions" || help.contains("Exit status"), "{verb}");
        for line in examples(&help) {
            assert!(line.contains(&format!("dlms {verb}")) || line.contains("| dlms"), "{line}");
        }
    }
    let help = dlms(&["--help"]).ends_with(0).out;
    assert_eq!(examples(&help).len(), 3, "{help}");
    assert!(help.contains("130  interrupted"), "{help}");
}

#[test]
fn the_examples_work_as_printed_against_a_simulated_meter() {
    let meter = Meter::start();
    let folder = Folder::new();
    for verb in std::iter::once("").chain(VERBS).filter(|verb| *verb != "simulate") {
        let args: Vec<_> = [verb, "--help"].into_iter().filter(|arg| !arg.is_empty()).collect();
        for example in examples(&dlms(&args).out) {
            // The port is the only thing that is not as printed: it must be free here.
            let line = example.replace("127.0.0.1:4059", &meter.address);
            let ran = in_a_shell(&line, &folder).ends_with(0);
            assert!(!ran.out.is_empty() || !ran.err.is_empty() || line.contains('>'), "{line}");
        }
    }
}

#[test]
fn the_examples_of_simulate_work_as_printed() {
    for example in examples(&dlms(&["simulate", "--help"]).out) {
        let args: Vec<_> = example.split_whitespace().skip(2).collect();
        let args: Vec<_> = args.iter().map(|arg| arg.trim_matches('\'')).collect();
        let args: Vec<_> =
            args.iter().map(|arg| arg.replace(":4059", ":0").replace(":4060", ":0")).collect();
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        if !args.contains(&"--listen") {
            // The default port may be in use here.
            args.extend(["--listen", "127.0.0.1:0"]);
        }
        assert_eq!(Meter::start_with(&args).interrupt(), Some(130), "{example}");
    }
}

#[test]
fn completion_knows_the_verbs() {
    for shell in ["bash", "zsh", "fish"] {
        let script = dlms(&["completions", shell]).ends_with(0).out;
        for verb in VERBS {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
    dlms(&["completions", "csh"]).ends_with(2);
}
