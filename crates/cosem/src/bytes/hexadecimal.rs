//! Hexadecimal, as in captures.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Lower-case hexadecimal without blanks, as in captures.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        for digit in [octet >> 4, octet & 0x0f] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
        }
    }
    text
}

/// Reads hexadecimal; blanks, line ends, `:`, `-`, `,` and a `0x` in front of each group are ignored.
///
/// # Errors
/// [`HexError`] with the position of the first character that is no digit, or of a lone digit.
///
/// ```
/// use cosem::bytes::{HexError, from_hex};
/// assert_eq!(from_hex("C0 01:c1")?, [0xc0, 0x01, 0xc1]);
/// assert_eq!(from_hex("c0 0g").unwrap_err(), HexError::NotADigit { found: 'g', at: 4 });
/// # Ok::<(), HexError>(())
/// ```
pub fn from_hex(text: &str) -> Result<Vec<u8>, HexError> {
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut high: Option<(u8, usize)> = None;
    let mut group_begins = true;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character.is_whitespace() || matches!(character, ':' | '-' | ',') {
            group_begins = true;
            continue;
        }
        let is_prefix = group_begins && high.is_none() && text.get(at..).is_some_and(is_prefixed);
        group_begins = false;
        if is_prefix {
            characters.next();
            continue;
        }
        let Some(digit) = character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else {
            return Err(HexError::NotADigit { found: character, at });
        };
        high = match high {
            None => Some((digit, at)),
            Some((first, _)) => {
                octets.push((first << 4) | digit);
                None
            }
        };
    }
    match high {
        None => Ok(octets),
        Some((_, at)) => Err(HexError::LoneDigit { at }),
    }
}

/// Whether a digit comes behind `0x`.
fn is_prefixed(group: &str) -> bool {
    let digits = group.strip_prefix("0x").or_else(|| group.strip_prefix("0X"));
    digits.is_some_and(|digits| digits.starts_with(|digit: char| digit.is_ascii_hexdigit()))
}

/// Why a text is no hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// A character that is no hexadecimal digit.
    NotADigit {
        /// The character.
        found: char,
        /// Its position in the text, from 0, in octets.
        at: usize,
    },
    /// The last octet has one digit only.
    LoneDigit {
        /// The digit's position in the text, from 0, in octets.
        at: usize,
    },
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADigit { found, at } => {
                write!(f, "'{}' at position {at} is no hexadecimal digit", found.escape_default())
            }
            Self::LoneDigit { at } => {
                write!(f, "odd number of digits: the one at position {at} has no second half")
            }
        }
    }
}

impl core::error::Error for HexError {}
