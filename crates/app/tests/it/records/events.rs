//! Making, changing, deleting and recovering single events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::AppError;
use app::accounts::idempotency::RequestKey;
use app::records::occurrences::EventRef;
use app::records::{calendars, events};
use model::Id;
use model::collections::{AUDIT_LOG, EVENTS, SYNC_LINKS};
use model::documents::{AuditEntry, Event, Record};
use serde_json::{Value, json};
use store::{Batch, Filter, TypedStore};

use crate::house::{House, object};
use crate::meddling::Meddling;

crate::on_every_engine!(
    a_made_event_reads_back,
    wrong_drafts_name_their_fields,
    whole_days_are_dates,
    a_patch_and_back_is_the_same_document,
    an_old_revision_is_refused,
    foreign_events_do_not_exist,
    foreign_calendars_are_refused,
    events_from_outlook_take_internal_fields_only,
    what_outlook_has_no_more_is_ours,
    no_event_comes_into_a_calendar_that_goes,
    delete_removes_then_destroys,
    a_repeated_request_makes_nothing_twice,
    changes_are_audited_without_repeats,
    concurrent_changes_are_all_kept,
);

async fn make(house: &House, draft: Value) -> Value {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let mut draft = object(&draft.to_string());
    draft.entry("calendar_id").or_insert(calendar.id.to_string().into());
    let event = events::create(&house.app, &house.mara, draft, None).await.unwrap();
    serde_json::from_str(&event.text).unwrap()
}

fn gala() -> Value {
    json!({
        "title": "Gala", "start_time": "2026-11-27T18:00:00+01:00", "end_time": "2026-11-27T22:00:00Z",
        "time_zone": "Europe/Berlin", "location": "Great Hall", "categories": ["Concert", "Press"],
        "setup_start_time": "2026-11-27T12:00:00Z", "equipment_required": ["Stage deck x12"],
        "budget_allocated": 1200.5, "priority_level": "high",
    })
}

fn target(event: &Value) -> EventRef {
    event["_id"].as_str().unwrap().parse().unwrap()
}

fn errors(outcome: Result<events::EventView, AppError>) -> (&'static str, Vec<String>) {
    match outcome {
        Err(AppError::Invalid { code, errors }) => {
            (code, errors.into_iter().map(|error| error.field).collect())
        }
        Err(AppError::Conflict { code, .. }) => (code, Vec::new()),
        Err(AppError::NotFound { .. }) => ("not_found", Vec::new()),
        Err(AppError::Stale { .. }) => ("stale", Vec::new()),
        other => panic!("{other:?}"),
    }
}

async fn a_made_event_reads_back(house: House) {
    let event = make(&house, gala()).await;
    assert_eq!(event["start_time"], "2026-11-27T17:00:00Z");
    assert_eq!(event["category"], "Concert");
    assert_eq!(event["occupied_from"], "2026-11-27T12:00:00Z");
    assert_eq!(event["revision"], 1);
    assert_eq!(event["sync_status"], "not_synced");
    assert_eq!(event["created_by"], house.mara.user_id.to_string());
    let read = events::get(&house.app, &house.mara, target(&event)).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&read.text).unwrap(), event);
    let stored: Event =
        house.app.store().read(event["_id"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(model::validate::record(&stored), Vec::new());
}

async fn wrong_drafts_name_their_fields(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await.id.to_string();
    let cases = [
        (json!({}), vec!["calendar_id", "title", "start_time", "end_time"]),
        (json!({"title": 5, "priority_level": "huge"}), vec!["title", "priority_level"]),
        (json!({"titel": "x"}), vec!["titel"]),
        (
            json!({"user_id": calendar, "revision": 7, "occupied_from": "2026-11-27T18:00:00Z"}),
            vec!["user_id", "revision", "occupied_from"],
        ),
        (json!({"title": {"$ne": null}}), vec!["title"]),
        (json!({"attendees": [{"email": 5}]}), vec!["attendees[0].email"]),
        (
            json!({"title": "x", "start_time": "2026-11-27", "end_time": "2026-11-28"}),
            vec!["start_time", "end_time"],
        ),
    ];
    for (mut draft, mut expected) in cases {
        if expected.first() != Some(&"calendar_id") {
            draft["calendar_id"] = calendar.clone().into();
        }
        let outcome = events::create(&house.app, &house.mara, object(&draft.to_string()), None).await;
        let (code, mut fields) = errors(outcome);
        fields.sort();
        fields.dedup();
        expected.sort_unstable();
        assert_eq!(
            (code, fields),
            ("invalid_fields", expected.iter().map(|name| (*name).to_owned()).collect()),
            "{draft}"
        );
    }
    let backwards = json!({"calendar_id": calendar, "title": "x", "start_time": "2026-11-27T18:00:00Z", "end_time": "2026-11-27T17:00:00Z"});
    let outcome = events::create(&house.app, &house.mara, object(&backwards.to_string()), None).await;
    assert_eq!(errors(outcome).1, ["end_time"]);
    let late = json!({"calendar_id": calendar, "title": "x", "start_time": "2026-11-27T18:00:00Z",
        "end_time": "2026-11-27T19:00:00Z", "setup_start_time": "2026-11-27T18:30:00Z"});
    let outcome = events::create(&house.app, &house.mara, object(&late.to_string()), None).await;
    assert_eq!(errors(outcome).1, ["setup_start_time"]);
    assert_eq!(house.app.store().count(&EVENTS, Filter::All(Vec::new())).await.unwrap(), 0);
}

async fn whole_days_are_dates(house: House) {
    let fair =
        json!({"title": "Fair", "all_day": true, "start_time": "2026-11-23", "end_time": "2026-11-25"});
    let event = make(&house, fair).await;
    assert_eq!(
        (event["start_time"].as_str(), event["end_time"].as_str()),
        (Some("2026-11-23"), Some("2026-11-25"))
    );
    let stored: Event = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    assert_eq!(stored.start_time.to_string(), "2026-11-23T00:00:00Z");
    let patch = |text: &'static str| {
        let house = &house;
        let event = &event;
        async move { events::patch(&house.app, &house.mara, target(event), &object(text), None).await }
    };
    assert_eq!(errors(patch(r#"{"all_day": false}"#).await).1, ["start_time", "end_time"]);
    assert_eq!(errors(patch(r#"{"end_time": "2026-11-26T09:00:00Z"}"#).await).1, ["end_time"]);
    let moved = patch(r#"{"end_time": "2026-11-26"}"#).await.unwrap();
    assert!(moved.text.contains(r#""end_time":"2026-11-26","#), "{}", moved.text);
    let timed = patch(
        r#"{"all_day": false, "start_time": "2026-11-23T08:00:00Z", "end_time": "2026-11-23T09:00:00Z"}"#,
    );
    assert!(timed.await.unwrap().text.contains(r#""start_time":"2026-11-23T08:00:00Z""#));
}

async fn a_patch_and_back_is_the_same_document(house: House) {
    let event = make(&house, gala()).await;
    let before: Event = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    let there = r#"{"title": "Ball", "location": null, "staff_assigned": ["Ana"], "internal_notes": "keys", "category": "Party",
        "setup_start_time": null, "attendees": [{"email": "a@example.org"}], "start_time": "2026-11-27T16:00:00Z"}"#;
    let back = r#"{"title": "Gala", "location": "Great Hall", "staff_assigned": null, "internal_notes": null,
        "categories": ["Concert", "Press"], "setup_start_time": "2026-11-27T12:00:00Z", "attendees": null,
        "start_time": "2026-11-27T17:00:00Z"}"#;
    let changed =
        events::patch(&house.app, &house.mara, target(&event), &object(there), Some(1)).await.unwrap();
    let changed: Value = serde_json::from_str(&changed.text).unwrap();
    assert_eq!(changed["categories"], json!(["Party", "Press"]));
    assert_eq!(changed["occupied_from"], "2026-11-27T16:00:00Z");
    assert_eq!(changed.get("location"), None);
    events::patch(&house.app, &house.mara, target(&event), &object(back), Some(2)).await.unwrap();
    let mut after: Event = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    assert_eq!(after.revision, 3);
    (after.revision, after.updated_at) = (before.revision, before.updated_at);
    assert_eq!(after, before);
    // What changes nothing writes nothing.
    let same =
        events::patch(&house.app, &house.mara, target(&event), &object(r#"{"title": "Gala"}"#), None).await;
    assert_eq!(same.unwrap().revision, 3);
}

async fn an_old_revision_is_refused(house: House) {
    let event = make(&house, gala()).await;
    let patch = object(r#"{"title": "Ball"}"#);
    events::patch(&house.app, &house.mara, target(&event), &patch, Some(1)).await.unwrap();
    let again = object(r#"{"title": "Soirée"}"#);
    assert_eq!(
        errors(events::patch(&house.app, &house.mara, target(&event), &again, Some(1)).await).0,
        "stale"
    );
    let stale = events::delete(&house.app, &house.mara, target(&event), Some(1)).await.unwrap_err();
    assert_eq!(stale, AppError::Stale { what: "event" });
    events::patch(&house.app, &house.mara, target(&event), &again, None).await.unwrap();
}

async fn foreign_events_do_not_exist(house: House) {
    let event = make(&house, gala()).await;
    let unknown = EventRef::Stored(Id::from_bytes([9; 12]));
    let patch = object(r#"{"internal_notes": "mine now"}"#);
    for target in [target(&event), unknown] {
        assert_eq!(errors(events::get(&house.app, &house.jonas, target).await).0, "not_found");
        assert_eq!(
            errors(events::patch(&house.app, &house.jonas, target, &patch, None).await).0,
            "not_found"
        );
        assert_eq!(errors(events::restore(&house.app, &house.jonas, target, None).await).0, "not_found");
        let deleted = events::delete(&house.app, &house.jonas, target, None).await.unwrap_err();
        assert_eq!(deleted, AppError::NotFound { what: "event" });
    }
    events::patch(&house.app, &house.admin, target(&event), &patch, None).await.unwrap();
}

async fn foreign_calendars_are_refused(house: House) {
    let event = make(&house, gala()).await;
    let theirs = house.calendar(&house.jonas, "Theirs").await.id;
    let mut draft = object(&gala().to_string());
    for id in [theirs.to_string(), Id::from_bytes([9; 12]).to_string()] {
        draft.insert("calendar_id".to_owned(), id.clone().into());
        let outcome = events::create(&house.app, &house.mara, draft.clone(), None).await;
        assert_eq!(errors(outcome), ("invalid_fields", vec!["calendar_id".to_owned()]));
        let patch = object(&json!({"calendar_id": id}).to_string());
        let outcome = events::patch(&house.app, &house.mara, target(&event), &patch, None).await;
        assert_eq!(errors(outcome), ("invalid_fields", vec!["calendar_id".to_owned()]));
    }
    let own = house.calendar(&house.mara, "Second").await.id.to_string();
    let patch = object(&json!({"calendar_id": own}).to_string());
    let moved = events::patch(&house.app, &house.mara, target(&event), &patch, None).await.unwrap();
    assert!(moved.text.contains(&own));
}

/// An event of Outlook's, read by a sync.
async fn board(house: &House) -> Event {
    let calendar = house.outlook_calendar(&house.mara).await;
    let at = |text: &str| text.parse().unwrap();
    let mut event = Event::new(
        house.app.new_id(),
        house.mara.user_id,
        calendar.id,
        "Board",
        at("2026-11-27T09:00:00Z"),
        at("2026-11-27T10:00:00Z"),
    );
    event.outlook_event_id = Some("AAMkAD=".to_owned());
    house.insert(&mut event).await;
    house.link(&event).await;
    event
}

async fn events_from_outlook_take_internal_fields_only(house: House) {
    let event = board(&house).await;
    let mut draft = object(&gala().to_string());
    draft.insert("calendar_id".to_owned(), event.calendar_id.to_string().into());
    assert_eq!(errors(events::create(&house.app, &house.mara, draft, None).await).0, "outlook_read_only");
    let target = EventRef::Stored(event.id);
    let shared = object(r#"{"title": "x", "internal_notes": "y", "location": null, "categories": []}"#);
    let (code, fields) = errors(events::patch(&house.app, &house.mara, target, &shared, None).await);
    assert_eq!(
        (code, fields),
        ("shared_fields_read_only", vec!["categories".into(), "location".into(), "title".into()])
    );
    let internal = object(
        r#"{"internal_notes": "keys", "staff_assigned": ["Ana"], "setup_start_time": "2026-11-27T08:00:00Z"}"#,
    );
    let changed = events::patch(&house.app, &house.mara, target, &internal, Some(1)).await.unwrap();
    assert!(changed.text.contains("keys"));
    let deleted = events::delete(&house.app, &house.mara, target, None).await.unwrap_err();
    assert!(matches!(deleted, AppError::Conflict { code: "outlook_read_only", .. }));
}

/// What a sync leaves of an event with notes that was deleted in Outlook: a removed event without a link.
async fn what_outlook_has_no_more_is_ours(house: House) {
    let mut event = board(&house).await;
    let mut batch = Batch::new();
    batch.delete(&SYNC_LINKS, Filter::eq("event_id", event.id));
    let revision = event.revision;
    event.internal_notes = Some("keys".to_owned());
    event.removed_at = Some(house.app.now());
    event.derive();
    event.touch(house.app.now());
    batch.replace(&event, revision).unwrap();
    house.app.store().commit(batch).await.unwrap();

    let target = EventRef::Stored(event.id);
    let back = events::restore(&house.app, &house.mara, target, None).await.unwrap().text;
    assert!(back.contains("keys") && back.contains("AAMkAD=") && !back.contains("removed_at"), "{back}");
    assert!(back.contains(r#""sync_status":"not_synced""#) && back.contains("kept here by choice"), "{back}");
    let own = make(&house, gala()).await["calendar_id"].clone();
    let change = object(&json!({"title": "Board, by telephone", "calendar_id": own}).to_string());
    let moved = events::patch(&house.app, &house.mara, target, &change, None).await.unwrap();
    assert!(moved.text.contains("by telephone"), "{}", moved.text);
    for _ in 0..2 {
        events::delete(&house.app, &house.mara, target, None).await.unwrap();
    }
    assert!(events::get(&house.app, &house.mara, target).await.is_err(), "it went for good");
}

/// Before each call of the store that a creation makes, in turn, somebody else deletes the calendar.
async fn no_event_comes_into_a_calendar_that_goes(house: House) {
    let second = house.second();
    for place in 0.. {
        let calendar = house.calendar(&house.mara, "Going").await;
        let (theirs, mara, id) = (second.clone(), house.mara, calendar.id);
        let has_come = Arc::new(AtomicBool::new(false));
        let comes = has_come.clone();
        let meddling = Meddling::before(house.store.clone(), move |number| {
            let (theirs, comes) = (theirs.clone(), comes.clone());
            async move {
                if number == place {
                    calendars::delete(&theirs, &mara, id, None).await.unwrap();
                    comes.store(true, Ordering::Relaxed);
                }
            }
        });
        let ours = house.before(Arc::new(meddling));
        let mut draft = object(&gala().to_string());
        draft.insert("calendar_id".to_owned(), id.to_string().into());
        let outcome = events::create(&ours, &house.mara, draft, None).await;
        if !has_come.load(Ordering::Relaxed) {
            outcome.unwrap();
            assert!(place > 1, "a creation reads the calendar, and commits");
            break;
        }
        assert_eq!(errors(outcome).1, ["calendar_id"], "before call {place}");
        let of_it = Filter::eq("calendar_id", id);
        assert_eq!(house.app.store().count(&EVENTS, of_it).await.unwrap(), 0, "before call {place}");
    }
}

async fn delete_removes_then_destroys(house: House) {
    let event = make(&house, gala()).await;
    let target = target(&event);
    events::delete(&house.app, &house.mara, target, None).await.unwrap();
    let removed = events::get(&house.app, &house.mara, target).await.unwrap();
    assert!(removed.text.contains("removed_at") && removed.text.contains(r#""span_class":10"#));
    let patch = object(r#"{"title": "x"}"#);
    assert_eq!(errors(events::patch(&house.app, &house.mara, target, &patch, None).await).0, "event_removed");
    let back = events::restore(&house.app, &house.mara, target, None).await.unwrap();
    assert!(!back.text.contains("removed_at"));
    events::delete(&house.app, &house.mara, target, None).await.unwrap();
    events::delete(&house.app, &house.mara, target, None).await.unwrap();
    assert_eq!(errors(events::get(&house.app, &house.mara, target).await).0, "not_found");
}

async fn a_repeated_request_makes_nothing_twice(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await.id.to_string();
    let mut draft = object(&gala().to_string());
    draft.insert("calendar_id".to_owned(), calendar.into());
    let key = RequestKey::new("k-1", "POST", "/api/v1/events", b"body").unwrap();
    let create = || events::create(&house.app, &house.mara, draft.clone(), Some(&key));
    let (one, two) = tokio::join!(create(), create());
    assert_eq!(one.unwrap().id, two.unwrap().id);
    assert_eq!(create().await.unwrap().revision, 1);
    assert_eq!(house.app.store().count(&EVENTS, Filter::All(Vec::new())).await.unwrap(), 1);
    let other = RequestKey::new("k-1", "POST", "/api/v1/events", b"other").unwrap();
    let outcome = events::create(&house.app, &house.mara, draft.clone(), Some(&other)).await;
    assert_eq!(errors(outcome).0, "idempotency_key_reused");
}

async fn changes_are_audited_without_repeats(house: House) {
    let event = make(&house, gala()).await;
    let patch = object(r#"{"title": "Ball", "internal_notes": "keys"}"#);
    events::patch(&house.app, &house.mara, target(&event), &patch, None).await.unwrap();
    let id: Id = event["_id"].as_str().unwrap().parse().unwrap();
    let entries: Vec<AuditEntry> = house.app.store().all(Filter::eq("document_id", id)).await.unwrap();
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["event.created", "event.updated"]);
    let update = &entries[1];
    assert_eq!(update.actor_id, Some(house.mara.user_id));
    assert_eq!((update.source.as_str(), update.collection.as_str()), ("web", "events"));
    let expected = json!({"title": {"before": "Gala", "after": "Ball"}, "internal_notes": {"after": "keys"}});
    assert_eq!(update.changes, Some(expected));
    assert_eq!(model::validate::record(update), Vec::new());
    assert_eq!(AuditEntry::COLLECTION.name, AUDIT_LOG.name);
}

async fn concurrent_changes_are_all_kept(house: House) {
    let event = make(&house, gala()).await;
    let patches = ["title", "internal_notes", "client_contact", "description"];
    let patches = patches.map(|field| object(&json!({field: "changed"}).to_string()));
    let all = patches.iter().map(|patch| events::patch(&house.app, &house.mara, target(&event), patch, None));
    for outcome in futures::future::join_all(all).await {
        outcome.unwrap();
    }
    let after: Event = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    assert_eq!(after.revision, 5);
    assert_eq!((after.title.as_str(), after.description.as_deref()), ("changed", Some("changed")));
}
