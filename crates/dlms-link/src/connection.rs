//! The connection string: one line that names a meter.
//!
//! ```text
//! tcp://host:4059            wrapper over TCP        udp://host:4059       wrapper over UDP
//! tls://host:4059            wrapper over TLS        hdlc+tcp://host:4059  HDLC over TCP
//! serial:/dev/ttyUSB0        HDLC, 9600 8N1          serial:/dev/ttyUSB0?start=mode-e
//! ```
//!
//! After a `?` come settings, `key=value`, joined by `&`. Numbers are decimal, or hexadecimal after
//! `0x`. A character that would be taken for something else is written as `%` and two hexadecimal
//! digits.
//!
//! | key | values | default | on |
//! |-----|--------|---------|----|
//! | `client` | 0 to 65535: the client's address (SAP, wrapper port) | 16, the public client | all |
//! | `server` | 0 to 65535: the logical device | 1, the management logical device | all |
//! | `auth` | `none`, `low`, `hls2`, `md5`, `sha1`, `gmac`, `sha256`, `ecdsa` | `none` | all |
//! | `timeout` | `500ms`, `5s`, `2m`: the longest wait for an answer | `5s` | all |
//! | `referencing` | `ln` (logical names), `sn` (short names) | `ln` | all |
//! | `keys` | name of the table in the key file | none | all |
//! | `max-pdu` | 64 to 65535: the largest APDU that the client accepts | the association's | all |
//! | `counter` | `stored`, `read`, or a number: where the invocation counter starts | `stored` | all |
//! | `model` | name of a meter model | none | all |
//! | `physical` | 0 to 16383: the lower HDLC address | none | HDLC |
//! | `address-size` | `1`, `2`, `4` octets of HDLC server address | what fits | HDLC |
//! | `baud` | 300 to 921600 | 9600 | serial |
//! | `start` | `hdlc`, or `mode-e` for the sign-on of the optical port | `hdlc` | serial |
//! | `parity` | `software`, `hardware`: who makes the parity bit of the sign-on | `software` | serial |
//!
//! Without a scheme only `host:port` and a bare IP address are accepted, and mean `tcp://`: a word alone
//! might as well be a device, a file or the name of a model. IPv6 addresses stand in brackets:
//! `tcp://[::1]:4059`. The port may be left out and is 4059 then.
//!
//! **Secrets are not part of it.** They come from a key file, the environment or a prompt; a string that
//! holds one is refused, and no message repeats it.
//!
//! A scheme, mechanism or key that this version does not carry out is still read; [`Connection::check_built`]
//! refuses it as “not built yet” where it would be used.
//!
//! ```
//! use dlms_link::{Connection, Transport};
//!
//! let connection: Connection = "tcp://10.0.0.7?client=0x10&timeout=2s".parse()?;
//! assert_eq!((connection.client, connection.server), (16, 1));
//! assert_eq!(connection.to_string(), "tcp://10.0.0.7:4059?client=16&server=1&timeout=2s");
//!
//! let mistyped = "tcp://10.0.0.7?clinet=1".parse::<Connection>().unwrap_err();
//! assert!(mistyped.to_string().contains("nearest known key is client"));
//! # Ok::<(), dlms_link::ConnectionError>(())
//! ```

use std::fmt;
use std::time::Duration;

mod error;
mod keys;
mod parse;

pub use error::{ConnectionError, NotBuilt};

/// The port of DLMS/COSEM over TCP and UDP (IANA: dlms/cosem).
pub const DEFAULT_PORT: u16 = 4059;

/// What a connection string says: how to reach a meter and how to introduce oneself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The way to the meter.
    pub transport: Transport,
    /// The client's address (client SAP, the wrapper's source port).
    pub client: u16,
    /// The logical device that is addressed (server SAP, the wrapper's destination port).
    pub server: u16,
    /// The lower HDLC address, which names the physical device; `None` where the link has none.
    pub physical: Option<u16>,
    /// How many octets the HDLC server address takes; `None` is as few as it fits in.
    pub address_size: Option<AddressSize>,
    /// How the client proves who it is.
    pub authentication: Authentication,
    /// The longest wait for an answer, and for the connection to come about.
    pub timeout: Duration,
    /// Logical or short names.
    pub referencing: Referencing,
    /// The table of the key file that holds this meter's secrets.
    pub keys: Option<String>,
    /// The largest APDU that the client accepts; `None` leaves it to the association.
    pub max_pdu: Option<u16>,
    /// Where the client's invocation counter starts.
    pub counter: CounterSource,
    /// The meter model whose settings are to be taken.
    pub model: Option<String>,
}

impl Connection {
    /// A connection with every setting at its default.
    #[must_use]
    pub const fn new(transport: Transport) -> Self {
        Self {
            transport,
            client: 16,
            server: 1,
            physical: None,
            address_size: None,
            authentication: Authentication::None,
            timeout: Duration::from_secs(5),
            referencing: Referencing::LogicalName,
            keys: None,
            max_pdu: None,
            counter: CounterSource::Stored,
            model: None,
        }
    }

    /// Whether this version can carry out everything that the string asks for.
    ///
    /// # Errors
    ///
    /// [`NotBuilt`] names the first setting that it cannot.
    pub fn check_built(&self) -> Result<(), NotBuilt> {
        self.transport.check_built()?;
        if self.referencing != Referencing::LogicalName {
            return Err(NotBuilt::new("referencing=sn", "logical names (referencing=ln)"));
        }
        if !matches!(self.authentication, Authentication::None | Authentication::Low) {
            return Err(NotBuilt::new(
                format!("auth={}", self.authentication),
                "auth=none and auth=low",
            ));
        }
        if self.counter != CounterSource::Stored {
            return Err(NotBuilt::new(
                format!("counter={}", self.counter),
                "a string without counter=",
            ));
        }
        if self.model.is_some() {
            return Err(NotBuilt::new("model=", "a string that gives the settings themselves"));
        }
        Ok(())
    }
}

impl fmt::Display for Connection {
    /// The canonical form: client and server always, every other setting where it is not the default.
    /// A time-out is printed in whole milliseconds. It holds no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.transport)?;
        let mut joint = '?';
        for key in keys::KEYS {
            if let Some(value) = (key.show)(self) {
                write!(f, "{joint}{}={}", key.name, parse::percent_encoded(&value))?;
                joint = '&';
            }
        }
        Ok(())
    }
}

/// The way to the meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `tcp://`: the wrapper over TCP.
    Tcp(Endpoint),
    /// `udp://`: the wrapper over UDP.
    Udp(Endpoint),
    /// `tls://`: the wrapper over TLS.
    Tls(Endpoint),
    /// `hdlc+tcp://`: HDLC frames over TCP.
    HdlcTcp(Endpoint),
    /// `serial:`: HDLC over a serial port or an optical head.
    Serial(SerialPort),
}

impl Transport {
    /// The scheme, as written in front of the first colon.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Udp(_) => "udp",
            Self::Tls(_) => "tls",
            Self::HdlcTcp(_) => "hdlc+tcp",
            Self::Serial(_) => "serial",
        }
    }

    /// The host and port, where the transport has them.
    #[must_use]
    pub const fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Tcp(endpoint)
            | Self::Udp(endpoint)
            | Self::Tls(endpoint)
            | Self::HdlcTcp(endpoint) => Some(endpoint),
            Self::Serial(_) => None,
        }
    }

    /// Whether the frames on it are HDLC.
    #[must_use]
    pub const fn is_hdlc(&self) -> bool {
        matches!(self, Self::HdlcTcp(_) | Self::Serial(_))
    }

    /// Whether this version can open it.
    ///
    /// # Errors
    ///
    /// [`NotBuilt`] when it cannot.
    pub fn check_built(&self) -> Result<(), NotBuilt> {
        self.tcp_endpoint().map(|_| ())
    }

    /// The endpoint of the transports that are built.
    pub(crate) fn tcp_endpoint(&self) -> Result<&Endpoint, NotBuilt> {
        match self {
            Self::Tcp(endpoint) | Self::HdlcTcp(endpoint) => Ok(endpoint),
            other => {
                let built = "tcp:// and hdlc+tcp://";
                Err(NotBuilt::new(format!("the link {}:", other.scheme()), built))
            }
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(port) => write!(f, "serial:{}", parse::percent_encoded(&port.path)),
            Self::Tcp(endpoint)
            | Self::Udp(endpoint)
            | Self::Tls(endpoint)
            | Self::HdlcTcp(endpoint) => {
                write!(f, "{}://{endpoint}", self.scheme())
            }
        }
    }
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port, by default [`DEFAULT_PORT`].
    pub port: u16,
}

impl fmt::Display for Endpoint {
    /// `host:port`, an IPv6 address in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A serial port and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialPort {
    /// The device: `/dev/ttyUSB0`, `COM3`.
    pub path: String,
    /// Bits per second, after the sign-on where there is one.
    pub baud: u32,
    /// What comes before the first HDLC frame.
    pub start: Start,
    /// Who makes the parity bit of the sign-on.
    pub parity: Parity,
}

/// What comes before the first HDLC frame on a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing: the line speaks HDLC at once.
    Hdlc,
    /// The sign-on of IEC 62056-21 in mode E.
    ModeE,
}

/// Who makes the even parity bit of the sign-on's seven-bit characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// We do, in the eighth bit of a line without parity.
    Software,
    /// The port does.
    Hardware,
}

/// How many octets an HDLC server address takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressSize {
    /// One octet: the logical device alone.
    One,
    /// Two octets: one for the logical device, one for the physical one.
    Two,
    /// Four octets: two and two.
    Four,
}

/// How attributes are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referencing {
    /// By class, logical name and attribute.
    LogicalName,
    /// By 16-bit short names.
    ShortName,
}

/// How the client proves who it is: the mechanisms 0 to 7 of DLMS/COSEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// 0, `none`: lowest level, no proof.
    None,
    /// 1, `low`: a password, in the clear.
    Low,
    /// 2, `hls2`: a function that the meter's maker chose.
    Manufacturer,
    /// 3, `md5`.
    Md5,
    /// 4, `sha1`.
    Sha1,
    /// 5, `gmac`.
    Gmac,
    /// 6, `sha256`.
    Sha256,
    /// 7, `ecdsa`.
    Ecdsa,
}

impl Authentication {
    /// Every mechanism, at the index that is its number.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::Low,
        Self::Manufacturer,
        Self::Md5,
        Self::Sha1,
        Self::Gmac,
        Self::Sha256,
        Self::Ecdsa,
    ];

    /// The mechanism's number: the last arc of its object identifier.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Low => 1,
            Self::Manufacturer => 2,
            Self::Md5 => 3,
            Self::Sha1 => 4,
            Self::Gmac => 5,
            Self::Sha256 => 6,
            Self::Ecdsa => 7,
        }
    }

    /// The word for it in a connection string.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Manufacturer => "hls2",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Gmac => "gmac",
            Self::Sha256 => "sha256",
            Self::Ecdsa => "ecdsa",
        }
    }
}

impl fmt::Display for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where the client's invocation counter starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterSource {
    /// After the last one that was used, from the state folder.
    Stored,
    /// After the one that the meter shows to the public client.
    Read,
    /// At this number.
    At(u32),
}

impl fmt::Display for CounterSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored => f.write_str("stored"),
            Self::Read => f.write_str("read"),
            Self::At(number) => write!(f, "{number}"),
        }
    }
}
