//! Interface classes: what objects hold and can do (IEC 62056-6-2, the Blue Book).
//!
//! Data written in Rust syntax, one declaration for each class and version, one file for each
//! chapter. A declaration yields a handle whose functions name the attributes and methods with
//! their types, and a [`ClassDescriptor`] that says the same to programs. [`ALL`] holds every
//! descriptor. The newest version of a class bears its plain name, an older one ends in its number:
//! `AssociationLn` is version 3, `AssociationLnV1` version 1.
//!
//! ```
//! use cosem::class::{self, Register};
//! use cosem::{Attribute, Data, ScalerUnit, obis};
//! let import = Register::at(obis!("1-0:1.8.0"));
//! let value: Attribute<Data> = import.value();
//! let unit: Attribute<ScalerUnit> = import.scaler_unit();
//! assert_eq!((value.class_id(), value.index(), unit.index()), (3, 2, 3));
//!
//! let class = class::newest(3).unwrap();
//! assert_eq!(class.attribute(3).unwrap().name, "scaler_unit");
//! assert_eq!(class.method_named("reset").unwrap().short_name_offset, Some(40));
//! ```
//!
//! A class of one's own is declared in the same way:
//!
//! ```
//! use cosem::{interface_class, obis};
//! interface_class! {
//!     /// Counts door openings.
//!     Door "Door" = 32_768, version 0, source "manual of the door" {
//!         /// How often it was opened.
//!         2 @ 8 openings: u32;
//!         methods {
//!             /// Opens it for so many seconds, says how often it has been opened.
//!             1 @ 16 open(u16) -> u32;
//!         }
//!     }
//! }
//! let door = Door::at(obis!("0-0:96.128.0"));
//! assert_eq!(door.openings().index(), 2);
//! assert_eq!(Door::CLASS.method(1).unwrap().result.as_ref().unwrap().to_string(), "double-long-unsigned");
//! ```

mod access;
mod descriptor;
mod macros;
mod reference;
mod storage;
mod time;

pub use access::{
    AccessRight, AccessRightV0, AccessRightV1, AccessSelectors, ApplicationContextName,
    ApplicationContextNameArcs, AssignmentElement, AssociatedPartners, AssociationLn,
    AssociationLnV0, AssociationLnV1, AssociationLnV2, AssociationStatus, AttributeAccessItem,
    AttributeAccessItemV0, AttributeAccessItemV1, AttributeAccessMode, AttributeAccessModeV0,
    AttributeAccessModeV1, MechanismName, MechanismNameArcs, MethodAccessItem, MethodAccessItemV0,
    MethodAccessItemV1, MethodAccessMode, MethodAccessModeV1, ObjectListElement,
    ObjectListElementV0, ObjectListElementV1, SapAssignment, UserListEntry, XdlmsContext,
};
pub use descriptor::{ClassAttribute, ClassDescriptor, ClassMethod};
pub use reference::{Attribute, InterfaceClass, Method};
pub use storage::{
    Buffer, CaptureObject, Data, EntryDescriptor, ExtendedRegister, ProfileGeneric,
    RangeDescriptor, Register, SortMethod,
};
pub use time::{
    ActionSpecification, Clock, ClockBase, ClockPresetTime, ControlMode, ControlState,
    DisconnectControl, DisconnectControlV0, Script, ScriptServiceId, ScriptTable,
};

/// Every class and version that is declared here, ascending by class and version.
pub static ALL: &[&ClassDescriptor] = &[
    Data::CLASS,
    Register::CLASS,
    ExtendedRegister::CLASS,
    ProfileGeneric::CLASS,
    Clock::CLASS,
    ScriptTable::CLASS,
    AssociationLnV0::CLASS,
    AssociationLnV1::CLASS,
    AssociationLnV2::CLASS,
    AssociationLn::CLASS,
    SapAssignment::CLASS,
    DisconnectControlV0::CLASS,
    DisconnectControl::CLASS,
];

/// The class with this version; `None` when it is not declared here.
#[must_use]
pub fn find(id: u16, version: u8) -> Option<&'static ClassDescriptor> {
    let at = ALL.binary_search_by_key(&(id, version), |class| (class.id, class.version)).ok()?;
    ALL.get(at).copied()
}

/// The newest version of a class; `None` when none is declared here.
#[must_use]
pub fn newest(id: u16) -> Option<&'static ClassDescriptor> {
    let end = ALL.partition_point(|class| class.id <= id);
    let last = ALL.get(end.checked_sub(1)?)?;
    (last.id == id).then_some(*last)
}
