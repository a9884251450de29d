//! Signing in and renewing: what leaves, what is accepted, what each refusal means.

use jiff::ToSpan;
use providers::contract::{AuthorizationSecrets, CalendarProvider, ProviderError, TokenSet};
use providers::outlook::OutlookProvider;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{now, options, setup, token};

const CALLBACK: &str = "https://callboard.example/auth/outlook/callback";

/// The verifier and challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn secrets() -> AuthorizationSecrets {
    AuthorizationSecrets { state: "state&=é".to_owned(), code_verifier: SecretString::from(VERIFIER) }
}

fn granted() -> Value {
    json!({"token_type": "Bearer", "expires_in": 3599, "scope": "User.Read Calendars.Read",
           "access_token": "access-1", "refresh_token": "refresh-1"})
}

async fn exchange(
    server: &Server,
    provider: &OutlookProvider,
    reply: Reply,
) -> Result<TokenSet, ProviderError> {
    server.then(reply);
    provider.exchange_code(CALLBACK, "the-code", &secrets()).await
}

#[tokio::test]
async fn the_browser_is_sent_with_the_least_and_the_challenge_only() {
    let mut asked = options("https://login.microsoftonline.com");
    for (may_write, scope) in [
        (false, "offline_access User.Read Calendars.Read"),
        (true, "offline_access User.Read Calendars.ReadWrite"),
    ] {
        asked.may_write = may_write;
        let url =
            OutlookProvider::new(asked.clone()).unwrap().authorization_request(CALLBACK, &secrets()).url;
        assert!(!url.contains(VERIFIER) && !url.contains("the-client-secret"));
        let url = url::Url::parse(&url).unwrap();
        assert_eq!(
            url.as_str().split('?').next(),
            Some("https://login.microsoftonline.com/common/oauth2/v2.0/authorize")
        );
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let expected = [
            ("client_id", "11111111-2222-3333-4444-555555555555"),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("state", "state&=é"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
        ];
        assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

#[tokio::test]
async fn a_code_becomes_tokens() {
    let (server, provider) = setup().await;
    let tokens = exchange(&server, &provider, Reply::json(&granted())).await.unwrap();
    assert_eq!(tokens.access_token.expose_secret(), "access-1");
    assert_eq!(tokens.refresh_token.unwrap().expose_secret(), "refresh-1");
    assert_eq!(tokens.expires_at, now() + 3599.seconds());
    let asked = server.take_asked();
    assert_eq!((asked[0].method.as_str(), asked[0].target.as_str()), ("POST", "/common/oauth2/v2.0/token"));
    assert_eq!(asked[0].header("authorization"), None);
    assert_eq!(asked[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    let form = asked[0].form();
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "the-code"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "11111111-2222-3333-4444-555555555555"),
        ("client_secret", "the-client-secret"),
    ] {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
}

#[tokio::test]
async fn a_renewal_may_keep_the_old_refresh_token() {
    let (server, provider) = setup().await;
    let mut body = granted();
    server.then(Reply::json(&body));
    let tokens = provider.refresh(&SecretString::from("refresh-0")).await.unwrap();
    assert_eq!(tokens.refresh_token.unwrap().expose_secret(), "refresh-1");
    body.as_object_mut().unwrap().remove("refresh_token");
    server.then(Reply::json(&body));
    assert!(provider.refresh(&SecretString::from("refresh-0")).await.unwrap().refresh_token.is_none());
    let form = server.take_asked()[0].form();
    assert!(form.contains(&("grant_type".to_owned(), "refresh_token".to_owned())));
    assert!(form.contains(&("refresh_token".to_owned(), "refresh-0".to_owned())));
    assert!(!form.iter().any(|(name, _)| name == "redirect_uri" || name == "code_verifier"));
}

#[tokio::test]
async fn a_public_client_sends_no_secret() {
    let server = Server::start().await;
    let mut public = options(&server.base);
    public.client_secret = None;
    let provider = OutlookProvider::new(public).unwrap();
    exchange(&server, &provider, Reply::json(&granted())).await.unwrap();
    assert!(!server.take_asked()[0].form().iter().any(|(name, _)| name == "client_secret"));
}

#[tokio::test]
async fn missing_grants_are_said() {
    let (server, provider) = setup().await;
    let mut unticked = granted();
    unticked["scope"] = json!("User.Read");
    let mut not_lasting = granted();
    not_lasting.as_object_mut().unwrap().remove("refresh_token");
    for body in [unticked, not_lasting] {
        match exchange(&server, &provider, Reply::json(&body)).await.unwrap_err() {
            ProviderError::Reconnect { code, .. } => assert_eq!(code, "missing_scope"),
            other => panic!("{other:?}"),
        }
    }
    for (member, value) in
        [("access_token", json!("")), ("access_token", json!(null)), ("token_type", json!("mac"))]
    {
        let mut body = granted();
        body[member] = value;
        exchange(&server, &provider, Reply::json(&body)).await.unwrap_err();
    }
}

#[tokio::test]
async fn refusals_of_the_token_endpoint() {
    let described = |status: u16, error: &str, number: u64| {
        let description = format!("AADSTS{number}: Words about ana@callboard.example. Trace ID: 00000000");
        Reply::new(
            status,
            json!({"error": error, "error_description": description, "error_codes": [number]}).to_string(),
        )
    };
    let bare = |status: u16, error: &str| Reply::new(status, json!({"error": error}).to_string());
    let only_text = Reply::new(
        400,
        json!({"error": "invalid_grant", "error_description": "AADSTS50173: The provided grant has expired"})
            .to_string(),
    );
    let (server, provider) = setup().await;
    let mut table = vec![
        (only_text, "reconnect", "AADSTS50173"),
        (bare(400, "invalid_grant"), "reconnect", "invalid_grant"),
    ];
    for number in [70_008, 700_082, 700_084, 50_173, 65_001, 50_076, 50_079, 54_005, 50_057] {
        table.push((described(400, "invalid_grant", number), "reconnect", "AADSTS"));
    }
    table.extend([
        (described(400, "interaction_required", 50_076), "reconnect", "AADSTS50076"),
        (bare(400, "consent_required"), "reconnect", "consent_required"),
        (described(401, "invalid_client", 7_000_215), "give up", "AADSTS7000215"),
        (described(401, "invalid_client", 7_000_222), "give up", "AADSTS7000222"),
        (described(400, "unauthorized_client", 700_016), "give up", "AADSTS700016"),
        (bare(400, "invalid_request"), "give up", "invalid_request"),
        (bare(400, "invalid_scope"), "give up", "invalid_scope"),
        (described(400, "invalid_grant", 90_033), "retry", "AADSTS90033"),
        (bare(400, "temporarily_unavailable"), "retry", "temporarily_unavailable"),
        (bare(500, "server_error"), "retry", "server_error"),
        (bare(429, "invalid_grant"), "retry", "invalid_grant"),
        (Reply::new(503, "busy").header("Retry-After", "4"), "retry", "http_503"),
        (Reply::new(400, "<html>proxy</html>"), "retry", "http_400"),
        (Reply::new(302, ""), "retry", "http_302"),
        (Reply::new(200, "<html>portal</html>"), "retry", "unusable_answer"),
        (Reply::new(200, "{}"), "retry", "unusable_answer"),
        (Reply::new(200, "{\"access_token\": \"x").cut(), "retry", "answer_cut"),
    ]);
    for (reply, expected, expected_code) in table {
        server.then(reply.clone());
        let error = provider.refresh(&token()).await.unwrap_err();
        let (what, code) = match &error {
            ProviderError::Retry { code, .. } => ("retry", code),
            ProviderError::Reconnect { code, .. } => ("reconnect", code),
            ProviderError::GiveUp { code, .. } => ("give up", code),
            other => panic!("{other:?}"),
        };
        assert_eq!(what, expected, "{reply:?}");
        assert!(code.starts_with(expected_code), "{code} for {reply:?}");
        assert!(!error.to_string().contains("ana@"), "{error}");
    }
}
