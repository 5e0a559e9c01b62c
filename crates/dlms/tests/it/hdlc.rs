//! HDLC frames: the corpus, streams cut anywhere, garbage, silence.

use std::time::{Duration, Instant};

use cosem::bytes::{Problem, from_hex, hex};
use dlms::link::hdlc::{
    Address, AddressSize, Control, Decoder, FLAG, Found, Frame, Kind, Parameters, Segmentation,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::corpus::entries;

/// Everything in a stream, fed in one piece.
fn found(octets: &[u8]) -> Vec<Found> {
    let mut decoder = Decoder::new();
    decoder.push(octets);
    std::iter::from_fn(|| decoder.next_found()).collect()
}

fn frames(octets: &[u8]) -> Vec<Frame> {
    let frame = |found| match found {
        Found::Frame(frame) => Some(frame),
        _ => None,
    };
    found(octets).into_iter().filter_map(frame).collect()
}

/// The facts that the corpus states of a frame, from our decode.
fn facts(frame: &Frame) -> Value {
    let address = |address: &Address| {
        let octets = address.octets();
        let mut facts = json!({ "hex": hex(&octets), "len": octets.len() });
        // The corpus does not interpret an address of three octets.
        if address.size != AddressSize::Three {
            facts["upper"] = json!(address.upper);
            if let Some(lower) = address.lower {
                facts["lower"] = json!(lower);
            }
        }
        facts
    };
    let octets = frame.encode().expect("it came in a frame");
    let information = &frame.information;
    let mut facts = json!({
        "len": octets.len(),
        "segmented": frame.segmentation == Segmentation::More,
        "dst": address(&frame.destination),
        "src": address(&frame.source),
        "control": hex(&[frame.control.0]),
        "type": frame.control.name(),
        "pf": frame.control.has_poll_final(),
        "hcs_ok": if information.is_empty() { json!(null) } else { json!(true) },
        "fcs_ok": true,
        "info_len": information.len(),
    });
    if !information.is_empty() {
        facts["info_hex"] = json!(hex(information));
    }
    match frame.control.kind() {
        Kind::Information { send, receive } => {
            facts["ns"] = json!(send);
            facts["nr"] = json!(receive);
        }
        Kind::ReceiveReady { receive } => facts["nr"] = json!(receive),
        Kind::SetNormalResponseMode | Kind::UnnumberedAcknowledge if !information.is_empty() => {
            let parameters = Parameters::decode(information).expect("parameters");
            facts["negotiation"] = json!({
                "max_info_tx": parameters.max_information_transmit,
                "max_info_rx": parameters.max_information_receive,
                "window_tx": parameters.window_transmit,
                "window_rx": parameters.window_receive,
            });
        }
        _ => {}
    }
    facts
}

#[test]
fn every_frame_of_the_corpus_decodes_to_its_facts_and_back() {
    let mut checked = 0;
    for entry in entries("hdlc.jsonl") {
        let id = entry["id"].as_str().expect("an id");
        let octets = from_hex(entry["hex"].as_str().expect("hex")).expect("hex");
        let frames = frames(&octets);
        if entry["valid"] == json!(false) {
            assert!(frames.is_empty(), "{id}");
            continue;
        }
        let expect = &entry["expect"];
        let expected = match expect["frames"].as_array() {
            Some(frames) => frames.clone(),
            None => vec![expect["frame"].clone()],
        };
        assert_eq!(frames.len(), expected.len(), "{id}");
        for (frame, expected) in frames.iter().zip(&expected) {
            let facts = facts(frame);
            for (key, value) in expected.as_object().expect("facts") {
                // The layers above are checked with theirs.
                if !["llc", "apdu", "apdu_error"].contains(&key.as_str()) {
                    assert_eq!(&facts[key], value, "{id}: {key}");
                }
            }
            let sent = hex(&frame.encode().expect("fits"));
            assert!(hex(&octets).contains(&sent), "{id}");
            checked += 1;
        }
    }
    println!("{checked} frames of the corpus");
}

#[test]
fn the_published_frames_come_out_octet_by_octet() {
    // spec/hdlc.md 4, client 16 and server 1.
    let address = |upper| Address { upper, lower: None, size: AddressSize::One };
    let snrm = Frame {
        segmentation: Segmentation::Last,
        destination: address(1),
        source: Address::client(16),
        control: Control::SNRM,
        information: Vec::new(),
    };
    let mut octets = Vec::new();
    snrm.encode_into(&mut octets).expect("fits");
    assert_eq!(hex(&octets), "7ea0070321930f017e");
    let parameters = Parameters { max_information_receive: 128, ..Parameters::default() };
    assert_eq!(
        hex(&parameters.encode()),
        "8180120501800601800704000000010804 00000001".replace(' ', "")
    );
    let answer = Frame {
        destination: Address::client(16),
        source: address(1),
        control: Control::UA,
        information: parameters.encode(),
        ..snrm
    };
    let mut octets = Vec::new();
    answer.encode_into(&mut octets).expect("fits");
    assert_eq!(
        hex(&octets),
        "7ea01e210373c37a81801205018006018007040000000108040000 0001533b7e".replace(' ', "")
    );
}

#[test]
fn every_single_bit_that_is_wrong_is_found() {
    let octets = from_hex("7ea00802232193bd647e").expect("hex");
    for bit in 8..(octets.len() - 1) * 8 {
        let mut wrong = octets.clone();
        wrong[bit / 8] ^= 0x80 >> (bit % 8);
        assert_eq!(frames(&wrong), [], "bit {bit}");
    }
}

#[test]
fn a_frame_that_is_broken_does_not_swallow_the_next_one() {
    let snrm = from_hex("7ea00802232193bd647e").expect("hex");
    let mut broken = snrm.clone();
    broken[4] ^= 1;
    let stream = [&broken[..], &snrm].concat();
    assert!(matches!(
        &found(&stream)[..],
        [Found::Broken(error), .., Found::Frame(_)]
            if matches!(error.problem, Problem::Checksum { .. })
    ));
}

#[test]
fn silence_frees_what_a_false_head_has_swallowed() {
    // A head that announces 2,047 octets, five of them, and silence.
    let mut decoder = Decoder::new();
    decoder.push(&from_hex("7ea7ff0102030405").expect("hex"));
    assert_eq!(decoder.next_found(), None);
    decoder.handle_silence();
    decoder.push(&from_hex("7ea00802232193bd647e").expect("hex"));
    let found: Vec<Found> = std::iter::from_fn(|| decoder.next_found()).collect();
    assert!(matches!(&found[..], [Found::Garbage(_), Found::Frame(_)]), "{found:?}");
}

#[test]
fn silence_between_two_frames_delays_neither() {
    let snrm = from_hex("7ea00802232193bd647e").expect("hex");
    let mut decoder = Decoder::new();
    for _ in 0..3 {
        decoder.push(&snrm);
        assert!(matches!(decoder.next_found(), Some(Found::Frame(_))));
        assert_eq!(decoder.next_found(), None);
        decoder.handle_silence();
        decoder.handle_silence();
    }
}

#[test]
fn a_long_stream_in_one_piece_costs_linear_time() {
    let snrm = from_hex("7ea00802232193bd64").expect("hex");
    let started = Instant::now();
    for unit in [&snrm[..], &[FLAG], &[FLAG, 0xa7, 0xff], &[FLAG, 0x01], &[0x01]] {
        let stream = unit.repeat(1_000_000 / unit.len());
        let mut decoder = Decoder::new();
        decoder.push(&stream);
        while decoder.next_found().is_some() {}
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let size = prop_oneof![Just(AddressSize::One), Just(AddressSize::Two), Just(AddressSize::Four)];
    let address =
        (size, 0..0x4000_u16, 0..0x4000_u16).prop_map(|(size, upper, lower)| match size {
            AddressSize::Four => Address { upper, lower: Some(lower), size },
            AddressSize::Two => Address { upper: upper & 0x7f, lower: Some(lower & 0x7f), size },
            _ => Address { upper: upper & 0x7f, lower: None, size },
        });
    (address.clone(), address, any::<u8>(), any::<bool>(), vec(any::<u8>(), 0..300)).prop_map(
        |(destination, source, control, more, information)| Frame {
            segmentation: if more { Segmentation::More } else { Segmentation::Last },
            destination,
            source,
            control: Control(control),
            information,
        },
    )
}

proptest! {
    #[test]
    fn a_frame_comes_back_as_it_was(frame in any_frame()) {
        prop_assert_eq!(Frame::decode(&frame.encode().unwrap()).unwrap(), frame);
    }

    #[test]
    fn any_cut_of_a_stream_gives_the_same_frames(
        sent in vec(any_frame(), 1..5),
        fill in 0..3_usize,
        cuts in vec(1..40_usize, 0..60),
    ) {
        let mut stream = Vec::new();
        for frame in &sent {
            frame.encode_into(&mut stream).unwrap();
            stream.extend(std::iter::repeat_n(FLAG, fill));
        }
        let mut decoder = Decoder::new();
        let mut heard = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            decoder.push(now);
            heard.extend(std::iter::from_fn(|| decoder.next_found()));
            rest = later;
        }
        let expected: Vec<Found> = sent.into_iter().map(Found::Frame).collect();
        prop_assert_eq!(heard, expected);
    }

    #[test]
    fn octets_of_any_kind_never_panic_and_are_not_kept(octets in vec(any::<u8>(), 0..5_000)) {
        let mut decoder = Decoder::new();
        decoder.push(&octets);
        while decoder.next_found().is_some() {}
        prop_assert!(decoder.buffered() <= 2_049);
    }
}
