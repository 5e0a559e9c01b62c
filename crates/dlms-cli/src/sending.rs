//! What will be sent: announced before, or printed instead.

use cosem::bytes::hex;
use cosem::{Data, Encoded};
use dlms::apdu::{
    ActionRequest, Apdu, InvokeId, MethodDescriptor, Priority, ServiceClass, SetRequest,
};
use dlms::link::wrapper;
use dlms_link::Connection;

use crate::exit::{Failure, Outcome};
use crate::read::{reference, schema};
use crate::session::{self, Object};
use crate::{explained, names, output, show};

/// Whether to ask and whether to send.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Consent {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print the octets and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A request that changes something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sending {
    /// Writes an attribute.
    Set { object: Object, attribute: i8, value: Data },
    /// Calls a method.
    Call { object: Object, method: i8, parameter: Data },
}

impl Sending {
    /// Says on standard error what will be sent.
    pub(crate) fn announce(&self) {
        output::say_plainly(&crate::text::shown_words(&self.words()));
    }

    /// The request in words; secrets are `…`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Set { object, attribute, value } => {
                let name =
                    names::attribute_name(object.class, *attribute).unwrap_or("not known here");
                let shown = match self.is_secret() {
                    true => String::from("…"),
                    false => format!(
                        "{} ({})",
                        show::value(value, schema(*object, *attribute)),
                        value.tag()
                    ),
                };
                let title = session::title(*object);
                format!("will write attribute {attribute} ({name}) of {title}: {shown}")
            }
            Self::Call { object, method, parameter } => {
                let name = method_name(*object, *method).unwrap_or("not known here");
                let shown = match self.is_secret() {
                    true => String::from("…"),
                    false => {
                        let any = cosem::schema::Schema::Any;
                        format!("{} ({})", show::value(parameter, &any), parameter.tag())
                    }
                };
                let title = session::title(*object);
                format!("will call method {method} ({name}) of {title} with {shown}")
            }
        }
    }

    /// Whether it holds a password or a key.
    pub(crate) fn is_secret(&self) -> bool {
        match self {
            Self::Set { object, attribute, .. } => {
                reference(*object, *attribute).attribute.is_secret()
            }
            Self::Call { object, method, .. } => descriptor(*object, *method).is_secret(),
        }
    }

    /// Prints the octets as they would be sent first in an association, and explains them.
    ///
    /// # Errors
    /// More octets than one message can have.
    pub(crate) fn print_octets(&self, connection: &Connection) -> Outcome {
        // The first request of an association has the number 1.
        let invoke = InvokeId::new(1, Priority::High, ServiceClass::Confirmed);
        let apdu = match self {
            Self::Set { object, attribute, value } => Apdu::from(SetRequest::Normal {
                invoke,
                target: reference(*object, *attribute),
                value: Encoded::from(value),
            }),
            Self::Call { object, method, parameter } => Apdu::from(ActionRequest::Normal {
                invoke,
                target: descriptor(*object, *method),
                parameters: Some(Encoded::from(parameter)),
            }),
        };
        let mut octets = Vec::new();
        wrapper::encode(connection.client, connection.server, &apdu.encode(), &mut octets)
            .map_err(|error| Failure::usage("print the request", error))?;
        self.announce();
        let shown = if self.is_secret() { String::from("…") } else { hex(&octets) };
        output::line(&shown)?;
        for line in explained::lines(&octets) {
            output::line(&line)?;
        }
        output::say_plainly("dry run: nothing was sent");
        Ok(())
    }
}

/// The name of a method.
pub(crate) fn method_name(object: Object, method: i8) -> Option<&'static str> {
    Some(&*object.descriptor()?.method(method)?.name)
}

/// The name of a method on the wire.
pub(crate) const fn descriptor(object: Object, method: i8) -> MethodDescriptor {
    MethodDescriptor { class: object.class, instance: object.obis, method }
}
