//! APDUs made from octets, so that the values inside them are reached.

use cosem::{DateTime, Encoded, Obis};
use dlms::apdu::{
    AccessRequest, AccessSpecification, ActionRequest, ActionResponse, ActionResponseItem,
    ActionResult, Apdu, AttributeDescriptor, AttributeReference, DataAccessResult,
    DataNotification, DatablockResult, EventNotificationRequest, EventTime, EventTimeForm,
    GetDataResult, GetRequest, GetResponse, InvokeId, LongInvokeId, MethodDescriptor,
    NotificationTime, ReadResponse, ReadResult, Selection, SetRequest, SetResponse, VariableAccess,
    WriteRequest,
};

use crate::entropy::{Entropy, any_data};

/// Any APDU of the kinds that carry values.
pub(crate) fn any_apdu(entropy: &mut Entropy<'_>) -> Apdu {
    let kind = entropy.below(18);
    let invoke = InvokeId(entropy.octet());
    match kind {
        0 => GetRequest::Normal { invoke, target: reference(entropy) }.into(),
        1 => GetRequest::WithList { invoke, targets: list(entropy, reference) }.into(),
        2 => GetResponse::Normal { invoke, result: result(entropy) }.into(),
        3 => GetResponse::WithList { invoke, results: list(entropy, result) }.into(),
        4 => {
            let (last, block) = (entropy.octet() & 1 == 1, number(entropy));
            let result = DatablockResult::RawData(entropy.slice(200).to_vec());
            GetResponse::WithDatablock { invoke, last, block, result }.into()
        }
        5 => {
            SetRequest::Normal { invoke, target: reference(entropy), value: value(entropy) }.into()
        }
        6 => {
            let targets = list(entropy, reference);
            SetRequest::WithList { invoke, targets, values: list(entropy, value) }.into()
        }
        7 => {
            let results = list(entropy, |entropy| DataAccessResult(entropy.octet()));
            SetResponse::WithList { invoke, results }.into()
        }
        8 => {
            let parameters = (entropy.octet() & 1 == 1).then(|| value(entropy));
            ActionRequest::Normal { invoke, target: method(entropy), parameters }.into()
        }
        9 => {
            let targets = list(entropy, method);
            ActionRequest::WithList { invoke, targets, parameters: list(entropy, value) }.into()
        }
        10 => {
            let ActionResponseItem { result, return_parameters } = item(entropy);
            ActionResponse::Normal { invoke, result, return_parameters }.into()
        }
        11 => ActionResponse::WithList { invoke, results: list(entropy, item) }.into(),
        13..18 => unasked_or_short_names(kind, entropy),
        _ => GetRequest::Next { invoke, block: number(entropy) }.into(),
    }
}

/// The numbers from 13 to 17.
fn unasked_or_short_names(kind: usize, entropy: &mut Entropy<'_>) -> Apdu {
    match kind {
        13 => {
            let (invoke, body) = (LongInvokeId(number(entropy)), value(entropy));
            let date_time = match entropy.octet() % 3 {
                0 => NotificationTime::Absent,
                1 => NotificationTime::Plain(DateTime(entropy.array())),
                _ => NotificationTime::Tagged(DateTime(entropy.array())),
            };
            DataNotification { invoke, date_time, body }.into()
        }
        14 => {
            let form = match entropy.octet() % 3 {
                0 => EventTimeForm::Standard,
                1 => EventTimeForm::Tagged,
                _ => EventTimeForm::Bare,
            };
            let time = Some(EventTime { form, time: DateTime(entropy.array()) });
            let attribute = reference(entropy).attribute;
            EventNotificationRequest { time, attribute, value: value(entropy) }.into()
        }
        15 => {
            let invoke = LongInvokeId(number(entropy));
            let specifications = list(entropy, |entropy| {
                let AttributeReference { attribute, selection } = reference(entropy);
                match selection {
                    Some(part) => AccessSpecification::SetWithSelection(attribute, part),
                    None => AccessSpecification::Action(method(entropy)),
                }
            });
            let data = list(entropy, value);
            AccessRequest { invoke, date_time: None, specifications, data }.into()
        }
        16 => {
            let results = list(entropy, |entropy| match result(entropy) {
                GetDataResult::Data(value) => ReadResult::Data(value),
                GetDataResult::Error(error) => ReadResult::Error(error),
            });
            ReadResponse { results }.into()
        }
        _ => {
            let variables = list(entropy, |entropy| {
                let [high, low, selector] = entropy.array();
                let name = u16::from_be_bytes([high, low]);
                VariableAccess::Parameterized { name, selector, parameter: value(entropy) }
            });
            WriteRequest { variables, values: list(entropy, value) }.into()
        }
    }
}

fn list<T>(entropy: &mut Entropy<'_>, mut element: impl FnMut(&mut Entropy<'_>) -> T) -> Vec<T> {
    (0..entropy.below(6)).map(|_| element(entropy)).collect()
}

fn value(entropy: &mut Entropy<'_>) -> Encoded {
    any_data(entropy, 4).to_encoded()
}

fn number(entropy: &mut Entropy<'_>) -> u32 {
    u32::from_be_bytes(entropy.array())
}

fn reference(entropy: &mut Entropy<'_>) -> AttributeReference {
    let [high, low, attribute, selector] = entropy.array();
    let attribute = AttributeDescriptor {
        class: u16::from_be_bytes([high, low]),
        instance: Obis(entropy.array()),
        attribute: attribute.cast_signed(),
    };
    let selection = (selector & 1 == 1)
        .then(|| Selection { selector: selector >> 1, parameters: value(entropy) });
    AttributeReference { attribute, selection }
}

fn method(entropy: &mut Entropy<'_>) -> MethodDescriptor {
    let [high, low, method] = entropy.array();
    let class = u16::from_be_bytes([high, low]);
    MethodDescriptor { class, instance: Obis(entropy.array()), method: method.cast_signed() }
}

fn result(entropy: &mut Entropy<'_>) -> GetDataResult {
    match entropy.octet() {
        0..=0x1f => GetDataResult::Error(DataAccessResult(entropy.octet())),
        _ => GetDataResult::Data(value(entropy)),
    }
}

fn item(entropy: &mut Entropy<'_>) -> ActionResponseItem {
    let result = ActionResult(entropy.octet());
    let return_parameters = (entropy.octet() & 1 == 1).then(|| self::result(entropy));
    ActionResponseItem { result, return_parameters }
}
