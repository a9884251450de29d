//! What an event derives from its fields.

use jiff::SignedDuration;
use jiff::Timestamp;
use model::Id;
use model::documents::{Event, SPAN_CLASS_REMOVED, SPAN_CLASSES, span_class};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn gala() -> Event {
    let id = Id::from_bytes([1; 12]);
    Event::new(id, id, id, "Gala", at("2026-11-23T18:00:00Z"), at("2026-11-23T23:00:00Z"))
}

#[test]
fn occupied_is_from_set_up_to_teardown() {
    let cases = [
        (None, None, "2026-11-23T18:00:00Z", "2026-11-23T23:00:00Z"),
        (Some("2026-11-23T14:00:00Z"), None, "2026-11-23T14:00:00Z", "2026-11-23T23:00:00Z"),
        (None, Some("2026-11-24T02:00:00Z"), "2026-11-23T18:00:00Z", "2026-11-24T02:00:00Z"),
        // An edit at the provider can leave set-up inside the event; the event itself always counts.
        (
            Some("2026-11-23T19:00:00Z"),
            Some("2026-11-23T22:00:00Z"),
            "2026-11-23T18:00:00Z",
            "2026-11-23T23:00:00Z",
        ),
    ];
    for (setup, teardown, from, until) in cases {
        let mut event = gala();
        event.setup_start_time = setup.map(at);
        event.teardown_end_time = teardown.map(at);
        event.derive();
        assert_eq!(
            (event.occupied_from, event.occupied_until),
            (at(from), at(until)),
            "{setup:?} {teardown:?}"
        );
    }
}

#[test]
fn classes_of_spans() {
    let hours = SignedDuration::from_hours;
    let a_bit = SignedDuration::from_millis(1);
    for (is_series, span, class) in [
        (false, SignedDuration::ZERO, 0),
        (false, hours(4), 0),
        (false, hours(4) + a_bit, 1),
        (false, hours(24), 1),
        (false, hours(8 * 24), 2),
        (false, hours(64 * 24), 3),
        (false, hours(64 * 24) + a_bit, 4),
        (false, SignedDuration::MAX, 4),
        (true, SignedDuration::ZERO, -4),
        (true, hours(32 * 24) + a_bit, -3),
        (true, hours(512 * 24), -2),
        (true, SignedDuration::MAX, -1),
    ] {
        assert_eq!(span_class(is_series, span), class, "{is_series} {span}");
    }
}

#[test]
fn series_and_removed_events_have_classes_of_their_own() {
    let mut event = gala();
    event.derive();
    assert_eq!(event.span_class, 1);
    event.removed_at = Some(event.end_time);
    event.derive();
    assert_eq!(event.span_class, SPAN_CLASS_REMOVED + 1);
    event.is_recurring = true;
    event.derive();
    assert_eq!(event.span_class, SPAN_CLASS_REMOVED - 1, "of a series without a known end");
    event.removed_at = None;
    event.recurrence_until = Some(event.end_time);
    event.derive();
    assert_eq!(event.span_class, -4);
}

#[test]
fn each_category_name_counts_once() {
    let mut event = gala();
    assert!(event.category_uses().is_empty());
    event.category = Some("Concert".to_owned());
    event.categories = vec!["Concert".to_owned(), "Press".to_owned()];
    event.internal_category = Some("Press".to_owned());
    assert_eq!(event.category_uses().into_iter().collect::<Vec<_>>(), ["Concert", "Press"]);
}

#[test]
fn internal_data_is_seen_field_by_field() {
    assert!(!gala().has_internal_data());
    let internal = model::collections::EVENTS.names(model::schema::Exposure::Internal);
    let full = crate::samples::full(&model::collections::EVENTS);
    for field in internal {
        let mut sample = serde_json::to_value(gala()).unwrap();
        sample[field] = full[field].clone();
        let event: Event = serde_json::from_value(sample).unwrap();
        assert!(event.has_internal_data(), "{field}");
    }
}

proptest! {
    #[test]
    fn longer_spans_never_have_lower_classes(a in 0_i64..50_000, b in 0_i64..50_000, is_series: bool) {
        let (short, long) = (SignedDuration::from_hours(a.min(b)), SignedDuration::from_hours(a.max(b)));
        let class = span_class(is_series, long);
        prop_assert!(span_class(is_series, short) <= class);
        let class = SPAN_CLASSES.iter().find(|known| known.number == class).unwrap();
        prop_assert_eq!(class.is_series, is_series);
        prop_assert!(class.limit_h.is_none_or(|limit| long <= SignedDuration::from_hours(limit)));
    }
}
