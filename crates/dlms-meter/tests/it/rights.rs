//! Rights: a random matrix of them against a reference that looks for each in a list.

use cosem::class::{Clock, ExtendedRegister, Register};
use cosem::{Attribute, Data, DateTime, InterfaceClass, Method, Obis, ScalerUnit, Unit};
use dlms::apdu::{ActionResult, DataAccessResult, Mechanism};
use dlms::association::{ClientAddress, ServerAddress};
use dlms_meter::{Access, ClockRules, Meter, ObjectBuilder, Peer};

use crate::{NOON, at, call, get, set};

/// Numbers that look drawn by chance, the same in each run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    Call,
}

/// What the test knows of the meter that it has made.
struct World {
    /// Logical name, class, whether metrological.
    objects: Vec<(Obis, u16, bool)>,
    clients: Vec<(u16, Mechanism)>,
    /// Client, logical name, class, what, which attribute or method.
    granted: Vec<(u16, Obis, u16, Kind, i8)>,
}

/// An access, as the test asks for it.
#[derive(Clone, Copy, Debug)]
struct Asked {
    client: u16,
    mechanism: Mechanism,
    instance: Obis,
    class: u16,
    kind: Kind,
    index: i8,
}

impl World {
    /// The result code that the rules give: 4, 9, 3 or 0.
    fn reference(&self, asked: Asked) -> u8 {
        let Asked { client, mechanism, instance, class, kind, index } = asked;
        if !self.objects.iter().any(|object| object.0 == instance) {
            return 4;
        }
        let mut same = self.objects.iter().filter(|object| object.0 == instance);
        let Some(object) = same.find(|object| object.1 == class) else { return 9 };
        if object.2 && kind != Kind::Read {
            return 3;
        }
        if !self.clients.contains(&(client, mechanism)) {
            return 3;
        }
        if self.granted.contains(&(client, instance, class, kind, index)) { 0 } else { 3 }
    }
}

const CLASSES: [u16; 3] = [3, 4, 8];
const MECHANISMS: [Mechanism; 3] = [Mechanism::LOWEST, Mechanism::LOW, Mechanism(5)];

/// How many attributes and methods a class has.
fn size(class: u16) -> (i8, i8) {
    match class {
        3 => (3, 1),
        4 => (5, 1),
        _ => (9, 6),
    }
}

fn register<H: InterfaceClass>(object: ObjectBuilder<H>, metrological: bool) -> ObjectBuilder<H> {
    if metrological { object.metrological() } else { object }
}

fn world(chance: &mut Chance) -> (Meter, World) {
    let mut builder = Meter::new("ABC0000000000001");
    let mut objects = Vec::new();
    for number in 0..6_u8 {
        let class = chance.pick(&CLASSES);
        let metrological = chance.below(3) == 0;
        let instance = Obis([1, 0, 99, number, 0, 255]);
        objects.push((instance, class, metrological));
        let unit = ScalerUnit { scaler: 0, unit: Unit::WATT };
        builder = match class {
            3 => builder.with(Register::at(instance), |object| {
                register(object, metrological)
                    .holds(Register::value, Data::Unsigned(1))
                    .holds(Register::scaler_unit, unit)
                    .calls(Register::reset, |_, _| Ok(()))
            }),
            4 => builder.with(ExtendedRegister::at(instance), |object| {
                register(object, metrological)
                    .holds(ExtendedRegister::value, Data::Unsigned(1))
                    .holds(ExtendedRegister::scaler_unit, unit)
                    .holds(ExtendedRegister::status, Data::Null)
                    .holds(ExtendedRegister::capture_time, DateTime::UNSPECIFIED)
                    .calls(ExtendedRegister::reset, |_, _| Ok(()))
            }),
            _ => builder.with(Clock::at(instance), |object| {
                register(object, metrological).runs(ClockRules::UTC)
            }),
        };
    }
    let mut clients = Vec::new();
    let mut granted = Vec::new();
    for client in [1_u16, 2, 16] {
        let public = chance.below(2) == 0;
        let mut access = if public { Access::public() } else { Access::low("x") };
        clients.push((client, if public { Mechanism::LOWEST } else { Mechanism::LOW }));
        for _ in 0..chance.below(30) {
            let (instance, class, metrological) = chance.pick(&objects);
            let (attributes, methods) = size(class);
            let attribute = 1 + chance.below(attributes as u64) as i8;
            let method = 1 + chance.below(methods as u64) as i8;
            // What the builder refuses is the matter of another test.
            let fixed = attribute == 1 || (class == 8 && [4, 9].contains(&attribute));
            let (kind, index) = match chance.below(3) {
                0 => (Kind::Read, attribute),
                1 if !metrological && !fixed => (Kind::Write, attribute),
                2 if !metrological => (Kind::Call, method),
                _ => continue,
            };
            access = match kind {
                Kind::Read => access.read(Attribute::<Data>::raw(class, instance, index)),
                Kind::Write => access.write(Attribute::<Data>::raw(class, instance, index)),
                Kind::Call => access.call(Method::<Data, ()>::raw(class, instance, index)),
            };
            granted.push((client, instance, class, kind, index));
        }
        builder = builder.allow(ClientAddress(client), access);
    }
    (builder.build().unwrap(), World { objects, clients, granted })
}

/// What the meter really does. A value of a type that cannot be, so that a granted write shows as
/// `type-unmatched` and changes nothing; the same with the parameter of a method.
fn real(meter: &mut Meter, asked: Asked) -> u8 {
    let Asked { client, mechanism, instance, class, kind, index } = asked;
    let peer = Peer::new(ClientAddress(client), ServerAddress::MANAGEMENT, mechanism);
    let target = (class, instance, index);
    let wrong = Data::Structure(vec![Data::Null; 7]);
    match kind {
        Kind::Read => match get(meter, &peer, target, at(NOON)) {
            Ok(_) => 0,
            Err(error) => error.0,
        },
        Kind::Write => match set(meter, &peer, target, wrong, at(NOON)) {
            DataAccessResult::TYPE_UNMATCHED => 0,
            DataAccessResult::SUCCESS => panic!("{asked:?}: a value of a wrong type was taken"),
            error => error.0,
        },
        Kind::Call => match call(meter, &peer, target, Some(wrong), at(NOON)) {
            Err(ActionResult::TYPE_UNMATCHED) => 0,
            Err(error) => error.0,
            Ok(_) => panic!("{asked:?}: a parameter of a wrong type was taken"),
        },
    }
}

#[test]
fn a_random_matrix_of_rights_is_enforced_as_a_list_would() {
    let mut chance = Chance(1);
    let mut granted = 0;
    for _ in 0..200 {
        let (mut meter, world) = world(&mut chance);
        for _ in 0..500 {
            let kind = chance.pick(&[Kind::Read, Kind::Write, Kind::Call]);
            let known = !world.granted.is_empty() && chance.below(2) == 0;
            let asked = if known {
                // Something that somebody may do, perhaps asked for by somebody else.
                let (client, instance, class, kind, index) = chance.pick(&world.granted);
                let client =
                    if chance.below(3) == 0 { chance.pick(&[1, 2, 3, 16]) } else { client };
                let mechanism = match world.clients.iter().find(|known| known.0 == client) {
                    Some(known) if chance.below(5) > 0 => known.1,
                    _ => chance.pick(&MECHANISMS),
                };
                Asked { client, mechanism, instance, class, kind, index }
            } else {
                Asked {
                    client: chance.pick(&[1, 2, 3, 16]),
                    mechanism: chance.pick(&MECHANISMS),
                    instance: Obis([1, 0, 99, chance.below(8) as u8, 0, 255]),
                    class: chance.pick(&CLASSES),
                    kind,
                    index: chance.below(256) as u8 as i8,
                }
            };
            let expected = world.reference(asked);
            assert_eq!(real(&mut meter, asked), expected, "{asked:?}");
            granted += u32::from(expected == 0);
        }
    }
    assert!((20_000..80_000).contains(&granted), "{granted} of 100,000 were granted");
}

#[test]
fn a_logical_device_that_is_not_there_answers_nothing() {
    let mut meter = world(&mut Chance(2)).0;
    let peer = Peer::new(ClientAddress(16), ServerAddress(77), Mechanism::LOWEST);
    let target = (3, Obis([1, 0, 99, 0, 0, 255]), 2);
    let unavailable = DataAccessResult::OBJECT_UNAVAILABLE;
    assert_eq!(get(&mut meter, &peer, target, at(NOON)), Err(unavailable));
    assert_eq!(set(&mut meter, &peer, target, Data::Null, at(NOON)), unavailable);
    let called = call(&mut meter, &peer, target, None, at(NOON));
    assert_eq!(called, Err(ActionResult::OBJECT_UNAVAILABLE));
}
