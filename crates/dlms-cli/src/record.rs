//! What was read of one attribute, and the JSON object that says it.
//!
//! The keys are a contract: further ones may come, these stay.

use std::io;

use cosem::{Data, DateTime, Obis, TypedPairs};
use dlms::apdu::DataAccessResult;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::show::Shown;
use crate::zone::Zone;
use crate::{output, times};

/// One attribute, or one value of a profile.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The class; `None` when nothing says it.
    pub(crate) class: Option<u16>,
    /// Its version; `None` unless the association view was read.
    pub(crate) version: Option<u8>,
    pub(crate) obis: Obis,
    pub(crate) attribute: i8,
    /// What it is, in words.
    pub(crate) name: String,
    pub(crate) outcome: Result<Reading, Trouble>,
    /// The time that belongs to the value.
    pub(crate) time: Moment,
}

/// A value as it came and in words.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) shown: Shown,
    pub(crate) raw: Data,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Trouble {
    /// A word for programs.
    pub(crate) code: String,
    /// A sentence for people.
    pub(crate) text: String,
}

impl Trouble {
    /// The meter's answer.
    pub(crate) fn of(result: DataAccessResult) -> Self {
        let code = result.to_string();
        Self { text: format!("the meter answered {code}"), code }
    }
}

/// A moment, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Seconds since 1970-01-01 00:00:00 UTC; `None` where that would be a guess.
    pub(crate) unix: Option<i64>,
    /// As the meter sent it; `None` when it did not.
    pub(crate) raw: Option<DateTime>,
}

impl Moment {
    /// What a date-time says; a zone helps where it does not give its offset.
    pub(crate) fn of(time: DateTime, zone: Option<&Zone>) -> Self {
        let by_zone = || zone.filter(|_| time.deviation().is_none())?.unix(time);
        Self { unix: time.unix_seconds().or_else(by_zone), raw: Some(time) }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    meter: &'a str,
    class: Option<u16>,
    version: Option<u8>,
    obis: String,
    attribute: i8,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Trouble>,
    unit: Option<String>,
    scaler: Option<i8>,
    raw: Option<Box<RawValue>>,
    time: Option<String>,
    time_raw: Option<String>,
}

impl Record {
    /// Prints it as one JSON object.
    pub(crate) fn print_json(&self, meter: &str) -> io::Result<()> {
        let reading = self.outcome.as_ref().ok();
        let unit = reading.and_then(|reading| reading.shown.unit);
        let line = Line {
            meter,
            class: self.class,
            version: self.version,
            obis: self.obis.to_string(),
            attribute: self.attribute,
            name: &self.name,
            value: reading.map(|reading| reading.shown.text.as_str()),
            error: self.outcome.as_ref().err(),
            unit: unit.map(|unit| unit.to_string()).filter(|unit| !unit.is_empty()),
            scaler: reading.and_then(|reading| reading.shown.scaler),
            raw: reading.map(|reading| typed_pairs(&reading.raw)).transpose()?,
            time: self.time.unix.and_then(times::utc),
            time_raw: self.time.raw.map(|time| cosem::bytes::hex(&time.0)),
        };
        output::json(&line)
    }
}

/// A value that loses nothing, embedded as it is.
pub(crate) fn typed_pairs(data: &Data) -> serde_json::Result<Box<RawValue>> {
    RawValue::from_string(TypedPairs(data).to_string())
}
