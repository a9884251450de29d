//! No answer may cost more time or memory than the options allow.

use std::time::Duration;

use providers::contract::{CalendarProvider, ProviderError};
use providers::outlook::OutlookProvider;

use crate::server::{Reply, Server};
use crate::support::{first_page, options, token};

async fn limited() -> (Server, OutlookProvider) {
    let server = Server::start().await;
    let mut options = options(&server.base);
    options.limits.read_timeout = Duration::from_millis(100);
    options.limits.total_timeout = Duration::from_millis(2_000);
    options.limits.max_body_bytes = 4_096;
    (server, OutlookProvider::new(options).unwrap())
}

#[tokio::test]
async fn a_body_too_large_is_given_up() {
    let (server, provider) = limited().await;
    let page = format!("{{\"value\": [], \"x\": \"{}\"}}", "x".repeat(5_000));
    for reply in [Reply::new(200, page.clone()), Reply::new(200, page.clone()).endless()] {
        server.then(reply);
        match first_page(&provider).await.unwrap_err() {
            ProviderError::GiveUp { code, .. } => assert_eq!(code, "answer_too_large"),
            other => panic!("{other:?}"),
        }
    }
    // A refusal speaks by its status, however much follows it.
    server.then(Reply::new(429, page).header("Retry-After", "3").endless());
    let error = first_page(&provider).await.unwrap_err();
    assert!(matches!(error, ProviderError::Retry { after_ms: Some(3_000), .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let (server, provider) = limited().await;
    server.then(Reply::new(200, "{\"value\": [").silent());
    match first_page(&provider).await.unwrap_err() {
        ProviderError::Retry { code, .. } => assert_eq!(code, "timeout"),
        other => panic!("{other:?}"),
    }
    server.then(Reply::new(200, "").silent());
    match provider.refresh(&token()).await.unwrap_err() {
        ProviderError::Retry { code, .. } => assert_eq!(code, "timeout"),
        other => panic!("{other:?}"),
    }
}
