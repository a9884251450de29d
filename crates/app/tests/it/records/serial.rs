//! Two changes at once end as one after the other would: whatever the second does before any call of the store that the
//! first one makes, answers and documents are those of one of the two orders.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use app::records::events;
use app::records::occurrences::EventRef;
use app::{App, AppError, Caller};
use model::collections::{CATEGORIES, EVENTS, LOCATIONS};
use serde_json::{Value, json};
use store::Filter;

use super::series::weekly;
use crate::house::{House, object};
use crate::meddling::Meddling;

/// The second occurrence has a document of its own, the third has none.
const CHANGED: &str = "2026-10-26T08:00:00Z";
const COMPUTED: &str = "2026-11-02T08:00:00Z";

/// What is changed, and how. `None` deletes, `null` recovers.
const CHANGES: [(&str, &str, Option<&str>); 14] = [
    ("the title of the series", "", Some(r#"{"title": "Briefing"}"#)),
    ("the notes of the series", "", Some(r#"{"internal_notes": "all"}"#)),
    ("the category of the series", "", Some(r#"{"category": "Concert"}"#)),
    ("the time of the series", "", Some(r#"{"end_time": "2026-10-19T08:30:00Z"}"#)),
    (
        "the rule of the series",
        "",
        Some(
            r#"{"recurrence_pattern": {"type": "weekly", "days_of_week": ["monday"], "occurrence_count": 2}}"#,
        ),
    ),
    ("the series goes", "", None),
    ("the series comes back", "", Some("null")),
    ("notes of a computed occurrence", COMPUTED, Some(r#"{"internal_notes": "this one"}"#)),
    ("a title for a computed occurrence", COMPUTED, Some(r#"{"title": "Fair"}"#)),
    ("a computed occurrence goes", COMPUTED, None),
    ("a computed occurrence comes back", COMPUTED, Some("null")),
    ("notes of a changed occurrence", CHANGED, Some(r#"{"staff_assigned": ["Ana"]}"#)),
    ("a changed occurrence goes", CHANGED, None),
    ("a changed occurrence comes back", CHANGED, Some("null")),
];

/// How the series is found: as it is, removed, with the third occurrence called off.
#[derive(Clone, Copy, Debug)]
enum Before {
    Living,
    Removed,
    CalledOff,
}

type Answer = Result<Value, String>;

/// What both were answered, and what the store has then.
type Outcome = (Answer, Answer, Vec<Value>);

/// A house with the series, and the series' id.
async fn house(before: Before) -> (House, String) {
    let house = House::in_memory().await;
    let series = weekly(&house, 4).await["_id"].as_str().unwrap().to_owned();
    let change = object(r#"{"internal_notes": "mine"}"#);
    events::patch(&house.app, &house.mara, of(&series, CHANGED), &change, None).await.unwrap();
    match before {
        Before::Living => {}
        Before::Removed => events::delete(&house.app, &house.mara, of(&series, ""), None).await.unwrap(),
        Before::CalledOff => {
            events::delete(&house.app, &house.mara, of(&series, COMPUTED), None).await.unwrap()
        }
    }
    (house, series)
}

fn of(series: &str, start: &str) -> EventRef {
    if start.is_empty() { series.parse().unwrap() } else { format!("{series}:{start}").parse().unwrap() }
}

async fn make(app: &App, caller: &Caller, series: &str, change: usize) -> Answer {
    let (_, start, how) = CHANGES[change];
    let target = of(series, start);
    let answer = match how {
        None => events::delete(app, caller, target, None).await.map(|()| Value::Null),
        Some("null") => events::restore(app, caller, target, None).await.map(answered),
        Some(text) => events::patch(app, caller, target, &object(text), None).await.map(answered),
    };
    answer.map_err(|error| match error {
        AppError::Conflict { code, .. } => code.to_owned(),
        error => format!("{error:?}"),
    })
}

fn answered(view: events::EventView) -> Value {
    plain(serde_json::from_str(&view.text).unwrap())
}

/// Without what the order of commits and the clock decide.
fn plain(mut document: Value) -> Value {
    let fields = document.as_object_mut().unwrap();
    for name in ["revision", "created_at", "updated_at", "last_modified_by"] {
        fields.remove(name);
    }
    if let Some(removed_at) = fields.get_mut("removed_at").filter(|at| !at.is_null()) {
        *removed_at = json!("at some time");
    }
    document
}

async fn stored(house: &House) -> Vec<Value> {
    let mut all = Vec::new();
    for collection in [&EVENTS, &CATEGORIES, &LOCATIONS] {
        let query = store::Query::of(collection, Filter::All(Vec::new())).limit(100);
        let page = house.store.find(query).await.unwrap();
        all.extend(
            page.documents.iter().map(|document| plain(serde_json::from_str(&document.json).unwrap())),
        );
    }
    // What is made on the way has ids of the server that made it.
    for document in all.iter_mut().filter(|document| document.get("title").is_none()) {
        document.as_object_mut().unwrap().remove("_id");
    }
    all.sort_by_key(Value::to_string);
    all
}

async fn one_after_the_other(before: Before, first: usize, second: usize) -> Outcome {
    let (house, series) = house(before).await;
    let one = make(&house.app, &house.mara, &series, first).await;
    let other = make(&house.app, &house.mara, &series, second).await;
    (one, other, stored(&house).await)
}

/// The second happens before this call of the store that the first makes. `None` when there are not so many.
async fn at_once(before: Before, first: usize, second: usize, place: usize) -> Option<Outcome> {
    let (house, series) = house(before).await;
    let other = Arc::new(Mutex::new(None));
    let (theirs, mara, said, name) = (house.second(), house.mara, other.clone(), series.clone());
    let meddling = Meddling::before(house.store.clone(), move |number| {
        let (theirs, said, name) = (theirs.clone(), said.clone(), name.clone());
        let doing: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
            if number == place {
                let answer = make(&theirs, &mara, &name, second).await;
                *said.lock().unwrap() = Some(answer);
            }
        });
        doing
    });
    let ours = house.before(Arc::new(meddling));
    let one = make(&ours, &house.mara, &series, first).await;
    let other = other.lock().unwrap().take()?;
    Some((one, other, stored(&house).await))
}

#[tokio::test]
async fn two_changes_at_once_end_as_one_after_the_other() {
    let mut wrong = Vec::new();
    for before in [Before::Living, Before::Removed, Before::CalledOff] {
        let mut orders: Vec<Vec<Outcome>> = Vec::new();
        for first in 0..CHANGES.len() {
            let mut row = Vec::new();
            for second in 0..CHANGES.len() {
                row.push(one_after_the_other(before, first, second).await);
            }
            orders.push(row);
        }
        for first in 0..CHANGES.len() {
            for second in 0..CHANGES.len() {
                let forward = &orders[first][second];
                let (two, one, left) = &orders[second][first];
                for place in 0.. {
                    let Some(outcome) = at_once(before, first, second, place).await else {
                        assert!(place > 0, "{first} calls nothing");
                        break;
                    };
                    let is_backward = (&outcome.0, &outcome.1, &outcome.2) == (one, two, left);
                    if outcome != *forward && !is_backward {
                        let names = (CHANGES[first].0, CHANGES[second].0);
                        wrong.push(format!("{before:?}, {names:?}, before call {place}: {outcome:#?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} are neither order: {:#?}", wrong.len(), wrong.first());
}
