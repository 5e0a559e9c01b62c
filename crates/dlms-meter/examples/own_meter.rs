//! A meter maker's own meter: values, methods and rights of one's own, the server side alone.
//! `cargo run -p dlms-meter --example own_meter`, then
//! `dlms read 'tcp://127.0.0.1:4059?client=16' 0-0:96.9.0`

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use cosem::class::{Clock, Register};
use cosem::{Data, ScalerUnit, Unit, interface_class, obis};
use dlms::association::ClientAddress;
use dlms_meter::{Access, BuildError, ClockRules, Meter, serve};

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

pub(crate) fn meter() -> Result<Meter, BuildError> {
    let door = Door::at(obis!("0-0:96.128.0"));
    let owner = Access::low("sesame").read_all().write(door.label()).call(door.open());
    Meter::new("OWN0000000000001")
        .with(Clock::at(obis!("0-0:1.0.0")), |clock| clock.runs(ClockRules::CENTRAL_EUROPE))
        .with(Register::at(obis!("0-0:96.9.0")), |warmth| {
            // Asked for each time that it is read; a real meter would look at its sensor here.
            let value = |tenths| Data::Long(200 + i16::try_from(tenths % 60).unwrap_or(0));
            let unit = ScalerUnit { scaler: -1, unit: Unit::DEGREE_CELSIUS };
            let warmth = warmth.reads(Register::value, move |context| value(context.seconds()));
            warmth.holds(Register::scaler_unit, unit).metrological()
        })
        .with(door, |object| {
            object
                .reads(Door::openings, |_| OPENINGS.load(Relaxed))
                .holds(Door::label, b"cellar".to_vec())
                .calls(Door::open, |seconds, context| {
                    println!("{}: open for {seconds} s", context.time());
                    Ok(OPENINGS.fetch_add(1, Relaxed) + 1)
                })
        })
        .allow(ClientAddress::PUBLIC, Access::public().read_all())
        .allow(ClientAddress(1), owner)
        .build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let serving = serve("127.0.0.1:4059", meter()?).await?;
    println!("serving on {}", serving.address());
    serving.forever().await;
    Ok(())
}
