//! A stream with the desk on its other end, in the same thread, with a fault that the test chooses.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use dlms::association::Options;
use dlms_client::{Conversation, Stream};

use crate::desk::Desk;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    /// After so many octets of its answers the meter ends the connection.
    EndAfter(usize, Ending),
    /// After so many octets of the requests the meter ends the connection.
    DeafAfter(usize, Ending),
    /// After so many frames nothing comes any more.
    SilentAfter(usize),
    /// Every frame comes twice.
    Twice,
    /// Frames for somebody else come without end, and nothing else.
    Chatter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// In good order (FIN).
    Orderly,
    /// Torn (RST).
    Torn,
}

/// What was seen of the stream.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: usize,
    pub(crate) sent: usize,
    pub(crate) frames: usize,
    pub(crate) received: usize,
    pub(crate) closed: bool,
}

pub(crate) struct Rig {
    desk: Desk,
    fault: Fault,
    /// How many octets the next read gives at most.
    cut: Box<dyn FnMut() -> usize + Send>,
    coming: VecDeque<u8>,
    seen: Arc<Mutex<Seen>>,
}

impl Rig {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            desk: Desk::new(),
            fault,
            cut: Box::new(|| usize::MAX),
            coming: VecDeque::new(),
            seen: Arc::default(),
        }
    }

    /// Gives what comes in pieces of these sizes.
    pub(crate) fn cut(mut self, size: impl FnMut() -> usize + Send + 'static) -> Self {
        self.cut = Box::new(size);
        self
    }

    pub(crate) fn seen(&self) -> Arc<Mutex<Seen>> {
        Arc::clone(&self.seen)
    }

    pub(crate) fn conversation(self, options: Options) -> Conversation<Self> {
        Conversation::new(self, options)
    }

    fn note(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    fn ended(&self, ending: Ending) -> io::Result<usize> {
        match ending {
            Ending::Orderly => Ok(0),
            Ending::Torn => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

impl Stream for Rig {
    async fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> io::Result<usize> {
        let mut most = (self.cut)().clamp(1, buffer.len());
        match self.fault {
            Fault::EndAfter(octets, ending) => {
                most = most.min(octets - self.note().received);
                if most == 0 {
                    return self.ended(ending);
                }
            }
            Fault::DeafAfter(octets, ending) if self.note().sent >= octets => {
                return self.ended(ending);
            }
            // Who listens far beyond the deadline is let go.
            Fault::Chatter if Instant::now() > deadline + Duration::from_secs(2) => return Ok(0),
            Fault::Chatter => self.coming.extend([0, 1, 0, 9, 0, 9, 0, 3, 0xd8, 1, 1]),
            _ => {}
        }
        if self.coming.is_empty() {
            thread::sleep(deadline.saturating_duration_since(Instant::now()));
            return Err(io::ErrorKind::TimedOut.into());
        }
        let count = most.min(self.coming.len());
        for (place, octet) in buffer.iter_mut().zip(self.coming.drain(..count)) {
            *place = octet;
        }
        self.note().received += count;
        Ok(count)
    }

    async fn write_all(&mut self, octets: &[u8], _: Instant) -> io::Result<()> {
        let mut heard = octets.len();
        if let Fault::DeafAfter(octets, _) = self.fault {
            heard = heard.min(octets - self.note().sent);
        }
        self.note().requests += 1;
        self.note().sent += heard;
        for frame in self.desk.hear(&octets[..heard]) {
            self.note().frames += 1;
            match self.fault {
                Fault::SilentAfter(frames) if self.note().frames > frames => {}
                Fault::Chatter => {}
                Fault::Twice => self.coming.extend(frame.repeat(2)),
                _ => self.coming.extend(frame),
            }
        }
        if heard < octets.len() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }

    async fn close(self) {}
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.note().closed = true;
    }
}
