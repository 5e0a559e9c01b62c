//! Date and time.

use cosem::bytes::from_hex;
use cosem::{Civil, ClockStatus, Date, DateTime, Time, days_in_month};
use proptest::prelude::*;

fn date_time(text: &str) -> DateTime {
    DateTime(from_hex(text).unwrap().try_into().unwrap())
}

fn civil(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Civil {
    Civil { year, month, day, hour, minute, second }
}

/// spec/axdr.md 4.4.
#[test]
fn the_worked_date_times_are_the_moments_that_they_name() {
    for (octets, local, weekday, utc, printed) in [
        (
            "07e9 06 0f 07 0c 1e 00 00 ff88 80",
            civil(2025, 6, 15, 12, 30, 0),
            Some(7),
            Some(civil(2025, 6, 15, 10, 30, 0)),
            "2025-06-15 12:30:00.00+02:00",
        ),
        (
            "07e5 09 1b 01 09 2f 0f 00 ff88 80",
            civil(2021, 9, 27, 9, 47, 15),
            Some(1),
            Some(civil(2021, 9, 27, 7, 47, 15)),
            "2021-09-27 09:47:15.00+02:00",
        ),
        (
            "07e9 01 01 ff 00 00 00 ff 8000 ff",
            civil(2025, 1, 1, 0, 0, 0),
            None,
            None,
            "2025-01-01 00:00:00",
        ),
    ] {
        let time = date_time(octets);
        assert_eq!(time.civil(), Some(local));
        assert_eq!(time.date().weekday(), weekday);
        assert_eq!(time.unix_seconds(), utc.map(Civil::seconds));
        assert_eq!(time.to_string(), printed);
        assert!(time.is_plausible());
    }
    let first = date_time("07e9 06 0f 07 0c 1e 00 00 ff88 80");
    assert_eq!(first.deviation(), Some(-120));
    assert!(first.status().contains(ClockStatus::DAYLIGHT_SAVING_ACTIVE));
    let third = date_time("07e9 01 01 ff 00 00 00 ff 8000 ff");
    assert_eq!((third.deviation(), third.time().hundredths()), (None, None));
    assert_eq!(third.status(), ClockStatus::UNSPECIFIED);
    assert!(!third.status().contains(ClockStatus::DAYLIGHT_SAVING_ACTIVE));
}

/// Seconds from another calendar: Python's `calendar.timegm`.
#[test]
fn seconds_agree_with_another_calendar() {
    for (local, seconds, weekday) in [
        (civil(1970, 1, 1, 0, 0, 0), 0, 4),
        (civil(1969, 12, 31, 23, 59, 59), -1, 3),
        (civil(2000, 2, 29, 12, 0, 0), 951_825_600, 2),
        (civil(1900, 2, 28, 0, 0, 0), -2_203_977_600, 3),
        (civil(1900, 3, 1, 0, 0, 0), -2_203_891_200, 4),
        (civil(2024, 12, 31, 23, 59, 59), 1_735_689_599, 2),
        (civil(2100, 2, 28, 23, 59, 59), 4_107_542_399, 7),
        (civil(2100, 3, 1, 0, 0, 0), 4_107_542_400, 1),
        (civil(1800, 3, 1, 0, 0, 0), -5_359_564_800, 6),
        (civil(2200, 3, 1, 0, 0, 0), 7_263_216_000, 6),
        (civil(2400, 2, 29, 0, 0, 0), 13_574_563_200, 2),
        (civil(9999, 12, 31, 23, 59, 59), 253_402_300_799, 5),
        (civil(1, 1, 1, 0, 0, 0), -62_135_596_800, 1),
    ] {
        assert_eq!(local.seconds(), seconds, "{local:?}");
        assert_eq!(Civil::from_seconds(seconds), local);
        assert_eq!(local.weekday(), weekday, "{local:?}");
    }
}

#[test]
fn every_fourth_year_is_a_leap_year_but_not_every_hundredth() {
    for (year, days) in [
        (1800, 28),
        (1900, 28),
        (2000, 29),
        (2023, 28),
        (2024, 29),
        (2100, 28),
        (2200, 28),
        (2400, 29),
        (65_532, 29),
    ] {
        assert_eq!(days_in_month(year, 2), days, "{year}");
        let last = civil(year, 2, days, 0, 0, 0);
        assert!(last.is_valid() && !Civil { day: days + 1, ..last }.is_valid());
        assert_eq!(Civil::from_seconds(last.seconds() + 86_400), civil(year, 3, 1, 0, 0, 0));
    }
    let days: Vec<u8> = (0..=13).map(|month| days_in_month(2023, month)).collect();
    assert_eq!(days, [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0]);
}

#[test]
fn seconds_outside_the_years_come_out_as_the_nearest_inside() {
    let (first, last) = (civil(1, 1, 1, 0, 0, 0), civil(65_534, 12, 31, 23, 59, 59));
    assert_eq!(Civil::from_seconds(first.seconds() - 1), first);
    assert_eq!(Civil::from_seconds(last.seconds() + 1), last);
    assert_eq!(Civil::from_seconds(i64::MIN), first);
    assert_eq!(Civil::from_seconds(i64::MAX), last);
}

#[test]
fn wildcards_are_kept_and_shown() {
    for (octets, printed) in [
        ("ffff 03 fe 07 02 00 00 00 8000 ff", "*-03-last 02:00:00.00"),
        ("ffff 0a 16 07 03 00 00 00 8000 ff", "*-10-22 03:00:00.00"),
        ("07e9 fe fd ff ff ff ff ff 8000 ff", "2025-daylight-saving-begin-second-last *:*:*"),
        ("07e9 fd 01 ff 00 ff ff ff 8000 ff", "2025-daylight-saving-end-01 00:*:*"),
        ("ffff ff ff ff ff ff ff ff 8000 ff", "*-*-* *:*:*"),
    ] {
        let time = date_time(octets);
        assert_eq!(time.0.to_vec(), from_hex(octets).unwrap());
        assert_eq!(time.to_string(), printed);
        assert_eq!((time.civil(), time.unix_seconds()), (None, None));
    }
    assert_eq!(date_time("ffffffffffffffffff8000ff"), DateTime::UNSPECIFIED);
}

#[test]
fn a_date_that_no_calendar_has_is_no_moment() {
    for octets in [
        "07e9 02 1d ff 00 00 00 00 0000 00",
        "07e9 04 1f ff 00 00 00 00 0000 00",
        "07e9 00 01 ff 00 00 00 00 0000 00",
        "07e9 0d 01 ff 00 00 00 00 0000 00",
        "07e9 01 00 ff 00 00 00 00 0000 00",
        "07e9 01 e0 ff 00 00 00 00 0000 00",
        "07e9 01 01 ff 18 00 00 00 0000 00",
        "07e9 01 01 ff 00 3c 00 00 0000 00",
        "07e9 01 01 ff 00 00 3c 00 0000 00",
        "07e9 01 01 ff ff 00 00 00 0000 00",
    ] {
        assert_eq!(date_time(octets).unix_seconds(), None, "{octets}");
    }
    // 2024 has a 29th of February; seconds that are not specified count as 0.
    let leap = date_time("07e8 02 1d ff 00 00 ff ff 0000 00");
    assert_eq!(leap.unix_seconds(), Some(1_709_164_800));
    assert_eq!(leap.to_string(), "2024-02-29 00:00:*+00:00");
}

/// spec/axdr.md 4.5: a published example says weekday 7 for a Monday; a client keeps the time.
#[test]
fn a_wrong_weekday_does_not_lose_the_time() {
    let time = date_time("07dc 03 0c 07 00 00 00 00 ffc4 80");
    assert_eq!(time.civil(), Some(civil(2012, 3, 12, 0, 0, 0)));
    assert_eq!((time.date().weekday(), time.civil().map(Civil::weekday)), (Some(7), Some(1)));
    // And an Aidon meter sends 0 for a Sunday.
    assert_eq!(date_time("07e9 06 0f 00 0c 1e 00 00 8000 00").date().weekday(), Some(0));
}

#[test]
fn offsets_are_shown_as_people_write_them() {
    for (deviation, printed) in [
        ("ffc4", "+01:00"),
        ("003c", "-01:00"),
        ("0000", "+00:00"),
        ("fcb8", "+14:00"),
        ("feb6", "+05:30"),
        ("8000", ""),
    ] {
        let time = date_time(&format!("07e9 01 01 03 00 00 00 ff {deviation} 00"));
        assert_eq!(time.to_string(), format!("2025-01-01 00:00:00{printed}"));
        assert!(time.is_plausible());
    }
}

#[test]
fn doubt_about_the_clock_is_shown() {
    let time = date_time("07e9 01 01 03 00 00 00 ff 8000 0a");
    assert_eq!(time.to_string(), "2025-01-01 00:00:00 (doubtful) (invalid status)");
    assert!(time.status().contains(ClockStatus::DOUBTFUL_VALUE));
    assert!(!time.status().contains(ClockStatus::INVALID_VALUE));
}

#[test]
fn dates_and_times_alone_are_read() {
    let date = Date([0x07, 0xe8, 0x0b, 0x15, 0xff]);
    assert_eq!((date.year(), date.month(), date.day()), (Some(2024), Some(11), Some(21)));
    assert_eq!((date.weekday(), date.to_string().as_str()), (None, "2024-11-21"));
    let time = Time([8, 30, 15, 23]);
    assert_eq!((time.hour(), time.hundredths()), (Some(8), Some(23)));
    assert_eq!(time.to_string(), "08:30:15.23");
}

#[test]
fn twelve_octets_of_something_else_do_not_look_like_a_time() {
    for octets in
        ["000000000000000000000000", "414243444546474849505152", "0100010800ff010001080000"]
    {
        assert!(!date_time(octets).is_plausible(), "{octets}");
    }
}

proptest! {
    #[test]
    fn a_moment_comes_back_in_every_zone(
        seconds in -62_135_000_000_i64..2_000_000_000_000,
        deviation in -840_i16..=840,
    ) {
        let time = DateTime::from_unix(seconds, deviation, ClockStatus::default());
        prop_assert_eq!(time.unix_seconds(), Some(seconds));
        prop_assert_eq!(time.deviation(), Some(deviation));
        let local = time.civil().expect("it is a date");
        prop_assert_eq!(time.date().weekday(), Some(local.weekday()));
        prop_assert_eq!(DateTime::from_civil(local, Some(deviation), ClockStatus::default()), time);
    }

    #[test]
    fn the_next_second_is_the_next_date(seconds in -62_135_000_000_i64..2_000_000_000_000) {
        let (now, next) = (Civil::from_seconds(seconds), Civil::from_seconds(seconds + 1));
        prop_assert!(now.is_valid() && now < next);
        prop_assert!(now.day <= days_in_month(now.year, now.month));
        if next.second > 0 {
            prop_assert_eq!(next.second, now.second + 1);
        }
        if next.day != now.day {
            prop_assert_eq!(next.weekday(), now.weekday() % 7 + 1);
            prop_assert!(next.day == now.day + 1 || next.day == 1);
        }
    }

    #[test]
    fn any_twelve_octets_can_be_shown(octets in any::<[u8; 12]>()) {
        let time = DateTime(octets);
        let shown = format!("{time} {time:?}");
        prop_assert!(shown.is_ascii());
        prop_assert_eq!(time.unix_seconds().is_some(), time.civil().is_some() && time.deviation().is_some());
        let _ = time.is_plausible();
    }
}
