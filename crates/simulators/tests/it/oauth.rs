//! Sign-in: the page, the code, the tokens, and everything that is refused.

use reqwest::Method;
use serde_json::json;
use simulators::SimulatorOptions;

use crate::harness::{ADA, JONAS, REDIRECT, Running, VERIFIER, options, parameter};

#[tokio::test]
async fn the_page_offers_every_person() {
    let running = Running::start().await;
    let page = running.get(&running.authorize_path("")).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    for person in running.world().users() {
        assert!(page.text.contains(&person.name) && page.text.contains(&format!("sim_user={}", person.id)));
    }
    let link = page.text.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let reply = running.get(&link).await;
    assert_eq!(reply.status, 302);
    assert_eq!(parameter(reply.header("location"), "state"), "xyz");
    assert!(reply.header("location").starts_with(REDIRECT));
}

#[tokio::test]
async fn code_to_tokens_to_graph() {
    let running = Running::start().await;
    let tokens = running.sign_in(JONAS).await;
    assert_eq!(tokens["scope"], "User.Read Calendars.ReadWrite");
    assert_eq!(tokens["expires_in"], 3600);
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let me = running.send(Method::GET, "/v1.0/me", &[("authorization", &bearer)], None).await.unwrap().ok();
    assert_eq!(me["mail"], JONAS);
    assert_eq!(me["displayName"], "Jonas Lind");
}

#[tokio::test]
async fn a_code_works_once_for_its_verifier_and_redirect_within_ten_minutes() {
    let running = Running::start().await;
    let code = running.code(ADA).await;
    let redeem = async |code: &str, redirect: &str, verifier: &str| {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        let reply = running.token(&pairs).await;
        let body = reply.json();
        assert!(body["error_description"].as_str().is_none_or(|text| text.starts_with("AADSTS")), "{body}");
        (reply.status, body["error"].clone(), body["error_codes"][0].clone())
    };
    let wrong = "a".repeat(43);
    assert_eq!(redeem(&code, REDIRECT, &wrong).await, (400, json!("invalid_grant"), json!(501_481)));
    assert_eq!(redeem(&code, "https://elsewhere.example/", VERIFIER).await.2, json!(500_112));
    assert_eq!(redeem(&code, REDIRECT, VERIFIER).await.0, 200);
    assert_eq!(redeem(&code, REDIRECT, VERIFIER).await, (400, json!("invalid_grant"), json!(54_005)));
    let late = running.code(ADA).await;
    running.post("/_sim/clock", &json!({"advance_s": 600})).await.ok();
    assert_eq!(redeem(&late, REDIRECT, VERIFIER).await, (400, json!("invalid_grant"), json!(70_008)));
    assert_eq!(redeem("0.never", REDIRECT, VERIFIER).await.2, json!(70_000));
}

#[tokio::test]
async fn refresh_keeps_the_old_token_unless_strict() {
    let running = Running::start().await;
    let tokens = running.sign_in(ADA).await;
    let old = tokens["refresh_token"].as_str().unwrap();
    let refresh =
        async |token: &str| running.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await;
    let new = refresh(old).await.ok()["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert_eq!(refresh(old).await.status, 200);
    running.post("/_sim/switches", &json!({"refresh_rotation": "strict"})).await.ok();
    assert_eq!(refresh(&new).await.status, 200);
    assert_eq!(refresh(&new).await.json()["error"], "invalid_grant");
    running.post("/_sim/clock", &json!({"advance_s": 91 * 86_400})).await.ok();
    assert_eq!(refresh(old).await.json()["error_codes"][0], 700_082);
}

#[tokio::test]
async fn revocation_and_expiry() {
    let running = Running::start().await;
    let tokens = running.sign_in(ADA).await;
    assert_eq!(running.get("/v1.0/me").await.status, 200);
    running.post("/_sim/clock", &json!({"advance_s": 3_600})).await.ok();
    let expired = running.get("/v1.0/me").await;
    assert_eq!(
        (expired.status, expired.json()["error"]["code"].clone()),
        (401, json!("InvalidAuthenticationToken"))
    );
    running.post("/_sim/revoke", &json!({"user": ADA})).await.ok();
    let pairs =
        [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    let refused = running.token(&pairs).await;
    assert_eq!((refused.status, refused.json()["error_codes"][0].clone()), (400, json!(50_173)));
    for bearer in ["", "Bearer ", "Bearer stranger", "Basic YTpi"] {
        let reply = running.send(Method::GET, "/v1.0/me", &[("authorization", bearer)], None).await.unwrap();
        assert_eq!(reply.status, 401, "{bearer}");
        assert!(!reply.header("www-authenticate").is_empty());
    }
}

#[tokio::test]
async fn requests_that_cannot_be_trusted_are_not_redirected() {
    let running = Running::start().await;
    let path = running.authorize_path("");
    let stranger = path.replace(&SimulatorOptions::default().client_id, "stranger");
    let elsewhere = path.replace("http%3A%2F%2F127%2E0%2E0%2E1%3A9", "http%3A%2F%2Fevil.example");
    let script = path.replace("http%3A%2F%2F127%2E0%2E0%2E1%3A9", "javascript%3Aalert(1)");
    for bad in [stranger, elsewhere, script] {
        let reply = running.get(&bad).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{bad}");
        assert!(!reply.text.contains("<script"));
    }
    for (from, to, error) in [
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("code_challenge_method=S256", "code_challenge_method=plain", "invalid_request"),
    ] {
        let reply = running.get(&path.replace(from, to)).await;
        assert_eq!(parameter(reply.header("location"), "error"), error);
        assert_eq!(parameter(reply.header("location"), "state"), "xyz");
    }
    let denied = running.get(&running.authorize_path("&sim_deny=1")).await;
    assert_eq!(parameter(denied.header("location"), "error"), "access_denied");
}

#[tokio::test]
async fn silent_sign_in() {
    let running = Running::start().await;
    let reply = running.get(&running.authorize_path("&prompt=none")).await;
    assert!(reply.header("location").contains("code="));
    let reply = running.get(&running.authorize_path("&prompt=none&login_hint=nobody@nowhere.example")).await;
    assert_eq!(parameter(reply.header("location"), "error"), "login_required");
    let page = running.get(&running.authorize_path("&login_hint=%3Cscript%3E")).await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<script>"));
}

#[tokio::test]
async fn a_confidential_client_needs_its_secret() {
    let options = SimulatorOptions { client_secret: Some("s3cret".to_owned()), ..options() };
    let sim = simulators::Simulators::start(options).await.unwrap();
    crate::harness::add_people(sim.state());
    let http = reqwest::Client::new();
    let url = format!("{}/organizations/oauth2/v2.0/token", sim.authority_url());
    let id = SimulatorOptions::default().client_id;
    let form = |secret| {
        [
            ("client_id", id.as_str()),
            ("client_secret", secret),
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
        ]
    };
    for (secret, error) in [("wrong", "invalid_client"), ("s3cret", "invalid_grant")] {
        let body: serde_json::Value =
            http.post(&url).form(&form(secret)).send().await.unwrap().json().await.unwrap();
        assert_eq!(body["error"], error);
    }
    sim.stop().await;
}

#[tokio::test]
async fn signing_out_goes_back() {
    let running = Running::start().await;
    let reply = running.get(&format!("/common/oauth2/v2.0/logout?post_logout_redirect_uri={REDIRECT}")).await;
    assert_eq!((reply.status, reply.header("location")), (302, REDIRECT));
    assert_eq!(
        running.get("/common/oauth2/v2.0/logout?post_logout_redirect_uri=http://evil.example").await.status,
        200
    );
}
