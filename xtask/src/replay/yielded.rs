//! What a request came to: as our client tells it, and as the recorded answers say.

use cosem::Encoded;
use dlms::{
    apdu::{
        Aare, ActionResponse, ActionResult, Apdu, AssociationResult, ConfirmedServiceError,
        Conformance, DataAccessResult, DatablockResult, Diagnostic, ExceptionResponse,
        GetDataResult, GetResponse, SetResponse,
    },
    association::Event,
    error::{Error, Refusal},
};

#[derive(Debug, PartialEq)]
pub(super) enum Yield {
    Associated {
        conformance: Conformance,
        server_max_receive_pdu_size: u16,
        vaa_name: u16,
    },
    Refused {
        result: AssociationResult,
        diagnostic: Diagnostic,
    },
    Got(Vec<GetDataResult>),
    Set(DataAccessResult),
    Called {
        result: ActionResult,
        returned: Option<GetDataResult>,
    },
    Released,
    Exception(ExceptionResponse),
    ServiceError(ConfirmedServiceError),
    /// Our client gives an error, or the answers say nothing that could be used.
    Nothing(String),
}

impl Yield {
    /// What our client tells; `None` for a notice that ends nothing.
    pub(super) fn of_event(event: Event) -> Option<Self> {
        Some(match event {
            Event::Associated(negotiated) => Self::Associated {
                conformance: negotiated.conformance,
                server_max_receive_pdu_size: negotiated.server_max_receive_pdu_size,
                vaa_name: negotiated.vaa_name,
            },
            Event::Got(results) => Self::Got(results),
            Event::Set(result) => Self::Set(result),
            Event::Action { result, return_parameters } => {
                Self::Called { result, returned: return_parameters }
            }
            Event::Released => Self::Released,
            Event::Failed(Error::Refused(Refusal::Association { result, diagnostic, .. })) => {
                Self::Refused { result, diagnostic }
            }
            Event::Failed(Error::Refused(Refusal::Exception(exception))) => {
                Self::Exception(exception)
            }
            Event::Failed(Error::Refused(Refusal::Service(error))) => Self::ServiceError(error),
            Event::Failed(error) => Self::Nothing(error.to_string()),
            _ => return None,
        })
    }

    /// What the recorded answers say. `targets` is the number of attributes asked for, `proposed`
    /// the conformance of the AARQ.
    pub(super) fn of_answers(answers: &[Apdu], targets: usize, proposed: Conformance) -> Self {
        match answers {
            [Apdu::Aare(aare)] => association(aare, proposed),
            [Apdu::Rlre(_)] => Self::Released,
            [Apdu::ExceptionResponse(exception)] => Self::Exception(*exception),
            [Apdu::ConfirmedServiceError(error)] => Self::ServiceError(*error),
            [Apdu::GetResponse(GetResponse::Normal { result, .. })] => {
                Self::Got(vec![result.clone()])
            }
            [Apdu::GetResponse(GetResponse::WithList { results, .. })] => {
                Self::Got(results.clone())
            }
            [Apdu::SetResponse(SetResponse::Normal { result, .. })] => Self::Set(*result),
            [Apdu::ActionResponse(ActionResponse::Normal { result, return_parameters, .. })] => {
                Self::Called { result: *result, returned: return_parameters.clone() }
            }
            [.., Apdu::ExceptionResponse(exception)] => Self::Exception(*exception),
            [.., Apdu::ConfirmedServiceError(error)] => Self::ServiceError(*error),
            blocks => joined(blocks, targets),
        }
    }

    /// Whether it holds a value, or says that something was done.
    pub(super) fn is_useful(&self) -> bool {
        match self {
            Self::Associated { .. } | Self::Released => true,
            Self::Got(results) => {
                results.iter().any(|result| matches!(result, GetDataResult::Data(_)))
            }
            Self::Set(result) => *result == DataAccessResult::SUCCESS,
            Self::Called { result, .. } => *result == ActionResult::SUCCESS,
            Self::Refused { .. }
            | Self::Exception(_)
            | Self::ServiceError(_)
            | Self::Nothing(_) => false,
        }
    }

    /// In a few words, without values: they may be secret.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Associated { .. } => "an association".to_owned(),
            Self::Refused { diagnostic, .. } => format!("a refused association ({diagnostic})"),
            Self::Got(results) => format!("{} results", results.len()),
            Self::Set(result) => format!("{result} of a SET"),
            Self::Called { result, .. } => format!("{result} of an ACTION"),
            Self::Released => "a release".to_owned(),
            Self::Exception(exception) => format!("an exception ({exception})"),
            Self::ServiceError(error) => format!("a service error ({error})"),
            Self::Nothing(why) => format!("no result ({why})"),
        }
    }
}

fn association(aare: &Aare, proposed: Conformance) -> Yield {
    let (result, diagnostic) = (aare.result, aare.diagnostic);
    if result != AssociationResult::ACCEPTED {
        return Yield::Refused { result, diagnostic };
    }
    match aare.information() {
        Ok(Some(Apdu::InitiateResponse(response))) => Yield::Associated {
            conformance: response.conformance.intersection(proposed),
            server_max_receive_pdu_size: response.server_max_receive_pdu_size,
            vaa_name: response.vaa_name,
        },
        Ok(Some(Apdu::ConfirmedServiceError(error))) => Yield::ServiceError(error),
        _ => Yield::Nothing("the AARE holds no initiate-response".to_owned()),
    }
}

/// The blocks of one answer, put together.
fn joined(blocks: &[Apdu], targets: usize) -> Yield {
    let mut octets = Vec::new();
    let mut complete = false;
    for block in blocks {
        let Apdu::GetResponse(GetResponse::WithDatablock { last, result, .. }) = block else {
            return Yield::Nothing(format!("{} among blocks", block.name()));
        };
        match result {
            DatablockResult::RawData(slice) => octets.extend_from_slice(slice),
            DatablockResult::Error(error) => {
                return Yield::Got(vec![GetDataResult::Error(*error); targets]);
            }
        }
        complete = *last;
    }
    if !complete {
        return Yield::Nothing("the last block was not recorded".to_owned());
    }
    let results = if targets == 1 {
        Encoded::try_from(octets).map(|value| vec![GetDataResult::Data(value)])
    } else {
        let mut r = cosem::bytes::Reader::new(&octets);
        GetDataResult::decode_list(&mut r).and_then(|list| r.finish("blocks").map(|()| list))
    };
    match results {
        Ok(results) => Yield::Got(results),
        Err(error) => Yield::Nothing(error.to_string()),
    }
}
