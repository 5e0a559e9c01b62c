//! A part that is borrowed from the program or owned.

use alloc::boxed::Box;
use core::fmt;
use core::ops::Deref;

/// A part that is declared in Rust, and borrowed, or that was read at run time, and owned.
///
/// What `Cow` is to slices: a `Cow` of a recursive type would have no size.
#[derive(Clone, Debug)]
pub enum Shared<T: 'static> {
    /// From the program.
    Borrowed(&'static T),
    /// Read at run time.
    Owned(Box<T>),
}

impl<T> Shared<T> {
    /// The part; as [`Deref`], for constants.
    #[must_use]
    pub const fn get(&self) -> &T {
        match self {
            Self::Borrowed(part) => part,
            Self::Owned(part) => part,
        }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.get()
    }
}

impl<T> From<T> for Shared<T> {
    fn from(part: T) -> Self {
        Self::Owned(Box::new(part))
    }
}

impl<T: fmt::Display> fmt::Display for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// Equal when the parts are, wherever they live.
impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for Shared<T> {}
