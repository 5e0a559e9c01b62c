//! Attributes that are read in one request, and their values.

use cosem::Encoded;
use cosem::class::Attribute;
use cosem::schema::CosemType;
use dlms::apdu::AttributeReference;

use crate::client::{describe, descriptor};
use crate::error::{Cause, Error, Result};

/// An attribute, or a tuple of up to six: what [`Client::get`](crate::Client::get) reads.
pub trait Targets: Send {
    /// The value, or the tuple of values.
    type Values: Send;

    /// What is asked for.
    fn references(&self) -> Vec<AttributeReference>;

    /// The values, from as many results as there are references.
    ///
    /// # Errors
    /// A value that is not of its attribute's type.
    fn values(&self, results: &[Encoded]) -> Result<Self::Values>;
}

impl<T: CosemType + Send> Targets for Attribute<T>
where
    Self: Send,
{
    type Values = T;

    fn references(&self) -> Vec<AttributeReference> {
        vec![descriptor(self).into()]
    }

    fn values(&self, results: &[Encoded]) -> Result<T> {
        value(self, results.first())
    }
}

fn value<T: CosemType>(attribute: &Attribute<T>, result: Option<&Encoded>) -> Result<T> {
    let attempted = || format!("read {}", describe(&descriptor(attribute).into()));
    let Some(result) = result else {
        return Err(Error::new(attempted(), Cause::Value(String::from("no result came"))));
    };
    T::from_data(result.to_data())
        .map_err(|error| Error::new(attempted(), Cause::Value(error.to_string())))
}

macro_rules! tuples {
    ($($($type:ident $index:tt),+;)+) => {$(
        impl<$($type: CosemType + Send),+> Targets for ($(Attribute<$type>,)+)
        where
            Self: Send,
        {
            type Values = ($($type,)+);

            fn references(&self) -> Vec<AttributeReference> {
                vec![$(descriptor(&self.$index).into()),+]
            }

            fn values(&self, results: &[Encoded]) -> Result<Self::Values> {
                Ok(($(value(&self.$index, results.get($index))?,)+))
            }
        }
    )+};
}

tuples! {
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
    A 0, B 1, C 2, D 3, E 4;
    A 0, B 1, C 2, D 3, E 4, F 5;
}
