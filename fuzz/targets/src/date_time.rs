//! Z-17: date-times, against a calendar that counts.

use std::sync::OnceLock;

use cosem::{Civil, ClockStatus, DateTime, Encoded, Value};

use crate::Outcome;
use crate::entropy::Entropy;

/// Twelve octets as a date-time, and eight as a number of seconds.
///
/// # Panics
/// When the date-time differs from the calendar that counts, or does not come back from its own
/// normal form.
pub fn z17_date_time(input: &[u8]) -> Outcome {
    let mut entropy = Entropy::new(input);
    let time = DateTime(entropy.array());
    let seconds = i64::from_be_bytes(entropy.array());
    let deviation = i16::from_be_bytes(entropy.array());
    reads_the_same_in_both_forms(time);
    // Mostly inside the years that have numbers.
    for seconds in [seconds, seconds % LAST_SECOND, -(seconds % BEFORE_1970)] {
        seconds_come_back(seconds, deviation);
    }
    let printed = format!("{time} {time:?} {} {}", time.date(), time.time());
    assert!(printed.is_ascii());
    let Some(civil) = time.civil() else {
        assert!(!is_a_date(time), "{time} is a date");
        return Outcome::Refused;
    };
    assert!(is_a_date(time), "{time} is no date");
    assert!(civil.is_valid());
    let counted = seconds_of(civil);
    assert_eq!(civil.seconds(), counted, "{time}");
    // 1970-01-01 was a Thursday.
    let weekday = (counted.div_euclid(86_400) + 3).rem_euclid(7) + 1;
    assert_eq!(i64::from(civil.weekday()), weekday, "{time}");
    assert_eq!(
        time.unix_seconds(),
        time.deviation().map(|minutes| counted + 60 * i64::from(minutes))
    );
    if civil.year > 0 {
        assert_eq!(Civil::from_seconds(counted), civil);
    }
    let normal = DateTime::from_civil(civil, time.deviation(), time.status());
    assert_eq!(normal.civil(), Some(civil));
    assert_eq!((normal.deviation(), normal.status()), (time.deviation(), time.status()));
    assert_eq!(normal.unix_seconds(), time.unix_seconds());
    assert_eq!(DateTime::from_civil(civil, normal.deviation(), normal.status()), normal);
    Outcome::Passed
}

fn reads_the_same_in_both_forms(time: DateTime) {
    for head in [&[0x19][..], &[0x09, 0x0c]] {
        let octets = [head, &time.0].concat();
        let encoded = Encoded::try_from(octets).expect("twelve octets are a date-time");
        let token = encoded.tokens().next();
        let value = token.map(|token| token.map(|token| token.value));
        let Some(Ok(value @ (Value::DateTime(_) | Value::OctetString(_)))) = value else {
            panic!("it is a date-time or an octet-string");
        };
        assert_eq!(value.as_date_time(), Some(time));
    }
}

fn seconds_come_back(seconds: i64, deviation: i16) {
    let civil = Civil::from_seconds(seconds);
    assert!(civil.is_valid(), "{seconds} s give {civil:?}");
    assert_eq!(civil.seconds(), seconds_of(civil));
    let inside = (-BEFORE_1970..=LAST_SECOND).contains(&seconds);
    assert_eq!(civil.seconds() == seconds, inside, "{seconds} s give {civil:?}");
    let time = DateTime::from_unix(seconds, deviation, ClockStatus::default());
    let local = seconds.checked_sub(60 * i64::from(deviation));
    if deviation != i16::MIN
        && local.is_some_and(|local| (-BEFORE_1970..=LAST_SECOND).contains(&local))
    {
        assert_eq!(time.unix_seconds(), Some(seconds));
    }
}

/// Whether year, month, day, hour, minute and second are a date of the calendar.
fn is_a_date(DateTime(octets): DateTime) -> bool {
    let [year_high, year_low, month, day, _, hour, minute, second, ..] = octets;
    let year = u16::from_be_bytes([year_high, year_low]);
    year != 0xffff
        && (1..=12).contains(&month)
        && day >= 1
        && day <= month_length(year, month)
        && hour < 24
        && minute < 60
        && (second < 60 || second == 0xff)
}

fn month_length(year: u16, month: u8) -> u8 {
    // Thirty days have September, April, June and November.
    match month {
        9 | 4 | 6 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(400) || (year.is_multiple_of(4) && !year.is_multiple_of(100))
}

/// Counted year by year and month by month.
fn seconds_of(civil: Civil) -> i64 {
    static YEARS: OnceLock<Vec<i64>> = OnceLock::new();
    let years = YEARS.get_or_init(|| {
        let mut days = 0;
        let mut years = Vec::new();
        for year in 0..=u16::MAX {
            years.push(days);
            days += if is_leap(year) { 366 } else { 365 };
        }
        let epoch = years[1970];
        years.iter().map(|days| days - epoch).collect()
    });
    let months = (1..civil.month).map(|month| i64::from(month_length(civil.year, month)));
    let days = years[usize::from(civil.year)] + months.sum::<i64>() + i64::from(civil.day) - 1;
    days * 86_400
        + i64::from(civil.hour) * 3_600
        + i64::from(civil.minute) * 60
        + i64::from(civil.second)
}

/// 65534-12-31 23:59:59, as another calendar says (Python's ends at year 9999; 400 years have
/// 146,097 days, and 9534 and 65534 are 140 times that apart).
const LAST_SECOND: i64 = 238_728_297_599 + 140 * 146_097 * 86_400;

/// From 0001-01-01 00:00:00 to 1970: Python's `datetime.min`.
const BEFORE_1970: i64 = 62_135_596_800;
