//! Streams for both ends of a DLMS conversation, and the connection string that names a meter.
//!
//! The lowest layer that may touch a socket or a clock. It moves octets and knows nothing of frames or
//! APDUs: those are the crate `dlms`.
//!
//! | module | what it is |
//! |--------|------------|
//! | [`connection`] | `tcp://host:4059?client=16&server=1&…` and what it means |
//! | [`stream`] | a stream of octets for tokio: TCP, or a pipe in memory (feature `tokio`, on by default) |
//! | [`blocking`] | the same with plain threads; every wait has a deadline |
//! | [`listen`] | the accept loop of a server (feature `tokio`) |
//! | [`capture`] | a tap that writes what went over a stream as pcapng |
//!
//! # Platforms
//!
//! Linux is tested. Nothing here is particular to it but the file mode of a capture, which is set on
//! every Unix and left to the folder's rights elsewhere: Windows and macOS are kept possible and are
//! untested.

pub mod blocking;
pub mod capture;
pub mod connection;
mod error;
#[cfg(feature = "tokio")]
pub mod listen;
#[cfg(feature = "tokio")]
pub mod stream;
mod wait;

pub use connection::{Connection, ConnectionError, Endpoint, NotBuilt, Transport};
pub use error::{LinkError, Phase};
#[cfg(feature = "tokio")]
pub use stream::Stream;
