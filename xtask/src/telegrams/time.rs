//! A date-time in the words of the corpus.

use cosem::{DateTime, bytes::hex};
use serde_json::{Value, json};

/// The fields as sent; what is not specified is null.
pub(super) fn fields(time: DateTime) -> Value {
    json!({
        "hex": hex(&time.0),
        "local": local(time),
        "hundredths": time.time().hundredths(),
        "day_of_week": time.date().weekday(),
        "deviation_min": time.deviation(),
        "clock_status": time.status().0,
    })
}

/// ISO 8601 with the offset from UTC, which has the other sign than the deviation.
pub(super) fn iso(time: DateTime) -> Option<String> {
    let local = local(time)?;
    let fraction = match time.time().hundredths() {
        None | Some(0) => String::new(),
        Some(hundredths) => format!(".{hundredths:02}0000"),
    };
    let offset = time.deviation().map_or_else(String::new, |deviation| {
        let sign = if deviation > 0 { '-' } else { '+' };
        let minutes = deviation.unsigned_abs();
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    });
    Some(format!("{local}{fraction}{offset}"))
}

/// Date and time of day, where both are specified.
fn local(time: DateTime) -> Option<String> {
    let (date, clock) = (time.date(), time.time());
    let (year, month, day) = (date.year()?, date.month()?, date.day()?);
    let (hour, minute, second) = (clock.hour()?, clock.minute()?, clock.second()?);
    let specified = (1..=12).contains(&month) && (1..=31).contains(&day);
    specified.then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_has_the_other_sign() {
        let time = DateTime([0x07, 0xe4, 1, 6, 0xff, 0, 3, 0, 0, 0xff, 0xc4, 0]);
        assert_eq!(iso(time).as_deref(), Some("2020-01-06T00:03:00+01:00"));
        assert_eq!(fields(time)["deviation_min"], -60);
        assert_eq!(fields(time)["day_of_week"], Value::Null);
    }

    #[test]
    fn a_time_with_wildcards_has_no_local_time() {
        let time = DateTime([0xff; 12]);
        assert_eq!(iso(time), None);
        assert_eq!(fields(time)["local"], Value::Null);
    }
}
