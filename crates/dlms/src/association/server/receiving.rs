//! What comes in: which association it belongs to, and whether it may ask for that.

use super::associating::Answered;
use super::{AssociationId, Kind, Pending, Server, ServerEvent, ServerRequest};
use crate::apdu::{
    Aarq, ActionRequest, Apdu, Conformance, DataAccessResult, DatablockResult, Diagnostic,
    GetRequest, GetResponse, InvokeId, ReleaseResponseReason, Rlre, ServiceClass, ServiceError,
    SetRequest, StateError,
};

impl Server {
    pub(super) fn handle_apdu(&mut self, association: AssociationId, octets: &[u8]) {
        // Who talks to a logical device that is not there gets no answer, so that nothing can be
        // learnt by asking around.
        if !self.options.accesses.iter().any(|access| access.server == association.server) {
            return;
        }
        let too_long = octets.len() > self.options.largest_apdu();
        if too_long && self.associations.contains_key(&association) {
            return self.except(
                association,
                StateError::SERVICE_NOT_ALLOWED,
                ServiceError::PDU_TOO_LONG,
            );
        }
        match Apdu::decode(octets) {
            Ok(Apdu::Aarq(aarq)) => self.handle_aarq(association, &aarq),
            Ok(_) if !self.associations.contains_key(&association) => self.except(
                association,
                StateError::SERVICE_NOT_ALLOWED,
                ServiceError::OPERATION_NOT_POSSIBLE,
            ),
            Ok(Apdu::Rlrq(_)) => {
                self.end(association);
                let reason = Some(ReleaseResponseReason::NORMAL);
                self.send(association, &Apdu::Rlre(Rlre { reason, user_information: None }));
            }
            Ok(Apdu::GetRequest(request)) => self.handle_get(association, request),
            Ok(Apdu::SetRequest(request)) => self.handle_set(association, request),
            Ok(Apdu::ActionRequest(request)) => self.handle_action(association, request),
            Ok(_) | Err(_) => self.handle_unknown(association, octets),
        }
    }

    /// A message that is no request, or that cannot be read.
    fn handle_unknown(&mut self, association: AssociationId, apdu: &[u8]) {
        if apdu.first() == Some(&Aarq::TAG) {
            self.end(association);
            return self.refuse_acse(association, Diagnostic::PROVIDER_NO_REASON_GIVEN);
        }
        if !self.associations.contains_key(&association) {
            let possible = ServiceError::OPERATION_NOT_POSSIBLE;
            return self.except(association, StateError::SERVICE_NOT_ALLOWED, possible);
        }
        match apdu.first() {
            Some(0xc0 | 0xc1 | 0xc3) => {
                self.except(
                    association,
                    StateError::SERVICE_NOT_ALLOWED,
                    ServiceError::OTHER_REASON,
                );
            }
            _ => self.except(
                association,
                StateError::SERVICE_UNKNOWN,
                ServiceError::SERVICE_NOT_SUPPORTED,
            ),
        }
    }

    fn handle_get(&mut self, association: AssociationId, request: GetRequest) {
        let (invoke, kind, targets) = match request {
            GetRequest::Next { invoke, block } => {
                return self.handle_next(association, invoke, block);
            }
            GetRequest::Normal { invoke, target } => (invoke, Kind::Get, alloc::vec![target]),
            GetRequest::WithList { invoke, targets } => {
                (invoke, Kind::GetWithList { targets: targets.len() }, targets)
            }
        };
        let mut needed = Conformance::GET;
        if kind != Kind::Get {
            needed = needed.with(Conformance::MULTIPLE_REFERENCES);
        }
        if targets.iter().any(|target| target.selection.is_some()) {
            needed = needed.with(Conformance::SELECTIVE_ACCESS);
        }
        self.request(association, needed, invoke, kind, ServerRequest::Get(targets));
    }

    fn handle_set(&mut self, association: AssociationId, request: SetRequest) {
        let SetRequest::Normal { invoke, target, value } = request else {
            return self.except(
                association,
                StateError::SERVICE_NOT_ALLOWED,
                ServiceError::SERVICE_NOT_SUPPORTED,
            );
        };
        let mut needed = Conformance::SET;
        if target.selection.is_some() {
            needed = needed.with(Conformance::SELECTIVE_ACCESS);
        }
        let request = ServerRequest::Set { target, value };
        self.request(association, needed, invoke, Kind::Set, request);
    }

    fn handle_action(&mut self, association: AssociationId, request: ActionRequest) {
        let ActionRequest::Normal { invoke, target, parameters } = request else {
            return self.except(
                association,
                StateError::SERVICE_NOT_ALLOWED,
                ServiceError::SERVICE_NOT_SUPPORTED,
            );
        };
        let request = ServerRequest::Action { target, parameters };
        self.request(association, Conformance::ACTION, invoke, Kind::Action, request);
    }

    fn request(
        &mut self,
        association: AssociationId,
        needed: Conformance,
        invoke: InvokeId,
        kind: Kind,
        request: ServerRequest,
    ) {
        let Some(state) = self.associations.get_mut(&association) else { return };
        // A new request ends a long answer that was being sent.
        state.transfer = None;
        let confirmed = invoke.service_class() == ServiceClass::Confirmed;
        let unwanted = state.answered == Answered::No && confirmed;
        if unwanted || !state.conformance.contains(needed) {
            return self.except(
                association,
                StateError::SERVICE_NOT_ALLOWED,
                ServiceError::SERVICE_NOT_SUPPORTED,
            );
        }
        self.pending = Some(Pending { association, invoke, kind });
        self.events.push_back(ServerEvent::Request { association, request });
    }

    fn handle_next(&mut self, association: AssociationId, invoke: InvokeId, block: u32) {
        let Some(state) = self.associations.get_mut(&association) else { return };
        let error = match &state.transfer {
            None => DataAccessResult::NO_LONG_GET_IN_PROGRESS,
            Some(transfer) if transfer.invoke.id() != invoke.id() => {
                DataAccessResult::NO_LONG_GET_IN_PROGRESS
            }
            Some(transfer) if transfer.block != block => {
                DataAccessResult::DATA_BLOCK_NUMBER_INVALID
            }
            Some(_) => return self.send_block(association),
        };
        state.transfer = None;
        let result = DatablockResult::Error(error);
        let response = GetResponse::WithDatablock { invoke, last: true, block, result };
        self.send(association, &Apdu::GetResponse(response));
    }
}
