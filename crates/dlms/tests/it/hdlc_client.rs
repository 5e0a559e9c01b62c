//! The client over HDLC: the published session frame by frame, segments, and what gets lost.

use core::time::Duration;

use cosem::bytes::hex;
use cosem::{Encoded, obis};
use dlms::apdu::{AttributeDescriptor, Conformance, GetDataResult};
use dlms::association::{
    Authentication, Client, Delivery, Event, HdlcOptions, LinkOptions, Options, Output, Request,
};
use dlms::error::{Error, Phase};
use dlms::link::hdlc::{Address, AddressSize, Control, Frame, Segmentation};
use dlms::security::Secret;
use dlms::time::Instant;

use crate::talk::octets;

/// The frames of spec/hdlc.md 4, client 16 and server 1.
const SNRM: &str = "7EA00703 2193 0F01 7E";
const UA: &str = "7E A01E 21 03 73 C37A 8180120501800601800704000000010804 00000001 533B 7E";
const AARQ: &str = "7EA02B 03 21 10 FBAF E6E600 601DA109060760857405080101BE10040E01000000065F1F0400007E1F04B0 CAEA 7E";
const AARE: &str = "7E A037 21 03 30 6C7C E6E700 6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000501F01F40007 190A 7E";
const GET: &str = "7E A019 03 21 32 6FD8 E6E600 C001C100080000010000FF0200 601A 7E";
const GOT: &str = "7E A01E 21 03 52 484A E6E700 C401C100090C07E9060F070C1E00FF800000 72B7 7E";
const CLOCK: &str = "090C07E9060F070C1E00FF800000";

struct Line {
    client: Client,
    now: Instant,
    sent: Vec<String>,
    events: Vec<Event>,
}

impl Line {
    fn new() -> Self {
        Self::with(HdlcOptions::default())
    }

    fn with(link: HdlcOptions) -> Self {
        let options = Options {
            link: LinkOptions::Hdlc(link),
            conformance: Conformance(0x00_7e_1f),
            client_max_receive_pdu_size: 1_200,
            ..Options::default()
        };
        let client = Client::new(options);
        Self { client, now: Instant::default(), sent: Vec::new(), events: Vec::new() }
    }

    fn associated() -> Self {
        Self::new().asks(Request::Associate).sends(SNRM).hears(UA).sends(AARQ).hears(AARE).forgets()
    }

    fn asks(mut self, request: Request) -> Self {
        self.client.request(request, self.now).expect("the request is in order");
        self.drain()
    }

    fn asks_for_the_clock(self) -> Self {
        let time = AttributeDescriptor { class: 8, instance: obis!("0-0:1.0.0"), attribute: 2 };
        self.asks(Request::Get { targets: vec![time.into()], delivery: Delivery::Whole })
    }

    fn hears(mut self, frame: &str) -> Self {
        self.client.handle_input(&octets(frame), self.now);
        self.drain()
    }

    /// A frame of the meter.
    fn hears_frame(self, control: Control, segmentation: Segmentation, information: &str) -> Self {
        let frame = Frame {
            segmentation,
            destination: Address::client(16),
            source: Address::client(1),
            control,
            information: octets(information),
        };
        let mut octets = Vec::new();
        frame.encode_into(&mut octets).expect("fits");
        self.hears(&hex(&octets))
    }

    fn waits(mut self, duration: Duration) -> Self {
        self.now = self.now + duration;
        self.client.handle_timeout(self.now);
        self.drain()
    }

    /// Exactly this was sent since the last look.
    fn sends(mut self, frame: &str) -> Self {
        assert_eq!(self.sent, [hex(&octets(frame))]);
        self.sent.clear();
        self
    }

    /// Exactly this control octet was sent since the last look.
    fn sends_control(mut self, control: Control) -> Self {
        let sent: Vec<Control> = self
            .sent
            .drain(..)
            .map(|text| {
                let octets = octets(&text);
                Frame::decode(&octets[1..octets.len() - 1]).expect("what we send decodes").control
            })
            .collect();
        assert_eq!(sent, [control]);
        self
    }

    fn yields(mut self, events: &[Event]) -> Self {
        assert_eq!(self.events, events);
        self.events.clear();
        self
    }

    fn forgets(mut self) -> Self {
        self.sent.clear();
        self.events.clear();
        self
    }

    fn drain(mut self) -> Self {
        loop {
            match self.client.poll_output() {
                Output::Transmit(frame) => self.sent.push(hex(frame)),
                Output::Event(event) => self.events.push(event),
                Output::Wait(_) => return self,
            }
        }
    }
}

fn got() -> Event {
    let clock = Encoded::try_from(octets(CLOCK)).expect("a value");
    Event::Got(vec![GetDataResult::Data(clock)])
}

fn rr(receive: u8) -> Control {
    Control::receive_ready(receive).with_poll_final()
}

#[test]
fn the_published_session_is_held_frame_by_frame() {
    Line::associated()
        .asks_for_the_clock()
        .sends(GET)
        .hears(GOT)
        .yields(&[got()])
        .asks(Request::Release)
        .sends_control(Control::information(2, 2).with_poll_final())
        .hears_frame(
            Control::information(2, 3).with_poll_final(),
            Segmentation::Last,
            "e6e700 6303800100",
        )
        .sends("7EA00703215303C77E")
        .yields(&[])
        .hears_frame(Control::UA, Segmentation::Last, "")
        .yields(&[Event::Released]);
}

#[test]
fn the_address_has_the_size_that_the_meter_wants() {
    let long = HdlcOptions {
        physical: Some(17),
        address_size: AddressSize::Four,
        ..HdlcOptions::default()
    };
    // A frame of jDLMS in the corpus.
    Line::with(long).asks(Request::Associate).sends("7ea00a00020023219318717e");
}

#[test]
fn a_segmented_answer_is_asked_for_piece_by_piece() {
    let apdu = format!("C401C100{CLOCK}");
    let (one, two) = apdu.split_at(14);
    Line::associated()
        .asks_for_the_clock()
        .forgets()
        .hears_frame(
            Control::information(1, 2).with_poll_final(),
            Segmentation::More,
            &format!("e6e700 {one}"),
        )
        .sends_control(rr(2))
        .yields(&[])
        .hears_frame(Control::information(2, 2).with_poll_final(), Segmentation::Last, two)
        .yields(&[got()]);
}

#[test]
fn a_window_of_the_meter_is_taken_as_it_comes() {
    let apdu = format!("C401C100{CLOCK}");
    let (one, two) = apdu.split_at(14);
    Line::associated()
        .asks_for_the_clock()
        .forgets()
        .hears_frame(Control::information(1, 2), Segmentation::More, &format!("e6e700 {one}"))
        .hears_frame(Control::information(2, 2).with_poll_final(), Segmentation::Last, two)
        .yields(&[got()]);
}

#[test]
fn a_long_request_goes_out_in_segments_of_the_size_that_was_granted() {
    // An E650 of Landis+Gyr receives 62 octets; the frame is of the corpus, its addresses are not.
    let granted = "8180 12 050180 06013e 070400000001 080400000001";
    let value = Encoded::from(cosem::Data::OctetString(vec![0x5a; 100]));
    let target = AttributeDescriptor { class: 1, instance: obis!("0-0:96.1.10"), attribute: 2 };
    let line = Line::new()
        .asks(Request::Associate)
        .hears_frame(Control::UA, Segmentation::Last, granted)
        .hears(AARE)
        .forgets()
        .asks(Request::Set { target: target.into(), value });
    let first = octets(&line.sent[0]);
    let first = Frame::decode(&first[1..first.len() - 1]).expect("a frame");
    assert_eq!((first.information.len(), first.segmentation), (62, Segmentation::More));
    line.forgets()
        .hears_frame(rr(2), Segmentation::Last, "")
        .sends_control(Control::information(2, 1).with_poll_final())
        .hears_frame(
            Control::information(1, 3).with_poll_final(),
            Segmentation::Last,
            "e6e700 C501C100",
        )
        .yields(&[Event::Set(dlms::apdu::DataAccessResult::SUCCESS)]);
}

#[test]
fn a_lost_request_is_sent_again_when_the_meter_says_that_it_has_not_come() {
    Line::associated()
        .asks_for_the_clock()
        .sends(GET)
        .waits(Duration::from_secs(2))
        .sends_control(rr(1))
        // The meter expects number 1 still.
        .hears_frame(rr(1), Segmentation::Last, "")
        .sends(GET)
        .hears(GOT)
        .yields(&[got()]);
}

#[test]
fn a_lost_answer_is_asked_for_and_not_executed_twice() {
    Line::associated()
        .asks_for_the_clock()
        .forgets()
        .waits(Duration::from_secs(2))
        .sends_control(rr(1))
        // The request has come: the meter repeats its answer.
        .hears(GOT)
        .yields(&[got()]);
}

#[test]
fn a_meter_that_is_busy_is_asked_again_and_not_for_ever() {
    let mut line = Line::associated().asks_for_the_clock().forgets();
    for _ in 0..24 {
        line = line
            .hears_frame(rr(2), Segmentation::Last, "")
            .waits(Duration::from_millis(200))
            .sends_control(rr(1));
    }
    line.hears_frame(rr(2), Segmentation::Last, "")
        .waits(Duration::from_millis(200))
        .yields(&[Event::Failed(Error::Timeout(Phase::Request))]);
}

#[test]
fn a_frame_that_comes_twice_is_delivered_once() {
    let line = Line::associated().asks_for_the_clock().forgets().hears(GOT).hears(GOT);
    let mut line = line.yields(&[got(), Event::Stray("an I frame out of sequence")]);
    // And nothing is asked for that nobody waits for.
    assert!(matches!(line.client.poll_output(), Output::Wait(None)));
    assert_eq!(line.sent, Vec::<String>::new());
}

#[test]
fn the_echo_of_an_optical_head_is_not_taken_for_an_answer() {
    Line::new()
        .asks(Request::Associate)
        .forgets()
        .hears(SNRM)
        .yields(&[Event::Stray("an echo of our own frame")])
        .hears(UA)
        .sends(AARQ);
}

#[test]
fn a_client_and_a_device_may_have_the_same_address() {
    let options = Options {
        link: LinkOptions::Hdlc(HdlcOptions::default()),
        server: dlms::association::ServerAddress(16),
        ..Options::default()
    };
    let mut line = Line::new();
    line.client = Client::new(options);
    let line = line
        .asks(Request::Associate)
        .sends("7ea0072121938cb77e")
        .hears("7ea01e212173406a818012050180060180070400000001080400000001533b7e");
    line.sends_control(Control::information(0, 0).with_poll_final());
}

#[test]
fn a_password_is_in_no_debug_text() {
    let options = Options {
        link: LinkOptions::Hdlc(HdlcOptions::default()),
        authentication: Authentication::Low(Secret::from("pAssW0rd")),
        ..Options::default()
    };
    let mut line = Line::new();
    line.client = Client::new(options);
    line.client.request(Request::Associate, line.now).expect("in order");
    line.client.handle_input(&octets(SNRM), line.now);
    line.client.handle_input(&octets(UA), line.now);
    // Before the frame with the AARQ is taken, and after.
    let before = format!("{:?}", line.client);
    let line = line.drain();
    let after = format!("{:?}", line.client);
    let (text, hexadecimal) = (String::from("pAssW0rd"), hex(b"pAssW0rd"));
    let listed = format!("{:?}", b"pAssW0rd").replace(['[', ']'], "");
    for shown in [before, after] {
        assert!(![&text, &hexadecimal, &listed].iter().any(|secret| shown.contains(*secret)));
    }
    assert!(line.sent.iter().any(|frame| frame.contains(&hexadecimal)));
}

#[test]
fn a_meter_that_does_not_set_up_the_link_is_heard() {
    Line::new()
        .asks(Request::Associate)
        .forgets()
        .hears_frame(Control::DM, Segmentation::Last, "")
        .yields(&[Event::Failed(Error::Lost {
            phase: Phase::Associate,
            why: "the meter does not set up the link (DM)",
        })]);
}

#[test]
fn set_up_is_tried_again_until_the_time_is_over() {
    let line = Line::new()
        .asks(Request::Associate)
        .sends(SNRM)
        .waits(Duration::from_secs(2))
        .sends(SNRM)
        .waits(Duration::from_secs(2))
        .sends(SNRM)
        .waits(Duration::from_secs(1));
    line.yields(&[Event::Failed(Error::Timeout(Phase::Associate))]);
}

#[test]
fn a_link_that_is_lost_is_of_no_more_use() {
    for control in [Control::DM, Control::FRMR] {
        let line = Line::associated()
            .asks_for_the_clock()
            .forgets()
            .hears_frame(control, Segmentation::Last, "")
            .hears(GOT);
        assert!(matches!(line.events[..], [Event::Failed(Error::Lost { .. })]));
        assert!(!line.client.is_usable());
    }
}

#[test]
fn a_message_beyond_the_limit_ends_the_link() {
    let mut line = Line::associated().asks_for_the_clock().forgets();
    for number in 0..12_u8 {
        let control = Control::information(number.wrapping_add(1) & 7, 2).with_poll_final();
        line = line.hears_frame(control, Segmentation::More, &"5a".repeat(128));
    }
    assert!(matches!(line.events.last(), Some(Event::Failed(Error::Lost { .. }))));
}
