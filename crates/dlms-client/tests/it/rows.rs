//! The rows of a profile, streamed.

use std::sync::Arc;

use cosem::{ClockStatus, Data, DateTime, Encoded, obis};
use dlms::apdu::{DataAccessResult, GetDataResult};
use dlms::association::{Event, Options};
use dlms::error::Violation;
use dlms_client::{Cause, Client, Credentials, Error, Link, RowSelection};
use dlms_meter::simulation::LOAD_PROFILE;

use crate::desk::{PROFILE, ROWS, Rote, row};
use crate::meters::{NOON, reader};
use crate::rig::{Fault, Rig};
use crate::story::run;

/// A quarter of an hour of local summer time, so many quarters before noon.
fn quarter(before: i64) -> DateTime {
    DateTime::from_unix(NOON as i64 - before * 900, -120, ClockStatus::DAYLIGHT_SAVING_ACTIVE)
}

async fn times<L: Link>(meter: &mut Client<L>, selection: RowSelection) -> Vec<DateTime> {
    let mut times = Vec::new();
    let mut rows = meter.rows(LOAD_PROFILE, selection).unwrap();
    assert_eq!(rows.left(), None);
    while let Some(row) = rows.next().await.unwrap() {
        assert_eq!(row.root().items().count(), 4);
        let time = row.root().item(0).unwrap().value().as_octets().unwrap();
        times.push(DateTime(time.try_into().unwrap()));
    }
    assert_eq!(rows.left(), Some(0));
    times
}

#[tokio::test]
async fn rows_are_selected_by_time_by_place_or_all() {
    let connection = format!("{}&max-pdu=400", reader());
    let password = Credentials::password("12345678");
    let mut meter = Client::connect(&connection, password).await.unwrap();
    let all = times(&mut meter, RowSelection::All).await;
    assert_eq!(all.len(), 90 * 96);
    assert!(all.is_sorted_by_key(|time| time.unix_seconds()));
    assert_eq!(all.last(), Some(&quarter(0)));

    let range = RowSelection::Range { from: quarter(8), to: quarter(3) };
    let some = times(&mut meter, range).await;
    assert_eq!(some, all[all.len() - 9..all.len() - 3]);

    let entries = RowSelection::Entries { from: 5, to: 8 };
    assert_eq!(times(&mut meter, entries).await, all[4..8]);
    let to_the_end = RowSelection::Entries { from: 8_630, to: 0 };
    assert_eq!(times(&mut meter, to_the_end).await, all[8_629..]);

    let nothing = RowSelection::Range { from: quarter(-4), to: quarter(-20) };
    assert_eq!(times(&mut meter, nothing).await, []);
    meter.close().await.unwrap();
}

#[test]
fn each_row_is_given_before_the_next_block_is_asked_for() {
    let rig = Rig::new(Fault::Nothing);
    let seen = rig.seen();
    let options = Options { client_max_receive_pdu_size: 100, ..Options::default() };
    run(async {
        let mut meter = Client::associate(rig.conversation(options)).await.unwrap();
        let mut rows = meter.rows(PROFILE, RowSelection::All).unwrap();
        let requests = || seen.lock().unwrap().requests;
        assert_eq!(requests(), 1);
        let mut asked = Vec::new();
        for number in 1..=ROWS {
            assert_eq!(rows.next().await.unwrap().unwrap().encoded().to_data(), row(number));
            assert_eq!(rows.left(), Some((ROWS - number) as usize));
            asked.push(requests());
        }
        assert!(rows.next().await.unwrap().is_none());
        // 21 octets a row and 89 a block: four rows come with each, more or less.
        assert_eq!(asked[..8], [2, 2, 2, 2, 3, 3, 3, 3]);
        assert_eq!(requests(), 11);
    });
}

#[test]
fn a_selection_that_cannot_be_is_refused_before_anything_is_sent() {
    let rig = Rig::new(Fault::Nothing);
    let seen = rig.seen();
    run(async {
        let mut meter = Client::associate(rig.conversation(Options::default())).await.unwrap();
        for (selection, says) in [
            (RowSelection::Range { from: quarter(0), to: quarter(1) }, "lies after"),
            (RowSelection::Entries { from: 0, to: 1 }, "counted from 1"),
            (RowSelection::Entries { from: 3, to: 2 }, "entry 3 lies after entry 2"),
        ] {
            let Err(error) = meter.rows(PROFILE, selection) else { panic!("{selection:?}") };
            assert!(matches!(error.cause(), Cause::Input(_)), "{error:?}");
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(error.attempted(), format!("read rows of {PROFILE}"));
        }
        // A time that says no zone is compared as it is written.
        let local = |hour| DateTime([7, 233, 6, 15, 7, hour, 0, 0, 0, 0x80, 0, 0]);
        assert!(meter.rows(PROFILE, RowSelection::Range { from: local(5), to: local(6) }).is_ok());
        assert!(meter.rows(PROFILE, RowSelection::Range { from: local(6), to: local(5) }).is_err());
    });
    assert_eq!(seen.lock().unwrap().requests, 1);
}

/// The rows of a buffer with these octets, in blocks of `size`.
fn read(buffer: &[u8], size: usize) -> (Vec<Data>, Option<Error>) {
    let blocks = buffer.chunks(size).count();
    let parts = buffer.chunks(size).enumerate();
    let parts = parts
        .map(|(place, octets)| Event::Part { octets: octets.to_vec(), last: place + 1 == blocks });
    collect(parts.collect())
}

fn collect(events: Vec<Event>) -> (Vec<Data>, Option<Error>) {
    run(async {
        let mut meter = Client::associate(Rote::new(events)).await.unwrap();
        let mut rows = meter.rows(PROFILE, RowSelection::All).unwrap();
        let mut given = Vec::new();
        loop {
            match rows.next().await {
                Ok(Some(row)) => given.push(row.encoded().to_data()),
                Ok(None) => return (given, None),
                Err(error) => {
                    assert!(rows.next().await.unwrap().is_none(), "rows after {error}");
                    return (given, Some(error));
                }
            }
        }
    })
}

#[test]
fn any_blocks_give_the_same_rows() {
    let all: Vec<_> = (1..=5).map(row).collect();
    let buffer = Data::Array(all.clone()).to_encoded().into_octets();
    for size in 1..=buffer.len() {
        let (rows, error) = read(&buffer, size);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(rows, all);
    }
    let (rows, error) = read(&[1, 0], 1);
    assert!(rows.is_empty() && error.is_none());
}

#[test]
fn rows_that_were_announced_and_do_not_come_are_an_error() {
    let buffer = Data::Array((1..=5).map(row).collect()).to_encoded().into_octets();
    for end in 1..buffer.len() {
        let (rows, error) = read(&buffer[..end], 20);
        assert_eq!(rows.len(), end.saturating_sub(2) / 21);
        let error = error.expect("they are too few");
        assert!(matches!(error.cause(), Cause::Peer(Violation::Decode(_))), "{error:?}");
    }
    let (rows, error) = read(&[buffer, vec![0]].concat(), 20);
    assert_eq!(rows.len(), 4);
    assert!(matches!(error.unwrap().cause(), Cause::Peer(_)));
}

#[test]
fn the_rows_of_a_compact_array_are_rows() {
    // Two rows of a double-long-unsigned and an unsigned.
    let buffer = [0x13, 0x02, 0x02, 0x06, 0x11, 10, 0, 0, 0, 1, 2, 0, 0, 0, 3, 4];
    let expected = |a, b| Data::Structure(vec![Data::DoubleLongUnsigned(a), Data::Unsigned(b)]);
    for size in 1..=buffer.len() {
        let (rows, error) = read(&buffer, size);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(rows, [expected(1, 2), expected(3, 4)]);
    }
}

#[test]
fn a_buffer_that_holds_no_rows_is_an_error() {
    for buffer in [&[0x00][..], &[0x11, 7], &[0x01, 0x01, 0x11, 7], &[0x09, 2, 1, 2]] {
        let (rows, error) = read(buffer, 100);
        assert!(rows.is_empty());
        let error = error.expect("there are no rows");
        assert!(matches!(error.cause(), Cause::Value(_)), "{error:?}");
        assert!(error.to_string().contains("instead of structure"), "{error}");
    }
}

#[test]
fn a_refused_profile_is_the_answer_of_the_meter() {
    let denied = GetDataResult::Error(DataAccessResult::READ_WRITE_DENIED);
    let (rows, error) = collect(vec![Event::Got(vec![denied.clone()])]);
    assert!(rows.is_empty());
    let error = error.unwrap();
    assert!(matches!(error.cause(), Cause::Object(DataAccessResult::READ_WRITE_DENIED)));
    assert_eq!(error.attempted(), "read attribute 2 of 1-0:99.1.0*255 (class 7)");
    // Behind a few rows, too.
    let octets = Data::Array((1..=5).map(row).collect()).to_encoded().into_octets();
    let part = Event::Part { octets: octets[..50].to_vec(), last: false };
    let (rows, error) = collect(vec![part, Event::Got(vec![denied])]);
    assert_eq!(rows, [row(1), row(2)]);
    assert!(matches!(error.unwrap().cause(), Cause::Object(_)));
}

#[test]
fn the_descriptors_are_those_of_the_profile_generic_class() {
    let descriptor = |selection: RowSelection| selection.descriptor().unwrap();
    assert!(descriptor(RowSelection::All).is_none());
    let entries = descriptor(RowSelection::Entries { from: 1, to: 0 }).unwrap();
    assert_eq!(entries.selector, 2);
    assert_eq!(entries.parameters, octets("0204 0600000001 0600000000 120001 120000"));
    let from = DateTime([7, 233, 6, 15, 7, 0, 0, 0, 0, 255, 136, 128]);
    let range = descriptor(RowSelection::Range { from, to: from }).unwrap();
    assert_eq!(range.selector, 1);
    let clock = "0204 120008 0906 0000010000ff 0f02 120000";
    let time = "090c 07e9060f 07 00000000 ff8880";
    assert_eq!(range.parameters, octets(&format!("0204 {clock} {time} {time} 0100")));
    assert_eq!(obis!("0-0:1.0.0").to_string(), "0-0:1.0.0*255");
}

fn octets(text: &str) -> Encoded {
    Encoded::try_from(cosem::bytes::from_hex(text).unwrap()).unwrap()
}

/// A shared client is not needed: rows borrow the one there is.
#[test]
fn rows_are_send() {
    fn is_send(_: &impl Send) {}
    let rig = Rig::new(Fault::Nothing);
    let seen = Arc::clone(&rig.seen());
    run(async {
        let mut meter = Client::associate(rig.conversation(Options::default())).await.unwrap();
        let mut rows = meter.rows(PROFILE, RowSelection::All).unwrap();
        is_send(&rows);
        is_send(&rows.next());
    });
    assert_eq!(seen.lock().unwrap().requests, 1);
}
