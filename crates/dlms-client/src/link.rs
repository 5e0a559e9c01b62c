//! How a client reaches its meter: a request goes out, what happened comes back.

use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::time::{Duration, Instant};

use dlms::association::{Client as Machine, Event, Negotiated, Options, Output, Request};
use dlms::error::Misuse;
use dlms::time::Instant as MachineInstant;

use crate::error::Cause;

/// Carries requests to a meter and answers back.
///
/// The only thing that [`Client`](crate::Client) knows of sockets, so whoever brings another link
/// (a simulation, a queue of actions) gets every procedure.
pub trait Link: Send {
    /// Sends a request and waits for the event that answers it: never [`Event::Progress`],
    /// [`Event::Stray`] or [`Event::Failed`].
    ///
    /// The future may be dropped before it is ready. The answer that comes all the same must then
    /// never be taken for that to another request: a [`Conversation`] closes its stream, and every
    /// later request fails with [`Cause::Abandoned`].
    fn exchange(&mut self, request: Request) -> impl Future<Output = Result<Event, Cause>> + Send;

    /// Ends the link; nothing can be asked for afterwards.
    fn close(&mut self) -> impl Future<Output = ()> + Send;

    /// What was agreed, while there is an association.
    fn negotiated(&self) -> Option<Negotiated>;
}

/// A stream of octets of which each wait ends at a deadline.
pub trait Stream: Send + Sized {
    /// Reads what has come, at least one octet; 0: the other end has closed.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] when nothing came until `deadline`.
    fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> impl Future<Output = io::Result<usize>> + Send;

    /// Writes everything.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] when the other end did not take it until `deadline`.
    fn write_all(
        &mut self,
        octets: &[u8],
        deadline: Instant,
    ) -> impl Future<Output = io::Result<()>> + Send;

    /// Says that nothing more follows and closes.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Sees what goes over the link and how far a long answer has come.
pub trait Observer: Send {
    /// These octets were written.
    fn sent(&mut self, _octets: &[u8]) {}
    /// These octets were read.
    fn received(&mut self, _octets: &[u8]) {}
    /// So many octets of a long answer are there.
    fn progress(&mut self, _octets: usize) {}
    /// A message came that answers nothing.
    fn stray(&mut self, _what: &str) {}
    /// The message that came last does not keep to the standard and was read all the same.
    fn deviation(&mut self, _what: &str) {}
}

/// The state machine of an association over a stream.
///
/// The stream is closed as soon as it is of no more use: after a time-out, after octets that are no
/// frame, and when a future that waits for an answer is dropped.
pub struct Conversation<S> {
    machine: Machine,
    line: Line<S>,
    origin: Instant,
    timeout: Duration,
    observer: Option<Box<dyn Observer>>,
    /// Octets of the answer under way that have been handed over in parts.
    in_parts: usize,
}

enum Line<S> {
    Open(S),
    Closed,
    /// Closed because a future was dropped while it waited.
    Abandoned,
}

impl<S: Stream> Conversation<S> {
    /// A conversation that has not begun, over a stream that is open.
    #[must_use]
    pub fn new(stream: S, options: Options) -> Self {
        Self {
            timeout: options.timeout,
            machine: Machine::new(options),
            line: Line::Open(stream),
            origin: Instant::now(),
            observer: None,
            in_parts: 0,
        }
    }

    /// Shows `observer` everything from now on.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observer = Some(observer);
    }

    /// How long each answer may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    fn now(&self) -> MachineInstant {
        MachineInstant::from_origin(self.origin.elapsed())
    }

    /// Does what the machine wants until it reports what has happened.
    async fn pump(&mut self) -> Result<Event, Cause> {
        let mut buffer = [0; 4_096];
        loop {
            let origin = self.origin;
            let Line::Open(stream) = &mut self.line else { return Err(Cause::Abandoned) };
            match self.machine.poll_output() {
                Output::Transmit(octets) => {
                    let written = stream.write_all(octets, Instant::now() + self.timeout).await;
                    if let (Ok(()), Some(observer)) = (&written, &mut self.observer) {
                        observer.sent(octets);
                    }
                    self.handle_written(&written);
                }
                Output::Event(event) => {
                    if let Some(event) = self.notice(event)? {
                        return Ok(event);
                    }
                }
                Output::Wait(None) => return Err(Cause::Request(Misuse::Poisoned)),
                Output::Wait(Some(until)) => {
                    let deadline = origin + until.since_origin();
                    let read = stream.read(&mut buffer, deadline).await;
                    self.handle_read(read, &buffer);
                }
            }
        }
    }

    fn handle_written(&mut self, written: &io::Result<()>) {
        match written {
            Ok(()) => {}
            // The machine's deadline was set before that of the write, so it has passed too.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                self.machine.handle_timeout(self.now());
            }
            Err(_) => self.machine.handle_close(),
        }
    }

    fn handle_read(&mut self, read: io::Result<usize>, buffer: &[u8]) {
        let now = self.now();
        match read.map(|count| buffer.get(..count).unwrap_or_default()) {
            Ok(octets @ [_, ..]) => {
                if let Some(observer) = &mut self.observer {
                    observer.received(octets);
                }
                self.machine.handle_input(octets, now);
                // A peer that never stops sending what was not asked for must not keep us waiting.
                self.machine.handle_timeout(now);
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                self.machine.handle_timeout(now);
            }
            Ok(_) | Err(_) => self.machine.handle_close(),
        }
    }

    /// Sorts out what answers nothing.
    fn notice(&mut self, event: Event) -> Result<Option<Event>, Cause> {
        match event {
            Event::Failed(error) => Err(Cause::from_conversation(error, self.timeout)),
            Event::Progress { octets } => {
                if let Some(observer) = &mut self.observer {
                    observer.progress(octets);
                }
                Ok(None)
            }
            Event::Stray(what) => {
                if let Some(observer) = &mut self.observer {
                    observer.stray(what);
                }
                Ok(None)
            }
            Event::Deviation(_) => {
                if let Some(observer) = &mut self.observer {
                    observer.deviation("a length field longer than needed");
                }
                Ok(None)
            }
            Event::Part { ref octets, last } => {
                self.in_parts += octets.len();
                if let Some(observer) = &mut self.observer {
                    observer.progress(self.in_parts);
                }
                if last {
                    self.in_parts = 0;
                }
                Ok(Some(event))
            }
            event => Ok(Some(event)),
        }
    }
}

impl<S: Stream> Link for Conversation<S> {
    async fn exchange(&mut self, request: Request) -> Result<Event, Cause> {
        if matches!(self.line, Line::Abandoned) {
            return Err(Cause::Abandoned);
        }
        let now = self.now();
        if !matches!(request, Request::NextPart) {
            self.in_parts = 0;
        }
        self.machine.request(request, now).map_err(Cause::Request)?;
        let mut guard = Guard { conversation: self, answered: false };
        let outcome = guard.conversation.pump().await;
        guard.answered = true;
        drop(guard);
        if !self.machine.is_usable() {
            self.close().await;
        }
        outcome
    }

    async fn close(&mut self) {
        if let Line::Open(stream) = mem::replace(&mut self.line, Line::Closed) {
            stream.close().await;
        }
        self.machine.handle_close();
    }

    fn negotiated(&self) -> Option<Negotiated> {
        self.machine.negotiated()
    }
}

/// Without what was said: there may be a password in it.
impl<S> fmt::Debug for Conversation<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match &self.line {
            Line::Open(_) => "open",
            Line::Closed => "closed",
            Line::Abandoned => "abandoned",
        };
        f.debug_struct("Conversation")
            .field("line", &line)
            .field("negotiated", &self.machine.negotiated())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Closes the link when the future that waits for an answer is dropped: the answer would come all
/// the same and could be taken for the answer to something else.
struct Guard<'a, S> {
    conversation: &'a mut Conversation<S>,
    answered: bool,
}

impl<S> Drop for Guard<'_, S> {
    fn drop(&mut self) {
        if !self.answered {
            self.conversation.line = Line::Abandoned;
            self.conversation.machine.handle_close();
        }
    }
}
