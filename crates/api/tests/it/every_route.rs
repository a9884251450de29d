//! What the document promises of every route: limits that are told, failures that pass, changes that are guarded and
//! repeatable, pages that lead to the end. The loops are made from the OpenAPI document, so that a new route is in them.

use std::time::Duration;

use api::ApiOptions;
use app::Settings;
use axum::body::Body;
use http::{Method, Request, header};
use model::documents::{
    HeldDeletions, HeldState, Record, Role, SyncLog, SyncLogStatus, SyncType, TokenScope, UNSET,
};
use serde_json::Value;
use store::{Batch, Store};

use crate::contract::assert_problem;
use crate::harness::faulty::Mood;
use crate::harness::people::{Belongings, Proof, prove};
use crate::harness::reply::Reply;
use crate::harness::{World, generous};
use crate::matrix::{Policy, ROWS, Row};

crate::also_on_mongodb!(
    goal15_a_stale_tag_changes_nothing_and_the_right_one_does,
    goal15_a_repeated_post_answers_the_same_and_makes_it_once,
    goal15_every_list_is_walked_by_its_cursor,
);

/// Changes of a record without `If-Match`: a secret is ended whatever became of it meanwhile.
const UNGUARDED: &[(&str, &str)] = &[
    ("delete", "/api/v1/tokens/{id}"),
    ("delete", "/api/v1/sessions/{id}"),
    ("delete", "/api/v1/sessions"),
    // Each preference is by itself.
    ("patch", "/api/v1/me"),
];

/// POSTs that make nothing; the document names each.
const MAKE_NOTHING: &[&str] = &[
    "/api/v1/sync/runs",
    "/api/v1/sync/held-deletions/{id}",
    "/api/v1/exports/{id}/cancel",
    "/api/v1/events/{id}/restore",
    "/auth/logout",
    "/auth/admin-link/{code}",
];

/// Lists that are bounded and have no pages; their description says so.
const BOUNDED: &[&str] = &["/api/v1/sync/runs"];

fn document() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

/// Every row with its operation in the document.
fn operations(document: &Value) -> impl Iterator<Item = (&'static Row, &Value)> {
    ROWS.iter().map(|row| (row, &document["paths"][row.path][row.method]))
}

fn takes(operation: &Value, kind: &str, name: &str) -> bool {
    let parameters = operation["parameters"].as_array();
    parameters.into_iter().flatten().any(|parameter| parameter["in"] == kind && parameter["name"] == name)
}

/// A row's request, about these belongings, with a body that is right.
fn about(row: &Row, own: &Belongings) -> Request<Body> {
    let request = Request::builder().method(row.method.to_uppercase().as_str()).uri(row.uri(Some(own)));
    match row.body {
        Some(body) => {
            request.header(header::CONTENT_TYPE, "application/json").body(body(own).to_string().into())
        }
        None => request.body(Body::empty()),
    }
    .unwrap()
}

/// A world with an administrator and what is theirs.
async fn furnished(options: ApiOptions) -> (World, Proof, Belongings) {
    let world = World::with(Settings::default(), options).await;
    let admin = world.person("admin", Role::Admin).await;
    let own = world.belongings(&admin, "admin").await;
    (world, Proof::Session(admin), own)
}

async fn send(
    world: &World,
    proof: &Proof,
    mut request: Request<Body>,
    headers: &[(&'static str, &str)],
) -> Reply {
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    prove(&mut request, proof, false);
    world.send(request).await
}

fn is_limited(row: &Row) -> bool {
    !["/healthz", "/readyz", "/metrics"].contains(&row.path)
}

#[tokio::test]
async fn goal15_every_answer_tells_what_is_left() {
    let world = World::new().await;
    let admin = world.person("admin", Role::Admin).await;
    // A token: a session would be over with the first route that signs out.
    let proof = Proof::Token(world.token_of(&admin, TokenScope::Write).await.1);
    for row in ROWS {
        let method: Method = row.method.to_uppercase().parse().unwrap();
        for (who, reply) in [
            ("nobody", world.ask(&Proof::Nobody, method.clone(), &row.uri(None), None).await),
            ("admin", world.ask(&proof, method.clone(), &row.uri(None), None).await),
        ] {
            let told = (reply.header("ratelimit-policy"), reply.header("ratelimit"));
            let name = format!("{who} {} {}: {told:?}", row.method, row.path);
            assert_eq!(told.0.starts_with("\"address\";q="), is_limited(row), "{name}");
            assert_eq!(told.1.starts_with("\"address\";r="), is_limited(row), "{name}");
            let by_account = who == "admin" && row.path.starts_with("/api/");
            assert!(!by_account || told.0.contains("\"account\";q=60000;w=60"), "{name}");
            assert!(!by_account || told.1.contains(", \"account\";r="), "{name}");
        }
    }
}

#[tokio::test]
async fn goal15_too_many_requests_are_a_problem_that_says_when() {
    let one = ApiOptions { requests_per_minute: 1, sign_in_requests_per_minute: 1, ..generous() };
    let mut world = World::with(Settings::default(), one).await;
    let own = Belongings::of_nobody();
    for (number, row) in ROWS.iter().enumerate().filter(|(_, row)| is_limited(row)) {
        world.peer.set_ip([198, 51, 100, u8::try_from(number).unwrap()].into());
        let first = world.send(about(row, &own)).await;
        assert_ne!(first.status, 429, "{}", row.path);
        let refused = world.send(about(row, &own)).await;
        let name = format!("{} {}", row.method, row.path);
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "too_many_requests"), "{name}");
        assert_problem(&refused, &name);
        assert_eq!(refused.header("retry-after"), "60", "{name}");
        assert_eq!(refused.header("ratelimit"), "\"address\";r=0;t=60", "{name}");
    }
    let one = ApiOptions { account_requests_per_minute: 1, ..generous() };
    let (world, proof, own) = furnished(one).await;
    world.ask(&proof, Method::GET, "/api/v1/me", None).await;
    let before = world.dump().await;
    let proved = |row: &&Row| row.policy != Policy::Public && !row.path.contains("{code}");
    for row in ROWS.iter().filter(proved) {
        let refused = send(&world, &proof, about(row, &own), &[]).await;
        let name = format!("{} {}", row.method, row.path);
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "too_many_requests"), "{name}");
        assert_problem(&refused, &name);
        assert_eq!(refused.header("retry-after"), "60", "{name}");
    }
    assert_eq!(before, world.dump().await);
}

/// The store fails at every call of every route in turn, not only at the first.
#[tokio::test]
async fn s36_wherever_the_store_fails_the_answer_says_so_and_nothing_is_half_written() {
    for row in ROWS {
        let (world, proof, own) = furnished(generous()).await;
        let before = world.dump().await;
        for (mood, status, code, retry) in [
            (Mood::Unavailable, 503, "store_unavailable", "2"),
            (Mood::Full, 507, "disk_full", ""),
            (Mood::Broken, 500, "internal", ""),
        ] {
            for calls in 0..40 {
                let name = format!("{} {} {mood:?} after {calls}", row.method, row.path);
                world.store.set_after(calls, mood);
                let reply = send(&world, &proof, about(row, &own), &[]).await;
                let has_failed = world.store.has_failed();
                world.store.set(Mood::Well);
                if !has_failed {
                    break;
                }
                assert!(calls < 39, "{name}: so many calls?");
                if reply.status.as_u16() < 400 {
                    // A help that failed, such as the time of the last use; or work that goes on behind the answer.
                    break;
                }
                if row.path == "/readyz" {
                    let told = (reply.status.as_u16(), reply.header("retry-after"));
                    assert_eq!(told, (503, "5"), "{name}: {reply:?}");
                } else {
                    assert_eq!(reply.status, status, "{name}: {reply:?}");
                    assert_eq!(reply.header("retry-after"), retry, "{name}");
                }
                assert!(!reply.text.contains(crate::harness::faulty::INTERNALS), "{name}: {reply:?}");
                if !reply.header("content-type").starts_with("text/html") {
                    assert_problem(&reply, &name);
                    assert!(row.path == "/readyz" || reply.code() == code, "{name}: {reply:?}");
                }
                assert_eq!(before, world.dump().await, "{name}");
            }
            if before != world.dump().await {
                break;
            }
        }
    }
}

#[tokio::test]
async fn s36_a_store_that_hangs_is_given_up_on_every_route() {
    let impatient = Duration::from_millis(20);
    let options = ApiOptions { request_timeout: impatient, ready_timeout: impatient, ..generous() };
    let (world, proof, own) = furnished(options).await;
    world.store.set(Mood::Hanging);
    for row in ROWS {
        let name = format!("{} {}", row.method, row.path);
        let reply = send(&world, &proof, about(row, &own), &[]).await;
        if !world.store.has_failed() {
            assert_eq!(reply.status, 200, "{name} asks no store");
            continue;
        }
        world.store.set(Mood::Hanging);
        assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (503, "5"), "{name}: {reply:?}");
        assert_problem(&reply, &name);
    }
}

#[tokio::test]
async fn goal15_a_stale_tag_changes_nothing_and_the_right_one_does() {
    let document = document();
    for (row, operation) in operations(&document).filter(|(row, _)| row.is_change()) {
        let name = format!("{} {}", row.method, row.path);
        if !takes(operation, "header", "If-Match") {
            let is_excused = UNGUARDED.contains(&(row.method, row.path)) || row.method == "post";
            assert!(is_excused, "{name} changes a record and takes no If-Match");
            continue;
        }
        let (world, proof, mut own) = furnished(generous()).await;
        // An administrator cannot delete the last one, and a record is restored when it was deleted.
        let mut revision = 1;
        if row.path.contains("/admin/users/") {
            own.user = world.person("mara", Role::User).await.id;
        }
        if row.path.ends_with("/restore") {
            let uri = format!("/api/v1/events/{}", own.event);
            assert_eq!(world.ask(&proof, Method::DELETE, &uri, None).await.status, 204);
            revision = 2;
        }
        let before = world.dump().await;
        let stale = send(&world, &proof, about(row, &own), &[("if-match", "\"999\"")]).await;
        assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "stale"), "{name}: {stale:?}");
        assert_problem(&stale, &name);
        let malformed = send(&world, &proof, about(row, &own), &[("if-match", "999")]).await;
        assert_eq!(
            (malformed.status.as_u16(), malformed.code().as_str()),
            (400, "malformed_if_match"),
            "{name}"
        );
        assert_eq!(before, world.dump().await, "{name}");
        let tag = format!("\"{revision}\"");
        let right = send(&world, &proof, about(row, &own), &[("if-match", &tag)]).await;
        assert!(right.status.is_success(), "{name}: {right:?}");
    }
}

#[tokio::test]
async fn goal15_a_repeated_post_answers_the_same_and_makes_it_once() {
    let document = document();
    let (world, proof, own) = furnished(generous()).await;
    let description = document["info"]["description"].as_str().unwrap();
    for (row, operation) in operations(&document).filter(|(row, _)| row.method == "post") {
        let has_key = takes(operation, "header", "Idempotency-Key");
        assert_eq!(!has_key, MAKE_NOTHING.contains(&row.path), "{} takes a key, or is listed", row.path);
        if !has_key {
            assert!(description.contains(row.path.trim_start_matches("/api/v1")), "{} is not said", row.path);
            continue;
        }
        let key = [("idempotency-key", row.path)];
        let first = send(&world, &proof, about(row, &own), &key).await;
        assert_eq!(first.status, 201, "{}: {first:?}", row.path);
        let made = world.dump().await;
        let again = send(&world, &proof, about(row, &own), &key).await;
        assert_eq!(again.status, 201, "{}: {again:?}", row.path);
        let without_secret = |reply: &Reply| {
            let mut json = reply.json();
            json.as_object_mut().unwrap().remove("token");
            json
        };
        assert_eq!(without_secret(&first), without_secret(&again), "{}", row.path);
        for name in ["etag", "location"] {
            assert_eq!(first.header(name), again.header(name), "{} {name}", row.path);
        }
        assert_eq!(made, world.dump().await, "{}", row.path);
        let mut other = about(row, &own);
        *other.body_mut() = format!("{} ", row.body.unwrap()(&own)).into();
        let reused = send(&world, &proof, other, &key).await;
        assert_eq!(
            (reused.status.as_u16(), reused.code().as_str()),
            (422, "idempotency_key_reused"),
            "{}",
            row.path
        );
    }
}

/// Two of everything, for lists that `belongings` does not fill.
async fn add_what_sync_leaves(world: &World, of: &[&Belongings]) {
    let mut batch = Batch::new();
    for own in of {
        let now = world.app.now();
        let mut log = SyncLog {
            id: world.app.new_id(),
            user_id: own.user,
            sync_type: SyncType::OutlookToLocal,
            status: SyncLogStatus::Success,
            events_processed: 1,
            events_created: 1,
            events_updated: 0,
            events_deleted: 0,
            errors: Vec::new(),
            started_at: now,
            completed_at: now,
            duration_ms: 1,
            calendar_id: Some(own.calendar),
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        };
        log.touch(now);
        batch.insert(&log).unwrap();
        let mut held = HeldDeletions {
            id: world.app.new_id(),
            user_id: own.user,
            calendar_id: own.calendar,
            provider: "outlook".to_owned(),
            state: HeldState::Waiting,
            event_ids: vec![own.event],
            collected_ids: Vec::new(),
            reason: "1 of 1 events would be removed".to_owned(),
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        };
        held.touch(now);
        batch.insert(&held).unwrap();
    }
    world.store.commit(batch).await.unwrap();
}

#[tokio::test]
async fn goal15_every_list_is_walked_by_its_cursor() {
    let document = document();
    let world = World::new().await;
    let admin = world.person("admin", Role::Admin).await;
    let other = world.person("other", Role::Admin).await;
    let own = world.belongings(&admin, "admin").await;
    let more = world.belongings(&admin, "more").await;
    let theirs = world.belongings(&other, "other").await;
    add_what_sync_leaves(&world, &[&own, &more, &theirs]).await;
    let proof = Proof::Session(admin);
    let is_list = |operation: &Value| {
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let schema =
            schema.as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
        schema.is_some_and(|schema| !schema["properties"]["items"].is_null())
    };
    let lists = operations(&document).filter(|(row, operation)| row.method == "get" && is_list(operation));
    let mut walked = 0;
    for (row, operation) in lists {
        if BOUNDED.contains(&row.path) {
            assert!(operation["description"].as_str().unwrap().contains("Bounded"), "{}", row.path);
            continue;
        }
        assert!(takes(operation, "query", "cursor") && takes(operation, "query", "limit"), "{}", row.path);
        let page = async |query: String| {
            let uri = format!("{}?{query}", row.path);
            let reply = world.ask(&proof, Method::GET, &uri, None).await;
            assert_eq!(reply.status, 200, "{uri}: {reply:?}");
            let json = reply.json();
            let next = json["next_cursor"].as_str().map(str::to_owned);
            (json["items"].as_array().unwrap().clone(), next)
        };
        let (all, end) = page("limit=500".to_owned()).await;
        assert_eq!(end, None, "{}", row.path);
        assert!(all.len() > 1, "{}: too few to walk", row.path);
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let (items, next) = page(format!("limit=1{cursor}")).await;
            assert!(items.len() <= 1, "{}", row.path);
            found.extend(items);
            assert!(found.len() <= all.len(), "{} runs in a circle", row.path);
            let Some(next) = next else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, all, "{}", row.path);
        let wrong = world.ask(&proof, Method::GET, &format!("{}?cursor=AAAA", row.path), None).await;
        assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (400, "malformed_cursor"), "{}", row.path);
        walked += 1;
    }
    assert!(walked >= 9, "only {walked} lists");
}
