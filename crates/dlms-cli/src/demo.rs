//! `dlms demo`: a meter, a client and their conversation in one command.

use std::sync::{Arc, Mutex, PoisonError};

use cosem::{DateTime, Decimal, Obis, ScalerUnit};
use dlms::association::ServerLink;
use dlms::link::wrapper;
use dlms_client::Credentials;
use dlms_link::Connection;
use dlms_link::connection::Authentication;
use dlms_meter::simulation::{LOAD_PROFILE, READER, READER_TEST_PASSWORD};

use crate::clock::Look;
use crate::exit::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{self, BOLD, Form};
use crate::profile::{self, Selection};
use crate::session::{self, Opening, Session};
use crate::table::{Sheet, Side};
use crate::target::Target;
use crate::watch::{Direction, Listener, layers};
use crate::{chart, explained, objects, read, simulate, text, times};

/// Start a simulated meter, read it over a socket, show what was said
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct DemoArgs {
    /// What the household uses follows from it
    #[arg(long, value_name = "NUMBER", default_value_t = simulate::SERIAL)]
    seed: u64,
    /// Show every message on standard error, each layer decoded
    #[arg(short, long)]
    verbose: bool,
    /// Record the conversation as pcapng (mode 0600)
    #[arg(long, value_name = "FILE")]
    pcap: Option<std::path::PathBuf>,
}

const HELP: &str = crate::exit::help!(
    "\
Examples:
  dlms demo
  dlms demo --seed 7
  dlms demo --pcap demo.pcapng"
);

const AFTER: &str = "\
The meter is that of dlms simulate and the client that of dlms read; it ends by itself.

Exit status: see dlms --help";

/// Runs it.
pub(crate) async fn run(args: &DemoArgs, interrupt: &Interrupt) -> Outcome {
    let (serial, link) = (simulate::SERIAL, ServerLink::Wrapper);
    let serving = simulate::start("127.0.0.1:0", serial, Some(args.seed), link).await?;
    let address = serving.address();
    let connection = format!("tcp://{address}?client={}&auth=low", READER.0);
    let connection: Connection = connection
        .parse()
        .map_err(|error| Failure::usage("understand the connection string", error))?;
    output::line(&format!("A simulated household meter listens on {address}."))?;
    output::line(&format!(
        "A client connects: {connection}, with the test password that dlms simulate prints.\n"
    ))?;
    let talk = Talk::default();
    let listener = if args.verbose { layers() } else { talk.listener() };
    let password = match connection.authentication {
        Authentication::Low => Credentials::password(READER_TEST_PASSWORD),
        _ => Credentials::none(),
    };
    let opening = Opening {
        connection,
        credentials: password,
        listener: Some(listener),
        pcap: args.pcap.clone(),
    };
    let shown = session::hold(opening, interrupt, async |session| show(session).await).await;
    serving.stop().await;
    shown?;
    if !args.verbose {
        talk.print()?;
    }
    output::line(
        "\nNext: dlms simulate in one terminal, dlms objects tcp://127.0.0.1:4059 in another.",
    )?;
    Ok(())
}

async fn show(session: &mut Session) -> Outcome {
    heading("Its objects")?;
    let view = session.view().await?.to_vec();
    show_objects(&view)?;

    heading("Its registers, and the clock")?;
    let registers = view.iter().filter(|entry| matches!(entry.class, 3 | 4 | 8));
    let targets: Vec<_> = registers
        .map(|entry| Target { obis: entry.instance, attribute: None, class: Some(entry.class) })
        .collect();
    let records = read::read(session, &targets).await?;
    read::print(&records, &session.meter, Form::Table)?;

    show_day(session, LOAD_PROFILE).await
}

/// Fewer columns than `dlms objects`: what is there is what counts here.
fn show_objects(view: &[dlms_client::ObjectEntry]) -> Outcome {
    let columns = ["object", "class", "what it is"];
    let mut sheet = Sheet::new(&columns.map(|name| (name, Side::Left)));
    for entry in view {
        let [object, class, name, ..] = objects::fields(entry);
        sheet.row(&[object, class, name]);
    }
    Ok(sheet.print()?)
}

/// The last whole day of a profile, as the power of each half an hour.
async fn show_day(session: &mut Session, code: Obis) -> Outcome {
    let look = Look::at(session).await?;
    let failed = |error: String| Failure::usage("choose a day", error);
    let today = look.now.civil().map(|now| now.seconds().div_euclid(DAY));
    let today = today.ok_or_else(|| failed(String::from("the meter's clock gives no date")))?;
    // A day of the meter's own time has 23, 24 or 25 hours: its ends are asked of the zone.
    let zone = look.zone().map_err(failed)?;
    let midnight = |day: i64| zone.midnight(day).and_then(|unix| zone.show(unix)).map_err(failed);
    let (from, to) = (midnight(today - 1)?, midnight(today)?);
    let selection = Selection::range(from, to).map_err(failed)?;
    let mut day = Day::default();
    let summary = profile::read(session, code, &selection, (Form::Table, None), |columns, row| {
        let energy = columns.values().find(|(_, column)| column.is_energy());
        if let Some((index, column)) = energy {
            day.name = column.name();
            day.scaler_unit = column.scaler_unit;
            let raw = row.values.get(index).and_then(|value| value.raw.head().as_integer());
            day.readings.extend(row.local.zip(raw));
        }
        Ok(())
    })
    .await?;
    heading(&format!("A day of its load profile: {}", times::day(from)))?;
    let is_narrow = output::width().is_some_and(|columns| columns < chart::WIDTH_OF_A_DAY);
    let step = if is_narrow { HOUR } else { HALF_HOUR };
    output::line(&format!(
        "{}; {}, mean power of each {}\n",
        text::count(summary.shown, "row"),
        day.name,
        if step == HOUR { "hour" } else { "half an hour" }
    ))?;
    for line in day.chart(from, to, step) {
        output::line(&line)?;
    }
    if let Some(total) = day.total() {
        output::line(&format!("\n{total} in all: the difference of the register"))?;
    }
    Ok(())
}

/// Readings of an energy register over a day.
#[derive(Default)]
struct Day {
    name: String,
    scaler_unit: Option<ScalerUnit>,
    readings: Vec<(DateTime, i128)>,
}

impl Day {
    /// The mean power of each step of so many seconds.
    fn chart(&self, from: DateTime, to: DateTime, step: i64) -> Vec<String> {
        let (Some(from), Some(to)) = (from.unix_seconds(), to.unix_seconds()) else {
            return Vec::new();
        };
        let an_hour = i128::from(HOUR / step);
        let at = |unix: i64| {
            let found = self.readings.iter().find(|(time, _)| time.unix_seconds() == Some(unix));
            found.map(|(_, raw)| *raw)
        };
        let values: Vec<_> = (0..(to - from) / step)
            .map(|index| {
                let begin = from + index * step;
                let used = at(begin + step)?.checked_sub(at(begin)?)?;
                let scaler = self.scaler_unit.map_or(0, |scaler_unit| scaler_unit.scaler);
                u64::try_from(scale(used * an_hour, scaler)).ok()
            })
            .collect();
        chart::day(&values, "W")
    }

    fn total(&self) -> Option<String> {
        let (first, last) = (self.readings.first()?, self.readings.last()?);
        let scaler_unit = self.scaler_unit?;
        let used: Decimal = scaler_unit.scale(last.1.checked_sub(first.1)?);
        Some(format!("{used} {}", scaler_unit.unit))
    }
}

/// Whole units.
fn scale(raw: i128, scaler: i8) -> i128 {
    let power = 10_i128.pow(u32::from(scaler.unsigned_abs()).min(18));
    if scaler < 0 { raw / power } else { raw * power }
}

/// What was said, one line a message; kept until the end, so that it does not break up the rest.
#[derive(Clone, Default)]
struct Talk {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Talk {
    fn listener(&self) -> Listener {
        let lines = Arc::clone(&self.lines);
        Box::new(move |direction: Direction, frame| {
            // The demo speaks over the wrapper.
            let apdu = frame.get(wrapper::HEADER_LENGTH..).unwrap_or_default();
            let summary = explained::summary(apdu);
            let line = format!("{} {:>5}  {summary}", direction.arrow(), apdu.len());
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        })
    }

    fn print(&self) -> Outcome {
        heading("What was said (→ client, ← meter, octets, message)")?;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let hidden = lines.len().saturating_sub(HEAD + TAIL);
        for (index, line) in lines.iter().enumerate() {
            match index.checked_sub(HEAD) {
                Some(0) if hidden > 0 => output::line(&format!("        … {hidden} more …"))?,
                Some(after) if after < hidden => {}
                _ => output::line(line)?,
            }
        }
        output::line("dlms demo -v shows every octet of it.")?;
        Ok(())
    }
}

fn heading(text: &str) -> Outcome {
    let style = if output::has_colour(&std::io::stdout()) { BOLD } else { anstyle::Style::new() };
    Ok(output::line(&format!("\n{style}── {text}{style:#}\n"))?)
}

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
const HALF_HOUR: i64 = 1_800;
/// Lines of the conversation that are shown at its beginning and end.
const HEAD: usize = 12;
const TAIL: usize = 4;
