//! Every wait has an end.

use std::time::{Duration, Instant};

use dlms::association::Options;
use dlms::error::{Misuse, Phase};
use dlms_client::{Cause, Client, Conversation, Error};
use dlms_link::blocking::Stream;

use crate::desk::CLOCK;
use crate::rig::{Fault, Rig};
use crate::story::{run, tell};

const TIMEOUT: Duration = Duration::from_millis(60);
/// A busy computer wakes a thread late.
const LATE: Duration = Duration::from_millis(400);

fn options() -> Options {
    Options { client_max_receive_pdu_size: 150, timeout: TIMEOUT, ..Options::default() }
}

fn assert_no_answer(error: &Error, since: Instant) -> Phase {
    let took = since.elapsed();
    assert!(took >= TIMEOUT, "{took:?}: {error}");
    assert!(took < TIMEOUT.mul_f32(1.1) + LATE, "{took:?}: {error}");
    match error.cause() {
        Cause::NoAnswer { phase, waited } => {
            assert_eq!(*waited, TIMEOUT);
            *phase
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_meter_that_falls_silent_after_any_frame_is_given_up_in_time() {
    let rig = Rig::new(Fault::Nothing);
    let seen = rig.seen();
    run(tell(rig.conversation(options())));
    let frames = seen.lock().unwrap().frames;
    assert!(frames >= 20, "{frames}");
    let mut phases = Vec::new();
    for silent_after in 0..frames {
        let rig = Rig::new(Fault::SilentAfter(silent_after));
        let seen = rig.seen();
        let start = Instant::now();
        let (_, error) = run(tell(rig.conversation(options())));
        let phase = assert_no_answer(&error.unwrap(), start);
        assert!(seen.lock().unwrap().closed);
        phases.push(phase);
    }
    for phase in [Phase::Associate, Phase::Request, Phase::Blocks, Phase::Release] {
        assert!(phases.contains(&phase), "{phases:?}");
    }
}

#[test]
fn a_meter_that_talks_without_answering_is_given_up_in_time() {
    let rig = Rig::new(Fault::Chatter);
    let start = Instant::now();
    let (_, error) = run(tell(rig.conversation(options())));
    assert_no_answer(&error.unwrap(), start);
}

#[test]
fn after_a_time_out_the_stream_is_closed_at_once_and_every_call_says_why() {
    // The association is the one frame that is answered.
    let rig = Rig::new(Fault::SilentAfter(1));
    let seen = rig.seen();
    run(async {
        let mut meter = Client::associate(rig.conversation(options())).await.unwrap();
        let error = meter.clock().await.unwrap_err();
        assert!(matches!(error.cause(), Cause::NoAnswer { phase: Phase::Request, .. }));
        assert!(seen.lock().unwrap().closed);
        for _ in 0..2 {
            let error = meter.clock().await.unwrap_err();
            assert!(matches!(error.cause(), Cause::Request(Misuse::Poisoned)), "{error:?}");
            assert_eq!(error.hint().as_deref(), Some("connect again"));
            assert!(error.attempted().contains(&CLOCK.to_string()));
        }
        assert_eq!(meter.negotiated(), None);
        assert!(matches!(meter.close().await.unwrap_err().cause(), Cause::Request(_)));
    });
}

#[test]
fn a_peer_that_does_not_read_is_given_up_in_time() {
    // The request does not fit into the pipe, and nobody empties it.
    let (near, _far) = Stream::memory_pair(16);
    let start = Instant::now();
    let error = run(Client::associate(Conversation::new(near, options()))).unwrap_err();
    assert_eq!(assert_no_answer(&error, start), Phase::Associate);
}

#[test]
fn a_peer_that_is_gone_has_closed() {
    let (near, far) = Stream::memory_pair(16);
    drop(far);
    let error = run(Client::associate(Conversation::new(near, options()))).unwrap_err();
    assert!(matches!(error.cause(), Cause::Closed(Phase::Associate)), "{error:?}");
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn an_asynchronous_peer_that_does_not_read_is_given_up_in_time() {
    let (near, _far) = dlms_link::Stream::memory_pair(16);
    let start = Instant::now();
    let error = Client::associate(Conversation::new(near, options())).await.unwrap_err();
    assert_eq!(assert_no_answer(&error, start), Phase::Associate);
}
