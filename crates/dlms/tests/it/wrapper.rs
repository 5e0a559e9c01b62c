//! The wrapper: frames off a stream, however it is cut.

use std::time::{Duration, Instant};

use cosem::bytes::{DecodeError, Problem};
use dlms::link::wrapper::{Decoder, Frame, HEADER_LENGTH, Header, MAX_LENGTH, Oversize, encode};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::octets::octets;

/// What comes off a stream that arrives in these pieces.
fn frames<'a>(
    decoder: &mut Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Frame>, DecodeError> {
    let mut frames = Vec::new();
    for mut piece in pieces {
        while !piece.is_empty() {
            let taken = decoder.push(piece);
            piece = &piece[taken..];
            frames.extend(decoder.next_frame()?);
        }
    }
    Ok(frames)
}

fn frame(source: u16, destination: u16, apdu: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(source, destination, apdu, &mut out).unwrap();
    out
}

#[test]
fn the_worked_example_has_these_octets() {
    let get = octets("c001c100080000010000ff0200");
    assert_eq!(frame(16, 1, &get), octets("0001 0010 0001 000d c001c100080000010000ff0200"));
    let header = Header::decode(&octets("0001 0001 0010 002b")).unwrap();
    assert_eq!((header.source, header.destination, header.length), (1, 16, 43));
}

#[test]
fn every_cut_gives_the_same_frames() {
    let stream =
        [frame(16, 1, &[1, 2, 3]), frame(1, 16, &[]), frame(2, 1, &[4]), frame(3, 1, &[5; 300])]
            .concat();
    let whole = frames(&mut Decoder::default(), [&stream[..]]).unwrap();
    assert_eq!(whole.iter().map(|frame| frame.apdu.len()).collect::<Vec<_>>(), [3, 1, 300]);
    for size in 1..stream.len() {
        assert_eq!(frames(&mut Decoder::default(), stream.chunks(size)).unwrap(), whole);
    }
    for at in 0..stream.len() {
        let (left, right) = stream.split_at(at);
        assert_eq!(frames(&mut Decoder::default(), [left, right]).unwrap(), whole);
    }
}

#[test]
fn another_version_ends_the_stream_after_two_octets() {
    let mut decoder = Decoder::default();
    assert!(frames(&mut decoder, [&b"G"[..]]).unwrap().is_empty());
    let error = frames(&mut decoder, [&b"E"[..]]).unwrap_err();
    assert_eq!(error.to_string(), "wrapper.version: 18245 at octet 0 (wanted 1)");
    assert_eq!(frames(&mut decoder, [&frame(1, 1, &[1])[..]]), Err(error));
    assert_eq!(decoder.buffered(), 0);
    // Frames in front of it are given out first.
    let stream = [frame(1, 1, &[7]), octets("7ea0")].concat();
    let mut decoder = Decoder::default();
    let taken = decoder.push(&stream);
    assert_eq!(decoder.next_frame().unwrap().map(|frame| frame.apdu), Some(vec![7]));
    let _ = decoder.push(&stream[taken..]);
    assert!(matches!(
        decoder.next_frame().unwrap_err().problem,
        Problem::OutOfRange { value: 0x7ea0, .. }
    ));
}

#[test]
fn a_frame_above_the_limit_ends_the_stream_before_it_has_come() {
    let mut decoder = Decoder::new(10);
    assert_eq!(frames(&mut decoder, [&frame(1, 1, &[0; 10])[..]]).unwrap().len(), 1);
    let error = frames(&mut decoder, [&frame(1, 1, &[0; 11])[..HEADER_LENGTH]]).unwrap_err();
    assert_eq!(error.problem, Problem::TooLarge { size: 11, limit: 10 });
    assert_eq!(error.to_string(), "wrapper.length: 11 octets at octet 6, at most 10 allowed");
}

#[test]
fn the_longest_frame_fits_and_nothing_more_is_held() {
    let longest = frame(1, 2, &vec![0x55; MAX_LENGTH]);
    let mut decoder = Decoder::default();
    let stream = [longest.clone(), longest].concat();
    let mut rest = &stream[..];
    let mut count = 0;
    while !rest.is_empty() {
        let taken = decoder.push(rest);
        assert!(decoder.buffered() <= HEADER_LENGTH + MAX_LENGTH);
        assert_eq!(decoder.push(&rest[taken..]), 0, "taken although a frame waits");
        rest = &rest[taken..];
        count += usize::from(decoder.next_frame().unwrap().is_some());
    }
    assert_eq!(count, 2);
    let oversize = encode(1, 2, &vec![0; MAX_LENGTH + 1], &mut Vec::new());
    assert_eq!(oversize, Err(Oversize { length: 65_536 }));
}

#[test]
fn a_stream_of_single_octets_takes_linear_time() {
    let stream = frame(1, 1, &[0x55; 60_000]).repeat(20);
    let started = Instant::now();
    let mut decoder = Decoder::default();
    assert_eq!(frames(&mut decoder, stream.chunks(1)).unwrap().len(), 20);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn any_octets_in_any_pieces_give_the_same(
        stream in vec(prop_oneof![3 => Just(0_u8), 3 => Just(1_u8), 1 => any::<u8>()], 0..200),
        size in 1..20_usize,
    ) {
        let whole = collect(&stream, stream.len().max(1));
        prop_assert_eq!(collect(&stream, size), whole);
    }
}

/// The frames up to an error, and the error.
fn collect(stream: &[u8], size: usize) -> (Vec<Frame>, Option<DecodeError>) {
    let (mut decoder, mut found) = (Decoder::new(100), Vec::new());
    for mut piece in stream.chunks(size) {
        while !piece.is_empty() {
            let taken = decoder.push(piece);
            piece = &piece[taken..];
            match decoder.next_frame() {
                Ok(frame) => found.extend(frame),
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}
