//! The client's half of a conversation.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use cosem::Encoded;
use cosem::bytes::Reader;

use super::Output;
use super::error::{Error, Misuse, Phase, Refusal, Violation};
use super::options::{Authentication, DLMS_VERSION, Options};
use super::queue::{Queue, Route};
use crate::apdu::{
    Aare, Aarq, ActionRequest, ActionResponse, ActionResult, Apdu, ApplicationContext,
    AssociationResult, AttributeReference, Conformance, DataAccessResult, DatablockResult,
    GetDataResult, GetRequest, GetResponse, InitiateRequest, InitiateResponse, InvokeId, Mechanism,
    MethodDescriptor, ReleaseRequestReason, Rlre, Rlrq, ServiceClass, SetRequest, SetResponse,
};
use crate::link::wrapper;
use crate::time::Instant;

/// What can be asked for.
#[derive(Clone, Debug)]
pub enum Request {
    /// Open the association that the options describe.
    Associate,
    /// Read attributes: one GET, with a list when there are several.
    Get {
        /// The attributes, at least one.
        targets: Vec<AttributeReference>,
        /// Whether a long answer is wanted as it arrives.
        delivery: Delivery,
    },
    /// After [`Event::Part`] that was not the last: ask for the next one.
    NextPart,
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
    /// Close the association in good order.
    Release,
}

/// How the answer to a GET is handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// When it is complete.
    #[default]
    Whole,
    /// Piece by piece: each block is fetched when [`Request::NextPart`] asks for it, so that a
    /// profile of any length needs memory for one block. The answer to several targets comes whole
    /// all the same.
    Parts,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The association is open.
    Associated(Negotiated),
    /// The answer to GET: one result for each target, in order.
    Got(Vec<GetDataResult>),
    /// A piece of the value of a GET in parts.
    Part {
        /// Its octets. They may be cut anywhere.
        octets: Vec<u8>,
        /// Whether the value ends with it.
        last: bool,
    },
    /// A block of a long answer has arrived and the next one was asked for.
    Progress {
        /// Octets of the answer so far.
        octets: usize,
    },
    /// The answer to SET.
    Set(DataAccessResult),
    /// The answer to ACTION.
    Action {
        /// Whether the method was carried out.
        result: ActionResult,
        /// What it returned.
        return_parameters: Option<GetDataResult>,
    },
    /// The association is closed in good order.
    Released,
    /// A message that answers nothing that was asked: not looked at.
    Stray(&'static str),
    /// The request came to nothing. After [`Error::Timeout`], [`Error::Closed`] and a broken frame
    /// the link cannot be used on; otherwise the association stands.
    Failed(Error),
}

/// What was agreed when the association was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The services.
    pub conformance: Conformance,
    /// The largest APDU that the meter accepts; 0: any size.
    pub server_max_receive_pdu_size: u16,
    /// 7 with logical names, fa00 with short names.
    pub vaa_name: u16,
}

/// The state machine.
#[derive(Debug)]
pub struct Client {
    options: Options,
    state: State,
    decoder: wrapper::Decoder,
    queue: Queue,
    events: VecDeque<Event>,
    last_invoke: u8,
}

#[derive(Debug)]
enum State {
    Idle,
    AwaitingAare {
        until: Instant,
    },
    Ready(Negotiated),
    AwaitingAnswer(Box<AwaitingAnswer>),
    /// A long answer of which the next part has not been asked for.
    BetweenParts(Box<AwaitingAnswer>),
    AwaitingRlre {
        until: Instant,
    },
    Poisoned,
}

/// A request under way.
#[derive(Debug)]
struct AwaitingAnswer {
    negotiated: Negotiated,
    invoke: InvokeId,
    until: Instant,
    asked: Asked,
}

#[derive(Debug)]
enum Asked {
    Get { targets: usize, delivery: Delivery, blocks: Option<Blocks> },
    Set,
    Action,
}

/// A long answer that is being put together.
#[derive(Debug)]
struct Blocks {
    /// The number of the last block.
    number: u32,
    /// What has arrived; empty when it is delivered in parts.
    octets: Vec<u8>,
    /// What the transfer has cost, an octet for each block included.
    spent: usize,
}

impl Client {
    /// A client that is not associated.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            decoder: wrapper::Decoder::new(options.limits.apdu),
            options,
            state: State::Idle,
            queue: Queue::default(),
            events: VecDeque::new(),
            last_invoke: 0,
        }
    }

    /// What was agreed, while there is an association.
    #[must_use]
    pub fn negotiated(&self) -> Option<Negotiated> {
        match &self.state {
            State::Ready(negotiated) => Some(*negotiated),
            State::AwaitingAnswer(waiting) | State::BetweenParts(waiting) => {
                Some(waiting.negotiated)
            }
            _ => None,
        }
    }

    /// Whether the link can be used for another request, now or after the answer.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        !matches!(self.state, State::Poisoned)
    }

    /// Asks for something. Exactly one of the answering events or [`Event::Failed`] follows.
    ///
    /// # Errors
    /// [`Misuse`]; nothing is sent and the state stays as it was.
    pub fn request(&mut self, request: Request, now: Instant) -> Result<(), Misuse> {
        let until = now + self.options.timeout;
        match (&self.state, request) {
            (State::Poisoned, _) => Err(Misuse::Poisoned),
            (State::Idle, Request::Associate) => {
                // The size is agreed by the AARE, which therefore need not keep to it.
                self.decoder.set_limit(self.agreed_size().max(ROOM_FOR_AN_AARE));
                self.send(&Apdu::Aarq(self.aarq()));
                self.state = State::AwaitingAare { until };
                Ok(())
            }
            (State::Idle, _) => Err(Misuse::NotAssociated),
            (State::Ready(_) | State::BetweenParts(_), Request::Associate) => {
                Err(Misuse::AlreadyAssociated)
            }
            (State::Ready(_) | State::BetweenParts(_), Request::Release) => {
                let reason = Some(ReleaseRequestReason::NORMAL);
                self.send(&Apdu::Rlrq(Rlrq { reason, user_information: None }));
                self.state = State::AwaitingRlre { until };
                Ok(())
            }
            (State::BetweenParts(_), Request::NextPart) => self.next_part(until),
            (State::Ready(_), Request::NextPart) => Err(Misuse::NothingToContinue),
            (State::Ready(_) | State::BetweenParts(_), request) => self.service(request, until),
            _ => Err(Misuse::Busy),
        }
    }

    /// Takes octets of the link, cut anywhere.
    pub fn handle_input(&mut self, octets: &[u8], now: Instant) {
        if matches!(self.state, State::Poisoned) {
            return;
        }
        let mut left = octets;
        while !left.is_empty() && !matches!(self.state, State::Poisoned) {
            let taken = self.decoder.push(left);
            left = left.get(taken..).unwrap_or_default();
            match self.decoder.next_frame() {
                Ok(Some(frame)) => self.handle_frame(frame, now),
                Ok(None) => {}
                Err(error) => self.poison(Error::Peer(Violation::Decode(error))),
            }
        }
    }

    /// Tells that time has passed. Does nothing before the instant of [`Output::Wait`].
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.deadline().is_some_and(|until| until <= now) {
            let phase = self.phase();
            self.poison(Error::Timeout(phase));
        }
    }

    /// Tells that the link is closed.
    pub fn handle_close(&mut self) {
        if self.deadline().is_some() {
            let phase = self.phase();
            self.poison(Error::Closed(phase));
        } else {
            self.state = State::Poisoned;
        }
    }

    /// What to do next; to be called until it says [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output<'_> {
        if !self.queue.is_empty() {
            return self.queue.poll().map_or(Output::Wait(None), Output::Transmit);
        }
        match self.events.pop_front() {
            Some(event) => Output::Event(event),
            None => Output::Wait(self.deadline()),
        }
    }

    /// The largest APDU that the meter may send.
    fn agreed_size(&self) -> usize {
        match self.options.client_max_receive_pdu_size {
            0 => self.options.limits.apdu,
            size => self.options.limits.apdu.min(usize::from(size)),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::AwaitingAare { until } | State::AwaitingRlre { until } => Some(*until),
            State::AwaitingAnswer(waiting) => Some(waiting.until),
            _ => None,
        }
    }

    fn phase(&self) -> Phase {
        match &self.state {
            State::AwaitingAare { .. } => Phase::Associate,
            State::AwaitingRlre { .. } => Phase::Release,
            State::AwaitingAnswer(waiting)
                if matches!(waiting.asked, Asked::Get { blocks: Some(_), .. }) =>
            {
                Phase::Blocks
            }
            _ => Phase::Request,
        }
    }

    // Sending.

    fn aarq(&self) -> Aarq {
        let options = &self.options;
        let initiate =
            InitiateRequest::new(options.conformance, options.client_max_receive_pdu_size);
        let aarq = Aarq::new(ApplicationContext::LOGICAL_NAME, &initiate);
        match &options.authentication {
            Authentication::None => aarq,
            Authentication::Low(password) => {
                aarq.with_authentication(Mechanism::LOW, password.expose())
            }
        }
    }

    fn service(&mut self, request: Request, until: Instant) -> Result<(), Misuse> {
        let Some(negotiated) = self.negotiated() else { return Err(Misuse::NotAssociated) };
        let id = self.last_invoke.wrapping_add(1) & 0x0f;
        let invoke = InvokeId::new(id, self.options.priority, ServiceClass::Confirmed);
        let (service, asked, apdu) = match request {
            Request::Get { targets, delivery } => get(targets, delivery, invoke, &negotiated)?,
            Request::Set { target, value } => {
                let request = SetRequest::Normal { invoke, target, value };
                (Conformance::SET, Asked::Set, Apdu::SetRequest(request))
            }
            Request::Action { target, parameters } => {
                let request = ActionRequest::Normal { invoke, target, parameters };
                (Conformance::ACTION, Asked::Action, Apdu::ActionRequest(request))
            }
            Request::Associate | Request::NextPart | Request::Release => return Err(Misuse::Busy),
        };
        negotiated.require(service)?;
        let octets = apdu.encode();
        let limit = match negotiated.server_max_receive_pdu_size {
            0 => wrapper::MAX_LENGTH,
            size => usize::from(size),
        };
        if octets.len() > limit {
            return Err(Misuse::TooLong { size: octets.len(), limit });
        }
        self.last_invoke = id;
        self.queue.send_encoded(self.route(), &octets);
        let waiting = AwaitingAnswer { negotiated, invoke, until, asked };
        self.state = State::AwaitingAnswer(Box::new(waiting));
        Ok(())
    }

    fn next_part(&mut self, until: Instant) -> Result<(), Misuse> {
        let State::BetweenParts(mut waiting) = mem::replace(&mut self.state, State::Idle) else {
            return Err(Misuse::NothingToContinue);
        };
        waiting.until = until;
        self.ask_for_next_block(waiting);
        Ok(())
    }

    /// The number quoted is that of the block that has arrived.
    fn ask_for_next_block(&mut self, waiting: Box<AwaitingAnswer>) {
        if let Asked::Get { blocks: Some(blocks), .. } = &waiting.asked {
            let next = GetRequest::Next { invoke: waiting.invoke, block: blocks.number };
            self.send(&Apdu::GetRequest(next));
        }
        self.state = State::AwaitingAnswer(waiting);
    }

    fn send(&mut self, apdu: &Apdu) {
        self.queue.send(self.route(), apdu);
    }

    const fn route(&self) -> Route {
        Route { source: self.options.client.0, destination: self.options.server.0 }
    }

    // Receiving.

    fn handle_frame(&mut self, frame: wrapper::Frame, now: Instant) {
        if (frame.source, frame.destination) != (self.options.server.0, self.options.client.0) {
            return self.stray("a frame for another pair of addresses");
        }
        let apdu = match Apdu::decode(&frame.apdu) {
            Ok(apdu) => apdu,
            Err(error) => return self.handle_unreadable(&frame.apdu, error.into()),
        };
        match mem::replace(&mut self.state, State::Idle) {
            State::AwaitingAare { until } => self.handle_while_associating(apdu, until),
            State::AwaitingAnswer(waiting) => self.handle_answer(waiting, apdu, now),
            State::AwaitingRlre { until } => self.handle_while_releasing(&apdu, until),
            other => {
                self.state = other;
                self.stray(apdu.name());
            }
        }
    }

    /// An APDU that cannot be read ends the request that it answers. What answers something else
    /// is not looked at, readable or not.
    fn handle_unreadable(&mut self, apdu: &[u8], violation: Violation) {
        match &self.state {
            State::AwaitingAnswer(waiting) if is_answer_to(apdu, waiting.invoke) => {
                self.state = State::Ready(waiting.negotiated);
                self.fail(Error::Peer(violation));
            }
            State::AwaitingAare { .. } if apdu.first() == Some(&Aare::TAG) => {
                self.poison(Error::Peer(violation));
            }
            State::AwaitingRlre { .. } if apdu.first() == Some(&Rlre::TAG) => {
                self.poison(Error::Peer(violation));
            }
            _ => self.stray("an unreadable message"),
        }
    }

    fn handle_while_associating(&mut self, apdu: Apdu, until: Instant) {
        let outcome = match apdu {
            Apdu::Aare(aare) => accept(&aare),
            Apdu::ExceptionResponse(exception) => {
                Err(Error::Refused(Refusal::Exception(exception)))
            }
            Apdu::ConfirmedServiceError(error) => Err(Error::Refused(Refusal::Service(error))),
            other => {
                self.state = State::AwaitingAare { until };
                return self.stray(other.name());
            }
        };
        match outcome {
            Ok(negotiated) => {
                // Nothing may be used that was not proposed, whatever the meter grants.
                let granted = negotiated.conformance.with(self.options.quirks.services_not_granted);
                let conformance = granted.intersection(self.options.conformance);
                self.decoder.set_limit(self.agreed_size());
                let negotiated = Negotiated { conformance, ..negotiated };
                self.state = State::Ready(negotiated);
                self.events.push_back(Event::Associated(negotiated));
            }
            Err(error) => {
                self.state = State::Idle;
                self.fail(error);
            }
        }
    }

    fn handle_while_releasing(&mut self, apdu: &Apdu, until: Instant) {
        match apdu {
            Apdu::Rlre(_) => self.events.push_back(Event::Released),
            Apdu::ExceptionResponse(exception) => {
                self.fail(Error::Refused(Refusal::Exception(*exception)));
            }
            Apdu::ConfirmedServiceError(error) => {
                self.fail(Error::Refused(Refusal::Service(*error)));
            }
            other => {
                // A late answer to a request that was given up.
                self.state = State::AwaitingRlre { until };
                self.stray(other.name());
            }
        }
    }

    fn handle_answer(&mut self, waiting: Box<AwaitingAnswer>, apdu: Apdu, now: Instant) {
        let name = apdu.name();
        let quoted = match &apdu {
            Apdu::GetResponse(response) => Some(response.invoke()),
            Apdu::SetResponse(response) => Some(response.invoke()),
            Apdu::ActionResponse(response) => Some(response.invoke()),
            _ => None,
        };
        // An answer does not name what it answers; the four bits of its id are all there is.
        if quoted.is_some_and(|invoke| invoke.id() != waiting.invoke.id()) {
            self.state = State::AwaitingAnswer(waiting);
            return self.stray(name);
        }
        match (apdu, &waiting.asked) {
            (Apdu::GetResponse(response), Asked::Get { .. }) => {
                self.handle_get_response(waiting, response, now);
            }
            (Apdu::SetResponse(SetResponse::Normal { result, .. }), Asked::Set) => {
                self.finish(&waiting, Event::Set(result));
            }
            (
                Apdu::ActionResponse(ActionResponse::Normal { result, return_parameters, .. }),
                Asked::Action,
            ) => self.finish(&waiting, Event::Action { result, return_parameters }),
            (Apdu::ExceptionResponse(exception), _) => {
                let refusal = Refusal::Exception(exception);
                self.finish(&waiting, Event::Failed(Error::Refused(refusal)));
            }
            (Apdu::ConfirmedServiceError(error), _) => {
                let refusal = Refusal::Service(error);
                self.finish(&waiting, Event::Failed(Error::Refused(refusal)));
            }
            (_, asked) if quoted.is_some() => {
                let violation = Violation::Unexpected { wanted: asked.answer(), found: name };
                self.finish(&waiting, Event::Failed(violation.into_error()));
            }
            _ => {
                self.state = State::AwaitingAnswer(waiting);
                self.stray(name);
            }
        }
    }

    fn handle_get_response(
        &mut self,
        waiting: Box<AwaitingAnswer>,
        response: GetResponse,
        now: Instant,
    ) {
        let Asked::Get { targets, delivery, ref blocks } = waiting.asked else { return };
        match response {
            GetResponse::WithDatablock { last, block, result, .. } => {
                self.handle_block(waiting, Block { last, number: block, result }, now);
            }
            // An answer in one piece cannot follow a block of the same answer.
            GetResponse::Normal { .. } | GetResponse::WithList { .. } if blocks.is_some() => {
                let violation = Violation::Unexpected {
                    wanted: "get-response-with-datablock",
                    found: "get-response in one piece",
                };
                self.finish(&waiting, Event::Failed(violation.into_error()));
            }
            GetResponse::Normal { result, .. } if targets == 1 => {
                let event = match (delivery, result) {
                    (Delivery::Parts, GetDataResult::Data(data)) => {
                        Event::Part { octets: data.into_octets(), last: true }
                    }
                    (_, result) => Event::Got(alloc::vec![result]),
                };
                self.finish(&waiting, event);
            }
            GetResponse::WithList { results, .. } if results.len() == targets => {
                self.finish(&waiting, Event::Got(results));
            }
            GetResponse::WithList { results, .. } => {
                let violation = Violation::ListCount { asked: targets, came: results.len() };
                self.finish(&waiting, Event::Failed(violation.into_error()));
            }
            GetResponse::Normal { .. } => {
                let violation = Violation::ListCount { asked: targets, came: 1 };
                self.finish(&waiting, Event::Failed(violation.into_error()));
            }
        }
    }

    fn handle_block(&mut self, mut waiting: Box<AwaitingAnswer>, block: Block, now: Instant) {
        let limit = self.options.limits.transfer;
        let outcome = waiting.take_block(block, limit);
        match outcome {
            Err(event) => self.finish(&waiting, event),
            Ok(Taken::Complete(event)) => self.finish(&waiting, event),
            Ok(Taken::Part(octets)) => {
                self.state = State::BetweenParts(waiting);
                self.events.push_back(Event::Part { octets, last: false });
            }
            Ok(Taken::More(octets)) => {
                waiting.until = now + self.options.timeout;
                self.ask_for_next_block(waiting);
                self.events.push_back(Event::Progress { octets });
            }
        }
    }

    fn finish(&mut self, waiting: &AwaitingAnswer, event: Event) {
        self.state = State::Ready(waiting.negotiated);
        self.events.push_back(event);
    }

    fn stray(&mut self, what: &'static str) {
        self.events.push_back(Event::Stray(what));
    }

    fn fail(&mut self, error: Error) {
        self.events.push_back(Event::Failed(error));
    }

    fn poison(&mut self, error: Error) {
        let asked = self.deadline().is_some();
        self.state = State::Poisoned;
        self.queue.clear();
        if asked {
            self.fail(error);
        }
    }
}

impl Negotiated {
    fn require(&self, service: Conformance) -> Result<(), Misuse> {
        if self.conformance.contains(service) {
            return Ok(());
        }
        Err(Misuse::NotNegotiated(service.names().next().unwrap_or("that was asked for")))
    }
}

impl Violation {
    const fn into_error(self) -> Error {
        Error::Peer(self)
    }
}

impl Asked {
    const fn answer(&self) -> &'static str {
        match self {
            Self::Get { .. } => "get-response",
            Self::Set => "set-response-normal",
            Self::Action => "action-response-normal",
        }
    }
}

/// An AARE has 41 octets and more: titles, a challenge, what a maker adds.
const ROOM_FOR_AN_AARE: usize = 512;

struct Block {
    last: bool,
    number: u32,
    result: DatablockResult,
}

enum Taken {
    Complete(Event),
    Part(Vec<u8>),
    /// More is needed; that many octets are there.
    More(usize),
}

impl AwaitingAnswer {
    /// Adds a block to the answer. An `Err` ends the request; nothing of the transfer is used.
    fn take_block(&mut self, block: Block, limit: usize) -> Result<Taken, Event> {
        let Asked::Get { targets, delivery, blocks } = &mut self.asked else {
            return Err(Event::Failed(Error::Local(Misuse::NothingToContinue)));
        };
        let mut so_far = match blocks.take() {
            // A meter in use goes on counting from one transfer to the next, so the first number
            // is not looked at.
            None => Blocks { number: block.number, octets: Vec::new(), spent: 0 },
            Some(so_far) if so_far.number.checked_add(1) == Some(block.number) => so_far,
            Some(so_far) => {
                let wanted = so_far.number.wrapping_add(1);
                let violation = Violation::BlockNumber { wanted, found: block.number };
                return Err(Event::Failed(violation.into_error()));
            }
        };
        let octets = match block.result {
            DatablockResult::RawData(octets) => octets,
            DatablockResult::Error(result) if *targets == 1 => {
                return Err(Event::Got(alloc::vec![GetDataResult::Error(result)]));
            }
            // The whole list has failed with one result.
            DatablockResult::Error(result) => {
                return Err(Event::Got(alloc::vec![GetDataResult::Error(result); *targets]));
            }
        };
        // Empty blocks without end must reach the limit too.
        so_far.spent = so_far.spent.saturating_add(octets.len()).saturating_add(1);
        if so_far.spent > limit {
            return Err(Event::Failed(Violation::TooLarge { limit }.into_error()));
        }
        so_far.number = block.number;
        if *delivery == Delivery::Parts {
            if block.last {
                return Ok(Taken::Complete(Event::Part { octets, last: true }));
            }
            *blocks = Some(so_far);
            return Ok(Taken::Part(octets));
        }
        so_far.octets.extend_from_slice(&octets);
        if !block.last {
            let length = so_far.octets.len();
            *blocks = Some(so_far);
            return Ok(Taken::More(length));
        }
        match joined(so_far.octets, *targets) {
            Ok(results) => Ok(Taken::Complete(Event::Got(results))),
            Err(violation) => Err(Event::Failed(violation.into_error())),
        }
    }
}

/// The results in the octets of all blocks: of one target the value alone, of a list its count and
/// the results.
fn joined(octets: Vec<u8>, targets: usize) -> Result<Vec<GetDataResult>, Violation> {
    if targets == 1 {
        return Ok(alloc::vec![GetDataResult::Data(Encoded::try_from(octets)?)]);
    }
    let mut r = Reader::new(&octets);
    let results = GetDataResult::decode_list(&mut r)?;
    r.finish("get-response")?;
    if results.len() != targets {
        return Err(Violation::ListCount { asked: targets, came: results.len() });
    }
    Ok(results)
}

fn get(
    mut targets: Vec<AttributeReference>,
    delivery: Delivery,
    invoke: InvokeId,
    negotiated: &Negotiated,
) -> Result<(Conformance, Asked, Apdu), Misuse> {
    if targets.iter().any(|target| target.selection.is_some()) {
        negotiated.require(Conformance::SELECTIVE_ACCESS)?;
    }
    let delivery = if targets.len() == 1 { delivery } else { Delivery::Whole };
    let asked = Asked::Get { targets: targets.len(), delivery, blocks: None };
    let request = match (targets.len(), targets.pop()) {
        (1, Some(target)) => GetRequest::Normal { invoke, target },
        (_, Some(last)) => {
            negotiated.require(Conformance::MULTIPLE_REFERENCES)?;
            targets.push(last);
            GetRequest::WithList { invoke, targets }
        }
        (_, None) => return Err(Misuse::Empty),
    };
    Ok((Conformance::GET, asked, Apdu::GetRequest(request)))
}

/// Whether an APDU that cannot be read whole is an answer with that invoke-id: it stands behind tag
/// and choice in all of them.
fn is_answer_to(apdu: &[u8], invoke: InvokeId) -> bool {
    let answers = [GetResponse::TAG, SetResponse::TAG, ActionResponse::TAG];
    matches!(apdu, [tag, _, octet, ..]
        if answers.contains(tag) && InvokeId(*octet).id() == invoke.id())
}

/// What an AARE means. The result is looked at first: a rejection may come without anything else.
fn accept(aare: &Aare) -> Result<Negotiated, Error> {
    let information = aare.information();
    if aare.result != AssociationResult::ACCEPTED {
        let initiate = match information {
            Ok(Some(Apdu::ConfirmedServiceError(error))) => Some(error),
            _ => None,
        };
        let (result, diagnostic) = (aare.result, aare.diagnostic);
        return Err(Error::Refused(Refusal::Association { result, diagnostic, initiate }));
    }
    if aare.application_context_name.application_context() != Some(ApplicationContext::LOGICAL_NAME)
    {
        return Err(Error::Peer(Violation::ApplicationContext));
    }
    match information.map_err(Violation::Decode)? {
        Some(Apdu::InitiateResponse(response)) => negotiated(&response),
        Some(Apdu::ConfirmedServiceError(error)) => Err(Error::Refused(Refusal::Service(error))),
        _ => Err(Error::Peer(Violation::Unexpected {
            wanted: "initiate-response",
            found: "no user-information",
        })),
    }
}

fn negotiated(response: &InitiateResponse) -> Result<Negotiated, Error> {
    if response.dlms_version != DLMS_VERSION {
        return Err(Error::Peer(Violation::DlmsVersion(response.dlms_version)));
    }
    Ok(Negotiated {
        conformance: response.conformance,
        server_max_receive_pdu_size: response.server_max_receive_pdu_size,
        vaa_name: response.vaa_name,
    })
}
