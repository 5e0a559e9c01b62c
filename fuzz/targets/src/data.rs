//! Z-04 and Z-05: `Data` in all its readings.

use cosem::bytes::{Problem, Reader, Result, Strictness, Trace};
use cosem::{
    DEFAULT_DEPTH, Data, Encoded, Flat, Item, Pieces, Token, Tokens, TypedPairs, Value, Walker,
};
use counting_allocator::measure;

use crate::Outcome;
use crate::entropy::{Cuts, Entropy, any_data};

/// Any octets, read as one value in every way there is.
///
/// # Panics
/// When a reading panics or costs more than it may, when two readings differ, when what was read is
/// not written as it came, or when the first octets of a value pass for the whole.
pub fn z04_data(input: &[u8]) -> Outcome {
    let mut r = Reader::new(input);
    let (tree, usage) = measure(|| Data::decode(&mut r));
    usage.assert_allowed(input.len());
    same_error(input, &tree);
    labels_lie_inside(input, &tree);
    let outcome = Outcome::of(&tree);
    let pieces = in_pieces(input);
    let Ok(tree) = tree else {
        return outcome;
    };
    let value = &input[..r.at()];
    every_reading_agrees(&tree, value);
    canonical_form_comes_back(&tree, value, r.deviations().non_minimal_length);
    first_octets_are_no_value(value);
    let whole = if value.len() == input.len() { pieces } else { in_pieces(value) };
    let elements = whole.expect("a value that is read whole is read in pieces");
    assert_eq!(elements, elements_of(value), "pieces of {tree:?}");
    assert!(!TypedPairs(&tree).to_string().is_empty());
    outcome
}

/// A value made from the input comes back unchanged from its octets.
///
/// # Panics
/// When it does not.
pub fn z05_generated_data(input: &[u8]) -> Outcome {
    let tree = any_data(&mut Entropy::new(input), 5);
    let encoded = tree.to_encoded();
    let octets = encoded.as_octets();
    let mut r = Reader::new(octets).with_strictness(Strictness::Strict);
    let back = Data::decode(&mut r).expect("what was written can be read, strictly");
    r.finish("data").expect("nothing is left over");
    assert_eq!(back.to_encoded(), encoded);
    // A float that is no number is not equal to itself.
    assert!(back == tree || tree != tree.clone(), "{tree:?} came back as {back:?}");
    every_reading_agrees(&tree, octets);
    first_octets_are_no_value(octets);
    assert_eq!(in_pieces(octets).as_ref(), Ok(&elements_of(octets)));
    if tree.elements().is_empty() { Outcome::Refused } else { Outcome::Passed }
}

/// Tree, tokens, flat and encoded stand on one decoder, so they refuse for the same reason.
fn same_error(input: &[u8], tree: &Result<Data>) {
    let (last, usage) = measure(|| Tokens::new(input).last());
    assert_eq!(usage.allocations, 0, "the borrowed reading allocates nothing");
    let by_tokens = last.and_then(Result::err);
    assert_eq!(by_tokens, tree.as_ref().err().copied());
    let octets = input.to_vec();
    let (flat, usage) = measure(|| Flat::decode(octets));
    usage.assert_allowed(input.len());
    let (encoded, usage) = measure(|| Encoded::decode(&mut Reader::new(input)));
    usage.assert_allowed(input.len());
    assert_eq!(encoded.as_ref().err(), tree.as_ref().err());
    match (&encoded, flat) {
        (Ok(encoded), Ok(flat)) => assert_eq!(flat.encoded(), encoded),
        (Ok(encoded), Err(error)) => {
            let left = input.len() - encoded.as_octets().len();
            assert_eq!(error.problem, Problem::TrailingOctets { left });
        }
        (Err(error), flat) => assert_eq!(flat.err(), Some(*error)),
    }
}

/// Reading aloud gives the same value, and every label lies inside the input.
fn labels_lie_inside(input: &[u8], tree: &Result<Data>) {
    let trace = Trace::new();
    let mut r = Reader::traced(input, &trace);
    let aloud = Data::decode(&mut r);
    assert_eq!(aloud.as_ref().err(), tree.as_ref().err());
    if let (Ok(aloud), Ok(tree)) = (&aloud, tree) {
        assert_eq!(aloud.to_encoded(), tree.to_encoded());
    }
    let read = r.at();
    let mut last = 0;
    for span in trace.into_spans() {
        assert!(span.from <= span.to && span.to <= input.len(), "{span:?}");
        assert!(aloud.is_err() || span.to <= read, "{span:?} lies behind octet {read}");
        assert!(last <= span.from, "{span:?} begins before the label in front of it");
        last = span.from;
    }
}

/// The flat reading and the tokens, built up again by code of our own, are the same tree.
fn every_reading_agrees(tree: &Data, value: &[u8]) {
    let written = tree.to_encoded();
    let flat = Flat::decode(value.to_vec()).expect("the flat reading accepts what the tree does");
    assert_eq!(rebuilt(flat.root()).to_encoded(), written);
    assert_eq!(flat.root().octets(), value);
    assert_eq!(flat.nodes(), nodes(tree));
    let tokens: Result<Vec<Token<'_>>> = Tokens::new(value).collect();
    let tokens = tokens.expect("the tokens are accepted where the tree is");
    assert_eq!(tokens.len(), nodes(tree));
    let mut rest = tokens.as_slice();
    assert_eq!(grown(&mut rest, 0).to_encoded(), written);
    assert!(rest.is_empty());
    let encoded = Encoded::try_from(value.to_vec()).expect("the octets are one value");
    assert_eq!(encoded.to_data().to_encoded(), written);
}

fn rebuilt(item: Item<'_>) -> Data {
    let elements = item.items().map(rebuilt).collect();
    match item.value() {
        Value::Array(_) => Data::Array(elements),
        Value::Structure(_) => Data::Structure(elements),
        scalar => Data::from(scalar),
    }
}

fn grown(tokens: &mut &[Token<'_>], depth: usize) -> Data {
    let [token, rest @ ..] = *tokens else {
        panic!("a token is missing");
    };
    *tokens = rest;
    assert_eq!(token.depth, depth);
    match token.value {
        Value::Array(count) => Data::Array((0..count).map(|_| grown(tokens, depth + 1)).collect()),
        Value::Structure(count) => {
            Data::Structure((0..count).map(|_| grown(tokens, depth + 1)).collect())
        }
        scalar => Data::from(scalar),
    }
}

fn nodes(tree: &Data) -> usize {
    1 + tree.elements().iter().map(nodes).sum::<usize>()
}

/// What is written is the shortest form, and the octets that came when they were in that form.
fn canonical_form_comes_back(tree: &Data, value: &[u8], not_minimal: bool) {
    let written = tree.to_encoded();
    let written = written.as_octets();
    let mut strict = Reader::new(value).with_strictness(Strictness::Strict);
    let refused = Data::decode(&mut strict).is_err();
    assert_eq!(refused, not_minimal, "strict reading refuses what lenient reading reports");
    assert!(written.len() <= value.len());
    if !not_minimal {
        assert_eq!(written.len(), value.len());
        for (ours, theirs) in written.iter().zip(value) {
            // Of a boolean, any octet but 0 means true.
            assert!(ours == theirs || (*ours == 1 && *theirs > 1), "{tree:?}");
        }
    }
    let again = Data::decode(&mut Reader::new(written)).expect("what was written can be read");
    assert_eq!(again.to_encoded().as_octets(), written);
}

/// Cut off anywhere, a value is not complete: never another value, never another error.
fn first_octets_are_no_value(value: &[u8]) {
    let holds_compact_array = Tokens::new(value)
        .any(|token| matches!(token.map(|token| token.value), Ok(Value::CompactArray(_))));
    // All cuts of a short value, some of a long one.
    for end in (0..value.len()).step_by(1 + value.len() / 64) {
        let mut r = Reader::partial(&value[..end]);
        let error = Encoded::decode(&mut r).expect_err("the first octets pass for the whole");
        assert!(matches!(error.problem, Problem::Truncated { .. }), "{error}");
        // Cut inside a compact-array, its layout may be taken for another one.
        assert!(holds_compact_array || Data::decode(&mut Reader::new(&value[..end])).is_err());
    }
}

/// The elements, when the value arrives in pieces whose cuts are taken from the octets themselves.
fn in_pieces(input: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut pieces = Pieces::new();
    let mut elements = Vec::new();
    let mut left = input;
    let mut cuts = Cuts::of(input);
    while !left.is_empty() {
        let (piece, later) = left.split_at(cuts.next(left.len()));
        left = later;
        pieces.push(piece)?;
        take(&mut pieces, &mut elements)?;
    }
    pieces.finish();
    take(&mut pieces, &mut elements)?;
    assert!(pieces.is_finished() && pieces.left() == Some(0));
    Ok(elements)
}

fn take(pieces: &mut Pieces, elements: &mut Vec<Vec<u8>>) -> Result<()> {
    while let Some(element) = pieces.next_element()? {
        let mut r = Reader::new(element.as_octets());
        let mut walker = Walker::with_limit(DEFAULT_DEPTH);
        while walker.step(&mut r)?.is_some() {}
        assert!(r.is_empty());
        elements.push(element.into_octets());
    }
    Ok(())
}

/// The elements of the outermost array, or the value itself.
fn elements_of(value: &[u8]) -> Vec<Vec<u8>> {
    let flat = Flat::decode(value.to_vec()).expect("the value was read before");
    let root = flat.root();
    match root.value() {
        Value::Array(_) => root.items().map(|item| item.octets().to_vec()).collect(),
        _ => vec![value.to_vec()],
    }
}
