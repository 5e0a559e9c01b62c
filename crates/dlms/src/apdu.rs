//! APDUs: one table of tags, one file a service.
//!
//! | octets | 0   | 1…     |
//! |--------|-----|--------|
//! | field  | tag | fields |
//!
//! [`TAGS`] names every tag there is and the file that holds its layout. Each type has `decode`,
//! which reads from the tag on and leaves what follows to the reader, and `encode`, which writes the
//! tag too. [`Apdu`] is any of them.
//!
//! ```
//! use cosem::{Obis, obis};
//! use dlms::apdu::{Apdu, GetRequest};
//! let octets = cosem::bytes::from_hex("c001c100080000010000ff0200")?;
//! let apdu = Apdu::decode(&octets)?;
//! let Apdu::GetRequest(GetRequest::Normal { invoke, target }) = &apdu else { unreachable!() };
//! assert_eq!((invoke.id(), target.attribute.instance), (1, obis!("0-0:1.0.0")));
//! assert_eq!(apdu.encode(), octets);
//!
//! let error = Apdu::decode(&[0xdd, 0x00]).unwrap_err();
//! assert_eq!(error.to_string(), "tag: general-ciphering (0xdd) is not built yet");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{DecodeError, Problem, Reader, Result, Writer};

use crate::ber::{self, Field};

/// A number on the wire that stays open: constants for what is assigned, the rest kept.
macro_rules! numbers {
    (
        $(#[$doc:meta])*
        $name:ident { $($number:literal $constant:ident $text:literal;)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u8);

        impl $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                pub const $constant: Self = Self($number);
            )*

            /// The name; `None` for a number that is not assigned.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => f.pad(&alloc::format!("{} (not assigned)", self.0)),
                }
            }
        }
    };
}

mod aare;
mod aarq;
mod access;
mod action;
mod authentication;
mod block;
mod conformance;
mod get;
mod information;
mod initiate;
mod invoke;
mod name;
mod notify;
mod protect;
mod read;
mod reference;
mod refuse;
mod release;
mod result;
mod set;
mod write;

pub use aare::{Aare, AssociationResult, Diagnostic, DiagnosticSource};
pub use aarq::Aarq;
pub use access::{AccessRequest, AccessResponse, AccessResult, AccessSpecification};
pub use action::{ActionRequest, ActionResponse, ActionResponseItem};
pub use authentication::{AuthenticationForm, AuthenticationValue};
pub use block::{BlockControl, GeneralBlockTransfer};
pub use conformance::{Conformance, ConformanceTag};
pub use get::{DatablockResult, GetRequest, GetResponse};
pub use initiate::{DedicatedKey, InitiateRequest, InitiateResponse};
pub use invoke::{InvokeId, Priority, ServiceClass};
pub use name::{ApplicationContext, Mechanism, ObjectIdentifier};
pub use notify::{
    DataNotification, DataNotificationConfirm, EventNotificationRequest, EventTime, EventTimeForm,
    InformationReportRequest, LongInvokeId, NotificationTime, ProcessingOption,
};
pub use protect::{
    CipheredService, GeneralDedCiphering, GeneralGloCiphering, ProtectedContent, SecurityControl,
    ServiceCiphering,
};
pub use read::{ReadRequest, ReadResponse, ReadResult, ShortNameBlock, VariableAccess};
pub use reference::{AttributeDescriptor, AttributeReference, MethodDescriptor, Selection};
pub use refuse::{
    ConfirmedServiceError, ErrorClass, ExceptionResponse, InitiateError, ServiceChoice,
    ServiceError, StateError,
};
pub use release::{ReleaseRequestReason, ReleaseResponseReason, Rlre, Rlrq};
pub use result::{ActionResult, DataAccessResult, GetDataResult};
pub use set::{DataBlock, SetRequest, SetResponse};
pub use write::{UnconfirmedWriteRequest, WriteRequest, WriteResponse, WriteResult};

/// A row of [`TAGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagRow {
    /// The first octet.
    pub tag: u8,
    /// The name in the standard.
    pub name: &'static str,
    /// The file below `src/` that holds the layout; `None` for what is not built yet.
    pub file: Option<&'static str>,
    /// Where the layout comes from.
    pub source: &'static str,
}

/// One row a tag; with a type and its file where the layout is built, in brackets where other tags
/// share them.
macro_rules! apdus {
    ($(
        $tag:literal $name:literal $(($type:ident $file:literal))? $([$shared:ident $place:literal])?
        $source:literal;
    )*) => {
        /// Every tag that an APDU can begin with, in ascending order.
        pub const TAGS: &[TagRow] = &[$(
            TagRow {
                tag: $tag,
                name: $name,
                file: { let file: &[&'static str] = &[$($file)? $($place)?]; file.first().copied() },
                source: $source,
            },
        )*];

        /// Any APDU that is built.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Apdu {
            $($(
                #[doc = concat!("`", $name, "`.")]
                $type($type),
            )?)*
            /// Any of the service-specific ciphered APDUs, `glo-…` and `ded-…`.
            ServiceCiphering(ServiceCiphering),
        }

        impl Apdu {
            /// Reads an APDU by its tag; what follows it stays with the reader.
            ///
            /// # Errors
            /// [`Problem::UnknownTag`], [`Problem::NotBuilt`], or what is wrong with a field.
            pub fn decode_from(r: &mut Reader<'_>) -> Result<Self> {
                match r.peek() {
                    $($(Some($tag) => $type::decode(r).map(Self::$type),)?)*
                    $($(Some($tag) => $shared::decode(r).map(Self::$shared),)?)*
                    _ => Err(unreadable(r)),
                }
            }

            /// Appends the octets to `out`.
            pub fn encode_into(&self, out: &mut Vec<u8>) {
                let w = &mut Writer::new(out);
                match self {
                    $($(Self::$type(apdu) => apdu.encode(w),)?)*
                    Self::ServiceCiphering(apdu) => apdu.encode(w),
                }
            }

            /// The name in the standard, such as `get-response`.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $($(Self::$type(_) => $type::NAME,)?)*
                    Self::ServiceCiphering(apdu) => apdu.name(),
                }
            }
        }

        $($(
            impl $type {
                /// The first octet.
                pub const TAG: u8 = $tag;
                /// The name in the standard.
                pub const NAME: &'static str = $name;
            }

            impl From<$type> for Apdu {
                fn from(apdu: $type) -> Self {
                    Self::$type(apdu)
                }
            }
        )?)*

        impl From<ServiceCiphering> for Apdu {
            fn from(apdu: ServiceCiphering) -> Self {
                Self::ServiceCiphering(apdu)
            }
        }
    };
}

apdus! {
    0x01 "initiate-request" (InitiateRequest "apdu/initiate.rs") "IEC 62056-5-3, InitiateRequest";
    0x05 "read-request" (ReadRequest "apdu/read.rs") "IEC 62056-5-3, ReadRequest";
    0x06 "write-request" (WriteRequest "apdu/write.rs") "IEC 62056-5-3, WriteRequest";
    0x08 "initiate-response" (InitiateResponse "apdu/initiate.rs") "IEC 62056-5-3, InitiateResponse";
    0x0c "read-response" (ReadResponse "apdu/read.rs") "IEC 62056-5-3, ReadResponse";
    0x0d "write-response" (WriteResponse "apdu/write.rs") "IEC 62056-5-3, WriteResponse";
    0x0e "confirmed-service-error" (ConfirmedServiceError "apdu/refuse.rs") "IEC 62056-5-3, ConfirmedServiceError";
    0x0f "data-notification" (DataNotification "apdu/notify.rs") "IEC 62056-5-3, Data-Notification";
    0x10 "data-notification-confirm" (DataNotificationConfirm "apdu/notify.rs") "later than Green Book 9, Data-Notification-Confirm";
    0x16 "unconfirmed-write-request" (UnconfirmedWriteRequest "apdu/write.rs") "IEC 62056-5-3, UnconfirmedWriteRequest";
    0x18 "information-report-request" (InformationReportRequest "apdu/notify.rs") "IEC 62056-5-3, InformationReportRequest";
    0x19 "ciase-ping-request" "S-FSK profile, CIASE";
    0x1a "ciase-ping-response" "S-FSK profile, CIASE";
    0x1c "ciase-register-request" "S-FSK profile, CIASE";
    0x1d "ciase-discover-request" "S-FSK profile, CIASE";
    0x1e "ciase-discover-report" "S-FSK profile, CIASE";
    0x1f "ciase-repeater-call" "S-FSK profile, CIASE";
    0x21 "glo-initiate-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-initiateRequest";
    0x25 "glo-read-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-readRequest";
    0x26 "glo-write-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-writeRequest";
    0x28 "glo-initiate-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-initiateResponse";
    0x2c "glo-read-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-readResponse";
    0x2d "glo-write-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-writeResponse";
    0x2e "glo-confirmed-service-error" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-confirmedServiceError";
    0x36 "glo-unconfirmed-write-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-unconfirmedWriteRequest";
    0x38 "glo-information-report-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-informationReportRequest";
    0x41 "ded-initiate-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-initiateRequest";
    0x45 "ded-read-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-readRequest";
    0x46 "ded-write-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-writeRequest";
    0x48 "ded-initiate-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-initiateResponse";
    0x4c "ded-read-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-readResponse";
    0x4d "ded-write-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-writeResponse";
    0x4e "ded-confirmed-service-error" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-confirmedServiceError";
    0x56 "ded-unconfirmed-write-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-unconfirmedWriteRequest";
    0x58 "ded-information-report-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-informationReportRequest";
    0x60 "aarq" (Aarq "apdu/aarq.rs") "IEC 62056-5-3, AARQ";
    0x61 "aare" (Aare "apdu/aare.rs") "IEC 62056-5-3, AARE";
    0x62 "rlrq" (Rlrq "apdu/release.rs") "IEC 62056-5-3, RLRQ";
    0x63 "rlre" (Rlre "apdu/release.rs") "IEC 62056-5-3, RLRE";
    0xc0 "get-request" (GetRequest "apdu/get.rs") "IEC 62056-5-3, Get-Request";
    0xc1 "set-request" (SetRequest "apdu/set.rs") "IEC 62056-5-3, Set-Request";
    0xc2 "event-notification-request" (EventNotificationRequest "apdu/notify.rs") "IEC 62056-5-3, EventNotificationRequest";
    0xc3 "action-request" (ActionRequest "apdu/action.rs") "IEC 62056-5-3, Action-Request";
    0xc4 "get-response" (GetResponse "apdu/get.rs") "IEC 62056-5-3, Get-Response";
    0xc5 "set-response" (SetResponse "apdu/set.rs") "IEC 62056-5-3, Set-Response";
    0xc7 "action-response" (ActionResponse "apdu/action.rs") "IEC 62056-5-3, Action-Response";
    0xc8 "glo-get-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-get-request";
    0xc9 "glo-set-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-set-request";
    0xca "glo-event-notification-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-event-notification-request";
    0xcb "glo-action-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-action-request";
    0xcc "glo-get-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-get-response";
    0xcd "glo-set-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-set-response";
    0xcf "glo-action-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, glo-action-response";
    0xd0 "ded-get-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-get-request";
    0xd1 "ded-set-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-set-request";
    0xd2 "ded-event-notification-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-event-notification-request";
    0xd3 "ded-action-request" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-actionRequest";
    0xd4 "ded-get-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-get-response";
    0xd5 "ded-set-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-set-response";
    0xd7 "ded-action-response" [ServiceCiphering "apdu/protect.rs"] "IEC 62056-5-3, ded-action-response";
    0xd8 "exception-response" (ExceptionResponse "apdu/refuse.rs") "IEC 62056-5-3, ExceptionResponse";
    0xd9 "access-request" (AccessRequest "apdu/access.rs") "IEC 62056-5-3, Access-Request";
    0xda "access-response" (AccessResponse "apdu/access.rs") "IEC 62056-5-3, Access-Response";
    0xdb "general-glo-ciphering" (GeneralGloCiphering "apdu/protect.rs") "IEC 62056-5-3, General-Glo-Ciphering";
    0xdc "general-ded-ciphering" (GeneralDedCiphering "apdu/protect.rs") "IEC 62056-5-3, General-Ded-Ciphering";
    0xdd "general-ciphering" "IEC 62056-5-3, General-Ciphering";
    0xdf "general-signing" "IEC 62056-5-3, General-Signing";
    0xe0 "general-block-transfer" (GeneralBlockTransfer "apdu/block.rs") "IEC 62056-5-3, General-Block-Transfer";
    0xe6 "gateway-request" "gateway protocol, request prefix";
    0xe7 "gateway-response" "gateway protocol, response prefix";
}

impl Apdu {
    /// Reads exactly one APDU.
    ///
    /// # Errors
    /// As [`Apdu::decode_from`], and [`Problem::TrailingOctets`] when something follows.
    pub fn decode(octets: &[u8]) -> Result<Self> {
        Self::decode_exactly(&mut Reader::new(octets))
    }

    /// Reads exactly one APDU with a reader of the caller's: with its strictness, and with what it
    /// has accepted.
    ///
    /// # Errors
    /// As [`Apdu::decode`].
    pub fn decode_exactly(r: &mut Reader<'_>) -> Result<Self> {
        let apdu = Self::decode_from(r)?;
        r.finish("apdu").map_err(|error| error.in_context(apdu.name()))?;
        Ok(apdu)
    }

    /// The octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_into(&mut out);
        out
    }
}

impl TagRow {
    /// The row of a tag.
    #[must_use]
    pub fn of(tag: u8) -> Option<&'static Self> {
        TAGS.iter().find(|row| row.tag == tag)
    }
}

/// Whether octets with this tag may hold a password or a key. What protects or carries other APDUs
/// may: it need not encrypt them.
pub(crate) const fn holds_secrets(tag: u8) -> bool {
    matches!(
        tag,
        InitiateRequest::TAG
            | Aarq::TAG
            | Aare::TAG
            | SetRequest::TAG
            | ActionRequest::TAG
            | ReadRequest::TAG
            | WriteRequest::TAG
            | UnconfirmedWriteRequest::TAG
            | AccessRequest::TAG
            | GeneralBlockTransfer::TAG
            | 0x21..=0x58
            | 0xc8..=0xd7
            | 0xdb..=0xdf
            | 0xe6
    )
}

/// Why nothing can be read that begins like this.
#[cold]
pub(crate) fn unreadable(r: &Reader<'_>) -> DecodeError {
    let Some(tag) = r.peek() else {
        return r.error("tag", Problem::Truncated { wanted: 1, left: 0 });
    };
    r.error(
        "tag",
        match TagRow::of(tag) {
            Some(TagRow { name, .. }) => Problem::NotBuilt { tag, name },
            None => Problem::UnknownTag { tag, wanted: "an APDU" },
        },
    )
}

/// Reads an APDU: its tag, then what `read` reads; all as one group.
fn tagged<'a, T>(
    r: &mut Reader<'a>,
    tag: u8,
    name: &'static str,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> Result<T> {
    r.group(name, |r| {
        ber::tag(r, "tag", tag, name)?;
        read(r)
    })
    .map_err(|error| error.in_context(name))
}

/// The value of the ACSE requirements that asks for authentication: seven unused bits, then bit 0.
const REQUIREMENTS_AUTHENTICATION: [u8; 2] = [0x07, 0x80];

/// Reads an ACSE APDU: tag, length, and fields of which `read` reads those that it knows.
fn acse<'a>(
    r: &mut Reader<'a>,
    tag: u8,
    name: &'static str,
    read: impl FnMut(&mut Reader<'a>, u8) -> Result<Field>,
) -> Result<()> {
    tagged(r, tag, name, |r| {
        let at = r.at();
        let size = r.length("length")?;
        let limit = ber::LIMIT;
        if size > limit {
            return Err(r.error_at("length", at, Problem::TooLarge { size, limit }));
        }
        r.bounded("length", size, |r| ber::fields(r, read))
    })
}

/// The error about the octet of a CHOICE that was just read.
#[cold]
const fn unknown_choice(r: &Reader<'_>, tag: u8, wanted: &'static str) -> DecodeError {
    r.error_at("choice", r.at().saturating_sub(1), Problem::UnknownTag { tag, wanted })
}

/// Reads the octet of a CHOICE; `names` are those of its alternatives from `first` on.
fn choice(r: &mut Reader<'_>, first: u8, names: &[&'static str]) -> Result<u8> {
    let choice = r.u8("choice")?;
    r.meaning(|| {
        let name = choice.checked_sub(first).and_then(|place| names.get(usize::from(place)));
        name.map_or_else(|| format!("{choice}"), |name| format!("{choice}, {name}"))
    });
    Ok(choice)
}

/// How a trace shows what must not be shown.
pub(crate) const HIDDEN: &str = "…";

/// What `Debug` shows of a value that may be a password or a key.
pub(crate) fn shown<T: fmt::Debug>(value: &T, is_secret: bool) -> &dyn fmt::Debug {
    struct Hidden;

    impl fmt::Debug for Hidden {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(HIDDEN)
        }
    }

    if is_secret { &Hidden } else { value }
}

/// Reads what must not be shown: a trace gets the range and `…`.
fn hidden<'a, T>(
    r: &mut Reader<'a>,
    field: &'static str,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> Result<T> {
    let from = r.at();
    let mut quiet = r.untraced();
    let value = read(&mut quiet)?;
    r.skip_to(&quiet);
    r.label(field, from, || String::from(HIDDEN));
    Ok(value)
}

/// Reads a boolean: any octet but `00` is true.
fn boolean(r: &mut Reader<'_>, field: &'static str) -> Result<bool> {
    let value = r.u8(field)? != 0;
    r.meaning(|| format!("{value}"));
    Ok(value)
}

/// Reads a count and that many elements, each of at least `least` octets.
fn list<'a, T>(
    r: &mut Reader<'a>,
    name: &'static str,
    least: usize,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    r.group(name, |r| {
        let count = r.count("count")?;
        // No more is set aside than the octets at hand can hold.
        let possible = r.remaining().checked_div(least).unwrap_or_default();
        let mut elements = Vec::with_capacity(count.min(possible));
        for _ in 0..count {
            elements.push(read(r)?);
        }
        Ok(elements)
    })
}

/// Writes a count and the elements.
fn put_list<T>(w: &mut Writer<'_>, elements: &[T], mut write: impl FnMut(&mut Writer<'_>, &T)) {
    w.length(elements.len());
    for element in elements {
        write(w, element);
    }
}
