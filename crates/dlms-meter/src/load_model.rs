//! What a household uses, as a function of time: the truth that the simulated registers show.
//!
//! A year's amount is fixed. It is divided over the months, each month over its days, a day over its
//! 96 quarters of an hour, a quarter over its minutes and a minute over its seconds; every division
//! is by weights (a shape by season, weekday and hour, with chance in it that follows from a seed)
//! and by *cumulative* sums, so that the parts always add up to the whole, exactly, in integers:
//!
//! ```text
//! year ─season─▶ month ─weekday, weather─▶ day ─hour, appliances─▶ quarter ─▶ minute ─▶ second
//! ```
//!
//! So the amount used up to any second is one closed calculation, the difference of two of them is
//! the amount between, and power is the amount of one second. Time here is physical time: seconds
//! since 1970-01-01 00:00:00 UTC that no clock change ever touches.
//!
//! ```
//! use dlms_meter::load_model::Household;
//! let house = Household::new(7);
//! let noon = 1_749_985_200;
//! let quarter: i64 = (noon..noon + 900).map(|second| house.import_milliwatts(second)).sum();
//! assert_eq!(quarter, house.imported(noon + 900) - house.imported(noon));
//! ```

use cosem::{Civil, days_in_month};

/// The electricity of one household with a photovoltaic system on its roof.
///
/// At any second it either imports or exports.
#[derive(Clone, Copy, Debug)]
pub struct Household {
    seed: u64,
    import: Consumption,
    export: Consumption,
}

impl Household {
    /// The household of a seed: between 2,400 and 4,800 kWh imported and 900 to 2,700 kWh exported
    /// a year.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let import = (2_400 + mix(seed, Level::Year, 0, 0) % 2_400) as i64;
        let export = (900 + mix(seed, Level::Year, 1, 0) % 1_800) as i64;
        Self {
            seed,
            import: Consumption {
                seed,
                yearly: import * MILLIWATT_SECONDS_PER_KWH,
                kind: Kind::Import,
            },
            export: Consumption {
                seed,
                yearly: export * MILLIWATT_SECONDS_PER_KWH,
                kind: Kind::Export,
            },
        }
    }

    /// The active energy imported, to be counted.
    #[must_use]
    pub const fn import(&self) -> Counter {
        Counter { consumption: self.import, day: None }
    }

    /// The active energy exported, to be counted.
    #[must_use]
    pub const fn export(&self) -> Counter {
        Counter { consumption: self.export, day: None }
    }

    /// Active energy imported up to a second, in milliwatt-seconds, counted from the start of 2000.
    #[must_use]
    pub fn imported(&self, second: i64) -> i64 {
        self.import.until(second)
    }

    /// Active energy exported up to a second, in milliwatt-seconds, counted from the start of 2000.
    #[must_use]
    pub fn exported(&self, second: i64) -> i64 {
        self.export.until(second)
    }

    /// Active power imported during the second that begins at `second`, in milliwatts.
    #[must_use]
    pub fn import_milliwatts(&self, second: i64) -> i64 {
        self.import.until(second + 1) - self.import.until(second)
    }

    /// Active power exported during the second that begins at `second`, in milliwatts.
    #[must_use]
    pub fn export_milliwatts(&self, second: i64) -> i64 {
        self.export.until(second + 1) - self.export.until(second)
    }

    /// Active power imported, rounded to watts.
    #[must_use]
    pub fn import_watts(&self, second: i64) -> i64 {
        (self.import_milliwatts(second) + 500) / 1_000
    }

    /// Active power exported, rounded to watts.
    #[must_use]
    pub fn export_watts(&self, second: i64) -> i64 {
        (self.export_milliwatts(second) + 500) / 1_000
    }

    /// The voltage in tenths of a volt: it wanders, falls with the load and rises with the sun.
    #[must_use]
    pub fn voltage(&self, second: i64) -> i64 {
        let flow = self.import_watts(second) - self.export_watts(second);
        2_300 + smooth(self.seed, Level::Voltage, second, 600, 35) - flow / 150
    }

    /// The current in hundredths of an ampere that this power makes at this voltage and a power
    /// factor of 0.95.
    #[must_use]
    pub fn current(&self, second: i64) -> i64 {
        let power = self.import_watts(second) + self.export_watts(second);
        let volts_by_factor = self.voltage(second) * 95;
        (power * 100_000 + volts_by_factor / 2) / volts_by_factor
    }

    /// The frequency of the grid in hundredths of a hertz. All households of a grid have the same.
    #[must_use]
    pub fn frequency(&self, second: i64) -> i64 {
        5_000 + smooth(0, Level::Frequency, second, 60, 4)
    }
}

/// The gas of one household that heats with it.
#[derive(Clone, Copy, Debug)]
pub struct Boiler {
    gas: Consumption,
}

impl Boiler {
    /// The boiler of a seed: between 900 and 2,100 m³ a year.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let yearly = (900 + mix(seed, Level::Year, 2, 0) % 1_200) as i64;
        Self {
            gas: Consumption {
                seed,
                yearly: yearly * MILLILITRES_PER_CUBIC_METRE,
                kind: Kind::Gas,
            },
        }
    }

    /// The volume used, to be counted.
    #[must_use]
    pub const fn volume(&self) -> Counter {
        Counter { consumption: self.gas, day: None }
    }

    /// The volume used up to a second, in millilitres, counted from the start of 2000.
    #[must_use]
    pub fn used(&self, second: i64) -> i64 {
        self.gas.until(second)
    }

    /// The flow during the second that begins at `second`, in litres an hour.
    #[must_use]
    pub fn flow(&self, second: i64) -> i64 {
        ((self.used(second + 1) - self.used(second)) * 3_600 + 500) / 1_000
    }
}

/// Milliwatt-seconds in a watt-hour.
pub const MILLIWATT_SECONDS_PER_WATT_HOUR: i64 = 3_600_000;
const MILLIWATT_SECONDS_PER_KWH: i64 = 1_000 * MILLIWATT_SECONDS_PER_WATT_HOUR;
const MILLILITRES_PER_CUBIC_METRE: i64 = 1_000_000;

/// An amount per year and how it is spread.
#[derive(Clone, Copy, Debug)]
struct Consumption {
    seed: u64,
    yearly: i64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Import,
    Export,
    Gas,
}

impl Consumption {
    /// The amount used up to a second, counted from the start of 2000.
    fn until(&self, second: i64) -> i64 {
        self.within(&self.day(day_of(second)), second)
    }

    /// The division down to the quarters of a day.
    fn day(&self, index: i64) -> Day {
        let date = Civil::from_seconds(index.saturating_mul(86_400));
        let years_before = self.yearly.saturating_mul(i64::from(date.year) - FIRST_YEAR);
        let month = usize::from(date.month) - 1;
        let (in_months, of_month) = share(self.yearly, month, 12, |m| self.month_weight(m));

        let day = usize::from(date.day) - 1;
        let first_day = index - day as i64;
        let days = usize::from(days_in_month(date.year, date.month));
        let (in_days, of_day) =
            share(of_month, day, days, |d| self.day_weight(first_day + d as i64));

        let before = years_before + in_months + in_days;
        let mut weights = [0; 97];
        let mut sum = 0;
        for (quarter, cumulative) in weights.iter_mut().skip(1).enumerate() {
            sum += self.quarter_weight(index, quarter);
            *cumulative = sum;
        }
        Day { index, quarters: weights.map(|weight| before + part_of(of_day, weight, sum)) }
    }

    /// The amount used up to a second of a day.
    fn within(&self, day: &Day, second: i64) -> i64 {
        let second = local(second);
        let quarter = (second.rem_euclid(86_400) / 900) as usize;
        let at = |quarter: usize| day.quarters.get(quarter).copied().unwrap_or_default();
        let before = at(quarter);
        if second.rem_euclid(900) == 0 {
            return before;
        }
        let of_quarter = at(quarter + 1) - before;
        let minute_index = second.div_euclid(60);
        let minute = minute_index.rem_euclid(15) as usize;
        let first_minute = minute_index - minute as i64;
        let (in_minutes, of_minute) =
            share(of_quarter, minute, 15, |m| self.minute_weight(quarter, first_minute, m));
        before + in_minutes + of_minute * second.rem_euclid(60) / 60
    }

    fn month_weight(&self, month: usize) -> u64 {
        let table: &[u64; 12] = match self.kind {
            Kind::Import => &[118, 110, 105, 96, 90, 85, 84, 86, 92, 100, 112, 122],
            Kind::Export => &[18, 36, 78, 112, 132, 138, 136, 118, 84, 48, 22, 12],
            Kind::Gas => &[220, 190, 150, 90, 40, 22, 20, 20, 36, 90, 150, 200],
        };
        table.get(month).copied().unwrap_or(1)
    }

    fn day_weight(&self, day: i64) -> u64 {
        let chance = mix(self.seed, Level::Day, day as u64, self.kind as u64) % 100;
        match self.kind {
            Kind::Import if is_weekend(day) => 95 + chance * 6 / 10,
            Kind::Import => 80 + chance * 4 / 10,
            // Clouds.
            Kind::Export => 15 + chance * 2,
            Kind::Gas => 70 + chance * 6 / 10,
        }
    }

    fn quarter_weight(&self, day: i64, quarter: usize) -> u64 {
        let index = (day * 96) as u64 + quarter as u64;
        let chance = mix(self.seed, Level::Quarter, index, self.kind as u64);
        let table = match self.kind {
            Kind::Import if is_weekend(day) => &WEEKEND,
            Kind::Import => &WORKDAY,
            Kind::Export => &SUN,
            Kind::Gas => &HEATING,
        };
        let hourly = |hour: usize| table.get(hour % 24).copied().unwrap_or(0);
        let (hour, part) = (quarter / 4, (quarter % 4) as u64);
        let level = hourly(hour) * (4 - part) + hourly(hour + 1) * part;
        match self.kind {
            // A cooker, a washing machine: seldom, short and strong.
            Kind::Import if chance.is_multiple_of(23) => level * 5,
            Kind::Import | Kind::Gas => level * (60 + chance % 80) / 100,
            Kind::Export if is_sunny(quarter) => level * (40 + chance % 100) / 100,
            Kind::Export => 0,
        }
    }

    fn minute_weight(&self, quarter: usize, first_minute: i64, minute: usize) -> u64 {
        let index = (first_minute + minute as i64) as u64;
        let chance = mix(self.seed, Level::Minute, index, self.kind as u64) % 60;
        match self.kind {
            Kind::Import if self.is_exporting(quarter, index, minute) => 0,
            Kind::Import => 70 + chance,
            Kind::Export if self.is_exporting(quarter, index, minute) => 70 + chance,
            Kind::Export => 0,
            // The burner is on or off.
            Kind::Gas if minute == 3 || chance < 24 => 1,
            Kind::Gas => 0,
        }
    }

    /// Whether the roof gives more than the house takes in this minute. In every sunny quarter there
    /// is at least one minute of each kind, so that neither amount is left without a place.
    const fn is_exporting(&self, quarter: usize, index: u64, minute: usize) -> bool {
        if !is_sunny(quarter) {
            return false;
        }
        match minute {
            2 => false,
            9 => true,
            _ => mix(self.seed, Level::Minute, index, u64::MAX) % 100 < 55,
        }
    }
}

/// A day and the amounts used up to each of its quarters of an hour.
#[derive(Clone, Debug)]
struct Day {
    index: i64,
    quarters: [i64; 97],
}

/// Adds up one quantity second by second or row by row: as [`Household::imported`] and the others,
/// and it remembers the day that it was last asked about.
#[derive(Clone, Debug)]
pub struct Counter {
    consumption: Consumption,
    day: Option<Day>,
}

impl Counter {
    /// The amount used up to a second, counted from the start of 2000.
    pub fn until(&mut self, second: i64) -> i64 {
        let index = day_of(second);
        let consumption = self.consumption;
        let day = self.day.take().filter(|day| day.index == index);
        let day = self.day.insert(day.unwrap_or_else(|| consumption.day(index)));
        consumption.within(day, second)
    }
}

/// People live by the clock on the wall. That of central Europe in winter is near enough, and has no
/// changes.
const fn local(second: i64) -> i64 {
    second.saturating_add(3_600)
}

const fn day_of(second: i64) -> i64 {
    local(second).div_euclid(86_400)
}

/// The amount in the parts before `part`, and that of `part` itself, of `parts` parts.
fn share(total: i64, part: usize, parts: usize, weight: impl Fn(usize) -> u64) -> (i64, i64) {
    let (mut before, mut upto, mut sum) = (0_u64, 0_u64, 0_u64);
    for index in 0..parts {
        if index == part {
            before = sum;
        }
        sum += weight(index);
        if index == part {
            upto = sum;
        }
    }
    let before = part_of(total, before, sum);
    (before, part_of(total, upto, sum) - before)
}

/// The amount that a weight gets of a sum of weights, rounded down.
fn part_of(total: i64, weight: u64, sum: u64) -> i64 {
    (i128::from(total) * i128::from(weight) / i128::from(sum.max(1))) as i64
}

/// 1970-01-01 was a Thursday.
const fn is_weekend(day: i64) -> bool {
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

/// From 8:00 to 17:00.
const fn is_sunny(quarter: usize) -> bool {
    matches!(quarter, 32..68)
}

/// A value between −`amplitude` and `amplitude` that is a straight line between points drawn every
/// `period` seconds.
fn smooth(seed: u64, level: Level, second: i64, period: i64, amplitude: i64) -> i64 {
    let index = second.div_euclid(period);
    let point = |index: i64| {
        let span = 2 * amplitude as u64 + 1;
        (mix(seed, level, index as u64, 0) % span) as i64 - amplitude
    };
    let within = second.rem_euclid(period);
    (point(index) * (period - within) + point(index + 1) * within) / period
}

#[derive(Clone, Copy)]
enum Level {
    Year = 1,
    Day,
    Quarter,
    Minute,
    Voltage,
    Frequency,
}

/// A number that looks drawn by chance and follows from its arguments (the finishing step of the
/// generator SplitMix64).
const fn mix(seed: u64, level: Level, index: u64, kind: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(index.wrapping_mul(0xbf58_476d_1ce4_e5b9))
        .wrapping_add((level as u64).wrapping_mul(0x94d0_49bb_1331_11eb))
        .wrapping_add(kind.wrapping_mul(0xd6e8_feb8_6659_fd93));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const FIRST_YEAR: i64 = 2_000;

/// Watts by the hour of a day on which the house is empty from nine to five.
const WORKDAY: [u64; 24] = [
    160, 150, 145, 145, 150, 190, 420, 560, 380, 240, 220, 240, 280, 250, 230, 250, 340, 560, 820,
    860, 720, 560, 380, 230,
];

/// Watts by the hour of a day on which people are at home.
const WEEKEND: [u64; 24] = [
    190, 165, 150, 145, 145, 155, 190, 280, 460, 560, 580, 640, 700, 560, 470, 450, 480, 580, 760,
    820, 700, 560, 420, 280,
];

/// Watts by the hour of a clear day.
const SUN: [u64; 24] = [
    0, 0, 0, 0, 0, 0, 0, 0, 220, 520, 860, 1_150, 1_300, 1_280, 1_080, 760, 420, 120, 0, 0, 0, 0,
    0, 0,
];

/// Litres by the hour.
const HEATING: [u64; 24] = [
    40, 35, 35, 40, 70, 170, 240, 220, 150, 110, 100, 95, 95, 95, 100, 120, 160, 200, 220, 210,
    180, 130, 80, 50,
];
