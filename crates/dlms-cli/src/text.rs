//! What a meter sends as text is data: shown, never obeyed (control sequences, spreadsheet formulas).

use std::fmt::Write;

/// A text for a terminal or a log: whatever could move the cursor, hide or reorder characters, or
/// end a line is escaped.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            hidden if acts(hidden) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "{}", hidden.escape_default());
            }
            other => out.push(other),
        }
    }
    out
}

/// As [`shown`], for sentences: a backslash is one, and lines end where they end.
pub(crate) fn shown_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) && character != '\n' {
            // Writing to a string cannot fail.
            let _ = write!(out, "{}", character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// A JSON text in which nothing acts on a terminal: what JSON lets through is escaped as well.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// A field of CSV. A text that a spreadsheet would calculate is made plain by an apostrophe; a
/// number of ours is not touched.
pub(crate) fn csv(field: &str, is_number: bool) -> String {
    let calculated = !is_number && field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = shown(field);
    let field = if calculated { format!("'{field}") } else { field };
    if field.contains([',', '"', ';', '\n']) {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field
}

/// At most so many characters, the rest as `…`.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// What was typed, in quotes, for an error: enough of it to be found again.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", cut(text, MOST_QUOTED))
}

/// A sentence whose longest words, such as paths of no file, are cut.
pub(crate) fn with_short_words(text: &str) -> String {
    let short = |word: &str| match word.chars().nth(LONGEST_WORD) {
        Some(_) => cut(word, MOST_QUOTED),
        None => word.to_owned(),
    };
    text.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// A number and what is counted: `1 octet`, `2 octets`.
pub(crate) fn count(number: usize, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// An error repeats so many characters of what was typed.
pub(crate) const MOST_QUOTED: usize = 80;

/// Paths are long, and say nothing when they are cut.
const LONGEST_WORD: usize = 255;

/// The octets of a string: UTF-8 where it is, else one character an octet.
pub(crate) fn of_octets(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => octets.iter().map(|octet| char::from(*octet)).collect(),
    }
}

/// Whether octets of no declared meaning are a text that people wrote.
pub(crate) fn is_printable(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| matches!(octet, b' '..=b'~'))
}

/// Controls, line and paragraph separators, and what changes the direction of writing or has no
/// width.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}')
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_of_a_meter_cannot_steer_a_terminal() {
        assert_eq!(shown("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(shown("\u{202e}cba\u{9b}1m"), "\\u{202e}cba\\u{9b}1m");
        assert_eq!(shown("Zähler 1"), "Zähler 1");
        assert_eq!(json("\"a\u{9b}\u{202e}\""), "\"a\\u009b\\u202e\"");
    }

    #[test]
    fn a_string_of_a_meter_is_no_formula() {
        assert_eq!(csv("=1+1", false), "'=1+1");
        assert_eq!(csv("@SUM(A1,A2)", false), "\"'@SUM(A1,A2)\"");
        assert_eq!(csv("\t=1", false), "'\\t=1");
        assert_eq!(csv("-12.5", true), "-12.5");
        assert_eq!(csv("say \"no\"", false), "\"say \"\"no\"\"\"");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("größer", 3), "grö…");
        assert_eq!(cut("grö", 3), "grö");
        assert_eq!(quoted(&"ä".repeat(81)), format!("\"{}…\"", "ä".repeat(80)));
        let path = format!("read {}: no file", "/long".repeat(50));
        assert_eq!(with_short_words(&path), path);
        let path = format!("read {}: no file", "/long".repeat(52));
        assert_eq!(with_short_words(&path), format!("read {}… no file", "/long".repeat(16)));
    }
}
