//! What comes in: which request it answers, and what it means.

use alloc::boxed::Box;
use core::mem;

use cosem::bytes::{Deviations, Reader};

use super::exchange::{Asked, AwaitingAnswer, Block, Taken};
use super::opening::accept;
use super::{Client, Delivery, Event, Negotiated, State};
use crate::apdu::{
    Aare, ActionResponse, Apdu, GetDataResult, GetResponse, InvokeId, Rlre, SetResponse,
};
use crate::association::error::{Error, Refusal, Violation};
use crate::time::Instant;

impl Client {
    pub(super) fn handle_apdu(&mut self, octets: &[u8]) {
        let mut r = Reader::new(octets).with_strictness(self.options.strictness);
        let apdu = match Apdu::decode_exactly(&mut r) {
            Ok(apdu) => {
                if r.deviations() != Deviations::default() {
                    self.events.push_back(Event::Deviation(r.deviations()));
                }
                apdu
            }
            Err(error) => return self.handle_unreadable(octets, error.into()),
        };
        match mem::replace(&mut self.state, State::Idle) {
            State::AwaitingAare { until } => self.handle_while_associating(apdu, until),
            State::AwaitingAnswer(waiting) => self.handle_answer(waiting, apdu),
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
            Apdu::Aare(aare) => accept(&aare, self.options.authentication.mechanism()),
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
                self.carrier.set_limit(self.agreed_size());
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
            Apdu::Rlre(_) => {
                self.state = State::Disconnecting { until: self.now + self.options.timeout };
                self.carrier.close(self.now);
            }
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

    fn handle_answer(&mut self, waiting: Box<AwaitingAnswer>, apdu: Apdu) {
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
                self.handle_get_response(waiting, response);
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

    fn handle_get_response(&mut self, waiting: Box<AwaitingAnswer>, response: GetResponse) {
        let Asked::Get { targets, delivery, ref blocks } = waiting.asked else { return };
        match response {
            GetResponse::WithDatablock { last, block, result, .. } => {
                self.handle_block(waiting, Block { last, number: block, result });
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

    fn handle_block(&mut self, mut waiting: Box<AwaitingAnswer>, block: Block) {
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
                waiting.until = self.now + self.options.timeout;
                self.ask_for_next_block(waiting);
                self.events.push_back(Event::Progress { octets });
            }
        }
    }
}

/// Whether an APDU that cannot be read whole is an answer with that invoke-id: it stands behind tag
/// and choice in all of them.
fn is_answer_to(apdu: &[u8], invoke: InvokeId) -> bool {
    let answers = [GetResponse::TAG, SetResponse::TAG, ActionResponse::TAG];
    matches!(apdu, [tag, _, octet, ..]
        if answers.contains(tag) && InvokeId(*octet).id() == invoke.id())
}
