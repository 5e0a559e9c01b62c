//! The tests of the crate from outside of it.

mod apdu;
mod corpus;
mod explain;
mod layering;
mod octets;
mod round_trip;
mod wrapper;
mod client;
mod server;
mod talk;
