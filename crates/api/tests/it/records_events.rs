//! Events over HTTP: making, reading, changing, removing; every error a client can meet on the way.

use http::{Method, StatusCode};
use model::documents::{Calendar, Event, Record, Role, SyncLink};
use serde_json::{Value, json};
use store::{Batch, Store};

use crate::harness::World;
use crate::harness::people::{Belongings, Person, Proof};
use crate::harness::reply::Reply;

crate::also_on_mongodb!(
    an_event_goes_round,
    occurrences_are_read_and_changed_by_name,
    wrong_requests_are_refused_with_names,
    if_match_and_idempotency_hold,
    s3_foreign_ids_in_bodies_are_refused,
    s5_every_field_is_writable_or_refused_by_name,
    s32_sizes_are_bounded,
    s34_hostile_values_are_only_values,
    events_from_outlook_keep_their_shared_fields,
    pages_go_on_where_they_ended,
);

struct Desk {
    world: World,
    mara: Proof,
    jonas: Proof,
    hers: Belongings,
    his: Belongings,
    person: Person,
}

async fn desk() -> Desk {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    let jonas = world.person("jonas", Role::User).await;
    let hers = world.belongings(&person, "mara").await;
    let his = world.belongings(&jonas, "jonas").await;
    Desk { mara: Proof::Session(person.clone()), jonas: Proof::Session(jonas), world, hers, his, person }
}

impl Desk {
    async fn ask(&self, method: Method, uri: &str, body: Option<Value>) -> Reply {
        self.world.ask(&self.mara, method, uri, body.as_ref()).await
    }

    async fn make(&self, more: Value) -> Reply {
        let mut draft = json!({"calendar_id": self.hers.calendar, "title": "Gala",
            "start_time": "2026-11-27T18:00:00Z", "end_time": "2026-11-27T22:00:00Z"});
        draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask(Method::POST, "/api/v1/events", Some(draft)).await
    }

    async fn with_header(&self, method: Method, uri: &str, header: (&str, &str), body: Value) -> Reply {
        let mut request = crate::harness::json(method, uri, &body);
        crate::harness::people::prove(&mut request, &self.mara, false);
        let name: http::HeaderName = header.0.parse().unwrap();
        request.headers_mut().insert(name, header.1.parse().unwrap());
        self.world.send(request).await
    }
}

fn fields(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let errors = json["errors"].as_array().cloned().unwrap_or_default();
    let mut fields: Vec<String> =
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn an_event_goes_round() {
    let desk = desk().await;
    let internal = json!({
        "setup_start_time": "2026-11-27T12:00:00Z", "setup_end_time": "2026-11-27T17:00:00Z",
        "teardown_start_time": "2026-11-27T22:00:00Z", "teardown_end_time": "2026-11-28T01:00:00Z",
        "internal_notes": "keys at the desk", "equipment_required": ["Projector x2"], "staff_assigned": ["Ana", "Bo"],
        "budget_allocated": 12500.5, "client_contact": "Kessler", "internal_category": "Rental",
        "priority_level": "critical",
    });
    let made = desk.make(internal.clone()).await;
    assert_eq!((made.status, made.header("etag")), (StatusCode::CREATED, "\"1\""), "{made:?}");
    let uri = made.header("location").to_owned();
    let read = desk.ask(Method::GET, &uri, None).await;
    assert_eq!((read.status, read.json()), (StatusCode::OK, made.json()));
    for (field, value) in internal.as_object().unwrap() {
        assert_eq!(&read.json()[field], value, "{field}");
    }
    let listed = desk.ask(Method::GET, "/api/v1/events?from=2026-11-27&to=2026-11-28", None).await.json();
    assert_eq!(listed["items"], json!([read.json()]));
    assert_eq!(listed["next_cursor"], Value::Null);
    let nothing: Vec<(String, Value)> =
        internal.as_object().unwrap().keys().map(|field| (field.clone(), Value::Null)).collect();
    let emptied = desk.ask(Method::PATCH, &uri, Some(nothing.into_iter().collect())).await;
    assert_eq!(emptied.header("etag"), "\"2\"");
    assert!(internal.as_object().unwrap().keys().all(|field| emptied.json().get(field).is_none()));
    assert_eq!(desk.ask(Method::DELETE, &uri, None).await.status, StatusCode::NO_CONTENT);
    for (include, expected) in [("removed", 1), ("removed,archived", 1), ("archived", 0)] {
        let uri = format!("/api/v1/events?include={include}&from=2026-11-27&to=2026-11-28");
        let listed = desk.ask(Method::GET, &uri, None).await;
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), expected, "{include}");
    }
    let back = desk.ask(Method::POST, &format!("{uri}/restore"), Some(json!({}))).await;
    assert_eq!((back.status, back.json().get("removed_at")), (StatusCode::OK, None));
}

#[tokio::test]
async fn occurrences_are_read_and_changed_by_name() {
    let desk = desk().await;
    let pattern = json!({"recurrence_pattern": {"type": "weekly", "occurrence_count": 3}, "time_zone": "Europe/Berlin"});
    let series = desk.make(pattern).await;
    let id = series.json()["_id"].as_str().unwrap().to_owned();
    let listed = desk.ask(Method::GET, "/api/v1/events?from=2026-12-01&to=2026-12-31", None).await.json();
    let second = &listed["items"][0];
    assert_eq!(second["_id"], format!("{id}:2026-12-04T18:00:00Z"));
    let uri = format!("/api/v1/events/{}", second["_id"].as_str().unwrap());
    let read = desk.ask(Method::GET, &uri, None).await;
    assert_eq!(&read.json(), second);
    let changed = desk.with_header(
        Method::PATCH,
        &uri,
        ("if-match", read.header("etag")),
        json!({"internal_notes": "x"}),
    );
    let changed = changed.await;
    assert_eq!(
        (changed.status, changed.json()["original_start"].as_str()),
        (StatusCode::OK, Some("2026-12-04T18:00:00Z"))
    );
    let stale = desk.with_header(
        Method::PATCH,
        &uri,
        ("if-match", read.header("etag")),
        json!({"internal_notes": "y"}),
    );
    assert_eq!(stale.await.code(), "stale");
    let escaped = uri.replace(':', "%3A");
    assert_eq!(desk.ask(Method::GET, &escaped, None).await.json(), changed.json());
    for name in [
        format!("{id}:2026-12-05T18:00:00Z"),
        format!("{id}:x"),
        "nothing".into(),
        format!("{id}:2026-12-04"),
    ] {
        let reply = desk.ask(Method::GET, &format!("/api/v1/events/{name}"), None).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_FOUND, "not_found"), "{name}");
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_with_names() {
    let desk = desk().await;
    let cases = [
        ("from=2026-11-27&to=2026-11-20", 422, "invalid_fields", "to"),
        ("from=2020-11-27&to=2026-11-20", 422, "invalid_fields", "to"),
        ("from=yesterday", 400, "invalid_parameters", "from"),
        ("frm=2026-11-27", 400, "invalid_parameters", "frm"),
        ("limit=501", 422, "invalid_fields", "limit"),
        ("limit=0", 422, "invalid_fields", "limit"),
        ("cursor=abc", 400, "malformed_cursor", "cursor"),
        ("calendar_id[$ne]=x", 400, "invalid_parameters", "calendar_id[$ne]"),
        ("calendar_id=x", 400, "invalid_parameters", "calendar_id"),
        ("include=archived,all", 400, "invalid_parameters", "include"),
        ("include=all", 400, "invalid_parameters", "include"),
        ("expand=occurrences", 422, "invalid_fields", "to"),
        ("priority_level=huge", 400, "invalid_parameters", "priority_level"),
    ];
    for (query, status, code, field) in cases {
        let reply = desk.ask(Method::GET, &format!("/api/v1/events?{query}"), None).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{query}: {reply:?}");
        assert_eq!(fields(&reply), [field], "{query}");
    }
    let long = "q=".to_owned() + &"x".repeat(201);
    assert_eq!(fields(&desk.ask(Method::GET, &format!("/api/v1/events?{long}"), None).await), ["q"]);
    let other = desk.ask(Method::GET, "/api/v1/calendars?limit=1", None).await.json();
    assert_eq!(other["next_cursor"], Value::Null);
}

#[tokio::test]
async fn if_match_and_idempotency_hold() {
    let desk = desk().await;
    let uri = format!("/api/v1/events/{}", desk.hers.event);
    let patch = json!({"title": "Changed"});
    let stale = desk.with_header(Method::PATCH, &uri, ("if-match", "\"7\""), patch.clone()).await;
    assert_eq!((stale.status, stale.code().as_str()), (StatusCode::PRECONDITION_FAILED, "stale"));
    // A refused write answers nothing of the object.
    assert!(!stale.text.contains("canary"), "{}", stale.text);
    let wrong = desk.with_header(Method::PATCH, &uri, ("if-match", "7"), patch.clone()).await;
    assert_eq!(wrong.code(), "malformed_if_match");
    let right = desk.with_header(Method::PATCH, &uri, ("if-match", "\"1\""), patch.clone()).await;
    assert_eq!((right.status, right.header("etag")), (StatusCode::OK, "\"2\""));
    let draft = json!({"calendar_id": desk.hers.calendar, "title": "Once",
        "start_time": "2026-11-27T18:00:00Z", "end_time": "2026-11-27T22:00:00Z"});
    let once =
        desk.with_header(Method::POST, "/api/v1/events", ("idempotency-key", "k-1"), draft.clone()).await;
    let again =
        desk.with_header(Method::POST, "/api/v1/events", ("idempotency-key", "k-1"), draft.clone()).await;
    assert_eq!((again.status, again.json()), (StatusCode::CREATED, once.json()));
    let mut other = draft.clone();
    other["title"] = "Twice".into();
    let reused = desk.with_header(Method::POST, "/api/v1/events", ("idempotency-key", "k-1"), other).await;
    assert_eq!((reused.status.as_u16(), reused.code().as_str()), (422, "idempotency_key_reused"));
}

/// S3: ids inside a body are checked like those of the path.
#[tokio::test]
async fn s3_foreign_ids_in_bodies_are_refused() {
    let desk = desk().await;
    let before = desk.world.dump().await;
    let uri = format!("/api/v1/events/{}", desk.hers.event);
    for foreign in [desk.his.calendar.to_string(), "ffffffffffffffffffffffff".to_owned()] {
        let made = desk.make(json!({"calendar_id": foreign})).await;
        assert_eq!((made.status.as_u16(), fields(&made)), (422, vec!["calendar_id".to_owned()]));
        let moved = desk.ask(Method::PATCH, &uri, Some(json!({"calendar_id": foreign}))).await;
        assert_eq!((moved.status.as_u16(), fields(&moved)), (422, vec!["calendar_id".to_owned()]));
        assert!(!made.text.contains("canary-jonas") && !moved.text.contains("canary-jonas"));
        let run = desk.ask(Method::POST, "/api/v1/sync/runs", Some(json!({"calendar_id": foreign}))).await;
        assert_eq!(run.status, StatusCode::NOT_FOUND);
    }
    let listed =
        desk.ask(Method::GET, &format!("/api/v1/events?calendar_id={}", desk.his.calendar), None).await;
    assert_eq!(listed.json()["items"], json!([]));
    assert_eq!(desk.world.dump().await, before);
    let theirs = desk.world.ask(&desk.jonas, Method::GET, &uri, None).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
}

/// S5: only listed fields can be written; owner, marks of sync, audit and derived fields never.
#[tokio::test]
async fn s5_every_field_is_writable_or_refused_by_name() {
    let desk = desk().await;
    let uri = format!("/api/v1/events/{}", desk.hers.event);
    let writable: Vec<&str> = app::records::events::writable().collect();
    let before: Event = desk.world.read(desk.hers.event).await;
    for field in model::collections::EVENTS.fields.iter().filter(|field| !writable.contains(&field.name)) {
        for value in [json!("x"), json!(desk.his.user), json!(1), Value::Null, json!({"$set": 1})] {
            let reply = desk.ask(Method::PATCH, &uri, Some(json!({field.name: value}))).await;
            assert_eq!(
                (reply.status.as_u16(), fields(&reply)),
                (422, vec![field.name.to_owned()]),
                "{value}"
            );
        }
    }
    let after: Event = desk.world.read(desk.hers.event).await;
    assert_eq!(after, before);
    let unknown = desk.ask(Method::PATCH, &uri, Some(json!({"titel": "x", "role": "admin"}))).await;
    assert_eq!(fields(&unknown), ["role", "titel"]);
    assert!(unknown.text.contains("Did you mean title?"));
}

/// S32: what is sent is bounded.
#[tokio::test]
async fn s32_sizes_are_bounded() {
    let desk = desk().await;
    let huge = desk.make(json!({"description": "x".repeat(1_100_000)})).await;
    assert_eq!((huge.status.as_u16(), huge.code().as_str()), (413, "body_too_large"));
    let cases = [
        (json!({"description": "x".repeat(262_145)}), "description"),
        (json!({"equipment_required": vec!["x"; 201]}), "equipment_required"),
        (json!({"categories": vec!["x"; 101]}), "categories"),
        (json!({"end_time": "2046-11-27T22:00:00Z"}), "end_time"),
        (
            json!({"recurrence_rule": [format!("RRULE:FREQ=DAILY;BYHOUR={}", "1,".repeat(2_000))]}),
            "recurrence_rule",
        ),
        (
            json!({"recurrence_pattern": {"type": "daily", "interval": 100_000}}),
            "recurrence_pattern.interval",
        ),
    ];
    for (more, field) in cases {
        let reply = desk.make(more).await;
        assert_eq!(reply.status.as_u16(), 422, "{field}");
        assert!(fields(&reply).iter().any(|named| named.starts_with(field)), "{field}: {:?}", fields(&reply));
        assert!(reply.text.len() < 20_000);
    }
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let mut request = crate::harness::json(Method::POST, "/api/v1/events", &Value::Null);
    crate::harness::people::prove(&mut request, &desk.mara, false);
    *request.body_mut() = format!("{{\"title\":{deep}}}").into();
    assert_eq!(desk.world.send(request).await.code(), "malformed_json");
}

/// S34: operators and quotes are only text.
#[tokio::test]
async fn s34_hostile_values_are_only_values() {
    let desk = desk().await;
    for title in
        ["'; DROP TABLE events;--", "{\"$ne\":null}", "\u{0}", "%_\\", "\"start_time\":\"x", "𝒳\u{202e}"]
    {
        let made = desk.make(json!({"title": title, "location": title, "categories": [title]})).await;
        if made.status == StatusCode::CREATED {
            assert_eq!(made.json()["title"], title);
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("q", title)
                .append_pair("location", title)
                .append_pair("category", title)
                .finish();
            let found = desk.ask(Method::GET, &format!("/api/v1/events?{query}"), None).await.json();
            assert_eq!(found["items"].as_array().unwrap().len(), 1, "{title:?}");
        } else {
            assert_eq!(made.status.as_u16(), 422, "{title:?}: {made:?}");
        }
    }
    for operator in [json!({"$ne": null}), json!(["x"]), json!(true)] {
        for field in ["title", "location", "calendar_id", "start_time"] {
            let reply = desk.make(json!({field: operator.clone()})).await;
            assert_eq!(reply.status.as_u16(), 422, "{field} {operator}");
        }
    }
}

#[tokio::test]
async fn events_from_outlook_keep_their_shared_fields() {
    let desk = desk().await;
    let mut calendar = Calendar::local(desk.world.app.new_id(), desk.person.id, "Calendar", "#112233");
    calendar.outlook_calendar_id = Some("AAMkCAL".to_owned());
    let event: Event = desk.world.read(desk.hers.event).await;
    let mut outlook = Event { id: desk.world.app.new_id(), calendar_id: calendar.id, revision: 0, ..event };
    outlook.outlook_event_id = Some("AAMkEV".to_owned());
    calendar.touch(desk.world.app.now());
    outlook.touch(desk.world.app.now());
    let mut batch = Batch::new();
    batch.insert(&calendar).unwrap();
    batch.insert(&outlook).unwrap();
    let mut link = SyncLink {
        id: desk.world.app.new_id(),
        user_id: outlook.user_id,
        calendar_id: calendar.id,
        event_id: outlook.id,
        provider: "outlook".to_owned(),
        provider_item_id: "AAMkEV".to_owned(),
        agreed: json!({}),
        fingerprint: String::new(),
        created_at: outlook.created_at,
        updated_at: outlook.updated_at,
        revision: 0,
    };
    link.touch(desk.world.app.now());
    batch.insert(&link).unwrap();
    desk.world.store.commit(batch).await.unwrap();
    let uri = format!("/api/v1/events/{}", outlook.id);
    let shared =
        desk.ask(Method::PATCH, &uri, Some(json!({"title": "x", "end_time": "2026-11-23T11:00:00Z"}))).await;
    assert_eq!((shared.status.as_u16(), shared.code().as_str()), (422, "shared_fields_read_only"));
    assert_eq!(fields(&shared), ["end_time", "title"]);
    let internal = desk.ask(Method::PATCH, &uri, Some(json!({"staff_assigned": ["Ana"]}))).await;
    assert_eq!(internal.json()["staff_assigned"], json!(["Ana"]));
    let deleted = desk.ask(Method::DELETE, &uri, None).await;
    assert_eq!((deleted.status.as_u16(), deleted.code().as_str()), (409, "outlook_read_only"));
    let made = desk.make(json!({"calendar_id": calendar.id})).await;
    assert_eq!((made.status.as_u16(), made.code().as_str()), (409, "outlook_read_only"));
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let desk = desk().await;
    for hour in 10..17 {
        let start = format!("2026-12-01T{hour}:00:00Z");
        desk.make(
            json!({"title": format!("{hour}"), "start_time": start, "end_time": "2026-12-01T20:00:00Z"}),
        )
        .await;
    }
    let mut titles = Vec::new();
    let mut uri = "/api/v1/events?from=2026-12-01&to=2026-12-02&limit=3".to_owned();
    loop {
        let page = desk.ask(Method::GET, &uri, None).await.json();
        let items = page["items"].as_array().unwrap();
        titles.extend(items.iter().map(|item| item["title"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        uri = format!("/api/v1/events?from=2026-12-01&to=2026-12-02&limit=3&cursor={cursor}");
        // What comes before the cursor does not move it.
        let early = json!({"title": "early", "start_time": "2026-12-01T09:00:00Z", "end_time": "2026-12-01T09:30:00Z"});
        desk.make(early).await;
    }
    assert_eq!(titles, ["10", "11", "12", "13", "14", "15", "16"]);
}
