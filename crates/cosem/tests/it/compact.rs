//! Compact-arrays.

use cosem::bytes::{Problem, Reader, Strictness, from_hex};
use cosem::{BitString, CompactArray, CompactArrayBuf, Data, DateTime, Encoded, Layout, Pieces};
use counting_allocator::measure;
use proptest::prelude::*;

use crate::data::data;

fn decode(text: &str) -> CompactArrayBuf {
    let encoded = Encoded::try_from(from_hex(text).unwrap()).unwrap();
    match encoded.to_data() {
        Data::CompactArray(array) => *array,
        other => panic!("{other:?} is no compact-array"),
    }
}

fn structure(elements: &[Data]) -> Data {
    Data::Structure(elements.to_vec())
}

fn clock(hour: u8, minute: u8) -> Data {
    Data::from(DateTime([0x07, 0xe9, 6, 15, 7, hour, minute, 0, 0, 0xff, 0x88, 0x80]))
}

/// spec/axdr.md 6.2, octet by octet, in the layout that is sent.
#[test]
fn the_worked_examples_expand_to_their_rows_and_are_packed_from_them() {
    let numbers = [1, 2, 3].map(Data::LongUnsigned);
    let profile = [
        structure(&[clock(12, 0), Data::Unsigned(0), Data::DoubleLongUnsigned(1_000)]),
        structure(&[clock(12, 15), Data::Unsigned(0), Data::DoubleLongUnsigned(1_010)]),
    ];
    for (octets, rows) in [
        ("13 12 06 0001 0002 0003", &numbers[..]),
        (
            "13 02 03 09 11 06 24 \
             0c 07e9060f070c000000ff8880 00 000003e8 0c 07e9060f070c0f0000ff8880 00 000003f2",
            &profile,
        ),
        ("13 02 02 01 0002 11 12 08 01 02 0003 04 05 0006", &nested_rows()),
    ] {
        let array = decode(octets);
        assert_eq!(array.as_compact_array().layout(), Layout::CountInDescription);
        assert_eq!(array.as_compact_array().rows(), rows.len());
        assert_eq!(array.as_compact_array().expand(), Data::Array(rows.to_vec()));
        let packed = CompactArrayBuf::from_rows(rows).unwrap();
        assert_eq!(packed, array);
        let packed = Data::CompactArray(Box::new(packed)).to_encoded();
        assert_eq!(packed.as_octets(), from_hex(octets).unwrap());
    }
}

fn nested_rows() -> [Data; 2] {
    [(1, 2, 3), (4, 5, 6)].map(|(a, b, c)| {
        let array = Data::Array(vec![Data::Unsigned(a), Data::Unsigned(b)]);
        structure(&[array, Data::LongUnsigned(c)])
    })
}

#[test]
fn a_count_before_the_elements_too_is_understood() {
    let octets = "13 02 02 01 0002 11 12 0a 02 01 02 0003 02 04 05 0006";
    let array = decode(octets);
    assert_eq!(array.as_compact_array().layout(), Layout::CountInBoth);
    assert_eq!(array.as_compact_array().expand(), Data::Array(nested_rows().to_vec()));
    // It goes out as it came.
    let again = Data::CompactArray(Box::new(array)).to_encoded();
    assert_eq!(again.as_octets(), from_hex(octets).unwrap());
    // The counts must agree.
    let unequal = from_hex("13 02 02 01 0002 11 12 0b 02 01 02 0003 03 04 05 06 0006").unwrap();
    assert!(Encoded::try_from(unequal).is_err());
}

#[test]
fn a_length_in_a_longer_form_supports_no_other_layout() {
    // Written again in the shortest form, this would be the beginning of 256 elements.
    let octets = from_hex("02 02 13 01 01 00 82 0000 00").unwrap();
    assert!(Encoded::try_from(octets).is_err());
    // In the standard's layout it is only a deviation.
    let octets = from_hex("13 11 82 0002 05 06").unwrap();
    let Data::CompactArray(array) = Encoded::try_from(octets).unwrap().to_data() else { panic!() };
    assert_eq!(array.as_compact_array().rows(), 2);
}

/// spec/axdr.md 6.2: the two examples of class 62, whose template and buffer come apart.
#[test]
fn a_template_and_a_buffer_that_come_apart_are_read() {
    let template = from_hex("02 0a 11 06 11 11 06 06 06 06 09 12").unwrap();
    let buffer =
        from_hex("00 51ee5305 29 18 0061ffd3 000d33d2 0012d687 0023cace 06 414243444546 1ed2")
            .unwrap();
    let array = CompactArray::from_parts(&template, &buffer).unwrap();
    let row = structure(&[
        Data::Unsigned(0),
        Data::DoubleLongUnsigned(0x51ee_5305),
        Data::Unsigned(0x29),
        Data::Unsigned(0x18),
        Data::DoubleLongUnsigned(0x0061_ffd3),
        Data::DoubleLongUnsigned(0x000d_33d2),
        Data::DoubleLongUnsigned(0x0012_d687),
        Data::DoubleLongUnsigned(0x0023_cace),
        Data::OctetString(b"ABCDEF".to_vec()),
        Data::LongUnsigned(0x1ed2),
    ]);
    assert_eq!(array.expand(), Data::Array(vec![row]));

    let template = from_hex("02 02 11 01 02 02 06 11").unwrap();
    let entry = from_hex("51ee530529").unwrap();
    let buffer = [from_hex("02 32").unwrap(), entry.repeat(50)].concat();
    assert_eq!(buffer.len(), 252);
    let array = CompactArray::from_parts(&template, &buffer).unwrap();
    assert_eq!(array.layout(), Layout::CountInContents);
    let entry = structure(&[Data::DoubleLongUnsigned(0x51ee_5305), Data::Unsigned(0x29)]);
    let row = structure(&[Data::Unsigned(2), Data::Array(vec![entry; 50])]);
    assert_eq!(array.expand(), Data::Array(vec![row]));
    // One octet too many or too few is no whole row.
    assert!(CompactArray::from_parts(&template, &buffer[..251]).is_err());
    assert!(CompactArray::from_parts(&template, &[&buffer[..], &[0]].concat()).is_err());
}

/// spec/axdr.md 6.3: the clock of later rows is left out as an empty octet-string.
#[test]
fn an_empty_octet_string_stands_for_a_clock_that_is_left_out() {
    let array = decode(
        "13 02 04 09 11 06 06 20 \
         0c 07d00101ff000000ff800000 80 11111111 22222222 00 00 33333333 44444444",
    );
    let expanded = array.as_compact_array().expand();
    let clocks = expanded.elements().iter().map(|row| row.elements()[0].clone());
    let first = DateTime([0x07, 0xd0, 1, 1, 0xff, 0, 0, 0, 0xff, 0x80, 0, 0]);
    assert_eq!(clocks.collect::<Vec<Data>>(), [Data::from(first), Data::OctetString(Vec::new())]);
}

#[test]
fn rows_that_take_no_octets_are_refused() {
    for octets in [
        "13 00 01 00",
        "13 ff 01 00",
        "13 0200 01 00",
        "13 0202 11 00 01 05",
        "13 01 0000 11 01 05",
        "13 01 ffff 00 01 00",
        "13 01 ffff 01 ffff 00 01 00",
    ] {
        assert!(Encoded::try_from(from_hex(octets).unwrap()).is_err(), "{octets}");
    }
    assert_eq!(CompactArrayBuf::from_rows(&[Data::Null]), None);
    assert_eq!(CompactArrayBuf::from_rows(&[structure(&[])]), None);
    assert_eq!(CompactArrayBuf::from_rows(&[Data::Array(Vec::new())]), None);
    assert_eq!(CompactArrayBuf::from_rows(&[]), None);
}

#[test]
fn rows_of_different_types_are_not_packed() {
    for rows in [
        [Data::Unsigned(1), Data::LongUnsigned(1)],
        [structure(&[Data::Unsigned(1)]), structure(&[Data::Unsigned(1), Data::Unsigned(2)])],
        [Data::Array(vec![Data::Unsigned(1)]), Data::Array(vec![Data::Unsigned(1); 2])],
    ] {
        assert_eq!(CompactArrayBuf::from_rows(&rows), None);
    }
    let mixed = Data::Array(vec![Data::Unsigned(1), Data::LongUnsigned(1)]);
    assert_eq!(CompactArrayBuf::from_rows(&[mixed]), None);
    let inner = CompactArrayBuf::from_rows(&[Data::Unsigned(1)]).unwrap();
    assert_eq!(CompactArrayBuf::from_rows(&[Data::CompactArray(Box::new(inner))]), None);
}

#[test]
fn a_type_that_no_row_can_have_is_named() {
    for (octets, tag) in [("13 13 11 01 05", 0x13), ("13 02 01 07 01 05", 0x07)] {
        let error = Encoded::try_from(from_hex(octets).unwrap()).unwrap_err();
        let wanted = "a type that a compact-array can hold";
        assert_eq!(error.problem, Problem::UnknownTag { tag, wanted });
    }
}

#[test]
fn descriptions_have_a_greatest_depth_and_a_greatest_number_of_types() {
    let levels = |levels: usize| {
        // Of four octets a row, so that the structures around them are few for each octet.
        let octets = [vec![0x13], [0x02, 0x01].repeat(levels), from_hex("18 08").unwrap()];
        [octets.concat(), vec![0; 8]].concat()
    };
    assert!(Encoded::try_from(levels(15)).is_ok());
    // The array of the rows is the sixteenth level, so the expansion can always be read.
    let Data::CompactArray(array) = Encoded::try_from(levels(15)).unwrap().to_data() else {
        panic!("no compact-array")
    };
    assert_eq!(array.as_compact_array().expand().elements().len(), 1);
    let error = Encoded::try_from(levels(16)).unwrap_err();
    assert_eq!(error.problem, Problem::TooDeep { limit: 15 });

    let types = |count: u16| {
        let head = [vec![0x13, 0x02, 0x82], count.to_be_bytes().to_vec()].concat();
        let length = [vec![0x82], count.to_be_bytes().to_vec()].concat();
        [head, vec![0x11; count.into()], length, vec![0; count.into()]].concat()
    };
    assert!(Encoded::try_from(types(1_023)).is_ok());
    let error = Encoded::try_from(types(1_024)).unwrap_err();
    assert_eq!(error.problem, Problem::TooLarge { size: 1_024, limit: 1_024 });
}

#[test]
fn little_cannot_be_made_into_much() {
    // Fifteen structures around each octet would be a hundred times its size.
    let hostile = |levels: usize| {
        let head = [vec![0x13], [0x02, 0x01].repeat(levels), vec![0x11, 0x82, 0x03, 0xe8]].concat();
        [head, vec![0; 1_000]].concat()
    };
    let error = Encoded::try_from(hostile(15)).unwrap_err();
    assert_eq!(error.problem, Problem::CompactArray);
    let encoded = Encoded::try_from(hostile(3)).unwrap();
    let Data::CompactArray(array) = encoded.to_data() else { panic!("no compact-array") };
    let (rows, usage) = measure(|| array.as_compact_array().expand());
    assert_eq!(rows.elements().len(), 1_000);
    assert!(usage.peak < 64 * 1024 + 200 * 1_000, "{usage}");
}

#[test]
fn a_strict_reader_refuses_long_lengths_in_the_contents_too() {
    for octets in ["13 11 8101 05", "13 09 04 8102aabb", "13 01 0d00 00 8300 0000"] {
        let octets = from_hex(octets).unwrap();
        let mut r = Reader::new(&octets);
        assert!(Data::decode(&mut r).is_ok());
        assert!(r.is_empty() && r.deviations().non_minimal_length);
        let mut r = Reader::new(&octets).with_strictness(Strictness::Strict);
        assert_eq!(Data::decode(&mut r).unwrap_err().problem, Problem::NonMinimalLength);
    }
}

/// What has come so far could be read in a layout that the rest shows to be the wrong one.
#[test]
fn a_layout_is_not_chosen_before_all_octets_are_there() {
    // An array of one element: no rows of 4,355 structures of one unsigned (the standard's layout).
    // The first seven octets alone are one row of two unsigned in the third layout.
    let octets = from_hex("0101 13 01 1103 02 01 11 00").unwrap();
    let element = Encoded::try_from(octets[2..].to_vec()).unwrap();
    assert!(Encoded::try_from(octets[2..9].to_vec()).is_ok());
    let mut pieces = Pieces::new();
    let mut elements = Vec::new();
    for octet in &octets {
        pieces.push(&[*octet]).unwrap();
        elements.extend(pieces.next_element().unwrap());
    }
    assert_eq!(elements, [element]);
    // When nothing more comes, it was the third layout after all.
    let mut pieces = Pieces::new();
    pieces.push(&octets[..9]).unwrap();
    assert_eq!(pieces.next_element(), Ok(None));
    pieces.finish();
    let element = pieces.next_element().unwrap().unwrap();
    let Data::CompactArray(array) = element.to_data() else { panic!("no compact-array") };
    assert_eq!(array.as_compact_array().layout(), Layout::CountInContents);
}

/// Another value of the same type: the numbers are counted on.
fn alike(data: &Data, by: u8) -> Data {
    match data {
        Data::Array(elements) => Data::Array(elements.iter().map(|e| alike(e, by)).collect()),
        Data::Structure(elements) => {
            Data::Structure(elements.iter().map(|e| alike(e, by)).collect())
        }
        Data::Unsigned(number) => Data::Unsigned(number.wrapping_add(by)),
        Data::LongUnsigned(number) => Data::LongUnsigned(number.wrapping_add(by.into())),
        Data::OctetString(octets) => Data::OctetString([&octets[..], &[by]].concat()),
        Data::BitString(bits) => {
            let more = bits.as_bit_str().bits + usize::from(by);
            Data::BitString(Box::new(BitString::new(more, bits.as_bit_str().octets.to_vec())))
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn rows_that_can_be_packed_come_back(row in data(), count in 1_u8..5) {
        let rows: Vec<Data> = (0..count).map(|by| alike(&row, by)).collect();
        if let Some(packed) = CompactArrayBuf::from_rows(&rows) {
            let rows = Data::Array(rows).to_encoded();
            prop_assert_eq!(&packed.as_compact_array().expand().to_encoded(), &rows);
            let encoded = Data::CompactArray(Box::new(packed)).to_encoded();
            let Ok(Data::CompactArray(back)) = Data::decode(&mut Reader::new(encoded.as_octets()))
            else { panic!("it was written as a compact-array") };
            prop_assert_eq!(back.as_compact_array().expand().to_encoded(), rows);
        }
    }

    #[test]
    fn any_description_and_contents_keep_their_bounds(
        description in prop::collection::vec(
            prop_oneof![Just(1_u8), Just(2), Just(0x11), Just(9), 0_u8..0x22], 1..12),
        contents in prop::collection::vec(prop_oneof![0_u8..6, any::<u8>()], 0..64),
    ) {
        let octets =
            [&[0x13], &description[..], &[contents.len() as u8], &contents[..]].concat();
        let (read, usage) = measure(|| Data::decode(&mut Reader::new(&octets)));
        usage.assert_allowed(octets.len());
        if let Ok(Data::CompactArray(array)) = read {
            let array = array.as_compact_array();
            prop_assert_eq!(array.expand().elements().len(), array.rows());
            prop_assert!(array.rows() <= array.contents().len());
        }
        let _ = CompactArray::from_parts(&description, &contents);
    }
}
