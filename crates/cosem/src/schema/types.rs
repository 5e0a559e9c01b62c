//! The Rust types that are types of the object model as they are.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::{self, Vec};
use core::fmt;
use core::mem;
use core::ops::{Deref, DerefMut};
use core::slice;

use super::{
    CosemType, Enumeration, Flags, Label, Member, Schema, Shared, Structure, TypeMismatch,
};
use crate::{
    BitString, ClockStatus, CompactArrayBuf, Data, Date, DateTime, Obis, ScalerUnit, Tag, Time,
    Unit,
};

/// What a structure holds behind the members that its schema names.
pub type Surplus = Vec<Data>;

/// Elements of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array<T>(pub Vec<T>);

/// ASCII characters by the standard, kept as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisibleString(pub Vec<u8>);

/// UTF-8 characters by the standard, kept as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utf8String(pub Vec<u8>);

/// A number in the type enum whose meanings are not declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Enumerated(pub u8);

macro_rules! as_is {
    ($($type:ty = $tag:ident $variant:ident;)*) => {$(
        impl CosemType for $type {
            const SCHEMA: &'static Schema = &Schema::Type(Tag::$tag);

            fn from_data(data: Data) -> Result<Self, TypeMismatch> {
                match data {
                    Data::$variant(value) => Ok(value),
                    other => Err(TypeMismatch::new(Self::SCHEMA, &other)),
                }
            }

            fn into_data(self) -> Data {
                Data::$variant(self)
            }
        }
    )*};
}

as_is! {
    bool = BOOLEAN Boolean;
    i8 = INTEGER Integer;
    i16 = LONG Long;
    i32 = DOUBLE_LONG DoubleLong;
    i64 = LONG64 Long64;
    u8 = UNSIGNED Unsigned;
    u16 = LONG_UNSIGNED LongUnsigned;
    u32 = DOUBLE_LONG_UNSIGNED DoubleLongUnsigned;
    u64 = LONG64_UNSIGNED Long64Unsigned;
    f32 = FLOAT32 Float32;
    f64 = FLOAT64 Float64;
    Vec<u8> = OCTET_STRING OctetString;
}

macro_rules! wrapped {
    ($($type:ident = $tag:ident $variant:ident;)*) => {$(
        impl CosemType for $type {
            const SCHEMA: &'static Schema = &Schema::Type(Tag::$tag);

            fn from_data(data: Data) -> Result<Self, TypeMismatch> {
                match data {
                    Data::$variant(value) => Ok(Self(value)),
                    other => Err(TypeMismatch::new(Self::SCHEMA, &other)),
                }
            }

            fn into_data(self) -> Data {
                Data::$variant(self.0)
            }
        }
    )*};
}

wrapped! {
    VisibleString = VISIBLE_STRING VisibleString;
    Utf8String = UTF8_STRING Utf8String;
    Enumerated = ENUM Enum;
}

macro_rules! text {
    ($($type:ident)*) => {$(
        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.as_bytes().into())
            }
        }

        /// What is no UTF-8 is replaced.
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&String::from_utf8_lossy(&self.0))
            }
        }
    )*};
}

text! { VisibleString Utf8String }

impl From<u8> for Enumerated {
    fn from(number: u8) -> Self {
        Self(number)
    }
}

impl From<Enumerated> for u8 {
    fn from(Enumerated(number): Enumerated) -> Self {
        number
    }
}

/// Any data.
impl CosemType for Data {
    const SCHEMA: &'static Schema = &Schema::Any;

    fn from_data(data: Data) -> Result<Self, TypeMismatch> {
        Ok(data)
    }

    fn into_data(self) -> Data {
        self
    }
}

/// The result of a method that has none. A meter that returns something all the same has carried
/// the call out, so what it returns is not looked at.
impl CosemType for () {
    const SCHEMA: &'static Schema = &Schema::Type(Tag::NULL_DATA);

    fn from_data(_: Data) -> Result<Self, TypeMismatch> {
        Ok(())
    }

    fn into_data(self) -> Data {
        Data::Null
    }
}

macro_rules! boxed {
    ($($type:ident = $tag:ident $variant:ident;)*) => {$(
        impl CosemType for $type {
            const SCHEMA: &'static Schema = &Schema::Type(Tag::$tag);

            fn from_data(data: Data) -> Result<Self, TypeMismatch> {
                match data {
                    Data::$variant(value) => Ok(*value),
                    other => Err(TypeMismatch::new(Self::SCHEMA, &other)),
                }
            }

            fn into_data(self) -> Data {
                Data::$variant(Box::new(self))
            }
        }
    )*};
}

boxed! {
    BitString = BIT_STRING BitString;
    CompactArrayBuf = COMPACT_ARRAY CompactArray;
}

/// An octet-string of so many octets.
impl<const N: usize> CosemType for [u8; N] {
    const SCHEMA: &'static Schema = &Schema::Sized { tag: Tag::OCTET_STRING, min: N, max: N };

    fn from_data(data: Data) -> Result<Self, TypeMismatch> {
        octets(&data).ok_or_else(|| TypeMismatch::new(Self::SCHEMA, &data))
    }

    fn into_data(self) -> Data {
        Data::OctetString(self.into())
    }
}

fn octets<const N: usize>(data: &Data) -> Option<[u8; N]> {
    match data {
        Data::OctetString(octets) => octets.as_slice().try_into().ok(),
        _ => None,
    }
}

/// An octet-string of six octets.
impl CosemType for Obis {
    const SCHEMA: &'static Schema = <[u8; 6]>::SCHEMA;

    fn from_data(data: Data) -> Result<Self, TypeMismatch> {
        <[u8; 6]>::from_data(data).map(Self)
    }

    fn into_data(self) -> Data {
        self.0.into_data()
    }
}

macro_rules! times {
    ($($type:ident)*) => {$(
        /// Read from both forms, written as the octet-string, which is the usual one.
        impl CosemType for $type {
            const SCHEMA: &'static Schema = &Schema::$type;

            fn from_data(data: Data) -> Result<Self, TypeMismatch> {
                match data {
                    Data::$type(value) => Ok(value),
                    other => match octets(&other) {
                        Some(octets) => Ok(Self(octets)),
                        None => Err(TypeMismatch::new(Self::SCHEMA, &other)),
                    },
                }
            }

            fn into_data(self) -> Data {
                Data::OctetString(self.0.into())
            }
        }
    )*};
}

times! { DateTime Date Time }

impl CosemType for Unit {
    const SCHEMA: &'static Schema = {
        const LABELS: &[Label] = &unit_labels();
        const UNIT: &Enumeration =
            &Enumeration::borrowed("Unit", "What is counted.", Tag::ENUM, LABELS);
        &Schema::Enumeration(Shared::Borrowed(UNIT))
    };

    fn from_data(data: Data) -> Result<Self, TypeMismatch> {
        match data {
            Data::Enum(number) => Ok(Self(number)),
            other => Err(TypeMismatch::new(Self::SCHEMA, &other)),
        }
    }

    fn into_data(self) -> Data {
        Data::Enum(self.0)
    }
}

/// The table of units as labels: symbol, and the unit in words.
#[allow(clippy::indexing_slicing, reason = "bounded by the loop, and const")]
const fn unit_labels() -> [Label; Unit::ALL.len()] {
    let mut labels = [const { Label::borrowed(0, "", "") }; Unit::ALL.len()];
    let mut at = 0;
    while at < Unit::ALL.len() {
        let unit = Unit::ALL[at];
        if let (Some(symbol), Some(name)) = (unit.symbol(), unit.name()) {
            let label = Label::borrowed(unit.0 as i64, symbol, name);
            // An assignment would drop the empty label, which a constant must not.
            mem::forget(mem::replace(&mut labels[at], label));
        }
        at += 1;
    }
    labels
}

/// Has no room for surplus members, so a structure with more than two is refused, not cut.
impl CosemType for ScalerUnit {
    const SCHEMA: &'static Schema = {
        const MEMBERS: &[Member] = &[
            Member::borrowed("scaler", "The power of ten.", i8::SCHEMA),
            Member::borrowed("unit", "What is counted.", Unit::SCHEMA),
        ];
        const STRUCTURE: &Structure =
            &Structure::borrowed("ScalerUnit", "A power of ten and a unit.", MEMBERS);
        &Schema::Structure(Shared::Borrowed(STRUCTURE))
    };

    fn from_data(data: Data) -> Result<Self, TypeMismatch> {
        if data.elements().len() > 2 {
            return Err(TypeMismatch::new(Self::SCHEMA, &data));
        }
        let mut members = Members::open(data, Self::SCHEMA)?;
        Ok(Self { scaler: members.take()?, unit: members.take()? })
    }

    fn into_data(self) -> Data {
        Data::Structure([self.scaler.into_data(), self.unit.into_data()].into())
    }
}

/// The status of attribute 4 of a clock: the octet that ends a date-time, as unsigned.
impl CosemType for ClockStatus {
    const SCHEMA: &'static Schema = {
        const LABELS: &[Label] = &[
            Label::borrowed(0, "invalid_value", "The time could not be recovered."),
            Label::borrowed(1, "doubtful_value", "Recovered; its accuracy is not known."),
            Label::borrowed(2, "different_clock_base", "Another base than clock_base says."),
            Label::borrowed(3, "invalid_clock_status", "Some of these bits are wrong."),
            Label::borrowed(7, "daylight_saving_active", "The time contains the shift."),
        ];
        const STATUS: &Flags =
            &Flags::borrowed("ClockStatus", "How good a time is.", Tag::UNSIGNED, 8, LABELS);
        &Schema::Flags(Shared::Borrowed(STATUS))
    };

    fn from_data(data: Data) -> Result<Self, TypeMismatch> {
        match data {
            Data::Unsigned(number) => Ok(Self(number)),
            other => Err(TypeMismatch::new(Self::SCHEMA, &other)),
        }
    }

    fn into_data(self) -> Data {
        Data::Unsigned(self.0)
    }
}

impl<T: CosemType> CosemType for Array<T> {
    const SCHEMA: &'static Schema = &Schema::Array(Shared::Borrowed(T::SCHEMA));

    fn from_data(data: Data) -> Result<Self, TypeMismatch> {
        let Data::Array(elements) = data else {
            return Err(TypeMismatch::new(Self::SCHEMA, &data));
        };
        let elements = elements.into_iter().enumerate();
        elements
            .map(|(index, data)| T::from_data(data).map_err(|error| error.in_element(index)))
            .collect()
    }

    fn into_data(self) -> Data {
        Data::Array(self.0.into_iter().map(T::into_data).collect())
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Array<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(elements: Vec<T>) -> Self {
        Self(elements)
    }
}

impl<T> FromIterator<T> for Array<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(elements.into_iter().collect())
    }
}

impl<T> IntoIterator for Array<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Array<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The members of a structure, taken in order by what [`structure!`](crate::structure) declares.
#[derive(Debug)]
pub struct Members {
    names: slice::Iter<'static, Member>,
    values: vec::IntoIter<Data>,
}

impl Members {
    /// The members of a tree that must be a structure with at least those that the schema names.
    ///
    /// # Errors
    /// [`TypeMismatch`]: no structure, or too few members.
    pub fn open(data: Data, schema: &'static Schema) -> Result<Self, TypeMismatch> {
        match (data, schema) {
            (Data::Structure(values), Schema::Structure(structure))
                if values.len() >= structure.members.len() =>
            {
                Ok(Self { names: structure.members.iter(), values: values.into_iter() })
            }
            (other, _) => Err(TypeMismatch::new(schema, &other)),
        }
    }

    /// The next member.
    ///
    /// # Errors
    /// [`TypeMismatch`]: it is of another type; the path names it.
    pub fn take<T: CosemType>(&mut self) -> Result<T, TypeMismatch> {
        let name = self.names.next().map_or("", |member| &member.name);
        let value = self.values.next().unwrap_or_default();
        T::from_data(value).map_err(|error| error.in_member(name))
    }

    /// The next member, whose schema says more than its Rust type.
    ///
    /// # Errors
    /// [`TypeMismatch`]: it is of another type; the path names it.
    pub fn take_as<T: CosemType>(&mut self, schema: &Schema) -> Result<T, TypeMismatch> {
        let name = self.names.clone().next().map_or("", |member| &member.name);
        if let Some(value) = self.values.as_slice().first() {
            schema.accepts(value).map_err(|error| error.in_member(name))?;
        }
        self.take()
    }

    /// What follows the members that the schema names.
    #[must_use]
    pub fn surplus(self) -> Surplus {
        self.values.collect()
    }
}
