//! `dlms set`, `dlms call`, setting the clock: what is sent, and what is asked for first.

use crate::support::{Meter, dlms, dlms_reader};

#[test]
fn a_call_without_a_terminal_needs_yes() {
    let meter = Meter::start();
    let call = ["call", &meter.reader(), "0-0:1.0.0", "adjust_to_minute"];
    dlms_reader(&call).ends_with(2).says("no terminal to ask on").says("try: --yes");
    let yes = [&call[..], &["--yes"]].concat();
    dlms_reader(&yes)
        .ends_with(0)
        .says("will call method 3 (adjust_to_minute) of 0-0:1.0.0*255 (clock, Clock) with 0 (integer)")
        .says("called");
}

#[test]
fn a_clock_is_not_set_unasked() {
    let meter = Meter::start();
    let reader = meter.reader();
    let time = "time:2026-01-15T12:00+01:00";
    for args in [
        vec!["set", &reader, "0-0:1.0.0:time", time],
        vec!["clock", &reader, "--set", "2026-01-15T12:00"],
        vec!["clock", &reader, "--sync"],
    ] {
        dlms_reader(&args).ends_with(2).says("try: --yes");
    }
    let clock = dlms(&["clock", &meter.public()]).out;
    assert!(!clock.starts_with("2026-01-15"), "{clock}");
    dlms_reader(&["set", &reader, "0-0:1.0.0:time", time, "--yes"]).ends_with(0).says(
        "will write attribute 2 (time) of 0-0:1.0.0*255 (clock, Clock): 2026-01-15 12:00:00+01:00",
    );
    let clock = dlms(&["clock", &meter.public()]).out;
    assert!(clock.starts_with("2026-01-15 12:00:0"), "{clock}");
}

#[test]
fn a_clock_is_set_to_a_local_time_and_to_now() {
    let meter = Meter::start();
    let reader = meter.reader();
    let set = |time: &[&str]| {
        let args = [&["clock", &reader], time, &["--yes"]].concat();
        dlms_reader(&args).ends_with(0)
    };
    // Summer in the meter's own zone, whatever the season is today.
    let clock = set(&["--set", "2026-07-15T12:00"]).out;
    assert!(clock.starts_with("2026-07-15 12:00:0") && clock.trim().ends_with("+02:00"), "{clock}");
    let clock = set(&["--set", "2026-01-15T12:00", "--zone", "UTC"]).out;
    assert!(clock.starts_with("2026-01-15 13:00:0"), "{clock}");
    let synced =
        set(&["--sync"]).says("behind this computer's").says("the clock was set and shows");
    let time: jiff::Timestamp = synced.out.trim().parse().unwrap();
    assert!((jiff::Timestamp::now().as_second() - time.as_second()).abs() <= 2);
    set(&["--sync"]).says("the clock is right");
    set(&["--set", "now"]);
}

#[test]
fn a_dry_run_prints_the_octets_and_sends_nothing() {
    // Nobody listens there.
    let meter = "tcp://127.0.0.1:1?client=2";
    // The wrapper's header, then SET normal with the attribute's descriptor (IEC 62056-5-3).
    dlms(&["set", meter, "0-0:96.1.0:2@1", "u32:5", "--dry-run"])
        .ends_with(0)
        .prints("0001000200010012c101c100010000600100ff02000600000005\n")
        .prints("19..20    02 ")
        .prints("double-long-unsigned: 5")
        .says("nothing was sent");
    dlms(&["call", meter, "0-0:1.0.0", "6", "-7", "--dry-run"])
        .ends_with(0)
        .prints("0001000200010010c301c100080000010000ff060110fff9\n");
    dlms(&["clock", meter, "--set", "2026-01-15T12:00+01:00", "--dry-run"])
        .ends_with(0)
        .prints("c101c100080000010000ff0200090c07ea010f040c000000ffc400\n");
    dlms(&["set", meter, "0-0:96.128.0:2", "u32:5", "--dry-run"])
        .ends_with(2)
        .says("cannot ask for the class")
        .says("try: give it: 0-0:96.128.0*255:2@3");
    dlms(&["set", meter, "0-0:96.1.0:2@1", "5", "--dry-run"]).ends_with(2).says("its type");
}

#[test]
fn a_bare_value_has_the_type_that_the_attribute_holds() {
    let meter = Meter::start();
    let set = |value: &str| dlms_reader(&["set", &meter.reader(), "1-0:1.8.0:2", value]);
    // Metrology: no client may write it, but what would have been written is said.
    set("5").ends_with(5).says("5 (double-long-unsigned)").says("read-write-denied");
    set("-5").ends_with(2).says("does not fit double-long-unsigned");
    set("u8:300").ends_with(2).says("300 does not fit unsigned");
    set("u32:").ends_with(2);
}

#[test]
fn a_password_is_not_taken_from_the_command_line() {
    let meter = Meter::start();
    let set = ["set", &meter.reader(), "0-0:40.0.2:secret@15", "text:geheim77", "--yes"];
    let ran = dlms_reader(&set);
    // By number where the class is not declared.
    let by_number = ["set", &meter.reader(), "0-0:40.0.2:7@15", "text:geheim77", "--yes"];
    let ran_by_number =
        dlms_reader(&by_number).ends_with(2).says("does not belong on a command line");
    assert!(!ran.err.contains("geheim77") && !ran_by_number.err.contains("geheim77"));
}

#[test]
fn a_method_that_needs_a_parameter_says_which() {
    let meter = Meter::start();
    let call = |args: &[&str]| {
        dlms_reader(&[&["call", &meter.reader(), "0-0:1.0.0"], args, &["--yes"]].concat())
    };
    call(&["shift_time"]).ends_with(2).says("it takes a parameter: long");
    call(&["shift_time", "5"]).ends_with(0);
    call(&["shift_tiem", "5"]).ends_with(2).says("it has adjust_to_quarter");
    let called = &call(&["shift_time", "-5", "--json"]).ends_with(0).json()[0];
    assert_eq!((called["method"].as_i64(), called["result"].as_str()), (Some(6), Some("success")));
}
