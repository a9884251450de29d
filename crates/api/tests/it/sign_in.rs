//! Signing in with Outlook.

use app::Settings;
use app::accounts::admin_link;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use model::documents::{Calendar, Role, User};
use store::{Filter, Store, TypedStore};

use crate::harness::people::{Proof, prove};
use crate::harness::reply::Reply;
use crate::harness::{World, generous, https};

struct Begun {
    url: String,
    state: String,
    cookie: String,
}

impl World {
    async fn begin(&self, return_to: &str) -> Begun {
        let return_to: String = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
        let reply = self.get(&format!("/auth/outlook/login?return_to={return_to}")).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{reply:?}");
        let url = reply.header("location").to_owned();
        let state = url::Url::parse(&url)
            .unwrap()
            .query_pairs()
            .find(|(key, _)| key == "state")
            .unwrap()
            .1
            .into_owned();
        Begun { url, state, cookie: reply.cookie("sign_in").unwrap() }
    }

    async fn come_back(&self, state: &str, code: &str, cookie: &str) -> Reply {
        let uri = format!("/auth/outlook/callback?state={state}&code={code}");
        self.send(Request::get(uri).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    async fn sign_in(&self, name: &str) -> Reply {
        let begun = self.begin("/").await;
        let code = self.outlook.agree(&begun.url, name);
        self.come_back(&begun.state, &code, &begun.cookie).await
    }

    async fn user(&self, name: &str) -> Option<User> {
        let store: &dyn Store = &*self.store;
        store.first(Filter::eq("outlook_user_id", format!("outlook-{name}").as_str())).await.unwrap()
    }
}

#[tokio::test]
async fn a_person_signs_in_and_their_calendars_appear() {
    let world = World::new().await;
    let begun = world.begin("/calendar/week?date=2026-11-22").await;
    assert!(begun.url.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fauth%2Foutlook%2Fcallback"));
    let code = world.outlook.agree(&begun.url, "mara");
    let reply = world.come_back(&begun.state, &code, &begun.cookie).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (StatusCode::SEE_OTHER, "/calendar/week?date=2026-11-22")
    );
    let session = reply.cookie("session").unwrap();
    let me = world
        .send(Request::get("/api/v1/me").header(header::COOKIE, &session).body(Body::empty()).unwrap())
        .await;
    let me = me.json();
    assert_eq!((me["email"].as_str(), me["role"].as_str()), (Some("mara@example.org"), Some("user")));
    assert_eq!(me["connections"]["outlook"]["status"], "ok");
    let user = world.user("mara").await.unwrap();
    assert!(user.access_token.as_ref().unwrap().starts_with("k1."), "sealed");
    let store: &dyn Store = &*world.store;
    let calendars = || async { store.all::<Calendar>(Filter::eq("user_id", user.id)).await.unwrap() };
    while calendars().await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(calendars().await[0].name, "Calendar");
}

#[tokio::test]
async fn a_second_sign_in_finds_the_same_person_and_ends_the_browsers_old_session() {
    let world = World::new().await;
    let first = world.sign_in("mara").await.cookie("session").unwrap();
    let begun = world.begin("/").await;
    let code = world.outlook.agree(&begun.url, "mara");
    let second = world.come_back(&begun.state, &code, &format!("{}; {first}", begun.cookie)).await;
    let second = second.cookie("session").unwrap();
    assert_ne!(first, second);
    let store: &dyn Store = &*world.store;
    assert_eq!(store.all::<User>(Filter::All(vec![])).await.unwrap().len(), 1);
    for (cookie, status) in [(&first, 401), (&second, 200)] {
        let request = Request::get("/api/v1/me").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.status, status);
    }
}

#[tokio::test]
async fn a_listed_mail_address_becomes_administrator_and_a_disabled_person_stays_out() {
    let settings = Settings { admin_emails: vec!["mara@example.org".into()], ..Settings::default() };
    let world = World::with(settings, generous()).await;
    world.sign_in("mara").await;
    world.sign_in("jon").await;
    assert_eq!(world.user("mara").await.unwrap().role, Role::Admin);
    assert_eq!(world.user("jon").await.unwrap().role, Role::User);
    let admin = world.session_of(&world.user("mara").await.unwrap()).await;
    let uri = format!("/api/v1/admin/users/{}", world.user("jon").await.unwrap().id);
    let body = serde_json::json!({"is_disabled": true});
    world.ask(&Proof::Session(admin), Method::PATCH, &uri, Some(&body)).await;
    let reply = world.sign_in("jon").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.cookie("session").is_none() && reply.text.contains("disabled"));
}

#[tokio::test]
async fn another_accounts_mail_address_is_not_taken_over() {
    let world = World::new().await;
    world.person("mara", Role::Admin).await;
    let before = world.user("mara").await.unwrap();
    let begun = world.begin("/").await;
    let code = world.outlook.agree(&begun.url, "mara");
    // The same mail address, but another person at Outlook.
    world.outlook.become_somebody_else(&code);
    let reply = world.come_back(&begun.state, &code, &begun.cookie).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{reply:?}");
    assert!(reply.cookie("session").is_none());
    assert_eq!(world.user("mara").await.unwrap(), before);
}

#[tokio::test]
async fn s20_a_state_works_once_soon_and_only_where_it_began() {
    let world = World::new().await;
    let refused = |reply: Reply| {
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{reply:?}");
        assert!(reply.cookie("session").is_none(), "{reply:?}");
    };
    // In another browser, and in none; the right one still works afterwards.
    let (mine, theirs) = (world.begin("/").await, world.begin("/").await);
    let code = world.outlook.agree(&mine.url, "mara");
    refused(world.come_back(&mine.state, &code, &theirs.cookie).await);
    refused(world.come_back(&mine.state, &code, "callboard_sign_in=").await);
    refused(world.come_back(&mine.state, &code, "other=1").await);
    assert_eq!(world.come_back(&mine.state, &code, &mine.cookie).await.status, StatusCode::SEE_OTHER);
    // Twice.
    refused(world.come_back(&mine.state, &code, &mine.cookie).await);
    // Somebody else's code in my browser: the verifier does not fit (RFC 9700, 4.5).
    let (mine, attacker) = (world.begin("/").await, world.begin("/").await);
    let stolen = world.outlook.agree(&attacker.url, "attacker");
    refused(world.come_back(&mine.state, &stolen, &mine.cookie).await);
    // Late.
    let late = world.begin("/").await;
    let code = world.outlook.agree(&late.url, "mara");
    world.clock.forward(601);
    refused(world.come_back(&late.state, &code, &late.cookie).await);
    // Refused at Outlook, and unknown.
    let no = world.begin("/").await;
    let uri = format!("/auth/outlook/callback?state={}&error=access_denied", no.state);
    refused(
        world.send(Request::get(uri).header(header::COOKIE, &no.cookie).body(Body::empty()).unwrap()).await,
    );
    refused(world.come_back("unknown", "code", &no.cookie).await);
    refused(world.get("/auth/outlook/callback").await);
}

#[tokio::test]
async fn s20_one_state_used_twice_at_once_lets_in_once() {
    let world = World::new().await;
    let begun = world.begin("/").await;
    let code = world.outlook.agree(&begun.url, "mara");
    let replies =
        futures::future::join_all((0..8).map(|_| world.come_back(&begun.state, &code, &begun.cookie))).await;
    let let_in = replies.iter().filter(|reply| reply.cookie("session").is_some()).count();
    assert_eq!(let_in, 1, "{replies:?}");
}

#[tokio::test]
async fn s23_a_sign_in_returns_to_our_own_paths_only() {
    let world = World::new().await;
    for wanted in [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "/%2fevil.example",
        "/%5Cevil.example",
        "http://user:pw@evil.example/",
        "javascript:alert(1)",
        "/\r\nx: y",
        "",
    ] {
        let begun = world.begin(wanted).await;
        let code = world.outlook.agree(&begun.url, "mara");
        let reply = world.come_back(&begun.state, &code, &begun.cookie).await;
        assert_eq!(reply.header("location"), "/", "{wanted:?}");
    }
}

#[tokio::test]
async fn an_address_that_says_a_thing_twice_is_refused_on_a_page() {
    let world = World::new().await;
    for uri in ["/auth/outlook/login?return_to=/&return_to=/week", "/auth/outlook/callback?state=a&state=b"] {
        let reply = world.get(uri).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{uri}");
        let page = &reply.text;
        assert!(page.contains("<h1>The query parameters are wrong</h1>"), "{page}");
        assert!(page.contains("Sign in with Outlook"), "{page}");
    }
}

#[tokio::test]
async fn s24_a_missing_scope_is_said() {
    let world = World::new().await;
    world.outlook.withhold_scope();
    let reply = world.sign_in("mara").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.text.contains("Calendars.Read"), "{reply:?}");
    assert!(world.user("mara").await.is_none());
}

#[tokio::test]
async fn under_a_path_of_the_public_address_everything_keeps_it() {
    let settings = Settings { public_url: "https://example.org/board".to_owned(), ..Settings::default() };
    let world = World::with(settings, generous()).await;
    let reply = world.get("/board/auth/outlook/login?return_to=%2Fcalendar").await;
    let url = reply.header("location").to_owned();
    assert!(
        url.contains("redirect_uri=https%3A%2F%2Fexample.org%2Fboard%2Fauth%2Foutlook%2Fcallback"),
        "{url}"
    );
    let state =
        url::Url::parse(&url).unwrap().query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
    let code = world.outlook.agree(&url, "mara");
    let uri = format!("/board/auth/outlook/callback?state={state}&code={code}");
    let cookie = reply.cookie("sign_in").unwrap();
    let reply =
        world.send(Request::get(uri).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(reply.header("location"), "/board/calendar");
    for path in ["/board/healthz", "/healthz", "/board/api/docs"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
    assert!(world.get("/board/api/docs").await.text.contains("/board/api/docs/reference.js"));
}

#[tokio::test]
async fn the_first_administrator_comes_by_a_link_that_works_once() {
    let world = World::new().await;
    let link = admin_link::create_when_needed(&world.app).await.unwrap().unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
    let reply = world.get(&path).await;
    let encoded = path.replace('/', "%2F");
    assert_eq!(reply.header("location"), format!("/auth/outlook/login?return_to={encoded}"), "sign in first");
    let mara = world.person("mara", Role::User).await;
    let proof = Proof::Session(mara.clone());
    // Looking at it, however often, changes nothing.
    for _ in 0..2 {
        let reply = world.ask(&proof, Method::GET, &path, None).await;
        assert_eq!(reply.status, 200);
        assert!(reply.text.contains("Become an administrator") && reply.text.contains(&mara.csrf));
    }
    assert_eq!(world.user("mara").await.unwrap().role, Role::User);
    let confirm = |token: &str| {
        let mut request = Request::post(&path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("csrf_token={token}")))
            .unwrap();
        prove(&mut request, &proof, false);
        request
    };
    assert_eq!(world.send(confirm("wrong")).await.status, 403);
    assert_eq!(world.send(confirm(&mara.csrf)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.user("mara").await.unwrap().role, Role::Admin);
    assert_eq!(world.send(confirm(&mara.csrf)).await.status, StatusCode::GONE);
    assert_eq!(world.get(&path).await.status, StatusCode::GONE);
    assert_eq!(admin_link::create_when_needed(&world.app).await.unwrap(), None);
    // Another one works for a day.
    let link = admin_link::create(&world.app).await.unwrap();
    world.clock.forward(86_401);
    assert_eq!(world.get(link.strip_prefix("http://127.0.0.1:8080").unwrap()).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn s17_every_cookie_is_bound_to_the_host_and_hidden_from_scripts() {
    let world = World::with(https(), generous()).await;
    let begun = world.begin("/").await;
    let code = world.outlook.agree(&begun.url, "mara");
    let login = world.get("/auth/outlook/login").await;
    let back = world.come_back(&begun.state, &code, &begun.cookie).await;
    let person = world.session_of(&world.user("mara").await.unwrap()).await;
    let out = world.ask(&Proof::Session(person), Method::POST, "/auth/logout", None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT, "{out:?}");
    let cookies: Vec<String> = [login, back, out].iter().flat_map(Reply::cookies).collect();
    assert_eq!(cookies.len(), 4, "{cookies:?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-callboard_"), "{cookie}");
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age="] {
            assert!(cookie.contains(&format!("; {attribute}")), "{cookie} has no {attribute}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[tokio::test]
async fn two_under_sub_paths_of_one_host_do_not_sign_each_other_out() {
    let mut browser = std::collections::BTreeMap::new();
    let mut worlds = Vec::new();
    for path in ["/board", "/annex"] {
        let public_url = format!("https://venue.example{path}");
        let world = World::with(Settings { public_url, ..https() }, generous()).await;
        let begun = world.begin("/").await;
        let code = world.outlook.agree(&begun.url, "mara");
        let back = world.come_back(&begun.state, &code, &begun.cookie).await;
        for cookie in back.cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            browser.insert(name.to_owned(), value.to_owned());
        }
        worlds.push(world);
    }
    let sent: Vec<String> = browser.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for world in worlds {
        let request = Request::builder().uri("/api/v1/me").header(header::COOKIE, sent.join("; "));
        let me = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(me.status, StatusCode::OK, "{me:?}");
    }
}
