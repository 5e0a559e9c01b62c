//! Release (IEC 62056-5-3, RLRQ and RLRE, in BER): the graceful end of an association.
//!
//! | octets | 0                 | 1…     | `80 01` 1           | `be` …                      |
//! |--------|-------------------|--------|---------------------|-----------------------------|
//! | field  | `62` RLRQ, `63` RLRE | length | reason (optional) | user-information (optional) |
//!
//! ```
//! use cosem::bytes::Reader;
//! use dlms::apdu::{ReleaseRequestReason, Rlre, Rlrq};
//! let rlrq = Rlrq::decode(&mut Reader::new(&[0x62, 0x03, 0x80, 0x01, 0x00]))?;
//! assert_eq!(rlrq.reason, Some(ReleaseRequestReason::NORMAL));
//! let rlre = Rlre::decode(&mut Reader::new(&[0x63, 0x00]))?;
//! assert_eq!(rlre, Rlre { reason: None, user_information: None });
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

use alloc::vec::Vec;

use cosem::bytes::{Reader, Result, Writer};

use super::{Apdu, acse, information};
use crate::ber::{self, Field};

numbers! {
    /// Why a client releases.
    ReleaseRequestReason {
        0 NORMAL "normal";
        1 URGENT "urgent";
        30 USER_DEFINED "user-defined";
    }
}

numbers! {
    /// How a server has released.
    ReleaseResponseReason {
        0 NORMAL "normal";
        1 NOT_FINISHED "not-finished";
        30 USER_DEFINED "user-defined";
    }
}

const REASON: u8 = 0x80;

/// Asks for release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rlrq {
    /// Why.
    pub reason: Option<ReleaseRequestReason>,
    /// The octets of an initiate-request; ciphered associations want it.
    pub user_information: Option<Vec<u8>>,
}

/// Answers a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rlre {
    /// How.
    pub reason: Option<ReleaseResponseReason>,
    /// The octets of an initiate-response.
    pub user_information: Option<Vec<u8>>,
}

impl Rlrq {
    /// Reads the request, from its tag on.
    ///
    /// # Errors
    /// Another tag, a field twice, or one that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let (reason, user_information) = decode(r, Self::TAG, Self::NAME)?;
        Ok(Self { reason: reason.map(ReleaseRequestReason), user_information })
    }

    /// Writes the request.
    pub fn encode(&self, w: &mut Writer<'_>) {
        encode(w, Self::TAG, self.reason.map(|reason| reason.0), self.user_information.as_ref());
    }

    /// The APDU in the user-information, when there is one.
    ///
    /// # Errors
    /// It cannot be read, or is none of those that may stand there.
    pub fn information(&self) -> Result<Option<Apdu>> {
        information::decoded(self.user_information.as_ref())
    }
}

impl Rlre {
    /// Reads the response, from its tag on.
    ///
    /// # Errors
    /// Another tag, a field twice, or one that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let (reason, user_information) = decode(r, Self::TAG, Self::NAME)?;
        Ok(Self { reason: reason.map(ReleaseResponseReason), user_information })
    }

    /// Writes the response.
    pub fn encode(&self, w: &mut Writer<'_>) {
        encode(w, Self::TAG, self.reason.map(|reason| reason.0), self.user_information.as_ref());
    }

    /// The APDU in the user-information, when there is one.
    ///
    /// # Errors
    /// It cannot be read, or is none of those that may stand there.
    pub fn information(&self) -> Result<Option<Apdu>> {
        information::decoded(self.user_information.as_ref())
    }
}

fn decode(
    r: &mut Reader<'_>,
    tag: u8,
    name: &'static str,
) -> Result<(Option<u8>, Option<Vec<u8>>)> {
    let (mut reason, mut user_information) = (None, None);
    acse(r, tag, name, |r, tag| {
        match tag {
            REASON => reason = Some(ber::small_integer(r, "reason", tag)?),
            information::TAG => user_information = Some(information::decode(r)?),
            _ => return Ok(Field::Unknown),
        }
        Ok(Field::Read)
    })?;
    Ok((reason, user_information))
}

fn encode(w: &mut Writer<'_>, tag: u8, reason: Option<u8>, user_information: Option<&Vec<u8>>) {
    ber::put(w, tag, |w| {
        if let Some(reason) = reason {
            ber::put_integer(w, REASON, i32::from(reason));
        }
        information::encode(w, user_information);
    });
}
