//! Any JSON is read to the end: no panic, and the same twice.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-11-24T09:00:00.0000000")),
        Just(json!("9999-12-31T23:59:59.9999999Z")),
        Just(json!("-009999-01-01T00:00:00")),
        Just(json!("tzone://Microsoft/Custom")),
        Just(json!("W. Europe Standard Time")),
        Just(json!("OID.m.2026-12-01")),
        Just(json!("seriesMaster")),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let names = prop::sample::select(vec![
            "dateTime",
            "timeZone",
            "pattern",
            "range",
            "recurrenceTimeZone",
            "content",
            "contentType",
            "displayName",
            "emailAddress",
            "address",
            "name",
            "status",
            "response",
            "type",
            "startDate",
            "interval",
            "daysOfWeek",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..5)
                .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// An object with the members of an event, some absent, each with any value.
fn any_event() -> impl Strategy<Value = Value> {
    let members = vec![
        "id",
        "type",
        "@removed",
        "@odata.etag",
        "changeKey",
        "subject",
        "body",
        "start",
        "end",
        "isAllDay",
        "originalStartTimeZone",
        "originalStart",
        "occurrenceId",
        "seriesMasterId",
        "recurrence",
        "cancelledOccurrences",
        "location",
        "locations",
        "categories",
        "attendees",
        "organizer",
        "showAs",
        "sensitivity",
        "isCancelled",
        "lastModifiedDateTime",
    ];
    let sound = json!({
        "id": "e", "type": "seriesMaster", "subject": "s", "body": null, "isAllDay": false,
        "start": {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-24T10:00:00.0000000", "timeZone": "UTC"},
        "recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-11-24"}},
    });
    prop::collection::vec((prop::sample::select(members), any_json()), 0..6).prop_map(move |changes| {
        let mut event = sound.clone();
        for (name, value) in changes {
            event[name] = value;
        }
        event
    })
}

proptest! {
    #[test]
    fn any_json_is_an_entry(raw in any_json()) {
        let _ = item(&raw.to_string());
        let _ = single(raw);
    }

    #[test]
    fn any_event_is_an_entry_and_reads_alike_both_ways(raw in any_event()) {
        let text = raw.to_string();
        prop_assert_eq!(format!("{:?}", item(&text)), format!("{:?}", member_by_member(&text)));
        let _ = single(raw);
    }
}

#[test]
fn a_usual_item_is_read_straight_from_its_text_and_what_was_left_out_is_seen() {
    let sound = json!({
        "id": "e", "type": "singleInstance", "subject": "s", "body": {}, "isAllDay": false,
        "start": {"dateTime": "2026-11-24T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-24T10:00:00", "timeZone": "UTC"},
    });
    assert!(whole(&sound.to_string()).is_some());
    let with = |name: &str, value: Value| {
        let mut item = sound.clone();
        item[name] = value;
        item.to_string()
    };
    let without = |name: &str| {
        let mut item = sound.clone();
        item.as_object_mut().unwrap().remove(name);
        item.to_string()
    };
    assert!(matches!(item(&with("@removed", Value::Null)), Item::Entry(RemoteEntry::Removed { .. })));
    assert!(matches!(item(&with("subject", Value::Null)), Item::Entry(RemoteEntry::Event(_))));
    assert!(matches!(item(&without("subject")), Item::Incomplete { .. }));
    assert!(matches!(item(&with("subject", json!(7))), Item::Entry(RemoteEntry::Unreadable { .. })));
    assert!(matches!(item(&without("id")), Item::Entry(RemoteEntry::Unreadable { id: None, .. })));
    assert!(matches!(item(r#""\ud800""#), Item::Entry(RemoteEntry::Unreadable { .. })));
}
