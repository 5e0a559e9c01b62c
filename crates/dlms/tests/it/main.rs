//! The tests of the crate from outside of it.

mod apdu;
mod chance;
mod client;
mod corpus;
mod explain;
mod explain_hdlc;
mod hdlc;
mod hdlc_client;
mod hdlc_faults;
mod hdlc_server;
mod late;
mod model;
mod octets;
mod round_trip;
mod server;
mod talk;
mod wrapper;
