//! Explanations: the ranges, the names, and what must not be shown.

use std::time::{Duration, Instant};

use dlms::explain::{Explanation, Found, NOT_DECODED, explain};

use crate::octets::octets;

/// Fields follow each other without gap or overlap, and lie in their groups. Of a group only an
/// array or structure has octets of its own in front of its fields: tag and count.
pub(crate) fn every_octet_is_explained_once(octets: &[u8], explanation: &Explanation) {
    let spans = &explanation.spans;
    let mut at = 0;
    for (index, span) in spans.iter().enumerate() {
        assert!(span.from <= span.to && span.to <= octets.len(), "{span:?}");
        assert_eq!(span.from, at, "{span:?}\n{explanation}");
        let inside = spans[index + 1..].iter().take_while(|inner| inner.depth > span.depth);
        let end = inside.map(|inner| inner.to).max().unwrap_or(span.to);
        assert_eq!(end, span.to, "{span:?}\n{explanation}");
        let next = spans.get(index + 1).filter(|next| next.depth > span.depth);
        let head = next.map_or(span.to, |next| next.from) - span.from;
        let has_head = ["array", "structure"].contains(&span.name);
        assert!(next.is_none() || head == 0 || has_head, "{span:?}\n{explanation}");
        at += head;
    }
    assert_eq!(at, octets.len(), "{explanation}");
}

fn text(hex: &str) -> String {
    let octets = octets(hex);
    let explanation = explain(&octets);
    every_octet_is_explained_once(&octets, &explanation);
    explanation.to_string()
}

#[test]
fn a_frame_is_explained_down_to_the_value() {
    let found = text("0001 0001 0010 0009 c401c100 02 02 11 08 00");
    let wanted = [
        "0..17       wrapper",
        "0..2          version: 1",
        "2..4          source: 1",
        "4..6          destination: 16",
        "6..8          length: 9",
        "8..17         get-response",
        "8..9            tag: 0xc4",
        "9..10           choice: 1, normal",
        "10..11          invoke-id-and-priority: id 1, confirmed, high priority",
        "11..12          choice: 0, data",
        "12..17          structure: 2 elements",
        "14..16            unsigned: 8",
        "16..17            null-data",
    ];
    assert!(found.lines().eq(wanted), "{found}");
}

#[test]
fn the_user_information_of_an_association_request_is_explained() {
    let found = text("601d a109060760857405080101 be10040e 01000000065f1f0400007e1f04b0");
    for line in [
        "2..13         application-context-name",
        "6..13             contents: 2.16.756.5.8.1.1, logical-name",
        "13..31        user-information",
        "17..31            initiate-request",
        "19..20              response-allowed: absent: true",
        "29..31              client-max-receive-pdu-size: 1200",
    ] {
        assert!(found.lines().any(|found| found == line), "{line}{found}");
    }
    assert!(!found.contains("stopped"), "{found}");
}

#[test]
fn passwords_and_keys_are_not_shown() {
    let aarq = "6036 a109060760857405080101 8a020780 8b0760857405080201 ac0a8008 7061737377307264
                be10040e01000000065f1f0400007e1f04b0";
    let initiate = "01 01 08 7061737377307264 00 00 06 5f1f0400 007e1f 04b0";
    let set = "c101c1 000f 0000280000ff 07 00 0908 7061737377307264";
    let change = "c301c1 000f 0000280000ff 02 01 0908 7061737377307264";
    let secret = octets("7061737377307264");
    let block = "c102c1 000f 0000280000ff 07 00 01 00000001 0a 0908 7061737377307264";
    let list = "c305c1 01 000f 0000280000ff 02 01 00000001 0b 01 0908 7061737377307264";
    for hex in [aarq, initiate, set, change, block, list] {
        let whole = octets(hex);
        // Also when octets are missing, or the frame around them is there.
        let framed =
            [octets("0001 0010 0001"), (whole.len() as u16).to_be_bytes().to_vec(), whole.clone()];
        for octets in [whole.clone(), framed.concat()] {
            let place = octets.windows(secret.len()).position(|part| part == secret).unwrap();
            for end in place..=octets.len() {
                let octets = &octets[..end];
                let explanation = explain(octets);
                every_octet_is_explained_once(octets, &explanation);
                for index in 0..explanation.spans.len() {
                    let span = &explanation.spans[index];
                    let shown = explanation.octets_of(index, octets);
                    let overlaps = span.from < place + secret.len() && span.to > place;
                    assert!(shown.is_none() || !overlaps, "{span:?} of {explanation}");
                }
                let text = explanation.to_string();
                assert!(!text.contains("7061") && !text.contains("passw0rd"), "{text}");
            }
        }
        assert!(explain(&whole).to_string().contains('…'));
    }
}

#[test]
fn what_is_not_built_is_named() {
    let found = text("0001 0010 0001 0003 dd0000 0001 0010 0001 0004 c501c100");
    assert!(found.contains("8..11         not-decoded: …\n"), "{found}");
    assert!(found.contains("set-response"), "{found}");
    assert!(
        found.ends_with("stopped: tag: general-ciphering (0xdd) is not built yet\n"),
        "{found}"
    );
    assert_eq!(explain(&octets("0f 00000001 00 0000")).found, Found::Apdu("data-notification"));
}

#[test]
fn an_apdu_from_a_log_of_hdlc_has_its_llc_in_front() {
    let logged = octets("e6e700 c401c10104");
    let explanation = explain(&logged);
    every_octet_is_explained_once(&logged, &explanation);
    assert_eq!((explanation.found, explanation.error), (Found::Apdu("get-response"), None));
    let text = explanation.to_string();
    assert!(text.starts_with("0..3        llc: response\n3..8        get-response\n"), "{text}");
    assert!(explain(&octets("e6e600 c001c100080000010000ff0200")).to_string().contains("command"));
}

#[test]
fn the_prefix_of_a_gateway_is_not_built_and_not_taken_for_the_llc() {
    // Network 0, the address 1234; then an LLC in front of the prefix of network 0.
    for hex in ["e6 00 04 31323334 c001c100080000010000ff0200", "e6e600 e6 00 00 c0", "e6e600 2a"] {
        let octets = octets(hex);
        let explanation = explain(&octets);
        every_octet_is_explained_once(&octets, &explanation);
        assert_eq!(explanation.found, Found::Apdu("gateway-request"), "{hex}");
        assert!(explanation.error.unwrap().to_string().contains("not built yet"), "{hex}");
    }
}

#[test]
fn an_apdu_comes_before_a_value_and_what_decodes_before_what_does_not() {
    assert_eq!(
        explain(&octets("01000000065f1f0400007e1f04b0")).found,
        Found::Apdu("initiate-request")
    );
    assert_eq!(explain(&octets("01 02 11 01 11 02")).found, Found::Data);
    assert_eq!(explain(&octets("06 00000001")).found, Found::Data);
    assert_eq!(explain(&octets("0f 05")).found, Found::Data);
    assert_eq!(explain(&octets("00")).found, Found::Data);
}

#[test]
fn where_reading_stopped_the_rest_is_a_field() {
    let octets = octets("c401c1 00 02 02 11 01 2a 0000");
    let explanation = explain(&octets);
    every_octet_is_explained_once(&octets, &explanation);
    assert_eq!(explanation.found, Found::Apdu("get-response"));
    let error = explanation.error.unwrap().to_string();
    assert_eq!(error, "get-response.data: unknown tag 0x2a at octet 8 (wanted a data type)");
    let last = explanation.spans.last().unwrap();
    assert_eq!((last.name, last.from, last.to), (NOT_DECODED, 8, 11));
    assert_eq!(explanation.octets_of(explanation.spans.len() - 1, &octets), Some(&octets[8..]));
}

#[test]
fn positions_of_errors_count_from_the_first_octet_of_all() {
    let explanation = explain(&octets("0001 0010 0001 0005 c401c1002a"));
    let error = explanation.error.unwrap().to_string();
    assert_eq!(error, "get-response.data: unknown tag 0x2a at octet 12 (wanted a data type)");
    let explanation = explain(&octets("0001 0010 0001 0009 c401c10000"));
    let error = explanation.error.unwrap().to_string();
    assert_eq!(error, "wrapper.apdu: 9 octets wanted at octet 8, 5 left");
}

#[test]
fn unknown_octets_are_said_to_be_unknown() {
    for hex in ["", "7ea0", "0001", "2f2f2f", "ee"] {
        let octets = octets(hex);
        let explanation = explain(&octets);
        every_octet_is_explained_once(&octets, &explanation);
    }
    assert_eq!(explain(&octets("7ea0")).found, Found::Nothing);
    assert_eq!(explain(&[]).found, Found::Nothing);
}

#[test]
fn a_long_profile_is_explained_in_linear_time() {
    let mut hex = String::from("c401c100 01 820fa0");
    hex.push_str(&"0203 0600000001 1108 00".repeat(4_000));
    let octets = octets(&hex);
    let started = Instant::now();
    let explanation = explain(&octets);
    assert!(explanation.error.is_none());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let wrapper = octets_of_frames(20_000);
    let started = Instant::now();
    assert_eq!(explain(&wrapper).found, Found::Wrapper);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

fn octets_of_frames(count: usize) -> Vec<u8> {
    octets("0001 0010 0001 0004 c501c100").repeat(count)
}
