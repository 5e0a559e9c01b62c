//! `dlms decode`.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Folder, dlms, plain};

/// A GET request for the time in a wrapper frame, and its answer.
const REQUEST: &str = "0001 0010 0001 000d c001c100080000010000ff0200";

#[test]
fn every_layer_is_explained_with_its_ranges() {
    let words: Vec<_> = REQUEST.split(' ').collect();
    let ran = dlms(&[&["decode"], &words[..]].concat()).ends_with(0);
    for line in [
        "0..21                               wrapper",
        "2..4      0010                        source: 16",
        "8..21                                 get-request",
        "13..19    0000010000ff                    instance-id: 0-0:1.0.0*255",
    ] {
        assert!(ran.out.lines().any(|found| found == line), "{line} in {}", ran.out);
    }
}

#[test]
fn each_octet_may_have_its_prefix_as_in_sources() {
    dlms(&["decode", "0xC4,", "0x01,", "0xc1,", "0x01,", "0x04"])
        .ends_with(0)
        .prints("4, object-undefined");
}

#[test]
fn a_capture_is_named_and_not_taken_for_a_message() {
    let folder = Folder::new();
    let file = folder.file("demo.pcapng");
    dlms(&["demo", "--pcap", &file]).ends_with(0);
    dlms(&["decode", &file]).ends_with(2).says("it is a capture (pcapng)").says("Wireshark");
}

#[test]
fn frames_of_hdlc_are_explained_and_a_password_in_them_is_not_shown() {
    let request = "7ea0190321326fd8e6e600c001c100080000010000ff0200601a7e";
    let ran = dlms(&["decode", request]).ends_with(0).prints("HDLC frames, 27 octets");
    for line in [
        "5..6      32                          control: 0x32, I N(S)=1 N(R)=1 P/F",
        "8..11     e6e600                      llc: command",
        "11..24                                get-request",
    ] {
        assert!(ran.out.lines().any(|found| found == line), "{line} in {}", ran.out);
    }
    let fields = dlms(&["decode", request, "--json"]).ends_with(0).json();
    assert!(fields.iter().any(|field| field["found"] == "hdlc"), "{fields:?}");
    let low = "7ea04403251086e3e6e6006036a1090607608574050801018a0207808b0760857405080201ac0a8008\
               3030303030303030be10040e01000000065f1f0400ffffff00c8d2a67e";
    let ran = dlms(&["decode", low]).ends_with(0);
    assert!(ran.out.contains("aarq") && !ran.out.contains("3030"), "{}", ran.out);
}

#[test]
fn octets_come_from_words_a_file_or_standard_input() {
    let folder = Folder::new();
    let expected = dlms(&["decode", REQUEST]).ends_with(0).out;
    let text = folder.file("request.hex");
    std::fs::write(&text, REQUEST.replace(' ', "\n")).unwrap();
    assert_eq!(dlms(&["decode", &text]).ends_with(0).out, expected);
    // A name that looks like octets needs --file.
    let binary = folder.file("c0");
    std::fs::write(&binary, cosem::bytes::from_hex(REQUEST).unwrap()).unwrap();
    assert_eq!(dlms(&["decode", "--file", &binary]).ends_with(0).out, expected);

    let mut command = plain(&["decode"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(REQUEST.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    dlms(&["decode"]).ends_with(2).says("there are no octets");
}

#[test]
fn a_mark_in_front_of_a_text_is_no_octet_of_the_message() {
    let folder = Folder::new();
    let file = folder.file("bom.hex");
    std::fs::write(&file, "\u{feff}c4 01 c1 01 04\r\n").unwrap();
    dlms(&["decode", &file]).ends_with(0).prints("APDU get-response, 5 octets");
}

#[test]
fn an_apdu_of_a_log_may_have_its_llc_in_front() {
    dlms(&["decode", "e6e700c401c10104"])
        .ends_with(0)
        .prints("APDU get-response, 8 octets")
        .prints("llc: response");
    dlms(&["decode", "00"]).ends_with(0).prints("A-XDR value, 1 octet\n");
}

#[test]
fn a_log_has_a_message_on_each_line_and_a_dump_one_on_several() {
    let folder = Folder::new();
    let log = folder.file("log.hex");
    std::fs::write(&log, "c001c100080000010000ff0200\nc401c10104\n").unwrap();
    let ran = dlms(&["decode", &log]).ends_with(0);
    ran.prints("1: APDU get-request, 13 octets").prints("2: APDU get-response, 5 octets");
    let messages = dlms(&["decode", &log, "--json"]).ends_with(0).json();
    assert_eq!((messages[0]["message"].as_u64(), messages.len() > 2), (Some(1), true));
    std::fs::write(&log, "c001c1000800\n00010000ff0200\n").unwrap();
    dlms(&["decode", &log]).ends_with(0).prints("APDU get-request, 13 octets");
}

#[test]
fn what_cannot_be_decoded_is_7_and_the_rest_is_shown() {
    dlms(&["decode", "c401c1002a"])
        .ends_with(7)
        .prints("get-response")
        .prints("not-decoded")
        .says("unknown tag 0x2a at octet 4");
    dlms(&["decode", "fa"]).ends_with(7).says("neither a frame nor an APDU nor a value");
}

#[test]
fn json_is_one_object_a_field_and_one_for_the_whole() {
    let ran = dlms(&["decode", "c401c10104", "--json"]).ends_with(0);
    let lines = ran.json();
    assert_eq!((lines[0]["from"].as_u64(), lines[0]["to"].as_u64()), (Some(0), Some(5)));
    assert_eq!(lines[0]["name"], "get-response");
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["found"], &last["error"]),
        (&"get-response".into(), &serde_json::Value::Null)
    );
    let failed = dlms(&["decode", "c401c1002a", "--json"]).ends_with(7).json();
    assert!(failed.last().unwrap()["error"].as_str().unwrap().contains("unknown tag 0x2a"));
}

#[test]
fn a_password_among_the_octets_is_not_shown() {
    // AARQ with LLS and the password 12345678.
    let aarq = "6036a1090607608574050801018a0207808b0760857405080201ac0a80083132333435363738\
                be10040e01000000065f1f0400007e1fffff";
    for args in [vec!["decode", aarq], vec!["decode", aarq, "--json"], vec!["decode", &aarq[..80]]]
    {
        let ran = dlms(&args);
        assert!(ran.out.contains('…'), "{ran:?}");
        let all = format!("{}{}", ran.out, ran.err);
        assert!(!all.contains("12345678") && !all.contains("3132333435363738"), "{ran:?}");
    }
}
