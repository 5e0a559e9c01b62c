//! `dlms profile`: rows of a profile, streamed.

mod columns;
mod print;

use cosem::{Civil, DateTime, Flat, Obis};
use dlms_client::RowSelection;

use crate::clock::Look;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{self, Form};
use crate::session::{self, MeterArgs, Session};
use crate::target::Target;
use crate::times::{self, Given};
use crate::zone::Zone;

use columns::{Columns, Row};
use print::Printer;

/// Read the rows of a profile with names, units and times
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct ProfileArgs {
    #[command(flatten)]
    meter: MeterArgs,
    /// The profile, such as 1-0:99.1.0
    #[arg(value_name = "CODE")]
    target: Target,
    /// Rows from this time on, itself included: 2026-03-29T00:00, with an offset or without
    #[arg(long, value_name = "TIME", requires = "to", conflicts_with_all = ["last", "entries"])]
    from: Option<String>,
    /// Rows up to this time, itself included
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// Rows of the last 12h, 1d, 2w … by the meter's clock
    #[arg(long, value_name = "SPAN", value_parser = times::span, conflicts_with = "entries")]
    last: Option<std::time::Duration>,
    /// Rows by their place, 1 the oldest: 1-96, or 97- for the rest
    #[arg(long, value_name = "FIRST-LAST", value_parser = entries)]
    entries: Option<RowSelection>,
    /// The zone of times without an offset, such as Europe/Berlin; else the meter's own
    #[arg(long, value_name = "ZONE", value_parser = Zone::named)]
    zone: Option<Zone>,
    /// Print comma-separated values with a header
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

const HELP: &str = crate::exit::help!(
    "\
Examples, against `dlms simulate`:
  DLMS_PASSWORD=12345678 dlms profile 'tcp://127.0.0.1:4059?client=2&auth=low' 1-0:99.1.0 --last 1d
  DLMS_PASSWORD=12345678 dlms profile 'tcp://127.0.0.1:4059?client=2&auth=low' 1-0:99.1.0 --entries 1-96 --csv
  DLMS_PASSWORD=12345678 dlms profile 'tcp://127.0.0.1:4059?client=2&auth=low' 1-0:99.1.0 --last 2h --json"
);

const AFTER: &str = "\
Without a selection all rows are read. A local time that daylight saving skips is refused, one that
it repeats needs its offset. With --json each value is an object of its own, with the time of its
row; the column of the clock is that time.

Exit status: see dlms --help";

/// Runs it.
pub(crate) async fn run(args: &ProfileArgs, interrupt: &Interrupt) -> Outcome {
    let wanted = Wanted::of(args)?;
    let form = Form::choose(args.meter.json, args.csv);
    session::with(&args.meter, interrupt, async |session| {
        let selection = wanted.selection(session, args.zone.as_ref()).await?;
        let mut printer = Printer::new(form, session.meter.clone());
        let (profile, shown) = (args.target.obis, (form, args.zone.as_ref()));
        let rows =
            read(session, profile, &selection, shown, |columns, row| printer.row(columns, row));
        let summary = rows.await?;
        printer.finish(&summary.columns)?;
        summary.report(profile, &selection);
        Ok(())
    })
    .await
}

/// Which rows, as far as that can be said without the meter.
enum Wanted {
    Selection(Selection),
    Times { from: Given, to: Given },
    Last(std::time::Duration),
}

impl Wanted {
    fn of(args: &ProfileArgs) -> Outcome<Self> {
        let attempted = || format!("read rows of {}", args.target.obis);
        let failed = |error: String| Failure::usage(attempted(), error);
        if let Some(span) = args.last {
            return Ok(Self::Last(span));
        }
        let (Some(from_text), Some(to_text)) = (&args.from, &args.to) else {
            return Ok(Self::Selection(Selection(args.entries.unwrap_or_default())));
        };
        let from = times::given(from_text).map_err(failed)?;
        let to = times::given(to_text).map_err(failed)?;
        let is_reversed = match (from, to) {
            (Given::Instant { unix: from, .. }, Given::Instant { unix: to, .. }) => from > to,
            (Given::Civil(from), Given::Civil(to)) => from > to,
            // The zone decides.
            _ => false,
        };
        if let Some(zone) = &args.zone {
            let [from, to] =
                [zone.resolve(from).map_err(failed)?, zone.resolve(to).map_err(failed)?];
            return Selection::range(from, to).map(Self::Selection).map_err(failed);
        }
        if is_reversed {
            let reason =
                format!("the range is empty: --from {from_text} lies after --to {to_text}");
            return Err(failed(reason));
        }
        Ok(Self::Times { from, to })
    }

    async fn selection(&self, session: &mut Session, zone: Option<&Zone>) -> Outcome<Selection> {
        let failed = |error: String| Failure::usage("select the rows", error);
        match self {
            Self::Selection(selection) => Ok(*selection),
            Self::Times { from, to } => {
                let zone = Look::at(session).await?.zone().map_err(failed)?;
                let from = zone.resolve(*from).map_err(failed)?;
                let to = zone.resolve(*to).map_err(failed)?;
                Selection::range(from, to).map_err(failed)
            }
            Self::Last(span) => {
                let look = Look::at(session).await?;
                let zone = match zone {
                    Some(zone) => zone.clone(),
                    None => look.zone().map_err(failed)?,
                };
                let now = look.now.unix_seconds().or_else(|| zone.unix(look.now));
                let now =
                    now.ok_or_else(|| failed(String::from("the meter's clock gives no time")))?;
                let back = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
                let from = zone.show(now.saturating_sub(back)).map_err(failed)?;
                Selection::range(from, zone.show(now).map_err(failed)?).map_err(failed)
            }
        }
    }
}

/// Rows to read, and the test whether a row is one of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection(RowSelection);

impl Selection {
    /// From one time to another, both included.
    pub(crate) fn range(from: DateTime, to: DateTime) -> Result<Self, String> {
        let selection = RowSelection::Range { from, to };
        selection.descriptor().map(|_| Self(selection))
    }

    /// Some meters ignore a selection and send everything (field notes of readers of meters).
    fn contains(&self, time: Option<DateTime>) -> bool {
        let (RowSelection::Range { from, to }, Some(time)) = (self.0, time) else { return true };
        match (from.unix_seconds(), time.unix_seconds(), to.unix_seconds()) {
            (Some(from), Some(time), Some(to)) => (from..=to).contains(&time),
            _ => match (from.civil(), time.civil(), to.civil()) {
                (Some(from), Some(time), Some(to)) => from <= time && time <= to,
                _ => true,
            },
        }
    }
}

/// What became of a profile.
pub(crate) struct Summary {
    columns: Columns,
    /// Rows that were shown.
    pub(crate) shown: usize,
    outside: usize,
    odd: usize,
}

/// Reads rows and hands each to `take` as soon as it is there.
pub(crate) async fn read(
    session: &mut Session,
    profile: Obis,
    selection: &Selection,
    (form, zone): (Form, Option<&Zone>),
    mut take: impl FnMut(&Columns, &Row) -> std::io::Result<()>,
) -> Outcome<Summary> {
    let columns = Columns::read(session, profile).await?;
    let (interrupt, progress) = (session.interrupt.clone(), session.progress.clone());
    progress.begin(&format!("rows of {profile}"), form);
    let mut summary = Summary { columns, shown: 0, outside: 0, odd: 0 };
    let mut before = None;
    let mut rows = session.client()?.rows(profile, selection.0)?;
    let mut announced = false;
    while let Some(row) = next(&mut rows, &interrupt).await? {
        if let (false, Some(left)) = (announced, rows.left()) {
            progress.message(format!("{} rows of {profile}", left + 1));
            announced = true;
        }
        let row = summary.columns.row(&row, before.as_ref(), zone);
        summary.odd += usize::from(row.is_odd);
        if selection.contains(row.time.raw) {
            take(&summary.columns, &row)?;
            summary.shown += 1;
        } else {
            summary.outside += 1;
        }
        before = Some(row);
    }
    progress.end();
    Ok(summary)
}

async fn next<L: dlms_client::Link>(
    rows: &mut dlms_client::Rows<'_, L>,
    interrupt: &Interrupt,
) -> Outcome<Option<Flat>> {
    interrupt.check()?;
    Ok(rows.next().await?)
}

impl Summary {
    fn report(&self, profile: Obis, selection: &Selection) {
        if self.shown == 0 {
            let range = match selection.0 {
                RowSelection::Range { from, to } => {
                    format!(" from {} to {}", times::local(from), times::local(to))
                }
                RowSelection::Entries { .. } => String::from(" at these places"),
                RowSelection::All => String::new(),
            };
            output::say(&format!("note: {profile} has no rows{range}"));
        }
        if self.outside > 0 {
            output::say(&format!(
                "note: {} rows outside the range came as well and are left out",
                self.outside
            ));
        }
        if self.odd > 0 {
            output::say(&format!(
                "warning: {} rows have another number of values than there are columns",
                self.odd
            ));
        }
    }
}

/// `1-96`, `97-` or `5`.
fn entries(text: &str) -> Result<RowSelection, String> {
    let wrong = || format!("{text:?} names no rows; write 1-96, 97- or 5");
    let number = |digits: &str| digits.parse::<u32>().map_err(|_| wrong());
    let (from, to) = match text.split_once('-') {
        Some((from, "")) => (number(from)?, 0),
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(text)?, number(text)?),
    };
    if text.split_once('-').is_some_and(|(_, to)| to == "0") {
        return Err(format!("{text:?}: an empty range; rows are counted from 1"));
    }
    let selection = RowSelection::Entries { from, to };
    let empty = |error| format!("{text:?}: an empty range: {error}");
    selection.descriptor().map(|_| selection).map_err(empty)
}

/// The time of a row whose clock column says "as before": the one before and the period.
fn derived(before: DateTime, unix: i64) -> DateTime {
    match before.deviation() {
        Some(deviation) => DateTime::from_unix(unix, deviation, before.status()),
        None => DateTime::from_civil(Civil::from_seconds(unix), None, before.status()),
    }
}

/// A profile that cannot be described cannot be shown.
fn undescribed(profile: Obis, why: String) -> Failure {
    Failure::new(Exit::CannotDecode, format!("cannot understand the columns of {profile}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_a_range_that_is_not_empty() {
        assert_eq!(entries("1-96"), Ok(RowSelection::Entries { from: 1, to: 96 }));
        assert_eq!(entries("97-"), Ok(RowSelection::Entries { from: 97, to: 0 }));
        assert_eq!(entries("5"), Ok(RowSelection::Entries { from: 5, to: 5 }));
        for text in ["9-3", "0-3", "1-0", "0", "x", "1-2-3", ""] {
            assert!(entries(text).is_err(), "{text}");
        }
        assert!(entries("9-3").unwrap_err().contains("empty range"));
    }
}
