//! What our decoders find, in the words of the corpus.
//!
//! Every field of every APDU that is built is named here, also those that no entry of the corpus has: an entry that
//! asserts a field which is not there must not pass. What an APDU leaves out is null.

use cosem::{
    Data, DateTime, Encoded, TypedPairs,
    bytes::{Reader, hex},
};
use dlms::{
    apdu::{
        Aare, Aarq, AccessResult, AccessSpecification, ActionRequest, ActionResponse,
        ActionResponseItem, ActionResult, Apdu, AttributeDescriptor, AttributeReference,
        AuthenticationValue, Conformance, ConformanceTag, DataAccessResult, DataBlock,
        DataNotification, DatablockResult, DiagnosticSource, EventTime, GeneralBlockTransfer,
        GetDataResult, GetRequest, GetResponse, InitiateRequest, InitiateResponse, InvokeId,
        LongInvokeId, MethodDescriptor, NotificationTime, ObjectIdentifier, Priority,
        ProtectedContent, ReadResult, Rlre, Rlrq, Selection, ServiceClass, SetRequest, SetResponse,
        ShortNameBlock, TagRow, VariableAccess, WriteResult,
    },
    link::wrapper::{HEADER_LENGTH, Header},
};
use serde_json::{Map, Value, json};

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

fn data_notification(push: &DataNotification) -> Value {
    let mut fields = json!({
        "long_invoke_id_and_priority": long_invoke(push.invoke),
        "date_time": push.date_time.date_time().map(time::fields),
        "body": typed(&push.body),
    });
    if let NotificationTime::Tagged(_) = push.date_time {
        fields["date_time_encoding"] = "extra octet-string tag 09 before the length".into();
    }
    fields
}

fn event_time(time: Option<EventTime>) -> Option<Value> {
    time.map(|time| time::fields(time.time))
}

fn long_invoke(invoke: LongInvokeId) -> String {
    format!("{:08x}", invoke.0)
}

fn protected(content: &ProtectedContent) -> Value {
    let control = content.security_control;
    json!({
        "security_control": octets(&[control.0]),
        "suite": control.suite(),
        "authenticated": control.is_authenticated(),
        "encrypted": control.is_encrypted(),
        "invocation_counter": content.invocation_counter,
        "payload": octets(&content.payload),
    })
}

fn general_block(transfer: &GeneralBlockTransfer) -> Value {
    json!({
        "last": transfer.control.is_last(),
        "streaming": transfer.control.is_streaming(),
        "window": transfer.control.window(),
        "block": transfer.block,
        "ack": transfer.acknowledged,
        "data": octets(&transfer.data),
    })
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

fn each<T>(elements: &[T], element: impl Fn(&T) -> Value) -> Vec<Value> {
    elements.iter().map(element).collect()
}

fn variable(variable: &VariableAccess) -> Value {
    match variable {
        VariableAccess::Name(name) => json!({ "variable_name": name }),
        VariableAccess::Parameterized { name, selector, parameter } => json!({
            "variable_name": name, "selector": selector, "parameter": typed(parameter),
        }),
        VariableAccess::BlockNumber(block) => json!({ "block_number": block }),
        VariableAccess::ReadDataBlock(block) => short_name_block(block),
        VariableAccess::WriteDataBlock { last, block } => {
            json!({ "last_block": last, "block_number": block })
        }
    }
}

fn short_name_block(block: &ShortNameBlock) -> Value {
    json!({
        "last_block": block.last,
        "block_number": block.block,
        "raw_data": octets(&block.raw_data),
    })
}

fn read_result(result: &ReadResult) -> Value {
    match result {
        ReadResult::Data(value) => json!({ "data": typed(value) }),
        ReadResult::Error(error) => json!({ "data_access_result": access_result(*error) }),
        ReadResult::DataBlock(block) => short_name_block(block),
        ReadResult::BlockNumber(block) => json!({ "block_number": block }),
    }
}

fn write_result(result: &WriteResult) -> Value {
    match result {
        WriteResult::Success => {
            json!({ "data_access_result": access_result(DataAccessResult::SUCCESS) })
        }
        WriteResult::Error(error) => json!({ "data_access_result": access_result(*error) }),
        WriteResult::BlockNumber(block) => json!({ "block_number": block }),
    }
}

fn specification(specification: &AccessSpecification) -> Value {
    let (choice, target, part) = match specification {
        AccessSpecification::Get(target) => ("get", attribute_fields(*target), None),
        AccessSpecification::Set(target) => ("set", attribute_fields(*target), None),
        AccessSpecification::Action(target) => ("action", method(target), None),
        AccessSpecification::GetWithSelection(target, part) => {
            ("get-with-selection", attribute_fields(*target), Some(part))
        }
        AccessSpecification::SetWithSelection(target, part) => {
            ("set-with-selection", attribute_fields(*target), Some(part))
        }
    };
    json!({ "choice": choice, "target": target, "access_selection": selection(part) })
}

fn access_response(result: &AccessResult) -> Value {
    match result {
        AccessResult::Get(result) => json!({ "get": access_result(*result) }),
        AccessResult::Set(result) => json!({ "set": access_result(*result) }),
        AccessResult::Action(result) => json!({ "action": named(result.0, result.name()) }),
    }
}

fn initiate_request(request: &InitiateRequest) -> Value {
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

fn initiate_response(response: &InitiateResponse) -> Value {
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

fn aarq(request: &Aarq) -> Value {
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

fn aare(response: &Aare) -> Value {
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
fn information_octets(information: Option<&Vec<u8>>) -> Option<String> {
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

fn get_request(request: &GetRequest) -> Value {
    match request {
        GetRequest::Normal { target, .. } => json!({
            "choice": "normal",
            "invoke": invoke(request.invoke()),
            "attribute": attribute(target),
            "access_selection": selection(target.selection.as_ref()),
        }),
        GetRequest::Next { block, .. } => json!({
            "choice": "next",
            "invoke": invoke(request.invoke()),
            "block_number": block,
        }),
        GetRequest::WithList { targets, .. } => json!({
            "choice": "with-list",
            "invoke": invoke(request.invoke()),
            "list": attributes(targets),
        }),
    }
}

fn get_response(response: &GetResponse) -> Value {
    let invoke = invoke(response.invoke());
    match response {
        GetResponse::Normal { result, .. } => json!({
            "choice": "normal",
            "invoke": invoke,
            "result": data_result(result),
        }),
        GetResponse::WithDatablock { last, block, result, .. } => {
            let (raw_data, error) = match result {
                DatablockResult::RawData(slice) => (Some(octets(slice)), None),
                DatablockResult::Error(error) => (None, Some(access_result(*error))),
            };
            json!({
                "choice": "with-datablock",
                "invoke": invoke,
                "last_block": last,
                "block_number": block,
                "raw_data": raw_data,
                "data_access_result": error,
            })
        }
        GetResponse::WithList { results, .. } => json!({
            "choice": "with-list",
            "invoke": invoke,
            "results": results.iter().map(data_result).collect::<Vec<_>>(),
        }),
    }
}

fn set_request(request: &SetRequest) -> Value {
    let (choice, more) = match request {
        SetRequest::Normal { target, value, .. } => {
            ("normal", with(json!({ "value": typed(value) }), one_attribute(target)))
        }
        SetRequest::WithFirstDatablock { target, datablock, .. } => {
            ("with-first-datablock", with(block(datablock), one_attribute(target)))
        }
        SetRequest::WithDatablock { datablock, .. } => ("with-datablock", block(datablock)),
        SetRequest::WithList { targets, values, .. } => (
            "with-list",
            json!({
                "list": attributes(targets),
                "values": values.iter().map(typed).collect::<Vec<_>>(),
            }),
        ),
        SetRequest::WithListAndFirstDatablock { targets, datablock, .. } => (
            "with-list-and-first-datablock",
            with(block(datablock), json!({ "list": attributes(targets) })),
        ),
    };
    chosen(choice, request.invoke(), more)
}

fn set_response(response: &SetResponse) -> Value {
    let all = |results: &[DataAccessResult]| -> Vec<Value> {
        results.iter().copied().map(access_result).collect()
    };
    let (choice, more) = match response {
        SetResponse::Normal { result, .. } => {
            ("normal", json!({ "result": access_result(*result) }))
        }
        SetResponse::Datablock { block, .. } => ("datablock", json!({ "block_number": block })),
        SetResponse::LastDatablock { result, block, .. } => {
            ("last-datablock", json!({ "result": access_result(*result), "block_number": block }))
        }
        SetResponse::LastDatablockWithList { results, block, .. } => {
            ("last-datablock-with-list", json!({ "results": all(results), "block_number": block }))
        }
        SetResponse::WithList { results, .. } => ("with-list", json!({ "results": all(results) })),
    };
    chosen(choice, response.invoke(), more)
}

fn action_request(request: &ActionRequest) -> Value {
    let methods =
        |targets: &[MethodDescriptor]| -> Vec<Value> { targets.iter().map(method).collect() };
    let (choice, more) = match request {
        ActionRequest::Normal { target, parameters, .. } => (
            "normal",
            json!({ "method": method(target), "parameters": parameters.as_ref().map(typed) }),
        ),
        ActionRequest::NextPblock { block, .. } => {
            ("next-pblock", json!({ "block_number": block }))
        }
        ActionRequest::WithList { targets, parameters, .. } => (
            "with-list",
            json!({
                "list": methods(targets),
                "parameters": parameters.iter().map(typed).collect::<Vec<_>>(),
            }),
        ),
        ActionRequest::WithFirstPblock { target, pblock, .. } => {
            ("with-first-pblock", with(block(pblock), json!({ "method": method(target) })))
        }
        ActionRequest::WithListAndFirstPblock { targets, pblock, .. } => {
            ("with-list-and-first-pblock", with(block(pblock), json!({ "list": methods(targets) })))
        }
        ActionRequest::WithPblock { pblock, .. } => ("with-pblock", block(pblock)),
    };
    chosen(choice, request.invoke(), more)
}

fn action_response(response: &ActionResponse) -> Value {
    let (choice, more) = match response {
        ActionResponse::Normal { result, return_parameters, .. } => {
            ("normal", action_result(*result, return_parameters.as_ref()))
        }
        ActionResponse::WithPblock { pblock, .. } => ("with-pblock", block(pblock)),
        ActionResponse::WithList { results, .. } => {
            let each = |item: &ActionResponseItem| {
                action_result(item.result, item.return_parameters.as_ref())
            };
            ("with-list", json!({ "results": results.iter().map(each).collect::<Vec<_>>() }))
        }
        ActionResponse::NextPblock { block, .. } => {
            ("next-pblock", json!({ "block_number": block }))
        }
    };
    chosen(choice, response.invoke(), more)
}

fn chosen(choice: &str, invoke: InvokeId, more: Value) -> Value {
    with(json!({ "choice": choice, "invoke": self::invoke(invoke) }), more)
}

fn invoke(invoke: InvokeId) -> Value {
    json!({
        "hex": format!("{:02x}", invoke.0),
        "invoke_id": invoke.id(),
        "confirmed": invoke.service_class() == ServiceClass::Confirmed,
        "high_priority": invoke.priority() == Priority::High,
    })
}

fn attribute(target: &AttributeReference) -> Value {
    attribute_fields(target.attribute)
}

fn attribute_fields(attribute: AttributeDescriptor) -> Value {
    json!({
        "class": attribute.class,
        "obis": attribute.instance.dotted().to_string(),
        "id": attribute.attribute,
    })
}

fn one_attribute(target: &AttributeReference) -> Value {
    json!({
        "attribute": attribute(target),
        "access_selection": selection(target.selection.as_ref()),
    })
}

fn attributes(targets: &[AttributeReference]) -> Vec<Value> {
    let each = |target: &AttributeReference| {
        let selection = selection(target.selection.as_ref());
        with(attribute(target), json!({ "access_selection": selection }))
    };
    targets.iter().map(each).collect()
}

fn method(target: &MethodDescriptor) -> Value {
    json!({
        "class": target.class,
        "obis": target.instance.dotted().to_string(),
        "id": target.method,
    })
}

fn selection(selection: Option<&Selection>) -> Option<Value> {
    let Selection { selector, parameters } = selection?;
    Some(json!({ "selector": selector, "parameters": typed(parameters) }))
}

fn block(block: &DataBlock) -> Value {
    json!({
        "last_block": block.last,
        "block_number": block.block,
        "raw_data": octets(&block.raw_data),
    })
}

fn data_result(result: &GetDataResult) -> Value {
    match result {
        GetDataResult::Data(value) => json!({ "data": typed(value) }),
        GetDataResult::Error(error) => json!({ "data_access_result": access_result(*error) }),
    }
}

fn access_result(result: DataAccessResult) -> Value {
    named(result.0, result.name())
}

fn action_result(result: ActionResult, returned: Option<&GetDataResult>) -> Value {
    json!({ "result": named(result.0, result.name()), "return": returned.map(data_result) })
}

/// A value as pairs of type and value, by the writer of `cosem`.
fn typed(value: &Encoded) -> Value {
    typed_pairs(&value.to_data())
}

fn typed_pairs(data: &Data) -> Value {
    let text = TypedPairs(data).to_string();
    // It cannot be but JSON; were it not, the text differs from everything that is expected.
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn octets(octets: &[u8]) -> String {
    hex(octets)
}

fn optional(field: Option<&Vec<u8>>) -> Option<String> {
    field.map(|field| octets(field))
}

/// The keys of both.
fn with(one: Value, other: Value) -> Value {
    let mut all = object(one);
    all.extend(object(other));
    Value::Object(all)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
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
