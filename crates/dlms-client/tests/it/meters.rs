//! Real meters on real sockets.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{OnceLock, mpsc};
use std::thread;

use cosem::class::{self, Clock, Register};
use cosem::{Data, Obis, ScalerUnit, Unit, obis};
use dlms::apdu::Conformance;
use dlms::association::ClientAddress;
use dlms_meter::{Access, ClockRules, Meter, ServeOptions, TimeSource, serve_with, simulation};

/// A Sunday in summer: 2025-06-15 12:30:00 in central Europe.
pub(crate) const NOON: u64 = 1_749_983_400;

/// Serves until the test binary ends, in a thread of its own.
pub(crate) fn served(meter: Meter) -> SocketAddr {
    let (say, said) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options =
                ServeOptions { time: TimeSource::stopped(NOON), ..ServeOptions::default() };
            let serving = serve_with("127.0.0.1:0", meter, options).await.unwrap();
            say.send(serving.address()).unwrap();
            serving.forever().await;
        });
    });
    said.recv().unwrap()
}

/// The simulated household meter, its clock at noon. Nobody may set it: all tests share it.
pub(crate) fn household() -> SocketAddr {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    *ADDRESS.get_or_init(|| served(simulation::residential(42).unwrap()))
}

/// The reader of the household meter, as a connection string.
pub(crate) fn reader() -> String {
    format!("tcp://{}?client=2&auth=low&timeout=10s", household())
}

pub(crate) const LABELS: u8 = 60;

/// A meter with 60 objects whose values say which they are; client 16 has every service, client 17
/// no lists, client 18 no blocks.
pub(crate) fn shelf(pdu_size: u16) -> SocketAddr {
    let meter = Meter::new("ABC0000000000001")
        .pdu_size(pdu_size)
        .with(Clock::at(obis!("0-0:1.0.0")), |clock| clock.runs(ClockRules::UTC))
        .with(Register::at(obis!("1-0:1.8.0")), |register| {
            register
                .holds(Register::value, Data::DoubleLongUnsigned(12_345))
                .holds(Register::scaler_unit, ScalerUnit { scaler: -1, unit: Unit::WATT_HOUR })
        })
        .with(class::Data::at(LONG), |object| {
            object.holds(class::Data::value, Data::OctetString(vec![0x5a; 2_000]))
        });
    let meter = (0..LABELS).fold(meter, |meter, number| {
        meter.with(class::Data::at(label(number)), |object| {
            object.holds(class::Data::value, Data::OctetString(vec![number; 12]))
        })
    });
    let services = |without: Conformance| Conformance(0x00_ff_ff_ff & !without.0);
    let access = |without| Access::public().read_all().services(services(without));
    let meter = meter
        .allow(ClientAddress(16), access(Conformance(0)))
        .allow(ClientAddress(17), access(Conformance::MULTIPLE_REFERENCES))
        .allow(ClientAddress(18), access(Conformance::BLOCK_TRANSFER_WITH_GET_OR_READ));
    served(meter.build().unwrap())
}

/// An object whose value has 2,000 octets.
pub(crate) const LONG: Obis = obis!("0-0:96.2.0");

pub(crate) const fn label(number: u8) -> Obis {
    Obis([0, 0, 96, 1, number, 255])
}

/// Something that listens and is no meter: what it does with each connection is the test's.
pub(crate) fn stranger(greet: impl Fn(std::net::TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(greet));
    address
}

/// A port on which nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
