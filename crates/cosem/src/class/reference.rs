//! References to attributes and methods of objects, with the type of what they hold.

use core::fmt;
use core::marker::PhantomData;

use super::ClassDescriptor;
use crate::{Data, Obis};

/// The handle of an object, as [`interface_class!`](crate::interface_class) declares it.
pub trait InterfaceClass: Copy {
    /// What the class is called, holds and can do.
    const CLASS: &'static ClassDescriptor;

    /// The object with this logical name.
    fn at(instance: Obis) -> Self;

    /// The object's logical name.
    fn instance(self) -> Obis;
}

/// An attribute of an object that holds a `T`.
///
/// ```
/// use cosem::{Attribute, Data, obis};
/// // What no class here declares is reached untyped.
/// let attribute = Attribute::<Data>::raw(32_768, obis!("0-0:96.128.0"), 2);
/// assert_eq!(attribute.index(), 2);
/// ```
pub struct Attribute<T> {
    class_id: u16,
    instance: Obis,
    index: i8,
    holds: PhantomData<fn() -> T>,
}

impl<T> Attribute<T> {
    /// Attribute `index` of an object, of whatever class.
    #[must_use]
    pub const fn raw(class_id: u16, instance: Obis, index: i8) -> Self {
        Self { class_id, instance, index, holds: PhantomData }
    }

    /// The class of the object.
    #[must_use]
    pub const fn class_id(self) -> u16 {
        self.class_id
    }

    /// The logical name of the object.
    #[must_use]
    pub const fn instance(self) -> Obis {
        self.instance
    }

    /// The index of the attribute.
    #[must_use]
    pub const fn index(self) -> i8 {
        self.index
    }

    /// The same attribute, to be read and written as any data.
    #[must_use]
    pub const fn untyped(self) -> Attribute<Data> {
        Attribute::raw(self.class_id, self.instance, self.index)
    }
}

/// A method of an object that takes a `P` and returns an `R`, `()` for nothing.
pub struct Method<P, R> {
    class_id: u16,
    instance: Obis,
    index: i8,
    takes: PhantomData<fn(P) -> R>,
}

impl<P, R> Method<P, R> {
    /// Method `index` of an object, of whatever class.
    #[must_use]
    pub const fn raw(class_id: u16, instance: Obis, index: i8) -> Self {
        Self { class_id, instance, index, takes: PhantomData }
    }

    /// The class of the object.
    #[must_use]
    pub const fn class_id(self) -> u16 {
        self.class_id
    }

    /// The logical name of the object.
    #[must_use]
    pub const fn instance(self) -> Obis {
        self.instance
    }

    /// The index of the method.
    #[must_use]
    pub const fn index(self) -> i8 {
        self.index
    }

    /// The same method, to be called with any data.
    #[must_use]
    pub const fn untyped(self) -> Method<Data, Data> {
        Method::raw(self.class_id, self.instance, self.index)
    }
}

/// What a derive would ask of the type parameters, which are never held.
macro_rules! reference {
    ($name:ident <$($parameter:ident),+> $separator:literal) => {
        impl<$($parameter),+> Clone for $name<$($parameter),+> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($parameter),+> Copy for $name<$($parameter),+> {}

        impl<$($parameter),+> PartialEq for $name<$($parameter),+> {
            fn eq(&self, other: &Self) -> bool {
                (self.class_id, self.instance, self.index)
                    == (other.class_id, other.instance, other.index)
            }
        }

        impl<$($parameter),+> Eq for $name<$($parameter),+> {}

        impl<$($parameter),+> fmt::Debug for $name<$($parameter),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        /// The class, the logical name and the index.
        impl<$($parameter),+> fmt::Display for $name<$($parameter),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { class_id, instance, index, .. } = self;
                write!(f, "class {class_id}, {instance}, {} {index}", $separator)
            }
        }
    };
}

reference! { Attribute<T> "attribute" }
reference! { Method<P, R> "method" }
