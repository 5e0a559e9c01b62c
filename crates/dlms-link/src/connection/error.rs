//! What can be wrong with a connection string, and what to try instead.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Why a connection string was refused.
///
/// No variant holds a part of the string in which a secret may stand: what was given is shown up to the
/// first character that cannot belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The string is empty.
    Empty,
    /// The scheme is not one of ours.
    UnknownScheme {
        /// What was given.
        given: String,
        /// The known one that it resembles most.
        nearest: &'static str,
    },
    /// A known scheme without the `://` behind it.
    SchemeWithoutSlashes {
        /// The scheme.
        scheme: &'static str,
    },
    /// There is no scheme, and what stands there might be more than one thing.
    NoScheme {
        /// What was given.
        given: String,
    },
    /// A user, and perhaps a password, stands in front of the host.
    UserInHost,
    /// The host is not one.
    Host {
        /// What was given, up to what does not fit.
        given: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The port is not a number from 1 to 65535.
    Port {
        /// What was given.
        given: String,
    },
    /// Something stands between the port and the settings.
    Path,
    /// The serial port has no device, or one that is not readable as such.
    Device {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A `%` is not followed by two hexadecimal digits, or they yield no text.
    Percent {
        /// The key whose value it is; empty for the device.
        key: &'static str,
    },
    /// A setting has no `=`.
    NoValue {
        /// What was given.
        given: String,
    },
    /// A key that does not exist.
    UnknownKey {
        /// What was given.
        given: String,
        /// The known one that it resembles most.
        nearest: &'static str,
    },
    /// A key that stands there twice.
    Repeated {
        /// The key.
        key: &'static str,
    },
    /// A key that has no meaning on this link.
    WrongLink {
        /// The key.
        key: &'static str,
        /// The scheme of the string.
        scheme: &'static str,
        /// The links that it belongs to.
        belongs_to: &'static str,
    },
    /// A value that the key does not take.
    Value {
        /// The key.
        key: &'static str,
        /// What was given; `None` where it might be a secret.
        given: Option<String>,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A secret, which has no place in a connection string.
    Secret {
        /// The key under which it stood.
        key: &'static str,
    },
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection string: ")?;
        match self {
            Self::Empty => f.write_str("it is empty; try tcp://HOST:4059"),
            Self::UnknownScheme { given, nearest } => {
                write!(f, "unknown scheme “{given}”: the nearest is {nearest}; known are {SCHEMES}")
            }
            Self::SchemeWithoutSlashes { scheme } => {
                write!(f, "“{scheme}:” lacks its slashes; try {scheme}://HOST:4059")
            }
            Self::NoScheme { given } if given.contains('/') => {
                write!(
                    f,
                    "“{given}” has no scheme and looks like a device or a file; try serial:{given}"
                )
            }
            Self::NoScheme { given } => write!(
                f,
                "“{given}” has no scheme, and a word alone may be a host, a device or a file; \
                 try tcp://{given} or serial:{given}"
            ),
            Self::UserInHost => write!(
                f,
                "a user or password stands in front of the host; the client is given as ?client=…, and {WHERE_SECRETS_COME_FROM}"
            ),
            Self::Host { given, problem } => write!(f, "host “{given}”: {problem}"),
            Self::Port { given } => {
                write!(f, "port “{given}” is no number from 1 to 65535; DLMS uses 4059")
            }
            Self::Path => {
                f.write_str("after the host and port nothing but ? and settings may follow")
            }
            Self::Device { problem } => {
                write!(f, "serial device: {problem}; try serial:/dev/ttyUSB0")
            }
            Self::Percent { key } => {
                let of = if key.is_empty() { "the device" } else { key };
                write!(
                    f,
                    "{of}: a % must be followed by two hexadecimal digits and yield UTF-8 text; a % itself is written %25"
                )
            }
            Self::NoValue { given } => {
                write!(f, "“{given}” has no value; settings are written key=value and joined by &")
            }
            Self::UnknownKey { given, nearest } => {
                write!(f, "unknown key “{given}”: the nearest known key is {nearest}; known are ")?;
                list_of_keys(f)
            }
            Self::Repeated { key } => {
                write!(f, "{key} is given twice; which one counts is not for us to guess")
            }
            Self::WrongLink { key, scheme, belongs_to } => {
                write!(
                    f,
                    "{key} has no meaning on {scheme}: it belongs to {belongs_to}; leave it out"
                )
            }
            Self::Value { key, given: Some(given), allowed } => {
                write!(f, "{key}={given}: allowed is {allowed}")
            }
            Self::Value { key, given: None, allowed } => {
                write!(
                    f,
                    "{key}= has a wrong value (not repeated here: it may be a secret): allowed is {allowed}"
                )
            }
            Self::Secret { key } => {
                write!(f, "{key}= is a secret and not part of it: {WHERE_SECRETS_COME_FROM}")
            }
        }
    }
}

impl Error for ConnectionError {}

/// A setting that is understood and that this version does not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotBuilt {
    setting: Cow<'static, str>,
    built: &'static str,
}

impl NotBuilt {
    /// `setting` cannot be carried out; `built` can.
    #[must_use]
    pub fn new(setting: impl Into<Cow<'static, str>>, built: &'static str) -> Self {
        Self { setting: setting.into(), built }
    }

    /// The setting that was asked for.
    #[must_use]
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not built yet; this version has {}", self.setting, self.built)
    }
}

impl Error for NotBuilt {}

fn list_of_keys(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, key) in super::keys::KEYS.iter().enumerate() {
        let joint = if index == 0 { "" } else { ", " };
        write!(f, "{joint}{}", key.name)?;
    }
    Ok(())
}

const SCHEMES: &str = "tcp, udp, tls, hdlc+tcp and serial";

const WHERE_SECRETS_COME_FROM: &str = "secrets come from a key file (keys=NAME picks its table), \
     from the environment (DLMS_PASSWORD, DLMS_ENCRYPTION_KEY, DLMS_AUTHENTICATION_KEY, DLMS_SECRET) or from a prompt";
