//! Behaviour of Graph over HTTP that change tracking does not show.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::world::{Actor, CalendarSpec};

use crate::harness::{ADA, JONAS, Running, ids, percent, timed, weekly};

async fn create(running: &Running, body: &Value) -> Value {
    running.post("/v1.0/me/events", body).await.ok()
}

fn path(event: &Value) -> String {
    format!("/v1.0/me/events/{}", percent(event["id"].as_str().unwrap()))
}

#[tokio::test]
async fn prefer_holds_for_one_request() {
    let running = Running::start().await;
    let mut body = timed("Show", "2026-11-10T19:00:00", "2026-11-10T21:00:00");
    body["body"] = json!({"contentType": "text", "content": "Doors at seven"});
    let event = create(&running, &body).await;
    assert_eq!(event["start"], json!({"dateTime": "2026-11-10T18:00:00.0000000", "timeZone": "UTC"}));
    assert_eq!(event["originalStartTimeZone"], "W. Europe Standard Time");
    assert_eq!(
        (&event["body"]["contentType"], &event["bodyPreview"]),
        (&json!("html"), &json!("Doors at seven"))
    );
    let reply = running
        .get_with(
            &path(&event),
            "outlook.timezone=\"Europe/Paris\", outlook.body-content-type=\"text\", IdType=\"ImmutableId\"",
        )
        .await;
    assert!(reply.header("preference-applied").contains("outlook.timezone=\"Europe/Paris\""));
    let told = reply.ok();
    assert_eq!(told["start"], json!({"dateTime": "2026-11-10T19:00:00.0000000", "timeZone": "Europe/Paris"}));
    assert_eq!(told["body"], json!({"contentType": "text", "content": "Doors at seven"}));
    assert_ne!(told["id"], event["id"]);
    assert_eq!(running.get(&path(&told)).await.ok()["id"], event["id"]);
    assert_eq!(running.get_with(&path(&event), "outlook.timezone=\"Nowhere\"").await.status, 400);
}

#[tokio::test]
async fn whole_days_are_dates_in_every_zone() {
    let running = Running::start().await;
    let day = |date: &str| json!({"dateTime": format!("{date}T00:00:00"), "timeZone": "Tokyo Standard Time"});
    let event = create(
        &running,
        &json!({"subject": "Fair", "isAllDay": true, "start": day("2026-11-10"), "end": day("2026-11-13")}),
    )
    .await;
    for zone in ["UTC", "America/Los_Angeles", "Tokyo Standard Time"] {
        let told = running.get_with(&path(&event), &format!("outlook.timezone=\"{zone}\"")).await.ok();
        assert_eq!(told["start"], json!({"dateTime": "2026-11-10T00:00:00.0000000", "timeZone": zone}));
        assert_eq!(told["end"]["dateTime"], "2026-11-13T00:00:00.0000000");
    }
}

#[tokio::test]
async fn delta_over_http_forgets_the_page_size_and_takes_every_spelling() {
    let running = Running::start().await;
    for day in 1..=25 {
        let body =
            timed("Event", &format!("2026-11-{day:02}T09:00:00"), &format!("2026-11-{day:02}T10:00:00"));
        running.world().create_event(Actor::Person, ADA, None, &body).unwrap();
    }
    let calendar = running.get("/v1.0/me/calendar").await.ok()["id"].as_str().unwrap().to_owned();
    let bounds = "startdatetime=2026-11-01T00:00:00Z&EndDateTime=2026-12-01T00:00:00Z";
    for function in ["delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"] {
        let path = format!("/v1.0/me/calendars/{}/calendarView/{function}?{bounds}", percent(&calendar));
        let first = running.get_with(&path, "odata.maxpagesize=3").await.ok();
        assert_eq!(ids(&first).len(), 3, "{function}");
        let next = first["@odata.nextLink"].as_str().unwrap();
        assert!(next.starts_with(&running.sim.graph_url()));
        assert_eq!(ids(&running.get(next).await.ok()).len(), 10);
    }
}

#[tokio::test]
async fn read_only_calendars_refuse_clients_and_not_people() {
    let running = Running::start().await;
    let spec = CalendarSpec { name: "Holidays".to_owned(), color: "auto".to_owned(), can_edit: false };
    let id = running.world().add_calendar(ADA, spec).unwrap();
    let body = timed("Fair", "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    let reply = running.post(&format!("/v1.0/me/calendars/{id}/events"), &body).await;
    assert_eq!((reply.status, reply.json()["error"]["code"].clone()), (403, json!("ErrorAccessDenied")));
    assert!(running.world().create_event(Actor::Person, ADA, Some(&id), &body).is_ok());
}

#[tokio::test]
async fn if_match_is_honoured_ignored_or_spurious() {
    let running = Running::start().await;
    let event = create(&running, &timed("A", "2026-11-10T09:00:00", "2026-11-10T10:00:00")).await;
    let patch = async |etag: &str, subject: &str| {
        let headers = [("if-match", etag)];
        let headers = if etag.is_empty() { &headers[..0] } else { &headers[..] };
        running.send(Method::PATCH, &path(&event), headers, Some(&json!({"subject": subject}))).await.unwrap()
    };
    let old = event["@odata.etag"].as_str().unwrap();
    let fresh = patch(old, "B").await.ok()["@odata.etag"].as_str().unwrap().to_owned();
    assert_ne!(fresh, old);
    assert_eq!(patch(old, "C").await.json()["error"]["code"], "ErrorIrresolvableConflict");
    running.post("/_sim/switches", &json!({"if_match": "ignored"})).await.ok();
    assert_eq!(patch(old, "D").await.status, 200);
    running.post("/_sim/switches", &json!({"if_match": "spurious"})).await.ok();
    assert_eq!(patch("", "E").await.status, 412);
    assert_eq!(patch("", "E").await.status, 200);
}

#[tokio::test]
async fn a_repeated_transaction_has_three_modes() {
    let running = Running::start().await;
    let mut body = timed("A", "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    body["transactionId"] = json!("T");
    let first = create(&running, &body).await;
    assert_eq!(create(&running, &body).await["id"], first["id"]);
    let mut other = body.clone();
    other["subject"] = json!("B");
    let reply = running.post("/v1.0/me/events", &other).await;
    assert_eq!(
        (reply.status, reply.json()["error"]["code"].clone()),
        (409, json!("ErrorDuplicateTransactionId"))
    );
    running.post("/_sim/switches", &json!({"repeated_transaction": "conflict"})).await.ok();
    assert_eq!(running.post("/v1.0/me/events", &body).await.status, 409);
    running.post("/_sim/switches", &json!({"repeated_transaction": "new"})).await.ok();
    assert_ne!(create(&running, &body).await["id"], first["id"]);
}

#[tokio::test]
async fn our_mark_is_found_again() {
    let running = Running::start().await;
    let name = "String {66f5a359-4659-4830-9070-00040ec6ac6e} Name callboard";
    let mut body = timed("A", "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    body["singleValueExtendedProperties"] = json!([{"id": name, "value": "42"}]);
    let event = create(&running, &body).await;
    create(&running, &timed("B", "2026-11-10T09:00:00", "2026-11-10T10:00:00")).await;
    assert!(event.get("singleValueExtendedProperties").is_none());
    let filter =
        percent(&format!("singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '42')"));
    let expand = percent(&format!("singleValueExtendedProperties($filter=id eq '{name}')"));
    let found = running.get(&format!("/v1.0/me/events?$filter={filter}&$expand={expand}")).await.ok();
    assert_eq!(ids(&found), [event["id"].as_str().unwrap()]);
    assert_eq!(found["value"][0]["singleValueExtendedProperties"], json!([{"id": name, "value": "42"}]));
    let by_subject = running
        .get(&format!("/v1.0/me/events?$filter={}", percent("subject eq 'B' and isAllDay eq false")))
        .await
        .ok();
    assert_eq!(by_subject["value"][0]["subject"], "B");
}

#[tokio::test]
async fn occurrences_keep_to_their_place() {
    let running = Running::start().await;
    let master = create(&running, &weekly("Planning")).await;
    let bounds = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";
    let instances = running.get(&format!("{}/instances?{bounds}", path(&master))).await.ok();
    let second = &instances["value"][1];
    let moved = |day: &str| {
        let body = timed("", &format!("{day}T09:00:00"), &format!("{day}T10:00:00"));
        json!({"start": body["start"], "end": body["end"]})
    };
    for day in ["2026-11-02", "2026-11-16", "2026-11-20"] {
        let reply = running.patch(&path(second), &moved(day)).await;
        assert_eq!(reply.json()["error"]["code"], "ErrorOccurrenceCrossingBoundary", "{day}");
    }
    let exception = running.patch(&path(second), &moved("2026-11-12")).await.ok();
    assert_eq!((&exception["type"], &exception["id"]), (&json!("exception"), &second["id"]));
    let later = json!({"start": moved("2026-11-03")["start"], "end": moved("2026-11-03")["end"]});
    let mut body = later.clone();
    body["recurrence"] = json!({"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]}, "range": {"type": "noEnd", "startDate": "2026-11-03"}});
    running.patch(&path(&master), &body).await.ok();
    assert_eq!(running.get(&path(second)).await.status, 404);
    let instances = running.get(&format!("{}/instances?{bounds}", path(&master))).await.ok();
    assert!(instances["value"].as_array().unwrap().iter().all(|one| one["type"] == "occurrence"));
}

#[tokio::test]
async fn mails_are_counted() {
    let running = Running::start().await;
    let guest =
        |name: &str| json!({"emailAddress": {"name": name, "address": format!("{name}@guests.example")}});
    let mut body = timed("Dinner", "2026-11-10T19:00:00", "2026-11-10T21:00:00");
    create(&running, &body).await;
    assert_eq!(running.get("/_sim/mails").await.ok()["count"], 0);
    body["attendees"] = json!([guest("a"), guest("b")]);
    let event = create(&running, &body).await;
    running.patch(&path(&event), &json!({"attendees": [guest("b"), guest("c")]})).await.ok();
    running.patch(&path(&event), &json!({"subject": "Late dinner"})).await.ok();
    running.delete(&path(&event)).await;
    let mails = running.get("/_sim/mails").await.ok();
    let told: Vec<(&str, usize)> = mails["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| (mail["kind"].as_str().unwrap(), mail["to"].as_array().unwrap().len()))
        .collect();
    assert_eq!(
        told,
        [("invitation", 2), ("invitation", 1), ("cancellation", 1), ("update", 2), ("cancellation", 2)]
    );
    assert!(
        mails["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|mail| mail["caused_by"] == "client" && mail["from"] == ADA)
    );
}

#[tokio::test]
async fn exchange_may_touch_an_item_once_more() {
    let running = Running::start().await;
    running.post("/_sim/switches", &json!({"post_process_bump_s": 5})).await.ok();
    let event = create(&running, &timed("A", "2026-11-10T09:00:00", "2026-11-10T10:00:00")).await;
    assert_eq!(running.get(&path(&event)).await.ok()["changeKey"], event["changeKey"]);
    running.post("/_sim/clock", &json!({"advance_s": 5})).await.ok();
    let told = running.get(&path(&event)).await.ok();
    assert_ne!(told["changeKey"], event["changeKey"]);
    assert_eq!(told["subject"], event["subject"]);
}

#[tokio::test]
async fn nobody_sees_another_mailbox() {
    let running = Running::start().await;
    let body = timed("Private", "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    let foreign = running.world().create_event(Actor::Person, JONAS, None, &body).unwrap();
    assert_eq!(running.get(&format!("/v1.0/me/events/{}", foreign.id)).await.status, 404);
    assert_eq!(running.delete(&format!("/v1.0/me/events/{}", foreign.immutable_id)).await.status, 404);
    assert_eq!(running.get(&format!("/v1.0/users/{JONAS}/calendars")).await.status, 403);
    assert_eq!(running.get(&format!("/v1.0/users/{ADA}/calendars")).await.status, 200);
}

#[tokio::test]
async fn bodies_are_bounded_and_typed() {
    let running = Running::start().await;
    let huge = json!({"subject": "x".repeat(5 * 1024 * 1024)});
    // The server may answer before it has read all of it: then the client sees a broken connection.
    if let Ok(reply) = running.send(Method::POST, "/v1.0/me/events", &[], Some(&huge)).await {
        assert_eq!(reply.status, 413);
    }
    let reply =
        running.send(Method::POST, "/v1.0/me/events", &[("content-type", "text/plain")], None).await.unwrap();
    assert_eq!(reply.status, 415);
    assert_eq!(running.send(Method::PUT, "/v1.0/me/events", &[], None).await.unwrap().status, 405);
    assert_eq!(running.get("/v1.0/me/messages").await.json()["error"]["code"], "BadRequest");
    let reply = running.send(Method::GET, "/v1.0/me", &[("client-request-id", "mine")], None).await.unwrap();
    assert_eq!(reply.header("client-request-id"), "mine");
    assert_eq!(reply.header("request-id").len(), 36);
}

#[tokio::test]
async fn an_event_is_answered_by_the_path_of_any_calendar_and_says_in_which_it_lies() {
    let running = Running::start().await;
    let body = timed("Show", "2026-11-10T19:00:00", "2026-11-10T21:00:00");
    let event = create(&running, &body).await;
    let world = running.sim.state();
    let attic = world.add_calendar(ADA, CalendarSpec::named("Attic")).unwrap();
    let home = running.get("/v1.0/me/calendar").await.ok()["id"].clone();
    assert_eq!(running.get(&format!("{}/calendar", path(&event))).await.ok()["id"], home);
    let immutable = running.get_with(&path(&event), "IdType=\"ImmutableId\"").await.ok();
    world.move_event(ADA, event["id"].as_str().unwrap(), &attic).unwrap();
    assert_eq!(running.get(&format!("{}/calendar", path(&immutable))).await.ok()["id"], json!(attic));
    for calendar in [home.as_str().unwrap(), &attic] {
        let id = percent(immutable["id"].as_str().unwrap());
        let found = running.get(&format!("/v1.0/me/calendars/{}/events/{id}", percent(calendar))).await;
        assert_eq!(found.ok()["subject"], "Show");
    }
}
