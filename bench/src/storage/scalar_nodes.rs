//! A flat variant that lost: nodes of 16 octets that hold the decoded scalars.
//!
//! Reading a column needs no second look at the octets; the price is twice the nodes and the decoding of
//! scalars that nobody asks for. Strings stay where they lie in the octets, which are moved in.

use cosem::{
    MAX_DEPTH, Tag, Value, Walker,
    bytes::{Reader, Result},
};

/// A value in two vectors, scalars decoded.
#[derive(Clone, Debug)]
pub(crate) struct ScalarNodes {
    nodes: Vec<Node>,
    /// Needed for the strings; numbers lie in the nodes.
    #[cfg_attr(not(test), expect(dead_code, reason = "the profile's strings are not read"))]
    octets: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// A number's bits; of strings the offset in the upper and the length in the lower half; of arrays and
    /// structures the count.
    bits: u64,
    /// The place of the first node that is not inside this one.
    next: u32,
    tag: u8,
}

const _: () = assert!(size_of::<Node>() == 16);

impl ScalarNodes {
    pub(crate) fn decode(octets: Vec<u8>) -> Result<Self> {
        let mut r = Reader::new(&octets);
        let mut nodes: Vec<Node> = Vec::with_capacity(octets.len() / 4);
        let mut open = [0_usize; MAX_DEPTH];
        let mut walker = Walker::new();
        let mut depth = 0;
        while let Some(token) = walker.step(&mut r)? {
            let place = nodes.len();
            nodes.push(Node {
                bits: bits(&token.value, r.at()),
                next: place as u32 + 1,
                tag: token.value.tag().0,
            });
            let deeper = walker.depth();
            if deeper > depth {
                open[depth] = place;
            } else {
                for &opened in &open[deeper..depth] {
                    nodes[opened].next = place as u32 + 1;
                }
            }
            depth = deeper;
        }
        r.finish("data")?;
        Ok(Self { nodes, octets })
    }

    /// The octets of the string at a node; empty for a number.
    #[cfg(test)]
    fn string(&self, place: usize) -> &[u8] {
        let bits = self.nodes[place].bits;
        let (at, length) = ((bits >> 32) as usize, bits as u32 as usize);
        self.octets.get(at..at + length).unwrap_or_default()
    }

    /// The sum of the double-long-unsigned cells at `index` of all rows.
    pub(super) fn sum_of_cell(&self, index: usize) -> u64 {
        let mut sum = 0;
        let mut row = 1;
        while let Some(head) = self.nodes.get(row) {
            let mut cell = row + 1;
            for _ in 0..index {
                cell = self.nodes.get(cell).map_or(usize::MAX, |node| node.next as usize);
            }
            sum += self
                .nodes
                .get(cell)
                .filter(|node| node.tag == Tag::DOUBLE_LONG_UNSIGNED.0)
                .map_or(0, |node| node.bits);
            row = head.next as usize;
        }
        sum
    }
}

/// What a node keeps of a value that ends at `end`.
#[inline]
fn bits(value: &Value<'_>, end: usize) -> u64 {
    let place = |length: usize| ((end - length) as u64) << 32 | length as u64;
    match *value {
        Value::Array(count) | Value::Structure(count) => count as u64,
        Value::Boolean(value) => u64::from(value),
        Value::DoubleLong(value) | Value::DeltaDoubleLong(value) => i64::from(value) as u64,
        Value::DoubleLongUnsigned(value) | Value::DeltaDoubleLongUnsigned(value) => {
            u64::from(value)
        }
        Value::OctetString(octets) | Value::VisibleString(octets) | Value::Utf8String(octets) => {
            place(octets.len())
        }
        Value::BitString(bits) => place(bits.octets.len()),
        Value::Bcd(value)
        | Value::Unsigned(value)
        | Value::Enum(value)
        | Value::DeltaUnsigned(value) => u64::from(value),
        Value::Integer(value) | Value::DeltaInteger(value) => i64::from(value) as u64,
        Value::Long(value) | Value::DeltaLong(value) => i64::from(value) as u64,
        Value::LongUnsigned(value) | Value::DeltaLongUnsigned(value) => u64::from(value),
        Value::Long64(value) => value as u64,
        Value::Long64Unsigned(value) => value,
        Value::Float32(value) => u64::from(value.to_bits()),
        Value::Float64(value) => value.to_bits(),
        Value::DateTime(_) => place(12),
        Value::Date(_) => place(5),
        Value::Time(_) => place(4),
        Value::CompactArray(array) => place(array.contents().len()),
        Value::Null | Value::DontCare => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_found_where_they_lie() {
        let nodes = ScalarNodes::decode(vec![0x02, 2, 0x11, 7, 0x09, 3, 1, 2, 3]).unwrap();
        assert_eq!(nodes.string(2), [1, 2, 3]);
    }
}
