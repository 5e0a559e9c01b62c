//! The association view: what it says is what is enforced, and everything it names can be read.

use std::collections::BTreeSet;

use cosem::class::{self, ObjectListElementV0};
use cosem::{CosemType, Data, Encoded, Obis, obis};
use dlms::apdu::{ActionResult, Conformance, DataAccessResult};
use dlms::association::{AssociationId, ClientAddress, ServerAddress};
use dlms_meter::simulation::{self, GAS};
use dlms_meter::{Meter, Peer};

use crate::{CLOCK, NOON, at, call, get, public, reader, set};

const ASSOCIATION: Obis = obis!("0-0:40.0.0");
const DENIED: DataAccessResult = DataAccessResult::READ_WRITE_DENIED;

fn on(server: ServerAddress, peer: Peer) -> Peer {
    Peer { association: AssociationId { server, ..peer.association }, ..peer }
}

fn everybody() -> [Peer; 4] {
    [public(), reader(), on(GAS, public()), on(GAS, reader())]
}

fn object_list(meter: &mut Meter, peer: &Peer) -> Vec<ObjectListElementV0> {
    let list = get(meter, peer, (15, ASSOCIATION, 2), at(NOON)).unwrap();
    cosem::Array::from_data(list).unwrap().0
}

#[test]
fn the_object_list_says_what_is_enforced_for_every_attribute_and_method() {
    for peer in everybody() {
        let mut meter = simulation::residential(42).unwrap();
        for element in object_list(&mut meter, &peer) {
            let (class, instance) = (element.class_id, element.logical_name);
            let rights = element.access_rights;
            for index in i8::MIN..=i8::MAX {
                let target = (class, instance, index);
                let listed = rights.attribute_access.iter().find(|item| item.attribute_id == index);
                let mode = listed.map_or(0, |item| item.access_mode.0);
                let value = get(&mut meter, &peer, target, at(NOON));
                if mode & 1 == 0 {
                    assert_eq!(value, Err(DENIED), "{target:?}");
                } else {
                    assert!(value.is_ok(), "{target:?}: {value:?}");
                }
                // A type that no attribute has: granted writes do not change anything.
                let written = set(&mut meter, &peer, target, Data::DontCare, at(NOON));
                let expected =
                    if mode & 2 == 0 { DENIED } else { DataAccessResult::TYPE_UNMATCHED };
                assert_eq!(written, expected, "{target:?}");
                let listed = rights.method_access.iter().find(|item| item.method_id == index);
                let called = call(&mut meter, &peer, target, Some(Data::DontCare), at(NOON));
                let expected = match listed.is_some_and(|item| item.access_mode) {
                    false => ActionResult::READ_WRITE_DENIED,
                    true => ActionResult::TYPE_UNMATCHED,
                };
                assert_eq!(called, Err(expected), "{target:?}");
            }
        }
    }
}

#[test]
fn the_list_is_complete_for_its_classes_and_every_value_fits() {
    for peer in everybody() {
        let mut meter = simulation::residential(42).unwrap();
        let mut seen = BTreeSet::new();
        for element in object_list(&mut meter, &peer) {
            let (class, instance) = (element.class_id, element.logical_name);
            assert!(seen.insert((class, instance)), "{instance} twice");
            let known = class::find(class, element.version).expect("a class of the table");
            let listed = element.access_rights.attribute_access.iter();
            let listed: Vec<i8> = listed.map(|item| item.attribute_id).collect();
            let wanted: Vec<i8> = known.attributes().map(|attribute| attribute.index).collect();
            assert_eq!(listed, wanted, "{instance}");
            let listed = element.access_rights.method_access.iter();
            let listed: Vec<i8> = listed.map(|item| item.method_id).collect();
            let wanted: Vec<i8> = known.methods().map(|method| method.index).collect();
            assert_eq!(listed, wanted, "{instance}");
            for attribute in known.attributes() {
                let target = (class, instance, attribute.index);
                let Ok(value) = get(&mut meter, &peer, target, at(NOON)) else { continue };
                if let Err(mismatch) = attribute.schema.accepts_exactly(&value) {
                    panic!("{target:?}: {mismatch}");
                }
                let octets = Encoded::from(&value);
                assert_eq!(octets.to_data(), value);
                if attribute.index == 1 {
                    assert_eq!(value, Data::from(instance));
                }
            }
        }
        assert!(seen.contains(&(1, obis!("0-0:42.0.0"))) && seen.contains(&(15, ASSOCIATION)));
    }
}

#[test]
fn each_client_may_what_the_issue_says() {
    let mut meter = simulation::residential(42).unwrap();
    let mut names = |peer: Peer| -> Vec<String> {
        let list = object_list(&mut meter, &peer);
        list.iter().map(|element| element.logical_name.to_string()).collect()
    };
    let of_the_public = [
        "0-0:42.0.0*255",
        "0-0:96.1.0*255",
        "0-0:1.0.0*255",
        "0-0:40.0.0*255",
        "0-0:40.0.1*255",
        "0-0:41.0.0*255",
    ];
    assert_eq!(names(public()), of_the_public);
    assert_eq!(names(on(GAS, public())), of_the_public[..5]);
    let of_the_reader = names(reader());
    for name in [
        "1-0:1.8.0*255",
        "1-0:2.8.0*255",
        "1-0:1.7.0*255",
        "1-0:32.7.0*255",
        "1-0:31.7.0*255",
        "1-0:14.7.0*255",
        "1-0:99.1.0*255",
        "0-0:99.98.0*255",
        "1-0:0.2.0*255",
        "0-0:40.0.2*255",
    ] {
        assert!(of_the_reader.contains(&name.to_owned()), "{name}");
    }
    // What the reader may change is the clock's time, and nothing else.
    for element in object_list(&mut meter, &reader()) {
        for item in element.access_rights.attribute_access.iter() {
            let writable = item.access_mode.0 & 2 != 0;
            assert_eq!(writable, (element.class_id, item.attribute_id) == (8, 2));
        }
        for item in element.access_rights.method_access.iter() {
            assert_eq!(item.access_mode, element.class_id == 8);
        }
    }
}

#[test]
fn unknown_objects_and_wrong_classes_have_codes_of_their_own() {
    let mut meter = simulation::residential(42).unwrap();
    let mut code = |class, instance, attribute| {
        get(&mut meter, &reader(), (class, instance, attribute), at(NOON)).err()
    };
    let nowhere = obis!("255.255.255.255.255.255");
    assert_eq!(code(1, nowhere, 2), Some(DataAccessResult::OBJECT_UNDEFINED));
    assert_eq!(code(3, CLOCK, 2), Some(DataAccessResult::OBJECT_CLASS_INCONSISTENT));
    for attribute in [0, 10, 127, -1, -128] {
        assert_eq!(code(8, CLOCK, attribute), Some(DENIED));
    }
    assert_eq!(code(15, ASSOCIATION, 7), Some(DENIED), "the secret");
}

#[test]
fn the_current_association_is_that_of_the_client_who_asks() {
    let mut meter = simulation::residential(42).unwrap();
    let mechanism = |octet| Data::OctetString(vec![0x60, 0x85, 0x74, 5, 8, 2, octet]);
    for (peer, client, level) in [(public(), 16_i8, 0), (reader(), 2, 1)] {
        let mut read =
            |attribute| get(&mut meter, &peer, (15, ASSOCIATION, attribute), at(NOON)).unwrap();
        assert_eq!(read(3), Data::Structure(vec![Data::Integer(client), Data::LongUnsigned(1)]));
        assert_eq!(read(4), Data::OctetString(vec![0x60, 0x85, 0x74, 5, 8, 1, 1]));
        assert_eq!(read(6), mechanism(level));
        assert_eq!(read(8), Data::Enum(2));
    }
    // The reader looks at the public client's: it is associated while somebody is.
    let of_the_public = (15, obis!("0-0:40.0.1"), 8);
    let status = |meter: &mut Meter| get(meter, &reader(), of_the_public, at(NOON)).unwrap();
    assert_eq!(status(&mut meter), Data::Enum(0));
    meter.opened(public(), at(NOON));
    meter.opened(public(), at(NOON));
    assert_eq!(status(&mut meter), Data::Enum(2));
    meter.closed(public().association);
    assert_eq!(status(&mut meter), Data::Enum(2));
    meter.closed(public().association);
    assert_eq!(status(&mut meter), Data::Enum(0));
}

#[test]
fn the_context_shown_is_the_one_that_was_negotiated() {
    let mut meter = simulation::residential(42).unwrap();
    let peer =
        Peer { conformance: Conformance(0x00_10_1d), client_max_receive_pdu_size: 500, ..reader() };
    let context = get(&mut meter, &peer, (15, ASSOCIATION, 5), at(NOON)).unwrap();
    assert_eq!(
        Encoded::from(context).as_octets(),
        cosem::bytes::from_hex("0206 0418 00101d 120400 1201f4 1106 0f00 0900").unwrap(),
    );
}

#[test]
fn the_management_device_lists_the_devices_with_their_names() {
    let mut meter = simulation::residential(42).unwrap();
    let list = get(&mut meter, &public(), (17, obis!("0-0:41.0.0"), 2), at(NOON)).unwrap();
    let devices: Vec<(u128, String)> = list
        .elements()
        .iter()
        .map(|element| match element.elements() {
            [Data::LongUnsigned(sap), Data::OctetString(name)] => {
                (u128::from(*sap), String::from_utf8(name.clone()).unwrap())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(devices, [(1, "ABC0000000000042".to_owned()), (16, "ABC1000000000042".to_owned())]);
    for (address, name) in devices {
        let peer = on(ServerAddress(address.try_into().unwrap()), public());
        let own = get(&mut meter, &peer, (1, obis!("0-0:42.0.0"), 2), at(NOON)).unwrap();
        assert_eq!(own, Data::OctetString(name.into_bytes()));
    }
}

#[test]
fn what_a_profile_captures_is_in_the_list() {
    let mut meter = simulation::residential(42).unwrap();
    let list = object_list(&mut meter, &reader());
    for profile in [simulation::LOAD_PROFILE, simulation::EVENT_LOG] {
        let columns = get(&mut meter, &reader(), (7, profile, 3), at(NOON)).unwrap();
        let columns: cosem::Array<class::CaptureObject> = cosem::Array::from_data(columns).unwrap();
        assert!(!columns.is_empty());
        for column in columns {
            let listed = list.iter().any(|element| {
                (element.class_id, element.logical_name) == (column.class_id, column.logical_name)
            });
            assert!(listed, "{}", column.logical_name);
        }
    }
}

#[test]
fn a_list_of_requests_has_a_result_for_each_in_order() {
    use dlms::apdu::GetDataResult;
    use dlms::association::{Answer, ServerRequest};
    let mut meter = simulation::residential(42).unwrap();
    let targets = vec![
        crate::reference(8, CLOCK, 3),
        crate::reference(1, obis!("1-1:1.1.1"), 2),
        crate::reference(15, ASSOCIATION, 7),
        crate::reference(8, CLOCK, 8),
    ];
    let answer = meter.handle(&public(), ServerRequest::Get(targets), at(NOON));
    let expected = vec![
        GetDataResult::Data(Encoded::from(Data::Long(-60))),
        GetDataResult::Error(DataAccessResult::OBJECT_UNDEFINED),
        GetDataResult::Error(DENIED),
        GetDataResult::Data(Encoded::from(Data::Boolean(true))),
    ];
    assert_eq!(answer, Answer::Get(expected));
}

#[test]
fn a_client_that_is_not_allowed_may_nothing() {
    let mut meter = simulation::residential(42).unwrap();
    let stranger = Peer {
        association: AssociationId { client: ClientAddress(3), server: ServerAddress::MANAGEMENT },
        ..reader()
    };
    assert_eq!(get(&mut meter, &stranger, (8, CLOCK, 2), at(NOON)), Err(DENIED));
    // Nor the reader who has not given its password.
    let unproven = Peer { mechanism: dlms::apdu::Mechanism::LOWEST, ..reader() };
    assert_eq!(get(&mut meter, &unproven, (8, CLOCK, 2), at(NOON)), Err(DENIED));
}
