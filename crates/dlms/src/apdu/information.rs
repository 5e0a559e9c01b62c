//! user-information (IEC 62056-5-3): the xDLMS APDU inside AARQ, AARE, RLRQ and RLRE.
//!
//! | octets | 0    | 1…     | …    | …      | …                                        |
//! |--------|------|--------|------|--------|------------------------------------------|
//! | field  | `be` | length | `04` | length | initiate or confirmed-service-error APDU |
//!
//! ```
//! use dlms::apdu::{Apdu, UserInformation};
//! // An RLRE may carry an initiate-response, even in clear.
//! let octets = cosem::bytes::from_hex("6316 800100 be11040f 080100065f1f0400001e1d04c80007")?;
//! let Apdu::Rlre(rlre) = Apdu::decode(&octets)? else { unreachable!() };
//! let information = rlre.decoded_user_information()?;
//! assert!(matches!(information, Some(UserInformation::InitiateResponse(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;

use cosem::bytes::{Reader, Result, Writer};

use super::{ConfirmedServiceError, InitiateRequest, InitiateResponse, unreadable};
use crate::ber;

const NAME: &str = "user-information";
pub(super) const TAG: u8 = 0xbe;

/// An APDU that may stand in the user-information. An AARQ may not, so nothing nests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserInformation {
    /// In AARQ and RLRQ.
    InitiateRequest(InitiateRequest),
    /// In AARE and RLRE.
    InitiateResponse(InitiateResponse),
    /// In an AARE that refuses.
    ConfirmedServiceError(ConfirmedServiceError),
}

impl UserInformation {
    /// Reads one that nothing follows.
    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let information = match r.peek() {
            Some(InitiateRequest::TAG) => InitiateRequest::decode(r).map(Self::InitiateRequest),
            Some(InitiateResponse::TAG) => InitiateResponse::decode(r).map(Self::InitiateResponse),
            Some(ConfirmedServiceError::TAG) => {
                ConfirmedServiceError::decode(r).map(Self::ConfirmedServiceError)
            }
            _ => Err(unreadable(r)),
        }?;
        r.finish(NAME)?;
        Ok(information)
    }

    /// The octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        let w = &mut Writer::new(&mut octets);
        match self {
            Self::InitiateRequest(apdu) => apdu.encode(w),
            Self::InitiateResponse(apdu) => apdu.encode(w),
            Self::ConfirmedServiceError(apdu) => apdu.encode(w),
        }
        octets
    }
}

/// Reads the element and keeps the APDU's octets.
pub(super) fn decode(r: &mut Reader<'_>) -> Result<Vec<u8>> {
    ber::element(r, NAME, TAG, |r| {
        ber::element(r, "octet-string", ber::OCTET_STRING, |r| {
            let octets = r.untraced().rest(NAME);
            if r.is_traced() {
                explain(r, octets)?;
            } else {
                r.rest(NAME);
            }
            Ok(octets.to_vec())
        })
    })
}

/// Reads the octets for the sake of whoever listens.
fn explain(r: &mut Reader<'_>, octets: &[u8]) -> Result<()> {
    match UserInformation::decode(&mut r.untraced()) {
        Ok(_) => UserInformation::decode(r).map(drop),
        Err(error) => {
            let from = r.at();
            r.advance_to(from.saturating_add(octets.len()));
            // They may hold a key: where the layout is not known they are not shown.
            r.label("apdu", from, || format!("… ({error})"));
            Ok(())
        }
    }
}

/// Writes the element, when there is an APDU.
pub(super) fn encode(w: &mut Writer<'_>, octets: Option<&Vec<u8>>) {
    ber::put_octet_string(w, TAG, octets);
}

/// The APDU, when there is one.
pub(super) fn decoded(octets: Option<&Vec<u8>>) -> Result<Option<UserInformation>> {
    octets
        .map(|octets| UserInformation::decode(&mut Reader::new(octets)))
        .transpose()
        .map_err(|error| error.in_context(NAME))
}
