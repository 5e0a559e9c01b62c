//! The check sequences of HDLC: CRC-16 of ISO/IEC 13239, also called X-25.
//!
//! The low octet is sent first. Over octets and their own check sequence the same calculation gives
//! a constant, so a receiver needs no second buffer.
//!
//! ```
//! use dlms::link::hdlc::check;
//! assert_eq!(check::sequence(b"123456789"), [0x6e, 0x90]);
//! assert!(check::is_right(b"123456789\x6e\x90"));
//! ```

use crc::{CRC_16_IBM_SDLC, Crc, Table};

const X25: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_SDLC);

/// The check sequence of some octets, as it is sent behind them.
#[must_use]
pub fn sequence(octets: &[u8]) -> [u8; 2] {
    X25.checksum(octets).to_le_bytes()
}

/// Whether octets end with their own check sequence.
#[must_use]
pub fn is_right(octets: &[u8]) -> bool {
    octets.split_last_chunk::<2>().is_some_and(|(octets, sent)| sequence(octets) == *sent)
}
