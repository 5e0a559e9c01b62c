//! ACTION.

use dlms::apdu::{
    ActionRequest, ActionResponse, ActionResponseItem, ActionResult, GetDataResult,
    MethodDescriptor,
};
use serde_json::{Value, json};

use super::parts::{block, chosen, data_result, method, typed, with};
use crate::telegrams::compare::named;

pub(super) fn action_request(request: &ActionRequest) -> Value {
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

pub(super) fn action_response(response: &ActionResponse) -> Value {
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

fn action_result(result: ActionResult, returned: Option<&GetDataResult>) -> Value {
    json!({ "result": named(result.0, result.name()), "return": returned.map(data_result) })
}
