//! Small things at the edge that need the whole application.

use axum::body::Body;
use http::{Request, header};
use model::documents::{Role, TokenScope};

use crate::harness::World;

#[tokio::test]
async fn a_bearer_token_counts_before_a_cookie() {
    let world = World::new().await;
    let (mara, jon) = (world.person("mara", Role::User).await, world.person("jon", Role::User).await);
    let (_, token) = world.token_of(&jon, TokenScope::Read).await;
    let request = |authorization: String| {
        Request::get("/api/v1/me")
            .header(header::COOKIE, format!("callboard_session={}", mara.secret))
            .header(header::AUTHORIZATION, authorization)
            .body(Body::empty())
            .unwrap()
    };
    let me = world.send(request(format!("Bearer {token}"))).await.json();
    assert_eq!(me["email"], "jon@example.org");
    assert!(me.get("csrf_token").is_none());
    for wrong in ["Bearer wrong".to_owned(), "Basic bWFyYTp4".to_owned(), "Bearer".to_owned(), token] {
        let reply = world.send(request(wrong)).await;
        assert_eq!(reply.status, 401, "a wrong token does not fall back to the cookie");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn the_secret_of_a_token_is_no_session_and_the_other_way_round() {
    let world = World::new().await;
    let mara = world.person("mara", Role::User).await;
    let (_, token) = world.token_of(&mara, TokenScope::Write).await;
    let as_cookie = Request::get("/api/v1/me").header(header::COOKIE, format!("callboard_session={token}"));
    assert_eq!(world.send(as_cookie.body(Body::empty()).unwrap()).await.status, 401);
    let as_token =
        Request::get("/api/v1/me").header(header::AUTHORIZATION, format!("Bearer {}", mara.secret));
    assert_eq!(world.send(as_token.body(Body::empty()).unwrap()).await.status, 401);
}
