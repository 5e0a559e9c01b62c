//! What a meter sends unasked.

use dlms::apdu::{DataNotification, EventTime, NotificationTime};
use serde_json::{Value, json};

use super::parts::{long_invoke, typed};
use crate::telegrams::time;

pub(super) fn data_notification(push: &DataNotification) -> Value {
    let mut fields = json!({
        "long_invoke_id_and_priority": long_invoke(push.invoke),
        "date_time": push.date_time.date_time().map(time::fields),
        "body": typed(&push.body),
    });
    if let NotificationTime::Tagged(_) = push.date_time {
        fields["date_time_encoding"] = "extra octet-string tag 09 before the length".into();
    }
    fields
}

pub(super) fn event_time(time: Option<EventTime>) -> Option<Value> {
    time.map(|time| time::fields(time.time))
}
