//! Ctrl-C: the association is released and the status is 130; a second one leaves at once.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Meter, plain, press_ctrl_c};

/// What passes through a relay to the meter: the first octet of each APDU of the client.
struct Relay {
    address: String,
    tags: Receiver<u8>,
}

/// Stands between client and meter and delays the answers, the last delay for all that follow, so
/// that there is time for Ctrl-C.
fn relay(meter: &Meter, delays: &[Duration]) -> Relay {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut upstream = TcpStream::connect(&meter.address).unwrap();
    let (sender, tags) = channel();
    let mut delays = delays.to_vec();
    delays.reverse();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        while let Some(request) = frame(&mut client) {
            let _ = sender.send(request[8]);
            upstream.write_all(&request).unwrap();
            let Some(answer) = frame(&mut upstream) else { return };
            thread::sleep(delays[delays.len() - 1]);
            if delays.len() > 1 {
                delays.pop();
            }
            if client.write_all(&answer).is_err() {
                return;
            }
        }
    });
    Relay { address, tags }
}

fn frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut octets = vec![0; 8];
    stream.read_exact(&mut octets).ok()?;
    let length = usize::from(u16::from_be_bytes([octets[6], octets[7]]));
    octets.resize(8 + length, 0);
    stream.read_exact(&mut octets[8..]).ok()?;
    Some(octets)
}

fn spawn(args: &[&str]) -> Child {
    let mut command = plain(args);
    command.env("DLMS_PASSWORD", crate::support::PASSWORD);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn wait_for(tags: &Receiver<u8>, wanted: u8) {
    while tags.recv_timeout(Duration::from_secs(10)).unwrap() != wanted {}
}

const GET: u8 = 0xc0;
const RLRQ: u8 = 0x62;

#[test]
fn ctrl_c_releases_the_association_and_ends_with_130() {
    let meter = Meter::start();
    let relay = relay(&meter, &[Duration::from_millis(100)]);
    let reader = format!("tcp://{}?client=2&auth=low&max-pdu=128", relay.address);
    // 90 days in blocks of 128 octets: minutes.
    let mut child = spawn(&["profile", &reader, "1-0:99.1.0"]);
    wait_for(&relay.tags, GET);
    thread::sleep(Duration::from_millis(700));
    press_ctrl_c(&child);
    let pressed = Instant::now();
    wait_for(&relay.tags, RLRQ);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(pressed.elapsed() < Duration::from_secs(2), "{:?}", pressed.elapsed());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("interrupted"), "{said}");
}

/// Accepts the association, and is silent from then on.
fn silent(meter: &Meter) -> Relay {
    relay(meter, &[Duration::ZERO, Duration::from_secs(600)])
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let meter = Meter::start();
    let relay = silent(&meter);
    let public = format!("tcp://{}?timeout=60s", relay.address);
    let mut child = spawn(&["read", &public, "0-0:1.0.0@8"]);
    wait_for(&relay.tags, GET);
    let pressed = Instant::now();
    press_ctrl_c(&child);
    thread::sleep(Duration::from_millis(200));
    assert_eq!(child.try_wait().unwrap(), None, "the first one waits for the answer");
    press_ctrl_c(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(pressed.elapsed() < Duration::from_secs(2), "{:?}", pressed.elapsed());
}

#[test]
fn ctrl_c_does_not_wait_long_for_a_meter_that_has_fallen_silent() {
    let meter = Meter::start();
    let relay = silent(&meter);
    let public = format!("tcp://{}?timeout=60s", relay.address);
    let mut child = spawn(&["read", &public, "0-0:1.0.0@8"]);
    wait_for(&relay.tags, GET);
    let pressed = Instant::now();
    press_ctrl_c(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(pressed.elapsed() < Duration::from_secs(10), "{:?}", pressed.elapsed());
}

#[test]
fn a_simulated_meter_ends_with_130() {
    assert_eq!(Meter::start().interrupt(), Some(130));
}
