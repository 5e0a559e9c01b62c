//! Each failure has its status, a line that says what came back, and a line that says what to try.

use std::net::TcpListener;

use crate::support::{Meter, dlms, dlms_reader, plain, run};

#[test]
fn a_wrong_password_is_4() {
    let meter = Meter::start();
    let args = ["read", &meter.reader(), "1-0:1.8.0"];
    run(plain(&args).env("DLMS_PASSWORD", "87654321"))
        .ends_with(4)
        .says("dlms: cannot open the association")
        .says("authentication-failure")
        .says("try: wrong password");
}

#[test]
fn an_unknown_client_is_4() {
    let meter = Meter::start();
    let unknown = format!("{}?client=77", meter.public());
    dlms(&["read", &unknown, "0-0:1.0.0"]).ends_with(4).says("check client=");
}

#[test]
fn an_unknown_logical_device_is_silent_which_is_6() {
    let meter = Meter::start();
    let unknown = format!("{}?server=77&timeout=200ms", meter.public());
    dlms(&["read", &unknown, "0-0:1.0.0"])
        .ends_with(6)
        .says("no answer")
        .says("try: a wrong address looks like this");
}

#[test]
fn access_denied_is_5() {
    let meter = Meter::start();
    dlms(&["read", &meter.public(), "1-0:1.8.0@3"])
        .ends_with(5)
        .says("dlms: cannot read attribute 2 of 1-0:1.8.0*255 (active energy import, Register)")
        .says("try: access denied: use a client that may");
}

#[test]
fn an_undefined_object_is_8_and_so_is_one_of_another_class() {
    let meter = Meter::start();
    dlms_reader(&["read", &meter.reader(), "1-0:9.8.0@3"]).ends_with(8).says("object-undefined");
    dlms_reader(&["read", &meter.reader(), "1-0:1.8.0@4"]).ends_with(8).says("another class");
}

#[test]
fn an_attribute_that_the_class_does_not_have_is_8_and_not_asked_for() {
    let meter = Meter::start();
    let read = dlms_reader(&["read", &meter.reader(), "1-0:1.8.0:99", "--json", "-v"]).ends_with(8);
    assert!(!read.err.contains("attribute-id: 99"), "{}", read.err);
    let read = read.says("Register has no such attribute; it has 1 logical_name, 2 value");
    assert_eq!(read.json()[0]["error"]["code"], "attribute-undefined");
    // A manufacturer's own attribute is the meter's affair.
    dlms_reader(&["read", &meter.reader(), "1-0:1.8.0:-1"]).says("the meter answered");
}

#[test]
fn a_long_argument_is_not_repeated_whole() {
    let long = "z".repeat(100_000);
    for args in [
        &["read", "tcp://127.0.0.1", &long][..],
        &["read", &long, "1-0:1.8.0"],
        &["clock", "tcp://127.0.0.1", "--zone", &long],
        &["clock", "tcp://127.0.0.1", "--set", &long],
        &["set", "tcp://127.0.0.1", "1-0:1.8.0@3:2", &long, "--dry-run"],
        &["set", "tcp://127.0.0.1", "1-0:1.8.0:2@3", &long, "--dry-run"],
        &["set", "tcp://127.0.0.1", "1-0:1.8.0:2@3", &format!("u32:{long}"), "--dry-run"],
        &["profile", "tcp://127.0.0.1", "1-0:99.1.0", "--entries", &long],
        &["profile", "tcp://127.0.0.1", "1-0:99.1.0", "--last", &long],
        &["decode", &long],
        &["decode", "--file", &long],
        &["simulate", "--listen", &long],
        &[&long],
        &[&format!("--{long}")],
    ] {
        let ran = dlms(args).ends_with(2);
        assert!(
            ran.err.len() < 1_500,
            "{} octets for {:.30?}: {:.300}",
            ran.err.len(),
            args,
            ran.err
        );
    }
}

#[test]
fn a_port_where_nobody_listens_is_3() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("tcp://127.0.0.1:{port}");
    dlms(&["read", &nobody, "0-0:1.0.0"]).ends_with(3).says("refused the connection");
}

#[test]
fn a_name_without_an_address_is_3() {
    dlms(&["read", "tcp://no.such.host.invalid", "0-0:1.0.0"]).ends_with(3).says("has no address");
}

#[test]
fn wrong_usage_is_2() {
    for args in [
        &["read"][..],
        &["raed", "x"],
        &["read", "tcp://127.0.0.1", "1-0:990.1.0"],
        &["read", "tcp://127.0.0.1", "1-0:1.8.0@x"],
        &["read", "udp://127.0.0.1", "1-0:1.8.0"],
        &["read", "tcp://127.0.0.1?auth=gmac", "1-0:1.8.0"],
        &["profile", "tcp://127.0.0.1", "1-0:99.1.0", "--last", "1d", "--entries", "1-2"],
        &["profile", "tcp://127.0.0.1", "1-0:99.1.0", "--json", "--csv"],
        &["clock", "tcp://127.0.0.1", "--set", "now", "--sync"],
        &["clock", "tcp://127.0.0.1", "--dry-run"],
        &["clock", "tcp://127.0.0.1", "--yes"],
        &["clock", "tcp://127.0.0.1", "--zone", "Europe/Atlantis"],
    ] {
        dlms(args).ends_with(2);
    }
    dlms(&["read", "udp://127.0.0.1", "1-0:1.8.0"]).says("not built yet");
}
