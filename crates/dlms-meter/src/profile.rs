//! Profiles: what is captured, when, and the class Profile generic.
//!
//! The rule of capture, also when the clock is set:
//!
//! * A row is captured when the running clock reaches a multiple of the period in local time. A
//!   clock that is set over such a multiple does not reach it: nothing is captured for times that
//!   never were, and at most one row for each period that physically passes, however far the clock
//!   is moved.
//! * The status column of a row has [`ProfileStatus::ClockAdjusted`] when the clock was set since
//!   the row before, and as long as the row's time is not later than that of every row before it.
//! * The energy in a row is that of the physical instant of its capture. So the intervals always add
//!   up to the register, whatever the labels say.
//! * What was missed while nobody asked is captured later, with the values of its time.

use cosem::{Data, Encoded, Obis};
use dlms::apdu::{ActionResult, DataAccessResult, Selection};

use crate::behaviour::{Behaviour, Context};
use crate::event::EventCode;
use crate::rows::Rows;
use crate::selection::{Chosen, Column};
use crate::timekeeping::Timekeeper;

cosem::flags! {
    /// What is remarkable about a row of a profile. The bits are this meter's own.
    ProfileStatus: u8 {
        /// The clock was set since the row before, or the row repeats a time.
        5 ClockAdjusted,
    }
}

/// What a profile captures, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The captured attributes, in the order of the columns.
    pub columns: Vec<Column>,
    /// Seconds between captures; 0: only the method `capture` and events make rows.
    pub period: u32,
    /// The most rows that are kept; the oldest make room.
    pub entries: u32,
    /// The object of class Data that holds the status of the row, when it is among the columns.
    pub status: Option<Obis>,
    /// Whether the buffer is full from the beginning, with the values of the time before: for
    /// objects whose values are a function of time.
    pub history: bool,
}

impl Profile {
    /// A profile that captures these attributes every `period` seconds.
    #[must_use]
    pub const fn every(period: u32, entries: u32, columns: Vec<Column>) -> Self {
        Self { columns, period, entries, status: None, history: false }
    }

    /// A profile of which only the method `capture` and events make rows.
    #[must_use]
    pub const fn on_demand(entries: u32, columns: Vec<Column>) -> Self {
        Self::every(0, entries, columns)
    }

    /// With the object that holds the status of the row.
    #[must_use]
    pub const fn status(mut self, instance: Obis) -> Self {
        self.status = Some(instance);
        self
    }

    /// With a buffer that is full from the beginning.
    #[must_use]
    pub const fn with_history(mut self) -> Self {
        self.history = true;
        self
    }
}

/// A profile and its rows.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) profile: Profile,
    pub(crate) rows: Rows,
    /// The clock's UTC up to which everything is captured; `None` before the meter runs.
    captured: Option<i64>,
    /// The clock's count of steps when the last row was captured.
    steps: u64,
    /// The latest time that any row carries, in the clock's UTC.
    latest: Option<i64>,
    /// The method `capture` was called and waits for the device to read the columns.
    pub(crate) wanted: bool,
}

/// A row that is due: its time in the clock's UTC, and its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) utc: i64,
    pub(crate) status: ProfileStatus,
}

impl Record {
    pub(crate) const fn new(profile: Profile) -> Self {
        let rows = Rows::new(profile.entries as usize);
        Self { profile, rows, captured: None, steps: 0, latest: None, wanted: false }
    }

    /// The next row that is due when the clock shows `utc`.
    pub(crate) fn next_due(&mut self, clock: &Timekeeper, utc: i64) -> Option<Due> {
        let period = i64::from(self.profile.period);
        if period == 0 {
            return None;
        }
        let longest = period.saturating_mul(i64::from(self.profile.entries));
        let history = utc.saturating_sub(if self.profile.history { longest } else { 0 });
        let captured = *self.captured.get_or_insert(history);
        // Rows that would make room for later ones at once are not captured at all.
        let captured = captured.max(utc.saturating_sub(longest));
        let next = clock.rules.next_multiple(captured, period);
        if next > utc {
            return None;
        }
        self.captured = Some(next);
        Some(self.due(clock, next))
    }

    /// A row of the time `utc`.
    pub(crate) fn due(&mut self, clock: &Timekeeper, utc: i64) -> Due {
        let adjusted = self.steps != clock.steps || self.latest.is_some_and(|latest| utc <= latest);
        self.steps = clock.steps;
        self.latest = self.latest.max(Some(utc));
        let status = if adjusted { ProfileStatus::ClockAdjusted } else { ProfileStatus(0) };
        Due { utc, status }
    }

    /// The clock was set and shows `utc` now.
    pub(crate) const fn clock_was_set(&mut self, utc: i64) {
        if self.captured.is_some() {
            self.captured = Some(utc);
        }
    }
}

/// The class Profile generic: answers from the record of the same logical name.
pub(crate) struct ProfileBehaviour;

impl Behaviour for ProfileBehaviour {
    fn read(
        &mut self,
        attribute: i8,
        selection: Option<&Selection>,
        context: &mut Context<'_>,
    ) -> Option<Result<Encoded, DataAccessResult>> {
        let record = context.records.get_mut(&context.instance)?;
        match (attribute, selection) {
            (BUFFER, None) => Some(record.rows.select(&Chosen::ALL)),
            (BUFFER, Some(selection)) => {
                let chosen = Chosen::read(selection, &record.profile.columns);
                Some(chosen.and_then(|chosen| record.rows.select(&chosen)))
            }
            (ENTRIES_IN_USE, None) => {
                // At most `entries`.
                let count = record.rows.len() as u32;
                Some(Ok(Encoded::from(Data::DoubleLongUnsigned(count))))
            }
            _ => None,
        }
    }

    fn invoke(
        &mut self,
        method: i8,
        _parameter: &Data,
        context: &mut Context<'_>,
    ) -> Option<Result<Option<Encoded>, ActionResult>> {
        let record = context.records.get_mut(&context.instance)?;
        match method {
            RESET => {
                record.rows.clear();
                record.latest = None;
                context.log(EventCode::ProfileReset);
            }
            CAPTURE => record.wanted = true,
            _ => return None,
        }
        Some(Ok(None))
    }
}

const BUFFER: i8 = 2;
const ENTRIES_IN_USE: i8 = 7;
const RESET: i8 = 1;
const CAPTURE: i8 = 2;
