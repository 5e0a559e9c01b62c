//! The rows of a profile: encoded once when they are captured, kept in one ring of octets.
//!
//! A row of clock, status and two registers takes 28 octets and 4 for its length: 90 days of
//! quarters of an hour are 276 kB, and no tree of values is ever built for them.

use std::collections::VecDeque;

use cosem::bytes::{Reader, Writer};
use cosem::{Encoded, Tag, Walker};
use dlms::apdu::DataAccessResult;

use crate::selection::{Chosen, Which};

/// The newest `capacity` rows, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    octets: VecDeque<u8>,
    lengths: VecDeque<u32>,
    capacity: usize,
}

impl Rows {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { octets: VecDeque::new(), lengths: VecDeque::new(), capacity }
    }

    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.lengths.clear();
    }

    /// Appends a row of these values; the oldest makes room.
    pub(crate) fn push(&mut self, values: &[Encoded]) {
        let mut row = Vec::with_capacity(32);
        let mut w = Writer::new(&mut row);
        w.u8(Tag::STRUCTURE.0);
        w.length(values.len());
        for value in values {
            value.encode(&mut w);
        }
        while self.lengths.len() >= self.capacity {
            let Some(oldest) = self.lengths.pop_front() else { return };
            self.octets.drain(..oldest as usize);
        }
        // A row is a handful of attribute values, far below 4 GiB.
        self.lengths.push_back(row.len() as u32);
        self.octets.extend(row);
    }

    /// The octets of every row, oldest first.
    pub(crate) fn iter(&mut self) -> impl Iterator<Item = &[u8]> {
        let mut rest: &[u8] = self.octets.make_contiguous();
        self.lengths.iter().map(move |length| {
            let (row, behind) = rest.split_at_checked(*length as usize).unwrap_or((rest, &[]));
            rest = behind;
            row
        })
    }

    /// The buffer attribute: an array of the chosen rows, each a structure of the chosen columns.
    pub(crate) fn select(&mut self, chosen: &Chosen) -> Result<Encoded, DataAccessResult> {
        let mut body = Vec::new();
        let mut count = 0_usize;
        let columns = chosen.columns.as_deref();
        let mut take = |row: &[u8]| {
            count += 1;
            write_columns(row, columns, &mut body);
        };
        match &chosen.which {
            Which::All => self.iter().for_each(take),
            Which::Entries { from, to } => {
                self.iter().take(*to).skip(from.saturating_sub(1)).for_each(take);
            }
            Which::Range(range) => {
                self.iter().filter(|row| range.contains(row)).for_each(&mut take);
            }
        }
        let mut octets = Vec::with_capacity(body.len() + 8);
        let mut w = Writer::new(&mut octets);
        w.u8(Tag::ARRAY.0);
        w.length(count);
        w.octets(&body);
        Encoded::try_from(octets).map_err(|_| DataAccessResult::HARDWARE_FAULT)
    }
}

fn write_columns(row: &[u8], columns: Option<&[usize]>, body: &mut Vec<u8>) {
    let Some(columns) = columns else { return body.extend_from_slice(row) };
    let mut w = Writer::new(body);
    w.u8(Tag::STRUCTURE.0);
    w.length(columns.len());
    for column in columns {
        w.octets(element(row, *column).unwrap_or(&[Tag::NULL_DATA.0]));
    }
}

/// The octets of one value of a row.
pub(crate) fn element(row: &[u8], place: usize) -> Option<&[u8]> {
    let mut r = Reader::new(row);
    r.u8("structure").ok()?;
    let count = r.length("structure").ok()?;
    for index in 0..count {
        let from = r.at();
        let mut walker = Walker::new();
        while walker.step(&mut r).ok()?.is_some() {}
        if index == place {
            return Some(r.since(from));
        }
    }
    None
}
