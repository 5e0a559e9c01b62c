//! A meter on the network: TCP, any number of clients at once.
//!
//! Each connection has its own [`Server`] machine and its own task; the meter is locked for one
//! request at a time and never while octets are sent or awaited, so that a slow or dead client holds
//! up nobody. A panic ends the connection that caused it and is counted; the others go on.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use dlms::association::{Output, Server, ServerEvent};
use dlms::time::Instant;
use dlms_link::listen::{self, Listener};
use dlms_link::{LinkError, Stream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::behaviour::Peer;
use crate::meter::Meter;

/// Serves a meter on a TCP address, `host:port`, until the [`Serving`] is stopped or dropped. Port 0
/// takes any free port; [`Serving::address`] says which.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(address: &str, meter: Meter) -> Result<Serving, LinkError> {
    serve_with(address, meter, ServeOptions::default()).await
}

/// Serves a meter with other options than the default ones.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve_with(
    address: &str,
    meter: Meter,
    options: ServeOptions,
) -> Result<Serving, LinkError> {
    let limits = listen::Options { connections: options.connections, ..Default::default() };
    let listener = Listener::bind(address, limits).await?;
    let address = listener.local_addr();
    let shared = Arc::new(Shared {
        meter: Mutex::new(meter),
        options,
        started: std::time::Instant::now(),
        counters: Counters::default(),
    });
    // What has to be captured of the time before is captured before the first client comes.
    shared.advance();
    let (stop, stopped) = watch::channel(());
    let task = tokio::spawn(run(listener, Arc::clone(&shared), stopped));
    Ok(Serving { address, shared, stop, task })
}

/// How a meter is served.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The meter's physical time.
    pub time: TimeSource,
    /// The most connections at once; more are closed as soon as they are opened.
    pub connections: usize,
    /// How long a client may take to accept what is sent to it.
    pub write_timeout: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            time: TimeSource::system(),
            connections: 1_024,
            write_timeout: Duration::from_secs(30),
        }
    }
}

/// Physical time for a meter: seconds since 1970-01-01 00:00:00 UTC that never go back.
#[derive(Clone, Debug)]
pub struct TimeSource {
    origin: Duration,
    /// `None`: only [`TimeSource::advance`] moves it.
    started: Option<std::time::Instant>,
    advanced: Arc<AtomicU64>,
}

impl TimeSource {
    /// The time of this computer, read once; from there on it runs monotonically.
    #[must_use]
    pub fn system() -> Self {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self::running(since_1970.unwrap_or_default())
    }

    /// A time that runs from this second of UTC on.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        Self::running(Duration::from_secs(seconds))
    }

    /// A time that stands at this second of UTC until it is [advanced](Self::advance).
    #[must_use]
    pub fn stopped(seconds: u64) -> Self {
        Self { started: None, ..Self::from_unix(seconds) }
    }

    fn running(origin: Duration) -> Self {
        Self { origin, started: Some(std::time::Instant::now()), advanced: Arc::default() }
    }

    /// Jumps ahead, in this source and every clone of it.
    pub fn advance(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.advanced.fetch_add(micros, Ordering::Relaxed);
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        let running = self.started.map_or(Duration::ZERO, |started| started.elapsed());
        let advanced = Duration::from_micros(self.advanced.load(Ordering::Relaxed));
        Instant::from_origin(self.origin + running + advanced)
    }
}

/// A meter that is being served. Dropping it stops the listener and ends all connections.
#[derive(Debug)]
#[must_use = "a meter that is served stops when this is dropped"]
pub struct Serving {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// What has happened since a meter is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Connections that were accepted and not turned away.
    pub connections: u64,
    /// Requests that were answered.
    pub requests: u64,
    /// `BUG`: panics of our own, and of the behaviours of objects. Each has ended at most the
    /// connection that caused it.
    pub bugs: u64,
}

impl Serving {
    /// Where the meter listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The meter's physical time.
    #[must_use]
    pub fn time(&self) -> &TimeSource {
        &self.shared.options.time
    }

    /// What has happened so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.shared.counters;
        Statistics {
            connections: read(&counters.connections),
            requests: read(&counters.requests),
            bugs: read(&counters.bugs),
        }
    }

    /// Stops listening, ends all connections, and returns when that is done.
    pub async fn stop(self) {
        let Self { stop, task, .. } = self;
        drop(stop);
        // The task catches what its connections do; it has no way to fail of its own.
        let _ = task.await;
    }

    /// Serves for as long as the program runs.
    pub async fn forever(self) {
        let Self { stop, task, .. } = self;
        let _ = task.await;
        drop(stop);
    }
}

#[derive(Debug)]
struct Shared {
    meter: Mutex<Meter>,
    options: ServeOptions,
    /// The origin of the time that the connections' machines see.
    started: std::time::Instant,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    connections: AtomicU64,
    requests: AtomicU64,
    bugs: AtomicU64,
}

impl Shared {
    /// The meter; also after a panic while it was locked: a request changes one object, and the
    /// others are as good as before.
    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of the connections' machines, which no jump of the meter's time touches.
    fn now(&self) -> Instant {
        Instant::from_origin(self.started.elapsed())
    }

    /// Captures what is due. A behaviour that panics is counted and must not end the service.
    fn advance(&self) {
        let advance = || self.meter().advance(self.options.time.now());
        if catch_unwind(AssertUnwindSafe(advance)).is_err() {
            count(&self.counters.bugs);
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

async fn run(listener: Listener, shared: Arc<Shared>, mut stopped: watch::Receiver<()>) {
    let ticker = async {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            shared.advance();
        }
    };
    // An error says that the other end was dropped: that is the signal.
    let stop = async { drop(stopped.changed().await) };
    let serve = listener.serve(stop, |stream, _| {
        count(&shared.counters.connections);
        Connection::new(Arc::clone(&shared)).serve(stream)
    });
    tokio::select! {
        _ = serve => {}
        () = ticker => {}
    }
}

/// How often a meter that nobody asks captures what is due.
const TICK: Duration = Duration::from_secs(1);

/// The connection is of no more use.
struct Ended;

/// One connection, and the associations on it.
struct Connection {
    shared: Arc<Shared>,
    open: Vec<Peer>,
}

impl Connection {
    const fn new(shared: Arc<Shared>) -> Self {
        Self { shared, open: Vec::new() }
    }

    async fn serve(mut self, mut stream: Stream) {
        let options = self.shared.meter().server_options().clone();
        let mut machine = Server::new(options, self.shared.now());
        let mut input = [0; 4_096];
        while let Ok(until) = self.drain(&mut machine, &mut stream).await {
            let quiet = until.map_or(FOREVER, |until| until - self.shared.now());
            tokio::select! {
                read = stream.read(&mut input) => match read {
                    Ok(count @ 1..) => {
                        let octets = input.get(..count).unwrap_or_default();
                        machine.handle_input(octets, self.shared.now());
                    }
                    Ok(0) | Err(_) => break,
                },
                () = tokio::time::sleep(quiet) => machine.handle_timeout(self.shared.now()),
            }
        }
        // Whatever the peer makes of it, the connection is gone.
        let _ = stream.close().await;
    }

    /// Does what the machine wants until it wants to wait. An `Err` ends the connection.
    async fn drain(
        &mut self,
        machine: &mut Server,
        stream: &mut Stream,
    ) -> Result<Option<Instant>, Ended> {
        loop {
            match machine.poll_output() {
                Output::Transmit(octets) => {
                    let limit = self.shared.options.write_timeout;
                    let deadline = std::time::Instant::now() + limit;
                    let written = stream.write_all_deadline(octets, deadline).await;
                    written.map_err(|_| Ended)?;
                }
                Output::Event(ServerEvent::Close(_)) => return Err(Ended),
                Output::Event(event) => self.handle(event, machine),
                Output::Wait(until) => return Ok(until),
            }
        }
    }

    fn handle(&mut self, event: ServerEvent, machine: &mut Server) {
        let now = self.shared.options.time.now();
        let mut meter = self.shared.meter();
        match event {
            ServerEvent::Associated {
                association,
                mechanism,
                conformance,
                client_max_receive_pdu_size,
            } => {
                let server_max_receive_pdu_size =
                    meter.server_options().server_max_receive_pdu_size;
                let peer = Peer {
                    association,
                    mechanism,
                    conformance,
                    client_max_receive_pdu_size,
                    server_max_receive_pdu_size,
                };
                meter.opened(peer, now);
                self.open.push(peer);
            }
            ServerEvent::Request { association, request } => {
                let peer = self.open.iter().find(|peer| peer.association == association);
                if let Some(peer) = peer {
                    let answer = meter.handle(peer, request, now);
                    machine.answer(association, answer);
                    count(&self.shared.counters.requests);
                }
            }
            ServerEvent::Released { association } => {
                let place = self.open.iter().position(|peer| peer.association == association);
                if let Some(place) = place {
                    self.open.swap_remove(place);
                    meter.closed(association);
                }
            }
            ServerEvent::Refused { association, .. } => meter.refused(association, now),
            _ => {}
        }
    }
}

/// However a connection ends, its associations end with it.
impl Drop for Connection {
    fn drop(&mut self) {
        if std::thread::panicking() {
            count(&self.shared.counters.bugs);
        }
        let mut meter = self.shared.meter();
        self.open.iter().for_each(|peer| meter.closed(peer.association));
    }
}

/// For a machine that waits for input only.
const FOREVER: Duration = Duration::from_secs(86_400);
