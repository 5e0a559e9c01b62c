//! The octets of one value, kept as they came.

use alloc::vec::Vec;

use super::flat::Flat;
use super::tree::Data;
use super::walker::{Tokens, Walker};
use crate::bytes::{DecodeError, Reader, Result, Writer};

/// The octets of exactly one value. That it exists means that the decoder has read it without an
/// error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded(Vec<u8>);

impl Encoded {
    /// Reads one value and keeps its octets; what follows it stays with the reader.
    ///
    /// # Errors
    /// See [`Walker::step`].
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let from = r.at();
        let mut walker = Walker::new();
        while walker.step(r)?.is_some() {}
        Ok(Self(r.since(from).to_vec()))
    }

    /// Writes the octets.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.octets(&self.0);
    }

    /// The octets of a value that this crate has written.
    pub(super) const fn from_written(octets: Vec<u8>) -> Self {
        Self(octets)
    }

    /// The octets.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.0
    }

    /// The octets.
    #[must_use]
    pub fn into_octets(self) -> Vec<u8> {
        self.0
    }

    /// The borrowed reading.
    #[must_use]
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens::new(&self.0)
    }

    /// The flat reading.
    #[must_use]
    pub fn to_flat(&self) -> Flat {
        Flat::from_encoded(self.clone())
    }

    /// The flat reading; takes the octets over.
    #[must_use]
    pub fn into_flat(self) -> Flat {
        Flat::from_encoded(self)
    }

    /// The tree.
    #[must_use]
    pub fn to_data(&self) -> Data {
        // It has been read once, so it can be read again.
        Data::decode(&mut Reader::new(&self.0)).unwrap_or_default()
    }
}

/// Exactly one value: octets left over are an error.
impl TryFrom<Vec<u8>> for Encoded {
    type Error = DecodeError;

    fn try_from(octets: Vec<u8>) -> Result<Self> {
        let mut r = Reader::new(&octets);
        let mut walker = Walker::new();
        while walker.step(&mut r)?.is_some() {}
        r.finish("data")?;
        Ok(Self(octets))
    }
}

impl From<&Data> for Encoded {
    fn from(data: &Data) -> Self {
        data.to_encoded()
    }
}

impl From<Data> for Encoded {
    fn from(data: Data) -> Self {
        data.to_encoded()
    }
}
