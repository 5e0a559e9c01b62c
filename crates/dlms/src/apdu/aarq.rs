//! AARQ (IEC 62056-5-3, in BER): asks for an association.
//!
//! | octets                 | field                                             | presence                       |
//! |------------------------|---------------------------------------------------|--------------------------------|
//! | `60` L                 | tag and length                                    |                                |
//! | `80` 02 07 80          | protocol-version                                  | normally left out              |
//! | `a1` 09 06 07 …        | application-context-name                          | mandatory                      |
//! | `a2` L 04 L …          | called-AP-title                                   | rare                           |
//! | `a3` L 04 L …          | called-AE-qualifier                               | rare                           |
//! | `a4` 03 02 01 v        | called-AP-invocation-id                           | rare                           |
//! | `a5` 03 02 01 v        | called-AE-invocation-id                           | rare                           |
//! | `a6` 0a 04 08 …        | calling-AP-title: the client's system title       | ciphered contexts, HLS 5, 6, 7 |
//! | `a7` L 04 L …          | calling-AE-qualifier: a certificate               | optional                       |
//! | `a8` 03 02 01 v        | calling-AP-invocation-id                          | rare                           |
//! | `a9` 03 02 01 v        | calling-AE-invocation-id: a user's number         | optional                       |
//! | `8a` 02 07 80          | sender-acse-requirements                          | LLS, HLS                       |
//! | `8b` 07 …              | mechanism-name                                    | LLS, HLS                       |
//! | `ac` L `80` L …        | calling-authentication-value                      | LLS, HLS                       |
//! | `9d` L …               | implementation-information                        | unused, skipped                |
//! | `be` L 04 L …          | user-information: an initiate-request             | mandatory                      |
//!
//! ```
//! use dlms::apdu::{Aarq, Apdu, ApplicationContext, Conformance, InitiateRequest, Mechanism};
//! // Logical names, password 12345678.
//! let octets = cosem::bytes::from_hex(
//!     "6036 a109060760857405080101 8a020780 8b0760857405080201 ac0a80083132333435363738
//!      be10040e 01000000065f1f0400007e1f04b0",
//! )?;
//! let Apdu::Aarq(aarq) = Apdu::decode(&octets)? else { unreachable!() };
//! let initiate = InitiateRequest::new(Conformance(0x00_7e_1f), 1_200);
//! let built = Aarq::new(ApplicationContext::LOGICAL_NAME, &initiate)
//!     .with_authentication(Mechanism::LOW, b"12345678");
//! assert_eq!(aarq, built);
//! assert_eq!(Apdu::Aarq(built).encode(), octets);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;

use cosem::bytes::{Problem, Reader, Result, Writer};

use super::{
    Apdu, ApplicationContext, AuthenticationValue, InitiateRequest, Mechanism, ObjectIdentifier,
    REQUIREMENTS_AUTHENTICATION, acse, information,
};
use crate::ber::{self, Field};

/// Asks for an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aarq {
    /// A bit string with its octet of unused bits.
    pub protocol_version: Option<Vec<u8>>,
    /// How objects are to be referred to, and whether APDUs are ciphered.
    pub application_context_name: ObjectIdentifier,
    /// The server's system title.
    pub called_ap_title: Option<Vec<u8>>,
    /// Not used by DLMS; kept.
    pub called_ae_qualifier: Option<Vec<u8>>,
    /// Not used by DLMS; kept.
    pub called_ap_invocation_id: Option<i32>,
    /// Not used by DLMS; kept.
    pub called_ae_invocation_id: Option<i32>,
    /// The client's system title.
    pub calling_ap_title: Option<Vec<u8>>,
    /// The client's certificate.
    pub calling_ae_qualifier: Option<Vec<u8>>,
    /// Not used by DLMS; kept.
    pub calling_ap_invocation_id: Option<i32>,
    /// The number of the client's user.
    pub calling_ae_invocation_id: Option<i32>,
    /// A bit string with its octet of unused bits; `07 80` asks for authentication.
    pub sender_acse_requirements: Option<Vec<u8>>,
    /// How the client authenticates itself.
    pub mechanism_name: Option<ObjectIdentifier>,
    /// The password, or the client's challenge.
    pub calling_authentication_value: Option<AuthenticationValue>,
    /// The octets of an initiate-request, perhaps ciphered.
    pub user_information: Option<Vec<u8>>,
}

impl Aarq {
    /// Without authentication.
    #[must_use]
    pub fn new(context: ApplicationContext, initiate: &InitiateRequest) -> Self {
        let mut octets = Vec::new();
        initiate.encode(&mut Writer::new(&mut octets));
        let mut aarq = Self::bare(ObjectIdentifier::from(context));
        aarq.user_information = Some(octets);
        aarq
    }

    /// The same with a mechanism and its password or challenge.
    #[must_use]
    pub fn with_authentication(mut self, mechanism: Mechanism, value: &[u8]) -> Self {
        self.sender_acse_requirements = Some(REQUIREMENTS_AUTHENTICATION.to_vec());
        self.mechanism_name = Some(ObjectIdentifier::from(mechanism));
        self.calling_authentication_value = Some(AuthenticationValue::charstring(value));
        self
    }

    const fn bare(application_context_name: ObjectIdentifier) -> Self {
        Self {
            protocol_version: None,
            application_context_name,
            called_ap_title: None,
            called_ae_qualifier: None,
            called_ap_invocation_id: None,
            called_ae_invocation_id: None,
            calling_ap_title: None,
            calling_ae_qualifier: None,
            calling_ap_invocation_id: None,
            calling_ae_invocation_id: None,
            sender_acse_requirements: None,
            mechanism_name: None,
            calling_authentication_value: None,
            user_information: None,
        }
    }

    /// Reads the request, from its tag on. Unknown fields are skipped.
    ///
    /// # Errors
    /// Another tag, more than 4,096 octets, a field twice, no application context, or a field that
    /// cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let at = r.at();
        let mut context = None;
        let mut a = Self::bare(ObjectIdentifier::from(ApplicationContext::LOGICAL_NAME));
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
                CALLED_AP_TITLE => a.called_ap_title = title(r, "called-AP-title")?,
                CALLED_AE_QUALIFIER => a.called_ae_qualifier = title(r, "called-AE-qualifier")?,
                CALLED_AP_INVOCATION_ID => {
                    a.called_ap_invocation_id = number(r, "called-AP-invocation-id")?
                }
                CALLED_AE_INVOCATION_ID => {
                    a.called_ae_invocation_id = number(r, "called-AE-invocation-id")?
                }
                CALLING_AP_TITLE => a.calling_ap_title = title(r, "calling-AP-title")?,
                CALLING_AE_QUALIFIER => a.calling_ae_qualifier = title(r, "calling-AE-qualifier")?,
                CALLING_AP_INVOCATION_ID => {
                    a.calling_ap_invocation_id = number(r, "calling-AP-invocation-id")?
                }
                CALLING_AE_INVOCATION_ID => {
                    a.calling_ae_invocation_id = number(r, "calling-AE-invocation-id")?
                }
                SENDER_ACSE_REQUIREMENTS => {
                    a.sender_acse_requirements = bits(r, "sender-acse-requirements")?
                }
                MECHANISM_NAME => {
                    a.mechanism_name = Some(ObjectIdentifier::decode(r, "mechanism-name", tag)?);
                }
                CALLING_AUTHENTICATION_VALUE => {
                    a.calling_authentication_value =
                        Some(AuthenticationValue::decode(r, "calling-authentication-value", tag)?);
                }
                information::TAG => a.user_information = Some(information::decode(r)?),
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        let missing =
            || r.error_at("application-context-name", at, Problem::Missing).in_context(Self::NAME);
        a.application_context_name = context.ok_or_else(missing)?;
        Ok(a)
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        ber::put(w, Self::TAG, |w| {
            ber::put_optional(w, PROTOCOL_VERSION, self.protocol_version.as_ref());
            self.application_context_name.encode_explicit(w, APPLICATION_CONTEXT_NAME);
            ber::put_octet_string(w, CALLED_AP_TITLE, self.called_ap_title.as_ref());
            ber::put_octet_string(w, CALLED_AE_QUALIFIER, self.called_ae_qualifier.as_ref());
            ber::put_explicit_integer(w, CALLED_AP_INVOCATION_ID, self.called_ap_invocation_id);
            ber::put_explicit_integer(w, CALLED_AE_INVOCATION_ID, self.called_ae_invocation_id);
            ber::put_octet_string(w, CALLING_AP_TITLE, self.calling_ap_title.as_ref());
            ber::put_octet_string(w, CALLING_AE_QUALIFIER, self.calling_ae_qualifier.as_ref());
            ber::put_explicit_integer(w, CALLING_AP_INVOCATION_ID, self.calling_ap_invocation_id);
            ber::put_explicit_integer(w, CALLING_AE_INVOCATION_ID, self.calling_ae_invocation_id);
            ber::put_optional(w, SENDER_ACSE_REQUIREMENTS, self.sender_acse_requirements.as_ref());
            if let Some(mechanism) = &self.mechanism_name {
                mechanism.encode(w, MECHANISM_NAME);
            }
            if let Some(value) = &self.calling_authentication_value {
                value.encode(w, CALLING_AUTHENTICATION_VALUE);
            }
            information::encode(w, self.user_information.as_ref());
        });
    }

    /// Whether the functional unit of authentication is asked for, as a mechanism needs it.
    #[must_use]
    pub fn requires_authentication(&self) -> bool {
        // The number of unused bits, which clients get wrong, then the bits.
        let bits = self.sender_acse_requirements.as_deref().and_then(|bits| bits.get(1));
        bits.is_some_and(|octet| octet & 0x80 != 0)
    }

    /// Whether version 1 of ACSE is among those proposed; where none is named, it is meant.
    #[must_use]
    pub fn proposes_version_1(&self) -> bool {
        // The number of unused bits, then the bits; the first is that of version 1.
        match self.protocol_version.as_deref() {
            None => true,
            Some(bits) => bits.get(1).is_some_and(|octet| octet & 0x80 != 0),
        }
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
const CALLED_AP_TITLE: u8 = 0xa2;
const CALLED_AE_QUALIFIER: u8 = 0xa3;
const CALLED_AP_INVOCATION_ID: u8 = 0xa4;
const CALLED_AE_INVOCATION_ID: u8 = 0xa5;
const CALLING_AP_TITLE: u8 = 0xa6;
const CALLING_AE_QUALIFIER: u8 = 0xa7;
const CALLING_AP_INVOCATION_ID: u8 = 0xa8;
const CALLING_AE_INVOCATION_ID: u8 = 0xa9;
const SENDER_ACSE_REQUIREMENTS: u8 = 0x8a;
const MECHANISM_NAME: u8 = 0x8b;
const CALLING_AUTHENTICATION_VALUE: u8 = 0xac;
