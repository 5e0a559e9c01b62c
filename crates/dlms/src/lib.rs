//! DLMS: how the octets move. Sans-IO: no sockets, no clock, no chance.
//!
//! ```text
//! octets ─link─▶ frames ─apdu─▶ APDUs ─association─▶ answers ─cosem─▶ values
//!   ◀──────────────────────── and the same way back ────────────────────────
//! ```
//!
//! The two state machines are [`association::Client`] and [`association::Server`]. Both have one way
//! in and one way out, and one rule: *after every call, drain `poll_output` until it says `Wait`*.

#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::todo,
        clippy::unimplemented
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod apdu;
pub mod association;
mod ber;
pub mod explain;
pub mod link;
pub mod security;
pub mod time;

pub use association::error;
