//! SET.

use dlms::apdu::{AttributeReference, DataAccessResult, SetRequest, SetResponse};
use serde_json::{Value, json};

use super::parts::{access_result, attribute, attributes, block, chosen, selection, typed, with};

pub(super) fn set_request(request: &SetRequest) -> Value {
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

pub(super) fn set_response(response: &SetResponse) -> Value {
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

fn one_attribute(target: &AttributeReference) -> Value {
    json!({
        "attribute": attribute(target),
        "access_selection": selection(target.selection.as_ref()),
    })
}
