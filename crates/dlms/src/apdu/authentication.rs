//! Authentication-Value (IEC 62056-5-3): a password or a challenge, in AARQ and AARE.
//!
//! | octets | 0                                    | 1…     | …     |
//! |--------|--------------------------------------|--------|-------|
//! | field  | form (`80` charstring, `81` bitstring …) | length | value |
//!
//! A password must not get into a log, so no text of this crate shows the value:
//!
//! ```
//! use dlms::apdu::AuthenticationValue;
//! let password = AuthenticationValue::charstring(b"12345678");
//! assert_eq!(format!("{password:?}"), "AuthenticationValue { form: AuthenticationForm(128), value: Secret(…) }");
//! assert_eq!(password.expose(), b"12345678");
//! ```

use cosem::bytes::{Problem, Reader, Result, Writer};

use super::hidden;
use crate::ber;
use crate::security::Secret;

numbers! {
    /// The form of an authentication value: a tag.
    AuthenticationForm {
        0x80 CHARSTRING "charstring";
        0x81 BITSTRING "bitstring";
        0xa2 EXTERNAL "external";
        0xa3 OTHER "other";
    }
}

/// A password (LLS) or a challenge (HLS).
#[derive(Clone, Debug)]
pub struct AuthenticationValue {
    /// The form; all meters use charstring.
    pub form: AuthenticationForm,
    /// The contents.
    pub value: Secret,
}

impl AuthenticationValue {
    /// In the usual form.
    #[must_use]
    pub fn charstring(value: &[u8]) -> Self {
        Self { form: AuthenticationForm::CHARSTRING, value: Secret::new(value.to_vec()) }
    }

    /// The octets. Do not print them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.value.expose()
    }

    /// Reads the element with this tag that holds the value.
    pub(super) fn decode(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<Self> {
        ber::element(r, name, tag, |r| {
            let form = AuthenticationForm(r.peek().unwrap_or_default());
            let Some(form_name) = form.name() else {
                let wanted = "an authentication value";
                return Err(r.error(name, Problem::UnknownTag { tag: form.0, wanted }));
            };
            let value = ber::element(r, form_name, form.0, |r| {
                hidden(r, "value", |r| Ok(Secret::new(r.rest("value").to_vec())))
            })?;
            Ok(Self { form, value })
        })
    }

    /// Writes the element with this tag that holds the value.
    pub(super) fn encode(&self, w: &mut Writer<'_>, tag: u8) {
        ber::put(w, tag, |w| ber::put_octets(w, self.form.0, self.value.expose()));
    }
}

/// The values are compared in a time that depends on their lengths alone.
impl PartialEq for AuthenticationValue {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form && self.value.matches(other.value.expose())
    }
}

impl Eq for AuthenticationValue {}
