//! Reader and Writer: the only place that indexes a slice.
//!
//! Every read carries the name of its field. The name makes the error precise
//! (`get-response.block-number: 4 octets wanted at octet 3, 2 left`) and, when somebody listens
//! ([`Reader::traced`]), becomes a labelled octet range ([`Span`]), from which `dlms decode`, the
//! page, the tests and the documentation are fed. There is no second parser for printing.
//!
//! ```
//! use cosem::bytes::Reader;
//! let mut r = Reader::new(&[0x00, 0x10, 0x03, b'K', b'F', b'M']);
//! assert_eq!(r.u16("source")?, 16);
//! assert_eq!(r.octet_string("maker")?, b"KFM");
//! assert_eq!(r.u8("version").unwrap_err().to_string(), "version: 1 octet wanted at octet 6, 0 left");
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

mod error;
mod hexadecimal;
mod reader;
mod trace;
mod writer;

pub use error::{DecodeError, Problem, Result};
pub use hexadecimal::{HexError, from_hex, hex};
pub(crate) use reader::LONGER_THAN_NEEDED;
pub use reader::{Deviations, Reader, Strictness};
pub use trace::{Span, Trace};
pub use writer::Writer;
