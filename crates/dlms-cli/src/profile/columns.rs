//! The columns of a profile, and its rows through them.

use cosem::class::{CaptureObject, ProfileGeneric};
use cosem::schema::{CosemType, Schema};
use cosem::{Data, DateTime, Flat, Obis, ScalerUnit};

use super::{derived, undescribed};
use crate::exit::Outcome;
use crate::names;
use crate::read::{reference, scaler_unit_index, schema};
use crate::record::{Moment, Reading, Record};
use crate::session::{Object, Session};
use crate::show::Shown;
use crate::zone::Zone;

/// The columns of a profile, in the order of its rows.
pub(crate) struct Columns {
    pub(crate) columns: Vec<Column>,
    /// The column that says when a row was captured.
    pub(crate) clock: Option<usize>,
    /// Seconds between two rows; 0: irregular.
    period: u32,
}

/// A captured attribute.
pub(crate) struct Column {
    object: Object,
    attribute: i8,
    /// 0: the whole attribute.
    part: u16,
    pub(crate) scaler_unit: Option<ScalerUnit>,
}

/// A row.
pub(crate) struct Row {
    pub(crate) time: Moment,
    /// What the row shows as its time: as sent, or derived from the row before.
    pub(crate) local: Option<DateTime>,
    /// One for each column, as far as the row goes.
    pub(crate) values: Vec<Reading>,
    /// Whether there is another number of values than of columns.
    pub(crate) is_odd: bool,
}

impl Columns {
    /// Asks the meter. The order may change when a meter is configured anew, so it is asked each
    /// time.
    pub(crate) async fn read(session: &mut Session, profile: Obis) -> Outcome<Self> {
        let handle = ProfileGeneric::at(profile);
        let (captured, period) =
            session.client()?.get((handle.capture_objects(), handle.capture_period())).await?;
        let mut columns: Vec<_> = captured.0.iter().map(Column::of).collect();
        if columns.is_empty() {
            return Err(undescribed(profile, String::from("there are none")));
        }
        scale(session, &mut columns).await?;
        let is_clock = |column: &Column| column.object.class == 8 && column.attribute == 2;
        let clock = columns.iter().position(is_clock);
        Ok(Self { columns, clock, period })
    }

    /// A row with the names and units of the columns.
    pub(crate) fn row(&self, row: &Flat, before: Option<&Row>, zone: Option<&Zone>) -> Row {
        let values: Vec<Data> = row.root().items().map(|item| item.to_data()).collect();
        let is_odd = values.len() != self.columns.len();
        let (time, local) = self.time(&values, before, zone);
        let values = values.into_iter().zip(&self.columns).enumerate();
        let values = values
            .map(|(index, (raw, column))| {
                // null-data in a row says "as in the row before".
                let repeated = before.and_then(|row| row.values.get(index));
                match (&raw, repeated) {
                    (Data::Null, Some(repeated)) => Reading { shown: repeated.shown.clone(), raw },
                    _ => column.reading(raw),
                }
            })
            .collect();
        Row { time, local, values, is_odd }
    }

    fn time(
        &self,
        values: &[Data],
        before: Option<&Row>,
        zone: Option<&Zone>,
    ) -> (Moment, Option<DateTime>) {
        let Some(value) = self.clock.and_then(|index| values.get(index)) else {
            return (Moment::default(), None);
        };
        if let Some(time) = value.head().as_date_time() {
            return (Moment::of(time, zone), Some(time));
        }
        // Only where the meter says that the rows are regular.
        let next = before.filter(|_| *value == Data::Null && self.period > 0).and_then(|row| {
            let unix = row.time.unix?.checked_add(i64::from(self.period))?;
            Some((unix, derived(row.local?, unix)))
        });
        match next {
            Some((unix, local)) => (Moment { unix: Some(unix), raw: None }, Some(local)),
            None => (Moment::default(), None),
        }
    }

    /// The columns without the one that is the rows' time.
    pub(crate) fn values(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(index, _)| Some(*index) != self.clock)
    }
}

impl Column {
    fn of(captured: &CaptureObject) -> Self {
        let object =
            Object { obis: captured.logical_name, class: captured.class_id, version: None };
        Self {
            object,
            attribute: captured.attribute_index,
            part: captured.data_index,
            scaler_unit: None,
        }
    }

    /// Whether it is energy that was taken from the grid or given to it.
    pub(crate) fn is_energy(&self) -> bool {
        self.scaler_unit.is_some_and(|scaler_unit| scaler_unit.unit == cosem::Unit::WATT_HOUR)
    }

    /// The attribute that says how to read it.
    fn scaler_index(&self) -> Option<i8> {
        scaler_unit_index(self.object.class, self.attribute).filter(|_| self.part == 0)
    }

    fn reading(&self, raw: Data) -> Reading {
        let whole = self.part == 0;
        let schema: &Schema =
            if whole { schema(self.object, self.attribute) } else { Data::SCHEMA };
        Reading { shown: Shown::new(&raw, schema, self.scaler_unit), raw }
    }

    /// What it is, in words.
    pub(crate) fn name(&self) -> String {
        let name = names::attribute(self.object.obis, self.object.class, self.attribute);
        match self.part {
            0 => name,
            part => format!("{name}, part {part}"),
        }
    }

    /// What stands above it: code, name, unit.
    pub(crate) fn caption(&self) -> String {
        let unit = self.scaler_unit.map(|scaler_unit| scaler_unit.unit.to_string());
        let unit = unit.filter(|unit| !unit.is_empty());
        let unit = unit.map_or_else(String::new, |unit| format!(" [{unit}]"));
        format!("{} {}{unit}", self.object.obis, self.name())
    }

    /// The record of a value in it.
    pub(crate) fn record(&self, reading: &Reading, time: Moment) -> Record {
        Record {
            class: Some(self.object.class),
            version: None,
            obis: self.object.obis,
            attribute: self.attribute,
            name: self.name(),
            outcome: Ok(reading.clone()),
            time,
        }
    }
}

/// Reads the scalers and units of all columns that have some, in one request where that is possible.
/// A column whose scaler cannot be read shows its raw numbers, without a unit.
async fn scale(session: &mut Session, columns: &mut [Column]) -> Outcome {
    let scaled = columns.iter().enumerate();
    let (places, references): (Vec<_>, Vec<_>) = scaled
        .filter_map(|(place, column)| {
            Some((place, reference(column.object, column.scaler_index()?)))
        })
        .unzip();
    let results = session.read(&references).await?;
    for (place, result) in places.into_iter().zip(results) {
        let scaler_unit = result.ok().and_then(|data| ScalerUnit::from_data(data.to_data()).ok());
        columns[place].scaler_unit = scaler_unit;
    }
    Ok(())
}
