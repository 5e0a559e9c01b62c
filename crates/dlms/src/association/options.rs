//! Defaults and limits of both ends, in one struct each.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use cosem::bytes::Strictness;

use crate::apdu::{Aarq, Conformance, Mechanism, Priority};
use crate::link::hdlc::{AddressSize, Parameters};
use crate::security::Secret;

/// The address of a client process: 16 is the public client, 1 the client management process.
///
/// Over the wrapper it is the client's wPort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientAddress(pub u16);

impl ClientAddress {
    /// The client that may see without proving who it is: 16, hexadecimal 10.
    pub const PUBLIC: Self = Self(16);
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The address of a logical device in a meter: 1 is the management logical device.
///
/// Over the wrapper it is the device's wPort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerAddress(pub u16);

impl ServerAddress {
    /// The logical device that every meter has.
    pub const MANAGEMENT: Self = Self(1);
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How a client proves who it is.
#[derive(Clone, Debug, Default)]
pub enum Authentication {
    /// Lowest level: it does not.
    #[default]
    None,
    /// Low level (LLS): a password, readable on the wire.
    Low(Secret),
}

impl Authentication {
    /// The mechanism's number on the wire.
    #[must_use]
    pub const fn mechanism(&self) -> Mechanism {
        match self {
            Self::None => Mechanism::LOWEST,
            Self::Low(_) => Mechanism::LOW,
        }
    }
}

/// What is never exceeded, whatever the peer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one APDU.
    pub apdu: usize,
    /// Octets of one value that arrives in blocks.
    pub transfer: usize,
}

/// What a client proposes and expects.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who we are.
    pub client: ClientAddress,
    /// Whom we talk to.
    pub server: ServerAddress,
    /// How frames reach the meter.
    pub link: LinkOptions,
    /// How we prove who we are.
    pub authentication: Authentication,
    /// The services that are proposed. The meter grants some of them.
    pub conformance: Conformance,
    /// The largest APDU that we accept; 0: any size.
    pub client_max_receive_pdu_size: u16,
    /// How long to wait for each answer, and for each block of a long one.
    pub timeout: Duration,
    /// The priority of requests.
    pub priority: Priority,
    /// What the peer may not exceed.
    pub limits: Limits,
    /// Whether a length field that is longer than needed is accepted and reported, or refused.
    pub strictness: Strictness,
    /// What the meter does against the standard.
    pub quirks: Quirks,
}

/// The link below an association.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkOptions {
    /// The wrapper: eight octets in front of each APDU, over TCP.
    #[default]
    Wrapper,
    /// HDLC: on serial lines, and over TCP behind converters.
    Hdlc(HdlcOptions),
}

/// How an HDLC link is to be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HdlcOptions {
    /// The physical device, in an address of two or four octets.
    pub physical: Option<u16>,
    /// How many octets the meter's address takes.
    pub address_size: AddressSize,
    /// What is proposed; the defaults are proposed without saying so.
    pub parameters: Parameters,
}

impl Default for HdlcOptions {
    fn default() -> Self {
        Self { physical: None, address_size: AddressSize::One, parameters: Parameters::default() }
    }
}

/// Deviations of meters from the standard, each off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Services that the meter has although it does not grant them. They are used when they were
    /// proposed. Seen: Sanxing, which selects rows of a profile without selective-access.
    pub services_not_granted: Conformance,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client: ClientAddress::PUBLIC,
            server: ServerAddress::MANAGEMENT,
            link: LinkOptions::Wrapper,
            authentication: Authentication::None,
            conformance: BUILT,
            client_max_receive_pdu_size: 0xffff,
            timeout: Duration::from_secs(5),
            priority: Priority::High,
            limits: Limits { apdu: 0xffff, transfer: 1 << 20 },
            strictness: Strictness::default(),
            quirks: Quirks::default(),
        }
    }
}

/// The version of xDLMS that both machines speak.
pub(super) const DLMS_VERSION: u8 = 6;

/// The services that both machines have.
const BUILT: Conformance = Conformance::PRIORITY_MGMT_SUPPORTED
    .with(Conformance::BLOCK_TRANSFER_WITH_GET_OR_READ)
    .with(Conformance::MULTIPLE_REFERENCES)
    .with(Conformance::GET)
    .with(Conformance::SET)
    .with(Conformance::SELECTIVE_ACCESS)
    .with(Conformance::ACTION);

/// One client of one logical device, as the server knows it.
#[derive(Clone, Debug)]
pub struct Access {
    /// The client.
    pub client: ClientAddress,
    /// The logical device.
    pub server: ServerAddress,
    /// What the client must prove.
    pub authentication: Authentication,
    /// The services that are granted when they are proposed.
    pub conformance: Conformance,
}

impl Access {
    /// A client with all services that are built.
    #[must_use]
    pub const fn new(
        client: ClientAddress,
        server: ServerAddress,
        authentication: Authentication,
    ) -> Self {
        Self { client, server, authentication, conformance: BUILT }
    }
}

/// Whether a request whose service class says *unconfirmed* is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unconfirmed {
    /// It is. Published examples and clients in use send such requests and wait for the answer.
    #[default]
    Answered,
    /// It is carried out in silence, as the service class says.
    Silent,
}

/// The link below a server's associations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerLink {
    /// The wrapper: eight octets in front of each APDU, over TCP.
    #[default]
    Wrapper,
    /// HDLC: on serial lines, and over TCP behind converters.
    Hdlc(HdlcServerOptions),
}

/// What a server is on an HDLC line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HdlcServerOptions {
    /// The physical device; it answers to this lower address, and to none at all.
    pub physical: u16,
    /// The sizes that are granted at most.
    pub parameters: Parameters,
}

/// What a server grants and expects.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// How frames reach us.
    pub link: ServerLink,
    /// Who may associate with which logical device. Everybody else is refused.
    pub accesses: Vec<Access>,
    /// The largest APDU that we accept, within [`Limits::apdu`]; 0: whatever that allows.
    pub server_max_receive_pdu_size: u16,
    /// How long a link may be quiet before associations and half-sent answers are dropped.
    pub inactivity: Duration,
    /// Whether unconfirmed requests are answered.
    pub unconfirmed: Unconfirmed,
    /// What a client may not exceed.
    pub limits: Limits,
}

impl ServerOptions {
    /// Octets of the largest APDU that is accepted in an association; also what is announced.
    pub(super) fn largest_apdu(&self) -> usize {
        match self.server_max_receive_pdu_size {
            0 => self.limits.apdu,
            size => self.limits.apdu.min(usize::from(size)),
        }
    }
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            link: ServerLink::Wrapper,
            accesses: Vec::new(),
            server_max_receive_pdu_size: 1_024,
            inactivity: Duration::from_secs(180),
            unconfirmed: Unconfirmed::Answered,
            limits: Limits { apdu: 4_096, transfer: 1 << 16 },
        }
    }
}

/// The mechanism that an AARQ names: none at all is the lowest level. An `Err` is one that is not
/// among those of DLMS/COSEM.
pub(super) fn offered_mechanism(aarq: &Aarq) -> Result<Mechanism, ()> {
    match &aarq.mechanism_name {
        None => Ok(Mechanism::LOWEST),
        Some(name) => name.mechanism().ok_or(()),
    }
}
