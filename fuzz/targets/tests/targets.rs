//! What libFuzzer asks for hours, asked for a second: every target over its committed inputs, over
//! these with single octets changed, and over inputs from nowhere.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use targets::{ALL, Outcome, Target, seeds};

#[global_allocator]
static ALLOCATOR: counting_allocator::Counting = counting_allocator::Counting;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut inputs: Vec<(PathBuf, Vec<u8>)> = files
        .map(|file| file.expect("the folder can be read").path())
        .map(|path| (path.clone(), fs::read(path).expect("the file can be read")))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn the_committed_inputs_hold_and_some_pass_the_outermost_layer() {
    for (name, target) in ALL {
        let inputs = corpus(name);
        let passed = inputs.iter().filter(|(_, input)| target(input) == Outcome::Passed).count();
        println!("{name}: {passed} of {} inputs pass", inputs.len());
        assert!(passed * 2 >= inputs.len(), "{name}: only {passed} of {}", inputs.len());
        let size: usize = inputs.iter().map(|(_, input)| input.len()).sum();
        assert!(size <= 100 * 1024, "{name}: the committed inputs have {size} octets");
    }
}

#[test]
fn the_seeds_are_committed_as_the_code_makes_them() {
    for (target, name, octets) in seeds() {
        let committed = corpus(target).into_iter().find(|(path, _)| path.ends_with(&name));
        let committed = committed.map(|(_, input)| input);
        let hint = "`cargo run --example seeds` writes it";
        assert_eq!(committed, Some(octets), "corpus/{target}/{name}: {hint}");
    }
}

#[test]
fn every_single_octet_of_a_seed_may_be_another() {
    for (name, target) in ALL {
        for (_, input) in corpus(name) {
            for place in 0..input.len().min(400) {
                for octet in [0x00, 0x01, 0x7f, 0x80, 0x84, 0xff, input[place] ^ 0x10] {
                    let mut changed = input.clone();
                    changed[place] = octet;
                    target(&changed);
                }
                target(&input[..place]);
            }
        }
    }
}

#[test]
fn long_lists_keep_the_bounds_that_short_ones_keep() {
    let attribute = [0x00, 0x01, 0, 0, 0x80, 1, 0, 0xff, 0x02, 0x00];
    let lists: &[(&[u8], &[u8])] = &[
        (&[0xc4, 0x03, 0xc1], &[0x01, 0x04]),
        (&[0xc4, 0x03, 0xc1], &[0x00, 0x00]),
        (&[0xc0, 0x03, 0xc1], &attribute),
        (&[0xc5, 0x05, 0xc1], &[0x00]),
        (&[0xc7, 0x03, 0xc1], &[0x00, 0x00]),
        (&[0xc7, 0x03, 0xc1], &[0x00, 0x01, 0x00, 0x00]),
        (&[0xc4, 0x01, 0xc1, 0x00, 0x01], &[0x00]),
        (&[0x05], &[0x02, 0x01, 0x00]),
        (&[0x0c], &[0x00, 0x00]),
        (&[0x0d], &[0x00]),
        (&[0x06, 0x00], &[0x00]),
        (&[0xd9, 0, 0, 0, 0, 0x00, 0x00], &[0x00]),
        (&[0xda, 0, 0, 0, 0, 0x00, 0x00, 0x00], &[0x01, 0x00]),
        (&[0xc4, 0x01, 0xc1, 0x00, 0x01], &[0x02, 0x01, 0x02, 0x01, 0x09, 0x00]),
    ];
    for (head, element) in lists {
        let count = 20_000 / element.len();
        let count_field = [&[0x82][..], &u16::try_from(count).expect("small").to_be_bytes()];
        let octets = [head, &count_field.concat()[..], &element.repeat(count)[..]].concat();
        assert_eq!(run("z08", &octets), Outcome::Passed, "{head:02x?} {element:02x?}");
        // Announced, and not there.
        assert_eq!(run("z08", &octets[..octets.len() - 1]), Outcome::Refused);
    }
}

fn run(name: &str, input: &[u8]) -> Outcome {
    let target = ALL.iter().find(|(target, _)| *target == name).map(|(_, target)| *target);
    let target: Target = target.expect("the target is in the table");
    target(input)
}

/// Octets of which many are small, as tags, counts and lengths are.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![3 => 0_u8..0x22, 1 => any::<u8>()], 0..300)
}

/// Octets of which many are flags and heads of frames, and some are frames.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let frame = [0x7e, 0xa0, 0x08, 0x02, 0x23, 0x21, 0x93, 0xbd, 0x64, 0x7e];
    let piece = prop_oneof![
        3 => Just(vec![0x7e]),
        2 => vec(any::<u8>(), 0..12),
        1 => Just(frame.to_vec()),
        1 => Just(frame[1..].to_vec()),
        1 => (0_u8..16, any::<u8>()).prop_map(|(high, low)| vec![0x7e, 0xa0 | high, low]),
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn z01_holds(input in stream()) { run("z01", &[&[0], &input[..]].concat()); }
    #[test]
    fn z01_holds_for_made_frames(input in vec(any::<u8>(), 0..400)) {
        run("z01", &[&[1], &input[..]].concat());
    }
    #[test]
    fn z02_holds(input in vec(any::<u8>(), 0..400)) { run("z02", &input); }
    #[test]
    fn z03_holds(input in octets()) { run("z03", &input); }
    #[test]
    fn z04_holds(input in octets()) { run("z04", &input); }
    #[test]
    fn z05_holds(input in vec(any::<u8>(), 0..300)) { run("z05", &input); }
    #[test]
    fn z06_holds(input in octets()) { run("z06", &input); }
    #[test]
    fn z07_holds(input in octets()) { run("z07", &input); }
    #[test]
    fn z08_holds(input in octets()) { run("z08", &input); }
    #[test]
    fn z17_holds(input in vec(any::<u8>(), 0..30)) { run("z17", &input); }
}
