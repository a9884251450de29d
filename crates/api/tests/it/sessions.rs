//! Sessions and tokens.

use http::{Method, StatusCode};
use model::documents::{ApiToken, Role, Session, TokenScope, User};
use serde_json::{Value, json};

use crate::harness::World;
use crate::harness::people::Proof;

crate::also_on_mongodb!(
    s16_a_session_is_long_random_and_only_its_digest_is_stored,
    s16_a_session_ends_unused_and_at_its_absolute_end,
    s16_the_last_use_is_known_to_the_minute,
    s16_sessions_are_listed_and_ended_one_or_all,
    signing_out_ends_the_session_at_the_server,
    a_token_is_shown_once_expires_and_is_revoked_at_once,
    an_expired_token_is_refused,
    wrong_drafts_of_tokens_are_refused_by_field,
    what_is_over_is_thrown_away,
    preferences_follow_their_person_from_browser_to_browser,
);

#[tokio::test]
async fn s16_a_session_is_long_random_and_only_its_digest_is_stored() {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    assert!(person.secret.len() >= 43, "256 bits");
    let session: Session = world.read(person.session_id).await;
    assert_eq!(session.digest, app::accounts::digest::of(&person.secret));
    assert!(!world.dump().await.iter().any(|line| line.contains(&person.secret)));
}

#[tokio::test]
async fn s16_a_session_ends_unused_and_at_its_absolute_end() {
    const DAY: i64 = 86_400;
    let world = World::new().await;
    let unused = Proof::Session(world.person("mara", Role::User).await);
    let used = Proof::Session(world.person("jon", Role::User).await);
    let me = "/api/v1/me";
    for _ in 0..4 {
        world.clock.forward(6 * DAY);
        assert_eq!(world.ask(&used, Method::GET, me, None).await.status, 200);
    }
    assert_eq!(world.ask(&unused, Method::GET, me, None).await.status, 401, "24 days without use");
    world.clock.forward(6 * DAY - 1);
    assert_eq!(world.ask(&used, Method::GET, me, None).await.status, 200);
    world.clock.forward(1);
    assert_eq!(world.ask(&used, Method::GET, me, None).await.status, 401, "30 days are the most");
}

#[tokio::test]
async fn s16_the_last_use_is_known_to_the_minute() {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    let proof = Proof::Session(person.clone());
    let last = || async { world.read::<Session>(person.session_id).await.last_used_at.to_string() };
    assert_eq!(last().await, "2026-11-22T10:00:00Z");
    world.clock.forward(29);
    world.ask(&proof, Method::GET, "/api/v1/me", None).await;
    assert_eq!(last().await, "2026-11-22T10:00:00Z");
    world.clock.forward(61);
    world.ask(&proof, Method::GET, "/api/v1/me", None).await;
    assert_eq!(last().await, "2026-11-22T10:02:00Z");
}

#[tokio::test]
async fn s16_sessions_are_listed_and_ended_one_or_all() {
    let world = World::new().await;
    let first = world.person("mara", Role::User).await;
    let user: User = world.read(first.id).await;
    let (second, third) = (world.session_of(&user).await, world.session_of(&user).await);
    let proof = Proof::Session(first.clone());
    let list = world.ask(&proof, Method::GET, "/api/v1/sessions", None).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    let current: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["is_current"] == true)
        .map(|item| item["_id"].as_str().unwrap())
        .collect();
    assert_eq!(current, [first.session_id.to_string()]);
    let uri = format!("/api/v1/sessions/{}", second.session_id);
    assert_eq!(world.ask(&proof, Method::DELETE, &uri, None).await.status, StatusCode::NO_CONTENT);
    let me = |person| {
        let world = &world;
        async move { world.ask(&Proof::Session(person), Method::GET, "/api/v1/me", None).await.status.as_u16() }
    };
    assert_eq!((me(second).await, me(third.clone()).await), (401, 200));
    assert_eq!(
        world.ask(&proof, Method::DELETE, "/api/v1/sessions", None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!((me(first).await, me(third).await), (401, 401));
}

#[tokio::test]
async fn signing_out_ends_the_session_at_the_server() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    let reply = world.ask(&proof, Method::POST, "/auth/logout", None).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert!(
        reply.cookies()[0].starts_with("callboard_session=; ") && reply.cookies()[0].contains("Max-Age=0")
    );
    assert_eq!(world.ask(&proof, Method::GET, "/api/v1/me", None).await.status, 401);
}

#[tokio::test]
async fn a_token_is_shown_once_expires_and_is_revoked_at_once() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    let draft = json!({"name": "Foyer screen", "scope": "read"});
    let made = world.ask(&proof, Method::POST, "/api/v1/tokens", Some(&draft)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(
        token.starts_with("cb_") && token.len() >= 46 && token.starts_with(made["prefix"].as_str().unwrap())
    );
    assert_eq!(made["expires_at"], "2027-02-20T10:00:30Z", "90 days unless said otherwise");
    let list = world.ask(&proof, Method::GET, "/api/v1/tokens", None).await;
    assert!(!list.text.contains(&token) && !list.text.contains("digest"));
    assert_eq!(list.json()["items"][0]["name"], "Foyer screen");

    let bearer = Proof::Token(token.clone());
    assert_eq!(world.ask(&bearer, Method::GET, "/api/v1/me", None).await.status, 200);
    let record: ApiToken = world.read(made["_id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(record.last_used_at.unwrap().to_string(), "2026-11-22T10:00:00Z");
    assert_eq!(
        world.ask(&Proof::Token(format!("{token}x")), Method::GET, "/api/v1/me", None).await.status,
        401
    );

    let uri = format!("/api/v1/tokens/{}", record.id);
    assert_eq!(world.ask(&proof, Method::DELETE, &uri, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask(&bearer, Method::GET, "/api/v1/me", None).await.status, 401);
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    let (_, token) = world.token_of(&person, TokenScope::Write).await;
    let proof = Proof::Token(token);
    world.clock.forward(90 * 86_400 - 1);
    assert_eq!(world.ask(&proof, Method::GET, "/api/v1/me", None).await.status, 200);
    world.clock.forward(1);
    assert_eq!(world.ask(&proof, Method::GET, "/api/v1/me", None).await.status, 401);
}

#[tokio::test]
async fn wrong_drafts_of_tokens_are_refused_by_field() {
    let world = World::new().await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    for (draft, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "a\r\nb"}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": "a", "expires_at": "2026-11-22T10:00:30Z"}), "expires_at"),
        (json!({"name": "a", "expires_at": "2027-11-24T10:00:30Z"}), "expires_at"),
        (json!({"name": "a", "expires_at": "tomorrow"}), "expires_at"),
        (json!({"name": "a", "scope": "admin"}), "scope"),
        (json!({"scope": "read"}), "name"),
        (json!({"name": {"$ne": null}}), "name"),
    ] {
        let reply = world.ask(&proof, Method::POST, "/api/v1/tokens", Some(&draft)).await;
        assert_eq!(reply.status.as_u16(), 422, "{draft}: {reply:?}");
        assert_eq!(reply.json()["errors"][0]["field"], field, "{draft}: {reply:?}");
    }
}

#[tokio::test]
async fn what_is_over_is_thrown_away() {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    world.get("/auth/outlook/login").await;
    app::accounts::tidy::run(&world.app).await.unwrap();
    assert!(world.find::<Session>(person.session_id).await.is_some());
    assert!(world.dump().await.iter().any(|line| line.starts_with("one_time_codes ")));
    world.clock.forward(31 * 86_400);
    app::accounts::tidy::run(&world.app).await.unwrap();
    assert!(world.find::<Session>(person.session_id).await.is_none());
    assert!(!world.dump().await.iter().any(|line| line.starts_with("one_time_codes ")));
}

#[tokio::test]
async fn preferences_follow_their_person_from_browser_to_browser() {
    let world = World::new().await;
    let mara = world.person("mara", Role::User).await;
    let user: User = world.read(mara.id).await;
    let elsewhere = Proof::Session(world.session_of(&user).await);
    let (here, jon) = (Proof::Session(mara), Proof::Session(world.person("jon", Role::User).await));
    let choose = async |proof: &Proof, preferences: Value| {
        let change = json!({"preferences": preferences});
        world.ask(proof, Method::PATCH, "/api/v1/me", Some(&change)).await
    };
    let chosen = async |proof: &Proof| {
        world.ask(proof, Method::GET, "/api/v1/me", None).await.json()["preferences"].clone()
    };
    assert_eq!(chosen(&here).await, json!({}));
    let changed = choose(&here, json!({"zone": "Europe/Berlin", "hidden": ["a"]})).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.json()["preferences"]["zone"]),
        (200, &json!("Europe/Berlin"))
    );
    choose(&elsewhere, json!({"zone": null, "archived": true})).await;
    for proof in [&here, &elsewhere] {
        assert_eq!(chosen(proof).await, json!({"hidden": ["a"], "archived": true}));
    }
    assert_eq!(chosen(&jon).await, json!({}));
    for (wrong, status, code) in [
        (json!({"preferences": {"much": "x".repeat(16 * 1024)}}), 422, "invalid_fields"),
        (json!({"preferences": []}), 422, "invalid_fields"),
        (json!({"preferences": {}, "role": "admin"}), 422, "unknown_fields"),
    ] {
        let refused = world.ask(&here, Method::PATCH, "/api/v1/me", Some(&wrong)).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (status, code), "{refused:?}");
    }
    assert_eq!(chosen(&here).await, json!({"hidden": ["a"], "archived": true}));
}
