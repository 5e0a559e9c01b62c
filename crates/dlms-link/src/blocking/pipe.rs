//! A pipe in memory with two ends, for threads.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::wait::timed_out;

/// One end of a pipe.
#[derive(Debug)]
pub(super) struct Pipe {
    incoming: Arc<Lane>,
    outgoing: Arc<Lane>,
}

/// One direction.
#[derive(Debug)]
struct Lane {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    octets: VecDeque<u8>,
    closed: bool,
}

impl Pipe {
    pub(super) fn pair(capacity: usize) -> (Self, Self) {
        let lane = || {
            Arc::new(Lane {
                state: Mutex::default(),
                changed: Condvar::new(),
                capacity: capacity.max(1),
            })
        };
        let (there, back) = (lane(), lane());
        let near = Self { incoming: Arc::clone(&back), outgoing: Arc::clone(&there) };
        (near, Self { incoming: there, outgoing: back })
    }

    pub(super) fn read(&self, octets: &mut [u8], deadline: Instant) -> io::Result<usize> {
        if octets.is_empty() {
            return Ok(0);
        }
        let mut state =
            self.incoming.wait(deadline, |state| !state.octets.is_empty() || state.closed)?;
        let count = state.octets.read(octets)?;
        self.incoming.changed.notify_all();
        Ok(count)
    }

    pub(super) fn write(&self, octets: &[u8], deadline: Instant) -> io::Result<usize> {
        let lane = &self.outgoing;
        let mut state =
            lane.wait(deadline, |state| state.octets.len() < lane.capacity || state.closed)?;
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = octets.len().min(lane.capacity - state.octets.len());
        state.octets.extend(octets.iter().take(count));
        lane.changed.notify_all();
        Ok(count)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        for lane in [&self.incoming, &self.outgoing] {
            lane.lock().closed = true;
            lane.changed.notify_all();
        }
    }
}

impl Lane {
    /// A thread that panicked between two octets leaves no half state behind.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(
        &self,
        deadline: Instant,
        ready: impl Fn(&State) -> bool,
    ) -> io::Result<MutexGuard<'_, State>> {
        let left = deadline.saturating_duration_since(Instant::now());
        let (state, wait) = self
            .changed
            .wait_timeout_while(self.lock(), left, |state| !ready(state))
            .unwrap_or_else(PoisonError::into_inner);
        if wait.timed_out() { Err(timed_out()) } else { Ok(state) }
    }
}
