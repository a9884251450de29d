//! An event as the API gives it: the stored document, with dates instead of instants where it is whole days.
//!
//! A stored document is already JSON in the order of the declaration, so that it is passed on as it is; only the two
//! times of an all-day event are shortened to dates.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::Id;
use model::documents::Event;

use crate::AppError;

/// The API's text of a stored event.
pub fn text(stored: Box<str>, all_day: bool) -> String {
    if all_day { with_dates(stored.into()) } else { stored.into() }
}

/// The API's text of an event.
pub fn event_text(event: &Event) -> Result<String, AppError> {
    let stored = serde_json::to_string(event)
        .map_err(|error| AppError::Internal(format!("event {} cannot be written: {error}", event.id)))?;
    Ok(text(stored.into(), event.all_day))
}

/// The text of an event in the archive: that of the event, and when it was moved there.
pub(crate) fn archived(mut text: String, at: Timestamp) -> String {
    if text.ends_with('}') {
        text.truncate(text.len() - 1);
        text.push_str(&format!(",\"archived_at\":\"{at}\"}}"));
    }
    text
}

/// The name of an occurrence: its master, and where the rule puts it.
pub fn occurrence_name(master: Id, start: Timestamp, all_day: bool) -> String {
    if all_day {
        format!("{master}:{}", start.to_zoned(TimeZone::UTC).date())
    } else {
        format!("{master}:{start}")
    }
}

/// Midnight UTC of a date: how whole days are stored.
pub fn midnight(date: Date) -> Option<Timestamp> {
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Shortens the two times to dates. In stored JSON a quote inside a text is escaped, so that the first match of the
/// quoted name can only be the field: everything declared before it is a text, a number or a flag.
fn with_dates(mut text: String) -> String {
    for name in ["\"start_time\":\"", "\"end_time\":\""] {
        if let Some(at) = text.find(name).map(|at| at + name.len())
            && let Some(length) = text.get(at..).and_then(|rest| rest.find('"'))
            && length > 10
        {
            text.replace_range(at + 10..at + length, "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_given_as_dates() {
        let id = Id::from_bytes([1; 12]);
        let start = midnight("2026-11-23".parse().unwrap()).unwrap();
        let end = midnight("2026-11-25".parse().unwrap()).unwrap();
        let mut event = Event::new(id, id, id, "\"start_time\":\"x\" said the title", start, end);
        event.all_day = true;
        let value: serde_json::Value = serde_json::from_str(&event_text(&event).unwrap()).unwrap();
        assert_eq!(value["start_time"], "2026-11-23");
        assert_eq!(value["end_time"], "2026-11-25");
        assert_eq!(value["occupied_from"], "2026-11-23T00:00:00Z");
        assert_eq!(value["title"], event.title);
        event.all_day = false;
        let value: serde_json::Value = serde_json::from_str(&event_text(&event).unwrap()).unwrap();
        assert_eq!(value["start_time"], "2026-11-23T00:00:00Z");
    }

    #[test]
    fn occurrences_are_named_by_their_original_start() {
        let id = Id::from_bytes([1; 12]);
        let start = "2026-11-23T08:30:00Z".parse().unwrap();
        assert_eq!(occurrence_name(id, start, false), format!("{id}:2026-11-23T08:30:00Z"));
        assert_eq!(occurrence_name(id, start, true), format!("{id}:2026-11-23"));
    }
}
