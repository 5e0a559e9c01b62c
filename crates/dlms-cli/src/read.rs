//! `dlms read`: attributes by name, registers with their unit.

use cosem::schema::{CosemType, Schema};
use cosem::{Data, DateTime, Encoded, ScalerUnit};
use dlms::apdu::{AttributeDescriptor, AttributeReference};
use dlms_client::{Cause, Error, ReadResult};

use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{self, Form};
use crate::record::{Moment, Reading, Record, Trouble};
use crate::session::{self, MeterArgs, Object, Session};
use crate::show::Shown;
use crate::table::{Sheet, Side};
use crate::target::{Index, Target};
use crate::{names, text};

/// Read attributes: what they are, their values, scaled, with their units
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    meter: MeterArgs,
    /// What to read: CODE[:ATTRIBUTE][@CLASS], the attribute by number or name (2 when left out)
    #[arg(required = true, value_name = "CODE")]
    targets: Vec<Target>,
}

const HELP: &str = crate::exit::help!(
    "\
Examples, against `dlms simulate`:
  dlms read tcp://127.0.0.1:4059 0-0:1.0.0
  DLMS_PASSWORD=12345678 dlms read 'tcp://127.0.0.1:4059?client=2&auth=low' 1-0:1.8.0 1-0:32.7.0
  DLMS_PASSWORD=12345678 dlms read 'tcp://127.0.0.1:4059?client=2&auth=low' 1-0:1.8.0:scaler_unit@3 --json"
);

const AFTER: &str = "\
Registers are shown scaled, with the unit that is read in the same request. With --json each \
attribute is an object with meter, class, version, obis, attribute, name, value (text, exact), unit, \
scaler, raw (pairs of type and value), time (UTC) and time_raw (the twelve octets); instead of value \
it has error, with code and text, where there is none. Of several attributes the first error gives \
the status; the rest is read.

Exit status: see dlms --help";

/// Runs it.
pub(crate) async fn run(args: &ReadArgs, interrupt: &Interrupt) -> Outcome {
    session::with(&args.meter, interrupt, async |session| {
        let records = read(session, &args.targets).await?;
        print(&records, &session.meter, Form::choose(args.meter.json, false))?;
        match records.iter().find_map(|(_, exit)| *exit) {
            Some(exit) => Err(Failure::said(exit)),
            None => Ok(()),
        }
    })
    .await
}

/// A record, and the status that its error has.
type Outcomes = Vec<(Record, Option<Exit>)>;

/// Reads everything that can be read; what cannot is said on standard error at once.
pub(crate) async fn read(session: &mut Session, targets: &[Target]) -> Outcome<Outcomes> {
    let mut plans = Vec::with_capacity(targets.len());
    let mut references = Vec::new();
    for target in targets {
        let plan = Plan::of(session, target).await?;
        if let Ok((object, attribute)) = plan.wanted {
            references.extend(asked(object, attribute));
        }
        plans.push(plan);
    }
    let mut results = session.read(&references).await?.into_iter();
    Ok(plans.into_iter().map(|plan| plan.record(&mut results)).collect())
}

/// One target on its way to a record.
struct Plan {
    target: Target,
    /// The object and the attribute; or what is in the way.
    wanted: Result<(Object, i8), (Trouble, Exit)>,
}

impl Plan {
    async fn of(session: &mut Session, target: &Target) -> Outcome<Self> {
        let target = target.clone();
        let object = match session.object(target.obis, target.class).await {
            Ok(object) => object,
            Err(failure) if failure.exit == Exit::Undefined => {
                failure.report();
                let code = String::from("object-undefined");
                let text = String::from("this client does not see such an object");
                return Ok(Self { target, wanted: Err((Trouble { code, text }, failure.exit)) });
            }
            Err(failure) => return Err(failure),
        };
        let attribute = target.attribute.as_ref().unwrap_or(&Index::Number(VALUE));
        let attribute = attribute.of_attribute(object.descriptor());
        let attribute =
            attribute.map_err(|error| Failure::usage(format!("read {}", target.obis), error))?;
        if let Some(text) = missing(object, attribute) {
            let what = format!("cannot read attribute {attribute} of {}", session::title(object));
            Failure::new(Exit::Undefined, format!("{what}: {text}")).report();
            let trouble = Trouble { code: String::from("attribute-undefined"), text };
            return Ok(Self { target, wanted: Err((trouble, Exit::Undefined)) });
        }
        Ok(Self { target, wanted: Ok((object, attribute)) })
    }

    /// Takes as many results as [`asked`] has asked for.
    fn record(self, results: &mut impl Iterator<Item = ReadResult>) -> (Record, Option<Exit>) {
        let obis = self.target.obis;
        let (object, attribute) = match self.wanted {
            Ok(wanted) => wanted,
            Err((trouble, exit)) => {
                let attribute = match self.target.attribute {
                    Some(Index::Number(number)) => number,
                    _ => VALUE,
                };
                let name = names::object(obis, self.target.class);
                let time = Moment::default();
                let outcome = Err(trouble);
                let class = self.target.class;
                let version = None;
                return (
                    Record { class, version, obis, attribute, name, outcome, time },
                    Some(exit),
                );
            }
        };
        let mut extras = asked(object, attribute);
        let value = results.next();
        let extras: Vec<_> =
            extras.drain(1..).map(|reference| (reference, results.next())).collect();
        let extra = |index: i8| {
            let found = extras.iter().find(|(reference, _)| reference.attribute.attribute == index);
            found.and_then(|(_, result)| result.as_ref()?.as_ref().ok()).map(Encoded::to_data)
        };
        let scaler_unit = scaler_unit_index(object.class, attribute)
            .and_then(extra)
            .and_then(|data| ScalerUnit::from_data(data).ok());
        let captured = capture_time_index(object.class, attribute).and_then(extra);
        let (outcome, exit) = match value {
            Some(Ok(data)) => (Ok(reading(object, attribute, data.to_data(), scaler_unit)), None),
            Some(Err(result)) => {
                let attempted = format!("read attribute {attribute} of {}", session::title(object));
                let failure = Failure::from(Error::new(attempted, Cause::Object(result)));
                failure.report();
                (Err(Trouble::of(result)), Some(failure.exit))
            }
            // The client gives as many results as it was asked for.
            None => (Err(no_result()), Some(Exit::CannotDecode)),
        };
        let time = captured.or_else(|| outcome.as_ref().ok().map(|reading| reading.raw.clone()));
        let time = time.and_then(|data| time_of(object, attribute, &data));
        let record = Record {
            class: Some(object.class),
            version: object.version,
            obis,
            attribute,
            name: names::attribute(obis, object.class, attribute),
            outcome,
            time: time.map_or_else(Moment::default, |time| Moment::of(time, None)),
        };
        (record, exit)
    }
}

/// Why an attribute need not be asked for: the class has none of this number. Negative numbers are
/// the manufacturer's, 0 means all, and a version that is not known here may have more.
fn missing(object: Object, attribute: i8) -> Option<String> {
    let class = object.descriptor()?;
    let is_known = object.version.is_none_or(|version| class.version == version);
    if attribute <= 0 || !is_known || class.attribute(attribute).is_some() {
        return None;
    }
    let attributes = class.attributes().map(|known| format!("{} {}", known.index, known.name));
    let attributes = attributes.collect::<Vec<_>>().join(", ");
    Some(format!("{} has no such attribute; it has {attributes}", class.name))
}

fn no_result() -> Trouble {
    let text = String::from("no result came");
    Trouble { code: String::from("no-result"), text }
}

fn reading(object: Object, attribute: i8, raw: Data, scaler_unit: Option<ScalerUnit>) -> Reading {
    let shown = Shown::new(&raw, schema(object, attribute), scaler_unit);
    Reading { shown, raw }
}

/// The type of an attribute, as far as it is known.
pub(crate) fn schema(object: Object, attribute: i8) -> &'static Schema {
    let attribute = object.descriptor().and_then(|class| class.attribute(attribute));
    attribute.map_or(Data::SCHEMA, |attribute| attribute.schema.get())
}

/// The attribute itself, and what says how to read it.
fn asked(object: Object, attribute: i8) -> Vec<AttributeReference> {
    let extras =
        [scaler_unit_index(object.class, attribute), capture_time_index(object.class, attribute)];
    std::iter::once(attribute)
        .chain(extras.into_iter().flatten())
        .map(|index| reference(object, index))
        .collect()
}

/// The name of an attribute on the wire.
pub(crate) fn reference(object: Object, attribute: i8) -> AttributeReference {
    let Object { obis: instance, class, .. } = object;
    AttributeDescriptor { class, instance, attribute }.into()
}

/// Where the scaler and unit of an attribute stand: those of registers, extended registers and
/// demand registers.
pub(crate) const fn scaler_unit_index(class: u16, attribute: i8) -> Option<i8> {
    match (class, attribute) {
        (3 | 4, VALUE) => Some(3),
        (5, 2 | 3) => Some(4),
        _ => None,
    }
}

/// Where an extended register says when its value was taken.
const fn capture_time_index(class: u16, attribute: i8) -> Option<i8> {
    match (class, attribute) {
        (4, VALUE) => Some(5),
        _ => None,
    }
}

/// The time that a value is or has.
fn time_of(object: Object, attribute: i8, data: &Data) -> Option<DateTime> {
    let is_time = matches!(schema(object, attribute), Schema::DateTime)
        || capture_time_index(object.class, attribute).is_some();
    data.head().as_date_time().filter(|time| is_time || time.is_plausible())
}

/// Prints records in the form that was chosen.
pub(crate) fn print(records: &Outcomes, meter: &str, form: Form) -> Outcome {
    let records = records.iter().map(|(record, _)| record);
    match form {
        Form::Json => {
            for record in records {
                record.print_json(meter)?;
            }
        }
        Form::Table => {
            let mut sheet = Sheet::new(&[
                ("object", Side::Left),
                ("what it is", Side::Left),
                ("value", Side::Right),
                ("unit", Side::Left),
            ]);
            for record in records {
                let (value, unit) = match &record.outcome {
                    Ok(Reading { shown, .. }) => {
                        (text::cut(&shown.text, MOST_SHOWN), shown.unit_text())
                    }
                    Err(trouble) => (format!("– {}", trouble.code), String::new()),
                };
                sheet.row(&[record.obis.to_string(), record.name.clone(), value, unit]);
            }
            sheet.print()?;
        }
        Form::Plain | Form::Csv => {
            for record in records {
                if let Ok(Reading { shown, .. }) = &record.outcome {
                    let attribute = record.attribute.to_string();
                    let unit = shown.unit_text();
                    output::fields(&[&record.obis.to_string(), &attribute, &shown.text, &unit])?;
                }
            }
        }
    }
    Ok(())
}

const VALUE: i8 = 2;

/// A table shows so many characters of a value; plain lines and JSON show all.
const MOST_SHOWN: usize = 600;
