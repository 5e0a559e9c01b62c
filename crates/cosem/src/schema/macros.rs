//! The macros that declare types: data written in Rust syntax.

/// Declares a number with meanings: a newtype with a constant for each, so that a value without a
/// name survives.
///
/// It is carried by the type enum, or by that of the number behind the colon. The name of a label
/// must not be that of a method of the type (`label`).
///
/// ```
/// cosem::enumeration! {
///     /// State of the supply disconnector.
///     State { 0 Disconnected, 1 Connected, 2 ReadyForReconnection, }
/// }
/// cosem::enumeration! {
///     /// A state in an unsigned.
///     Narrow: u8 { 1 Open, 2 Shut, }
/// }
/// use cosem::{CosemType, Data};
/// assert_eq!(State::from_data(Data::Enum(2)), Ok(State::ReadyForReconnection));
/// assert_eq!(State::ReadyForReconnection.to_string(), "ready for reconnection");
/// assert_eq!(State(77).into_data(), Data::Enum(77));
/// assert_eq!(Narrow::Shut.into_data(), Data::Unsigned(2));
/// ```
#[macro_export]
macro_rules! enumeration {
    ($(#[doc = $doc:literal])* $name:ident { $($labels:tt)* }) => {
        $crate::enumeration! {
            @type [$($doc)*] $name, u8, $crate::schema::Enumerated, { $($labels)* }
        }
    };
    ($(#[doc = $doc:literal])* $name:ident: $number:ident { $($labels:tt)* }) => {
        $crate::enumeration! { @type [$($doc)*] $name, $number, $number, { $($labels)* } }
    };
    (@type [$($doc:literal)*] $name:ident, $number:ident, $carrier:ty, {
        $($(#[doc = $label_doc:literal])* $value:literal $label:ident),* $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        #[allow(non_upper_case_globals)]
        impl $name {
            $(
                $(#[doc = $label_doc])*
                #[doc = concat!("`", $value, "`.")]
                pub const $label: Self = Self($value);
            )*

            /// The name of the value; `None` for a number without one.
            #[must_use]
            pub const fn label(self) -> ::core::option::Option<&'static str> {
                match self.0 {
                    $($value => ::core::option::Option::Some(stringify!($label)),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        impl $crate::CosemType for $name {
            const SCHEMA: &'static $crate::Schema = {
                const LABELS: &[$crate::schema::Label] = &[$($crate::schema::Label::borrowed(
                    $value,
                    stringify!($label),
                    concat!($($label_doc),*).trim_ascii(),
                )),*];
                const ENUMERATION: &$crate::schema::Enumeration =
                    &$crate::schema::Enumeration::borrowed(
                        stringify!($name),
                        concat!($($doc),*).trim_ascii(),
                        $crate::schema::carrier_tag::<$carrier>(),
                        LABELS,
                    );
                &$crate::Schema::Enumeration($crate::schema::Shared::Borrowed(ENUMERATION))
            };

            fn from_data(
                data: $crate::Data,
            ) -> ::core::result::Result<Self, $crate::TypeMismatch> {
                Self::SCHEMA.accepts(&data)?;
                <$carrier as $crate::CosemType>::from_data(data).map(|number| Self(number.into()))
            }

            fn into_data(self) -> $crate::Data {
                $crate::CosemType::into_data(<$carrier>::from(self.0))
            }
        }

        /// The name in words; the number where it has none.
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self.label() {
                    ::core::option::Option::Some(label) => {
                        ::core::fmt::Display::fmt(&$crate::schema::Words(label), f)
                    }
                    ::core::option::Option::None => ::core::fmt::Display::fmt(&self.0, f),
                }
            }
        }
    };
}

/// Declares a mask of bits: a newtype with a constant for each bit, so that a bit without a name
/// survives.
///
/// It is carried by the type enum, or by that of the number behind the colon; bit 0 is the least
/// significant one.
///
/// ```
/// cosem::flags! {
///     /// What a client may do.
///     Rights { 0 Read, 1 Write, }
/// }
/// use cosem::{CosemType, Data};
/// let rights = Rights::from_data(Data::Enum(3)).unwrap();
/// assert!(rights.contains(Rights::Write));
/// assert_eq!(Rights::Read.with(Rights::Write), rights);
/// assert_eq!(Rights(0x80).into_data(), Data::Enum(0x80));
/// assert_eq!(Rights(0x81).to_string(), "read, bit 7");
/// ```
#[macro_export]
macro_rules! flags {
    ($(#[doc = $doc:literal])* $name:ident { $($labels:tt)* }) => {
        $crate::flags! {
            @type [$($doc)*] $name, u8, $crate::schema::Enumerated, { $($labels)* }
        }
    };
    ($(#[doc = $doc:literal])* $name:ident: $number:ident { $($labels:tt)* }) => {
        $crate::flags! { @type [$($doc)*] $name, $number, $number, { $($labels)* } }
    };
    (@type [$($doc:literal)*] $name:ident, $number:ident, $carrier:ty, {
        $($(#[doc = $label_doc:literal])* $bit:literal $label:ident),* $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        #[allow(non_upper_case_globals)]
        impl $name {
            $(
                $(#[doc = $label_doc])*
                #[doc = concat!("Bit ", $bit, ".")]
                pub const $label: Self = Self(1 << $bit);
            )*

            /// Whether all bits of `other` are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The bits of both.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// The name of a bit; `None` for a bit without one.
            #[must_use]
            pub const fn label(bit: u32) -> ::core::option::Option<&'static str> {
                match bit {
                    $($bit => ::core::option::Option::Some(stringify!($label)),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        impl $crate::CosemType for $name {
            const SCHEMA: &'static $crate::Schema = {
                const LABELS: &[$crate::schema::Label] = &[$($crate::schema::Label::borrowed(
                    $bit,
                    stringify!($label),
                    concat!($($label_doc),*).trim_ascii(),
                )),*];
                const FLAGS: &$crate::schema::Flags = &$crate::schema::Flags::borrowed(
                    stringify!($name),
                    concat!($($doc),*).trim_ascii(),
                    $crate::schema::carrier_tag::<$carrier>(),
                    $number::BITS as u8,
                    LABELS,
                );
                &$crate::Schema::Flags($crate::schema::Shared::Borrowed(FLAGS))
            };

            fn from_data(
                data: $crate::Data,
            ) -> ::core::result::Result<Self, $crate::TypeMismatch> {
                Self::SCHEMA.accepts(&data)?;
                <$carrier as $crate::CosemType>::from_data(data).map(|number| Self(number.into()))
            }

            fn into_data(self) -> $crate::Data {
                $crate::CosemType::into_data(<$carrier>::from(self.0))
            }
        }

        /// The names of the bits that are set, with commas between them.
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut separator = "";
                for bit in (0..$number::BITS).filter(|bit| self.0 & (1 << bit) != 0) {
                    f.write_str(separator)?;
                    match Self::label(bit) {
                        ::core::option::Option::Some(label) => {
                            ::core::write!(f, "{}", $crate::schema::Words(label))?;
                        }
                        ::core::option::Option::None => ::core::write!(f, "bit {bit}")?,
                    }
                    separator = ", ";
                }
                ::core::result::Result::Ok(())
            }
        }
    };
}

/// Declares a structure: its members in order. Members that a meter sends beyond these are kept in
/// `surplus`.
///
/// A member whose schema says more than its Rust type names it behind `as`.
///
/// ```
/// use cosem::{CosemType, Data, Obis, obis};
/// cosem::structure! {
///     /// A value of an object.
///     Sample {
///         /// The object.
///         logical_name: Obis,
///         value: Data as cosem::schema::SIMPLE,
///     }
/// }
/// let sample = Sample::new(obis!("1-0:1.8.0"), Data::Unsigned(7));
/// let data = sample.clone().into_data();
/// assert_eq!(Sample::from_data(data), Ok(sample));
///
/// let wrong = Data::Structure(vec![obis!("1-0:1.8.0").into(), Data::Array(vec![])]);
/// assert_eq!(
///     Sample::from_data(wrong).unwrap_err().to_string(),
///     "value: a type without elements wanted, array of 0 found",
/// );
/// ```
#[macro_export]
macro_rules! structure {
    ($(#[doc = $doc:literal])* $name:ident {
        $($(#[doc = $member_doc:literal])* $member:ident: $type:ty $(as $schema:expr)?),* $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $(
                $(#[doc = $member_doc])*
                #[doc = concat!("`", stringify!($type), "`.")]
                pub $member: $type,
            )*
            /// What was sent behind these.
            pub surplus: $crate::schema::Surplus,
        }

        impl $name {
            /// The members in order, nothing behind them.
            #[allow(clippy::too_many_arguments)]
            #[must_use]
            pub const fn new($($member: $type),*) -> Self {
                Self { $($member,)* surplus: $crate::schema::Surplus::new() }
            }
        }

        impl $crate::CosemType for $name {
            const SCHEMA: &'static $crate::Schema = {
                const MEMBERS: &[$crate::schema::Member] = &[$($crate::schema::Member::borrowed(
                    $crate::schema::plain(stringify!($member)),
                    concat!($($member_doc),*).trim_ascii(),
                    $crate::structure!(@schema $type $(, $schema)?),
                )),*];
                const STRUCTURE: &$crate::schema::Structure =
                    &$crate::schema::Structure::borrowed(
                        stringify!($name),
                        concat!($($doc),*).trim_ascii(),
                        MEMBERS,
                    );
                &$crate::Schema::Structure($crate::schema::Shared::Borrowed(STRUCTURE))
            };

            fn from_data(
                data: $crate::Data,
            ) -> ::core::result::Result<Self, $crate::TypeMismatch> {
                let mut members = $crate::schema::Members::open(data, Self::SCHEMA)?;
                ::core::result::Result::Ok(Self {
                    $($member: $crate::structure!(@take members $(, $schema)?),)*
                    surplus: members.surplus(),
                })
            }

            fn into_data(self) -> $crate::Data {
                let mut members = $crate::schema::Surplus::from([
                    $($crate::CosemType::into_data(self.$member)),*
                ]);
                members.extend(self.surplus);
                $crate::Data::Structure(members)
            }
        }
    };
    (@schema $type:ty) => { <$type as $crate::CosemType>::SCHEMA };
    (@schema $type:ty, $schema:expr) => { $schema };
    (@take $members:ident) => { $members.take()? };
    (@take $members:ident, $schema:expr) => { $members.take_as($schema)? };
}

/// Declares a choice: an `enum` of types that are told apart by the tag. Of several that fit, the
/// first is taken. An alternative without a type is null-data.
///
/// ```
/// use cosem::{Array, CosemType, Data};
/// cosem::choice! {
///     /// Which selectors an attribute knows.
///     Selectors { None, Some: Array<i8>, }
/// }
/// assert_eq!(Selectors::from_data(Data::Null), Ok(Selectors::None));
/// let some = Selectors::Some(Array(vec![1, 2]));
/// assert_eq!(Selectors::from_data(some.clone().into_data()), Ok(some));
/// assert_eq!(
///     Selectors::from_data(Data::Unsigned(1)).unwrap_err().to_string(),
///     "null-data or array of integer wanted, unsigned 1 found",
/// );
/// ```
#[macro_export]
macro_rules! choice {
    ($(#[doc = $doc:literal])* $name:ident {
        $($(#[doc = $variant_doc:literal])* $variant:ident $(: $type:ty)?),* $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_copy_implementations)]
        pub enum $name {
            $(
                $(#[doc = $variant_doc])*
                #[doc = concat!("`", $crate::choice!(@name $($type)?), "`.")]
                $variant $(($type))?,
            )*
        }

        impl $crate::CosemType for $name {
            const SCHEMA: &'static $crate::Schema = {
                const ALTERNATIVES: &[$crate::schema::Member] =
                    &[$($crate::schema::Member::borrowed(
                        stringify!($variant),
                        concat!($($variant_doc),*).trim_ascii(),
                        $crate::choice!(@schema $($type)?),
                    )),*];
                const CHOICE: &$crate::schema::Choice = &$crate::schema::Choice::borrowed(
                    stringify!($name),
                    concat!($($doc),*).trim_ascii(),
                    ALTERNATIVES,
                );
                &$crate::Schema::Choice($crate::schema::Shared::Borrowed(CHOICE))
            };

            fn from_data(
                data: $crate::Data,
            ) -> ::core::result::Result<Self, $crate::TypeMismatch> {
                $(
                    if $crate::choice!(@schema $($type)?).accepts(&data).is_ok() {
                        return ::core::result::Result::Ok(
                            Self::$variant $((<$type as $crate::CosemType>::from_data(data)?))?
                        );
                    }
                )*
                // The schema knows which alternative's error is worth showing.
                Self::SCHEMA.accepts(&data)?;
                ::core::result::Result::Err($crate::TypeMismatch::new(Self::SCHEMA, &data))
            }

            fn into_data(self) -> $crate::Data {
                match self {
                    $(
                        Self::$variant $(($crate::choice!(@bind value $type)))? => {
                            $crate::choice!(@into value $($type)?)
                        }
                    )*
                }
            }
        }
    };
    (@name) => { "null-data" };
    (@name $type:ty) => { stringify!($type) };
    (@schema) => { <() as $crate::CosemType>::SCHEMA };
    (@schema $type:ty) => { <$type as $crate::CosemType>::SCHEMA };
    (@bind $value:ident $type:ty) => { $value };
    (@into $value:ident) => { $crate::Data::Null };
    (@into $value:ident $type:ty) => { <$type as $crate::CosemType>::into_data($value) };
}
