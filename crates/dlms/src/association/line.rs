//! The link below a server's associations, whichever it is.

use alloc::boxed::Box;
use alloc::vec::Vec;

use cosem::bytes::DecodeError;

use super::options::{ClientAddress, ServerAddress, ServerLink, ServerOptions};
use super::queue::Queue;
use super::server::AssociationId;
use crate::link::hdlc::{LineEvent, Pair, Secondary, SecondaryOptions};
use crate::link::wrapper;
use crate::time::Instant;

/// A line with what it still has to say.
pub(super) enum Line {
    Wrapper { decoder: wrapper::Decoder, queue: Queue },
    Hdlc { secondary: Box<Secondary>, sent: Vec<u8> },
}

/// What a client has done.
pub(super) enum Heard {
    /// It has sent an APDU.
    Apdu(AssociationId, Vec<u8>),
    /// It has set up its link anew or ended it: no association is left on it.
    Reset(AssociationId),
}

impl Line {
    pub(super) fn new(options: &ServerOptions) -> Self {
        match options.link {
            ServerLink::Wrapper => Self::Wrapper {
                decoder: wrapper::Decoder::new(options.limits.apdu),
                queue: Queue::default(),
            },
            ServerLink::Hdlc(hdlc) => {
                let options = SecondaryOptions {
                    physical: hdlc.physical,
                    devices: options.accesses.iter().map(|access| access.server.0).collect(),
                    parameters: hdlc.parameters,
                    limit: options.limits.apdu,
                };
                let secondary = Box::new(Secondary::new(options));
                Self::Hdlc { secondary, sent: Vec::new() }
            }
        }
    }

    /// Takes octets and says how many: what they bring must be seen before the rest is taken.
    pub(super) fn push(&mut self, octets: &[u8], now: Instant) -> usize {
        match self {
            Self::Wrapper { decoder, .. } => decoder.push(octets),
            Self::Hdlc { secondary, .. } => {
                secondary.handle_input(octets, now);
                octets.len()
            }
        }
    }

    /// What a client has done next. An `Err` is the end of the line.
    pub(super) fn next(&mut self) -> Result<Option<Heard>, DecodeError> {
        match self {
            Self::Wrapper { decoder, .. } => Ok(decoder.next_frame()?.map(|frame| {
                let client = ClientAddress(frame.source);
                let server = ServerAddress(frame.destination);
                Heard::Apdu(AssociationId { client, server }, frame.apdu)
            })),
            Self::Hdlc { secondary, .. } => Ok(secondary.poll_event().map(|event| match event {
                LineEvent::Message(pair, apdu) => Heard::Apdu(association(pair), apdu),
                LineEvent::Reset(pair) => Heard::Reset(association(pair)),
            })),
        }
    }

    pub(super) fn send(&mut self, id: AssociationId, apdu: &[u8]) {
        match self {
            Self::Wrapper { queue, .. } => queue.send(id.route(), apdu),
            Self::Hdlc { secondary, .. } => {
                let pair = Pair { client: id.client.0, device: id.server.0 };
                secondary.send(pair, apdu);
            }
        }
    }

    pub(super) fn has_frames(&self) -> bool {
        match self {
            Self::Wrapper { queue, .. } => !queue.is_empty(),
            Self::Hdlc { secondary, .. } => secondary.has_frames(),
        }
    }

    /// The next frame to write.
    pub(super) fn poll_frame(&mut self) -> Option<&[u8]> {
        match self {
            Self::Wrapper { queue, .. } => queue.poll(),
            Self::Hdlc { secondary, sent } => {
                *sent = secondary.poll_frame()?;
                Some(sent)
            }
        }
    }
}

const fn association(pair: Pair) -> AssociationId {
    AssociationId { client: ClientAddress(pair.client), server: ServerAddress(pair.device) }
}
