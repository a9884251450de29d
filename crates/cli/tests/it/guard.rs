//! A failed read is never a deletion, many deletions wait for a person, one bad event stops no other.

use serde_json::{Value, json};

use crate::harness::{House, MIRA, Mangler};

const EVENTS: i64 = 30;

async fn settled() -> (House, crate::harness::Server, crate::harness::Script) {
    let house = House::new().await;
    house.create_days(EVENTS);
    let (server, _) = house.serve_mira().await;
    house.json(&["--json", "sync"]).await;
    assert_eq!(house.rows("events").len(), EVENTS as usize);
    let script = house.script(&server).await;
    (house, server, script)
}

/// What Outlook may answer instead of the truth. `count` 0 is for good, until it is taken back.
fn lies() -> Vec<Value> {
    let mut lies = vec![
        json!({"kind": "empty_200", "count": 0}),
        json!({"kind": "html_200", "count": 0}),
        json!({"kind": "cut_body", "cut_body_at": 100, "count": 0}),
        json!({"kind": "cut_body", "cut_body_at": 0, "count": 1}),
        json!({"kind": "lost_answer", "count": 2}),
        json!({"kind": "lost_request", "count": 0}),
        json!({"kind": "expire_cursor", "count": 0}),
        json!({"kind": "drop_items", "count": 0}),
        json!({"kind": "duplicate_items", "count": 0}),
        json!({"kind": "no_cursor", "count": 0}),
        json!({"kind": "repeat_page", "count": 30}),
        json!({"kind": "status", "status": 410, "code": "SyncStateNotFound", "count": 0}),
        json!({"kind": "status", "status": 410, "code": "SyncStateNotFound", "count": 1}),
        json!({"kind": "status", "status": 429, "retry_after": 1, "count": 2}),
        json!({"kind": "status", "status": 429, "retry_after": 300, "count": 0}),
    ];
    lies.extend(
        [400, 401, 403, 404, 500, 503, 504]
            .map(|status| json!({"kind": "status", "status": status, "count": 0})),
    );
    lies
}

/// Houses that are lied to at the same time: most of the time goes by waiting to try again.
const HOUSES: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_lie_of_outlook_deletes_anything() {
    let all = lies();
    let share = |house| all.iter().skip(house).step_by(HOUSES).cloned().collect();
    let tasks: Vec<_> = (0..HOUSES).map(|house| tokio::spawn(lied_to(share(house)))).collect();
    let mut failed = 0;
    for task in tasks {
        failed += task.await.unwrap();
    }
    assert!(failed >= 20, "most of these must be said: {failed}");
}

/// Tells one house these lies; answers how many runs said that they failed.
async fn lied_to(lies: Vec<Value>) -> usize {
    let (house, server, _) = settled().await;
    let stored = house.rows("events");
    let mut failed = 0;
    for mut lie in lies {
        lie["route"] = json!("delta");
        for words in [&["--json", "sync"][..], &["--json", "sync", "--full"]] {
            house.fault(lie.clone()).await;
            let outcome = house.run(words).await;
            house.no_faults().await;
            // A mailbox that asked for a pause is left alone for so long.
            house.sim("POST", "clock", Some(json!({"advance_s": 301}))).await;
            let runs = outcome.json();
            let run = runs.as_array().unwrap().iter().find(|run| run["calendar_name"] == "Calendar").unwrap();
            assert_eq!(run["events_deleted"], 0, "{lie} {words:?}: {run}");
            assert_eq!(run["events_created"], 0, "{lie} {words:?}: {run}");
            assert_eq!(
                outcome.code == Some(1),
                run["state"] == "failed",
                "{lie}: the exit code says it: {outcome:?}"
            );
            if run["state"] == "failed" {
                failed += 1;
                let error = &run["error"];
                let said = [&error["code"], &error["message"], &error["advice"]];
                assert!(
                    said.iter().all(|part| !part.as_str().unwrap_or_default().is_empty()),
                    "{lie}: {run}"
                );
                assert!(outcome.err.starts_with("callboard: not all calendars were synced"), "{outcome:?}");
            }
        }
        assert_eq!(house.rows("events").len(), stored.len(), "{lie}");
    }
    // The truth again: everything is as it was, and nothing is written.
    let runs = house.json(&["--json", "sync"]).await;
    assert_eq!((&runs[0]["events_created"], &runs[0]["events_deleted"]), (&json!(0), &json!(0)), "{runs}");
    assert_eq!(house.rows("events"), stored);
    server.stop().await;
    failed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_plan_that_cannot_be_made_hides_no_other() {
    let house = House::new().await;
    house.create_days(2);
    house.world().add_calendar(MIRA, simulators::world::CalendarSpec::named("Attic")).unwrap();
    let (server, _) = house.serve_mira().await;
    let both = house.json(&["--json", "sync", "--dry-run"]).await;
    assert_eq!(both.as_array().unwrap().len(), 2, "{both}");
    house
        .fault(json!({"route": "delta", "kind": "status", "status": 400, "code": "ErrorInvalid", "count": 1}))
        .await;
    let half = house.run(&["--json", "sync", "--dry-run"]).await;
    assert_eq!(half.code, Some(1), "{half:?}");
    let (plans, both) = (half.json(), both.as_array().unwrap());
    let [plan] = plans.as_array().unwrap().as_slice() else { panic!("{plans}") };
    assert!(both.contains(plan), "what can be said is said: {plans}");
    let failed = both.iter().find(|one| *one != plan).unwrap()["calendar_name"].as_str().unwrap();
    assert!(half.err.contains(&format!("what a sync of \"{failed}\" would do cannot be said")), "{half:?}");
    assert_eq!(house.rows("sync_logs").len(), 0, "nothing was written");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mailbox_that_empties_waits_for_a_person() {
    let (house, server, script) = settled().await;
    let all: Vec<String> = house.world().summaries(MIRA).unwrap().into_iter().map(|item| item.id).collect();
    all.iter().take(20).for_each(|id| house.delete(id));

    let plan = house.json(&["--json", "sync", "--dry-run"]).await;
    assert_eq!(plan[0]["held_deletions"], 20, "{plan}");
    for _ in 0..2 {
        let runs = house.json(&["--json", "sync"]).await;
        assert_eq!((&runs[0]["events_held"], &runs[0]["events_deleted"]), (&json!(20), &json!(0)), "{runs}");
        assert_eq!(house.rows("events").len(), EVENTS as usize);
    }
    let held = script.get("/api/v1/sync/held-deletions").await.ok();
    assert_eq!(
        (&held["items"][0]["count"], held["items"][0]["events"].as_array().unwrap().len()),
        (&json!(20), 20)
    );
    let doctor = house.run(&["--json", "doctor"]).await.json();
    let finding =
        doctor.as_array().unwrap().iter().find(|finding| finding["check"] == "held deletions").unwrap();
    assert_eq!(finding["verdict"], "warning", "{finding}");

    let calendar = held["items"][0]["calendar_id"].as_str().unwrap();
    let confirm =
        script.post(&format!("/api/v1/sync/held-deletions/{calendar}"), json!({"decision": "confirm"})).await;
    assert!(confirm.status < 300, "{confirm:?}");
    assert_eq!(script.all("/api/v1/events").await.len(), 10);
    let held = script.get("/api/v1/sync/held-deletions").await.ok();
    assert!(held["items"].as_array().unwrap().is_empty(), "{held}");
    let runs = house.json(&["--json", "sync"]).await;
    assert_eq!((&runs[0]["events_held"], &runs[0]["events_deleted"]), (&json!(0), &json!(0)), "{runs}");

    // A few deletions are followed unasked.
    house.delete(&all[25]);
    let runs = house.json(&["--json", "sync"]).await;
    assert_eq!(runs[0]["events_deleted"], 1, "{runs}");
    assert_eq!(house.rows("events").len(), 9);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_bad_event_stops_no_other() {
    let mut house = House::new().await;
    house.create_days(5);
    let mut bad = crate::harness::timed("Bad one", 3, 20);
    bad["end"]["dateTime"] = json!(format!("{}T21:17:00", crate::harness::day_from_today(3)));
    house.create(&bad);
    // The end comes out as an hour before the start.
    let mangler = Mangler::start(&house.sim.authority_url(), "T21:17:00", "T01:17:00").await;
    let mangled_utc = Mangler::start(&mangler.url, "T20:17:00", "T01:17:00").await;
    house.set("outlook_graph_url", &mangled_utc.url);
    let (server, _) = house.serve_mira().await;
    let outcome = house.run(&["--json", "sync"]).await.ok();
    let runs = outcome.json();
    assert_eq!((&runs[0]["events_created"], &runs[0]["events_failed"]), (&json!(5), &json!(1)), "{runs}");
    let script = house.script(&server).await;
    let logs = script.get("/api/v1/sync/logs").await.ok();
    let log = &logs["items"][0];
    assert_eq!((&log["status"], &log["events_created"]), (&json!("partial"), &json!(5)), "{log}");
    let error = &log["errors"][0];
    for member in ["event_id", "error_code", "error_message"] {
        assert!(!error[member].as_str().unwrap().is_empty(), "{member}: {error}");
    }
    assert!(error["error_message"].as_str().unwrap().contains("end"), "{error}");
    server.stop().await;
}
