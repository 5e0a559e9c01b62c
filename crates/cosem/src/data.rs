//! `Data`: the CHOICE of all values, and its A-XDR form (IEC 61334-6 as DLMS/COSEM uses it).
//!
//! | octets | 0   | 1…    |
//! |--------|-----|-------|
//! | field  | tag | value |
//!
//! One decoder, [`Walker`], reads it. It keeps its own stack, so that no depth of nesting costs
//! call stack, and it refuses what cannot be true before anything is allocated. Three readings
//! stand on it:
//!
//! * [`Data`], a tree, for building and for small values;
//! * [`Flat`], two vectors, for profiles, object lists and anything large;
//! * [`Tokens`], borrowed, which allocates nothing.
//!
//! [`Encoded`] is the octets of one value that the decoder has seen, kept as they came.
//!
//! ```
//! use cosem::{Data, Encoded, Value};
//! // A structure of a clock, a status and a register, as a profile row holds them.
//! let row = Encoded::try_from([2, 2, 0x11, 0x08, 0x06, 0, 0, 0x30, 0x39].to_vec())?;
//! let tree = row.to_data();
//! assert_eq!(tree, Data::Structure(vec![Data::Unsigned(8), Data::DoubleLongUnsigned(12_345)]));
//! assert_eq!(row.to_flat().root().item(1).map(|item| item.value()), Some(Value::DoubleLongUnsigned(12_345)));
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

mod compact;
mod encoded;
mod flat;
mod pieces;
mod tag;
mod tree;
mod typed_pairs;
mod value;
mod walker;

pub use compact::{CompactArray, CompactArrayBuf, Layout};
pub use encoded::Encoded;
pub use flat::{Flat, Item, Items};
pub use pieces::Pieces;
pub use tag::Tag;
pub use tree::{BitString, Data};
pub use typed_pairs::TypedPairs;
pub use value::{BitStr, Value};
pub use walker::{DEFAULT_DEPTH, MAX_DEPTH, Token, Tokens, Walker};
