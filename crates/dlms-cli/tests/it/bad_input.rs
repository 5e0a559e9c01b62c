//! Bad input by design: each says what is wrong with it, and nothing is sent.

use crate::support::{Meter, dlms, dlms_reader};

/// Nobody listens there, so that whatever is sent fails with another status.
const NOBODY: &str = "tcp://127.0.0.1:1";

#[test]
fn an_unknown_key_of_a_connection_string_names_the_nearest() {
    dlms(&["read", "tcp://127.0.0.1:1?clinet=2", "0-0:1.0.0"])
        .ends_with(2)
        .says("unknown key “clinet”: the nearest known key is client");
}

#[test]
fn a_secret_in_a_connection_string_is_refused_and_not_repeated() {
    let ran = dlms(&["read", "tcp://127.0.0.1:1?password=geheim77", "0-0:1.0.0"]).ends_with(2);
    assert!(ran.err.contains("DLMS_PASSWORD") && !ran.err.contains("geheim77"), "{}", ran.err);
}

#[test]
fn odd_hexadecimal_names_the_position() {
    dlms(&["decode", "c401c1010"]).ends_with(2).says("odd number of digits: the one at position 8");
    dlms(&["decode", "c4", "0x", "01"]).ends_with(2).says("'x' at position 4");
    dlms(&["set", NOBODY, "0-0:96.1.0:2@1", "octets:0f1", "--dry-run"])
        .ends_with(2)
        .says("odd number of digits: the one at position 2");
}

#[test]
fn what_is_neither_hexadecimal_nor_a_file_is_said_to_be_so() {
    dlms(&["decode", "nowhere.bin"])
        .ends_with(2)
        .says("'n' at position 0")
        .says("there is no file of that name");
}

#[test]
fn an_attribute_where_none_is_chosen_is_refused() {
    dlms(&["call", NOBODY, "0-0:1.0.0:3", "1", "--yes"]).ends_with(2).says("METER CODE METHOD");
    for code in ["1-0:99.1.0:3", "1-0:99.1.0@3"] {
        dlms(&["profile", NOBODY, code]).ends_with(2).says("the code alone: 1-0:99.1.0*255");
    }
    dlms(&["profile", NOBODY, "1-0:99.1.0@7"]).ends_with(3);
}

#[test]
fn a_method_may_be_spelled_as_in_the_standard() {
    let call = ["call", NOBODY, "0-0:40.0.0", "reply_to_HLS_authentication", "--dry-run"];
    dlms(&call).ends_with(2).says("cannot call a method of 0-0:40.0.0*255");
}

#[test]
fn a_range_that_begins_after_its_end_is_refused() {
    let profile = ["profile", NOBODY, "1-0:99.1.0"];
    for (from, to) in
        [("2026-01-02", "2026-01-01"), ("2026-01-01T12:00:01+01:00", "2026-01-01T11:00:00Z")]
    {
        dlms(&[&profile[..], &["--from", from, "--to", to]].concat())
            .ends_with(2)
            .says("the range is empty")
            .says("lies after");
    }
    // Which is first, the zone decides.
    let mixed = ["--from", "2026-01-01T12:00", "--to", "2026-01-01T11:30:00+00:00"];
    dlms(&[&profile[..], &mixed, &["--zone", "UTC"]].concat()).ends_with(2).says("lies after");
    dlms(&[&profile[..], &mixed, &["--zone", "Europe/Berlin"]].concat()).ends_with(3);
}

#[test]
fn an_empty_range_is_refused() {
    let profile = ["profile", NOBODY, "1-0:99.1.0"];
    for range in [["--last", "0h"], ["--entries", "9-3"], ["--entries", "1-0"]] {
        dlms(&[&profile[..], &range].concat()).ends_with(2).says("empty range");
    }
}

#[test]
fn a_local_time_that_spring_skips_is_refused() {
    let skipped = "2026-03-29T02:30";
    let zone = ["--zone", "Europe/Berlin"];
    let range = ["profile", NOBODY, "1-0:99.1.0", "--from", skipped, "--to", "2026-03-30"];
    let names_the_gap = "2026-03-29 02:30 does not exist in Europe/Berlin: \
                         the clock is put forward from 02:00 to 03:00";
    dlms(&[&range[..], &zone].concat()).ends_with(2).says(names_the_gap);
    dlms(&[&["clock", NOBODY, "--set", skipped, "--yes"][..], &zone].concat())
        .ends_with(2)
        .says(names_the_gap);

    // The meter's own zone, which only the meter knows.
    let meter = Meter::start();
    let names_the_gap = "2026-03-29 02:30 does not exist in the meter's zone: \
                         the clock is put forward from 02:00 to 03:00";
    let reader = meter.reader();
    dlms_reader(&["profile", &reader, "1-0:99.1.0", "--from", skipped, "--to", "2026-03-30"])
        .ends_with(2)
        .says(names_the_gap);
    dlms_reader(&["clock", &reader, "--set", skipped, "--yes"]).ends_with(2).says(names_the_gap);
}

#[test]
fn a_local_time_that_autumn_repeats_needs_its_offset() {
    let meter = Meter::start();
    let reader = meter.reader();
    let profile = |from: &str| {
        let to = "2026-10-26T00:00+01:00";
        dlms_reader(&["profile", &reader, "1-0:99.1.0", "--from", from, "--to", to])
    };
    profile("2026-10-25T02:30")
        .ends_with(2)
        .says("2026-10-25 02:30 comes twice in the meter's zone")
        .says("2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00");
    profile("2026-10-25T02:30:00+02:00").ends_with(0);
    dlms_reader(&["clock", &reader, "--set", "2026-10-25T02:30", "--yes"])
        .ends_with(2)
        .says("twice");
    let set = ["clock", &reader, "--set", "2026-10-25T02:30+01:00", "--yes"];
    dlms_reader(&set).ends_with(0).prints("2026-10-25 02:30:0").prints("+01:00");
}

#[test]
fn what_is_no_time_is_refused() {
    dlms(&["clock", NOBODY, "--set", "tomorrow", "--yes"])
        .ends_with(2)
        .says("write 2026-03-29T02:30");
    let range = ["profile", NOBODY, "1-0:99.1.0", "--from", "2026-02-30", "--to", "2026-03-30"];
    dlms(&range).ends_with(2).says("\"2026-02-30\" is no time");
    dlms(&["profile", NOBODY, "1-0:99.1.0", "--last", "1"]).ends_with(2).says("write 1d");
}
