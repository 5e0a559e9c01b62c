//! Z-01 and Z-02: the stream decoder of HDLC against one that sees everything at once, and frames
//! made from decisions that must come back as they were.

use counting_allocator::{Usage, measure};
use dlms::explain::explain;
use dlms::link::hdlc::{
    Address, AddressSize, Control, Decoder, FLAG, Found, Frame, MOST_OCTETS, Oversize, Parameters,
    Segmentation,
};

use crate::Outcome;
use crate::entropy::{Cuts, Entropy};

/// What a decoder has found, adjacent garbage joined: how it is cut depends on the pieces.
#[derive(Debug, Default, PartialEq)]
struct Finds(Vec<Found>);

impl Finds {
    fn add(&mut self, found: Found) {
        match (self.0.last_mut(), found) {
            (Some(Found::Garbage(before)), Found::Garbage(garbage)) => before.extend(garbage),
            (_, found) => self.0.push(found),
        }
    }

    fn drain(&mut self, decoder: &mut Decoder) {
        while let Some(found) = decoder.next_found() {
            self.add(found);
        }
        // A flag, and a frame that wants its closing flag.
        assert!(decoder.buffered() <= MOST_OCTETS + 1, "{} octets", decoder.buffered());
    }

    fn frames(&self) -> Vec<&Frame> {
        let mut frames = Vec::new();
        for found in &self.0 {
            if let Found::Frame(frame) = found {
                frames.push(frame);
            }
        }
        frames
    }
}

/// A stream in any pieces: the first octet chooses whether it has any octets, or frames made from
/// decisions with anything around them.
///
/// # Panics
/// When the pieces give anything else than the whole, when other frames are found than are there,
/// when more than a frame is held, when a frame behind garbage is missed, or when the explanation
/// leaves an octet out.
pub fn z01_hdlc_stream(input: &[u8]) -> Outcome {
    let Some((choice, input)) = input.split_first() else {
        return Outcome::Refused;
    };
    let made = if choice & 1 == 0 { Vec::new() } else { any_stream(input) };
    let input = if choice & 1 == 0 { input } else { &made[..] };
    let whole = feed(input, Cuts::none()).0;
    let frames: Vec<Frame> = whole.frames().into_iter().cloned().collect();
    assert_eq!(frames, cut(input));
    for cuts in [Cuts::of(input), Cuts::single_octets()] {
        let ((pieces, decoder), usage) = measure(|| feed(input, cuts));
        // What is found holds its octets once more; the vector of finds doubles as it grows.
        let bounds = Usage { peak: 64 * 1024 + 512 * input.len(), allocations: usize::MAX };
        assert!(usage.is_within(bounds), "{usage} for {} octets", input.len());
        assert_eq!(pieces, whole);
        finds_the_next_frame(decoder);
    }
    explanation_has_every_octet(input);
    if frames.is_empty() { Outcome::Refused } else { Outcome::Passed }
}

/// Frames, some of them with an octet changed, flags, and octets from nowhere.
fn any_stream(input: &[u8]) -> Vec<u8> {
    let entropy = &mut Entropy::new(input);
    let mut stream = Vec::new();
    // A frame may be much longer than what it is made from.
    while !entropy.is_used_up() && stream.len() < 20_000 {
        match entropy.octet() % 8 {
            0..=3 => {
                // One that cannot be written is left out.
                let _ = any_frame(entropy).encode_into(&mut stream);
            }
            4 => {
                // The closing flag is the opening one too.
                stream.pop();
            }
            5 => stream.push(FLAG),
            6 => {
                let back = 1 + entropy.below(40);
                let changed = entropy.octet();
                if let Some(place) = stream.len().checked_sub(back) {
                    stream[place] ^= changed;
                }
            }
            _ => stream.extend_from_slice(entropy.slice(12)),
        }
    }
    stream
}

fn feed(stream: &[u8], mut cuts: Cuts) -> (Finds, Decoder) {
    let mut decoder = Decoder::new();
    let mut finds = Finds::default();
    let mut left = stream;
    while !left.is_empty() {
        let (piece, later) = left.split_at(cuts.next(left.len()));
        left = later;
        decoder.push(piece);
        finds.drain(&mut decoder);
    }
    (finds, decoder)
}

/// Whatever came before: behind silence, and behind octets enough to fill a false head, a frame is
/// found.
fn finds_the_next_frame(decoder: Decoder) {
    let frame = Frame {
        segmentation: Segmentation::Last,
        destination: Address::client(1),
        source: Address::client(16),
        control: Control::SNRM,
        information: Vec::new(),
    };
    let mut octets = Vec::new();
    frame.encode_into(&mut octets).expect("a small frame");

    let mut silent = decoder.clone();
    let mut finds = Finds::default();
    while silent.buffered() > 0 {
        silent.handle_silence();
        finds.drain(&mut silent);
    }
    silent.push(&octets);
    finds.drain(&mut silent);
    assert_eq!(finds.frames().last(), Some(&&frame), "behind silence");

    let mut noisy = decoder;
    let mut finds = Finds::default();
    noisy.push(&[0; MOST_OCTETS + 2]);
    noisy.push(&octets);
    finds.drain(&mut noisy);
    assert_eq!(finds.frames().last(), Some(&&frame), "behind garbage");
}

/// The frames of a stream that is there as a whole.
fn cut(stream: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        match frame_at(&stream[at..]) {
            Some((frame, length)) => {
                frames.push(frame);
                // To the closing flag.
                at += length + 1;
            }
            None => match waits(&stream[at..]) {
                true => break,
                false => at += 1,
            },
        }
    }
    frames
}

/// The frame between two flags, and its length.
fn frame_at(octets: &[u8]) -> Option<(Frame, usize)> {
    let &[FLAG, high, low, ..] = octets else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]) & 0x07ff);
    if octets.get(length + 1) != Some(&FLAG) {
        return None;
    }
    Frame::decode(&octets[1..=length]).ok().map(|frame| (frame, length))
}

/// Whether a frame begins here whose end has not come.
fn waits(octets: &[u8]) -> bool {
    match octets {
        [FLAG] => true,
        [FLAG, high] => high >> 4 == 0xa,
        [FLAG, high, low, ..] if high >> 4 == 0xa => {
            let length = usize::from(u16::from_be_bytes([*high, *low]) & 0x07ff);
            length >= 7 && octets.len() < length + 2
        }
        _ => false,
    }
}

fn explanation_has_every_octet(octets: &[u8]) {
    let (explanation, usage) = measure(|| explain(octets));
    let bounds = Usage { peak: 64 * 1024 + 1_024 * octets.len(), allocations: usize::MAX };
    assert!(usage.is_within(bounds), "{usage} to explain {} octets", octets.len());
    let mut explained = vec![false; octets.len()];
    for span in &explanation.spans {
        assert!(span.from <= span.to && span.to <= octets.len(), "{span:?}");
        explained[span.from..span.to].fill(true);
    }
    assert!(explained.iter().all(|octet| *octet), "{explanation:?}");
}

/// A frame made from decisions: it comes back as it was, and not with any octet changed. The same
/// decisions are read as a frame, and as parameters: what is read is written as it was.
///
/// # Panics
/// When it is not so.
pub fn z02_hdlc_frame(input: &[u8]) -> Outcome {
    if let Ok(frame) = Frame::decode(input) {
        assert_eq!(frame.encode().as_deref(), Ok(input));
    }
    let entropy = &mut Entropy::new(input);
    let frame = any_frame(entropy);
    if let Ok(parameters) = Parameters::decode(&frame.information) {
        assert_eq!(Parameters::decode(&parameters.encode()), Ok(parameters));
    }
    let octets = match frame.encode() {
        Ok(octets) => octets,
        Err(Oversize { length }) => {
            assert!(length > MOST_OCTETS);
            return Outcome::Refused;
        }
    };
    assert_eq!(Frame::decode(&octets).as_ref(), Ok(&frame));
    let mut stream = Vec::new();
    frame.encode_into(&mut stream).expect("it has been written already");
    assert_eq!(stream[1..stream.len() - 1], octets);
    assert_eq!(cut(&stream), [frame]);

    let place = usize::from(u16::from_be_bytes(entropy.array())) % octets.len();
    let mut changed = octets;
    changed[place] ^= entropy.octet().max(1);
    assert!(Frame::decode(&changed).is_err(), "octet {place} is another");
    Outcome::Passed
}

fn any_frame(entropy: &mut Entropy<'_>) -> Frame {
    let choices = entropy.octet();
    let segmentation = if choices & 1 == 0 { Segmentation::Last } else { Segmentation::More };
    let destination = any_address(entropy, choices >> 1);
    let source = any_address(entropy, choices >> 3);
    let control = Control(entropy.octet());
    let mut information = entropy.slice(usize::from(choices >> 5) * 40).to_vec();
    // Now and then as long as a frame can be, and a little longer.
    if choices >> 5 == 7 {
        information.resize(2_000 + usize::from(entropy.octet() % 64), entropy.octet());
    }
    Frame { segmentation, destination, source, control, information }
}

fn any_address(entropy: &mut Entropy<'_>, choice: u8) -> Address {
    let [upper, lower] = [(); 2].map(|()| u16::from_be_bytes(entropy.array()));
    let (size, upper_bits, lower_bits) = match choice & 3 {
        0 => (AddressSize::One, 7, 0),
        1 => (AddressSize::Two, 7, 7),
        2 => (AddressSize::Three, 7, 14),
        _ => (AddressSize::Four, 14, 14),
    };
    let cut = |number: u16, bits: u32| number & ((1 << bits) - 1);
    let lower = (lower_bits > 0).then(|| cut(lower, lower_bits));
    Address { upper: cut(upper, upper_bits), lower, size }
}
