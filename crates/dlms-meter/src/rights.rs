//! Who may do what: the rights of each client, and the one place that enforces them.
//!
//! Every attribute that is read or written and every method that is called for a client passes
//! [`Gate::check`]; there is no other way to an object. What is not granted is denied.

use std::collections::{BTreeMap, BTreeSet};

use cosem::class::{
    AccessRightV0, AccessSelectors, AttributeAccessItemV0, AttributeAccessModeV0,
    MethodAccessItemV0, ObjectListElementV0,
};
use cosem::{Array, Attribute, CosemType as _, Data, InterfaceClass, Method, Obis};
use dlms::apdu::{Conformance, DataAccessResult, Mechanism};
use dlms::association::{Authentication, ClientAddress, ServerAddress};
use dlms::security::Secret;

use crate::behaviour::Peer;
use crate::object::{BuildError, Draft};

/// How a client proves who it is, and what it may do then.
///
/// Every client may besides read its own association, the logical device name and the SAP
/// assignment.
#[derive(Clone, Debug)]
pub struct Access {
    pub(crate) authentication: Authentication,
    pub(crate) conformance: Option<Conformance>,
    grants: Vec<Grant>,
}

/// A class, an object, an attribute or method of it.
type Target = (u16, Obis, i8);

#[derive(Clone, Copy, Debug)]
enum Grant {
    ReadAll,
    ReadObject(u16, Obis),
    Read(Target),
    Write(Target),
    Call(Target),
}

impl Access {
    /// For a client that need not prove anything.
    #[must_use]
    pub const fn public() -> Self {
        Self { authentication: Authentication::None, conformance: None, grants: Vec::new() }
    }

    /// For a client that knows this password (low-level security: it is readable on the wire).
    #[must_use]
    pub fn low(password: &str) -> Self {
        Self { authentication: Authentication::Low(Secret::from(password)), ..Self::public() }
    }

    /// With these services and no others.
    #[must_use]
    pub const fn services(mut self, conformance: Conformance) -> Self {
        self.conformance = Some(conformance);
        self
    }

    /// May read every attribute of every object but secrets.
    #[must_use]
    pub fn read_all(self) -> Self {
        self.grant(Grant::ReadAll)
    }

    /// May read every attribute of an object but secrets.
    #[must_use]
    pub fn read_object<H: InterfaceClass>(self, object: H) -> Self {
        self.grant(Grant::ReadObject(H::CLASS.id, object.instance()))
    }

    /// May read an attribute.
    #[must_use]
    pub fn read<T>(self, attribute: Attribute<T>) -> Self {
        self.grant(Grant::Read(target(attribute)))
    }

    /// May write an attribute.
    #[must_use]
    pub fn write<T>(self, attribute: Attribute<T>) -> Self {
        self.grant(Grant::Write(target(attribute)))
    }

    /// May call a method.
    #[must_use]
    pub fn call<P, R>(self, method: Method<P, R>) -> Self {
        self.grant(Grant::Call((method.class_id(), method.instance(), method.index())))
    }

    /// The same as the server's machine wants it.
    pub(crate) fn for_server(
        &self,
        client: ClientAddress,
        server: ServerAddress,
    ) -> dlms::association::Access {
        let mut access =
            dlms::association::Access::new(client, server, self.authentication.clone());
        if let Some(conformance) = self.conformance {
            access.conformance = conformance;
        }
        access
    }

    fn grant(mut self, grant: Grant) -> Self {
        self.grants.push(grant);
        self
    }

    /// The rights that the grants come to on these objects.
    fn rights(&self, client: ClientAddress, drafts: &[Draft]) -> Result<Rights, BuildError> {
        let mut rights = Rights::default();
        for grant in &self.grants {
            match *grant {
                Grant::ReadAll => drafts.iter().for_each(|draft| rights.read_object(draft)),
                Grant::ReadObject(class, instance) => {
                    rights.read_object(named(client, drafts, class, instance)?);
                }
                Grant::Read((class, instance, attribute)) => {
                    let draft = named(client, drafts, class, instance)?;
                    if draft.secret.contains(&attribute) {
                        return Err(BuildError::Secret { client, instance, attribute });
                    }
                    rights.of(draft).read.insert(attribute);
                }
                Grant::Write((class, instance, attribute)) => {
                    let draft = named(client, drafts, class, instance)?;
                    if draft.metrological {
                        return Err(BuildError::Metrological { client, instance });
                    }
                    if draft.is_fixed(attribute) {
                        return Err(BuildError::Fixed { client, instance, attribute });
                    }
                    rights.of(draft).write.insert(attribute);
                }
                Grant::Call((class, instance, method)) => {
                    let draft = named(client, drafts, class, instance)?;
                    if draft.metrological {
                        return Err(BuildError::Metrological { client, instance });
                    }
                    rights.of(draft).call.insert(method);
                }
            }
        }
        Ok(rights)
    }
}

fn target<T>(attribute: Attribute<T>) -> Target {
    (attribute.class_id(), attribute.instance(), attribute.index())
}

fn named(
    client: ClientAddress,
    drafts: &[Draft],
    class: u16,
    instance: Obis,
) -> Result<&Draft, BuildError> {
    let found = drafts.iter().find(|draft| draft.class.id == class && draft.instance == instance);
    found.ok_or(BuildError::NoSuchObject { client, class, instance })
}

/// What a client wants to do with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Read(i8),
    Write(i8),
    Call(i8),
}

/// What one client may do with the objects of one logical device.
#[derive(Clone, Debug, Default)]
struct Rights(BTreeMap<(Obis, u16), ObjectRights>);

#[derive(Clone, Debug, Default)]
struct ObjectRights {
    read: BTreeSet<i8>,
    write: BTreeSet<i8>,
    call: BTreeSet<i8>,
}

impl Rights {
    fn of(&mut self, draft: &Draft) -> &mut ObjectRights {
        self.0.entry((draft.instance, draft.class.id)).or_default()
    }

    fn read_object(&mut self, draft: &Draft) {
        let readable = draft.class.attributes().map(|attribute| attribute.index);
        let readable = readable.filter(|index| !draft.secret.contains(index));
        self.of(draft).read.extend(readable);
    }
}

/// What no right can change.
#[derive(Clone, Debug)]
struct Protection {
    metrological: bool,
    fixed: BTreeSet<i8>,
}

#[derive(Clone, Debug)]
struct Client {
    mechanism: Mechanism,
    rights: Rights,
}

/// The one way to the objects of a logical device.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    objects: BTreeMap<Obis, BTreeMap<u16, Protection>>,
    clients: BTreeMap<ClientAddress, Client>,
}

impl Gate {
    /// The gate in front of these objects. `common` are those that every client may read.
    pub(crate) fn new(
        drafts: &[Draft],
        accesses: &[(ClientAddress, Access)],
        common: impl Fn(ClientAddress, Obis) -> bool,
    ) -> Result<Self, BuildError> {
        let mut objects: BTreeMap<Obis, BTreeMap<u16, Protection>> = BTreeMap::new();
        for draft in drafts {
            let fixed = draft.class.attributes().map(|attribute| attribute.index);
            let fixed = fixed.filter(|index| draft.is_fixed(*index)).collect();
            let protection = Protection { metrological: draft.metrological, fixed };
            objects.entry(draft.instance).or_default().insert(draft.class.id, protection);
        }
        let mut clients = BTreeMap::new();
        for (client, access) in accesses {
            let mut rights = access.rights(*client, drafts)?;
            for draft in drafts.iter().filter(|draft| common(*client, draft.instance)) {
                rights.read_object(draft);
            }
            let mechanism = access.authentication.mechanism();
            if clients.insert(*client, Client { mechanism, rights }).is_some() {
                return Err(BuildError::ClientTwice { client: *client });
            }
        }
        Ok(Self { objects, clients })
    }

    /// Whether the peer may do it; if not, the result code of both services.
    ///
    /// What is not there is told apart from what is not granted, as the access results of the
    /// standard do; an attribute or method that the class does not have is never granted.
    pub(crate) fn check(
        &self,
        peer: &Peer,
        class: u16,
        instance: Obis,
        operation: Operation,
    ) -> Result<(), DataAccessResult> {
        let classes = self.objects.get(&instance).ok_or(DataAccessResult::OBJECT_UNDEFINED)?;
        let protection = classes.get(&class).ok_or(DataAccessResult::OBJECT_CLASS_INCONSISTENT)?;
        let denied = DataAccessResult::READ_WRITE_DENIED;
        // A table of rights that says otherwise would be a mistake; the law of the meter holds.
        match operation {
            Operation::Write(_) | Operation::Call(_) if protection.metrological => {
                return Err(denied);
            }
            Operation::Write(attribute) if protection.fixed.contains(&attribute) => {
                return Err(denied);
            }
            _ => {}
        }
        let client = self.clients.get(&peer.association.client).ok_or(denied)?;
        if client.mechanism != peer.mechanism {
            return Err(denied);
        }
        let rights = client.rights.0.get(&(instance, class)).ok_or(denied)?;
        let granted = match operation {
            Operation::Read(attribute) => rights.read.contains(&attribute),
            Operation::Write(attribute) => rights.write.contains(&attribute),
            Operation::Call(method) => rights.call.contains(&method),
        };
        if granted { Ok(()) } else { Err(denied) }
    }

    /// The object_list of a client: every object on which it has a right, with all attributes and
    /// methods of the class and what it may do with each. Made from the table that is enforced.
    pub(crate) fn object_list(&self, client: ClientAddress, drafts: &[Draft]) -> Data {
        let Some(client) = self.clients.get(&client) else { return Data::Array(Vec::new()) };
        let mut elements = Vec::new();
        for draft in drafts {
            if let Some(rights) = client.rights.0.get(&(draft.instance, draft.class.id)) {
                elements.push(rights.object_list_element(draft));
            }
        }
        Array(elements).into_data()
    }
}

impl ObjectRights {
    fn object_list_element(&self, draft: &Draft) -> ObjectListElementV0 {
        let attribute = |index: i8| {
            let mode = match (self.read.contains(&index), self.write.contains(&index)) {
                (false, false) => AttributeAccessModeV0::NoAccess,
                (true, false) => AttributeAccessModeV0::ReadOnly,
                (false, true) => AttributeAccessModeV0::WriteOnly,
                (true, true) => AttributeAccessModeV0::ReadAndWrite,
            };
            let selectors = match draft.selectors.get(&index) {
                Some(selectors) => AccessSelectors::Some(Array(selectors.to_vec())),
                None => AccessSelectors::None,
            };
            AttributeAccessItemV0::new(index, mode, selectors)
        };
        let method = |index: i8| MethodAccessItemV0::new(index, self.call.contains(&index));
        let attributes = draft.class.attributes().map(|known| attribute(known.index)).collect();
        let methods = draft.class.methods().map(|known| method(known.index)).collect();
        ObjectListElementV0::new(
            draft.class.id,
            draft.class.version,
            draft.instance,
            AccessRightV0::new(attributes, methods),
        )
    }
}

#[cfg(test)]
mod tests {
    use cosem::class::Register;
    use cosem::{ScalerUnit, Unit, obis};
    use dlms::association::ServerAddress;

    use super::*;
    use crate::object::ObjectBuilder;

    /// The builder would refuse such rights; should a table of them ever come about otherwise, the
    /// gate holds on its own.
    #[test]
    fn no_table_of_rights_opens_a_metrological_object_or_a_fixed_attribute() {
        let register = |instance, metrological| {
            let unit = ScalerUnit { scaler: 0, unit: Unit::WATT_HOUR };
            let object = ObjectBuilder::new(Register::at(instance))
                .holds(Register::value, Data::Unsigned(0))
                .holds(Register::scaler_unit, unit);
            if metrological { object.metrological().into_draft() } else { object.into_draft() }
        };
        let (sealed, open) = (obis!("1-0:1.8.0"), obis!("1-0:2.8.0"));
        let drafts = [register(sealed, true), register(open, false)];
        let client = ClientAddress::PUBLIC;
        let accesses = [(client, Access::public().read_all())];
        let mut gate = Gate::new(&drafts, &accesses, |_, _| false).unwrap();
        for rights in gate.clients.get_mut(&client).unwrap().rights.0.values_mut() {
            rights.write.extend(1..=3);
            rights.call.insert(1);
        }
        let peer = Peer::new(client, ServerAddress::MANAGEMENT, Mechanism::LOWEST);
        let allowed = |instance, operation| gate.check(&peer, 3, instance, operation).is_ok();
        for operation in [Operation::Write(2), Operation::Write(3), Operation::Call(1)] {
            assert!(!allowed(sealed, operation), "{operation:?}");
            assert!(allowed(open, operation), "{operation:?}");
        }
        assert!(!allowed(open, Operation::Write(1)), "a logical name never changes");
        assert!(allowed(sealed, Operation::Read(2)));
    }
}
