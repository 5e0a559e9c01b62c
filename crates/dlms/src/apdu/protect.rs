//! Protected APDUs (IEC 62056-5-3): the envelope only, nothing is deciphered.
//!
//! | octets                 | 0    | 1…                           | …                                        |
//! |------------------------|------|------------------------------|------------------------------------------|
//! | glo-…, ded-…           | tag  |                              | length, then the protected content       |
//! | general-glo-ciphering  | `db` | system-title (octet string)  | length, then the protected content       |
//! | general-ded-ciphering  | `dc` | system-title (octet string)  | length, then the protected content       |
//!
//! The protected content; the invocation counter is there when something is authenticated or
//! encrypted:
//!
//! | octets | 0                | 1–4                | 5…      |
//! |--------|------------------|--------------------|---------|
//! | field  | security-control | invocation-counter | payload |
//!
//! security-control:
//!
//! | bits  | 0–3            | 4              | 5          | 6                  | 7           |
//! |-------|----------------|----------------|------------|--------------------|-------------|
//! | field | security-suite | authentication | encryption | key-set, broadcast | compression |
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::GeneralGloCiphering;
//! // A meter that leaves its system title out.
//! let octets = from_hex(
//!     "db 00 1e 30 8000 00d1 81ec9ec4bf53e9776ef0c453969fbdfe11be9b791aacc0ff8c",
//! )?;
//! let envelope = GeneralGloCiphering::decode(&mut Reader::new(&octets))?;
//! assert_eq!(envelope.system_title, []);
//! let content = &envelope.content;
//! assert_eq!(content.security_control.to_string(), "suite 0, authenticated, encrypted");
//! assert_eq!(content.invocation_counter, Some(0x8000_00d1));
//! assert_eq!(content.payload.len(), 25);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Problem, Reader, Result, Writer};

use super::{TagRow, hidden, holds_secrets, shown, tagged, unreadable};

/// How the content is protected: the octet as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecurityControl(pub u8);

impl SecurityControl {
    /// The number of the security suite.
    #[must_use]
    pub const fn suite(self) -> u8 {
        self.0 & 0x0f
    }

    /// Whether a tag behind the payload proves who has sent it.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Whether the payload is encrypted.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Whether the key is the one for broadcasts.
    #[must_use]
    pub const fn is_broadcast(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Whether the payload was compressed first.
    #[must_use]
    pub const fn is_compressed(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Whether an invocation counter follows.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        self.is_authenticated() || self.is_encrypted()
    }
}

impl fmt::Display for SecurityControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "suite {}", self.suite())?;
        for (is_set, name) in [
            (self.is_authenticated(), "authenticated"),
            (self.is_encrypted(), "encrypted"),
            (self.is_broadcast(), "broadcast key"),
            (self.is_compressed(), "compressed"),
        ] {
            if is_set {
                write!(f, ", {name}")?;
            }
        }
        Ok(())
    }
}

/// What an envelope holds.
#[derive(Clone, PartialEq, Eq)]
pub struct ProtectedContent {
    /// How it is protected.
    pub security_control: SecurityControl,
    /// The sender's count of what it has protected with this key; there exactly when
    /// [`SecurityControl::is_counted`].
    pub invocation_counter: Option<u32>,
    /// The APDU, ciphered or in clear, and the authentication tag when there is one.
    pub payload: Vec<u8>,
}

impl ProtectedContent {
    /// Whether the payload is in clear and may hold a password or a key.
    fn is_secret(&self) -> bool {
        is_secret(self.security_control, &self.payload)
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let size = r.length("length")?;
        r.bounded("length", size, |r| {
            let security_control = SecurityControl(r.u8("security-control")?);
            r.meaning(|| format!("0x{:02x}, {security_control}", security_control.0));
            let is_counted = security_control.is_counted();
            let invocation_counter =
                if is_counted { Some(r.u32("invocation-counter")?) } else { None };
            let payload = if is_secret(security_control, r.untraced().rest("payload")) {
                hidden(r, "payload", |r| Ok(r.rest("payload")))?
            } else {
                r.rest("payload")
            };
            Ok(Self { security_control, invocation_counter, payload: payload.to_vec() })
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let mut content = Vec::new();
        let inner = &mut Writer::new(&mut content);
        inner.u8(self.security_control.0);
        if let Some(counter) = self.invocation_counter {
            inner.u32(counter);
        }
        inner.octets(&self.payload);
        w.octet_string(&content);
    }
}

fn is_secret(control: SecurityControl, payload: &[u8]) -> bool {
    !control.is_encrypted() && payload.first().is_some_and(|tag| holds_secrets(*tag))
}

/// Without the payload where it may show a password or a key.
impl fmt::Debug for ProtectedContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedContent")
            .field("security_control", &format_args!("{}", self.security_control))
            .field("invocation_counter", &self.invocation_counter)
            .field("payload", shown(&self.payload, self.is_secret()))
            .finish()
    }
}

/// A service whose APDUs have a ciphered form of their own, such as `glo-get-request`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CipheredService(&'static TagRow);

impl CipheredService {
    /// The service of a tag; `None` when it begins no service-specific ciphered APDU.
    #[must_use]
    pub fn of(tag: u8) -> Option<Self> {
        let is_service = matches!(tag, 0x21..=0x58 | 0xc8..=0xd7);
        TagRow::of(tag).filter(|_| is_service).map(Self)
    }

    /// The first octet.
    #[must_use]
    pub const fn tag(self) -> u8 {
        self.0.tag
    }

    /// The name in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// Whether the key is the association's own (`ded-`), not the global one (`glo-`).
    #[must_use]
    pub const fn is_dedicated(self) -> bool {
        matches!(self.tag(), 0x41..=0x58 | 0xd0..=0xd7)
    }
}

impl fmt::Debug for CipheredService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A service-specific ciphered APDU, with the global or the dedicated key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCiphering {
    /// Which one.
    pub service: CipheredService,
    /// What it holds.
    pub content: ProtectedContent,
}

impl ServiceCiphering {
    /// Reads the envelope, from its tag on.
    ///
    /// # Errors
    /// A tag of something else, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let Some(service) = r.peek().and_then(CipheredService::of) else {
            let wanted = "a service-specific ciphered APDU";
            return Err(match r.peek() {
                Some(tag) => r.error("tag", Problem::UnknownTag { tag, wanted }),
                None => unreadable(r),
            });
        };
        tagged(r, service.tag(), service.name(), |r| {
            Ok(Self { service, content: ProtectedContent::decode(r)? })
        })
    }

    /// Writes the envelope.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.service.tag());
        self.content.encode(w);
    }

    /// The name in the standard.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.service.name()
    }
}

/// Any APDU, protected with the global key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralGloCiphering {
    /// The sender's system title, or nothing where it is known already.
    pub system_title: Vec<u8>,
    /// What the envelope holds.
    pub content: ProtectedContent,
}

/// Any APDU, protected with the dedicated key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralDedCiphering {
    /// The sender's system title, or nothing where it is known already.
    pub system_title: Vec<u8>,
    /// What the envelope holds.
    pub content: ProtectedContent,
}

impl GeneralGloCiphering {
    /// Reads the envelope, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let (system_title, content) = decode_general(r)?;
            Ok(Self { system_title, content })
        })
    }

    /// Writes the envelope.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        encode_general(w, &self.system_title, &self.content);
    }
}

impl GeneralDedCiphering {
    /// Reads the envelope, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let (system_title, content) = decode_general(r)?;
            Ok(Self { system_title, content })
        })
    }

    /// Writes the envelope.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        encode_general(w, &self.system_title, &self.content);
    }
}

fn decode_general(r: &mut Reader<'_>) -> Result<(Vec<u8>, ProtectedContent)> {
    Ok((r.octet_string("system-title")?.to_vec(), ProtectedContent::decode(r)?))
}

fn encode_general(w: &mut Writer<'_>, system_title: &[u8], content: &ProtectedContent) {
    w.octet_string(system_title);
    content.encode(w);
}
