//! The link below an association, whichever it is: APDUs in and out, frames out and in.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::DecodeError;

use super::options::{HdlcOptions, LinkOptions, Options};
use super::queue::{Queue, Route};
use crate::link::hdlc::{Address, AddressSize, LinkEvent, Primary, PrimaryOptions};
use crate::link::wrapper;
use crate::time::Instant;

/// A link with what it still has to say.
pub(super) struct Carrier {
    link: Link,
    events: VecDeque<Carried>,
    /// The frame that was handed out last; it stays until the next one is asked for.
    sent: Vec<u8>,
}

enum Link {
    Wrapper { decoder: wrapper::Decoder, queue: Queue, route: Route },
    Hdlc(Box<Primary>),
}

/// What has happened on the link.
pub(super) enum Carried {
    /// It is set up.
    Opened,
    /// An APDU.
    Apdu(Vec<u8>),
    /// A piece of an APDU has gone through.
    Alive,
    /// It has ended as we wanted.
    Closed,
    /// It is lost.
    Lost(&'static str),
    /// Octets came after which no frame can be found.
    Broken(DecodeError),
    /// Something came that is not for us.
    Stray(&'static str),
}

impl Carrier {
    pub(super) fn new(options: &Options) -> Self {
        let link = match options.link {
            LinkOptions::Wrapper => Link::Wrapper {
                decoder: wrapper::Decoder::new(options.limits.apdu),
                queue: Queue::default(),
                route: Route { source: options.client.0, destination: options.server.0 },
            },
            LinkOptions::Hdlc(hdlc) => Link::Hdlc(Box::new(primary(options, hdlc))),
        };
        Self { link, events: VecDeque::new(), sent: Vec::new() }
    }

    /// Sets the link up. The wrapper has nothing to set up.
    pub(super) fn open(&mut self, now: Instant) {
        match &mut self.link {
            Link::Wrapper { .. } => self.events.push_back(Carried::Opened),
            Link::Hdlc(primary) => primary.open(now),
        }
    }

    /// Ends the link. The wrapper has nothing to end.
    pub(super) fn close(&mut self, now: Instant) {
        match &mut self.link {
            Link::Wrapper { .. } => self.events.push_back(Carried::Closed),
            Link::Hdlc(primary) => primary.close(now),
        }
    }

    pub(super) fn send(&mut self, apdu: &[u8], now: Instant) {
        match &mut self.link {
            Link::Wrapper { queue, route, .. } => queue.send(*route, apdu),
            Link::Hdlc(primary) => primary.send(apdu, now),
        }
    }

    /// Takes octets and says how many: what they bring must be seen before the rest is taken.
    pub(super) fn handle_input(&mut self, octets: &[u8], now: Instant) -> usize {
        match &mut self.link {
            Link::Wrapper { decoder, route, .. } => {
                let taken = decoder.push(octets);
                let carried = match decoder.next_frame() {
                    Ok(None) => return taken,
                    Ok(Some(frame)) => {
                        if (frame.destination, frame.source) == (route.source, route.destination) {
                            Carried::Apdu(frame.apdu)
                        } else {
                            Carried::Stray("a frame for another pair of addresses")
                        }
                    }
                    Err(error) => Carried::Broken(error),
                };
                self.events.push_back(carried);
                taken
            }
            Link::Hdlc(primary) => {
                primary.handle_input(octets, now);
                octets.len()
            }
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Link::Hdlc(primary) = &mut self.link {
            primary.handle_timeout(now);
        }
    }

    /// When to call [`Carrier::handle_timeout`].
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.link {
            Link::Wrapper { .. } => None,
            Link::Hdlc(primary) => primary.deadline(),
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<Carried> {
        let of_link = match &mut self.link {
            Link::Wrapper { .. } => None,
            Link::Hdlc(primary) => primary.poll_event(),
        };
        match of_link {
            None => self.events.pop_front(),
            Some(LinkEvent::Opened) => Some(Carried::Opened),
            Some(LinkEvent::Message(apdu)) => Some(Carried::Apdu(apdu)),
            Some(LinkEvent::Alive) => Some(Carried::Alive),
            Some(LinkEvent::Closed) => Some(Carried::Closed),
            Some(LinkEvent::Lost(why)) => Some(Carried::Lost(why)),
            Some(LinkEvent::Stray(what)) => Some(Carried::Stray(what)),
        }
    }

    /// The next frame to write.
    pub(super) fn poll_frame(&mut self) -> Option<&[u8]> {
        match &mut self.link {
            Link::Wrapper { queue, .. } => queue.poll(),
            Link::Hdlc(primary) => {
                self.sent = primary.poll_frame()?;
                Some(&self.sent)
            }
        }
    }

    pub(super) fn has_frames(&self) -> bool {
        match &self.link {
            Link::Wrapper { queue, .. } => !queue.is_empty(),
            Link::Hdlc(primary) => primary.has_frames(),
        }
    }

    /// Another limit for one APDU.
    pub(super) fn set_limit(&mut self, limit: usize) {
        match &mut self.link {
            Link::Wrapper { decoder, .. } => decoder.set_limit(limit),
            Link::Hdlc(primary) => primary.set_limit(limit),
        }
    }

    /// Drops what has not been sent.
    pub(super) fn clear(&mut self) {
        match &mut self.link {
            Link::Wrapper { queue, .. } => queue.clear(),
            Link::Hdlc(primary) => primary.clear(),
        }
    }
}

/// Without the frames, which may hold a password.
impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let link = match &self.link {
            Link::Wrapper { .. } => "wrapper",
            Link::Hdlc(_) => "hdlc",
        };
        f.debug_struct("Carrier").field("link", &link).finish_non_exhaustive()
    }
}

/// The addresses as HDLC writes them. A client has seven bits, which [`Address::client`] cuts to.
fn primary(options: &Options, hdlc: HdlcOptions) -> Primary {
    let [_, client] = options.client.0.to_be_bytes();
    let lower =
        (hdlc.address_size != AddressSize::One).then_some(hdlc.physical.unwrap_or_default());
    Primary::new(PrimaryOptions {
        client: Address::client(client),
        server: Address { upper: options.server.0, lower, size: hdlc.address_size },
        parameters: hdlc.parameters,
        repeat_after: options.timeout / REPEATS,
        limit: options.limits.apdu,
    })
}

/// How often something is sent until the time for an answer is over.
const REPEATS: u32 = 5;
