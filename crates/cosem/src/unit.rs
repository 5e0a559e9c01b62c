//! Units, scalers, and scaled values without floating point.
//!
//! ```
//! use cosem::{Decimal, ScalerUnit, Unit};
//! let scaler_unit = ScalerUnit { scaler: -1, unit: Unit::WATT_HOUR };
//! assert_eq!(scaler_unit.scale(12_345).to_string(), "1234.5");
//! assert_eq!(scaler_unit.unit.to_string(), "Wh");
//! assert_eq!(Decimal { mantissa: 25, exponent: 2 }.to_string(), "2500");
//! ```

use core::fmt;

use crate::data::Value;

/// A unit of the enumeration that scaler_unit attributes use. The number stays open, so that an
/// unknown unit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Unit(pub u8);

macro_rules! units {
    ($($number:literal $constant:ident $symbol:literal $name:literal;)*) => {
        impl Unit {
            $(#[doc = $name] pub const $constant: Self = Self($number);)*

            /// Every unit that is not reserved, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];

            /// The symbol, such as `Wh`; `None` for a reserved number.
            #[must_use]
            pub const fn symbol(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($symbol),)*
                    _ => None,
                }
            }

            /// What it is in words, such as `active energy: watt hour`; `None` for a reserved number.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

units! {
    1 YEAR "a" "time: year";
    2 MONTH "mo" "time: month";
    3 WEEK "wk" "time: week";
    4 DAY "d" "time: day";
    5 HOUR "h" "time: hour";
    6 MINUTE "min" "time: minute";
    7 SECOND "s" "time: second";
    8 DEGREE_OF_ARC "°" "phase_angle: degree of arc";
    9 DEGREE_CELSIUS "°C" "temperature: degree Celsius";
    10 LOCAL_CURRENCY "currency" "currency: local currency";
    11 METRE "m" "length: metre";
    12 METRE_PER_SECOND "m/s" "speed: metre per second";
    13 CUBIC_METRE "m³" "volume: cubic metre";
    14 CUBIC_METRE_CORRECTED_VOLUME "m³" "corrected_volume: cubic metre, corrected (converted) volume";
    15 CUBIC_METRE_PER_HOUR "m³/h" "volume_flow: cubic metre per hour";
    16 CUBIC_METRE_PER_HOUR_CORRECTED_VOLUME "m³/h" "corrected_volume_flow: cubic metre per hour, corrected volume";
    17 CUBIC_METRE_PER_DAY "m³/d" "volume_flow: cubic metre per day";
    18 CUBIC_METRE_PER_DAY_CORRECTED_VOLUME "m³/d" "corrected_volume_flow: cubic metre per day, corrected volume";
    19 LITRE "l" "volume: litre";
    20 KILOGRAM "kg" "mass: kilogram";
    21 NEWTON "N" "force: newton";
    22 NEWTON_METRE "Nm" "energy: newton metre";
    23 PASCAL "Pa" "pressure: pascal";
    24 BAR "bar" "pressure: bar";
    25 JOULE "J" "energy: joule";
    26 JOULE_PER_HOUR "J/h" "thermal_power: joule per hour";
    27 WATT "W" "active_power: watt";
    28 VOLT_AMPERE "VA" "apparent_power: volt-ampere";
    29 VAR "var" "reactive_power: var (reactive volt-ampere)";
    30 WATT_HOUR "Wh" "active_energy: watt hour";
    31 VOLT_AMPERE_HOUR "VAh" "apparent_energy: volt-ampere hour";
    32 VAR_HOUR "varh" "reactive_energy: var hour";
    33 AMPERE "A" "current: ampere";
    34 COULOMB "C" "electric_charge: coulomb";
    35 VOLT "V" "voltage: volt";
    36 VOLT_PER_METRE "V/m" "electric_field_strength: volt per metre";
    37 FARAD "F" "capacitance: farad";
    38 OHM "Ω" "resistance: ohm";
    39 OHM_METRE "Ωm²/m" "resistivity: ohm metre (printed as ohm square metre per metre)";
    40 WEBER "Wb" "magnetic_flux: weber";
    41 TESLA "T" "magnetic_flux_density: tesla";
    42 AMPERE_PER_METRE "A/m" "magnetic_field_strength: ampere per metre";
    43 HENRY "H" "inductance: henry";
    44 HERTZ "Hz" "frequency: hertz";
    45 RECIPROCAL_WATT_HOUR "1/(Wh)" "active_energy_meter_constant: reciprocal watt hour (meter constant R_W)";
    46 RECIPROCAL_VAR_HOUR "1/(varh)" "reactive_energy_meter_constant: reciprocal var hour (meter constant R_B)";
    47 RECIPROCAL_VOLT_AMPERE_HOUR "1/(VAh)" "apparent_energy_meter_constant: reciprocal volt-ampere hour (meter constant R_S)";
    48 VOLT_SQUARED_HOUR "V²h" "volt_squared_hours: volt squared hour";
    49 AMPERE_SQUARED_HOUR "A²h" "ampere_squared_hours: ampere squared hour";
    50 KILOGRAM_PER_SECOND "kg/s" "mass_flow: kilogram per second";
    51 SIEMENS "S" "conductance: siemens (printed as S, mho)";
    52 KELVIN "K" "temperature: kelvin";
    53 RECIPROCAL_VOLT_SQUARED_HOUR "1/(V²h)" "volt_squared_hour_meter_constant: reciprocal volt squared hour";
    54 RECIPROCAL_AMPERE_SQUARED_HOUR "1/(A²h)" "ampere_squared_hour_meter_constant: reciprocal ampere squared hour";
    55 RECIPROCAL_CUBIC_METRE "1/m³" "volume_meter_constant: reciprocal cubic metre (meter constant R_V)";
    56 PER_CENT "%" "ratio: per cent";
    57 AMPERE_HOUR "Ah" "electric_charge: ampere hour";
    60 WATT_HOUR_PER_CUBIC_METRE "Wh/m³" "energy_per_volume: watt hour per cubic metre";
    61 JOULE_PER_CUBIC_METRE "J/m³" "calorific_value: joule per cubic metre (calorific value, Wobbe)";
    62 MOLE_PER_CENT_OF_A_GAS_COMPOSITION "Mol %" "molar_fraction: mole per cent of a gas composition";
    63 GRAM_PER_CUBIC_METRE "g/m³" "mass_density: gram per cubic metre (gas analysis, particles)";
    64 PASCAL_SECOND "Pa s" "dynamic_viscosity: pascal second";
    65 JOULE_PER_KILOGRAM "J/kg" "specific_energy: joule per kilogram";
    66 GRAM_PER_SQUARE_CENTIMETRE "g/cm²" "pressure: gram per square centimetre";
    67 STANDARD_ATMOSPHERE "atm" "pressure: standard atmosphere";
    70 DECIBEL_REFERRED_TO_ONE_MILLIWATT "dBm" "signal_strength: decibel referred to one milliwatt";
    71 DECIBEL_REFERRED_TO_ONE_MICROVOLT "dBµV" "signal_strength: decibel referred to one microvolt";
    72 DECIBEL "dB" "level_ratio: decibel";
    128 INCH "in" "length: inch";
    129 FOOT "ft" "length: foot";
    130 POUND "lb" "mass: pound (avoirdupois)";
    131 DEGREE_FAHRENHEIT "°F" "temperature: degree Fahrenheit";
    132 DEGREE_RANKINE "°R" "temperature: degree Rankine";
    133 SQUARE_INCH "in²" "area: square inch";
    134 SQUARE_FOOT "ft²" "area: square foot";
    135 ACRE "acre" "area: acre";
    136 CUBIC_INCH "in³" "volume: cubic inch";
    137 CUBIC_FOOT_VOLUME "ft³" "volume: cubic foot";
    138 ACRE_FOOT "acre-ft" "volume: acre-foot";
    139 IMPERIAL_GALLON_VOLUME "gal (imp)" "volume: imperial gallon";
    140 US_GALLON_VOLUME "gal (US)" "volume: US gallon";
    141 POUND_FORCE "lbf" "force: pound-force";
    142 POUND_FORCE_PER_SQUARE_INCH "psi" "pressure: pound-force per square inch";
    143 POUND_PER_CUBIC_FOOT "lb/ft³" "mass_density: pound per cubic foot";
    144 POUND_PER_FOOT_SECOND "lb/(ft·s)" "dynamic_viscosity: pound per foot second";
    145 SQUARE_FOOT_PER_SECOND "ft²/s" "kinematic_viscosity: square foot per second";
    146 BRITISH_THERMAL_UNIT "Btu" "energy: British thermal unit";
    147 THERM_ENERGY "thm (EU)" "energy: therm (EU)";
    148 THERM_ENERGY_148 "thm (US)" "energy: therm (US)";
    149 BRITISH_THERMAL_UNIT_PER_POUND "Btu/lb" "specific_energy: British thermal unit per pound";
    150 BRITISH_THERMAL_UNIT_PER_CUBIC_FOOT "Btu/ft³" "calorific_value: British thermal unit per cubic foot";
    151 CUBIC_FOOT_VOLUME_151 "ft³" "volume: cubic foot (second allocation)";
    152 FOOT_PER_SECOND "ft/s" "speed: foot per second";
    153 CUBIC_FOOT_PER_SECOND "ft³/s" "volume_flow: cubic foot per second";
    154 CUBIC_FOOT_PER_MINUTE "ft³/min" "volume_flow: cubic foot per minute";
    155 CUBIC_FOOT_PER_HOUR "ft³/h" "volume_flow: cubic foot per hour";
    156 CUBIC_FOOT_PER_DAY "ft³/d" "volume_flow: cubic foot per day";
    157 ACRE_FOOT_PER_SECOND "acre-ft/s" "volume_flow: acre-foot per second";
    158 ACRE_FOOT_PER_MINUTE "acre-ft/min" "volume_flow: acre-foot per minute";
    159 ACRE_FOOT_PER_HOUR "acre-ft/h" "volume_flow: acre-foot per hour";
    160 ACRE_FOOT_PER_DAY "acre-ft/d" "volume_flow: acre-foot per day";
    161 IMPERIAL_GALLON_VOLUME_161 "gal (imp)" "volume: imperial gallon (second allocation)";
    162 IMPERIAL_GALLON_PER_SECOND "gal (imp)/s" "volume_flow: imperial gallon per second";
    163 IMPERIAL_GALLON_PER_MINUTE "gal (imp)/min" "volume_flow: imperial gallon per minute";
    164 IMPERIAL_GALLON_PER_HOUR "gal (imp)/h" "volume_flow: imperial gallon per hour";
    165 IMPERIAL_GALLON_PER_DAY "gal (imp)/d" "volume_flow: imperial gallon per day";
    166 US_GALLON_VOLUME_166 "gal (US)" "volume: US gallon (second allocation)";
    167 US_GALLON_PER_SECOND "gal (US)/s" "volume_flow: US gallon per second";
    168 US_GALLON_PER_MINUTE "gal (US)/min" "volume_flow: US gallon per minute";
    169 US_GALLON_PER_HOUR "gal (US)/h" "volume_flow: US gallon per hour";
    170 US_GALLON_PER_DAY "gal (US)/d" "volume_flow: US gallon per day";
    171 BRITISH_THERMAL_UNIT_PER_SECOND "Btu/s" "thermal_power: British thermal unit per second";
    172 BRITISH_THERMAL_UNIT_PER_MINUTE "Btu/min" "thermal_power: British thermal unit per minute";
    173 BRITISH_THERMAL_UNIT_PER_HOUR "Btu/h" "thermal_power: British thermal unit per hour";
    174 BRITISH_THERMAL_UNIT_PER_DAY "Btu/d" "thermal_power: British thermal unit per day";
    253 ESCAPE_CODE_UNIT_TAKEN_FROM_AN_EXTENDED_TABLE "(extended)" "extended: escape code: unit taken from an extended table";
    254 OTHER_UNIT_NOT_IN_THIS_TABLE "(other)" "other: other unit, not in this table";
    255 NO_UNIT_UNITLESS_COUNT "" "count: no unit, unitless, count";
}

/// The symbol, or `unit 200` for a number that is reserved.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.symbol() {
            Some(symbol) => f.pad(symbol),
            None => f.pad(&alloc::format!("unit {}", self.0)),
        }
    }
}

/// The power of ten and the unit of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ScalerUnit {
    /// The value is the raw number times ten to this power.
    pub scaler: i8,
    /// What is counted.
    pub unit: Unit,
}

impl ScalerUnit {
    /// The exact value of a raw number.
    #[must_use]
    pub fn scale(self, raw: impl Into<i128>) -> Decimal {
        Decimal { mantissa: raw.into(), exponent: i16::from(self.scaler) }
    }

    /// The exact value of what a register holds: a whole number, or a float taken as the shortest
    /// decimal that reads back as it. `None` for everything else.
    #[must_use]
    pub fn decimal(self, value: Value<'_>) -> Option<Decimal> {
        match value {
            Value::Float32(float) => Decimal::from_float(&alloc::format!("{float:e}"), self.scaler),
            Value::Float64(float) => Decimal::from_float(&alloc::format!("{float:e}"), self.scaler),
            other => other.as_integer().map(|number| self.scale(number)),
        }
    }
}

/// An exact decimal number: mantissa times ten to the power of the exponent.
///
/// Printed with as many digits behind the point as the exponent says: `1234.50` when the mantissa
/// is 123,450 and the exponent −2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Decimal {
    /// All digits, with the sign.
    pub mantissa: i128,
    /// How far the point stands to the right of the last digit.
    pub exponent: i16,
}

impl Decimal {
    /// The shortest decimal that reads back as the same float, scaled; `None` when it is no number.
    #[must_use]
    pub fn from_float(text_of_shortest: &str, scaler: i8) -> Option<Self> {
        let (digits, power) = match text_of_shortest.split_once('e') {
            Some((digits, power)) => (digits, power.parse::<i16>().ok()?),
            None => (text_of_shortest, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (negative, whole) = match whole.strip_prefix('-') {
            Some(whole) => (true, whole),
            None => (false, whole),
        };
        if whole.is_empty() {
            return None;
        }
        let mut mantissa: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = i128::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
            mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
        }
        let exponent = power
            .checked_sub(i16::try_from(fraction.len()).ok()?)?
            .checked_add(i16::from(scaler))?;
        Some(Self { mantissa: if negative { -mantissa } else { mantissa }, exponent })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = alloc::format!("{}", self.mantissa.unsigned_abs());
        let places = usize::from(self.exponent.unsigned_abs());
        let text = if self.exponent >= 0 {
            let zeros = if self.mantissa == 0 { 0 } else { places };
            alloc::format!("{digits}{:0<zeros$}", "")
        } else {
            // At least one digit stands before the point.
            let digits = alloc::format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            alloc::format!("{whole}.{fraction}")
        };
        f.pad_integral(self.mantissa >= 0, "", &text)
    }
}
