//! The parts that the APDUs of several families have.

use cosem::{Data, Encoded, TypedPairs, bytes::hex};
use dlms::apdu::{
    AttributeDescriptor, AttributeReference, DataAccessResult, DataBlock, GetDataResult, InvokeId,
    LongInvokeId, MethodDescriptor, Priority, Selection, ServiceClass,
};
use serde_json::{Map, Value, json};

use crate::telegrams::compare::named;

pub(super) fn long_invoke(invoke: LongInvokeId) -> String {
    format!("{:08x}", invoke.0)
}

pub(super) fn each<T>(elements: &[T], element: impl Fn(&T) -> Value) -> Vec<Value> {
    elements.iter().map(element).collect()
}

pub(super) fn chosen(choice: &str, invoke: InvokeId, more: Value) -> Value {
    with(json!({ "choice": choice, "invoke": self::invoke(invoke) }), more)
}

pub(super) fn invoke(invoke: InvokeId) -> Value {
    json!({
        "hex": format!("{:02x}", invoke.0),
        "invoke_id": invoke.id(),
        "confirmed": invoke.service_class() == ServiceClass::Confirmed,
        "high_priority": invoke.priority() == Priority::High,
    })
}

pub(super) fn attribute(target: &AttributeReference) -> Value {
    attribute_fields(target.attribute)
}

pub(super) fn attribute_fields(attribute: AttributeDescriptor) -> Value {
    json!({
        "class": attribute.class,
        "obis": attribute.instance.dotted().to_string(),
        "id": attribute.attribute,
    })
}

pub(super) fn attributes(targets: &[AttributeReference]) -> Vec<Value> {
    let each = |target: &AttributeReference| {
        let selection = selection(target.selection.as_ref());
        with(attribute(target), json!({ "access_selection": selection }))
    };
    targets.iter().map(each).collect()
}

pub(super) fn method(target: &MethodDescriptor) -> Value {
    json!({
        "class": target.class,
        "obis": target.instance.dotted().to_string(),
        "id": target.method,
    })
}

pub(super) fn selection(selection: Option<&Selection>) -> Option<Value> {
    let Selection { selector, parameters } = selection?;
    Some(json!({ "selector": selector, "parameters": typed(parameters) }))
}

pub(super) fn block(block: &DataBlock) -> Value {
    json!({
        "last_block": block.last,
        "block_number": block.block,
        "raw_data": octets(&block.raw_data),
    })
}

pub(super) fn data_result(result: &GetDataResult) -> Value {
    match result {
        GetDataResult::Data(value) => json!({ "data": typed(value) }),
        GetDataResult::Error(error) => json!({ "data_access_result": access_result(*error) }),
    }
}

pub(super) fn access_result(result: DataAccessResult) -> Value {
    named(result.0, result.name())
}

/// A value as pairs of type and value, by the writer of `cosem`.
pub(super) fn typed(value: &Encoded) -> Value {
    typed_pairs(&value.to_data())
}

fn typed_pairs(data: &Data) -> Value {
    let text = TypedPairs(data).to_string();
    // It cannot be but JSON; were it not, the text differs from everything that is expected.
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

pub(super) fn octets(octets: &[u8]) -> String {
    hex(octets)
}

pub(super) fn optional(field: Option<&Vec<u8>>) -> Option<String> {
    field.map(|field| octets(field))
}

/// The keys of both.
pub(super) fn with(one: Value, other: Value) -> Value {
    let mut all = object(one);
    all.extend(object(other));
    Value::Object(all)
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
