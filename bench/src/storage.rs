//! The ways to keep a value: decode a profile, then sum up one column of it.
//!
//! Three are the project's own (`Data`, `Flat`, `Tokens`); the other two are carried here, the one as the
//! yardstick of the tree, the other because it lost.

mod bare_tree;
mod scalar_nodes;

use std::hint::black_box;

use cosem::{Data, Flat, Item, Tokens, Value, bytes::Reader};

pub(crate) use self::{bare_tree::Bare, scalar_nodes::ScalarNodes};
use crate::profile::COLUMN;

/// The place of the column among a row's cells, behind clock and status.
const CELL: usize = 2 + COLUMN;

/// A way to keep a value. Every input is good, so a refusal is a fault of the measurement and ends it.
pub(crate) trait Storage: Sized {
    /// Takes the received octets over.
    fn decode(octets: Vec<u8>) -> Self;

    /// The sum of one column over all rows: a typical reading.
    fn column(&self) -> u64;

    /// From the octets to the sum, with nothing left behind.
    fn life(octets: Vec<u8>) -> u64 {
        black_box(Self::decode(octets)).column()
    }
}

impl Storage for Data {
    fn decode(octets: Vec<u8>) -> Self {
        Self::decode(&mut Reader::new(&octets)).expect("the profile is well formed")
    }

    fn column(&self) -> u64 {
        let cell = |row: &Self| match row.elements().get(CELL) {
            Some(Self::DoubleLongUnsigned(value)) => u64::from(*value),
            _ => 0,
        };
        self.elements().iter().map(cell).sum()
    }
}

impl Storage for Bare {
    fn decode(octets: Vec<u8>) -> Self {
        Self::decode(&octets).expect("the profile is well formed")
    }

    fn column(&self) -> u64 {
        let cell = |row: &Self| match row.elements().get(CELL) {
            Some(Self::DoubleLongUnsigned(value)) => u64::from(*value),
            _ => 0,
        };
        self.elements().iter().map(cell).sum()
    }
}

impl Storage for Flat {
    fn decode(octets: Vec<u8>) -> Self {
        Self::decode(octets).expect("the profile is well formed")
    }

    fn column(&self) -> u64 {
        let cell = |row: Item<'_>| match row.item(CELL).map(|item| item.value()) {
            Some(Value::DoubleLongUnsigned(value)) => u64::from(value),
            _ => 0,
        };
        self.root().items().map(cell).sum()
    }
}

impl Storage for ScalarNodes {
    fn decode(octets: Vec<u8>) -> Self {
        Self::decode(octets).expect("the profile is well formed")
    }

    fn column(&self) -> u64 {
        self.sum_of_cell(CELL)
    }
}

/// The octets as they came, read again each time.
pub(crate) struct Borrowed {
    octets: Vec<u8>,
    /// Of all registers, so that the first reading is not optimized away.
    #[expect(dead_code, reason = "only its being computed matters")]
    sum: u64,
}

impl Storage for Borrowed {
    fn decode(octets: Vec<u8>) -> Self {
        let mut sum = 0;
        for token in Tokens::new(&octets) {
            let token = token.expect("the profile is well formed");
            if let Value::DoubleLongUnsigned(value) = token.value {
                sum += u64::from(value);
            }
        }
        Self { octets, sum }
    }

    fn column(&self) -> u64 {
        let (mut sum, mut cell) = (0, 0);
        for token in Tokens::new(&self.octets) {
            let token = token.expect("the profile is well formed");
            cell = if token.depth == 2 { cell + 1 } else { 0 };
            if let Value::DoubleLongUnsigned(value) = token.value
                && cell == CELL + 1
            {
                sum += u64::from(value);
            }
        }
        sum
    }

    fn life(octets: Vec<u8>) -> u64 {
        Self { octets, sum: 0 }.column()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    #[test]
    fn every_way_of_keeping_a_profile_yields_the_same_sum() {
        let sums = [
            Data::life(profile::octets()),
            Bare::life(profile::octets()),
            Flat::life(profile::octets()),
            ScalarNodes::life(profile::octets()),
            Borrowed::life(profile::octets()),
        ];
        assert_eq!(sums, [profile::sum(); 5]);
    }
}
