//! COSEM: what the values of a DLMS meter are and mean.
//!
//! The lower of two layers. This crate knows octets, values, codes, times and units, and nothing of
//! how they travel; the crate `dlms` moves them. `no_std` with `alloc`, no dependencies.
//!
//! ```text
//! octets ─bytes─▶ fields ─data─▶ values ─schema, class─▶ attributes with a name, a unit and a time
//! ```

#![no_std]
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

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod bytes;
pub mod class;
mod data;
mod obis;
pub mod schema;
mod time;
mod unit;

pub use class::{Attribute, InterfaceClass, Method};
pub use data::{
    BitStr, BitString, CompactArray, CompactArrayBuf, DEFAULT_DEPTH, Data, Encoded, Flat, Item,
    Items, Layout, MAX_DEPTH, Pieces, Tag, Token, Tokens, TypedPairs, Value, Walker,
};
pub use obis::{Dotted, Obis, ObisError};
pub use schema::{Array, CosemType, Schema, TypeMismatch, Utf8String, VisibleString};
pub use time::{Civil, ClockStatus, Date, DateTime, Time, days_in_month};
pub use unit::{Decimal, ScalerUnit, Unit};
