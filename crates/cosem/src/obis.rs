//! OBIS codes: six octets that name an object (IEC 62056-6-1).
//!
//! | octets | 0 | 1 | 2 | 3 | 4 | 5 |
//! |--------|---|---|---|---|---|---|
//! | group  | A | B | C | D | E | F |
//!
//! ```
//! use cosem::{Obis, obis};
//! const IMPORT: Obis = obis!("1-0:1.8.0");
//! assert_eq!(IMPORT.to_string(), "1-0:1.8.0*255");
//! assert_eq!("1.0.1.8.0.255".parse(), Ok(IMPORT));
//! ```
//!
//! A code that cannot be fails the build:
//!
//! ```compile_fail
//! const WRONG: cosem::Obis = cosem::obis!("1-0:990.1.0"); // an OBIS group is at most 255
//! ```

use core::fmt;
use core::str::FromStr;

/// A logical name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Obis(pub [u8; 6]);

/// An [`Obis`] from its text, checked when the program is compiled.
#[macro_export]
macro_rules! obis {
    ($text:literal) => {
        const {
            match $crate::Obis::parse($text) {
                Ok(code) => code,
                Err(error) => panic!("{}", error.as_str()),
            }
        }
    };
}

impl Obis {
    /// Reads `A-B:C.D.E*F`, `A-B:C.D.E.F`, `A-B:C.D.E`, `A.B.C.D.E.F` and `A.B.C.D.E`; a missing F
    /// is 255.
    ///
    /// # Errors
    /// [`ObisError`]: a group above 255, a character that does not belong there, too few groups.
    #[allow(clippy::indexing_slicing, reason = "bounded by the loop, and const")]
    pub const fn parse(text: &str) -> Result<Self, ObisError> {
        let text = text.as_bytes();
        let mut groups = [0_u8; 6];
        let (mut group, mut at, mut digits, mut value) = (0, 0, 0, 0_u16);
        loop {
            let end = at == text.len();
            let octet = if end { b'.' } else { text[at] };
            match octet {
                b'0'..=b'9' => {
                    value = value * 10 + (octet - b'0') as u16;
                    digits += 1;
                    if value > 255 {
                        return Err(ObisError::Group);
                    }
                }
                b'-' | b':' | b'.' | b'*' => {
                    let fits = match octet {
                        b'-' => group == 0,
                        b':' => group == 1,
                        b'*' => group == 4,
                        _ => true,
                    };
                    if !fits || digits == 0 || group > 5 {
                        return Err(ObisError::Form);
                    }
                    groups[group] = value as u8;
                    group += 1;
                    (digits, value) = (0, 0);
                }
                _ => return Err(ObisError::Form),
            }
            if end {
                break;
            }
            at += 1;
        }
        match group {
            6 => Ok(Self(groups)),
            5 => {
                groups[5] = 255;
                Ok(Self(groups))
            }
            _ => Err(ObisError::Form),
        }
    }

    /// The six groups with dots between them: `1.0.1.8.0.255`.
    #[must_use]
    pub const fn dotted(self) -> Dotted {
        Dotted(self)
    }
}

impl fmt::Display for Obis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([a, b, c, d, e, last]) = self;
        f.pad(&alloc::format!("{a}-{b}:{c}.{d}.{e}*{last}"))
    }
}

impl FromStr for Obis {
    type Err = ObisError;

    fn from_str(text: &str) -> Result<Self, ObisError> {
        Self::parse(text.trim())
    }
}

/// Prints an [`Obis`] with dots.
#[derive(Clone, Copy, Debug)]
pub struct Dotted(Obis);

impl fmt::Display for Dotted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Obis([a, b, c, d, e, last]) = self.0;
        f.pad(&alloc::format!("{a}.{b}.{c}.{d}.{e}.{last}"))
    }
}

/// Why a text is no OBIS code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObisError {
    /// A group above 255.
    Group,
    /// Not the form of a code.
    Form,
}

impl ObisError {
    /// The error in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "an OBIS group is at most 255",
            Self::Form => "an OBIS code is written like 1-0:1.8.0*255 or 1.0.1.8.0.255",
        }
    }
}

impl fmt::Display for ObisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for ObisError {}
