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

/// Reads hexadecimal; blanks, line ends, `:`, `-`, `,` and a leading `0x` are ignored.
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
    let digits = text.trim_start();
    let skipped = text.len().saturating_sub(digits.len());
    let (digits, skipped) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(rest) => (rest, skipped.saturating_add(2)),
        None => (digits, skipped),
    };
    for (offset, character) in digits.char_indices() {
        if character.is_whitespace() || matches!(character, ':' | '-' | ',') {
            continue;
        }
        let at = skipped.saturating_add(offset);
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
