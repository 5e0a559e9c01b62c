//! The rows of a profile, streamed.

use std::collections::VecDeque;

use cosem::{Data, DateTime, Flat, Obis, Pieces, Tag, Value};
use dlms::apdu::{AttributeDescriptor, AttributeReference, GetDataResult, Selection};
use dlms::association::{Delivery, Event, Request};

use crate::client::{CLOCK, describe, unexpected};
use crate::error::{Cause, Error, Result};
use crate::link::Link;

/// Which rows of a profile.
///
/// ```
/// use cosem::{ClockStatus, DateTime};
/// use dlms_client::RowSelection;
///
/// // A day of local summer time, two hours ahead of UTC.
/// let time = |unix| DateTime::from_unix(unix, -120, ClockStatus::DAYLIGHT_SAVING_ACTIVE);
/// let day = RowSelection::Range { from: time(1_749_938_400), to: time(1_750_024_800) };
/// assert!(day.descriptor().is_ok());
/// ```
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

/// Rows on their way, from [`Client::rows`](crate::Client::rows).
///
/// May be dropped between two rows: what is left is then not fetched, and the client can be used
/// on. Dropping a future of [`Rows::next`] that waits ends the association, as with every call.
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
    /// A part was asked for. It is still so when another is wanted: the future was dropped.
    Asked,
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

    /// How many rows are still to be given; `None` before the first part of the answer, which
    /// announces them. A compact-array counts as one row until it is here.
    #[must_use]
    pub fn left(&self) -> Option<usize> {
        self.pieces.left().map(|left| left + self.expanded.len())
    }

    /// The next row, a structure with a value for each column; `None` behind the last.
    ///
    /// # Errors
    /// The meter's answer when it is no data; rows that cannot be read or are fewer than announced;
    /// what ends the conversation. After an error there are no more rows.
    pub async fn next(&mut self) -> Result<Option<Flat>> {
        loop {
            if let Some(row) = self.ready_row().map_err(|cause| self.failed(cause))? {
                return Ok(Some(row));
            }
            let request = match self.state {
                State::NotAsked => {
                    Request::Get { targets: vec![self.target.clone()], delivery: Delivery::Parts }
                }
                // Of an answer that was not waited for nothing more can come: the link says so.
                State::Arriving | State::Asked => Request::NextPart,
                State::Complete | State::Failed => return Ok(None),
            };
            self.state = State::Asked;
            let answer = self.link.exchange(request).await;
            self.take(answer).map_err(|cause| self.failed(cause))?;
        }
    }

    fn ready_row(&mut self) -> std::result::Result<Option<Flat>, Cause> {
        if self.state == State::Failed {
            return Ok(None);
        }
        loop {
            if let Some(row) = self.expanded.pop_front() {
                return Ok(Some(row.to_encoded().into_flat()));
            }
            let Some(element) = self.pieces.next_element()? else { return Ok(None) };
            match element.tokens().next().transpose()?.map(|token| token.value) {
                Some(Value::Structure(_) | Value::Array(_)) => {
                    return Ok(Some(element.into_flat()));
                }
                Some(Value::CompactArray(array)) => match array.expand() {
                    Data::Array(rows) => self.expanded = rows.into(),
                    other => return Err(no_row(other.tag())),
                },
                Some(other) => return Err(no_row(other.tag())),
                None => {}
            }
        }
    }

    fn take(
        &mut self,
        answer: std::result::Result<Event, Cause>,
    ) -> std::result::Result<(), Cause> {
        match answer? {
            Event::Part { octets, last } => {
                self.pieces.push(&octets)?;
                self.state = State::Arriving;
                if last {
                    // Rows that were announced and did not come are an error, not the end.
                    self.pieces.finish();
                    self.state = State::Complete;
                }
                Ok(())
            }
            Event::Got(results) => match results.as_slice() {
                [GetDataResult::Error(error)] => Err(Cause::Object(*error)),
                _ => Err(Cause::Value(String::from("no rows came"))),
            },
            other => Err(unexpected(&other)),
        }
    }

    fn failed(&mut self, cause: Cause) -> Error {
        self.state = State::Failed;
        self.expanded.clear();
        Error::new(format!("read {}", describe(&self.target)), cause)
    }
}

fn no_row(tag: Tag) -> Cause {
    Cause::Value(format!("a row is {tag} instead of structure"))
}
