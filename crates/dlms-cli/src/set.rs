//! `dlms set`: writes an attribute.

use cosem::schema::{CosemType, Schema};
use cosem::{Data, Encoded};
use serde::Serialize;

use crate::exit::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::literal::{self, LiteralError, Wanted};
use crate::output;
use crate::read::{reference, schema};
use crate::sending::{Consent, Sending};
use crate::session::{self, MeterArgs, Object, Session};
use crate::target::{Index, Target};
use crate::{ask, names, sensitive};

/// Write an attribute
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    meter: MeterArgs,
    /// What to write: CODE:ATTRIBUTE[@CLASS], the attribute by number or name
    #[arg(value_name = "CODE:ATTRIBUTE")]
    target: Target,
    /// The value: 5, u32:5, octets:00ff, text:"…", [u8:1, u8:2], {i8:-1, enum:30}; - asks for it
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: String,
    #[command(flatten)]
    consent: Consent,
}

const HELP: &str = crate::exit::help!(
    "\
Examples, against `dlms simulate`:
  dlms set tcp://127.0.0.1:4059 0-0:1.0.0:time time:2026-03-29T12:00+02:00 --dry-run
  DLMS_PASSWORD=12345678 dlms set 'tcp://127.0.0.1:4059?client=2&auth=low' 0-0:1.0.0:time time:2026-03-29T12:00+02:00 --yes
  dlms set tcp://127.0.0.1:4059 0-0:96.3.10:control_mode@70 enum:4 --dry-run"
);

const AFTER: &str = "\
A clock, a key, a password, the disconnector, a tariff or an address is asked for first; without a \
terminal that needs --yes. A bare number gets the type that the class declares, else that of the \
value which the attribute holds now. Types: i8 i16 i32 i64 u8 u16 u32 u64 enum bcd bool f32 f64 \
octets text utf8 bits obis time; [ ] is an array, { } a structure.

Exit status: see dlms --help";

/// Runs it.
pub(crate) async fn run(args: &SetArgs, interrupt: &Interrupt) -> Outcome {
    if args.consent.dry_run {
        let object = known_object(&args.target)?;
        let sending = plan(args, object, None)?;
        return sending.print_octets(&args.meter.connection()?);
    }
    session::with(&args.meter, interrupt, async |session| {
        let object = session.object(args.target.obis, args.target.class).await?;
        let attribute = attribute(&args.target, object)?;
        if sensitive::reason(object, attribute).is_some() {
            ask::require(&format!("write {}", args.target.obis), args.consent.yes)?;
        }
        let sending = if args.value == FROM_TERMINAL {
            typed_in(object, attribute, &session.interrupt).await?
        } else {
            let now = value_of_now(session, args, object, attribute).await?;
            plan(args, object, now.as_ref())?
        };
        sending.announce();
        if let Some(reason) = sensitive::reason(object, attribute) {
            output::say_plainly(&format!("that is {reason}"));
            let what = format!("write {}", args.target.obis);
            ask::confirm(&what, args.consent.yes, &session.interrupt.clone()).await?;
        }
        send(session, sending, args.meter.json).await
    })
    .await
}

async fn send(session: &mut Session, sending: Sending, json: bool) -> Outcome {
    let Sending::Set { object, attribute, value } = sending else { return Ok(()) };
    session.client()?.write(reference(object, attribute), &value).await?;
    if json {
        return Ok(output::json(&Written {
            meter: &session.meter,
            class: object.class,
            version: object.version,
            obis: object.obis.to_string(),
            attribute,
            name: names::attribute(object.obis, object.class, attribute),
            result: "success",
        })?);
    }
    output::say_plainly("written");
    Ok(())
}

#[derive(Serialize)]
struct Written<'a> {
    meter: &'a str,
    class: u16,
    version: Option<u8>,
    obis: String,
    attribute: i8,
    name: String,
    result: &'static str,
}

fn attribute(target: &Target, object: Object) -> Outcome<i8> {
    let attempted = format!("write {}", target.obis);
    let Some(index) = &target.attribute else {
        let reason = "no attribute is given";
        return Err(Failure::usage(attempted, reason).hint(format!("{}:2", target.obis)));
    };
    index.of_attribute(object.descriptor()).map_err(|error| Failure::usage(attempted, error))
}

/// The object as it is known without asking the meter.
pub(crate) fn known_object(target: &Target) -> Outcome<Object> {
    let class = target.class.or_else(|| names::usual_class(target.obis));
    let class = class.ok_or_else(|| {
        let reason = "--dry-run sends nothing, so it cannot ask for the class";
        let attribute = match &target.attribute {
            Some(Index::Number(number)) => format!(":{number}"),
            Some(Index::Name(name)) => format!(":{name}"),
            None => String::new(),
        };
        Failure::usage(format!("tell what {} is", target.obis), reason)
            .hint(format!("give it: {}{attribute}@3", target.obis))
    })?;
    Ok(Object { obis: target.obis, class, version: None })
}

/// What is to be sent. `now` is the value that the attribute holds.
fn plan(args: &SetArgs, object: Object, now: Option<&Data>) -> Outcome<Sending> {
    let attribute = attribute(&args.target, object)?;
    let attempted = || format!("write {}", args.target.obis);
    let secret = Sending::Set { object, attribute, value: Data::Null };
    if secret.is_secret() {
        let reason = "a password does not belong on a command line, where others see it";
        return Err(Failure::usage(attempted(), reason).hint("- as the value asks for it"));
    }
    let declared = schema(object, attribute);
    let wanted = now.map_or(Wanted::Schema(declared), Wanted::Like);
    let value = literal::parse(&args.value, Some(wanted)).map_err(|error| match error {
        LiteralError::Wrong(why) | LiteralError::NeedsType(why) => Failure::usage(attempted(), why),
    })?;
    warn_of_mismatch(declared, &value);
    Ok(Sending::Set { object, attribute, value })
}

/// A value that was typed by hand may be right where the class as declared here is not.
fn warn_of_mismatch(declared: &Schema, value: &Data) {
    if let Err(mismatch) = declared.accepts(value) {
        output::say(&format!("warning: the class declares another type: {mismatch}"));
    }
}

/// The value that says the type of a bare one, where the class does not.
async fn value_of_now(
    session: &mut Session,
    args: &SetArgs,
    object: Object,
    attribute: i8,
) -> Outcome<Option<Data>> {
    let declared = Wanted::Schema(schema(object, attribute));
    if !matches!(literal::parse(&args.value, Some(declared)), Err(LiteralError::NeedsType(_))) {
        return Ok(None);
    }
    let mut results = session.read(&[reference(object, attribute)]).await?;
    Ok(results.pop().and_then(Result::ok).map(|data| Encoded::to_data(&data)))
}

/// A value that is typed in and not shown: a password.
async fn typed_in(object: Object, attribute: i8, interrupt: &Interrupt) -> Outcome<Sending> {
    let typed = ask::secret("Value (not shown): ", interrupt).await?;
    let value = typed.expose().to_vec().into_data();
    Ok(Sending::Set { object, attribute, value })
}

const FROM_TERMINAL: &str = "-";
