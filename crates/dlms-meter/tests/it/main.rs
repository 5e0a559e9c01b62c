//! Tests of the meter, one binary.

mod building;
mod clock;
mod energy;
mod objects;
mod own_meter;
mod profile;
mod rights;
mod wire;

use std::time::Duration;

use cosem::{Data, DateTime, Encoded, Obis, obis};
use dlms::apdu::{
    ActionResult, AttributeDescriptor, AttributeReference, DataAccessResult, GetDataResult,
    Mechanism, MethodDescriptor, Selection,
};
use dlms::association::{Answer, ClientAddress, ServerAddress, ServerRequest};
use dlms::time::Instant;
use dlms_meter::{Meter, Peer};

/// A Sunday in summer: 2025-06-15 12:30:00 in central Europe.
const NOON: i64 = 1_749_983_400;
const CLOCK: Obis = obis!("0-0:1.0.0");

/// The instant of a second of UTC.
fn at(second: i64) -> Instant {
    Instant::from_origin(Duration::from_secs(second.try_into().unwrap()))
}

/// The reader of the simulated meter.
fn reader() -> Peer {
    Peer::new(ClientAddress(2), ServerAddress::MANAGEMENT, Mechanism::LOW)
}

fn public() -> Peer {
    Peer::new(ClientAddress::PUBLIC, ServerAddress::MANAGEMENT, Mechanism::LOWEST)
}

fn reference(class: u16, instance: Obis, attribute: i8) -> AttributeReference {
    AttributeReference::from(AttributeDescriptor { class, instance, attribute })
}

/// The octets of an attribute, or of a selection of it.
fn get_selected(
    meter: &mut Meter,
    peer: &Peer,
    target: AttributeReference,
    now: Instant,
) -> Result<Encoded, DataAccessResult> {
    let Answer::Get(mut results) = meter.handle(peer, ServerRequest::Get(vec![target]), now) else {
        panic!("a get is answered by a get");
    };
    assert_eq!(results.len(), 1);
    match results.remove(0) {
        GetDataResult::Data(value) => Ok(value),
        GetDataResult::Error(error) => Err(error),
    }
}

fn get(
    meter: &mut Meter,
    peer: &Peer,
    (class, instance, attribute): (u16, Obis, i8),
    now: Instant,
) -> Result<Data, DataAccessResult> {
    let target = reference(class, instance, attribute);
    get_selected(meter, peer, target, now).map(|value| value.to_data())
}

fn set(
    meter: &mut Meter,
    peer: &Peer,
    (class, instance, attribute): (u16, Obis, i8),
    value: Data,
    now: Instant,
) -> DataAccessResult {
    let target = reference(class, instance, attribute);
    let request = ServerRequest::Set { target, value: Encoded::from(value) };
    let Answer::Set(result) = meter.handle(peer, request, now) else {
        panic!("a set is answered by a set");
    };
    result
}

fn call(
    meter: &mut Meter,
    peer: &Peer,
    (class, instance, method): (u16, Obis, i8),
    parameter: Option<Data>,
    now: Instant,
) -> Result<Option<Data>, ActionResult> {
    let target = MethodDescriptor { class, instance, method };
    let request = ServerRequest::Action { target, parameters: parameter.map(Encoded::from) };
    let Answer::Action { result, return_parameters } = meter.handle(peer, request, now) else {
        panic!("an action is answered by an action");
    };
    if result != ActionResult::SUCCESS {
        return Err(result);
    }
    Ok(return_parameters.map(|returned| match returned {
        GetDataResult::Data(value) => value.to_data(),
        GetDataResult::Error(error) => panic!("the method returned {error}"),
    }))
}

fn get_clock(meter: &mut Meter, now: Instant) -> DateTime {
    let time = get(meter, &public(), (8, CLOCK, 2), now).unwrap();
    time.head().as_date_time().unwrap()
}

fn set_clock(meter: &mut Meter, time: DateTime, now: Instant) -> DataAccessResult {
    set(meter, &reader(), (8, CLOCK, 2), Data::from(time), now)
}

fn selection(selector: u8, parameters: Data) -> Option<Selection> {
    Some(Selection { selector, parameters: Encoded::from(parameters) })
}
