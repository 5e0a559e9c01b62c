//! A DLMS client, async and blocking from one source.
//!
#![cfg_attr(feature = "tokio", doc = "```no_run")]
#![cfg_attr(not(feature = "tokio"), doc = "```ignore")]
//! use cosem::{class::Register, obis};
//! use dlms_client::{Client, Credentials, RowSelection};
//!
//! # async fn read() -> dlms_client::Result<()> {
//! let reader = "tcp://10.0.0.7:4059?client=2&auth=low";
//! let mut meter = Client::connect(reader, Credentials::password("12345678")).await?;
//!
//! let import = Register::at(obis!("1-0:1.8.0"));
//! let (value, unit) = meter.get((import.value(), import.scaler_unit())).await?; // one round trip
//! println!("imported {:?} {}", unit.decimal(value.head()), unit.unit);
//!
//! let mut rows = meter.rows(obis!("1-0:99.1.0"), RowSelection::All)?;
//! while let Some(row) = rows.next().await? {
//!     println!("{row:?}"); // as soon as it is here
//! }
//! meter.close().await
//! # }
//! ```
//!
//! Without a runtime: `use dlms_client::blocking::Client` and delete every `.await`.
//!
//! ```text
//! Client ── every procedure, once ──▶ Link ── requests and events ──▶ state machine ──▶ Stream
//! blocking::Client ── polls it once ─┘
//! ```
//!
//! * [`Client`] and [`blocking::Client`]: an association, and what can be done in it.
//! * [`Connector`]: connecting with an [`Observer`] or a capture.
//! * [`Error`]: what was attempted, what came back ([`Cause`]) and what to try ([`Error::hint`]).
//! * [`Link`], [`Conversation`], [`Stream`]: for those who bring their own sockets.
//!
//! Every wait has a deadline, the `timeout` of the connection string. What comes later is not
//! believed: an answer does not say what it answers. So after a time-out, and when a future is
//! dropped that waits, the connection is closed, and the next call says so.

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
