//! What holds for every route: errors are problems, the foreign are kept out, reading changes nothing.

use std::time::Duration;

use api::ApiOptions;
use app::Settings;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use model::documents::Role;
use serde_json::{Value, json};

use crate::harness::faulty::{INTERNALS, Mood};
use crate::harness::people::{Proof, prove};
use crate::harness::reply::Reply;
use crate::harness::{World, generous, https, json as request};
use crate::matrix::{Policy, ROWS};

crate::also_on_mongodb!(
    s36_errors_are_problems_on_every_route,
    s36_every_failure_of_the_store_is_one_sentence_and_the_server_lives,
    a_request_that_hangs_is_given_up,
    s18_changes_from_other_sites_are_refused_everywhere,
    s18_a_session_changes_nothing_without_its_csrf_token,
    s18_reading_never_changes_anything,
    s19_every_answer_has_the_security_headers,
    s32_bodies_are_bounded_in_size_depth_and_kind,
    s34_operators_and_quotes_are_only_values,
);

/// An error is a problem with everything a script needs and nothing it should not see.
pub(crate) fn assert_problem(reply: &Reply, what: &str) {
    assert_eq!(reply.header("content-type"), "application/problem+json", "{what}: {reply:?}");
    let json = reply.json();
    assert_eq!(json["status"], reply.status.as_u16(), "{what}");
    for field in ["type", "title", "code", "detail", "request_id"] {
        assert!(json[field].as_str().is_some_and(|text| !text.is_empty()), "{what}: no {field} in {json}");
    }
    assert_eq!(json["request_id"], reply.header("x-request-id"), "{what}");
    for internal in ["store.db", "SELECT", "panicked", ".rs:", "0.1.0", "SQLite"] {
        assert!(!reply.text.contains(internal), "{what} shows {internal}: {reply:?}");
    }
}

#[tokio::test]
async fn s36_errors_are_problems_on_every_route() {
    let world = World::new().await;
    for row in ROWS.iter().filter(|row| row.policy != Policy::Public && !row.path.contains("{code}")) {
        let method: Method = row.method.to_uppercase().parse().unwrap();
        let reply = world.ask(&Proof::Nobody, method, &row.uri(None), None).await;
        assert_problem(&reply, row.path);
    }
    for uri in ["/api/v1/nothing", "/api/nothing", "/auth/nothing"] {
        let reply = world.get(uri).await;
        assert_problem(&reply, uri);
        assert_eq!(reply.code(), "no_such_route");
    }
    let wrong = world.ask(&Proof::Nobody, Method::PUT, "/api/v1/me", None).await;
    assert_problem(&wrong, "PUT /me");
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
    assert_eq!(wrong.header("allow"), "GET,HEAD,PATCH");
}

#[tokio::test]
async fn s36_every_failure_of_the_store_is_one_sentence_and_the_server_lives() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    for (mood, status, code) in [
        (Mood::Unavailable, 503, "store_unavailable"),
        (Mood::Full, 507, "disk_full"),
        (Mood::Broken, 500, "internal"),
        (Mood::Panicking, 500, "internal"),
    ] {
        world.store.set(mood);
        let reply = world.ask(&proof, Method::GET, "/api/v1/me", None).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{mood:?}");
        assert_problem(&reply, "a failing store");
        assert!(!reply.text.contains(INTERNALS));
        let page = world.get("/auth/outlook/login").await;
        assert_eq!(page.status.as_u16(), status, "{mood:?} {page:?}");
        assert!(!page.text.contains("store.db"), "{page:?}");
        world.store.set(Mood::Well);
        assert_eq!(world.ask(&proof, Method::GET, "/api/v1/me", None).await.status, 200, "after {mood:?}");
    }
}

#[tokio::test]
async fn a_request_that_hangs_is_given_up() {
    let options = ApiOptions { request_timeout: Duration::from_millis(20), ..generous() };
    let world = World::with(Settings::default(), options).await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    world.store.set(Mood::Hanging);
    let reply = world.ask(&proof, Method::GET, "/api/v1/me", None).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "timeout"));
    assert_eq!(reply.header("retry-after"), "5");
}

#[tokio::test]
async fn s18_changes_from_other_sites_are_refused_everywhere() {
    let world = World::with(https(), generous()).await;
    let admin = Proof::Session(world.person("admin", Role::Admin).await);
    let before = world.dump().await;
    for row in ROWS.iter().filter(|row| row.is_change()) {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "http://calls.example.org"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let method: Method = row.method.to_uppercase().parse().unwrap();
            let mut request = request(method, &row.uri(None), &json!({}));
            prove(&mut request, &admin, true);
            request.headers_mut().insert(name, value.parse().unwrap());
            let reply = world.send(request).await;
            assert_eq!(
                (reply.status.as_u16(), reply.code().as_str()),
                (403, "foreign_origin"),
                "{} {name} {value}",
                row.path
            );
        }
    }
    assert_eq!(before, world.dump().await);
}

#[tokio::test]
async fn s18_a_session_changes_nothing_without_its_csrf_token() {
    let world = World::new().await;
    let mara = world.person("mara", Role::Admin).await;
    let jon = world.person("jon", Role::User).await;
    let before = world.dump().await;
    for row in ROWS.iter().filter(|row| row.is_change() && !row.path.contains("{code}")) {
        for csrf in ["", "wrong", jon.csrf.as_str()] {
            let method: Method = row.method.to_uppercase().parse().unwrap();
            let mut request = request(method, &row.uri(None), &json!({}));
            prove(&mut request, &Proof::Session(mara.clone()), false);
            request.headers_mut().remove("x-csrf-token");
            if !csrf.is_empty() {
                request.headers_mut().insert("x-csrf-token", csrf.parse().unwrap());
            }
            let reply = world.send(request).await;
            assert_eq!(
                (reply.status.as_u16(), reply.code().as_str()),
                (403, "csrf_token"),
                "{} {}",
                row.method,
                row.path
            );
        }
    }
    assert_eq!(before, world.dump().await);
}

/// Sign-in is the exception by nature: it keeps its state, and OAuth comes back with a GET.
#[tokio::test]
async fn s18_reading_never_changes_anything() {
    let world = World::new().await;
    let person = world.person("admin", Role::Admin).await;
    let own = world.belongings(&person, "admin").await;
    let proof = Proof::Session(person);
    let before = world.dump().await;
    for row in ROWS.iter().filter(|row| !row.is_change() && row.path != "/auth/outlook/login") {
        for method in [Method::GET, Method::HEAD] {
            world.ask(&proof, method, &row.uri(Some(&own)), None).await;
        }
        assert_eq!(before, world.dump().await, "{}", row.path);
    }
}

#[tokio::test]
async fn s19_every_answer_has_the_security_headers() {
    let world = World::with(https(), generous()).await;
    let proof = Proof::Session(world.person("admin", Role::Admin).await);
    let mut replies: Vec<(String, Reply)> = Vec::new();
    for row in ROWS {
        let method: Method = row.method.to_uppercase().parse().unwrap();
        let name = format!("{} {}", row.method, row.path);
        replies.push((name.clone(), world.ask(&Proof::Nobody, method.clone(), &row.uri(None), None).await));
        replies.push((name, world.ask(&proof, method, &row.uri(None), Some(&json!({}))).await));
    }
    for uri in ["/", "/assets/none.js", "/calendar", "/api/docs", "/api/none"] {
        let request = Request::get(uri).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
        replies.push((uri.to_owned(), world.send(request).await));
    }
    world.store.set(Mood::Panicking);
    replies.push(("a panic".to_owned(), world.ask(&proof, Method::GET, "/api/v1/me", None).await));
    for (name, reply) in replies {
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{name}: {policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{name}: {policy}");
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(reply.header(header), value, "{name}: {header}");
        }
        if name.contains("/api/v1/") || name.contains("/auth/") {
            assert_eq!(
                reply.header("cache-control"),
                if name.contains("stream") && reply.status == 200 { "no-cache" } else { "no-store" },
                "{name}"
            );
        }
        assert!(!reply.header("x-request-id").is_empty(), "{name}");
    }
    assert_eq!(
        World::new().await.get("/healthz").await.header("strict-transport-security"),
        "",
        "not over plain http"
    );
}

#[tokio::test]
async fn s32_bodies_are_bounded_in_size_depth_and_kind() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    let send = |content_type: &'static str, body: String| {
        let mut request = Request::post("/api/v1/tokens")
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(body))
            .unwrap();
        prove(&mut request, &proof, false);
        world.send(request)
    };
    let big = format!("{{\"name\":\"{}\"}}", "x".repeat(1024 * 1024));
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for (content_type, body, status, code) in [
        ("application/json", big, 413, "body_too_large"),
        ("application/json", deep, 422, "invalid_fields"),
        ("application/json", "[".repeat(500_000), 422, "invalid_fields"),
        ("application/json", "{\"name\":".to_owned(), 400, "malformed_json"),
        ("application/json", "\u{0}".to_owned(), 400, "malformed_json"),
        ("text/plain", "{\"name\":\"a\"}".to_owned(), 415, "wrong_content_type"),
        ("application/x-www-form-urlencoded", "name=a".to_owned(), 415, "wrong_content_type"),
        ("application/json; charset=utf-8", "{\"name\":\"a\"}".to_owned(), 201, ""),
    ] {
        let start: String = body.chars().take(20).collect();
        let reply = send(content_type, body).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{content_type} {start}");
    }
}

#[tokio::test]
async fn s34_operators_and_quotes_are_only_values() {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    world.belongings(&person, "mara").await;
    let proof = Proof::Session(person);
    let before = world.dump().await;
    for value in [json!({"$ne": null}), json!({"$gt": ""}), json!(["a"]), json!({"$where": "1"})] {
        for (path, body) in [
            ("/api/v1/tokens", json!({"name": value})),
            ("/api/v1/calendars", json!({"name": value, "color": "#112233"})),
            ("/api/v1/categories", json!({"name": value, "color": "#112233"})),
            ("/api/v1/locations", json!({"name": value})),
        ] {
            let reply = world.ask(&proof, Method::POST, path, Some(&body)).await;
            assert_eq!(reply.status.as_u16(), 422, "{path} {body}: {reply:?}");
        }
    }
    assert_eq!(before, world.dump().await);
    for text in
        ["' OR 1=1 --", "\"; DROP TABLE users; --", "%", "_", "\\", "{\"$ne\":null}", "𝕏", "a\u{202e}b"]
    {
        let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let reply = world.ask(&proof, Method::GET, &format!("/api/v1/events?q={query}"), None).await;
        assert!([200, 400, 422].contains(&reply.status.as_u16()), "{text}: {reply:?}");
        assert!(!reply.text.contains("canary-mara"), "{text} finds everything: {reply:?}");
        let made = world.ask(&proof, Method::POST, "/api/v1/tokens", Some(&json!({"name": text}))).await;
        assert_eq!((made.status.as_u16(), made.json()["name"].as_str()), (201, Some(text)));
    }
    let _: Value = world.ask(&proof, Method::GET, "/api/v1/me", None).await.json();
}
