//! Zones: whose local time is meant, and what daylight saving does to it.
//!
//! A zone is named (`--zone Europe/Berlin`), or it is the meter's own, made of what its clock object
//! says about daylight saving. A local time that is skipped is refused, one that is repeated needs
//! its offset: neither is guessed.

use cosem::{ClockStatus, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, civil};

use crate::times::Given;

/// Where local times belong.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    zone: TimeZone,
    /// What messages call it.
    name: String,
}

/// What a clock object says about its zone: attributes 3, 5, 6, 7 and 8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockZone {
    pub(crate) time_zone: i16,
    pub(crate) begin: DateTime,
    pub(crate) end: DateTime,
    pub(crate) deviation: i8,
    pub(crate) enabled: bool,
}

impl Zone {
    /// A zone of the tz database, such as `Europe/Berlin` or `UTC`.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let zone = TimeZone::get(name).map_err(|_| {
            let name = crate::text::quoted(name);
            format!("{name} is no time zone; write one like Europe/Berlin, Asia/Kolkata or UTC")
        })?;
        Ok(Self { zone, name: name.to_owned() })
    }

    /// An offset that never changes.
    pub(crate) fn fixed(deviation: i16) -> Option<Self> {
        let offset = Offset::from_seconds(-i32::from(deviation) * 60).ok()?;
        Some(Self {
            zone: TimeZone::fixed(offset),
            name: format!("the meter's zone (UTC{offset})"),
        })
    }

    /// The meter's own: `now` is what its clock shows. The rules of its clock object are believed
    /// only when they explain the offset that the clock shows now.
    pub(crate) fn of_meter(now: DateTime, clock: Option<ClockZone>) -> Option<Self> {
        let deviation = now.deviation()?;
        let ruled = clock.and_then(ClockZone::posix).and_then(|text| {
            let zone = TimeZone::posix(&text).ok()?;
            let shown = zone.to_offset(Timestamp::from_second(now.unix_seconds()?).ok()?);
            (shown.seconds() == -i32::from(deviation) * 60).then_some(zone)
        });
        match ruled {
            Some(zone) => Some(Self { zone, name: String::from("the meter's zone") }),
            None => Self::fixed(deviation),
        }
    }

    /// A moment as a clock in this zone shows it.
    pub(crate) fn show(&self, unix: i64) -> Result<DateTime, String> {
        let timestamp = Timestamp::from_second(unix)
            .map_err(|_| String::from("the time is beyond the calendar"))?;
        let info = self.zone.to_offset_info(timestamp);
        let status = if info.dst().is_dst() {
            ClockStatus::DAYLIGHT_SAVING_ACTIVE
        } else {
            ClockStatus::default()
        };
        let deviation = i16::try_from(-info.offset().seconds() / 60).unwrap_or(0);
        Ok(DateTime::from_unix(unix, deviation, status))
    }

    /// A given time as a clock in this zone shows it.
    ///
    /// # Errors
    /// A local time that daylight saving skips, or one that it repeats.
    pub(crate) fn resolve(&self, given: Given) -> Result<DateTime, String> {
        match given {
            Given::Instant { unix, .. } => self.show(unix),
            Given::Civil(local) => self.show(self.unix_of(local)?),
        }
    }

    /// The first moment of a day, counted from 1970-01-01.
    pub(crate) fn midnight(&self, day: i64) -> Result<i64, String> {
        let beyond = || String::from("the time is beyond the calendar");
        let seconds = day.checked_mul(86_400).ok_or_else(beyond)?;
        let utc = Timestamp::from_second(seconds).map_err(|_| beyond())?;
        // The digits of UTC's midnight, read in this zone; where midnight is skipped, what follows.
        let local = Offset::UTC.to_datetime(utc);
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        ambiguous.compatible().map(Timestamp::as_second).map_err(|_| beyond())
    }

    fn unix_of(&self, local: civil::DateTime) -> Result<i64, String> {
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let (before, after) = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => return seconds(local, offset),
            AmbiguousOffset::Gap { before, after } => {
                return Err(self.skipped(local, before, after));
            }
            AmbiguousOffset::Fold { before, after } => (before, after),
        };
        Err(format!(
            "{} comes twice in {}, because the clock is put back; say which one: \
             {local}{} or {local}{}",
            words(local),
            self.name,
            offset_text(before),
            offset_text(after),
        ))
    }

    fn skipped(&self, local: civil::DateTime, before: Offset, after: Offset) -> String {
        let text = format!("{} does not exist in {}", words(local), self.name);
        // Read with the later offset the time lies before the change, which comes next.
        let change = after
            .to_timestamp(local)
            .ok()
            .and_then(|earlier| self.zone.following(earlier).next())
            .map(|change| change.timestamp());
        match change {
            Some(change) => format!(
                "{text}: the clock is put forward from {} to {}",
                before.to_datetime(change).time().strftime("%H:%M"),
                after.to_datetime(change).time().strftime("%H:%M"),
            ),
            None => format!("{text}: the clock is put forward over it"),
        }
    }

    /// The moment of a date-time that does not give its offset; `None` where that would be a guess.
    pub(crate) fn unix(&self, time: DateTime) -> Option<i64> {
        let local = time.civil()?;
        let date = civil::Date::new(
            i16::try_from(local.year).ok()?,
            i8::try_from(local.month).ok()?,
            i8::try_from(local.day).ok()?,
        );
        let [hour, minute, second] = [local.hour, local.minute, local.second].map(|n| n as i8);
        let local = date.ok()?.at(hour, minute, second, 0);
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => seconds(local, offset).ok(),
            AmbiguousOffset::Gap { .. } => None,
            // The status says which of the two it is, where there is one.
            AmbiguousOffset::Fold { before, after } => match time.status() {
                ClockStatus::UNSPECIFIED => None,
                status if status.contains(ClockStatus::DAYLIGHT_SAVING_ACTIVE) => {
                    seconds(local, before.max(after)).ok()
                }
                _ => seconds(local, before.min(after)).ok(),
            },
        }
    }
}

impl ClockZone {
    /// The rules as a POSIX TZ string; `None` where it cannot say them.
    fn posix(self) -> Option<String> {
        let standard = i32::from(self.time_zone);
        if !self.enabled {
            return Some(format!("<S>{}", posix_offset(standard)));
        }
        let summer = standard - i32::from(self.deviation).abs();
        Some(format!(
            "<STD>{}<DST>{},{},{}",
            posix_offset(standard),
            posix_offset(summer),
            posix_date(self.begin)?,
            posix_date(self.end)?,
        ))
    }
}

/// POSIX counts as COSEM does: west of Greenwich is positive.
fn posix_offset(minutes: i32) -> String {
    let sign = if minutes < 0 { "-" } else { "" };
    format!("{sign}{}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// A day of every year: the last Sunday of March, the second Sunday of November.
fn posix_date(time: DateTime) -> Option<String> {
    let (date, clock) = (time.date(), time.time());
    if date.year().is_some() {
        return None;
    }
    let [_, _, _, day, weekday] = date.0;
    let week = match day {
        LAST => 5,
        1 => 1,
        8 => 2,
        15 => 3,
        22 => 4,
        _ => return None,
    };
    if !(1..=7).contains(&weekday) {
        return None;
    }
    let (hour, minute) = (clock.hour()?, clock.minute().unwrap_or(0));
    Some(format!("M{}.{week}.{}/{hour}:{minute:02}", date.month()?, weekday % 7))
}

fn seconds(local: civil::DateTime, offset: Offset) -> Result<i64, String> {
    let timestamp = offset.to_timestamp(local);
    timestamp.map(Timestamp::as_second).map_err(|_| String::from("the time is beyond the calendar"))
}

fn words(local: civil::DateTime) -> String {
    local.strftime("%Y-%m-%d %H:%M").to_string()
}

fn offset_text(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// The last day of a month, or the last such weekday.
const LAST: u8 = 0xfe;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::times::given;

    fn berlin(text: &str) -> Result<String, String> {
        Zone::named("Europe/Berlin")?.resolve(given(text)?).map(|time| time.to_string())
    }

    fn meter() -> Zone {
        let now = DateTime([0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80]);
        let clock = ClockZone {
            time_zone: -60,
            begin: DateTime([0xff, 0xff, 3, 0xfe, 7, 2, 0, 0, 0, 0x80, 0, 0]),
            end: DateTime([0xff, 0xff, 10, 0xfe, 7, 3, 0, 0, 0, 0x80, 0, 0x80]),
            deviation: 60,
            enabled: true,
        };
        Zone::of_meter(now, Some(clock)).unwrap()
    }

    #[test]
    fn a_local_time_gets_the_offset_of_its_season() {
        assert_eq!(berlin("2026-01-15T12:00").unwrap(), "2026-01-15 12:00:00.00+01:00");
        assert_eq!(berlin("2026-07-15T12:00").unwrap(), "2026-07-15 12:00:00.00+02:00");
        assert_eq!(berlin("2026-07-15T10:00Z").unwrap(), "2026-07-15 12:00:00.00+02:00");
    }

    #[test]
    fn a_local_time_that_spring_skips_is_refused_and_the_gap_is_named() {
        let error = berlin("2026-03-29T02:30").unwrap_err();
        assert!(error.contains("2026-03-29 02:30 does not exist in Europe/Berlin"), "{error}");
        assert!(error.contains("put forward from 02:00 to 03:00"), "{error}");
        let zone = meter();
        let error = zone.resolve(given("2026-03-29T02:30").unwrap()).unwrap_err();
        assert!(
            error.contains("in the meter's zone: the clock is put forward from 02:00"),
            "{error}"
        );
    }

    #[test]
    fn a_local_time_that_autumn_repeats_needs_its_offset() {
        let error = berlin("2026-10-25T02:30").unwrap_err();
        assert!(
            error.contains("2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
            "{error}"
        );
        assert_eq!(berlin("2026-10-25T02:30+02:00").unwrap(), "2026-10-25 02:30:00.00+02:00");
        assert_eq!(berlin("2026-10-25T02:30+01:00").unwrap(), "2026-10-25 02:30:00.00+01:00");
        assert!(meter().resolve(given("2026-10-25T02:30").unwrap()).is_err());
    }

    #[test]
    fn the_rules_of_a_clock_object_are_a_zone() {
        let zone = meter();
        let show = |text| zone.resolve(given(text).unwrap()).unwrap().to_string();
        assert_eq!(show("2026-01-15T12:00"), "2026-01-15 12:00:00.00+01:00");
        assert_eq!(show("2026-07-15T12:00"), "2026-07-15 12:00:00.00+02:00");
        let time = zone.resolve(given("2026-07-15T12:00").unwrap()).unwrap();
        assert!(time.status().contains(ClockStatus::DAYLIGHT_SAVING_ACTIVE));
    }

    #[test]
    fn rules_that_do_not_explain_the_offset_shown_are_not_believed() {
        let now = DateTime([0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x4c, 0]);
        let clock = ClockZone {
            time_zone: -60,
            begin: DateTime::UNSPECIFIED,
            end: DateTime::UNSPECIFIED,
            deviation: 60,
            enabled: false,
        };
        let zone = Zone::of_meter(now, Some(clock)).unwrap();
        assert_eq!(zone.show(0).unwrap().to_string(), "1970-01-01 03:00:00.00+03:00");
        assert!(Zone::of_meter(DateTime::UNSPECIFIED, Some(clock)).is_none());
    }

    #[test]
    fn a_time_without_an_offset_is_placed_unless_that_were_a_guess() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let mut time = DateTime([0x07, 0xea, 10, 25, 7, 2, 30, 0, 0, 0x80, 0, 0xff]);
        assert_eq!(zone.unix(time), None);
        time.0[11] = 0x80;
        let first = zone.unix(time).unwrap();
        time.0[11] = 0;
        assert_eq!(zone.unix(time), Some(first + 3_600));
    }
}
