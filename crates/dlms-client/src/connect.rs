//! From a connection string to an association.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use dlms::association::{
    Authentication, ClientAddress, HdlcOptions, Limits, LinkOptions, Options, ServerAddress,
};
use dlms::link::hdlc::AddressSize;
use dlms::security::Secret;
use dlms_link::capture::Capture;
use dlms_link::connection::{AddressSize as Size, Authentication as Mechanism};
use dlms_link::{Connection, Transport};

use crate::client::Client;
use crate::error::{Cause, Error, Result};
use crate::link::{Conversation, Observer, Stream};

/// What proves who we are. Never part of a connection string.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The password of `auth=low`.
    pub password: Option<Secret>,
}

impl Credentials {
    /// No secrets: enough for the public client.
    #[must_use]
    pub const fn none() -> Self {
        Self { password: None }
    }

    /// The password of `auth=low`.
    #[must_use]
    pub fn password(password: impl Into<Secret>) -> Self {
        Self { password: Some(password.into()) }
    }
}

/// Everything that is needed to open an association, where a connection string and a password are
/// not all.
///
/// ```no_run
/// use dlms_client::{Connector, Credentials, Observer, blocking::Client};
/// use dlms_link::Connection;
///
/// struct Traffic;
/// impl Observer for Traffic {
///     fn sent(&mut self, octets: &[u8]) {
///         println!("-> {} octets", octets.len());
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let connection: Connection = "tcp://10.0.0.7:4059?timeout=20s".parse()?;
/// let connector = Connector::new(Credentials::none()).observed_by(Box::new(Traffic));
/// let meter = Client::connect_with(connector, &connection)?;
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Connector {
    observer: Option<Box<dyn Observer>>,
    capture: Option<Capture>,
    credentials: Credentials,
    limits: Option<Limits>,
}

impl Connector {
    /// With secrets.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials, ..Self::default() }
    }

    /// Shows `observer` all octets, the password among them, and the progress of long answers.
    #[must_use]
    pub fn observed_by(mut self, observer: Box<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Records all octets, the password among them.
    #[must_use]
    pub fn recorded_in(mut self, capture: Capture) -> Self {
        self.capture = Some(capture);
        self
    }

    /// With other limits for what the meter may send: a profile of more than 1 MiB needs them.
    #[must_use]
    pub const fn limited_to(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Connects and associates, each within the `timeout` of the connection string.
    ///
    /// # Errors
    /// [`Cause::Input`] for what is not built yet and for a password that is missing,
    /// [`Cause::Link`] without a connection, [`Cause::NoAnswer`], [`Cause::Closed`],
    /// [`Cause::Refused`], and [`Cause::Peer`] for what does not speak the protocol.
    #[cfg(feature = "tokio")]
    pub async fn connect(
        self,
        connection: &Connection,
    ) -> Result<Client<Conversation<dlms_link::Stream>>> {
        let options = options(connection, &self.credentials)?;
        let deadline = Instant::now() + connection.timeout;
        let stream = dlms_link::Stream::connect(&connection.transport, deadline).await;
        let mut stream = stream.map_err(|error| no_link(connection, error))?;
        if let Some(capture) = &self.capture {
            stream.record(capture);
        }
        Client::associate(self.conversation(stream, options)).await.map_err(|e| at(connection, e))
    }

    /// The same without a runtime: the future never waits, so it is ready when it is polled once.
    pub(crate) async fn connect_now(
        self,
        connection: &Connection,
    ) -> Result<Client<Conversation<dlms_link::blocking::Stream>>> {
        let options = options(connection, &self.credentials)?;
        let deadline = Instant::now() + connection.timeout;
        let stream = dlms_link::blocking::Stream::connect(&connection.transport, deadline);
        let mut stream = stream.map_err(|error| no_link(connection, error))?;
        if let Some(capture) = &self.capture {
            stream.record(capture);
        }
        Client::associate(self.conversation(stream, options)).await.map_err(|e| at(connection, e))
    }

    fn conversation<S: Stream>(self, stream: S, mut options: Options) -> Conversation<S> {
        options.limits = self.limits.unwrap_or(options.limits);
        let mut conversation = Conversation::new(stream, options);
        if let Some(observer) = self.observer {
            conversation.observe(observer);
        }
        conversation
    }
}

/// The options of the protocol that a connection string asks for.
///
/// # Errors
/// A setting that is not built yet; `auth=low` without a password. A password is used only when
/// the connection string names the mechanism: it is never a default and never a fall-back.
pub fn options(connection: &Connection, credentials: &Credentials) -> Result<Options> {
    let attempted = || format!("use {connection}");
    connection
        .check_built()
        .map_err(|error| Error::new(attempted(), Cause::Input(error.to_string())))?;
    let authentication = match (connection.authentication, &credentials.password) {
        (Mechanism::None, _) => Authentication::None,
        (Mechanism::Low, Some(password)) => Authentication::Low(password.clone()),
        (Mechanism::Low, None) => {
            let missing = "auth=low needs a password: from a key file, from DLMS_PASSWORD or \
                           from a prompt";
            return Err(Error::new(attempted(), Cause::Input(missing.to_owned())));
        }
        (other, _) => {
            let text = format!("auth={} is not built yet", other.word());
            return Err(Error::new(attempted(), Cause::Input(text)));
        }
    };
    let link = match connection.transport {
        Transport::HdlcTcp(_) => LinkOptions::Hdlc(hdlc(connection)),
        _ => LinkOptions::Wrapper,
    };
    let defaults = Options::default();
    Ok(Options {
        client: ClientAddress(connection.client),
        server: ServerAddress(connection.server),
        link,
        authentication,
        client_max_receive_pdu_size: connection
            .max_pdu
            .unwrap_or(defaults.client_max_receive_pdu_size),
        timeout: connection.timeout,
        ..defaults
    })
}

/// An address as short as it fits in, unless its size is given.
fn hdlc(connection: &Connection) -> HdlcOptions {
    let short = |number: u16| number < 0x80;
    let address_size = match (connection.address_size, connection.physical) {
        (Some(Size::One), _) => AddressSize::One,
        (Some(Size::Two), _) => AddressSize::Two,
        (Some(Size::Four), _) => AddressSize::Four,
        (None, None) if short(connection.server) => AddressSize::One,
        (None, Some(physical)) if short(connection.server) && short(physical) => AddressSize::Two,
        (None, _) => AddressSize::Four,
    };
    HdlcOptions { physical: connection.physical, address_size, ..HdlcOptions::default() }
}

/// Whether a password crosses a network that others can read: with `auth=low` over TCP or UDP
/// without TLS, unless `peer` is this machine. Without an address it is taken for another one.
#[must_use]
pub fn password_is_readable(connection: &Connection, peer: Option<SocketAddr>) -> bool {
    let open_network = match connection.transport {
        Transport::Tcp(_) | Transport::Udp(_) | Transport::HdlcTcp(_) => true,
        Transport::Tls(_) | Transport::Serial(_) => false,
    };
    connection.authentication == Mechanism::Low
        && open_network
        && peer.is_none_or(|address| !address.ip().to_canonical().is_loopback())
}

fn no_link(connection: &Connection, error: dlms_link::LinkError) -> Error {
    Error::new(format!("reach {connection}"), Cause::Link(error))
}

/// Says which meter it was.
fn at(connection: &Connection, error: Error) -> Error {
    error.with_attempted(|attempted| format!("{attempted} with {connection}"))
}

#[cfg(feature = "tokio")]
impl Client<Conversation<dlms_link::Stream>> {
    /// Connects to the meter that a [connection string](dlms_link::connection) names and opens the
    /// association.
    ///
    /// # Errors
    /// [`Cause::Connection`] for a connection string that cannot be read; see
    /// [`Connector::connect`].
    pub async fn connect(connection: &str, credentials: Credentials) -> Result<Self> {
        Connector::new(credentials).connect(&parse(connection)?).await
    }
}

pub(crate) fn parse(connection: &str) -> Result<Connection> {
    // The string is not repeated: it may hold a secret by mistake.
    let parsed = connection.parse();
    parsed.map_err(|error| Error::new("understand the connection string", Cause::Connection(error)))
}

#[cfg(feature = "tokio")]
impl Stream for dlms_link::Stream {
    async fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> io::Result<usize> {
        self.read_deadline(buffer, deadline).await
    }

    async fn write_all(&mut self, octets: &[u8], deadline: Instant) -> io::Result<()> {
        self.write_all_deadline(octets, deadline).await
    }

    async fn close(mut self) {
        // The conversation is over; that the other end was faster is no error.
        let _ = Self::close(&mut self).await;
    }
}

impl Stream for dlms_link::blocking::Stream {
    fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> impl Future<Output = io::Result<usize>> + Send {
        std::future::ready(self.read_deadline(buffer, deadline))
    }

    fn write_all(
        &mut self,
        octets: &[u8],
        deadline: Instant,
    ) -> impl Future<Output = io::Result<()>> + Send {
        std::future::ready(self.write_all_deadline(octets, deadline))
    }

    fn close(mut self) -> impl Future<Output = ()> + Send {
        // As above.
        let _ = Self::close(&mut self);
        std::future::ready(())
    }
}
