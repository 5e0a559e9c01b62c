//! What a class is called, holds and can do.

use alloc::borrow::Cow;

use crate::Obis;
use crate::schema::{CosemType, Schema, Shared};

/// A version of an interface class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassDescriptor {
    /// class_id.
    pub id: u16,
    /// Its version.
    pub version: u8,
    /// The standard's name, such as `Extended register`.
    pub name: Cow<'static, str>,
    /// What objects of it are for, in a line.
    pub doc: Cow<'static, str>,
    /// Where the declaration comes from.
    pub source: Cow<'static, str>,
    /// The version to which this one only adds.
    pub extends: Option<Shared<Self>>,
    /// The attributes that this version adds, ascending by index. Attribute 1, logical_name, is that
    /// of every class and not listed.
    pub own_attributes: Cow<'static, [ClassAttribute]>,
    /// The methods that this version adds, ascending by index.
    pub own_methods: Cow<'static, [ClassMethod]>,
}

/// An attribute of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassAttribute {
    /// Its index; logical_name is 1.
    pub index: i8,
    /// How far its short name lies above the base name of the object, where that is known.
    pub short_name_offset: Option<u16>,
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it holds, in a line; may be empty.
    pub doc: Cow<'static, str>,
    /// Its type.
    pub schema: Shared<Schema>,
}

/// A method of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassMethod {
    /// Its index.
    pub index: i8,
    /// How far its short name lies above the base name of the object, where that is known.
    pub short_name_offset: Option<u16>,
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it does, in a line; may be empty.
    pub doc: Cow<'static, str>,
    /// The type of its parameter.
    pub parameter: Shared<Schema>,
    /// The type of its result; `None` for a method without one.
    pub result: Option<Shared<Schema>>,
}

/// The attribute that every class has.
static LOGICAL_NAME: ClassAttribute =
    ClassAttribute::borrowed(1, Some(0), "logical_name", "The name of the object.", Obis::SCHEMA);

impl ClassDescriptor {
    /// A class declared in Rust; `identity` is its class_id and version.
    #[must_use]
    pub const fn borrowed(
        identity: (u16, u8),
        name: &'static str,
        doc: &'static str,
        source: &'static str,
        extends: Option<&'static Self>,
        own_attributes: &'static [ClassAttribute],
        own_methods: &'static [ClassMethod],
    ) -> Self {
        Self {
            id: identity.0,
            version: identity.1,
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            source: Cow::Borrowed(source),
            extends: match extends {
                Some(class) => Some(Shared::Borrowed(class)),
                None => None,
            },
            own_attributes: Cow::Borrowed(own_attributes),
            own_methods: Cow::Borrowed(own_methods),
        }
    }

    /// All attributes: logical_name, then those of the extended versions, the oldest first.
    pub fn attributes(&self) -> impl Iterator<Item = &ClassAttribute> {
        let own = self.lineage().flat_map(|class| class.own_attributes.iter());
        core::iter::once(&LOGICAL_NAME).chain(own)
    }

    /// All methods, those of the extended versions first.
    pub fn methods(&self) -> impl Iterator<Item = &ClassMethod> {
        self.lineage().flat_map(|class| class.own_methods.iter())
    }

    /// The attribute with this index.
    #[must_use]
    pub fn attribute(&self, index: i8) -> Option<&ClassAttribute> {
        self.attributes().find(|attribute| attribute.index == index)
    }

    /// The attribute with this name.
    #[must_use]
    pub fn attribute_named(&self, name: &str) -> Option<&ClassAttribute> {
        self.attributes().find(|attribute| attribute.name == name)
    }

    /// The method with this index.
    #[must_use]
    pub fn method(&self, index: i8) -> Option<&ClassMethod> {
        self.methods().find(|method| method.index == index)
    }

    /// The method with this name.
    #[must_use]
    pub fn method_named(&self, name: &str) -> Option<&ClassMethod> {
        self.methods().find(|method| method.name == name)
    }

    /// The versions that this one stands on, the oldest first, and itself.
    fn lineage(&self) -> impl Iterator<Item = &Self> {
        let depth = self.ancestors().count();
        (0..depth).rev().filter_map(|n| self.ancestors().nth(n))
    }

    /// Itself, the version that it extends, and so on.
    fn ancestors(&self) -> impl Iterator<Item = &Self> {
        core::iter::successors(Some(self), |class| class.extends.as_deref())
    }
}

impl ClassAttribute {
    /// An attribute declared in Rust.
    #[must_use]
    pub const fn borrowed(
        index: i8,
        short_name_offset: Option<u16>,
        name: &'static str,
        doc: &'static str,
        schema: &'static Schema,
    ) -> Self {
        Self {
            index,
            short_name_offset,
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            schema: Shared::Borrowed(schema),
        }
    }
}

impl ClassMethod {
    /// A method declared in Rust.
    #[must_use]
    pub const fn borrowed(
        index: i8,
        short_name_offset: Option<u16>,
        name: &'static str,
        doc: &'static str,
        parameter: &'static Schema,
        result: Option<&'static Schema>,
    ) -> Self {
        Self {
            index,
            short_name_offset,
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            parameter: Shared::Borrowed(parameter),
            result: match result {
                Some(schema) => Some(Shared::Borrowed(schema)),
                None => None,
            },
        }
    }
}
