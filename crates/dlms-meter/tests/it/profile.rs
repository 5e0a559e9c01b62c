//! Selective access: what a naive filter over all rows would give.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use cosem::bytes::from_hex;
use cosem::{Civil, ClockStatus, Data, DateTime, Encoded, Obis, obis};
use dlms::apdu::{DataAccessResult, GetDataResult};
use dlms::association::{Answer, ServerRequest};
use dlms::time::Instant;
use dlms_meter::simulation::{self, IMPORT, LOAD_PROFILE};
use dlms_meter::{ClockRules, Column, Meter};
use proptest::prelude::*;

use crate::{CLOCK, NOON, at, get, get_selected, reader, reference, selection};

const STATUS: Obis = obis!("0-0:96.10.1");

fn columns() -> [Column; 4] {
    [
        Column::new(8, CLOCK, 2),
        Column::new(1, STATUS, 2),
        Column::new(3, IMPORT, 2),
        Column::new(3, simulation::EXPORT, 2),
    ]
}

fn select(
    meter: &mut Meter,
    selector: u8,
    parameters: Data,
    now: Instant,
) -> Result<Vec<Data>, DataAccessResult> {
    let mut target = reference(7, LOAD_PROFILE, 2);
    target.selection = selection(selector, parameters);
    let buffer = get_selected(meter, &reader(), target, now)?;
    let Data::Array(rows) = buffer.to_data() else { panic!("a buffer is an array") };
    Ok(rows)
}

fn range(restricting: Column, from: Data, to: Data, selected: &[Column]) -> Data {
    let selected = selected.iter().map(|column| column.to_data()).collect();
    Data::Structure(vec![restricting.to_data(), from, to, Data::Array(selected)])
}

fn by_time(from: DateTime, to: DateTime) -> Data {
    range(columns()[0], Data::from(from), Data::from(to), &[])
}

fn entries(from: u32, to: u32, first: u16, last: u16) -> Data {
    Data::Structure(vec![
        Data::DoubleLongUnsigned(from),
        Data::DoubleLongUnsigned(to),
        Data::LongUnsigned(first),
        Data::LongUnsigned(last),
    ])
}

fn all(meter: &mut Meter, now: Instant) -> Vec<Data> {
    let Ok(Data::Array(rows)) = get(meter, &reader(), (7, LOAD_PROFILE, 2), now) else {
        panic!("a buffer is an array");
    };
    rows
}

fn time(row: &Data) -> DateTime {
    row.elements()[0].head().as_date_time().unwrap()
}

/// A meter whose clock nobody sets, and all its rows: made once, for the tests of many cases.
fn shared() -> MutexGuard<'static, (Meter, Vec<Data>)> {
    static SHARED: LazyLock<Mutex<(Meter, Vec<Data>)>> = LazyLock::new(|| {
        let mut meter = simulation::residential(42).unwrap();
        let rows = all(&mut meter, at(NOON));
        Mutex::new((meter, rows))
    });
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn label(second: i64) -> DateTime {
    ClockRules::CENTRAL_EUROPE.label(second)
}

/// A local time whose deviation and status are left open.
fn local(second: i64) -> DateTime {
    let civil: Civil = label(second).civil().unwrap();
    DateTime::from_civil(civil, None, ClockStatus::UNSPECIFIED)
}

#[test]
fn the_published_range_and_entry_descriptors_are_understood() {
    let mut meter = simulation::residential(42).unwrap();
    // Selector 1 for the clock, an hour of the day before, all columns.
    let octets = from_hex(
        "0204 0204 120008 09060000010000ff 0f02 120000 \
         090c07e9060eff0a000000800000 090c07e9060eff0b000000800000 0100",
    )
    .unwrap();
    let parameters = Encoded::try_from(octets).unwrap().to_data();
    let rows = select(&mut meter, 1, parameters, at(NOON)).unwrap();
    let times: Vec<String> = rows.iter().map(|row| time(row).to_string()).collect();
    assert_eq!(
        times,
        [
            "2025-06-14 10:00:00.00+02:00",
            "2025-06-14 10:15:00.00+02:00",
            "2025-06-14 10:30:00.00+02:00",
            "2025-06-14 10:45:00.00+02:00",
            "2025-06-14 11:00:00.00+02:00",
        ]
    );
    // Selector 2: the first column of the first ten entries.
    let octets = from_hex("0204 0600000001 060000000a 120001 120000").unwrap();
    let parameters = Encoded::try_from(octets).unwrap().to_data();
    let rows = select(&mut meter, 2, parameters, at(NOON)).unwrap();
    assert_eq!(rows, all(&mut meter, at(NOON))[..10]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_range_is_what_a_filter_would_give(
        from in -8_000_000..100_000_i64,
        length in -10_000..500_000_i64,
        on_the_row: bool,
        shown_locally: bool,
    ) {
        let (meter, all) = &mut *shared();
        let from = NOON + if on_the_row { from / 900 * 900 } else { from };
        let to = from + if on_the_row { length / 900 * 900 } else { length };
        let bound = |second| if shown_locally { local(second) } else { label(second) };
        let rows = select(meter, 1, by_time(bound(from), bound(to)), at(NOON)).unwrap();
        // These 90 days have no clock change, so local and absolute bounds are the same.
        let naive: Vec<Data> = all
            .iter()
            .filter(|row| (from..=to).contains(&time(row).unix_seconds().unwrap()))
            .cloned()
            .collect();
        prop_assert_eq!(rows, naive);
    }

    #[test]
    fn entries_and_columns_are_what_a_filter_would_give(
        from in 0..9_000_u32,
        to in 0..9_000_u32,
        first in 0..6_u16,
        last in 0..6_u16,
    ) {
        let (meter, all) = &mut *shared();
        let selected = select(meter, 2, entries(from, to, first, last), at(NOON));
        let upto = if last == 0 { 4 } else { last };
        if from == 0 || first == 0 || first > upto || upto > 4 {
            prop_assert_eq!(selected, Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED));
            return Ok(());
        }
        let naive: Vec<Data> = all
            .iter()
            .zip(1_u32..)
            .filter(|(_, number)| *number >= from && (to == 0 || *number <= to))
            .map(|(row, _)| {
                let columns = usize::from(first) - 1..usize::from(upto);
                Data::Structure(row.elements()[columns].to_vec())
            })
            .collect();
        prop_assert_eq!(selected, Ok(naive));
    }

    #[test]
    fn selected_columns_come_in_the_order_asked_for(
        wanted in proptest::collection::vec(0..4_usize, 0..5),
    ) {
        let (meter, _) = &mut *shared();
        let (from, to) = (label(NOON - 7_200), label(NOON));
        let selected: Vec<Column> = wanted.iter().map(|place| columns()[*place]).collect();
        let parameters = range(columns()[0], Data::from(from), Data::from(to), &selected);
        let rows = select(meter, 1, parameters, at(NOON)).unwrap();
        let whole = select(meter, 1, by_time(from, to), at(NOON)).unwrap();
        prop_assert_eq!(rows.len(), 9);
        for (row, whole) in rows.iter().zip(&whole) {
            let naive: Vec<Data> = if wanted.is_empty() {
                whole.elements().to_vec()
            } else {
                wanted.iter().map(|place| whole.elements()[*place].clone()).collect()
            };
            prop_assert_eq!(row.elements(), naive);
        }
    }
}

#[test]
fn a_range_over_a_register_is_bounded_by_its_values() {
    let mut meter = simulation::residential(42).unwrap();
    let all = all(&mut meter, at(NOON));
    let import = |row: &Data| row.elements()[2].head().as_integer().unwrap();
    let (from, to) = (import(&all[500]), import(&all[600]));
    let bound = |value: i128| Data::DoubleLongUnsigned(value.try_into().unwrap());
    let parameters = range(columns()[2], bound(from), bound(to), &[]);
    let rows = select(&mut meter, 1, parameters, at(NOON)).unwrap();
    let naive: Vec<_> = all.into_iter().filter(|row| (from..=to).contains(&import(row))).collect();
    assert!(naive.len() >= 101);
    assert_eq!(rows, naive);
}

#[test]
fn what_a_bound_leaves_open_is_the_first_below_and_the_last_above() {
    let mut meter = simulation::residential(42).unwrap();
    let mut count = |from: &str, to: &str| {
        let bound = |text: &str| DateTime(from_hex(text).unwrap().try_into().unwrap());
        let rows = select(&mut meter, 1, by_time(bound(from), bound(to)), at(NOON));
        rows.map(|rows| rows.len())
    };
    // A whole day: 00:00 to 23:45.
    let day = "07e9060effffffffff8000ff";
    assert_eq!(count(day, day), Ok(96));
    // A whole month, from its first day to its last, with hundredths left open.
    assert_eq!(count("07e905ffffffffffff8000ff", "07e905ffffffffffff8000ff"), Ok(31 * 96));
    // One hour: seconds left open in `to`.
    assert_eq!(count("07e9060eff0a00ffff8000ff", "07e9060eff0b00ffff8000ff"), Ok(5));
    // Nothing given: no bound.
    let open = "ffffffffffffffffff8000ff";
    assert_eq!(count(open, open), Ok(8_640));
    assert_eq!(count("07e9060fff000000ff8000ff", open), Ok(51));
    // Something smaller is given than what is left open: that is a pattern, no bound.
    assert_eq!(count("07e906ffff0a00ffff8000ff", open), Err(DataAccessResult::TYPE_UNMATCHED));
    // No such day.
    assert_eq!(count("07e9021eff000000ff8000ff", open), Err(DataAccessResult::TYPE_UNMATCHED));
}

#[test]
fn selections_that_cannot_be_are_refused() {
    let mut meter = simulation::residential(42).unwrap();
    let (from, to) = (Data::from(label(NOON - 900)), Data::from(label(NOON)));
    let violated = Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED);
    let unmatched = Err(DataAccessResult::TYPE_UNMATCHED);
    let voltage = Column::new(3, obis!("1-0:32.7.0"), 2);
    let not_captured = range(voltage, from.clone(), to.clone(), &[]);
    assert_eq!(select(&mut meter, 1, not_captured, at(NOON)), violated);
    let no_column = range(columns()[0], from.clone(), to.clone(), &[voltage]);
    assert_eq!(select(&mut meter, 1, no_column, at(NOON)), violated);
    let again = range(columns()[0], from.clone(), to.clone(), &[columns()[1]; 5]);
    assert_eq!(select(&mut meter, 1, again, at(NOON)), violated);
    let no_time = range(columns()[0], Data::Boolean(true), to, &[]);
    assert_eq!(select(&mut meter, 1, no_time, at(NOON)), unmatched);
    assert_eq!(select(&mut meter, 1, Data::Null, at(NOON)), unmatched);
    assert_eq!(select(&mut meter, 2, from, at(NOON)), unmatched);
    assert_eq!(select(&mut meter, 99, Data::Null, at(NOON)), violated);
    // An attribute without selectors does not answer as if there were no selection.
    let mut target = reference(3, IMPORT, 2);
    target.selection = selection(1, Data::Null);
    let result = get_selected(&mut meter, &reader(), target, at(NOON));
    assert_eq!(result, Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED));
}

#[test]
fn a_list_of_many_profiles_is_cut_off_with_an_error_for_each() {
    let (meter, _) = &mut *shared();
    let targets = vec![reference(7, LOAD_PROFILE, 2); 100];
    let Answer::Get(results) = meter.handle(&reader(), ServerRequest::Get(targets), at(NOON))
    else {
        panic!("a get is answered by a get");
    };
    assert_eq!(results.len(), 100);
    let is_data = |result: &GetDataResult| matches!(result, GetDataResult::Data(_));
    let whole = results.iter().take_while(|result| is_data(result)).count();
    assert_eq!(whole, 5, "five times 242 kB is more than a megabyte");
    let error = GetDataResult::Error(DataAccessResult::OTHER_REASON);
    assert!(results[whole..].iter().all(|result| *result == error));
}

#[test]
fn backwards_and_future_selections_are_empty() {
    let mut meter = simulation::residential(42).unwrap();
    let mut count =
        |selector, parameters| select(&mut meter, selector, parameters, at(NOON)).unwrap().len();
    assert_eq!(count(1, by_time(label(NOON), label(NOON - 3_600))), 0);
    assert_eq!(count(1, by_time(label(NOON + 1), label(NOON + 86_400_000))), 0);
    assert_eq!(count(2, entries(10, 9, 1, 0)), 0);
    assert_eq!(count(2, entries(8_641, 0, 1, 0)), 0);
    assert_eq!(count(2, entries(u32::MAX, 0, 1, 0)), 0);
}

#[test]
fn stamps_lie_on_the_period_and_the_buffer_keeps_the_newest() {
    let mut meter = simulation::residential(42).unwrap();
    let first = all(&mut meter, at(NOON));
    let times: Vec<i64> = first.iter().map(|row| time(row).unix_seconds().unwrap()).collect();
    assert_eq!(times.last(), Some(&NOON));
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 900));
    // Nobody asks for a day; then everything is there, and the oldest day is gone.
    let later = all(&mut meter, at(NOON + 86_399));
    assert_eq!(later.len(), 8_640);
    assert_eq!(later[..8_640 - 95], first[95..]);
    assert!(later.iter().all(|row| row.elements()[1] == Data::Unsigned(0)));
}

#[test]
fn a_year_without_a_visit_costs_no_more_than_a_full_buffer() {
    let mut meter = simulation::residential(42).unwrap();
    all(&mut meter, at(NOON));
    let year = NOON + 365 * 86_400;
    let rows = all(&mut meter, at(year));
    assert_eq!(rows.len(), 8_640);
    assert_eq!(time(&rows[8_639]).unix_seconds(), Some(year / 900 * 900));
}
