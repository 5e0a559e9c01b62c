//! The stream for plain threads: the same names as [`crate::stream`], and a deadline on every wait.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::capture::{Capture, Opener, Tap};
use crate::connection::{Endpoint, Transport};
use crate::error::LinkError;
use crate::wait::{MOST_UNREAD_READS, share, timed_out};

mod pipe;

use pipe::Pipe;

/// A stream of octets to a peer, for plain threads.
#[derive(Debug)]
pub struct Stream {
    kind: Kind,
    opener: Opener,
    tap: Option<Tap>,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpStream),
    Memory(Pipe),
    Closed,
}

impl Stream {
    /// Connects to a meter.
    ///
    /// A name with several addresses is tried in the order of the system's resolver; each gets a fair
    /// share of the time that is left. The system's resolver knows no deadline: a thread asks it, and
    /// is left behind when it answers too late.
    ///
    /// # Errors
    ///
    /// [`LinkError`]: what stands in the way, after `deadline` at the latest.
    pub fn connect(transport: &Transport, deadline: Instant) -> Result<Self, LinkError> {
        let endpoint = transport.tcp_endpoint()?;
        let start = Instant::now();
        let addresses = resolve(endpoint, start, deadline)?;
        let mut failure = timed_out();
        for (index, address) in addresses.iter().enumerate() {
            let now = Instant::now();
            let Some(left) = time_left(now, share(now, deadline, addresses.len() - index)) else {
                break;
            };
            match TcpStream::connect_timeout(address, left) {
                Ok(tcp) => {
                    let stream = Self::over(tcp, Opener::Us);
                    return stream
                        .map_err(|source| LinkError::Other { peer: endpoint.to_string(), source });
                }
                Err(error) => failure = error,
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
        let (near, far) = Pipe::pair(capacity);
        let end = |pipe, opener| Self { kind: Kind::Memory(pipe), opener, tap: None };
        (end(near, Opener::Us), end(far, Opener::Peer))
    }

    fn over(tcp: TcpStream, opener: Opener) -> io::Result<Self> {
        // A request is one small write that waits for its answer: holding it back only costs time.
        tcp.set_nodelay(true)?;
        // A listener may have handed its own mode on.
        tcp.set_nonblocking(false)?;
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

    /// Waits for octets until `deadline` and takes as many as there are and fit; 0 means that the peer
    /// sends no more, which in this protocol is the end of every association on the stream.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] at the deadline; otherwise what the system says.
    pub fn read_deadline(&mut self, octets: &mut [u8], deadline: Instant) -> io::Result<usize> {
        let count = match &mut self.kind {
            Kind::Closed => return Ok(0),
            Kind::Memory(pipe) => pipe.read(octets, deadline)?,
            Kind::Tcp(tcp) => retried(|| {
                tcp.set_read_timeout(Some(
                    time_left(Instant::now(), deadline).ok_or_else(timed_out)?,
                ))?;
                tcp.read(octets)
            })?,
        };
        if let Some(tap) = &mut self.tap {
            tap.received(octets, count);
        }
        Ok(count)
    }

    /// Sends all the octets, or gives up at `deadline`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] at the deadline, when a part may have been sent; otherwise what the
    /// system says.
    pub fn write_all_deadline(&mut self, octets: &[u8], deadline: Instant) -> io::Result<()> {
        let mut left = octets;
        while !left.is_empty() {
            let count = match &mut self.kind {
                Kind::Closed => return Err(io::ErrorKind::BrokenPipe.into()),
                Kind::Memory(pipe) => pipe.write(left, deadline)?,
                Kind::Tcp(tcp) => retried(|| {
                    tcp.set_write_timeout(Some(
                        time_left(Instant::now(), deadline).ok_or_else(timed_out)?,
                    ))?;
                    tcp.write(left)
                })?,
            };
            left = match left.get(count..) {
                Some(rest) if count > 0 => rest,
                _ => return Err(io::ErrorKind::WriteZero.into()),
            };
        }
        if let Some(tap) = &mut self.tap {
            tap.sent(octets);
        }
        Ok(())
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
    pub fn close(&mut self) -> io::Result<()> {
        if let Some(mut tap) = self.tap.take() {
            tap.closed();
        }
        match std::mem::replace(&mut self.kind, Kind::Closed) {
            // A pipe ends when it is dropped.
            Kind::Closed | Kind::Memory(_) => Ok(()),
            Kind::Tcp(mut tcp) => {
                match tcp.shutdown(Shutdown::Write) {
                    // The peer was faster.
                    Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(()),
                    other => other?,
                }
                tcp.set_nonblocking(true)?;
                let mut unread = [0; 1_024];
                for _ in 0..MOST_UNREAD_READS {
                    if !matches!(tcp.read(&mut unread), Ok(1..)) {
                        break;
                    }
                }
                Ok(())
            }
        }
    }
}

/// Tries again after a signal, and after a wait that the system ended early: `attempt` itself gives up
/// at its deadline.
fn retried(mut attempt: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match attempt() {
            // A socket time-out is `WouldBlock` on Unix, and `TimedOut`, as it should be, on Windows.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                ) => {}
            other => return other,
        }
    }
}

/// The time until `deadline`; `None` once it has passed. A socket takes no shorter time-out than a microsecond.
fn time_left(now: Instant, deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(now).filter(|left| *left >= Duration::from_micros(1))
}

fn resolve(
    endpoint: &Endpoint,
    start: Instant,
    deadline: Instant,
) -> Result<Vec<SocketAddr>, LinkError> {
    if let Ok(address) = endpoint.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, endpoint.port)]);
    }
    let (answer, answers) = mpsc::sync_channel(1);
    let asked = (endpoint.host.clone(), endpoint.port);
    let resolver = move || {
        let found = asked.to_socket_addrs().map(Iterator::collect);
        // Nobody listens any more when the deadline has passed.
        let _ = answer.send(found);
    };
    if let Err(source) = thread::Builder::new().name("dlms-resolve".to_owned()).spawn(resolver) {
        return LinkError::resolved(endpoint, Err(source));
    }
    match answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(answer) => LinkError::resolved(endpoint, answer),
        Err(_) => Err(LinkError::not_resolved(endpoint, start.elapsed())),
    }
}
