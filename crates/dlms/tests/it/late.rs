//! Late, repeated and overtaking frames in schedules made by chance: an answer is never taken for
//! the answer to another request.
//!
//! Every value says which attribute it is of, so a mistake shows in the value itself. A frame comes
//! at most 15 requests late, whole but in any order: an id has four bits, so the sixteenth request
//! after it cannot be told from it. A stream keeps the order and repeats nothing, so that is more
//! than it can do to us; what comes after a time-out is not looked at, however late it is.

use core::time::Duration;

use cosem::{Data, Encoded, Obis};
use dlms::apdu::{
    ActionResult, AttributeDescriptor, AttributeReference, DataAccessResult, GetDataResult,
    MethodDescriptor,
};
use dlms::association::{
    Access, Answer, AssociationId, Authentication, Client, ClientAddress, Delivery, Event, Options,
    Output, Request, Server, ServerAddress, ServerEvent, ServerOptions, ServerRequest,
};
use dlms::error::{Error, Misuse, Violation};
use dlms::time::Instant;

use crate::chance::Chance;

const SCHEDULES: u64 = 10_000;
const REQUESTS: u64 = 24;
/// Requests after which a frame that was held back has come.
const LATEST: u64 = 15;

#[test]
fn an_answer_is_never_taken_for_the_answer_to_another_request() {
    let mut seen = Seen::default();
    for seed in 0..SCHEDULES {
        let mut chance = Chance::new(seed);
        let mut line = Line::associated(&mut chance);
        for _ in 0..REQUESTS {
            line.ask(&mut chance, &mut seen);
            if !line.client.is_usable() {
                line.come_late(&mut chance, &mut seen);
                line = Line::associated(&mut chance);
            }
        }
    }
    // What is to be withstood must have happened.
    let Seen { right, strays, time_outs, wrong_blocks, refused, late } = seen;
    for (what, count) in [
        ("right answers", right),
        ("answers to nothing", strays),
        ("time-outs", time_outs),
        ("blocks out of turn", wrong_blocks),
        ("exceptions", refused),
        ("frames after a time-out", late),
    ] {
        assert!(count > SCHEDULES / 50, "only {count} {what}");
    }
}

#[derive(Debug, Default)]
struct Seen {
    right: u64,
    strays: u64,
    time_outs: u64,
    wrong_blocks: u64,
    refused: u64,
    late: u64,
}

/// A client and a server with a line between them that delays, repeats and reorders frames.
struct Line {
    client: Client,
    server: Server,
    now: Instant,
    /// Requests so far.
    requests: u64,
    /// The one that the server heard last.
    heard: u64,
    flying: Vec<Flight>,
    events: Vec<Event>,
    faults: Faults,
}

struct Flight {
    to: End,
    octets: Vec<u8>,
    at: Instant,
    /// The number of the request that it belongs to.
    origin: u64,
    /// It comes when this many requests have been made, even before its time.
    latest: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Client,
    Server,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Faults {
    None,
    Some,
}

impl Line {
    fn associated(chance: &mut Chance) -> Self {
        let options = ServerOptions {
            accesses: vec![Access::new(PUBLIC.client, PUBLIC.server, Authentication::None)],
            ..ServerOptions::default()
        };
        let now = Instant::default();
        let mut line = Self {
            client: Client::new(Options { client_max_receive_pdu_size: 48, ..Options::default() }),
            server: Server::new(options, now),
            now,
            requests: 0,
            heard: 0,
            flying: Vec::new(),
            events: Vec::new(),
            faults: Faults::None,
        };
        line.client.request(Request::Associate, now).unwrap();
        let event = line.answer(chance, &mut Seen::default());
        assert!(matches!(event, Event::Associated(_)));
        line.faults = Faults::Some;
        line
    }

    /// Asks for something, waits for what comes of it, and looks whether it is that.
    fn ask(&mut self, chance: &mut Chance, seen: &mut Seen) {
        let kinds = chance.below(8);
        if kinds < 2 {
            return self.ask_in_parts(chance, seen);
        }
        let targets: Vec<_> =
            (0..1 + chance.below(3)).map(|_| attribute(chance.below(40))).collect();
        let method = MethodDescriptor { class: 9, instance: instance(chance.below(40)), method: 1 };
        let request = match kinds {
            2 => Request::Set { target: targets[0].clone(), value: name(b's', &targets[0]) },
            3 => Request::Action { target: method, parameters: None },
            _ => Request::Get { targets: targets.clone(), delivery: Delivery::Whole },
        };
        self.request(request);
        match self.answer(chance, seen) {
            Event::Got(results) => {
                assert_eq!(results.len(), targets.len());
                for (target, result) in targets.iter().zip(results) {
                    if let GetDataResult::Data(value) = result {
                        assert_eq!(value, value_of(target));
                    }
                }
                seen.right += 1;
            }
            Event::Set(result) => assert_eq!(result, set_result(&targets[0])),
            Event::Action { return_parameters, .. } => {
                assert_eq!(return_parameters, Some(GetDataResult::Data(returned_by(method))));
            }
            Event::Failed(error) => seen.count(&error),
            other => panic!("{other:?}"),
        }
    }

    /// Reads a long value in parts, to the end or not.
    fn ask_in_parts(&mut self, chance: &mut Chance, seen: &mut Seen) {
        let target = attribute(chance.below(40));
        let right = value_of(&target).into_octets();
        self.request(Request::Get { targets: vec![target], delivery: Delivery::Parts });
        let mut octets = Vec::new();
        loop {
            match self.answer(chance, seen) {
                Event::Part { octets: part, last } => {
                    octets.extend(part);
                    assert!(right.starts_with(&octets), "a part of another value");
                    if last {
                        // A last block may come that is not the end: its number then was wrong.
                        assert_eq!(octets, right);
                        seen.right += 1;
                        return;
                    }
                }
                Event::Got(results) => {
                    assert!(matches!(results[..], [GetDataResult::Error(_)]));
                    return;
                }
                Event::Failed(error) => return seen.count(&error),
                other => panic!("{other:?}"),
            }
            if chance.once_in(6) {
                return;
            }
            self.client.request(Request::NextPart, self.now).unwrap();
        }
    }

    fn request(&mut self, request: Request) {
        self.requests += 1;
        self.client.request(request, self.now).unwrap();
    }

    /// Lets time pass until the client says what came of the request.
    fn answer(&mut self, chance: &mut Chance, seen: &mut Seen) -> Event {
        loop {
            let until = self.drain(chance);
            while !self.events.is_empty() {
                match self.events.remove(0) {
                    Event::Stray(_) => seen.strays += 1,
                    Event::Progress { .. } => {}
                    event => return event,
                }
            }
            let until = until.expect("a client that waits has a deadline");
            let next = self.flying.iter().map(|flight| self.due(flight)).enumerate();
            match next.min_by_key(|(_, due)| *due) {
                Some((place, due)) if due < until => {
                    self.now = self.now.max(due);
                    let flight = self.flying.remove(place);
                    self.deliver(&flight);
                }
                _ => {
                    self.now = until;
                    self.client.handle_timeout(until);
                }
            }
        }
    }

    fn due(&self, flight: &Flight) -> Instant {
        if self.requests >= flight.latest { self.now } else { flight.at }
    }

    fn deliver(&mut self, flight: &Flight) {
        match flight.to {
            End::Client => self.client.handle_input(&flight.octets, self.now),
            End::Server => {
                self.heard = flight.origin;
                self.server.handle_input(&flight.octets, self.now);
            }
        }
    }

    /// Both machines do what they want to; says until when the client waits.
    fn drain(&mut self, chance: &mut Chance) -> Option<Instant> {
        loop {
            match self.server.poll_output() {
                Output::Transmit(octets) => {
                    let octets = octets.to_vec();
                    self.send(End::Client, self.heard, octets, chance);
                }
                Output::Event(ServerEvent::Request { association, request }) => {
                    self.server.answer(association, answer_to(&request));
                }
                Output::Event(_) => {}
                Output::Wait(_) => break,
            }
        }
        loop {
            match self.client.poll_output() {
                Output::Transmit(octets) => {
                    let octets = octets.to_vec();
                    self.send(End::Server, self.requests, octets, chance);
                }
                Output::Event(event) => self.events.push(event),
                Output::Wait(until) => return until,
            }
        }
    }

    fn send(&mut self, to: End, origin: u64, octets: Vec<u8>, chance: &mut Chance) {
        let copies = if self.faults == Faults::Some && chance.once_in(8) { 2 } else { 1 };
        for _ in 0..copies {
            let millis = match self.faults {
                Faults::Some if chance.once_in(100) => 5_000 + chance.below(60_000),
                Faults::Some if chance.once_in(4) => chance.below(4_900),
                _ => chance.below(50),
            };
            let at = self.now + Duration::from_millis(millis);
            let latest = origin + 1 + chance.below(LATEST);
            self.flying.push(Flight { to, octets: octets.clone(), at, origin, latest });
        }
    }

    /// After the end of the association everything comes that was held back, and up to 40 requests
    /// are tried in between: nothing is believed.
    fn come_late(&mut self, chance: &mut Chance, seen: &mut Seen) {
        self.drain(chance);
        self.events.clear();
        for _ in 0..=chance.below(40) {
            let request = Request::Get {
                targets: vec![attribute(chance.below(40))],
                delivery: Delivery::Whole,
            };
            assert_eq!(self.client.request(request, self.now), Err(Misuse::Poisoned));
            if !self.flying.is_empty() {
                let place = chance.below(self.flying.len() as u64);
                let flight = self.flying.swap_remove(place as usize);
                self.deliver(&flight);
                seen.late += 1;
            }
            assert_eq!(self.drain(chance), None);
            assert_eq!(self.events, []);
        }
    }
}

impl Seen {
    fn count(&mut self, error: &Error) {
        match error {
            Error::Timeout(_) => self.time_outs += 1,
            Error::Peer(Violation::BlockNumber { .. }) => self.wrong_blocks += 1,
            Error::Refused(_) => self.refused += 1,
            Error::Peer(Violation::Unexpected { .. }) => {}
            other => panic!("{other}"),
        }
    }
}

const PUBLIC: AssociationId =
    AssociationId { client: ClientAddress::PUBLIC, server: ServerAddress::MANAGEMENT };

fn instance(number: u64) -> Obis {
    Obis([0, 0, 96, 128, number as u8, 255])
}

/// One of several attributes.
fn attribute(number: u64) -> AttributeReference {
    AttributeDescriptor { class: 1, instance: instance(number), attribute: 2 }.into()
}

/// The meter answers this one with an exception.
const REFUSED: u8 = 7;

fn answer_to(request: &ServerRequest) -> Answer {
    match request {
        ServerRequest::Get(targets) if targets[0].attribute.instance.0[4] == REFUSED => {
            // Of another kind than the request: the server's machine makes an exception of it.
            Answer::Set(DataAccessResult::SUCCESS)
        }
        ServerRequest::Get(targets) => Answer::Get(
            targets.iter().map(|target| GetDataResult::Data(value_of(target))).collect(),
        ),
        ServerRequest::Set { target, .. } => Answer::Set(set_result(target)),
        ServerRequest::Action { target, .. } => Answer::Action {
            result: ActionResult::SUCCESS,
            return_parameters: Some(GetDataResult::Data(returned_by(*target))),
        },
    }
}

/// A value that says of which attribute it is; of every third one it is long, and says it in each
/// block.
fn value_of(target: &AttributeReference) -> Encoded {
    name(b'g', target)
}

fn name(service: u8, target: &AttributeReference) -> Encoded {
    let number = target.attribute.instance.0[4];
    let times = if number.is_multiple_of(3) { 30 } else { 1 };
    let octets: Vec<u8> = (0..times).flat_map(|place| [service, number, place]).collect();
    Encoded::from(Data::OctetString(octets))
}

fn set_result(target: &AttributeReference) -> DataAccessResult {
    DataAccessResult(100 + target.attribute.instance.0[4])
}

fn returned_by(target: MethodDescriptor) -> Encoded {
    Encoded::from(Data::OctetString(vec![b'a', target.instance.0[4]]))
}
