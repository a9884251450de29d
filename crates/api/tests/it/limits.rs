//! How often somebody may ask, and from where they seem to ask.

use api::ApiOptions;
use app::Settings;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use model::documents::Role;
use serde_json::json;

use crate::harness::World;
use crate::harness::people::Proof;

fn tight() -> ApiOptions {
    ApiOptions { trusted_proxies: vec!["192.0.2.1".parse().unwrap()], ..ApiOptions::default() }
}

async fn login_from(world: &World, address: &str) -> StatusCode {
    let request =
        Request::get("/auth/outlook/login").header("x-forwarded-for", address).body(Body::empty()).unwrap();
    world.send(request).await.status
}

#[tokio::test]
async fn s12_sign_in_is_limited_by_address() {
    let world = World::with(Settings::default(), tight()).await;
    let mut let_in = 0;
    for _ in 0..200 {
        let_in += u32::from(login_from(&world, "203.0.113.9").await == StatusCode::SEE_OTHER);
    }
    assert_eq!(let_in, 30, "from one address");
    let mut let_in = 0;
    for number in 0..200 {
        let status = login_from(&world, &format!("198.51.100.{}", number % 50)).await;
        let_in += u32::from(status == StatusCode::SEE_OTHER);
    }
    assert_eq!(let_in, 200, "fifty addresses are fifty people");
    let request =
        Request::get("/auth/outlook/login").header("x-forwarded-for", "203.0.113.9").body(Body::empty());
    let refused = world.send(request.unwrap()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "too_many_requests"));
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(refused.header("ratelimit-policy"), "\"address\";q=30;w=60");
    assert_eq!(refused.header("ratelimit"), "\"address\";r=0;t=2");
    world.clock.forward(2);
    assert_eq!(login_from(&world, "203.0.113.9").await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn s12_guessing_locks_nobody_out_who_has_a_session() {
    let world = World::with(Settings::default(), tight()).await;
    let owner = Proof::Session(world.person("mara", Role::User).await);
    let mut refused = 0;
    for number in 0..200 {
        let guess = Proof::Token(format!("cb_guess{number}"));
        let status = world.ask(&guess, Method::GET, "/api/v1/me", None).await.status.as_u16();
        assert!([401, 429].contains(&status));
        refused += u32::from(status == 429);
    }
    assert_eq!(refused, 170, "thirty guesses a minute");
    assert_eq!(
        world.ask(&owner, Method::GET, "/api/v1/me", None).await.status,
        200,
        "the same address, a good session"
    );
}

#[tokio::test]
async fn s12_tokens_are_limited_by_account() {
    let world = World::with(Settings::default(), tight()).await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    let mut made = 0;
    for number in 0..40 {
        let body = json!({"name": format!("t{number}")});
        made += u32::from(world.ask(&proof, Method::POST, "/api/v1/tokens", Some(&body)).await.status == 201);
    }
    assert_eq!(made, 20);
    let other = Proof::Session(world.person("jon", Role::User).await);
    let body = json!({"name": "t"});
    assert_eq!(world.ask(&other, Method::POST, "/api/v1/tokens", Some(&body)).await.status, 201);
}

#[tokio::test]
async fn s12_an_account_is_limited_over_all_its_addresses() {
    let options = ApiOptions { account_requests_per_minute: 10, ..tight() };
    let world = World::with(Settings::default(), options).await;
    let proof = Proof::Session(world.person("mara", Role::User).await);
    let mut answered = 0;
    for _ in 0..20 {
        answered += u32::from(world.ask(&proof, Method::GET, "/api/v1/me", None).await.status == 200);
    }
    assert_eq!(answered, 10);
}

#[tokio::test]
async fn s13_only_a_listed_proxy_says_where_somebody_is() {
    let world = World::with(Settings::default(), ApiOptions::default()).await;
    let mut let_in = 0;
    for number in 0..100 {
        let_in +=
            u32::from(login_from(&world, &format!("198.51.100.{number}")).await == StatusCode::SEE_OTHER);
    }
    assert_eq!(let_in, 30, "a forged header changes nothing");
    let log = crate::harness::capture::log();
    login_from(&world, "198.51.100.250").await;
    assert!(!log.text().contains("198.51.100.250"), "nor is it logged");
}
