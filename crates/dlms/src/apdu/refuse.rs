//! Refusals (IEC 62056-5-3, ExceptionResponse and ConfirmedServiceError): an APDU as a whole was
//! not acceptable.
//!
//! ExceptionResponse:
//!
//! | octets | 0    | 1           | 2             | 3–6                                       |
//! |--------|------|-------------|---------------|-------------------------------------------|
//! | field  | `d8` | state-error | service-error | invocation-counter (only if error is 6)   |
//!
//! ConfirmedServiceError, in AARE and in answer to services with short names:
//!
//! | octets | 0    | 1       | 2           | 3           |
//! |--------|------|---------|-------------|-------------|
//! | field  | `0e` | service | error-class | error-value |
//!
//! Neither is protected, even in a ciphered association: they are hints, not facts.
//!
//! ```
//! use cosem::bytes::Reader;
//! use dlms::apdu::{ConfirmedServiceError, ExceptionResponse, StateError};
//! let exception = ExceptionResponse::decode(&mut Reader::new(&[0xd8, 0x01, 0x01]))?;
//! assert_eq!(exception.state_error, StateError::SERVICE_NOT_ALLOWED);
//! assert_eq!(exception.to_string(), "service-not-allowed, operation-not-possible");
//! let error = ConfirmedServiceError::decode(&mut Reader::new(&[0x0e, 0x01, 0x06, 0x01]))?;
//! assert_eq!(error.to_string(), "initiate-error: initiate, dlms-version-too-low");
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

use alloc::format;
use core::fmt;

use cosem::bytes::{Reader, Result, Writer};

use super::tagged;

numbers! {
    /// What state stands against the request.
    StateError {
        1 SERVICE_NOT_ALLOWED "service-not-allowed";
        2 SERVICE_UNKNOWN "service-unknown";
    }
}

numbers! {
    /// What is wrong with the request.
    ServiceError {
        1 OPERATION_NOT_POSSIBLE "operation-not-possible";
        2 SERVICE_NOT_SUPPORTED "service-not-supported";
        3 OTHER_REASON "other-reason";
        4 PDU_TOO_LONG "pdu-too-long";
        5 DECIPHERING_ERROR "deciphering-error";
        6 INVOCATION_COUNTER_ERROR "invocation-counter-error";
    }
}

/// A request that was not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionResponse {
    /// What state stands against it.
    pub state_error: StateError,
    /// What is wrong with it.
    pub service_error: ServiceError,
    /// With an invocation-counter-error, and then only: a counter of the server.
    pub invocation_counter: Option<u32>,
}

impl ExceptionResponse {
    /// Without a counter.
    #[must_use]
    pub const fn new(state_error: StateError, service_error: ServiceError) -> Self {
        Self { state_error, service_error, invocation_counter: None }
    }

    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let state_error = StateError(r.u8("state-error")?);
            r.meaning(|| format!("{}, {state_error}", state_error.0));
            let service_error = ServiceError(r.u8("service-error")?);
            r.meaning(|| format!("{}, {service_error}", service_error.0));
            let invocation_counter = (service_error == ServiceError::INVOCATION_COUNTER_ERROR)
                .then(|| r.u32("invocation-counter"))
                .transpose()?;
            Ok(Self { state_error, service_error, invocation_counter })
        })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        w.u8(self.state_error.0);
        w.u8(self.service_error.0);
        if let Some(counter) = self.invocation_counter {
            w.u32(counter);
        }
    }
}

impl fmt::Display for ExceptionResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.state_error, self.service_error)
    }
}

numbers! {
    /// The service that was not done.
    ServiceChoice {
        1 INITIATE_ERROR "initiate-error";
        2 GET_STATUS "get-status";
        3 GET_NAME_LIST "get-name-list";
        4 GET_VARIABLE_ATTRIBUTE "get-variable-attribute";
        5 READ "read";
        6 WRITE "write";
        7 GET_DATA_SET_ATTRIBUTE "get-data-set-attribute";
        8 GET_TI_ATTRIBUTE "get-ti-attribute";
        9 CHANGE_SCOPE "change-scope";
        10 START "start";
        11 STOP "stop";
        12 RESUME "resume";
        13 MAKE_USABLE "make-usable";
        14 INITIATE_LOAD "initiate-load";
        15 LOAD_SEGMENT "load-segment";
        16 TERMINATE_LOAD "terminate-load";
        17 INITIATE_UP_LOAD "initiate-up-load";
        18 UP_LOAD_SEGMENT "up-load-segment";
        19 TERMINATE_UP_LOAD "terminate-up-load";
    }
}

numbers! {
    /// The class of a service error; it says what the value means.
    ErrorClass {
        0 APPLICATION_REFERENCE "application-reference";
        1 HARDWARE_RESOURCE "hardware-resource";
        2 VDE_STATE_ERROR "vde-state-error";
        3 SERVICE "service";
        4 DEFINITION "definition";
        5 ACCESS "access";
        6 INITIATE "initiate";
        7 LOAD_DATA_SET "load-data-set";
        8 CHANGE_SCOPE "change-scope";
        9 TASK "task";
    }
}

/// A service that was not done, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfirmedServiceError {
    /// The service.
    pub service: ServiceChoice,
    /// The class of the error.
    pub class: ErrorClass,
    /// The error within its class.
    pub value: u8,
}

/// Why an initiate-request is refused: the values of [`ErrorClass::INITIATE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InitiateError {
    /// For none of the reasons below.
    Other = 0,
    /// The client's version of DLMS is below 6.
    DlmsVersionTooLow = 1,
    /// Client and server have no service in common.
    IncompatibleConformance = 2,
    /// The client takes only APDUs that are too short to be of use.
    PduSizeTooShort = 3,
    /// Refused by the server's application.
    RefusedByTheVdeHandler = 4,
}

impl ConfirmedServiceError {
    /// An initiate-request was refused.
    #[must_use]
    pub const fn initiate(error: InitiateError) -> Self {
        Self {
            service: ServiceChoice::INITIATE_ERROR,
            class: ErrorClass::INITIATE,
            value: error as u8,
        }
    }

    /// Reads the error, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            let service = ServiceChoice(r.u8("service")?);
            r.meaning(|| format!("{}, {service}", service.0));
            let class = ErrorClass(r.u8("error-class")?);
            r.meaning(|| format!("{}, {class}", class.0));
            let error = Self { service, class, value: r.u8("error-value")? };
            r.meaning(|| {
                format!("{}, {}", error.value, error.value_name().unwrap_or("not assigned"))
            });
            Ok(error)
        })
    }

    /// Writes the error.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        w.u8(self.service.0);
        w.u8(self.class.0);
        w.u8(self.value);
    }

    /// The name of the value within its class; `None` for a number that is not assigned.
    #[must_use]
    pub fn value_name(&self) -> Option<&'static str> {
        let names = VALUES.get(usize::from(self.class.0))?;
        names.get(usize::from(self.value)).copied()
    }
}

impl fmt::Display for ConfirmedServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, ", self.service, self.class)?;
        match self.value_name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{} (not assigned)", self.value),
        }
    }
}

/// The values of each class, both in order.
const VALUES: &[&[&str]] = &[
    &[
        "other",
        "time-elapsed",
        "application-unreachable",
        "application-reference-invalid",
        "application-context-unsupported",
        "provider-communication-error",
        "deciphering-error",
    ],
    &[
        "other",
        "memory-unavailable",
        "processor-resource-unavailable",
        "mass-storage-unavailable",
        "other-resource-unavailable",
    ],
    &["other", "no-dlms-context", "loading-data-set", "status-nochange", "status-inoperable"],
    &["other", "pdu-size", "service-unsupported"],
    &["other", "object-undefined", "object-class-inconsistent", "object-attribute-inconsistent"],
    &[
        "other",
        "scope-of-access-violated",
        "object-access-violated",
        "hardware-fault",
        "object-unavailable",
    ],
    &[
        "other",
        "dlms-version-too-low",
        "incompatible-conformance",
        "pdu-size-too-short",
        "refused-by-the-vde-handler",
    ],
    &[
        "other",
        "primitive-out-of-sequence",
        "not-loadable",
        "dataset-size-too-large",
        "not-awaited-segment",
        "interpretation-failure",
        "storage-failure",
        "data-set-not-ready",
    ],
    &[],
    &["other", "no-remote-control", "ti-stopped", "ti-running", "ti-unusable"],
];
