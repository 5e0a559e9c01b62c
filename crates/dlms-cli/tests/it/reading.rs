//! `dlms read`, `dlms objects`, `dlms clock`: what comes out.

use serde_json::{Value, json};

use crate::support::{Meter, dlms, dlms_reader};

#[test]
fn a_register_is_read_with_its_unit() {
    let meter = Meter::start();
    let ran = dlms_reader(&["read", &meter.reader(), "1-0:1.8.0", "1-0:32.7.0:2@3"]).ends_with(0);
    let lines: Vec<Vec<&str>> = ran.out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0][..2], ["1-0:1.8.0*255", "2"]);
    assert!(lines[0][2].parse::<u64>().unwrap() > 0);
    assert_eq!(lines[0][3], "Wh");
    // Scaled exactly: one digit behind the point.
    assert_eq!(lines[1][2].split_once('.').unwrap().1.len(), 1, "{:?}", lines[1]);
    assert_eq!(lines[1][3], "V");
    assert!(ran.err.is_empty(), "{}", ran.err);
}

#[test]
fn json_has_the_keys_of_the_contract_and_loses_nothing() {
    let meter = Meter::start();
    let reader = meter.reader();
    let ran = dlms_reader(&["read", &reader, "1-0:32.7.0", "0-0:1.0.0", "0-0:42.0.0", "--json"]);
    let lines = ran.ends_with(0).json();
    let name = format!("tcp://{}?client=2&server=1&auth=low", meter.address);
    let volts = &lines[0];
    assert_eq!(volts["meter"], Value::from(name));
    assert_eq!((&volts["class"], &volts["version"]), (&json!(3), &json!(0)));
    assert_eq!(volts["obis"], "1-0:32.7.0*255");
    assert_eq!((&volts["attribute"], &volts["name"]), (&json!(2), &json!("L1 voltage")));
    assert_eq!((&volts["unit"], &volts["scaler"]), (&json!("V"), &json!(-1)));
    let [kind, raw] = volts["raw"].as_array().unwrap().as_slice() else { panic!("{volts}") };
    assert!(kind.as_str().unwrap().starts_with("long"), "{volts}");
    // The text is the raw number with the point one place to the left.
    let text = volts["value"].as_str().unwrap().replace('.', "");
    assert_eq!(text.parse::<i64>().unwrap(), raw.as_i64().unwrap());
    assert_eq!((&volts["time"], &volts["time_raw"]), (&Value::Null, &Value::Null));

    let clock = &lines[1];
    let octets = clock["time_raw"].as_str().unwrap();
    assert_eq!(octets.len(), 24);
    assert_eq!(clock["raw"], json!(["octet-string", octets]));
    // The meter's own time has an offset, the key `time` is UTC.
    let local = clock["value"].as_str().unwrap();
    assert!(local.ends_with("+01:00") || local.ends_with("+02:00"), "{local}");
    let utc: jiff::Timestamp = clock["time"].as_str().unwrap().parse().unwrap();
    let local: jiff::Timestamp = local.replacen(' ', "T", 1).parse().unwrap();
    assert_eq!(local.as_second(), utc.as_second());
    assert!(clock["time"].as_str().unwrap().ends_with('Z'));

    assert_eq!(lines[2]["value"], "ABC0000000012345");
    assert_eq!(lines[2]["unit"], Value::Null);
}

#[test]
fn an_attribute_is_named_by_number_or_name() {
    let meter = Meter::start();
    let reader = meter.reader();
    let read = |what: &str| dlms_reader(&["read", &reader, what]).ends_with(0).out;
    assert_eq!(read("1-0:1.8.0:scaler_unit"), read("1.0.1.8.0.255:3@3"));
    assert_eq!(read("1-0:1.8.0:logical-name"), "1-0:1.8.0*255\t1\t1-0:1.8.0*255\t\n");
    dlms_reader(&["read", &reader, "1-0:1.8.0:vlaue"])
        .ends_with(2)
        .says("it has logical_name, value");
}

#[test]
fn of_several_objects_the_first_error_gives_the_status_and_the_rest_is_read() {
    let meter = Meter::start();
    let reader = meter.reader();
    let ran =
        dlms_reader(&["read", &reader, "1-0:9.8.0@3", "1-0:1.8.0", "0-0:40.0.2:7@15", "--json"]);
    let ran = ran.ends_with(8).says("object-undefined").says("read-write-denied").says("try: ");
    let lines = ran.json();
    assert_eq!(lines[0]["error"]["code"], "object-undefined");
    assert!(lines[0]["error"]["text"].as_str().unwrap().contains("the meter answered"));
    assert!(lines[0].get("value").is_none() && lines[1].get("error").is_none());
    assert_eq!(lines[1]["unit"], "Wh");
    assert_eq!(lines[2]["error"]["code"], "read-write-denied");
}

#[test]
fn an_object_that_the_view_does_not_show_is_undefined_and_the_rest_is_read() {
    let meter = Meter::start();
    let ran = dlms_reader(&["read", &meter.reader(), "1-0:9.8.0", "1-0:1.8.0"]);
    ran.ends_with(8).says("does not see such an object").prints("1-0:1.8.0*255\t2\t");
    // Another channel is a likely slip.
    dlms_reader(&["read", &meter.reader(), "1-1:1.8.0"]).ends_with(8).says("try: 1-0:1.8.0*255");
}

#[test]
fn objects_are_listed_with_classes_and_rights() {
    let meter = Meter::start();
    let public = dlms(&["objects", &meter.public()]).ends_with(0).out;
    let reader = dlms_reader(&["objects", &meter.reader(), "--json"]).ends_with(0).json();
    assert!(public.lines().count() < reader.len());
    assert!(public.contains("0-0:1.0.0*255\t8 Clock, version 0\tclock\t1-9\t\t"), "{public}");
    let clock = reader.iter().find(|object| object["obis"] == "0-0:1.0.0*255").unwrap();
    assert_eq!((&clock["class"], &clock["class_name"]), (&json!(8), &json!("Clock")));
    assert_eq!(clock["attributes"][1], json!({"index": 2, "name": "time", "access": "read-write"}));
    assert_eq!(clock["methods"][0]["access"], "call");
    let gas = format!("{}&server=16", meter.reader());
    let gas = dlms_reader(&["objects", &gas]).ends_with(0).out;
    assert!(gas.contains("7-0:3.0.0*255\t3 Register"), "{gas}");
}

#[test]
fn a_clock_is_shown_in_its_own_time() {
    let meter = Meter::start();
    let shown = dlms(&["clock", &meter.public()]).ends_with(0).out;
    let time: jiff::Timestamp = shown.trim().parse().unwrap();
    let off = jiff::Timestamp::now().as_second() - time.as_second();
    assert!(off.abs() <= 2, "{shown}");
    assert!(shown.contains("+01:00") || shown.contains("+02:00"), "{shown}");
    let record = &dlms(&["clock", &meter.public(), "--json"]).ends_with(0).json()[0];
    assert_eq!((&record["class"], &record["attribute"]), (&json!(8), &json!(2)));
    assert!(record["time"].as_str().unwrap().ends_with('Z'));
}
