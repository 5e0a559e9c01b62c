//! Units, scalers and decimals.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cosem::{Decimal, ScalerUnit, Unit};
use proptest::prelude::*;

/// Every unit whose symbol is not the registry's, with the reason. None so far.
const OTHER_SYMBOLS: &[(u8, &str)] = &[];

#[test]
fn the_table_has_the_codes_and_symbols_of_the_registry() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/registry/units.toml");
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is absent", path.display());
        return;
    };
    let registry: toml::Table = text.parse().expect("the registry is TOML");
    let units = registry["unit"].as_array().expect("units");
    let mut theirs = BTreeMap::new();
    for unit in units {
        let code = unit["code"].as_integer().and_then(|code| u8::try_from(code).ok());
        theirs.insert(code.expect("a code"), unit["symbol"].as_str().expect("a symbol"));
    }
    let mut differences = Vec::new();
    for number in 0..=255 {
        let ours = Unit(number).symbol();
        let other = OTHER_SYMBOLS.iter().any(|(code, _)| *code == number);
        if ours != theirs.get(&number).copied() && !other {
            differences.push(format!("{number}: {ours:?}, registry {:?}", theirs.get(&number)));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(Unit::ALL.len(), theirs.len());
}

#[test]
fn units_that_meters_send_have_their_names() {
    for (number, symbol) in
        [(27, "W"), (30, "Wh"), (32, "varh"), (33, "A"), (35, "V"), (44, "Hz"), (255, "")]
    {
        assert_eq!(Unit(number).symbol(), Some(symbol));
        assert!(Unit(number).name().is_some());
    }
    assert_eq!((Unit(0).symbol(), Unit(58).symbol(), Unit(200).name()), (None, None, None));
    assert_eq!(Unit(200).to_string(), "unit 200");
    assert_eq!(format!("{:>4}|{:<4}|", Unit::WATT_HOUR, Unit::WATT_HOUR), "  Wh|Wh  |");
    assert!(Unit::ALL.is_sorted());
}

fn decimal(mantissa: i128, exponent: i16) -> String {
    Decimal { mantissa, exponent }.to_string()
}

#[test]
fn decimals_are_printed_exactly() {
    for (mantissa, exponent, text) in [
        (12_345, -1, "1234.5"),
        (123_450, -2, "1234.50"),
        (25, 2, "2500"),
        (0, 3, "0"),
        (0, -3, "0.000"),
        (5, -3, "0.005"),
        (-5, -3, "-0.005"),
        (-5, 0, "-5"),
        (-25, 2, "-2500"),
        (1, -1, "0.1"),
    ] {
        assert_eq!(decimal(mantissa, exponent), text);
    }
    let scaler_unit = ScalerUnit { scaler: -1, unit: Unit::WATT_HOUR };
    assert_eq!(scaler_unit.scale(u64::MAX).to_string(), "1844674407370955161.5");
    assert_eq!(scaler_unit.scale(i64::MIN).to_string(), "-922337203685477580.8");
    assert_eq!(format!("{:>8}|", scaler_unit.scale(-15)), "    -1.5|");
}

#[test]
fn decimals_have_no_greatest_size() {
    assert_eq!(decimal(i128::MIN, 0), i128::MIN.to_string());
    assert_eq!(decimal(i128::MAX, 0), i128::MAX.to_string());
    let text = decimal(i128::MIN, i16::MAX);
    assert_eq!(text.len(), 1 + 39 + 32_767);
    let text = decimal(-1, i16::MIN);
    assert_eq!(text.len(), "-0.".len() + 32_768);
    assert!(text.starts_with("-0.000") && text.ends_with("0001"));
    assert_eq!(decimal(1, 127).len(), 128);
    assert_eq!(decimal(1, -128), format!("0.{}1", "0".repeat(127)));
}

#[test]
fn floats_become_the_decimal_that_is_printed() {
    for (text, scaler, printed) in [
        ("230.1", 0, "230.1"),
        ("-0.5", -1, "-0.05"),
        ("1e20", 0, "100000000000000000000"),
        ("1.5e-7", 0, "0.00000015"),
        ("3", 2, "300"),
    ] {
        let decimal = Decimal::from_float(text, scaler).expect("a number");
        assert_eq!(decimal.to_string(), printed);
    }
    for text in ["", "-", "NaN", "inf", "-inf", "1.x", "1e", "1e99999", "--5", ".5", "+1"] {
        assert_eq!(Decimal::from_float(text, 0), None, "{text:?}");
    }
    assert_eq!(Decimal::from_float("1e32767", 1), None);
    assert_eq!(Decimal::from_float(&"9".repeat(40), 0), None);
}

proptest! {
    #[test]
    fn a_printed_decimal_is_the_number(mantissa in any::<i128>(), exponent in -300_i16..300) {
        let text = decimal(mantissa, exponent);
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.as_str()),
        };
        prop_assert_eq!(sign, mantissa < 0);
        let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        prop_assert_eq!(places, usize::from(exponent.min(0).unsigned_abs()));
        let digits = digits.replace('.', "");
        let zeros = if mantissa == 0 { 0 } else { usize::from(exponent.max(0).unsigned_abs()) };
        let (number, filled) = digits.split_at(digits.len() - zeros);
        prop_assert!(filled.bytes().all(|digit| digit == b'0'));
        prop_assert_eq!(number.parse::<u128>(), Ok(mantissa.unsigned_abs()));
    }

    #[test]
    fn a_float_in_words_is_the_same_float(value in any::<f64>()) {
        let value = if value.is_finite() { value } else { 0.5 };
        let decimal = Decimal::from_float(&format!("{value:e}"), 0).expect("a number");
        let Decimal { mantissa, exponent } = decimal;
        prop_assert_eq!(format!("{mantissa}e{exponent}").parse::<f64>().map(f64::abs), Ok(value.abs()));
    }
}
