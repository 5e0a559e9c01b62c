//! The server over HDLC: expectations of the conformance groups HM, HA and HI, octet by octet.

use cosem::Encoded;
use cosem::bytes::hex;
use dlms::apdu::GetDataResult;
use dlms::association::{
    Access, Answer, AssociationId, Authentication, ClientAddress, HdlcServerOptions, Output,
    Server, ServerAddress, ServerEvent, ServerLink, ServerOptions,
};
use dlms::link::hdlc::{
    Address, AddressSize, Control, Decoder, Found, Frame, Kind, Parameters, Segmentation,
};
use dlms::time::Instant;

use crate::talk::octets;

const PUBLIC: AssociationId =
    AssociationId { client: ClientAddress::PUBLIC, server: ServerAddress::MANAGEMENT };
const SNRM: &str = "7ea0070321930f017e";
const DISC: &str = "7ea00703215303c77e";
const AARQ: &str = "e6e600 601DA109060760857405080101BE10040E01000000065F1F0400007E1F04B0";
const GET: &str = "e6e600 C001C100080000010000FF0200";

struct Meter {
    server: Server,
    sent: Vec<Frame>,
    requests: usize,
    value: String,
}

impl Meter {
    fn new() -> Self {
        let options = ServerOptions {
            link: ServerLink::Hdlc(HdlcServerOptions {
                physical: 17,
                parameters: Parameters::default(),
            }),
            accesses: vec![Access::new(PUBLIC.client, PUBLIC.server, Authentication::None)],
            ..ServerOptions::default()
        };
        let server = Server::new(options, Instant::default());
        Self { server, sent: Vec::new(), requests: 0, value: String::from("1107") }
    }

    fn associated() -> Self {
        Self::new().hears(SNRM).forgets().says(0, 0, AARQ).forgets()
    }

    fn hears(mut self, line: &str) -> Self {
        self.server.handle_input(&octets(line), Instant::default());
        loop {
            match self.server.poll_output() {
                Output::Transmit(octets) => {
                    let mut decoder = Decoder::new();
                    decoder.push(octets);
                    while let Some(found) = decoder.next_found() {
                        let Found::Frame(frame) = found else { panic!("{found:?}") };
                        self.sent.push(frame);
                    }
                }
                Output::Event(ServerEvent::Request { association, .. }) => {
                    self.requests += 1;
                    let value = Encoded::try_from(octets(&self.value)).expect("a value");
                    let answer = Answer::Get(vec![GetDataResult::Data(value)]);
                    self.server.answer(association, answer);
                }
                Output::Event(_) => {}
                Output::Wait(_) => return self,
            }
        }
    }

    fn hears_frame(self, frame: &Frame) -> Self {
        let mut octets = Vec::new();
        frame.encode_into(&mut octets).expect("fits");
        self.hears(&hex(&octets))
    }

    /// An I frame of client 16 for logical device 1.
    fn says(self, send: u8, receive: u8, information: &str) -> Self {
        let control = Control::information(send, receive).with_poll_final();
        self.hears_frame(&from_client(control, information))
    }

    fn polled(self, receive: u8) -> Self {
        let control = Control::receive_ready(receive).with_poll_final();
        self.hears_frame(&from_client(control, ""))
    }

    fn forgets(mut self) -> Self {
        self.sent.clear();
        self
    }

    /// Exactly this frame was sent since the last look.
    fn sends(mut self, control: Control, information: &str) -> Self {
        let sent: Vec<_> =
            self.sent.drain(..).map(|frame| (frame.control, hex(&frame.information))).collect();
        assert_eq!(sent, [(control, hex(&octets(information)))]);
        self
    }

    fn keeps_silent(self) -> Self {
        assert_eq!(self.sent, []);
        self
    }
}

fn from_client(control: Control, information: &str) -> Frame {
    Frame {
        segmentation: Segmentation::Last,
        destination: Address { upper: 1, lower: None, size: AddressSize::One },
        source: Address::client(16),
        control,
        information: octets(information),
    }
}

fn information(send: u8, receive: u8) -> Control {
    Control::information(send, receive).with_poll_final()
}

fn rr(receive: u8) -> Control {
    Control::receive_ready(receive).with_poll_final()
}

#[test]
fn the_link_is_set_up_and_ended() {
    // HF-01: DM, UA, RR, UA, DM.
    let meter = Meter::new().hears(DISC).sends(Control::DM, "");
    let meter = meter.hears(SNRM);
    assert_eq!(meter.sent[0].control, Control::UA);
    assert_eq!(Parameters::decode(&meter.sent[0].information), Ok(Parameters::default()));
    let meter = meter.forgets().polled(0).sends(rr(0), "");
    let meter = meter.hears(DISC).sends(Control::UA, "");
    meter.hears(DISC).sends(Control::DM, "");
}

#[test]
fn the_published_association_comes_out() {
    Meter::new().hears(SNRM).forgets().says(0, 0, AARQ).sends(
        information(0, 1),
        "e6e700 6129A109060760857405080101A203020100A305A103020100BE10040E \
         0800065F1F0400 00521D 0400 0007",
    );
}

#[test]
fn nothing_is_done_without_a_link() {
    // HM-10 and HM-11.
    Meter::new().says(0, 0, AARQ).sends(Control::DM, "").polled(0).sends(Control::DM, "");
}

#[test]
fn what_is_for_another_device_is_not_answered() {
    // HA-04, HA-07, HA-08, HA-09: three octets, another logical or physical device, nobody.
    let to = |upper, lower, size| Frame {
        destination: Address { upper, lower, size },
        ..from_client(Control::SNRM, "")
    };
    for frame in [
        to(1, Some(17), AddressSize::Three),
        to(2, None, AddressSize::One),
        to(1, Some(18), AddressSize::Two),
        to(0x7f, None, AddressSize::One),
        Frame { source: Address::client(0), ..from_client(Control::SNRM, "") },
    ] {
        Meter::new().hears_frame(&frame).keeps_silent();
    }
    for (lower, size) in
        [(None, AddressSize::One), (Some(17), AddressSize::Two), (Some(17), AddressSize::Four)]
    {
        let meter = Meter::new().hears_frame(&to(1, lower, size));
        assert_eq!(meter.sent[0].source, Address { upper: 1, lower, size });
    }
}

#[test]
fn a_request_that_comes_twice_is_carried_out_once() {
    // HI-07.
    let answer = "e6e700 C401C1001107";
    let meter = Meter::associated().says(1, 1, GET).sends(information(1, 2), answer);
    let meter = meter.says(1, 1, GET).sends(information(1, 2), answer);
    assert_eq!(meter.requests, 1);
    meter.says(2, 2, GET).sends(information(2, 3), answer);
}

#[test]
fn a_frame_out_of_sequence_is_not_delivered() {
    // HI-06.
    let meter = Meter::new().hears(SNRM).forgets().says(1, 0, AARQ).sends(rr(0), "");
    assert_eq!(meter.requests, 0);
}

#[test]
fn a_frame_that_skips_a_number_is_told_which_is_missing() {
    let meter = Meter::associated().says(1, 1, GET).forgets();
    let meter = meter.says(3, 2, GET).sends(rr(2), "");
    assert_eq!(meter.requests, 1);
}

#[test]
fn a_long_answer_goes_out_in_segments_and_a_lost_one_again() {
    // HI-03 and HI-08: 200 octets of value in information fields of at most 128.
    let mut meter = Meter::associated();
    meter.value = format!("0981C8{}", "5a".repeat(200));
    let meter = meter.says(1, 1, GET);
    let first = meter.sent[0].clone();
    assert_eq!((first.information.len(), first.segmentation), (128, Segmentation::More));
    // The client has missed it.
    let meter = meter.forgets().polled(1);
    assert_eq!(meter.sent, std::slice::from_ref(&first));
    let meter = meter.forgets().polled(2);
    let second = meter.sent[0].clone();
    assert_eq!((second.control, second.segmentation), (information(2, 2), Segmentation::Last));
    let joined = [&first.information[..], &second.information].concat();
    assert_eq!(hex(&joined), format!("e6e700c401c1000981c8{}", "5a".repeat(200)));
    meter.forgets().polled(3).sends(rr(2), "");
}

#[test]
fn a_request_in_segments_is_put_together() {
    // HI-02.
    let whole = octets(AARQ);
    let mut meter = Meter::new().hears(SNRM).forgets();
    let pieces: Vec<_> = whole.chunks(16).collect();
    for (number, piece) in pieces.iter().enumerate() {
        let number = u8::try_from(number).expect("few");
        let last = usize::from(number) + 1 == pieces.len();
        let segmentation = if last { Segmentation::Last } else { Segmentation::More };
        let frame = from_client(information(number, 0), &hex(piece));
        meter = meter.hears_frame(&Frame { segmentation, ..frame });
        if !last {
            meter = meter.sends(rr(number + 1), "");
        }
    }
    assert_eq!(hex(&meter.sent[0].information[..5]), "e6e7006129");
}

#[test]
fn a_new_set_up_ends_what_stood_on_the_link() {
    // HM-09.
    let meter = Meter::associated().hears(SNRM).forgets();
    meter.says(0, 0, GET).sends(information(0, 1), "e6e700 D80101");
}

#[test]
fn a_frame_that_no_repetition_cures_is_rejected() {
    // HF-10 and HI-04.
    let undefined = from_client(Control(0xff), "");
    let meter = Meter::associated().hears_frame(&undefined);
    assert_eq!(meter.sent[0].control.kind(), Kind::FrameReject);
    let meter = meter.forgets().hears(SNRM);
    assert_eq!(meter.sent[0].control, Control::UA);
    let long = format!("e6e600 {}", "5a".repeat(126));
    let meter = Meter::associated().says(1, 1, &long);
    assert_eq!(meter.sent[0].control.kind(), Kind::FrameReject);
}

#[test]
fn clients_on_one_line_do_not_touch_each_other() {
    // HA-11: client 32 has no link of its own.
    let other = Frame { source: Address::client(32), ..from_client(information(1, 1), GET) };
    let meter = Meter::associated().hears_frame(&other).sends(Control::DM, "");
    meter.says(1, 1, GET).sends(information(1, 2), "e6e700 C401C1001107");
}

#[test]
fn modulo_eight_is_counted_through() {
    // HI-10.
    let mut meter = Meter::associated();
    for number in 1..=40_u8 {
        let (send, receive) = (number & 7, number & 7);
        meter = meter
            .says(send, receive, GET)
            .sends(information(number & 7, (number + 1) & 7), "e6e700 C401C1001107");
    }
    assert_eq!(meter.requests, 40);
}
