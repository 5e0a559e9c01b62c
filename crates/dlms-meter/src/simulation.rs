//! A simulated household meter with a gas meter behind it.

use cosem::class::{self, Clock, ProfileGeneric, Register};
use cosem::{Data, Obis, ScalerUnit, Unit, obis};
use dlms::association::{ClientAddress, ServerAddress};

use crate::behaviour::Context;
use crate::device::LogicalDevice;
use crate::load_model::{Boiler, Counter, Household, MILLIWATT_SECONDS_PER_WATT_HOUR};
use crate::meter::Meter;
use crate::object::{BuildError, ObjectBuilder};
use crate::profile::Profile;
use crate::rights::Access;
use crate::selection::Column;
use crate::timekeeping::ClockRules;

/// The client that may read everything and set the clock.
pub const READER: ClientAddress = ClientAddress(2);

/// The reader's password. It is public: a mark for tests, no secret.
pub const READER_TEST_PASSWORD: &str = "12345678";

/// The logical device of the gas meter.
pub const GAS: ServerAddress = ServerAddress(16);

/// When the meters were installed: 2020-01-01 00:00:00 UTC.
pub const INSTALLED: i64 = 1_577_836_800;

/// Active energy imported.
pub const IMPORT: Obis = obis!("1-0:1.8.0");
/// Active energy exported.
pub const EXPORT: Obis = obis!("1-0:2.8.0");
/// The load profile: 90 days of quarters of an hour.
pub const LOAD_PROFILE: Obis = obis!("1-0:99.1.0");
/// The event log.
pub const EVENT_LOG: Obis = obis!("0-0:99.98.0");

/// An electricity meter (logical device 1) with a gas meter (logical device 16), both with the
/// clock of central Europe. What the household uses follows from the serial number.
///
/// | client                | authentication               | may                                  |
/// |-----------------------|------------------------------|--------------------------------------|
/// | 16, the public client | none                         | read identification and clock        |
/// | 2, the reader         | LLS, [`READER_TEST_PASSWORD`]| read everything, set and adjust the clock |
///
/// Nobody may change the registers and the profiles.
///
/// # Errors
/// Only a serial number of more than 12 digits.
pub fn residential(serial: u64) -> Result<Meter, BuildError> {
    seeded(serial, serial)
}

/// The same, of a household that uses what follows from `seed`.
///
/// # Errors
/// As [`residential`].
pub fn seeded(serial: u64, seed: u64) -> Result<Meter, BuildError> {
    let clock = Clock::at(CLOCK);
    let meter = Meter::new(&format!("ABC0{serial:012}"))
        .with(clock, |clock| clock.runs(ClockRules::CENTRAL_EUROPE))
        .with(class::Data::at(SERIAL), |object| text(object, &format!("{serial:08}")))
        .with(class::Data::at(FIRMWARE), |object| text(object, env!("CARGO_PKG_VERSION")))
        .with(class::Data::at(PROFILE_STATUS), |object| number(object, Data::Unsigned(0)))
        .with(class::Data::at(EVENT_CODE), |object| number(object, Data::LongUnsigned(0)));
    let meter = electricity(Household::new(seed)).into_iter().fold(meter, |meter, quantity| {
        meter.with(quantity.handle(), |object| quantity.describe(object))
    });
    let columns = vec![
        Column::of(clock.time()),
        Column::of(class::Data::at(PROFILE_STATUS).value()),
        Column::of(Register::at(IMPORT).value()),
        Column::of(Register::at(EXPORT).value()),
    ];
    let load_profile =
        Profile::every(QUARTER, QUARTERS_OF_90_DAYS, columns).status(PROFILE_STATUS).with_history();
    meter
        .with(ProfileGeneric::at(LOAD_PROFILE), |object| {
            object.captures(load_profile).metrological()
        })
        .with(ProfileGeneric::at(EVENT_LOG), |object| {
            object.logs_events(EVENTS, clock, class::Data::at(EVENT_CODE)).metrological()
        })
        .allow(ClientAddress::PUBLIC, public(clock))
        .allow(READER, reader(clock))
        .device(gas(serial, seed))
        .build()
}

fn gas(serial: u64, seed: u64) -> LogicalDevice {
    let clock = Clock::at(CLOCK);
    let boiler = Boiler::new(seed);
    let (before, mut volume) = (boiler.used(INSTALLED), boiler.volume());
    let volume = Quantity {
        instance: obis!("7-0:3.0.0"),
        scaler_unit: ScalerUnit { scaler: -3, unit: Unit::CUBIC_METRE },
        value: Box::new(move |second| double_long((volume.until(second) - before) / 1_000)),
    };
    let flow = Quantity {
        instance: obis!("7-0:43.0.0"),
        scaler_unit: ScalerUnit { scaler: -3, unit: Unit::CUBIC_METRE_PER_HOUR },
        value: Box::new(move |second| double_long(boiler.flow(second))),
    };
    LogicalDevice::new(GAS, &format!("ABC1{serial:012}"))
        .with(clock, |clock| clock.runs(ClockRules::CENTRAL_EUROPE))
        .with(class::Data::at(SERIAL), |object| text(object, &format!("G{serial:08}")))
        .with(volume.handle(), |object| volume.describe(object))
        .with(flow.handle(), |object| flow.describe(object))
        .allow(ClientAddress::PUBLIC, public(clock))
        .allow(READER, reader(clock))
}

fn public(clock: Clock) -> Access {
    Access::public().read_object(clock).read_object(class::Data::at(SERIAL))
}

fn reader(clock: Clock) -> Access {
    Access::low(READER_TEST_PASSWORD)
        .read_all()
        .write(clock.time())
        .call(clock.adjust_to_quarter())
        .call(clock.adjust_to_measuring_period())
        .call(clock.adjust_to_minute())
        .call(clock.adjust_to_preset_time())
        .call(clock.preset_adjusting_time())
        .call(clock.shift_time())
}

/// A register that is a function of physical time.
struct Quantity {
    instance: Obis,
    scaler_unit: ScalerUnit,
    value: Box<dyn FnMut(i64) -> Data + Send>,
}

impl Quantity {
    fn handle(&self) -> Register {
        Register::at(self.instance)
    }

    fn describe(self, object: ObjectBuilder<Register>) -> ObjectBuilder<Register> {
        let mut value = self.value;
        object
            .reads(Register::value, move |context: &mut Context<'_>| value(context.seconds()))
            .holds(Register::scaler_unit, self.scaler_unit)
            .metrological()
    }
}

fn electricity(house: Household) -> [Quantity; 7] {
    let quantity = |instance, scaler, unit, value: Box<dyn FnMut(i64) -> Data + Send>| Quantity {
        instance,
        scaler_unit: ScalerUnit { scaler, unit },
        value,
    };
    let watt_hours = |mut counter: Counter| {
        let before = counter.until(INSTALLED);
        move |second| {
            double_long((counter.until(second) - before) / MILLIWATT_SECONDS_PER_WATT_HOUR)
        }
    };
    [
        quantity(IMPORT, 0, Unit::WATT_HOUR, Box::new(watt_hours(house.import()))),
        quantity(EXPORT, 0, Unit::WATT_HOUR, Box::new(watt_hours(house.export()))),
        quantity(obis!("1-0:1.7.0"), 0, Unit::WATT, {
            Box::new(move |second| double_long(house.import_watts(second)))
        }),
        quantity(obis!("1-0:2.7.0"), 0, Unit::WATT, {
            Box::new(move |second| double_long(house.export_watts(second)))
        }),
        quantity(obis!("1-0:32.7.0"), -1, Unit::VOLT, {
            Box::new(move |second| long(house.voltage(second)))
        }),
        quantity(obis!("1-0:31.7.0"), -2, Unit::AMPERE, {
            Box::new(move |second| long(house.current(second)))
        }),
        quantity(obis!("1-0:14.7.0"), -2, Unit::HERTZ, {
            Box::new(move |second| long(house.frequency(second)))
        }),
    ]
}

/// Registers count from their installation on and are full at 2^32 − 1.
fn double_long(number: i64) -> Data {
    Data::DoubleLongUnsigned(u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

fn long(number: i64) -> Data {
    Data::LongUnsigned(u16::try_from(number.max(0)).unwrap_or(u16::MAX))
}

fn text(object: ObjectBuilder<class::Data>, text: &str) -> ObjectBuilder<class::Data> {
    object.holds(class::Data::value, Data::OctetString(text.as_bytes().to_vec())).metrological()
}

fn number(object: ObjectBuilder<class::Data>, number: Data) -> ObjectBuilder<class::Data> {
    object.holds(class::Data::value, number).metrological()
}

const CLOCK: Obis = obis!("0-0:1.0.0");
const SERIAL: Obis = obis!("0-0:96.1.0");
const FIRMWARE: Obis = obis!("1-0:0.2.0");
const PROFILE_STATUS: Obis = obis!("0-0:96.10.1");
const EVENT_CODE: Obis = obis!("0-0:96.11.0");
const QUARTER: u32 = 900;
const QUARTERS_OF_90_DAYS: u32 = 90 * 96;
const EVENTS: u32 = 500;
