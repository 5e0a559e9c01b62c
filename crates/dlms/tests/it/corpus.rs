//! The telegrams of `../shared/telegrams/apdu.jsonl`: octets that nobody on the project wrote.
//!
//! Each key of an entry's `expect` is compared with what our decode gives, but `source_asserts` and
//! `source_values`, which repeat it in the source's words.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use cosem::bytes::{Reader, hex};
use cosem::{DateTime, Encoded, TypedPairs};
use dlms::apdu::{
    Aare, Aarq, ActionRequest, ActionResponse, Apdu, AttributeReference, Conformance,
    ConformanceTag, DatablockResult, GetDataResult, GetRequest, GetResponse, InitiateRequest,
    InitiateResponse, InvokeId, NotificationTime, Priority, ProtectedContent, ServiceClass,
    SetRequest, SetResponse,
};

use crate::octets::{every_truncation_is_refused, octets};

/// Entries whose octets are not what we would send: a count longer than needed.
const NOT_MINIMAL: &[&str] = &["data-object-list-kamstrup"];

/// The entries of a family; none, and a word about it, where the corpus is absent.
pub(crate) fn entries(family: &str) -> Vec<Value> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/telegrams");
    let path = corpus.join(family);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: there is no {}", path.display());
        return Vec::new();
    };
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn octets_of(entry: &Value) -> Vec<u8> {
    octets(entry["hex"].as_str().unwrap())
}

#[test]
fn every_apdu_of_the_corpus_decodes_as_expected_and_comes_back() {
    let (mut same, mut not_built) = (0, 0);
    for entry in entries("apdu.jsonl") {
        let octets = octets_of(&entry);
        if entry["valid"] != true || entry["expect"].get("apdu").is_none() {
            continue;
        }
        let apdu = match Apdu::decode(&octets) {
            Err(error) if error.to_string().ends_with("is not built yet") => {
                println!("{}: {error}", entry["id"]);
                not_built += 1;
                continue;
            }
            decoded => decoded.unwrap_or_else(|error| panic!("{}: {error}", entry["id"])),
        };
        compare(&entry["id"], &entry["expect"], &described(&apdu));
        assert_eq!(apdu.encode(), octets, "{}", entry["id"]);
        every_truncation_is_refused(&octets);
        same += 1;
    }
    println!("{same} APDUs the same, {not_built} not built yet");
}

#[test]
fn every_value_of_the_corpus_decodes_as_expected_and_comes_back() {
    for entry in entries("apdu.jsonl") {
        let octets = octets_of(&entry);
        match entry["expect"]["kind"].as_str() {
            Some("data") => {
                let value = Encoded::try_from(octets.clone()).unwrap();
                let body = json!({ "kind": "data", "body": pairs(&value) });
                compare(&entry["id"], &entry["expect"], &body);
                let again = value.to_data().to_encoded().into_octets();
                let is_minimal = !NOT_MINIMAL.iter().any(|id| entry["id"] == *id);
                assert_eq!(again == octets, is_minimal, "{}", entry["id"]);
                for end in 0..octets.len() {
                    assert!(Encoded::try_from(octets[..end].to_vec()).is_err());
                }
            }
            Some("date-time") => {
                let time = DateTime(*Reader::new(&octets).array("date-time").unwrap());
                let expect = &entry["expect"]["date_time"];
                let civil = time.civil().unwrap();
                let (year, month, day) = (civil.year, civil.month, civil.day);
                let (hour, minute, second) = (civil.hour, civil.minute, civil.second);
                let local =
                    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
                let found = json!({
                    "hex": hex(&time.0),
                    "local": local,
                    "hundredths": time.time().hundredths(),
                    "day_of_week": time.date().weekday(),
                    "deviation_min": time.deviation(),
                    "clock_status": time.status().0,
                });
                compare(&entry["id"], expect, &found);
            }
            _ => {}
        }
    }
}

/// The APDU inside each entry of a family, and what is expected of it.
fn inside(family: &str) -> impl Iterator<Item = (Value, Value, Vec<u8>)> {
    entries(family).into_iter().filter_map(|entry| {
        let apdu = octets(entry["expect"]["apdu_hex"].as_str()?);
        (entry["valid"] == true).then(|| (entry["id"].clone(), entry["expect"].clone(), apdu))
    })
}

#[test]
fn every_push_of_the_corpus_decodes_as_expected_and_comes_back() {
    let (mut tagged, mut long) = (0, 0);
    for (id, expect, octets) in ["push_raw.jsonl", "push_hdlc.jsonl"].into_iter().flat_map(inside) {
        let apdu = Apdu::decode(&octets).unwrap_or_else(|error| panic!("{id}: {error}"));
        let mut expected = json!({
            "apdu": expect["apdu_tag"],
            "long_invoke_id_and_priority": expect["long_invoke_id_and_priority"],
            "body": expect["body"],
        });
        if let Some(time) = expect.get("date_time") {
            expected["date_time"] = time.get("hex").unwrap_or(&Value::Null).clone();
        }
        compare(&id, &expected, &described(&apdu));
        let Apdu::DataNotification(push) = &apdu else { unreachable!() };
        let is_tagged = matches!(push.date_time, NotificationTime::Tagged(_));
        assert_eq!(is_tagged, expect.get("date_time_encoding").is_some(), "{id}");
        tagged += usize::from(is_tagged);
        // A few count with more octets than needed.
        if apdu.encode() == octets {
            every_truncation_is_refused(&octets);
        } else {
            long += 1;
        }
    }
    println!("{tagged} times have a tag, {long} pushes have long counts");
    assert!(long <= 2, "{long}");
}

#[test]
fn every_envelope_of_the_corpus_decodes_as_expected_and_comes_back() {
    let mut envelopes = 0;
    for (id, expect, octets) in ["encrypted.jsonl", "security.jsonl"].into_iter().flat_map(inside) {
        let Some(ciphering) = expect.get("ciphering").filter(|ciphering| ciphering.is_object())
        else {
            continue;
        };
        let apdu = match Apdu::decode(&octets) {
            Ok(apdu @ (Apdu::GeneralGloCiphering(_) | Apdu::ServiceCiphering(_))) => apdu,
            // The envelope is its user-information.
            Ok(_) => continue,
            Err(error) => panic!("{id}: {error}"),
        };
        let found = described(&apdu);
        for key in ["security_control", "suite", "authenticated", "encrypted", "invocation_counter"]
        {
            if let Some(expected) = ciphering.get(key) {
                assert_eq!(&found[key], expected, "{id}: {key}");
            }
        }
        if let (Some(title), Some(expected)) =
            (found.get("system_title"), ciphering.get("system_title"))
        {
            assert_eq!(title, expected, "{id}");
        }
        envelopes += 1;
    }
    println!("{envelopes} envelopes as expected");
}

#[test]
fn what_the_corpus_calls_invalid_is_refused() {
    for entry in entries("apdu.jsonl").iter().filter(|entry| entry["valid"] == false) {
        let error = Apdu::decode(&octets_of(entry)).unwrap_err();
        println!("{}: {error}", entry["id"]);
    }
}

#[test]
fn no_octet_of_the_corpus_can_be_changed_so_that_it_panics() {
    for entry in entries("apdu.jsonl") {
        let mut octets = octets_of(&entry);
        for at in 0..octets.len().min(200) {
            let kept = octets[at];
            for wrong in [0x00, 0x01, 0x7f, 0x80, 0x84, 0xff, kept ^ 0x01, kept.wrapping_add(1)] {
                octets[at] = wrong;
                if let Ok(apdu) = Apdu::decode(&octets) {
                    assert_eq!(Apdu::decode(&apdu.encode()), Ok(apdu));
                }
                let _ = dlms::explain::explain(&octets).to_string();
            }
            octets[at] = kept;
        }
    }
}

fn compare(id: &Value, expect: &Value, found: &Value) {
    for (key, value) in expect.as_object().unwrap() {
        if key.starts_with("source_") || key == "info_len" {
            continue;
        }
        assert_eq!(found.get(key), Some(value), "{id}: {key}");
    }
}

/// An APDU in the words of the corpus.
fn described(apdu: &Apdu) -> Value {
    let mut found = match apdu {
        Apdu::InitiateRequest(apdu) => initiate_request(apdu),
        Apdu::InitiateResponse(apdu) => initiate_response(apdu),
        Apdu::Aarq(apdu) => aarq(apdu),
        Apdu::Aare(apdu) => aare(apdu),
        Apdu::Rlrq(apdu) => json!({ "reason": apdu.reason.map(|reason| reason.0) }),
        Apdu::Rlre(apdu) => {
            let mut found = json!({ "reason": apdu.reason.map(|reason| reason.0) });
            user_information(&mut found, apdu.user_information.as_deref(), apdu.information());
            found
        }
        Apdu::GetRequest(apdu) => get_request(apdu),
        Apdu::GetResponse(apdu) => get_response(apdu),
        Apdu::SetRequest(SetRequest::Normal { invoke: id, target, value }) => {
            let mut found = json!({ "choice": "normal", "invoke": invoke(*id) });
            reference(found.as_object_mut().unwrap(), target);
            found["value"] = pairs(value);
            found
        }
        Apdu::SetResponse(SetResponse::Normal { invoke: id, result }) => {
            json!({ "choice": "normal", "invoke": invoke(*id), "result": result.0 })
        }
        Apdu::ActionRequest(ActionRequest::Normal { invoke: id, target, parameters }) => json!({
            "choice": "normal",
            "invoke": invoke(*id),
            "method": {
                "class": target.class,
                "obis": target.instance.dotted().to_string(),
                "id": target.method,
            },
            "parameters": parameters.as_ref().map(pairs),
        }),
        Apdu::ActionResponse(ActionResponse::Normal { invoke: id, result, return_parameters }) => {
            json!({
                "choice": "normal",
                "invoke": invoke(*id),
                "result": result.0,
                "return": return_parameters.as_ref().map(data_result),
            })
        }
        Apdu::DataNotification(apdu) => json!({
            "long_invoke_id_and_priority": format!("{:08x}", apdu.invoke.0),
            "date_time": apdu.date_time.date_time().map(|time| hex(&time.0)),
            "body": pairs(&apdu.body),
        }),
        Apdu::GeneralGloCiphering(apdu) => {
            let mut found = envelope(&apdu.content);
            found["system_title"] = json!(hex(&apdu.system_title));
            found
        }
        Apdu::ServiceCiphering(apdu) => envelope(&apdu.content),
        other => panic!("the corpus has no {}", other.name()),
    };
    found["apdu"] = json!(apdu.name());
    found
}

fn envelope(content: &ProtectedContent) -> Value {
    json!({
        "security_control": format!("{:02x}", content.security_control.0),
        "suite": content.security_control.suite(),
        "authenticated": content.security_control.is_authenticated(),
        "encrypted": content.security_control.is_encrypted(),
        "invocation_counter": content.invocation_counter,
        "payload": hex(&content.payload),
    })
}

fn initiate_request(apdu: &InitiateRequest) -> Value {
    let mut found = json!({
        "dedicated_key": apdu.dedicated_key.as_ref().map(|key| hex(key.0.expose())),
        "response_allowed": apdu.response_allowed,
        "proposed_quality_of_service": apdu.quality_of_service,
        "proposed_dlms_version": apdu.dlms_version,
        "proposed_conformance": conformance(apdu.conformance),
        "client_max_receive_pdu_size": apdu.client_max_receive_pdu_size,
    });
    if apdu.conformance_tag == ConformanceTag::Old {
        found["conformance_tag"] = json!("5f (without the 1f octet)");
    }
    found
}

fn initiate_response(apdu: &InitiateResponse) -> Value {
    json!({
        "negotiated_quality_of_service": apdu.quality_of_service,
        "negotiated_dlms_version": apdu.dlms_version,
        "negotiated_conformance": conformance(apdu.conformance),
        "server_max_receive_pdu_size": apdu.server_max_receive_pdu_size,
        "vaa_name": apdu.vaa_name,
    })
}

fn conformance(bits: Conformance) -> Value {
    let names: Vec<_> = bits.names().collect();
    json!({ "hex": format!("{:06x}", bits.0), "bits": names })
}

fn aarq(apdu: &Aarq) -> Value {
    let value = apdu.calling_authentication_value.as_ref();
    let mut found = json!({
        "protocol_version": apdu.protocol_version.as_deref().map(hex),
        "application_context_name": apdu.application_context_name.to_string(),
        "sender_acse_requirements": apdu.sender_acse_requirements.as_deref().map(hex),
        "mechanism_name": apdu.mechanism_name.as_ref().map(ToString::to_string),
        "calling_authentication_value": value.map(|value| hex(value.value.expose())),
    });
    user_information(&mut found, apdu.user_information.as_deref(), apdu.information());
    found
}

fn aare(apdu: &Aare) -> Value {
    let value = apdu.responding_authentication_value.as_ref();
    let mut found = json!({
        "application_context_name": apdu.application_context_name.to_string(),
        "result": apdu.result.0,
        "result_source_diagnostic": {
            "source": apdu.diagnostic.source.name(),
            "value": apdu.diagnostic.value,
        },
        "responder_acse_requirements": apdu.responder_acse_requirements.as_deref().map(hex),
        "mechanism_name": apdu.mechanism_name.as_ref().map(ToString::to_string),
        "responding_authentication_value": value.map(|value| hex(value.value.expose())),
    });
    user_information(&mut found, apdu.user_information.as_deref(), apdu.information());
    found
}

/// The corpus keeps tag and length of the octet string.
fn user_information(
    found: &mut Value,
    octets: Option<&[u8]>,
    apdu: Result<Option<Apdu>, cosem::bytes::DecodeError>,
) {
    let with_head = octets.map(|octets| format!("04{:02x}{}", octets.len(), hex(octets)));
    found["user_information_hex"] = json!(with_head);
    found["user_information"] = json!(apdu.unwrap().as_ref().map(described));
}

fn invoke(id: InvokeId) -> Value {
    json!({
        "hex": format!("{:02x}", id.0),
        "invoke_id": id.id(),
        "confirmed": id.service_class() == ServiceClass::Confirmed,
        "high_priority": id.priority() == Priority::High,
    })
}

fn get_request(apdu: &GetRequest) -> Value {
    let mut found = match apdu {
        GetRequest::Normal { target, .. } => {
            let mut found = json!({ "choice": "normal" });
            reference(found.as_object_mut().unwrap(), target);
            found
        }
        GetRequest::Next { block, .. } => json!({ "choice": "next", "block_number": block }),
        GetRequest::WithList { targets, .. } => {
            let list = targets.iter().map(|target| {
                let mut parts = Map::new();
                reference(&mut parts, target);
                let mut item = parts["attribute"].clone();
                item["access_selection"] = parts["access_selection"].clone();
                item
            });
            json!({ "choice": "with-list", "list": list.collect::<Vec<_>>() })
        }
    };
    found["invoke"] = invoke(apdu.invoke());
    found
}

fn reference(found: &mut Map<String, Value>, target: &AttributeReference) {
    let attribute = json!({
        "class": target.attribute.class,
        "obis": target.attribute.instance.dotted().to_string(),
        "id": target.attribute.attribute,
    });
    let selection = target.selection.as_ref().map(
        |selection| json!({ "selector": selection.selector, "parameters": pairs(&selection.parameters) }),
    );
    found.insert(String::from("attribute"), attribute);
    found.insert(String::from("access_selection"), json!(selection));
}

fn get_response(apdu: &GetResponse) -> Value {
    let mut found = match apdu {
        GetResponse::Normal { result, .. } => {
            json!({ "choice": "normal", "result": data_result(result) })
        }
        GetResponse::WithDatablock { last, block, result, .. } => {
            let mut found = json!({
                "choice": "with-datablock",
                "last_block": last,
                "block_number": block,
            });
            match result {
                DatablockResult::RawData(octets) => found["raw_data"] = json!(hex(octets)),
                DatablockResult::Error(result) => found["data_access_result"] = json!(result.0),
            }
            found
        }
        GetResponse::WithList { results, .. } => {
            let results: Vec<_> = results.iter().map(data_result).collect();
            json!({ "choice": "with-list", "results": results })
        }
    };
    found["invoke"] = invoke(apdu.invoke());
    found
}

fn data_result(result: &GetDataResult) -> Value {
    match result {
        GetDataResult::Data(value) => json!({ "data": pairs(value) }),
        GetDataResult::Error(result) => json!({ "data_access_result": result.0 }),
    }
}

fn pairs(value: &Encoded) -> Value {
    serde_json::from_str(&TypedPairs(&value.to_data()).to_string()).unwrap()
}
