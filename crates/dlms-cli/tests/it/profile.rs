//! `dlms profile`.

use serde_json::json;

use crate::support::{Meter, dlms_reader};

const LOAD: &str = "1-0:99.1.0";

#[test]
fn a_day_has_a_row_for_each_quarter_of_an_hour() {
    let meter = Meter::start();
    let csv = dlms_reader(&["profile", &meter.reader(), LOAD, "--last", "1d", "--csv"]);
    let out = csv.ends_with(0).out;
    let mut lines = out.lines();
    let header = lines.next().unwrap();
    assert!(header.starts_with("time,"), "{header}");
    assert!(header.contains("1-0:1.8.0*255 active energy import [Wh]"), "{header}");
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    // 96, or one more when now is a quarter.
    assert!((96..=97).contains(&rows.len()), "{}", rows.len());
    let times: Vec<i64> =
        rows.iter().map(|row| row[0].parse::<jiff::Timestamp>().unwrap().as_second()).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 900));
    let energies: Vec<i64> = rows.iter().map(|row| row[2].parse().unwrap()).collect();
    assert!(energies.windows(2).all(|pair| pair[0] <= pair[1]));
    // Far from today's end and beginning, the register lies between the rows.
    assert!(energies.last().unwrap() > energies.first().unwrap());
}

#[test]
fn rows_are_chosen_by_their_place() {
    let meter = Meter::start();
    let rows = |entries: &str| {
        let args = ["profile", &meter.reader(), LOAD, "--entries", entries];
        dlms_reader(&args).ends_with(0).out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = rows("1-4");
    assert_eq!(first.len(), 4);
    assert_eq!(first[2..], rows("3-4"));
    assert_eq!(rows("2"), first[1..2]);
    // Times first, tabs between, no header for other programs.
    assert!(first[0].split('\t').next().unwrap().parse::<jiff::Timestamp>().is_ok(), "{first:?}");
}

#[test]
fn rows_are_chosen_by_time_in_the_zone_that_is_named_or_the_meters_own() {
    let meter = Meter::start();
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
    let day = day.date().yesterday().unwrap();
    let (from, to) = (format!("{day}T10:00"), format!("{day}T11:00"));
    let rows = |zone: &[&str]| {
        let mut args = vec!["profile", "METER", LOAD, "--from", &from, "--to", &to];
        let reader = meter.reader();
        args[1] = &reader;
        args.extend(zone);
        dlms_reader(&args).ends_with(0).out
    };
    let own = rows(&[]);
    assert_eq!(own.lines().count(), 5, "{own}");
    assert!(own.starts_with(&format!("{day} 10:00:00+0")), "{own}");
    assert_eq!(own, rows(&["--zone", "Europe/Berlin"]));
    let utc = rows(&["--zone", "UTC"]);
    assert!(!utc.starts_with(&format!("{day} 10:00:00+0")) && utc.lines().count() == 5, "{utc}");
}

#[test]
fn each_value_is_an_object_with_the_time_of_its_row() {
    let meter = Meter::start();
    let ran = dlms_reader(&["profile", &meter.reader(), LOAD, "--entries", "1-2", "--json"]);
    let values = ran.ends_with(0).json();
    // Two rows of four columns, of which the clock is the time.
    assert_eq!(values.len(), 6);
    let energy = &values[1];
    assert_eq!((&energy["obis"], &energy["class"]), (&json!("1-0:1.8.0*255"), &json!(3)));
    assert_eq!((&energy["unit"], &energy["scaler"]), (&json!("Wh"), &json!(0)));
    assert_eq!(energy["raw"][0], "double-long-unsigned");
    assert_eq!(energy["value"].as_str().unwrap(), energy["raw"][1].to_string());
    assert_eq!(values[0]["time"], energy["time"]);
    assert_ne!(values[3]["time"], energy["time"]);
    // The twelve octets say the same as UTC does.
    let raw = energy["time_raw"].as_str().unwrap();
    let year = u16::from_str_radix(&raw[..4], 16).unwrap();
    let time: jiff::Timestamp = energy["time"].as_str().unwrap().parse().unwrap();
    assert!(
        (i32::from(year) - i32::from(time.to_zoned(jiff::tz::TimeZone::UTC).year())).abs() <= 1
    );
}

#[test]
fn a_range_without_rows_says_so() {
    let meter = Meter::start();
    let range = ["--from", "2001-01-01", "--to", "2001-01-02"];
    let reader = meter.reader();
    let args = [&["profile", &reader, LOAD][..], &range].concat();
    let ran = dlms_reader(&args).ends_with(0).says("has no rows from 2001-01-01 00:00:00+01:00");
    assert!(ran.out.is_empty());
}

#[test]
fn the_whole_profile_arrives() {
    let meter = Meter::start();
    let ran = dlms_reader(&["profile", &meter.reader(), LOAD]).ends_with(0);
    assert_eq!(ran.out.lines().count(), 90 * 96);
    assert!(ran.err.is_empty(), "no bar without a terminal: {}", ran.err);
}

#[test]
fn a_range_without_an_end_goes_up_to_now() {
    let meter = Meter::start();
    let from = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2)).to_string();
    let ran = dlms_reader(&["profile", &meter.reader(), LOAD, "--from", &from]).ends_with(0);
    assert_eq!(ran.out.lines().count(), 8, "{}", ran.out);
    dlms_reader(&["profile", &meter.reader(), LOAD, "--from", "2099-01-01"])
        .ends_with(2)
        .says("lies after");
    dlms_reader(&["profile", &meter.reader(), LOAD, "--to", "2099-01-01"]).ends_with(2);
}
