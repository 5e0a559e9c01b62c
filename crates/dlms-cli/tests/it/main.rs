//! The command as its users run it: the built binary against a `dlms simulate` of its own, against
//! meters that misbehave, on a terminal.

#![cfg(unix)]

mod bad_input;
mod decode;
mod demo;
mod failures;
mod help;
mod interrupt;
mod misbehaving;
mod profile;
mod reading;
mod secrets;
mod simulate;
mod support;
mod terminal;
mod writing;
