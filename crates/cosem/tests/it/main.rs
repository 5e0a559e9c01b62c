//! The tests of the crate from outside of it.

mod class;
mod schema;
