//! What both forms of the stream say about time.

use std::io;
use std::time::Instant;

/// The deadline of one of `left` attempts that share the time until `deadline`: an address that does
/// not answer must not use up the time of the next one.
pub(crate) fn share(now: Instant, deadline: Instant, left: usize) -> Instant {
    let shares = u32::try_from(left).unwrap_or(u32::MAX).max(1);
    now + deadline.saturating_duration_since(now) / shares
}

/// The error of a wait that reached its deadline.
pub(crate) fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the deadline passed")
}

/// How often unread octets are fetched before a close: a peer that never stops sending must not keep
/// us from it.
pub(crate) const MOST_UNREAD_READS: usize = 64;
