//! Z-03: the wrapper's stream decoder, against a decoder that sees everything at once.

use cosem::bytes::{DecodeError, Problem};
use counting_allocator::{Usage, measure};
use dlms::link::wrapper::{self, Decoder, Frame, HEADER_LENGTH, MAX_LENGTH, VERSION};

use crate::Outcome;
use crate::entropy::Cuts;

/// A stream of any octets in any pieces. The first octet chooses the limit, and whether a long tail
/// follows that fills the frame under way.
///
/// # Panics
/// When the pieces give other frames than the whole, when more than one frame is held, or when the
/// frames do not go out as they came in.
pub fn z03_wrapper_stream(input: &[u8]) -> Outcome {
    let Some((choice, input)) = input.split_first() else {
        return Outcome::Refused;
    };
    let limit = [MAX_LENGTH, 1_024, 16, 0][usize::from(choice & 3)];
    let long = [input, &[0x11; 70_000]].concat();
    let stream = if choice & 0x80 == 0 { input } else { &long[..] };
    let (whole, error) = cut(stream, limit);

    let smallest =
        if stream.len() > 1_000 { Cuts::of(&stream[1..]) } else { Cuts::single_octets() };
    for cuts in [Cuts::of(input), smallest, Cuts::none()] {
        let (pieces, usage) = measure(|| feed(stream, limit, cuts));
        let frames: usize = whole.iter().map(|frame| frame.apdu.len()).sum();
        // What is under way may be copied once more while it grows.
        let bounds = Usage::allowed(stream.len() + frames);
        assert!(usage.peak <= bounds.peak, "{usage} for {} octets", stream.len());
        assert_eq!(pieces.0, whole);
        assert_eq!(pieces.1.map(|error| error.problem), error);
    }
    let mut again = Vec::new();
    for frame in &whole {
        wrapper::encode(frame.source, frame.destination, &frame.apdu, &mut again)
            .expect("a frame that came in goes out");
    }
    assert_eq!(cut(&again, limit), (whole.clone(), None));
    if whole.is_empty() { Outcome::Refused } else { Outcome::Passed }
}

fn feed(stream: &[u8], limit: usize, mut cuts: Cuts) -> (Vec<Frame>, Option<DecodeError>) {
    let mut decoder = Decoder::new(limit);
    let mut frames = Vec::new();
    let mut left = stream;
    while !left.is_empty() {
        let (mut piece, later) = left.split_at(cuts.next(left.len()));
        left = later;
        while !piece.is_empty() {
            let taken = decoder.push(piece);
            assert!(taken > 0, "a piece is taken, because no frame is waiting");
            piece = &piece[taken..];
            assert!(decoder.buffered() <= HEADER_LENGTH + limit);
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    assert_eq!(decoder.next_frame(), Ok(None));
                    frames.push(frame);
                }
                Ok(None) => {}
                Err(error) => {
                    // It stays with the error, and holds nothing any more.
                    assert_eq!(decoder.push(left), left.len());
                    assert_eq!(decoder.next_frame(), Err(error));
                    assert_eq!(decoder.buffered(), 0);
                    return (frames, Some(error));
                }
            }
        }
    }
    (frames, None)
}

/// All frames of a stream that is there as a whole, and what ends it.
fn cut(stream: &[u8], limit: usize) -> (Vec<Frame>, Option<Problem>) {
    let mut frames = Vec::new();
    let mut left = stream;
    let number = |octets: &[u8], at: usize| u16::from_be_bytes([octets[at], octets[at + 1]]);
    while left.len() >= 2 {
        let version = number(left, 0);
        if version != VERSION {
            let value = u64::from(version);
            return (frames, Some(Problem::OutOfRange { value, wanted: "1" }));
        }
        if left.len() < HEADER_LENGTH {
            break;
        }
        let size = usize::from(number(left, 6));
        if size > limit {
            return (frames, Some(Problem::TooLarge { size, limit }));
        }
        let end = HEADER_LENGTH + size;
        if left.len() < end {
            break;
        }
        let apdu = left[HEADER_LENGTH..end].to_vec();
        if !apdu.is_empty() {
            frames.push(Frame { source: number(left, 2), destination: number(left, 4), apdu });
        }
        left = &left[end..];
    }
    (frames, None)
}
