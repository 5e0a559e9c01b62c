//! What the streams, the connection string and the capture promise.

mod blocking;
mod capture;
mod connection;
mod help;
#[cfg(feature = "tokio")]
mod listen;
#[cfg(feature = "tokio")]
mod stream;
