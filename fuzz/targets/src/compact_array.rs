//! Z-06: compact-arrays, against a second expansion written for this test.

use cosem::bytes::Reader;
use cosem::{CompactArray, CompactArrayBuf, Data, Encoded, Layout, Tag, Value};
use counting_allocator::{Usage, measure};

use crate::Outcome;
use crate::entropy::{Entropy, rows};

/// A compact-array off the wire, one in two parts as class 62 keeps it, or one made from rows.
///
/// # Panics
/// When it costs more than it may, or expands to other rows than the second expansion or the rows
/// that it was made from.
pub fn z06_compact_array(input: &[u8]) -> Outcome {
    match input {
        [0..=0x7f, rest @ ..] => from_the_wire(rest),
        [0x80..=0xbf, split, rest @ ..] => from_parts(rest, usize::from(*split)),
        [_, rest @ ..] => from_rows(rest),
        [] => Outcome::Refused,
    }
}

fn from_the_wire(input: &[u8]) -> Outcome {
    let octets = [&[Tag::COMPACT_ARRAY.0], input].concat();
    let (encoded, usage) = measure(|| Encoded::decode(&mut Reader::new(&octets)));
    usage.assert_allowed(octets.len());
    let Ok(encoded) = &encoded else {
        return Outcome::of(&encoded);
    };
    let token = encoded.tokens().next();
    let Some(Ok(Value::CompactArray(array))) = token.map(|token| token.map(|token| token.value))
    else {
        panic!("the tag says that it is a compact-array");
    };
    expands_alike(&array);
    Outcome::Passed
}

fn from_parts(input: &[u8], split: usize) -> Outcome {
    let (description, contents) = input.split_at(split.min(input.len()));
    let (array, usage) = measure(|| CompactArray::from_parts(description, contents));
    assert_eq!(usage.allocations, 0);
    if let Ok(array) = &array {
        expands_alike(array);
    }
    Outcome::of(&array)
}

fn from_rows(input: &[u8]) -> Outcome {
    let Some(rows) = rows(&mut Entropy::new(input), 3) else {
        return Outcome::Refused;
    };
    let Some(array) = CompactArrayBuf::from_rows(&rows) else {
        return Outcome::Refused;
    };
    let rows = Data::Array(rows).to_encoded();
    assert_eq!(array.as_compact_array().expand().to_encoded(), rows);
    let encoded = Data::CompactArray(Box::new(array)).to_encoded();
    let Data::CompactArray(back) =
        Encoded::try_from(encoded.into_octets()).expect("what was written can be read").to_data()
    else {
        panic!("it was written as a compact-array");
    };
    assert_eq!(back.as_compact_array().expand().to_encoded(), rows);
    expands_alike(&back.as_compact_array());
    Outcome::Passed
}

fn expands_alike(array: &CompactArray<'_>) {
    let (expanded, usage) = measure(|| array.expand());
    let most = array.contents().len();
    let elements = elements(&expanded) - 1;
    assert!(elements <= 4 * most, "{elements} elements from {most} octets");
    // The array with tags is what is decoded; it and its octets are alive together.
    let written = expanded.to_encoded().as_octets().len();
    let allowed = Usage::allowed(2 * written + 4 * most);
    assert!(usage.is_within(allowed), "{usage} to expand {most} octets to {written}");
    assert_eq!(expanded.elements().len(), array.rows());

    let mut description = array.description();
    let kind = describe(&mut description, array.layout());
    assert!(description.is_empty());
    let mut contents = array.contents();
    let mut rows = Vec::new();
    while !contents.is_empty() {
        kind.write(&mut contents, array.layout(), &mut rows);
    }
    let mut wanted = vec![Tag::ARRAY.0];
    put_length(array.rows(), &mut wanted);
    wanted.extend(rows);
    // Through the same reading, because booleans and lengths are written in one form only.
    let wanted = Data::decode(&mut Reader::new(&wanted)).expect("the rows are an array");
    assert_eq!(expanded.to_encoded(), wanted.to_encoded());
}

fn elements(data: &Data) -> usize {
    1 + data.elements().iter().map(elements).sum::<usize>()
}

/// A type description, read without any care: it is known to be one.
enum Kind {
    Structure(Vec<Self>),
    Array(Option<usize>, Box<Self>),
    Fixed(u8, usize),
    Octets(u8),
    Bits,
}

fn describe(octets: &mut &[u8], layout: Layout) -> Kind {
    let tag = number(octets, 1);
    match tag {
        1 => {
            let given = layout != Layout::CountInContents;
            let count = given.then(|| number(octets, 2));
            Kind::Array(count, Box::new(describe(octets, layout)))
        }
        2 => {
            let count = length(octets);
            Kind::Structure((0..count).map(|_| describe(octets, layout)).collect())
        }
        4 => Kind::Bits,
        9 | 10 | 12 => Kind::Octets(tag as u8),
        3 | 13 | 15 | 17 | 22 | 28 | 31 => Kind::Fixed(tag as u8, 1),
        16 | 18 | 29 | 32 => Kind::Fixed(tag as u8, 2),
        5 | 6 | 23 | 27 | 30 | 33 => Kind::Fixed(tag as u8, 4),
        26 => Kind::Fixed(tag as u8, 5),
        20 | 21 | 24 => Kind::Fixed(tag as u8, 8),
        25 => Kind::Fixed(tag as u8, 12),
        // Takes no octets: allowed only while there are no rows.
        _ => Kind::Fixed(tag as u8, 0),
    }
}

impl Kind {
    fn write(&self, contents: &mut &[u8], layout: Layout, out: &mut Vec<u8>) {
        match self {
            Self::Structure(kinds) => {
                out.push(2);
                put_length(kinds.len(), out);
                for kind in kinds {
                    kind.write(contents, layout, out);
                }
            }
            Self::Array(given, kind) => {
                let counted = (layout != Layout::CountInDescription).then(|| length(contents));
                assert!(given.is_none() || counted.is_none() || *given == counted);
                let count = given.or(counted).expect("every layout gives a count");
                out.push(1);
                put_length(count, out);
                for _ in 0..count {
                    kind.write(contents, layout, out);
                }
            }
            Self::Fixed(tag, size) => {
                assert!(*size > 0, "an element that takes no octets");
                out.push(*tag);
                put(*size, contents, out);
            }
            Self::Octets(tag) => {
                let size = length(contents);
                out.push(*tag);
                put_length(size, out);
                put(size, contents, out);
            }
            Self::Bits => {
                let bits = length(contents);
                out.push(4);
                put_length(bits, out);
                put(bits.div_ceil(8), contents, out);
            }
        }
    }
}

fn put(size: usize, contents: &mut &[u8], out: &mut Vec<u8>) {
    let (octets, rest) = contents.split_at(size);
    out.extend_from_slice(octets);
    *contents = rest;
}

fn number(octets: &mut &[u8], size: usize) -> usize {
    let (digits, rest) = octets.split_at(size);
    *octets = rest;
    digits.iter().fold(0, |number, digit| number << 8 | usize::from(*digit))
}

fn length(octets: &mut &[u8]) -> usize {
    match number(octets, 1) {
        short @ 0..=0x7f => short,
        long => number(octets, long - 0x80),
    }
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    match length {
        0..=0x7f => out.push(length as u8),
        _ => {
            out.push(0x84);
            out.extend_from_slice(&u32::try_from(length).expect("inputs are small").to_be_bytes());
        }
    }
}
