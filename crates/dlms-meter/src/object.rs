//! Objects as a meter maker describes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cosem::class::{ClassDescriptor, Clock, ProfileGeneric, SortMethod};
use cosem::{Attribute, CosemType, Data, InterfaceClass, Method, Obis, TypeMismatch};
use dlms::apdu::{ActionResult, DataAccessResult};
use dlms::association::{ClientAddress, ServerAddress};

use crate::behaviour::{Behaviour, Closures, Context};
use crate::class::ClockBehaviour;
use crate::profile::{Profile, ProfileBehaviour};
use crate::selection::Column;
use crate::timekeeping::ClockRules;

/// Describes an object of the class whose handle is `H`.
///
/// ```
/// use cosem::class::Register;
/// use cosem::{Data, ScalerUnit, Unit, obis};
/// use dlms_meter::Meter;
/// let meter = Meter::new("ABC0000000012345")
///     .with(Register::at(obis!("1-0:1.8.0")), |register| {
///         register
///             .holds(Register::value, Data::DoubleLongUnsigned(12_345))
///             .holds(Register::scaler_unit, ScalerUnit { scaler: -1, unit: Unit::WATT_HOUR })
///             .metrological()
///     })
///     .build()?;
/// # Ok::<(), dlms_meter::BuildError>(())
/// ```
#[must_use = "an object that is not handed back is not in the meter"]
pub struct ObjectBuilder<H> {
    handle: H,
    draft: Draft,
    closures: Closures,
}

impl<H: InterfaceClass> ObjectBuilder<H> {
    pub(crate) fn new(handle: H) -> Self {
        let mut draft = Draft::new(H::CLASS, handle.instance());
        draft.slots.insert(1, Data::from(handle.instance()));
        Self { handle, draft, closures: Closures::default() }
    }

    /// The attribute holds this value, until it is written.
    pub fn holds<T: CosemType>(
        mut self,
        attribute: impl FnOnce(H) -> Attribute<T>,
        value: T,
    ) -> Self {
        let index = attribute(self.handle).index();
        self.draft.slots.insert(index, value.into_data());
        self
    }

    /// The attribute's value is asked for each time that it is read.
    pub fn reads<T: CosemType>(
        mut self,
        attribute: impl FnOnce(H) -> Attribute<T>,
        mut read: impl FnMut(&mut Context<'_>) -> T + Send + 'static,
    ) -> Self {
        let index = attribute(self.handle).index();
        self.closures.reads.insert(index, Box::new(move |context| read(context).into_data()));
        self
    }

    /// A written value is handed over instead of being stored.
    pub fn writes<T: CosemType>(
        mut self,
        attribute: impl FnOnce(H) -> Attribute<T>,
        mut write: impl FnMut(T, &mut Context<'_>) -> Result<(), DataAccessResult> + Send + 'static,
    ) -> Self {
        let index = attribute(self.handle).index();
        let write = move |data, context: &mut Context<'_>| {
            let value = T::from_data(data).map_err(|_| DataAccessResult::TYPE_UNMATCHED)?;
            write(value, context)
        };
        self.closures.writes.insert(index, Box::new(write));
        self
    }

    /// The method does this.
    pub fn calls<P: CosemType, R: CosemType>(
        mut self,
        method: impl FnOnce(H) -> Method<P, R>,
        mut call: impl FnMut(P, &mut Context<'_>) -> Result<R, ActionResult> + Send + 'static,
    ) -> Self {
        let index = method(self.handle).index();
        let call = move |data, context: &mut Context<'_>| {
            let parameter = P::from_data(data).map_err(|_| ActionResult::TYPE_UNMATCHED)?;
            let result = call(parameter, context)?.into_data();
            Ok((result != Data::Null).then_some(result))
        };
        self.closures.calls.insert(index, Box::new(call));
        self
    }

    /// The object does what this behaviour does. Closures given beside it are not asked.
    pub fn behaves(mut self, behaviour: impl Behaviour + 'static) -> Self {
        self.draft.behaviour = Some(Box::new(behaviour));
        self
    }

    /// No client may write an attribute or call a method of the object, whatever its rights: a
    /// right that says otherwise is refused when the meter is built.
    pub fn metrological(mut self) -> Self {
        self.draft.metrological = true;
        self
    }

    pub(crate) fn secret<T>(mut self, attribute: impl FnOnce(H) -> Attribute<T>) -> Self {
        let index = attribute(self.handle).index();
        self.draft.secret.insert(index);
        self.draft.fixed.insert(index);
        self
    }

    /// The attributes cannot be written: nothing would come of it.
    pub(crate) fn fixed(mut self, attributes: impl IntoIterator<Item = i8>) -> Self {
        self.draft.fixed.extend(attributes);
        self
    }

    pub(crate) fn into_draft(mut self) -> Draft {
        if self.draft.behaviour.is_none() && !self.closures.is_empty() {
            self.draft.behaviour = Some(Box::new(self.closures));
        }
        self.draft
    }
}

impl ObjectBuilder<Clock> {
    /// The clock runs, by these rules; it is the clock of its logical device.
    pub fn runs(mut self, rules: ClockRules) -> Self {
        self.draft.clock = Some(rules);
        let computed = [Clock::status(self.handle).index(), Clock::clock_base(self.handle).index()];
        self.behaves(ClockBehaviour).fixed(computed)
    }
}

impl ObjectBuilder<ProfileGeneric> {
    /// The buffer is filled as the profile says.
    pub fn captures(mut self, profile: Profile) -> Self {
        let columns = profile.columns.iter().map(|column| column.to_data()).collect();
        // In order of arrival no column decides.
        let sort_object = Column::new(0, Obis([0; 6]), 0);
        let slots = [
            (3, Data::Array(columns)),
            (4, Data::DoubleLongUnsigned(profile.period)),
            (5, SortMethod::Fifo.into_data()),
            (6, sort_object.to_data()),
            (8, Data::DoubleLongUnsigned(profile.entries)),
        ];
        self.draft.slots.extend(slots);
        self.draft.selectors.insert(2, &[1, 2]);
        self.draft.profile = Some(profile);
        self.behaves(ProfileBehaviour).fixed(2..=8)
    }

    /// The buffer holds the events of the logical device: when, and which. `code` is the object of
    /// class Data that holds the code of the last one.
    pub fn logs_events(mut self, entries: u32, clock: Clock, code: cosem::class::Data) -> Self {
        let columns = vec![
            Column::new(Clock::CLASS.id, clock.instance(), 2),
            Column::new(cosem::class::Data::CLASS.id, code.instance(), 2),
        ];
        self.draft.event_code = Some(code.instance());
        self.captures(Profile::on_demand(entries, columns))
    }
}

impl<H> fmt::Debug for ObjectBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObjectBuilder").field(&self.draft.instance).finish()
    }
}

/// An object of whatever class, before the meter is built.
pub(crate) struct Draft {
    pub(crate) class: &'static ClassDescriptor,
    pub(crate) instance: Obis,
    pub(crate) slots: BTreeMap<i8, Data>,
    pub(crate) behaviour: Option<Box<dyn Behaviour>>,
    pub(crate) metrological: bool,
    /// Attributes that nobody may write.
    pub(crate) fixed: BTreeSet<i8>,
    /// Attributes that nobody may read.
    pub(crate) secret: BTreeSet<i8>,
    /// The selectors of attributes with selective access.
    pub(crate) selectors: BTreeMap<i8, &'static [i8]>,
    pub(crate) clock: Option<ClockRules>,
    pub(crate) profile: Option<Profile>,
    /// The object that holds the last event, when this one is the event log.
    pub(crate) event_code: Option<Obis>,
}

impl Draft {
    fn new(class: &'static ClassDescriptor, instance: Obis) -> Self {
        Self {
            class,
            instance,
            slots: BTreeMap::new(),
            behaviour: None,
            metrological: false,
            fixed: BTreeSet::new(),
            secret: BTreeSet::new(),
            selectors: BTreeMap::new(),
            clock: None,
            profile: None,
            event_code: None,
        }
    }

    /// Whether nobody may write the attribute. The logical name is what the object is.
    pub(crate) fn is_fixed(&self, attribute: i8) -> bool {
        attribute == 1 || self.fixed.contains(&attribute)
    }

    /// Whether every value fits the class and every attribute has a value.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let instance = self.instance;
        for (attribute, value) in &self.slots {
            let Some(known) = self.class.attribute(*attribute) else { continue };
            known.schema.accepts(value).map_err(|mismatch| BuildError::Value {
                instance,
                attribute: *attribute,
                mismatch,
            })?;
        }
        if self.behaviour.is_some() {
            return Ok(());
        }
        let missing = self.class.attributes().find(|known| {
            !self.slots.contains_key(&known.index) && !self.secret.contains(&known.index)
        });
        match missing {
            Some(known) => Err(BuildError::NoValue {
                instance,
                attribute: known.index,
                name: known.name.to_string(),
            }),
            None => Ok(()),
        }
    }
}

/// Why a meter cannot be built as described.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A value of another type than the class says.
    Value {
        /// The object.
        instance: Obis,
        /// The attribute.
        attribute: i8,
        /// What is wrong.
        mismatch: TypeMismatch,
    },
    /// An attribute without a value and without a behaviour that could give one.
    NoValue {
        /// The object.
        instance: Obis,
        /// The attribute.
        attribute: i8,
        /// Its name.
        name: String,
    },
    /// Two objects of the same class and logical name.
    ObjectTwice {
        /// The object.
        instance: Obis,
    },
    /// A client that was allowed twice.
    ClientTwice {
        /// The client.
        client: ClientAddress,
    },
    /// Two logical devices with the same address.
    DeviceTwice {
        /// The address.
        server: ServerAddress,
    },
    /// A right on an object that the logical device does not have.
    NoSuchObject {
        /// The client.
        client: ClientAddress,
        /// The class.
        class: u16,
        /// The object.
        instance: Obis,
    },
    /// A right to change a metrological object.
    Metrological {
        /// The client.
        client: ClientAddress,
        /// The object.
        instance: Obis,
    },
    /// A right to write an attribute that follows from others or never changes.
    Fixed {
        /// The client.
        client: ClientAddress,
        /// The object.
        instance: Obis,
        /// The attribute.
        attribute: i8,
    },
    /// A right to read a secret.
    Secret {
        /// The client.
        client: ClientAddress,
        /// The object.
        instance: Obis,
        /// The attribute.
        attribute: i8,
    },
    /// A logical device name that is empty or longer than 16 octets.
    Name {
        /// The name.
        name: String,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { instance, attribute, mismatch } => {
                write!(f, "{instance}, attribute {attribute}: {mismatch}")
            }
            Self::NoValue { instance, attribute, name } => write!(
                f,
                "{instance}, attribute {attribute} ({name}) has no value: give it one with \
                 `holds` or `reads`"
            ),
            Self::ObjectTwice { instance } => {
                write!(f, "{instance} is there twice with the same class")
            }
            Self::ClientTwice { client } => {
                write!(f, "client {client} is allowed twice: put all its rights into one `allow`")
            }
            Self::DeviceTwice { server } => {
                write!(f, "there are two logical devices with the address {server}")
            }
            Self::NoSuchObject { client, class, instance } => write!(
                f,
                "client {client} has a right on {instance} of class {class}, which the logical \
                 device does not have"
            ),
            Self::Metrological { client, instance } => write!(
                f,
                "client {client} has a right to change {instance}, which is metrological: no \
                 client may"
            ),
            Self::Fixed { client, instance, attribute } => write!(
                f,
                "client {client} has a right to write attribute {attribute} of {instance}, which \
                 cannot be written"
            ),
            Self::Secret { client, instance, attribute } => write!(
                f,
                "client {client} has a right to read attribute {attribute} of {instance}, which \
                 is secret"
            ),
            Self::Name { name } => write!(
                f,
                "the logical device name {name:?} must have 1 to 16 octets, the first three of \
                 them the maker's letters"
            ),
        }
    }
}

impl std::error::Error for BuildError {}
