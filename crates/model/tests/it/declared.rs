//! What must hold of every declaration.

use std::collections::BTreeSet;

use model::collections::{self, EVENTS, EVENTS_ARCHIVE};
use model::schema::{Exposure, Key, OnDelete, Origin};

#[test]
fn names_are_there_once_and_indexes_and_references_lead_somewhere() {
    for collection in collections::ALL {
        let name = collection.name;
        let names: BTreeSet<_> = collection.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), collection.fields.len(), "{name}: a field twice");
        assert_eq!(collection.fields[0].name, "_id", "{name}");
        let keys = collection.indexes.iter().flat_map(|index| index.keys.iter().map(Key::field));
        for key in keys.chain(collection.cluster.iter().copied()) {
            assert!(names.contains(key), "{name}: no field {key}");
        }
        for reference in collection.fields.iter().filter_map(|field| field.refers_to) {
            assert!(
                collections::named(reference.collection).is_some(),
                "{name}: no {}",
                reference.collection
            );
        }
        for field in collection.fields {
            assert!(field.doc.ends_with('.'), "{name}.{}: the description is a sentence", field.name);
        }
    }
}

#[test]
fn every_collection_has_the_audit_fields() {
    for collection in collections::ALL {
        for name in ["_id", "created_at", "updated_at", "revision"] {
            assert!(
                collection.field(name).is_some_and(|field| field.required),
                "{}: {name}",
                collection.name
            );
        }
    }
}

#[test]
fn the_outward_allow_list_is_exactly_this() {
    let shared: Vec<_> = EVENTS.names(Exposure::Shared).collect();
    assert_eq!(
        shared,
        [
            "title",
            "description",
            "start_time",
            "end_time",
            "all_day",
            "location",
            "category",
            "recurrence_pattern",
            "categories",
            "time_zone",
            "recurrence_rule",
            "show_as",
            "sensitivity",
        ]
    );
    // The archive has the fields of events, and nothing is sent from it.
    let others = |collection: &&&model::schema::Collection| !collection.name.starts_with("events");
    for collection in collections::ALL.iter().filter(others) {
        assert_eq!(collection.names(Exposure::Shared).count(), 0, "{} shares fields", collection.name);
    }
}

#[test]
fn the_internal_fields_are_exactly_these() {
    let internal: Vec<_> = EVENTS.names(Exposure::Internal).collect();
    assert_eq!(
        internal,
        [
            "setup_start_time",
            "setup_end_time",
            "teardown_start_time",
            "teardown_end_time",
            "internal_notes",
            "equipment_required",
            "staff_assigned",
            "budget_allocated",
            "client_contact",
            "internal_category",
            "priority_level",
        ]
    );
}

#[test]
fn every_token_is_a_secret() {
    let secrets =
        |name: &str| -> Vec<_> { collections::named(name).unwrap().names(Exposure::Secret).collect() };
    assert_eq!(
        secrets("users"),
        ["access_token", "refresh_token", "google_access_token", "google_refresh_token"]
    );
    assert_eq!(secrets("sessions"), ["digest", "csrf_token"]);
    assert_eq!(secrets("api_tokens"), ["digest"]);
    assert_eq!(secrets("one_time_codes"), ["digest", "payload"]);
}

#[test]
fn deletions_cascade_as_the_integrity_rules_say() {
    let goes_with = |owner: &str| -> BTreeSet<String> {
        let fields = collections::ALL.iter().flat_map(|c| c.fields.iter().map(move |f| (c, f)));
        fields
            .filter(|(_, field)| {
                field.refers_to.is_some_and(|r| r.collection == owner && r.on_delete == OnDelete::Cascade)
            })
            .filter(|(collection, _)| collection.origin == Origin::Specification)
            .map(|(collection, _)| collection.name.to_owned())
            .collect()
    };
    let of_user = goes_with("users");
    for name in ["calendars", "events", "categories", "locations", "admin_exports"] {
        assert!(of_user.contains(name), "{name} goes with its user");
    }
    assert!(goes_with("calendars").contains("events"), "events go with their calendar");
    assert!(goes_with("events").contains("events"), "exceptions go with their series");
}

#[test]
fn the_archive_has_the_fields_of_events_and_goes_with_their_owners() {
    let shape = |field: &model::schema::Field| format!("{field:?}");
    let archived: Vec<_> = EVENTS_ARCHIVE.fields.iter().map(shape).collect();
    let (last, same) = archived.split_last().unwrap();
    assert_eq!(same, EVENTS.fields.iter().map(shape).collect::<Vec<_>>());
    assert!(last.contains("archived_at"), "{last}");
    for owner in ["users", "calendars"] {
        let goes_with = |field: &model::schema::Field| {
            field.refers_to.is_some_and(|to| to.collection == owner && to.on_delete == OnDelete::Cascade)
        };
        assert!(EVENTS_ARCHIVE.fields.iter().any(goes_with), "archived events go with their {owner}");
    }
}
