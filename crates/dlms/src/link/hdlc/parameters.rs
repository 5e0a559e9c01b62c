//! What SNRM proposes and UA grants: sizes and windows.
//!
//! | octets | 0              | 1            | 2      | …                              |
//! |--------|----------------|--------------|--------|--------------------------------|
//! | field  | format (`81`)  | group (`80`) | length | id, length, value; as often … |
//!
//! Both are told from the **sender's** point of view: what a UA calls *transmit* is what the client
//! receives. A parameter that is missing has its default.
//!
//! ```
//! use dlms::link::hdlc::Parameters;
//! // An E650 of Landis+Gyr receives 62 octets at most.
//! let octets = cosem::bytes::from_hex("8180 12 050180 06013e 070400000001 080400000001")?;
//! let granted = Parameters::decode(&octets)?;
//! assert_eq!((granted.max_information_transmit, granted.max_information_receive), (128, 62));
//! assert_eq!(Parameters::decode(&[])?, Parameters::default());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;

use cosem::bytes::{DecodeError, Problem, Reader, Result, Writer};

/// Sizes in octets of the information field, windows in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The longest information field that the sender transmits, 32 to 2,030.
    pub max_information_transmit: u16,
    /// The longest information field that the sender receives, 32 to 2,030.
    pub max_information_receive: u16,
    /// Frames that the sender transmits before it waits, 1 to 7.
    pub window_transmit: u8,
    /// Frames that the sender receives before it answers, 1 to 7.
    pub window_receive: u8,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            max_information_transmit: 128,
            max_information_receive: 128,
            window_transmit: 1,
            window_receive: 1,
        }
    }
}

const FORMAT: u8 = 0x81;
const GROUP: u8 = 0x80;
const MAX_INFORMATION_TRANSMIT: u8 = 5;
const MAX_INFORMATION_RECEIVE: u8 = 6;
const WINDOW_TRANSMIT: u8 = 7;
const WINDOW_RECEIVE: u8 = 8;
const CONTEXT: &str = "hdlc-parameters";

impl Parameters {
    /// Reads the information field of SNRM or UA; an empty one means the defaults. A parameter that
    /// is not known and a user-data group behind are passed over.
    ///
    /// # Errors
    /// Another format or group, a length that reaches beyond the field, or a value of more than
    /// four octets.
    pub fn decode(information: &[u8]) -> Result<Self> {
        if information.is_empty() {
            return Ok(Self::default());
        }
        Self::read(&mut Reader::new(information)).map_err(|error| error.in_context(CONTEXT))
    }

    /// Reads the field that begins here.
    ///
    /// # Errors
    /// As [`Parameters::decode`].
    pub fn read(r: &mut Reader<'_>) -> Result<Self> {
        expect(r, "format", FORMAT)?;
        expect(r, "group", GROUP)?;
        let length = usize::from(r.u8("length")?);
        let mut parameters = Self::default();
        r.bounded("parameters", length, |r| {
            while !r.is_empty() {
                parameters.read_one(r)?;
            }
            Ok(())
        })?;
        Ok(parameters)
    }

    fn read_one(&mut self, r: &mut Reader<'_>) -> Result<()> {
        let id = r.u8("parameter")?;
        r.meaning(|| match name(id) {
            Some(name) => format!("{id}, {name}"),
            None => format!("{id}"),
        });
        let length = usize::from(r.u8("length")?);
        let at = r.at();
        let octets = r.octets("value", length)?;
        if !(MAX_INFORMATION_TRANSMIT..=WINDOW_RECEIVE).contains(&id) || octets.is_empty() {
            return Ok(());
        }
        let mut value = 0_u32;
        for octet in octets {
            value = value.checked_shl(8).unwrap_or_default() | u32::from(*octet);
        }
        let out_of_range = |wanted| -> DecodeError {
            r.error_at("value", at, Problem::OutOfRange { value: u64::from(value), wanted })
        };
        if octets.len() > 4 {
            return Err(out_of_range("a value of at most 4 octets"));
        }
        r.meaning(|| format!("{value}"));
        let size = || u16::try_from(value).map_err(|_| out_of_range("a size of 2 octets"));
        let window = || u8::try_from(value).map_err(|_| out_of_range("a window of 1 to 7"));
        match id {
            MAX_INFORMATION_TRANSMIT => self.max_information_transmit = size()?,
            MAX_INFORMATION_RECEIVE => self.max_information_receive = size()?,
            WINDOW_TRANSMIT => self.window_transmit = window()?,
            _ => self.window_receive = window()?,
        }
        Ok(())
    }

    /// The information field with all four parameters, sizes in as few octets as they need.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut values = Vec::new();
        let mut w = Writer::new(&mut values);
        for (id, size) in [
            (MAX_INFORMATION_TRANSMIT, self.max_information_transmit),
            (MAX_INFORMATION_RECEIVE, self.max_information_receive),
        ] {
            w.u8(id);
            match u8::try_from(size) {
                Ok(size) => w.octets(&[1, size]),
                Err(_) => {
                    w.u8(2);
                    w.u16(size);
                }
            }
        }
        for (id, window) in
            [(WINDOW_TRANSMIT, self.window_transmit), (WINDOW_RECEIVE, self.window_receive)]
        {
            w.octets(&[id, 4]);
            w.u32(u32::from(window));
        }
        let mut octets = Vec::new();
        let mut w = Writer::new(&mut octets);
        w.octets(&[FORMAT, GROUP]);
        // Twenty octets at most.
        w.u8(u8::try_from(values.len()).unwrap_or(u8::MAX));
        w.octets(&values);
        octets
    }
}

/// The name of a parameter that is known.
const fn name(id: u8) -> Option<&'static str> {
    match id {
        MAX_INFORMATION_TRANSMIT => Some("max-information-transmit"),
        MAX_INFORMATION_RECEIVE => Some("max-information-receive"),
        WINDOW_TRANSMIT => Some("window-transmit"),
        WINDOW_RECEIVE => Some("window-receive"),
        _ => None,
    }
}

fn expect(r: &mut Reader<'_>, field: &'static str, wanted: u8) -> Result<()> {
    let at = r.at();
    let found = r.u8(field)?;
    if found == wanted {
        return Ok(());
    }
    let wanted = if wanted == FORMAT { "format 0x81" } else { "group 0x80" };
    Err(r.error_at(field, at, Problem::UnknownTag { tag: found, wanted }))
}
