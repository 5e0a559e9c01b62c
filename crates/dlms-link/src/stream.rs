//! A stream of octets for tokio: a TCP connection, or a pipe in memory.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::capture::{Capture, Opener, Tap};
use crate::connection::{Endpoint, Transport};
use crate::error::LinkError;
use crate::wait::{MOST_UNREAD_READS, share, timed_out};

/// A stream of octets to a peer.
///
/// [`Stream::read`] may be dropped at any moment and loses nothing. A write that is dropped may have
/// sent a part: such a stream is only good for [`Stream::close`].
#[derive(Debug)]
pub struct Stream {
    kind: Kind,
    opener: Opener,
    tap: Option<Tap>,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpStream),
    Memory(DuplexStream),
    Closed,
}

impl Stream {
    /// Connects to a meter.
    ///
    /// A name with several addresses is tried in the order of the system's resolver; each gets a fair
    /// share of the time that is left.
    ///
    /// # Errors
    ///
    /// [`LinkError`]: what stands in the way, after `deadline` at the latest.
    pub async fn connect(transport: &Transport, deadline: Instant) -> Result<Self, LinkError> {
        let endpoint = transport.tcp_endpoint()?;
        let start = Instant::now();
        let addresses = resolve(endpoint, start, deadline).await?;
        let mut failure = timed_out();
        for (index, address) in addresses.iter().enumerate() {
            let until = share(Instant::now(), deadline, addresses.len() - index);
            match timeout_at(until.into(), TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    let stream = Self::over(tcp, Opener::Us);
                    return stream
                        .map_err(|source| LinkError::Other { peer: endpoint.to_string(), source });
                }
                Ok(Err(error)) => failure = error,
                Err(_) => failure = timed_out(),
            }
        }
        Err(LinkError::connecting(endpoint, failure, start.elapsed()))
    }

    /// The server's end of a connection that a listener accepted.
    ///
    /// # Errors
    ///
    /// What the system says when the socket cannot be set up.
    pub fn accepted(tcp: TcpStream) -> io::Result<Self> {
        Self::over(tcp, Opener::Peer)
    }

    /// Both ends of a pipe in memory that holds `capacity` octets in each direction; the first is the
    /// one that connected.
    #[must_use]
    pub fn memory_pair(capacity: usize) -> (Self, Self) {
        let (near, far) = tokio::io::duplex(capacity.max(1));
        let end = |pipe, opener| Self { kind: Kind::Memory(pipe), opener, tap: None };
        (end(near, Opener::Us), end(far, Opener::Peer))
    }

    fn over(tcp: TcpStream, opener: Opener) -> io::Result<Self> {
        // A request is one small write that waits for its answer: holding it back only costs time.
        tcp.set_nodelay(true)?;
        Ok(Self { kind: Kind::Tcp(tcp), opener, tap: None })
    }

    /// Records everything that goes over the stream from now on; the file is written to as it goes.
    pub fn record(&mut self, capture: &Capture) {
        self.tap = Some(capture.tap(self.local_addr(), self.peer_addr(), self.opener));
    }

    /// The address of this end; a pipe in memory has none.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.kind {
            Kind::Tcp(tcp) => tcp.local_addr().ok(),
            Kind::Memory(_) | Kind::Closed => None,
        }
    }

    /// The address of the other end; a pipe in memory has none.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        match &self.kind {
            Kind::Tcp(tcp) => tcp.peer_addr().ok(),
            Kind::Memory(_) | Kind::Closed => None,
        }
    }

    /// Waits for octets and takes as many as there are and fit; 0 means that the peer sends no more,
    /// which in this protocol is the end of every association on the stream.
    ///
    /// # Errors
    ///
    /// What the system says, such as a reset by the peer.
    pub async fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.kind {
            Kind::Tcp(tcp) => tcp.read(octets).await?,
            Kind::Memory(pipe) => pipe.read(octets).await?,
            Kind::Closed => return Ok(0),
        };
        if let Some(tap) = &mut self.tap {
            tap.received(octets, count);
        }
        Ok(count)
    }

    /// As [`Stream::read`], until `deadline`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] at the deadline; otherwise as [`Stream::read`].
    pub async fn read_deadline(
        &mut self,
        octets: &mut [u8],
        deadline: Instant,
    ) -> io::Result<usize> {
        match timeout_at(deadline.into(), self.read(octets)).await {
            Ok(result) => result,
            Err(_) => Err(timed_out()),
        }
    }

    /// Sends all the octets.
    ///
    /// # Errors
    ///
    /// What the system says, such as a reset by the peer.
    pub async fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        match &mut self.kind {
            Kind::Tcp(tcp) => tcp.write_all(octets).await?,
            Kind::Memory(pipe) => pipe.write_all(octets).await?,
            Kind::Closed => return Err(io::ErrorKind::BrokenPipe.into()),
        }
        if let Some(tap) = &mut self.tap {
            tap.sent(octets);
        }
        Ok(())
    }

    /// As [`Stream::write_all`], until `deadline`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] at the deadline, when a part may have been sent; otherwise as
    /// [`Stream::write_all`].
    pub async fn write_all_deadline(&mut self, octets: &[u8], deadline: Instant) -> io::Result<()> {
        match timeout_at(deadline.into(), self.write_all(octets)).await {
            Ok(result) => result,
            Err(_) => Err(timed_out()),
        }
    }

    /// Ends the connection in both directions without waiting for the peer. Nothing can be read or
    /// written afterwards; closing again does nothing. A stream that is only dropped ends as well.
    ///
    /// Modems keep the old socket, and refuse the next, until they see the end of the stream: it is
    /// sent first, and octets that nobody read are thrown away, as they would turn it into a reset.
    ///
    /// # Errors
    ///
    /// What the system says; the connection is gone all the same.
    pub async fn close(&mut self) -> io::Result<()> {
        if let Some(mut tap) = self.tap.take() {
            tap.closed();
        }
        match std::mem::replace(&mut self.kind, Kind::Closed) {
            Kind::Closed => Ok(()),
            Kind::Memory(mut pipe) => pipe.shutdown().await,
            Kind::Tcp(mut tcp) => {
                match tcp.shutdown().await {
                    // The peer was faster.
                    Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(()),
                    other => other?,
                }
                let mut unread = [0; 1_024];
                for _ in 0..MOST_UNREAD_READS {
                    if !matches!(tcp.try_read(&mut unread), Ok(1..)) {
                        break;
                    }
                }
                Ok(())
            }
        }
    }
}

async fn resolve(
    endpoint: &Endpoint,
    start: Instant,
    deadline: Instant,
) -> Result<Vec<SocketAddr>, LinkError> {
    let asked = (endpoint.host.as_str(), endpoint.port);
    match timeout_at(deadline.into(), tokio::net::lookup_host(asked)).await {
        Ok(answer) => LinkError::resolved(endpoint, answer.map(Iterator::collect)),
        Err(_) => Err(LinkError::not_resolved(endpoint, start.elapsed())),
    }
}
