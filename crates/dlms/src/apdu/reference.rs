//! References by logical name (IEC 62056-5-3): which attribute or method is meant.
//!
//! Cosem-Attribute-Descriptor and Cosem-Method-Descriptor:
//!
//! | octets | 0–1      | 2–7         | 8                         |
//! |--------|----------|-------------|---------------------------|
//! | field  | class-id | instance-id | attribute-id or method-id |
//!
//! An attribute may be followed by a usage octet and a Selective-Access-Descriptor:
//!
//! | octets | 0               | 1…                       |
//! |--------|-----------------|--------------------------|
//! | field  | access-selector | access-parameters (Data) |
//!
//! ```
//! use cosem::bytes::Reader;
//! use cosem::obis;
//! use dlms::apdu::{AttributeDescriptor, AttributeReference};
//! // The time of the clock, without selection.
//! let octets = cosem::bytes::from_hex("0008 0000010000ff 02 00")?;
//! let reference = AttributeReference::decode(&mut Reader::new(&octets))?;
//! let time = AttributeDescriptor { class: 8, instance: obis!("0-0:1.0.0"), attribute: 2 };
//! assert_eq!(reference, AttributeReference::from(time));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use core::fmt;

use cosem::bytes::{Reader, Result, Writer};
use cosem::{Encoded, Obis};

/// An attribute of an object. Negative numbers are the manufacturer's; 0 stands for all attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttributeDescriptor {
    /// The interface class.
    pub class: u16,
    /// The object's logical name.
    pub instance: Obis,
    /// The attribute's number.
    pub attribute: i8,
}

/// A method of an object. Negative numbers are the manufacturer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MethodDescriptor {
    /// The interface class.
    pub class: u16,
    /// The object's logical name.
    pub instance: Obis,
    /// The method's number.
    pub method: i8,
}

/// Which part of an attribute is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The kind of selection, as the interface class numbers it.
    pub selector: u8,
    /// Its parameters.
    pub parameters: Encoded,
}

/// An attribute, whole or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeReference {
    /// The attribute.
    pub attribute: AttributeDescriptor,
    /// Which part of it; `None` for the whole.
    pub selection: Option<Selection>,
}

/// Class and number of the attributes that hold a password or a key, in ascending order.
const SECRET_ATTRIBUTES: &[(u16, i8)] = &[
    (15, 7),  // Association LN, secret
    (44, 5),  // PPP setup, PPP_authentication
    (45, 3),  // GPRS modem setup, PIN_code
    (46, 4),  // SMTP setup, login_password
    (100, 6), // NTP setup, authentication_keys
    (100, 7), // NTP setup, client_key
    (140, 8), // initial_encryption_key
];

/// Class and number of the methods that are given a password or a key in clear, in ascending order.
/// Keys that are wrapped may be seen.
const SECRET_METHODS: &[(u16, i8)] = &[
    (12, 5),  // Association SN, change_LLS_secret
    (12, 6),  // Association SN, change_HLS_secret
    (15, 2),  // Association LN, change_HLS_secret
    (72, 7),  // M-Bus client, set_encryption_key
    (100, 2), // NTP setup, add_authentication_key
    (104, 8), // ZigBee network control, update_network_key
    (104, 9), // ZigBee network control, update_link_key
];

impl AttributeDescriptor {
    /// Whether the attribute holds a password or a key, such as `secret` of Association LN.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        SECRET_ATTRIBUTES.contains(&(self.class, self.attribute))
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self> {
        r.group("attribute", |r| {
            Ok(Self {
                class: r.u16("class-id")?,
                instance: instance(r)?,
                attribute: r.i8("attribute-id")?,
            })
        })
    }

    pub(super) fn encode(self, w: &mut Writer<'_>) {
        w.u16(self.class);
        w.octets(&self.instance.0);
        w.i8(self.attribute);
    }
}

impl MethodDescriptor {
    /// Whether the method is given a password or a key, such as `change_HLS_secret` of Association
    /// LN.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        SECRET_METHODS.contains(&(self.class, self.method))
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self> {
        r.group("method", |r| {
            Ok(Self {
                class: r.u16("class-id")?,
                instance: instance(r)?,
                method: r.i8("method-id")?,
            })
        })
    }

    pub(super) fn encode(self, w: &mut Writer<'_>) {
        w.u16(self.class);
        w.octets(&self.instance.0);
        w.i8(self.method);
    }
}

fn instance(r: &mut Reader<'_>) -> Result<Obis> {
    let instance = Obis(*r.array("instance-id")?);
    r.meaning(|| format!("{instance}"));
    Ok(instance)
}

impl Selection {
    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { selector: r.u8("access-selector")?, parameters: Encoded::decode(r)? })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.selector);
        self.parameters.encode(w);
    }
}

impl AttributeReference {
    /// How many octets it takes in a request.
    #[must_use]
    pub fn encoded_size(&self) -> usize {
        // Descriptor and usage octet; with a selection its selector and parameters.
        let selection = self.selection.as_ref();
        selection.map_or(10, |s| s.parameters.as_octets().len().saturating_add(11))
    }

    /// The fewest octets it takes.
    pub(super) const LEAST: usize = 10;

    /// Reads descriptor, usage octet and selection; what follows stays with the reader.
    ///
    /// # Errors
    /// A field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            attribute: AttributeDescriptor::decode(r)?,
            selection: r.optional("access-selection", Selection::decode)?,
        })
    }

    /// Writes descriptor, usage octet and selection.
    pub fn encode(&self, w: &mut Writer<'_>) {
        self.attribute.encode(w);
        w.optional(self.selection.as_ref(), |w, selection| selection.encode(w));
    }
}

impl From<AttributeDescriptor> for AttributeReference {
    fn from(attribute: AttributeDescriptor) -> Self {
        Self { attribute, selection: None }
    }
}

/// Class, logical name and number: `8 0-0:1.0.0*255 2`.
impl fmt::Display for AttributeDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.class, self.instance, self.attribute)
    }
}

/// Class, logical name and number: `8 0-0:1.0.0*255 1`.
impl fmt::Display for MethodDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.class, self.instance, self.method)
    }
}
