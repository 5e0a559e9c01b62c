//! The flat reading: one vector of nodes, one of octets. For profiles, object lists, anything large.

use alloc::vec::Vec;
use core::fmt;

use super::tree::Data;
use super::value::Value;
use super::walker::Walker;
use super::{Encoded, Tag};
use crate::bytes::{DecodeError, Problem, Reader, Result};

/// A value in two allocations, however many nodes it has; read like the tree.
///
/// A node is eight octets: where its own octets begin and which node follows behind all that it
/// holds. The octets are the encoded value itself, moved in, so scalars are read where they lie.
#[derive(Clone)]
pub struct Flat {
    nodes: Vec<Node>,
    octets: Encoded,
}

#[derive(Clone, Copy)]
struct Node {
    at: u32,
    /// The place of the first node that is not inside this one.
    next: u32,
}

impl Flat {
    /// Reads exactly one value and takes its octets over.
    ///
    /// # Errors
    /// See [`Walker::step`]; octets left over; more than 2^32 − 1 octets.
    pub fn decode(octets: Vec<u8>) -> Result<Self> {
        let nodes = index(&octets)?;
        Ok(Self { nodes, octets: Encoded::from_written(octets) })
    }

    pub(super) fn from_encoded(octets: Encoded) -> Self {
        // It has been read once, so it can be read again.
        let nodes = index(octets.as_octets()).unwrap_or_default();
        Self { nodes, octets }
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Item<'_> {
        Item { flat: self, place: 0 }
    }

    /// The octets as they came.
    #[must_use]
    pub const fn encoded(&self) -> &Encoded {
        &self.octets
    }

    /// How many values it holds, itself included.
    #[must_use]
    pub const fn nodes(&self) -> usize {
        self.nodes.len()
    }
}

/// The value as [`Data`] displays it.
impl fmt::Debug for Flat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flat({})", self.root().to_data())
    }
}

impl PartialEq for Flat {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

fn index(octets: &[u8]) -> Result<Vec<Node>> {
    let mut r = Reader::new(octets);
    if u32::try_from(octets.len()).is_err() {
        let problem = Problem::TooLarge { size: octets.len(), limit: u32::MAX as usize };
        return Err(r.error("data", problem));
    }
    // Values of profiles take five octets and more each, so this is rarely too small; it is never
    // more than two octets for each octet of input.
    let mut nodes: Vec<Node> = Vec::with_capacity(octets.len() / 4);
    let mut open: [u32; super::MAX_DEPTH] = [0; super::MAX_DEPTH];
    let mut walker = Walker::new();
    let mut depth = 0;
    loop {
        let at = r.at();
        if walker.step(&mut r)?.is_none() {
            break;
        }
        let place = nodes.len();
        nodes.push(Node { at: narrow(at), next: narrow(place + 1) });
        let deeper = walker.depth();
        if deeper > depth {
            open[depth] = narrow(place);
        } else {
            // Every array or structure that this value completes ends here.
            for opened in &open[deeper..depth] {
                nodes[*opened as usize].next = narrow(place + 1);
            }
        }
        depth = deeper;
    }
    r.finish("data")?;
    Ok(nodes)
}

/// Places and offsets never exceed the input's length, which is checked at the beginning.
#[inline]
const fn narrow(number: usize) -> u32 {
    number as u32
}

/// One value of a [`Flat`].
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    flat: &'a Flat,
    place: usize,
}

impl<'a> Item<'a> {
    /// The scalar, or the head of the array or structure.
    #[inline]
    #[must_use]
    pub fn value(&self) -> Value<'a> {
        let octets = self.flat.octets.as_octets();
        let at = self.flat.nodes.get(self.place).map_or(0, |node| node.at as usize);
        let mut r = Reader::new(octets.get(at..).unwrap_or_default());
        // It has been read once, so it can be read again.
        Value::read(&mut r).unwrap_or(Value::Null)
    }

    /// The value's type.
    #[must_use]
    pub fn tag(&self) -> Tag {
        self.value().tag()
    }

    /// The octets of the value and of all that it holds.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        let octets = self.flat.octets.as_octets();
        let Some(node) = self.flat.nodes.get(self.place) else {
            return &[];
        };
        let end = self.flat.nodes.get(node.next as usize).map_or(octets.len(), |n| n.at as usize);
        octets.get(node.at as usize..end).unwrap_or_default()
    }

    /// The elements of an array or structure, in order; none for a scalar.
    #[inline]
    #[must_use]
    pub fn items(&self) -> Items<'a> {
        let end = self.flat.nodes.get(self.place).map_or(self.place, |node| node.next as usize);
        Items { flat: self.flat, place: self.place + 1, end }
    }

    /// The element at `index`; `None` beyond the last.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<Self> {
        self.items().nth(index)
    }

    /// The value with all that it holds, as a tree.
    #[must_use]
    pub fn to_data(&self) -> Data {
        Data::decode(&mut Reader::new(self.octets())).unwrap_or_default()
    }
}

/// The elements of an array or structure.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    flat: &'a Flat,
    place: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        if self.place >= self.end {
            return None;
        }
        let item = Item { flat: self.flat, place: self.place };
        self.place = self.flat.nodes.get(self.place).map_or(self.end, |node| node.next as usize);
        Some(item)
    }
}

impl TryFrom<Vec<u8>> for Flat {
    type Error = DecodeError;

    fn try_from(octets: Vec<u8>) -> Result<Self> {
        Self::decode(octets)
    }
}
