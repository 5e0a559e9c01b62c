//! The example of the README. Start a meter first: `dlms simulate`.

use cosem::{class::Register, obis};
use dlms_client::{Credentials, blocking::Client};

fn main() -> dlms_client::Result<()> {
    let reader = "tcp://127.0.0.1:4059?client=2&auth=low";
    let mut meter = Client::connect(reader, Credentials::password("12345678"))?;
    let import = Register::at(obis!("1-0:1.8.0"));
    let (value, unit) = meter.get((import.value(), import.scaler_unit()))?; // one round trip
    if let Some(energy) = unit.decimal(value.head()) {
        println!("imported {energy} {}", unit.unit);
    }
    println!("the meter's clock: {}", meter.clock()?);
    meter.close()
}
