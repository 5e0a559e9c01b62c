//! Each thing that can go wrong, on real sockets: its own cause, what was attempted, what came back,
//! what to try.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use cosem::class::{Clock, Register};
use cosem::{Data, obis};
use dlms::apdu::{ActionResult, AttributeDescriptor, DataAccessResult, Diagnostic};
use dlms::error::{Phase, Refusal};
use dlms_client::blocking::Client;
use dlms_client::{Cause, Credentials, Error, password_is_readable};
use dlms_link::{Connection, LinkError};
use dlms_meter::simulation::{IMPORT, READER_TEST_PASSWORD};

use crate::desk::{CLOCK, Desk};
use crate::meters::{household, nobody, stranger};

/// What the message and the hint must say.
struct Says {
    attempted: &'static str,
    came: &'static str,
    hint: &'static str,
}

fn check(error: &Error, says: &Says) {
    let (text, hint) = (error.to_string(), error.hint().unwrap_or_default());
    assert_eq!(text, format!("cannot {}: {}", error.attempted(), error.cause()));
    assert!(error.attempted().starts_with(says.attempted), "{text}");
    assert!(error.cause().to_string().contains(says.came), "{text}");
    assert!(hint.contains(says.hint), "{text}: {hint:?} instead of {:?}", says.hint);
    // An error of the link says itself what to try.
    assert!(
        !hint.is_empty()
            || matches!(error.cause(), Cause::Link(_) | Cause::Connection(_) | Cause::Input(_))
    );
    assert!(!format!("{text}{hint}{error:?}").contains(READER_TEST_PASSWORD), "{error:?}");
}

fn connect(address: SocketAddr, rest: &str, credentials: Credentials) -> Result<Client, Error> {
    Client::connect(&format!("tcp://{address}?timeout=300ms{rest}"), credentials)
}

fn refused_with(error: &Error, wanted: Diagnostic) {
    let Cause::Refused(Refusal::Association { diagnostic, .. }) = error.cause() else {
        panic!("{error:?}");
    };
    assert_eq!(*diagnostic, wanted);
}

#[test]
fn nobody_at_the_logical_device_looks_like_a_wrong_address() {
    let error = connect(household(), "&server=99", Credentials::none()).unwrap_err();
    assert!(matches!(error.cause(), Cause::NoAnswer { phase: Phase::Associate, .. }));
    check(
        &error,
        &Says {
            attempted: "open the association with tcp://127.0.0.1:",
            came: "no answer within 300.0ms while opening the association",
            hint: "a wrong address looks like this: check client= and server=",
        },
    );
    assert!(error.attempted().contains("server=99"));
}

#[test]
fn a_meter_that_says_nothing_is_no_answer() {
    let address = stranger(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let start = Instant::now();
    let error = connect(address, "", Credentials::none()).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(matches!(error.cause(), Cause::NoAnswer { phase: Phase::Associate, .. }));
}

#[test]
fn a_meter_that_falls_silent_is_no_answer_to_that_request() {
    let address = stranger(|mut stream| {
        answer(&mut stream);
        drop(stream.read_to_end(&mut Vec::new()));
    });
    let mut meter = connect(address, "", Credentials::none()).unwrap();
    let error = meter.clock().unwrap_err();
    assert!(matches!(error.cause(), Cause::NoAnswer { phase: Phase::Request, .. }));
    check(
        &error,
        &Says {
            attempted: "read attribute 2 of 0-0:1.0.0*255 (class 8)",
            came: "no answer within 300.0ms while waiting for the answer",
            hint: "connect again and allow more time",
        },
    );
}

/// Answers one message by the desk.
fn answer(stream: &mut TcpStream) {
    let mut buffer = [0; 1_024];
    let count = stream.read(&mut buffer).unwrap();
    for frame in Desk::new().hear(&buffer[..count]) {
        stream.write_all(&frame).unwrap();
    }
}

#[test]
fn a_client_that_the_meter_does_not_know_is_refused() {
    let error = connect(household(), "&client=99", Credentials::none()).unwrap_err();
    refused_with(&error, Diagnostic::NO_REASON_GIVEN);
    check(
        &error,
        &Says {
            attempted: "open the association with tcp://",
            came: "association refused",
            hint: "check client=",
        },
    );
}

#[test]
fn a_wrong_password_is_refused() {
    let wrong = Credentials::password("87654321");
    let error = connect(household(), "&client=2&auth=low", wrong).unwrap_err();
    refused_with(&error, Diagnostic::AUTHENTICATION_FAILURE);
    check(
        &error,
        &Says {
            attempted: "open the association with tcp://",
            came: "authentication-failure",
            hint: "wrong password. Do not repeat it often",
        },
    );
    assert!(!format!("{error}{error:?}").contains("87654321"));
}

#[test]
fn a_password_that_was_not_asked_for_is_refused_and_none_is_ever_sent() {
    let password = Credentials::password(READER_TEST_PASSWORD);
    let error = connect(household(), "&client=2", password).unwrap_err();
    refused_with(&error, Diagnostic::AUTHENTICATION_REQUIRED);
    check(
        &error,
        &Says {
            attempted: "open the association with tcp://",
            came: "authentication-required",
            hint: "auth=low",
        },
    );
    // What is sent without auth=low does not hold the password that is there.
    let (say, said) = std::sync::mpsc::channel();
    let address = stranger(move |mut stream| {
        let mut buffer = [0; 1_024];
        let count = stream.read(&mut buffer).unwrap();
        say.send(buffer[..count].to_vec()).unwrap();
    });
    let password = Credentials::password(READER_TEST_PASSWORD);
    connect(address, "&client=2", password).unwrap_err();
    let sent = said.recv().unwrap();
    assert!(sent.len() > 20);
    assert!(!sent.windows(8).any(|octets| octets == READER_TEST_PASSWORD.as_bytes()));
}

#[test]
fn a_missing_password_is_found_before_anything_is_sent() {
    let error = connect(nobody(), "&client=2&auth=low", Credentials::none()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Input(_)), "{error:?}");
    check(
        &error,
        &Says {
            attempted: "use tcp://127.0.0.1:",
            came: "auth=low needs a password: from a key file, from DLMS_PASSWORD",
            hint: "",
        },
    );
}

#[test]
fn an_object_that_is_not_there_and_one_that_is_denied_are_two_things() {
    let mut meter = connect(household(), "", Credentials::none()).unwrap();
    let error = meter.get(Register::at(obis!("1-0:99.99.99")).value()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Object(DataAccessResult::OBJECT_UNDEFINED)));
    check(
        &error,
        &Says {
            attempted: "read attribute 2 of 1-0:99.99.99*255 (class 3)",
            came: "the meter answered object-undefined",
            hint: "dlms objects",
        },
    );
    let error = meter.get(Register::at(IMPORT).value()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Object(DataAccessResult::READ_WRITE_DENIED)));
    check(
        &error,
        &Says {
            attempted: "read attribute 2 of 1-0:1.8.0*255 (class 3)",
            came: "the meter answered read-write-denied",
            hint: "access denied",
        },
    );
    let time = AttributeDescriptor { class: 8, instance: CLOCK, attribute: 2 };
    let error = meter.write(time.into(), &Data::Null).unwrap_err();
    assert!(matches!(error.cause(), Cause::Object(DataAccessResult::READ_WRITE_DENIED)));
    assert_eq!(error.attempted(), "write attribute 2 of 0-0:1.0.0*255 (class 8)");
    let error = meter.call(Clock::at(CLOCK).adjust_to_minute(), 0).unwrap_err();
    assert!(matches!(error.cause(), Cause::Method(ActionResult::READ_WRITE_DENIED)));
    check(
        &error,
        &Says {
            attempted: "call method 3 of 0-0:1.0.0*255 (class 8)",
            came: "the meter answered read-write-denied",
            hint: "use a client that may",
        },
    );
    // The association stands after all of that.
    meter.clock().unwrap();
    meter.close().unwrap();
}

#[test]
fn nobody_at_the_port_is_a_refused_connection() {
    let error = connect(nobody(), "", Credentials::none()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Link(LinkError::Refused { .. })), "{error:?}");
    check(
        &error,
        &Says { attempted: "reach tcp://127.0.0.1:", came: "refused the connection", hint: "" },
    );
    assert!(error.to_string().contains("check the port"), "{error}");
}

#[test]
fn a_name_without_an_address_is_a_name_that_is_not_found() {
    let error =
        Client::connect("tcp://meter.invalid?timeout=20s", Credentials::none()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Link(LinkError::Name { .. })), "{error:?}");
    check(
        &error,
        &Says {
            attempted: "reach tcp://meter.invalid:4059",
            came: "the name meter.invalid has no address",
            hint: "",
        },
    );
    assert!(error.to_string().contains("check the spelling"), "{error}");
}

#[test]
fn a_port_that_takes_nothing_more_is_given_up_in_time() {
    // The waiting line of a listener that accepts nobody fills up; then the system is silent.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        waiting.push(stream);
        if waiting.len() > 10_000 {
            return; // This system has a longer one.
        }
    }
    let start = Instant::now();
    let error = connect(address, "", Credentials::none()).unwrap_err();
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(299) && took < Duration::from_secs(3), "{took:?}");
    assert!(matches!(error.cause(), Cause::Link(LinkError::Timeout { .. })), "{error:?}");
    check(&error, &Says { attempted: "reach tcp://", came: "did not answer within", hint: "" });
}

#[test]
fn a_peer_that_hangs_up_has_closed_the_connection() {
    let address = stranger(drop);
    let error = connect(address, "", Credentials::none()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Closed(Phase::Associate)), "{error:?}");
    check(
        &error,
        &Says {
            attempted: "open the association with tcp://",
            came: "the meter closed the connection while opening the association",
            hint: "one connection at a time",
        },
    );
    let address = stranger(|mut stream| answer(&mut stream));
    let mut meter = connect(address, "", Credentials::none()).unwrap();
    let error = meter.clock().unwrap_err();
    assert!(matches!(error.cause(), Cause::Closed(Phase::Request)), "{error:?}");
    check(
        &error,
        &Says {
            attempted: "read attribute 2 of 0-0:1.0.0*255 (class 8)",
            came: "the meter closed the connection",
            hint: "connect again",
        },
    );
}

#[test]
fn a_peer_that_is_no_meter_broke_the_protocol() {
    let address = stranger(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        drop(stream.read_to_end(&mut Vec::new()));
    });
    let error = connect(address, "", Credentials::none()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Peer(_)), "{error:?}");
    check(
        &error,
        &Says {
            attempted: "open the association with tcp://",
            came: "the meter broke the protocol: wrapper.version",
            hint: "something else than the wrapper on this port",
        },
    );
}

#[test]
fn a_meter_that_has_forgotten_the_association_says_so() {
    let address = stranger(|mut stream| {
        answer(&mut stream);
        // Restarted: a desk that knows nothing of the association.
        answer(&mut stream);
    });
    let mut meter = connect(address, "", Credentials::none()).unwrap();
    let error = meter.clock().unwrap_err();
    assert!(matches!(error.cause(), Cause::Refused(Refusal::Exception(_))), "{error:?}");
    check(
        &error,
        &Says {
            attempted: "read attribute 2 of 0-0:1.0.0*255 (class 8)",
            came: "request refused: service-not-allowed, operation-not-possible",
            hint: "the meter may have lost the association",
        },
    );
}

#[test]
fn a_connection_string_that_cannot_be_used_is_found_before_anything_is_sent() {
    let none = Credentials::none;
    let error = Client::connect("tcp://127.0.0.1?clinet=2", none()).unwrap_err();
    assert!(matches!(error.cause(), Cause::Connection(_)), "{error:?}");
    check(
        &error,
        &Says { attempted: "understand the connection string", came: "client", hint: "" },
    );
    for (connection, says) in [
        ("udp://127.0.0.1", "not built yet"),
        ("tcp://127.0.0.1?auth=gmac", "not built yet"),
        ("tcp://127.0.0.1?referencing=sn", "not built yet"),
    ] {
        let error = Client::connect(connection, none()).unwrap_err();
        assert!(matches!(error.cause(), Cause::Input(_)), "{error:?}");
        check(&error, &Says { attempted: "use ", came: says, hint: "" });
    }
}

#[test]
fn no_message_repeats_a_secret_that_stands_in_the_wrong_place() {
    for connection in [
        "tcp://127.0.0.1?auth=low&password=open-sesame",
        "tcp://reader:open-sesame@127.0.0.1",
        "tcp://127.0.0.1?auth=open-sesame",
        "tcp://127.0.0.1?passwort=open-sesame",
    ] {
        let error = Client::connect(connection, Credentials::none()).unwrap_err();
        let text = format!("{error} {error:?} {:?}", error.hint());
        assert!(!text.contains("open-sesame"), "{text}");
    }
}

#[test]
fn a_password_is_readable_on_every_network_that_is_not_this_machine() {
    let of = |text: &str| text.parse::<Connection>().unwrap();
    let peer = |text: &str| Some(text.parse::<SocketAddr>().unwrap());
    let far = peer("192.0.2.7:4059");
    let low = of("tcp://meter.example?client=2&auth=low");
    for (connection, peer, readable) in [
        (&low, far, true),
        (&low, None, true),
        (&low, peer("[2001:db8::7]:4059"), true),
        (&low, peer("127.0.0.1:4059"), false),
        (&low, peer("127.8.8.8:4059"), false),
        (&low, peer("[::1]:4059"), false),
        (&low, peer("[::ffff:127.0.0.1]:4059"), false),
        (&of("tcp://meter.example?client=2"), far, false),
        (&of("udp://meter.example?auth=low"), far, true),
        (&of("hdlc+tcp://meter.example?auth=low"), far, true),
        (&of("tls://meter.example?auth=low"), far, false),
        (&of("serial:/dev/ttyUSB0?auth=low"), None, false),
    ] {
        assert_eq!(password_is_readable(connection, peer), readable, "{connection} {peer:?}");
    }
}
