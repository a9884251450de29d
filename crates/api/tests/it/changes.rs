//! Changes that are repeated or come too late: idempotency keys, ETags.

use http::{Method, StatusCode, header};
use model::documents::Role;
use serde_json::{Value, json};

use crate::harness::people::{Proof, prove};
use crate::harness::reply::Reply;
use crate::harness::{World, json as request};

crate::also_on_mongodb!(
    a_repeated_post_makes_one_document,
    one_key_sent_many_times_at_once_makes_one_document,
    a_change_of_an_older_version_is_refused,
    pages_follow_each_other_without_gaps,
);

async fn post(world: &World, proof: &Proof, key: &str, body: &Value) -> Reply {
    let mut request = request(Method::POST, "/api/v1/tokens", body);
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    prove(&mut request, proof, false);
    world.send(request).await
}

#[tokio::test]
async fn a_repeated_post_makes_one_document() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    let (draft, other) = (json!({"name": "one"}), json!({"name": "two"}));
    let first = post(&world, &proof, "key-1", &draft).await;
    let again = post(&world, &proof, "key-1", &draft).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.json()["_id"], again.json()["_id"]);
    assert!(first.json()["token"].is_string() && again.json()["token"].is_null(), "the secret is shown once");
    let reused = post(&world, &proof, "key-1", &other).await;
    assert_eq!((reused.status.as_u16(), reused.code().as_str()), (422, "idempotency_key_reused"));
    let stranger = Proof::Session(world.person("jon", Role::User).await);
    let theirs = post(&world, &stranger, "key-1", &draft).await;
    assert_ne!(theirs.json()["_id"], first.json()["_id"], "a key is its sender's own");
    world.clock.forward(86_400);
    let later = post(&world, &proof, "key-1", &other).await;
    assert_eq!(later.status, StatusCode::CREATED, "a day later it is forgotten: {later:?}");
}

#[tokio::test]
async fn one_key_sent_many_times_at_once_makes_one_document() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    let draft = json!({"name": "one"});
    let replies = futures::future::join_all((0..10).map(|_| post(&world, &proof, "key-2", &draft))).await;
    assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
    assert_eq!(replies.iter().filter(|reply| reply.json()["token"].is_string()).count(), 1);
    let list = world.ask(&proof, Method::GET, "/api/v1/tokens", None).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_of_an_older_version_is_refused() {
    let world = World::new().await;
    let admin = Proof::Session(world.person("admin", Role::Admin).await);
    let person = world.person("mara", Role::User).await;
    let uri = format!("/api/v1/admin/users/{}", person.id);
    let patch = |tag: &'static str, body: Value| {
        let mut request = request(Method::PATCH, &uri, &body);
        request.headers_mut().insert(header::IF_MATCH, tag.parse().unwrap());
        prove(&mut request, &admin, false);
        request
    };
    let reply = world.send(patch("\"1\"", json!({"role": "admin"}))).await;
    assert_eq!((reply.status, reply.header("etag")), (StatusCode::OK, "\"2\""));
    let stale = world.send(patch("\"1\"", json!({"role": "user"}))).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "stale"));
    let malformed = world.send(patch("seven", json!({"role": "user"}))).await;
    assert_eq!((malformed.status.as_u16(), malformed.code().as_str()), (400, "malformed_if_match"));
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    for number in 0..7 {
        let body = json!({"name": format!("token {number}")});
        assert_eq!(world.ask(&proof, Method::POST, "/api/v1/tokens", Some(&body)).await.status, 201);
    }
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            world.ask(&proof, Method::GET, &format!("/api/v1/tokens?limit=3{cursor}"), None).await.json();
        names.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, (0..7).map(|number| format!("token {number}")).collect::<Vec<_>>());
    for query in ["limit=0", "limit=501", "cursor=AAAA", "cursor=", "limit=x", "page=2", "limit[$gt]=1"] {
        let reply = world.ask(&proof, Method::GET, &format!("/api/v1/tokens?{query}"), None).await;
        assert!([400, 422].contains(&reply.status.as_u16()), "{query}: {reply:?}");
    }
}
