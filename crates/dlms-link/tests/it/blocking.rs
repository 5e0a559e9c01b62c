//! The stream for plain threads.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use dlms_link::LinkError;
use dlms_link::blocking::Stream;

use crate::help::{in_a_moment, soon, transport};

fn pair() -> (Stream, Stream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let meter = transport(&format!("tcp://{}", listener.local_addr().unwrap()));
    let near = Stream::connect(&meter, soon()).unwrap();
    (near, Stream::accepted(listener.accept().unwrap().0).unwrap())
}

#[test]
fn octets_go_both_ways_and_the_end_is_seen() {
    for (mut near, mut far) in [pair(), Stream::memory_pair(16)] {
        let mut octets = [0; 64];
        near.write_all_deadline(b"request", soon()).unwrap();
        let count = far.read_deadline(&mut octets, soon()).unwrap();
        assert_eq!(&octets[..count], b"request");
        far.write_all_deadline(b"answer", soon()).unwrap();
        let count = near.read_deadline(&mut octets, soon()).unwrap();
        assert_eq!(&octets[..count], b"answer");

        near.close().unwrap();
        near.close().unwrap();
        assert_eq!(near.read_deadline(&mut octets, soon()).unwrap(), 0);
        let error = near.write_all_deadline(b"x", soon()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(far.read_deadline(&mut octets, soon()).unwrap(), 0, "the end is seen");
    }
}

#[test]
fn a_read_ends_at_its_deadline_and_loses_nothing() {
    for (mut near, mut far) in [pair(), Stream::memory_pair(16)] {
        let mut octets = [0; 8];
        let deadline = in_a_moment();
        let error = near.read_deadline(&mut octets, deadline).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(Instant::now() >= deadline, "not before it");
        far.write_all_deadline(b"late", soon()).unwrap();
        assert_eq!(near.read_deadline(&mut octets, soon()).unwrap(), 4);
    }
}

#[test]
fn a_write_that_nobody_reads_ends_at_its_deadline() {
    let much = vec![0; 64 << 20];
    for (mut near, _far) in [pair(), Stream::memory_pair(16)] {
        let error = near.write_all_deadline(&much, in_a_moment()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}

#[test]
fn a_read_that_waits_sees_what_another_thread_writes() {
    let (mut near, mut far) = Stream::memory_pair(4);
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        far.write_all_deadline(&[7; 100], soon()).unwrap();
    });
    let mut octets = [0; 64];
    let mut sum = 0;
    while sum < 100 {
        sum += near.read_deadline(&mut octets, soon()).unwrap();
    }
    writer.join().unwrap();
    assert_eq!(near.read_deadline(&mut octets, soon()).unwrap(), 0);
}

#[test]
fn octets_that_nobody_read_do_not_cost_the_peer_what_is_under_way() {
    let (mut near, mut far) = pair();
    far.write_all_deadline(b"never read", soon()).unwrap();
    // More than the peer's window, so that a part still waits here when the stream is closed.
    near.write_all_deadline(&[7; UNDER_WAY], soon()).unwrap();
    thread::sleep(Duration::from_millis(50));
    near.close().unwrap();
    drop(near);
    let mut octets = vec![0; 65_536];
    let mut sum = 0;
    loop {
        match far.read_deadline(&mut octets, soon()).expect("no reset") {
            0 => break,
            count => sum += count,
        }
    }
    assert_eq!(sum, UNDER_WAY);
}

const UNDER_WAY: usize = 1_000_000;

#[test]
fn what_stands_in_the_way_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = format!("tcp://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Stream::connect(&transport(&free), soon()).unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");

    let error = Stream::connect(&transport("tcp://no-such-meter.invalid"), soon()).unwrap_err();
    assert!(matches!(error, LinkError::Name { .. } | LinkError::Timeout { .. }), "{error:?}");

    let error = Stream::connect(&transport("tcp://127.0.0.1:9"), Instant::now()).unwrap_err();
    assert!(matches!(error, LinkError::Timeout { .. }), "{error:?}");

    let error = Stream::connect(&transport("udp://127.0.0.1"), soon()).unwrap_err();
    assert!(matches!(error, LinkError::NotBuilt(_)), "{error:?}");
}
