//! `dlms clock`: what a meter's clock shows, and setting it.

use cosem::schema::CosemType;
use cosem::{Data, DateTime, Encoded, Obis, obis};

use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{self, Form};
use crate::read::{reference, schema};
use crate::record::{Moment, Reading, Record};
use crate::sending::{Consent, Sending};
use crate::session::{self, MeterArgs, Object, Session};
use crate::show::Shown;
use crate::times::{self, Given};
use crate::zone::{ClockZone, Zone};
use crate::{ask, names};

/// Show a meter's clock, or set it
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
#[command(group = clap::ArgGroup::new("setting").args(["set", "sync"]))]
#[command(mut_arg("yes", |yes| yes.requires("setting")))]
#[command(mut_arg("dry_run", |dry_run| dry_run.requires("setting")))]
pub(crate) struct ClockArgs {
    #[command(flatten)]
    meter: MeterArgs,
    /// Set it: `now`, or a time such as 2026-03-29T12:00 with an offset or without
    #[arg(long, value_name = "TIME")]
    set: Option<String>,
    /// Set it to this computer's time if it is off by more than a second
    #[arg(long)]
    sync: bool,
    /// The zone of a time without an offset, such as Europe/Berlin; else the meter's own
    #[arg(long, value_name = "ZONE", value_parser = Zone::named)]
    zone: Option<Zone>,
    #[command(flatten)]
    consent: Consent,
}

const HELP: &str = crate::exit::help!(
    "\
Examples, against `dlms simulate`:
  dlms clock tcp://127.0.0.1:4059
  DLMS_PASSWORD=12345678 dlms clock 'tcp://127.0.0.1:4059?client=2&auth=low' --sync --yes
  dlms clock tcp://127.0.0.1:4059 --set 2026-03-29T12:00 --zone Europe/Berlin --dry-run"
);

const AFTER: &str = "\
Setting is asked for first; without a terminal it needs --yes. A local time that daylight saving \
skips is refused, one that it repeats needs its offset. --dry-run sends nothing, so it needs a zone \
or an offset.

Exit status: see dlms --help";

/// The clock that every meter has.
const CLOCK: Object = Object { obis: OBIS, class: 8, version: None };
const OBIS: Obis = obis!("0-0:1.0.0");
const TIME: i8 = 2;

/// Runs it.
pub(crate) async fn run(args: &ClockArgs, interrupt: &Interrupt) -> Outcome {
    let wanted = Wanted::of(args)?;
    if let Some(wanted) = &wanted {
        if args.consent.dry_run {
            return dry_run(args, wanted);
        }
        ask::require("set the clock", args.consent.yes)?;
    }
    session::with(&args.meter, interrupt, async |session| {
        let form = Form::choose(args.meter.json, false);
        let look = Look::at(session).await?;
        match &wanted {
            None => look.print(session, form, args.zone.as_ref()),
            Some(wanted) => set(session, args, wanted, &look).await,
        }
    })
    .await
}

/// What the clock is to be set to.
enum Wanted {
    Now,
    Sync,
    Time(Given),
}

impl Wanted {
    fn of(args: &ClockArgs) -> Outcome<Option<Self>> {
        let failed = |error: String| Failure::usage("set the clock", error);
        let wanted = match (&args.set, args.sync) {
            (None, false) => return Ok(None),
            (None, true) => Self::Sync,
            (Some(now), _) if now == "now" => Self::Now,
            (Some(time), _) => Self::Time(times::given(time).map_err(failed)?),
        };
        // What the zone refuses is refused before anything is sent.
        if let (Some(zone), Self::Time(given)) = (&args.zone, &wanted) {
            zone.resolve(*given).map_err(failed)?;
        }
        Ok(Some(wanted))
    }

    /// The time as a clock in this zone shows it.
    fn time(&self, zone: &Zone) -> Result<DateTime, String> {
        match self {
            Self::Now | Self::Sync => zone.show(times::now()),
            Self::Time(given) => zone.resolve(*given),
        }
    }
}

fn sending(time: DateTime) -> Sending {
    Sending::Set { object: CLOCK, attribute: TIME, value: Data::from(time) }
}

fn dry_run(args: &ClockArgs, wanted: &Wanted) -> Outcome {
    let zone = match (&args.zone, wanted) {
        (Some(zone), _) => Some(zone.clone()),
        (None, Wanted::Time(Given::Instant { deviation, .. })) => Zone::fixed(*deviation),
        _ => None,
    };
    let reason = "--dry-run sends nothing, so it does not know the meter's zone";
    let zone = zone.ok_or_else(|| {
        Failure::usage("set the clock", reason)
            .hint("--zone Europe/Berlin, or a time with its offset")
    })?;
    let time = wanted.time(&zone).map_err(|error| Failure::usage("set the clock", error))?;
    sending(time).print_octets(&args.meter.connection()?)
}

async fn set(session: &mut Session, args: &ClockArgs, wanted: &Wanted, look: &Look) -> Outcome {
    let failed = |error: String| Failure::usage("set the clock", error);
    let zone = match &args.zone {
        Some(zone) => zone.clone(),
        None => look.zone().map_err(failed)?,
    };
    let off = look.ahead(Some(&zone));
    if let (Wanted::Sync, Some(-1..=1)) = (wanted, off) {
        output::say_plainly(&format!("the clock is right: {}", times::local(look.now)));
        return Ok(());
    }
    let planned = sending(wanted.time(&zone).map_err(failed)?);
    let words = difference(off).map_or_else(String::new, |words| format!(", {words}"));
    output::say_plainly(&format!("the clock shows {}{words}", times::local(look.now)));
    planned.announce();
    ask::confirm("set the clock", args.consent.yes, &session.interrupt.clone()).await?;
    // The answer took its time; now is now.
    let time = wanted.time(&zone).map_err(failed)?;
    session.client()?.set_clock(time).await?;
    let after = Look::at(session).await?;
    output::say_plainly(&format!("the clock was set and shows {}", times::local(after.now)));
    after.print(session, Form::choose(args.meter.json, false), Some(&zone))
}

/// What a clock object says.
pub(crate) struct Look {
    /// The time that it shows.
    pub(crate) now: DateTime,
    raw: Data,
    /// This computer's time at the same moment.
    here: i64,
    rules: Option<ClockZone>,
}

impl Look {
    /// Asks the meter: for the time, and for the rules of its zone, which it need not tell.
    pub(crate) async fn at(session: &mut Session) -> Outcome<Self> {
        let references = [TIME, 3, 5, 6, 7, 8].map(|attribute| reference(CLOCK, attribute));
        let mut results = session.read(&references).await?.into_iter();
        let here = times::now();
        let time = match results.next() {
            Some(Ok(time)) => time.to_data(),
            Some(Err(error)) => {
                let attempted = format!("read the clock {OBIS}");
                return Err(
                    dlms_client::Error::new(attempted, dlms_client::Cause::Object(error)).into()
                );
            }
            None => Data::Null,
        };
        let Some(now) = time.head().as_date_time() else {
            let found = format!("cannot read the clock {OBIS}: {} instead of a time", time.tag());
            return Err(Failure::new(Exit::CannotDecode, found));
        };
        let rules: Vec<_> =
            results.map(|result| result.ok().map(|data| Encoded::to_data(&data))).collect();
        Ok(Self { now, raw: time, here, rules: rules_of(&rules) })
    }

    /// The meter's zone.
    ///
    /// # Errors
    /// It does not tell.
    pub(crate) fn zone(&self) -> Result<Zone, String> {
        Zone::of_meter(self.now, self.rules).ok_or_else(|| {
            String::from(
                "the meter does not say how far its time is from UTC: give --zone Europe/Berlin",
            )
        })
    }

    /// By how many seconds the clock is ahead of this computer's.
    fn ahead(&self, zone: Option<&Zone>) -> Option<i64> {
        Some(Moment::of(self.now, zone).unix? - self.here)
    }

    fn print(&self, session: &Session, form: Form, zone: Option<&Zone>) -> Outcome {
        let time = Moment::of(self.now, zone);
        if form == Form::Json {
            let raw = self.raw.clone();
            let record = Record {
                class: Some(CLOCK.class),
                version: None,
                obis: OBIS,
                attribute: TIME,
                name: names::attribute(OBIS, CLOCK.class, TIME),
                outcome: Ok(Reading { shown: Shown::new(&raw, schema(CLOCK, TIME), None), raw }),
                time,
            };
            return Ok(record.print_json(&session.meter)?);
        }
        if form != Form::Table {
            return Ok(output::line(&times::local(self.now))?);
        }
        output::line(&format!("meter          {}", times::local(self.now)))?;
        if let Some(utc) = time.unix.and_then(times::utc) {
            output::line(&format!("               {utc} UTC"))?;
        }
        if let Some(words) = difference(self.ahead(zone)) {
            output::line(&format!("               {words}"))?;
        }
        Ok(())
    }
}

/// How far the clock is from this computer's, where that is known.
fn difference(ahead: Option<i64>) -> Option<String> {
    let ahead = ahead?;
    let words = times::difference(ahead.unsigned_abs());
    Some(match ahead {
        0 => String::from("as this computer's"),
        1.. => format!("{words} ahead of this computer's"),
        _ => format!("{words} behind this computer's"),
    })
}

fn rules_of(values: &[Option<Data>]) -> Option<ClockZone> {
    let [Some(zone), Some(begin), Some(end), Some(deviation), Some(enabled)] = values else {
        return None;
    };
    Some(ClockZone {
        time_zone: i16::from_data(zone.clone()).ok()?,
        begin: begin.head().as_date_time()?,
        end: end.head().as_date_time()?,
        deviation: i8::from_data(deviation.clone()).ok()?,
        enabled: bool::from_data(enabled.clone()).ok()?,
    })
}
