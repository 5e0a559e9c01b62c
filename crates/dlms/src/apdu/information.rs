//! user-information (IEC 62056-5-3): the xDLMS APDU inside AARQ, AARE, RLRQ and RLRE.
//!
//! | octets | 0    | 1…     | …    | …      | …                                        |
//! |--------|------|--------|------|--------|------------------------------------------|
//! | field  | `be` | length | `04` | length | initiate or confirmed-service-error APDU |
//!
//! ```
//! use dlms::apdu::Apdu;
//! // An RLRE may carry an initiate-response, even in clear.
//! let octets = cosem::bytes::from_hex("6316 800100 be11040f 080100065f1f0400001e1d04c80007")?;
//! let Apdu::Rlre(rlre) = Apdu::decode(&octets)? else { unreachable!() };
//! assert!(matches!(rlre.information()?, Some(Apdu::InitiateResponse(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;

use cosem::bytes::{Reader, Result, Writer};

use super::{Apdu, ConfirmedServiceError, InitiateRequest, InitiateResponse, unreadable};
use crate::ber;

const NAME: &str = "user-information";
pub(super) const TAG: u8 = 0xbe;

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
    match read(&mut r.untraced()) {
        Ok(_) => read(r).map(drop),
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
pub(super) fn decoded(octets: Option<&Vec<u8>>) -> Result<Option<Apdu>> {
    octets
        .map(|octets| read(&mut Reader::new(octets)))
        .transpose()
        .map_err(|error| error.in_context(NAME))
}

/// Reads one of the APDUs that may stand here, and nothing behind it. An AARQ may not: nothing
/// nests.
fn read(r: &mut Reader<'_>) -> Result<Apdu> {
    let apdu = match r.peek() {
        Some(InitiateRequest::TAG) => Apdu::InitiateRequest(InitiateRequest::decode(r)?),
        Some(InitiateResponse::TAG) => Apdu::InitiateResponse(InitiateResponse::decode(r)?),
        Some(ConfirmedServiceError::TAG) => {
            Apdu::ConfirmedServiceError(ConfirmedServiceError::decode(r)?)
        }
        _ => return Err(unreadable(r)),
    };
    r.finish(NAME)?;
    Ok(apdu)
}
