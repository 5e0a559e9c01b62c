//! Names by object identifier (IEC 62056-5-3): application context and authentication mechanism.
//!
//! | octets | 0–5                                      | 6              |
//! |--------|------------------------------------------|----------------|
//! | field  | `60 85 74 05 08 01` (2.16.756.5.8.1)     | context (1–4)  |
//! | field  | `60 85 74 05 08 02` (2.16.756.5.8.2)     | mechanism (0–7)|
//!
//! Another identifier is a reason to refuse an association, not a fault of the octets, so it is
//! kept.
//!
//! ```
//! use dlms::apdu::{ApplicationContext, Mechanism, ObjectIdentifier};
//! let name = ObjectIdentifier::from(ApplicationContext::LOGICAL_NAME);
//! assert_eq!(name.to_string(), "2.16.756.5.8.1.1");
//! assert_eq!(name.as_octets(), [0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01]);
//! assert_eq!(name.application_context(), Some(ApplicationContext::LOGICAL_NAME));
//! assert_eq!(name.mechanism(), None);
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Problem, Reader, Result, Writer};

use crate::ber;

numbers! {
    /// The application context: how objects are referred to, and whether APDUs are ciphered.
    ApplicationContext {
        1 LOGICAL_NAME "logical-name";
        2 SHORT_NAME "short-name";
        3 LOGICAL_NAME_CIPHERED "logical-name-with-ciphering";
        4 SHORT_NAME_CIPHERED "short-name-with-ciphering";
    }
}

numbers! {
    /// The authentication mechanism.
    Mechanism {
        0 LOWEST "lowest";
        1 LOW "low";
        2 HIGH "high";
        3 HIGH_MD5 "high-md5";
        4 HIGH_SHA1 "high-sha1";
        5 HIGH_GMAC "high-gmac";
        6 HIGH_SHA256 "high-sha256";
        7 HIGH_ECDSA "high-ecdsa";
    }
}

/// 2.16.756.5.8: the DLMS User Association.
const DLMS: [u8; 5] = [0x60, 0x85, 0x74, 0x05, 0x08];
const CONTEXTS: u8 = 1;
const MECHANISMS: u8 = 2;

/// An object identifier: its contents octets, well-formed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectIdentifier(Vec<u8>);

impl ObjectIdentifier {
    /// The contents octets, without tag and length.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.0
    }

    /// The application context, when it is one of DLMS.
    #[must_use]
    pub fn application_context(&self) -> Option<ApplicationContext> {
        self.last_arc_below(CONTEXTS).map(ApplicationContext)
    }

    /// The mechanism, when it is one of DLMS.
    #[must_use]
    pub fn mechanism(&self) -> Option<Mechanism> {
        self.last_arc_below(MECHANISMS).map(Mechanism)
    }

    fn last_arc_below(&self, branch: u8) -> Option<u8> {
        match self.0.strip_prefix(&DLMS)? {
            [found, last] if *found == branch => Some(*last),
            _ => None,
        }
    }

    /// Reads the element with this tag whose contents are an identifier.
    pub(super) fn decode(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<Self> {
        ber::element(r, name, tag, |r| {
            let at = r.at();
            let octets = r.rest("contents");
            // The last octet of each arc has its high bit clear.
            if octets.last().is_none_or(|octet| octet & 0x80 != 0) {
                let (wanted, left) = (octets.len().saturating_add(1), octets.len());
                return Err(r.error_at(name, at, Problem::Truncated { wanted, left }));
            }
            let identifier = Self(octets.to_vec());
            r.meaning(|| {
                let context = identifier.application_context().and_then(ApplicationContext::name);
                let known = context.or_else(|| identifier.mechanism().and_then(Mechanism::name));
                known.map_or_else(
                    || format!("{identifier}"),
                    |known| format!("{identifier}, {known}"),
                )
            });
            Ok(identifier)
        })
    }

    /// Reads the element with this tag that holds an OBJECT IDENTIFIER.
    pub(super) fn decode_explicit(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<Self> {
        ber::element(r, name, tag, |r| Self::decode(r, "object-identifier", ber::OBJECT_IDENTIFIER))
    }

    /// Writes an element with this tag that holds an OBJECT IDENTIFIER.
    pub(super) fn encode_explicit(&self, w: &mut Writer<'_>, tag: u8) {
        ber::put(w, tag, |w| self.encode(w, ber::OBJECT_IDENTIFIER));
    }

    /// Writes an element with this tag whose contents are the identifier.
    pub(super) fn encode(&self, w: &mut Writer<'_>, tag: u8) {
        ber::put_octets(w, tag, &self.0);
    }
}

impl From<ApplicationContext> for ObjectIdentifier {
    fn from(context: ApplicationContext) -> Self {
        Self([DLMS.as_slice(), &[CONTEXTS, context.0 & 0x7f]].concat())
    }
}

impl From<Mechanism> for ObjectIdentifier {
    fn from(mechanism: Mechanism) -> Self {
        Self([DLMS.as_slice(), &[MECHANISMS, mechanism.0 & 0x7f]].concat())
    }
}

/// The arcs with dots between them.
impl fmt::Display for ObjectIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u64;
        let mut is_first = true;
        for octet in &self.0 {
            arc = arc.saturating_mul(128).saturating_add(u64::from(octet & 0x7f));
            if octet & 0x80 != 0 {
                continue;
            }
            if is_first {
                // The first two arcs share an octet: 40 times the one, plus the other.
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc.saturating_sub(root.saturating_mul(40)))?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, is_first) = (0, false);
        }
        Ok(())
    }
}
