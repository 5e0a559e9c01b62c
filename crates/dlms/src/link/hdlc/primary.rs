//! The client's end of an HDLC link: set-up, sequence numbers, segments, what was lost.
//!
//! One message each way at a time, as the association wants it; the window for sending is 1, frames
//! that the meter sends in a window are taken as they come. The machine sends again what brings no
//! answer; when to give up is the association's decision.
//!
//! ```text
//! Disconnected ─SNRM─▶ Connecting ─UA─▶ Connected ─DISC─▶ Disconnecting ─UA, DM─▶ Disconnected
//! ```

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::{Address, Control, Decoder, Found, Frame, Kind, Parameters, Segmentation};
use crate::time::Instant;

/// How the link is to be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrimaryOptions {
    /// Our address.
    pub client: Address,
    /// The meter's address; its form is the one that the meter wants.
    pub server: Address,
    /// What SNRM proposes.
    pub parameters: Parameters,
    /// How long to wait before something is sent again.
    pub repeat_after: Duration,
    /// The most octets of one message.
    pub limit: usize,
}

/// What has happened on the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// The link is set up.
    Opened,
    /// A message, without the octets of LLC.
    Message(Vec<u8>),
    /// A segment has gone through, in one direction or the other.
    Alive,
    /// The link is ended as we wanted.
    Closed,
    /// The link is lost; the words say why.
    Lost(&'static str),
    /// A frame or octets that were not looked at.
    Stray(&'static str),
}

/// The state machine.
pub struct Primary {
    options: PrimaryOptions,
    state: State,
    decoder: Decoder,
    frames: VecDeque<Vec<u8>>,
    events: VecDeque<LinkEvent>,
    /// V(S): the number of the next I frame that we send.
    send: u8,
    /// V(R): the number of the next I frame that we expect.
    receive: u8,
    /// The longest information field that the meter accepts.
    longest: usize,
    /// Segments of our message that have not been sent.
    segments: VecDeque<Vec<u8>>,
    /// The I frame that has not been acknowledged.
    unacknowledged: Option<Frame>,
    /// Whether a message of the meter is to come.
    awaiting: bool,
    /// The segments of the meter's message so far.
    message: Vec<u8>,
    /// When to ask again.
    repeat_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Disconnected,
    Connecting,
    Connected,
    Disconnecting,
}

impl Primary {
    /// A link that is not set up.
    #[must_use]
    pub fn new(options: PrimaryOptions) -> Self {
        Self {
            options,
            state: State::Disconnected,
            decoder: Decoder::new(),
            frames: VecDeque::new(),
            events: VecDeque::new(),
            send: 0,
            receive: 0,
            longest: 0,
            segments: VecDeque::new(),
            unacknowledged: None,
            awaiting: false,
            message: Vec::new(),
            repeat_at: None,
        }
    }

    /// Sets the link up; [`LinkEvent::Opened`] follows, or [`LinkEvent::Lost`].
    pub fn open(&mut self, now: Instant) {
        self.state = State::Connecting;
        self.reset();
        self.connect(now);
    }

    /// Sends a message: an APDU.
    pub fn send(&mut self, apdu: &[u8], now: Instant) {
        let message = [&LLC_COMMAND[..], apdu].concat();
        self.awaiting = true;
        self.segments = message.chunks(self.longest.max(1)).map(<[u8]>::to_vec).collect();
        self.send_segment(now);
    }

    /// Ends the link; [`LinkEvent::Closed`] follows.
    pub fn close(&mut self, now: Instant) {
        self.state = State::Disconnecting;
        self.transmit(Control::DISC, Vec::new(), now);
    }

    /// Takes octets of the line, cut anywhere.
    pub fn handle_input(&mut self, octets: &[u8], now: Instant) {
        self.decoder.push(octets);
        while let Some(found) = self.decoder.next_found() {
            match found {
                Found::Frame(frame) => self.handle_frame(frame, now),
                Found::Broken(_) => self.events.push_back(LinkEvent::Stray("a broken frame")),
                Found::Garbage(_) => self.events.push_back(LinkEvent::Stray("octets of no frame")),
            }
        }
    }

    /// Tells that time has passed. Does nothing before [`Primary::deadline`].
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.repeat_at.is_none_or(|at| at > now) {
            return;
        }
        // What a broken frame has swallowed is looked at again.
        self.decoder.handle_silence();
        match self.state {
            State::Disconnected => self.repeat_at = None,
            State::Connecting => self.connect(now),
            // The answer tells what has arrived.
            State::Connected => self.poll_meter(now),
            State::Disconnecting => self.transmit(Control::DISC, Vec::new(), now),
        }
    }

    /// When to call [`Primary::handle_timeout`].
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.repeat_at
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

    /// Another limit for one message.
    pub const fn set_limit(&mut self, limit: usize) {
        self.options.limit = limit;
    }

    /// Drops what has not been sent, and asks for nothing any more.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.reset();
    }

    /// What has happened next.
    pub fn poll_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }

    // Sending.

    fn connect(&mut self, now: Instant) {
        let parameters = self.options.parameters;
        let information =
            if parameters == Parameters::default() { Vec::new() } else { parameters.encode() };
        self.transmit(Control::SNRM, information, now);
    }

    fn send_segment(&mut self, now: Instant) {
        let Some(information) = self.segments.pop_front() else { return };
        let more = !self.segments.is_empty();
        let control = Control::information(self.send, self.receive).with_poll_final();
        self.send = next(self.send);
        let segmentation = if more { Segmentation::More } else { Segmentation::Last };
        let frame = Frame { segmentation, ..self.frame(control, information) };
        self.put(&frame, now);
        self.unacknowledged = Some(frame);
    }

    fn poll_meter(&mut self, now: Instant) {
        let control = Control::receive_ready(self.receive).with_poll_final();
        self.transmit(control, Vec::new(), now);
    }

    fn transmit(&mut self, control: Control, information: Vec<u8>, now: Instant) {
        self.put(&self.frame(control, information), now);
    }

    fn frame(&self, control: Control, information: Vec<u8>) -> Frame {
        Frame {
            segmentation: Segmentation::Last,
            destination: self.options.server,
            source: self.options.client,
            control,
            information,
        }
    }

    fn put(&mut self, frame: &Frame, now: Instant) {
        let mut octets = Vec::new();
        // Information fields are cut to the size that was agreed, so every frame fits.
        if frame.encode_into(&mut octets).is_ok() {
            self.frames.push_back(octets);
            self.repeat_at = Some(now.after(self.options.repeat_after));
        }
    }

    // Receiving.

    fn handle_frame(&mut self, frame: Frame, now: Instant) {
        // Client 16 and logical device 16 have one address: there an echo looks like an answer.
        let (client, server) = (self.options.client, self.options.server);
        if (frame.destination, frame.source) == (server, client) && server != client {
            return self.events.push_back(LinkEvent::Stray("an echo of our own frame"));
        }
        // Some meters answer with another lower address than the one that was called.
        let ours = frame.destination.upper == self.options.client.upper
            && frame.source.upper == self.options.server.upper;
        if !ours {
            return self
                .events
                .push_back(LinkEvent::Stray("a frame for another pair of addresses"));
        }
        match (self.state, frame.control.kind()) {
            (State::Connecting, Kind::UnnumberedAcknowledge) => self.opened(&frame),
            (State::Connecting, Kind::DisconnectedMode) => {
                self.lost("the meter does not set up the link (DM)");
            }
            (State::Disconnecting, Kind::UnnumberedAcknowledge | Kind::DisconnectedMode) => {
                self.state = State::Disconnected;
                self.repeat_at = None;
                self.events.push_back(LinkEvent::Closed);
            }
            (State::Connected, Kind::DisconnectedMode) => self.lost("the link is down (DM)"),
            (State::Connected, Kind::FrameReject) => {
                self.lost("the meter has rejected a frame (FRMR)");
            }
            (State::Connected, Kind::Information { send, receive }) => {
                self.handle_information(frame, send, receive, now);
            }
            (State::Connected, Kind::ReceiveReady { receive } | Kind::Reject { receive }) => {
                self.handle_ready(receive, now);
            }
            (State::Connected, Kind::ReceiveNotReady { receive }) => {
                self.acknowledge(receive);
                if self.awaiting {
                    self.wait(now);
                }
            }
            _ => self.events.push_back(LinkEvent::Stray("a frame out of turn")),
        }
    }

    fn opened(&mut self, frame: &Frame) {
        let Ok(granted) = Parameters::decode(&frame.information) else {
            return self.lost("the parameters of UA cannot be read");
        };
        // What the meter receives is what we send. It may offer more than was asked for.
        let own = self.options.parameters.max_information_transmit;
        self.longest = usize::from(granted.max_information_receive.min(own));
        self.state = State::Connected;
        self.repeat_at = None;
        self.events.push_back(LinkEvent::Opened);
    }

    fn handle_information(&mut self, frame: Frame, send: u8, receive: u8, now: Instant) {
        self.acknowledge(receive);
        if send != self.receive {
            // Sent again although we have it, or after one that was lost: ask for what we expect.
            self.events.push_back(LinkEvent::Stray("an I frame out of sequence"));
            if self.awaiting && frame.control.has_poll_final() {
                self.poll_meter(now);
            }
            return;
        }
        self.receive = next(self.receive);
        self.message.extend_from_slice(&frame.information);
        if self.message.len() > self.options.limit.saturating_add(LLC_COMMAND.len()) {
            return self.lost("the message is longer than the limit");
        }
        if frame.segmentation == Segmentation::Last {
            self.repeat_at = None;
            self.unacknowledged = None;
            self.awaiting = false;
            let message = core::mem::take(&mut self.message);
            let apdu = message.strip_prefix(&LLC_RESPONSE).unwrap_or(&message).to_vec();
            return self.events.push_back(LinkEvent::Message(apdu));
        }
        self.events.push_back(LinkEvent::Alive);
        if frame.control.has_poll_final() {
            self.poll_meter(now);
        } else {
            self.wait(now);
        }
    }

    fn handle_ready(&mut self, receive: u8, now: Instant) {
        if !self.awaiting {
            // Some meters answer once more.
            return self.events.push_back(LinkEvent::Stray("RR that answers nothing"));
        }
        self.acknowledge(receive);
        match self.unacknowledged.take() {
            // It has not arrived.
            Some(frame) => {
                self.put(&frame, now);
                self.unacknowledged = Some(frame);
            }
            None if !self.segments.is_empty() => {
                self.events.push_back(LinkEvent::Alive);
                self.send_segment(now);
            }
            // The answer is not ready yet.
            None => self.wait(now),
        }
    }

    /// N(R) says that everything before it has arrived.
    fn acknowledge(&mut self, receive: u8) {
        if receive == self.send {
            self.unacknowledged = None;
        }
    }

    fn wait(&mut self, now: Instant) {
        self.repeat_at = Some(now.after(self.options.repeat_after.min(POLL_INTERVAL)));
    }

    fn lost(&mut self, why: &'static str) {
        self.state = State::Disconnected;
        self.reset();
        self.events.push_back(LinkEvent::Lost(why));
    }

    fn reset(&mut self) {
        (self.send, self.receive) = (0, 0);
        self.segments.clear();
        self.unacknowledged = None;
        self.awaiting = false;
        self.message.clear();
        self.repeat_at = None;
    }
}

/// Without the frames, which may hold a password.
impl fmt::Debug for Primary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Primary");
        debug.field("options", &self.options).field("state", &self.state);
        debug.field("send", &self.send).field("receive", &self.receive).finish_non_exhaustive()
    }
}

/// In front of every message: from the client, and from the server.
const LLC_COMMAND: [u8; 3] = [0xe6, 0xe6, 0x00];
const LLC_RESPONSE: [u8; 3] = [0xe6, 0xe7, 0x00];

/// How soon a meter that is busy is asked again.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The next number, modulo 8.
const fn next(number: u8) -> u8 {
    number.wrapping_add(1) & 7
}
