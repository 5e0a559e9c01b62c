//! Whether two requests ask for the same.

use dlms::apdu::{
    Aarq, ActionRequest, Apdu, AttributeReference, GetRequest, InitiateRequest, InvokeId,
    Mechanism, SetRequest,
};

/// In what two requests differ that ask for the same; an `Err` says why they do not.
pub(super) fn differences(recorded: &Apdu, ours: &Apdu) -> Result<Vec<&'static str>, String> {
    match (recorded, ours) {
        (Apdu::Aarq(recorded), Apdu::Aarq(ours)) => associations(recorded, ours),
        (Apdu::Rlrq(recorded), Apdu::Rlrq(ours)) => {
            Ok(if recorded == ours { Vec::new() } else { vec!["fields of the release"] })
        }
        (Apdu::GetRequest(recorded), Apdu::GetRequest(ours)) => gets(recorded, ours),
        (
            Apdu::SetRequest(SetRequest::Normal { invoke, target, value }),
            Apdu::SetRequest(SetRequest::Normal { invoke: our_invoke, target: to, value: with }),
        ) => {
            agree("the attribute", target == to)?;
            agree("the value", value == with)?;
            Ok(invokes(*invoke, *our_invoke))
        }
        (
            Apdu::ActionRequest(ActionRequest::Normal { invoke, target, parameters }),
            Apdu::ActionRequest(ActionRequest::Normal {
                invoke: our_invoke,
                target: of,
                parameters: with,
            }),
        ) => {
            agree("the method", target == of)?;
            agree("the parameters", parameters == with)?;
            Ok(invokes(*invoke, *our_invoke))
        }
        _ => Err(format!("{} was recorded, our client sends {}", recorded.name(), ours.name())),
    }
}

fn agree(what: &str, agreed: bool) -> Result<(), String> {
    if agreed { Ok(()) } else { Err(format!("{what} is another one")) }
}

fn associations(recorded: &Aarq, ours: &Aarq) -> Result<Vec<&'static str>, String> {
    let mechanism = |aarq: &Aarq| match &aarq.mechanism_name {
        None => Some(Mechanism::LOWEST),
        Some(name) => name.mechanism(),
    };
    agree(
        "the application context",
        recorded.application_context_name == ours.application_context_name,
    )?;
    agree("the mechanism", mechanism(recorded) == mechanism(ours))?;
    if mechanism(recorded) != Some(Mechanism::LOWEST) {
        // In which form it is sent is one of the fields that may differ.
        let password = |aarq: &Aarq| {
            let value = aarq.calling_authentication_value.as_ref();
            value.map(|value| value.expose().to_vec()).unwrap_or_default()
        };
        agree("the password", password(recorded) == password(ours))?;
    }
    let mut differences = Vec::new();
    let without = |aarq: &Aarq| Aarq { user_information: None, ..aarq.clone() };
    if without(recorded) != without(ours) {
        differences.push("optional fields of the AARQ");
    }
    match (initiate(recorded), initiate(ours)) {
        (Some(one), Some(other)) if one == other => {}
        (Some(one), Some(other)) => {
            if one.conformance != other.conformance {
                differences.push("proposed conformance");
            }
            if one.client_max_receive_pdu_size != other.client_max_receive_pdu_size {
                differences.push("proposed PDU size");
            }
            let rest = |request: InitiateRequest| InitiateRequest {
                conformance: other.conformance,
                client_max_receive_pdu_size: other.client_max_receive_pdu_size,
                ..request
            };
            if rest(one) != other {
                differences.push("optional fields of the initiate-request");
            }
        }
        _ => return Err("the initiate-request is another one".to_owned()),
    }
    Ok(differences)
}

/// The initiate-request in clear.
pub(super) fn initiate(aarq: &Aarq) -> Option<InitiateRequest> {
    match aarq.information() {
        Ok(Some(Apdu::InitiateRequest(request))) => Some(request),
        _ => None,
    }
}

fn gets(recorded: &GetRequest, ours: &GetRequest) -> Result<Vec<&'static str>, String> {
    let mut differences = invokes(recorded.invoke(), ours.invoke());
    match (recorded, ours) {
        (GetRequest::Next { block: one, .. }, GetRequest::Next { block: other, .. }) => {
            if one != other {
                return Err(format!("block {one} was acknowledged, our client says {other}"));
            }
        }
        (GetRequest::Next { .. }, _) | (_, GetRequest::Next { .. }) => {
            return Err("one asks for a block, the other for attributes".to_owned());
        }
        _ => {
            agree("the list of attributes", targets(recorded) == targets(ours))?;
            if matches!(recorded, GetRequest::WithList { .. })
                != matches!(ours, GetRequest::WithList { .. })
            {
                differences.push("a list of one");
            }
        }
    }
    Ok(differences)
}

/// The attributes that are asked for.
pub(super) fn targets(request: &GetRequest) -> Vec<AttributeReference> {
    match request {
        GetRequest::Normal { target, .. } => vec![target.clone()],
        GetRequest::WithList { targets, .. } => targets.clone(),
        GetRequest::Next { .. } => Vec::new(),
    }
}

fn invokes(recorded: InvokeId, ours: InvokeId) -> Vec<&'static str> {
    let mut differences = Vec::new();
    if recorded.id() != ours.id() {
        differences.push("invoke-id");
    }
    if recorded.priority() != ours.priority() {
        differences.push("priority");
    }
    if recorded.service_class() != ours.service_class() {
        differences.push("service class");
    }
    if recorded != ours && differences.is_empty() {
        differences.push("reserved bits of the invoke-id");
    }
    differences
}
