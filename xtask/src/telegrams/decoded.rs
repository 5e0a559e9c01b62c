//! What our decoders find, in the words of the corpus.
//!
//! Every field of every APDU that is built is named here, also those that no entry of the corpus has: an entry that
//! asserts a field which is not there must not pass. What an APDU leaves out is null.

mod access;
mod action;
mod association;
mod envelope;
mod get;
mod notify;
mod parts;
mod set;
mod short_names;

use cosem::{
    DateTime, Encoded,
    bytes::{Reader, hex},
};
use dlms::{
    apdu::{Apdu, Rlre, Rlrq, TagRow},
    link::wrapper::{HEADER_LENGTH, Header},
};
use serde_json::{Value, json};

use self::{
    access::{access_response, specification},
    action::{action_request, action_response},
    association::{aare, aarq, information_octets, initiate_request, initiate_response},
    envelope::{general_block, protected},
    get::{get_request, get_response},
    notify::{data_notification, event_time},
    parts::{attribute_fields, each, long_invoke, object, octets, typed, with},
    set::{set_request, set_response},
    short_names::{read_result, variable, write_result},
};
use super::{compare::named, entry::Reading, hdlc, time};

/// Reads the octets of an entry; `kind` says what they are where they are no APDU.
pub(super) fn read(family: &str, kind: Option<&str>, octets: &[u8]) -> Reading {
    match (family, kind) {
        ("apdu", Some("data")) => data(octets),
        ("apdu", Some("date-time")) => date_time(octets),
        ("apdu", None) => match Apdu::decode(octets) {
            Ok(apdu) => Reading::Found(object(self::apdu(&apdu))),
            Err(error) => error.into(),
        },
        ("apdu", Some(kind)) => Reading::NotBuilt(format!("kind {kind}")),
        ("hdlc", kind) => hdlc::read(octets, kind == Some("stream")),
        ("push_raw", _) => pushed(octets),
        ("encrypted" | "security", _) => wrapped(octets),
        (family, _) => Reading::NotBuilt(format!("the layer of {family} is not built yet")),
    }
}

fn data(octets: &[u8]) -> Reading {
    match Encoded::try_from(octets.to_vec()) {
        Ok(body) => Reading::Found(object(json!({ "kind": "data", "body": typed(&body) }))),
        Err(error) => error.into(),
    }
}

fn date_time(octets: &[u8]) -> Reading {
    let mut r = Reader::new(octets);
    let time = r.array("date-time").and_then(|array| r.finish("date-time").map(|()| *array));
    match time.map(DateTime) {
        Ok(time) => Reading::Found(object(json!({
            "kind": "date-time",
            "date_time": time::fields(time),
            "iso": time::iso(time),
        }))),
        Err(error) => error.into(),
    }
}

/// An APDU behind the header of TCP and UDP, as far as both are built.
fn wrapped(octets: &[u8]) -> Reading {
    let framed = Header::decode(octets).ok().filter(|header| {
        octets.len() == HEADER_LENGTH + usize::from(header.length) && header.length > 0
    });
    let Some(header) = framed else {
        return Reading::NotBuilt("no layer of this entry is built yet".to_owned());
    };
    let inner = &octets[HEADER_LENGTH..];
    let mut found = json!({
        "encapsulation": "wrapper",
        "wrapper": {
            "version": header.version,
            "source_wport": header.source,
            "destination_wport": header.destination,
            "length": header.length,
        },
        "apdu_hex": hex(inner),
        "apdu_tag": TagRow::of(inner[0]).map(|row| row.name),
    });
    if let Ok(apdu) = Apdu::decode(inner) {
        found["apdu"] = self::apdu(&apdu);
    }
    Reading::Found(object(found))
}

/// A push in the header of TCP and UDP, behind the octets of LLC or bare. The fields of its
/// APDU stand beside those of what carries it.
fn pushed(octets: &[u8]) -> Reading {
    let (mut found, inner) = match octets {
        [0xe6, 0xe7, 0x00, inner @ ..] => {
            (json!({ "encapsulation": "llc", "llc": hex(&octets[..3]) }), inner)
        }
        [0x00, ..] => return wrapped(octets),
        inner => (json!({ "encapsulation": "apdu" }), inner),
    };
    match Apdu::decode(inner) {
        Ok(apdu) => {
            found["apdu_hex"] = hex(inner).into();
            found["apdu_tag"] = apdu.name().into();
            Reading::Found(object(with(found, self::apdu(&apdu))))
        }
        Err(error) => error.into(),
    }
}

pub(super) fn apdu(apdu: &Apdu) -> Value {
    let mut fields = match apdu {
        Apdu::InitiateRequest(request) => initiate_request(request),
        Apdu::InitiateResponse(response) => initiate_response(response),
        Apdu::Aarq(request) => aarq(request),
        Apdu::Aare(response) => aare(response),
        Apdu::Rlrq(Rlrq { reason, user_information }) => json!({
            "reason": reason.map(|reason| named(reason.0, reason.name())),
            "user_information_hex": information_octets(user_information.as_ref()),
        }),
        Apdu::Rlre(Rlre { reason, user_information }) => json!({
            "reason": reason.map(|reason| named(reason.0, reason.name())),
            "user_information_hex": information_octets(user_information.as_ref()),
        }),
        Apdu::GetRequest(request) => get_request(request),
        Apdu::GetResponse(response) => get_response(response),
        Apdu::SetRequest(request) => set_request(request),
        Apdu::SetResponse(response) => set_response(response),
        Apdu::ActionRequest(request) => action_request(request),
        Apdu::ActionResponse(response) => action_response(response),
        Apdu::ExceptionResponse(exception) => json!({
            "state_error": named(exception.state_error.0, exception.state_error.name()),
            "service_error": named(exception.service_error.0, exception.service_error.name()),
            "invocation_counter": exception.invocation_counter,
        }),
        Apdu::ConfirmedServiceError(error) => json!({
            "service": named(error.service.0, error.service.name()),
            "service_error": {
                "class": named(error.class.0, error.class.name()),
                "value": named(error.value, error.value_name()),
            },
        }),
        other => unasked_or_enveloped(other),
    };
    fields["apdu"] = apdu.name().into();
    let information = match apdu {
        Apdu::Aarq(apdu) => apdu.information(),
        Apdu::Aare(apdu) => apdu.information(),
        Apdu::Rlrq(apdu) => apdu.information(),
        Apdu::Rlre(apdu) => apdu.information(),
        _ => return fields,
    };
    // Of a ciphered one the key stays unknown.
    if let Ok(information) = information {
        fields["user_information"] = information.as_ref().map(self::apdu).into();
    }
    fields
}

/// What a meter sends unasked, what holds other APDUs, and the services that are not spoken yet.
fn unasked_or_enveloped(apdu: &Apdu) -> Value {
    match apdu {
        Apdu::DataNotification(push) => data_notification(push),
        Apdu::DataNotificationConfirm(confirm) => json!({
            "long_invoke_id_and_priority": long_invoke(confirm.invoke),
            "date_time": confirm.date_time.map(time::fields),
        }),
        Apdu::EventNotificationRequest(event) => json!({
            "time": event_time(event.time),
            "attribute": attribute_fields(event.attribute),
            "value": typed(&event.value),
        }),
        Apdu::InformationReportRequest(report) => json!({
            "current_time": event_time(report.current_time),
            "variables": each(&report.variables, variable),
            "values": each(&report.values, typed),
        }),
        Apdu::ServiceCiphering(envelope) => protected(&envelope.content),
        Apdu::GeneralGloCiphering(envelope) => with(
            json!({ "system_title": octets(&envelope.system_title) }),
            protected(&envelope.content),
        ),
        Apdu::GeneralDedCiphering(envelope) => with(
            json!({ "system_title": octets(&envelope.system_title) }),
            protected(&envelope.content),
        ),
        Apdu::GeneralBlockTransfer(transfer) => general_block(transfer),
        other => short_names_or_access(other),
    }
}

fn short_names_or_access(apdu: &Apdu) -> Value {
    match apdu {
        Apdu::ReadRequest(request) => json!({ "variables": each(&request.variables, variable) }),
        Apdu::ReadResponse(response) => json!({ "results": each(&response.results, read_result) }),
        Apdu::WriteRequest(request) => json!({
            "variables": each(&request.variables, variable),
            "values": each(&request.values, typed),
        }),
        Apdu::UnconfirmedWriteRequest(request) => json!({
            "variables": each(&request.variables, variable),
            "values": each(&request.values, typed),
        }),
        Apdu::WriteResponse(response) => {
            json!({ "results": each(&response.results, write_result) })
        }
        Apdu::AccessRequest(request) => json!({
            "long_invoke_id_and_priority": long_invoke(request.invoke),
            "date_time": request.date_time.map(time::fields),
            "specifications": each(&request.specifications, specification),
            "data": each(&request.data, typed),
        }),
        Apdu::AccessResponse(response) => {
            let specifications = response.specifications.as_ref();
            json!({
                "long_invoke_id_and_priority": long_invoke(response.invoke),
                "date_time": response.date_time.map(time::fields),
                "specifications": specifications.map(|all| each(all, specification)),
                "data": each(&response.data, typed),
                "results": each(&response.results, access_response),
            })
        }
        // Its name is known; every other key is asked for in vain, and so named.
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use cosem::bytes::from_hex;

    use super::*;
    use crate::telegrams::compare::differences;

    fn finds(octets: &str, expected: Value) {
        let octets = from_hex(octets).expect("octets");
        let Reading::Found(found) = read("apdu", None, &octets) else { panic!("it is read") };
        let differences = differences(&object(expected), &found);
        let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(differences.is_empty(), "{differences:?}");
    }

    #[test]
    fn refusals_are_known_by_number_and_by_name() {
        finds(
            "d80101",
            json!({ "apdu": "exception-response", "state_error": 1, "service_error": 1 }),
        );
        finds(
            "d80106 0000002a",
            json!({
                "state_error": "service-not-allowed", "service_error": "invocation-counter-error",
                "invocation_counter": 42
            }),
        );
        finds(
            "0e010601",
            json!({
                "apdu": "confirmed-service-error", "service": 1,
                "service_error": { "class": "initiate", "value": 1 }
            }),
        );
    }

    #[test]
    fn set_and_action_are_known_in_all_their_choices() {
        // The worked example of a SET in two blocks, in BCD digits.
        finds(
            "c102c1 0001 0000800000ff 02 00 00 00000001 02 0932",
            json!({
                "choice": "with-first-datablock", "attribute": { "class": 1, "id": 2 },
                "access_selection": null, "last_block": false, "block_number": 1, "raw_data": "0932"
            }),
        );
        finds(
            "c503c1 00 00000002",
            json!({
                "choice": "last-datablock", "result": 0, "block_number": 2
            }),
        );
        finds(
            "c104c1 01 0001 0000800000ff 02 00 01 1105",
            json!({
                "choice": "with-list", "list": [{ "class": 1, "obis": "0.0.128.0.0.255", "id": 2 }],
                "values": [["unsigned", 5]]
            }),
        );
        finds(
            "c303c1 01 0009 00000a0000ff 01 01 120002",
            json!({
                "choice": "with-list", "list": [{ "class": 9 }], "parameters": [["long-unsigned", 2]]
            }),
        );
        finds(
            "c703c1 01 00 01 00 1105",
            json!({
                "choice": "with-list", "results": [{ "result": 0, "return": { "data": ["unsigned", 5] } }]
            }),
        );
    }

    #[test]
    fn an_apdu_behind_the_header_of_tcp_is_found_with_it() {
        let octets = from_hex("0001 0010 0001 0005 6203800100").expect("octets");
        let Reading::Found(found) = read("push_raw", None, &octets) else { panic!("it is read") };
        assert_eq!(found["wrapper"]["source_wport"], 16);
        assert_eq!(found["apdu_tag"], "rlrq");
        assert_eq!(found["apdu"]["apdu"], "rlrq");
        let Reading::Found(found) = read("push_raw", None, &octets[8..]) else {
            panic!("it is read")
        };
        assert_eq!(found["encapsulation"], "apdu");
        assert!(matches!(read("encrypted", None, &octets[8..]), Reading::NotBuilt(_)));
    }
}
