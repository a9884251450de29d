//! The control side: acting as a person, observing, and not being reachable from a web page.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::{SimulatorOptions, Simulators, StartError};

use crate::harness::{ADA, Running, options};

#[tokio::test]
async fn people_with_calendars_and_events() {
    let running = Running::start().await;
    let order = json!({
        "mail": "mira.okafor@harbourhall.example", "name": "Mira Okafor", "time_zone": "GMT Standard Time",
        "calendars": ["Catering", {"name": "Holidays", "can_edit": false, "color": "lightGreen"}], "events": 25,
    });
    let made = running.post("/_sim/users", &order).await.ok();
    assert_eq!(made["calendars"].as_array().unwrap().len(), 3);
    assert_eq!(made["calendars"][2]["can_edit"], false);
    let events = running.get("/_sim/events?user=mira.okafor@harbourhall.example").await.ok();
    assert_eq!(events["items"].as_array().unwrap().len(), 25);
    assert_eq!(running.post("/_sim/users", &order).await.status, 409);
    let unknown = json!({"mail": "x@y.example", "name": "X", "time_zone": "Nowhere"});
    assert_eq!(running.post("/_sim/users", &unknown).await.status, 400);
    assert_eq!(running.get("/_sim/users").await.ok()["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_person_creates_changes_moves_and_deletes() {
    let running = Running::start().await;
    running.world().add_calendar(ADA, serde_json::from_value(json!({"name": "Bookings"})).unwrap()).unwrap();
    let edit = async |more: Value| {
        let mut order = json!({"user": ADA});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        running.post("/_sim/edit", &order).await
    };
    let made = edit(json!({"action": "create", "subject": "Gala", "changes": {
        "start": "2026-11-10T19:00", "end": "2026-11-10T23:00", "location": "Grand Hall", "body": "Black tie", "categories": ["Gala dinner"],
    }})).await.ok();
    assert_eq!(made["event"]["start"]["dateTime"], "2026-11-10T18:00:00.0000000");
    assert_eq!(made["event"]["originalStartTimeZone"], "W. Europe Standard Time");
    assert_eq!(made["event"]["bodyPreview"], "Black tie");
    let changed = edit(json!({"action": "update", "subject": "Gala", "changes": {"start": "2026-11-10T18:00", "location": "Atrium"}})).await.ok();
    assert_eq!(
        (&changed["id"], &changed["event"]["location"]["displayName"]),
        (&made["id"], &json!("Atrium"))
    );
    let moved =
        edit(json!({"action": "move", "event_id": made["immutable_id"], "calendar": "Bookings"})).await.ok();
    assert_ne!(moved["id"], made["id"]);
    assert_eq!(
        running.get(&format!("/_sim/events?user={ADA}&calendar=Bookings")).await.ok()["items"][0]["id"],
        moved["id"]
    );
    assert_eq!(edit(json!({"action": "delete", "subject": "Gala"})).await.ok()["event"], Value::Null);
    assert_eq!(edit(json!({"action": "delete", "subject": "Gala"})).await.status, 422);
    assert_eq!(edit(json!({"action": "explode"})).await.status, 422);
}

#[tokio::test]
async fn single_days_of_a_series() {
    let running = Running::start().await;
    let order = json!({"user": ADA, "action": "create", "subject": "Planning", "changes": {
        "start": "2026-11-02T09:00", "end": "2026-11-02T10:00",
        "recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}, "range": {"type": "noEnd", "startDate": "2026-11-02"}},
    }});
    running.post("/_sim/edit", &order).await.ok();
    let change = json!({"user": ADA, "action": "update", "subject": "Planning", "occurrence": "2026-11-09", "changes": {"location": "Library"}});
    let changed = running.post("/_sim/edit", &change).await.ok();
    assert_eq!(changed["event"]["type"], "exception");
    let cancel = json!({"user": ADA, "action": "delete", "subject": "Planning", "occurrence": "2026-11-16"});
    running.post("/_sim/edit", &cancel).await.ok();
    let item = running.get(&format!("/_sim/events?user={ADA}")).await.ok()["items"][0].clone();
    assert_eq!((&item["exceptions"], &item["cancelled"]), (&json!(["2026-11-09"]), &json!(["2026-11-16"])));
    assert_eq!(running.post("/_sim/edit", &cancel).await.status, 404);
}

#[tokio::test]
async fn everything_received_is_kept_without_secrets() {
    let running = Running::start().await;
    let before = running.get("/_sim/requests").await.ok();
    let last = before["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["path"], &last["status"]), (&json!("/common/oauth2/v2.0/token"), &json!(200)));
    assert_eq!((&last["body"]["code"], &last["body"]["code_verifier"]), (&json!("***"), &json!("***")));
    let body = json!({"subject": "kept"});
    running.post("/v1.0/me/events?x=1", &body).await;
    let since = format!("/_sim/requests?since={}", last["number"]);
    let after = running.get(&since).await.ok();
    assert_eq!((after["items"].as_array().unwrap().len(), &after["dropped"]), (1, &json!(0)));
    let one = &after["items"][0];
    assert_eq!(
        (&one["method"], &one["query"], &one["body"], &one["status"]),
        (&json!("POST"), &json!("x=1"), &body, &json!(400))
    );
    assert_eq!((&one["user"], &one["headers"]["authorization"]), (&json!(ADA), &json!("Bearer ***")));
    assert!(!running.get("/_sim/requests").await.text.contains(&running.token));
}

#[tokio::test]
async fn reset_and_seed_begin_anew() {
    let running = Running::start().await;
    let dump = async || {
        running.post("/_sim/reset", &json!({})).await.ok();
        let made = running.post("/_sim/seed", &json!({"seed": 5})).await.ok();
        assert_eq!(made["people"][0], ADA);
        running.get(&format!("/_sim/events?user={ADA}")).await.text
    };
    assert_eq!(dump().await, dump().await);
    assert_eq!(running.get("/v1.0/me").await.status, 401);
    running.post("/_sim/reset", &json!({})).await.ok();
    assert_eq!(running.get("/_sim/users").await.ok()["items"], json!([]));
    let page = running.get(&running.authorize_path("")).await;
    assert!(page.text.contains("no people yet"));
}

#[tokio::test]
async fn web_pages_cannot_reach_it() {
    let running = Running::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let reply = running.send(Method::POST, "/_sim/reset", &[("content-type", kind)], None).await.unwrap();
        assert_eq!(reply.status, 415, "{kind}");
    }
    let reply = running.send(Method::GET, "/_sim/requests", &[("host", "evil.example")], None).await.unwrap();
    assert_eq!(reply.status, 421);
    assert_eq!(running.get("/_sim/nothing").await.status, 404);
    assert_eq!(running.world().users().len(), 2);
}

#[tokio::test]
async fn it_listens_on_loopback_only_and_says_when_a_port_is_taken() {
    let open: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = Simulators::start(SimulatorOptions { graph_listen: open, ..options() }).await.unwrap_err();
    assert!(matches!(error, StartError::NotLoopback(_)), "{error}");
    let running = Running::start().await;
    let taken: SocketAddr = running.sim.authority_url().strip_prefix("http://").unwrap().parse().unwrap();
    let error = Simulators::start(SimulatorOptions { graph_listen: taken, ..options() }).await.unwrap_err();
    assert!(error.to_string().contains("another program listens there"), "{error}");
    running.sim.stop().await;
    Simulators::start(SimulatorOptions { graph_listen: taken, ..options() }).await.unwrap().stop().await;
}
