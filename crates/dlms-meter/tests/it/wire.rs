//! The meter over TCP, with octets that are not ours where there are any.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cosem::bytes::{from_hex, hex};
use cosem::class::{ProfileGeneric, Register};
use cosem::{Data, Encoded, ScalerUnit, Unit, obis};
use dlms::association::ClientAddress;
use dlms_meter::{
    Access, Column, Meter, Profile, ServeOptions, Serving, TimeSource, serve_with, simulation,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::NOON;

/// AARQ with logical names and no security: example 1 of the published ones.
const AARQ: &str = "601d a109060760857405080101 be10040e 01000000065f1f0400007e1f04b0";
/// AARQ with the password 12345678: example 2.
const AARQ_LLS: &str = "6036 a109060760857405080101 8a020780 8b0760857405080201 \
                        ac0a8008 3132333435363738 be10040e 01000000065f1f0400007e1f04b0";
const GET_TIME: &str = "c001c1 0008 0000010000ff 02 00";

async fn served(meter: Meter) -> Serving {
    let time = TimeSource::stopped(NOON.try_into().unwrap());
    let options = ServeOptions { time, ..ServeOptions::default() };
    serve_with("127.0.0.1:0", meter, options).await.unwrap()
}

async fn simulated() -> Serving {
    served(simulation::residential(42).unwrap()).await
}

struct Talk {
    stream: TcpStream,
    client: u16,
    server: u16,
}

impl Talk {
    async fn new(serving: &Serving, client: u16, server: u16) -> Self {
        let stream = TcpStream::connect(serving.address()).await.unwrap();
        Self { stream, client, server }
    }

    async fn send(&mut self, apdu: &str) {
        let apdu = from_hex(apdu).unwrap();
        let mut frame = vec![0, 1];
        frame.extend(self.client.to_be_bytes());
        frame.extend(self.server.to_be_bytes());
        frame.extend(u16::try_from(apdu.len()).unwrap().to_be_bytes());
        frame.extend(apdu);
        self.stream.write_all(&frame).await.unwrap();
    }

    async fn hear(&mut self) -> Vec<u8> {
        let wait = Duration::from_secs(20);
        let mut header = [0; 8];
        timeout(wait, self.stream.read_exact(&mut header)).await.unwrap().unwrap();
        assert_eq!(header[..2], [0, 1]);
        assert_eq!(header[2..4], self.server.to_be_bytes());
        assert_eq!(header[4..6], self.client.to_be_bytes());
        let length = u16::from_be_bytes([header[6], header[7]]);
        let mut apdu = vec![0; usize::from(length)];
        timeout(wait, self.stream.read_exact(&mut apdu)).await.unwrap().unwrap();
        apdu
    }

    async fn ask(&mut self, apdu: &str) -> String {
        self.send(apdu).await;
        hex(&self.hear().await)
    }

    async fn associate(serving: &Serving, client: u16) -> Self {
        let mut talk = Self::new(serving, client, 1).await;
        let aarq = if client == 2 { AARQ_LLS } else { AARQ };
        let aare = talk.ask(aarq).await;
        assert_eq!(&aare[..52], "6129a109060760857405080101a203020100a305a103020100be", "{aare}");
        talk
    }
}

#[tokio::test]
async fn the_published_octets_open_an_association_and_read_the_clock() {
    let serving = simulated().await;
    let mut talk = Talk::associate(&serving, 16).await;
    // 12:30 in summer, as the digest writes it.
    assert_eq!(talk.ask(GET_TIME).await, "c401c100090c07e9060f070c1e0000ff8880");
    // Neither an object that is not there nor one of another class, nor one that is not for it.
    assert_eq!(talk.ask("c001c1 0008 0000010001ff 02 00").await, "c401c10104");
    assert_eq!(talk.ask("c001c1 0003 0000010000ff 02 00").await, "c401c10109");
    assert_eq!(talk.ask("c001c1 0003 0100010800ff 02 00").await, "c401c10103");
    let set = "c101c1 0008 0000010000ff 02 00 090c07e9060f070c1f0000ff8880";
    assert_eq!(talk.ask(set).await, "c501c103");
    assert_eq!(talk.ask("c301c1 0008 0000010000ff 01 01 0f00").await, "c701c10300");
    assert_eq!(talk.ask("6203800100").await, "6303800100");
    assert_eq!(talk.ask(GET_TIME).await, "d80101");
    serving.stop().await;
}

#[tokio::test]
async fn the_reader_sets_and_adjusts_the_clock() {
    let serving = simulated().await;
    let mut talk = Talk::associate(&serving, 2).await;
    let set = "c101c1 0008 0000010000ff 02 00 090c07e9060f070c250000ff8880";
    assert_eq!(talk.ask(set).await, "c501c100");
    assert_eq!(talk.ask(GET_TIME).await, "c401c100090c07e9060f070c250000ff8880");
    // 12:37 is nearer to 12:30 than to 12:45.
    assert_eq!(talk.ask("c301c1 0008 0000010000ff 01 01 0f00").await, "c701c10000");
    assert_eq!(talk.ask(GET_TIME).await, "c401c100090c07e9060f070c1e0000ff8880");
    assert_eq!(talk.ask("c101c1 0008 0000010000ff 02 00 06 00000001").await, "c501c10c");
    // Two at once: the register's value and unit.
    let list = "c003c1 02 0003 0100010800ff 02 00 0003 0100010800ff 03 00";
    let answer = talk.ask(list).await;
    assert_eq!((&answer[..12], &answer[20..]), ("c403c1020006", "0002020f00161e"));
    serving.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_logged() {
    let serving = simulated().await;
    let mut talk = Talk::new(&serving, 2, 1).await;
    let wrong = AARQ_LLS.replace("3132333435363738", "3132333435363739");
    let aare = talk.ask(&wrong).await;
    // Rejected for good, authentication-failure.
    assert!(aare.contains("a203020101a305a10302010d"), "{aare}");
    assert_eq!(talk.ask(GET_TIME).await, "d80101");
    let mut reader = Talk::associate(&serving, 2).await;
    let log = reader.ask("c001c1 0007 0000636200ff 02 00").await;
    assert!(log.ends_with("12002e"), "the last event is a log-in that failed: {log}");
    // No logical device 5, no client 7.
    let mut nobody = Talk::new(&serving, 7, 1).await;
    nobody.send(AARQ).await;
    let mut refused = nobody;
    assert!(!hex(&refused.hear().await).contains("a203020100"));
    serving.stop().await;
}

#[tokio::test]
async fn the_load_profile_arrives_in_blocks_and_is_whole() {
    let serving = simulated().await;
    let mut talk = Talk::associate(&serving, 2).await;
    let mut answer = talk.ask("c001c1 0007 0100630100ff 02 00").await;
    let mut raw = Vec::new();
    let mut blocks = 0_u32;
    let mut other = Talk::associate(&serving, 2).await;
    loop {
        blocks += 1;
        let octets = from_hex(&answer).unwrap();
        assert!(octets.len() <= 1_200, "the client accepts 1,200 octets");
        let [0xc4, 0x02, 0xc1, last, rest @ ..] = octets.as_slice() else { panic!("{answer}") };
        let [a, b, c, d, 0, 0x82, high, low, slice @ ..] = rest else { panic!("{answer}") };
        assert_eq!(u32::from_be_bytes([*a, *b, *c, *d]), blocks);
        assert_eq!(usize::from(u16::from_be_bytes([*high, *low])), slice.len());
        raw.extend_from_slice(slice);
        if *last == 1 {
            break;
        }
        // In the middle the clock is set by another client and time goes on: the rows that are
        // still to come are those of the beginning all the same.
        if blocks == 100 {
            let set = "c101c1 0008 0000010000ff 02 00 090c07e8020f040c250000ffc400";
            assert_eq!(other.ask(set).await, "c501c100");
            serving.time().advance(Duration::from_secs(86_400));
            assert!(other.ask(GET_TIME).await.starts_with("c401c100090c07e80210"));
        }
        answer = talk.ask(&format!("c002c1 {blocks:08x}")).await;
    }
    let buffer = Encoded::try_from(raw).unwrap();
    assert_eq!(buffer.as_octets().len(), 4 + 8_640 * 28);
    let mut meter = simulation::residential(42).unwrap();
    let whole = crate::get_selected(
        &mut meter,
        &crate::reader(),
        crate::reference(7, obis!("1-0:99.1.0"), 2),
        crate::at(NOON),
    );
    assert_eq!(whole, Ok(buffer));
    serving.stop().await;
}

#[tokio::test]
async fn the_sub_meter_answers_on_the_same_connection() {
    let serving = simulated().await;
    let mut talk = Talk::associate(&serving, 16).await;
    talk.server = 16;
    assert_eq!(talk.ask(GET_TIME).await, "d80101", "each device has associations of its own");
    assert!(talk.ask(AARQ).await.starts_with("6129"));
    let name = talk.ask("c001c1 0001 00002a0000ff 02 00").await;
    assert_eq!(name, format!("c401c1000910{}", hex(b"ABC1000000000042")));
    talk.server = 1;
    let name = talk.ask("c001c1 0001 00002a0000ff 02 00").await;
    assert_eq!(name, format!("c401c1000910{}", hex(b"ABC0000000000042")));
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_are_served_while_dead_ones_hang() {
    let serving = Arc::new(simulated().await);
    // Some say nothing; some ask for their object list again and again and never read, until the
    // meter cannot send any more.
    let mut dead = Vec::new();
    for _ in 0..10 {
        dead.push(Talk::new(&serving, 16, 1).await);
        let mut talk = Talk::associate(&serving, 2).await;
        for _ in 0..2_000 {
            talk.send("c001c1 000f 0000280000ff 02 00").await;
        }
        talk.stream.write_all(&[0, 1, 0]).await.unwrap();
        dead.push(talk);
    }
    let clients: Vec<_> = (0..50)
        .map(|number| {
            let serving = Arc::clone(&serving);
            tokio::spawn(async move {
                let mut talk =
                    Talk::associate(&serving, if number % 2 == 0 { 16 } else { 2 }).await;
                for _ in 0..20 {
                    assert!(talk.ask(GET_TIME).await.starts_with("c401c100090c"));
                }
            })
        })
        .collect();
    for client in clients {
        timeout(Duration::from_secs(60), client).await.unwrap().unwrap();
    }
    assert_eq!(serving.statistics().bugs, 0);
    assert_eq!(serving.statistics().connections, 70);
    Arc::into_inner(serving).unwrap().stop().await;
}

#[tokio::test]
async fn a_panic_ends_its_connection_and_no_other() {
    static ARMED: AtomicBool = AtomicBool::new(false);
    let meter = Meter::new("ABC0000000000001")
        .with(Register::at(obis!("1-0:1.8.0")), |object| {
            object
                .reads(Register::value, |_| {
                    assert!(!ARMED.swap(false, Ordering::Relaxed), "this test means it");
                    Data::DoubleLongUnsigned(7)
                })
                .holds(Register::scaler_unit, ScalerUnit { scaler: 0, unit: Unit::WATT_HOUR })
        })
        .allow(ClientAddress::PUBLIC, Access::public().read_all())
        .allow(ClientAddress(1), Access::public().read_all())
        .build()
        .unwrap();
    let serving = served(meter).await;
    let mut other = Talk::associate(&serving, 16).await;
    let mut talk = Talk::associate(&serving, 1).await;
    // The association of client 1, as client 16 sees it.
    let status = "c001c1 000f 0000280002ff 08 00";
    assert_eq!(other.ask(status).await, "c401c1001602");
    let get = "c001c1 0003 0100010800ff 02 00";
    assert_eq!(talk.ask(get).await, "c401c1000600000007");
    ARMED.store(true, Ordering::Relaxed);
    talk.send(get).await;
    let ended = timeout(Duration::from_secs(10), talk.stream.read(&mut [0; 8])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert_eq!(other.ask(get).await, "c401c1000600000007");
    // Its association has ended with it.
    assert_eq!(other.ask(status).await, "c401c1001600");
    assert_eq!(serving.statistics().bugs, 1);
    serving.stop().await;
}

#[tokio::test]
async fn a_panic_while_nobody_asks_is_counted_and_the_meter_goes_on() {
    static ARMED: AtomicBool = AtomicBool::new(false);
    let energy = Register::at(obis!("1-0:1.8.0"));
    let meter = Meter::new("ABC0000000000001")
        .with(energy, |object| {
            object
                .reads(Register::value, |_| {
                    assert!(!ARMED.swap(false, Ordering::Relaxed), "this test means it");
                    Data::DoubleLongUnsigned(7)
                })
                .holds(Register::scaler_unit, ScalerUnit { scaler: 0, unit: Unit::WATT_HOUR })
        })
        .with(ProfileGeneric::at(obis!("1-0:99.1.0")), |object| {
            object.captures(Profile::every(60, 10, vec![Column::of(energy.value())]))
        })
        .allow(ClientAddress::PUBLIC, Access::public().read_all())
        .build()
        .unwrap();
    let serving = served(meter).await;
    ARMED.store(true, Ordering::Relaxed);
    serving.time().advance(Duration::from_secs(60));
    let counted = async {
        while serving.statistics().bugs == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), counted).await.unwrap();
    serving.time().advance(Duration::from_secs(60));
    let mut talk = Talk::associate(&serving, 16).await;
    let rows = talk.ask("c001c1 0007 0100630100ff 02 00").await;
    assert_eq!(rows, "c401c10001010201 0600000007".replace(' ', ""));
    serving.stop().await;
}

#[tokio::test]
async fn a_stopped_meter_takes_nobody_and_ends_everybody() {
    let serving = simulated().await;
    let address = serving.address();
    let mut talk = Talk::associate(&serving, 16).await;
    serving.stop().await;
    let ended = timeout(Duration::from_secs(10), talk.stream.read(&mut [0; 8])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
    // Dropping does the same.
    let serving = simulated().await;
    let mut talk = Talk::associate(&serving, 16).await;
    drop(serving);
    let ended = timeout(Duration::from_secs(10), talk.stream.read(&mut [0; 8])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
}

#[tokio::test]
async fn octets_that_are_no_frame_end_the_connection() {
    let serving = simulated().await;
    let mut talk = Talk::associate(&serving, 16).await;
    talk.stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let ended = timeout(Duration::from_secs(10), talk.stream.read(&mut [0; 8])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    serving.stop().await;
}
