//! Tests of the client from outside of it, one binary.

mod blocking;
mod cuts;
mod desk;
mod errors;
mod meters;
mod own_link;
mod rig;
mod secrets;
mod silence;
mod story;
mod view;

#[cfg(feature = "tokio")]
mod dropped;
#[cfg(feature = "tokio")]
mod late;
#[cfg(feature = "tokio")]
mod reading;
#[cfg(feature = "tokio")]
mod rows;
