//! A meter maker's own meter: values, methods and rights of one's own, the server side alone.
//!
//! `cargo run -p dlms-meter --example own_meter`, then read it:
//! `dlms read tcp://127.0.0.1:4059?client=16 0-0:96.128.0`

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use cosem::class::{Clock, Register};
use cosem::{Data, ScalerUnit, Unit, interface_class, obis};
use dlms::association::ClientAddress;
use dlms_meter::{Access, ClockRules, EventCode, Meter, serve};

interface_class! {
    /// Counts door openings.
    Door "Door" = 32_768, version 0, source "manual of the door" {
        /// How often it was opened.
        2 openings: u32;
        /// What stands on it.
        3 label: Vec<u8>;
        methods {
            /// Opens it for so many seconds; says how often it has been opened.
            1 open(u16) -> u32;
        }
    }
}

static OPENINGS: AtomicU32 = AtomicU32::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let door = Door::at(obis!("0-0:96.128.0"));
    let warmth = Register::at(obis!("0-0:96.9.0"));
    let meter = Meter::new("OWN0000000000001")
        .with(Clock::at(obis!("0-0:1.0.0")), |clock| clock.runs(ClockRules::CENTRAL_EUROPE))
        .with(warmth, |register| {
            // Asked for each time that it is read; a real meter would look at its sensor here.
            register
                .reads(Register::value, |context| Data::Long(200 + (context.seconds() % 60) as i16))
                .holds(Register::scaler_unit, ScalerUnit { scaler: -1, unit: Unit::DEGREE_CELSIUS })
                .metrological()
        })
        .with(door, |object| {
            object
                .reads(Door::openings, |_| OPENINGS.load(Relaxed))
                .holds(Door::label, b"cellar".to_vec())
                .calls(Door::open, |_seconds, context| {
                    context.log(EventCode(1_000));
                    Ok(OPENINGS.fetch_add(1, Relaxed) + 1)
                })
        })
        .allow(ClientAddress::PUBLIC, Access::public().read_all())
        .allow(ClientAddress(1), Access::low("sesame").read_all().write(door.label()).call(door.open()))
        .build()?;
    let serving = serve("127.0.0.1:4059", meter).await?;
    println!("serving on {}", serving.address());
    serving.forever().await;
    Ok(())
}
