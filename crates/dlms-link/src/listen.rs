//! The accept loop of a server: as many connections as allowed, until it is told to stop.
//!
//! ```
//! use dlms_link::listen::{Listener, Options};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), dlms_link::LinkError> {
//! let listener = Listener::bind("127.0.0.1:0", Options::default()).await?;
//! let stop = async { /* for example: wait for Ctrl-C */ };
//! let served = listener
//!     .serve(stop, |mut stream, _peer| async move {
//!         let mut octets = [0; 64];
//!         while let Ok(count @ 1..) = stream.read(&mut octets).await {
//!             if stream.write_all(&octets[..count]).await.is_err() {
//!                 break;
//!             }
//!         }
//!     })
//!     .await;
//! assert_eq!(served.accepted, 0);
//! # Ok(())
//! # }
//! ```

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use crate::error::LinkError;
use crate::stream::Stream;

/// The limits of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many connections are served at once; one more is accepted and closed, so that its client sees
    /// at once that there is no place, and does not wait.
    pub connections: usize,
    /// How long connections may go on after the stop, before they are cut.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 1_024, grace: Duration::from_millis(250) }
    }
}

/// What a listener did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Connections that were served.
    pub accepted: u64,
    /// Connections that were closed at once, because there was no place.
    pub turned_away: u64,
    /// Connections whose task panicked: a defect of the server, of which the others notice nothing.
    pub panicked: u64,
    /// Connections that were cut when the grace was over.
    pub cut: u64,
}

/// A bound TCP socket that accepts connections.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    options: Options,
}

impl Listener {
    /// Listens on `address`, `host:port`; port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// [`LinkError::Listen`] when the address cannot be had.
    pub async fn bind(address: &str, options: Options) -> Result<Self, LinkError> {
        let failed = |source| LinkError::Listen { address: address.to_owned(), source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, options })
    }

    /// Where it listens, with the port that was found for port 0.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves each connection in a task of its own until `stop` is ready, then waits for them as long as
    /// the grace allows. Dropping the future cuts every connection at once.
    ///
    /// Want of descriptors or memory makes it pause, not end: connections that close give them back.
    pub async fn serve<Handler, Serving>(
        self,
        stop: impl Future<Output = ()>,
        handler: Handler,
    ) -> Served
    where
        Handler: Fn(Stream, SocketAddr) -> Serving,
        Serving: Future<Output = ()> + Send + 'static,
    {
        let mut served = Served::default();
        let mut tasks = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(ended) = tasks.join_next() => served.count(&ended),
                accepted = self.socket.accept() => match opened(accepted) {
                    Ok(_) if tasks.len() >= self.options.connections => served.turned_away += 1,
                    Ok((stream, peer)) => {
                        served.accepted += 1;
                        tasks.spawn(handler(stream, peer));
                    }
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(_) => sleep(PAUSE).await,
                },
            }
        }
        // Closed first: nobody connects to a server that is about to go.
        drop(self.socket);
        let rest = async {
            while let Some(ended) = tasks.join_next().await {
                served.count(&ended);
            }
        };
        if timeout(self.options.grace, rest).await.is_err() {
            served.cut = tasks.len() as u64;
            tasks.shutdown().await;
        }
        served
    }
}

impl Served {
    fn count(&mut self, ended: &Result<(), JoinError>) {
        self.panicked += u64::from(ended.as_ref().is_err_and(JoinError::is_panic));
    }
}

fn opened(
    accepted: io::Result<(tokio::net::TcpStream, SocketAddr)>,
) -> io::Result<(Stream, SocketAddr)> {
    let (socket, peer) = accepted?;
    Ok((Stream::accepted(socket)?, peer))
}

/// A client that went away before it was accepted is no reason to pause.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;

    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::ConnectionRefused
            | Kind::Interrupted
            | Kind::InvalidInput
    )
}

/// Long enough for something to be given back, short enough for a client to wait.
const PAUSE: Duration = Duration::from_millis(50);
