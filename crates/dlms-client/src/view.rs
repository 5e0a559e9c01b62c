//! The association view: which objects there are, and what this client may do with them.

use cosem::{Flat, Item, Obis, Value};

/// An object of the meter, as the association shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEntry {
    /// The interface class.
    pub class: u16,
    /// The class's version.
    pub version: u8,
    /// The logical name.
    pub instance: Obis,
    /// The attributes that are listed, with their access mode as sent: an enumeration up to version
    /// 2 of the association class, a bit mask from version 3 on.
    pub attributes: Vec<AccessRight>,
    /// The methods that are listed, likewise.
    pub methods: Vec<AccessRight>,
}

/// The right to an attribute or a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessRight {
    /// The attribute's or method's index.
    pub index: i8,
    /// The access mode as sent.
    pub mode: u8,
}

impl AccessRight {
    /// Whether an attribute may be read without protection, by the modes of association versions 0
    /// to 2: 1 read-only, 3 read-and-write.
    #[must_use]
    pub const fn may_read(self) -> bool {
        matches!(self.mode, 1 | 3)
    }

    /// Whether an attribute may be written without protection: 2 write-only, 3 read-and-write.
    #[must_use]
    pub const fn may_write(self) -> bool {
        matches!(self.mode, 2 | 3)
    }
}

impl ObjectEntry {
    /// The elements of an object_list. Rights that cannot be read are left out: a few meters send
    /// none, and their objects are there all the same.
    pub(crate) fn list(list: &Flat) -> Result<Vec<Self>, String> {
        let Value::Array(_) = list.root().value() else {
            return Err(format!("the object list is {} instead of array", list.root().tag()));
        };
        list.root().items().enumerate().map(|(index, item)| Self::from_item(index, item)).collect()
    }

    fn from_item(index: usize, item: Item<'_>) -> Result<Self, String> {
        let mut members = item.items();
        let mut number = || members.next().and_then(|member| member.value().as_integer());
        let class = number().and_then(|class| u16::try_from(class).ok());
        let version = number().and_then(|version| u8::try_from(version).ok());
        let instance = members.next().and_then(|member| member.value().as_octets());
        let instance = instance.and_then(|octets| octets.try_into().ok()).map(Obis);
        let (Some(class), Some(version), Some(instance)) = (class, version, instance) else {
            return Err(format!("element {index} of the object list names no object"));
        };
        let rights = members.next();
        let right_list = |place| rights.and_then(|rights: Item<'_>| rights.item(place));
        Ok(Self {
            class,
            version,
            instance,
            attributes: right_list(0).map_or_else(Vec::new, access_rights),
            methods: right_list(1).map_or_else(Vec::new, access_rights),
        })
    }

    /// The right to an attribute; `None` when it is not listed.
    #[must_use]
    pub fn attribute(&self, index: i8) -> Option<AccessRight> {
        self.attributes.iter().find(|right| right.index == index).copied()
    }
}

fn access_rights(list: Item<'_>) -> Vec<AccessRight> {
    let right = |item: Item<'_>| {
        let index = item.item(0)?.value().as_integer()?;
        // Version 0 says with a boolean whether a method may be called.
        let mode = match item.item(1)?.value() {
            Value::Boolean(allowed) => u8::from(allowed),
            other => u8::try_from(other.as_integer()?).ok()?,
        };
        Some(AccessRight { index: i8::try_from(index).ok()?, mode })
    };
    list.items().filter_map(right).collect()
}
