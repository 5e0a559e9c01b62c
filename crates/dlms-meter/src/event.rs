//! What the event log tells.

use cosem::CosemType as _;
use cosem::Data;

cosem::enumeration! {
    /// The events of this meter. The numbers are its own: no standard gives them.
    EventCode: u16 {
        /// The meter has begun to run.
        2 PowerUp,
        /// The clock was set; the time is the one before.
        4 ClockAdjustedOldTime,
        /// The clock was set; the time is the one after.
        5 ClockAdjustedNewTime,
        /// The zone or the rules of daylight saving were changed.
        6 ClockRulesChanged,
        /// A client could not prove who it is.
        46 LogInFailed,
        /// A profile was emptied.
        254 ProfileReset,
    }
}

/// The code as the log's second column and the event object hold it.
pub(crate) fn code(event: EventCode) -> Data {
    event.into_data()
}
