//! A future that is dropped leaves no half-used association behind.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cosem::Data;
use cosem::class::{Clock, Register};
use dlms::apdu::MethodDescriptor;
use dlms::association::Options;
use dlms_client::{Cause, Client, Connector, Conversation, Credentials, Link, RowSelection};
use dlms_link::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::desk::{CLOCK, Desk, IMPORT, PROFILE, time_of};
use crate::meters;
use crate::story::labels;

type Meter = Client<Conversation<Stream>>;
type Start = fn(&mut Meter) -> Call<'_>;
type Call<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A pipe so narrow that every message waits several times.
const NARROW: usize = 7;

/// Each procedure, so that it is dropped at each point where it waits.
const CALLS: [(&str, Start); 7] = [
    ("get", |meter| call(async { meter.get(Register::at(IMPORT).value()).await.map(drop) })),
    ("read", |meter| call(async { meter.read(&labels(9)).await.map(drop) })),
    ("set", |meter| call(meter.set(Clock::at(CLOCK).time(), time_of(1)))),
    ("invoke", |meter| {
        let method = MethodDescriptor { class: 8, instance: CLOCK, method: 1 };
        call(async move { meter.invoke(method, Some(&Data::Integer(0))).await.map(drop) })
    }),
    ("association view", |meter| call(async { meter.association_view().await.map(drop) })),
    ("one row", |meter| {
        call(async {
            let mut rows = meter.rows(PROFILE, RowSelection::All)?;
            rows.next().await.map(drop)
        })
    }),
    ("two parts of a profile", |meter| {
        call(async {
            let mut rows = meter.rows(PROFILE, RowSelection::All)?;
            for _ in 0..6 {
                rows.next().await?;
            }
            Ok(())
        })
    }),
];

fn call<'a>(work: impl Future<Output = dlms_client::Result<()>> + 'a) -> Call<'a> {
    Box::pin(async { work.await.unwrap() })
}

/// A meter at the other end; ends when it sees the end of the stream, and says how much it heard.
async fn serve(mut stream: Stream) -> usize {
    let mut desk = Desk::new();
    let mut buffer = [0; 64];
    let mut heard = 0;
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        heard += count;
        for frame in desk.hear(&buffer[..count]) {
            if stream.write_all(&frame).await.is_err() {
                return heard;
            }
        }
    }
    heard
}

struct Pair {
    meter: Meter,
    peer: Pin<Box<dyn Future<Output = usize>>>,
}

impl Pair {
    async fn associated() -> Self {
        let (near, far) = Stream::memory_pair(NARROW);
        let options = Options { client_max_receive_pdu_size: 150, ..Options::default() };
        let mut peer: Pin<Box<dyn Future<Output = usize>>> = Box::pin(serve(far));
        let meter = tokio::select! {
            meter = Client::associate(Conversation::new(near, options)) => meter.unwrap(),
            _ = &mut peer => panic!("the peer has ended"),
        };
        Self { meter, peer }
    }

    /// The peer notices that the stream has ended, without any time passing.
    async fn assert_peer_sees_the_end(&mut self, context: &str) {
        for _ in 0..100 {
            if poll(&mut self.peer).is_ready() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{context}: the peer does not see the end");
    }

    async fn assert_usable(&mut self, context: &str) {
        tokio::select! {
            time = self.meter.clock() => drop(time.unwrap()),
            _ = &mut self.peer => panic!("{context}: the peer has ended"),
        }
    }

    fn assert_abandoned(&mut self, context: &str) {
        let mut again = Box::pin(self.meter.clock());
        let Poll::Ready(outcome) = poll(&mut again) else { panic!("{context}: it waits") };
        let error = outcome.unwrap_err();
        assert!(matches!(error.cause(), Cause::Abandoned), "{context}: {error:?}");
    }
}

fn poll<T>(future: &mut Pin<Box<impl Future<Output = T> + ?Sized>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_call_that_is_dropped_wherever_it_waits_closes_the_link() {
    for (name, start) in CALLS {
        let mut points = 0;
        for polls in 0.. {
            let mut pair = Pair::associated().await;
            let mut call = start(&mut pair.meter);
            let mut ready = false;
            for _ in 0..polls {
                ready = poll(&mut call).is_ready();
                if ready {
                    break;
                }
                assert!(poll(&mut pair.peer).is_pending());
                // Otherwise the runtime would make everything pend after a while.
                tokio::task::yield_now().await;
            }
            drop(call);
            let context = format!("{name}, dropped after {polls} polls");
            if ready {
                pair.assert_usable(&context).await;
                break;
            }
            if polls == 0 {
                pair.assert_usable(&context).await;
                continue;
            }
            points += 1;
            pair.assert_peer_sees_the_end(&context).await;
            pair.assert_abandoned(&context);
        }
        assert!(points >= 5, "{name} waits {points} times only");
    }
}

#[tokio::test]
async fn opening_and_closing_may_be_dropped_too() {
    for polls in 0.. {
        let (near, far) = Stream::memory_pair(NARROW);
        let peer = tokio::spawn(serve(far));
        let opening = Client::associate(Conversation::new(near, Options::default()));
        let ready = poll_so_often(Box::pin(opening), polls).await;
        // Ready or not: the client is gone, and with it the stream.
        assert_ended(&peer, &format!("opening, dropped after {polls} polls")).await;
        if ready {
            assert!(polls > 5);
            break;
        }
    }
    for polls in 0.. {
        let (near, far) = Stream::memory_pair(NARROW);
        let peer = tokio::spawn(serve(far));
        let options = Options::default();
        let meter = Client::associate(Conversation::new(near, options)).await.unwrap();
        let ready = poll_so_often(Box::pin(meter.close()), polls).await;
        assert_ended(&peer, &format!("closing, dropped after {polls} polls")).await;
        if ready {
            assert!(polls > 2);
            break;
        }
    }
}

/// Polls so often, lets the other tasks run in between, and drops it; says whether it was ready.
async fn poll_so_often<T>(mut future: Pin<Box<impl Future<Output = T>>>, polls: usize) -> bool {
    for _ in 0..polls {
        if poll(&mut future).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

async fn assert_ended(peer: &tokio::task::JoinHandle<usize>, context: &str) {
    for _ in 0..100 {
        if peer.is_finished() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{context}: the peer does not see the end");
}

#[tokio::test]
async fn rows_may_be_dropped_between_two_of_them() {
    for rows in 1..12 {
        let mut pair = Pair::associated().await;
        let read = async {
            let mut profile = pair.meter.rows(PROFILE, RowSelection::All).unwrap();
            for _ in 0..rows {
                assert!(profile.next().await.unwrap().is_some());
            }
        };
        tokio::select! {
            () = read => {}
            _ = &mut pair.peer => panic!("the peer has ended"),
        }
        pair.assert_usable("rows dropped").await;
    }
}

#[tokio::test]
async fn a_row_that_was_not_waited_for_is_an_error_and_not_the_end() {
    let mut pair = Pair::associated().await;
    let mut rows = pair.meter.rows(PROFILE, RowSelection::All).unwrap();
    let mut next = Box::pin(rows.next());
    assert!(poll(&mut next).is_pending());
    drop(next);
    let error = rows.next().await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Abandoned), "{error:?}");
    assert!(rows.next().await.unwrap().is_none());
}

/// A task wants futures that may change threads, whatever the link.
fn spawned<L: Link + 'static>(mut meter: Client<L>) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move {
        let import = Register::at(IMPORT);
        let (_, _) = meter.get((import.value(), import.scaler_unit())).await.unwrap();
        meter.set_clock(time_of(1)).await.unwrap();
        meter.call(Clock::at(CLOCK).adjust_to_minute(), 0).await.unwrap();
        meter.association_view().await.unwrap();
        let mut count = 0;
        let mut rows = meter.rows(PROFILE, RowSelection::All).unwrap();
        while rows.next().await.unwrap().is_some() {
            count += 1;
        }
        meter.close().await.unwrap();
        count
    })
}

#[tokio::test]
async fn a_client_of_any_link_can_be_spawned() {
    let (near, far) = Stream::memory_pair(1_000);
    let peer = tokio::spawn(serve(far));
    let meter = Client::associate(Conversation::new(near, Options::default())).await.unwrap();
    assert_eq!(spawned(meter).await.unwrap(), crate::desk::ROWS as usize);
    assert!(peer.await.unwrap() > 100);
}

#[tokio::test]
async fn over_tcp_a_dropped_call_closes_the_connection_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let peer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut desk = Desk::new();
        let mut buffer = [0; 1_024];
        let count = stream.read(&mut buffer).await.unwrap();
        for frame in desk.hear(&buffer[..count]) {
            stream.write_all(&frame).await.unwrap();
        }
        // The request that is never answered, then the end.
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
        stream.read(&mut buffer).await
    });
    let connection = format!("tcp://{address}?timeout=60s");
    let mut meter = Client::connect(&connection, Credentials::none()).await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(50), meter.clock()).await;
    assert!(waiting.is_err());
    let end = tokio::time::timeout(Duration::from_secs(5), peer).await.unwrap().unwrap();
    assert_eq!(end.unwrap(), 0);
    let error = meter.clock().await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Abandoned));
    assert_eq!(error.hint().as_deref(), Some("connect again"));
}

#[tokio::test]
async fn connecting_may_be_dropped() {
    let connection = format!("tcp://{}", meters::household()).parse().unwrap();
    let mut connecting = Box::pin(Connector::new(Credentials::none()).connect(&connection));
    assert!(poll(&mut connecting).is_pending());
    drop(connecting);
}
