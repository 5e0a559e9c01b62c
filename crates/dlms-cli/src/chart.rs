//! A day as a small chart of bars.

/// Draws bars over a day: `values` from midnight to midnight, evenly spaced, `None` where there is
/// none. Each line has the axis on its left.
pub(crate) fn day(values: &[Option<u64>], unit: &str) -> Vec<String> {
    let most = values.iter().flatten().copied().max().unwrap_or(0);
    let top = round_up(most.max(1));
    let margin = top.to_string().len().max(2);
    let mut lines = Vec::new();
    for row in (0..HEIGHT).rev() {
        let label = match row {
            _ if row == HEIGHT - 1 => format!("{top:>margin$}"),
            _ if row * 2 == HEIGHT => format!("{:>margin$}", top / 2),
            _ => " ".repeat(margin),
        };
        let bars: String = values.iter().map(|value| bar(*value, top, row)).collect();
        lines.push(format!("{label} ┤{}", bars.trim_end()));
    }
    lines.push(format!("{:>margin$} ┼{}", 0, "─".repeat(values.len())));
    lines.push(format!("{} {}", " ".repeat(margin + 1), hours(values.len())));
    if !unit.is_empty() {
        lines.insert(0, format!("{unit:>margin$}"));
    }
    lines
}

/// The part of a bar that lies in a row: eighths of a character.
fn bar(value: Option<u64>, top: u64, row: u64) -> char {
    let Some(value) = value else { return if row == 0 { '·' } else { ' ' } };
    let eighths = (value.saturating_mul(HEIGHT * 8)).div_ceil(top);
    match eighths.saturating_sub(row * 8) {
        0 => ' ',
        part @ 1..=7 => EIGHTHS[part as usize - 1],
        _ => '█',
    }
}

/// `0`, `6`, `12`, `18` and `24` under their places.
fn hours(width: usize) -> String {
    let mut line = vec![' '; width + 2];
    for hour in [0, 6, 12, 18, 24] {
        let text = hour.to_string();
        let at = (width * hour / 24).saturating_sub(if hour == 0 { 0 } else { text.len() / 2 });
        for (place, digit) in line.iter_mut().skip(at).zip(text.chars()) {
            *place = digit;
        }
    }
    line.into_iter().collect::<String>().trim_end().to_owned() + " h"
}

/// An even number of tenths of a power of ten, so that the axis reads well.
fn round_up(value: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for factor in [10, 12, 16, 20, 24, 30, 40, 50, 60, 80] {
            match power.checked_mul(factor) {
                Some(candidate) if candidate >= value => return candidate,
                Some(_) => {}
                None => return value,
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The columns that a day in half hours takes with its axis, on the day of 25 hours too.
pub(crate) const WIDTH_OF_A_DAY: u16 = 60;

const HEIGHT: u64 = 8;

const EIGHTHS: [char; 7] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_values() {
        let values: Vec<_> = (0..48).map(|n| (n != 3).then_some(n * 10)).collect();
        let lines = day(&values, "W");
        assert_eq!(lines.len(), 11);
        assert_eq!(lines[0].trim(), "W");
        assert!(lines[1].starts_with("500 ┤") && lines[1].ends_with('▅'), "{}", lines[1]);
        assert_eq!(lines[8].chars().nth(5 + 3), Some('·'));
        assert!(lines[10].contains('0') && lines[10].contains("24"));
    }

    #[test]
    fn a_day_without_values_is_an_empty_chart() {
        assert_eq!(day(&[None; 24], "W").len(), 11);
        assert_eq!(day(&[Some(0); 24], "")[0].trim(), "10 ┤");
    }
}
