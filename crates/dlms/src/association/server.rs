//! The server's half of a conversation: one per link, any number of associations on it.
//!
//! It frames, associates, checks passwords, cuts long answers into blocks. What objects there are,
//! who may touch them and what they do is the meter's: it gets [`ServerEvent::Request`] and gives
//! [`Server::answer`].

mod answering;
mod associating;
mod receiving;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::fmt;

use cosem::Encoded;

use self::associating::Answered;
use super::Output;
use super::error::Violation;
use super::line::{Heard, Line};
use super::options::{ClientAddress, ServerAddress, ServerOptions, Unconfirmed};
use super::queue::Route;
use crate::apdu::{
    ActionResult, Apdu, AttributeReference, Conformance, DataAccessResult, Diagnostic,
    GetDataResult, InvokeId, Mechanism, MethodDescriptor, ServiceClass, ServiceError, SetResponse,
    StateError, shown,
};
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
    pub(super) const fn route(self) -> Route {
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
#[derive(Clone, PartialEq)]
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

/// Without what is a password or a key.
impl fmt::Debug for ServerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(targets) => f.debug_tuple("Get").field(targets).finish(),
            Self::Set { target, value } => {
                let value = shown(value, target.attribute.is_secret());
                f.debug_tuple("Set").field(target).field(value).finish()
            }
            Self::Action { target, parameters } => {
                let parameters = shown(parameters, target.is_secret());
                f.debug_tuple("Action").field(target).field(parameters).finish()
            }
        }
    }
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
    line: Line,
    events: VecDeque<ServerEvent>,
    associations: BTreeMap<AssociationId, Association>,
    /// The request that the meter has not answered yet.
    pending: Option<Pending>,
    quiet_until: Instant,
    /// When octets came last.
    now: Instant,
    closed: bool,
}

#[derive(Debug)]
struct Association {
    conformance: Conformance,
    /// As much as a frame can hold when the client accepts any size.
    client_max_receive_pdu_size: usize,
    /// A client that wants no answers may not ask for any.
    answered: Answered,
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
            line: Line::new(&options),
            quiet_until: now + options.inactivity,
            now,
            options,
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
            self.now = now;
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
        while !self.line.has_frames()
            && self.events.is_empty()
            && self.pending.is_none()
            && !self.closed
        {
            let taken = self.line.push(self.inbox.make_contiguous(), self.now);
            self.inbox.drain(..taken);
            match self.line.next() {
                Ok(Some(Heard::Apdu(association, apdu))) => self.handle_apdu(association, &apdu),
                Ok(Some(Heard::Reset(association))) => self.end(association),
                Ok(None) if taken == 0 => break,
                Ok(None) => {}
                Err(error) => self.close(CloseReason::Broken(Violation::Decode(error))),
            }
        }
        if self.line.has_frames() {
            return self.line.poll_frame().map_or(Output::Wait(None), Output::Transmit);
        }
        match self.events.pop_front() {
            Some(event) => Output::Event(event),
            None if self.closed => Output::Wait(None),
            None => Output::Wait(Some(self.quiet_until)),
        }
    }

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
