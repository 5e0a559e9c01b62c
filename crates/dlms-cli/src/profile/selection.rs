//! Which rows: what can be said at once, and what only the meter's clock decides.

use std::time::Duration;

use cosem::DateTime;
use dlms_client::RowSelection;

use super::ProfileArgs;
use crate::clock::Look;
use crate::exit::{Failure, Outcome};
use crate::session::Session;
use crate::text::quoted;
use crate::times::{self, Given};
use crate::zone::Zone;

/// Which rows, as far as that can be said without the meter.
pub(super) enum Wanted {
    /// It is all said.
    Selection(Selection),
    /// From a time to another one, to now without one.
    Times(Begin, Option<Given>),
}

/// Where a range begins.
#[derive(Clone, Copy)]
pub(super) enum Begin {
    /// At a time.
    At(Given),
    /// So long ago.
    Ago(Duration),
}

impl Wanted {
    pub(super) fn of(args: &ProfileArgs) -> Outcome<Self> {
        let attempted = || format!("read rows of {}", args.target.obis);
        let failed = |error: String| Failure::usage(attempted(), error);
        if let Some(span) = args.last {
            return Ok(Self::Times(Begin::Ago(span), None));
        }
        let Some(from) = &args.from else {
            return Ok(Self::Selection(Selection(args.entries.unwrap_or_default())));
        };
        let from = times::given(from).map_err(failed)?;
        let to = args.to.as_deref().map(times::given).transpose().map_err(failed)?;
        if let (Some(to), None) = (to, &args.zone)
            && from.is_surely_after(to)
        {
            return Err(failed(format!("the range is empty: --from {from} lies after --to {to}")));
        }
        let Some(zone) = &args.zone else { return Ok(Self::Times(Begin::At(from), to)) };
        // What the zone refuses is refused before anything is sent.
        let begin = zone.resolve(from).map_err(failed)?;
        let Some(end) = to else { return Ok(Self::Times(Begin::At(from), None)) };
        let end = zone.resolve(end).map_err(failed)?;
        Selection::range(begin, end).map(Self::Selection).map_err(failed)
    }

    /// The rows; asks the meter's clock where that is needed.
    pub(super) async fn selection(
        &self,
        session: &mut Session,
        zone: Option<&Zone>,
    ) -> Outcome<Selection> {
        let (begin, end) = match self {
            Self::Selection(selection) => return Ok(*selection),
            Self::Times(begin, end) => (*begin, *end),
        };
        let look = Look::at(session).await?;
        range(begin, end, &look, zone).map_err(|error| Failure::usage("select the rows", error))
    }
}

fn range(
    begin: Begin,
    end: Option<Given>,
    look: &Look,
    zone: Option<&Zone>,
) -> Result<Selection, String> {
    let zone = zone.cloned().map_or_else(|| look.zone(), Ok)?;
    let now = look.now.unix_seconds().or_else(|| zone.unix(look.now));
    let now = now.ok_or_else(|| String::from("the meter's clock gives no time"));
    let from = match begin {
        Begin::At(given) => zone.resolve(given)?,
        Begin::Ago(span) => {
            let span = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
            zone.show(now.clone()?.saturating_sub(span))?
        }
    };
    let to = match end {
        Some(given) => zone.resolve(given)?,
        None => zone.show(now?)?,
    };
    Selection::range(from, to)
}

/// Rows to read, and the test whether a row is one of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection(pub(super) RowSelection);

impl Selection {
    /// From one time to another, both included.
    pub(crate) fn range(from: DateTime, to: DateTime) -> Result<Self, String> {
        let selection = RowSelection::Range { from, to };
        selection.descriptor().map(|_| Self(selection))
    }

    /// Some meters ignore a selection and send everything (field notes of readers of meters).
    pub(super) fn contains(&self, time: Option<DateTime>) -> bool {
        let (RowSelection::Range { from, to }, Some(time)) = (self.0, time) else { return true };
        match (from.unix_seconds(), time.unix_seconds(), to.unix_seconds()) {
            (Some(from), Some(time), Some(to)) => (from..=to).contains(&time),
            _ => match (from.civil(), time.civil(), to.civil()) {
                (Some(from), Some(time), Some(to)) => from <= time && time <= to,
                _ => true,
            },
        }
    }
}

/// `1-96`, `97-` or `5`.
pub(super) fn entries(text: &str) -> Result<RowSelection, String> {
    let shown = quoted(text);
    let wrong = || format!("{shown} names no rows; write 1-96, 97- or 5");
    let number = |digits: &str| digits.parse::<u32>().map_err(|_| wrong());
    let (from, to) = match text.split_once('-') {
        Some((from, "")) => (number(from)?, 0),
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(text)?, number(text)?),
    };
    if text.split_once('-').is_some_and(|(_, to)| to == "0") {
        return Err(format!("{shown}: an empty range; rows are counted from 1"));
    }
    let selection = RowSelection::Entries { from, to };
    let empty = |error| format!("{shown}: an empty range: {error}");
    selection.descriptor().map(|_| selection).map_err(empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_a_range_that_is_not_empty() {
        assert_eq!(entries("1-96"), Ok(RowSelection::Entries { from: 1, to: 96 }));
        assert_eq!(entries("97-"), Ok(RowSelection::Entries { from: 97, to: 0 }));
        assert_eq!(entries("5"), Ok(RowSelection::Entries { from: 5, to: 5 }));
        for text in ["9-3", "0-3", "1-0", "0", "x", "1-2-3", ""] {
            assert!(entries(text).is_err(), "{text}");
        }
        assert!(entries("9-3").unwrap_err().contains("empty range"));
    }
}
