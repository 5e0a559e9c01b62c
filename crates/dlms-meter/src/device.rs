//! A logical device: its description, and the machine that the description is built into.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use cosem::class::{self, AssignmentElement, AssociationLnV0, ClassDescriptor, SapAssignment};
use cosem::{Array, CosemType as _, Data, DateTime, Encoded, InterfaceClass, Obis, obis};
use dlms::apdu::{ActionResult, AttributeReference, DataAccessResult, MethodDescriptor, Selection};
use dlms::association::{ClientAddress, ServerAddress};
use dlms::time::Instant;

use crate::behaviour::{Behaviour, Context, OpenAssociations, Peer};
use crate::class::{AssociationBehaviour, Of, View};
use crate::event::{self, EventCode};
use crate::object::{BuildError, Draft, ObjectBuilder};
use crate::profile::{Due, Record};
use crate::rights::{Access, Gate, Operation};
use crate::timekeeping::{ClockRules, Timekeeper};

/// Describes a logical device: its objects, and who may do what with them.
///
/// The logical device name and the association objects are there without being described.
#[must_use = "a logical device that is not handed to a meter is not in it"]
pub struct LogicalDevice {
    pub(crate) address: ServerAddress,
    pub(crate) name: String,
    drafts: Vec<Draft>,
    pub(crate) accesses: Vec<(ClientAddress, Access)>,
}

impl LogicalDevice {
    /// A logical device with this address and logical device name: three letters of the maker and
    /// up to 13 characters that name the device.
    pub fn new(address: ServerAddress, name: &str) -> Self {
        Self { address, name: name.into(), drafts: Vec::new(), accesses: Vec::new() }
    }

    /// With one more object.
    pub fn with<H: InterfaceClass>(
        mut self,
        handle: H,
        describe: impl FnOnce(ObjectBuilder<H>) -> ObjectBuilder<H>,
    ) -> Self {
        self.drafts.push(describe(ObjectBuilder::new(handle)).into_draft());
        self
    }

    /// With one more client that may associate.
    pub fn allow(mut self, client: ClientAddress, access: Access) -> Self {
        self.accesses.push((client, access));
        self
    }

    /// Builds it. `names` are the logical devices of the meter, for the one that lists them.
    pub(crate) fn build(
        self,
        names: Option<&[(ServerAddress, String)]>,
    ) -> Result<Device, BuildError> {
        if !(1..=16).contains(&self.name.len()) {
            return Err(BuildError::Name { name: self.name });
        }
        let Self { address, name, mut drafts, accesses } = self;
        let clients: Vec<_> = accesses.iter().map(|(client, _)| *client).collect();
        let views = Arc::new(OnceLock::new());
        drafts.push(logical_device_name(&name));
        drafts.extend(names.map(sap_assignment));
        drafts.extend(associations(address, &clients, &views));
        drafts.sort_by_key(|draft| (draft.class.id, draft.instance));
        check(&drafts)?;

        let common = |client: ClientAddress, instance: Obis| {
            let place = clients.iter().position(|known| *known == client);
            [LOGICAL_DEVICE_NAME, SAP_ASSIGNMENT, CURRENT_ASSOCIATION].contains(&instance)
                || place.map(association_of) == Some(instance)
        };
        let gate = Gate::new(&drafts, &accesses, common)?;
        // The objects are made before the table of rights, and show it: here the circle closes.
        views.get_or_init(|| {
            let view = |(client, access): &(ClientAddress, Access)| {
                let object_list = Encoded::from(gate.object_list(*client, &drafts));
                let mechanism = access.authentication.mechanism();
                let conformance = access.for_server(*client, address).conformance;
                (*client, View { object_list, mechanism, conformance })
            };
            accesses.iter().map(view).collect()
        });
        let mut device = Device::new(address, gate);
        drafts.into_iter().for_each(|draft| device.take_over(draft));
        Ok(device)
    }
}

/// Whether the objects are all different and complete.
fn check(drafts: &[Draft]) -> Result<(), BuildError> {
    let key = |draft: &Draft| (draft.class.id, draft.instance);
    for (draft, next) in drafts.iter().zip(drafts.iter().skip(1)) {
        if key(draft) == key(next) {
            return Err(BuildError::ObjectTwice { instance: draft.instance });
        }
    }
    drafts.iter().try_for_each(Draft::check)
}

fn logical_device_name(name: &str) -> Draft {
    let object = ObjectBuilder::new(class::Data::at(LOGICAL_DEVICE_NAME));
    object.holds(class::Data::value, name.as_bytes().to_vec().into_data()).fixed([2]).into_draft()
}

fn sap_assignment(names: &[(ServerAddress, String)]) -> Draft {
    let element = |(address, name): &(ServerAddress, String)| {
        AssignmentElement::new(address.0, name.as_bytes().to_vec())
    };
    let list: Array<_> = names.iter().map(element).collect();
    let object = ObjectBuilder::new(SapAssignment::at(SAP_ASSIGNMENT));
    object.holds(SapAssignment::sap_assignment_list, list).fixed([2]).into_draft()
}

/// The object of the current association, and one for each client.
fn associations(
    server: ServerAddress,
    clients: &[ClientAddress],
    views: &Arc<OnceLock<BTreeMap<ClientAddress, View>>>,
) -> Vec<Draft> {
    let object = |instance: Obis, of: Of| {
        let behaviour = AssociationBehaviour { of, server, views: Arc::clone(views) };
        ObjectBuilder::new(AssociationLnV0::at(instance))
            .behaves(behaviour)
            .secret(AssociationLnV0::secret)
            .fixed(2..=8)
            .into_draft()
    };
    let own = clients.iter().enumerate();
    let own = own.map(|(place, client)| object(association_of(place), Of::Client(*client)));
    std::iter::once(object(CURRENT_ASSOCIATION, Of::TheOneWhoAsks)).chain(own).collect()
}

/// The logical name of the association object of the client in this place: 0-0:40.0.1 of the first.
fn association_of(place: usize) -> Obis {
    let number = u8::try_from(place + 1).unwrap_or(u8::MAX);
    Obis([0, 0, 40, 0, number, 255])
}

const LOGICAL_DEVICE_NAME: Obis = obis!("0-0:42.0.0");
const SAP_ASSIGNMENT: Obis = obis!("0-0:41.0.0");
const CURRENT_ASSOCIATION: Obis = obis!("0-0:40.0.0");

impl fmt::Debug for LogicalDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, name, drafts, .. } = self;
        f.debug_struct("LogicalDevice")
            .field("address", address)
            .field("name", name)
            .field("objects", &drafts.len())
            .finish_non_exhaustive()
    }
}

/// A logical device that runs.
pub(crate) struct Device {
    address: ServerAddress,
    gate: Gate,
    objects: BTreeMap<Key, Object>,
    behaviours: BTreeMap<Key, Box<dyn Behaviour>>,
    clock: Timekeeper,
    /// How often the clock had been set when the profiles last looked.
    steps: u64,
    records: BTreeMap<Obis, Record>,
    open: BTreeMap<ClientAddress, OpenAssociations>,
    events: Vec<(EventCode, DateTime)>,
    event_log: Option<EventLog>,
    running: bool,
}

/// An object's logical name and class.
type Key = (Obis, u16);

struct Object {
    class: &'static ClassDescriptor,
    slots: BTreeMap<i8, Encoded>,
}

#[derive(Clone, Copy)]
struct EventLog {
    log: Obis,
    /// The object that holds the code of the last event.
    code: Obis,
}

impl Device {
    fn new(address: ServerAddress, gate: Gate) -> Self {
        Self {
            address,
            gate,
            objects: BTreeMap::new(),
            behaviours: BTreeMap::new(),
            clock: Timekeeper::new(ClockRules::UTC),
            steps: 0,
            records: BTreeMap::new(),
            open: BTreeMap::new(),
            events: Vec::new(),
            event_log: None,
            running: false,
        }
    }

    fn take_over(&mut self, draft: Draft) {
        let key = (draft.instance, draft.class.id);
        let slots = draft.slots.into_iter();
        let slots = slots.map(|(attribute, data)| (attribute, Encoded::from(data))).collect();
        self.objects.insert(key, Object { class: draft.class, slots });
        if let Some(behaviour) = draft.behaviour {
            self.behaviours.insert(key, behaviour);
        }
        if let Some(rules) = draft.clock {
            self.clock.rules = rules;
        }
        if let Some(code) = draft.event_code {
            self.event_log = Some(EventLog { log: draft.instance, code });
        }
        if let Some(profile) = draft.profile {
            self.records.insert(draft.instance, Record::new(profile));
        }
    }

    pub(crate) const fn address(&self) -> ServerAddress {
        self.address
    }

    // For clients: each of these passes the gate.

    pub(crate) fn get(
        &mut self,
        peer: &Peer,
        target: &AttributeReference,
        now: Instant,
    ) -> Result<Encoded, DataAccessResult> {
        let what = &target.attribute;
        let operation = Operation::Read(what.attribute);
        self.gate.check(peer, what.class, what.instance, operation)?;
        let key = (what.instance, what.class);
        self.read(key, what.attribute, target.selection.as_ref(), Some(peer), now)
    }

    pub(crate) fn set(
        &mut self,
        peer: &Peer,
        target: &AttributeReference,
        value: &Encoded,
        now: Instant,
    ) -> Result<(), DataAccessResult> {
        let what = &target.attribute;
        let operation = Operation::Write(what.attribute);
        self.gate.check(peer, what.class, what.instance, operation)?;
        if target.selection.is_some() {
            return Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED);
        }
        let key = (what.instance, what.class);
        let data = value.to_data();
        if !self.fits(key, what.attribute, &data) {
            return Err(DataAccessResult::TYPE_UNMATCHED);
        }
        let (behaviour, mut context) = self.split(key, Some(peer), now);
        let written = behaviour.and_then(|it| it.write(what.attribute, &data, &mut context));
        match (written, self.objects.get_mut(&key)) {
            (Some(result), _) => result?,
            (None, Some(object)) => {
                object.slots.insert(what.attribute, value.clone());
            }
            (None, None) => return Err(DataAccessResult::OBJECT_UNDEFINED),
        }
        self.settle(now);
        Ok(())
    }

    pub(crate) fn call(
        &mut self,
        peer: &Peer,
        target: MethodDescriptor,
        parameter: Option<&Encoded>,
        now: Instant,
    ) -> Result<Option<Encoded>, ActionResult> {
        let operation = Operation::Call(target.method);
        let denial = self.gate.check(peer, target.class, target.instance, operation);
        denial.map_err(|DataAccessResult(code)| ActionResult(code))?;
        let key = (target.instance, target.class);
        let parameter = parameter.map(Encoded::to_data).unwrap_or_default();
        let object = self.objects.get(&key).ok_or(ActionResult::OBJECT_UNDEFINED)?;
        let method = object.class.method(target.method).ok_or(ActionResult::OBJECT_UNDEFINED)?;
        let fits = method.parameter.accepts_exactly(&parameter);
        fits.map_err(|_| ActionResult::TYPE_UNMATCHED)?;
        let (behaviour, mut context) = self.split(key, Some(peer), now);
        let result = behaviour.and_then(|it| it.invoke(target.method, &parameter, &mut context));
        self.settle(now);
        result.unwrap_or(Err(ActionResult::OBJECT_UNDEFINED))
    }

    // The rest is the device's own.

    fn read(
        &mut self,
        key: Key,
        attribute: i8,
        selection: Option<&Selection>,
        peer: Option<&Peer>,
        now: Instant,
    ) -> Result<Encoded, DataAccessResult> {
        let (behaviour, mut context) = self.split(key, peer, now);
        if let Some(result) = behaviour.and_then(|it| it.read(attribute, selection, &mut context)) {
            return result;
        }
        if selection.is_some() {
            return Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED);
        }
        let slot = self.objects.get(&key).and_then(|object| object.slots.get(&attribute));
        slot.cloned().ok_or(DataAccessResult::OBJECT_UNAVAILABLE)
    }

    /// The behaviour of an object, and all that surrounds it.
    fn split<'a>(
        &'a mut self,
        key: Key,
        peer: Option<&'a Peer>,
        now: Instant,
    ) -> (Option<&'a mut (dyn Behaviour + 'static)>, Context<'a>) {
        let behaviour = self.behaviours.get_mut(&key).map(|behaviour| &mut **behaviour);
        let context = Context {
            now,
            peer,
            instance: key.0,
            clock: &mut self.clock,
            records: &mut self.records,
            open: &self.open,
            events: &mut self.events,
        };
        (behaviour, context)
    }

    /// Whether a client may put this value there: it must fit the class, and where the class leaves
    /// the type open, it must be of the type that the object has.
    fn fits(&self, key: Key, attribute: i8, data: &Data) -> bool {
        let Some(object) = self.objects.get(&key) else { return false };
        let Some(known) = object.class.attribute(attribute) else { return false };
        if known.schema.accepts_exactly(data).is_err() {
            return false;
        }
        let slot = object.slots.get(&attribute).filter(|_| known.schema.tag().is_none());
        let slot = slot.and_then(|slot| slot.as_octets().first().copied());
        slot.is_none_or(|tag| tag == data.tag().0)
    }

    /// Captures what is due, and logs what has happened.
    pub(crate) fn advance(&mut self, now: Instant) {
        if !self.running {
            self.running = true;
            self.events.push((EventCode::PowerUp, self.clock.show(now)));
        }
        self.settle(now);
    }

    /// Brings the profiles and the log up to date with what was done.
    fn settle(&mut self, now: Instant) {
        let utc = self.clock.seconds(now);
        let stepped = self.steps != self.clock.steps;
        self.steps = self.clock.steps;
        let instances: Vec<Obis> = self.records.keys().copied().collect();
        for instance in instances {
            let Some(record) = self.records.get_mut(&instance) else { continue };
            if stepped {
                record.clock_was_set(utc);
            }
            if std::mem::take(&mut record.wanted) {
                let due = record.due(&self.clock, utc);
                self.capture(instance, due, now);
            }
            while let Some(due) = self.next_due(instance, utc) {
                self.capture(instance, due, self.clock.instant(due.utc));
            }
        }
        self.log_events();
    }

    fn next_due(&mut self, instance: Obis, utc: i64) -> Option<Due> {
        self.records.get_mut(&instance)?.next_due(&self.clock, utc)
    }

    /// Reads the columns of a profile as they were at an instant, and appends the row.
    fn capture(&mut self, instance: Obis, due: Due, at: Instant) {
        let Some(record) = self.records.get(&instance) else { return };
        let columns = record.profile.columns.clone();
        if let Some(status) = record.profile.status {
            self.store(status, Encoded::from(due.status.into_data()));
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            let key = (column.instance, column.class);
            let value = self.read(key, column.attribute, None, None, at);
            let value = value.ok().and_then(|value| element(value, column.index));
            values.push(value.unwrap_or_else(|| Encoded::from(Data::Null)));
        }
        if let Some(record) = self.records.get_mut(&instance) {
            record.rows.push(&values);
        }
    }

    fn log_events(&mut self) {
        let events = std::mem::take(&mut self.events);
        let Some(EventLog { log, code }) = self.event_log else { return };
        for (event, time) in events {
            let number = Encoded::from(event::code(event));
            if let Some(record) = self.records.get_mut(&log) {
                record.rows.push(&[Encoded::from(time.into_data()), number.clone()]);
            }
            self.store(code, number);
        }
    }

    /// Puts a value into the second attribute of an object of class Data.
    fn store(&mut self, instance: Obis, value: Encoded) {
        if let Some(object) = self.objects.get_mut(&(instance, class::Data::CLASS.id)) {
            object.slots.insert(2, value);
        }
    }

    // Associations.

    pub(crate) fn opened(&mut self, peer: Peer) {
        let client = peer.association.client;
        let open = OpenAssociations { count: 0, newest: peer };
        let open = self.open.entry(client).or_insert(open);
        open.count += 1;
        open.newest = peer;
    }

    pub(crate) fn closed(&mut self, client: ClientAddress) {
        let Some(open) = self.open.get_mut(&client) else { return };
        open.count = open.count.saturating_sub(1);
        if open.count == 0 {
            self.open.remove(&client);
        }
    }

    pub(crate) fn refused(&mut self, now: Instant) {
        self.events.push((EventCode::LogInFailed, self.clock.show(now)));
        self.settle(now);
    }
}

/// The element of a value that a column captures; 0 is the whole value, the first element is 1.
fn element(value: Encoded, index: u16) -> Option<Encoded> {
    let Some(place) = usize::from(index).checked_sub(1) else { return Some(value) };
    value.to_data().elements().get(place).map(Encoded::from)
}
