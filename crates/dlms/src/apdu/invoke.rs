//! Invoke-Id-And-Priority (IEC 62056-5-3): the octet that ties an answer to its request.
//!
//! | bits  | 0–3       | 4–5          | 6             | 7        |
//! |-------|-----------|--------------|---------------|----------|
//! | field | invoke-id | reserved (0) | service-class | priority |
//!
//! ```
//! use dlms::apdu::{InvokeId, Priority, ServiceClass};
//! assert_eq!(InvokeId::new(1, Priority::High, ServiceClass::Confirmed), InvokeId(0xc1));
//! assert_eq!(InvokeId(0x41).priority(), Priority::Normal);
//! ```

use alloc::format;
use core::fmt;

use cosem::bytes::{Reader, Result, Writer};

/// The octet as it is on the wire. A server copies it into its answer; some set the service class
/// anew, so only [`InvokeId::id`] tells which request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvokeId(pub u8);

/// Whether a request may be served before others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// In turn.
    #[default]
    Normal,
    /// Before others, where the meter can.
    High,
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Normal => "normal",
            Self::High => "high",
        })
    }
}

/// Whether a request is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ServiceClass {
    /// No answer is wanted.
    Unconfirmed,
    /// It is answered.
    #[default]
    Confirmed,
}

impl fmt::Display for ServiceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Confirmed => "confirmed",
        })
    }
}

impl InvokeId {
    /// From its parts; of `id` the low four bits count.
    #[must_use]
    pub const fn new(id: u8, priority: Priority, service_class: ServiceClass) -> Self {
        let mut octet = id & 0x0f;
        if let ServiceClass::Confirmed = service_class {
            octet |= 0x40;
        }
        if let Priority::High = priority {
            octet |= 0x80;
        }
        Self(octet)
    }

    /// The number that ties answer and request, 0 to 15.
    #[must_use]
    pub const fn id(self) -> u8 {
        self.0 & 0x0f
    }

    /// Whether the request is answered.
    #[must_use]
    pub const fn service_class(self) -> ServiceClass {
        if self.0 & 0x40 == 0 { ServiceClass::Unconfirmed } else { ServiceClass::Confirmed }
    }

    /// Whether the request may be served before others.
    #[must_use]
    pub const fn priority(self) -> Priority {
        if self.0 & 0x80 == 0 { Priority::Normal } else { Priority::High }
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let invoke = Self(r.u8("invoke-id-and-priority")?);
        r.meaning(|| format!("{invoke}"));
        Ok(invoke)
    }

    pub(super) fn encode(self, w: &mut Writer<'_>) {
        w.u8(self.0);
    }
}

impl fmt::Display for InvokeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "id {}, {}, {} priority", self.id(), self.service_class(), self.priority())
    }
}
