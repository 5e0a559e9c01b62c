//! `dlms profile`: rows of a profile, streamed.

mod columns;
mod print;
mod selection;

use cosem::{Civil, DateTime, Flat, Obis};
use dlms_client::RowSelection;

use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{self, Form};
use crate::session::{self, MeterArgs, Session};
use crate::target::Target;
use crate::zone::Zone;
use crate::{text, times};

use columns::{Columns, Row};
use print::Printer;
pub(crate) use selection::Selection;
use selection::Wanted;

/// Read the rows of a profile with names, units and times
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct ProfileArgs {
    #[command(flatten)]
    meter: MeterArgs,
    /// The profile, such as 1-0:99.1.0
    #[arg(value_name = "CODE")]
    target: Target,
    /// Rows from this time on, itself included: 2026-03-29T00:00, with an offset or without; a
    /// bare date means its midnight
    #[arg(long, value_name = "TIME", conflicts_with_all = ["last", "entries"])]
    from: Option<String>,
    /// Rows up to this time, itself included; up to now when left out; a bare date means its
    /// midnight, where that day begins
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// Rows of the last 12h, 1d, 2w … by the meter's clock
    #[arg(long, value_name = "SPAN", value_parser = times::span, conflicts_with = "entries")]
    last: Option<std::time::Duration>,
    /// Rows by their place, 1 the oldest: 1-96, or 97- for the rest
    #[arg(long, value_name = "FIRST-LAST", value_parser = selection::entries)]
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
Without a selection all rows are read. A local time that daylight saving skips is refused, one that \
it repeats needs its offset. With --json each value is an object of its own, with the time of its \
row; the column of the clock is that time.

Exit status: see dlms --help";

/// Runs it.
pub(crate) async fn run(args: &ProfileArgs, interrupt: &Interrupt) -> Outcome {
    let wanted = Wanted::of(args)?;
    let (attribute, class) = (args.target.attribute.is_some(), args.target.class);
    if attribute || class.is_some_and(|class| class != PROFILE_GENERIC) {
        let reason =
            "rows are in the buffer of a profile, class 7: no attribute or class is chosen";
        let refused = Failure::usage(format!("read rows of {}", args.target.obis), reason);
        return Err(refused.hint(format!("the code alone: {}", args.target.obis)));
    }
    let form = Form::choose(args.meter.json, args.csv);
    session::with(&args.meter, interrupt, async |session| {
        let selection = wanted.selection(session, args.zone.as_ref()).await?;
        let mut printer = Printer::new(form, session.meter.clone());
        let (profile, shown) = (args.target.obis, (form, args.zone.as_ref()));
        let rows =
            read(session, profile, &selection, shown, |columns, row| printer.row(columns, row));
        let outcome = rows.await;
        session.progress.end();
        printer.finish(outcome.as_ref().ok().map(|summary| &summary.columns))?;
        outcome?.report(profile, &selection);
        Ok(())
    })
    .await
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
            progress.message(format!("{} of {profile}", text::count(left + 1, "row")));
            announced = true;
        }
        let row = summary.columns.row(&row, before.as_ref(), zone);
        summary.odd += usize::from(row.is_odd);
        if summary.shown == MOST_ROWS {
            return Err(too_many(profile));
        }
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
            let rows = text::count(self.outside, "row");
            output::say(&format!("note: {rows} outside the range came as well, left out"));
        }
        if self.odd > 0 {
            let rows = text::count(self.odd, "row");
            output::say(&format!("warning: {rows} with more or fewer values than columns"));
        }
    }
}

/// The time of a row whose clock column says "as before": the one before and the period.
fn derived(before: DateTime, unix: i64) -> DateTime {
    match before.deviation() {
        Some(deviation) => DateTime::from_unix(unix, deviation, before.status()),
        None => DateTime::from_civil(Civil::from_seconds(unix), None, before.status()),
    }
}

/// The class whose buffer holds rows.
const PROFILE_GENERIC: u16 = 7;

/// SEC-40: a meter does not decide how long we work.
fn too_many(profile: Obis) -> Failure {
    let what = format!("cannot read all of {profile}: more than {MOST_ROWS} rows came");
    Failure::new(Exit::Other, what).hint("a range: --from and --to, --last or --entries")
}

const MOST_ROWS: usize = 100_000;

/// A profile that cannot be described cannot be shown.
fn undescribed(profile: Obis, why: String) -> Failure {
    Failure::new(Exit::CannotDecode, format!("cannot understand the columns of {profile}: {why}"))
}
