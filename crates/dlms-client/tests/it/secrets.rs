//! No text that anything here prints holds a password.

use dlms::association::{Authentication, Client as Machine, ClientAddress, Options, Request};
use dlms::security::Secret;
use dlms::time::Instant;
use dlms_client::{Client, Connector, Credentials};
use dlms_link::Connection;

use crate::desk::{Desk, PASSWORD, READER};
use crate::rig::{Fault, Rig};
use crate::story::run;

/// The password as text, in hexadecimal and as a list of numbers.
fn assert_silent(text: &str) {
    let octets = PASSWORD.as_bytes();
    let hexadecimal: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let list = format!("{octets:?}");
    let list = list.trim_matches(['[', ']']);
    let upright = format!("{octets:#?}").replace(char::is_whitespace, "");
    let pressed = text.replace(char::is_whitespace, "");
    assert!(!text.contains(PASSWORD), "{text}");
    assert!(!text.to_lowercase().contains(&hexadecimal), "{text}");
    assert!(!text.contains(list), "{text}");
    assert!(!pressed.contains(upright.trim_matches(['[', ']', ','])), "{text}");
}

fn options() -> Options {
    let authentication = Authentication::Low(Secret::from(PASSWORD));
    Options { client: READER, authentication, ..Options::default() }
}

#[test]
fn a_scan_finds_what_it_looks_for() {
    for text in [
        format!("{PASSWORD:?}"),
        format!("{:?}", PASSWORD.as_bytes()),
        format!("{:#?}", PASSWORD.as_bytes()),
        String::from("6F70656E20736573616D65"),
    ] {
        assert!(std::panic::catch_unwind(|| assert_silent(&text)).is_err(), "{text}");
    }
}

#[test]
fn credentials_options_and_links_do_not_show_the_password() {
    assert_silent(&format!("{:?}", Credentials::password(PASSWORD)));
    assert_silent(&format!("{:#?}", options()));
    let connection: Connection = "tcp://127.0.0.1?auth=low&client=2".parse().unwrap();
    let options = dlms_client::options(&connection, &Credentials::password(PASSWORD)).unwrap();
    assert_eq!(options.client, ClientAddress(2));
    assert_silent(&format!("{options:?}"));
    let mut meter =
        run(Client::associate(Rig::new(Fault::Nothing).conversation(self::options()))).unwrap();
    assert_silent(&format!("{meter:#?}"));
    assert_silent(&format!("{:?}", meter.link_mut()));
}

#[test]
fn machines_do_not_show_the_password_that_goes_through_them() {
    let mut client = Machine::new(options());
    let mut desk = Desk::new();
    let show = |client: &Machine, desk: &Desk| {
        assert_silent(&format!("{client:?}"));
        assert_silent(&format!("{client:#?}"));
        assert_silent(&format!("{desk:?}"));
        assert_silent(&format!("{desk:#?}"));
    };
    client.request(Request::Associate, Instant::default()).unwrap();
    show(&client, &desk);
    let dlms::association::Output::Transmit(frame) = client.poll_output() else { panic!() };
    let frame = frame.to_vec();
    show(&client, &desk);
    // Half of it, then the rest.
    let (first, second) = frame.split_at(60);
    assert!(desk.hear(first).is_empty());
    show(&client, &desk);
    desk.server.handle_input(second, Instant::default());
    show(&client, &desk);
    let answer = desk.hear(&[]);
    client.handle_input(&answer[0], Instant::default());
    show(&client, &desk);
    assert!(client.negotiated().is_some());
}

#[test]
fn a_wrong_password_is_not_in_the_error() {
    let authentication = Authentication::Low(Secret::from("sesame open"));
    let options = Options { client: READER, authentication, ..Options::default() };
    let error = run(Client::associate(Rig::new(Fault::Nothing).conversation(options))).unwrap_err();
    let text = format!("{error} {error:?} {error:#?} {:?}", error.hint());
    assert_silent(&text);
    assert!(!text.contains("sesame"), "{text}");
}

#[test]
fn a_connector_can_be_made_without_showing_anything() {
    // It holds an observer, so it is not shown at all; what it is made of is.
    let credentials = Credentials::password(PASSWORD);
    let copy = credentials.clone();
    drop(Connector::new(credentials));
    assert_silent(&format!("{:#?}", (copy,)));
}
