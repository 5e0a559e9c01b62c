//! The error of a conversation: who is at fault, where, and what.

use core::fmt;

use cosem::bytes::DecodeError;

use crate::apdu::{AssociationResult, ConfirmedServiceError, Diagnostic, ExceptionResponse};

/// Why a conversation, or one request of it, came to nothing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke the protocol.
    Peer(Violation),
    /// The peer said no.
    Refused(Refusal),
    /// What was asked for cannot be done now; nothing was sent.
    Local(Misuse),
    /// No answer came in time. What arrives later is not looked at: an answer does not name the
    /// attribute it answers, so it could be taken for the answer to something else.
    Timeout(Phase),
    /// The link was closed before the answer was complete.
    Closed(Phase),
    /// The link below the association was not set up, or is lost.
    Lost {
        /// What was going on.
        phase: Phase,
        /// What happened, in words.
        why: &'static str,
    },
}

/// How the peer broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// Octets that cannot be read.
    Decode(DecodeError),
    /// A message of another kind than the one that answers the request.
    Unexpected {
        /// What would have been in order.
        wanted: &'static str,
        /// What came.
        found: &'static str,
    },
    /// Another number of results than targets asked for.
    ListCount {
        /// Targets asked for.
        asked: usize,
        /// Results that came.
        came: usize,
    },
    /// A block out of turn. The transfer is given up; nothing of it is used.
    BlockNumber {
        /// The number that would have been next.
        wanted: u32,
        /// The number that came.
        found: u32,
    },
    /// More octets than the limit for one transfer.
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Another version of xDLMS than 6 was agreed.
    DlmsVersion(u8),
    /// The association was accepted with a mechanism that was not offered, so it is not open yet.
    Mechanism,
    /// The association was accepted with an application context that was not asked for.
    ApplicationContext,
}

/// How the peer said no.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The association was rejected.
    Association {
        /// For good or for now.
        result: AssociationResult,
        /// Why, by the peer's account.
        diagnostic: Diagnostic,
        /// The reason of the xDLMS part, when one was given.
        initiate: Option<ConfirmedServiceError>,
    },
    /// An exception-response instead of an answer.
    Exception(ExceptionResponse),
    /// A confirmed-service-error instead of an answer.
    Service(ConfirmedServiceError),
}

/// What the caller did that cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// There is no association.
    NotAssociated,
    /// There is an association already.
    AlreadyAssociated,
    /// The answer to the last request is still awaited.
    Busy,
    /// A time-out or a broken frame has ended the use of this link: connect again.
    Poisoned,
    /// A list of nothing.
    Empty,
    /// There is no transfer whose next part could be asked for.
    NothingToContinue,
    /// A service that the association does not have.
    NotNegotiated(&'static str),
    /// The request does not fit the size that the peer accepts.
    TooLong {
        /// Octets of the request.
        size: usize,
        /// Octets that the peer accepts.
        limit: usize,
    },
}

/// What was going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The association was being opened.
    Associate,
    /// A service was requested.
    Request,
    /// A long answer was arriving in blocks.
    Blocks,
    /// The association was being released.
    Release,
}

impl From<DecodeError> for Violation {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Peer(violation)
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::Local(misuse)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(violation) => write!(f, "the peer broke the protocol: {violation}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Local(misuse) => write!(f, "{misuse}"),
            Self::Timeout(phase) => write!(f, "no answer in time while {phase}"),
            Self::Closed(phase) => write!(f, "the link was closed while {phase}"),
            Self::Lost { phase, why } => write!(f, "the link is lost while {phase}: {why}"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => write!(f, "{error}"),
            Self::Unexpected { wanted, found } => write!(f, "{found} came instead of {wanted}"),
            Self::ListCount { asked, came } => {
                write!(f, "{} came for {}", count(*came, "result"), count(*asked, "target"))
            }
            Self::BlockNumber { wanted, found } => {
                write!(f, "block {found} came instead of block {wanted}")
            }
            Self::TooLarge { limit } => {
                write!(f, "more than {} in one transfer", count(*limit, "octet"))
            }
            Self::DlmsVersion(version) => write!(f, "xDLMS version {version} instead of 6"),
            Self::Mechanism => {
                f.write_str("the association was accepted with a mechanism that was not offered")
            }
            Self::ApplicationContext => {
                f.write_str("the association was accepted in a context that was not proposed")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Association { result, diagnostic, initiate } => {
                write!(f, "association refused: {result}, {diagnostic}")?;
                match initiate {
                    Some(error) => write!(f, " ({error})"),
                    None => Ok(()),
                }
            }
            Self::Exception(exception) => write!(f, "request refused: {exception}"),
            Self::Service(error) => write!(f, "request refused: {error}"),
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAssociated => f.write_str("there is no association"),
            Self::AlreadyAssociated => f.write_str("there is an association already"),
            Self::Busy => f.write_str("the answer to the last request is still awaited"),
            Self::Poisoned => f.write_str(
                "the link cannot be used on after a time-out or a broken frame: connect again",
            ),
            Self::Empty => f.write_str("nothing was asked for"),
            Self::NothingToContinue => f.write_str("no long answer is being read"),
            Self::NotNegotiated(service) => {
                write!(f, "the association does not have the service {service}")
            }
            Self::TooLong { size, limit } => {
                write!(f, "the request has {}, the peer accepts {limit}", count(*size, "octet"))
            }
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Associate => "opening the association",
            Self::Request => "waiting for the answer",
            Self::Blocks => "reading a long answer in blocks",
            Self::Release => "releasing the association",
        })
    }
}

/// A number and what is counted.
fn count(number: usize, unit: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" }))
}

impl core::error::Error for Error {}
impl core::error::Error for Violation {}
impl core::error::Error for Refusal {}
impl core::error::Error for Misuse {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn one_of_a_kind_is_said_in_the_singular() {
        let count = |asked, came| Violation::ListCount { asked, came }.to_string();
        assert_eq!(count(1, 2), "2 results came for 1 target");
        assert_eq!(count(2, 1), "1 result came for 2 targets");
        assert_eq!(
            Violation::TooLarge { limit: 1 }.to_string(),
            "more than 1 octet in one transfer"
        );
    }
}
