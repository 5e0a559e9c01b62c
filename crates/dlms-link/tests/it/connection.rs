//! The connection string.

use std::time::Duration;

use dlms_link::connection::{
    AddressSize, Authentication, CounterSource, Parity, Referencing, SerialPort, Start,
};
use dlms_link::{Connection, ConnectionError, Endpoint, Transport};
use proptest::prelude::*;

fn parsed(text: &str) -> Connection {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> ConnectionError {
    match text.parse::<Connection>() {
        Ok(connection) => panic!("{text} was taken as {connection}"),
        Err(error) => error,
    }
}

fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint { host: host.to_owned(), port }
}

#[test]
fn what_is_not_said_has_its_default() {
    let connection = parsed("tcp://meter.example");
    assert_eq!(connection.transport, Transport::Tcp(endpoint("meter.example", 4_059)));
    assert_eq!((connection.client, connection.server), (16, 1));
    assert_eq!(connection.timeout, Duration::from_secs(5));
    assert_eq!(connection.authentication, Authentication::None);
    assert_eq!(connection.referencing, Referencing::LogicalName);
    assert_eq!(connection, Connection::new(connection.transport.clone()));
}

#[test]
fn every_setting_is_read() {
    let connection = parsed(
        "hdlc+tcp://10.0.0.7:4060?client=0x01&server=16&physical=0x11&address-size=4&auth=gmac\
         &timeout=750ms&referencing=sn&keys=house&max-pdu=0x400&counter=4294967295&model=e450",
    );
    assert_eq!(connection.transport, Transport::HdlcTcp(endpoint("10.0.0.7", 4_060)));
    assert_eq!((connection.client, connection.server), (1, 16));
    assert_eq!(connection.physical, Some(17));
    assert_eq!(connection.address_size, Some(AddressSize::Four));
    assert_eq!(connection.authentication, Authentication::Gmac);
    assert_eq!(connection.timeout, Duration::from_millis(750));
    assert_eq!(connection.referencing, Referencing::ShortName);
    assert_eq!(connection.keys.as_deref(), Some("house"));
    assert_eq!(connection.max_pdu, Some(1_024));
    assert_eq!(connection.counter, CounterSource::At(u32::MAX));
    assert_eq!(connection.model.as_deref(), Some("e450"));
}

#[test]
fn a_serial_port_is_read_with_its_settings() {
    let port = SerialPort {
        path: "/dev/ttyUSB0".into(),
        baud: 19_200,
        start: Start::ModeE,
        parity: Parity::Hardware,
    };
    let settings = "?start=mode-e&baud=19200&parity=hardware";
    for device in ["serial:/dev/ttyUSB0", "serial:///dev/ttyUSB0", "SERIAL:/dev/ttyUSB0"] {
        let connection = parsed(&format!("{device}{settings}"));
        assert_eq!(connection.transport, Transport::Serial(port.clone()), "{device}");
    }
    let plain = parsed("serial:COM3");
    let Transport::Serial(port) = plain.transport else { panic!("a serial port") };
    assert_eq!((port.path.as_str(), port.baud, port.start), ("COM3", 9_600, Start::Hdlc));
}

#[test]
fn the_mechanisms_are_the_numbers_0_to_7_in_the_order_of_their_words() {
    let words = ["none", "low", "hls2", "md5", "sha1", "gmac", "sha256", "ecdsa"];
    for (number, word) in (0..).zip(words) {
        let authentication = parsed(&format!("tcp://h?auth={word}")).authentication;
        assert_eq!(authentication.number(), number, "{word}");
        assert_eq!(Authentication::ALL[usize::from(number)], authentication);
    }
}

#[test]
fn ipv6_addresses_stand_in_brackets() {
    for (text, host, port) in [
        ("tcp://[::1]:4059", "::1", 4_059),
        ("tcp://[::1]", "::1", 4_059),
        ("[2001:db8::7]:7000", "2001:db8::7", 7_000),
        ("tcp://[fe80::1%eth0]:4059", "fe80::1%eth0", 4_059),
        ("tcp://[fe80::1%25eth0]:4059", "fe80::1%eth0", 4_059),
    ] {
        assert_eq!(parsed(text).transport, Transport::Tcp(endpoint(host, port)), "{text}");
    }
    for text in [
        "tcp://::1",
        "::1",
        "tcp://::1:4059",
        "tcp://[::1",
        "tcp://[meter]:4059",
        "tcp://[fe80::1%]",
    ] {
        assert!(matches!(refused(text), ConnectionError::Host { .. }), "{text}");
    }
}

#[test]
fn without_a_scheme_only_what_cannot_be_anything_else_is_taken() {
    for text in ["10.0.0.7:4059", "meter:4059", "10.0.0.7", "[::1]", "localhost:1?client=1"] {
        assert!(matches!(parsed(text).transport, Transport::Tcp(_)), "{text}");
    }
    for text in
        ["meter", "meter.example", "/dev/ttyUSB0", "COM3", "house.toml", "meter:", "?client=1"]
    {
        let error = refused(text);
        assert!(
            matches!(error, ConnectionError::NoScheme { .. } | ConnectionError::Empty),
            "{text}: {error:?}"
        );
    }
    assert!(refused("/dev/ttyUSB0").to_string().contains("serial:/dev/ttyUSB0"));
    assert!(matches!(refused("udp:4059"), ConnectionError::SchemeWithoutSlashes { scheme: "udp" }));
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    for (given, nearest) in [
        ("clinet", "client"),
        ("client_address", "client"),
        ("CLIENT", "client"),
        ("sever", "server"),
        ("authentication", "auth"),
        ("address_size", "address-size"),
        ("time-out", "timeout"),
        ("max_pdu", "max-pdu"),
        ("key", "keys"),
        ("refrencing", "referencing"),
        ("fysical", "physical"),
    ] {
        let error = refused(&format!("tcp://h?{given}=1"));
        let expected = ConnectionError::UnknownKey { given: given.into(), nearest };
        assert_eq!(error, expected);
        assert!(error.to_string().contains(nearest));
    }
}

#[test]
fn every_known_key_is_in_the_documentation() {
    let documentation = include_str!("../../src/connection.rs");
    let message = refused("tcp://h?unknown=1").to_string();
    let (_, keys) = message.split_once("known are ").unwrap();
    assert_eq!(keys.split(", ").count(), 14);
    for key in keys.split(", ") {
        assert!(documentation.contains(&format!("//! | `{key}` |")), "{key}");
    }
}

#[test]
fn an_unknown_scheme_names_the_nearest_known_one() {
    for (text, expected) in [
        ("tpc://h", "tcp"),
        ("tcps://h", "tcp"),
        ("hdlc://h", "hdlc+tcp"),
        ("serail://x", "serial"),
    ] {
        match refused(text) {
            ConnectionError::UnknownScheme { nearest, .. } => {
                assert_eq!(nearest, expected, "{text}")
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_wrong_value_says_what_is_allowed() {
    for (setting, allowed) in [
        ("client=65536", "0 to 65535"),
        ("client=-1", "0 to 65535"),
        ("client=+1", "0 to 65535"),
        ("client=0x", "0 to 65535"),
        ("client=0x10000", "0 to 65535"),
        ("client=", "0 to 65535"),
        ("server=one", "0 to 65535"),
        ("auth=gmacc", "gmac, sha256"),
        ("auth=lls", "none, low"),
        ("timeout=5", "500ms"),
        ("timeout=0s", "500ms"),
        ("timeout=61m", "60m"),
        ("timeout=5h", "500ms"),
        ("timeout=99999999999s", "500ms"),
        ("referencing=LN", "ln (logical names)"),
        ("max-pdu=63", "64 to 65535"),
        ("counter=4294967296", "4294967295"),
        ("keys=", "the name of a table"),
    ] {
        let error = refused(&format!("tcp://h?{setting}"));
        assert!(matches!(error, ConnectionError::Value { .. }), "{setting}: {error:?}");
        assert!(error.to_string().contains(allowed), "{error}");
    }
    for setting in ["physical=16384", "address-size=3"] {
        let error = refused(&format!("hdlc+tcp://h?{setting}"));
        assert!(matches!(error, ConnectionError::Value { .. }), "{setting}: {error:?}");
    }
}

#[test]
fn a_string_that_contradicts_itself_is_refused() {
    let repeated = ConnectionError::Repeated { key: "client" };
    assert_eq!(refused("tcp://h?client=1&client=1"), repeated);
    for setting in ["physical=1", "address-size=1", "baud=9600", "start=mode-e", "parity=software"]
    {
        let error = refused(&format!("tcp://h?{setting}"));
        assert!(matches!(error, ConnectionError::WrongLink { .. }), "{setting}: {error:?}");
    }
    let on_tcp = refused("hdlc+tcp://h?baud=9600");
    assert!(matches!(on_tcp, ConnectionError::WrongLink { key: "baud", .. }));
    for setting in ["", "client", "client=1&", "&client=1"] {
        let error = refused(&format!("tcp://h?{setting}"));
        assert!(matches!(error, ConnectionError::NoValue { .. }), "{setting}: {error:?}");
    }
}

#[test]
fn a_host_or_port_that_is_none_is_refused() {
    for text in ["tcp://", "tcp://:4059", "tcp://a b", "tcp://h&client=1", "tcp://h%41"] {
        assert!(matches!(refused(text), ConnectionError::Host { .. }), "{text}");
    }
    for text in [
        "tcp://h:",
        "tcp://h:0",
        "tcp://h:65536",
        "tcp://h:+1",
        "tcp://h:4059&client=1",
        "tcp://[::1]:x",
    ] {
        assert!(matches!(refused(text), ConnectionError::Port { .. }), "{text}");
    }
    for text in ["tcp://h/x", "tcp://h:4059/x?client=1", "tcp://h#x", "tcp://[::1]x"] {
        assert!(matches!(refused(text), ConnectionError::Path), "{text}");
    }
    for text in ["serial:", "serial://ttyUSB0", "serial:/dev/ttyUSB0&baud=300"] {
        assert!(matches!(refused(text), ConnectionError::Device { .. }), "{text}");
    }
    assert_eq!(refused(""), ConnectionError::Empty);
    assert_eq!(refused("  "), ConnectionError::Empty);
}

#[test]
fn values_are_percent_decoded() {
    assert_eq!(parsed("tcp://h?keys=a%20b%26%C3%A9").keys.as_deref(), Some("a b&é"));
    let Transport::Serial(port) = parsed("serial:/dev/odd%3fname").transport else {
        panic!("a serial port")
    };
    assert_eq!(port.path, "/dev/odd?name");
    for setting in ["keys=%", "keys=%4", "keys=%4g", "keys=%+1", "keys=%ff"] {
        let error = refused(&format!("tcp://h?{setting}"));
        assert_eq!(error, ConnectionError::Percent { key: "keys" }, "{setting}");
    }
}

#[test]
fn a_secret_in_the_string_is_refused_and_no_message_repeats_it() {
    for text in [
        "tcp://h?password=Hunter2secret",
        "tcp://h?PASSWORD=Hunter2secret",
        "tcp://h?client=1&secret=Hunter2secret",
        "tcp://h?encryption=Hunter2secret",
        "tcp://h?authentication-key=Hunter2secret",
        "tcp://reader:Hunter2secret@h:4059",
        "reader:Hunter2secret@h:4059",
        "serial:Hunter2secret@/dev/ttyUSB0",
        "tcp://h&password=Hunter2secret",
        "tcp://h:4059&password=Hunter2secret",
        "tcp://h?timeout=5s;password=Hunter2secret",
        "tcp://h?auth=low:Hunter2secret",
        "tcp://h?auth=Hunter2secret",
        "tcp://h?authentication=Hunter2secret",
        "tcp://h?passphrase=Hunter2secret",
        "foo://h?password=Hunter2secret",
        "meter?password=Hunter2secret",
    ] {
        let error = refused(text);
        assert!(!error.to_string().contains("Hunter2"), "{error}");
        assert!(!format!("{error:?}").contains("Hunter2"), "{error:?}");
    }
    let error = refused("tcp://h?password=x");
    assert_eq!(error, ConnectionError::Secret { key: "password" });
    assert!(error.to_string().contains("key file") && error.to_string().contains("DLMS_PASSWORD"));

    let key = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF";
    let error = refused(&format!("tcp://h?keys={key}"));
    assert!(matches!(error, ConnectionError::Value { given: None, .. }), "{error:?}");
}

#[test]
fn what_is_understood_but_not_built_is_refused_where_it_is_used() {
    for (text, named) in [
        ("udp://h", "udp"),
        ("tls://h", "tls"),
        ("serial:/dev/ttyUSB0", "serial"),
        ("tcp://h?auth=gmac", "auth=gmac"),
        ("tcp://h?auth=hls2", "auth=hls2"),
        ("tcp://h?referencing=sn", "referencing=sn"),
        ("tcp://h?counter=read", "counter=read"),
        ("tcp://h?model=e450", "model"),
    ] {
        let error = parsed(text).check_built().expect_err(text);
        assert!(error.setting().contains(named), "{error}");
        assert!(error.to_string().contains("not built yet"), "{error}");
    }
    for text in ["tcp://h", "tcp://h?auth=low&client=2&keys=house&max-pdu=1024&counter=stored"] {
        assert_eq!(parsed(text).check_built(), Ok(()), "{text}");
    }
}

#[test]
fn the_canonical_form_reads_back_as_the_same() {
    for (text, canonical) in [
        ("h:4059", "tcp://h:4059?client=16&server=1"),
        ("TCP://h?server=0x10&client=2&auth=low", "tcp://h:4059?client=2&server=16&auth=low"),
        ("tcp://[::1]?timeout=2m", "tcp://[::1]:4059?client=16&server=1&timeout=120s"),
        ("tcp://h?timeout=1500ms&timeout", ""),
        ("serial:/dev/a%20b?start=mode-e", "serial:/dev/a%20b?client=16&server=1&start=mode-e"),
        ("udp://h?keys=a%26b", "udp://h:4059?client=16&server=1&keys=a%26b"),
    ] {
        if canonical.is_empty() {
            refused(text);
            continue;
        }
        assert_eq!(parsed(text).to_string(), canonical);
        assert_eq!(parsed(canonical), parsed(text));
    }
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let host = "[a-z0-9][a-z0-9._-]{0,20}";
    let endpoint = (host, 1_u16..).prop_map(|(host, port)| Endpoint { host, port });
    let serial = ("/[ -~é]{1,20}", 300_u32..=921_600, any::<[bool; 2]>()).prop_filter_map(
        "a device does not begin with two slashes",
        |(path, baud, [mode_e, hardware])| {
            let start = if mode_e { Start::ModeE } else { Start::Hdlc };
            let parity = if hardware { Parity::Hardware } else { Parity::Software };
            (!path.starts_with("//")).then_some(SerialPort { path, baud, start, parity })
        },
    );
    let transport = prop_oneof![
        endpoint.clone().prop_map(Transport::Tcp),
        endpoint.clone().prop_map(Transport::Udp),
        endpoint.clone().prop_map(Transport::Tls),
        endpoint.prop_map(Transport::HdlcTcp),
        serial.prop_map(Transport::Serial),
    ];
    let counter = prop_oneof![
        Just(CounterSource::Stored),
        Just(CounterSource::Read),
        any::<u32>().prop_map(CounterSource::At),
    ];
    let names = proptest::option::of("[^\\pC]{1,12}");
    let numbers = (any::<u16>(), any::<u16>(), 0..8_usize, 1..3_600_000_u64);
    let options =
        (proptest::option::of(64_u16..), any::<bool>(), proptest::option::of(0..16_384_u16));
    (transport, numbers, options, counter, names.clone(), names).prop_map(
        |(transport, (client, server, mechanism, millis), options, counter, keys, model)| {
            let (max_pdu, short_names, physical) = options;
            Connection {
                client,
                server,
                authentication: Authentication::ALL[mechanism],
                timeout: Duration::from_millis(millis),
                physical: physical.filter(|_| transport.is_hdlc()),
                max_pdu,
                referencing: if short_names {
                    Referencing::ShortName
                } else {
                    Referencing::LogicalName
                },
                counter,
                keys,
                model,
                ..Connection::new(transport)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_connection_that_is_printed_reads_back_as_the_same(connection in any_connection()) {
        prop_assert_eq!(connection.to_string().parse::<Connection>(), Ok(connection));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}", scheme in 0..5_usize) {
        let scheme = ["", "tcp://", "serial:", "hdlc+tcp://h?", "[::1]:1?keys=%"][scheme];
        if let Err(error) = format!("{scheme}{text}").parse::<Connection>() {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
