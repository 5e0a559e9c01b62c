//! A small meter without a clock or chance: the protocol's server, and answers by rote.

use std::collections::VecDeque;
use std::time::Duration;

use cosem::{ClockStatus, CosemType as _};
use cosem::{Data, DateTime, Encoded, Obis, ScalerUnit, Unit, obis};
use dlms::apdu::{ActionResult, AttributeReference, Conformance, DataAccessResult, GetDataResult};
use dlms::association::{
    Access, Answer, Authentication, ClientAddress, Event, Negotiated, Output, Request, Server,
    ServerAddress, ServerEvent, ServerOptions, ServerRequest,
};
use dlms::security::Secret;
use dlms::time::Instant;
use dlms_client::{Cause, Link};

pub(crate) const PASSWORD: &str = "open sesame";
pub(crate) const READER: ClientAddress = ClientAddress(2);
pub(crate) const CLOCK: Obis = obis!("0-0:1.0.0");
pub(crate) const IMPORT: Obis = obis!("1-0:1.8.0");
pub(crate) const PROFILE: Obis = obis!("1-0:99.1.0");
pub(crate) const VIEW: Obis = obis!("0-0:40.0.0");
pub(crate) const ROWS: u32 = 40;

/// Octets go in, frames come out.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) server: Server,
    time: DateTime,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let access =
            |client, authentication| Access::new(client, ServerAddress::MANAGEMENT, authentication);
        let options = ServerOptions {
            accesses: vec![
                access(ClientAddress::PUBLIC, Authentication::None),
                access(READER, Authentication::Low(Secret::from(PASSWORD))),
            ],
            inactivity: Duration::from_secs(86_400),
            ..ServerOptions::default()
        };
        let server = Server::new(options, Instant::default());
        Self { server, time: time_of(0) }
    }

    /// The frames that answer these octets, whose requests may be cut anywhere.
    pub(crate) fn hear(&mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        self.server.handle_input(octets, Instant::default());
        let mut frames = Vec::new();
        loop {
            match self.server.poll_output() {
                Output::Transmit(frame) => frames.push(frame.to_vec()),
                Output::Event(ServerEvent::Request { association, request }) => {
                    let answer = self.answer(request);
                    self.server.answer(association, answer);
                }
                Output::Event(_) => {}
                Output::Wait(_) => return frames,
            }
        }
    }

    fn answer(&mut self, request: ServerRequest) -> Answer {
        match request {
            ServerRequest::Get(targets) => {
                let value = |target| match self.value(target) {
                    Some(value) => GetDataResult::Data(Encoded::from(value)),
                    None => GetDataResult::Error(DataAccessResult::OBJECT_UNDEFINED),
                };
                Answer::Get(targets.iter().map(value).collect())
            }
            ServerRequest::Set { target, value } => {
                let time = DateTime::from_data(value.to_data());
                Answer::Set(match (target.attribute.instance, time) {
                    (CLOCK, Ok(time)) => {
                        self.time = time;
                        DataAccessResult::SUCCESS
                    }
                    (CLOCK, Err(_)) => DataAccessResult::TYPE_UNMATCHED,
                    _ => DataAccessResult::READ_WRITE_DENIED,
                })
            }
            ServerRequest::Action { target, .. } if target.instance == CLOCK => Answer::Action {
                result: ActionResult::SUCCESS,
                return_parameters: Some(GetDataResult::Data(Data::Unsigned(7).to_encoded())),
            },
            ServerRequest::Action { .. } => {
                Answer::Action { result: ActionResult::OBJECT_UNDEFINED, return_parameters: None }
            }
        }
    }

    fn value(&self, target: &AttributeReference) -> Option<Data> {
        let attribute = &target.attribute;
        Some(match (attribute.class, attribute.instance, attribute.attribute) {
            (8, CLOCK, 2) => Data::from(self.time),
            (3, IMPORT, 2) => Data::DoubleLongUnsigned(12_345),
            (3, IMPORT, 3) => ScalerUnit { scaler: -1, unit: Unit::WATT_HOUR }.into_data(),
            (7, PROFILE, 2) => Data::Array((1..=ROWS).map(row).collect()),
            (15, VIEW, 2) => {
                Data::Array(vec![entry(8, CLOCK), entry(3, IMPORT), entry(7, PROFILE)])
            }
            // Values that say where they are from.
            (1, Obis([0, 0, 96, 1, number, 255]), 2) => Data::OctetString(vec![number; 12]),
            _ => return None,
        })
    }
}

pub(crate) fn time_of(quarter: u32) -> DateTime {
    let seconds = 1_749_983_400 + i64::from(quarter) * 900;
    DateTime::from_unix(seconds, -120, ClockStatus::DAYLIGHT_SAVING_ACTIVE)
}

/// A row of the profile; the first is 1.
pub(crate) fn row(number: u32) -> Data {
    Data::Structure(vec![Data::from(time_of(number)), Data::DoubleLongUnsigned(number * 25)])
}

fn entry(class: u16, instance: Obis) -> Data {
    let right = |mode| Data::Structure(vec![Data::Integer(2), Data::Enum(mode), Data::Null]);
    Data::Structure(vec![
        Data::LongUnsigned(class),
        Data::Unsigned(0),
        Data::from(instance),
        Data::Structure(vec![
            Data::Array(vec![right(if class == 8 { 3 } else { 1 })]),
            Data::Array(vec![Data::Structure(vec![Data::Integer(1), Data::Boolean(true)])]),
        ]),
    ])
}

/// A link that gives these events, one for each request, after the association.
pub(crate) struct Rote(VecDeque<Event>);

impl Rote {
    pub(crate) fn new(events: Vec<Event>) -> Self {
        let associated = Event::Associated(Negotiated {
            conformance: Conformance(0),
            server_max_receive_pdu_size: 0,
            vaa_name: 7,
        });
        Self(std::iter::once(associated).chain(events).collect())
    }
}

impl Link for Rote {
    async fn exchange(&mut self, _: Request) -> Result<Event, Cause> {
        self.0.pop_front().ok_or(Cause::Abandoned)
    }

    async fn close(&mut self) {}

    fn negotiated(&self) -> Option<Negotiated> {
        None
    }
}
