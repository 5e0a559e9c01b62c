//! What goes out: the AARQ, requests, the next block.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::exchange::{Asked, AwaitingAnswer};
use super::{Client, Delivery, Negotiated, Request, State};
use crate::apdu::{
    Aarq, ActionRequest, Apdu, ApplicationContext, AttributeReference, Conformance, GetRequest,
    InitiateRequest, InvokeId, Mechanism, ServiceClass, SetRequest,
};
use crate::association::error::Misuse;
use crate::association::options::Authentication;
use crate::link::wrapper;
use crate::time::Instant;

impl Client {
    /// Nothing is agreed yet, but a frame has its limit, and a password may exceed it.
    pub(super) fn check_aarq(&self) -> Result<(), Misuse> {
        let (size, limit) = (Apdu::Aarq(self.aarq()).encode().len(), wrapper::MAX_LENGTH);
        if size > limit { Err(Misuse::TooLong { size, limit }) } else { Ok(()) }
    }

    /// Asks for the association over the link that is set up.
    pub(super) fn associate(&mut self) {
        if let State::Connecting { .. } = self.state {
            // The size is agreed by the AARE, which therefore need not keep to it.
            self.carrier.set_limit(self.agreed_size().max(ROOM_FOR_AN_AARE));
            self.send(&Apdu::Aarq(self.aarq()));
            self.state = State::AwaitingAare { until: self.now + self.options.timeout };
        }
    }

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

    pub(super) fn service(&mut self, request: Request, until: Instant) -> Result<(), Misuse> {
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
        self.carrier.send(&octets, self.now);
        let waiting = AwaitingAnswer { negotiated, invoke, until, asked };
        self.state = State::AwaitingAnswer(Box::new(waiting));
        Ok(())
    }

    pub(super) fn next_part(&mut self, until: Instant) -> Result<(), Misuse> {
        let State::BetweenParts(mut waiting) = mem::replace(&mut self.state, State::Idle) else {
            return Err(Misuse::NothingToContinue);
        };
        waiting.until = until;
        self.ask_for_next_block(waiting);
        Ok(())
    }

    /// The number quoted is that of the block that has arrived.
    pub(super) fn ask_for_next_block(&mut self, waiting: Box<AwaitingAnswer>) {
        if let Asked::Get { blocks: Some(blocks), .. } = &waiting.asked {
            let next = GetRequest::Next { invoke: waiting.invoke, block: blocks.number };
            self.send(&Apdu::GetRequest(next));
        }
        self.state = State::AwaitingAnswer(waiting);
    }

    pub(super) fn send(&mut self, apdu: &Apdu) {
        self.carrier.send(&apdu.encode(), self.now);
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

/// An AARE has 41 octets and more: titles, a challenge, what a maker adds.
const ROOM_FOR_AN_AARE: usize = 512;
