//! How the command ends: a status, a line that says what went wrong, a line that says what to try.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use dlms::apdu::{ActionResult, ConfirmedServiceError, DataAccessResult};
use dlms::error::{Misuse, Refusal};
use dlms_client::{Cause, Error};

/// The exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// Another failure.
    Other = 1,
    /// What was given cannot be used; nothing was sent.
    Usage = 2,
    /// Name, port, device, file.
    NoConnection = 3,
    /// The association was refused.
    Refused = 4,
    /// The client may not do that.
    Denied = 5,
    /// Silence; a wrong address looks like this.
    NoAnswer = 6,
    /// Octets that cannot be read, or a meter that broke the protocol.
    CannotDecode = 7,
    /// There is no such object, attribute or method.
    Undefined = 8,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What `--help` says about the status.
pub(crate) const STATUS: &str = "\
Exit status:
    0  done
    1  another failure
    2  wrong usage; nothing was sent
    3  no connection
    4  association refused
    5  access denied
    6  no answer in time (a wrong address looks like this)
    7  cannot decode
    8  object or attribute undefined
  130  interrupted
Of several objects the first error gives the status; the rest is read.";

/// The layout of `--help`: it begins with examples. They stand in the template because that is not
/// wrapped, so that they can be copied on a terminal of any width.
macro_rules! help {
    ($examples:literal) => {
        concat!(
            $examples,
            "\n\n{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}"
        )
    };
}

pub(crate) use help;

/// Why the command ends without having done everything.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The status.
    pub(crate) exit: Exit,
    /// What goes behind "dlms: "; `None` when everything has been said already.
    text: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// With a line that says what was attempted and what came of it.
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: Some(text.into()), hint: None }
    }

    /// What was given cannot be used: `cannot ATTEMPTED: REASON`.
    pub(crate) fn usage(attempted: impl Display, reason: impl Display) -> Self {
        Self::new(Exit::Usage, format!("cannot {attempted}: {reason}"))
    }

    /// Only a status: the lines are printed already.
    pub(crate) const fn said(exit: Exit) -> Self {
        Self { exit, text: None, hint: None }
    }

    /// Ctrl-C.
    pub(crate) const fn interrupted() -> Self {
        Self::said(Exit::Interrupted)
    }

    /// With what to try.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With something more to try.
    #[must_use]
    pub(crate) fn also(mut self, hint: &str) -> Self {
        self.hint =
            Some(self.hint.map_or_else(|| hint.to_owned(), |first| format!("{first}; {hint}")));
        self
    }

    /// With what to try where nothing better is known.
    #[must_use]
    pub(crate) fn or_hint(mut self, hint: impl FnOnce() -> Option<String>) -> Self {
        self.hint = self.hint.or_else(hint);
        self
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) {
        let Some(text) = &self.text else { return };
        crate::output::say(&crate::text::with_short_words(text));
        if let Some(hint) = &self.hint {
            crate::output::say_plainly(&format!("try: {hint}"));
        }
    }
}

/// What a verb gives.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::new(status(error.cause()), error.to_string());
        failure.or_hint(|| error.hint())
    }
}

impl From<io::Error> for Failure {
    /// Of writing to standard output. A reader that has seen enough, such as head, is no failure.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::said(Exit::Done);
        }
        Self::new(Exit::Other, format!("cannot write the output: {error}"))
    }
}

fn status(cause: &Cause) -> Exit {
    match cause {
        Cause::Connection(_) | Cause::Input(_) => Exit::Usage,
        Cause::Link(dlms_link::LinkError::NotBuilt(_)) => Exit::Usage,
        Cause::Link(_) | Cause::Closed(_) | Cause::Lost { .. } => Exit::NoConnection,
        Cause::NoAnswer { .. } => Exit::NoAnswer,
        Cause::Refused(Refusal::Association { .. }) => Exit::Refused,
        Cause::Refused(Refusal::Service(error)) => service_status(*error),
        Cause::Object(result) => object_status(*result),
        Cause::Method(result) => method_status(*result),
        Cause::Peer(_) | Cause::Value(_) => Exit::CannotDecode,
        Cause::Request(Misuse::NotNegotiated(_)) => Exit::Denied,
        _ => Exit::Other,
    }
}

/// The status of a meter's answer about an attribute.
pub(crate) fn object_status(result: DataAccessResult) -> Exit {
    match result {
        DataAccessResult::READ_WRITE_DENIED | DataAccessResult::SCOPE_OF_ACCESS_VIOLATED => {
            Exit::Denied
        }
        DataAccessResult::OBJECT_UNDEFINED
        | DataAccessResult::OBJECT_UNAVAILABLE
        | DataAccessResult::OBJECT_CLASS_INCONSISTENT => Exit::Undefined,
        _ => Exit::Other,
    }
}

/// The status of a confirmed-service-error, whose values are about objects and access too.
fn service_status(error: ConfirmedServiceError) -> Exit {
    match error.value_name() {
        Some("scope-of-access-violated" | "object-access-violated") => Exit::Denied,
        Some(
            "object-undefined"
            | "object-class-inconsistent"
            | "object-attribute-inconsistent"
            | "object-unavailable",
        ) => Exit::Undefined,
        _ => Exit::Other,
    }
}

fn method_status(result: ActionResult) -> Exit {
    object_status(DataAccessResult(result.0))
}
