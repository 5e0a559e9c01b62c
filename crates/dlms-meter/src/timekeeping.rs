//! What a meter's clock shows, as a function of physical time.
//!
//! ```text
//! physical time ─offset─▶ the clock's UTC ─zone, daylight saving─▶ local time, as labels show it
//! ```
//!
//! Setting the clock changes the offset, and nothing else: energy and the order of captured rows
//! follow physical time. A label carries the deviation and the daylight-saving bit, so the two
//! occurrences of the hour that autumn repeats are told apart.

use cosem::{Civil, ClockStatus, DateTime, days_in_month};
use dlms::time::Instant;

/// The zone of a clock and when its daylight saving begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockRules {
    /// Minutes from local standard time to UTC: −60 in central Europe.
    pub time_zone: i16,
    /// When daylight saving begins, in standard time; a date with wildcards means every year.
    pub daylight_savings_begin: DateTime,
    /// When it ends, in daylight-saving time.
    pub daylight_savings_end: DateTime,
    /// Minutes that the clock is put forward.
    pub daylight_savings_deviation: i8,
    /// Whether there is daylight saving at all.
    pub daylight_savings_enabled: bool,
}

impl ClockRules {
    /// Central Europe: one hour ahead of UTC, two from the last Sunday of March, 2:00, to the last
    /// Sunday of October, 3:00.
    pub const CENTRAL_EUROPE: Self = Self {
        time_zone: -60,
        daylight_savings_begin: DateTime([0xff, 0xff, 3, 0xfe, 7, 2, 0, 0, 0, 0x80, 0x00, 0x00]),
        daylight_savings_end: DateTime([0xff, 0xff, 10, 0xfe, 7, 3, 0, 0, 0, 0x80, 0x00, 0x80]),
        daylight_savings_deviation: 60,
        daylight_savings_enabled: true,
    };

    /// UTC, all year.
    pub const UTC: Self =
        Self { time_zone: 0, daylight_savings_enabled: false, ..Self::CENTRAL_EUROPE };

    /// Whether daylight saving is active at a second of UTC.
    #[must_use]
    pub fn is_daylight_saving(&self, utc: i64) -> bool {
        if !self.daylight_savings_enabled {
            return false;
        }
        let zone = i64::from(self.time_zone) * 60;
        let shift = i64::from(self.daylight_savings_deviation) * 60;
        let year = Civil::from_seconds(utc.saturating_sub(zone)).year;
        let begin = in_year(self.daylight_savings_begin, year).map(|local| local + zone);
        let end = in_year(self.daylight_savings_end, year).map(|local| local + zone - shift);
        match (begin, end) {
            (Some(begin), Some(end)) if begin < end => (begin..end).contains(&utc),
            // South of the equator summer lasts over the turn of the year.
            (Some(begin), Some(end)) => utc >= begin || utc < end,
            _ => false,
        }
    }

    /// Minutes from local time to UTC at a second of UTC, daylight saving included.
    #[must_use]
    pub fn deviation(&self, utc: i64) -> i16 {
        if self.is_daylight_saving(utc) {
            self.time_zone.saturating_sub(i16::from(self.daylight_savings_deviation))
        } else {
            self.time_zone
        }
    }

    /// Seconds of local time, counted like UTC, at a second of UTC.
    pub(crate) fn local(&self, utc: i64) -> i64 {
        utc.saturating_sub(i64::from(self.deviation(utc)) * 60)
    }

    /// How the clock shows a second of UTC.
    #[must_use]
    pub fn label(&self, utc: i64) -> DateTime {
        let status = if self.is_daylight_saving(utc) {
            ClockStatus::DAYLIGHT_SAVING_ACTIVE
        } else {
            ClockStatus::default()
        };
        DateTime::from_unix(utc, self.deviation(utc), status)
    }

    /// The second of UTC that a local time means. `daylight_saving` decides which of two when
    /// autumn repeats the hour; without it the first is meant. A time that spring skips is read as
    /// if the clock had not been put forward.
    #[must_use]
    pub fn utc(&self, local: Civil, daylight_saving: Option<bool>) -> i64 {
        let standard = local.seconds() + i64::from(self.time_zone) * 60;
        let shifted = standard - i64::from(self.daylight_savings_deviation) * 60;
        let may_be_standard = !self.is_daylight_saving(standard);
        let may_be_shifted = self.is_daylight_saving(shifted);
        match (may_be_shifted, may_be_standard) {
            (true, true) if daylight_saving == Some(false) => standard,
            (true, _) => shifted,
            (false, _) => standard,
        }
    }

    /// The first second of UTC after `utc` at which local time is a multiple of `period` seconds.
    pub(crate) fn next_multiple(&self, utc: i64, period: i64) -> i64 {
        let local = self.local(utc);
        let until = period - local.rem_euclid(period);
        let candidate = utc.saturating_add(until);
        if self.local(candidate).rem_euclid(period) == 0 {
            return candidate;
        }
        // The clock is put forward or back in between: what was hit or missed is found by reading
        // the wanted local time with the deviation of either side.
        let wanted = local.saturating_add(until);
        let after = wanted.saturating_add(i64::from(self.deviation(candidate)) * 60);
        if after > utc { after } else { candidate }
    }
}

/// The local second at which a date-time with wildcards falls in a year.
fn in_year(pattern: DateTime, year: u16) -> Option<i64> {
    let (date, time) = (pattern.date(), pattern.time());
    if date.year().is_some_and(|only| only != year) {
        return None;
    }
    let month = date.month()?;
    let days = days_in_month(year, month);
    let weekday = date.weekday().filter(|weekday| matches!(weekday, 1..=7));
    let at = |day: u8| Civil {
        year,
        month,
        day,
        hour: time.hour().unwrap_or(0),
        minute: time.minute().unwrap_or(0),
        second: time.second().unwrap_or(0),
    };
    let [_, _, _, day, _] = date.0;
    let day = match (day, weekday) {
        (0xfe, None) => days,
        (0xfd, None) => days - 1,
        (0xfe, Some(weekday)) => days - back(at(days).weekday(), weekday),
        // By analogy with the last one.
        (0xfd, Some(weekday)) => days - back(at(days).weekday(), weekday) - 7,
        (0xff, Some(weekday)) => 1 + back(weekday, at(1).weekday()),
        (day @ 1..=31, Some(weekday)) if date.year().is_none() && day <= days => {
            day + back(weekday, at(day).weekday())
        }
        (day @ 1..=31, _) => day,
        _ => return None,
    };
    let civil = at(day);
    civil.is_valid().then(|| civil.seconds())
}

/// How many days before weekday `from` the nearest weekday `to` lies, 0 to 6.
const fn back(from: u8, to: u8) -> u8 {
    (from + 7 - to) % 7
}

/// A clock that runs on physical time.
#[derive(Clone, Debug)]
pub(crate) struct Timekeeper {
    pub(crate) rules: ClockRules,
    /// Microseconds that the clock is ahead of physical time.
    offset: i64,
    /// How often the clock was set.
    pub(crate) steps: u64,
    pub(crate) preset: Option<Preset>,
}

/// What preset_adjusting_time left for adjust_to_preset_time, in seconds of the clock's UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preset {
    pub(crate) time: i64,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Timekeeper {
    pub(crate) const fn new(rules: ClockRules) -> Self {
        Self { rules, offset: 0, steps: 0, preset: None }
    }

    /// The clock's UTC in microseconds.
    fn micros(&self, now: Instant) -> i64 {
        let physical = i64::try_from(now.since_origin().as_micros()).unwrap_or(i64::MAX);
        physical.saturating_add(self.offset)
    }

    /// The clock's UTC in whole seconds.
    pub(crate) fn seconds(&self, now: Instant) -> i64 {
        self.micros(now).div_euclid(MICROS)
    }

    /// The physical instant at which the clock, as it is set now, shows a second of its UTC.
    pub(crate) fn instant(&self, utc: i64) -> Instant {
        let micros = utc.saturating_mul(MICROS).saturating_sub(self.offset);
        let micros = u64::try_from(micros).unwrap_or(0);
        Instant::from_origin(std::time::Duration::from_micros(micros))
    }

    /// What the clock shows, hundredths included.
    pub(crate) fn show(&self, now: Instant) -> DateTime {
        let micros = self.micros(now);
        let mut label = self.rules.label(micros.div_euclid(MICROS));
        let hundredths = micros.rem_euclid(MICROS) / (MICROS / 100);
        // Below 100.
        label.0[8] = hundredths as u8;
        label
    }

    /// Sets the clock to a second of UTC and hundredths.
    pub(crate) fn set(&mut self, now: Instant, utc: i64, hundredths: u8) {
        let wanted =
            utc.saturating_mul(MICROS).saturating_add(i64::from(hundredths) * (MICROS / 100));
        self.offset = self.offset.saturating_add(wanted.saturating_sub(self.micros(now)));
        self.steps += 1;
    }

    /// Moves the clock by so many seconds.
    pub(crate) fn shift(&mut self, seconds: i64) {
        self.offset = self.offset.saturating_add(seconds.saturating_mul(MICROS));
        self.steps += 1;
    }

    /// Moves the clock to the nearest multiple of `period` seconds of local time.
    pub(crate) fn adjust_to(&mut self, now: Instant, period: i64) {
        let half = period * MICROS / 2;
        let utc = self.micros(now).saturating_add(half).div_euclid(MICROS);
        let past = self.rules.local(utc).rem_euclid(period);
        self.set(now, utc - past, 0);
    }
}

const MICROS: i64 = 1_000_000;
