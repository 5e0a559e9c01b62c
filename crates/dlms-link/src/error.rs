//! Why there is no connection: each cause its own variant, with what to try.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::connection::{Endpoint, NotBuilt};

/// Why a stream or a listener could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum LinkError {
    /// The connection string asks for something that this version does not carry out.
    NotBuilt(NotBuilt),
    /// The host's name has no address.
    Name {
        /// The name.
        host: String,
        /// What the system said.
        source: io::Error,
    },
    /// The host is there and nothing listens on the port, or something turned us away.
    Refused {
        /// Host and port.
        peer: String,
        /// What the system said.
        source: io::Error,
    },
    /// No answer in time.
    Timeout {
        /// Host and port.
        peer: String,
        /// What was being waited for.
        phase: Phase,
        /// How long.
        after: Duration,
    },
    /// There is no way to the host.
    Unreachable {
        /// Host and port.
        peer: String,
        /// What the system said.
        source: io::Error,
    },
    /// The address to listen on cannot be had.
    Listen {
        /// Host and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else that the system said.
    Other {
        /// Host and port.
        peer: String,
        /// What the system said.
        source: io::Error,
    },
}

/// What was being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The address of a name.
    Resolving,
    /// The connection to an address.
    Connecting,
}

impl LinkError {
    /// A failed attempt to connect to `endpoint`.
    pub(crate) fn connecting(endpoint: &Endpoint, source: io::Error, after: Duration) -> Self {
        use io::ErrorKind as Kind;

        let peer = endpoint.to_string();
        match source.kind() {
            Kind::TimedOut | Kind::WouldBlock => {
                Self::Timeout { peer, phase: Phase::Connecting, after }
            }
            Kind::ConnectionRefused | Kind::ConnectionReset | Kind::ConnectionAborted => {
                Self::Refused { peer, source }
            }
            Kind::NetworkUnreachable | Kind::HostUnreachable | Kind::NetworkDown => {
                Self::Unreachable { peer, source }
            }
            _ => Self::Other { peer, source },
        }
    }

    /// The answer of a resolver, which names an address or is an error.
    pub(crate) fn resolved(
        endpoint: &Endpoint,
        answer: io::Result<Vec<SocketAddr>>,
    ) -> Result<Vec<SocketAddr>, Self> {
        let source = match answer {
            Ok(addresses) if !addresses.is_empty() => return Ok(addresses),
            Ok(_) => io::Error::new(io::ErrorKind::NotFound, "the answer is empty"),
            Err(source) => source,
        };
        Err(Self::Name { host: endpoint.host.clone(), source })
    }

    /// The resolver did not answer.
    pub(crate) fn not_resolved(endpoint: &Endpoint, after: Duration) -> Self {
        Self::Timeout { peer: endpoint.to_string(), phase: Phase::Resolving, after }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBuilt(setting) => setting.fmt(f),
            Self::Name { host, source } => {
                write!(
                    f,
                    "the name {host} has no address ({source}): check the spelling, or give the IP address"
                )
            }
            Self::Refused { peer, source } => write!(
                f,
                "{peer} refused the connection ({source}): check the port; the meter may be off, or serve \
                 another client, as many accept one connection at a time"
            ),
            Self::Timeout { peer, phase: Phase::Resolving, after } => write!(
                f,
                "no address for {peer} within {after:.1?}: the name server does not answer; give the IP address"
            ),
            Self::Timeout { peer, phase: Phase::Connecting, after } => write!(
                f,
                "{peer} did not answer within {after:.1?}: check the address, the modem and the firewall, \
                 or allow more time (timeout=30s)"
            ),
            Self::Unreachable { peer, source } => {
                write!(
                    f,
                    "there is no way to {peer} ({source}): check the network, the VPN and the address"
                )
            }
            Self::Listen { address, source } => write!(
                f,
                "cannot listen on {address} ({source}): another program may use the port, or the address \
                 is not this machine's; port 0 takes any free one"
            ),
            Self::Other { peer, source } => write!(f, "cannot connect to {peer}: {source}"),
        }
    }
}

impl Error for LinkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotBuilt(setting) => Some(setting),
            Self::Timeout { .. } => None,
            Self::Name { source, .. }
            | Self::Refused { source, .. }
            | Self::Unreachable { source, .. }
            | Self::Listen { source, .. }
            | Self::Other { source, .. } => Some(source),
        }
    }
}

impl From<NotBuilt> for LinkError {
    fn from(setting: NotBuilt) -> Self {
        Self::NotBuilt(setting)
    }
}
