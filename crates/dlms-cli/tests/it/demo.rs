//! `dlms demo`.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Folder, dlms, plain};

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut command = plain(&["demo"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("listens on"), "{line}");
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), said.contains("cannot write")), (Some(0), false), "{said}");
}

#[test]
fn a_meter_a_client_and_their_conversation_in_one_command() {
    let begun = Instant::now();
    let ran = dlms(&["demo"]).ends_with(0);
    assert!(begun.elapsed() < Duration::from_secs(20));
    for text in [
        "0-0:40.0.0*255",
        "Association LN",
        "Profile generic",
        "1-0:1.8.0*255",
        "active energy import",
        "aarq",
        "get-response",
        "rlre",
    ] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    let register =
        ran.out.lines().find(|line| line.starts_with("1-0:1.8.0") && line.ends_with("Wh"));
    let register = register.unwrap_or_else(|| panic!("{}", ran.out));
    let value = register.split_whitespace().rev().nth(1).unwrap();
    assert!(value.parse::<u64>().unwrap() > 1_000_000, "{register}");
    assert!(ran.out.contains('█') && ran.out.contains("97 rows"), "{}", ran.out);
    assert!(!ran.out.contains("12345678"), "{}", ran.out);
    assert!(ran.err.is_empty(), "{}", ran.err);
}

#[test]
fn the_seed_decides_what_the_household_uses() {
    let used = |seed: &str| {
        let out = dlms(&["demo", "--seed", seed]).ends_with(0).out;
        out.lines().find(|line| line.contains("in all")).unwrap().to_owned()
    };
    assert_eq!(used("7"), used("7"));
    assert_ne!(used("7"), used("8"));
}

#[test]
fn a_demo_can_be_watched_and_recorded() {
    let folder = Folder::new();
    let file = folder.file("demo.pcapng");
    let ran = dlms(&["demo", "-v", "--pcap", &file]).ends_with(0);
    assert!(ran.err.contains("calling-authentication-value") && ran.err.contains('…'));
    assert!(!ran.err.contains("12345678") && !ran.err.contains("3132333435363738"));
    assert!(std::fs::read(&file).unwrap().starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]));
}
