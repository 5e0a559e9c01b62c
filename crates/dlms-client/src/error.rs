//! What went wrong, in three parts: what was attempted, what came back, what to try.

use std::fmt;
use std::time::Duration;

use cosem::bytes::DecodeError;
use dlms::apdu::{ActionResult, DataAccessResult, Diagnostic, ServiceError};
use dlms::error::{Error as Conversation, Misuse, Phase, Refusal, Violation};
use dlms_link::{ConnectionError, LinkError};

/// The result of everything that talks to a meter.
pub type Result<T> = std::result::Result<T, Error>;

/// What was attempted and what came of it.
///
/// Printed in one line; [`Error::hint`] says what to try.
#[derive(Debug)]
pub struct Error {
    attempted: String,
    cause: Cause,
}

/// What came back instead.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The connection string cannot be used.
    Connection(ConnectionError),
    /// No connection: name, port, cable.
    Link(LinkError),
    /// No answer came in time. A wrong address looks like this too: meters are silent about
    /// logical devices that they do not have.
    NoAnswer {
        /// What was going on.
        phase: Phase,
        /// How long was waited.
        waited: Duration,
    },
    /// The meter closed the connection.
    Closed(Phase),
    /// The link below the association was not set up, or is lost.
    Lost {
        /// What was going on.
        phase: Phase,
        /// What happened, in words.
        why: &'static str,
    },
    /// The meter refused the association or the request.
    Refused(Refusal),
    /// The meter answered with an error instead of a value.
    Object(DataAccessResult),
    /// The meter did not carry out the method.
    Method(ActionResult),
    /// The meter broke the protocol.
    Peer(Violation),
    /// The value is not what the attribute should hold.
    Value(String),
    /// The request cannot be made.
    Request(Misuse),
    /// Something that the caller gave cannot be used; nothing was sent.
    Input(String),
    /// A call was dropped while it waited, so the connection was closed: what came next could not
    /// have been told from its answer.
    Abandoned,
}

impl Error {
    /// An error about `attempted`, in words that go behind "cannot".
    #[must_use]
    pub fn new(attempted: impl Into<String>, cause: Cause) -> Self {
        Self { attempted: attempted.into(), cause }
    }

    /// What came back.
    #[must_use]
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// What was attempted, in words that go behind "cannot".
    #[must_use]
    pub fn attempted(&self) -> &str {
        &self.attempted
    }

    /// The same error about something that says more.
    #[must_use]
    pub(crate) fn with_attempted(self, say: impl FnOnce(&str) -> String) -> Self {
        Self { attempted: say(&self.attempted), ..self }
    }

    /// What to try; `None` when there is nothing better than the error itself.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.cause {
            Cause::NoAnswer { phase: Phase::Associate, .. } => {
                "a wrong address looks like this: check client= and server=, and that the meter \
                 speaks this link (tcp:// is the wrapper, hdlc+tcp:// HDLC) on this port; a slow meter needs a longer timeout="
            }
            Cause::NoAnswer { .. } => {
                "connect again and allow more time with timeout=; ask for less at once"
            }
            Cause::Closed(Phase::Associate) => {
                "the meter may serve one connection at a time, or want another port or link"
            }
            Cause::Lost { .. }
            | Cause::Closed(_)
            | Cause::Abandoned
            | Cause::Request(Misuse::Poisoned) => "connect again",
            Cause::Refused(refusal) => return refusal_hint(refusal).map(String::from),
            Cause::Object(result) => return object_hint(*result).map(String::from),
            Cause::Method(ActionResult::READ_WRITE_DENIED) => "use a client that may call it",
            Cause::Method(ActionResult::OBJECT_UNDEFINED) => "list what there is: dlms objects",
            Cause::Peer(Violation::Decode(error)) if error.context == "wrapper" => {
                "what answers there speaks something else than the wrapper on this port: another \
                 program, or a meter that wants another port or hdlc+tcp://"
            }
            Cause::Peer(Violation::TooLarge { .. }) => "ask for less at once, as for fewer days",
            Cause::Request(Misuse::NotNegotiated(_)) => {
                "this client is not granted that service: use another client="
            }
            Cause::Request(Misuse::TooLong { .. }) => "send or ask for less at once",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn refusal_hint(refusal: &Refusal) -> Option<&'static str> {
    let diagnostic = match refusal {
        Refusal::Association { diagnostic, .. } => diagnostic,
        Refusal::Exception(exception)
            if exception.service_error == ServiceError::OPERATION_NOT_POSSIBLE =>
        {
            return Some(
                "the meter may have lost the association, or hold another one open: connect again, \
                 if need be after its inactivity time",
            );
        }
        _ => return None,
    };
    Some(match *diagnostic {
        Diagnostic::AUTHENTICATION_FAILURE => {
            "wrong password. Do not repeat it often: meters count and lock"
        }
        Diagnostic::AUTHENTICATION_REQUIRED
        | Diagnostic::AUTHENTICATION_MECHANISM_NAME_REQUIRED => {
            "this client needs a password: auth=low and a key file, or another client="
        }
        Diagnostic::AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED => {
            "this client does not take this auth="
        }
        Diagnostic::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED => {
            "the meter wants short names or ciphering, or another client="
        }
        _ => "the client address may be unknown to the meter: check client=",
    })
}

fn object_hint(result: DataAccessResult) -> Option<&'static str> {
    Some(match result {
        DataAccessResult::OBJECT_UNDEFINED | DataAccessResult::OBJECT_UNAVAILABLE => {
            "list what there is: dlms objects"
        }
        DataAccessResult::READ_WRITE_DENIED => "access denied: use a client that may",
        DataAccessResult::OBJECT_CLASS_INCONSISTENT => {
            "the object has another class: dlms objects shows it"
        }
        DataAccessResult::SCOPE_OF_ACCESS_VIOLATED => {
            "some meters answer so when a list is too long or a selection is not supported"
        }
        DataAccessResult::TEMPORARY_FAILURE => "try again later",
        _ => return None,
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.attempted, self.cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "{error}"),
            Self::Link(error) => write!(f, "{error}"),
            Self::NoAnswer { phase, waited } => {
                write!(f, "no answer within {waited:.1?} while {phase}")
            }
            Self::Closed(phase) => write!(f, "the meter closed the connection while {phase}"),
            Self::Lost { phase, why } => write!(f, "the link is lost while {phase}: {why}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Object(result) => write!(f, "the meter answered {result}"),
            Self::Method(result) => write!(f, "the meter answered {result}"),
            Self::Peer(violation) => write!(f, "the meter broke the protocol: {violation}"),
            Self::Value(text) | Self::Input(text) => f.write_str(text),
            Self::Request(misuse) => write!(f, "{misuse}"),
            Self::Abandoned => {
                f.write_str("an earlier call was dropped while it waited, so the link was closed")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Connection(error) => Some(error),
            Cause::Link(error) => Some(error),
            Cause::Refused(error) => Some(error),
            Cause::Peer(error) => Some(error),
            Cause::Request(error) => Some(error),
            _ => None,
        }
    }
}

impl Cause {
    /// What the state machine reports, with the time that was allowed.
    pub(crate) fn from_conversation(error: Conversation, waited: Duration) -> Self {
        match error {
            Conversation::Peer(violation) => Self::Peer(violation),
            Conversation::Refused(refusal) => Self::Refused(refusal),
            Conversation::Local(misuse) => Self::Request(misuse),
            Conversation::Timeout(phase) => Self::NoAnswer { phase, waited },
            Conversation::Closed(phase) => Self::Closed(phase),
            Conversation::Lost { phase, why } => Self::Lost { phase, why },
            other => Self::Value(other.to_string()),
        }
    }
}

impl From<DecodeError> for Cause {
    fn from(error: DecodeError) -> Self {
        Self::Peer(error.into())
    }
}
