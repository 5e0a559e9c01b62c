//! The client's half of a conversation.

mod exchange;
mod opening;
mod receiving;
mod sending;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use cosem::Encoded;
use cosem::bytes::Deviations;

use self::exchange::{Asked, AwaitingAnswer};
use super::Output;
use super::carrier::{Carried, Carrier};
use super::error::{Error, Misuse, Phase, Violation};
use super::options::Options;
use crate::apdu::{
    ActionResult, Apdu, AttributeReference, Conformance, DataAccessResult, GetDataResult,
    MethodDescriptor, ReleaseRequestReason, Rlrq, shown,
};
use crate::time::Instant;

/// What can be asked for.
#[derive(Clone)]
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

/// Without what is a password or a key.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Associate => f.write_str("Associate"),
            Self::Get { targets, delivery } => {
                f.debug_tuple("Get").field(targets).field(delivery).finish()
            }
            Self::NextPart => f.write_str("NextPart"),
            Self::Set { target, value } => {
                let value = shown(value, target.attribute.is_secret());
                f.debug_tuple("Set").field(target).field(value).finish()
            }
            Self::Action { target, parameters } => {
                let parameters = shown(parameters, target.is_secret());
                f.debug_tuple("Action").field(target).field(parameters).finish()
            }
            Self::Release => f.write_str("Release"),
        }
    }
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
    /// The message whose event follows was read although its sender does not keep to the standard.
    Deviation(Deviations),
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
    carrier: Carrier,
    events: VecDeque<Event>,
    last_invoke: u8,
    /// The time of the call that is being served.
    now: Instant,
}

#[derive(Debug)]
enum State {
    Idle,
    /// The link below is being set up.
    Connecting {
        until: Instant,
    },
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
    /// The association is released, the link below is being ended.
    Disconnecting {
        until: Instant,
    },
    Poisoned,
}

impl Client {
    /// A client that is not associated.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            carrier: Carrier::new(&options),
            options,
            state: State::Idle,
            events: VecDeque::new(),
            last_invoke: 0,
            now: Instant::default(),
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
        self.now = now;
        let until = now + self.options.timeout;
        match (&self.state, request) {
            (State::Poisoned, _) => Err(Misuse::Poisoned),
            (State::Idle, Request::Associate) => {
                self.check_aarq()?;
                self.state = State::Connecting { until };
                self.carrier.open(now);
                self.heed();
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
        self.now = now;
        let mut left = octets;
        while !left.is_empty() && !matches!(self.state, State::Poisoned) {
            let taken = self.carrier.handle_input(left, now);
            left = left.get(taken..).unwrap_or_default();
            self.heed();
        }
    }

    /// Tells that time has passed. Does nothing before the instant of [`Output::Wait`].
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        if matches!(self.state, State::Poisoned) {
            return;
        }
        if self.patience().is_some_and(|until| until <= now) {
            let phase = self.phase();
            return self.poison(Error::Timeout(phase));
        }
        self.carrier.handle_timeout(now);
        self.heed();
    }

    /// Tells that the link is closed.
    pub fn handle_close(&mut self) {
        if self.patience().is_some() {
            let phase = self.phase();
            self.poison(Error::Closed(phase));
        } else {
            self.state = State::Poisoned;
        }
    }

    /// What to do next; to be called until it says [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output<'_> {
        if self.carrier.has_frames() {
            return self.carrier.poll_frame().map_or(Output::Wait(None), Output::Transmit);
        }
        match self.events.pop_front() {
            Some(event) => Output::Event(event),
            None => {
                let moments = [self.patience(), self.carrier.deadline()];
                Output::Wait(moments.into_iter().flatten().min())
            }
        }
    }

    /// Sees to what has happened on the link.
    fn heed(&mut self) {
        while let Some(carried) = self.carrier.poll_event() {
            match carried {
                _ if matches!(self.state, State::Poisoned) => {}
                Carried::Apdu(apdu) => self.handle_apdu(&apdu),
                Carried::Opened => self.associate(),
                Carried::Closed => self.disconnected(),
                Carried::Alive => self.wait_on(),
                Carried::Stray(what) => self.stray(what),
                Carried::Broken(error) => self.poison(Error::Peer(Violation::Decode(error))),
                Carried::Lost(why) => {
                    let phase = self.phase();
                    self.poison(Error::Lost { phase, why });
                }
            }
        }
    }

    fn disconnected(&mut self) {
        if let State::Disconnecting { .. } = self.state {
            self.state = State::Idle;
            self.events.push_back(Event::Released);
        }
    }

    /// A long message on a slow line gets time for each piece of it.
    fn wait_on(&mut self) {
        let later = self.now + self.options.timeout;
        match &mut self.state {
            State::Connecting { until }
            | State::AwaitingAare { until }
            | State::AwaitingRlre { until }
            | State::Disconnecting { until } => *until = later,
            State::AwaitingAnswer(waiting) => waiting.until = later,
            State::Idle | State::Ready(_) | State::BetweenParts(_) | State::Poisoned => {}
        }
    }

    /// The largest APDU that the meter may send.
    fn agreed_size(&self) -> usize {
        match self.options.client_max_receive_pdu_size {
            0 => self.options.limits.apdu,
            size => self.options.limits.apdu.min(usize::from(size)),
        }
    }

    /// When waiting for the peer comes to an end; `None` when nothing is awaited.
    fn patience(&self) -> Option<Instant> {
        match &self.state {
            State::Connecting { until }
            | State::AwaitingAare { until }
            | State::AwaitingRlre { until }
            | State::Disconnecting { until } => Some(*until),
            State::AwaitingAnswer(waiting) => Some(waiting.until),
            _ => None,
        }
    }

    fn phase(&self) -> Phase {
        match &self.state {
            State::Connecting { .. } | State::AwaitingAare { .. } => Phase::Associate,
            State::AwaitingRlre { .. } | State::Disconnecting { .. } => Phase::Release,
            State::AwaitingAnswer(waiting)
                if matches!(waiting.asked, Asked::Get { blocks: Some(_), .. }) =>
            {
                Phase::Blocks
            }
            _ => Phase::Request,
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
        let asked = self.patience().is_some();
        self.state = State::Poisoned;
        self.carrier.clear();
        if asked {
            self.fail(error);
        }
    }
}

impl Violation {
    const fn into_error(self) -> Error {
        Error::Peer(self)
    }
}
