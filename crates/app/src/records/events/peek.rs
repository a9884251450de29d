//! The few fields of a stored event that placing it in a range needs, found without decoding the rest.
//!
//! A range of events is mostly passed on as it is stored; decoding each document to compare four times would cost more
//! than everything else. Stored JSON is compact and in the order of the declaration, with quotes inside texts escaped,
//! so that a quoted name followed by a colon is a name. Anything unexpected falls back to decoding.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use memchr::memmem;
use model::documents::{Event, SpanClass};
use store::{Document, StoreError};

const START: &str = "\"start_time\":\"";
const OCCUPIED: &str = "\"occupied_from\":\"";
static START_FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(START));
static OCCUPIED_FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(OCCUPIED));
/// What follows it is two instants, a class and a revision.
const TAIL_BYTES: usize = 256;

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
        let (_, rest) = json.split_at_checked(START_FINDER.find(json.as_bytes())?)?;
        let (start, rest) = instant_at(rest.strip_prefix(START)?)?;
        let (end, rest) = instant_at(rest.strip_prefix(",\"end_time\":\"")?)?;
        let rest = rest.strip_prefix(",\"all_day\":")?;
        // And near the end, after every list and text: occupied_from, occupied_until, span_class.
        let near_end = json.len().saturating_sub(TAIL_BYTES);
        let place = OCCUPIED_FINDER.find_iter(json.as_bytes().get(near_end..)?).last()?;
        let (_, tail) = json.split_at_checked(near_end + place)?;
        let (occupied_from, tail) = instant_at(tail.strip_prefix(OCCUPIED)?)?;
        let (occupied_until, tail) = instant_at(tail.strip_prefix(",\"occupied_until\":\"")?)?;
        let class: i64 = tail.strip_prefix(",\"span_class\":")?.split_once(',')?.0.parse().ok()?;
        let is_recurring = SpanClass::of(class)?.is_series;
        let all_day = rest.starts_with("true");
        Some(Self { start, end, occupied_from, occupied_until, all_day, is_recurring })
    }
}

/// The instant at the start of the text, and what follows its closing quote.
fn instant_at(text: &str) -> Option<(Timestamp, &str)> {
    if let Some((instant, rest)) = text.split_at_checked(WHOLE_SECOND_BYTES)
        && let Some(rest) = rest.strip_prefix('"')
        && let Some(instant) = whole_second(instant)
    {
        return Some((instant, rest));
    }
    let (instant, rest) = text.split_once('"')?;
    Some((instant.parse().ok()?, rest))
}

/// The length of an instant without a fraction.
const WHOLE_SECOND_BYTES: usize = 20;

/// `2026-11-23T09:00:00Z`, as nearly every stored instant is written; others are for the full parser, which takes
/// several times as long.
fn whole_second(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; WHOLE_SECOND_BYTES] = text.as_bytes().try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1, b'Z'] = *bytes
    else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let two = |tens: u8, ones: u8| i8::try_from(digit(tens)? * 10 + digit(ones)?).ok();
    let year = digit(y0)? * 1_000 + digit(y1)? * 100 + digit(y2)? * 10 + digit(y3)?;
    let date = Date::new(year, two(m0, m1)?, two(d0, d1)?).ok()?;
    let time = Time::new(two(h0, h1)?, two(n0, n1)?, two(s0, s1)?, 0).ok()?;
    Offset::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()
}

#[cfg(test)]
mod tests {
    use model::Id;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whole_seconds_are_read_like_the_parser_does(
            second in -62_135_596_800_i64..253_402_207_200,
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z",
        ) {
            let instant = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(whole_second(&instant.to_string()), Some(instant));
            if let Some(read) = whole_second(&text) {
                prop_assert_eq!(Ok(read), text.parse().map_err(|_| ()));
            }
        }

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
