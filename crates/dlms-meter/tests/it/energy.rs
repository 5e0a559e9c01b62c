//! Energy follows from the load model, whatever the clock does.

use cosem::{Data, DateTime, Obis, obis};
use dlms_meter::Meter;
use dlms_meter::load_model::{Boiler, Household, MILLIWATT_SECONDS_PER_WATT_HOUR};
use dlms_meter::simulation::{self, EXPORT, IMPORT, LOAD_PROFILE};
use proptest::prelude::*;

use crate::{NOON, at, get, get_clock, reader, set_clock};

fn register(meter: &mut Meter, instance: Obis, second: i64) -> i64 {
    match get(meter, &reader(), (3, instance, 2), at(second)) {
        Ok(Data::DoubleLongUnsigned(energy)) => i64::from(energy),
        other => panic!("{instance}: {other:?}"),
    }
}

/// Each row's time, status, import and export.
fn rows(meter: &mut Meter, second: i64) -> Vec<(DateTime, u8, i64, i64)> {
    let buffer = get(meter, &reader(), (7, LOAD_PROFILE, 2), at(second)).unwrap();
    let row = |row: &Data| match row.elements() {
        [
            time,
            Data::Unsigned(status),
            Data::DoubleLongUnsigned(import),
            Data::DoubleLongUnsigned(export),
        ] => (time.head().as_date_time().unwrap(), *status, i64::from(*import), i64::from(*export)),
        other => panic!("{other:?}"),
    };
    buffer.elements().iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn power_summed_over_seconds_is_the_energy_of_any_range(
        seed: u64,
        from in 946_684_800..4_102_444_800_i64,
        length in 0..1_000_i64,
    ) {
        let (house, boiler) = (Household::new(seed), Boiler::new(seed));
        let seconds = from..from + length;
        let import: i64 = seconds.clone().map(|second| house.import_milliwatts(second)).sum();
        let export: i64 = seconds.clone().map(|second| house.export_milliwatts(second)).sum();
        prop_assert_eq!(import, house.imported(from + length) - house.imported(from));
        prop_assert_eq!(export, house.exported(from + length) - house.exported(from));
        for second in seconds {
            prop_assert!(house.import_milliwatts(second) >= 0);
            prop_assert!(house.export_milliwatts(second) >= 0);
            prop_assert!(house.import_milliwatts(second).min(house.export_milliwatts(second)) == 0);
            prop_assert!(boiler.flow(second) >= 0);
        }
    }

    #[test]
    fn a_year_is_the_sum_of_its_months_and_days(seed: u64, year in 2001..2150_i64) {
        let house = Household::new(seed);
        // The years of the model begin one hour before those of UTC.
        let start = |year: i64| cosem::Civil {
            year: year.try_into().unwrap(), month: 1, day: 1, hour: 0, minute: 0, second: 0,
        }.seconds() - 3_600;
        let (from, to) = (start(year), start(year + 1));
        let days: i64 = (0..(to - from) / 86_400)
            .map(|day| from + day * 86_400)
            .map(|day| house.imported(day + 86_400) - house.imported(day))
            .sum();
        prop_assert_eq!(days, house.imported(to) - house.imported(from));
        let kilowatt_hours = days / MILLIWATT_SECONDS_PER_WATT_HOUR / 1_000;
        prop_assert!((2_400..4_800).contains(&kilowatt_hours));
    }

    #[test]
    fn voltage_and_current_make_the_power(seed: u64, second in 946_684_800..4_102_444_800_i64) {
        let house = Household::new(seed);
        let (volts, amperes) = (house.voltage(second), house.current(second));
        prop_assert!((1_900..2_650).contains(&volts), "{volts} dV");
        prop_assert!((4_990..5_010).contains(&house.frequency(second)));
        let watts = house.import_watts(second) + house.export_watts(second);
        // Half of a hundredth of an ampere either way.
        let product = volts * amperes * 95 / 100_000;
        prop_assert!((product - watts).abs() <= 3, "{volts} dV, {amperes} cA, {watts} W");
    }
}

#[test]
fn the_register_is_the_energy_of_the_model_in_watt_hours() {
    let mut meter = simulation::residential(42).unwrap();
    let house = Household::new(42);
    for second in [NOON, NOON + 1, NOON + 86_399, NOON + 31_536_000] {
        let model = house.imported(second) - house.imported(simulation::INSTALLED);
        let shown = register(&mut meter, IMPORT, second);
        assert_eq!(shown, model / MILLIWATT_SECONDS_PER_WATT_HOUR);
    }
}

#[test]
fn what_is_used_follows_from_the_seed_and_not_from_the_serial_number() {
    let register = |serial, seed| {
        let mut meter = simulation::seeded(serial, seed).unwrap();
        register(&mut meter, IMPORT, NOON)
    };
    assert_eq!(register(1, 9), register(2, 9));
    assert_ne!(register(1, 9), register(1, 8));
}

#[test]
fn profile_intervals_add_up_to_the_register_over_any_range() {
    let mut meter = simulation::residential(42).unwrap();
    let rows = rows(&mut meter, NOON);
    assert_eq!(rows.len(), 8_640);
    let house = Household::new(42);
    for (from, to) in [(0, 8_639), (17, 18), (1_000, 5_000), (8_000, 8_600)] {
        let pairs = rows[from..=to].windows(2);
        let import: i64 = pairs.clone().map(|pair| pair[1].2 - pair[0].2).sum();
        let export: i64 = pairs.clone().map(|pair| pair[1].3 - pair[0].3).sum();
        assert!(pairs.clone().all(|pair| pair[1].2 >= pair[0].2 && pair[1].3 >= pair[0].3));
        let second = |row: usize| rows[row].0.unix_seconds().unwrap();
        let watt_hours = |second: i64| {
            let energy = house.imported(second) - house.imported(simulation::INSTALLED);
            energy / MILLIWATT_SECONDS_PER_WATT_HOUR
        };
        assert_eq!(import, watt_hours(second(to)) - watt_hours(second(from)));
        assert!(export > 0 || to - from < 96);
    }
    // And up to now: the last interval is the one that still runs.
    let last = rows.last().unwrap();
    let now = register(&mut meter, IMPORT, NOON + 700);
    assert!((last.2..last.2 + 5_000).contains(&now));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Each step: how long to wait, and how far to set the clock then.
    #[test]
    fn intervals_add_up_to_the_register_across_clock_changes(
        steps in proptest::collection::vec((1..20_000_i64, -90_000..90_000_i64), 1..8),
    ) {
        let mut meter = simulation::residential(7).unwrap();
        let before = rows(&mut meter, NOON).last().copied().unwrap();
        let first = register(&mut meter, IMPORT, before.0.unix_seconds().unwrap());
        prop_assert_eq!(before.2, first);
        let mut now = NOON;
        for (wait, shift) in steps {
            now += wait;
            let shown = get_clock(&mut meter, at(now)).unix_seconds().unwrap();
            let wanted = dlms_meter::ClockRules::CENTRAL_EUROPE.label(shown + shift);
            prop_assert_eq!(set_clock(&mut meter, wanted, at(now)).0, 0);
        }
        // Wait for the clock to show the next quarter, and look at its row and the register then.
        let shown = get_clock(&mut meter, at(now)).unix_seconds().unwrap();
        let next = shown / 900 * 900 + 900;
        let now = now + (next - shown);
        let rows = rows(&mut meter, now);
        prop_assert_eq!(rows.len(), 8_640);
        let last = rows.last().unwrap();
        prop_assert_eq!(last.0.unix_seconds(), Some(next));
        let total = register(&mut meter, IMPORT, now);
        prop_assert_eq!((last.2, last.3), (total, register(&mut meter, EXPORT, now)));
        prop_assert!(rows.windows(2).all(|pair| pair[1].2 >= pair[0].2));
        // From the last row before the first change to this one.
        let from = rows.iter().position(|row| *row == before).unwrap();
        let sum: i64 = rows[from..].windows(2).map(|pair| pair[1].2 - pair[0].2).sum();
        prop_assert_eq!(sum, total - first);
    }
}

#[test]
fn the_sub_meter_counts_gas_in_thousandths_of_a_cubic_metre() {
    let mut meter = simulation::residential(42).unwrap();
    let peer = dlms_meter::Peer {
        association: dlms::association::AssociationId {
            server: simulation::GAS,
            ..reader().association
        },
        ..reader()
    };
    let volume = obis!("7-0:3.0.0");
    let read = |meter: &mut Meter, second| match get(meter, &peer, (3, volume, 2), at(second)) {
        Ok(Data::DoubleLongUnsigned(litres)) => i64::from(litres),
        other => panic!("{other:?}"),
    };
    let (from, to) = (read(&mut meter, NOON), read(&mut meter, NOON + 31_536_000));
    assert!((900_000..2_200_000).contains(&(to - from)), "{} l in a year", to - from);
    let unit = get(&mut meter, &peer, (3, volume, 3), at(NOON)).unwrap();
    assert_eq!(unit, Data::Structure(vec![Data::Integer(-3), Data::Enum(13)]));
}
