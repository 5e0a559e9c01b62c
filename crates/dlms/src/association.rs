//! The two ends of a conversation as state machines.
//!
//! Octets of the link go in, octets of the link and events come out; time and chance are arguments.
//! One rule: *after every call, drain `poll_output` until it says [`Output::Wait`]*.
//!
//! ```text
//!            request, handle_input, handle_timeout, handle_close
//!                                  │
//!                                  ▼
//!  Idle ─▶ AwaitingAare ─▶ Ready ⇄ AwaitingAnswer        Poisoned: nothing is looked at any more
//!   ▲                        │
//!   └──── AwaitingRlre ◀─────┘
//!                                  │
//!                                  ▼
//!                poll_output: Transmit · Event · Wait(until)
//! ```

mod carrier;
mod client;
pub mod error;
mod line;
mod options;
mod queue;
mod server;

pub use client::{Client, Delivery, Event, Negotiated, Request};
pub use options::{
    Access, Authentication, ClientAddress, HdlcOptions, HdlcServerOptions, Limits, LinkOptions,
    Options, Quirks, ServerAddress, ServerLink, ServerOptions, Unconfirmed,
};
pub use server::{Answer, AssociationId, CloseReason, Server, ServerEvent, ServerRequest};

use crate::time::Instant;

/// What a state machine wants next. `E` is [`Event`] or [`ServerEvent`].
#[derive(Debug)]
#[must_use = "what is not drained is not sent"]
pub enum Output<'a, E = Event> {
    /// Write these octets to the link.
    Transmit(&'a [u8]),
    /// Something has happened.
    Event(E),
    /// Nothing more now. Call `handle_timeout` at this instant unless input comes first; `None`:
    /// only input can change anything.
    Wait(Option<Instant>),
}
