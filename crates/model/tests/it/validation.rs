//! Validation against the declarations: one table of changes to good documents, and the errors they give.

use model::collections::{self, CALENDARS, EVENTS, LOCATIONS, SYNC_LOGS, USERS};
use model::schema::Collection;
use model::validate::{self, FieldError};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::samples;

fn field_of(error: &FieldError) -> &str {
    &error.field
}

#[test]
fn what_is_wrong_is_said_field_by_field() {
    let cases: Vec<(&Collection, &str, Value, &str, &str)> = vec![
        (&EVENTS, "/title", json!(null), "title", "left out, not null"),
        (&EVENTS, "/title", json!(5), "title", "Text is wanted"),
        (&EVENTS, "/title", json!("x".repeat(1_001)), "title", "At most 1000 characters; there are 1001"),
        (&EVENTS, "/title", json!("a\nb"), "title", "One line of text"),
        (&EVENTS, "/start_time", json!("23 November"), "start_time", "2026-11-23T09:00:00Z"),
        (&EVENTS, "/start_time", json!("2026-11-23"), "start_time", "An instant"),
        (&EVENTS, "/start_time", json!("2026-11-23T09:00:00.0001Z"), "start_time", "millisecond"),
        (&EVENTS, "/start_time", json!("2026-11-23T09:00:00Z[UTC]"), "start_time", "An instant"),
        (&EVENTS, "/all_day", json!("yes"), "all_day", "true or false"),
        (&EVENTS, "/user_id", json!("me"), "user_id", "24 hexadecimal digits"),
        (&EVENTS, "/priority_level", json!("hihg"), "priority_level", "Did you mean high?"),
        (
            &EVENTS,
            "/priority_level",
            json!("urgent"),
            "priority_level",
            "One of low, medium, high or critical",
        ),
        (&EVENTS, "/budget_allocated", json!(-0.01), "budget_allocated", "from 0 to"),
        (&EVENTS, "/equipment_required", json!("Projector"), "equipment_required", "A list"),
        (&EVENTS, "/equipment_required/1", json!(7), "equipment_required[1]", "Text"),
        (&EVENTS, "/staff_assigned", json!(vec!["x"; 201]), "staff_assigned", "At most 200 entries"),
        (&EVENTS, "/attendees/1/email", json!("x".repeat(321)), "attendees[1].email", "At most 320"),
        (
            &EVENTS,
            "/attendees/0/response_status",
            json!("yes"),
            "attendees[0].response_status",
            "One of none",
        ),
        (&EVENTS, "/attendees/0", json!("anna"), "attendees[0]", "A JSON object"),
        (&EVENTS, "/recurrence_pattern/interval", json!(0), "recurrence_pattern.interval", "from 1 to 1000"),
        (
            &EVENTS,
            "/recurrence_pattern/interval",
            json!(1.5),
            "recurrence_pattern.interval",
            "A whole number",
        ),
        (&EVENTS, "/time_zone", json!("Europe/Berln"), "time_zone", "Did you mean Europe/Berlin?"),
        (&EVENTS, "/revision", json!(0), "revision", "at least 1"),
        (&USERS, "/email", json!("anna.example.com"), "email", "has an @"),
        (&USERS, "/role", json!("root"), "role", "One of admin or user"),
        (&CALENDARS, "/color", json!("blue"), "color", "#1e88e5"),
        (&CALENDARS, "/name", json!("  "), "name", "may not be empty"),
        (&LOCATIONS, "/coordinates/latitude", json!(90.5), "coordinates.latitude", "from -90 to 90"),
        (&LOCATIONS, "/coordinates/longitude", json!(-180.1), "coordinates.longitude", "from -180 to 180"),
        (&SYNC_LOGS, "/events_deleted", json!(-1), "events_deleted", "at least 0"),
        (&SYNC_LOGS, "/duration_ms", json!(u64::MAX), "duration_ms", "A whole number"),
    ];
    for (collection, place, value, field, message) in cases {
        let mut document = samples::full(collection);
        *document.pointer_mut(place).unwrap() = value;
        let errors = validate::document(collection, &document);
        let found: Vec<_> = errors.iter().map(field_of).collect();
        assert_eq!(found, [field], "{}{place}: {errors:?}", collection.name);
        assert!(errors[0].message.contains(message), "{}{place}: {}", collection.name, errors[0].message);
    }
}

#[test]
fn missing_and_unknown_fields_are_named() {
    let mut document = samples::full(&EVENTS);
    let members = document.as_object_mut().unwrap();
    members.remove("title");
    members.insert("tittle".to_owned(), json!("Gala"));
    let attendee = members["attendees"][1].as_object_mut().unwrap();
    attendee.remove("name");
    attendee.insert("phone".to_owned(), json!("1"));
    let errors = validate::document(&EVENTS, &document);
    let found: Vec<_> = errors.iter().map(|e| (e.field.as_str(), e.message.as_str())).collect();
    assert_eq!(
        found,
        [
            ("tittle", "There is no such field. Did you mean title?"),
            ("title", "This field is required."),
            ("attendees[1].phone", "There is no such field."),
            ("attendees[1].name", "This field is required."),
        ]
    );
}

#[test]
fn a_change_names_only_what_may_be_written() {
    let writable = ["title", "internal_notes", "setup_start_time"];
    let check = |change: Value| -> Vec<String> {
        let errors = validate::input(&EVENTS, &change, &writable);
        // In the order of the members, which depends on how serde_json keeps them.
        let mut fields: Vec<String> = errors.into_iter().map(|error| error.field).collect();
        fields.sort();
        fields
    };
    assert!(check(json!({"title": "Gala", "internal_notes": null})).is_empty());
    assert_eq!(check(json!({"title": null})), ["title"]);
    assert_eq!(
        check(json!({"title": 5, "location": "Hall", "colour": "red"})),
        ["colour", "location", "title"]
    );
    assert_eq!(check(json!({"setup_start_time": "soon"})), ["setup_start_time"]);
    assert_eq!(check(json!(["title"])), [""]);
}

#[test]
fn errors_do_not_repeat_what_was_sent() {
    let mut document = samples::full(&EVENTS);
    let canary = "canary-of-the-house";
    for name in EVENTS.fields.iter().map(|field| field.name).filter(|name| *name != "recurrence_original") {
        document[name] = json!({ "x": canary });
    }
    document["priority_level"] = json!(canary);
    document["time_zone"] = json!(canary);
    for error in validate::document(&EVENTS, &document) {
        assert!(!error.message.contains(canary), "{error:?}");
    }
}

#[test]
fn errors_are_not_collected_without_end() {
    let mut document = samples::full(&SYNC_LOGS);
    document["errors"] = json!(vec![json!({}); 1_000]);
    assert_eq!(validate::document(&SYNC_LOGS, &document).len(), 100);
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(value in samples::json_value(), names in prop::collection::vec(0_usize..60, 0..20)) {
        for collection in collections::ALL {
            let mut document = samples::full(collection);
            for index in &names {
                let name = collection.fields[index % collection.fields.len()].name;
                document[name] = value.clone();
            }
            let _ = validate::document(collection, &document);
            let _ = validate::document(collection, &value);
            let all: Vec<_> = collection.fields.iter().map(|field| field.name).collect();
            let _ = validate::input(collection, &document, &all);
        }
    }

    /// What validation lets through, the typed document can read.
    #[test]
    fn what_is_valid_can_be_read(value in samples::json_value(), index in 0_usize..60) {
        let mut document = samples::full(&EVENTS);
        document[EVENTS.fields[index % EVENTS.fields.len()].name] = value;
        if validate::document(&EVENTS, &document).is_empty() {
            prop_assert!(serde_json::from_value::<model::documents::Event>(document).is_ok());
        }
    }
}
