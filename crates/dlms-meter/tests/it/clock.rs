//! The clock: zones, daylight saving, steps, and what the profile and the log make of them.

use std::time::Duration;

use cosem::class::Clock;
use cosem::{Civil, ClockStatus, Data, DateTime, Obis, obis};
use dlms::apdu::{ActionResult, DataAccessResult};
use dlms::association::ClientAddress;
use dlms_meter::simulation::{self, EVENT_LOG, LOAD_PROFILE};
use dlms_meter::{Access, ClockRules, EventCode, Meter, ProfileStatus};
use proptest::prelude::*;

use crate::{CLOCK, NOON, at, call, get, get_clock, public, reader, set, set_clock};

const EUROPE: ClockRules = ClockRules::CENTRAL_EUROPE;

fn second(year: u16, month: u8, day: u8, hour: u8, minute: u8) -> i64 {
    Civil { year, month, day, hour, minute, second: 0 }.seconds()
}

/// Time and status of each row of the load profile.
fn rows(meter: &mut Meter, now: i64) -> Vec<(DateTime, ProfileStatus)> {
    let Ok(Data::Array(rows)) = get(meter, &reader(), (7, LOAD_PROFILE, 2), at(now)) else {
        panic!("a buffer is an array");
    };
    let row = |row: Data| match row.elements() {
        [time, Data::Unsigned(status), ..] => {
            (time.head().as_date_time().unwrap(), ProfileStatus(*status))
        }
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(row).collect()
}

fn events(meter: &mut Meter, now: i64) -> Vec<(String, EventCode)> {
    let Ok(Data::Array(rows)) = get(meter, &reader(), (7, EVENT_LOG, 2), at(now)) else {
        panic!("a log is an array");
    };
    let row = |row: Data| match row.elements() {
        [time, Data::LongUnsigned(code)] => {
            (time.head().as_date_time().unwrap().to_string(), EventCode(*code))
        }
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(row).collect()
}

#[test]
fn summer_time_begins_and_ends_as_in_europe() {
    // The dates are those of the European Union: last Sunday of March and of October, 1:00 UTC.
    for (year, march, october) in
        [(2024, 31, 27), (2025, 30, 26), (2026, 29, 25), (2038, 28, 31), (2100, 28, 31)]
    {
        let begin = second(year, 3, march, 1, 0);
        let end = second(year, 10, october, 1, 0);
        assert!(
            !EUROPE.is_daylight_saving(begin - 1) && EUROPE.is_daylight_saving(begin),
            "{year}"
        );
        assert!(EUROPE.is_daylight_saving(end - 1) && !EUROPE.is_daylight_saving(end), "{year}");
    }
    assert_eq!(EUROPE.label(NOON).to_string(), "2025-06-15 12:30:00.00+02:00");
    assert_eq!(
        EUROPE.label(NOON).0,
        [0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80],
        "the example of the digest",
    );
}

#[test]
fn south_of_the_equator_summer_lasts_over_the_turn_of_the_year() {
    // First Sunday of October, 2:00, to the first Sunday of April, 3:00, ten hours ahead.
    let rules = ClockRules {
        time_zone: -600,
        daylight_savings_begin: DateTime([0xff, 0xff, 10, 1, 7, 2, 0, 0, 0, 0x80, 0, 0]),
        daylight_savings_end: DateTime([0xff, 0xff, 4, 1, 7, 3, 0, 0, 0, 0x80, 0, 0]),
        ..EUROPE
    };
    assert!(rules.is_daylight_saving(second(2025, 1, 1, 0, 0)));
    assert!(!rules.is_daylight_saving(second(2025, 7, 1, 0, 0)));
    // 2025-04-06 3:00 in summer is 2025-04-05 16:00 UTC.
    let end = second(2025, 4, 5, 16, 0);
    assert!(rules.is_daylight_saving(end - 1) && !rules.is_daylight_saving(end));
    let begin = second(2025, 10, 4, 16, 0);
    assert!(!rules.is_daylight_saving(begin - 1) && rules.is_daylight_saving(begin));
}

proptest! {
    #[test]
    fn a_label_names_its_second_with_or_without_its_deviation(
        utc in 0..4_102_444_800_i64,
    ) {
        let label = EUROPE.label(utc);
        prop_assert_eq!(label.unix_seconds(), Some(utc));
        let saving = label.status().contains(ClockStatus::DAYLIGHT_SAVING_ACTIVE);
        prop_assert_eq!(EUROPE.utc(label.civil().unwrap(), Some(saving)), utc);
    }
}

#[test]
fn a_day_has_92_96_or_100_rows() {
    for (year, month, day, wanted) in
        [(2025, 3, 30, 92), (2025, 6, 15, 96), (2025, 10, 26, 100), (2024, 2, 29, 96)]
    {
        let mut meter = simulation::residential(42).unwrap();
        let rows = rows(&mut meter, second(year, month, day, 12, 0) + 5 * 86_400);
        let of_the_day = |time: &DateTime| {
            let civil = time.civil().unwrap();
            (civil.year, civil.month, civil.day) == (year, month, day)
        };
        let labels: Vec<DateTime> =
            rows.iter().map(|row| row.0).filter(|time| of_the_day(time)).collect();
        assert_eq!(labels.len(), wanted, "{year}-{month}-{day}");
        // Every one is a time of its own, and they are a quarter of an hour apart.
        let seconds: Vec<i64> = labels.iter().map(|time| time.unix_seconds().unwrap()).collect();
        assert!(seconds.windows(2).all(|pair| pair[1] - pair[0] == 900));
        assert!(rows.iter().all(|row| row.1 == ProfileStatus(0)), "a zone change is no adjustment");
    }
}

#[test]
fn the_repeated_hour_is_told_apart_by_deviation_and_bit() {
    let mut meter = simulation::residential(42).unwrap();
    let rows = rows(&mut meter, second(2025, 10, 27, 0, 0));
    let text: Vec<_> = rows
        .iter()
        .filter(|row| row.0.to_string().starts_with("2025-10-26 02:15"))
        .map(|row| (row.0.to_string(), row.0.status().0))
        .collect();
    assert_eq!(
        text,
        [
            ("2025-10-26 02:15:00.00+02:00".to_owned(), 0x80),
            ("2025-10-26 02:15:00.00+01:00".to_owned(), 0x00),
        ]
    );
}

#[test]
fn setting_the_clock_is_logged_with_the_old_and_the_new_time() {
    let mut meter = simulation::residential(42).unwrap();
    get_clock(&mut meter, at(NOON));
    let new = EUROPE.label(NOON + 100);
    assert_eq!(set_clock(&mut meter, new, at(NOON + 60)), DataAccessResult::SUCCESS);
    assert_eq!(get_clock(&mut meter, at(NOON + 60)), new);
    assert_eq!(get_clock(&mut meter, at(NOON + 70)), EUROPE.label(NOON + 110));
    assert_eq!(
        events(&mut meter, NOON + 80),
        [
            ("2025-06-15 12:30:00.00+02:00".to_owned(), EventCode::PowerUp),
            ("2025-06-15 12:31:00.00+02:00".to_owned(), EventCode::ClockAdjustedOldTime),
            ("2025-06-15 12:31:40.00+02:00".to_owned(), EventCode::ClockAdjustedNewTime),
        ]
    );
    let code = get(&mut meter, &reader(), (1, obis!("0-0:96.11.0"), 2), at(NOON)).unwrap();
    assert_eq!(code, Data::LongUnsigned(EventCode::ClockAdjustedNewTime.0));
}

#[test]
fn a_clock_set_forward_skips_rows_and_marks_the_next() {
    let mut meter = simulation::residential(42).unwrap();
    let before = rows(&mut meter, NOON + 60);
    // Over four quarters and a bit: 12:31 becomes 13:40.
    set_clock(&mut meter, EUROPE.label(NOON + 4_200), at(NOON + 60));
    assert_eq!(rows(&mut meter, NOON + 61), before, "nothing is made up");
    // 13:45 comes five minutes later.
    let after = rows(&mut meter, NOON + 60 + 300);
    let (time, status) = after.last().copied().unwrap();
    assert_eq!(time, EUROPE.label(NOON + 4_500));
    assert!(status.contains(ProfileStatus::ClockAdjusted));
    assert_eq!(after[..8_639], before[1..]);
    let later = rows(&mut meter, NOON + 60 + 300 + 900);
    assert_eq!(later.last().unwrap().1, ProfileStatus(0));
}

#[test]
fn a_clock_set_back_repeats_times_and_marks_each() {
    let mut meter = simulation::residential(42).unwrap();
    // 12:31 becomes 12:01.
    rows(&mut meter, NOON + 60);
    set_clock(&mut meter, EUROPE.label(NOON - 1_740), at(NOON + 60));
    let rows = rows(&mut meter, NOON + 60 + 3_600);
    let newest: Vec<(String, u8)> = rows[8_634..]
        .iter()
        .map(|(time, status)| (time.to_string()[11..16].to_owned(), status.0))
        .collect();
    let marked = ProfileStatus::ClockAdjusted.0;
    let expected = [
        ("12:15", 0),
        ("12:30", 0),
        ("12:15", marked),
        ("12:30", marked),
        ("12:45", 0),
        ("13:00", 0),
    ];
    assert_eq!(newest, expected.map(|(time, status)| (time.to_owned(), status)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn however_the_clock_is_set_rows_follow_the_rule(
        steps in proptest::collection::vec((1..4_000_i64, -31_600_000..31_600_000_i64), 1..12),
    ) {
        let mut meter = simulation::residential(42).unwrap();
        let mut now = NOON;
        rows(&mut meter, now);
        let mut passed = 0;
        for (wait, shift) in &steps {
            now += wait;
            passed += wait;
            let shown = get_clock(&mut meter, at(now)).unix_seconds().unwrap();
            let result = set_clock(&mut meter, EUROPE.label(shown + shift), at(now));
            prop_assert_eq!(result, DataAccessResult::SUCCESS);
        }
        let rows = rows(&mut meter, now);
        prop_assert_eq!(rows.len(), 8_640);
        // At most one row for each quarter that passed, and one more for each step.
        let start = rows.iter().rposition(|row| row.0 == EUROPE.label(NOON) && row.1.0 == 0);
        let new = 8_640 - 1 - start.unwrap();
        prop_assert!(new as i64 <= passed / 900 + 1 + steps.len() as i64);
        let mut latest = i64::MIN;
        for (time, status) in &rows {
            let second = time.unix_seconds().unwrap();
            prop_assert_eq!(second % 900, 0);
            let repeats = second <= latest;
            prop_assert!(!repeats || status.contains(ProfileStatus::ClockAdjusted), "{}", time);
            latest = latest.max(second);
        }
    }
}

#[test]
fn times_that_are_none_are_refused_and_change_nothing() {
    let mut meter = simulation::residential(42).unwrap();
    let good = EUROPE.label(NOON + 500).0;
    let with = |place: usize, octet: u8| {
        let mut time = good;
        time[place] = octet;
        DateTime(time)
    };
    let wrong = [
        with(2, 13),
        with(3, 31),
        with(5, 24),
        with(6, 60),
        with(7, 60),
        with(8, 100),
        // A weekday that is not that of the date.
        with(4, 2),
        with(9, 0x7f),
        // No year.
        DateTime({
            let [_, _, rest @ ..] = good;
            let mut time = [0xff; 12];
            time[2..].copy_from_slice(&rest);
            time
        }),
        DateTime::UNSPECIFIED,
    ];
    for time in wrong {
        let result = set_clock(&mut meter, time, at(NOON));
        assert_eq!(result, DataAccessResult::OTHER_REASON, "{time:?}");
    }
    let unmatched = DataAccessResult::TYPE_UNMATCHED;
    for value in [Data::Null, Data::DoubleLongUnsigned(1), Data::OctetString(vec![1; 11])] {
        assert_eq!(set(&mut meter, &reader(), (8, CLOCK, 2), value, at(NOON)), unmatched);
    }
    assert_eq!(get_clock(&mut meter, at(NOON)), EUROPE.label(NOON));
    assert_eq!(events(&mut meter, NOON).len(), 1, "only that it was switched on");
}

#[test]
fn a_time_without_deviation_is_local_and_the_bit_tells_the_repeated_hour_apart() {
    let mut meter = simulation::residential(42).unwrap();
    let now = second(2025, 10, 25, 12, 0);
    let civil = Civil { year: 2025, month: 10, day: 26, hour: 2, minute: 30, second: 0 };
    for (status, utc) in [
        (ClockStatus::UNSPECIFIED, second(2025, 10, 26, 0, 30)),
        (ClockStatus::DAYLIGHT_SAVING_ACTIVE, second(2025, 10, 26, 0, 30)),
        (ClockStatus(0), second(2025, 10, 26, 1, 30)),
    ] {
        let time = DateTime::from_civil(civil, None, status);
        assert_eq!(set_clock(&mut meter, time, at(now)), DataAccessResult::SUCCESS);
        assert_eq!(get_clock(&mut meter, at(now)).unix_seconds(), Some(utc));
    }
}

#[test]
fn the_adjust_methods_move_the_clock_to_the_nearest() {
    let zero = Some(Data::Integer(0));
    // After 12:30: how many seconds, which method, what the clock shows then.
    for (seconds, method, shown) in [
        (400, 1, "12:30:00"),
        (500, 1, "12:45:00"),
        (500, 2, "12:45:00"),
        (89, 3, "12:31:00"),
        (91, 3, "12:32:00"),
    ] {
        let mut meter = simulation::residential(42).unwrap();
        let now = NOON + seconds;
        let result = call(&mut meter, &reader(), (8, CLOCK, method), zero.clone(), at(now));
        assert_eq!(result, Ok(None));
        let time = get_clock(&mut meter, at(now)).to_string();
        assert_eq!(&time[11..19], shown, "{seconds} s, method {method}");
        assert_eq!(events(&mut meter, now).len(), 3);
    }
}

#[test]
fn a_clock_is_shifted_by_900_seconds_at_most() {
    let mut meter = simulation::residential(42).unwrap();
    let mut shift = |data| call(&mut meter, &reader(), (8, CLOCK, 6), data, at(NOON));
    assert_eq!(shift(Some(Data::Long(-900))), Ok(None));
    assert_eq!(shift(Some(Data::Long(901))), Err(ActionResult::OTHER_REASON));
    assert_eq!(shift(Some(Data::Integer(1))), Err(ActionResult::TYPE_UNMATCHED));
    assert_eq!(shift(None), Err(ActionResult::TYPE_UNMATCHED));
    assert_eq!(get_clock(&mut meter, at(NOON)), EUROPE.label(NOON - 900));
}

#[test]
fn a_preset_time_is_taken_over_within_its_interval_only() {
    let mut meter = simulation::residential(42).unwrap();
    let zero = Some(Data::Integer(0));
    let time = |second: i64| Data::from(EUROPE.label(second));
    let adjust =
        |meter: &mut Meter, now| call(meter, &reader(), (8, CLOCK, 4), zero.clone(), at(now));
    assert_eq!(adjust(&mut meter, NOON), Err(ActionResult::TEMPORARY_FAILURE));
    let preset = Data::Structure(vec![time(NOON + 7_200), time(NOON + 60), time(NOON + 120)]);
    assert_eq!(call(&mut meter, &reader(), (8, CLOCK, 5), Some(preset), at(NOON)), Ok(None));
    assert_eq!(adjust(&mut meter, NOON + 59), Err(ActionResult::TEMPORARY_FAILURE));
    assert_eq!(adjust(&mut meter, NOON + 90), Ok(None));
    assert_eq!(get_clock(&mut meter, at(NOON + 90)), EUROPE.label(NOON + 7_200));
    assert_eq!(adjust(&mut meter, NOON + 91), Err(ActionResult::TEMPORARY_FAILURE));
}

#[test]
fn rules_that_may_be_written_change_what_the_clock_shows() {
    let clock = Clock::at(CLOCK);
    let mut meter = Meter::new("ABC0000000000001")
        .with(clock, |object| object.runs(EUROPE))
        .allow(
            ClientAddress::PUBLIC,
            Access::public()
                .read_object(clock)
                .write(clock.time_zone())
                .write(clock.daylight_savings_enabled()),
        )
        .build()
        .unwrap();
    let mut write =
        |attribute, value| set(&mut meter, &public(), (8, CLOCK, attribute), value, at(NOON));
    assert_eq!(write(8, Data::Boolean(false)), DataAccessResult::SUCCESS);
    assert_eq!(write(3, Data::Long(300)), DataAccessResult::SUCCESS);
    assert_eq!(write(3, Data::Long(2_000)), DataAccessResult::OTHER_REASON);
    assert_eq!(write(3, Data::Integer(1)), DataAccessResult::TYPE_UNMATCHED);
    assert_eq!(write(7, Data::Integer(30)), DataAccessResult::READ_WRITE_DENIED);
    assert_eq!(get_clock(&mut meter, at(NOON)).to_string(), "2025-06-15 05:30:00.00-05:00");
}

#[test]
fn the_clock_runs_on_to_2100_and_shows_hundredths() {
    let mut meter = simulation::residential(42).unwrap();
    let now = at(second(2100, 2, 28, 23, 30)) + Duration::from_millis(250);
    assert_eq!(get_clock(&mut meter, now).to_string(), "2100-03-01 00:30:00.25+01:00");
    let now = at(second(2038, 1, 19, 3, 14) + 8);
    assert_eq!(get_clock(&mut meter, now).to_string(), "2038-01-19 04:14:08.00+01:00");
}

#[test]
fn the_status_object_tells_what_the_last_row_had() {
    let mut meter = simulation::residential(42).unwrap();
    const STATUS: Obis = obis!("0-0:96.10.1");
    rows(&mut meter, NOON);
    set_clock(&mut meter, EUROPE.label(NOON + 800), at(NOON));
    rows(&mut meter, NOON + 100);
    let status = get(&mut meter, &reader(), (1, STATUS, 2), at(NOON + 100)).unwrap();
    assert_eq!(status, Data::Unsigned(ProfileStatus::ClockAdjusted.0));
}
