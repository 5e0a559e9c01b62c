//! `dlms call`: calls a method.

use cosem::schema::{CosemType, Schema};
use cosem::{Data, Encoded, Tag};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::exit::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::literal::{self, LiteralError, Wanted};
use crate::output::{self, Form};
use crate::sending::{Consent, Sending, descriptor, method_name};
use crate::session::{self, MeterArgs, Object, Session};
use crate::set::known_object;
use crate::target::{Index, Target};
use crate::{ask, record, show};

/// Call a method
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct CallArgs {
    #[command(flatten)]
    meter: MeterArgs,
    /// The object: CODE[@CLASS]
    #[arg(value_name = "CODE")]
    target: Target,
    /// The method, by number or name
    #[arg(value_name = "METHOD")]
    method: Index,
    /// The parameter, written as for dlms set; left out it is the integer 0, which says nothing
    #[arg(value_name = "PARAMETER", allow_hyphen_values = true)]
    parameter: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

const HELP: &str = crate::exit::help!(
    "\
Examples, against `dlms simulate`:
  dlms call tcp://127.0.0.1:4059 0-0:1.0.0 adjust_to_quarter --dry-run
  DLMS_PASSWORD=12345678 dlms call 'tcp://127.0.0.1:4059?client=2&auth=low' 0-0:1.0.0 adjust_to_minute --yes
  DLMS_PASSWORD=12345678 dlms call 'tcp://127.0.0.1:4059?client=2&auth=low' 0-0:1.0.0 shift_time 5 --yes"
);

const AFTER: &str = "\
Every call is asked for first; without a terminal it needs --yes.

Exit status: see dlms --help";

/// Runs it.
pub(crate) async fn run(args: &CallArgs, interrupt: &Interrupt) -> Outcome {
    if args.target.attribute.is_some() {
        let what = format!("call a method of {}", args.target.obis);
        let refused = Failure::usage(what, "an attribute is given, which is not called");
        return Err(refused.hint("the method as a word of its own: METER CODE METHOD"));
    }
    if args.consent.dry_run {
        let sending = plan(args, known_object(&args.target)?)?;
        return sending.print_octets(&args.meter.connection()?);
    }
    let what = format!("call a method of {}", args.target.obis);
    ask::require(&what, args.consent.yes)?;
    session::with(&args.meter, interrupt, async |session| {
        let object = session.object(args.target.obis, args.target.class).await?;
        let sending = plan(args, object)?;
        sending.announce();
        ask::confirm(&what, args.consent.yes, &session.interrupt.clone()).await?;
        send(session, sending, Form::choose(args.meter.json, false)).await
    })
    .await
}

fn plan(args: &CallArgs, object: Object) -> Outcome<Sending> {
    let attempted = || format!("call a method of {}", args.target.obis);
    let method = args.method.of_method(object.descriptor());
    let method = method.map_err(|error| Failure::usage(attempted(), error))?;
    let secret = Sending::Call { object, method, parameter: Data::Null };
    if secret.is_secret() {
        let reason = "a secret does not belong on a command line, where others see it";
        return Err(Failure::usage(attempted(), reason));
    }
    let declared = object.descriptor().and_then(|class| class.method(method));
    let declared = declared.map(|method| method.parameter.get());
    let parameter = match &args.parameter {
        None if declared.is_none_or(says_nothing) => Data::Integer(0),
        None => {
            let wanted = declared.map_or_else(String::new, Schema::to_string);
            return Err(Failure::usage(attempted(), format!("it takes a parameter: {wanted}")));
        }
        Some(text) => {
            literal::parse(text, declared.map(Wanted::Schema)).map_err(|error| match error {
                LiteralError::Wrong(why) | LiteralError::NeedsType(why) => {
                    Failure::usage(attempted(), why)
                }
            })?
        }
    };
    Ok(Sending::Call { object, method, parameter })
}

/// The parameter of methods that need none is an integer, by custom 0.
fn says_nothing(parameter: &Schema) -> bool {
    parameter.tag() == Some(Tag::INTEGER)
}

async fn send(session: &mut Session, sending: Sending, form: Form) -> Outcome {
    let Sending::Call { object, method, parameter } = sending else { return Ok(()) };
    let returned = session.client()?.invoke(descriptor(object, method), Some(&parameter)).await?;
    let returned = returned.as_ref().map(Encoded::to_data);
    let shown = returned.as_ref().map(|data| show::value(data, Data::SCHEMA));
    if form == Form::Json {
        return Ok(output::json(&Called {
            meter: &session.meter,
            class: object.class,
            version: object.version,
            obis: object.obis.to_string(),
            method,
            name: method_name(object, method),
            result: "success",
            value: shown,
            raw: returned
                .as_ref()
                .map(record::typed_pairs)
                .transpose()
                .map_err(std::io::Error::from)?,
        })?);
    }
    if let Some(shown) = shown {
        output::fields(&[shown])?;
    }
    output::say_plainly("called");
    Ok(())
}

#[derive(Serialize)]
struct Called<'a> {
    meter: &'a str,
    class: u16,
    version: Option<u8>,
    obis: String,
    method: i8,
    name: Option<&'static str>,
    result: &'static str,
    value: Option<String>,
    raw: Option<Box<RawValue>>,
}
