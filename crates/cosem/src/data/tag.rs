//! The tags of `Data` and their names: one table.

use core::fmt;

/// The first octet of a value: its type.
///
/// The number stays open, so that an unknown tag can be named in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u8);

macro_rules! tags {
    ($($(#[$doc:meta])* $constant:ident = $number:literal $name:literal;)*) => {
        impl Tag {
            $($(#[$doc])* pub const $constant: Self = Self($number);)*

            /// Every tag of `Data` in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];

            /// The type's name in the Books, such as `double-long-unsigned`; `None` for a number
            /// that is no type of COSEM.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

tags! {
    /// No value; in a profile row "as before".
    NULL_DATA = 0x00 "null-data";
    /// Elements of one type.
    ARRAY = 0x01 "array";
    /// Elements of any type.
    STRUCTURE = 0x02 "structure";
    /// True or false.
    BOOLEAN = 0x03 "boolean";
    /// Bits, the first transmitted one first.
    BIT_STRING = 0x04 "bit-string";
    /// 32 bits, signed.
    DOUBLE_LONG = 0x05 "double-long";
    /// 32 bits, unsigned.
    DOUBLE_LONG_UNSIGNED = 0x06 "double-long-unsigned";
    /// Octets.
    OCTET_STRING = 0x09 "octet-string";
    /// ASCII characters.
    VISIBLE_STRING = 0x0a "visible-string";
    /// UTF-8 characters.
    UTF8_STRING = 0x0c "utf8-string";
    /// Two decimal digits in one octet.
    BCD = 0x0d "bcd";
    /// 8 bits, signed.
    INTEGER = 0x0f "integer";
    /// 16 bits, signed.
    LONG = 0x10 "long";
    /// 8 bits, unsigned.
    UNSIGNED = 0x11 "unsigned";
    /// 16 bits, unsigned.
    LONG_UNSIGNED = 0x12 "long-unsigned";
    /// Rows without tags behind one type description.
    COMPACT_ARRAY = 0x13 "compact-array";
    /// 64 bits, signed.
    LONG64 = 0x14 "long64";
    /// 64 bits, unsigned.
    LONG64_UNSIGNED = 0x15 "long64-unsigned";
    /// One of a list of meanings.
    ENUM = 0x16 "enum";
    /// IEEE 754 single precision.
    FLOAT32 = 0x17 "float32";
    /// IEEE 754 double precision.
    FLOAT64 = 0x18 "float64";
    /// Twelve octets of date and time.
    DATE_TIME = 0x19 "date-time";
    /// Five octets of date.
    DATE = 0x1a "date";
    /// Four octets of time.
    TIME = 0x1b "time";
    /// A difference of 8 bits, signed.
    DELTA_INTEGER = 0x1c "delta-integer";
    /// A difference of 16 bits, signed.
    DELTA_LONG = 0x1d "delta-long";
    /// A difference of 32 bits, signed.
    DELTA_DOUBLE_LONG = 0x1e "delta-double-long";
    /// A difference of 8 bits, unsigned.
    DELTA_UNSIGNED = 0x1f "delta-unsigned";
    /// A difference of 16 bits, unsigned.
    DELTA_LONG_UNSIGNED = 0x20 "delta-long-unsigned";
    /// A difference of 32 bits, unsigned.
    DELTA_DOUBLE_LONG_UNSIGNED = 0x21 "delta-double-long-unsigned";
    /// A position that a filter does not look at.
    DONT_CARE = 0xff "dont-care";
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type 0x{:02x}", self.0),
        }
    }
}
