//! Selective access to a profile's buffer: which rows, which columns.
//!
//! | selector | parameter                                                                     |
//! |----------|-------------------------------------------------------------------------------|
//! | 1 range  | structure {restricting_object, from_value, to_value, selected_values}         |
//! | 2 entry  | structure {from_entry, to_entry, from_selected_value, to_selected_value}      |
//!
//! Bounds of a range are inclusive. A bound that gives no deviation is local time as the labels show
//! it; seconds, minutes, hours, days that it leaves open are the first of their kind in `from_value`
//! and the last in `to_value`; a bound that is all wildcards does not restrict.
//!
//! Entries are numbered from 1, the oldest row; a `to_entry` or `to_selected_value` of 0 is the last.

use cosem::class::CaptureObject;
use cosem::{Attribute, Civil, CosemType, Data, DateTime, Obis, Tokens, Value, days_in_month};
use dlms::apdu::{DataAccessResult, Selection};

use crate::rows::element;

/// A column of a profile: an attribute of an object, or one element of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The class of the captured object.
    pub class: u16,
    /// The captured object.
    pub instance: Obis,
    /// The captured attribute.
    pub attribute: i8,
    /// 0: the whole attribute.
    pub index: u16,
}

impl Column {
    /// A whole attribute.
    #[must_use]
    pub const fn new(class: u16, instance: Obis, attribute: i8) -> Self {
        Self { class, instance, attribute, index: 0 }
    }

    /// An attribute of an object.
    #[must_use]
    pub const fn of<T>(attribute: Attribute<T>) -> Self {
        Self::new(attribute.class_id(), attribute.instance(), attribute.index())
    }

    /// The structure that stands for it in capture_objects.
    #[must_use]
    pub fn to_data(self) -> Data {
        let Self { class, instance, attribute, index } = self;
        CaptureObject::new(class, instance, attribute, index).into_data()
    }

    fn from_data(data: &Data) -> Option<Self> {
        CaptureObject::SCHEMA.accepts_exactly(data).ok()?;
        let object = CaptureObject::from_data(data.clone()).ok()?;
        Some(Self {
            class: object.class_id,
            instance: object.logical_name,
            attribute: object.attribute_index,
            index: object.data_index,
        })
    }
}

/// What of a buffer is wanted.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) which: Which,
    /// `None`: all.
    pub(crate) columns: Option<Vec<usize>>,
}

#[derive(Debug)]
pub(crate) enum Which {
    All,
    /// Both inclusive, from 1.
    Entries {
        from: usize,
        to: usize,
    },
    Range(Range),
}

/// Rows whose value in one column lies between two bounds.
#[derive(Debug)]
pub(crate) struct Range {
    column: usize,
    from: Bound,
    to: Bound,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    Open,
    /// Seconds of UTC.
    Utc(i64),
    /// Seconds of local time as labels show it.
    Local(i64),
    Number(i128),
}

impl Chosen {
    pub(crate) const ALL: Self = Self { which: Which::All, columns: None };

    /// Reads the selective access parameters for a buffer of these columns.
    ///
    /// A parameter of another shape is `type-unmatched`, one that asks for what is not there
    /// `scope-of-access-violated`.
    pub(crate) fn read(
        selection: &Selection,
        columns: &[Column],
    ) -> Result<Self, DataAccessResult> {
        let parameters = selection.parameters.to_data();
        match selection.selector {
            1 => Self::range(&parameters, columns),
            2 => Self::entry(&parameters, columns.len()),
            _ => Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED),
        }
    }

    fn range(parameters: &Data, columns: &[Column]) -> Result<Self, DataAccessResult> {
        let (Data::Structure(_), [restricting, from, to, Data::Array(selected)]) =
            (parameters, parameters.elements())
        else {
            return Err(DataAccessResult::TYPE_UNMATCHED);
        };
        let place = |data: &Data| {
            let column = Column::from_data(data).ok_or(DataAccessResult::TYPE_UNMATCHED)?;
            let place = columns.iter().position(|captured| *captured == column);
            place.ok_or(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED)
        };
        let range = Range {
            column: place(restricting)?,
            from: Bound::read(from, Side::From)?,
            to: Bound::read(to, Side::To)?,
        };
        let columns = match selected.as_slice() {
            [] => None,
            // A column that is asked for again and again would make a short request a long answer.
            selected if selected.len() > columns.len() => {
                return Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED);
            }
            selected => Some(selected.iter().map(place).collect::<Result<_, _>>()?),
        };
        Ok(Self { which: Which::Range(range), columns })
    }

    fn entry(parameters: &Data, columns: usize) -> Result<Self, DataAccessResult> {
        let (
            Data::Structure(_),
            [
                Data::DoubleLongUnsigned(from),
                Data::DoubleLongUnsigned(to),
                Data::LongUnsigned(first),
                Data::LongUnsigned(last),
            ],
        ) = (parameters, parameters.elements())
        else {
            return Err(DataAccessResult::TYPE_UNMATCHED);
        };
        let last = if *last == 0 { columns } else { usize::from(*last) };
        let first = usize::from(*first);
        if *from == 0 || first == 0 || first > last || last > columns {
            return Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED);
        }
        let to = if *to == 0 { usize::MAX } else { *to as usize };
        let all = first == 1 && last == columns;
        Ok(Self {
            which: Which::Entries { from: *from as usize, to },
            columns: (!all).then(|| (first - 1..last).collect()),
        })
    }
}

impl Range {
    /// Whether the row's value lies between the bounds. A value that cannot be compared does not.
    pub(crate) fn contains(&self, row: &[u8]) -> bool {
        let value = element(row, self.column).and_then(|octets| Tokens::new(octets).next());
        let Some(Ok(token)) = value else { return false };
        let below = |bound: Bound| bound.compare(token.value);
        !matches!(below(self.from), None | Some(std::cmp::Ordering::Less))
            && !matches!(below(self.to), None | Some(std::cmp::Ordering::Greater))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    From,
    To,
}

impl Bound {
    fn read(data: &Data, side: Side) -> Result<Self, DataAccessResult> {
        let head = data.head();
        if let Some(number) = head.as_integer() {
            return Ok(Self::Number(number));
        }
        let unmatched = DataAccessResult::TYPE_UNMATCHED;
        let bound = head.as_date_time().ok_or(unmatched)?;
        if bound.date().0[..4] == [0xff; 4] && bound.time().0[..3] == [0xff; 3] {
            return Ok(Self::Open);
        }
        let local = complete(bound, side).ok_or(unmatched)?.seconds();
        Ok(bound.deviation().map_or(Self::Local(local), |deviation| {
            Self::Utc(local.saturating_add(i64::from(deviation) * 60))
        }))
    }

    /// How a value stands to the bound; `None` when they cannot be compared.
    fn compare(self, value: Value<'_>) -> Option<std::cmp::Ordering> {
        match self {
            // Neither below the lower nor above the upper bound.
            Self::Open => Some(std::cmp::Ordering::Equal),
            Self::Number(number) => Some(value.as_integer()?.cmp(&number)),
            Self::Utc(utc) => Some(value.as_date_time()?.unix_seconds()?.cmp(&utc)),
            Self::Local(local) => Some(value.as_date_time()?.civil()?.seconds().cmp(&local)),
        }
    }
}

/// A bound with what it leaves open filled in. `None` when that is no date, or when something is
/// left open but something smaller is given.
fn complete(bound: DateTime, side: Side) -> Option<Civil> {
    let (date, time) = (bound.date(), bound.time());
    let [_, _, month, day, _] = date.0;
    let [hour, minute, second, _] = time.0;
    let year = date.year()?;
    // The smallest part that is given; everything below must be left open.
    let parts = [month, day, hour, minute];
    let given = parts.iter().take_while(|part| **part != 0xff).count();
    if parts.iter().skip(given).any(|part| *part != 0xff) {
        return None;
    }
    if given < parts.len() && second != 0xff && second != 0 {
        return None;
    }
    let fill = |part: u8, first: u8, last: u8| match (part, side) {
        (0xff, Side::From) => first,
        (0xff, Side::To) => last,
        (part, _) => part,
    };
    let month = fill(month, 1, 12);
    let civil = Civil {
        year,
        month,
        day: fill(day, 1, days_in_month(year, month)),
        hour: fill(hour, 0, 23),
        minute: fill(minute, 0, 59),
        second: if given < parts.len() { fill(0xff, 0, 59) } else { fill(second, 0, 59) },
    };
    civil.is_valid().then_some(civil)
}
