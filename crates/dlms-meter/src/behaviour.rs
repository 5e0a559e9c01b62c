//! What an object does beyond keeping values.

use std::collections::BTreeMap;
use std::fmt;

use cosem::{Data, DateTime, Encoded, Obis};
use dlms::apdu::{ActionResult, Conformance, DataAccessResult, Mechanism, Selection};
use dlms::association::{AssociationId, ClientAddress, ServerAddress};
use dlms::time::Instant;

use crate::event::EventCode;
use crate::profile::Record;
use crate::timekeeping::Timekeeper;

/// What an object does beyond keeping values. The defaults do nothing: a read attribute is answered
/// from the object's slots, a written value is stored when it fits the schema, a method is undefined.
///
/// Rights, and the types of written values and parameters, have been checked before. A behaviour
/// must not block: the meter is locked while it runs. A panic ends the connection of the client that
/// caused it, and no other.
#[allow(unused_variables, reason = "the names are documentation")]
pub trait Behaviour: Send {
    /// Reads an attribute; `None`: the slot answers.
    fn read(
        &mut self,
        attribute: i8,
        selection: Option<&Selection>,
        context: &mut Context<'_>,
    ) -> Option<Result<Encoded, DataAccessResult>> {
        None
    }

    /// Writes an attribute; `None`: the slot takes the value.
    fn write(
        &mut self,
        attribute: i8,
        value: &Data,
        context: &mut Context<'_>,
    ) -> Option<Result<(), DataAccessResult>> {
        None
    }

    /// Calls a method; `None`: there is no such method.
    fn invoke(
        &mut self,
        method: i8,
        parameter: &Data,
        context: &mut Context<'_>,
    ) -> Option<Result<Option<Encoded>, ActionResult>> {
        None
    }
}

/// Who asks: an association and what was agreed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The client and the logical device.
    pub association: AssociationId,
    /// How the client has proved who it is.
    pub mechanism: Mechanism,
    /// The services that were granted.
    pub conformance: Conformance,
    /// The largest APDU that the client accepts; 0: any size.
    pub client_max_receive_pdu_size: u16,
    /// The largest APDU that the meter accepts.
    pub server_max_receive_pdu_size: u16,
}

impl Peer {
    /// A client that has associated with a logical device; every service is granted.
    #[must_use]
    pub const fn new(client: ClientAddress, server: ServerAddress, mechanism: Mechanism) -> Self {
        Self {
            association: AssociationId { client, server },
            mechanism,
            conformance: Conformance(0x00ff_ffff),
            client_max_receive_pdu_size: 0,
            server_max_receive_pdu_size: crate::meter::PDU_SIZE,
        }
    }
}

/// What surrounds an object while it does something.
pub struct Context<'a> {
    pub(crate) now: Instant,
    pub(crate) peer: Option<&'a Peer>,
    pub(crate) instance: Obis,
    pub(crate) clock: &'a mut Timekeeper,
    pub(crate) records: &'a mut BTreeMap<Obis, Record>,
    pub(crate) open: &'a BTreeMap<ClientAddress, OpenAssociations>,
    /// Events that happened, with what the clock showed.
    pub(crate) events: &'a mut Vec<(EventCode, DateTime)>,
}

/// The associations of one client with one logical device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenAssociations {
    pub(crate) count: usize,
    pub(crate) newest: Peer,
}

impl Context<'_> {
    /// Physical time: its origin is 1970-01-01 00:00:00 UTC, and no clock change touches it. While
    /// a profile captures what it has missed, it is the time of the row.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Physical time in whole seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        i64::try_from(self.now.since_origin().as_secs()).unwrap_or(i64::MAX)
    }

    /// What the logical device's clock shows.
    #[must_use]
    pub fn time(&self) -> DateTime {
        self.clock.show(self.now)
    }

    /// Who asks; `None`: the meter itself, for instance to capture a row.
    #[must_use]
    pub const fn peer(&self) -> Option<&Peer> {
        self.peer
    }

    /// Writes an event into the log, with what the clock shows.
    pub fn log(&mut self, event: EventCode) {
        let time = self.time();
        self.events.push((event, time));
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { now, peer, instance, .. } = self;
        f.debug_struct("Context")
            .field("now", now)
            .field("peer", peer)
            .field("instance", instance)
            .finish_non_exhaustive()
    }
}

type Reads = Box<dyn FnMut(&mut Context<'_>) -> Data + Send>;
type Writes = Box<dyn FnMut(Data, &mut Context<'_>) -> Result<(), DataAccessResult> + Send>;
type Calls = Box<dyn FnMut(Data, &mut Context<'_>) -> Result<Option<Data>, ActionResult> + Send>;

/// A behaviour made of closures, one for each attribute or method that has one.
#[derive(Default)]
pub(crate) struct Closures {
    pub(crate) reads: BTreeMap<i8, Reads>,
    pub(crate) writes: BTreeMap<i8, Writes>,
    pub(crate) calls: BTreeMap<i8, Calls>,
}

impl Closures {
    pub(crate) fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.writes.is_empty() && self.calls.is_empty()
    }
}

impl Behaviour for Closures {
    fn read(
        &mut self,
        attribute: i8,
        selection: Option<&Selection>,
        context: &mut Context<'_>,
    ) -> Option<Result<Encoded, DataAccessResult>> {
        let read = self.reads.get_mut(&attribute)?;
        if selection.is_some() {
            return Some(Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED));
        }
        Some(Ok(Encoded::from(read(context))))
    }

    fn write(
        &mut self,
        attribute: i8,
        value: &Data,
        context: &mut Context<'_>,
    ) -> Option<Result<(), DataAccessResult>> {
        let write = self.writes.get_mut(&attribute)?;
        Some(write(value.clone(), context))
    }

    fn invoke(
        &mut self,
        method: i8,
        parameter: &Data,
        context: &mut Context<'_>,
    ) -> Option<Result<Option<Encoded>, ActionResult>> {
        let call = self.calls.get_mut(&method)?;
        let result = call(parameter.clone(), context);
        Some(result.map(|data| data.map(Encoded::from)))
    }
}
