//! Answers that come too late are not believed, over streams that hold them back.

use std::time::Duration;

use cosem::class::Register;
use dlms::association::Options;
use dlms_client::{Cause, Client, Conversation};
use dlms_link::Stream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::desk::{Desk, IMPORT};

/// A meter that answers everything but the second request, whose answer it holds back until told.
/// Says whether it could still send it.
async fn slow(mut stream: Stream, go_on: oneshot::Receiver<()>) -> bool {
    let mut desk = Desk::new();
    let mut buffer = [0; 1_024];
    let mut held = Some(go_on);
    let mut requests = 0;
    loop {
        let Ok(count @ 1..) = stream.read(&mut buffer).await else { return true };
        requests += 1;
        let frames = desk.hear(&buffer[..count]);
        if requests == 2
            && let Some(go_on) = held.take()
        {
            go_on.await.unwrap();
        }
        for frame in frames {
            if stream.write_all(&frame).await.is_err() {
                return false;
            }
        }
    }
}

/// Whether the meter could send everything; it has to notice the end of the stream soon.
async fn could_send(peer: JoinHandle<bool>) -> bool {
    let end = tokio::time::timeout(Duration::from_secs(5), peer).await;
    end.expect("the stream has not been closed").unwrap()
}

#[tokio::test]
async fn the_answer_to_a_request_that_was_given_up_is_not_believed() {
    let (near, far) = Stream::memory_pair(1_000);
    let (go_on, held) = oneshot::channel();
    let peer = tokio::spawn(slow(far, held));
    let options = Options { timeout: Duration::from_millis(100), ..Options::default() };
    let mut meter = Client::associate(Conversation::new(near, options)).await.unwrap();
    let error = meter.clock().await.unwrap_err();
    assert!(matches!(error.cause(), Cause::NoAnswer { .. }), "{error:?}");
    go_on.send(()).unwrap();
    // The stream is closed already: the late answer goes nowhere, and nothing is read any more.
    assert!(!could_send(peer).await);
    for _ in 0..40 {
        let error = meter.get(Register::at(IMPORT).value()).await.unwrap_err();
        assert!(matches!(error.cause(), Cause::Request(_)), "{error:?}");
    }
}

#[tokio::test]
async fn the_answer_to_a_request_that_was_dropped_is_not_believed() {
    let (near, far) = Stream::memory_pair(1_000);
    let (go_on, held) = oneshot::channel();
    let peer = tokio::spawn(slow(far, held));
    let mut meter = Client::associate(Conversation::new(near, Options::default())).await.unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(50), meter.clock()).await;
    assert!(dropped.is_err());
    go_on.send(()).unwrap();
    assert!(!could_send(peer).await);
    for _ in 0..40 {
        let error = meter.get(Register::at(IMPORT).value()).await.unwrap_err();
        assert!(matches!(error.cause(), Cause::Abandoned), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_in_time_after_a_wait_is_believed() {
    let (near, far) = Stream::memory_pair(1_000);
    let (go_on, held) = oneshot::channel();
    let peer = tokio::spawn(slow(far, held));
    let mut meter = Client::associate(Conversation::new(near, Options::default())).await.unwrap();
    let waiting = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        go_on.send(()).unwrap();
    };
    let (time, ()) = tokio::join!(meter.clock(), waiting);
    assert_eq!(time.unwrap(), crate::desk::time_of(0));
    meter.close().await.unwrap();
    assert!(could_send(peer).await);
}
