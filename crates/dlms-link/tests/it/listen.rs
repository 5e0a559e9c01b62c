//! The accept loop.

use std::time::Duration;

use dlms_link::listen::{Listener, Options, Served};
use dlms_link::{LinkError, Stream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::help::{soon, transport};

/// A server that sends back what it gets, and panics at `!`.
async fn echo(options: Options) -> (String, oneshot::Sender<()>, JoinHandle<Served>) {
    let listener = Listener::bind("127.0.0.1:0", options).await.unwrap();
    let address = format!("tcp://{}", listener.local_addr());
    let (stop, stopped) = oneshot::channel();
    let stopped = async move {
        let _ = stopped.await;
    };
    let serve = listener.serve(stopped, |mut stream, _peer| async move {
        let mut octets = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut octets).await {
            assert_ne!(octets[0], b'!', "a defect of the server");
            stream.write_all(&octets[..count]).await.unwrap();
        }
    });
    (address, stop, tokio::spawn(serve))
}

async fn connected(address: &str) -> Stream {
    Stream::connect(&transport(address), soon()).await.unwrap()
}

async fn echoes(stream: &mut Stream) -> bool {
    stream.write_all(b"hello").await.is_ok()
        && matches!(stream.read_deadline(&mut [0; 8], soon()).await, Ok(5))
}

#[tokio::test]
async fn many_clients_are_served_at_once() {
    let (address, stop, served) = echo(Options::default()).await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        streams.push(connected(&address).await);
    }
    for stream in &mut streams {
        assert!(echoes(stream).await);
    }
    drop(streams);
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.send(()).unwrap();
    assert_eq!(served.await.unwrap(), Served { accepted: 50, ..Served::default() });
}

#[tokio::test]
async fn one_more_than_allowed_is_turned_away_at_once_and_a_place_that_is_free_is_given_again() {
    let (address, stop, served) = echo(Options { connections: 1, ..Options::default() }).await;
    let mut first = connected(&address).await;
    assert!(echoes(&mut first).await);
    let mut second = connected(&address).await;
    assert!(matches!(second.read_deadline(&mut [0; 8], soon()).await, Ok(0) | Err(_)));
    first.close().await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut third = connected(&address).await;
    assert!(echoes(&mut third).await);
    drop(third);
    stop.send(()).unwrap();
    let served = served.await.unwrap();
    assert_eq!((served.accepted, served.turned_away), (2, 1));
}

#[tokio::test]
async fn a_panic_ends_one_connection_and_no_other() {
    let (address, stop, served) = echo(Options::default()).await;
    let mut good = connected(&address).await;
    let mut bad = connected(&address).await;
    assert!(echoes(&mut good).await);
    bad.write_all(b"!").await.unwrap();
    assert!(matches!(bad.read_deadline(&mut [0; 8], soon()).await, Ok(0) | Err(_)));
    assert!(echoes(&mut good).await);
    drop((good, bad));
    stop.send(()).unwrap();
    assert_eq!(served.await.unwrap().panicked, 1);
}

#[tokio::test]
async fn after_the_stop_nobody_gets_in_and_who_stays_is_cut() {
    let grace = Duration::from_millis(50);
    let (address, stop, served) = echo(Options { grace, ..Options::default() }).await;
    let mut stays = connected(&address).await;
    assert!(echoes(&mut stays).await);
    stop.send(()).unwrap();
    assert_eq!(served.await.unwrap().cut, 1);
    assert!(matches!(stays.read_deadline(&mut [0; 8], soon()).await, Ok(0) | Err(_)));
    let error = Stream::connect(&transport(&address), soon()).await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_its_own_error() {
    let first = Listener::bind("127.0.0.1:0", Options::default()).await.unwrap();
    let address = first.local_addr().to_string();
    let error = Listener::bind(&address, Options::default()).await.unwrap_err();
    assert!(matches!(&error, LinkError::Listen { address: named, .. } if *named == address));
    assert!(error.to_string().contains("another program"), "{error}");
}
