//! Client and server on one HDLC line that loses, repeats and spoils frames (F-04 in the small).

use core::time::Duration;

use cosem::{Data, Obis};
use dlms::apdu::{AttributeDescriptor, GetDataResult};
use dlms::association::{
    Access, Answer, Authentication, Client, ClientAddress, Delivery, Event, HdlcOptions,
    HdlcServerOptions, LinkOptions, Options, Output, Request, Server, ServerAddress, ServerEvent,
    ServerLink, ServerOptions, ServerRequest,
};
use dlms::error::Error;
use dlms::link::hdlc::Parameters;
use dlms::time::Instant;

/// Chance from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

struct World {
    client: Client,
    server: Server,
    now: Instant,
    chance: Chance,
    /// One frame in so many is hurt; 0: none.
    hurt: u64,
    /// How often the meter was asked for each attribute.
    asked: Vec<i8>,
}

impl World {
    fn new(seed: u64, hurt: u64) -> Self {
        let options = Options {
            link: LinkOptions::Hdlc(HdlcOptions::default()),
            timeout: Duration::from_secs(30),
            ..Options::default()
        };
        let small = Parameters {
            max_information_transmit: 40,
            max_information_receive: 40,
            ..Parameters::default()
        };
        let server = ServerOptions {
            link: ServerLink::Hdlc(HdlcServerOptions { physical: 17, parameters: small }),
            accesses: vec![Access::new(
                ClientAddress::PUBLIC,
                ServerAddress::MANAGEMENT,
                Authentication::None,
            )],
            ..ServerOptions::default()
        };
        let now = Instant::default();
        Self {
            client: Client::new(options),
            server: Server::new(server, now),
            now,
            chance: Chance(seed),
            hurt,
            asked: Vec::new(),
        }
    }

    /// Asks, and lets both ends talk until the answer is there.
    fn ask(&mut self, request: Request) -> Event {
        self.client.request(request, self.now).expect("in order");
        loop {
            let mut to_server = Vec::new();
            let wait = loop {
                match self.client.poll_output() {
                    Output::Transmit(frame) => to_server.push(frame.to_vec()),
                    Output::Event(Event::Stray(_)) => {}
                    Output::Event(event) => return event,
                    Output::Wait(until) => break until,
                }
            };
            let mut to_client = Vec::new();
            for frame in to_server {
                for frame in self.carried(frame) {
                    self.server.handle_input(&frame, self.now);
                    self.serve(&mut to_client);
                }
            }
            let nothing = to_client.is_empty();
            for frame in to_client {
                for frame in self.carried(frame) {
                    self.client.handle_input(&frame, self.now);
                }
            }
            if nothing {
                self.now = wait.expect("somebody waits").max(self.now);
                self.client.handle_timeout(self.now);
            }
        }
    }

    fn serve(&mut self, to_client: &mut Vec<Vec<u8>>) {
        loop {
            match self.server.poll_output() {
                Output::Transmit(frame) => to_client.push(frame.to_vec()),
                Output::Event(ServerEvent::Request {
                    association,
                    request: ServerRequest::Get(targets),
                }) => {
                    let attribute = targets[0].attribute.attribute;
                    self.asked.push(attribute);
                    let result = GetDataResult::Data(value(attribute).to_encoded());
                    self.server.answer(association, Answer::Get(vec![result]));
                }
                Output::Event(_) => {}
                Output::Wait(_) => return,
            }
        }
    }

    /// What the line makes of a frame.
    fn carried(&mut self, mut frame: Vec<u8>) -> Vec<Vec<u8>> {
        if self.hurt == 0 || self.chance.below(self.hurt) > 0 {
            return vec![frame];
        }
        match self.chance.below(4) {
            0 => Vec::new(),
            1 => vec![frame.clone(), frame],
            2 => {
                let bit = self.chance.below(frame.len() as u64 * 8) as usize;
                frame[bit / 8] ^= 1 << (bit % 8);
                vec![frame]
            }
            _ => {
                let cut = self.chance.below(frame.len() as u64) as usize;
                frame.truncate(cut);
                vec![frame]
            }
        }
    }
}

/// A value that names its attribute, longer than one frame.
fn value(attribute: i8) -> Data {
    Data::OctetString(vec![attribute.to_be_bytes()[0]; 100])
}

fn get(attribute: i8) -> Request {
    let target = AttributeDescriptor { class: 1, instance: Obis([0, 0, 96, 1, 0, 255]), attribute };
    Request::Get { targets: vec![target.into()], delivery: Delivery::Whole }
}

#[test]
fn on_a_bad_line_values_are_right_or_missing_and_never_another_ones() {
    let (mut right, mut missing) = (0, 0);
    for seed in 0..1_000 {
        let mut world = World::new(seed, 8);
        if !matches!(world.ask(Request::Associate), Event::Associated(_)) {
            missing += 1;
            continue;
        }
        for attribute in 1..=6 {
            match world.ask(get(attribute)) {
                Event::Got(results) => {
                    let expected = GetDataResult::Data(value(attribute).to_encoded());
                    assert_eq!(results, [expected], "seed {seed}");
                    right += 1;
                }
                Event::Failed(Error::Timeout(_) | Error::Lost { .. }) => {
                    missing += 1;
                    break;
                }
                other => panic!("seed {seed}: {other:?}"),
            }
        }
        // What is repeated on the line is not carried out again.
        let once: Vec<i8> = (1..).take(world.asked.len()).collect();
        assert_eq!(world.asked, once, "seed {seed}");
    }
    println!("{right} values right, {missing} talks broken off");
    assert!(right > 50 * missing, "{right} right, {missing} broken off");
}

#[test]
fn on_a_good_line_nothing_is_missing() {
    let mut world = World::new(1, 0);
    assert!(matches!(world.ask(Request::Associate), Event::Associated(_)));
    for attribute in 1..=40 {
        assert!(matches!(world.ask(get(attribute)), Event::Got(_)));
    }
    assert!(matches!(world.ask(Request::Release), Event::Released));
}
