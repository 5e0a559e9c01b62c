//! READ and WRITE by short names.

use dlms::apdu::{DataAccessResult, ReadResult, ShortNameBlock, VariableAccess, WriteResult};
use serde_json::{Value, json};

use super::parts::{access_result, octets, typed};

pub(super) fn variable(variable: &VariableAccess) -> Value {
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

pub(super) fn read_result(result: &ReadResult) -> Value {
    match result {
        ReadResult::Data(value) => json!({ "data": typed(value) }),
        ReadResult::Error(error) => json!({ "data_access_result": access_result(*error) }),
        ReadResult::DataBlock(block) => short_name_block(block),
        ReadResult::BlockNumber(block) => json!({ "block_number": block }),
    }
}

pub(super) fn write_result(result: &WriteResult) -> Value {
    match result {
        WriteResult::Success => {
            json!({ "data_access_result": access_result(DataAccessResult::SUCCESS) })
        }
        WriteResult::Error(error) => json!({ "data_access_result": access_result(*error) }),
        WriteResult::BlockNumber(block) => json!({ "block_number": block }),
    }
}
