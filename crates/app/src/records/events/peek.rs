//! The few fields of a stored event that placing it in a range needs, found without decoding the rest.
//!
//! A range of events is mostly passed on as it is stored; decoding each document to compare four times would cost more
//! than everything else. Stored JSON is compact and in the order of the declaration, with quotes inside texts escaped,
//! so that a quoted name followed by a colon is a name. Anything unexpected falls back to decoding.

use jiff::Timestamp;
use model::documents::Event;
use store::{Document, StoreError};

/// Where an event lies in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peek {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) occupied_from: Timestamp,
    pub(super) occupied_until: Timestamp,
    pub(super) all_day: bool,
    pub(super) is_recurring: bool,
}

impl Peek {
    pub(super) fn at(document: &Document) -> Result<Self, StoreError> {
        match Self::fast(&document.json) {
            Some(peek) => Ok(peek),
            None => document.typed::<Event>().map(|event| Self::of(&event)),
        }
    }

    fn of(event: &Event) -> Self {
        Self {
            start: event.start_time,
            end: event.end_time,
            occupied_from: event.occupied_from,
            occupied_until: event.occupied_until,
            all_day: event.all_day,
            is_recurring: event.is_recurring,
        }
    }

    fn fast(json: &str) -> Option<Self> {
        // Declared side by side: start_time, end_time, all_day.
        let (start, rest) = instant_after(json, "\"start_time\":\"", json.find("\"start_time\":\"")?)?;
        let (end, rest) = instant_at(rest.strip_prefix(",\"end_time\":\"")?)?;
        let rest = rest.strip_prefix(",\"all_day\":")?;
        let recurring = "\"is_recurring\":";
        let is_recurring = json.get(json.find(recurring)? + recurring.len()..)?.starts_with("true");
        // And near the end, after every list and text: occupied_from, occupied_until.
        let (occupied_from, tail) =
            instant_after(json, "\"occupied_from\":\"", json.rfind("\"occupied_from\":\"")?)?;
        let (occupied_until, _) = instant_at(tail.strip_prefix(",\"occupied_until\":\"")?)?;
        Some(Self {
            start,
            end,
            occupied_from,
            occupied_until,
            all_day: rest.starts_with("true"),
            is_recurring,
        })
    }
}

fn instant_after<'a>(json: &'a str, name: &str, at: usize) -> Option<(Timestamp, &'a str)> {
    instant_at(json.get(at + name.len()..)?)
}

/// The instant at the start of the text, and what follows its closing quote.
fn instant_at(text: &str) -> Option<(Timestamp, &str)> {
    let (instant, rest) = text.split_once('"')?;
    Some((instant.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use model::Id;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sees_what_decoding_sees(
            title in ".{0,40}",
            notes in proptest::option::of("[\"\\\\:,{}a-z_]{0,60}"),
            start in -60_000_000_000_000_i64..200_000_000_000_000,
            length in 0_i64..100_000_000_000,
            setup in 0_i64..100_000_000,
            all_day: bool,
            is_recurring: bool,
        ) {
            let at = |ms| Timestamp::from_millisecond(ms).unwrap();
            let id = Id::from_bytes([9; 12]);
            let mut event = Event::new(id, id, id, &title, at(start), at(start + length));
            event.description = notes.clone();
            event.internal_notes = notes.map(|text| format!("\"occupied_from\":\"{text}\"start_time\":\""));
            event.setup_start_time = Some(at(start - setup));
            event.recurrence_original = Some(serde_json::json!({"occupied_from": "x", "start_time": "y"}));
            event.all_day = all_day;
            event.is_recurring = is_recurring;
            event.derive();
            let document = Document::of(&event).unwrap();
            prop_assert_eq!(Peek::fast(&document.json), Some(Peek::of(&event)));
            let spaced = document.json.replace("\":", "\": ");
            let foreign = Document { json: spaced.into(), ..document };
            if foreign.typed::<Event>().is_ok_and(|read| read == event) {
                prop_assert_eq!(Peek::at(&foreign).unwrap(), Peek::of(&event));
            }
        }
    }
}
