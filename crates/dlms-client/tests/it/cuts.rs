//! What a network does to a stream: cuts, merges, ends it anywhere, says things twice.

use std::sync::{Arc, Mutex};

use dlms::association::Options;
use dlms_client::{Cause, Conversation, Observer};
use proptest::prelude::*;

use crate::rig::{Ending, Fault, Rig};
use crate::story::{Transcript, run, tell};

/// So small that long answers come in blocks.
fn options() -> Options {
    Options { client_max_receive_pdu_size: 150, ..Options::default() }
}

/// The story as it should be.
fn clean() -> Transcript {
    let (told, error) = run(tell(Rig::new(Fault::Nothing).conversation(options())));
    assert!(error.is_none(), "{error:?}");
    assert_eq!(told.len(), 49);
    told
}

#[test]
fn a_stream_of_single_octets_gives_the_same() {
    let (told, error) = run(tell(Rig::new(Fault::Nothing).cut(|| 1).conversation(options())));
    assert!(error.is_none(), "{error:?}");
    assert_eq!(told, clean());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cut_of_the_stream_gives_the_same(sizes in prop::collection::vec(1_usize..200, 1..40)) {
        let mut sizes = sizes.into_iter().cycle();
        let rig = Rig::new(Fault::Nothing).cut(move || sizes.next().unwrap_or(1));
        let (told, error) = run(tell(rig.conversation(options())));
        prop_assert!(error.is_none());
        prop_assert_eq!(told, clean());
    }
}

#[test]
fn an_end_at_any_octet_of_the_answers_is_an_error_that_says_so() {
    let rig = Rig::new(Fault::Nothing);
    let seen = rig.seen();
    run(tell(rig.conversation(options())));
    let all = seen.lock().unwrap().received;
    assert!(all > 1_500, "{all} octets");
    ends(&clean(), all, Fault::EndAfter);
}

#[test]
fn an_end_at_any_octet_of_the_requests_is_an_error_that_says_so() {
    let rig = Rig::new(Fault::Nothing);
    let seen = rig.seen();
    run(tell(rig.conversation(options())));
    let all = seen.lock().unwrap().sent;
    assert!(all > 500, "{all} octets");
    ends(&clean(), all, Fault::DeafAfter);
}

fn ends(clean: &Transcript, all: usize, fault: fn(usize, Ending) -> Fault) {
    for ending in [Ending::Orderly, Ending::Torn] {
        for octets in 0..all {
            let rig = Rig::new(fault(octets, ending));
            let seen = rig.seen();
            let (told, error) = run(tell(rig.conversation(options())));
            assert!(clean.starts_with(&told), "after {octets} octets");
            let error = error.expect("the story has no end");
            assert!(matches!(error.cause(), Cause::Closed(_)), "after {octets} octets: {error:?}");
            assert!(seen.lock().unwrap().closed, "after {octets} octets");
        }
    }
}

#[test]
fn answers_that_come_twice_change_nothing_and_are_reported() {
    #[derive(Clone, Default)]
    struct Strays(Arc<Mutex<Vec<String>>>);
    impl Observer for Strays {
        fn stray(&mut self, what: &str) {
            self.0.lock().unwrap().push(what.to_owned());
        }
    }
    let rig = Rig::new(Fault::Twice);
    let seen = rig.seen();
    // One block would be a copy of the last one, which ends a transfer: whole answers only.
    let mut conversation: Conversation<_> = rig.conversation(Options::default());
    let strays = Strays::default();
    conversation.observe(Box::new(strays.clone()));
    let (told, error) = run(tell(conversation));
    assert!(error.is_none(), "{error:?}");
    assert_eq!(told[1..], clean()[1..]);
    let frames = seen.lock().unwrap().frames;
    let strays = strays.0.lock().unwrap();
    // Nobody listens any more when the copy of the last one comes.
    assert_eq!(strays.len(), frames - 1);
    assert!(strays.iter().any(|what| what == "get-response"), "{strays:?}");
}

#[test]
fn a_block_that_comes_twice_ends_the_transfer_and_gives_no_value() {
    let rig = Rig::new(Fault::Twice);
    let (told, error) = run(tell(rig.conversation(options())));
    assert!(clean().starts_with(&told));
    assert!(matches!(error.unwrap().cause(), Cause::Peer(_)));
}
