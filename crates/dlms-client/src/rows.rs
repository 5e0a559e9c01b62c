//! The rows of a profile, streamed.

use std::collections::VecDeque;

use cosem::{Data, DateTime, Encoded, Flat, Obis, Pieces, Value};
use dlms::apdu::{AttributeDescriptor, AttributeReference, GetDataResult, Selection};
use dlms::association::{Delivery, Event, Request};

use crate::client::{CLOCK, denied, describe, unexpected};
use crate::error::{Cause, Error, Result};
use crate::link::Link;

/// Which rows of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowSelection {
    /// All of them.
    #[default]
    All,
    /// Those whose clock is in a range, both ends included. Some meters leave the first out.
    Range {
        /// The earliest.
        from: DateTime,
        /// The latest.
        to: DateTime,
    },
    /// Those at certain places; 1 is the first.
    Entries {
        /// The first place.
        from: u32,
        /// The last place; 0: up to the end.
        to: u32,
    },
}

impl RowSelection {
    /// The selective-access-descriptor; `None` for all rows.
    ///
    /// # Errors
    /// A range whose end lies before its beginning, or entries that do.
    pub fn descriptor(&self) -> std::result::Result<Option<Selection>, String> {
        match *self {
            Self::All => Ok(None),
            Self::Range { from, to } => range(from, to).map(Some),
            Self::Entries { from: 0, .. } => Err(String::from("entries are counted from 1")),
            Self::Entries { from, to } if to != 0 && to < from => {
                Err(format!("entry {from} lies after entry {to}"))
            }
            Self::Entries { from, to } => {
                let parameters = Data::Structure(vec![
                    Data::DoubleLongUnsigned(from),
                    Data::DoubleLongUnsigned(to),
                    Data::LongUnsigned(1),
                    Data::LongUnsigned(0),
                ]);
                Ok(Some(Selection { selector: 2, parameters: parameters.to_encoded() }))
            }
        }
    }
}

/// The range descriptor of the clock; an empty list of columns means all of them.
fn range(from: DateTime, to: DateTime) -> std::result::Result<Selection, String> {
    let order = match (from.unix_seconds(), to.unix_seconds()) {
        (Some(from), Some(to)) => Some(from.cmp(&to)),
        _ => from.civil().zip(to.civil()).map(|(from, to)| from.cmp(&to)),
    };
    if order.is_some_and(|order| order.is_gt()) {
        return Err(format!("the range is empty: {from} lies after {to}"));
    }
    let clock = Data::Structure(vec![
        Data::LongUnsigned(8),
        Data::from(CLOCK),
        Data::Integer(2),
        Data::LongUnsigned(0),
    ]);
    let parameters =
        Data::Structure(vec![clock, Data::from(from), Data::from(to), Data::Array(Vec::new())]);
    Ok(Selection { selector: 1, parameters: parameters.to_encoded() })
}

/// Rows on their way.
#[must_use = "rows are only read when they are asked for"]
pub struct Rows<'a, L> {
    link: &'a mut L,
    target: AttributeReference,
    pieces: Pieces,
    /// Rows of a compact-array, which arrives as one value.
    expanded: VecDeque<Data>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    NotAsked,
    Arriving,
    Complete,
    Failed,
}

impl<'a, L: Link> Rows<'a, L> {
    pub(crate) fn new(link: &'a mut L, profile: Obis, selection: RowSelection) -> Result<Self> {
        let attribute = AttributeDescriptor { class: 7, instance: profile, attribute: 2 };
        let mut target = AttributeReference::from(attribute);
        target.selection = selection
            .descriptor()
            .map_err(|text| Error::new(format!("read rows of {profile}"), Cause::Input(text)))?;
        Ok(Self {
            link,
            target,
            pieces: Pieces::new(),
            expanded: VecDeque::new(),
            state: State::NotAsked,
        })
    }

    /// How many rows the meter has announced and not sent yet; `None` before the first.
    #[must_use]
    pub const fn left(&self) -> Option<usize> {
        self.pieces.left()
    }

    /// The next row; `None` behind the last.
    ///
    /// # Errors
    /// The meter's answer when it is no data; what ends the conversation. After an error there are
    /// no more rows.
    pub async fn next(&mut self) -> Result<Option<Flat>> {
        loop {
            if let Some(row) = self.ready_row()? {
                return Ok(Some(row));
            }
            let request = match self.state {
                State::NotAsked => {
                    Request::Get { targets: vec![self.target.clone()], delivery: Delivery::Parts }
                }
                State::Arriving => Request::NextPart,
                State::Complete | State::Failed => return Ok(None),
            };
            // Should the future be dropped here, nothing more can come.
            self.state = State::Failed;
            let answer = self.link.exchange(request).await;
            self.take(answer)?;
        }
    }

    fn ready_row(&mut self) -> Result<Option<Flat>> {
        loop {
            if let Some(row) = self.expanded.pop_front() {
                return Ok(Some(row.to_encoded().into_flat()));
            }
            let element = self.pieces.next_element();
            let Some(element) = element.map_err(|error| self.failed(error.into()))? else {
                return Ok(None);
            };
            match compact_rows(&element) {
                Some(rows) => self.expanded = rows,
                None => return Ok(Some(element.into_flat())),
            }
        }
    }

    fn take(&mut self, answer: std::result::Result<Event, Cause>) -> Result<()> {
        match answer {
            Ok(Event::Part { octets, last }) => {
                let pushed = self.pieces.push(&octets);
                pushed.map_err(|error| self.failed(error.into()))?;
                self.state = if last { State::Complete } else { State::Arriving };
                Ok(())
            }
            Ok(Event::Got(results)) => match results.as_slice() {
                [GetDataResult::Error(error)] => Err(denied(&self.target, *error)),
                _ => Err(self.failed(Cause::Value(String::from("no rows came")))),
            },
            Ok(other) => Err(self.failed(unexpected(&other))),
            Err(cause) => Err(self.failed(cause)),
        }
    }

    fn failed(&mut self, cause: Cause) -> Error {
        self.state = State::Failed;
        Error::new(format!("read {}", describe(&self.target)), cause)
    }
}

/// The rows of a compact-array; `None` for any other value.
fn compact_rows(element: &Encoded) -> Option<VecDeque<Data>> {
    match element.tokens().next() {
        Some(Ok(token)) => match token.value {
            Value::CompactArray(array) => match array.expand() {
                Data::Array(rows) => Some(rows.into()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
