//! No secret in what is shown, logged or stored.

use providers::contract::{AuthorizationSecrets, CalendarProvider};
use providers::outlook::OutlookProvider;
use secrecy::SecretString;
use serde_json::json;

use crate::server::Reply;
use crate::support::{TOKEN, first_page, options, setup};

const SECRETS: [&str; 6] = [
    TOKEN,
    "the-client-secret",
    "refresh-canary",
    "code-canary",
    "verifier-canary-verifier-canary-verifier-canary",
    "access-canary",
];

fn assert_clean(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn errors_do_not_repeat_what_was_sent() {
    let (server, provider) = setup().await;
    let secrets = AuthorizationSecrets {
        state: "state".to_owned(),
        code_verifier: SecretString::from("verifier-canary-verifier-canary-verifier-canary"),
    };
    // A server that gives back everything it was sent, in every shape of answer.
    let all = SECRETS.join(" ");
    let bodies = [
        json!({"error": {"code": TOKEN, "message": format!("your token is {TOKEN}")}}).to_string(),
        json!({"error": "invalid_grant", "error_description": all}).to_string(),
        json!({"error": "invalid_request", "error_description": all}).to_string(),
        format!("<html>{all}</html>"),
        json!({"access_token": 7, "value": all}).to_string(),
        all.clone(),
    ];
    for body in &bodies {
        for status in [200, 400, 401, 403, 404, 410, 429, 500] {
            server.then(Reply::new(status, body.clone()));
            let refresh = SecretString::from("refresh-canary");
            assert_clean(&format!("{:?}", provider.refresh(&refresh).await.unwrap_err()));
            server.then(Reply::new(status, body.clone()));
            let code = provider.exchange_code("https://callboard.example/cb", "code-canary", &secrets).await;
            assert_clean(&format!("{:?}", code.unwrap_err()));
            server.then(Reply::new(status, body.clone())).then(Reply::new(status, body.clone()));
            let error = first_page(&provider).await.unwrap_err();
            assert!(!format!("{error:?} {error}").contains(TOKEN), "{error:?}");
            drop(server.take_asked());
        }
    }
}

#[tokio::test]
async fn nothing_shows_secrets_when_printed() {
    let (server, provider) = setup().await;
    server.then(Reply::json(&json!({"token_type": "Bearer", "expires_in": 60, "scope": "Calendars.Read",
        "access_token": "access-canary", "refresh_token": "refresh-canary"})));
    let tokens = provider.refresh(&SecretString::from("refresh-canary")).await.unwrap();
    assert_clean(&format!("{tokens:?} {provider:?} {:?}", options(&server.base)));
    let provider = OutlookProvider::new(options("https://graph.microsoft.com")).unwrap();
    assert_clean(&format!("{provider:#?}"));
}

#[tokio::test]
async fn a_token_that_cannot_be_a_header_is_not_sent() {
    let (server, provider) = setup().await;
    for broken in ["line\r\nbreak", "nul\0"] {
        let error = provider.calendars(&SecretString::from(broken)).await.unwrap_err();
        assert!(!error.to_string().contains(broken));
    }
    assert!(server.take_asked().is_empty());
}
