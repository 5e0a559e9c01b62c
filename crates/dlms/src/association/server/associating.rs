//! Who is let in, and with what.

use super::{Association, AssociationId, Server, ServerEvent};
use crate::apdu::{
    Aare, Aarq, Apdu, ApplicationContext, AssociationResult, ConfirmedServiceError, Conformance,
    Diagnostic, InitiateError, InitiateRequest, InitiateResponse, Mechanism,
};
use crate::association::options::{Access, Authentication, DLMS_VERSION, offered_mechanism};
use crate::link::wrapper;

impl Server {
    pub(super) fn handle_aarq(&mut self, association: AssociationId, aarq: &Aarq) {
        self.end(association);
        if !aarq.proposes_version_1() {
            return self.refuse_acse(association, Diagnostic::NO_COMMON_ACSE_VERSION);
        }
        let Ok(Some(Apdu::InitiateRequest(initiate))) = aarq.information() else {
            return self.refuse_initiate(association, InitiateError::Other, Answered::Yes);
        };
        match self.decide(association, aarq) {
            Err(diagnostic) => self.refuse(association, &initiate, diagnostic),
            Ok(access) => self.associate(association, &access, &initiate),
        }
    }

    /// Who is let in.
    fn decide(&self, association: AssociationId, aarq: &Aarq) -> Result<Access, Diagnostic> {
        let context = aarq.application_context_name.application_context();
        if context != Some(ApplicationContext::LOGICAL_NAME) {
            return Err(Diagnostic::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED);
        }
        let access = self.access(association).ok_or(Diagnostic::NO_REASON_GIVEN)?;
        let offered = offered_mechanism(aarq);
        if offered != Ok(Mechanism::LOWEST) && !aarq.requires_authentication() {
            return Err(Diagnostic::AUTHENTICATION_REQUIRED);
        }
        match &access.authentication {
            Authentication::None if offered == Ok(Mechanism::LOWEST) => Ok(access.clone()),
            Authentication::Low(_) if offered == Ok(Mechanism::LOWEST) => {
                Err(Diagnostic::AUTHENTICATION_REQUIRED)
            }
            Authentication::Low(password) if offered == Ok(Mechanism::LOW) => {
                let given = aarq.calling_authentication_value.as_ref();
                let right = given.is_some_and(|given| password.matches(given.value.expose()));
                if right { Ok(access.clone()) } else { Err(Diagnostic::AUTHENTICATION_FAILURE) }
            }
            _ => Err(Diagnostic::AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED),
        }
    }

    fn access(&self, association: AssociationId) -> Option<&Access> {
        let AssociationId { client, server } = association;
        let mut accesses = self.options.accesses.iter();
        accesses.find(|access| (access.client, access.server) == (client, server))
    }

    fn associate(
        &mut self,
        association: AssociationId,
        access: &Access,
        initiate: &InitiateRequest,
    ) {
        let answered = Answered::by(initiate);
        let conformance = access.conformance.intersection(initiate.conformance);
        let size = initiate.client_max_receive_pdu_size;
        let problem = if initiate.dlms_version < DLMS_VERSION {
            Some(InitiateError::DlmsVersionTooLow)
        } else if matches!(size, 1..SMALLEST_PDU_SIZE) {
            Some(InitiateError::PduSizeTooShort)
        } else if conformance.intersection(SERVICES) == Conformance::NONE {
            Some(InitiateError::IncompatibleConformance)
        } else if initiate.dedicated_key.is_some() {
            // A key in the clear is no key.
            Some(InitiateError::Other)
        } else {
            None
        };
        if let Some(error) = problem {
            return self.refuse_initiate(association, error, answered);
        }
        let state = Association {
            conformance,
            client_max_receive_pdu_size: match size {
                0 => wrapper::MAX_LENGTH,
                size => usize::from(size),
            },
            answered,
            transfer: None,
        };
        self.associations.insert(association, state);
        self.events.push_back(ServerEvent::Associated {
            association,
            mechanism: access.authentication.mechanism(),
            conformance,
            client_max_receive_pdu_size: size,
        });
        if answered == Answered::Yes {
            self.send_aare(association, AssociationResult::ACCEPTED, Diagnostic::NULL, conformance);
        }
    }

    /// Refused by the layer below xDLMS, of which nothing is said then.
    pub(super) fn refuse_acse(&mut self, association: AssociationId, diagnostic: Diagnostic) {
        self.events.push_back(ServerEvent::Refused { association, diagnostic });
        let context = ApplicationContext::LOGICAL_NAME.into();
        let aare = Aare::new(context, AssociationResult::REJECTED_PERMANENT, diagnostic);
        self.send(association, &Apdu::Aare(aare));
    }

    /// Refused for context or authentication: with what this client would be granted. One that is
    /// not known would be granted nothing.
    fn refuse(
        &mut self,
        association: AssociationId,
        initiate: &InitiateRequest,
        diagnostic: Diagnostic,
    ) {
        self.events.push_back(ServerEvent::Refused { association, diagnostic });
        if Answered::by(initiate) == Answered::Yes {
            let rejected = AssociationResult::REJECTED_PERMANENT;
            let access = self.access(association);
            let supported = access.map_or(Conformance::NONE, |access| access.conformance);
            self.send_aare(association, rejected, diagnostic, supported);
        }
    }

    /// Refused for the xDLMS part.
    fn refuse_initiate(
        &mut self,
        association: AssociationId,
        error: InitiateError,
        answered: Answered,
    ) {
        let diagnostic = Diagnostic::NO_REASON_GIVEN;
        self.events.push_back(ServerEvent::Refused { association, diagnostic });
        if answered == Answered::Yes {
            let error = Apdu::from(ConfirmedServiceError::initiate(error));
            let rejected = AssociationResult::REJECTED_PERMANENT;
            let context = ApplicationContext::LOGICAL_NAME.into();
            let aare = Aare::new(context, rejected, diagnostic).with_information(&error);
            self.send(association, &Apdu::Aare(aare));
        }
    }

    fn send_aare(
        &mut self,
        association: AssociationId,
        result: AssociationResult,
        diagnostic: Diagnostic,
        conformance: Conformance,
    ) {
        // What no link can carry need not be said: 0 is "any size".
        let size = u16::try_from(self.options.largest_apdu()).unwrap_or_default();
        let response = Apdu::from(InitiateResponse::new(conformance, size));
        let context = ApplicationContext::LOGICAL_NAME.into();
        let aare = Aare::new(context, result, diagnostic).with_information(&response);
        self.send(association, &Apdu::Aare(aare));
    }
}

/// Whether the client wants answers: to its AARQ, and to confirmed requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    Yes,
    No,
}

impl Answered {
    const fn by(initiate: &InitiateRequest) -> Self {
        if initiate.response_allowed { Self::Yes } else { Self::No }
    }
}

/// Below it no block would fit; the values below are reserved.
const SMALLEST_PDU_SIZE: u16 = 12;

/// An association without any of these is of no use.
const SERVICES: Conformance = Conformance::GET.with(Conformance::SET).with(Conformance::ACTION);
