//! Dates and times as COSEM writes them, wildcards kept as sent.
//!
//! | octets | 0–1  | 2     | 3   | 4           | 5    | 6      | 7      | 8          | 9–10      | 11     |
//! |--------|------|-------|-----|-------------|------|--------|--------|------------|-----------|--------|
//! | field  | year | month | day | day of week | hour | minute | second | hundredths | deviation | status |
//!
//! `date` is octets 0 to 4, `time` octets 5 to 8. `ff` (`ffff`, `8000` for the deviation) means *not
//! specified*. UTC is local time **plus** deviation: east of Greenwich it is negative.
//!
//! ```
//! use cosem::DateTime;
//! // 2025-06-15 12:30 in central Europe, daylight saving active.
//! let time = DateTime([0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80]);
//! assert_eq!(time.to_string(), "2025-06-15 12:30:00.00+02:00");
//! assert_eq!(time.unix_seconds(), Some(1_749_983_400)); // 10:30:00 UTC
//! ```

use core::fmt;

// The three types below are aligned so that, as one of the values of an enum, they do not lie across the
// places of small numbers: those would be moved in bits and pieces, and a tree is decoded in 100 ns a row
// instead of 74.

/// Twelve octets of date and time, as sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(align(4))]
pub struct DateTime(pub [u8; 12]);

/// Five octets of date, as sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(align(4))]
pub struct Date(pub [u8; 5]);

/// Four octets of time, as sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(align(4))]
pub struct Time(pub [u8; 4]);

/// A calendar date and time of day without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// 1 to 65,534.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

impl DateTime {
    /// Every field *not specified*.
    pub const UNSPECIFIED: Self =
        Self([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0x00, 0xff]);

    /// A local time with its weekday, hundredths 0.
    #[must_use]
    pub fn from_civil(civil: Civil, deviation: Option<i16>, status: ClockStatus) -> Self {
        let [year_high, year_low] = civil.year.to_be_bytes();
        let [deviation_high, deviation_low] = deviation.unwrap_or(i16::MIN).to_be_bytes();
        Self([
            year_high,
            year_low,
            civil.month,
            civil.day,
            civil.weekday(),
            civil.hour,
            civil.minute,
            civil.second,
            0,
            deviation_high,
            deviation_low,
            status.0,
        ])
    }

    /// The time `seconds` after 1970-01-01 00:00:00 UTC, shown with a deviation in minutes.
    #[must_use]
    pub fn from_unix(seconds: i64, deviation: i16, status: ClockStatus) -> Self {
        let local = seconds.saturating_sub(i64::from(deviation) * 60);
        Self::from_civil(Civil::from_seconds(local), Some(deviation), status)
    }

    /// The date's five octets.
    #[must_use]
    pub const fn date(self) -> Date {
        let [a, b, c, d, e, ..] = self.0;
        Date([a, b, c, d, e])
    }

    /// The time's four octets.
    #[must_use]
    pub const fn time(self) -> Time {
        let [_, _, _, _, _, a, b, c, d, ..] = self.0;
        Time([a, b, c, d])
    }

    /// The deviation in minutes as sent: UTC = local time + deviation. `None`: not specified.
    #[must_use]
    pub const fn deviation(self) -> Option<i16> {
        let [.., high, low, _] = self.0;
        match i16::from_be_bytes([high, low]) {
            i16::MIN => None,
            minutes => Some(minutes),
        }
    }

    /// The clock status octet.
    #[must_use]
    pub const fn status(self) -> ClockStatus {
        let [.., status] = self.0;
        ClockStatus(status)
    }

    /// The local time when year, month, day, hour and minute are given and are a real date.
    ///
    /// Seconds that are not specified count as 0.
    #[must_use]
    pub fn civil(self) -> Option<Civil> {
        let (date, time) = (self.date(), self.time());
        let second = time.second().unwrap_or(0);
        let civil = Civil {
            year: date.year()?,
            month: date.month()?,
            day: date.day()?,
            hour: time.hour()?,
            minute: time.minute()?,
            second,
        };
        civil.is_valid().then_some(civil)
    }

    /// Seconds since 1970-01-01 00:00:00 UTC; `None` when the date is not complete or the
    /// deviation is not specified.
    #[must_use]
    pub fn unix_seconds(self) -> Option<i64> {
        let deviation = i64::from(self.deviation()?);
        Some(self.civil()?.seconds() + deviation * 60)
    }

    /// Whether twelve octets look like a date and time, for octet-strings that do not say so.
    #[must_use]
    pub fn is_plausible(self) -> bool {
        let (date, time) = (self.date(), self.time());
        let year = date.year();
        let unspecified = year.is_none() && date.0 == [0xff; 5];
        let dated = year.is_some_and(|year| (1970..=2200).contains(&year))
            && matches!(date.0[2], 1..=12 | 0xfd..=0xff)
            && matches!(date.0[3], 1..=31 | 0xfd..=0xff);
        (dated || (unspecified && time.hour().is_some()))
            && matches!(date.0[4], 0..=7 | 0xff)
            && matches!(time.0[0], 0..=23 | 0xff)
            && matches!(time.0[1], 0..=59 | 0xff)
            && matches!(time.0[2], 0..=59 | 0xff)
            && matches!(time.0[3], 0..=99 | 0xff)
            && self.deviation().is_none_or(|minutes| (-840..=720).contains(&minutes))
    }
}

impl Date {
    /// The year; `None`: not specified.
    #[must_use]
    pub const fn year(self) -> Option<u16> {
        let [high, low, ..] = self.0;
        match u16::from_be_bytes([high, low]) {
            0xffff => None,
            year => Some(year),
        }
    }

    /// The month, 1 to 12; `None`: not specified or one of the daylight-saving marks.
    #[must_use]
    pub const fn month(self) -> Option<u8> {
        let [_, _, month, ..] = self.0;
        if matches!(month, 1..=12) { Some(month) } else { None }
    }

    /// The day of the month, 1 to 31; `None`: not specified or counted from the month's end.
    #[must_use]
    pub const fn day(self) -> Option<u8> {
        let [_, _, _, day, _] = self.0;
        if matches!(day, 1..=31) { Some(day) } else { None }
    }

    /// The day of the week, 1 Monday to 7 Sunday; `None`: not specified. Some meters send 0 for
    /// Sunday, which is kept.
    #[must_use]
    pub const fn weekday(self) -> Option<u8> {
        let [.., weekday] = self.0;
        if weekday == 0xff { None } else { Some(weekday) }
    }
}

impl Time {
    /// The hour; `None`: not specified.
    #[must_use]
    pub const fn hour(self) -> Option<u8> {
        specified(self.0[0])
    }

    /// The minute; `None`: not specified.
    #[must_use]
    pub const fn minute(self) -> Option<u8> {
        specified(self.0[1])
    }

    /// The second; `None`: not specified.
    #[must_use]
    pub const fn second(self) -> Option<u8> {
        specified(self.0[2])
    }

    /// Hundredths of a second; `None`: not specified.
    #[must_use]
    pub const fn hundredths(self) -> Option<u8> {
        specified(self.0[3])
    }
}

const fn specified(octet: u8) -> Option<u8> {
    if octet == 0xff { None } else { Some(octet) }
}

/// The clock status octet of a date-time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClockStatus(pub u8);

impl ClockStatus {
    /// The time could not be recovered.
    pub const INVALID_VALUE: Self = Self(0x01);
    /// The time was recovered, its accuracy is not known.
    pub const DOUBTFUL_VALUE: Self = Self(0x02);
    /// Another clock base than the clock object says.
    pub const DIFFERENT_CLOCK_BASE: Self = Self(0x04);
    /// Some of these bits are wrong.
    pub const INVALID_CLOCK_STATUS: Self = Self(0x08);
    /// The time shown contains the daylight-saving shift.
    pub const DAYLIGHT_SAVING_ACTIVE: Self = Self(0x80);
    /// No status.
    pub const UNSPECIFIED: Self = Self(0xff);

    /// Whether all bits of `other` are set; never in an unspecified status.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 != Self::UNSPECIFIED.0 && self.0 & other.0 == other.0
    }

    /// The bits of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Civil {
    const FIRST: Self = Self { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
    const LAST: Self = Self { year: 65_534, month: 12, day: 31, hour: 23, minute: 59, second: 59 };

    /// Whether it is a date of the (proleptic) Gregorian calendar.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self.month, 1..=12)
            && self.day >= 1
            && self.day <= days_in_month(self.year, self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }

    /// Seconds since 1970-01-01 00:00:00 of the same zone.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        let time = self.hour as i64 * 3600 + self.minute as i64 * 60 + self.second as i64;
        days_from_civil(self.year as i64, self.month as i64, self.day as i64) * 86_400 + time
    }

    /// The date and time `seconds` after 1970-01-01 00:00:00 of the same zone. What lies outside
    /// the years 1 to 65,534 comes out as the nearest second inside.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        let seconds = seconds.clamp(Self::FIRST.seconds(), Self::LAST.seconds());
        let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Self {
            year: u16::try_from(year).unwrap_or(Self::LAST.year),
            month,
            day,
            hour: (second_of_day / 3600) as u8,
            minute: (second_of_day / 60 % 60) as u8,
            second: (second_of_day % 60) as u8,
        }
    }

    /// 1 Monday to 7 Sunday.
    #[must_use]
    pub const fn weekday(self) -> u8 {
        let days = days_from_civil(self.year as i64, self.month as i64, self.day as i64);
        // 1970-01-01 was a Thursday, day 4.
        ((days + 3).rem_euclid(7) + 1) as u8
    }
}

/// Days of a month; 0 for a month that is none.
#[must_use]
pub const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

/// Days since 1970-01-01. Years begin in March here, so that the leap day is the last of a year.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_OF_400_YEARS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
        - DAYS_BEFORE_1970
}

/// The year, month and day of a number of days since 1970-01-01.
const fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + DAYS_BEFORE_1970;
    let era = days.div_euclid(DAYS_OF_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_OF_400_YEARS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524
        - day_of_era / (DAYS_OF_400_YEARS - 1))
        / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month as u8, day as u8)
}

const DAYS_OF_400_YEARS: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468;

impl fmt::Display for DateTime {
    /// `2025-06-15 12:30:00.00+02:00`; what is not specified is `*`, a status bit that matters is
    /// named behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date(), self.time())?;
        if let Some(deviation) = self.deviation() {
            // As people write it: ahead of UTC is positive.
            let offset = -i32::from(deviation);
            let sign = if offset < 0 { '-' } else { '+' };
            write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)?;
        }
        let status = self.status();
        for (bit, name) in [
            (ClockStatus::INVALID_VALUE, "invalid"),
            (ClockStatus::DOUBTFUL_VALUE, "doubtful"),
            (ClockStatus::DIFFERENT_CLOCK_BASE, "different clock base"),
            (ClockStatus::INVALID_CLOCK_STATUS, "invalid status"),
        ] {
            if status.contains(bit) {
                write!(f, " ({name})")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year() {
            Some(year) => write!(f, "{year:04}-")?,
            None => f.write_str("*-")?,
        }
        match self.0[2] {
            0xff => f.write_str("*-")?,
            0xfe => f.write_str("daylight-saving-begin-")?,
            0xfd => f.write_str("daylight-saving-end-")?,
            month => write!(f, "{month:02}-")?,
        }
        match self.0[3] {
            0xff => f.write_str("*"),
            0xfe => f.write_str("last"),
            0xfd => f.write_str("second-last"),
            day => write!(f, "{day:02}"),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (separator, octet) in ["", ":", ":"].into_iter().zip(self.0) {
            match specified(octet) {
                Some(number) => write!(f, "{separator}{number:02}")?,
                None => write!(f, "{separator}*")?,
            }
        }
        match self.hundredths() {
            Some(hundredths) => write!(f, ".{hundredths:02}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTime({self} = {})", crate::bytes::hex(&self.0))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self} = {})", crate::bytes::hex(&self.0))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Time({self} = {})", crate::bytes::hex(&self.0))
    }
}
