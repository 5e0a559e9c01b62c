//! Z-07 and Z-08: APDUs, and their explanation.

use cosem::bytes::{DecodeError, Problem, Reader, Result, Strictness, Writer};
use cosem::{Tokens, Value};
use counting_allocator::{Usage, measure};
use dlms::apdu::{Apdu, TagRow};
use dlms::explain::explain;

use crate::Outcome;
use crate::any_apdu::any_apdu;
use crate::entropy::Entropy;

/// An AARQ, AARE, RLRQ or RLRE: the low bits of the first octet say which, its highest bit whether
/// the length in front of the fields is made to fit.
///
/// # Panics
/// When it costs more than it may, or does not come back from what is written.
pub fn z07_association(input: &[u8]) -> Outcome {
    let Some((first, body)) = input.split_first() else {
        return Outcome::Refused;
    };
    let mut octets = vec![0x60 | (first & 3)];
    if first & 0x80 == 0 {
        octets.extend(body);
    } else {
        Writer::new(&mut octets).octet_string(body);
    }
    let read = decode(&octets);
    explanation_lies_inside(&octets);
    let Ok(apdu) = &read else {
        return Outcome::of(&read);
    };
    // Fields that are not known are skipped, so what is written may be shorter.
    let written = comes_back(apdu);
    for end in 0..written.len() {
        assert!(Apdu::decode(&written[..end]).is_err(), "{end} octets pass for {apdu:?}");
    }
    let information = match apdu {
        Apdu::Aarq(aarq) => aarq.information(),
        Apdu::Aare(aare) => aare.information(),
        Apdu::Rlrq(rlrq) => rlrq.information(),
        Apdu::Rlre(rlre) => rlre.information(),
        other => panic!("{} is no APDU of ACSE", other.name()),
    };
    if let Ok(Some(information)) = information {
        comes_back(&information);
    }
    Outcome::Passed
}

/// Any octets as an APDU of any kind; behind `00`, which begins none, they are what an APDU is made
/// from.
///
/// # Panics
/// When it costs more than it may, when a tag that is not built is refused without saying so, or
/// when what was read is not written as it came.
pub fn z08_apdu(input: &[u8]) -> Outcome {
    if let [0x00, rest @ ..] = input {
        let made = any_apdu(&mut Entropy::new(rest));
        let written = made.encode();
        assert_eq!(decode(&written), Ok(made));
        return any_octets(&written);
    }
    any_octets(input)
}

fn any_octets(input: &[u8]) -> Outcome {
    let read = decode(input);
    explanation_lies_inside(input);
    the_tag_decides(input, &read);
    let Ok(apdu) = &read else {
        return Outcome::of(&read);
    };
    let written = comes_back(apdu);
    if !matches!(apdu, Apdu::Aarq(_) | Apdu::Aare(_) | Apdu::Rlrq(_) | Apdu::Rlre(_)) {
        canonical_form_comes_back(apdu, input, &written);
        first_octets_are_no_apdu(apdu, input);
    }
    Outcome::Passed
}

fn decode(octets: &[u8]) -> Result<Apdu> {
    let (read, usage) = measure(|| Apdu::decode(octets));
    usage.assert_allowed(octets.len());
    read
}

fn comes_back(apdu: &Apdu) -> Vec<u8> {
    let written = apdu.encode();
    let again = Apdu::decode(&written);
    assert_eq!(again.as_ref(), Ok(apdu), "{written:02x?}");
    assert_eq!(apdu.encode(), written);
    written
}

fn the_tag_decides(input: &[u8], read: &Result<Apdu>) {
    let problem = read.as_ref().err().map(|error| error.problem);
    let Some(tag) = input.first().copied() else {
        assert_eq!(problem, Some(Problem::Truncated { wanted: 1, left: 0 }));
        return;
    };
    match TagRow::of(tag) {
        None => assert_eq!(problem, Some(Problem::UnknownTag { tag, wanted: "an APDU" })),
        Some(TagRow { file: None, name, .. }) => {
            assert_eq!(problem, Some(Problem::NotBuilt { tag, name }));
        }
        Some(row) => {
            assert!(!matches!(problem, Some(Problem::NotBuilt { .. })));
            assert!(read.as_ref().is_ok_and(|apdu| apdu.name() == row.name) || read.is_err());
        }
    }
}

/// What is written is what came, where it came in the shortest form.
fn canonical_form_comes_back(apdu: &Apdu, input: &[u8], written: &[u8]) {
    assert!(written.len() <= input.len(), "{written:02x?}");
    let mut strict = Reader::new(input).with_strictness(Strictness::Strict);
    // A default that is spelled out in an initiate-request is written as the default.
    if matches!(apdu, Apdu::InitiateRequest(_)) || Apdu::decode_from(&mut strict).is_err() {
        return;
    }
    assert_eq!(written.len(), input.len(), "{written:02x?}");
    for (ours, theirs) in written.iter().zip(input) {
        // Of booleans and usage octets, any but 0 means true.
        assert!(ours == theirs || (*ours == 1 && *theirs > 1), "{written:02x?}");
    }
}

fn first_octets_are_no_apdu(apdu: &Apdu, input: &[u8]) {
    // Cut inside a compact-array, its layout may be taken for another one.
    let holds_compact_array = (0..input.len()).any(|at| {
        let first = Tokens::new(&input[at..]).next();
        matches!(
            first.map(|token| token.map(|token| token.value)),
            Some(Ok(Value::CompactArray(_)))
        )
    });
    if holds_compact_array {
        return;
    }
    for end in (0..input.len()).step_by(1 + input.len() / 64) {
        let cut = Apdu::decode(&input[..end]);
        assert!(cut.is_err(), "{end} octets pass for {apdu:?}: {cut:?}");
    }
}

/// Nothing is explained that is not there, and everything that is there is explained.
fn explanation_lies_inside(octets: &[u8]) {
    let (explanation, usage) = measure(|| explain(octets));
    let bounds = Usage { peak: 64 * 1024 + 1_024 * octets.len(), allocations: usize::MAX };
    assert!(usage.is_within(bounds), "{usage} to explain {} octets", octets.len());
    let mut explained = vec![false; octets.len()];
    for (index, span) in explanation.spans.iter().enumerate() {
        assert!(span.from <= span.to && span.to <= octets.len(), "{span:?}");
        explained[span.from..span.to].fill(true);
        assert!(explanation.octets_of(index, octets).is_none_or(|own| !own.is_empty()));
    }
    assert!(explained.iter().all(|octet| *octet), "{explanation:?}");
    let text = explanation.to_string();
    assert!(text.lines().count() >= explanation.spans.len());
    let decoded = Apdu::decode(octets);
    let known = |error: &DecodeError| !matches!(error.problem, Problem::NotBuilt { .. });
    if explanation.error.as_ref().is_some_and(known) {
        assert!(decoded.is_err(), "{explanation:?}");
    }
}
