//! A DLMS meter: objects with behaviour and rights, served to any number of clients, and a simulated
//! household meter made of them.
//!
//! ```text
//! octets ─serve─▶ requests ─Meter::handle─▶ gate (rights) ─▶ behaviour or slot ─▶ answers
//! ```
//!
//! A meter maker describes objects and rights with [`Meter::new`]; [`serve()`] does the rest.
//! [`simulation::residential`] is such a meter, with energy that follows from a
//! [model of consumption](load_model).

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

mod behaviour;
mod class;
mod device;
mod event;
pub mod load_model;
mod meter;
mod object;
mod profile;
mod rights;
mod rows;
mod selection;
mod serve;
pub mod simulation;
mod timekeeping;

pub use behaviour::{Behaviour, Context, Peer};
pub use device::LogicalDevice;
pub use event::EventCode;
pub use meter::{Meter, MeterBuilder};
pub use object::{BuildError, ObjectBuilder};
pub use profile::{Profile, ProfileStatus};
pub use rights::Access;
pub use selection::Column;
pub use serve::{ServeOptions, Serving, Statistics, TimeSource, serve, serve_with};
pub use timekeeping::ClockRules;
