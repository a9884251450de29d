//! No answer may cost more time or memory than the options allow.

use std::time::Duration;

use providers::contract::{CalendarProvider, ProviderError};
use providers::outlook::OutlookProvider;
use serde_json::json;

use crate::server::{Reply, Server};
use crate::support::{first_page, graph_event, last_page, options, token};

async fn limited() -> (Server, OutlookProvider) {
    let server = Server::start().await;
    let mut options = options(&server.base);
    options.limits.read_timeout = Duration::from_millis(100);
    options.limits.total_timeout = Duration::from_millis(2_000);
    options.limits.max_body_bytes = 4_096;
    (server, OutlookProvider::new(options).unwrap())
}

/// How many items each request asked for.
fn page_sizes(server: &Server) -> Vec<u32> {
    let asked = server.take_asked();
    let prefer = asked.iter().map(|asked| asked.header("prefer").unwrap().to_owned());
    prefer.map(|prefer| prefer.rsplit('=').next().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn a_page_too_large_is_asked_for_in_halves() {
    let (server, provider) = limited().await;
    let page = format!("{{\"value\": [], \"x\": \"{}\"}}", "x".repeat(5_000));
    server.then(Reply::new(200, page.clone())).then(Reply::new(200, page.clone()).endless());
    server.then(Reply::json(&last_page(&server, &[graph_event(json!({}))])));
    assert_eq!(first_page(&provider).await.unwrap().entries.len(), 1);
    let sizes = page_sizes(&server);
    assert_eq!(sizes, [sizes[0], sizes[0] / 2, sizes[0] / 4]);
    // One item that is too large by itself is given up.
    for _ in 0..=sizes[0].ilog2() {
        server.then(Reply::new(200, page.clone()));
    }
    match first_page(&provider).await.unwrap_err() {
        ProviderError::GiveUp { code, .. } => assert_eq!(code, "answer_too_large"),
        other => panic!("{other:?}"),
    }
    assert_eq!(page_sizes(&server).last(), Some(&1));
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
