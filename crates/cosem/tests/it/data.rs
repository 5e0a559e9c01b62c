//! `Data` in its readings: tree, flat, tokens, encoded, pieces.

use std::time::{Duration, Instant};

use cosem::bytes::{Problem, Reader, Result, Strictness, from_hex, hex};
use cosem::{
    BitString, CompactArrayBuf, DEFAULT_DEPTH, Data, Date, DateTime, Encoded, Flat, Item,
    MAX_DEPTH, Obis, Pieces, Tag, Time, Token, Tokens, TypedPairs, Value, Walker,
};
use counting_allocator::measure;
use proptest::prelude::*;

/// spec/axdr.md sections 3, 4, 5 and 7, octet by octet.
fn worked_values() -> Vec<(&'static str, Data)> {
    let logical_name = Data::from(Obis([1, 0, 1, 8, 0, 255]));
    let scaler_unit = Data::Structure(vec![Data::Integer(0), Data::Enum(0x1e)]);
    let row = |value| Data::Structure(vec![value]);
    let clock = [0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80];
    vec![
        ("00", Data::Null),
        (
            "0203 0906 0100010800ff 06 00003039 0202 0f00 161e",
            Data::Structure(vec![logical_name, Data::DoubleLongUnsigned(12_345), scaler_unit]),
        ),
        ("0102 120001 120002", Data::Array(vec![Data::LongUnsigned(1), Data::LongUnsigned(2)])),
        ("0a03 4b464d", Data::from("KFM")),
        ("17 47726800", Data::Float32(62_056.0)),
        ("18 40ee4d0000000000", Data::Float64(62_056.0)),
        ("17 3f800000", Data::Float32(1.0)),
        ("18 3ff0000000000000", Data::Float64(1.0)),
        ("0900", Data::OctetString(Vec::new())),
        ("0100", Data::Array(Vec::new())),
        ("0200", Data::Structure(Vec::new())),
        ("040c abc0", Data::BitString(Box::new(BitString::new(12, vec![0xab, 0xcf])))),
        ("0300", Data::Boolean(false)),
        ("0301", Data::Boolean(true)),
        ("05 ffffffff", Data::DoubleLong(-1)),
        ("0c02 c3a9", Data::Utf8String("é".into())),
        ("0d 42", Data::Bcd(0x42)),
        ("0f 80", Data::Integer(-128)),
        ("10 8000", Data::Long(i16::MIN)),
        ("11 ff", Data::Unsigned(255)),
        ("12 ffff", Data::LongUnsigned(u16::MAX)),
        ("14 8000000000000000", Data::Long64(i64::MIN)),
        ("15 ffffffffffffffff", Data::Long64Unsigned(u64::MAX)),
        ("16 ff", Data::Enum(255)),
        ("19 07e9060f070c1e00 00ff8880", Data::DateTime(DateTime(clock))),
        ("090c 07e9060f070c1e00 00ff8880", Data::from(DateTime(clock))),
        ("1a 07e80b15ff", Data::Date(Date([7, 0xe8, 11, 21, 255]))),
        ("1b 081e0f17", Data::Time(Time([8, 30, 15, 23]))),
        ("1c ff", Data::DeltaInteger(-1)),
        ("1d fffe", Data::DeltaLong(-2)),
        ("1e fffffffd", Data::DeltaDoubleLong(-3)),
        ("1f 01", Data::DeltaUnsigned(1)),
        ("20 0002", Data::DeltaLongUnsigned(2)),
        ("21 00000003", Data::DeltaDoubleLongUnsigned(3)),
        ("ff", Data::DontCare),
        (
            "0103 0201 06 000f4240 0201 21 000000fa 0201 21 0000012c",
            Data::Array(vec![
                row(Data::DoubleLongUnsigned(1_000_000)),
                row(Data::DeltaDoubleLongUnsigned(250)),
                row(Data::DeltaDoubleLongUnsigned(300)),
            ]),
        ),
        // Alone in each other: the innermost takes one octet, which is enough for all of them.
        ("0101 0201 00", Data::Array(vec![Data::Structure(vec![Data::Null])])),
        ("0201 0201 0201 ff", row(row(row(Data::DontCare)))),
    ]
}

#[test]
fn every_worked_value_has_the_octets_of_the_digest() {
    for (octets, data) in worked_values() {
        let octets = from_hex(octets).unwrap();
        assert_eq!(hex(data.to_encoded().as_octets()), hex(&octets), "{data:?}");
        let mut strict = Reader::new(&octets).with_strictness(Strictness::Strict);
        assert_eq!(Data::decode(&mut strict), Ok(data.clone()));
        assert!(strict.is_empty());
        assert_eq!(all_readings(&octets), Ok(data));
    }
}

#[test]
fn every_tag_of_the_table_is_read_and_every_other_is_refused() {
    let mut read = Vec::new();
    for tag in 0..=255 {
        // Enough zeros for the largest type, and for the parts of a compact-array.
        let octets = [&[tag][..], &[0; 16]].concat();
        match Data::decode(&mut Reader::new(&octets)) {
            Ok(data) => {
                assert_eq!(data.tag(), Tag(tag));
                read.push(Tag(tag));
            }
            Err(error) => {
                let wanted = "a data type";
                assert_eq!(error.problem, Problem::UnknownTag { tag, wanted });
                assert_eq!(error.at, 0);
                assert_eq!(Tag(tag).name(), None);
            }
        }
    }
    assert_eq!(read, Tag::ALL);
    assert_eq!(Tag::ALL.len(), 31);
}

#[test]
fn a_header_of_369_elements_takes_four_octets() {
    let array = Data::Array(vec![Data::Null; 369]).to_encoded();
    assert_eq!(array.as_octets()[..4], [0x01, 0x82, 0x01, 0x71]);
    assert_eq!(array.to_data().elements().len(), 369);
}

#[test]
fn any_octet_but_zero_is_true_and_is_kept_in_the_encoded_form() {
    let encoded = Encoded::try_from(vec![3, 0x5a]).unwrap();
    assert_eq!(encoded.to_data(), Data::Boolean(true));
    assert_eq!(encoded.as_octets(), [3, 0x5a]);
    assert_eq!(encoded.to_data().to_encoded().as_octets(), [3, 1]);
}

#[test]
fn a_bit_string_counts_bits_from_the_most_significant_one() {
    let Data::BitString(bits) = decode("040c abc0").unwrap() else { panic!("no bit-string") };
    let bits = bits.as_bit_str();
    assert_eq!(bits.to_string(), "101010111100");
    assert_eq!((bits.bit(0), bits.bit(1), bits.bit(11)), (Some(true), Some(false), Some(false)));
    assert_eq!(bits.bit(12), None);
}

#[test]
fn a_count_that_cannot_be_true_is_refused_before_anything_is_allocated() {
    for octets in [
        "01 84ffffffff",
        "02 84ffffffff 00",
        "01 02 00",
        "0102 0102 00 00",
        // Two are still to come outside when four are announced inside, with five octets left.
        "0203 0204 0000 000000",
        "09 84ffffffff 00",
        "04 84ffffffff 00",
        "13 02 84ffffffff 11",
        "13 11 84ffffffff 11",
    ] {
        let octets = from_hex(octets).unwrap();
        let (error, usage) = measure(|| Data::decode(&mut Reader::new(&octets)).unwrap_err());
        let refused =
            matches!(error.problem, Problem::CountTooLarge { .. } | Problem::Truncated { .. });
        assert!(refused, "{error}");
        assert!(usage.peak < 1_024, "{usage}");
        assert!(Flat::decode(octets).is_err());
    }
    // The same with one octet more is true.
    assert!(decode("0203 0204 0000 000000 00").is_ok());
}

#[test]
fn nesting_ends_at_the_limit_with_an_error_that_says_so() {
    let nested = |levels: usize| [[0x02, 0x01].repeat(levels), vec![0x00]].concat();
    assert_eq!(all_readings(&nested(DEFAULT_DEPTH)).map(|_| ()), Ok(()));
    let error = all_readings(&nested(DEFAULT_DEPTH + 1)).unwrap_err();
    assert_eq!(error.problem, Problem::TooDeep { limit: 16 });
    assert_eq!(error.at, 2 * DEFAULT_DEPTH);
    assert_eq!(error.to_string(), "data: nested deeper than 16 levels at octet 32");

    let walk = |levels: usize, limit: usize| -> Result<()> {
        let octets = nested(levels);
        let mut r = Reader::new(&octets);
        let mut walker = Walker::with_limit(limit);
        while walker.step(&mut r)?.is_some() {}
        Ok(())
    };
    assert_eq!(walk(MAX_DEPTH, MAX_DEPTH), Ok(()));
    assert_eq!(walk(MAX_DEPTH, usize::MAX), Ok(()));
    let problem = walk(MAX_DEPTH + 1, usize::MAX).unwrap_err().problem;
    assert_eq!(problem, Problem::TooDeep { limit: 64 });
    assert_eq!(walk(3, 3), Ok(()));
    assert_eq!(walk(4, 3).unwrap_err().problem, Problem::TooDeep { limit: 3 });
}

#[test]
fn ten_megabytes_of_nesting_are_refused_at_once() {
    let octets = [0x02, 0x01].repeat(5_000_000);
    let copy = octets.clone();
    let start = Instant::now();
    let (error, usage) = measure(|| Data::decode(&mut Reader::new(&octets)).unwrap_err());
    assert_eq!(error.problem, Problem::TooDeep { limit: DEFAULT_DEPTH });
    assert!(usage.peak < 4_096, "{usage}");
    let last = Tokens::new(&octets).last();
    assert_eq!(last.unwrap().unwrap_err(), error);
    assert_eq!(Encoded::try_from(copy).unwrap_err(), error);
    // A millisecond is plenty; this machine may have other things to do.
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
}

#[test]
fn memory_stays_linear_whatever_the_values_are() {
    let size = 60_000;
    let repeated = |element: &str| {
        let element = from_hex(element).unwrap();
        let count = size / element.len();
        let mut octets = vec![0x01, 0x83, 0];
        octets.extend(u16::try_from(count).unwrap().to_be_bytes());
        octets.extend(element.repeat(count));
        octets
    };
    for element in [
        "00",
        "0900",
        "0901aa",
        "0400",
        "040155",
        "0100",
        "0200",
        "0201 00",
        "0201 0201 0201 0201 0201 00",
        "13 11 00",
        "13 11 01 05",
        "13 02010201020111 00",
        "0203 0901aa 0901bb 0901cc",
        "06 00000000",
    ] {
        let octets = repeated(element);
        let mut r = Reader::new(&octets);
        let (tree, usage) = measure(|| Data::decode(&mut r));
        assert!(tree.is_ok() && r.is_empty(), "{element}: {tree:?}");
        usage.assert_allowed(octets.len());
        let copy = octets.clone();
        let (flat, usage) = measure(|| Flat::decode(copy));
        usage.assert_allowed(octets.len());
        assert!(usage.allocations < 16, "{usage}");
        assert!(flat.is_ok());
        let (count, usage) = measure(|| Tokens::new(&octets).map(Result::unwrap).count());
        assert_eq!(usage.allocations, 0);
        assert_eq!(count, flat.unwrap().nodes());
    }
}

#[test]
fn reading_takes_time_in_proportion_to_the_octets() {
    // Counted in values and octets, because a clock on a busy machine counts other things too.
    let rows = |count: usize| {
        let row = Data::Structure(vec![Data::Unsigned(8), Data::DoubleLongUnsigned(1)]);
        Data::Array(vec![row; count]).to_encoded()
    };
    let steps = |encoded: &Encoded| {
        let mut tokens = encoded.tokens();
        let (mut steps, mut last) = (0, 0);
        while let Some(token) = tokens.next() {
            token.unwrap();
            assert!(tokens.at() > last, "every step reads on");
            last = tokens.at();
            steps += 1;
        }
        steps
    };
    assert_eq!(steps(&rows(100)), 301);
    assert_eq!(steps(&rows(200)), 601);
    assert_eq!(steps(&rows(20_000)), 60_001);
}

#[test]
fn typed_pairs_are_json_that_loses_nothing() {
    for (octets, pairs) in [
        ("00", r#"["null-data",null]"#),
        ("ff", r#"["dont-care",null]"#),
        ("0301", r#"["boolean",true]"#),
        ("0403a0", r#"["bit-string","101"]"#),
        ("15ffffffffffffffff", r#"["long64-unsigned",18446744073709551615]"#),
        ("0a05225c0a00ff", "[\"visible-string\",\"\\\"\\\\\\u000a\\u0000\u{ff}\"]"),
        ("0c02c3a9", r#"["utf8-string","é"]"#),
        ("0d42", r#"["bcd","42"]"#),
        ("173f800000", r#"["float32",1.0]"#),
        ("177f800000", r#"["float32","inf"]"#),
        ("187ff8000000000000", r#"["float64","NaN"]"#),
        ("1a07e80b15ff", r#"["date","07e80b15ff"]"#),
        ("1b081e0f17", r#"["time","081e0f17"]"#),
        ("0100", r#"["array",[]]"#),
        (
            "131106010203040506",
            "[\"compact-array\",[[\"unsigned\",1],[\"unsigned\",2],[\"unsigned\",3],[\"unsigned\",4],[\"unsigned\",5],[\"unsigned\",6]]]",
        ),
    ] {
        let text = TypedPairs(&decode(octets).unwrap()).to_string();
        assert_eq!(text, pairs);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}

#[test]
fn pieces_give_an_element_as_soon_as_it_is_complete() {
    let mut pieces = Pieces::new();
    assert_eq!((pieces.next_element(), pieces.left()), (Ok(None), None));
    pieces.push(&[0x01]).unwrap();
    assert_eq!(pieces.next_element(), Ok(None));
    pieces.push(&[0x82, 0x00]).unwrap();
    assert_eq!(pieces.next_element(), Ok(None));
    pieces.push(&[0x02, 0x11, 0x07, 0x09, 0x02, 0xaa]).unwrap();
    assert_eq!(pieces.next_element().unwrap().unwrap().to_data(), Data::Unsigned(7));
    assert_eq!(pieces.left(), Some(1));
    assert_eq!(pieces.next_element(), Ok(None));
    pieces.push(&[0xbb]).unwrap();
    let last = pieces.next_element().unwrap().unwrap();
    assert_eq!(last.to_data(), Data::OctetString(vec![0xaa, 0xbb]));
    assert!(pieces.is_finished());
    let error = pieces.push(&[0]).unwrap_err();
    assert_eq!((error.at, error.problem), (10, Problem::TrailingOctets { left: 1 }));
}

#[test]
fn pieces_that_end_too_early_are_an_error_once_the_last_has_come() {
    for octets in ["", "01", "0182", "0102 1107", "0102 1107 12", "0201", "02"] {
        let mut pieces = Pieces::new();
        pieces.push(&from_hex(octets).unwrap()).unwrap();
        while pieces.next_element().unwrap().is_some() {}
        pieces.finish();
        let error = pieces.next_element().unwrap_err();
        assert!(matches!(error.problem, Problem::Truncated { .. } | Problem::CountTooLarge { .. }));
        assert!(!pieces.is_finished());
    }
}

#[test]
fn pieces_refuse_what_the_whole_refuses() {
    // The array is a level of nesting too.
    let nested = |levels: usize| [vec![0x01, 0x01], [0x02, 0x01].repeat(levels), vec![0]].concat();
    for (octets, problem) in [
        (nested(16), Problem::TooDeep { limit: 15 }),
        (
            vec![0x01, 0x02, 0x11, 0x07, 0x55],
            Problem::UnknownTag { tag: 0x55, wanted: "a data type" },
        ),
        (vec![0x01, 0x01, 0x00, 0x00], Problem::TrailingOctets { left: 1 }),
        (vec![0x01, 0x00, 0x00], Problem::TrailingOctets { left: 1 }),
        (vec![0x01, 0x80], Problem::IndefiniteLength),
    ] {
        assert!(all_readings(&octets).is_err());
        let mut pieces = Pieces::new();
        pieces.push(&octets).unwrap();
        let error = loop {
            match pieces.next_element() {
                Ok(element) => assert!(element.is_some(), "{octets:02x?} is refused"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.problem, problem);
    }
    let mut pieces = Pieces::new();
    pieces.push(&nested(15)).unwrap();
    assert!(pieces.next_element().unwrap().is_some());
}

#[test]
fn pieces_keep_no_more_than_the_element_that_is_under_way() {
    let mut pieces = Pieces::new();
    let element = [0x09, 0x40].iter().copied().chain([7; 64]).collect::<Vec<u8>>();
    pieces.push(&[0x01, 0x82, 0x27, 0x10]).unwrap();
    let ((), usage) = measure(|| {
        for _ in 0..10_000 {
            for piece in element.chunks(50) {
                pieces.push(piece).unwrap();
                while let Some(element) = pieces.next_element().unwrap() {
                    drop(element);
                }
            }
        }
    });
    assert!(pieces.is_finished());
    assert!(usage.peak < 4_096, "{usage}");
}

fn decode(text: &str) -> Result<Data> {
    Encoded::try_from(from_hex(text).unwrap()).map(|encoded| encoded.to_data())
}

/// The octets as exactly one value, in every reading; all must say the same.
fn all_readings(octets: &[u8]) -> Result<Data> {
    let encoded = Encoded::try_from(octets.to_vec());
    let flat = Flat::decode(octets.to_vec());
    assert_eq!(flat.as_ref().err(), encoded.as_ref().err());
    let tree = Data::decode(&mut Reader::new(octets));
    let tokens: Result<Vec<Token<'_>>> = Tokens::new(octets).collect();
    assert_eq!(tree.as_ref().err(), tokens.as_ref().err());
    let encoded = encoded?;
    assert_eq!(encoded.as_octets(), octets);
    let (tree, flat) = (tree?, flat?);
    assert_eq!(flat.nodes(), tokens?.len());
    let written = tree.to_encoded();
    assert_eq!(rebuilt(flat.root()).to_encoded(), written);
    assert_eq!(flat.root().to_data().to_encoded(), written);
    assert_eq!(encoded.to_data().to_encoded(), written);
    Ok(tree)
}

fn rebuilt(item: Item<'_>) -> Data {
    let elements: Vec<Data> = item.items().map(rebuilt).collect();
    for (index, element) in item.items().enumerate() {
        assert_eq!(item.item(index).map(|item| item.octets()), Some(element.octets()));
    }
    assert!(item.item(elements.len()).is_none());
    match item.value() {
        Value::Array(count) => {
            assert_eq!(count, elements.len());
            Data::Array(elements)
        }
        Value::Structure(count) => {
            assert_eq!(count, elements.len());
            Data::Structure(elements)
        }
        scalar => {
            assert!(elements.is_empty());
            Data::from(scalar)
        }
    }
}

fn scalar() -> impl Strategy<Value = Data> {
    let octets = || prop::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        Just(Data::Null),
        Just(Data::DontCare),
        any::<bool>().prop_map(Data::Boolean),
        (octets(), 0_usize..8).prop_map(|(octets, unused)| {
            let bits = (octets.len() * 8).saturating_sub(unused);
            Data::BitString(Box::new(BitString::new(bits, octets)))
        }),
        any::<i32>().prop_map(Data::DoubleLong),
        any::<u32>().prop_map(Data::DoubleLongUnsigned),
        octets().prop_map(Data::OctetString),
        octets().prop_map(Data::VisibleString),
        octets().prop_map(Data::Utf8String),
        any::<u8>().prop_map(Data::Bcd),
        any::<i8>().prop_map(Data::Integer),
        any::<i16>().prop_map(Data::Long),
        any::<u8>().prop_map(Data::Unsigned),
        any::<u16>().prop_map(Data::LongUnsigned),
        any::<i64>().prop_map(Data::Long64),
        any::<u64>().prop_map(Data::Long64Unsigned),
        any::<u8>().prop_map(Data::Enum),
        any::<f32>().prop_map(Data::Float32),
        any::<f64>().prop_map(Data::Float64),
        any::<[u8; 12]>().prop_map(|octets| Data::DateTime(DateTime(octets))),
        any::<[u8; 5]>().prop_map(|octets| Data::Date(Date(octets))),
        any::<[u8; 4]>().prop_map(|octets| Data::Time(Time(octets))),
        any::<i8>().prop_map(Data::DeltaInteger),
        any::<i16>().prop_map(Data::DeltaLong),
        any::<i32>().prop_map(Data::DeltaDoubleLong),
        any::<u8>().prop_map(Data::DeltaUnsigned),
        any::<u16>().prop_map(Data::DeltaLongUnsigned),
        any::<u32>().prop_map(Data::DeltaDoubleLongUnsigned),
        prop::collection::vec(any::<u16>(), 1..9).prop_map(|numbers| {
            let rows: Vec<Data> = numbers.into_iter().map(Data::LongUnsigned).collect();
            let array = CompactArrayBuf::from_rows(&rows).expect("rows of one type");
            Data::CompactArray(Box::new(array))
        }),
    ]
}

/// Any value of at most five levels.
pub(crate) fn data() -> impl Strategy<Value = Data> {
    scalar().prop_recursive(5, 64, 8, |element| {
        prop_oneof![
            prop::collection::vec(element.clone(), 0..8).prop_map(Data::Array),
            prop::collection::vec(element, 0..8).prop_map(Data::Structure),
        ]
    })
}

#[cfg(feature = "serde")]
#[test]
fn parts_that_do_not_belong_together_are_refused_from_any_format() {
    let mut values = ["040c abc0", "13 12 04 0001 0002"].map(|text| decode(text).unwrap()).to_vec();
    for data in &values {
        let json = serde_json::to_string(data).unwrap();
        assert_eq!(&serde_json::from_str::<Data>(&json).unwrap(), data);
    }
    for (json, wrong) in [("\"bits\":12", "\"bits\":99999999"), ("\"rows\":2", "\"rows\":3")] {
        let data = values.remove(0);
        let text = serde_json::to_string(&data).unwrap();
        assert!(text.contains(json), "{text}");
        assert!(serde_json::from_str::<Data>(&text.replace(json, wrong)).is_err());
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_in_every_reading(data in data()) {
        let octets = data.to_encoded().into_octets();
        let mut strict = Reader::new(&octets).with_strictness(Strictness::Strict);
        let back = Data::decode(&mut strict).expect("what was written is read");
        prop_assert!(strict.is_empty());
        prop_assert_eq!(back.to_encoded().into_octets(), octets.clone());
        let read = all_readings(&octets).expect("all readings read it");
        prop_assert_eq!(read.to_encoded().into_octets(), octets);
        // A float that is no number is not equal to itself.
        prop_assert!(back == data || data != data.clone());
    }

    #[test]
    fn a_value_that_is_cut_off_is_an_error(data in data(), cut in any::<prop::sample::Index>()) {
        let octets = data.to_encoded().into_octets();
        let end = cut.index(octets.len());
        let error = Encoded::decode(&mut Reader::partial(&octets[..end])).unwrap_err();
        prop_assert!(matches!(error.problem, Problem::Truncated { .. }), "{}", error);
        prop_assert!(Encoded::try_from(octets[..end].to_vec()).is_err());
        let longer = [octets, vec![0]].concat();
        let error = Encoded::try_from(longer).unwrap_err();
        prop_assert_eq!(error.problem, Problem::TrailingOctets { left: 1 });
    }

    #[test]
    fn another_octet_anywhere_panics_nowhere(
        data in data(),
        place in any::<prop::sample::Index>(),
        octet in any::<u8>(),
    ) {
        let mut octets = data.to_encoded().into_octets();
        let place = place.index(octets.len());
        octets[place] = octet;
        let (_, usage) = measure(|| Data::decode(&mut Reader::new(&octets)).map(drop));
        usage.assert_allowed(octets.len());
        if let Ok(data) = all_readings(&octets) {
            prop_assert!(!TypedPairs(&data).to_string().is_empty());
        }
    }

    #[test]
    fn any_octets_are_read_alike_in_every_reading(
        octets in prop::collection::vec(prop_oneof![0_u8..0x22, any::<u8>()], 0..200),
    ) {
        let _ = all_readings(&octets);
    }

    #[test]
    fn pieces_may_be_cut_anywhere(
        data in data(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let octets = data.to_encoded().into_octets();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(octets.len())).collect();
        cuts.extend([0, octets.len()]);
        cuts.sort_unstable();
        let mut pieces = Pieces::new();
        let mut elements = Vec::new();
        for cut in cuts.windows(2) {
            pieces.push(&octets[cut[0]..cut[1]]).unwrap();
            while let Some(element) = pieces.next_element().unwrap() {
                elements.push(element);
            }
        }
        pieces.finish();
        while let Some(element) = pieces.next_element().unwrap() {
            elements.push(element);
        }
        let whole = match &data {
            Data::Array(elements) => elements.iter().map(Data::to_encoded).collect(),
            other => vec![other.to_encoded()],
        };
        prop_assert_eq!(elements, whole);
        prop_assert!(pieces.is_finished());
    }

    #[test]
    fn typed_pairs_of_any_value_are_json(data in data()) {
        let text = TypedPairs(&data).to_string();
        let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        prop_assert_eq!(json[0].as_str(), data.tag().name());
    }
}

#[test]
fn a_value_is_displayed_in_one_line() {
    let time = DateTime([0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80]);
    let row = Data::Structure(vec![
        Data::from(time),
        Data::Unsigned(8),
        Data::Array(vec![Data::DoubleLongUnsigned(12_345), Data::Null]),
        Data::from(cosem::obis!("1-0:1.8.0")),
        Data::OctetString(vec![0xde, 0xad]),
        Data::from("a\nb"),
    ]);
    let line =
        "{2025-06-15 12:30:00.00+02:00, 8, [12345, null-data], 1-0:1.8.0*255, dead, \"a\\nb\"}";
    assert_eq!(row.to_string(), line);
    assert_eq!(format!("{:?}", row.to_encoded().to_flat()), format!("Flat({line})"));
    assert_eq!(Data::Structure(Vec::new()).to_string(), "{}");
}
