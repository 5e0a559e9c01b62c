//! `dlms simulate`: a household meter to try things on.

use std::net::{IpAddr, SocketAddr};

use dlms::association::{HdlcServerOptions, ServerLink};
use dlms::link::hdlc::Parameters;
use dlms_meter::Serving;
use dlms_meter::simulation::{READER, READER_TEST_PASSWORD, seeded};

use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output;

/// Serve a simulated household meter with a gas meter behind it, until Ctrl-C
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct SimulateArgs {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4059")]
    listen: String,
    /// The serial number
    #[arg(long, value_name = "NUMBER", default_value_t = SERIAL, value_parser = clap::value_parser!(u64).range(..=LARGEST_SERIAL))]
    serial: u64,
    /// What the household uses follows from it; the serial number when left out
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Speak HDLC instead of the wrapper, as the physical device with this address
    #[arg(long, value_name = "PHYSICAL", num_args = 0..=1, default_missing_value = "17", value_parser = clap::value_parser!(u16).range(1..=0x3ffd))]
    hdlc: Option<u16>,
    /// Listen on an address that other machines reach: the password is public
    #[arg(long)]
    expose: bool,
}

const HELP: &str = crate::exit::help!(
    "\
Examples:
  dlms simulate
  dlms simulate --listen 127.0.0.1:4060 --serial 4711
  dlms simulate --listen '[::1]:4059' --seed 7"
);

const AFTER: &str = "\
Exit status:
    2  wrong usage
    3  the address cannot be had
  130  ended by Ctrl-C";

/// Runs it.
pub(crate) async fn run(args: &SimulateArgs, interrupt: &Interrupt) -> Outcome {
    check(&args.listen, args.expose).await?;
    let link = args.hdlc.map_or(ServerLink::Wrapper, |physical| {
        ServerLink::Hdlc(HdlcServerOptions { physical, parameters: Parameters::default() })
    });
    let serving = start(&args.listen, args.serial, args.seed, link).await?;
    let address = serving.address();
    let client = READER.0;
    let scheme = if args.hdlc.is_some() { "hdlc+tcp" } else { "tcp" };
    let meter = if address.ip().is_unspecified() {
        format!("{scheme}://127.0.0.1:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    };
    for line in [
        format!("meter {} listens on {address}", args.serial),
        String::from("  logical devices  1 electricity, 16 gas (server=16)"),
        String::from("  client 16        public: identification and clock"),
        format!("  client {client}         reader: everything; sets the clock; auth=low"),
        format!("                   test password {READER_TEST_PASSWORD}, public, for tests only"),
        format!("try: dlms objects {meter}"),
        format!(
            "     DLMS_PASSWORD={READER_TEST_PASSWORD} dlms read '{meter}?client={client}&auth=low' 1-0:1.8.0"
        ),
    ] {
        output::line(&line)?;
    }
    interrupt.raised().await;
    let statistics = serving.statistics();
    serving.stop().await;
    output::say_plainly(&format!(
        "{} connections, {} requests",
        statistics.connections, statistics.requests
    ));
    Err(Failure::interrupted())
}

/// Starts the meter.
pub(crate) async fn start(
    listen: &str,
    serial: u64,
    seed: Option<u64>,
    link: ServerLink,
) -> Outcome<Serving> {
    let failed = |error: String| Failure::usage("make the meter", error);
    let meter =
        seeded(serial, seed.unwrap_or(serial)).map_err(|error| failed(error.to_string()))?;
    dlms_meter::serve(listen, meter.on_link(link)).await.map_err(|error| {
        Failure::new(Exit::NoConnection, format!("cannot serve the meter: {error}"))
    })
}

/// SEC-56: a meter whose password everybody knows stays on this machine unless it is exposed on
/// purpose.
async fn check(listen: &str, expose: bool) -> Outcome {
    let failed = |error: String| Failure::usage(format!("listen on {listen}"), error);
    let addresses: Vec<SocketAddr> = match tokio::net::lookup_host(listen).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Err(failed(format!("{error}; write 127.0.0.1:4059"))),
    };
    let is_reachable = |address: &SocketAddr| !is_loopback(address.ip());
    if addresses.iter().any(is_reachable) && !expose {
        let reason = "other machines reach that address, and the meter's password is public";
        return Err(
            failed(String::from(reason)).hint("127.0.0.1:4059, or --expose if that is meant")
        );
    }
    Ok(())
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The serial number of the meter that examples talk about.
pub(crate) const SERIAL: u64 = 12_345;

/// A logical device name has room for twelve digits.
const LARGEST_SERIAL: u64 = 999_999_999_999;
