//! Exports over HTTP: asked for, followed, cancelled, fetched whole and in parts.

use std::fs;

use app::exports;
use axum::body::Body;
use http::{Method, Request};
use model::documents::{AdminExport, Role, TokenScope};
use serde_json::{Value, json};

use crate::harness::World;
use crate::harness::people::{Person, Proof, canary, prove};
use crate::harness::reply::Reply;

const EXPORTS: &str = "/api/v1/exports";

crate::also_on_mongodb!(
    an_export_is_asked_for_written_and_fetched,
    s04_an_id_is_not_a_right,
    the_same_key_asks_once_and_the_queue_is_bounded,
    s29_a_stored_path_stays_in_the_folder,
);

/// A world with an administrator and somebody whose events there are.
async fn world() -> (World, Person, Proof) {
    let world = World::new().await;
    let mara = world.person("mara", Role::User).await;
    world.belongings(&mara, "mara").await;
    world.clear_exports().await;
    let admin = Proof::Session(world.person("admin", Role::Admin).await);
    (world, mara, admin)
}

impl World {
    async fn clear_exports(&self) {
        use store::Store;
        let mut batch = store::Batch::new();
        batch.delete(&model::collections::ADMIN_EXPORTS, store::Filter::All(Vec::new()));
        self.store.commit(batch).await.unwrap();
    }

    async fn post(&self, proof: &Proof, uri: &str, body: Value) -> Reply {
        self.ask(proof, Method::POST, uri, Some(&body)).await
    }

    async fn read_as(&self, proof: &Proof, uri: &str) -> Reply {
        self.ask(proof, Method::GET, uri, None).await
    }

    /// Asks for an export and has it written; its address.
    async fn exported(&self, proof: &Proof, order: Value) -> String {
        let made = self.post(proof, EXPORTS, order).await;
        assert_eq!(made.status, 201, "{made:?}");
        exports::run_pending(&self.app).await.unwrap();
        made.header("location").to_owned()
    }

    async fn fetch(&self, proof: &Proof, uri: &str, headers: &[(&'static str, &str)]) -> Reply {
        let mut request = Request::get(format!("{uri}/download")).body(Body::empty()).unwrap();
        prove(&mut request, proof, false);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        self.send(request).await
    }
}

#[tokio::test]
async fn an_export_is_asked_for_written_and_fetched() {
    let (world, _, admin) = world().await;
    let order = json!({"export_type": "events", "format": "csv"});
    let made = world.post(&admin, EXPORTS, order).await;
    assert_eq!((made.status.as_u16(), made.json()["status"].as_str()), (201, Some("pending")));
    let uri = made.header("location").to_owned();
    assert_eq!(uri, format!("{EXPORTS}/{}", made.json()["_id"].as_str().unwrap()));
    let early = world.fetch(&admin, &uri, &[]).await;
    assert_eq!((early.status.as_u16(), early.code().as_str()), (409, "export_not_ready"));

    assert_eq!(exports::run_pending(&world.app).await.unwrap(), 1);
    let export = world.read_as(&admin, &uri).await.json();
    assert_eq!((export["status"].as_str(), export["record_count"].as_i64()), (Some("completed"), Some(1)));
    let file = world.fetch(&admin, &uri, &[]).await;
    assert_eq!(file.status, 200);
    assert!(file.text.starts_with("_id,user_id,") && file.text.contains(&canary("mara")), "{file:?}");
    assert!(file.text.lines().next().unwrap().contains("internal_notes (internal)"));
    for (name, value) in [
        ("content-type", "text/csv; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"callboard-events-2026-11-22.csv\""),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(file.header(name), value, "{name}");
    }
    assert_eq!(file.header("content-length"), export["file_size"].as_i64().unwrap().to_string());
    assert_eq!(file.header("etag"), format!("\"{}\"", export["digest"].as_str().unwrap()));
    let listed = world.read_as(&admin, &format!("{EXPORTS}?status=completed")).await.json();
    assert_eq!(listed["items"], json!([export]));
    assert_eq!(world.read_as(&admin, &format!("{EXPORTS}?status=pending")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_file_comes_in_parts_that_make_the_whole() {
    let (world, _, admin) = world().await;
    let uri = world.exported(&admin, json!({"export_type": "events", "format": "ndjson"})).await;
    let whole = world.fetch(&admin, &uri, &[]).await;
    let (size, tag) = (whole.text.len(), whole.header("etag").to_owned());
    let mut joined = String::new();
    while joined.len() < size {
        let range = format!("bytes={}-{}", joined.len(), joined.len() + 99);
        let part = world.fetch(&admin, &uri, &[("range", &range), ("if-range", &tag)]).await;
        let end = size.min(joined.len() + 100);
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {}-{}/{size}", joined.len(), end - 1));
        assert_eq!(part.header("content-length"), (end - joined.len()).to_string());
        joined.push_str(&part.text);
    }
    assert_eq!(joined, whole.text);
    let other = world.fetch(&admin, &uri, &[("range", "bytes=0-9"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status.as_u16(), other.text), (200, whole.text.clone()));
    let behind = world.fetch(&admin, &uri, &[("range", &format!("bytes={size}-"))]).await;
    assert_eq!((behind.status.as_u16(), behind.code().as_str()), (416, "range_not_satisfiable"));
    assert_eq!(behind.header("content-range"), format!("bytes */{size}"));
    let head = world.ask(&admin, Method::HEAD, &format!("{uri}/download"), None).await;
    assert_eq!((head.status.as_u16(), head.header("content-length")), (200, size.to_string().as_str()));
}

#[tokio::test]
async fn s04_an_id_is_not_a_right() {
    let (world, mara, admin) = world().await;
    let uri = world.exported(&admin, json!({"export_type": "events"})).await;
    let (_, token) = world.token_of(&mara, TokenScope::Write).await;
    let unknown = format!("{EXPORTS}/{}", "f".repeat(24));
    for proof in [Proof::Session(mara.clone()), Proof::Token(token)] {
        for address in [&uri, &unknown] {
            for reply in [
                world.read_as(&proof, address).await,
                world.fetch(&proof, address, &[]).await,
                world.post(&proof, &format!("{address}/cancel"), json!({})).await,
            ] {
                assert_eq!((reply.status.as_u16(), reply.code().as_str()), (404, "not_found"));
            }
        }
    }
    assert_eq!(world.fetch(&Proof::Nobody, &uri, &[]).await.status, 401);
    // Another administrator sees that it was asked for, and gets no file.
    let other = Proof::Session(world.person("other", Role::Admin).await);
    assert_eq!(world.read_as(&other, &uri).await.status, 200);
    let file = world.fetch(&other, &uri, &[]).await;
    assert_eq!((file.status.as_u16(), file.code().as_str()), (404, "not_found"));
    assert_eq!(world.fetch(&admin, &uri, &[]).await.status, 200);
    // Who asked for it and is no administrator any more has no more right to it than others.
    let second = world.person("second", Role::Admin).await;
    let own = world.exported(&Proof::Session(second.clone()), json!({"export_type": "events"})).await;
    let person = format!("/api/v1/admin/users/{}", second.id);
    world.ask(&admin, Method::PATCH, &person, Some(&json!({"role": "user"}))).await;
    assert_eq!(world.fetch(&Proof::Session(second), &own, &[]).await.status, 404);
}

#[tokio::test]
async fn what_is_cancelled_is_never_written() {
    let (world, _, admin) = world().await;
    let made = world.post(&admin, EXPORTS, json!({"export_type": "events"})).await;
    let uri = made.header("location");
    let cancelled = world.ask(&admin, Method::POST, &format!("{uri}/cancel"), None).await.json();
    assert_eq!(cancelled["status"], "error");
    assert!(cancelled["error_message"].as_str().unwrap().contains("cancelled"), "{cancelled}");
    assert!(cancelled["cancelled_by"].is_string() && cancelled["cancelled_at"].is_string(), "{cancelled}");
    assert_eq!(exports::run_pending(&world.app).await.unwrap(), 0);
    assert!(!world.app.settings().exports_dir.exists());
    let again = world.ask(&admin, Method::POST, &format!("{uri}/cancel"), None).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "export_over"));
    let file = world.fetch(&admin, uri, &[]).await;
    assert_eq!((file.status.as_u16(), file.code().as_str()), (410, "export_gone"));
}

#[tokio::test]
async fn wrong_orders_are_refused_with_the_field() {
    let (world, mara, admin) = world().await;
    let before = world.dump().await;
    for (order, code, field) in [
        (json!({}), "invalid_fields", "export_type"),
        (json!({"export_type": "everything"}), "invalid_fields", "export_type"),
        (json!({"export_type": "full_backup", "format": "csv"}), "invalid_fields", "format"),
        (json!({"export_type": "events", "format": "pdf"}), "invalid_fields", "format"),
        (json!({"export_type": "users", "format": "ics"}), "invalid_fields", "format"),
        (json!({"export_type": "users", "filters": {"locations": ["Hall"]}}), "invalid_fields", "filters"),
        (
            json!({"export_type": "events", "filters": {"start_date": "2026-11-23T00:00:00Z",
                "end_date": "2026-11-23T00:00:00Z"}}),
            "invalid_fields",
            "filters.end_date",
        ),
        (
            json!({"export_type": "events", "filters": {"user_ids": ["f".repeat(24)]}}),
            "invalid_fields",
            "filters.user_ids",
        ),
        (
            json!({"export_type": "events", "filters": {"user_ids": ["x"]}}),
            "invalid_fields",
            "filters.user_ids[0]",
        ),
        (
            json!({"export_type": "events", "filters": {"categories": ["x".repeat(300)]}}),
            "invalid_fields",
            "filters.categories[0]",
        ),
        (json!({"export_type": "events", "filters": {"place": "Hall"}}), "unknown_fields", "filters.place"),
        (json!({"export_type": "events", "file_path": "/etc/passwd"}), "unknown_fields", "file_path"),
    ] {
        let reply = world.post(&admin, EXPORTS, order.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, code), "{order}: {reply:?}");
        assert_eq!(reply.json()["errors"][0]["field"], field, "{order}: {reply:?}");
    }
    let order = json!({"export_type": "events"});
    assert_eq!(world.post(&Proof::Session(mara), EXPORTS, order).await.code(), "forbidden");
    assert_eq!(before, world.dump().await);
    let reply = world.read_as(&admin, &format!("{EXPORTS}?status=lost")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "invalid_parameters"));
}

#[tokio::test]
async fn the_same_key_asks_once_and_the_queue_is_bounded() {
    let (world, _, admin) = world().await;
    let order = json!({"export_type": "events"});
    let keyed = |order: &Value| {
        let mut request = crate::harness::json(Method::POST, EXPORTS, order);
        prove(&mut request, &admin, false);
        request.headers_mut().insert("idempotency-key", "once".parse().unwrap());
        world.send(request)
    };
    let (first, second) = (keyed(&order).await, keyed(&order).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.json()["_id"], second.json()["_id"]);
    let other = keyed(&json!({"export_type": "users"})).await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "idempotency_key_reused"));
    for _ in 1..20 {
        assert_eq!(world.post(&admin, EXPORTS, order.clone()).await.status, 201);
    }
    let many = world.post(&admin, EXPORTS, order.clone()).await;
    assert_eq!((many.status.as_u16(), many.code().as_str()), (409, "too_many_exports"));
    exports::run_pending(&world.app).await.unwrap();
    assert_eq!(world.post(&admin, EXPORTS, order).await.status, 201);
}

/// A name from the database never leads out of the folder.
#[tokio::test]
async fn s29_a_stored_path_stays_in_the_folder() {
    let (world, _, admin) = world().await;
    let uri = world.exported(&admin, json!({"export_type": "events"})).await;
    let id: model::Id = uri.rsplit('/').next().unwrap().parse().unwrap();
    fs::write(world.folder.path().join("secret.csv"), "canary-secret").unwrap();
    let export: AdminExport = world.read(id).await;
    let real = world.app.settings().exports_dir.join(export.file_path.clone().unwrap());
    let wrong = ["../secret.csv", "/etc/passwd", "../store.db", "", ".", "..", "x/../../secret.csv"];
    for path in wrong {
        let mut changed: AdminExport = world.read(id).await;
        let revision = changed.revision;
        changed.file_path = Some(path.to_owned());
        world.replace(changed, revision).await;
        let reply = world.fetch(&admin, &uri, &[]).await;
        assert!(reply.status.is_server_error() || reply.status == 410, "{path}: {reply:?}");
        assert!(!reply.text.contains("canary-secret"), "{path}");
    }
    #[cfg(unix)]
    {
        let mut changed: AdminExport = world.read(id).await;
        let revision = changed.revision;
        changed.file_path = export.file_path;
        world.replace(changed, revision).await;
        fs::remove_file(&real).unwrap();
        std::os::unix::fs::symlink(world.folder.path().join("secret.csv"), &real).unwrap();
        let reply = world.fetch(&admin, &uri, &[]).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (410, "export_gone"));
    }
}

impl World {
    async fn replace(&self, mut export: AdminExport, revision: i64) {
        use model::documents::Record;
        use store::Store;
        export.touch(self.app.now());
        let mut batch = store::Batch::new();
        batch.replace(&export, revision).unwrap();
        self.store.commit(batch).await.unwrap();
    }
}
