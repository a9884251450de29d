//! What Outlook does to a series and its exceptions without saying so, and what moves between calendars.

use serde_json::{Value, json};
use simulators::world::{Actor, CalendarSpec};

use crate::harness::{Browser, House, MIRA, Script, day_from_today as day, timed};

/// Every day from tomorrow on, at ten o'clock.
fn daily(subject: &str) -> Value {
    let mut series = timed(subject, 1, 10);
    series["recurrence"] = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": day(1).to_string(), "numberOfOccurrences": 6},
    });
    series
}

async fn sync(house: &House) -> Value {
    let runs = house.json(&["--json", "sync"]).await;
    let run = runs.as_array().unwrap().iter().find(|run| run["calendar_name"] == "Calendar").unwrap();
    assert_eq!(run["state"], "done", "{runs}");
    run.clone()
}

/// Title, local hour in UTC, and notes of what is shown on a day.
async fn shown(script: &Script, on: i64) -> Vec<(String, String, String)> {
    let events = script.all(&format!("/api/v1/events?from={}&to={}", day(on), day(on + 1))).await;
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    events
        .iter()
        .map(|one| (text(one, "title"), text(one, "start_time"), text(one, "internal_notes")))
        .collect()
}

async fn note(browser: &Browser, script: &Script, on: i64, note: &str) {
    let events = script.all(&format!("/api/v1/events?from={}&to={}", day(on), day(on + 1))).await;
    let id = events[0]["_id"].as_str().unwrap();
    browser.patch(&format!("/api/v1/events/{id}"), json!({"internal_notes": note})).await.ok();
}

/// The organiser moves the series to two o'clock, and Exchange drops what its dates had of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exceptions_that_outlook_drops_make_room_for_their_dates_and_keep_what_the_crew_wrote() {
    let house = House::new().await;
    let series = house.create(&daily("Rehearsal"));
    for (on, subject) in [(2, "Dress rehearsal"), (3, "Photo call")] {
        let renamed = json!({"subject": subject});
        house.world().edit_occurrence(Actor::Person, MIRA, &series, day(on), &renamed).unwrap();
    }
    let (server, browser) = house.serve_mira().await;
    sync(&house).await;
    let script = house.script(&server).await;
    note(&browser, &script, 2, "bring the piano").await;
    assert_eq!(shown(&script, 2).await[0].0, "Dress rehearsal");

    let moved = timed("Rehearsal", 1, 14);
    let moved = json!({"start": moved["start"], "end": moved["end"]});
    house.world().edit_event(Actor::Person, MIRA, &series, None, &moved).unwrap();
    let run = sync(&house).await;
    assert_eq!((&run["events_held"], &run["events_failed"]), (&json!(0), &json!(0)), "{run}");
    let hour = |start: &str| start.split(['T', ':']).nth(1).unwrap().parse::<i8>().unwrap();
    let first = shown(&script, 1).await;
    for (on, notes) in [(2, "bring the piano"), (3, ""), (4, "")] {
        let shown = shown(&script, on).await;
        assert_eq!(shown.len(), 1, "day {on}: {shown:?}");
        let (title, start, noted) = &shown[0];
        assert_eq!((title.as_str(), noted.as_str()), ("Rehearsal", notes), "day {on}");
        assert_eq!(hour(start), hour(&first[0].1), "day {on}: {shown:?}");
    }
    let stored = house.rows("events");
    let again = house.json(&["--json", "sync", "--full"]).await;
    assert_eq!((&again[0]["events_updated"], &again[0]["events_deleted"]), (&json!(0), &json!(0)), "{again}");
    assert_eq!(house.rows("events"), stored);
    server.stop().await;
}

/// Graph answers an event by its immutable id wherever it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_moved_to_a_calendar_that_is_not_synced_leaves_this_one() {
    let house = House::new().await;
    let attic = house.world().add_calendar(MIRA, CalendarSpec::named("Attic")).unwrap();
    let ids = house.create_days(4);
    let (server, browser) = house.serve_mira().await;
    let calendars = browser.get("/api/v1/calendars").await.ok();
    let of = |name: &str| {
        let items = calendars["items"].as_array().unwrap();
        items.iter().find(|one| one["name"] == name).unwrap()["_id"].as_str().unwrap().to_owned()
    };
    let off = json!({"is_active": false});
    browser.patch(&format!("/api/v1/calendars/{}", of("Attic")), off).await.ok();
    sync(&house).await;
    let script = house.script(&server).await;
    note(&browser, &script, 2, "bring the piano").await;

    house.world().move_event(MIRA, &ids[0], &attic).unwrap();
    house.world().move_event(MIRA, &ids[1], &attic).unwrap();
    let run = sync(&house).await;
    assert_eq!(run["events_deleted"], 2, "{run}");
    assert_eq!((shown(&script, 1).await, shown(&script, 2).await), (vec![], vec![]));
    let kept = house.rows("events").into_iter().filter(|row| row.contains("bring the piano")).count();
    assert_eq!(kept, 1, "what the crew wrote can be recovered");

    // It comes back with the event.
    house.world().move_event(MIRA, &moved(&house, "Booking 1"), calendar_id(&house).as_str()).unwrap();
    sync(&house).await;
    assert_eq!(shown(&script, 2).await[0].2, "bring the piano");
    server.stop().await;
}

fn moved(house: &House, subject: &str) -> String {
    let all = house.world().summaries(MIRA).unwrap();
    all.into_iter().find(|one| one.event["subject"] == subject).unwrap().id
}

fn calendar_id(house: &House) -> String {
    house.world().calendar(MIRA, None).unwrap()["id"].as_str().unwrap().to_owned()
}
