//! What holds other APDUs: ciphered ones and general block transfer.

use dlms::apdu::{GeneralBlockTransfer, ProtectedContent};
use serde_json::{Value, json};

use super::parts::octets;

pub(super) fn protected(content: &ProtectedContent) -> Value {
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

pub(super) fn general_block(transfer: &GeneralBlockTransfer) -> Value {
    json!({
        "last": transfer.control.is_last(),
        "streaming": transfer.control.is_streaming(),
        "window": transfer.control.window(),
        "block": transfer.block,
        "ack": transfer.acknowledged,
        "data": octets(&transfer.data),
    })
}
