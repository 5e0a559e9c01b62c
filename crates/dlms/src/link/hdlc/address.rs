//! HDLC addresses: 1, 2 or 4 octets, the last of which has bit 0 set.
//!
//! | form     | octets (u = upper, the logical device; l = lower, the physical device)       |
//! |----------|--------------------------------------------------------------------------------|
//! | client   | `c<<1 \| 1`                                                                    |
//! | server 1 | `u<<1 \| 1`                                                                    |
//! | server 2 | `u<<1`, `l<<1 \| 1`                                                            |
//! | server 4 | `(u>>7)<<1`, `(u&7f)<<1`, `(l>>7)<<1`, `(l&7f)<<1 \| 1`                        |
//!
//! ```
//! use cosem::bytes::Reader;
//! use dlms::link::hdlc::{Address, AddressSize};
//! let meter = Address { upper: 145, lower: Some(1), size: AddressSize::Four };
//! assert_eq!(meter.octets(), [0x02, 0x22, 0x00, 0x03]);
//! assert_eq!(Address::decode(&mut Reader::new(&[0x02, 0x22, 0x00, 0x03]), "source")?, meter);
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Problem, Reader, Result, Writer};

/// An address as it stands in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The client, or the logical device; up to 3fff, in one octet up to 7f.
    pub upper: u16,
    /// The physical device; `None` in an address of one octet.
    pub lower: Option<u16>,
    /// How many octets it takes.
    pub size: AddressSize,
}

/// How many octets an address takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressSize {
    /// Upper part only, 7 bits.
    One,
    /// 7 bits each.
    Two,
    /// Not an address by the standard, but seen in conformance tests: 7 and 14 bits. Read, never
    /// sent.
    Three,
    /// 14 bits each.
    Four,
}

impl Address {
    /// A client's address: always one octet.
    #[must_use]
    pub const fn client(client: u8) -> Self {
        Self { upper: client as u16 & 0x7f, lower: None, size: AddressSize::One }
    }

    /// Reads octets up to the one that ends the address.
    ///
    /// # Errors
    /// No end within four octets ([`Problem::OutOfRange`]), or none at all.
    pub fn decode(r: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let from = r.at();
        let mut quiet = r.untraced();
        let mut groups = Vec::with_capacity(4);
        loop {
            let octet = quiet.u8(field)?;
            groups.push(u16::from(octet >> 1));
            if octet & 1 == 1 {
                break;
            }
            if groups.len() == 4 {
                let wanted = "an address of at most 4 octets";
                return Err(r.error_at(field, from, Problem::OutOfRange { value: 5, wanted }));
            }
        }
        let wide = |high: u16, low: u16| (high << 7) | low;
        let address = match *groups.as_slice() {
            [upper] => Self { upper, lower: None, size: AddressSize::One },
            [upper, lower] => Self { upper, lower: Some(lower), size: AddressSize::Two },
            [upper, high, low] => {
                Self { upper, lower: Some(wide(high, low)), size: AddressSize::Three }
            }
            [a, b, c, d] => {
                Self { upper: wide(a, b), lower: Some(wide(c, d)), size: AddressSize::Four }
            }
            _ => return Err(r.error(field, Problem::Missing)),
        };
        r.skip_to(&quiet);
        r.label(field, from, || format!("{address}"));
        Ok(address)
    }

    /// Writes the octets. Bits that the size cannot hold are cut.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.octets(&self.octets());
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let (upper, lower) = (self.upper, self.lower.unwrap_or_default());
        let group = |number: u16| (number & 0x7f).to_be_bytes()[1] << 1;
        let mut octets = match self.size {
            AddressSize::One => alloc::vec![group(upper)],
            AddressSize::Two => alloc::vec![group(upper), group(lower)],
            AddressSize::Three => alloc::vec![group(upper), group(lower >> 7), group(lower)],
            AddressSize::Four => {
                alloc::vec![group(upper >> 7), group(upper), group(lower >> 7), group(lower)]
            }
        };
        if let Some(last) = octets.last_mut() {
            *last |= 1;
        }
        octets
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lower {
            Some(lower) => write!(f, "{}/{lower}", self.upper),
            None => write!(f, "{}", self.upper),
        }
    }
}
