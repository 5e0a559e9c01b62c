//! Reads several meters at once: energy, and the last rows of the load profile as they arrive.
//! Start a meter first, `dlms simulate`; then
//! `cargo run -p dlms-client --example read_async [CONNECTION]...`

use cosem::class::{ProfileGeneric, Register};
use cosem::obis;
use dlms_client::{Client, Credentials, Result, RowSelection};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut connections: Vec<String> = std::env::args().skip(1).collect();
    if connections.is_empty() {
        connections.push("tcp://127.0.0.1:4059?client=2&auth=low".to_owned());
    }
    let mut meters = tokio::task::JoinSet::new();
    for connection in connections {
        meters.spawn(async move { (read(&connection).await, connection) });
    }
    while let Some(Ok((outcome, connection))) = meters.join_next().await {
        if let Err(error) = outcome {
            println!("{connection}: {error}");
            error.hint().into_iter().for_each(|hint| println!("try: {hint}"));
        }
    }
}

async fn read(connection: &str) -> Result<()> {
    let mut meter = Client::connect(connection, Credentials::password("12345678")).await?;

    let import = Register::at(obis!("1-0:1.8.0"));
    let (value, unit) = meter.get((import.value(), import.scaler_unit())).await?; // one round trip
    if let Some(energy) = unit.decimal(value.head()) {
        println!("{connection}: imported {energy} {}", unit.unit);
    }

    let profile = ProfileGeneric::at(obis!("1-0:99.1.0"));
    let entries = meter.get(profile.entries_in_use()).await?;
    let last = RowSelection::Entries { from: entries.saturating_sub(3).max(1), to: 0 };
    let mut rows = meter.rows(profile.instance(), last)?;
    while let Some(row) = rows.next().await? {
        let columns: Vec<_> = row.root().items().map(|column| column.value()).collect();
        if let [time, .., import, _export] = columns.as_slice()
            && let (Some(time), Some(import)) = (time.as_date_time(), import.as_integer())
        {
            println!("{connection}: {time} {import} Wh");
        }
    }
    meter.close().await
}
