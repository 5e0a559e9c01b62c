//! From the string to the [`Connection`].

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::keys::{DEFAULT_BAUD, KEYS, SECRETS, Wrong};
use super::{
    Connection, ConnectionError, DEFAULT_PORT, Endpoint, Parity, SerialPort, Start, Transport,
};

impl FromStr for Connection {
    type Err = ConnectionError;

    fn from_str(text: &str) -> Result<Self, ConnectionError> {
        let (target, settings) = match text.split_once('?') {
            Some((target, settings)) => (target, Some(settings)),
            None => (text, None),
        };
        let mut connection = Self::new(transport(target)?);
        let mut seen = Vec::new();
        for setting in settings.into_iter().flat_map(|settings| settings.split('&')) {
            apply(&mut connection, setting, &mut seen)?;
        }
        Ok(connection)
    }
}

fn transport(target: &str) -> Result<Transport, ConnectionError> {
    if target.trim().is_empty() {
        return Err(ConnectionError::Empty);
    }
    // Before anything is repeated in a message: what stands in front of an @ may be a password.
    if target.contains('@') {
        return Err(ConnectionError::UserInHost);
    }
    if let Some(device) = strip_scheme(target, "serial:") {
        return serial(device).map(Transport::Serial);
    }
    let Some((scheme, authority)) = target.split_once("://") else {
        return bare(target).map(Transport::Tcp);
    };
    let scheme = scheme.to_ascii_lowercase();
    match SCHEMES.iter().find(|(name, _)| *name == scheme) {
        Some((_, build)) => endpoint(authority).map(build),
        None => Err(ConnectionError::UnknownScheme {
            given: shown(&scheme),
            nearest: nearest(&scheme, SCHEMES.iter().map(|(name, _)| *name).chain(["serial"])),
        }),
    }
}

type Build = fn(Endpoint) -> Transport;

const SCHEMES: [(&str, Build); 4] = [
    ("tcp", Transport::Tcp),
    ("udp", Transport::Udp),
    ("tls", Transport::Tls),
    ("hdlc+tcp", Transport::HdlcTcp),
];

fn strip_scheme<'a>(target: &'a str, scheme: &str) -> Option<&'a str> {
    let head = target.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| target.get(scheme.len()..))?
}

/// Without a scheme: only what cannot be anything but a TCP endpoint.
fn bare(target: &str) -> Result<Endpoint, ConnectionError> {
    let head = target.split(':').next().unwrap_or(target);
    if let Some((scheme, _)) = SCHEMES.iter().find(|(name, _)| head.eq_ignore_ascii_case(name)) {
        return Err(ConnectionError::SchemeWithoutSlashes { scheme });
    }
    let has_port = target
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.starts_with(|c: char| c.is_ascii_digit()));
    let is_address = target.parse::<Ipv4Addr>().is_ok() || target.starts_with('[');
    if has_port || is_address || target.parse::<Ipv6Addr>().is_ok() {
        return endpoint(target);
    }
    Err(ConnectionError::NoScheme { given: shown(target) })
}

fn endpoint(authority: &str) -> Result<Endpoint, ConnectionError> {
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    if authority.contains(['/', '#']) {
        return Err(ConnectionError::Path);
    }
    if let Some(bracketed) = authority.strip_prefix('[') {
        let Some((host, rest)) = bracketed.split_once(']') else {
            return Err(host_error(bracketed, "the bracket is not closed; try [::1]:4059"));
        };
        let port = match rest {
            "" => DEFAULT_PORT,
            rest => port(rest.strip_prefix(':').ok_or(ConnectionError::Path)?)?,
        };
        return Ok(Endpoint { host: ipv6(host)?, port });
    }
    let (host, port) = match authority.split_once(':') {
        Some((_, rest)) if rest.contains(':') => {
            return Err(host_error(authority, "an IPv6 address stands in brackets: [::1]:4059"));
        }
        Some((host, digits)) => (host, port(digits)?),
        None => (authority, DEFAULT_PORT),
    };
    if host.is_empty() {
        return Err(host_error(
            host,
            "it is empty; give a name or an address, as in tcp://10.0.0.7:4059",
        ));
    }
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if !host.chars().all(fits) {
        return Err(host_error(
            host,
            "a character that no host has; settings follow after ?, not after &",
        ));
    }
    Ok(Endpoint { host: host.to_owned(), port })
}

/// An IPv6 address, perhaps with its zone (`fe80::1%eth0`, or `%25` as URIs write it).
fn ipv6(given: &str) -> Result<String, ConnectionError> {
    let (address, zone) = match given.split_once('%') {
        Some((address, zone)) => (address, Some(zone.strip_prefix("25").unwrap_or(zone))),
        None => (given, None),
    };
    if address.parse::<Ipv6Addr>().is_err() {
        return Err(host_error(given, "it is no IPv6 address; brackets are for these alone"));
    }
    match zone {
        None => Ok(address.to_owned()),
        Some(zone) if is_zone(zone) => Ok(format!("{address}%{zone}")),
        Some(_) => {
            Err(host_error(given, "after % comes the name of an interface, as in [fe80::1%eth0]"))
        }
    }
}

fn is_zone(zone: &str) -> bool {
    !zone.is_empty()
        && zone
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_'))
}

fn host_error(given: &str, problem: &'static str) -> ConnectionError {
    ConnectionError::Host { given: shown(given), problem }
}

fn port(given: &str) -> Result<u16, ConnectionError> {
    let digits = given.bytes().all(|digit| digit.is_ascii_digit());
    let port = given.parse().ok().filter(|port| digits && *port != 0);
    port.ok_or_else(|| ConnectionError::Port { given: shown(given) })
}

fn serial(device: &str) -> Result<SerialPort, ConnectionError> {
    // `serial:///dev/ttyUSB0` is how a URI would write it.
    let device = device.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(device);
    let problem = if device.is_empty() {
        Some("it is missing")
    } else if device.starts_with("//") {
        Some("it begins with two slashes")
    } else if device.contains(['&', '#']) || device.chars().any(char::is_control) {
        Some("it holds a character that no device has; settings follow after ?, not after &")
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(ConnectionError::Device { problem });
    }
    let path = percent_decoded(device).ok_or(ConnectionError::Percent { key: "" })?;
    Ok(SerialPort { path, baud: DEFAULT_BAUD, start: Start::Hdlc, parity: Parity::Software })
}

fn apply(
    connection: &mut Connection,
    setting: &str,
    seen: &mut Vec<&'static str>,
) -> Result<(), ConnectionError> {
    let (given, value) = match setting.split_once('=') {
        Some((given, value)) => (given, Some(value)),
        None => (setting, None),
    };
    if let Some(secret) = SECRETS.iter().find(|secret| given.eq_ignore_ascii_case(secret)) {
        return Err(ConnectionError::Secret { key: secret });
    }
    let Some(value) = value else {
        return Err(ConnectionError::NoValue { given: shown(given) });
    };
    let Some(key) = KEYS.iter().find(|key| key.name == given) else {
        let nearest = nearest(given, KEYS.iter().map(|key| key.name));
        return Err(ConnectionError::UnknownKey { given: shown(given), nearest });
    };
    if seen.contains(&key.name) {
        return Err(ConnectionError::Repeated { key: key.name });
    }
    seen.push(key.name);
    if !key.link.includes(&connection.transport) {
        let scheme = connection.transport.scheme();
        return Err(ConnectionError::WrongLink {
            key: key.name,
            scheme,
            belongs_to: key.link.name(),
        });
    }
    let value = percent_decoded(value).ok_or(ConnectionError::Percent { key: key.name })?;
    (key.set)(connection, &value).map_err(|wrong| {
        let given = match wrong {
            Wrong::Shown(given) => Some(given),
            Wrong::Hidden => None,
        };
        ConnectionError::Value { key: key.name, given, allowed: key.allowed }
    })
}

/// The text that a value stands for; `None` when a `%` is not followed by two digits, or no text results.
fn percent_decoded(value: &str) -> Option<String> {
    let mut octets = value.bytes();
    let mut decoded = Vec::with_capacity(value.len());
    while let Some(octet) = octets.next() {
        if octet == b'%' {
            let high = char::from(octets.next()?).to_digit(16)?;
            let low = char::from(octets.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(octet);
        }
    }
    String::from_utf8(decoded).ok()
}

/// The value as it may stand in a string: what could be taken for something else becomes `%` and digits.
pub(super) fn percent_encoded(value: &str) -> String {
    use std::fmt::Write as _;

    let mut encoded = String::with_capacity(value.len());
    for octet in value.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~/:".contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{octet:02X}");
        }
    }
    encoded
}

/// As much of a wrong text as belongs to it: the string behind it may hold a secret.
pub(super) fn shown(given: &str) -> String {
    let fits = |letter: &char| {
        letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '+' | ':' | '/')
    };
    let head: String = given.chars().take_while(fits).take(LONGEST_SHOWN).collect();
    if head.len() == given.len() { head } else { head + "…" }
}

const LONGEST_SHOWN: usize = 48;

/// The candidate that takes the fewest edits; one that begins like the text takes none.
fn nearest(given: &str, candidates: impl Iterator<Item = &'static str>) -> &'static str {
    let given = given.to_lowercase();
    let edits = |candidate: &&'static str| {
        let begins_alike =
            !given.is_empty() && (candidate.starts_with(&given) || given.starts_with(*candidate));
        if begins_alike { 0 } else { distance(candidate, &given) }
    };
    candidates.min_by_key(edits).unwrap_or_default()
}

/// How many letters must be inserted, removed or replaced (Levenshtein).
pub(super) fn distance(left: &str, right: &str) -> usize {
    // The right-hand side comes from the user; what is longer than every word of ours is far from it anyway.
    let right: Vec<char> = right.chars().take(LONGEST_SHOWN).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        for (to, above) in right.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *above;
            before = replaced.min(*above + 1).min(before + 1);
            *above = before;
        }
    }
    if right.is_empty() { left.chars().count() } else { row.last().copied().unwrap_or_default() }
}
