//! No secret leaves: not into the log, not into an error, not into the store.

use std::fs;

use axum::body::Body;
use http::{Method, Request, header};
use model::Id;
use model::collections::AUDIT_LOG;
use model::documents::{AuditEntry, Role, TokenScope};
use serde_json::json;
use store::{Filter, Store, TypedStore};

use crate::harness::World;
use crate::harness::capture;
use crate::harness::faulty::Mood;
use crate::harness::people::Proof;
use crate::matrix::ROWS;

crate::also_on_mongodb!(
    s28_no_secret_is_logged_answered_or_stored_in_clear,
    s37_security_events_are_kept_with_who_when_and_from_where,
);

impl World {
    /// A whole sign-in; the cookies the browser has then.
    async fn whole_sign_in(&self, name: &str) -> String {
        let begun = self.get("/auth/outlook/login?return_to=%2Fcalendar").await;
        let url = begun.header("location").to_owned();
        let state = url::Url::parse(&url)
            .unwrap()
            .query_pairs()
            .find(|(key, _)| key == "state")
            .unwrap()
            .1
            .into_owned();
        let code = self.outlook.agree(&url, name);
        let uri = format!("/auth/outlook/callback?state={state}&code={code}");
        let cookie = begun.cookie("sign_in").unwrap();
        let back =
            self.send(Request::get(uri).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await;
        back.cookie("session").unwrap()
    }

    async fn audit(&self) -> Vec<AuditEntry> {
        let store: &dyn Store = &*self.store;
        store.all(Filter::All(vec![])).await.unwrap()
    }
}

#[tokio::test]
async fn s28_no_secret_is_logged_answered_or_stored_in_clear() {
    let log = capture::log();
    let world = World::new().await;
    let mut answers = String::new();
    for number in 0..12 {
        let cookie = world.whole_sign_in(&format!("person{number}")).await;
        for uri in ["/api/v1/me?code=secret", "/api/v1/nothing", "/api/v1/tokens?cursor=x"] {
            let request = Request::get(uri).header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
            let reply = world.send(request).await;
            if reply.status != 200 {
                answers.push_str(&reply.text);
            }
        }
    }
    let admin = world.person("admin", Role::Admin).await;
    let own = world.belongings(&admin, "admin").await;
    let (_, write_token) = world.token_of(&admin, TokenScope::Write).await;
    let link = app::accounts::admin_link::create(&world.app).await.unwrap();
    let code = link.rsplit('/').next().unwrap().to_owned();
    for proof in [
        Proof::Session(admin.clone()),
        Proof::Token(write_token.clone()),
        Proof::Token(format!("{write_token}x")),
    ] {
        for mood in [Mood::Well, Mood::Unavailable, Mood::Broken] {
            world.store.set(mood);
            for row in ROWS.iter().filter(|row| !row.is_change()) {
                let uri = row.uri(Some(&own)).replace("no-such-code", &code);
                let reply = world.ask(&proof, Method::GET, &uri, None).await;
                if !["/api/v1/me", "/auth/admin-link/{code}", "/auth/outlook/login"].contains(&row.path) {
                    answers.push_str(&reply.text);
                }
                world.send(crate::harness::json(Method::POST, &uri, &json!({"token": write_token}))).await;
            }
        }
        world.store.set(Mood::Well);
    }
    let mut secrets: Vec<String> =
        world.entropy.secrets().into_iter().filter(|secret| secret.len() >= 40).collect();
    secrets.extend(world.outlook.secrets());
    secrets.push(write_token);
    assert!(secrets.len() >= 100, "{} secrets are not enough", secrets.len());
    let text = log.text();
    assert!(text.contains("access") && text.contains("/auth/outlook/callback"), "the log was written");
    let mut files = Vec::new();
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        files.extend(fs::read(entry.unwrap().path()).unwrap());
    }
    // An engine that is a server has no files here; what it keeps is read.
    let files = format!("{} {}", String::from_utf8_lossy(&files), world.dump().await.concat());
    let csrf_tokens: Vec<String> =
        world.dump().await.into_iter().filter(|line| line.contains("csrf_token")).collect();
    for secret in secrets {
        assert!(!text.contains(&secret), "a secret is in the log");
        assert!(!answers.contains(&secret), "a secret is in an answer");
        // The CSRF token of a session is of no use without the session itself.
        if !csrf_tokens.iter().any(|line| line.contains(&secret)) {
            assert!(!files.contains(&secret), "a secret is in the store's files");
        }
    }
}

#[tokio::test]
async fn s37_security_events_are_kept_with_who_when_and_from_where() {
    let log = capture::log();
    let mut world = World::new().await;
    // An address of its own: the log is of all tests.
    world.peer = "198.51.100.77:40000".parse().unwrap();
    let admin = world.person("admin", Role::Admin).await;
    let before = world.audit().await.len();
    let cookie = world.whole_sign_in("mara").await;
    let proof = Proof::Session(admin.clone());
    let made = world.ask(&proof, Method::POST, "/api/v1/tokens", Some(&json!({"name": "t"}))).await.json();
    let id = made["_id"].as_str().unwrap();
    world.ask(&proof, Method::DELETE, &format!("/api/v1/tokens/{id}"), None).await;
    let users = world.ask(&proof, Method::GET, "/api/v1/admin/users", None).await.json();
    let mara =
        users["items"].as_array().unwrap().iter().find(|user| user["email"] == "mara@example.org").unwrap();
    let uri = format!("/api/v1/admin/users/{}", mara["_id"].as_str().unwrap());
    for body in [
        json!({"role": "admin"}),
        json!({"role": "user"}),
        json!({"is_disabled": true}),
        json!({"is_disabled": false}),
    ] {
        assert_eq!(world.ask(&proof, Method::PATCH, &uri, Some(&body)).await.status, 200);
    }
    world.ask(&proof, Method::DELETE, &uri, None).await;
    world.ask(&proof, Method::POST, "/auth/logout", None).await;
    let entries = world.audit().await.split_off(before);
    let actions: Vec<&str> = entries
        .iter()
        .map(|entry| entry.action.as_str())
        .filter(|action| ["user.", "token.", "session."].iter().any(|kind| action.starts_with(kind)))
        .collect();
    let expected = [
        "user.created",
        "session.created",
        "token.created",
        "token.revoked",
        "user.promoted",
        "user.demoted",
        "user.disabled",
        "user.enabled",
        "user.deleted",
        "session.ended",
    ];
    assert_eq!(actions, expected);
    let mara_id: Id = mara["_id"].as_str().unwrap().parse().unwrap();
    let is_security = |entry: &&AuditEntry| expected.contains(&entry.action.as_str());
    for entry in entries.iter().filter(is_security) {
        let by = match entry.action.as_str() {
            "user.created" | "session.created" => mara_id,
            _ => admin.id,
        };
        assert_eq!((entry.actor_id, entry.source.as_str()), (Some(by), "web"), "{entry:?}");
        let said = log.text();
        let line = said.lines().find(|line| {
            line.contains(&format!("action=\"{}\"", entry.action)) && line.contains("address=198.51.100.77")
        });
        let line = line.unwrap_or_else(|| panic!("{} is not in the log with its address", entry.action));
        assert!(line.contains("request_id=") && line.contains(&by.to_string()), "{line}");
        assert_eq!(entry.created_at.to_string(), "2026-11-22T10:00:30Z");
    }
    assert!(!cookie.is_empty());
    assert!(!api::openapi().paths.paths.keys().any(|path| path.contains("audit")), "no route writes the log");
    assert_eq!(AUDIT_LOG.name, "audit_log");
}

#[tokio::test]
async fn s37_who_is_refused_is_in_the_log_with_the_address() {
    let log = capture::log();
    let mut world = World::new().await;
    world.peer = "198.51.100.78:40000".parse().unwrap();
    for uri in
        ["/auth/outlook/callback?state=unknown&code=c", "/auth/outlook/callback?state=unknown&error=denied"]
    {
        assert_eq!(world.get(uri).await.status, 403, "{uri}");
    }
    world.ask(&Proof::Token("cb_wrong".to_owned()), Method::GET, "/api/v1/me", None).await;
    let said = log.text();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("address=198.51.100.78") && line.contains(" audit: "))
        .collect();
    let count = |action: &str, code: &str| {
        let is_it =
            |line: &&&str| line.contains(action) && line.contains(code) && line.contains("request_id=");
        lines.iter().filter(is_it).count()
    };
    assert_eq!(count("sign_in.refused", "sign_in_over"), 2, "{lines:#?}");
    assert_eq!(count("proof.refused", "not_signed_in"), 1, "{lines:#?}");
}

#[tokio::test]
async fn s37_line_breaks_in_names_forge_no_line() {
    let log = capture::log();
    let world = World::new().await;
    world.whole_sign_in("mara\r\n2026-11-22T10:00:00Z INFO audit: forged").await;
    let request = Request::get("/api/v1/me%0d%0aforged-line")
        .header("user-agent", "a\tforged-line")
        .body(Body::empty());
    world.send(request.unwrap()).await;
    assert!(!log.text().lines().any(|line| line.contains("forged")));
}
