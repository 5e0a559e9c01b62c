//! What goes out: answers, whole or in blocks, and exceptions.

use alloc::vec::Vec;

use cosem::bytes::Writer;

use super::{AssociationId, Server, Transfer};
use crate::apdu::{
    ActionResponse, ActionResult, Apdu, Conformance, DataAccessResult, DatablockResult,
    ExceptionResponse, GetDataResult, GetResponse, InvokeId, ServiceError, StateError,
};
use crate::link::wrapper;

impl Server {
    pub(super) fn answer_get(
        &mut self,
        id: AssociationId,
        invoke: InvokeId,
        result: GetDataResult,
    ) {
        let limit = self.limit(id);
        let response = Apdu::GetResponse(GetResponse::Normal { invoke, result });
        let octets = response.encode();
        if octets.len() <= limit {
            return self.line.send(id, &octets);
        }
        let Apdu::GetResponse(GetResponse::Normal { result: GetDataResult::Data(data), .. }) =
            response
        else {
            return;
        };
        if !self.has_block_transfer(id) {
            let result = GetDataResult::Error(DataAccessResult::OTHER_REASON);
            return self.send(id, &Apdu::GetResponse(GetResponse::Normal { invoke, result }));
        }
        self.start_transfer(id, invoke, data.into_octets());
    }

    pub(super) fn answer_list(
        &mut self,
        id: AssociationId,
        invoke: InvokeId,
        results: Vec<GetDataResult>,
    ) {
        let limit = self.limit(id);
        let response = GetResponse::WithList { invoke, results };
        let octets = Apdu::GetResponse(response.clone()).encode();
        if octets.len() <= limit {
            return self.line.send(id, &octets);
        }
        let GetResponse::WithList { results, .. } = response else { return };
        if !self.has_block_transfer(id) {
            // A list is answered by a list; when not even the errors fit, the client asked for more
            // than it can take.
            let error = GetDataResult::Error(DataAccessResult::OTHER_REASON);
            let results = alloc::vec![error; results.len()];
            let octets = Apdu::GetResponse(GetResponse::WithList { invoke, results }).encode();
            if octets.len() <= limit {
                return self.line.send(id, &octets);
            }
            return self.except(id, StateError::SERVICE_NOT_ALLOWED, ServiceError::PDU_TOO_LONG);
        }
        let mut raw = Vec::new();
        GetDataResult::encode_list(&results, &mut Writer::new(&mut raw));
        self.start_transfer(id, invoke, raw);
    }

    pub(super) fn answer_action(
        &mut self,
        id: AssociationId,
        invoke: InvokeId,
        result: ActionResult,
        return_parameters: Option<GetDataResult>,
    ) {
        let limit = self.limit(id);
        let response = ActionResponse::Normal { invoke, result, return_parameters };
        let octets = Apdu::ActionResponse(response).encode();
        if octets.len() <= limit {
            return self.line.send(id, &octets);
        }
        // The method was carried out; that its result is too long must not look like a failure of
        // the method, so the result alone is reported as unavailable.
        let error = Some(GetDataResult::Error(DataAccessResult::OTHER_REASON));
        let response = ActionResponse::Normal { invoke, result, return_parameters: error };
        self.send(id, &Apdu::ActionResponse(response));
    }

    /// Keeps a snapshot of the answer and sends its first block.
    fn start_transfer(&mut self, id: AssociationId, invoke: InvokeId, octets: Vec<u8>) {
        let Some(state) = self.associations.get_mut(&id) else { return };
        state.transfer = Some(Transfer { invoke, octets, sent: 0, block: 0 });
        self.send_block(id);
    }

    fn has_block_transfer(&self, id: AssociationId) -> bool {
        let block_transfer = Conformance::BLOCK_TRANSFER_WITH_GET_OR_READ;
        self.associations.get(&id).is_some_and(|state| state.conformance.contains(block_transfer))
    }

    pub(super) fn send_block(&mut self, id: AssociationId) {
        let limit = self.limit(id);
        let Some(state) = self.associations.get_mut(&id) else { return };
        let Some(transfer) = &mut state.transfer else { return };
        let left = transfer.octets.get(transfer.sent..).unwrap_or_default();
        let octets = left.get(..slice_size(limit)).unwrap_or(left).to_vec();
        transfer.sent = transfer.sent.saturating_add(octets.len());
        transfer.block = transfer.block.saturating_add(1);
        let (invoke, block) = (transfer.invoke, transfer.block);
        let last = transfer.sent >= transfer.octets.len();
        if last {
            state.transfer = None;
        }
        let result = DatablockResult::RawData(octets);
        let response = GetResponse::WithDatablock { invoke, last, block, result };
        self.send(id, &Apdu::GetResponse(response));
    }

    fn limit(&self, id: AssociationId) -> usize {
        self.associations
            .get(&id)
            .map_or(wrapper::MAX_LENGTH, |state| state.client_max_receive_pdu_size)
    }

    pub(super) fn except(
        &mut self,
        id: AssociationId,
        state_error: StateError,
        service_error: ServiceError,
    ) {
        let exception = ExceptionResponse::new(state_error, service_error);
        self.send(id, &Apdu::ExceptionResponse(exception));
    }

    pub(super) fn send(&mut self, association: AssociationId, apdu: &Apdu) {
        self.line.send(association, &apdu.encode());
    }
}

/// How many octets of a long answer fit into one get-response-with-datablock: the APDU's size less
/// tag, choice, invoke-id, last-block, block-number, result choice and the length field.
const fn slice_size(limit: usize) -> usize {
    const HEADER: usize = 9;
    let room = limit.saturating_sub(HEADER);
    match room {
        0..=0x80 => room.saturating_sub(1),
        0x81..=0x101 => room.saturating_sub(2),
        0x102..=0x1_0002 => room.saturating_sub(3),
        _ => 0xffff,
    }
}
