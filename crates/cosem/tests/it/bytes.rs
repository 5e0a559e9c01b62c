//! The reader and the writer.

use cosem::bytes::{
    Deviations, HexError, Problem, Reader, Span, Strictness, Trace, Writer, from_hex, hex,
};
use proptest::prelude::*;

/// spec/axdr.md section 2, and the values around each change of form.
const LENGTHS: &[(usize, &str)] = &[
    (0, "00"),
    (2, "02"),
    (127, "7f"),
    (128, "8180"),
    (240, "81f0"),
    (255, "81ff"),
    (256, "820100"),
    (287, "82011f"),
    (65_535, "82ffff"),
    (65_536, "83010000"),
    (0xff_ffff, "83ffffff"),
    (0x100_0000, "8401000000"),
    (0xffff_ffff, "84ffffffff"),
];

#[test]
fn lengths_take_their_shortest_form_and_come_back() {
    for (length, octets) in LENGTHS {
        let mut out = Vec::new();
        Writer::new(&mut out).length(*length);
        assert_eq!(hex(&out), *octets);
        let mut r = Reader::new(&out).with_strictness(Strictness::Strict);
        assert_eq!(r.length("length"), Ok(*length));
        assert!(r.is_empty());
    }
}

#[test]
fn a_longer_length_than_needed_is_reported_leniently_and_refused_strictly() {
    for (octets, length) in [
        ("8105", 5),
        ("817f", 127),
        ("820000", 0),
        ("8200f0", 240),
        ("8300ffff", 65_535),
        ("8400ffffff", 0xff_ffff),
        ("8400000001", 1),
    ] {
        let octets = from_hex(octets).unwrap();
        let mut r = Reader::new(&octets);
        assert_eq!(r.length("length"), Ok(length));
        assert_eq!(r.deviations(), Deviations { non_minimal_length: true });
        let mut r = Reader::new(&octets).with_strictness(Strictness::Strict);
        assert_eq!(r.length("length").unwrap_err().problem, Problem::NonMinimalLength);
    }
    let mut r = Reader::new(&[0x81, 0x80]);
    assert_eq!(r.length("length"), Ok(128));
    assert_eq!(r.deviations(), Deviations::default());
}

#[test]
fn the_indefinite_length_and_lengths_above_four_octets_are_refused() {
    for (octets, problem) in [
        (&[0x80, 0, 0][..], Problem::IndefiniteLength),
        (&[0x85, 0, 0, 0, 0, 1], Problem::LongLength),
        (&[0xff, 0, 0, 0, 0, 1], Problem::LongLength),
        (&[0x82, 1], Problem::Truncated { wanted: 2, left: 1 }),
        (&[0x84, 1, 2, 3], Problem::Truncated { wanted: 4, left: 3 }),
        (&[], Problem::Truncated { wanted: 1, left: 0 }),
    ] {
        assert_eq!(Reader::new(octets).length("length").unwrap_err().problem, problem);
    }
}

#[test]
fn a_count_above_the_octets_left_is_refused() {
    let error = Reader::new(&[3, 0, 0]).count("list").unwrap_err();
    assert_eq!(error.problem, Problem::CountTooLarge { count: 3, left: 2 });
    assert_eq!(error.to_string(), "list: 3 elements announced at octet 0, 2 octets left");
    assert_eq!(Reader::new(&[2, 0, 0]).count("list"), Ok(2));
    // Of a part, nobody knows.
    let error = Reader::partial(&[3, 0, 0]).count("list").unwrap_err();
    assert_eq!(error.problem, Problem::Truncated { wanted: 3, left: 2 });
}

#[test]
fn any_octet_but_zero_means_present() {
    for (octets, value) in [(&[0][..], None), (&[1, 7], Some(7)), (&[0xff, 7], Some(7))] {
        let mut r = Reader::new(octets);
        assert_eq!(r.optional("usage", |r| r.u8("value")), Ok(value));
        assert!(r.is_empty());
    }
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.optional(None::<u8>, Writer::u8);
    w.optional(Some(7), Writer::u8);
    assert_eq!(out, [0, 1, 7]);
}

#[test]
fn a_bounded_part_is_neither_left_early_nor_overrun() {
    let octets = [1, 2, 3, 4];
    let mut r = Reader::new(&octets);
    assert_eq!(r.within("part", 2, |r| r.u16("number")), Ok(0x0102));
    assert_eq!(r.at(), 2);
    let error = r.within("part", 2, |r| r.u8("number")).unwrap_err();
    assert_eq!((error.at, error.problem), (3, Problem::TrailingOctets { left: 1 }));
    let mut r = Reader::new(&octets);
    let error = r.within("part", 2, |r| r.u32("number")).unwrap_err();
    assert_eq!((error.at, error.problem), (0, Problem::Truncated { wanted: 4, left: 2 }));
    let error = Reader::new(&octets).within("part", 5, |r| r.u8("number")).unwrap_err();
    assert_eq!(error.problem, Problem::Truncated { wanted: 5, left: 4 });
}

#[test]
fn labels_follow_the_octets_and_groups_hold_their_fields() {
    let trace = Trace::based(100);
    let mut r = Reader::traced(&[0x01, 0x02, 0xab, 0xcd, 0x09], &trace);
    r.group("head", |r| {
        r.u8("first")?;
        r.octet_string("name")
    })
    .unwrap();
    r.u8("last").unwrap();
    r.meaning(|| String::from("nine"));
    let span = |depth, name, from, to, value: &str| Span {
        depth,
        name,
        from,
        to,
        value: value.to_owned(),
    };
    assert_eq!(
        trace.into_spans(),
        [
            span(0, "head", 100, 104, ""),
            span(1, "first", 100, 101, "1"),
            span(1, "name", 101, 104, "abcd"),
            span(0, "last", 104, 105, "nine"),
        ]
    );
}

#[test]
fn hexadecimal_says_where_it_is_wrong() {
    assert_eq!(from_hex(" 0x01:02-03,04\n05"), Ok(vec![1, 2, 3, 4, 5]));
    assert_eq!(from_hex("0xC4, 0X01,0x00"), Ok(vec![0xc4, 1, 0]));
    assert_eq!(from_hex("c40x01"), Err(HexError::NotADigit { found: 'x', at: 3 }));
    assert_eq!(from_hex("c4 0x 01"), Err(HexError::NotADigit { found: 'x', at: 4 }));
    assert_eq!(from_hex("c 0x1"), Err(HexError::NotADigit { found: 'x', at: 3 }));
    assert_eq!(from_hex("abc"), Err(HexError::LoneDigit { at: 2 }));
    assert_eq!(from_hex("ab é"), Err(HexError::NotADigit { found: 'é', at: 3 }));
    assert_eq!(from_hex("").as_deref(), Ok(&[][..]));
}

proptest! {
    #[test]
    fn every_length_comes_back_in_at_most_five_octets(length in any::<u32>(), shift in 0_u32..32) {
        let length = (length >> shift) as usize;
        let mut out = Vec::new();
        Writer::new(&mut out).length(length);
        prop_assert!(out.len() <= 5);
        let mut r = Reader::new(&out).with_strictness(Strictness::Strict);
        prop_assert_eq!(r.length("length"), Ok(length));
        for end in 0..out.len() {
            prop_assert!(Reader::new(&out[..end]).length("length").is_err());
        }
    }

    #[test]
    fn hexadecimal_comes_back(octets in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert_eq!(from_hex(&hex(&octets)), Ok(octets));
    }

    #[test]
    fn hexadecimal_of_any_text_never_panics(text in ".{0,40}") {
        let _ = from_hex(&text);
    }
}
