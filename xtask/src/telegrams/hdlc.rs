//! What our decoder finds in a stream of HDLC, in the words of the corpus.

use cosem::bytes::{DecodeError, Problem, hex};
use dlms::{
    apdu::Apdu,
    link::hdlc::{Address, AddressSize, Decoder, Found, Frame, Kind, Parameters, Segmentation},
};
use serde_json::{Map, Value, json};

use super::{
    compare::any_text,
    decoded,
    entry::{NOT_BUILT, Reading},
};

/// All frames. Where no stream is expected, nothing but frames may be there.
pub(super) fn read(octets: &[u8], is_stream: bool) -> Reading {
    let mut decoder = Decoder::new();
    decoder.push(octets);
    let (mut frames, mut before, mut stray) = (Vec::new(), Vec::new(), None);
    loop {
        match decoder.next_found() {
            Some(Found::Frame(frame)) => frames.push(frame),
            Some(Found::Garbage(garbage)) if frames.is_empty() => before.extend(garbage),
            Some(Found::Garbage(garbage)) => {
                let left = garbage.len();
                stray.get_or_insert_with(|| refusal("stream", Problem::TrailingOctets { left }));
            }
            Some(Found::Broken(error)) => stray = stray.or(Some(error)),
            // Nothing more will come: what is under way is none.
            None if decoder.buffered() > 1 => {
                let left = decoder.buffered();
                stray.get_or_insert_with(|| {
                    refusal("frame", Problem::Truncated { wanted: 1, left })
                });
                decoder.handle_silence();
            }
            None => break,
        }
    }
    if !before.is_empty() && !is_stream {
        stray.get_or_insert_with(|| {
            refusal("stream", Problem::TrailingOctets { left: before.len() })
        });
    }
    if frames.is_empty() && stray.is_none() {
        stray = Some(refusal("frame", Problem::Missing));
    }
    match stray {
        Some(error) if frames.is_empty() || !is_stream => Reading::Refused(error),
        _ => Reading::Found(found(&frames, &before)),
    }
}

const fn refusal(field: &'static str, problem: Problem) -> DecodeError {
    DecodeError { context: "hdlc", field, at: 0, problem }
}

fn found(frames: &[Frame], before: &[u8]) -> Map<String, Value> {
    let mut found = Map::new();
    found.insert("stream".to_owned(), json!({ "garbage_before": hex(before) }));
    let mut facts: Vec<Value> = frames.iter().map(frame).collect();
    if let Some(name) = facts.iter().find_map(|facts| facts[NOT_BUILT].as_str()) {
        found.insert(NOT_BUILT.to_owned(), name.into());
    }
    match facts.len() {
        1 => found.insert("frame".to_owned(), facts.remove(0)),
        _ => found.insert("frames".to_owned(), facts.into()),
    };
    found
}

fn frame(frame: &Frame) -> Value {
    let information = frame.information.as_slice();
    let (mut ns, mut nr) = (None, None);
    match frame.control.kind() {
        Kind::Information { send, receive } => (ns, nr) = (Some(send), Some(receive)),
        Kind::ReceiveReady { receive }
        | Kind::ReceiveNotReady { receive }
        | Kind::Reject { receive } => nr = Some(receive),
        _ => {}
    }
    let mut facts = json!({
        "len": frame.encode().map(|octets| octets.len()).ok(),
        "segmented": frame.segmentation == Segmentation::More,
        "dst": address(&frame.destination),
        "src": address(&frame.source),
        "control": hex(&[frame.control.0]),
        "type": frame.control.name(),
        "pf": frame.control.has_poll_final(),
        "ns": ns,
        "nr": nr,
        // A frame is given only when both are right; without information there is no HCS.
        "hcs_ok": (!information.is_empty()).then_some(true),
        "fcs_ok": true,
        "info_hex": (!information.is_empty()).then(|| hex(information)),
        "negotiation": negotiation(frame),
        "llc": null,
        "apdu": null,
        "apdu_error": null,
    });
    let carries =
        matches!(frame.control.kind(), Kind::Information { .. } | Kind::UnnumberedInformation);
    if carries && frame.segmentation == Segmentation::Last && !information.is_empty() {
        payload(information, &mut facts);
    }
    facts
}

/// An address of three octets is none by the standard: its parts are not told.
fn address(address: &Address) -> Value {
    let octets = address.octets();
    let told = address.size != AddressSize::Three;
    json!({
        "hex": hex(&octets),
        "len": octets.len(),
        "upper": told.then_some(address.upper),
        "lower": address.lower.filter(|_| told),
    })
}

fn negotiation(frame: &Frame) -> Value {
    let negotiates =
        matches!(frame.control.kind(), Kind::SetNormalResponseMode | Kind::UnnumberedAcknowledge);
    if !negotiates || frame.information.is_empty() {
        return Value::Null;
    }
    match Parameters::decode(&frame.information) {
        Ok(parameters) => json!({
            "max_info_tx": parameters.max_information_transmit,
            "max_info_rx": parameters.max_information_receive,
            "window_tx": parameters.window_transmit,
            "window_rx": parameters.window_receive,
        }),
        Err(error) => error.to_string().into(),
    }
}

/// The APDU, behind the octets of LLC where they are there.
fn payload(information: &[u8], facts: &mut Value) {
    let inner = match information {
        [0xe6 | 0xff, 0xe6 | 0xe7, 0x00, inner @ ..] => {
            facts["llc"] = hex(&information[..3]).into();
            inner
        }
        inner => inner,
    };
    match Apdu::decode(inner) {
        Ok(apdu) => facts["apdu"] = decoded::apdu(&apdu),
        Err(error) => {
            facts["apdu_error"] = any_text(&error.to_string());
            if let Problem::NotBuilt { name, .. } = error.problem {
                // Every other key is asked for in vain, and so named.
                facts["apdu"] = json!({ "apdu": name });
                facts[NOT_BUILT] = name.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cosem::bytes::from_hex;

    use super::*;

    const UA: &str = "7ea01e610373b57c81801205018006013e07040000000108040000000107227e";

    fn judged(hex: &str, is_stream: bool) -> Reading {
        read(&from_hex(hex).expect("octets"), is_stream)
    }

    #[test]
    fn one_frame_is_a_frame_and_two_are_frames() {
        let Reading::Found(one) = judged(UA, false) else { panic!("it is read") };
        assert_eq!(one["frame"]["negotiation"]["max_info_rx"], 62);
        assert_eq!(one["frame"]["src"]["upper"], 1);
        let Reading::Found(two) = judged(&format!("{UA}{}", &UA[2..]), false) else {
            panic!("they are read")
        };
        assert_eq!(two["frames"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn garbage_is_accepted_in_a_stream_only() {
        let hex = format!("0600001f{UA}");
        let Reading::Found(found) = judged(&hex, true) else { panic!("it is read") };
        assert_eq!(found["stream"]["garbage_before"], "0600001f");
        assert!(matches!(judged(&hex, false), Reading::Refused(_)));
        assert!(matches!(judged(&format!("{UA}0102"), false), Reading::Refused(_)));
    }

    #[test]
    fn what_is_cut_off_or_wrong_is_refused() {
        for hex in ["7ea00801020110377e", "", "7e7e7e", &UA[..20], &UA.replace("3e07", "3f07")] {
            assert!(matches!(judged(hex, true), Reading::Refused(_)), "{hex}");
        }
    }
}
