//! AARE (IEC 62056-5-3, in BER): answers an AARQ.
//!
//! | octets                      | field                                                      | presence       |
//! |-----------------------------|------------------------------------------------------------|----------------|
//! | `61` L                      | tag and length                                             |                |
//! | `80` 02 07 80               | protocol-version                                           | left out       |
//! | `a1` 09 06 07 …             | application-context-name                                   | mandatory      |
//! | `a2` 03 02 01 r             | result                                                     | mandatory      |
//! | `a3` 05 `a1` 03 02 01 d     | result-source-diagnostic; `a2` when the provider speaks    | mandatory      |
//! | `a4` 0a 04 08 …             | responding-AP-title: the server's system title             | ciphered, HLS  |
//! | `a5` L 04 L …               | responding-AE-qualifier: a certificate                     | optional       |
//! | `a6` 03 02 01 v             | responding-AP-invocation-id                                | rare           |
//! | `a7` 03 02 01 v             | responding-AE-invocation-id                                | rare           |
//! | `88` 02 07 80               | responder-acse-requirements                                | HLS            |
//! | `89` 07 …                   | mechanism-name                                             | HLS            |
//! | `aa` L `80` L …             | responding-authentication-value: the server's challenge    | HLS            |
//! | `9d` L …                    | implementation-information                                 | unused, skipped|
//! | `be` L 04 L …               | user-information: initiate-response or confirmed-service-error | optional   |
//!
//! A refusal may come without user-information.
//!
//! ```
//! use dlms::apdu::{Apdu, AssociationResult, Diagnostic};
//! let octets = cosem::bytes::from_hex(
//!     "6129 a109060760857405080101 a203020100 a305a103020100 be10040e 0800065f1f040000501f01f40007",
//! )?;
//! let Apdu::Aare(aare) = Apdu::decode(&octets)? else { unreachable!() };
//! assert_eq!(aare.result, AssociationResult::ACCEPTED);
//! assert_eq!(aare.diagnostic, Diagnostic::NULL);
//! assert!(matches!(aare.information()?, Some(Apdu::InitiateResponse(_))));
//! assert_eq!(Apdu::Aare(aare).encode(), octets);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Problem, Reader, Result, Writer};

use super::{Apdu, ApplicationContext, AuthenticationValue, ObjectIdentifier, acse, information};
use crate::ber::{self, Field};

numbers! {
    /// Whether the association is accepted.
    AssociationResult {
        0 ACCEPTED "accepted";
        1 REJECTED_PERMANENT "rejected-permanent";
        2 REJECTED_TRANSIENT "rejected-transient";
    }
}

/// Who speaks in a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiagnosticSource {
    /// The server's application.
    ServiceUser,
    /// The server's ACSE layer.
    ServiceProvider,
}

/// Why an association was accepted or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Who says so.
    pub source: DiagnosticSource,
    /// The reason, numbered by each source for itself.
    pub value: u8,
}

/// Answers an AARQ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aare {
    /// A bit string with its octet of unused bits.
    pub protocol_version: Option<Vec<u8>>,
    /// The context that was proposed, or the one that the server has.
    pub application_context_name: ObjectIdentifier,
    /// Whether the association is accepted.
    pub result: AssociationResult,
    /// Why.
    pub diagnostic: Diagnostic,
    /// The server's system title.
    pub responding_ap_title: Option<Vec<u8>>,
    /// The server's certificate.
    pub responding_ae_qualifier: Option<Vec<u8>>,
    /// Not used by DLMS; kept.
    pub responding_ap_invocation_id: Option<i32>,
    /// Not used by DLMS; kept.
    pub responding_ae_invocation_id: Option<i32>,
    /// A bit string with its octet of unused bits; `07 80` when authentication goes on.
    pub responder_acse_requirements: Option<Vec<u8>>,
    /// How the client is to be authenticated.
    pub mechanism_name: Option<ObjectIdentifier>,
    /// The server's challenge.
    pub responding_authentication_value: Option<AuthenticationValue>,
    /// The octets of an initiate-response, perhaps ciphered, or of a confirmed-service-error.
    pub user_information: Option<Vec<u8>>,
}

impl Aare {
    /// With the mandatory fields only.
    #[must_use]
    pub const fn new(
        application_context_name: ObjectIdentifier,
        result: AssociationResult,
        diagnostic: Diagnostic,
    ) -> Self {
        Self {
            protocol_version: None,
            application_context_name,
            result,
            diagnostic,
            responding_ap_title: None,
            responding_ae_qualifier: None,
            responding_ap_invocation_id: None,
            responding_ae_invocation_id: None,
            responder_acse_requirements: None,
            mechanism_name: None,
            responding_authentication_value: None,
            user_information: None,
        }
    }

    /// The same with an initiate-response or a confirmed-service-error as user-information.
    #[must_use]
    pub fn with_information(mut self, information: &Apdu) -> Self {
        self.user_information = Some(information.encode());
        self
    }

    /// Reads the answer, from its tag on. Unknown fields are skipped.
    ///
    /// # Errors
    /// Another tag, more than 4,096 octets, a field twice, a mandatory one not at all, or one that
    /// cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let at = r.at();
        let (mut context, mut result, mut diagnostic) = (None, None, None);
        let unset = ObjectIdentifier::from(ApplicationContext::LOGICAL_NAME);
        let mut a = Self::new(unset, AssociationResult::ACCEPTED, Diagnostic::NULL);
        acse(r, Self::TAG, Self::NAME, |r, tag| {
            let bits = |r: &mut Reader<'_>, name| ber::octets(r, name, tag).map(Some);
            let title = |r: &mut Reader<'_>, name| ber::octet_string(r, name, tag).map(Some);
            let number = |r: &mut Reader<'_>, name| ber::explicit_integer(r, name, tag).map(Some);
            match tag {
                PROTOCOL_VERSION => a.protocol_version = bits(r, "protocol-version")?,
                APPLICATION_CONTEXT_NAME => {
                    context = Some(ObjectIdentifier::decode_explicit(
                        r,
                        "application-context-name",
                        tag,
                    )?);
                }
                RESULT => result = Some(AssociationResult::decode(r)?),
                RESULT_SOURCE_DIAGNOSTIC => diagnostic = Some(Diagnostic::decode(r)?),
                RESPONDING_AP_TITLE => a.responding_ap_title = title(r, "responding-AP-title")?,
                RESPONDING_AE_QUALIFIER => {
                    a.responding_ae_qualifier = title(r, "responding-AE-qualifier")?
                }
                RESPONDING_AP_INVOCATION_ID => {
                    a.responding_ap_invocation_id = number(r, "responding-AP-invocation-id")?
                }
                RESPONDING_AE_INVOCATION_ID => {
                    a.responding_ae_invocation_id = number(r, "responding-AE-invocation-id")?
                }
                RESPONDER_ACSE_REQUIREMENTS => {
                    a.responder_acse_requirements = bits(r, "responder-acse-requirements")?
                }
                MECHANISM_NAME => {
                    a.mechanism_name = Some(ObjectIdentifier::decode(r, "mechanism-name", tag)?);
                }
                RESPONDING_AUTHENTICATION_VALUE => {
                    a.responding_authentication_value = Some(AuthenticationValue::decode(
                        r,
                        "responding-authentication-value",
                        tag,
                    )?);
                }
                information::TAG => a.user_information = Some(information::decode(r)?),
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        let missing = |field| r.error_at(field, at, Problem::Missing).in_context(Self::NAME);
        a.application_context_name = context.ok_or_else(|| missing("application-context-name"))?;
        a.result = result.ok_or_else(|| missing("result"))?;
        a.diagnostic = diagnostic.ok_or_else(|| missing("result-source-diagnostic"))?;
        Ok(a)
    }

    /// Writes the answer.
    pub fn encode(&self, w: &mut Writer<'_>) {
        ber::put(w, Self::TAG, |w| {
            ber::put_optional(w, PROTOCOL_VERSION, self.protocol_version.as_ref());
            self.application_context_name.encode_explicit(w, APPLICATION_CONTEXT_NAME);
            ber::put_explicit_integer(w, RESULT, Some(i32::from(self.result.0)));
            self.diagnostic.encode(w);
            ber::put_octet_string(w, RESPONDING_AP_TITLE, self.responding_ap_title.as_ref());
            ber::put_octet_string(
                w,
                RESPONDING_AE_QUALIFIER,
                self.responding_ae_qualifier.as_ref(),
            );
            ber::put_explicit_integer(
                w,
                RESPONDING_AP_INVOCATION_ID,
                self.responding_ap_invocation_id,
            );
            ber::put_explicit_integer(
                w,
                RESPONDING_AE_INVOCATION_ID,
                self.responding_ae_invocation_id,
            );
            ber::put_optional(
                w,
                RESPONDER_ACSE_REQUIREMENTS,
                self.responder_acse_requirements.as_ref(),
            );
            if let Some(mechanism) = &self.mechanism_name {
                mechanism.encode(w, MECHANISM_NAME);
            }
            if let Some(value) = &self.responding_authentication_value {
                value.encode(w, RESPONDING_AUTHENTICATION_VALUE);
            }
            information::encode(w, self.user_information.as_ref());
        });
    }

    /// The APDU in the user-information, when there is one.
    ///
    /// # Errors
    /// It cannot be read, or is none of those that may stand there.
    pub fn information(&self) -> Result<Option<Apdu>> {
        information::decoded(self.user_information.as_ref())
    }
}

const PROTOCOL_VERSION: u8 = 0x80;
const APPLICATION_CONTEXT_NAME: u8 = 0xa1;
const RESULT: u8 = 0xa2;
const RESULT_SOURCE_DIAGNOSTIC: u8 = 0xa3;
const RESPONDING_AP_TITLE: u8 = 0xa4;
const RESPONDING_AE_QUALIFIER: u8 = 0xa5;
const RESPONDING_AP_INVOCATION_ID: u8 = 0xa6;
const RESPONDING_AE_INVOCATION_ID: u8 = 0xa7;
const RESPONDER_ACSE_REQUIREMENTS: u8 = 0x88;
const MECHANISM_NAME: u8 = 0x89;
const RESPONDING_AUTHENTICATION_VALUE: u8 = 0xaa;

impl AssociationResult {
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        ber::element(r, "result", RESULT, |r| {
            let result = Self(ber::small_integer(r, "integer", ber::INTEGER)?);
            r.meaning(|| format!("{}, {result}", result.0));
            Ok(result)
        })
    }
}

impl DiagnosticSource {
    /// The name in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceUser => "acse-service-user",
            Self::ServiceProvider => "acse-service-provider",
        }
    }

    const fn tag(self) -> u8 {
        match self {
            Self::ServiceUser => 0xa1,
            Self::ServiceProvider => 0xa2,
        }
    }

    fn peek(r: &Reader<'_>) -> Result<Self> {
        let tag = r.peek().unwrap_or_default();
        let sources = [Self::ServiceUser, Self::ServiceProvider];
        sources.into_iter().find(|source| source.tag() == tag).ok_or_else(|| {
            let wanted = "acse-service-user, 0xa1, or acse-service-provider, 0xa2";
            r.error("result-source-diagnostic", Problem::UnknownTag { tag, wanted })
        })
    }
}

impl Diagnostic {
    /// Nothing to say.
    pub const NULL: Self = Self::user(0);
    /// No reason given.
    pub const NO_REASON_GIVEN: Self = Self::user(1);
    /// The application context is not one of the server's.
    pub const APPLICATION_CONTEXT_NAME_NOT_SUPPORTED: Self = Self::user(2);
    /// The client's system title is not known.
    pub const CALLING_AP_TITLE_NOT_RECOGNIZED: Self = Self::user(3);
    /// The mechanism is not one of the server's.
    pub const AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED: Self = Self::user(11);
    /// A mechanism is needed.
    pub const AUTHENTICATION_MECHANISM_NAME_REQUIRED: Self = Self::user(12);
    /// The password is wrong.
    pub const AUTHENTICATION_FAILURE: Self = Self::user(13);
    /// Authentication is needed, or goes on.
    pub const AUTHENTICATION_REQUIRED: Self = Self::user(14);

    /// The AARQ cannot be read.
    pub const PROVIDER_NO_REASON_GIVEN: Self =
        Self { source: DiagnosticSource::ServiceProvider, value: 1 };
    /// The server has none of the versions of ACSE that were proposed.
    pub const NO_COMMON_ACSE_VERSION: Self =
        Self { source: DiagnosticSource::ServiceProvider, value: 2 };

    const fn user(value: u8) -> Self {
        Self { source: DiagnosticSource::ServiceUser, value }
    }

    /// The name in the standard; `None` for a number that is not assigned.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let names = match self.source {
            DiagnosticSource::ServiceUser => USER_DIAGNOSTICS,
            DiagnosticSource::ServiceProvider => PROVIDER_DIAGNOSTICS,
        };
        names.get(usize::from(self.value)).copied()
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        ber::element(r, "result-source-diagnostic", RESULT_SOURCE_DIAGNOSTIC, |r| {
            let source = DiagnosticSource::peek(r)?;
            ber::element(r, source.name(), source.tag(), |r| {
                let value = ber::small_integer(r, "integer", ber::INTEGER)?;
                let diagnostic = Self { source, value };
                r.meaning(|| format!("{value}, {}", diagnostic.name().unwrap_or("not assigned")));
                Ok(diagnostic)
            })
        })
    }

    fn encode(self, w: &mut Writer<'_>) {
        ber::put(w, RESULT_SOURCE_DIAGNOSTIC, |w| {
            ber::put_explicit_integer(w, self.source.tag(), Some(i32::from(self.value)));
        });
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{} {} (not assigned)", self.source.name(), self.value),
        }
    }
}

const USER_DIAGNOSTICS: &[&str] = &[
    "null",
    "no-reason-given",
    "application-context-name-not-supported",
    "calling-AP-title-not-recognized",
    "calling-AP-invocation-identifier-not-recognized",
    "calling-AE-qualifier-not-recognized",
    "calling-AE-invocation-identifier-not-recognized",
    "called-AP-title-not-recognized",
    "called-AP-invocation-identifier-not-recognized",
    "called-AE-qualifier-not-recognized",
    "called-AE-invocation-identifier-not-recognized",
    "authentication-mechanism-name-not-recognised",
    "authentication-mechanism-name-required",
    "authentication-failure",
    "authentication-required",
];

const PROVIDER_DIAGNOSTICS: &[&str] = &["null", "no-reason-given", "no-common-acse-version"];
