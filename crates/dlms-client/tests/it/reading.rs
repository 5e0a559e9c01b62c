//! The asynchronous client against a meter over TCP.

use std::sync::{Arc, Mutex};

use cosem::class::{self, AssociationLnV0, Clock, Register};
use cosem::{ClockStatus, Data, DateTime, Encoded, obis};
use dlms::apdu::{
    Apdu, AttributeDescriptor, AttributeReference, Conformance, DataAccessResult, GetRequest,
    MethodDescriptor,
};
use dlms_client::{Cause, Client, Connector, Conversation, Credentials, Observer};
use dlms_link::Stream;
use dlms_meter::simulation;

use crate::meters::{LABELS, LONG, NOON, household, label, reader, served, shelf};

type Meter = Client<Conversation<Stream>>;

/// The APDUs that were sent, and the progress that was reported.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Watched>>);

#[derive(Default)]
struct Watched {
    sent: Vec<Apdu>,
    received: usize,
    progress: Vec<usize>,
}

impl Observer for Watch {
    fn sent(&mut self, octets: &[u8]) {
        self.0.lock().unwrap().sent.push(Apdu::decode(&octets[8..]).unwrap());
    }

    fn received(&mut self, octets: &[u8]) {
        self.0.lock().unwrap().received += octets.len();
    }

    fn progress(&mut self, octets: usize) {
        self.0.lock().unwrap().progress.push(octets);
    }
}

impl Watch {
    /// What was sent since the last look.
    fn take(&self) -> Vec<Apdu> {
        std::mem::take(&mut self.0.lock().unwrap().sent)
    }
}

async fn watched(connection: &str) -> (Meter, Watch) {
    let watch = Watch::default();
    let connector = Connector::new(Credentials::password(simulation::READER_TEST_PASSWORD))
        .observed_by(Box::new(watch.clone()));
    let meter = connector.connect(&connection.parse().unwrap()).await.unwrap();
    assert_eq!(watch.take().len(), 1);
    (meter, watch)
}

fn values(numbers: impl Iterator<Item = u8>) -> Vec<AttributeReference> {
    numbers
        .map(|number| {
            AttributeDescriptor { class: 1, instance: label(number), attribute: 2 }.into()
        })
        .collect()
}

#[tokio::test]
async fn an_attribute_is_a_value_and_a_tuple_one_round_trip() {
    let (mut meter, watch) = watched(&reader()).await;
    let import = Register::at(simulation::IMPORT);
    let value = meter.get(import.value()).await.unwrap();
    assert!(matches!(value, Data::DoubleLongUnsigned(1..)), "{value:?}");
    assert!(matches!(watch.take()[..], [Apdu::GetRequest(GetRequest::Normal { .. })]));
    let clock = Clock::at(obis!("0-0:1.0.0"));
    let (again, unit, time, zone) = meter
        .get((import.value(), import.scaler_unit(), clock.time(), clock.time_zone()))
        .await
        .unwrap();
    assert_eq!(again, value);
    assert_eq!((unit.scaler, unit.unit), (0, cosem::Unit::WATT_HOUR));
    assert_eq!(time.unix_seconds(), Some(NOON as i64));
    assert_eq!(zone, -60);
    assert!(matches!(
        &watch.take()[..],
        [Apdu::GetRequest(GetRequest::WithList { targets, .. })] if targets.len() == 4
    ));
    assert_eq!(meter.clock().await.unwrap(), time);
    watch.take();
    meter.close().await.unwrap();
    assert!(matches!(watch.take()[..], [Apdu::Rlrq(_)]));
}

#[tokio::test]
async fn many_attributes_are_split_by_what_the_meter_takes() {
    // Four octets of head and ten an attribute: 13 fit into 134 octets, and 12 into 133.
    for (size, lists) in [(134, &[13, 13, 13, 13, 8][..]), (133, &[12; 5]), (1_024, &[60])] {
        let (mut meter, watch) = watched(&format!("tcp://{}", shelf(size))).await;
        let targets = values(0..LABELS);
        let results = meter.read(&targets).await.unwrap();
        for (number, result) in (0..LABELS).zip(results) {
            assert_eq!(result, Ok(Encoded::from(Data::OctetString(vec![number; 12]))));
        }
        let sent = watch.take();
        let lengths: Vec<_> = sent
            .iter()
            .filter_map(|apdu| match apdu {
                Apdu::GetRequest(GetRequest::WithList { targets, .. }) => Some(targets.len()),
                Apdu::GetRequest(GetRequest::Next { .. }) => None,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(lengths, lists);
        assert!(sent.iter().all(|apdu| apdu.encode().len() <= usize::from(size)));
    }
}

#[tokio::test]
async fn without_lists_each_attribute_is_asked_for_alone() {
    let (mut meter, watch) = watched(&format!("tcp://{}?client=17", shelf(1_024))).await;
    let negotiated = meter.negotiated().unwrap();
    assert!(!negotiated.conformance.contains(Conformance::MULTIPLE_REFERENCES));
    let mut targets = values(0..5);
    targets[3].attribute.instance = obis!("0-0:96.3.0");
    let results = meter.read(&targets).await.unwrap();
    assert_eq!(results.len(), 5);
    assert_eq!(results[3], Err(DataAccessResult::OBJECT_UNDEFINED));
    assert_eq!(results[4], Ok(Encoded::from(Data::OctetString(vec![4; 12]))));
    let register = Register::at(obis!("1-0:1.8.0"));
    meter.get((register.value(), register.scaler_unit())).await.unwrap();
    let sent = watch.take();
    assert_eq!(sent.len(), 7);
    assert!(sent.iter().all(|apdu| matches!(apdu, Apdu::GetRequest(GetRequest::Normal { .. }))));
    assert_eq!(meter.read(&[]).await.unwrap(), []);
    assert_eq!(watch.take().len(), 0);
}

#[tokio::test]
async fn a_long_value_comes_in_blocks_and_reports_its_progress() {
    let (mut meter, watch) = watched(&format!("tcp://{}?max-pdu=200", shelf(1_024))).await;
    let value = meter.get(class::Data::at(LONG).value()).await.unwrap();
    assert_eq!(value, Data::OctetString(vec![0x5a; 2_000]));
    let progress = watch.0.lock().unwrap().progress.clone();
    assert!(progress.len() >= 9 && progress.is_sorted(), "{progress:?}");
    assert_eq!(watch.take().len(), progress.len() + 1);
    // A list whose answer is long, the same.
    let results = meter.read(&values(0..LABELS)).await.unwrap();
    assert!(results.iter().all(Result::is_ok));
}

#[tokio::test]
async fn without_blocks_what_is_too_long_is_an_error_of_its_own() {
    let (mut meter, _) = watched(&format!("tcp://{}?client=18&max-pdu=200", shelf(1_024))).await;
    let error = meter.get(class::Data::at(LONG).value()).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Object(DataAccessResult::OTHER_REASON)), "{error:?}");
    let results = meter.read(&values(0..20)).await.unwrap();
    assert!(results.iter().all(|result| *result == Err(DataAccessResult::OTHER_REASON)));
    let results = meter.read(&values(0..2)).await.unwrap();
    assert!(results.iter().all(Result::is_ok));
}

#[tokio::test]
async fn the_clock_is_set_and_adjusted_by_who_may() {
    let address = served(simulation::residential(7).unwrap());
    let connection = format!("tcp://{address}?client=2&auth=low");
    let (mut meter, _) = watched(&connection).await;
    let new_year = DateTime::from_unix(1_767_225_600, -60, ClockStatus::default());
    meter.set_clock(new_year).await.unwrap();
    assert_eq!(meter.clock().await.unwrap(), new_year);
    meter.call(Clock::at(obis!("0-0:1.0.0")).shift_time(), 90).await.unwrap();
    let shifted = meter.clock().await.unwrap();
    assert_eq!(shifted.unix_seconds(), Some(1_767_225_690));
    let shift = MethodDescriptor { class: 8, instance: obis!("0-0:1.0.0"), method: 6 };
    assert_eq!(meter.invoke(shift, Some(&Data::Long(-90))).await.unwrap(), None);
    let time = AttributeDescriptor { class: 8, instance: obis!("0-0:1.0.0"), attribute: 2 };
    let summer = DateTime::from_unix(1_751_328_000, -120, ClockStatus::DAYLIGHT_SAVING_ACTIVE);
    meter.write(time.into(), &Data::from(summer)).await.unwrap();
    assert_eq!(meter.clock().await.unwrap().unix_seconds(), Some(1_751_328_000));
    meter.close().await.unwrap();
}

#[tokio::test]
async fn the_association_view_shows_what_the_client_may() {
    let (mut reader, _) = watched(&reader()).await;
    let (mut public, _) = watched(&format!("tcp://{}", household())).await;
    let of_the_reader = reader.association_view().await.unwrap();
    let of_the_public = public.association_view().await.unwrap();
    let may = |view: &[dlms_client::ObjectEntry], class, instance, attribute| {
        let entry = view.iter().find(|entry| (entry.class, entry.instance) == (class, instance));
        let right = entry.and_then(|entry| entry.attribute(attribute));
        right.map(|right| (right.may_read(), right.may_write()))
    };
    let clock = obis!("0-0:1.0.0");
    assert_eq!(may(&of_the_reader, 8, clock, 2), Some((true, true)));
    assert_eq!(may(&of_the_public, 8, clock, 2), Some((true, false)));
    assert_eq!(may(&of_the_reader, 3, simulation::IMPORT, 2), Some((true, false)));
    let of_others = may(&of_the_public, 3, simulation::IMPORT, 2);
    assert!(of_others.is_none_or(|(read, _)| !read));
    // It is the same attribute as read by hand.
    let list = reader.get(AssociationLnV0::at(obis!("0-0:40.0.0")).object_list()).await.unwrap();
    assert_eq!(list.0.len(), of_the_reader.len());
}

#[tokio::test]
async fn several_clients_are_served_at_once() {
    let clients = (0..20).map(|_| {
        tokio::spawn(async {
            let (mut meter, _) = watched(&reader()).await;
            let time = meter.clock().await.unwrap();
            meter.close().await.unwrap();
            time.unix_seconds()
        })
    });
    for client in clients.collect::<Vec<_>>() {
        assert_eq!(client.await.unwrap(), Some(NOON as i64));
    }
}

#[tokio::test]
async fn a_refused_attribute_of_a_tuple_is_named() {
    let (mut meter, _) = watched(&format!("tcp://{}", household())).await;
    let clock = Clock::at(obis!("0-0:1.0.0"));
    let import = Register::at(simulation::IMPORT);
    let error = meter.get((clock.time(), import.value())).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Object(DataAccessResult::READ_WRITE_DENIED)));
    assert_eq!(error.attempted(), "read attribute 2 of 1-0:1.8.0*255 (class 3)");
    // A value of another type than the attribute should have.
    let wrong = cosem::Attribute::<DateTime>::raw(1, obis!("0-0:96.1.0"), 2);
    let error = meter.get(wrong).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Value(_)), "{error:?}");
    assert!(meter.clock().await.is_ok());
}
