//! Initiate (IEC 62056-5-3, InitiateRequest and InitiateResponse): what both sides can do. They
//! travel as the user-information of AARQ and AARE.
//!
//! InitiateRequest:
//!
//! | field                       | octets                                                     |
//! |-----------------------------|------------------------------------------------------------|
//! | tag                         | `01`                                                       |
//! | dedicated-key               | `00`, or `01` and an octet string                          |
//! | response-allowed            | `00` (true), or `01` and a boolean                         |
//! | proposed-quality-of-service | `00`, or `01` and 1 octet                                  |
//! | proposed-dlms-version       | 1 (`06`)                                                   |
//! | proposed-conformance        | 7 (`5f 1f 04 00` and three of bits)                        |
//! | client-max-receive-pdu-size | 2 (0: no limit)                                            |
//!
//! InitiateResponse:
//!
//! | field                         | octets                              |
//! |-------------------------------|-------------------------------------|
//! | tag                           | `08`                                |
//! | negotiated-quality-of-service | `00`, or `01` and 1 octet           |
//! | negotiated-dlms-version       | 1 (`06`)                            |
//! | negotiated-conformance        | 7 (`5f 1f 04 00` and three of bits) |
//! | server-max-receive-pdu-size   | 2 (0: no limit)                     |
//! | vaa-name                      | 2 (`0007`; with short names `fa00`) |
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{Conformance, InitiateRequest, InitiateResponse};
//! let octets = from_hex("01 00 00 00 06 5f1f0400 007e1f 04b0")?;
//! let request = InitiateRequest::decode(&mut Reader::new(&octets))?;
//! assert_eq!(request, InitiateRequest::new(Conformance(0x007e1f), 1_200));
//! let octets = from_hex("08 00 06 5f1f0400 00501f 01f4 0007")?;
//! let response = InitiateResponse::decode(&mut Reader::new(&octets))?;
//! assert_eq!((response.server_max_receive_pdu_size, response.vaa_name), (500, 7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::string::String;

use cosem::bytes::{Reader, Result, Writer};

use super::{Conformance, ConformanceTag, boolean, hidden, tagged};
use crate::security::Secret;

/// The key that a client chooses for one association.
#[derive(Clone, Debug)]
pub struct DedicatedKey(pub Secret);

/// The keys are compared in a time that depends on their lengths alone.
impl PartialEq for DedicatedKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.matches(other.0.expose())
    }
}

impl Eq for DedicatedKey {}

/// What a client proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitiateRequest {
    /// The key for this association; only allowed when the APDU is ciphered.
    pub dedicated_key: Option<DedicatedKey>,
    /// Whether the server may answer.
    pub response_allowed: bool,
    /// Not used by anybody; kept.
    pub quality_of_service: Option<i8>,
    /// The version of DLMS: 6.
    pub dlms_version: u8,
    /// The services that the client has.
    pub conformance: Conformance,
    /// How the conformance's tag is written.
    pub conformance_tag: ConformanceTag,
    /// The longest APDU that the client takes; 0 for no limit.
    pub client_max_receive_pdu_size: u16,
}

/// No key, an answer wanted, version 6, no service, APDUs of any length.
impl Default for InitiateRequest {
    fn default() -> Self {
        Self::new(Conformance::NONE, 0)
    }
}

impl InitiateRequest {
    /// The version of DLMS that there is.
    pub const DLMS_VERSION: u8 = 6;

    /// The usual one: no key, an answer wanted, version 6.
    #[must_use]
    pub const fn new(conformance: Conformance, client_max_receive_pdu_size: u16) -> Self {
        Self {
            dedicated_key: None,
            response_allowed: true,
            quality_of_service: None,
            dlms_version: Self::DLMS_VERSION,
            conformance,
            conformance_tag: ConformanceTag::Standard,
            client_max_receive_pdu_size,
        }
    }

    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let dedicated_key = r.optional("dedicated-key", DedicatedKey::decode)?;
            let response_allowed =
                r.optional("response-allowed", |r| boolean(r, "response-allowed"))?;
            if response_allowed.is_none() {
                r.meaning(|| String::from("absent: true"));
            }
            let quality_of_service =
                r.optional("proposed-quality-of-service", |r| r.i8("proposed-quality-of-service"))?;
            let dlms_version = r.u8("proposed-dlms-version")?;
            let (conformance, conformance_tag) = Conformance::decode(r, "proposed-conformance")?;
            Ok(Self {
                dedicated_key,
                response_allowed: response_allowed.unwrap_or(true),
                quality_of_service,
                dlms_version,
                conformance,
                conformance_tag,
                client_max_receive_pdu_size: r.u16("client-max-receive-pdu-size")?,
            })
        })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        w.optional(self.dedicated_key.as_ref(), |w, DedicatedKey(key)| {
            w.octet_string(key.expose())
        });
        // TRUE is the default and is left out.
        w.optional((!self.response_allowed).then_some(0), Writer::u8);
        w.optional(self.quality_of_service, Writer::i8);
        w.u8(self.dlms_version);
        self.conformance.encode(self.conformance_tag, w);
        w.u16(self.client_max_receive_pdu_size);
    }
}

impl DedicatedKey {
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let key = hidden(r, "dedicated-key", |r| r.octet_string("dedicated-key"))?;
        Ok(Self(Secret::new(key.to_vec())))
    }
}

/// What a server has made of the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitiateResponse {
    /// Not used by anybody; kept.
    pub quality_of_service: Option<i8>,
    /// The version of DLMS: 6.
    pub dlms_version: u8,
    /// The services that both have.
    pub conformance: Conformance,
    /// How the conformance's tag is written.
    pub conformance_tag: ConformanceTag,
    /// The longest APDU that the server takes; 0 for no limit.
    pub server_max_receive_pdu_size: u16,
    /// [`InitiateResponse::LOGICAL_NAME`], or the base name of the association object.
    pub vaa_name: u16,
}

impl InitiateResponse {
    /// The vaa-name where objects are referred to by logical name.
    pub const LOGICAL_NAME: u16 = 0x0007;

    /// The usual one with logical names.
    #[must_use]
    pub const fn new(conformance: Conformance, server_max_receive_pdu_size: u16) -> Self {
        Self {
            quality_of_service: None,
            dlms_version: InitiateRequest::DLMS_VERSION,
            conformance,
            conformance_tag: ConformanceTag::Standard,
            server_max_receive_pdu_size,
            vaa_name: Self::LOGICAL_NAME,
        }
    }

    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let quality_of_service = r.optional("negotiated-quality-of-service", |r| {
                r.i8("negotiated-quality-of-service")
            })?;
            let dlms_version = r.u8("negotiated-dlms-version")?;
            let (conformance, conformance_tag) = Conformance::decode(r, "negotiated-conformance")?;
            Ok(Self {
                quality_of_service,
                dlms_version,
                conformance,
                conformance_tag,
                server_max_receive_pdu_size: r.u16("server-max-receive-pdu-size")?,
                vaa_name: r.u16("vaa-name")?,
            })
        })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        w.optional(self.quality_of_service, Writer::i8);
        w.u8(self.dlms_version);
        self.conformance.encode(self.conformance_tag, w);
        w.u16(self.server_max_receive_pdu_size);
        w.u16(self.vaa_name);
    }
}
