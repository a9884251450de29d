//! Ordered faults: each meets the requests it should, does its harm, and is over.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::world::{Actor, SyncStateLost};
use simulators::{Limits, SimulatorOptions};

use crate::harness::{ADA, Running, ids, options, timed};

const DELTA: &str =
    "/v1.0/me/calendarView/delta?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";

async fn with_events(count: i8) -> Running {
    let running = Running::start().await;
    for day in 1..=count {
        let body =
            timed("Event", &format!("2026-11-{day:02}T09:00:00"), &format!("2026-11-{day:02}T10:00:00"));
        running.world().create_event(Actor::Person, ADA, None, &body).unwrap();
    }
    running
}

#[tokio::test]
async fn a_status_with_retry_after_is_over_after_its_count() {
    let running = with_events(1).await;
    running
        .fault(json!({"route": "delta", "count": 2, "kind": "status", "status": 429, "retry_after": 7}))
        .await;
    assert_eq!(running.get("/v1.0/me/calendars").await.status, 200);
    for _ in 0..2 {
        let reply = running.get(DELTA).await;
        assert_eq!((reply.status, reply.header("retry-after")), (429, "7"));
        assert_eq!(reply.json()["error"]["code"], "TooManyRequests");
    }
    assert_eq!(running.get(DELTA).await.status, 200);
}

#[tokio::test]
async fn a_lost_answer_comes_after_the_work_and_a_lost_request_before() {
    let running = with_events(0).await;
    let body = timed("Once", "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    for (kind, events) in [("lost_request", 0), ("lost_answer", 1)] {
        running.fault(json!({"route": "me/events", "method": "POST", "kind": kind})).await;
        running.send(Method::POST, "/v1.0/me/events", &[], Some(&body)).await.err().unwrap();
        assert_eq!(running.world().summaries(ADA).unwrap().len(), events, "{kind}");
    }
    let log = running.get("/_sim/requests").await.ok();
    let last = log["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["status"], &last["fault"]), (&Value::Null, &json!("lost_answer")));
}

#[tokio::test]
async fn an_error_can_come_after_the_commit() {
    let running = with_events(0).await;
    running.fault(json!({"route": "events", "kind": "status", "status": 409, "after_commit": true})).await;
    let reply =
        running.post("/v1.0/me/events", &timed("Once", "2026-11-10T09:00:00", "2026-11-10T10:00:00")).await;
    assert_eq!(reply.status, 409);
    assert_eq!(running.world().summaries(ADA).unwrap().len(), 1);
}

#[tokio::test]
async fn a_cut_body_announces_more_than_arrives() {
    let running = with_events(3).await;
    running.fault(json!({"route": "delta", "kind": "cut_body", "cut_body_at": 100})).await;
    running.send(Method::GET, DELTA, &[], None).await.err().unwrap();
    assert_eq!(ids(&running.get(DELTA).await.ok()).len(), 3);
}

#[tokio::test]
async fn pages_that_lie() {
    let running = with_events(8).await;
    let order = |kind: &str| json!({"route": "delta", "kind": kind});
    running.fault(order("empty_200")).await;
    let page = running.get(DELTA).await.ok();
    assert!(ids(&page).is_empty() && page.get("@odata.deltaLink").is_some());
    running.fault(order("duplicate_items")).await;
    assert_eq!(ids(&running.get(DELTA).await.ok()).len(), 16);
    running.fault(order("drop_items")).await;
    let page = running.get(DELTA).await.ok();
    assert!(ids(&page).len() == 4 && page.get("@odata.deltaLink").is_some());
    running.fault(order("short_page")).await;
    let page = running.get_with(DELTA, "odata.maxpagesize=8").await.ok();
    assert!(ids(&page).len() == 4 && page.get("@odata.nextLink").is_some());
    running.fault(order("no_cursor")).await;
    let page = running.get(DELTA).await.ok();
    assert!(page.get("@odata.nextLink").is_none() && page.get("@odata.deltaLink").is_none());
    running.fault(order("html_200")).await;
    let page = running.get(DELTA).await;
    assert!(page.status == 200 && page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn a_repeated_page_links_to_itself_until_the_fault_is_over() {
    let running = with_events(4).await;
    running.fault(json!({"route": "delta", "count": 3, "kind": "repeat_page"})).await;
    let mut link = DELTA.to_owned();
    let mut pages = Vec::new();
    for _ in 0..3 {
        let page = running.get_with(&link, "odata.maxpagesize=2").await.ok();
        page["@odata.nextLink"].as_str().unwrap().clone_into(&mut link);
        pages.push(ids(&page));
    }
    assert!(pages[0] == pages[1] && pages[1] == pages[2]);
    let page = running.get_with(&link, "odata.maxpagesize=2").await.ok();
    assert_eq!(ids(&page), pages[0]);
    assert_ne!(ids(&running.get(page["@odata.nextLink"].as_str().unwrap()).await.ok()), pages[0]);
}

#[tokio::test]
async fn an_expired_cursor_is_410_or_400() {
    let running = with_events(1).await;
    let page = running.get(DELTA).await.ok();
    let link = page["@odata.deltaLink"].as_str().unwrap();
    running.fault(json!({"route": "delta", "kind": "expire_cursor"})).await;
    assert_eq!(running.get(DELTA).await.status, 200);
    let reply = running.get(link).await;
    assert_eq!((reply.status, reply.json()["error"]["code"].clone()), (410, json!("SyncStateNotFound")));
    assert_eq!(running.get(link).await.status, 410);
    running.post("/_sim/switches", &json!({"sync_state_lost": "bad_request"})).await.ok();
    assert_eq!(running.get(link).await.status, 400);
    let located = json!({"sync_state_lost": SyncStateLost::GoneWithLocation});
    running.post("/_sim/switches", &located).await.ok();
    assert!(running.get(link).await.header("location").ends_with("?$deltatoken="));
}

#[tokio::test]
async fn a_slow_answer_fills_the_mailbox() {
    let running = with_events(1).await;
    running.fault(json!({"route": "me", "count": 4, "kind": "delay", "delay_ms": 1_500})).await;
    let slow = || running.get("/v1.0/me");
    let probe = async {
        // The four are in as soon as all of them used up their fault.
        while !running.get("/_sim/faults").await.ok()["items"].as_array().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        running.get("/v1.0/me").await
    };
    let (one, two, three, four, fifth) = tokio::join!(slow(), slow(), slow(), slow(), probe);
    assert!([one, two, three, four].iter().all(|reply| reply.status == 200));
    assert_eq!((fifth.status, fifth.json()["error"]["code"].clone()), (429, json!("ApplicationThrottled")));
    assert_eq!(fifth.header("retry-after"), "1");
}

#[tokio::test]
async fn ten_thousand_in_ten_minutes_is_a_number_that_can_be_set() {
    let limits = Limits { requests_per_window: 3, ..Limits::default() };
    let running = Running::start_with(SimulatorOptions { limits, ..options() }).await;
    for status in [200, 200, 200, 429] {
        assert_eq!(running.get("/v1.0/me").await.status, status);
    }
    running.post("/_sim/clock", &json!({"advance_s": 600})).await.ok();
    assert_eq!(running.get("/v1.0/me").await.status, 200);
}

#[tokio::test]
async fn the_token_endpoint_fails_too() {
    let running = Running::start().await;
    running.fault(json!({"route": "token", "kind": "status", "status": 503})).await;
    let code = running.code(ADA).await;
    assert_eq!(running.redeem(&code).await.status, 503);
    assert_eq!(running.redeem(&code).await.status, 200);
}

#[tokio::test]
async fn misspelt_faults_are_refused() {
    let running = Running::start().await;
    for bad in [
        json!({"route": "delta", "kind": "explode"}),
        json!({"route": "delta", "kind": "status"}),
        json!({"route": "delta", "kind": "html_200", "cuont": 2}),
    ] {
        let reply = running.post("/_sim/faults", &bad).await;
        assert_eq!(reply.status, 422, "{}", reply.text);
        assert!(reply.json()["error"].as_str().is_some());
    }
    running
        .fault(json!([{"route": "delta", "kind": "html_200"}, {"route": "token", "kind": "lost_answer"}]))
        .await;
    assert_eq!(running.get("/_sim/faults").await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(running.delete("/_sim/faults").await.ok()["items"], json!([]));
}
