use cosem::bytes::{from_hex, hex};
use dlms::link::hdlc::{Address, Control, Frame, Segmentation};

use super::*;

const AARQ: &str = "601da109060760857405080101be10040e01000000065f1f0400007e1f04b0";
const AARE: &str =
    "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000501f01f40007";
const GET: &str = "c001c100080000010000ff0200";
const TIME: &str = "c401c100090c07e9060f070c1e00ff800000";
const RLRQ: &str = "6203800100";
const RLRE: &str = "6303800100";

/// A conversation of bare APDUs; `tx` and `rx` alternate unless a line says otherwise.
fn talk(facts: &[(&str, Value)], lines: &[Value]) -> Row {
    let mut first = json!({
        "id": "a-talk", "referencing": "LN", "link": "apdu", "addr": {}, "auth": "none",
        "replay": "plain: a test", "complete": true, "keys": {}
    });
    for (key, value) in facts {
        first[*key] = value.clone();
    }
    let mut text = format!("{first}\n");
    for line in lines {
        text.push_str(&format!("{line}\n"));
    }
    replay("a-file", &text)
}

fn tx(hex: &str) -> Value {
    json!({ "dir": "tx", "hex": hex, "checked": "by hand" })
}

fn rx(hex: &str) -> Value {
    json!({ "dir": "rx", "hex": hex, "checked": "by hand" })
}

fn bad(hex: &str) -> Value {
    json!({ "dir": "rx", "hex": hex, "checked": "BAD: a test" })
}

fn associated(lines: &[Value]) -> Row {
    talk(&[], &[&[tx(AARQ), rx(AARE)], lines].concat())
}

#[test]
fn what_our_client_says_too_is_the_same() {
    let row = associated(&[tx(GET), rx(TIME), tx(RLRQ), rx(RLRE)]);
    assert_eq!(row.client, Client::Ran(Likeness::Same), "{row:?}");
    assert_eq!((row.frames, row.decoded, row.refused), (6, 6, 0));
    assert!(!row.failed());
}

#[test]
fn another_invoke_id_is_equivalent_and_its_answer_is_taken() {
    let row =
        associated(&[tx(&GET.replace("c001c1", "c00140")), rx(&TIME.replace("c401c1", "c40140"))]);
    assert_eq!(row.client, Client::Ran(Likeness::Equivalent), "{row:?}");
    assert_eq!(row.why, "other invoke-id");
    // The value was there: nothing stands against the answer.
    assert!(row.remarks.is_empty(), "{row:?}");
}

#[test]
fn an_answer_to_another_request_is_not_taken() {
    let row = associated(&[tx(GET), rx(&TIME.replace("c401c1", "c401c7"))]);
    assert_eq!(row.client, Client::Ran(Likeness::Different), "{row:?}");
}

#[test]
fn refusals_are_results() {
    let undefined = associated(&[
        tx(GET),
        rx("c401c10104"),
        tx(&GET.replace("c001c1", "c001c2")),
        rx("d80101"),
    ]);
    assert_eq!(undefined.client, Client::Ran(Likeness::Same), "{undefined:?}");
    let rejected = AARE.replace("a203020100a305a103020100", "a203020101a305a10302010d");
    let row = talk(&[], &[tx(AARQ), rx(&rejected)]);
    assert_eq!(row.client, Client::Ran(Likeness::Same), "{row:?}");
}

#[test]
fn blocks_are_asked_for_and_put_together() {
    let blocks = ["c402c1000000000100 05 090c07e906", "c402c1010000000200 09 0f070c1e00ff800000"];
    let lines = |acknowledged: u32| {
        let next = format!("c002c1{acknowledged:08x}");
        [tx(GET), rx(blocks[0]), tx(&next), rx(blocks[1]), tx(RLRQ), rx(RLRE)]
    };
    let row = associated(&lines(1));
    assert_eq!(row.client, Client::Ran(Likeness::Same), "{row:?}");
    assert!(row.why.contains("4 requests, 3 results"), "{row:?}");
    assert_eq!(associated(&lines(2)).client, Client::Ran(Likeness::Different));
    // A client that had enough after the first block.
    let stopped = [&lines(1)[..2], &lines(1)[4..]].concat();
    let why = associated(&stopped).why;
    assert!(why.starts_with("other block pacing; another request comes in the middle"), "{why}");
}

#[test]
fn a_long_answer_without_its_end_does_not_pass_in_silence() {
    let [first, second, third] = [
        "c402c1000000000100 03 090c07",
        "c402c1000000000200 03 e9060f",
        "c402c1010000000300 08 070c1e00ff800000",
    ];
    let next = |block: u32| tx(&format!("c002c1{block:08x}"));
    let whole = [tx(GET), rx(first), next(1), rx(second), next(2), rx(third), tx(RLRQ), rx(RLRE)];
    let without = |left_out: &[usize]| {
        let kept = whole.iter().enumerate().filter(|(place, _)| !left_out.contains(place));
        associated(&kept.map(|(_, line)| line.clone()).collect::<Vec<_>>())
    };
    assert_eq!(without(&[]).why, "5 requests, 3 results");
    // The recorded client goes on with blocks that are not there; ours cannot.
    for left_out in [1, 3] {
        let row = without(&[left_out]);
        assert_eq!(row.client, Client::Ran(Likeness::Different), "{row:?}");
        assert!(row.why.contains("which was not recorded"), "{row:?}");
    }
    // The last block, or a block and its acknowledgement: nothing comes of the request.
    let row = without(&[5]);
    assert_eq!(row.client, Client::Ran(Likeness::Same), "{row:?}");
    assert!(row.why.contains("another request comes in the middle of a transfer"), "{row:?}");
    let row = without(&[3, 4]);
    assert!(row.why.contains("no result"), "{row:?}");
    // The recording ends.
    for length in 2..=5 {
        let row = associated(&whole[..length]);
        assert!(row.client.word() == "same" || row.client.word() == "equivalent", "{row:?}");
        assert!(row.why.contains("the recording ends in the middle of a transfer"), "{row:?}");
        assert!(row.why.ends_with("; it is called complete all the same"), "{row:?}");
    }
    // A client that asks again, and one that goes on behind the end.
    let again = [&whole[..3], &whole[2..]].concat();
    let row = associated(&again);
    assert_eq!(row.client, Client::Ran(Likeness::Equivalent), "{row:?}");
    assert!(row.why.contains("again"), "{row:?}");
    let row = associated(&[&whole[..6], &[next(3)]].concat());
    assert_eq!(row.client, Client::Ran(Likeness::Different), "{row:?}");
    // A gap excuses what is missing.
    let gap = json!({ "gap": true });
    let row = associated(&[&whole[..3], &[gap], &whole[4..]].concat());
    assert_eq!(row.client, Client::Ran(Likeness::Equivalent), "{row:?}");
    assert!(row.why.contains("was not recorded"), "{row:?}");
}

#[test]
fn a_line_that_holds_no_frame_is_a_problem() {
    for empty in [
        json!({ "dir": "rx", "checked": "by hand" }),
        json!({ "dir": "rx", "hex": null }),
        json!({ "note": "a remark" }),
        rx(""),
        rx(" "),
    ] {
        let row = associated(std::slice::from_ref(&empty));
        assert_eq!((row.frames, row.decoded, row.problems.len()), (3, 2, 1), "{empty} {row:?}");
        assert!(row.failed() && row.problems[0].starts_with("line 4 "), "{row:?}");
    }
    let row = associated(&[bad("")]);
    assert_eq!((row.frames, row.decoded, row.refused), (3, 2, 1), "{row:?}");
}

#[test]
fn a_block_that_only_the_recorded_client_takes_is_different() {
    let [first, second, third] = [
        "c402c1000000000100 03 090c07",
        "c402c1000000000200 03 e9060f",
        "c402c1010000000300 08 070c1e00ff800000",
    ];
    let next = |block: u32| tx(&format!("c002c1{block:08x}"));
    let lines = |second: &str| {
        [tx(GET), rx(first), next(1), rx(second), next(2), rx(third), tx(RLRQ), rx(RLRE)]
    };
    assert_eq!(associated(&lines(second)).client, Client::Ran(Likeness::Same));
    // Another number, another invoke-id, the last flag too early.
    for (wanted, sent) in [("00000002", "00000005"), ("c402c1", "c402c7"), ("c402c100", "c402c101")]
    {
        let row = associated(&lines(&second.replacen(wanted, sent, 1)));
        assert_eq!(row.client, Client::Ran(Likeness::Different), "{row:?}");
    }
    // A block that is missing.
    let lines = lines(second);
    let row = associated(&[&lines[..2], &lines[4..]].concat());
    assert_eq!(row.client, Client::Ran(Likeness::Different), "{row:?}");
}

#[test]
fn a_frame_that_is_bad_must_be_refused() {
    let row = associated(&[tx(RLRQ), bad("630e800100")]);
    assert_eq!((row.refused, row.decoded), (1, 3), "{row:?}");
    assert!(!row.failed(), "{row:?}");
    let row = associated(&[tx(RLRQ), bad(RLRE)]);
    assert!(row.failed() && row.refused == 0, "{row:?}");
}

#[test]
fn a_frame_that_cannot_be_read_is_a_problem() {
    let row = associated(&[tx(GET), rx("c401c100090c07e9")]);
    assert!(row.failed() && row.decoded == 3, "{row:?}");
}

#[test]
fn a_payload_that_is_no_dlms_is_reported_and_kept() {
    let row = associated(&[rx("b5010203"), tx(GET), rx(TIME)]);
    assert!(!row.failed(), "{row:?}");
    assert!(row.why.contains("no DLMS") && row.why.contains("kept"), "{row:?}");
    assert_eq!(row.decoded, row.frames);
}

#[test]
fn a_gap_and_a_late_beginning_are_bridged() {
    let gap = json!({ "gap": "120 s" });
    let row = associated(&[tx(GET), gap, tx(GET), rx(TIME)]);
    assert_eq!(row.client, Client::Ran(Likeness::Same), "{row:?}");
    let row = talk(&[], &[tx(GET), rx(TIME)]);
    assert_eq!(row.client, Client::Ran(Likeness::Same), "{row:?}");
    assert!(row.remarks.iter().any(|remark| remark.contains("taken for granted")), "{row:?}");
}

#[test]
fn frames_of_the_wrapper_may_come_in_pieces() {
    let down = |apdu: &str| format!("0001001000 01{:04x}{apdu}", apdu.len() / 2).replace(' ', "");
    let up = |apdu: &str| format!("0001000100 10{:04x}{apdu}", apdu.len() / 2).replace(' ', "");
    let answer = up(TIME);
    let (one, other) = answer.split_at(10);
    let lines = [tx(&down(AARQ)), rx(&up(AARE)), tx(&down(GET)), rx(one), rx(other)];
    let row = talk(&[("link", "wrapper".into())], &lines);
    assert_eq!(row.client, Client::Ran(Likeness::Same), "{row:?}");
    assert_eq!(row.decoded, 5);
    // A frame that is cut off at the end is none, however much was meant to be recorded.
    for complete in [true, false] {
        let facts = [("link", "wrapper".into()), ("complete", complete.into())];
        let row = talk(&facts, &lines[..4]);
        assert!(row.failed() && row.problems.len() == 1, "{row:?}");
        assert_eq!((row.frames, row.decoded), (4, 3), "{row:?}");
        // One that is complete, and the beginning of another behind it.
        let both = rx(&format!("{answer}{one}"));
        let row = talk(&facts, &[&lines[..3], &[both]].concat());
        assert_eq!((row.decoded, row.problems.len()), (3, 1), "{row:?}");
        let row = talk(&facts, &[&lines[..3], &[bad(one)]].concat());
        assert_eq!((row.decoded, row.refused, row.failed()), (3, 1, false), "{row:?}");
        // A gap says where the rest is.
        let row = talk(&facts, &[&lines[..4], &[json!({ "gap": "1 s" })]].concat());
        assert_eq!((row.decoded, row.failed()), (3, false), "{row:?}");
    }
}

#[test]
fn an_answer_from_elsewhere_is_not_taken() {
    let request = format!("0001001000010 00d{GET}").replace(' ', "");
    let answer = format!("0001000100110012{TIME}");
    let lines = [tx(&request), rx(&answer)];
    let row = talk(&[("link", "wrapper".into())], &lines);
    assert_eq!(row.client, Client::Ran(Likeness::Different), "{row:?}");
}

const SNRM: &str = "7ea0070321930f017e";
const UA: &str = "7ea01e210373c37a81801205018006018007040000000108040000 0001533b7e";
const HDLC_AARQ: &str =
    "7ea02b032110fbafe6e600601da109060760857405080101be10040e01000000065f1f0400007e1f04b0caea7e";
const HDLC_GET: &str = "7ea0190321326fd8e6e600c001c100080000010000ff0200601a7e";
const DISC: &str = "7ea00703215303c77e";

fn linked(lines: &[Value]) -> Row {
    talk(&[("link", "hdlc".into())], lines)
}

/// A frame of the server with (a piece of) a message.
fn segment(send: u8, segmentation: Segmentation, information: &str) -> String {
    let frame = Frame {
        segmentation,
        destination: Address::client(16),
        source: Address::client(1),
        control: Control::information(send, 1).with_poll_final(),
        information: from_hex(information).expect("octets"),
    };
    let mut octets = Vec::new();
    frame.encode_into(&mut octets).expect("it fits");
    hex(&octets)
}

#[test]
fn frames_of_hdlc_are_decoded_and_their_segments_joined() {
    let (one, other) = TIME.split_at(12);
    let lines = [
        tx(SNRM),
        rx(UA),
        tx(HDLC_AARQ),
        tx(HDLC_GET),
        rx(&segment(0, Segmentation::More, &format!("e6e700{one}"))),
        tx("7ea00703215111e47e"),
        rx(&segment(1, Segmentation::Last, other)),
        tx(&DISC[..8]),
        tx(&DISC[8..]),
    ];
    let row = linked(&lines);
    assert_eq!((row.frames, row.decoded, row.refused), (9, 9, 0), "{row:?}");
    assert_eq!(row.client, Client::NotRun);
    assert_eq!(row.why, "the replay of HDLC links is of a later issue");
    assert!(!row.failed(), "{row:?}");
    // Segments that are joined to something else than was sent cannot be read, and that is said.
    let wrong = [&lines[..6], &[rx(&segment(1, Segmentation::Last, &other[2..]))]].concat();
    assert!(linked(&wrong).why.contains("an APDU, kept: get-response"), "{:?}", linked(&wrong));
    // A segment that is sent again counts once.
    let again = [&lines[..5], &lines[4..]].concat();
    assert!(!linked(&again).failed(), "{:?}", linked(&again));
}

#[test]
fn a_frame_of_hdlc_that_is_bad_must_be_refused() {
    for wrong in [
        DISC.replace("53", "52"),
        DISC[..14].to_owned(),
        segment(0, Segmentation::Last, "e6e700c401"),
    ] {
        let row = linked(&[tx(SNRM), rx(UA), bad(&wrong)]);
        assert_eq!((row.decoded, row.refused), (2, 1), "{row:?}");
        assert!(!row.failed(), "{row:?}");
    }
    assert!(linked(&[bad(DISC)]).failed());
    assert!(linked(&[tx(&DISC.replace("53", "52"))]).failed());
    let cut = linked(&[tx(SNRM), tx(&DISC[..12])]);
    assert!(cut.failed() && (cut.frames, cut.decoded) == (2, 1), "{cut:?}");
}

#[test]
fn frames_of_hdlc_that_share_a_flag_come_out_as_they_were() {
    let row = linked(&[tx(SNRM), rx(&format!("{UA}{}", &DISC[2..]))]);
    assert_eq!((row.decoded, row.failed()), (2, false), "{row:?}");
}

#[test]
fn an_aare_with_lengths_that_are_too_short_is_kept_and_its_frame_counts() {
    // A Landis+Gyr meter with short names; its quirk comes with the link.
    let aare = "e6e7006128a109060760857405080102a203020100a305a103020100\
                be0f040d0800065f1f04001802200960fa00";
    let row = linked(&[tx(SNRM), rx(UA), rx(&segment(0, Segmentation::Last, aare))]);
    assert_eq!((row.decoded, row.failed()), (3, false), "{row:?}");
    assert!(row.why.contains("an APDU, kept: aare"), "{row:?}");
}

#[test]
fn what_is_no_dlms_in_a_frame_of_hdlc_is_reported_and_kept() {
    let lines = [rx("2f49534b0d0a"), tx(SNRM), rx(UA)];
    let row = linked(&lines);
    assert!(row.why.contains("no frame, kept") && !row.failed(), "{row:?}");
    assert_eq!(row.decoded, 2);
    let row = linked(&[tx(SNRM), rx(&segment(0, Segmentation::Last, "e6e700b5010203"))]);
    assert!(row.why.contains("no DLMS") && !row.failed(), "{row:?}");
    let row = linked(&[tx(SNRM), rx(&segment(0, Segmentation::Last, "c40100"))]);
    assert!(row.why.contains("without LLC") && !row.failed(), "{row:?}");
}

#[test]
fn what_is_of_a_later_issue_is_not_run_and_says_so() {
    for (key, value) in [
        ("link", "hdlc (over TCP)"),
        ("referencing", "SN"),
        ("replay", "pinned: HLS with GMAC"),
        ("replay", "decode only"),
    ] {
        let row = talk(&[(key, value.into())], &[tx(AARQ), rx(AARE)]);
        assert_eq!(row.client, Client::NotRun, "{row:?}");
        assert!(!row.why.is_empty() && !row.failed(), "{row:?}");
    }
    let hls = AARQ.replace("080101be", "080103be");
    let row = talk(&[], &[tx(&hls), rx(AARE)]);
    assert!(row.client == Client::NotRun && row.why.contains("ciphering"), "{row:?}");
}

#[test]
fn a_file_that_is_no_conversation_fails() {
    assert!(replay("a-file", "").failed());
    assert!(replay("a-file", "not JSON").failed());
    assert!(associated(&[json!({ "dir": "up", "hex": "00" })]).failed());
}
