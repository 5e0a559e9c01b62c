//! Conversations as tests: what one end sends, what it hears, what comes of it.

use core::time::Duration;

use cosem::bytes::{from_hex, hex};
use dlms::apdu::Apdu;
use dlms::association::{
    Client, Event, Options, Output, Request, Server, ServerEvent, ServerOptions,
};
use dlms::link::wrapper;
use dlms::time::Instant;

/// A client whose meter is the test.
pub(crate) struct Talk {
    pub(crate) client: Client,
    pub(crate) now: Instant,
    route: (u16, u16),
    sent: Vec<String>,
    events: Vec<Event>,
}

impl Talk {
    pub(crate) fn new(options: Options) -> Self {
        let route = (options.client.0, options.server.0);
        let now = Instant::default();
        Self { client: Client::new(options), now, route, sent: Vec::new(), events: Vec::new() }
    }

    /// A public client that has associated: 4 services, PDU size 500 (Green Book worked example).
    pub(crate) fn associated() -> Self {
        Self::new(Options::default())
            .asks(Request::Associate)
            .hears("6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007")
            .forgets()
    }

    /// The same with every service of this slice.
    pub(crate) fn associated_fully() -> Self {
        Self::new(Options::default())
            .asks(Request::Associate)
            .hears("6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F0400007E1F01F40007")
            .forgets()
    }

    pub(crate) fn asks(mut self, request: Request) -> Self {
        self.client.request(request, self.now).expect("the request is in order");
        self.drain();
        self
    }

    /// The meter answers with a bare APDU, framed here.
    pub(crate) fn hears(self, apdu: &str) -> Self {
        let (client, server) = self.route;
        self.hears_from(server, client, apdu)
    }

    pub(crate) fn hears_from(mut self, source: u16, destination: u16, apdu: &str) -> Self {
        let mut frame = Vec::new();
        wrapper::encode(source, destination, &octets(apdu), &mut frame).expect("fits");
        self.client.handle_input(&frame, self.now);
        self.drain();
        self
    }

    pub(crate) fn waits(mut self, duration: Duration) -> Self {
        self.now = self.now + duration;
        self.client.handle_timeout(self.now);
        self.drain();
        self
    }

    /// The client has sent exactly this since the last look.
    pub(crate) fn sends(mut self, apdu: &str) -> Self {
        assert_eq!(self.sent, [hex(&octets(apdu))]);
        self.sent.clear();
        self
    }

    pub(crate) fn sends_nothing(self) -> Self {
        assert_eq!(self.sent, Vec::<String>::new());
        self
    }

    /// Exactly these events have happened since the last look.
    pub(crate) fn yields(mut self, events: &[Event]) -> Self {
        assert_eq!(self.events, events);
        self.events.clear();
        self
    }

    pub(crate) fn forgets_sent_and_yields(mut self, events: &[Event]) -> Self {
        self.sent.clear();
        self.yields(events)
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    pub(crate) fn look(mut self) -> Self {
        self.drain();
        self
    }

    pub(crate) fn forgets(mut self) -> Self {
        self.sent.clear();
        self.events.clear();
        self
    }

    fn drain(&mut self) {
        loop {
            match self.client.poll_output() {
                Output::Transmit(frame) => self.sent.push(hex(&frame[wrapper::HEADER_LENGTH..])),
                Output::Event(event) => self.events.push(event),
                Output::Wait(_) => return,
            }
        }
    }
}

/// A server whose client and whose meter are the test.
pub(crate) struct Service {
    pub(crate) server: Server,
    pub(crate) now: Instant,
    sent: Vec<String>,
    pub(crate) events: Vec<ServerEvent>,
}

impl Service {
    pub(crate) fn new(options: ServerOptions) -> Self {
        let now = Instant::default();
        Self { server: Server::new(options, now), now, sent: Vec::new(), events: Vec::new() }
    }

    /// A client sends a bare APDU, framed here.
    pub(crate) fn hears(self, client: u16, server: u16, apdu: &str) -> Self {
        let mut frame = Vec::new();
        wrapper::encode(client, server, &octets(apdu), &mut frame).expect("fits");
        self.hears_octets(&frame)
    }

    pub(crate) fn hears_octets(mut self, octets: &[u8]) -> Self {
        self.server.handle_input(octets, self.now);
        self.drain();
        self
    }

    pub(crate) fn does(mut self, act: impl FnOnce(&mut Server)) -> Self {
        act(&mut self.server);
        self.drain();
        self
    }

    pub(crate) fn waits(mut self, duration: Duration) -> Self {
        self.now = self.now + duration;
        self.server.handle_timeout(self.now);
        self.drain();
        self
    }

    pub(crate) fn sends(mut self, apdu: &str) -> Self {
        assert_eq!(self.sent, [hex(&octets(apdu))]);
        self.sent.clear();
        self
    }

    pub(crate) fn sends_nothing(self) -> Self {
        assert_eq!(self.sent, Vec::<String>::new());
        self
    }

    /// What was sent since the last look, decoded.
    pub(crate) fn sent(&mut self) -> Vec<Apdu> {
        let sent = std::mem::take(&mut self.sent);
        sent.iter().map(|text| Apdu::decode(&octets(text)).expect("what we send decodes")).collect()
    }

    pub(crate) fn yields(mut self, events: &[ServerEvent]) -> Self {
        assert_eq!(self.events, events);
        self.events.clear();
        self
    }

    pub(crate) fn forgets(mut self) -> Self {
        self.sent.clear();
        self.events.clear();
        self
    }

    fn drain(&mut self) {
        loop {
            match self.server.poll_output() {
                Output::Transmit(frame) => self.sent.push(hex(&frame[wrapper::HEADER_LENGTH..])),
                Output::Event(event) => self.events.push(event),
                Output::Wait(_) => return,
            }
        }
    }
}

pub(crate) fn octets(text: &str) -> Vec<u8> {
    from_hex(text).expect("hexadecimal in a test")
}
