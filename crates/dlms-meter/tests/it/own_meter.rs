//! The example, talked to.

use cosem::{Data, obis};
use dlms::apdu::{ActionResult, DataAccessResult, Mechanism};
use dlms::association::{ClientAddress, ServerAddress};
use dlms_meter::Peer;

use crate::{NOON, at, call, get, public, set};

#[allow(dead_code, unreachable_pub, unused_must_use, reason = "its main is not called here")]
#[path = "../../examples/own_meter.rs"]
mod example;

#[test]
fn the_example_serves_values_and_methods_of_its_own() {
    assert!(include_str!("../../examples/own_meter.rs").lines().count() <= 60);
    let mut meter = example::meter().unwrap();
    let owner = Peer::new(ClientAddress(1), ServerAddress::MANAGEMENT, Mechanism::LOW);
    let (door, warmth) = (obis!("0-0:96.128.0"), obis!("0-0:96.9.0"));
    let tenths = Data::Long(200 + i16::try_from(NOON % 60).unwrap());
    assert_eq!(get(&mut meter, &public(), (3, warmth, 2), at(NOON)), Ok(tenths));
    let open = (32_768, door, 1);
    let seconds = Some(Data::LongUnsigned(5));
    let denied = call(&mut meter, &public(), open, seconds.clone(), at(NOON));
    assert_eq!(denied, Err(ActionResult::READ_WRITE_DENIED));
    let opened = call(&mut meter, &owner, open, seconds, at(NOON));
    assert_eq!(opened, Ok(Some(Data::DoubleLongUnsigned(1))));
    let openings = get(&mut meter, &public(), (32_768, door, 2), at(NOON));
    assert_eq!(openings, Ok(Data::DoubleLongUnsigned(1)));
    let label = Data::OctetString(b"attic".to_vec());
    let written = set(&mut meter, &owner, (32_768, door, 3), label.clone(), at(NOON));
    assert_eq!(written, DataAccessResult::SUCCESS);
    assert_eq!(get(&mut meter, &public(), (32_768, door, 3), at(NOON)), Ok(label));
}
