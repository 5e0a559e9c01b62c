//! The stream for tokio.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use dlms_link::{LinkError, Phase, Stream};
use tokio::net::TcpListener;

use crate::help::{in_a_moment, soon, transport};

async fn pair() -> (Stream, Stream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let meter = transport(&format!("tcp://{}", listener.local_addr().unwrap()));
    let (near, far) = tokio::join!(Stream::connect(&meter, soon()), listener.accept());
    (near.unwrap(), Stream::accepted(far.unwrap().0).unwrap())
}

async fn talk(mut near: Stream, mut far: Stream) {
    near.write_all(b"request").await.unwrap();
    let mut octets = [0; 64];
    let count = far.read_deadline(&mut octets, soon()).await.unwrap();
    assert_eq!(&octets[..count], b"request");
    far.write_all_deadline(b"answer", soon()).await.unwrap();
    let count = near.read(&mut octets).await.unwrap();
    assert_eq!(&octets[..count], b"answer");

    near.close().await.unwrap();
    near.close().await.unwrap();
    assert_eq!(near.read(&mut octets).await.unwrap(), 0);
    assert_eq!(near.write_all(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(far.read_deadline(&mut octets, soon()).await.unwrap(), 0, "the end is seen");
}

#[tokio::test]
async fn octets_go_both_ways_over_tcp_and_the_end_is_seen() {
    let (near, far) = pair().await;
    assert_eq!(near.peer_addr(), far.local_addr());
    assert_eq!(near.local_addr(), far.peer_addr());
    talk(near, far).await;
}

#[tokio::test]
async fn octets_go_both_ways_in_memory_and_the_end_is_seen() {
    let (near, far) = Stream::memory_pair(16);
    assert_eq!(near.peer_addr(), None);
    talk(near, far).await;
}

#[tokio::test]
async fn a_read_ends_at_its_deadline_and_loses_nothing() {
    for (mut near, mut far) in [pair().await, Stream::memory_pair(16)] {
        let mut octets = [0; 8];
        let error = near.read_deadline(&mut octets, in_a_moment()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        far.write_all(b"late").await.unwrap();
        assert_eq!(near.read_deadline(&mut octets, soon()).await.unwrap(), 4);
    }
}

#[tokio::test]
async fn a_write_that_nobody_reads_ends_at_its_deadline() {
    let much = vec![0; 64 << 20];
    for (mut near, _far) in [pair().await, Stream::memory_pair(16)] {
        let error = near.write_all_deadline(&much, in_a_moment()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}

#[tokio::test]
async fn octets_that_nobody_read_do_not_cost_the_peer_what_is_under_way() {
    let (mut near, mut far) = pair().await;
    far.write_all(b"never read").await.unwrap();
    // More than the peer's window, so that a part still waits here when the stream is closed.
    near.write_all_deadline(&[7; UNDER_WAY], soon()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    near.close().await.unwrap();
    drop(near);
    let mut octets = vec![0; 65_536];
    let mut sum = 0;
    loop {
        match far.read_deadline(&mut octets, soon()).await.expect("no reset") {
            0 => break,
            count => sum += count,
        }
    }
    assert_eq!(sum, UNDER_WAY);
}

const UNDER_WAY: usize = 1_000_000;

#[tokio::test]
async fn a_port_where_nothing_listens_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Stream::connect(&transport(&format!("tcp://{address}")), soon()).await.unwrap_err();
    assert!(
        matches!(&error, LinkError::Refused { peer, .. } if *peer == address.to_string()),
        "{error:?}"
    );
    assert!(error.to_string().contains("check the port"), "{error}");
}

#[tokio::test]
async fn a_name_without_an_address_is_its_own_error() {
    let meter = transport("tcp://no-such-meter.invalid");
    let error = Stream::connect(&meter, soon()).await.unwrap_err();
    match &error {
        LinkError::Name { host, .. } => assert_eq!(host, "no-such-meter.invalid"),
        // Where no name server answers at all.
        LinkError::Timeout { phase, .. } => assert_eq!(*phase, Phase::Resolving),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_ends_at_its_deadline() {
    let passed = Instant::now();
    let error = Stream::connect(&transport("tcp://127.0.0.1:9"), passed).await.unwrap_err();
    assert!(matches!(error, LinkError::Timeout { .. } | LinkError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_link_that_is_not_built_is_refused_before_anything_is_opened() {
    for text in ["udp://127.0.0.1", "tls://127.0.0.1", "serial:/dev/null"] {
        let error = Stream::connect(&transport(text), soon()).await.unwrap_err();
        assert!(matches!(error, LinkError::NotBuilt(_)), "{text}: {error:?}");
    }
}

#[test]
fn a_stream_can_go_to_another_thread() {
    fn is_send<T: Send + 'static>(_: &T) {}
    is_send(&Stream::memory_pair(1).0);
}
