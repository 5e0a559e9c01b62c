//! The server's half of a conversation: one per link, any number of associations on it.
//!
//! It frames, associates, checks passwords, cuts long answers into blocks. What objects there are,
//! who may touch them and what they do is the meter's: it gets [`ServerEvent::Request`] and gives
//! [`Server::answer`].

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::fmt;

use cosem::Encoded;
use cosem::bytes::Writer;

use super::Output;
use super::error::Violation;
use super::options::{Access, Authentication, ClientAddress, ServerAddress, ServerOptions};
use super::options::{DLMS_VERSION, Unconfirmed, offered_mechanism};
use super::queue::{Queue, Route};
use crate::apdu::{
    Aare, Aarq, ActionRequest, ActionResponse, ActionResult, Apdu, ApplicationContext,
    AssociationResult, AttributeReference, ConfirmedServiceError, Conformance, DataAccessResult,
    DatablockResult, Diagnostic, ErrorClass, ExceptionResponse, GetDataResult, GetRequest,
    GetResponse, InitiateRequest, InitiateResponse, InvokeId, Mechanism, MethodDescriptor,
    ReleaseResponseReason, Rlre, ServiceChoice, ServiceClass, ServiceError, SetRequest,
    SetResponse, StateError,
};
use crate::link::wrapper;
use crate::time::Instant;

/// An association on a link: who talks to which logical device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssociationId {
    /// The client.
    pub client: ClientAddress,
    /// The logical device.
    pub server: ServerAddress,
}

impl AssociationId {
    const fn route(self) -> Route {
        Route { source: self.server.0, destination: self.client.0 }
    }
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// A client has associated.
    Associated {
        /// Who and with what.
        association: AssociationId,
        /// How it proved who it is.
        mechanism: Mechanism,
        /// The services that were granted.
        conformance: Conformance,
        /// The largest APDU that the client accepts; 0: any size.
        client_max_receive_pdu_size: u16,
    },
    /// A client was not let in.
    Refused {
        /// Who and where.
        association: AssociationId,
        /// Why.
        diagnostic: Diagnostic,
    },
    /// A request that [`Server::answer`] must answer before anything else is looked at.
    Request {
        /// From whom.
        association: AssociationId,
        /// What.
        request: ServerRequest,
    },
    /// An association has ended: by release, by another AARQ, or with the link.
    Released {
        /// Which.
        association: AssociationId,
    },
    /// The link is of no more use and must be closed.
    Close(CloseReason),
}

/// Why a link must be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Octets came that are no frame; where the next one begins is not known.
    Broken(Violation),
    /// Nothing came for the inactivity time.
    Inactive,
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerRequest {
    /// Read attributes; each gets its own result, in order.
    Get(Vec<AttributeReference>),
    /// Write an attribute.
    Set {
        /// The attribute.
        target: AttributeReference,
        /// The value.
        value: Encoded,
    },
    /// Call a method.
    Action {
        /// The method.
        target: MethodDescriptor,
        /// Its parameter.
        parameters: Option<Encoded>,
    },
}

/// What the meter answers; of the same kind as the request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One result for each attribute, in order.
    Get(Vec<GetDataResult>),
    /// Whether the attribute was written.
    Set(DataAccessResult),
    /// Whether the method was carried out, and what it returned.
    Action {
        /// Whether it was carried out.
        result: ActionResult,
        /// What it returned.
        return_parameters: Option<GetDataResult>,
    },
}

/// The state machine of one link.
pub struct Server {
    options: ServerOptions,
    /// Octets that the decoder has not taken: one request is answered before the next is read.
    inbox: VecDeque<u8>,
    decoder: wrapper::Decoder,
    queue: Queue,
    events: VecDeque<ServerEvent>,
    associations: BTreeMap<AssociationId, Association>,
    /// The request that the meter has not answered yet.
    pending: Option<Pending>,
    quiet_until: Instant,
    closed: bool,
}

#[derive(Debug)]
struct Association {
    conformance: Conformance,
    /// As much as a frame can hold when the client accepts any size.
    client_max_receive_pdu_size: usize,
    /// A long answer of which blocks are still to be sent.
    transfer: Option<Transfer>,
}

#[derive(Debug)]
struct Transfer {
    invoke: InvokeId,
    octets: Vec<u8>,
    sent: usize,
    /// The number of the last block that was sent.
    block: u32,
}

#[derive(Debug)]
struct Pending {
    association: AssociationId,
    invoke: InvokeId,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Get,
    GetWithList { targets: usize },
    Set,
    Action,
}

impl Server {
    /// A link that was opened at `now`.
    #[must_use]
    pub fn new(options: ServerOptions, now: Instant) -> Self {
        Self {
            inbox: VecDeque::new(),
            decoder: wrapper::Decoder::new(options.limits.apdu),
            quiet_until: now + options.inactivity,
            options,
            queue: Queue::default(),
            events: VecDeque::new(),
            associations: BTreeMap::new(),
            pending: None,
            closed: false,
        }
    }

    /// Takes octets of the link, cut anywhere. What comes while a request is not answered is kept,
    /// all of it: a meter that answers later should not read the link until then.
    pub fn handle_input(&mut self, octets: &[u8], now: Instant) {
        if !self.closed {
            self.quiet_until = now + self.options.inactivity;
            self.inbox.extend(octets);
        }
    }

    /// Tells that time has passed. Does nothing before the instant of [`Output::Wait`].
    pub fn handle_timeout(&mut self, now: Instant) {
        if !self.closed && self.quiet_until <= now {
            self.close(CloseReason::Inactive);
        }
    }

    /// Tells that the link is closed: its associations end with it.
    pub fn handle_close(&mut self) {
        self.end_associations();
        self.closed = true;
    }

    /// Answers the last [`ServerEvent::Request`]. An answer to an association that has ended in
    /// the meantime, or of another kind than the request, is not sent.
    pub fn answer(&mut self, association: AssociationId, answer: Answer) {
        let Some(pending) = self.pending.take_if(|pending| pending.association == association)
        else {
            return;
        };
        let invoke = pending.invoke;
        let silent = self.options.unconfirmed == Unconfirmed::Silent
            && invoke.service_class() == ServiceClass::Unconfirmed;
        if silent {
            return;
        }
        match (pending.kind, answer) {
            (Kind::Get, Answer::Get(mut results)) if results.len() == 1 => {
                if let Some(result) = results.pop() {
                    self.answer_get(association, invoke, result);
                }
            }
            (Kind::GetWithList { targets }, Answer::Get(results)) if results.len() == targets => {
                self.answer_list(association, invoke, results);
            }
            (Kind::Set, Answer::Set(result)) => {
                self.send(association, &Apdu::SetResponse(SetResponse::Normal { invoke, result }));
            }
            (Kind::Action, Answer::Action { result, return_parameters }) => {
                self.answer_action(association, invoke, result, return_parameters);
            }
            _ => self.except(
                association,
                StateError::SERVICE_NOT_ALLOWED,
                ServiceError::OTHER_REASON,
            ),
        }
    }

    /// What to do next; to be called until it says [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output<'_, ServerEvent> {
        while self.queue.is_empty()
            && self.events.is_empty()
            && self.pending.is_none()
            && !self.closed
        {
            let taken = self.decoder.push(self.inbox.make_contiguous());
            self.inbox.drain(..taken);
            match self.decoder.next_frame() {
                Ok(Some(frame)) => self.handle_frame(&frame),
                Ok(None) if taken == 0 => break,
                Ok(None) => {}
                Err(error) => self.close(CloseReason::Broken(Violation::Decode(error))),
            }
        }
        if !self.queue.is_empty() {
            return self.queue.poll().map_or(Output::Wait(None), Output::Transmit);
        }
        match self.events.pop_front() {
            Some(event) => Output::Event(event),
            None if self.closed => Output::Wait(None),
            None => Output::Wait(Some(self.quiet_until)),
        }
    }

    // Receiving.

    fn handle_frame(&mut self, frame: &wrapper::Frame) {
        let association = AssociationId {
            client: ClientAddress(frame.source),
            server: ServerAddress(frame.destination),
        };
        // Who talks to a logical device that is not there gets no answer, so that nothing can be
        // learnt by asking around.
        if !self.options.accesses.iter().any(|access| access.server == association.server) {
            return;
        }
        let too_long = frame.apdu.len() > self.options.largest_apdu();
        if too_long && self.associations.contains_key(&association) {
            return self.except(
                association,
                StateError::SERVICE_NOT_ALLOWED,
                ServiceError::PDU_TOO_LONG,
            );
        }
        match Apdu::decode(&frame.apdu) {
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
            Ok(_) | Err(_) => self.handle_unknown(association, &frame.apdu),
        }
    }

    /// A message that is no request, or that cannot be read.
    fn handle_unknown(&mut self, association: AssociationId, apdu: &[u8]) {
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
        if !state.conformance.contains(needed) {
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

    // Associating.

    fn handle_aarq(&mut self, association: AssociationId, aarq: &Aarq) {
        self.end(association);
        let Ok(Some(Apdu::InitiateRequest(initiate))) = aarq.information() else {
            return self.refuse_initiate(association, INITIATE_OTHER, Answered::Yes);
        };
        match self.decide(association, aarq) {
            Err(diagnostic) => self.refuse(association, &initiate, diagnostic),
            Ok(access) => self.associate(association, &access, &initiate),
        }
    }

    /// Who is let in.
    fn decide(&self, association: AssociationId, aarq: &Aarq) -> Result<Access, Diagnostic> {
        let context = aarq.application_context_name.application_context();
        if context != Some(ApplicationContext::LOGICAL_NAME) {
            return Err(Diagnostic::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED);
        }
        let wanted = |access: &&Access| {
            (access.client, access.server) == (association.client, association.server)
        };
        let Some(access) = self.options.accesses.iter().find(wanted) else {
            return Err(Diagnostic::NO_REASON_GIVEN);
        };
        let offered = offered_mechanism(aarq);
        match &access.authentication {
            Authentication::None if offered == Ok(Mechanism::LOWEST) => Ok(access.clone()),
            Authentication::Low(_) if offered == Ok(Mechanism::LOWEST) => {
                Err(Diagnostic::AUTHENTICATION_REQUIRED)
            }
            Authentication::Low(password) if offered == Ok(Mechanism::LOW) => {
                let given = aarq.calling_authentication_value.as_ref();
                let right = given.is_some_and(|given| password.matches(given.value.expose()));
                if right { Ok(access.clone()) } else { Err(Diagnostic::AUTHENTICATION_FAILURE) }
            }
            _ => Err(Diagnostic::AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED),
        }
    }

    fn associate(
        &mut self,
        association: AssociationId,
        access: &Access,
        initiate: &InitiateRequest,
    ) {
        let answered = Answered::by(initiate);
        let conformance = access.conformance.intersection(initiate.conformance);
        let size = initiate.client_max_receive_pdu_size;
        let problem = if initiate.dlms_version < DLMS_VERSION {
            Some(INITIATE_VERSION_TOO_LOW)
        } else if matches!(size, 1..SMALLEST_PDU_SIZE) {
            Some(INITIATE_PDU_SIZE_TOO_SHORT)
        } else if conformance.intersection(SERVICES) == Conformance::default() {
            Some(INITIATE_INCOMPATIBLE_CONFORMANCE)
        } else if initiate.dedicated_key.is_some() {
            // A key in the clear is no key.
            Some(INITIATE_OTHER)
        } else {
            None
        };
        if let Some(error) = problem {
            return self.refuse_initiate(association, error, answered);
        }
        let state = Association {
            conformance,
            client_max_receive_pdu_size: match size {
                0 => wrapper::MAX_LENGTH,
                size => usize::from(size),
            },
            transfer: None,
        };
        self.associations.insert(association, state);
        self.events.push_back(ServerEvent::Associated {
            association,
            mechanism: access.authentication.mechanism(),
            conformance,
            client_max_receive_pdu_size: size,
        });
        if answered == Answered::Yes {
            self.send_aare(association, AssociationResult::ACCEPTED, Diagnostic::NULL, conformance);
        }
    }

    /// Refused for context or authentication: with what would be supported.
    fn refuse(
        &mut self,
        association: AssociationId,
        initiate: &InitiateRequest,
        diagnostic: Diagnostic,
    ) {
        self.events.push_back(ServerEvent::Refused { association, diagnostic });
        if Answered::by(initiate) == Answered::Yes {
            let rejected = AssociationResult::REJECTED_PERMANENT;
            self.send_aare(association, rejected, diagnostic, Conformance::default());
        }
    }

    /// Refused for the xDLMS part.
    fn refuse_initiate(&mut self, association: AssociationId, value: u8, answered: Answered) {
        let diagnostic = Diagnostic::NO_REASON_GIVEN;
        self.events.push_back(ServerEvent::Refused { association, diagnostic });
        if answered == Answered::Yes {
            let (service, class) = (ServiceChoice::INITIATE_ERROR, ErrorClass::INITIATE);
            let error = Apdu::from(ConfirmedServiceError { service, class, value });
            let rejected = AssociationResult::REJECTED_PERMANENT;
            let context = ApplicationContext::LOGICAL_NAME.into();
            let aare = Aare::new(context, rejected, diagnostic).with_information(&error);
            self.send(association, &Apdu::Aare(aare));
        }
    }

    fn send_aare(
        &mut self,
        association: AssociationId,
        result: AssociationResult,
        diagnostic: Diagnostic,
        conformance: Conformance,
    ) {
        // What no link can carry need not be said: 0 is "any size".
        let size = u16::try_from(self.options.largest_apdu()).unwrap_or_default();
        let response = Apdu::from(InitiateResponse::new(conformance, size));
        let context = ApplicationContext::LOGICAL_NAME.into();
        let aare = Aare::new(context, result, diagnostic).with_information(&response);
        self.send(association, &Apdu::Aare(aare));
    }

    // Answering.

    fn answer_get(&mut self, id: AssociationId, invoke: InvokeId, result: GetDataResult) {
        let limit = self.limit(id);
        let response = Apdu::GetResponse(GetResponse::Normal { invoke, result });
        let octets = response.encode();
        if octets.len() <= limit {
            return self.queue.send_encoded(id.route(), &octets);
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

    fn answer_list(&mut self, id: AssociationId, invoke: InvokeId, results: Vec<GetDataResult>) {
        let limit = self.limit(id);
        let response = GetResponse::WithList { invoke, results };
        let octets = Apdu::GetResponse(response.clone()).encode();
        if octets.len() <= limit {
            return self.queue.send_encoded(id.route(), &octets);
        }
        let GetResponse::WithList { results, .. } = response else { return };
        if !self.has_block_transfer(id) {
            // A list is answered by a list; when not even the errors fit, the client asked for more
            // than it can take.
            let error = GetDataResult::Error(DataAccessResult::OTHER_REASON);
            let results = alloc::vec![error; results.len()];
            let octets = Apdu::GetResponse(GetResponse::WithList { invoke, results }).encode();
            if octets.len() <= limit {
                return self.queue.send_encoded(id.route(), &octets);
            }
            return self.except(id, StateError::SERVICE_NOT_ALLOWED, ServiceError::PDU_TOO_LONG);
        }
        let mut raw = Vec::new();
        GetDataResult::encode_list(&results, &mut Writer::new(&mut raw));
        self.start_transfer(id, invoke, raw);
    }

    fn answer_action(
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
            return self.queue.send_encoded(id.route(), &octets);
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

    fn send_block(&mut self, id: AssociationId) {
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

    fn except(&mut self, id: AssociationId, state_error: StateError, service_error: ServiceError) {
        let exception = ExceptionResponse::new(state_error, service_error);
        self.send(id, &Apdu::ExceptionResponse(exception));
    }

    fn send(&mut self, association: AssociationId, apdu: &Apdu) {
        self.queue.send(association.route(), apdu);
    }

    // Ending.

    fn end(&mut self, association: AssociationId) {
        if self.associations.remove(&association).is_some() {
            self.events.push_back(ServerEvent::Released { association });
        }
    }

    fn end_associations(&mut self) {
        self.pending = None;
        for association in core::mem::take(&mut self.associations).into_keys() {
            self.events.push_back(ServerEvent::Released { association });
        }
    }

    fn close(&mut self, reason: CloseReason) {
        self.closed = true;
        self.end_associations();
        self.events.push_back(ServerEvent::Close(reason));
    }
}

/// Without the octets that have come: an AARQ among them holds the password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("options", &self.options)
            .field("associations", &self.associations)
            .field("pending", &self.pending)
            .field("quiet_until", &self.quiet_until)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

/// Whether the client wants an answer to its AARQ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    Yes,
    No,
}

impl Answered {
    const fn by(initiate: &InitiateRequest) -> Self {
        if initiate.response_allowed { Self::Yes } else { Self::No }
    }
}

/// The values of the class *initiate* of a confirmed-service-error.
const INITIATE_OTHER: u8 = 0;
const INITIATE_VERSION_TOO_LOW: u8 = 1;
const INITIATE_INCOMPATIBLE_CONFORMANCE: u8 = 2;
const INITIATE_PDU_SIZE_TOO_SHORT: u8 = 3;

/// Below it no block would fit; the values below are reserved.
const SMALLEST_PDU_SIZE: u16 = 12;

/// An association without any of these is of no use.
const SERVICES: Conformance = Conformance::GET.with(Conformance::SET).with(Conformance::ACTION);

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
