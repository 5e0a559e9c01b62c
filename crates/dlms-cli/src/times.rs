//! Times as people write them and as meters do.
//!
//! As a text a time is the meter's own, with its offset, in one form everywhere; in CSV the same in
//! RFC 3339. The `time` of JSON is UTC in RFC 3339, with the twelve octets beside it. A local time that is given belongs to a zone (see [`crate::zone`]).

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cosem::DateTime;
use jiff::civil;
use jiff::fmt::temporal::Pieces;

use crate::text::quoted;

/// A time that was given on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// With its offset: one moment.
    Instant {
        /// Seconds since 1970-01-01 00:00:00 UTC.
        unix: i64,
        /// Minutes from this time to UTC, as in a date-time.
        deviation: i16,
    },
    /// Without: a clock on a wall shows it.
    Civil(civil::DateTime),
}

impl Given {
    /// Whether it lies after another one, whatever the zone is.
    pub(crate) fn is_surely_after(self, other: Self) -> bool {
        match (self, other) {
            (Self::Instant { unix: a, .. }, Self::Instant { unix: b, .. }) => a > b,
            (Self::Civil(a), Self::Civil(b)) => a > b,
            _ => false,
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant { unix, deviation } => {
                let status = cosem::ClockStatus::UNSPECIFIED;
                f.write_str(&iso(DateTime::from_unix(*unix, *deviation, status)))
            }
            Self::Civil(local) => write!(f, "{local}"),
        }
    }
}

/// Reads `2026-03-29T02:30`, with seconds or without, with an offset or without; a blank may stand
/// for the T; a date alone means its midnight.
pub(crate) fn given(text: &str) -> Result<Given, String> {
    let shown = quoted(text);
    let wrong =
        || format!("{shown} is no time; write 2026-03-29T02:30 or 2026-03-29T02:30:00+01:00");
    let pieces = Pieces::parse(text.trim()).map_err(|_| wrong())?;
    if pieces.time_zone_annotation().is_some() {
        return Err(format!("{shown}: a zone is given with --zone"));
    }
    let time = pieces.time().unwrap_or(civil::Time::midnight());
    let local = civil::DateTime::from_parts(
        pieces.date(),
        time.with().subsec_nanosecond(0).build().map_err(|_| wrong())?,
    );
    let Some(offset) = pieces.to_numeric_offset() else { return Ok(Given::Civil(local)) };
    if offset.seconds() % 60 != 0 {
        return Err(format!("{shown}: an offset has whole minutes"));
    }
    let unix = offset.to_timestamp(local).map_err(|_| wrong())?.as_second();
    let deviation = i16::try_from(-offset.seconds() / 60).map_err(|_| wrong())?;
    Ok(Given::Instant { unix, deviation })
}

/// Reads `1d`, `12h`, `90m`, `30s` or `2w`.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let shown = quoted(text);
    let wrong = || format!("{shown} is no span of time; write 1d, 12h, 90m or 2w");
    let end = text.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
    let (digits, unit) = text.split_at(end);
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = count.checked_mul(seconds).filter(|seconds| *seconds <= LONGEST_SPAN);
    let seconds = seconds.ok_or_else(|| format!("{shown}: more than 100 years"))?;
    if seconds == 0 {
        return Err(format!("{shown}: an empty range"));
    }
    Ok(Duration::from_secs(seconds))
}

/// Seconds since 1970-01-01 00:00:00 UTC by this computer's clock.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The meter's own time with its offset: `2025-06-15 12:30:00+02:00`. Hundredths only where they
/// say something.
pub(crate) fn local(time: DateTime) -> String {
    let mut quiet = time;
    if let [.., hundredths @ 0, _, _, _] = &mut quiet.0 {
        *hundredths = 0xff;
    }
    quiet.to_string()
}

/// Its date: `2025-06-15`.
pub(crate) fn day(time: DateTime) -> String {
    time.date().to_string()
}

/// The same in the form that machines read (ISO 8601), where the time is complete.
pub(crate) fn iso(time: DateTime) -> String {
    let text = local(time);
    if time.civil().is_some() { text.replacen(' ', "T", 1) } else { text }
}

/// UTC as RFC 3339 wants it: `2025-06-15T10:30:00Z`.
pub(crate) fn utc(unix: i64) -> Option<String> {
    Some(jiff::Timestamp::from_second(unix).ok()?.to_string())
}

/// A difference in words: `12 s`, `3 min 5 s`, `2 d 4 h`.
pub(crate) fn difference(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let said = parts.into_iter().skip_while(|(count, _)| *count == 0).take(2);
    let said: Vec<_> = said.map(|(count, unit)| format!("{count} {unit}")).collect();
    if said.is_empty() { String::from("0 s") } else { said.join(" ") }
}

const LONGEST_SPAN: u64 = 100 * 366 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_and_without_its_offset() {
        let civil = Given::Civil(civil::date(2026, 3, 29).at(2, 30, 0, 0));
        assert_eq!(given("2026-03-29T02:30"), Ok(civil));
        assert_eq!(given("2026-03-29 02:30:00"), Ok(civil));
        let midnight = Given::Civil(civil::date(2026, 3, 29).at(0, 0, 0, 0));
        assert_eq!(given("2026-03-29"), Ok(midnight));
        // GNU date: date -u -d '2025-06-15T12:30+02:00' +%s
        let instant = Given::Instant { unix: 1_749_983_400, deviation: -120 };
        assert_eq!(given("2025-06-15T12:30+02:00"), Ok(instant));
        let instant = Given::Instant { unix: 1_749_983_400, deviation: 0 };
        assert_eq!(given("2025-06-15T10:30:00Z"), Ok(instant));
        assert!(given("2026-02-30").is_err());
        assert!(given("yesterday").unwrap_err().contains("2026-03-29T02:30"));
    }

    #[test]
    fn a_span_has_a_unit_and_is_not_empty() {
        assert_eq!(span("1d"), Ok(Duration::from_secs(86_400)));
        assert_eq!(span("90m"), Ok(Duration::from_secs(5_400)));
        assert!(span("0h").unwrap_err().contains("empty range"));
        assert!(span("1").is_err() && span("d").is_err() && span("1y").is_err());
        assert!(span("99999999999w").is_err());
    }

    #[test]
    fn a_time_is_shown_with_the_meters_own_offset_and_in_utc() {
        let time = DateTime([0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80]);
        assert_eq!(local(time), "2025-06-15 12:30:00+02:00");
        assert_eq!(iso(time), "2025-06-15T12:30:00+02:00");
        assert_eq!(utc(1_749_983_400).unwrap(), "2025-06-15T10:30:00Z");
        assert_eq!(local(DateTime::UNSPECIFIED), "*-*-* *:*:*");
    }

    #[test]
    fn a_difference_is_said_in_two_parts() {
        assert_eq!(difference(0), "0 s");
        assert_eq!(difference(65), "1 min 5 s");
        assert_eq!(difference(90_061), "1 d 1 h");
    }
}
