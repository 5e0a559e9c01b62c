//! Values for people: what the class says about them in words, numbers exact.

use cosem::bytes::hex;
use cosem::schema::{Flags, Label, Schema};
use cosem::{Data, DateTime, Decimal, Obis, ScalerUnit, Tag, Unit, Value};

use crate::{text, times};

/// A value in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The value, scaled.
    pub(crate) text: String,
    /// What is counted.
    pub(crate) unit: Option<Unit>,
    /// The power of ten that is in the text already.
    pub(crate) scaler: Option<i8>,
    /// Whether the text is a number.
    pub(crate) is_number: bool,
}

impl Shown {
    /// A value of the type that its class declares, with the scaler and unit of its register.
    pub(crate) fn new(data: &Data, schema: &Schema, scaler_unit: Option<ScalerUnit>) -> Self {
        let decimal = scaler_unit.and_then(|scaler_unit| scaled(data, scaler_unit));
        let is_number = decimal.is_some() || number(data).is_some();
        let unit = scaler_unit.map(|scaler_unit| scaler_unit.unit).filter(|_| is_number);
        let scaler = scaler_unit.map(|scaler_unit| scaler_unit.scaler).filter(|_| is_number);
        let text = decimal.map_or_else(|| value(data, schema), |decimal| decimal.to_string());
        Self { text, unit, scaler, is_number }
    }

    /// The unit's symbol; nothing where there is none.
    pub(crate) fn unit_text(&self) -> String {
        self.unit.map_or_else(String::new, |unit| unit.to_string())
    }
}

/// The exact number of a register.
fn scaled(data: &Data, scaler_unit: ScalerUnit) -> Option<Decimal> {
    match data {
        Data::Float32(value) => Decimal::from_float(&value.to_string(), scaler_unit.scaler),
        Data::Float64(value) => Decimal::from_float(&value.to_string(), scaler_unit.scaler),
        other => number(other).map(|number| scaler_unit.scale(number)),
    }
}

/// The number of a whole-number type; an enumeration is none, whatever carries it.
fn number(data: &Data) -> Option<i128> {
    data.head().as_integer().filter(|_| data.tag() != Tag::ENUM)
}

/// A value of this type in words.
pub(crate) fn value(data: &Data, schema: &Schema) -> String {
    match schema {
        Schema::DateTime => data.head().as_date_time().map_or_else(|| plain(data), times::local),
        Schema::Sized { tag: Tag::OCTET_STRING, min: 6, max: 6 } => {
            obis(data).map_or_else(|| plain(data), |code| code.to_string())
        }
        Schema::Enumeration(enumeration) => {
            let number = data.head().as_integer().and_then(|number| i64::try_from(number).ok());
            let label = number.and_then(|number| enumeration.label(number));
            match (number, label) {
                (Some(number), Some(label)) => labelled(number, label),
                _ => plain(data),
            }
        }
        Schema::Flags(flags) => flags_in_words(data, flags),
        Schema::Array(element) => list(data, |_, data| value(data, element)),
        Schema::Structure(structure) => {
            list(data, |index, data| match structure.members.get(index) {
                Some(member) => format!("{}: {}", member.name, value(data, &member.schema)),
                None => plain(data),
            })
        }
        Schema::Choice(choice) => {
            let mut alternatives = choice.alternatives.iter();
            match alternatives.find(|alternative| alternative.schema.accepts(data).is_ok()) {
                Some(alternative) => value(data, &alternative.schema),
                None => plain(data),
            }
        }
        _ => plain(data),
    }
}

/// A unit's label is its symbol and says enough.
fn labelled(number: i64, label: &Label) -> String {
    if label.name.is_empty() {
        return number.to_string();
    }
    format!("{number} ({})", label.name)
}

/// A value of which only the octets are known.
fn plain(data: &Data) -> String {
    match data.head() {
        Value::Array(_) | Value::Structure(_) => list(data, |_, data| plain(data)),
        Value::CompactArray(array) => plain(&array.expand()),
        Value::OctetString(octets) => octets_in_words(octets),
        Value::VisibleString(octets) | Value::Utf8String(octets) => text::of_octets(octets),
        Value::DateTime(time) => times::local(time),
        Value::Null | Value::DontCare => data.tag().to_string(),
        scalar => scalar.in_words(),
    }
}

/// What octets very likely are.
fn octets_in_words(octets: &[u8]) -> String {
    let time = <[u8; 12]>::try_from(octets).ok().map(DateTime);
    if let Some(time) = time.filter(|time| time.is_plausible()) {
        return times::local(time);
    }
    match octets {
        [a, b, c, d, e, 0xff] => Obis([*a, *b, *c, *d, *e, 0xff]).to_string(),
        _ if text::is_printable(octets) => text::of_octets(octets),
        _ => hex(octets),
    }
}

fn list(data: &Data, show: impl Fn(usize, &Data) -> String) -> String {
    let elements = data.elements().iter().enumerate();
    let elements: Vec<_> = elements.map(|(index, element)| show(index, element)).collect();
    match data {
        Data::Structure(_) => format!("{{{}}}", elements.join(", ")),
        Data::Array(_) => format!("[{}]", elements.join(", ")),
        other => plain(other),
    }
}

fn obis(data: &Data) -> Option<Obis> {
    match data {
        Data::OctetString(octets) => octets.as_slice().try_into().ok().map(Obis),
        _ => None,
    }
}

fn flags_in_words(data: &Data, flags: &Flags) -> String {
    let is_set = |bit: i64| match (data, usize::try_from(bit)) {
        (Data::BitString(bits), Ok(bit)) => bits.as_bit_str().bit(bit) == Some(true),
        (other, Ok(bit)) => {
            other.head().as_integer().is_some_and(|mask| bit < 64 && mask >> bit & 1 == 1)
        }
        _ => false,
    };
    let set: Vec<&str> =
        flags.labels.iter().filter(|label| is_set(label.value)).map(|label| &*label.name).collect();
    if set.is_empty() {
        return plain(data);
    }
    format!("{} ({})", plain(data), set.join(", "))
}

#[cfg(test)]
mod tests {
    use cosem::class;
    use cosem::schema::CosemType;

    use super::*;

    const ANY: &Schema = Data::SCHEMA;

    #[test]
    fn a_register_is_exact_whatever_its_scaler() {
        let shown = |data: Data, scaler| {
            Shown::new(&data, ANY, Some(ScalerUnit { scaler, unit: Unit::WATT_HOUR }))
        };
        assert_eq!(shown(Data::DoubleLongUnsigned(1_234_567), -3).text, "1234.567");
        assert_eq!(shown(Data::Long64Unsigned(u64::MAX), 3).text, "18446744073709551615000");
        assert_eq!(shown(Data::Float32(0.1), 0).text, "0.1");
        let text = shown(Data::from("n/a"), 0);
        assert_eq!((text.text.as_str(), text.unit, text.is_number), ("n/a", None, false));
    }

    #[test]
    fn octets_are_shown_as_what_they_very_likely_are() {
        let show = |octets: &[u8]| value(&Data::OctetString(octets.to_vec()), ANY);
        assert_eq!(show(&[1, 0, 1, 8, 0, 255]), "1-0:1.8.0*255");
        assert_eq!(show(b"KFM1234567"), "KFM1234567");
        assert_eq!(show(&[0xde, 0xad]), "dead");
        let time = [0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80];
        assert_eq!(show(&time), "2025-06-15 12:30:00+02:00");
    }

    #[test]
    fn a_class_gives_names_to_members_and_numbers() {
        let class = class::newest(7).unwrap();
        let objects = &class.attribute(3).unwrap().schema;
        let object = Data::Structure(vec![
            Data::LongUnsigned(8),
            Data::from(Obis([0, 0, 1, 0, 0, 255])),
            Data::Integer(2),
            Data::LongUnsigned(0),
        ]);
        assert_eq!(
            value(&Data::Array(vec![object]), objects),
            "[{class_id: 8, logical_name: 0-0:1.0.0*255, attribute_index: 2, data_index: 0}]"
        );
        let state = &class::newest(70).unwrap().attribute(3).unwrap().schema;
        assert!(value(&Data::Enum(1), state).starts_with("1 ("));
        assert_eq!(value(&Data::Enum(9), state), "9");
    }
}
