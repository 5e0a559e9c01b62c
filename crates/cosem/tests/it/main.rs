//! What cosem promises, seen from outside.

#[global_allocator]
static ALLOCATOR: counting_allocator::Counting = counting_allocator::Counting;

mod bytes;
mod class;
mod compact;
mod corpus;
mod data;
mod obis;
mod schema;
mod time;
mod unit;
