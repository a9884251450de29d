//! Who may do what: the matrix of routes and people, and what can be written at all.

use http::{Method, StatusCode};
use model::documents::{Role, TokenScope, User};
use serde_json::{Value, json};

use crate::harness::World;
use crate::harness::people::{Belongings, Person, Proof, canary};
use crate::harness::reply::Reply;
use crate::matrix::{Policy, ROWS, Row};

crate::also_on_mongodb!(
    s01_every_route_answers_each_role_as_its_policy_says,
    s01_s02_a_foreign_id_answers_like_an_unknown_one_and_tells_nothing,
    s03_references_in_a_body_are_checked_like_the_path,
    s05_only_listed_fields_of_a_person_can_be_written,
    s05_ownership_sync_and_audit_fields_of_records_are_never_written,
    s06_without_a_session_only_the_listed_routes_answer,
    s07_a_disabled_or_demoted_person_has_no_power_at_once,
    s07_the_last_administrator_stays,
    s08_nobody_finds_other_people,
    s09_a_token_does_what_its_scope_says,
);

struct Cast {
    world: World,
    user: Person,
    other: Person,
    admin: Person,
    own: Belongings,
    foreign: Belongings,
    read_token: String,
    write_token: String,
}

impl Cast {
    async fn new() -> Self {
        let world = World::new().await;
        let user = world.person("user", Role::User).await;
        let other = world.person("other", Role::User).await;
        let admin = world.person("admin", Role::Admin).await;
        let own = world.belongings(&user, "user").await;
        let foreign = world.belongings(&other, "other").await;
        let (_, read_token) = world.token_of(&user, TokenScope::Read).await;
        let (_, write_token) = world.token_of(&user, TokenScope::Write).await;
        Self { world, user, other, admin, own, foreign, read_token, write_token }
    }

    /// Sends the row's request about somebody's record, or about an id of nobody.
    async fn send(&self, row: &Row, proof: &Proof, about: Option<&Belongings>) -> Reply {
        let body = row.body.map(|body| body(about.unwrap_or(&self.own)));
        let method: Method = row.method.to_uppercase().parse().unwrap();
        self.world.ask(proof, method, &row.uri(about), body.as_ref()).await
    }
}

#[test]
fn s01_every_route_has_a_policy() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let mut documented: Vec<(String, String)> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys();
        documented
            .extend(methods.filter(|key| *key != "parameters").map(|method| (method.clone(), path.clone())));
    }
    let mut rows: Vec<(String, String)> =
        ROWS.iter().map(|row| (row.method.to_owned(), row.path.to_owned())).collect();
    documented.sort();
    rows.sort();
    assert_eq!(documented, rows, "matrix.rs has one row for each operation of the OpenAPI document");
}

/// Each change on a cast of its own, so that no row sees what another changed.
#[tokio::test]
async fn s01_every_route_answers_each_role_as_its_policy_says() {
    let readers = Cast::new().await;
    for row in ROWS {
        let name = format!("{} {}", row.method, row.path);
        let reply = readers.send(row, &Proof::Nobody, Some(&readers.own)).await;
        match row.policy {
            Policy::Public => assert_ne!(reply.status, StatusCode::UNAUTHORIZED, "{name}: {reply:?}"),
            _ => assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{name} by nobody: {reply:?}"),
        }
        let fresh = if row.is_change() { Some(Cast::new().await) } else { None };
        let own = fresh.as_ref().unwrap_or(&readers);
        let reply = own.send(row, &Proof::Session(own.user.clone()), Some(&own.own)).await;
        match row.policy {
            Policy::Admin => assert_eq!(reply.status, StatusCode::FORBIDDEN, "{name} by a user: {reply:?}"),
            Policy::AdminAlone | Policy::MakerAlone => {
                assert_eq!(reply.status, StatusCode::NOT_FOUND, "{name} by a user: {reply:?}")
            }
            _ => assert_let_in(&reply, row, "its owner"),
        }
        let fresh = if row.is_change() { Some(Cast::new().await) } else { None };
        let admin = fresh.as_ref().unwrap_or(&readers);
        let reply = admin.send(row, &Proof::Session(admin.admin.clone()), Some(&admin.own)).await;
        match row.policy {
            Policy::OwnerAlone | Policy::MakerAlone => {
                assert_eq!(reply.status, StatusCode::NOT_FOUND, "{name} by an admin: {reply:?}")
            }
            _ => assert_let_in(&reply, row, "an administrator"),
        }
    }
}

#[tokio::test]
async fn s01_s02_a_foreign_id_answers_like_an_unknown_one_and_tells_nothing() {
    let cast = Cast::new().await;
    let proof = Proof::Session(cast.user.clone());
    let before = cast.world.dump().await;
    let nobodys = Belongings::of_nobody();
    for row in ROWS.iter().filter(|row| is_about_somebody(row.policy)) {
        let name = format!("{} {}", row.method, row.path);
        let foreign = cast.send(row, &proof, Some(&cast.foreign)).await;
        // An id in the path is not found, one in the body is wrong input: both without a word about the record.
        let expected: &[u16] = if row.about.is_some() { &[404] } else { &[404, 422] };
        assert!(expected.contains(&foreign.status.as_u16()), "{name}: {foreign:?}");
        assert!(!foreign.text.contains(&canary("other")), "{name} shows a foreign record: {foreign:?}");
        let unknown = cast.send(row, &proof, Some(&nobodys)).await;
        let strip = |reply: &Reply| {
            let mut json = reply.json();
            json["request_id"] = Value::Null;
            (reply.status, json)
        };
        assert_eq!(strip(&foreign), strip(&unknown), "{name}");
    }
    assert_eq!(before, cast.world.dump().await, "a refused request changed something");
}

#[tokio::test]
async fn s03_references_in_a_body_are_checked_like_the_path() {
    let cast = Cast::new().await;
    let proof = Proof::Session(cast.user.clone());
    let event = format!("/api/v1/events/{}", cast.own.event);
    let before = cast.world.dump().await;
    for field in ["calendar_id", "user_id", "recurrence_master_id", "created_by", "last_modified_by"] {
        for id in [cast.foreign.calendar, cast.foreign.user, cast.foreign.event] {
            let body = json!({field: id});
            let reply = cast.world.ask(&proof, Method::PATCH, &event, Some(&body)).await;
            assert!(reply.status.is_client_error(), "{field}: {reply:?}");
            assert!(!reply.text.contains(&canary("other")), "{field}: {reply:?}");
        }
    }
    let order = json!({"calendar_id": cast.foreign.calendar, "dry_run": true});
    let reply = cast.world.ask(&proof, Method::POST, "/api/v1/sync/runs", Some(&order)).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{reply:?}");
    assert_eq!(before, cast.world.dump().await);
}

#[tokio::test]
async fn s05_only_listed_fields_of_a_person_can_be_written() {
    let cast = Cast::new().await;
    let proof = Proof::Session(cast.admin.clone());
    let uri = format!("/api/v1/admin/users/{}", cast.user.id);
    let before: User = cast.world.read(cast.user.id).await;
    for field in
        model::collections::USERS.fields.iter().filter(|field| !["role", "is_disabled"].contains(&field.name))
    {
        let reply = cast.world.ask(&proof, Method::PATCH, &uri, Some(&json!({field.name: "x"}))).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "unknown_fields"), "{}", field.name);
        assert_eq!(reply.json()["errors"][0]["field"], field.name);
    }
    assert_eq!(cast.world.read::<User>(cast.user.id).await, before);
}

#[tokio::test]
async fn s05_ownership_sync_and_audit_fields_of_records_are_never_written() {
    let cast = Cast::new().await;
    let proof = Proof::Session(cast.user.clone());
    let never = [
        "_id",
        "user_id",
        "created_at",
        "updated_at",
        "revision",
        "sync_status",
        "last_synced",
        "sync_errors",
        "outlook_event_id",
        "outlook_etag",
        "google_event_id",
        "outlook_calendar_id",
        "google_calendar_id",
        "usage_count",
        "created_by",
        "last_modified_by",
        "occupied_from",
        "occupied_until",
        "span_class",
        "removed_at",
        "can_edit",
        "is_primary",
        "sync_error",
        "attendees",
    ];
    let before = cast.world.dump().await;
    for (path, id) in [
        ("events", cast.own.event),
        ("calendars", cast.own.calendar),
        ("categories", cast.own.category),
        ("locations", cast.own.location),
    ] {
        let uri = format!("/api/v1/{path}/{id}");
        for field in never {
            for value in
                [json!("2026-01-01T00:00:00Z"), json!("ffffffffffffffffffffffff"), json!(7), json!(true)]
            {
                let reply = cast.world.ask(&proof, Method::PATCH, &uri, Some(&json!({field: value}))).await;
                assert!(reply.status.is_client_error(), "{path} {field} {value}: {reply:?}");
            }
        }
    }
    assert_eq!(before, cast.world.dump().await);
}

#[tokio::test]
async fn s06_without_a_session_only_the_listed_routes_answer() {
    let cast = Cast::new().await;
    let undocumented = [
        ("/api/docs", StatusCode::OK),
        ("/api/docs/reference.js", StatusCode::OK),
        ("/api/docs/reference.css", StatusCode::OK),
        ("/api/v1/openapi.json", StatusCode::OK),
        ("/api", StatusCode::NOT_FOUND),
        ("/api/v1", StatusCode::NOT_FOUND),
        ("/api/v1/users", StatusCode::NOT_FOUND),
        ("/api/v1/debug", StatusCode::NOT_FOUND),
        ("/api/v2/me", StatusCode::NOT_FOUND),
        ("/auth", StatusCode::NOT_FOUND),
        ("/_sim/reset", StatusCode::NOT_FOUND),
        ("/.env", StatusCode::NOT_FOUND),
    ];
    for (path, status) in undocumented {
        assert_eq!(cast.world.get(path).await.status, status, "{path}");
    }
    for row in ROWS.iter().filter(|row| row.policy != Policy::Public) {
        let reply = cast.send(row, &Proof::Nobody, Some(&cast.own)).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{} {}", row.method, row.path);
        assert!(!reply.text.contains("canary"), "{reply:?}");
    }
}

#[tokio::test]
async fn s07_a_disabled_or_demoted_person_has_no_power_at_once() {
    let cast = Cast::new().await;
    let admin = Proof::Session(cast.admin.clone());
    let second = cast.world.person("second", Role::Admin).await;
    let second_proof = Proof::Session(second.clone());
    let users = "/api/v1/admin/users";
    assert_eq!(cast.world.ask(&second_proof, Method::GET, users, None).await.status, 200);
    let uri = format!("{users}/{}", second.id);
    assert_eq!(cast.world.ask(&admin, Method::PATCH, &uri, Some(&json!({"role": "user"}))).await.status, 200);
    assert_eq!(cast.world.ask(&second_proof, Method::GET, users, None).await.status, 403);

    let uri = format!("{users}/{}", cast.user.id);
    assert_eq!(
        cast.world.ask(&admin, Method::PATCH, &uri, Some(&json!({"is_disabled": true}))).await.status,
        200
    );
    for proof in [
        Proof::Session(cast.user.clone()),
        Proof::Token(cast.read_token.clone()),
        Proof::Token(cast.write_token.clone()),
    ] {
        assert_eq!(cast.world.ask(&proof, Method::GET, "/api/v1/me", None).await.status, 401, "{proof:?}");
    }
    // Let in again, old sessions and tokens stay dead.
    assert_eq!(
        cast.world.ask(&admin, Method::PATCH, &uri, Some(&json!({"is_disabled": false}))).await.status,
        200
    );
    let proof = Proof::Session(cast.user.clone());
    assert_eq!(cast.world.ask(&proof, Method::GET, "/api/v1/me", None).await.status, 401);
}

#[tokio::test]
async fn s07_the_last_administrator_stays() {
    let world = World::new().await;
    let admin = world.person("admin", Role::Admin).await;
    let proof = Proof::Session(admin.clone());
    let uri = format!("/api/v1/admin/users/{}", admin.id);
    for body in [json!({"role": "user"}), json!({"is_disabled": true})] {
        let reply = world.ask(&proof, Method::PATCH, &uri, Some(&body)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "last_admin"), "{body}");
    }
    let reply = world.ask(&proof, Method::DELETE, &uri, None).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "last_admin"));
    let second = world.person("second", Role::Admin).await;
    let second_uri = format!("/api/v1/admin/users/{}", second.id);
    let demote = json!({"role": "user"});
    let second_proof = Proof::Session(second);
    let (first, other) = tokio::join!(
        world.ask(&proof, Method::PATCH, &second_uri, Some(&demote)),
        world.ask(&second_proof, Method::PATCH, &uri, Some(&demote)),
    );
    let demoted = [&first, &other].iter().filter(|reply| reply.status == 200).count();
    assert_eq!(demoted, 1, "two administrators who demote each other: one wins: {first:?} {other:?}");
}

#[tokio::test]
async fn s08_nobody_finds_other_people() {
    let cast = Cast::new().await;
    for proof in [Proof::Session(cast.user.clone()), Proof::Token(cast.write_token.clone())] {
        for row in ROWS.iter().filter(|row| row.method == "get" && row.about.is_none()) {
            let reply = cast.send(row, &proof, Some(&cast.own)).await;
            for word in
                [canary("other"), canary("admin"), "other@example.org".into(), cast.other.id.to_string()]
            {
                assert!(!reply.text.contains(&word), "{} shows {word}: {reply:?}", row.path);
            }
        }
    }
}

#[tokio::test]
async fn s09_a_token_does_what_its_scope_says() {
    let readers = Cast::new().await;
    for row in ROWS {
        let name = format!("{} {}", row.method, row.path);
        let fresh = if row.is_change() { Some(Cast::new().await) } else { None };
        let cast = fresh.as_ref().unwrap_or(&readers);
        let read = cast.send(row, &Proof::Token(cast.read_token.clone()), Some(&cast.own)).await;
        let write = cast.send(row, &Proof::Token(cast.write_token.clone()), Some(&cast.own)).await;
        match (row.policy, row.is_change()) {
            (Policy::Public, _) => {}
            (Policy::AdminAlone | Policy::MakerAlone, is_change) => {
                let refused = if is_change { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
                assert_eq!(read.status, refused, "{name} with a read token: {read:?}");
                assert_eq!(write.status, StatusCode::NOT_FOUND, "{name} with a write token: {write:?}");
            }
            (Policy::Admin, _) | (Policy::SessionOnly, true) => {
                assert_eq!(read.status, StatusCode::FORBIDDEN, "{name} with a read token: {read:?}");
                assert_eq!(write.status, StatusCode::FORBIDDEN, "{name} with a write token: {write:?}");
            }
            (_, true) => {
                assert_eq!(
                    (read.status, read.code().as_str()),
                    (StatusCode::FORBIDDEN, "token_scope"),
                    "{name}"
                );
                assert!(
                    read.json()["detail"].as_str().unwrap().contains("`write`"),
                    "the refusal names the scope"
                );
                assert_let_in(&write, row, "a write token");
            }
            (_, false) => {
                assert_let_in(&read, row, "a read token");
                assert_let_in(&write, row, "a write token");
            }
        }
    }
}

/// Whether somebody else's record must look like one that is not there.
fn is_about_somebody(policy: Policy) -> bool {
    !matches!(policy, Policy::Public | Policy::SignedIn | Policy::SessionOnly | Policy::Admin)
}

/// The policy let the request in; what then came of it is the business of other tests.
fn assert_let_in(reply: &Reply, row: &Row, who: &str) {
    // A link that is over and a deletion nobody holds are not refusals of the person.
    let over = row.path.contains("{code}") || row.path.contains("held-deletions/");
    let refused = matches!(reply.status.as_u16(), 401 | 403) || (reply.status == 404 && !over);
    let csrf_form = row.method == "post" && row.path.starts_with("/auth/admin-link");
    let no_answer = row.path == "/auth/outlook/callback";
    assert!(!refused || csrf_form || no_answer, "{} {} by {who}: {reply:?}", row.method, row.path);
}
