//! Conformance (IEC 62056-5-3): 24 bits that say which services a side has.
//!
//! It is coded in BER, inside APDUs that are not:
//!
//! | octets | 0–1                  | 2             | 3                  | 4–6  |
//! |--------|----------------------|---------------|--------------------|------|
//! | field  | tag (`5f 1f`)        | length (`04`) | unused bits (`00`) | bits |
//!
//! Bit 0 is the most significant bit of the first of the three octets. Old meters with HDLC send the
//! tag as the single octet `5f`.
//!
//! ```
//! use dlms::apdu::Conformance;
//! let proposed = Conformance(0x00_7e_1f);
//! let negotiated = proposed.intersection(Conformance(0x00_50_1f));
//! assert!(negotiated.contains(Conformance::GET | Conformance::SELECTIVE_ACCESS));
//! assert!(!negotiated.contains(Conformance::MULTIPLE_REFERENCES));
//! assert_eq!(negotiated.names().next(), Some("priority-mgmt-supported"));
//! ```

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::BitOr;

use cosem::bytes::{Problem, Reader, Result, Writer};

/// The 24 bits; bit 0 is `0x80_0000`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Conformance(pub u32);

macro_rules! bits {
    ($($bit:literal $constant:ident $name:literal;)*) => {
        impl Conformance {
            $(
                #[doc = concat!("Bit ", $bit, ": `", $name, "`.")]
                pub const $constant: Self = Self(0x80_0000 >> $bit);
            )*

            /// Every bit with its name, in the order of transmission.
            const NAMES: &'static [(Self, &'static str)] = &[$((Self::$constant, $name)),*];
        }
    };
}

bits! {
    0 RESERVED_ZERO "reserved-zero";
    1 GENERAL_PROTECTION "general-protection";
    2 GENERAL_BLOCK_TRANSFER "general-block-transfer";
    3 READ "read";
    4 WRITE "write";
    5 UNCONFIRMED_WRITE "unconfirmed-write";
    6 DELTA_VALUE_ENCODING "delta-value-encoding";
    7 RESERVED_SEVEN "reserved-seven";
    8 ATTRIBUTE0_SUPPORTED_WITH_SET "attribute0-supported-with-set";
    9 PRIORITY_MGMT_SUPPORTED "priority-mgmt-supported";
    10 ATTRIBUTE0_SUPPORTED_WITH_GET "attribute0-supported-with-get";
    11 BLOCK_TRANSFER_WITH_GET_OR_READ "block-transfer-with-get-or-read";
    12 BLOCK_TRANSFER_WITH_SET_OR_WRITE "block-transfer-with-set-or-write";
    13 BLOCK_TRANSFER_WITH_ACTION "block-transfer-with-action";
    14 MULTIPLE_REFERENCES "multiple-references";
    15 INFORMATION_REPORT "information-report";
    16 DATA_NOTIFICATION "data-notification";
    17 ACCESS "access";
    18 PARAMETERIZED_ACCESS "parameterized-access";
    19 GET "get";
    20 SET "set";
    21 SELECTIVE_ACCESS "selective-access";
    22 EVENT_NOTIFICATION "event-notification";
    23 ACTION "action";
}

impl Conformance {
    /// No bit.
    pub const NONE: Self = Self(0);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits that both have: what is negotiated.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The bits that either has.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names of the bits that are set, in the order of transmission.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let set = Self::NAMES.iter().filter(move |(bit, _)| self.contains(*bit));
        set.map(|(_, name)| *name)
    }

    /// Reads tag, length and bits.
    pub(super) fn decode(r: &mut Reader<'_>, name: &'static str) -> Result<(Self, ConformanceTag)> {
        r.group(name, |r| {
            let at = r.at();
            let first = r.u8("tag")?;
            r.meaning(|| format!("0x{first:02x}"));
            if first != TAG {
                let wanted = "conformance, 0x5f";
                return Err(r.error_at(name, at, Problem::UnknownTag { tag: first, wanted }));
            }
            let mut tag = ConformanceTag::Old;
            if r.peek() == Some(NUMBER) {
                r.u8("tag-number")?;
                tag = ConformanceTag::Standard;
            }
            for (field, expected, wanted) in [("length", LENGTH, "4"), ("unused-bits", 0, "0")] {
                let at = r.at();
                let value = r.u8(field)?;
                if value != expected {
                    let value = u64::from(value);
                    return Err(r.error_at(field, at, Problem::OutOfRange { value, wanted }));
                }
            }
            let [a, b, c] = *r.array("bits")?;
            let bits = Self(u32::from_be_bytes([0, a, b, c]));
            r.meaning(|| format!("{bits}"));
            Ok((bits, tag))
        })
    }

    /// Writes tag, length and bits.
    pub(super) fn encode(self, tag: ConformanceTag, w: &mut Writer<'_>) {
        w.u8(TAG);
        if tag == ConformanceTag::Standard {
            w.u8(NUMBER);
        }
        w.u8(LENGTH);
        w.u8(0);
        let [_, a, b, c] = self.0.to_be_bytes();
        w.octets(&[a, b, c]);
    }
}

const TAG: u8 = 0x5f;
const NUMBER: u8 = 0x1f;
const LENGTH: u8 = 4;

/// The names of the bits that are set, with blanks between them.
impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        let text = if names.is_empty() { String::from("none") } else { names.join(" ") };
        f.pad(&text)
    }
}

impl BitOr for Conformance {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other)
    }
}

/// How the tag of the conformance was or is to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConformanceTag {
    /// `5f 1f`: application tag 31.
    #[default]
    Standard,
    /// `5f` alone, as old meters have it.
    Old,
}
