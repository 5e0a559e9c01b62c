//! The table of keys: each is named once, with how it is read and how it is shown.

use std::time::Duration;

use super::parse::shown;
use super::{
    AddressSize, Authentication, Connection, CounterSource, Parity, Referencing, SerialPort, Start,
    Transport,
};

/// One key of a connection string.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) link: Link,
    /// What is allowed, for the message.
    pub(super) allowed: &'static str,
    /// Takes the value, or says how much of it may be repeated.
    pub(super) set: fn(&mut Connection, &str) -> Result<(), Wrong>,
    /// The value for the canonical form; `None` where it is the default.
    pub(super) show: fn(&Connection) -> Option<String>,
}

/// A value that the key does not take.
pub(super) enum Wrong {
    /// It can be repeated in a message.
    Shown(String),
    /// It may be a secret in the wrong place.
    Hidden,
}

/// The links on which a key has a meaning.
#[derive(Clone, Copy)]
pub(super) enum Link {
    Any,
    Hdlc,
    Serial,
}

impl Link {
    pub(super) const fn includes(self, transport: &Transport) -> bool {
        match self {
            Self::Any => true,
            Self::Hdlc => transport.is_hdlc(),
            Self::Serial => matches!(transport, Transport::Serial(_)),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Any => "every link",
            Self::Hdlc => "HDLC links (hdlc+tcp:// and serial:)",
            Self::Serial => "serial:",
        }
    }
}

/// Every key, in the order of the canonical form.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "client",
        link: Link::Any,
        allowed: "a number from 0 to 65535, decimal or 0x",
        set: |c, given| store(&mut c.client, number(given, 0, u16::MAX)),
        show: |c| Some(c.client.to_string()),
    },
    Key {
        name: "server",
        link: Link::Any,
        allowed: "a number from 0 to 65535, decimal or 0x",
        set: |c, given| store(&mut c.server, number(given, 0, u16::MAX)),
        show: |c| Some(c.server.to_string()),
    },
    Key {
        name: "physical",
        link: Link::Hdlc,
        allowed: "a number from 0 to 16383, decimal or 0x",
        set: |c, given| store(&mut c.physical, number(given, 0, 16_383).map(Some)),
        show: |c| c.physical.map(|physical| physical.to_string()),
    },
    Key {
        name: "address-size",
        link: Link::Hdlc,
        allowed: "1, 2 or 4 (octets); without it as many as the address needs",
        set: |c, given| {
            let sizes =
                [("1", AddressSize::One), ("2", AddressSize::Two), ("4", AddressSize::Four)];
            store(&mut c.address_size, word(given, &sizes).map(Some))
        },
        show: |c| {
            c.address_size.map(|size| match size {
                AddressSize::One => "1".into(),
                AddressSize::Two => "2".into(),
                AddressSize::Four => "4".into(),
            })
        },
    },
    Key {
        name: "auth",
        link: Link::Any,
        allowed: "none, low, hls2, md5, sha1, gmac, sha256 or ecdsa",
        set: |c, given| store(&mut c.authentication, mechanism(given)),
        show: |c| (c.authentication != Authentication::None).then(|| c.authentication.to_string()),
    },
    Key {
        name: "timeout",
        link: Link::Any,
        allowed: "a whole number with its unit, 1ms to 60m, such as 500ms, 5s or 2m",
        set: |c, given| store(&mut c.timeout, duration(given)),
        show: |c| (c.timeout != Duration::from_secs(5)).then(|| duration_text(c.timeout)),
    },
    Key {
        name: "referencing",
        link: Link::Any,
        allowed: "ln (logical names) or sn (short names)",
        set: |c, given| {
            let words = [("ln", Referencing::LogicalName), ("sn", Referencing::ShortName)];
            store(&mut c.referencing, word(given, &words))
        },
        show: |c| (c.referencing == Referencing::ShortName).then(|| "sn".into()),
    },
    Key {
        name: "keys",
        link: Link::Any,
        allowed: "the name of a table in the key file, not a key",
        set: |c, given| store(&mut c.keys, name(given).map(Some)),
        show: |c| c.keys.clone(),
    },
    Key {
        name: "max-pdu",
        link: Link::Any,
        allowed: "a number of octets from 64 to 65535, decimal or 0x",
        set: |c, given| store(&mut c.max_pdu, number(given, 64, u16::MAX).map(Some)),
        show: |c| c.max_pdu.map(|octets| octets.to_string()),
    },
    Key {
        name: "counter",
        link: Link::Any,
        allowed: "stored, read, or a number from 0 to 4294967295, decimal or 0x",
        set: |c, given| store(&mut c.counter, counter(given)),
        show: |c| (c.counter != CounterSource::Stored).then(|| c.counter.to_string()),
    },
    Key {
        name: "model",
        link: Link::Any,
        allowed: "the name of a meter model",
        set: |c, given| store(&mut c.model, name(given).map(Some)),
        show: |c| c.model.clone(),
    },
    Key {
        name: "baud",
        link: Link::Serial,
        allowed: "a number of bits per second from 300 to 921600",
        set: |c, given| with_port(c, |port| store(&mut port.baud, number(given, 300, 921_600))),
        show: |c| {
            port(c).filter(|port| port.baud != DEFAULT_BAUD).map(|port| port.baud.to_string())
        },
    },
    Key {
        name: "start",
        link: Link::Serial,
        allowed: "hdlc or mode-e",
        set: |c, given| {
            let words = [("hdlc", Start::Hdlc), ("mode-e", Start::ModeE)];
            with_port(c, |port| store(&mut port.start, word(given, &words)))
        },
        show: |c| port(c).filter(|port| port.start == Start::ModeE).map(|_| "mode-e".into()),
    },
    Key {
        name: "parity",
        link: Link::Serial,
        allowed: "software or hardware",
        set: |c, given| {
            let words = [("software", Parity::Software), ("hardware", Parity::Hardware)];
            with_port(c, |port| store(&mut port.parity, word(given, &words)))
        },
        show: |c| port(c).filter(|port| port.parity == Parity::Hardware).map(|_| "hardware".into()),
    },
];

/// What people write when they put a secret into the string.
pub(super) const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "pwd",
    "pin",
    "secret",
    "encryption",
    "encryption-key",
    "encryption_key",
    "authentication-key",
    "authentication_key",
    "guek",
    "gak",
    "ek",
    "ak",
    "akey",
    "ekey",
    "psk",
];

/// Bits per second of a serial line that nothing was said about.
pub(super) const DEFAULT_BAUD: u32 = 9_600;

fn store<T>(place: &mut T, value: Result<T, Wrong>) -> Result<(), Wrong> {
    *place = value?;
    Ok(())
}

const fn port(connection: &Connection) -> Option<&SerialPort> {
    match &connection.transport {
        Transport::Serial(port) => Some(port),
        _ => None,
    }
}

/// The keys of a serial port are only reached on one: [`Link::includes`] was asked before.
fn with_port(
    connection: &mut Connection,
    set: impl FnOnce(&mut SerialPort) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    match &mut connection.transport {
        Transport::Serial(port) => set(port),
        _ => Err(Wrong::Hidden),
    }
}

fn number<T: TryFrom<u32> + PartialOrd>(given: &str, least: T, most: T) -> Result<T, Wrong> {
    // `from_str_radix` would take a sign.
    let (digits, radix) = match given.strip_prefix("0x").or_else(|| given.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (given, 10),
    };
    let plain = digits.chars().all(|digit| digit.is_digit(radix));
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| plain)
        .and_then(|number| T::try_from(number).ok())
        .filter(|number| *number >= least && *number <= most)
        .ok_or_else(|| Wrong::Shown(shown(given)))
}

fn word<T: Copy>(given: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
    let found = words.iter().find(|(word, _)| *word == given);
    found.map(|(_, value)| *value).ok_or_else(|| Wrong::Shown(shown(given)))
}

/// People write `auth=low:12345678` or the password itself, so only a near miss is repeated.
fn mechanism(given: &str) -> Result<Authentication, Wrong> {
    if let Some(found) = Authentication::ALL.into_iter().find(|known| known.word() == given) {
        return Ok(found);
    }
    let near_miss =
        Authentication::ALL.iter().any(|known| super::parse::distance(known.word(), given) <= 2);
    Err(if near_miss { Wrong::Shown(shown(given)) } else { Wrong::Hidden })
}

fn counter(given: &str) -> Result<CounterSource, Wrong> {
    match given {
        "stored" => Ok(CounterSource::Stored),
        "read" => Ok(CounterSource::Read),
        other => number(other, 0, u32::MAX).map(CounterSource::At),
    }
}

/// A name; a row of hexadecimal digits as long as a key is a key in the wrong place.
fn name(given: &str) -> Result<String, Wrong> {
    let like_a_key = given.len() >= 32 && given.chars().all(|digit| digit.is_ascii_hexdigit());
    if given.is_empty() || like_a_key || given.chars().any(char::is_control) {
        return Err(Wrong::Hidden);
    }
    Ok(given.to_owned())
}

fn duration(given: &str) -> Result<Duration, Wrong> {
    let wrong = || Wrong::Shown(shown(given));
    let end = given.find(|digit: char| !digit.is_ascii_digit()).ok_or_else(wrong)?;
    let (digits, unit) = given.split_at(end);
    let count: u32 = digits.parse().map_err(|_| wrong())?;
    let duration = match unit {
        "ms" => Duration::from_millis(count.into()),
        "s" => Duration::from_secs(count.into()),
        "m" => Duration::from_secs(u64::from(count) * 60),
        _ => return Err(wrong()),
    };
    if duration.is_zero() || duration > LONGEST_TIMEOUT {
        return Err(wrong());
    }
    Ok(duration)
}

fn duration_text(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        format!("{}s", duration.as_secs())
    } else {
        format!("{}ms", duration.as_millis().max(1))
    }
}

/// Longer waits are mistakes of the unit.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3_600);
