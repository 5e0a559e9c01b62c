//! A DLMS client, async and blocking from one source.
//!
//! ```text
//! Client ── every procedure, once ──▶ Link ── requests and events ──▶ state machine ──▶ Stream
//! blocking::Client ── polls it once ─┘
//! ```

mod client;
mod connect;
mod error;
#[cfg(feature = "files")]
mod keys;
mod link;
mod rows;
mod targets;
mod view;

pub mod blocking;

pub use client::{Client, ReadResult};
pub use connect::{Connector, Credentials, options, password_is_readable};
pub use error::{Cause, Error, Result};
#[cfg(feature = "files")]
pub use keys::{KeyFile, KeyFileError, Keys};
pub use link::{Conversation, Link, Observer, Stream};
pub use rows::{RowSelection, Rows};
pub use targets::Targets;
pub use view::{AccessRight, ObjectEntry};
