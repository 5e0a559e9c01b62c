//! The meter's end of an HDLC line: one link for each client and logical device.
//!
//! Each link has its own numbers and sizes. A client that repeats a frame gets the answer that it
//! has missed; what it asked for is not carried out again.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::{Address, AddressSize, Control, Decoder, Found, Frame, Kind, Parameters, Segmentation};
use crate::time::Instant;

/// What a meter is on its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondaryOptions {
    /// The physical device: the lower part of an address of two or four octets.
    pub physical: u16,
    /// The logical devices.
    pub devices: Vec<u16>,
    /// What is granted at most.
    pub parameters: Parameters,
    /// The most octets of one message.
    pub limit: usize,
}

/// Who talks to which logical device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The client.
    pub client: u16,
    /// The logical device.
    pub device: u16,
}

/// What has happened on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineEvent {
    /// A message, without the octets of LLC.
    Message(Pair, Vec<u8>),
    /// The link is set up anew or has ended; what stood on it is gone.
    Reset(Pair),
}

/// The state machine.
pub struct Secondary {
    options: SecondaryOptions,
    decoder: Decoder,
    links: BTreeMap<Pair, Link>,
    frames: VecDeque<Vec<u8>>,
    events: VecDeque<LineEvent>,
    /// When octets came last.
    heard_at: Instant,
}

struct Link {
    /// Our address in the form that the client uses.
    own: Address,
    /// V(S) and V(R).
    send: u8,
    receive: u8,
    /// The longest information field that the client accepts, and that we do.
    longest: usize,
    accepts: usize,
    segments: VecDeque<Vec<u8>>,
    unacknowledged: Option<Frame>,
    message: Vec<u8>,
}

impl Secondary {
    /// A line on which nobody has spoken.
    #[must_use]
    pub fn new(options: SecondaryOptions) -> Self {
        Self {
            options,
            decoder: Decoder::new(),
            links: BTreeMap::new(),
            frames: VecDeque::new(),
            events: VecDeque::new(),
            heard_at: Instant::default(),
        }
    }

    /// Takes octets of the line, cut anywhere.
    pub fn handle_input(&mut self, octets: &[u8], now: Instant) {
        if now.saturating_since(self.heard_at) > INTER_OCTET_TIMEOUT {
            // A frame under way will not be completed; what it has swallowed is looked at again.
            self.decoder.handle_silence();
            self.handle_frames();
        }
        self.heard_at = now;
        self.decoder.push(octets);
        self.handle_frames();
    }

    fn handle_frames(&mut self) {
        while let Some(found) = self.decoder.next_found() {
            if let Found::Frame(frame) = found {
                self.handle_frame(&frame);
            }
        }
    }

    /// Sends a message: an APDU. Without a link there is nobody to hear it.
    pub fn send(&mut self, pair: Pair, apdu: &[u8]) {
        let Some(link) = self.links.get_mut(&pair) else { return };
        let message = [&LLC_RESPONSE[..], apdu].concat();
        link.segments = message.chunks(link.longest.max(1)).map(<[u8]>::to_vec).collect();
        self.send_segment(pair);
    }

    /// The next frame to send, flags included.
    pub fn poll_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.pop_front()
    }

    /// Whether a frame waits to be sent.
    #[must_use]
    pub fn has_frames(&self) -> bool {
        !self.frames.is_empty()
    }

    /// What has happened next.
    pub fn poll_event(&mut self) -> Option<LineEvent> {
        self.events.pop_front()
    }

    // Receiving.

    fn handle_frame(&mut self, frame: &Frame) {
        let Some(pair) = self.pair(frame) else { return };
        let polled = frame.control.has_poll_final();
        let connected = self.links.contains_key(&pair);
        match frame.control.kind() {
            Kind::SetNormalResponseMode if polled => self.connect(pair, frame),
            Kind::Disconnect if polled && connected => {
                self.links.remove(&pair);
                self.events.push_back(LineEvent::Reset(pair));
                self.reply(pair, frame.destination, Control::UA, Vec::new());
            }
            _ if !connected && polled => {
                self.reply(pair, frame.destination, Control::DM, Vec::new());
            }
            _ if !connected => {}
            Kind::Information { send, receive } => {
                self.handle_information(pair, frame, send, receive);
            }
            Kind::ReceiveReady { receive } | Kind::Reject { receive } if polled => {
                self.handle_ready(pair, receive);
            }
            Kind::ReceiveNotReady { .. } if polled => self.ready(pair),
            Kind::Unknown if polled => self.reject(pair, frame, CONTROL_UNDEFINED),
            _ => {}
        }
    }

    /// Who it is from and for; `None` when it is for nobody here.
    fn pair(&self, frame: &Frame) -> Option<Pair> {
        let (to, from) = (frame.destination, frame.source);
        let here = to.lower.is_none_or(|lower| lower == self.options.physical)
            && to.size != AddressSize::Three
            && self.options.devices.contains(&to.upper);
        let client = from.size == AddressSize::One && from.upper != 0 && from.upper != ALL_STATION;
        (here && client).then_some(Pair { client: from.upper, device: to.upper })
    }

    fn connect(&mut self, pair: Pair, frame: &Frame) {
        let Ok(proposed) = Parameters::decode(&frame.information) else {
            return self.reply(pair, frame.destination, Control::DM, Vec::new());
        };
        let own = self.options.parameters;
        let smaller = |a: u16, b: u16| a.min(b).max(SHORTEST_INFORMATION);
        let granted = Parameters {
            max_information_transmit: smaller(
                proposed.max_information_receive,
                own.max_information_transmit,
            ),
            max_information_receive: smaller(
                proposed.max_information_transmit,
                own.max_information_receive,
            ),
            ..Parameters::default()
        };
        if self.links.contains_key(&pair) {
            self.events.push_back(LineEvent::Reset(pair));
        }
        let link = Link {
            own: frame.destination,
            send: 0,
            receive: 0,
            longest: usize::from(granted.max_information_transmit),
            accepts: usize::from(granted.max_information_receive),
            segments: VecDeque::new(),
            unacknowledged: None,
            message: Vec::new(),
        };
        self.links.insert(pair, link);
        self.reply(pair, frame.destination, Control::UA, granted.encode());
    }

    fn handle_information(&mut self, pair: Pair, frame: &Frame, send: u8, receive: u8) {
        let limit = self.options.limit;
        let Some(link) = self.links.get_mut(&pair) else { return };
        if frame.information.len() > link.accepts {
            return self.reject(pair, frame, INFORMATION_TOO_LONG);
        }
        if send != link.receive {
            return match (frame.control.has_poll_final(), next(send) == link.receive) {
                (false, _) => {}
                // A repeat of what we have: the client has missed what we said then.
                (true, true) => self.say_again(pair),
                // One is missing in between: say which.
                (true, false) => self.ready(pair),
            };
        }
        link.acknowledge(receive);
        link.receive = next(link.receive);
        link.message.extend_from_slice(&frame.information);
        if link.message.len() > limit.saturating_add(LLC_COMMAND.len()) {
            link.message.clear();
            return self.reject(pair, frame, INFORMATION_TOO_LONG);
        }
        if frame.segmentation == Segmentation::More {
            return if frame.control.has_poll_final() {
                self.ready(pair)
            };
        }
        // A new request ends an answer that was being sent.
        link.segments.clear();
        link.unacknowledged = None;
        let message = core::mem::take(&mut link.message);
        match message.strip_prefix(&LLC_COMMAND) {
            Some(apdu) if !apdu.is_empty() => {
                self.events.push_back(LineEvent::Message(pair, apdu.to_vec()));
            }
            _ => self.ready(pair),
        }
    }

    fn handle_ready(&mut self, pair: Pair, receive: u8) {
        let Some(link) = self.links.get_mut(&pair) else { return };
        link.acknowledge(receive);
        match (&link.unacknowledged, link.segments.is_empty()) {
            (Some(_), _) => self.say_again(pair),
            (None, false) => self.send_segment(pair),
            (None, true) => self.ready(pair),
        }
    }

    // Sending.

    fn send_segment(&mut self, pair: Pair) {
        let Some(link) = self.links.get_mut(&pair) else { return };
        let Some(information) = link.segments.pop_front() else { return };
        let more = !link.segments.is_empty();
        let control = Control::information(link.send, link.receive).with_poll_final();
        link.send = next(link.send);
        let segmentation = if more { Segmentation::More } else { Segmentation::Last };
        let frame = Frame { segmentation, ..answer(pair, link.own, control, information) };
        link.unacknowledged = Some(frame.clone());
        self.put(&frame);
    }

    /// The frame that was not acknowledged, with the number that we expect now; else RR.
    fn say_again(&mut self, pair: Pair) {
        let Some(link) = self.links.get_mut(&pair) else { return };
        let Some(mut frame) = link.unacknowledged.clone() else { return self.ready(pair) };
        if let Kind::Information { send, .. } = frame.control.kind() {
            frame.control = Control::information(send, link.receive).with_poll_final();
        }
        self.put(&frame);
    }

    fn ready(&mut self, pair: Pair) {
        let Some(link) = self.links.get(&pair) else { return };
        let control = Control::receive_ready(link.receive).with_poll_final();
        self.reply(pair, link.own, control, Vec::new());
    }

    /// Says that the link cannot go on: the control octet, our numbers, the reason.
    fn reject(&mut self, pair: Pair, frame: &Frame, reason: u8) {
        let Some(link) = self.links.get(&pair) else { return };
        let numbers = (link.receive << 5) | (link.send << 1);
        let information = alloc::vec![frame.control.0, numbers, reason];
        self.reply(pair, link.own, Control::FRMR, information);
    }

    fn reply(&mut self, pair: Pair, own: Address, control: Control, information: Vec<u8>) {
        self.put(&answer(pair, own, control, information));
    }

    fn put(&mut self, frame: &Frame) {
        let mut octets = Vec::new();
        // Information fields are cut to the size that was agreed, so every frame fits.
        if frame.encode_into(&mut octets).is_ok() {
            self.frames.push_back(octets);
        }
    }
}

impl Link {
    /// N(R) says that everything before it has arrived.
    fn acknowledge(&mut self, receive: u8) {
        if receive == self.send {
            self.unacknowledged = None;
        }
    }
}

/// A frame to the client.
fn answer(pair: Pair, own: Address, control: Control, information: Vec<u8>) -> Frame {
    let [_, client] = pair.client.to_be_bytes();
    Frame {
        segmentation: Segmentation::Last,
        destination: Address::client(client),
        source: own,
        control,
        information,
    }
}

/// Without the frames, which may hold a password.
impl fmt::Debug for Secondary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Secondary");
        debug.field("options", &self.options);
        debug.field("links", &self.links.keys()).finish_non_exhaustive()
    }
}

/// In front of every message: from the client, and from the server.
const LLC_COMMAND: [u8; 3] = [0xe6, 0xe6, 0x00];
const LLC_RESPONSE: [u8; 3] = [0xe6, 0xe7, 0x00];

/// Silence that ends a frame. Over TCP pieces of a frame come in with gaps that no line has.
const INTER_OCTET_TIMEOUT: Duration = Duration::from_millis(500);

/// The address of all clients, which is nobody's own.
const ALL_STATION: u16 = 0x7f;

/// Below it no information field may be agreed.
const SHORTEST_INFORMATION: u16 = 32;

/// The reasons in FRMR: W and Y.
const CONTROL_UNDEFINED: u8 = 0x01;
const INFORMATION_TOO_LONG: u8 = 0x04;

/// The next number, modulo 8.
const fn next(number: u8) -> u8 {
    number.wrapping_add(1) & 7
}
