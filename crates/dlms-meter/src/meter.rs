//! The meter: its logical devices, and the one function that answers requests.

use std::fmt;

use cosem::{Encoded, InterfaceClass};
use dlms::apdu::{ActionResult, DataAccessResult, GetDataResult};
use dlms::association::{
    Answer, AssociationId, ClientAddress, ServerAddress, ServerLink, ServerOptions, ServerRequest,
};
use dlms::time::Instant;

use crate::behaviour::Peer;
use crate::device::{Device, LogicalDevice};
use crate::object::{BuildError, ObjectBuilder};
use crate::rights::Access;

/// A meter, ready to be served.
///
/// It is a function of its requests and of the time that is given with each: the same requests at
/// the same times have the same answers.
pub struct Meter {
    devices: Vec<Device>,
    options: ServerOptions,
}

impl Meter {
    /// The same meter on another link than the wrapper.
    #[must_use]
    pub const fn on_link(mut self, link: ServerLink) -> Self {
        self.options.link = link;
        self
    }

    /// Describes a meter whose management logical device has this name. Objects and clients that
    /// are described belong to it; more logical devices come with
    /// [`device`](MeterBuilder::device).
    #[expect(clippy::new_ret_no_self, reason = "a meter is described before it is one")]
    pub fn new(logical_device_name: &str) -> MeterBuilder {
        MeterBuilder {
            management: LogicalDevice::new(ServerAddress::MANAGEMENT, logical_device_name),
            others: Vec::new(),
            options: ServerOptions {
                server_max_receive_pdu_size: PDU_SIZE,
                ..ServerOptions::default()
            },
        }
    }

    /// Answers a request that was made at `now`. The origin of `now` is 1970-01-01 00:00:00 UTC.
    pub fn handle(&mut self, peer: &Peer, request: ServerRequest, now: Instant) -> Answer {
        let mut device = self.at(peer.association.server);
        if let Some(device) = &mut device {
            device.advance(now);
        }
        match request {
            ServerRequest::Get(targets) => {
                let mut octets = 0;
                let results = targets.iter().map(|target| match &mut device {
                    Some(_) if octets > LARGEST_LIST => Err(DataAccessResult::OTHER_REASON),
                    Some(device) => device.get(peer, target, now).inspect(|value| {
                        octets += value.as_octets().len();
                    }),
                    None => Err(DataAccessResult::OBJECT_UNAVAILABLE),
                });
                Answer::Get(results.map(data_result).collect())
            }
            ServerRequest::Set { target, value } => {
                let result = match device {
                    Some(device) => device.set(peer, &target, &value, now),
                    None => Err(DataAccessResult::OBJECT_UNAVAILABLE),
                };
                Answer::Set(result.err().unwrap_or(DataAccessResult::SUCCESS))
            }
            ServerRequest::Action { target, parameters } => {
                let result = match device {
                    Some(device) => device.call(peer, target, parameters.as_ref(), now),
                    None => Err(ActionResult::OBJECT_UNAVAILABLE),
                };
                match result {
                    Ok(returned) => Answer::Action {
                        result: ActionResult::SUCCESS,
                        return_parameters: returned.map(GetDataResult::Data),
                    },
                    Err(result) => Answer::Action { result, return_parameters: None },
                }
            }
        }
    }

    /// Captures what is due at `now`. A meter that is served does it every second, and every
    /// request does it first.
    pub fn advance(&mut self, now: Instant) {
        self.devices.iter_mut().for_each(|device| device.advance(now));
    }

    /// Tells that a client has associated; the association objects show it.
    pub fn opened(&mut self, peer: Peer, now: Instant) {
        if let Some(device) = self.at(peer.association.server) {
            device.advance(now);
            device.opened(peer);
        }
    }

    /// Tells that an association has ended.
    pub fn closed(&mut self, association: AssociationId) {
        if let Some(device) = self.at(association.server) {
            device.closed(association.client);
        }
    }

    /// Tells that a client could not prove who it is; the event log shows it.
    pub fn refused(&mut self, association: AssociationId, now: Instant) {
        if let Some(device) = self.at(association.server) {
            device.advance(now);
            device.refused(now);
        }
    }

    /// What the server's machine must know: who may associate, and the sizes.
    #[must_use]
    pub const fn server_options(&self) -> &ServerOptions {
        &self.options
    }

    fn at(&mut self, address: ServerAddress) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.address() == address)
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("options", &self.options).finish_non_exhaustive()
    }
}

fn data_result(result: Result<Encoded, DataAccessResult>) -> GetDataResult {
    match result {
        Ok(value) => GetDataResult::Data(value),
        Err(error) => GetDataResult::Error(error),
    }
}

/// Describes a meter.
#[derive(Debug)]
#[must_use = "a meter that is not built does nothing"]
pub struct MeterBuilder {
    management: LogicalDevice,
    others: Vec<LogicalDevice>,
    options: ServerOptions,
}

impl MeterBuilder {
    /// With one more object of the management logical device.
    pub fn with<H: InterfaceClass>(
        mut self,
        handle: H,
        describe: impl FnOnce(ObjectBuilder<H>) -> ObjectBuilder<H>,
    ) -> Self {
        self.management = self.management.with(handle, describe);
        self
    }

    /// With one more client that may associate with the management logical device.
    pub fn allow(mut self, client: ClientAddress, access: Access) -> Self {
        self.management = self.management.allow(client, access);
        self
    }

    /// With one more logical device.
    pub fn device(mut self, device: LogicalDevice) -> Self {
        self.others.push(device);
        self
    }

    /// With another largest APDU than 1,024 octets; 0: any size.
    pub const fn pdu_size(mut self, octets: u16) -> Self {
        self.options.server_max_receive_pdu_size = octets;
        // What is announced must fit: a longer frame would break the link.
        let needed = if octets == 0 { u16::MAX } else { octets } as usize;
        if self.options.limits.apdu < needed {
            self.options.limits.apdu = needed;
        }
        self
    }

    /// Builds the meter.
    ///
    /// # Errors
    /// [`BuildError`]: a value does not fit its class, an attribute has no value, or a right is
    /// granted that cannot be.
    pub fn build(self) -> Result<Meter, BuildError> {
        let Self { management, others, mut options } = self;
        let all: Vec<LogicalDevice> = std::iter::once(management).chain(others).collect();
        let names: Vec<_> =
            all.iter().map(|device| (device.address, device.name.clone())).collect();
        for device in &all {
            let accesses = device.accesses.iter();
            let accesses =
                accesses.map(|(client, access)| access.for_server(*client, device.address));
            options.accesses.extend(accesses);
        }
        let mut devices: Vec<Device> = Vec::with_capacity(all.len());
        for device in all {
            let server = device.address;
            if devices.iter().any(|known| known.address() == server) {
                return Err(BuildError::DeviceTwice { server });
            }
            // Only the management logical device says which others there are.
            let names = (server == ServerAddress::MANAGEMENT).then_some(names.as_slice());
            devices.push(device.build(names)?);
        }
        Ok(Meter { devices, options })
    }
}

/// Octets of values after which a list of attributes gets no more of them: a list of a hundred
/// profiles is a short request.
const LARGEST_LIST: usize = 1 << 20;

/// The largest APDU that a meter accepts unless told otherwise.
pub(crate) const PDU_SIZE: u16 = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_is_announced_is_accepted() {
        for (announced, accepted) in [(200, 4_096), (8_000, 8_000), (0, 65_535)] {
            let meter = Meter::new("ABC0000000000001").pdu_size(announced).build().unwrap();
            let options = meter.server_options();
            assert_eq!(options.server_max_receive_pdu_size, announced);
            assert_eq!(options.limits.apdu, accepted);
        }
    }
}
