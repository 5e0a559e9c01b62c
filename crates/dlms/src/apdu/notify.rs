//! What a meter sends unasked (IEC 62056-5-3): Data-Notification, EventNotificationRequest and
//! InformationReportRequest.
//!
//! | octets                     | 0    | 1…                                                                          |
//! |----------------------------|------|-----------------------------------------------------------------------------|
//! | data-notification          | `0f` | long-invoke-id-and-priority (4), date-time (octet string), Data             |
//! | data-notification-confirm  | `10` | long-invoke-id-and-priority (4), date-time (octet string)                   |
//! | event-notification-request | `c2` | time (optional), attribute (9), Data                                        |
//! | information-report-request | `18` | current-time (optional), count, variable-access-specification …, count, Data … |
//!
//! A date-time is `00` where there is none, else `0c` and twelve octets. An optional one is `00`, or
//! `01 0c` and twelve octets. Kaifa's data-notifications have the tag of an octet-string in front
//! (`09 0c`); optional times come as `09 0c` and as `0c` too. All are read, kept apart
//! ([`NotificationTime`], [`EventTimeForm`]) and written as they came.
//!
//! Long-Invoke-Id-And-Priority:
//!
//! | bits  | 0–23      | 24–27        | 28               | 29                | 30            | 31       |
//! |-------|-----------|--------------|------------------|-------------------|---------------|----------|
//! | field | invoke-id | reserved (0) | self-descriptive | processing-option | service-class | priority |
//!
//! ```
//! use cosem::bytes::{Reader, from_hex};
//! use dlms::apdu::{DataNotification, LongInvokeId, NotificationTime, ServiceClass};
//! // A Kaifa meter in Norway: the date-time has a tag.
//! let octets = from_hex("0f 40000000 090c07e3020401173416ff800000 0201 06000016dc")?;
//! let push = DataNotification::decode(&mut Reader::new(&octets))?;
//! assert_eq!(push.invoke, LongInvokeId(0x4000_0000));
//! assert_eq!(push.invoke.service_class(), ServiceClass::Confirmed);
//! let NotificationTime::Tagged(time) = push.date_time else { unreachable!() };
//! assert_eq!(time.to_string(), "2019-02-04 23:52:22");
//! assert_eq!(push.body.as_octets(), from_hex("0201 06000016dc")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use cosem::bytes::{Problem, Reader, Result, Writer};
use cosem::{DateTime, Encoded};

use super::{AttributeDescriptor, Priority, ServiceClass, VariableAccess, list, put_list, tagged};

/// The four octets that tie an answer to its request, as they are on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LongInvokeId(pub u32);

/// What becomes of the requests of a list behind one that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProcessingOption {
    /// They are processed.
    #[default]
    ContinueOnError,
    /// They are not.
    BreakOnError,
}

impl LongInvokeId {
    /// The number that ties answer and request: 24 bits.
    #[must_use]
    pub const fn id(self) -> u32 {
        self.0 & 0x00ff_ffff
    }

    /// Whether the answer is to repeat what was asked for.
    #[must_use]
    pub const fn is_self_descriptive(self) -> bool {
        self.0 & 0x1000_0000 != 0
    }

    /// What becomes of the rest of a list when a request of it fails.
    #[must_use]
    pub const fn processing_option(self) -> ProcessingOption {
        if self.0 & 0x2000_0000 == 0 {
            ProcessingOption::ContinueOnError
        } else {
            ProcessingOption::BreakOnError
        }
    }

    /// Whether an answer is wanted. Some meters say so in notifications that nobody can answer.
    #[must_use]
    pub const fn service_class(self) -> ServiceClass {
        if self.0 & 0x4000_0000 == 0 { ServiceClass::Unconfirmed } else { ServiceClass::Confirmed }
    }

    /// Whether it may be served before others.
    #[must_use]
    pub const fn priority(self) -> Priority {
        if self.0 & 0x8000_0000 == 0 { Priority::Normal } else { Priority::High }
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let invoke = Self(r.u32("long-invoke-id-and-priority")?);
        r.meaning(|| format!("{invoke}"));
        Ok(invoke)
    }

    pub(super) fn encode(self, w: &mut Writer<'_>) {
        w.u32(self.0);
    }
}

impl fmt::Display for LongInvokeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "id {}, {}, {} priority", self.id(), self.service_class(), self.priority())?;
        if self.is_self_descriptive() {
            f.write_str(", self-descriptive")?;
        }
        match self.processing_option() {
            ProcessingOption::ContinueOnError => Ok(()),
            ProcessingOption::BreakOnError => f.write_str(", break on error"),
        }
    }
}

/// Reads a date-time as an octet string; an empty one is none.
pub(super) fn date_time(r: &mut Reader<'_>) -> Result<Option<DateTime>> {
    let at = r.at();
    match r.length("date-time-length")? {
        0 => Ok(None),
        12 => twelve(r).map(Some),
        other => Err(wrong_length(r, at, other)),
    }
}

/// Writes a date-time as an octet string, an empty one for none.
pub(super) fn put_date_time(w: &mut Writer<'_>, time: Option<DateTime>) {
    w.octet_string(time.as_ref().map_or(&[], |time| &time.0[..]));
}

fn twelve(r: &mut Reader<'_>) -> Result<DateTime> {
    let time = DateTime(*r.array("date-time")?);
    r.meaning(|| format!("{time}"));
    Ok(time)
}

#[cold]
const fn wrong_length(r: &Reader<'_>, at: usize, length: usize) -> cosem::bytes::DecodeError {
    let problem = Problem::OutOfRange { value: length as u64, wanted: "0 or 12 octets" };
    r.error_at("date-time-length", at, problem)
}

/// When a notification was made, as its sender writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationTime {
    /// It does not say.
    Absent,
    /// As the standard has it: an octet string without a tag.
    Plain(DateTime),
    /// With the tag of an octet-string in front, as Kaifa meters write it.
    Tagged(DateTime),
}

impl NotificationTime {
    /// The time, however it is written.
    #[must_use]
    pub const fn date_time(self) -> Option<DateTime> {
        match self {
            Self::Absent => None,
            Self::Plain(time) | Self::Tagged(time) => Some(time),
        }
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let mut ahead = r.untraced();
        // As a length, 9 is none that a date-time has.
        if ahead.u8("tag") == Ok(OCTET_STRING) && ahead.peek() == Some(12) {
            r.u8("octet-string-tag")?;
            r.meaning(|| format!("0x{OCTET_STRING:02x}, not in the standard"));
            return date_time(r).map(|time| time.map_or(Self::Absent, Self::Tagged));
        }
        date_time(r).map(|time| time.map_or(Self::Absent, Self::Plain))
    }

    fn encode(self, w: &mut Writer<'_>) {
        if let Self::Tagged(_) = self {
            w.u8(OCTET_STRING);
        }
        put_date_time(w, self.date_time());
    }
}

/// The tag of an octet-string as a value.
const OCTET_STRING: u8 = 0x09;

/// Pushes a value (Data-Notification).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataNotification {
    /// The notification's number and how it was sent.
    pub invoke: LongInvokeId,
    /// When it was made.
    pub date_time: NotificationTime,
    /// The value; most often a structure in the order of the push_object_list.
    pub body: Encoded,
}

impl DataNotification {
    /// Reads the notification, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self {
                invoke: LongInvokeId::decode(r)?,
                date_time: NotificationTime::decode(r)?,
                body: Encoded::decode(r)?,
            })
        })
    }

    /// Writes the notification.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        self.invoke.encode(w);
        self.date_time.encode(w);
        self.body.encode(w);
    }
}

/// Says that a notification has come (Data-Notification-Confirm).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataNotificationConfirm {
    /// As in the notification.
    pub invoke: LongInvokeId,
    /// When it was confirmed.
    pub date_time: Option<DateTime>,
}

impl DataNotificationConfirm {
    /// Reads the confirmation, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self { invoke: LongInvokeId::decode(r)?, date_time: date_time(r)? })
        })
    }

    /// Writes the confirmation.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        self.invoke.encode(w);
        put_date_time(w, self.date_time);
    }
}

/// When an event happened, as its sender writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTime {
    /// How it is written.
    pub form: EventTimeForm,
    /// The time.
    pub time: DateTime,
}

/// How an optional time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventTimeForm {
    /// `01`, its length and itself, as the standard has it.
    #[default]
    Standard,
    /// `09`, the tag of an octet-string, in place of the usage octet.
    Tagged,
    /// Its length and itself, without a usage octet.
    Bare,
}

impl EventTime {
    fn decode(r: &mut Reader<'_>) -> Result<Option<Self>> {
        // Without a usage octet the first one is the length.
        if r.peek() == Some(12) {
            let time = date_time(r)?;
            return Ok(time.map(|time| Self { form: EventTimeForm::Bare, time }));
        }
        let at = r.at();
        let usage = r.u8("time")?;
        let form = match usage {
            0 => {
                r.meaning(|| "absent".into());
                return Ok(None);
            }
            1 => EventTimeForm::Standard,
            OCTET_STRING => EventTimeForm::Tagged,
            tag => {
                let wanted = "00 absent, 01 present, or 09 or 0c as some meters send";
                return Err(r.error_at("time", at, Problem::UnknownTag { tag, wanted }));
            }
        };
        r.meaning(|| match form {
            EventTimeForm::Standard => "present".into(),
            _ => format!("0x{usage:02x}, not in the standard"),
        });
        let at = r.at();
        let Some(time) = date_time(r)? else {
            return Err(wrong_length(r, at, 0));
        };
        Ok(Some(Self { form, time }))
    }

    fn encode(time: Option<Self>, w: &mut Writer<'_>) {
        let Some(Self { form, time }) = time else {
            return w.u8(0);
        };
        match form {
            EventTimeForm::Standard => w.u8(1),
            EventTimeForm::Tagged => w.u8(OCTET_STRING),
            EventTimeForm::Bare => {}
        }
        put_date_time(w, Some(time));
    }
}

impl From<DateTime> for EventTime {
    fn from(time: DateTime) -> Self {
        Self { form: EventTimeForm::Standard, time }
    }
}

/// Tells of an attribute that has changed (EventNotificationRequest).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventNotificationRequest {
    /// When it happened.
    pub time: Option<EventTime>,
    /// The attribute.
    pub attribute: AttributeDescriptor,
    /// Its value.
    pub value: Encoded,
}

impl EventNotificationRequest {
    /// Reads the notification, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self {
                time: EventTime::decode(r)?,
                attribute: AttributeDescriptor::decode(r)?,
                value: Encoded::decode(r)?,
            })
        })
    }

    /// Writes the notification.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        EventTime::encode(self.time, w);
        self.attribute.encode(w);
        self.value.encode(w);
    }
}

/// Tells of variables by their short names (InformationReportRequest).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InformationReportRequest {
    /// When it was made.
    pub current_time: Option<EventTime>,
    /// The variables.
    pub variables: Vec<VariableAccess>,
    /// Their values in the same order.
    pub values: Vec<Encoded>,
}

impl InformationReportRequest {
    /// Reads the report, from its tag on.
    ///
    /// # Errors
    /// Another tag, or a field that cannot be read.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self> {
        tagged(r, Self::TAG, Self::NAME, |r| {
            Ok(Self {
                current_time: EventTime::decode(r)?,
                variables: VariableAccess::decode_list(r)?,
                values: list(r, "value-list", 1, Encoded::decode)?,
            })
        })
    }

    /// Writes the report.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.u8(Self::TAG);
        EventTime::encode(self.current_time, w);
        VariableAccess::encode_list(&self.variables, w);
        put_list(w, &self.values, |w, value| value.encode(w));
    }
}
