//! GET.

use dlms::apdu::{DatablockResult, GetRequest, GetResponse};
use serde_json::{Value, json};

use super::parts::{access_result, attribute, attributes, data_result, invoke, octets, selection};

pub(super) fn get_request(request: &GetRequest) -> Value {
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

pub(super) fn get_response(response: &GetResponse) -> Value {
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
