//! The first light: a person signs in, what is in Outlook appears, an edit arrives, nothing internal leaves the house.

use serde_json::{Value, json};

use crate::harness::{Browser, House, MIRA, Script, day_from_today as day, timed, until};

/// Stands in every internal field.
const CANARY: &str = "Kanarienvogel";
const CANARY_BUDGET: f64 = 987_654.25;

/// Singles, whole days, and a weekly series of which one date was moved.
fn furnish(house: &House) {
    house.create_days(6);
    house.create(&json!({
        "subject": "Inventory", "isAllDay": true, "categories": ["Internal"],
        "start": {"dateTime": format!("{}T00:00:00", day(3)), "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": format!("{}T00:00:00", day(4)), "timeZone": "W. Europe Standard Time"},
    }));
    let mut series = timed("Rehearsal", 2, 18);
    series["location"] = json!({"displayName": "Studio Stage"});
    series["attendees"] = json!([{"type": "required", "emailAddress": {"name": "Guest", "address": "guest@elsewhere.example"}}]);
    series["recurrence"] = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": day(2).to_string(), "numberOfOccurrences": 5},
    });
    let id = house.create(&series);
    let moved = json!({"subject": "Dress rehearsal"});
    house.world().edit_occurrence(simulators::world::Actor::Person, MIRA, &id, day(4), &moved).unwrap();
}

async fn week(script: &Script) -> Vec<Value> {
    script.all(&format!("/api/v1/events?from={}&to={}", day(0), day(9))).await
}

fn titles(events: &[Value]) -> Vec<&str> {
    let mut titles: Vec<&str> = events.iter().map(|event| event["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    titles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_in_outlook_appears_and_stays_in_step() {
    appears_and_stays_in_step(House::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_in_outlook_appears_and_stays_in_step_on_mongodb() {
    appears_and_stays_in_step(House::on_mongodb().await).await;
}

async fn appears_and_stays_in_step(house: House) {
    furnish(&house);
    let (server, browser) = house.serve_mira().await;

    // A plan first: it says what would be done and does nothing.
    let before =
        [house.rows("events"), house.rows("sync_links"), house.rows("sync_cursors"), house.rows("sync_logs")];
    let plan = house.run(&["sync", "--dry-run"]).await.ok();
    assert!(
        plan.out.contains("create \"Rehearsal\"") && plan.out.ends_with("Nothing was written.\n"),
        "{plan:?}"
    );
    let plans = house.json(&["--json", "sync", "--dry-run"]).await;
    assert_eq!(plans[0]["actions"].as_array().unwrap().len(), 9, "{plans}");
    let plans = browser.post("/api/v1/sync/runs", json!({"dry_run": true})).await.ok();
    assert_eq!(plans["plans"][0]["actions"].as_array().unwrap().len(), 9, "{plans}");
    let after =
        [house.rows("events"), house.rows("sync_links"), house.rows("sync_cursors"), house.rows("sync_logs")];
    assert_eq!(before, after, "a dry run writes nothing");

    // The first sync runs in the server, as the button in the web app starts it.
    let begun = browser.post("/api/v1/sync/runs", json!({})).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    until("the run is done", async || {
        let runs = browser.get("/api/v1/sync/runs").await.ok();
        (runs["items"][0]["state"] == "done").then_some(())
    })
    .await;
    let script = house.script(&server).await;
    let events = week(&script).await;
    let expected = [
        "Booking 0",
        "Booking 1",
        "Booking 2",
        "Booking 3",
        "Booking 4",
        "Booking 5",
        "Dress rehearsal",
        "Inventory",
        "Rehearsal",
        "Rehearsal",
        "Rehearsal",
        "Rehearsal",
    ];
    assert_eq!(titles(&events), expected);
    let dress = events.iter().find(|event| event["title"] == "Dress rehearsal").unwrap();
    assert_eq!(dress["location"], "Studio Stage");
    assert!(dress["attendees"].to_string().contains("guest@elsewhere.example"), "{dress}");
    let inventory = events.iter().find(|event| event["title"] == "Inventory").unwrap();
    assert_eq!(
        (&inventory["start_time"], &inventory["end_time"]),
        (&json!(day(3).to_string()), &json!(day(4).to_string()))
    );

    // An edit in Outlook arrives with a sync of another process on the same store.
    let edit = json!({"user": MIRA, "action": "update", "subject": "Booking 2", "changes": {"location": "Roof Terrace"}});
    house.sim("POST", "edit", Some(edit)).await;
    let runs = house.json(&["--json", "sync"]).await;
    assert_eq!((&runs[0]["events_created"], &runs[0]["events_updated"]), (&json!(0), &json!(1)), "{runs}");
    let events = week(&script).await;
    let changed = events.iter().find(|event| event["title"] == "Booking 2").unwrap();
    assert_eq!(changed["location"], "Roof Terrace");

    // With no edit in between, a sync writes nothing: neither a changed one nor a full one.
    let (stored, links) = (house.rows("events"), house.rows("sync_links"));
    for words in [&["--json", "sync"][..], &["--json", "sync", "--full"], &["--json", "sync"]] {
        let runs = house.json(words).await;
        for figure in ["events_created", "events_updated", "events_deleted", "events_held", "events_failed"] {
            assert_eq!(runs[0][figure], 0, "{words:?}: {runs}");
        }
        assert_eq!(house.rows("events"), stored, "{words:?}");
        assert_eq!(house.rows("sync_links"), links, "{words:?}");
        assert_eq!(week(&script).await, events, "{words:?}");
    }
    assert_eq!(house.sim("GET", "mails", None).await["count"], mails_of_the_furnishing(&house).await);
    server.stop().await;
}

/// Invitations that Mira herself sent by making the series; Callboard adds none.
async fn mails_of_the_furnishing(house: &House) -> Value {
    let mails = house.sim("GET", "mails", None).await;
    let items = mails["items"].as_array().unwrap();
    assert!(items.iter().all(|mail| mail["caused_by"] == "person"), "{mails}");
    json!(items.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_internal_leaves_the_house() {
    let house = House::new().await;
    furnish(&house);
    let (server, browser) = house.serve_mira().await;
    house.json(&["--json", "sync"]).await;
    let script = house.script(&server).await;
    let events = week(&script).await;
    let find = |title: &str| {
        events.iter().find(|event| event["title"] == title).unwrap()["_id"].as_str().unwrap().to_owned()
    };
    let occurrence = find("Rehearsal");
    let series = occurrence.split(':').next().unwrap().to_owned();
    for id in [find("Booking 0"), series, find("Dress rehearsal"), occurrence] {
        crew(&browser, &id).await;
    }

    // Everything that could carry them out: changes in Outlook, a full read, a deletion of a dressed event.
    let edit =
        json!({"user": MIRA, "action": "update", "subject": "Booking 0", "changes": {"location": "Atrium"}});
    house.sim("POST", "edit", Some(edit)).await;
    house.json(&["--json", "sync"]).await;
    let edit = json!({"user": MIRA, "action": "delete", "subject": "Booking 0"});
    house.sim("POST", "edit", Some(edit)).await;
    house.json(&["--json", "sync"]).await;
    house.json(&["--json", "sync", "--full"]).await;
    let runs = browser.post("/api/v1/sync/runs", json!({"full": true})).await;
    assert_eq!(runs.status, 202);
    let said = server.stop().await;

    let removed = house.rows("events").into_iter().filter(|row| row.contains("removed_at")).count();
    assert_eq!(removed, 1, "an event with internal data is kept when Outlook deletes it");
    let requests = house.sim("GET", "requests", None).await;
    assert_eq!(requests["dropped"], 0);
    let items = requests["items"].as_array().unwrap();
    assert!(items.len() > 10, "{items:?}");
    for request in items {
        let text = request.to_string();
        let is_read = request["method"] == "GET" || request["path"].as_str().unwrap().ends_with("/token");
        assert!(is_read, "only reading and tokens so far: {text}");
        assert!(!text.contains(CANARY) && !text.contains("987654"), "{text}");
        for field in
            ["setup_", "teardown_", "internal_", "equipment", "staff", "budget", "client_contact", "priority"]
        {
            assert!(!text.contains(field), "{field}: {text}");
        }
    }
    assert!(!said.contains(CANARY) && !said.contains("987654"), "the log: {said}");
    mails_of_the_furnishing(&house).await;
}

/// Fills every internal field of an event.
async fn crew(browser: &Browser, id: &str) {
    let event = browser.get(&format!("/api/v1/events/{id}")).await.ok();
    let start: jiff::Timestamp = event["start_time"].as_str().unwrap().parse().unwrap();
    let end: jiff::Timestamp = event["end_time"].as_str().unwrap().parse().unwrap();
    let hour = jiff::SignedDuration::from_hours(1);
    let internal = json!({
        "setup_start_time": start - hour, "setup_end_time": start,
        "teardown_start_time": end, "teardown_end_time": end + hour,
        "internal_notes": format!("{CANARY} notes"),
        "equipment_required": [format!("{CANARY} gear")],
        "staff_assigned": [format!("{CANARY} crew")],
        "budget_allocated": CANARY_BUDGET,
        "client_contact": format!("{CANARY} client"),
        "internal_category": format!("{CANARY} kind"),
        "priority_level": "high",
    });
    let reply = browser.patch(&format!("/api/v1/events/{id}"), internal).await;
    assert_eq!(reply.status, 200, "{id}: {reply:?}");
    assert_eq!(reply.json()["budget_allocated"], CANARY_BUDGET);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_front_door_opens_whoever_knocks() {
    let house = House::new().await;
    let server = house.serve().await;
    for accept in ["*/*", "text/html", "application/json"] {
        let answer = reqwest::Client::new().get(&server.url).header("accept", accept).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{accept}");
        assert!(answer.text().await.unwrap().contains("<html"), "{accept}");
    }
    let answer = reqwest::get(format!("{}/healthz", server.url)).await.unwrap();
    assert_eq!(answer.status(), 200);
    // An office behind one address asks for more than a single person ever would; guesses stay few.
    for (path, policy) in [("/api/v1/me", "q=60000"), ("/auth/outlook/login", "q=30")] {
        let answer = Browser::new(&server.url).get(path).await;
        assert!(answer.header("ratelimit-policy").contains(policy), "{path}: {answer:?}");
    }
    let said = server.stop().await;
    assert!(said.contains("/auth/admin-link/"), "the first start prints a way in: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_somebody_watches_stops_at_once() {
    let house = House::new().await;
    let (server, _) = house.serve_mira().await;
    let token = house.token().await;
    let url = format!("{}/api/v1/stream", server.url);
    let mut watched = reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap();
    let first = watched.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: ping"), "{first:?}");
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(5), server.stop());
    stopped.await.expect("the open stream does not hold up the end");
}
