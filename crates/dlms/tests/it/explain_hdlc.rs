//! Explanations of HDLC: flags, fields, what is inside, garbage, segments, and what stays hidden.

use std::time::{Duration, Instant};

use cosem::bytes::from_hex;
use dlms::explain::{Found, NOT_DECODED, explain};
use dlms::link::hdlc::{Address, Control, Frame, Segmentation};

use crate::corpus::entries;
use crate::explain::every_octet_is_explained_once;
use crate::octets::octets;

const SNRM: &str = "7ea00802232193bd647e";
const AARQ: &str =
    "6036 a109060760857405080101 8a020780 8b0760857405080201 ac0a8008 7061737377307264
                    be10040e01000000065f1f0400007e1f04b0";

fn text(octets: &[u8]) -> String {
    let explanation = explain(octets);
    every_octet_is_explained_once(octets, &explanation);
    explanation.to_string()
}

fn framed(control: Control, segmentation: Segmentation, information: &[u8]) -> Vec<u8> {
    let server = Address::client(1);
    let frame = Frame {
        segmentation,
        destination: server,
        source: Address::client(16),
        control,
        information: information.to_vec(),
    };
    let mut octets = Vec::new();
    frame.encode_into(&mut octets).unwrap();
    octets
}

#[test]
fn a_frame_is_explained_down_to_the_value() {
    let found = text(&octets("7ea0127595965bf0e6e700c401810003008dfd7e"));
    let wanted = [
        "0..1        flag",
        "1..19       hdlc",
        "1..3          format: 0xa012, length 18",
        "3..4          destination: 58",
        "4..5          source: 74",
        "5..6          control: 0x96, I N(S)=3 N(R)=4 P/F",
        "6..8          hcs: 0xf05b, right",
        "8..11         llc: response",
        "11..17        get-response",
        "11..12          tag: 0xc4",
        "12..13          choice: 1, normal",
        "13..14          invoke-id-and-priority: id 1, unconfirmed, high priority",
        "14..15          choice: 0, data",
        "15..17          boolean: false",
        "17..19        fcs: 0xfd8d, right",
        "19..20      flag",
    ];
    assert!(found.lines().eq(wanted), "{found}");
}

#[test]
fn frames_share_a_flag_and_show_their_parameters() {
    let found = text(&octets(
        "7ea01e610373b57c81801205018006013e07040000000108040000000107227ea00a002254d361513f997e7e",
    ));
    for line in [
        "8..29         parameters",
        "14..15          parameter: 6, max-information-receive",
        "16..17          value: 62",
        "31..32      flag",
        "34..38        destination: 17/5481",
        "39..40        control: 0x51, RR N(R)=2 P/F",
        "42..44      flag: 2",
    ] {
        assert!(found.lines().any(|found| found == line), "{line}\n{found}");
    }
    assert!(!found.contains("stopped"), "{found}");
}

#[test]
fn garbage_between_frames_is_not_decoded() {
    let octets = octets("0600001fc7cec3 7ea00c0102011027a00201e7de7e 0102 7ea00801020110378d7e");
    let found = text(&octets);
    assert!(found.starts_with("0..7        not-decoded: …\n7..8        flag\n"), "{found}");
    assert_eq!(found.matches("hdlc").count(), 2, "{found}");
    assert_eq!(explain(&octets).found, Found::Hdlc);
}

#[test]
fn a_frame_that_is_broken_says_why_and_does_not_hide_the_next_one() {
    let mut broken = octets(SNRM);
    broken[4] ^= 1;
    let explanation = explain(&[&broken[..], &octets(SNRM)].concat());
    let error = explanation.error.unwrap().to_string();
    assert!(error.starts_with("hdlc.fcs: check sequence 64bd at octet 7"), "{error}");
    assert!(explanation.to_string().contains("SNRM"), "{explanation}");
    for end in 3..broken.len() {
        let whole = octets(SNRM);
        let explanation = explain(&whole[..end]);
        every_octet_is_explained_once(&whole[..end], &explanation);
        assert!(explanation.found == Found::Hdlc && explanation.error.is_some(), "{explanation}");
    }
}

#[test]
fn the_refusal_of_a_frame_is_explained_both_ways_round() {
    for (information, reason) in [("100001", "undefined control"), ("540010", "invalid N(R)")] {
        let found = text(&framed(Control::FRMR, Segmentation::Last, &octets(information)));
        assert!(found.contains(reason), "{found}");
    }
}

#[test]
fn a_payload_without_llc_is_tried_all_the_same() {
    let ui = framed(Control::UI, Segmentation::Last, &octets("c401c10104"));
    assert!(text(&ui).contains("get-response"));
    // What is no message may be the end of one: it is not shown.
    let ui = framed(Control::UI, Segmentation::Last, &octets("2a707172"));
    let found = text(&ui);
    assert!(found.contains("not-decoded: …") && found.contains("stopped"), "{found}");
}

#[test]
fn segments_are_shown_when_the_message_holds_no_secret() {
    let first = framed(Control::information(0, 0), Segmentation::More, &octets("e6e700 c401c100"));
    let last = framed(Control::information(1, 0), Segmentation::Last, &octets("0906 70717273"));
    let found = text(&[&first[..], &last].concat());
    assert!(found.contains("segment: c401c100\n"), "{found}");
    assert!(found.contains("segment: 090670717273\n"), "{found}");
    // Alone, or behind a hole, nobody knows what it is a part of.
    assert!(!text(&last).contains("70717273"));
    let other = framed(Control::information(2, 0), Segmentation::Last, &octets("0906 70717273"));
    assert!(!text(&[&first[..], &other].concat()).contains("70717273"));
}

#[test]
fn passwords_are_not_shown_whole_broken_or_in_segments() {
    let apdu = octets(AARQ);
    let secret = octets("7061737377307264");
    let information = [&[0xe6, 0xe6, 0x00], &apdu[..]].concat();
    let whole = framed(Control::information(0, 0), Segmentation::Last, &information);
    assert!(text(&whole).contains("aarq"));
    for cut in 4..information.len() {
        let (one, other) = information.split_at(cut);
        let one = framed(Control::information(0, 0), Segmentation::More, one);
        let other = framed(Control::information(1, 0), Segmentation::Last, other);
        let mut broken = whole.clone();
        broken[8 + cut] ^= 0x40;
        for octets in [[&one[..], &other].concat(), one, other, broken, whole[..8 + cut].to_vec()] {
            let explanation = explain(&octets);
            every_octet_is_explained_once(&octets, &explanation);
            let shown = (0..explanation.spans.len())
                .filter_map(|index| explanation.octets_of(index, &octets));
            for own in shown {
                let leaks = own.windows(4).any(|own| secret.windows(4).any(|part| part == own));
                assert!(!leaks, "{own:02x?} of {explanation}");
            }
            let text = explanation.to_string();
            assert!(!text.contains("70617373") && !text.contains("passw0rd"), "{text}");
        }
    }
}

#[test]
fn every_frame_of_the_corpus_is_explained_to_the_last_octet() {
    let mut explained = 0;
    for file in ["hdlc.jsonl", "push_hdlc.jsonl"] {
        for entry in entries(file) {
            let octets = from_hex(entry["hex"].as_str().unwrap()).unwrap();
            let explanation = explain(&octets);
            every_octet_is_explained_once(&octets, &explanation);
            let id = &entry["id"];
            let whole = !explanation.spans.iter().any(|span| span.name == NOT_DECODED);
            if entry["valid"] == true {
                assert_eq!(explanation.found, Found::Hdlc, "{id}");
                explained += usize::from(whole);
            } else {
                // Every frame of it is right: what is wrong is the order of the blocks.
                let blocks =
                    entry["why"].as_str().is_some_and(|why| why.starts_with("general-block"));
                let stopped = explanation.error.is_some() || !whole;
                assert_eq!(stopped, !blocks, "{id}: {explanation}");
            }
        }
    }
    println!("{explained} entries to the last octet");
    assert!(explained >= 40, "{explained}");
}

#[test]
fn time_is_linear() {
    for unit in [SNRM, "7e", "7ea7ff", "7ea008", "7ea00801020110378d7e01"] {
        let stream = octets(unit).repeat(300_000 / unit.len());
        let started = Instant::now();
        every_octet_is_explained_once(&stream[..3_000], &explain(&stream[..3_000]));
        let _ = explain(&stream).spans.len();
        assert!(started.elapsed() < Duration::from_secs(5), "{unit}: {:?}", started.elapsed());
    }
}
