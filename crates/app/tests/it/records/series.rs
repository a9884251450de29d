//! Series: made by pattern or rule, changed as a whole or one occurrence at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::records::events::{self, EventView, RangeQuery};
use app::records::occurrences::EventRef;
use app::{AppError, Caller};
use jiff::{SignedDuration, Timestamp};
use model::collections::EVENTS;
use model::documents::Event;
use serde_json::{Value, json};
use store::{Filter, TypedStore};

use crate::house::{House, object};
use crate::meddling::Meddling;

crate::on_every_engine!(
    a_pattern_becomes_a_rule_and_back,
    wrong_patterns_are_refused,
    an_occurrence_changed_by_itself_becomes_a_document,
    two_changes_of_one_occurrence_make_one_document,
    a_change_in_the_midst_of_a_change_of_one_occurrence_is_kept,
    exceptions_follow_their_series,
    an_occurrence_can_be_called_off_and_come_back,
    a_series_goes_and_comes_with_its_exceptions,
    occurrences_from_outlook_take_internal_fields_only,
    notes_on_a_series_from_outlook_leave_its_rule_word_for_word,
);

pub(super) async fn weekly(house: &House, times: u32) -> Value {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let draft = json!({
        "calendar_id": calendar.id.to_string(), "title": "Stand-up", "start_time": "2026-10-19T07:00:00Z",
        "end_time": "2026-10-19T08:00:00Z", "time_zone": "Europe/Berlin", "location": "Foyer",
        "setup_start_time": "2026-10-19T06:30:00Z",
        "recurrence_pattern": {"type": "weekly", "days_of_week": ["monday"], "occurrence_count": times},
    });
    parsed(events::create(&house.app, &house.mara, object(&draft.to_string()), None).await.unwrap())
}

fn parsed(view: EventView) -> Value {
    serde_json::from_str(&view.text).unwrap()
}

fn occurrence(series: &Value, start: &str) -> EventRef {
    format!("{}:{start}", series["_id"].as_str().unwrap()).parse().unwrap()
}

fn whole(series: &Value) -> EventRef {
    series["_id"].as_str().unwrap().parse().unwrap()
}

async fn patch(house: &House, target: EventRef, change: Value) -> Result<EventView, AppError> {
    events::patch(&house.app, &house.mara, target, &object(&change.to_string()), None).await
}

/// Ids and titles of what lies in the autumn of 2026.
async fn listed(house: &House, caller: &Caller) -> Vec<(String, String)> {
    let query = RangeQuery {
        from: Some("2026-10-01T00:00:00Z".parse().unwrap()),
        to: Some("2026-12-01T00:00:00Z".parse().unwrap()),
        ..RangeQuery::default()
    };
    let page = events::range(&house.app, caller, query).await.unwrap();
    let items = page.items.iter().map(|item| serde_json::from_str::<Value>(item).unwrap());
    items
        .map(|item| {
            let start = item["start_time"].as_str().unwrap();
            (start.to_owned(), item["title"].as_str().unwrap().to_owned())
        })
        .collect()
}

async fn starts(house: &House) -> Vec<String> {
    listed(house, &house.mara).await.into_iter().map(|(start, _)| start).collect()
}

const MONDAYS: [&str; 4] =
    ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z", "2026-11-09T08:00:00Z"];

async fn a_pattern_becomes_a_rule_and_back(house: House) {
    let series = weekly(&house, 4).await;
    assert_eq!(series["is_recurring"], true);
    assert_eq!(series["recurrence_lossless"], true);
    assert_eq!(series["recurrence_until"], "2026-11-09T09:00:00Z");
    assert_eq!(series["span_class"], -4);
    assert_eq!(starts(&house).await, MONDAYS);
    let changed = patch(&house, whole(&series), json!({"recurrence_pattern": {"occurrence_count": 2}})).await;
    let changed = parsed(changed.unwrap());
    assert_eq!(changed["recurrence_pattern"]["days_of_week"], json!(["monday"]));
    assert_eq!(starts(&house).await, MONDAYS[..2]);
    let rule = json!({"recurrence_rule": ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"]});
    let changed = parsed(patch(&house, whole(&series), rule).await.unwrap());
    assert_eq!(changed["recurrence_pattern"]["occurrence_count"], 3);
    let single = parsed(patch(&house, whole(&series), json!({"recurrence_pattern": null})).await.unwrap());
    assert_eq!((single["is_recurring"].as_bool(), single.get("recurrence_rule")), (Some(false), None));
    assert_eq!(starts(&house).await, MONDAYS[..1]);
}

async fn wrong_patterns_are_refused(house: House) {
    let series = weekly(&house, 4).await;
    let cases = [
        (json!({"recurrence_pattern": {"days_of_week": ["tuesday"]}}), "start_time"),
        (json!({"recurrence_pattern": {"type": "hourly"}}), "recurrence_pattern.type"),
        (json!({"recurrence_pattern": {"interval": 0}}), "recurrence_pattern.interval"),
        (json!({"recurrence_rule": ["FREQ=SECONDLY"]}), "recurrence_rule"),
        (json!({"recurrence_rule": ["FREQ=DAILY", "FREQ=WEEKLY"]}), "recurrence_rule"),
        (json!({"start_time": "2026-10-20T07:00:00Z", "end_time": "2026-10-20T08:00:00Z"}), "start_time"),
        (json!({"recurrence_master_id": "6741a2b0c3d4e5f601020304"}), "recurrence_master_id"),
    ];
    for (change, field) in cases {
        match patch(&house, whole(&series), change.clone()).await {
            Err(AppError::Invalid { errors, .. }) => {
                assert!(errors.iter().any(|error| error.field == field), "{change}: {errors:?}");
            }
            other => panic!("{change}: {other:?}"),
        }
    }
}

async fn an_occurrence_changed_by_itself_becomes_a_document(house: House) {
    let series = weekly(&house, 4).await;
    let target = occurrence(&series, MONDAYS[1]);
    let before = parsed(events::get(&house.app, &house.mara, target).await.unwrap());
    assert_eq!(before["_id"], format!("{}:{}", series["_id"].as_str().unwrap(), MONDAYS[1]));
    assert_eq!(before["setup_start_time"], "2026-10-26T07:30:00Z");
    assert_eq!(before["recurrence_master_id"], series["_id"]);
    let change = json!({"internal_notes": "mind the fair", "staff_assigned": ["Ana"]});
    let after = parsed(patch(&house, target, change).await.unwrap());
    assert_eq!(after["inherits_shared"], true);
    assert_eq!(
        (after["original_start"].as_str(), after["original_date"].as_str()),
        (Some(MONDAYS[1]), Some("2026-10-26"))
    );
    assert_eq!(after["is_recurring"], false);
    assert_ne!(after["revision"], series["revision"]);
    assert_eq!(starts(&house).await, MONDAYS);
    // Its old name still leads to it, and a further change goes there.
    let again = parsed(patch(&house, target, json!({"title": "Fair stand-up"})).await.unwrap());
    assert_eq!(again["_id"], after["_id"]);
    assert_eq!(again.get("inherits_shared"), None);
    let stored: Event =
        house.app.store().read(after["_id"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(model::validate::record(&stored), Vec::new());
    for name in ["2026-10-27T08:00:00Z", "2026-10-26T07:00:00Z", "2026-10-26", "2026-11-16T08:00:00Z"] {
        let outcome = events::get(&house.app, &house.mara, occurrence(&series, name)).await;
        assert_eq!(outcome.unwrap_err(), AppError::NotFound { what: "event" }, "{name}");
    }
}

async fn two_changes_of_one_occurrence_make_one_document(house: House) {
    let series = weekly(&house, 4).await;
    let target = occurrence(&series, MONDAYS[2]);
    let (one, two) = tokio::join!(
        patch(&house, target, json!({"internal_notes": "one"})),
        patch(&house, target, json!({"client_contact": "two"})),
    );
    assert_eq!(one.unwrap().id, two.unwrap().id);
    assert_eq!(house.app.store().count(&EVENTS, Filter::All(Vec::new())).await.unwrap(), 2);
    let read = parsed(events::get(&house.app, &house.mara, target).await.unwrap());
    assert_eq!(
        (read["internal_notes"].as_str(), read["client_contact"].as_str()),
        (Some("one"), Some("two"))
    );
    let stale = object(r#"{"internal_notes": "three"}"#);
    let revision = series["revision"].as_i64();
    let outcome = events::patch(&house.app, &house.mara, target, &stale, revision).await;
    assert_eq!(outcome.unwrap_err(), AppError::Stale { what: "event" });
}

/// Before each call of the store that a change makes, in turn, somebody else changes the same occurrence.
async fn a_change_in_the_midst_of_a_change_of_one_occurrence_is_kept(house: House) {
    let (series, other) = (weekly(&house, 20).await, house.second());
    for place in 0.. {
        let start =
            "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(7 * 24 * place);
        let target = occurrence(&series, &start.to_string());
        let (theirs, mara) = (other.clone(), house.mara);
        let has_come = Arc::new(AtomicBool::new(false));
        let comes = has_come.clone();
        let meddling = Meddling::before(house.store.clone(), move |number| {
            let (theirs, comes) = (theirs.clone(), comes.clone());
            async move {
                if i64::try_from(number) == Ok(place) {
                    let change = object(r#"{"client_contact": "theirs"}"#);
                    events::patch(&theirs, &mara, target, &change, None).await.unwrap();
                    comes.store(true, Ordering::Relaxed);
                }
            }
        });
        let ours = house.before(Arc::new(meddling));
        let change = object(r#"{"internal_notes": "ours"}"#);
        events::patch(&ours, &house.mara, target, &change, None).await.unwrap();
        if !has_come.load(Ordering::Relaxed) {
            assert!(place > 3, "a change reads the series, the exception, the calendar, and commits");
            break;
        }
        let read = parsed(events::get(&house.app, &house.mara, target).await.unwrap());
        let both = (read["internal_notes"].as_str(), read["client_contact"].as_str());
        assert_eq!(both, (Some("ours"), Some("theirs")), "before call {place}");
    }
}

async fn exceptions_follow_their_series(house: House) {
    let series = weekly(&house, 4).await;
    patch(&house, occurrence(&series, MONDAYS[1]), json!({"internal_notes": "inherits"})).await.unwrap();
    patch(&house, occurrence(&series, MONDAYS[2]), json!({"title": "Own title"})).await.unwrap();
    let change = json!({"title": "Briefing", "start_time": "2026-10-19T09:00:00Z", "end_time": "2026-10-19T10:00:00Z",
        "setup_start_time": "2026-10-19T08:00:00Z"});
    patch(&house, whole(&series), change).await.unwrap();
    let expected = [
        ("2026-10-19T09:00:00Z", "Briefing"),
        ("2026-10-26T10:00:00Z", "Briefing"),
        ("2026-11-02T08:00:00Z", "Own title"),
        ("2026-11-09T10:00:00Z", "Briefing"),
    ];
    let expected = expected.map(|(start, title)| (start.to_owned(), title.to_owned()));
    assert_eq!(listed(&house, &house.mara).await, expected);
    let outcome = patch(&house, whole(&series), json!({"recurrence_pattern": null})).await;
    assert!(matches!(outcome, Err(AppError::Conflict { code: "series_has_exceptions", .. })));
}

async fn an_occurrence_can_be_called_off_and_come_back(house: House) {
    let series = weekly(&house, 4).await;
    let target = occurrence(&series, MONDAYS[3]);
    events::delete(&house.app, &house.mara, target, None).await.unwrap();
    assert_eq!(starts(&house).await, MONDAYS[..3]);
    assert!(events::get(&house.app, &house.mara, target).await.is_err());
    events::restore(&house.app, &house.mara, target, None).await.unwrap();
    assert_eq!(starts(&house).await, MONDAYS);
    let exception = patch(&house, target, json!({"internal_notes": "x"})).await.unwrap();
    events::delete(&house.app, &house.mara, target, None).await.unwrap();
    assert_eq!(starts(&house).await, MONDAYS[..3]);
    events::restore(&house.app, &house.mara, exception.id.parse().unwrap(), None).await.unwrap();
    assert_eq!(starts(&house).await, MONDAYS);
}

async fn a_series_goes_and_comes_with_its_exceptions(house: House) {
    let series = weekly(&house, 4).await;
    patch(&house, occurrence(&series, MONDAYS[1]), json!({"internal_notes": "x"})).await.unwrap();
    events::delete(&house.app, &house.mara, whole(&series), None).await.unwrap();
    assert_eq!(starts(&house).await, Vec::<String>::new());
    events::restore(&house.app, &house.mara, whole(&series), None).await.unwrap();
    assert_eq!(starts(&house).await, MONDAYS);
    events::delete(&house.app, &house.mara, whole(&series), None).await.unwrap();
    events::delete(&house.app, &house.mara, whole(&series), None).await.unwrap();
    assert_eq!(house.app.store().count(&EVENTS, Filter::All(Vec::new())).await.unwrap(), 0);
}

async fn occurrences_from_outlook_take_internal_fields_only(house: House) {
    let series = weekly(&house, 4).await;
    as_from_outlook(&house, |_| {}).await;
    let target = occurrence(&series, MONDAYS[1]);
    let outcome = patch(&house, target, json!({"title": "x"})).await;
    assert!(matches!(outcome, Err(AppError::Invalid { code: "shared_fields_read_only", .. })));
    let made = parsed(patch(&house, target, json!({"internal_notes": "x"})).await.unwrap());
    assert_eq!((made.get("outlook_event_id"), made["inherits_shared"].as_bool()), (None, Some(true)));
    let outcome = events::delete(&house.app, &house.mara, target, None).await;
    assert!(matches!(outcome, Err(AppError::Conflict { code: "outlook_read_only", .. })));
}

async fn notes_on_a_series_from_outlook_leave_its_rule_word_for_word(house: House) {
    let series = weekly(&house, 4).await;
    let before = as_from_outlook(&house, |master| {
        // The first day is none of the rule, as providers allow, and the rule is not written as ours are.
        master.recurrence_rule = vec!["RRULE:COUNT=4;BYDAY=TU;FREQ=WEEKLY".to_owned()];
        master.recurrence_original = Some(json!({"pattern": {"type": "weekly"}}));
        master.recurrence_lossless = Some(false);
    })
    .await;
    let change = json!({"internal_notes": "x", "teardown_end_time": "2026-10-19T09:00:00Z"});
    patch(&house, whole(&series), change).await.unwrap();
    let after: Event = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    assert_eq!(after.internal_notes.as_deref(), Some("x"));
    assert_eq!(after.recurrence_rule, before.recurrence_rule);
    assert_eq!(after.recurrence_original, before.recurrence_original);
    assert_eq!(after.recurrence_lossless, before.recurrence_lossless);
    assert_eq!(after.recurrence_pattern, before.recurrence_pattern);
    let last_torn_down = "2026-11-10T10:00:00Z".parse().unwrap();
    assert_eq!(after.recurrence_until, Some(last_torn_down), "an hour of teardown is an hour more");
}

/// Makes the one event there is one that came from Outlook, and changed like this.
async fn as_from_outlook(house: &House, change: impl FnOnce(&mut Event)) -> Event {
    let outlook = house.outlook_calendar(&house.mara).await;
    let mut master: Event = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    let revision = master.revision;
    master.calendar_id = outlook.id;
    master.outlook_event_id = Some("AAMkMASTER".to_owned());
    change(&mut master);
    model::documents::Record::touch(&mut master, house.app.now());
    let mut batch = store::Batch::new();
    batch.replace(&master, revision).unwrap();
    house.app.store().commit(batch).await.unwrap();
    house.link(&master).await;
    master
}
