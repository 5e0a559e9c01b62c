//! Meters that break the protocol, send too much, or send texts that are meant to do something.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use cosem::bytes::from_hex;

use crate::support::{Ran, dlms};

/// The answer to AARQ and RLRQ of a public client: accepted, with the services of this stack; RLRE.
const AARE: &str =
    "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000521d04000007";
const RLRE: &str = "6303800100";

/// A meter that gives these answers to GET requests, one after the other, whatever is asked.
pub(crate) fn meter(answers: &[&str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answers: Vec<_> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut answers = answers.into_iter();
        while let Some(request) = receive(&mut stream) {
            let answer = match request[0] {
                0x60 => AARE.to_owned(),
                0x62 => RLRE.to_owned(),
                // The invoke-id of the request, so that it is an answer to it.
                _ => match answers.next() {
                    Some(answer) => answer.replace("II", &format!("{:02x}", request[2])),
                    None => return,
                },
            };
            let apdu = from_hex(&answer).unwrap();
            let mut frame = vec![0, 1, 0, 1, 0, 16];
            frame.extend(u16::try_from(apdu.len()).unwrap().to_be_bytes());
            frame.extend(apdu);
            if stream.write_all(&frame).is_err() {
                return;
            }
        }
    });
    format!("tcp://{address}?timeout=2s")
}

fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut header = [0; 8];
    stream.read_exact(&mut header).ok()?;
    let mut apdu = vec![0; usize::from(u16::from_be_bytes([header[6], header[7]]))];
    stream.read_exact(&mut apdu).ok()?;
    Some(apdu)
}

fn read(answers: &[&str], args: &[&str]) -> Ran {
    let meter = meter(answers);
    dlms(&[&["read", &meter], args].concat())
}

#[test]
fn fewer_results_than_asked_for_are_an_error() {
    // One value for two attributes: the register's value and its scaler and unit.
    read(&["c403II 01 00 0600000005"], &["1-0:1.8.0@3"])
        .ends_with(7)
        .says("1 result came for 2 targets");
}

#[test]
fn more_results_than_asked_for_are_an_error() {
    read(&["c403II 03 00 0600000005 00 02020f00161e 00 00"], &["1-0:1.8.0@3"])
        .ends_with(7)
        .says("3 results came for 2 targets");
}

#[test]
fn an_answer_that_cannot_be_decoded_is_7() {
    read(&["c401II 00 2a"], &["0-0:96.1.0@1"]).ends_with(7).says("unknown tag 0x2a");
}

#[test]
fn a_service_error_about_an_object_has_the_status_of_one() {
    // read: definition, object-undefined; access, object-access-violated; definition, other.
    for (error, status) in [("0e050401", 8), ("0e050502", 5), ("0e050400", 1)] {
        read(&[error], &["0-0:96.1.0@1"]).ends_with(status).says("request refused: read");
    }
}

#[test]
fn a_flood_of_messages_that_answer_nothing_is_told_of_and_not_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let meter = format!("tcp://{}?timeout=300ms", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = receive(&mut stream);
        let frame = from_hex("0001 0001 0010 0005 c401c10104").unwrap();
        while stream.write_all(&frame.repeat(100)).is_ok() {}
    });
    let ran = dlms(&["read", &meter, "0-0:96.1.0@1"]).ends_with(6).says("no answer");
    assert_eq!(ran.err.matches("a message came that answers nothing").count(), 3, "{}", ran.err);
    assert_eq!(ran.err.matches("more messages came").count(), 1, "{}", ran.err);
}

#[test]
fn a_scaler_that_cannot_be_read_leaves_the_raw_number() {
    read(&["c403II 02 00 0600000005 01 03"], &["1-0:1.8.0@3"])
        .ends_with(0)
        .prints("1-0:1.8.0*255\t2\t5\t\n");
}

#[test]
fn a_text_of_a_meter_steers_neither_terminal_nor_spreadsheet() {
    // visible-string: ESC ] 0 ; x BEL =1+1 LF
    let text = "c401II 00 0a 0b 1b5d303b7807 3d312b31 0a";
    let ran = read(&[text], &["0-0:96.1.0@1"]).ends_with(0);
    assert_eq!(ran.out, "0-0:96.1.0*255\t2\t\\u{1b}]0;x\\u{7}=1+1\\n\t\n");
    let ran = read(&[text], &["0-0:96.1.0@1", "--json"]).ends_with(0);
    assert!(!ran.out.contains('\u{1b}') && ran.out.matches('\n').count() == 1, "{ran:?}");
    assert_eq!(ran.json()[0]["value"], "\u{1b}]0;x\u{7}=1+1\n");
}

/// A profile with the clock and one other column, whose rows are these.
fn profile(column: &str, rows: &str, args: &[&str]) -> Ran {
    let captured = format!(
        "c403II 02 00 0102 0204 120008 09060000010000ff 0f02 120000 {column} 00 0600000384"
    );
    let rows = format!("c401II 00 {rows}");
    let meter = meter(&[&captured, &rows]);
    dlms(&[&["profile", &meter, "1-0:99.1.0"], args].concat())
}

/// Class 1, 0-0:96.1.0, attribute 2.
pub(crate) const TEXT_COLUMN: &str = "0204 120001 09060000600100ff 0f02 120000";

#[test]
fn a_formula_in_a_profile_is_a_text_in_csv() {
    let rows = "0101 0202 090c07e9060f070c1e0000ff8880 0a053d312b3122";
    profile(TEXT_COLUMN, rows, &["--csv"])
        .ends_with(0)
        .prints("2025-06-15T12:30:00+02:00,\"'=1+1\"\"\"\n");
}

#[test]
fn a_row_without_its_time_follows_the_one_before() {
    // null-data: as in the row before; of the clock, a period later.
    let rows = "0102 0202 090c07e9060f070c1e0000ff8880 0a0161 0202 00 00";
    let ran = profile(TEXT_COLUMN, rows, &["--csv"]).ends_with(0);
    let rows: Vec<_> = ran.out.lines().skip(1).collect();
    assert_eq!(rows, ["2025-06-15T12:30:00+02:00,a", "2025-06-15T12:45:00+02:00,a"]);
}

#[test]
fn a_derived_time_has_no_octets() {
    let rows = "0102 0202 090c07e9060f070c1e0000ff8880 0a0161 0202 00 00";
    let values = profile(TEXT_COLUMN, rows, &["--json"]).ends_with(0).json();
    assert_eq!(values[1]["time"], "2025-06-15T10:45:00Z");
    assert!(values[1]["time_raw"].is_null());
    assert_eq!(values[1]["raw"], serde_json::json!(["null-data", null]));
    assert_eq!(values[1]["value"], "a");
}

#[test]
fn a_time_without_an_offset_is_no_guess() {
    // Deviation 8000: not specified.
    let rows = "0101 0202 090c07e9060f070c1e000080 00ff 0a0161";
    let values = profile(TEXT_COLUMN, rows, &["--json"]).ends_with(0).json();
    assert!(values[0]["time"].is_null());
    assert_eq!(values[0]["time_raw"], "07e9060f070c1e00008000ff");
    let zone = ["--json", "--zone", "Europe/Berlin"];
    let values = profile(TEXT_COLUMN, rows, &zone).ends_with(0).json();
    assert_eq!(values[0]["time"], "2025-06-15T10:30:00Z");
}

#[test]
fn rows_outside_the_range_are_left_out_and_counted() {
    // A meter that ignores the selection and sends everything.
    let rows = "0102 0202 090c07e9060f070c1e0000ff8880 0a0161 \
                     0202 090c07e90610010c1e0000ff8880 0a0162";
    let range = ["--from", "2025-06-15T00:00+02:00", "--to", "2025-06-15T23:00+02:00"];
    let zone = ["--zone", "Europe/Berlin", "--csv"];
    let ran = profile(TEXT_COLUMN, rows, &[&range[..], &zone].concat()).ends_with(0);
    assert_eq!(ran.out.lines().count(), 2, "{ran:?}");
    ran.says("1 row outside the range came as well");
}

#[test]
fn a_row_with_another_number_of_values_is_shown_and_said() {
    let rows = "0101 0203 090c07e9060f070c1e0000ff8880 0a0161 1105";
    profile(TEXT_COLUMN, rows, &["--csv"])
        .ends_with(0)
        .prints(",a\n")
        .says("1 row with more or fewer values than columns");
}
