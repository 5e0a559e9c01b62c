//! ACCESS.

use dlms::apdu::{AccessResult, AccessSpecification};
use serde_json::{Value, json};

use super::parts::{access_result, attribute_fields, method, selection};
use crate::telegrams::compare::named;

pub(super) fn specification(specification: &AccessSpecification) -> Value {
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

pub(super) fn access_response(result: &AccessResult) -> Value {
    match result {
        AccessResult::Get(result) => json!({ "get": access_result(*result) }),
        AccessResult::Set(result) => json!({ "set": access_result(*result) }),
        AccessResult::Action(result) => json!({ "action": named(result.0, result.name()) }),
    }
}
