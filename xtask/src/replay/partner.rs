//! Our client's state machine, in one association with one recorded meter.

use std::{collections::VecDeque, time::Duration};

use dlms::{
    apdu::{
        Aare, Aarq, ActionRequest, Apdu, ApplicationContext, AssociationResult, Conformance,
        Diagnostic, GetResponse, InitiateResponse, InvokeId, Mechanism, Priority, SetRequest,
    },
    association::{
        Authentication, Client as Machine, ClientAddress, Delivery, Event, Options, Output, Quirks,
        Request, ServerAddress,
    },
    link::wrapper,
    security::Secret,
    time::Instant,
};

use super::{
    conversation::Direction,
    equivalence,
    frames::{Message, Route},
    yielded::Yield,
};

pub(super) struct Partner {
    pub(super) options: Options,
    pub(super) machine: Machine,
    /// Whether the machine is associated and waits for nothing.
    pub(super) ready: bool,
    /// Frames that our client has sent and nobody has looked at.
    pub(super) sent: VecDeque<Vec<u8>>,
    /// The frame with the answer that opened the association.
    pub(super) aare: Option<Vec<u8>>,
    pub(super) waiting: Option<Waiting>,
    /// The line of the block at which our client has given a long answer up.
    pub(super) given_up: Option<usize>,
    /// Whether our client has not heard what was said last, so that it cannot go on with it.
    pub(super) lost: bool,
    /// Seconds since the conversation began: each call is a second after the one before.
    seconds: u64,
}

/// A request whose answer is to come.
pub(super) struct Waiting {
    pub(super) number: usize,
    /// How many attributes were asked for.
    pub(super) targets: usize,
    /// The ids of the recorded request and of ours.
    pub(super) ids: Option<(u8, u8)>,
    pub(super) answers: Vec<Apdu>,
    /// The line of an answer that our client did not take.
    pub(super) untaken: Option<usize>,
}

/// What our client makes of a frame.
pub(super) enum Heard {
    /// It answers nothing that was asked.
    Stray,
    /// It is a part of an answer.
    More,
    /// The answer is complete.
    End(Yield),
}

impl Waiting {
    /// The number of the last block that was heard, of a long answer that is not at its end.
    pub(super) fn block(&self) -> Option<u32> {
        match self.answers.last()? {
            Apdu::GetResponse(GetResponse::WithDatablock { last: false, block, .. }) => {
                Some(*block)
            }
            _ => None,
        }
    }
}

impl Partner {
    pub(super) fn new(options: Options) -> Self {
        Self {
            machine: Machine::new(options.clone()),
            options,
            ready: false,
            sent: VecDeque::new(),
            aare: None,
            waiting: None,
            given_up: None,
            lost: true,
            seconds: 0,
        }
    }

    pub(super) fn now(&mut self) -> Instant {
        self.seconds += 1;
        Instant::from_origin(Duration::from_secs(self.seconds))
    }

    /// Forgets what is under way; the next request begins with a fresh machine.
    pub(super) fn lose(&mut self) {
        self.waiting = None;
        self.given_up = None;
        self.sent.clear();
        self.ready = false;
        self.lost = true;
    }

    /// Puts a fresh machine into the association, with the AARE that was heard or one that grants all.
    pub(super) fn resume(&mut self) {
        self.machine = Machine::new(self.options.clone());
        let now = self.now();
        if self.machine.request(Request::Associate, now).is_err() {
            return;
        }
        self.drain();
        self.sent.clear();
        let aare = self.aare.clone().unwrap_or_else(|| self.framed(&granted()));
        let now = self.now();
        self.machine.handle_input(&aare, now);
        self.drain();
        self.ready = self.machine.negotiated().is_some();
    }

    /// Whether a request uses a service that the AARE did not grant.
    pub(super) fn exceeds_what_was_granted(&self, request: &Apdu) -> bool {
        let aare = self.aare.as_ref().and_then(|frame| frame.get(wrapper::HEADER_LENGTH..));
        let Some(Ok(Apdu::Aare(aare))) = aare.map(Apdu::decode) else { return false };
        let Ok(Some(Apdu::InitiateResponse(response))) = aare.information() else { return false };
        !response.conformance.contains(used(request))
    }

    /// An APDU of the meter behind its header.
    pub(super) fn framed(&self, apdu: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        // One that does not fit leaves nothing, and nothing is heard.
        let _ = wrapper::encode(self.options.server.0, self.options.client.0, apdu, &mut frame);
        frame
    }

    /// Hears a frame.
    pub(super) fn listen(&mut self, frame: &[u8]) -> Heard {
        let now = self.now();
        self.machine.handle_input(frame, now);
        let mut heard = Heard::More;
        for event in self.drain() {
            if matches!(event, Event::Stray(_)) {
                heard = Heard::Stray;
            } else if let Some(yielded) = Yield::of_event(event) {
                heard = Heard::End(yielded);
            }
        }
        heard
    }

    /// Keeps what our client sends, and gives what has happened.
    pub(super) fn drain(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.machine.poll_output() {
                Output::Transmit(octets) => self.sent.push_back(octets.to_vec()),
                Output::Event(event) => events.push(event),
                Output::Wait(_) => return events,
            }
        }
    }

    /// Keeps an answer beside the request that it belongs to.
    pub(super) fn keep(&mut self, answer: &Apdu) {
        if let Some(waiting) = &mut self.waiting {
            waiting.answers.push(answer.clone());
        }
    }
}

/// The answer that opens an association of which only the middle was recorded.
fn granted() -> Vec<u8> {
    let response = Apdu::from(InitiateResponse::new(Conformance(0x00ff_ffff), 0));
    let context = ApplicationContext::LOGICAL_NAME.into();
    let aare = Aare::new(context, AssociationResult::ACCEPTED, Diagnostic::NULL);
    Apdu::from(aare.with_information(&response)).encode()
}

/// What a client must be set to that sends this AARQ, and these requests after it.
pub(super) fn options(route: Route, aarq: &Aarq, later: &[Message]) -> Options {
    let defaults = Options::default();
    let mechanism = aarq.mechanism_name.as_ref().and_then(|name| name.mechanism());
    let initiate = equivalence::initiate(aarq).unwrap_or_default();
    let authentication = if mechanism == Some(Mechanism::LOW) {
        let password = aarq.calling_authentication_value.as_ref();
        let password = password.map(|password| password.expose().to_vec());
        Authentication::Low(Secret::new(password.unwrap_or_default()))
    } else {
        Authentication::None
    };
    let used = requests(route, later).map(used).fold(Conformance::NONE, Conformance::with);
    Options {
        client: ClientAddress(route.0),
        server: ServerAddress(route.1),
        authentication,
        // Our client only uses what it has proposed and was granted; others ask all the same.
        conformance: initiate.conformance.with(used),
        quirks: Quirks { services_not_granted: used },
        client_max_receive_pdu_size: initiate.client_max_receive_pdu_size,
        priority: priority(route, later).unwrap_or(defaults.priority),
        ..defaults
    }
}

/// The requests of an association: up to the next AARQ.
fn requests(route: Route, later: &[Message]) -> impl Iterator<Item = &Apdu> {
    let sent = later.iter().filter_map(move |message| match message {
        Message::Apdu { direction: Direction::Tx, route: to, apdu, .. } if *to == route => {
            Some(apdu.as_ref())
        }
        _ => None,
    });
    sent.take_while(|apdu| !matches!(apdu, Apdu::Aarq(_)))
}

/// The services that a request uses.
fn used(apdu: &Apdu) -> Conformance {
    match apdu {
        Apdu::GetRequest(request) => {
            let targets = equivalence::targets(request);
            let mut used = Conformance::GET;
            if targets.len() > 1 {
                used = used.with(Conformance::MULTIPLE_REFERENCES);
            }
            if targets.iter().any(|target| target.selection.is_some()) {
                used = used.with(Conformance::SELECTIVE_ACCESS);
            }
            used
        }
        Apdu::SetRequest(_) => Conformance::SET,
        Apdu::ActionRequest(_) => Conformance::ACTION,
        _ => Conformance::NONE,
    }
}

/// The priority of the first request.
fn priority(route: Route, later: &[Message]) -> Option<Priority> {
    requests(route, later).find_map(invoke).map(InvokeId::priority)
}

/// What our client must be asked for to send this, and how many attributes that are.
pub(super) fn request(apdu: &Apdu) -> (Request, usize) {
    match apdu {
        Apdu::Aarq(_) => (Request::Associate, 0),
        Apdu::GetRequest(request) => {
            let targets = equivalence::targets(request);
            let count = targets.len();
            (Request::Get { targets, delivery: Delivery::Whole }, count)
        }
        Apdu::SetRequest(SetRequest::Normal { target, value, .. }) => {
            (Request::Set { target: target.clone(), value: value.clone() }, 0)
        }
        Apdu::ActionRequest(ActionRequest::Normal { target, parameters, .. }) => {
            (Request::Action { target: *target, parameters: parameters.clone() }, 0)
        }
        // What else a client may send was looked at before: only the release is left.
        _ => (Request::Release, 0),
    }
}

/// The invoke-id of a request or an answer that has one.
pub(super) const fn invoke(apdu: &Apdu) -> Option<InvokeId> {
    Some(match apdu {
        Apdu::GetRequest(apdu) => apdu.invoke(),
        Apdu::GetResponse(apdu) => apdu.invoke(),
        Apdu::SetRequest(apdu) => apdu.invoke(),
        Apdu::SetResponse(apdu) => apdu.invoke(),
        Apdu::ActionRequest(apdu) => apdu.invoke(),
        Apdu::ActionResponse(apdu) => apdu.invoke(),
        _ => return None,
    })
}

/// Whether it can answer a request at all.
pub(super) const fn is_answer(apdu: &Apdu) -> bool {
    matches!(
        apdu,
        Apdu::Aare(_)
            | Apdu::Rlre(_)
            | Apdu::GetResponse(_)
            | Apdu::SetResponse(_)
            | Apdu::ActionResponse(_)
            | Apdu::ExceptionResponse(_)
            | Apdu::ConfirmedServiceError(_)
    )
}
