//! `dlms simulate`.

use crate::support::{Meter, dlms, dlms_reader};

#[test]
fn it_stays_on_this_machine_unless_it_is_exposed_on_purpose() {
    dlms(&["simulate", "--listen", "0.0.0.0:0"])
        .ends_with(2)
        .says("other machines reach that address")
        .says("--expose");
    let meter = Meter::start_with(&["--listen", "0.0.0.0:0", "--expose"]);
    let port = meter.address.rsplit(':').next().unwrap().to_owned();
    dlms(&["clock", &format!("tcp://127.0.0.1:{port}")]).ends_with(0);
}

#[test]
fn a_serial_number_and_a_seed_make_the_meter() {
    let read = |args: &[&str]| {
        let meter = Meter::start_with(&[&["--listen", "127.0.0.1:0"], args].concat());
        dlms_reader(&["read", &meter.reader(), "0-0:42.0.0", "1-0:1.8.0"]).ends_with(0).out
    };
    let energy = |out: &str| -> u64 {
        out.lines().nth(1).unwrap().split('\t').nth(2).unwrap().parse().unwrap()
    };
    let (seven, other) = (read(&["--serial", "4711", "--seed", "7"]), read(&["--serial", "7"]));
    assert!(seven.starts_with("0-0:42.0.0*255\t2\tABC0000000004711\t"), "{seven}");
    // The seed decides what is used, not the number.
    assert!(energy(&seven).abs_diff(energy(&other)) < 1_000, "{seven}{other}");
    assert!(energy(&seven).abs_diff(energy(&read(&["--seed", "8"]))) > 1_000);
    dlms(&["simulate", "--serial", "1000000000000"]).ends_with(2);
}

#[test]
fn a_port_that_is_taken_is_3() {
    let meter = Meter::start();
    dlms(&["simulate", "--listen", &meter.address]).ends_with(3).says("cannot listen on");
}

#[test]
fn it_speaks_hdlc_when_told_to() {
    let meter = Meter::start_with(&["--listen", "127.0.0.1:0", "--hdlc", "33"]);
    let address = &meter.address;
    for (link, status) in [
        ("", 0),
        ("&physical=33", 0),
        ("&physical=33&address-size=4", 0),
        // Another physical device is silent.
        ("&physical=34&timeout=300ms", 6),
    ] {
        let meter = format!("hdlc+tcp://{address}?client=2&auth=low{link}");
        dlms_reader(&["read", &meter, "1-0:1.8.0", "-v"]).ends_with(status);
    }
    let day = format!("hdlc+tcp://{address}?client=2&auth=low&physical=33");
    let rows = dlms_reader(&["profile", &day, "1-0:99.1.0", "--entries", "1-96", "--csv"]);
    assert_eq!(rows.ends_with(0).out.lines().count(), 97);
    // The wrapper is another language.
    dlms(&["read", &format!("tcp://{address}?timeout=300ms"), "0-0:42.0.0@1"]).ends_with(6);
}
