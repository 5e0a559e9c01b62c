//! The blocking client: the same names, the same answers.

use std::thread;
use std::time::{Duration, Instant};

use cosem::class::{self, Clock, Register};
use cosem::{ClockStatus, Data, DateTime, Encoded, obis};
use dlms::apdu::{AttributeDescriptor, DataAccessResult, MethodDescriptor};
use dlms::association::Options;
use dlms_client::blocking::Client;
use dlms_client::{Cause, Connector, Conversation, Credentials, RowSelection};
use dlms_link::blocking::Stream;
use dlms_meter::simulation::{self, IMPORT, LOAD_PROFILE};

use crate::desk::{Desk, PROFILE, row};
use crate::meters::{LONG, NOON, reader, served, shelf};
use crate::rig::{Fault, Rig};
use crate::story::labels;

fn connect(connection: &str) -> Client {
    let password = Credentials::password(simulation::READER_TEST_PASSWORD);
    Client::connect(connection, password).unwrap()
}

#[test]
fn a_meter_is_read_without_a_runtime() {
    let mut meter = connect(&reader());
    assert!(meter.negotiated().is_some());
    let import = Register::at(IMPORT);
    let (value, unit) = meter.get((import.value(), import.scaler_unit())).unwrap();
    assert_eq!(meter.get(import.value()).unwrap(), value);
    assert_eq!(unit.unit, cosem::Unit::WATT_HOUR);
    assert_eq!(meter.clock().unwrap().unix_seconds(), Some(NOON as i64));
    let view = meter.association_view().unwrap();
    assert!(view.iter().any(|entry| entry.instance == LOAD_PROFILE));
    let results = meter.read(&labels(3)).unwrap();
    assert_eq!(results.len(), 3);

    let day = RowSelection::Entries { from: 1, to: 96 };
    let mut rows = meter.rows(LOAD_PROFILE, day).unwrap();
    assert_eq!(rows.left(), None);
    let first = rows.next().unwrap().unwrap();
    assert_eq!(first.root().items().count(), 4);
    assert_eq!(rows.left(), Some(95));
    assert_eq!(rows.filter(Result::is_ok).count(), 95);
    meter.close().unwrap();
}

#[test]
fn a_meter_is_written_and_its_methods_are_called_without_a_runtime() {
    let address = served(simulation::residential(8).unwrap());
    let mut meter = connect(&format!("tcp://{address}?client=2&auth=low"));
    let clock = Clock::at(obis!("0-0:1.0.0"));
    let new_year = DateTime::from_unix(1_767_225_600, -60, ClockStatus::default());
    meter.set_clock(new_year).unwrap();
    assert_eq!(meter.clock().unwrap(), new_year);
    meter.set(clock.time(), new_year).unwrap();
    meter.call(clock.shift_time(), 60).unwrap();
    let shift = MethodDescriptor { class: 8, instance: obis!("0-0:1.0.0"), method: 6 };
    assert_eq!(meter.invoke(shift, Some(&Data::Long(-60))).unwrap(), None);
    let time = AttributeDescriptor { class: 8, instance: obis!("0-0:1.0.0"), attribute: 2 };
    meter.write(time.into(), &Data::from(new_year)).unwrap();
    let register = AttributeDescriptor { class: 3, instance: IMPORT, attribute: 2 };
    let error = meter.write(register.into(), &Data::DoubleLongUnsigned(0)).unwrap_err();
    assert!(matches!(error.cause(), Cause::Object(DataAccessResult::READ_WRITE_DENIED)));
    meter.close().unwrap();
}

#[test]
fn a_connector_connects_and_blocks_arrive() {
    let connection = format!("tcp://{}?max-pdu=200", shelf(1_024)).parse().unwrap();
    let connector = Connector::new(Credentials::none());
    let mut meter = Client::connect_with(connector, &connection).unwrap();
    let value = meter.get(class::Data::at(LONG).value()).unwrap();
    assert_eq!(value, Data::OctetString(vec![0x5a; 2_000]));
    assert_eq!(
        meter.read(&labels(1)).unwrap(),
        [Ok(Encoded::from(Data::OctetString(vec![0; 12])))]
    );
}

#[test]
fn a_pipe_in_memory_will_do() {
    let (near, mut far) = Stream::memory_pair(64);
    let peer = thread::spawn(move || {
        let (mut desk, mut buffer) = (Desk::new(), [0; 64]);
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Ok(count @ 1..) = far.read_deadline(&mut buffer, deadline) {
            for frame in desk.hear(&buffer[..count]) {
                far.write_all_deadline(&frame, deadline).unwrap();
            }
        }
    });
    let options = Options { client_max_receive_pdu_size: 100, ..Options::default() };
    let mut meter = Client::associate(Conversation::new(near, options)).unwrap();
    let rows = meter.rows(PROFILE, RowSelection::All).unwrap();
    for (number, given) in (1..).zip(rows) {
        assert_eq!(given.unwrap().encoded().to_data(), row(number));
    }
    meter.close().unwrap();
    peer.join().unwrap();
}

#[test]
fn rows_end_with_the_first_error() {
    let options = Options {
        client_max_receive_pdu_size: 100,
        timeout: Duration::from_millis(20),
        ..Options::default()
    };
    let rig = Rig::new(Fault::SilentAfter(3)).conversation(options);
    let mut meter = Client::associate(rig).unwrap();
    let rows: Vec<_> = meter.rows(PROFILE, RowSelection::All).unwrap().collect();
    let (last, given) = rows.split_last().unwrap();
    assert_eq!(given.len(), 8);
    assert!(given.iter().all(Result::is_ok));
    assert!(matches!(last.as_ref().unwrap_err().cause(), Cause::NoAnswer { .. }));
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn a_link_that_pends_is_an_error_and_not_a_wait() {
    let (near, _far) = dlms_link::Stream::memory_pair(1_000);
    let error = Client::associate(Conversation::new(near, Options::default())).unwrap_err();
    assert!(matches!(error.cause(), Cause::Input(_)), "{error:?}");
    assert!(error.to_string().contains("async client"), "{error}");
}
