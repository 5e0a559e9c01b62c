//! What a meter maker may not describe.

use cosem::class::{self, AssociationLnV0, Clock, ProfileGeneric, Register};
use cosem::{Data, Obis, ScalerUnit, Unit, obis};
use dlms::apdu::{ActionResult, DataAccessResult};
use dlms::association::{ClientAddress, ServerAddress};
use dlms_meter::{
    Access, BuildError, ClockRules, Column, LogicalDevice, Meter, MeterBuilder, ObjectBuilder,
    Profile,
};

use crate::{NOON, at, call, get, public, set};

const ENERGY: Obis = obis!("1-0:1.8.0");

fn register(object: ObjectBuilder<Register>) -> ObjectBuilder<Register> {
    object
        .holds(Register::value, Data::DoubleLongUnsigned(12_345))
        .holds(Register::scaler_unit, ScalerUnit { scaler: 0, unit: Unit::WATT_HOUR })
}

fn metered() -> MeterBuilder {
    Meter::new("ABC0000000000001")
        .with(Register::at(ENERGY), |object| register(object).metrological())
}

#[test]
fn a_right_to_change_a_metrological_object_is_refused() {
    let energy = Register::at(ENERGY);
    let client = ClientAddress(1);
    let refused = BuildError::Metrological { client, instance: ENERGY };
    for access in [
        Access::low("x").read_all().write(energy.value()),
        Access::low("x").write(energy.scaler_unit()),
        Access::public().call(energy.reset()),
    ] {
        assert_eq!(metered().allow(client, access).build().err().as_ref(), Some(&refused));
    }
    assert_eq!(
        refused.to_string(),
        "client 1 has a right to change 1-0:1.8.0*255, which is metrological: no client may",
    );
    let profile = ProfileGeneric::at(obis!("1-0:99.1.0"));
    let columns = vec![Column::of(energy.value())];
    let result = metered()
        .with(profile, |object| object.captures(Profile::every(900, 10, columns)).metrological())
        .allow(client, Access::public().call(profile.reset()))
        .build();
    assert!(matches!(result, Err(BuildError::Metrological { .. })));
}

#[test]
fn a_register_that_is_not_metrological_may_be_granted() {
    let energy = Register::at(ENERGY);
    let mut meter = Meter::new("ABC0000000000001")
        .with(energy, register)
        .allow(ClientAddress::PUBLIC, Access::public().read_all().write(energy.value()))
        .build()
        .unwrap();
    let new = Data::DoubleLongUnsigned(7);
    let target = (3, ENERGY, 2);
    assert_eq!(
        set(&mut meter, &public(), target, new.clone(), at(NOON)),
        DataAccessResult::SUCCESS
    );
    assert_eq!(get(&mut meter, &public(), target, at(NOON)), Ok(new));
    // The class lets any simple type in; the object has one.
    let other = set(&mut meter, &public(), target, Data::Long(7), at(NOON));
    assert_eq!(other, DataAccessResult::TYPE_UNMATCHED);
    // Nobody made a method.
    let energy_reset =
        call(&mut meter, &public(), (3, ENERGY, 1), Some(Data::Integer(0)), at(NOON));
    assert_eq!(energy_reset, Err(ActionResult::READ_WRITE_DENIED));
}

#[test]
fn a_right_to_what_nobody_may_is_refused() {
    let client = ClientAddress(1);
    let association = AssociationLnV0::at(obis!("0-0:40.0.0"));
    let secret = metered().allow(client, Access::public().read(association.secret())).build();
    assert!(matches!(secret, Err(BuildError::Secret { attribute: 7, .. })));
    let name = class::Data::at(obis!("0-0:42.0.0"));
    let fixed = metered().allow(client, Access::public().write(name.value())).build();
    assert!(matches!(fixed, Err(BuildError::Fixed { attribute: 2, .. })));
    let logical_name = cosem::Attribute::<Obis>::raw(1, obis!("0-0:42.0.0"), 1);
    let fixed = metered().allow(client, Access::public().write(logical_name)).build();
    assert!(matches!(fixed, Err(BuildError::Fixed { attribute: 1, .. })));
    let nothing = metered().allow(client, Access::public().read(Clock::at(ENERGY).time())).build();
    assert!(matches!(nothing, Err(BuildError::NoSuchObject { class: 8, .. })));
}

#[test]
fn descriptions_that_are_not_complete_are_refused() {
    let no_unit = Meter::new("ABC0000000000001").with(Register::at(ENERGY), |object| {
        object.holds(Register::value, Data::DoubleLongUnsigned(1))
    });
    assert_eq!(
        no_unit.build().err().unwrap().to_string(),
        "1-0:1.8.0*255, attribute 3 (scaler_unit) has no value: give it one with `holds` or `reads`",
    );
    let wrong_type = Meter::new("ABC0000000000001").with(Register::at(ENERGY), |object| {
        register(object).holds(Register::value, Data::Array(Vec::new()))
    });
    assert!(matches!(wrong_type.build(), Err(BuildError::Value { attribute: 2, .. })));
    let twice = metered().with(Register::at(ENERGY), register);
    assert_eq!(twice.build().err(), Some(BuildError::ObjectTwice { instance: ENERGY }));
    let client = ClientAddress(1);
    let twice = metered().allow(client, Access::public()).allow(client, Access::public());
    assert_eq!(twice.build().err(), Some(BuildError::ClientTwice { client }));
    let twice = metered().device(LogicalDevice::new(ServerAddress(1), "ABC0000000000002"));
    assert!(matches!(twice.build(), Err(BuildError::DeviceTwice { .. })));
    for name in ["", "ABC00000000000012"] {
        assert!(matches!(Meter::new(name).build(), Err(BuildError::Name { .. })));
    }
}

#[test]
fn closures_are_objects_that_do_something() {
    cosem::interface_class! {
        /// Counts door openings.
        Door "Door" = 32_768, version 0, source "manual of the door" {
            /// How often it was opened.
            2 openings: u32;
            /// What stands on it.
            3 label: Vec<u8>;
            methods {
                /// Opens it for so many seconds; says how often it has been opened.
                1 open(u16) -> u32;
                /// Locks it.
                2 lock(i8);
            }
        }
    }
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    let instance = obis!("0-0:96.128.0");
    let door = Door::at(instance);
    let (count, label) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (counted, opened, labelled) = (Arc::clone(&count), Arc::clone(&count), Arc::clone(&label));
    let mut meter = Meter::new("OWN0000000000001")
        .with(Clock::at(obis!("0-0:1.0.0")), |clock| clock.runs(ClockRules::UTC))
        .with(door, |object| {
            object
                .reads(Door::openings, move |_| counted.load(Relaxed))
                .holds(Door::label, b"cellar".to_vec())
                .writes(Door::label, move |text: Vec<u8>, _| match text.len() {
                    1..=20 => {
                        labelled.fetch_add(1, Relaxed);
                        Ok(())
                    }
                    _ => Err(DataAccessResult::OTHER_REASON),
                })
                .calls(Door::open, move |seconds, context| {
                    assert_eq!(context.peer().unwrap().association.client, ClientAddress(16));
                    Ok(opened.fetch_add(u32::from(seconds), Relaxed) + u32::from(seconds))
                })
                .calls(Door::lock, |_, _| Ok(()))
        })
        .allow(
            ClientAddress::PUBLIC,
            Access::public().read_all().write(door.label()).call(door.open()).call(door.lock()),
        )
        .build()
        .unwrap();
    let mut opening =
        |parameter| call(&mut meter, &public(), (32_768, instance, 1), parameter, at(NOON));
    assert_eq!(opening(Some(Data::LongUnsigned(3))), Ok(Some(Data::DoubleLongUnsigned(3))));
    assert_eq!(opening(Some(Data::Unsigned(3))), Err(ActionResult::TYPE_UNMATCHED));
    assert_eq!(opening(None), Err(ActionResult::TYPE_UNMATCHED));
    let lock = call(&mut meter, &public(), (32_768, instance, 2), Some(Data::Integer(0)), at(NOON));
    assert_eq!(lock, Ok(None));
    let openings = get(&mut meter, &public(), (32_768, instance, 2), at(NOON));
    assert_eq!(openings, Ok(Data::DoubleLongUnsigned(3)));
    let mut write = |text: &[u8]| {
        let value = Data::OctetString(text.to_vec());
        set(&mut meter, &public(), (32_768, instance, 3), value, at(NOON))
    };
    assert_eq!(write(b"attic"), DataAccessResult::SUCCESS);
    assert_eq!(write(b""), DataAccessResult::OTHER_REASON);
    assert_eq!(label.load(Relaxed), 1);
}

#[test]
fn a_profile_of_ones_own_captures_on_call_and_by_time() {
    let energy = Register::at(ENERGY);
    let (hourly, called) =
        (ProfileGeneric::at(obis!("1-0:99.2.0")), ProfileGeneric::at(obis!("1-0:99.3.0")));
    let columns = || {
        vec![
            Column::of(Clock::at(obis!("0-0:1.0.0")).time()),
            Column::of(energy.value()),
            Column { index: 2, ..Column::of(energy.scaler_unit()) },
        ]
    };
    let mut meter = Meter::new("OWN0000000000001")
        .with(Clock::at(obis!("0-0:1.0.0")), |clock| clock.runs(ClockRules::CENTRAL_EUROPE))
        .with(energy, register)
        .with(hourly, |object| object.captures(Profile::every(86_400, 3, columns())))
        .with(called, |object| object.captures(Profile::on_demand(2, columns())))
        .allow(
            ClientAddress::PUBLIC,
            Access::public()
                .read_all()
                .write(energy.value())
                .call(called.capture())
                .call(called.reset()),
        )
        .build()
        .unwrap();
    let rows = |meter: &mut Meter, instance, second| {
        get(meter, &public(), (7, instance, 2), at(second)).unwrap().elements().to_vec()
    };
    let zero = || Some(Data::Integer(0));
    // The newest three midnights of local time, across the change of March.
    assert!(rows(&mut meter, hourly.logical_name().instance(), 1_743_200_000).is_empty());
    let days = rows(&mut meter, hourly.logical_name().instance(), 1_743_200_000 + 3 * 86_400);
    let times: Vec<String> = days
        .iter()
        .map(|row| row.elements()[0].head().as_date_time().unwrap().to_string())
        .collect();
    assert_eq!(
        times,
        [
            "2025-03-30 00:00:00.00+01:00",
            "2025-03-31 00:00:00.00+02:00",
            "2025-04-01 00:00:00.00+02:00",
        ]
    );
    assert_eq!(days[0].elements()[1..], [Data::DoubleLongUnsigned(12_345), Data::Enum(30)]);
    // On call, and the oldest makes room.
    let target = (7, called.logical_name().instance(), 2);
    for energy in 1..=3_u32 {
        let value = Data::DoubleLongUnsigned(energy);
        set(&mut meter, &public(), (3, ENERGY, 2), value, at(NOON));
        assert_eq!(call(&mut meter, &public(), target, zero(), at(NOON)), Ok(None));
    }
    let captured = rows(&mut meter, target.1, NOON);
    let energies: Vec<&Data> = captured.iter().map(|row| &row.elements()[1]).collect();
    assert_eq!(energies, [&Data::DoubleLongUnsigned(2), &Data::DoubleLongUnsigned(3)]);
    let reset = (7, target.1, 1);
    assert_eq!(
        call(&mut meter, &public(), reset, None, at(NOON)),
        Err(ActionResult::TYPE_UNMATCHED)
    );
    assert_eq!(rows(&mut meter, target.1, NOON).len(), 2);
    assert_eq!(call(&mut meter, &public(), reset, zero(), at(NOON)), Ok(None));
    assert!(rows(&mut meter, target.1, NOON).is_empty());
}
