//! Whether the server lives and is ready, what it counts, and its pages.

use std::net::SocketAddr;
use std::time::Duration;

use api::ApiOptions;
use app::{Settings, migrations};
use axum::body::Body;
use http::{Method, Request, header};
use model::Id;
use model::documents::{Calendar, Record, Role, TokenScope};
use store::{Batch, Store};

use crate::harness::faulty::Mood;
use crate::harness::people::{Proof, canary};
use crate::harness::{World, generous};

crate::also_on_mongodb!(
    readiness_follows_the_store_and_liveness_does_not,
    pending_migrations_are_not_ready,
    every_account_has_the_age_of_its_oldest_sync,
    administrators_see_how_the_server_is,
);

impl World {
    /// A calendar from Outlook, last read then.
    async fn synced_calendar(&self, owner: Id, last_synced: Option<&str>) {
        let id = self.app.new_id();
        let mut calendar = Calendar::local(id, owner, &canary("calendar"), "#336699");
        calendar.outlook_calendar_id = Some(format!("outlook-{id}"));
        calendar.last_synced = last_synced.map(|at| at.parse().unwrap());
        calendar.touch(self.app.now());
        let mut batch = Batch::new();
        batch.insert(&calendar).unwrap();
        self.store.commit(batch).await.unwrap();
    }
}

#[tokio::test]
async fn readiness_follows_the_store_and_liveness_does_not() {
    let world = World::new().await;
    let impatient = ApiOptions { ready_timeout: Duration::from_millis(20), ..generous() };
    let waiting = World::with(Settings::default(), impatient).await;
    assert_eq!(world.get("/readyz").await.json()["status"], "ok");
    for (world, mood) in [(&world, Mood::Unavailable), (&world, Mood::Broken), (&waiting, Mood::Hanging)] {
        world.store.set(mood);
        let reply = world.get("/readyz").await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "store_unavailable"), "{mood:?}");
        assert!(reply.json()["detail"].as_str().unwrap().starts_with("the store "), "{reply:?}");
        assert_eq!(world.get("/healthz").await.json()["status"], "ok");
    }
    world.store.set(Mood::Well);
    assert_eq!(world.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn metrics_count_by_route_for_this_machine_and_for_administrators() {
    let mut world = World::new().await;
    let admin = world.person("admin", Role::Admin).await;
    let own = world.belongings(&admin, "admin").await;
    let (_, token) = world.token_of(&admin, TokenScope::Read).await;
    let proof = Proof::Session(admin);
    for _ in 0..3 {
        world.ask(&proof, Method::GET, &format!("/api/v1/events/{}", own.event), None).await;
    }
    world.get("/auth/admin-link/secret-code-123").await;
    world.get("/nowhere-secret").await;
    let text = world.ask(&Proof::Token(token), Method::GET, "/metrics", None).await.text;
    let line = r#"callboard_http_requests_total{method="GET",route="/api/v1/events/{id}",status="200"} 3"#;
    assert!(text.contains(line), "{text}");
    assert!(text.contains("callboard_http_request_seconds_bucket") && text.ends_with("# EOF\n"));
    for word in ["secret", "canary", "example.org", &own.event.to_string()] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    world.peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
    assert_eq!(world.get("/metrics").await.status, 200, "this machine");
    let proxied =
        Request::get("/metrics").header("x-forwarded-for", "203.0.113.9").body(Body::empty()).unwrap();
    assert_eq!(world.send(proxied).await.status, 401, "a proxy on this machine is not this machine");
}

#[tokio::test]
async fn pending_migrations_are_not_ready() {
    let world = World::new().await;
    assert_eq!(world.get("/readyz").await.status, 200);
    migrations::up(&world.app, Some(1), &mut |_| {}).await.unwrap();
    let reply = world.get("/readyz").await;
    assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (503, "5"), "{reply:?}");
    assert!(reply.json()["detail"].as_str().unwrap().contains("`callboard migrate up`"), "{reply:?}");
    assert_eq!(world.get("/healthz").await.status, 200, "the process is well");
    migrations::up(&world.app, None, &mut |_| {}).await.unwrap();
    assert_eq!(world.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn every_account_has_the_age_of_its_oldest_sync() {
    let mut world = World::new().await;
    world.peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
    let (mara, jon) = (world.person("mara", Role::User).await, world.person("jon", Role::User).await);
    world.synced_calendar(mara.id, Some("2026-11-22T10:00:00Z")).await;
    world.synced_calendar(mara.id, Some("2026-11-22T09:00:30Z")).await;
    world.synced_calendar(jon.id, None).await;
    world.clock.forward(60);
    let figures = world.get("/metrics").await.text;
    for (id, age) in [(mara.id, 3_660), (jon.id, 60)] {
        let line = format!("callboard_sync_age_seconds{{user_id=\"{id}\"}} {age}");
        assert!(figures.lines().any(|found| found == line), "{line} is not in {figures}");
    }
    assert!(!figures.contains("canary") && !figures.contains("example.org"), "{figures}");
    // Who is gone has no figure any more.
    let proof = Proof::Session(world.person("admin", Role::Admin).await);
    let uri = format!("/api/v1/admin/users/{}", jon.id);
    assert_eq!(world.ask(&proof, Method::DELETE, &uri, None).await.status, 204);
    let figures = world.get("/metrics").await.text;
    assert!(!figures.contains(&jon.id.to_string()) && figures.contains(&mara.id.to_string()), "{figures}");
}

/// Alert rules and their page name figures; each of these is one that the server gives.
#[tokio::test]
async fn rules_and_their_page_name_figures_that_exist() {
    let mut world = World::new().await;
    world.peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
    world.get("/healthz").await;
    let mara = world.person("mara", Role::User).await.id;
    world.synced_calendar(mara, None).await;
    let figures = world.get("/metrics").await.text;
    let top = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for page in [
        "deploy/prometheus/callboard.rules.yml",
        "deploy/grafana/callboard.json",
        "docs/operations/monitoring.md",
    ] {
        let text = std::fs::read_to_string(format!("{top}/{page}")).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named: Vec<&str> = words.filter(|word| word.starts_with("callboard_")).collect();
        assert!(named.len() >= 6, "{page}: {named:?}");
        for name in named {
            let family = name.trim_end_matches("_total").trim_end_matches("_bucket");
            assert!(figures.contains(&format!("# TYPE {family} ")), "{page} names {name}: {figures}");
        }
    }
}

#[tokio::test]
async fn administrators_see_how_the_server_is() {
    let world = World::new().await;
    let admin = Proof::Session(world.person("admin", Role::Admin).await);
    let health = world.ask(&admin, Method::GET, "/api/v1/admin/health", None).await.json();
    assert_eq!(health["store"]["is_ready"], true);
    assert_eq!(health["users"], 1);
    assert_eq!(health["sync"]["calendars"], 0);
}

#[tokio::test]
async fn the_reference_page_and_the_document_need_nobody_else() {
    let world = World::new().await;
    let page = world.get("/api/docs").await;
    assert!(page.header("content-type").starts_with("text/html"));
    for text in [&page.text, &world.get("/api/docs/reference.js").await.text] {
        assert!(!text.contains("http://") && !text.contains("https://"), "no other host");
        assert!(!text.contains("innerHTML") && !text.contains("style="), "nothing the policy forbids");
    }
    assert!(world.get("/api/docs/reference.js").await.header("content-type").starts_with("text/javascript"));
    assert_eq!(world.get("/api/v1/openapi.json").await.json(), serde_json::to_value(api::openapi()).unwrap());
}

#[tokio::test]
async fn addresses_of_the_web_app_show_its_page_and_missing_files_do_not() {
    let world = World::new().await;
    let get = |uri: &'static str| {
        let request = Request::get(uri).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
        world.send(request)
    };
    for uri in ["/", "/calendar/week", "/settings"] {
        let reply = get(uri).await;
        assert_eq!(reply.status, 200, "{uri}");
        assert!(reply.text.contains("<html"));
    }
    assert_eq!(get("/assets/gone.js").await.status, 404);
}
