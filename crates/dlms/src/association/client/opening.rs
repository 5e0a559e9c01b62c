//! What an AARE grants, or why it refuses.

use super::Negotiated;
use crate::apdu::{Aare, Apdu, ApplicationContext, AssociationResult, InitiateResponse, Mechanism};
use crate::association::error::{Error, Refusal, Violation};
use crate::association::options::DLMS_VERSION;

/// What an AARE means. The result is looked at first: a rejection may come without anything else.
pub(super) fn accept(aare: &Aare, offered: Mechanism) -> Result<Negotiated, Error> {
    let information = aare.information();
    if aare.result != AssociationResult::ACCEPTED {
        let initiate = match information {
            Ok(Some(Apdu::ConfirmedServiceError(error))) => Some(error),
            _ => None,
        };
        let (result, diagnostic) = (aare.result, aare.diagnostic);
        return Err(Error::Refused(Refusal::Association { result, diagnostic, initiate }));
    }
    if aare.application_context_name.application_context() != Some(ApplicationContext::LOGICAL_NAME)
    {
        return Err(Error::Peer(Violation::ApplicationContext));
    }
    // A mechanism with a challenge means that the association is still pending.
    let mechanism = aare.mechanism_name.as_ref().map(|name| name.mechanism());
    if mechanism.is_some_and(|mechanism| mechanism != Some(offered)) {
        return Err(Error::Peer(Violation::Mechanism));
    }
    match information.map_err(Violation::Decode)? {
        Some(Apdu::InitiateResponse(response)) => negotiated(&response),
        Some(Apdu::ConfirmedServiceError(error)) => Err(Error::Refused(Refusal::Service(error))),
        _ => Err(Error::Peer(Violation::Unexpected {
            wanted: "initiate-response",
            found: "no user-information",
        })),
    }
}

fn negotiated(response: &InitiateResponse) -> Result<Negotiated, Error> {
    if response.dlms_version != DLMS_VERSION {
        return Err(Error::Peer(Violation::DlmsVersion(response.dlms_version)));
    }
    Ok(Negotiated {
        conformance: response.conformance,
        server_max_receive_pdu_size: response.server_max_receive_pdu_size,
        vaa_name: response.vaa_name,
    })
}
