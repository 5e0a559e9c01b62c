//! What octets mean, line by line: range, octets, name and value.

use cosem::bytes::hex;
use dlms::apdu::{ActionRequest, ActionResponse, AssociationResult, GetDataResult, SetResponse};
use dlms::apdu::{Apdu, AttributeReference, GetRequest, GetResponse, Mechanism, SetRequest};
use dlms::explain::{Explanation, explain};

use crate::{names, text};

/// The lines of an explanation. Passwords and keys are `…`, and so are their octets.
pub(crate) fn lines(octets: &[u8]) -> Vec<String> {
    of(&explain(octets), octets)
}

/// The lines of an explanation that is there already.
pub(crate) fn of(explanation: &Explanation, octets: &[u8]) -> Vec<String> {
    let spans = explanation.spans.iter().enumerate();
    spans
        .map(|(index, span)| {
            let range = format!("{}..{}", span.from, span.to);
            let own = match explanation.octets_of(index, octets) {
                Some(own) if own.len() > MOST_OCTETS => format!("{}…", hex(&own[..MOST_OCTETS])),
                Some(own) => hex(own),
                None => String::new(),
            };
            let colon = if span.value.is_empty() { "" } else { ": " };
            let indent = span.depth * 2;
            let value = text::shown_words(&span.value).replace('\n', "\\n");
            let width = MOST_OCTETS * 2 + 1;
            format!("{range:<9} {own:<width$} {:indent$}{}{colon}{value}", "", span.name)
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// An APDU in one line, for people who want to follow a conversation.
pub(crate) fn summary(apdu: &[u8]) -> String {
    let Ok(apdu) = Apdu::decode(apdu) else {
        return lines(apdu).into_iter().next().unwrap_or_default();
    };
    let said = match &apdu {
        Apdu::Aarq(aarq) => match aarq.mechanism_name.as_ref().and_then(|name| name.mechanism()) {
            None | Some(Mechanism::LOWEST) => String::from("without a password"),
            Some(Mechanism::LOW) => String::from("with the password …"),
            Some(mechanism) => mechanism.to_string(),
        },
        Apdu::Aare(aare) if aare.result == AssociationResult::ACCEPTED => aare.result.to_string(),
        Apdu::Aare(aare) => format!("{}: {}", aare.result, aare.diagnostic),
        Apdu::GetRequest(request) => get(request),
        Apdu::GetResponse(response) => got(response),
        Apdu::SetRequest(SetRequest::Normal { target, .. }) => attribute(target),
        Apdu::SetResponse(SetResponse::Normal { result, .. }) => result.to_string(),
        Apdu::ActionRequest(ActionRequest::Normal { target, .. }) => {
            format!("method {} of {}", target.method, target.instance)
        }
        Apdu::ActionResponse(ActionResponse::Normal { result, .. }) => result.to_string(),
        _ => String::new(),
    };
    format!("{:<16} {said}", apdu.name()).trim_end().to_owned()
}

fn get(request: &GetRequest) -> String {
    match request {
        GetRequest::Normal { target, .. } => attribute(target),
        GetRequest::Next { block, .. } => format!("block {block} has come, the next one please"),
        GetRequest::WithList { targets, .. } => match targets.as_slice() {
            [first, ..] => {
                format!("{}: {}, …", text::count(targets.len(), "attribute"), attribute(first))
            }
            [] => String::from("nothing"),
        },
    }
}

fn got(response: &GetResponse) -> String {
    match response {
        GetResponse::Normal { result, .. } => result_text(result),
        GetResponse::WithList { results, .. } => {
            let values = results.iter().filter(|r| matches!(r, GetDataResult::Data(_))).count();
            let errors = text::count(results.len() - values, "error");
            format!("{}, {errors}", text::count(values, "value"))
        }
        GetResponse::WithDatablock { last, block, .. } => {
            format!("block {block}{}", if *last { ", the last" } else { "" })
        }
    }
}

fn result_text(result: &GetDataResult) -> String {
    match result {
        GetDataResult::Data(data) => {
            let value = cosem::schema::Schema::Any;
            text::cut(&text::shown(&crate::show::value(&data.to_data(), &value)), 48)
        }
        GetDataResult::Error(error) => error.to_string(),
    }
}

fn attribute(target: &AttributeReference) -> String {
    let descriptor = target.attribute;
    let name = names::attribute(descriptor.instance, descriptor.class, descriptor.attribute);
    let selection = if target.selection.is_some() { ", some rows" } else { "" };
    format!("{} {name}{selection}", descriptor.instance)
}

/// As many octets as stand beside a field.
const MOST_OCTETS: usize = 12;
