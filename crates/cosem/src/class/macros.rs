//! The macro that declares an interface class.

/// Declares a version of an interface class.
///
/// ```text
/// interface_class! {
///     /// What it is for.
///     Handle "Standard's name" = class_id, version n, source "where this comes from" {
///         /// What it holds.
///         index @ short-name-offset name: Type;
///         index name: Type as SCHEMA;
///         methods { index @ short-name-offset name(Parameter) -> Result; }
///     }
/// }
/// ```
///
/// Attribute 1, `logical_name`, is that of every class and not written. A short-name offset that is
/// not known is left out, and so is a result where there is none. `as` names a schema that says
/// more than the Rust type. A version that only adds names the one that it `extends`, behind
/// `version n`, and lists what is new; its handle has the functions of that version's too.
///
/// What it yields: see the [module](crate::class).
#[macro_export]
macro_rules! interface_class {
    ($(#[doc = $doc:literal])* $name:ident $title:literal = $id:literal,
        version $version:literal $(, extends $base:ident)?, source $source:literal
    {
        $(
            $(#[doc = $attribute_doc:literal])*
            $attribute_index:literal $(@ $attribute_offset:literal)? $attribute:ident:
                $type:ty $(as $schema:expr)?;
        )*
        $(methods {
            $(
                $(#[doc = $method_doc:literal])*
                $method_index:literal $(@ $method_offset:literal)? $method:ident
                    ($parameter:ty) $(-> $result:ty)?;
            )*
        })?
    }) => {
        $(#[doc = $doc])*
        #[doc = ""]
        #[doc = concat!("Class ", $id, ", version ", $version, ". Source: ", $source, ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::interface_class!(@inner $($base)?));

        impl $name {
            /// What the class is called, holds and can do.
            pub const CLASS: &'static $crate::class::ClassDescriptor = {
                const ATTRIBUTES: &[$crate::class::ClassAttribute] =
                    &[$($crate::class::ClassAttribute::borrowed(
                        $attribute_index,
                        $crate::interface_class!(@option $($attribute_offset)?),
                        $crate::schema::plain(stringify!($attribute)),
                        concat!($($attribute_doc),*).trim_ascii(),
                        $crate::structure!(@schema $type $(, $schema)?),
                    )),*];
                const METHODS: &[$crate::class::ClassMethod] =
                    &[$($($crate::class::ClassMethod::borrowed(
                        $method_index,
                        $crate::interface_class!(@option $($method_offset)?),
                        $crate::schema::plain(stringify!($method)),
                        concat!($($method_doc),*).trim_ascii(),
                        <$parameter as $crate::CosemType>::SCHEMA,
                        $crate::interface_class!(
                            @option $(<$result as $crate::CosemType>::SCHEMA)?
                        ),
                    )),*)?];
                &$crate::class::ClassDescriptor::borrowed(
                    ($id, $version),
                    $title,
                    concat!($($doc),*).trim_ascii(),
                    $source,
                    $crate::interface_class!(@option $(<$base>::CLASS)?),
                    ATTRIBUTES,
                    METHODS,
                )
            };

            /// The object with this logical name.
            #[must_use]
            pub const fn at(instance: $crate::Obis) -> Self {
                Self($crate::interface_class!(@at instance $($base)?))
            }

            /// The object's logical name.
            #[must_use]
            pub const fn instance(self) -> $crate::Obis {
                $crate::interface_class!(@instance self.0 $(, $base)?)
            }

            /// The object's logical name, as the object itself gives it: attribute 1.
            #[must_use]
            pub const fn logical_name(self) -> $crate::Attribute<$crate::Obis> {
                $crate::Attribute::raw($id, self.instance(), 1)
            }

            $(
                $(#[doc = $attribute_doc])*
                #[doc = concat!(
                    "Attribute ", $attribute_index, ": `", stringify!($attribute), "`."
                )]
                #[must_use]
                pub const fn $attribute(self) -> $crate::Attribute<$type> {
                    $crate::Attribute::raw($id, self.instance(), $attribute_index)
                }
            )*

            $($(
                $(#[doc = $method_doc])*
                #[doc = concat!("Method ", $method_index, ": `", stringify!($method), "`.")]
                #[must_use]
                pub const fn $method(
                    self,
                ) -> $crate::Method<$parameter, $crate::interface_class!(@result $($result)?)> {
                    $crate::Method::raw($id, self.instance(), $method_index)
                }
            )*)?
        }

        impl $crate::InterfaceClass for $name {
            const CLASS: &'static $crate::class::ClassDescriptor = Self::CLASS;

            fn at(instance: $crate::Obis) -> Self {
                Self::at(instance)
            }

            fn instance(self) -> $crate::Obis {
                self.instance()
            }
        }

        $(
            /// The attributes and methods of the version that this one extends.
            impl ::core::ops::Deref for $name {
                type Target = $base;

                fn deref(&self) -> &$base {
                    &self.0
                }
            }
        )?
    };
    (@inner) => { $crate::Obis };
    (@inner $base:ident) => { $base };
    (@at $instance:ident) => { $instance };
    (@at $instance:ident $base:ident) => { $base::at($instance) };
    (@instance $inner:expr) => { $inner };
    (@instance $inner:expr, $base:ident) => { $inner.instance() };
    (@option) => { ::core::option::Option::None };
    (@option $value:expr) => { ::core::option::Option::Some($value) };
    (@result) => { () };
    (@result $result:ty) => { $result };
}
