//! Association and release: AARQ, AARE and the initiate APDUs in them.

use dlms::apdu::{
    Aare, Aarq, AuthenticationValue, Conformance, ConformanceTag, DiagnosticSource,
    InitiateRequest, InitiateResponse, ObjectIdentifier,
};
use serde_json::{Value, json};

use super::parts::{octets, optional};
use crate::telegrams::compare::named;

pub(super) fn initiate_request(request: &InitiateRequest) -> Value {
    json!({
        "dedicated_key": request.dedicated_key.as_ref().map(|key| octets(key.0.expose())),
        "response_allowed": request.response_allowed,
        "proposed_quality_of_service": request.quality_of_service,
        "proposed_dlms_version": request.dlms_version,
        "conformance_tag": conformance_tag(request.conformance_tag),
        "proposed_conformance": conformance(request.conformance),
        "client_max_receive_pdu_size": request.client_max_receive_pdu_size,
    })
}

pub(super) fn initiate_response(response: &InitiateResponse) -> Value {
    json!({
        "negotiated_quality_of_service": response.quality_of_service,
        "negotiated_dlms_version": response.dlms_version,
        "conformance_tag": conformance_tag(response.conformance_tag),
        "negotiated_conformance": conformance(response.conformance),
        "server_max_receive_pdu_size": response.server_max_receive_pdu_size,
        "vaa_name": response.vaa_name,
    })
}

fn conformance(conformance: Conformance) -> Value {
    let bits: Vec<&str> = conformance.names().collect();
    json!({ "hex": format!("{:06x}", conformance.0), "bits": bits })
}

const fn conformance_tag(tag: ConformanceTag) -> Option<&'static str> {
    match tag {
        ConformanceTag::Standard => None,
        ConformanceTag::Old => Some("5f (without the 1f octet)"),
    }
}

pub(super) fn aarq(request: &Aarq) -> Value {
    json!({
        "protocol_version": optional(request.protocol_version.as_ref()),
        "application_context_name": request.application_context_name.to_string(),
        "called_ap_title": optional(request.called_ap_title.as_ref()),
        "called_ae_qualifier": optional(request.called_ae_qualifier.as_ref()),
        "called_ap_invocation_id": request.called_ap_invocation_id,
        "called_ae_invocation_id": request.called_ae_invocation_id,
        "calling_ap_title": optional(request.calling_ap_title.as_ref()),
        "calling_ae_qualifier": optional(request.calling_ae_qualifier.as_ref()),
        "calling_ap_invocation_id": request.calling_ap_invocation_id,
        "calling_ae_invocation_id": request.calling_ae_invocation_id,
        "sender_acse_requirements": optional(request.sender_acse_requirements.as_ref()),
        "mechanism_name": request.mechanism_name.as_ref().map(ObjectIdentifier::to_string),
        "calling_authentication_value":
            authentication(request.calling_authentication_value.as_ref()),
        "user_information_hex": information_octets(request.user_information.as_ref()),
    })
}

pub(super) fn aare(response: &Aare) -> Value {
    let source = match response.diagnostic.source {
        DiagnosticSource::ServiceUser => "acse-service-user",
        DiagnosticSource::ServiceProvider => "acse-service-provider",
    };
    let diagnostic = named(response.diagnostic.value, response.diagnostic.name());
    json!({
        "protocol_version": optional(response.protocol_version.as_ref()),
        "application_context_name": response.application_context_name.to_string(),
        "result": named(response.result.0, response.result.name()),
        "result_source_diagnostic": { "source": source, "value": diagnostic },
        "responding_ap_title": optional(response.responding_ap_title.as_ref()),
        "responding_ae_qualifier": optional(response.responding_ae_qualifier.as_ref()),
        "responding_ap_invocation_id": response.responding_ap_invocation_id,
        "responding_ae_invocation_id": response.responding_ae_invocation_id,
        "responder_acse_requirements": optional(response.responder_acse_requirements.as_ref()),
        "mechanism_name": response.mechanism_name.as_ref().map(ObjectIdentifier::to_string),
        "responding_authentication_value":
            authentication(response.responding_authentication_value.as_ref()),
        "user_information_hex": information_octets(response.user_information.as_ref()),
    })
}

/// The octets of the corpus are published: their passwords and challenges are no secrets.
fn authentication(value: Option<&AuthenticationValue>) -> Option<String> {
    value.map(|value| octets(value.expose()))
}

/// The corpus shows the octet-string that holds the APDU, with its tag and length.
pub(super) fn information_octets(information: Option<&Vec<u8>>) -> Option<String> {
    let information = information?;
    let length = information.len();
    let mut written = vec![0x04];
    match u8::try_from(length) {
        Ok(length @ 0..0x80) => written.push(length),
        Ok(length) => written.extend([0x81, length]),
        Err(_) => {
            written.push(0x82);
            written.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    written.extend(information);
    Some(octets(&written))
}
