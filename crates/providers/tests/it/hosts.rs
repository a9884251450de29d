//! The bearer goes to the configured Graph server and nowhere else.

use providers::contract::{CalendarProvider, Cursor, ProviderError};
use providers::outlook::config::OptionsError;
use providers::outlook::{EVENTS_DELTA, OutlookProvider};
use serde_json::json;

use crate::server::{Reply, Server};
use crate::support::{first_page, options, setup, token, window};

/// Spellings of "somewhere else", for a Graph at 127.0.0.1:`port`; `foreign` is a server that would notice a request.
fn spellings(port: &str, foreign: &str) -> Vec<String> {
    let foreign_port = foreign.rsplit(':').next().unwrap();
    vec![
        format!("{foreign}/v1.0/me"),
        format!("http://127.0.0.1:{port}@127.0.0.1:{foreign_port}/v1.0/me"),
        format!("http://user@127.0.0.1:{port}/v1.0/me"),
        format!("http://user:pass@127.0.0.1:{port}/v1.0/me"),
        format!("https://127.0.0.1:{port}/v1.0/me"),
        format!("http://localhost:{port}/v1.0/me"),
        format!("http://localhost:{foreign_port}/v1.0/me"),
        format!("http://127.0.0.1.callboard.example:{port}/v1.0/me"),
        format!("http://127.0.0.2:{port}/v1.0/me"),
        format!("http://[::1]:{port}/v1.0/me"),
        format!("http://[::ffff:127.0.0.1]:{port}/v1.0/me"),
        "http://127.0.0.1/v1.0/me".to_owned(),
        format!("//127.0.0.1:{foreign_port}/v1.0/me"),
        format!("\\\\127.0.0.1:{foreign_port}\\v1.0\\me"),
        format!("http:\\\\127.0.0.1:{foreign_port}\\v1.0\\me"),
        format!("http://127.0.0.1:{foreign_port}\\@127.0.0.1:{port}/v1.0/me"),
        format!(" http://127.0.0.1:{port}/v1.0/me"),
        format!("http://127.0.0.1:{port}/v1.0/me\r\nhost: 127.0.0.1:{foreign_port}"),
        format!("ht\ttp://127.0.0.1:{foreign_port}/v1.0/me"),
        "/v1.0/me/calendars/c/events/delta?$skiptoken=x".to_owned(),
        "?$skiptoken=x".to_owned(),
        String::new(),
        "javascript:alert(1)".to_owned(),
        "file:///etc/hostname".to_owned(),
        format!("ftp://127.0.0.1:{port}/v1.0/me"),
        "https://graph.microsoft.com.callboard.example/v1.0/me".to_owned(),
        "https://graph.microsoft.com/v1.0/me".to_owned(),
        "http://graph%2emicrosoft.com/v1.0/me".to_owned(),
        format!("http://2130706433:{foreign_port}/v1.0/me"),
        format!("http://0x7f.1:{foreign_port}/v1.0/me"),
    ]
}

#[tokio::test]
async fn foreign_links_never_get_the_bearer() {
    let (server, provider) = setup().await;
    let foreign = Server::start().await;
    let port = server.base.rsplit(':').next().unwrap();
    for link in spellings(port, &foreign.base) {
        for member in ["@odata.nextLink", "@odata.deltaLink"] {
            server.then(Reply::json(&json!({"value": [], member: link})));
            let error = first_page(&provider).await.unwrap_err();
            assert!(matches!(error, ProviderError::GiveUp { .. }), "{link:?}: {error:?}");
            assert_eq!(server.take_asked().len(), 1);
        }
        // Should such a link stand in the store, it is not followed either.
        let cursor = Cursor { mode: EVENTS_DELTA.to_owned(), token: link.clone() };
        let error = provider.changes(&token(), "c", Some(&cursor), window()).await.unwrap_err();
        assert!(matches!(error, ProviderError::CursorGone { .. }), "{link:?}: {error:?}");
        server.then(Reply::json(&json!({"value": [], "@odata.nextLink": link})));
        provider.calendars(&token()).await.unwrap_err();
        server.take_asked();
    }
    assert!(foreign.take_asked().is_empty());
    assert!(server.take_asked().is_empty());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (server, provider) = setup().await;
    let foreign = Server::start().await;
    for status in [301, 302, 303, 307, 308] {
        for target in [format!("{}/v1.0/me", foreign.base), format!("{}/v1.0/other", server.base)] {
            server.then(Reply::new(status, "").header("Location", &target));
            first_page(&provider).await.unwrap_err();
        }
    }
    assert_eq!(server.take_asked().len(), 10);
    assert!(foreign.take_asked().is_empty());
}

#[test]
fn addresses_that_would_show_the_token_are_refused() {
    for url in [
        "http://graph.microsoft.com",
        "http://10.0.0.1",
        "ftp://graph.microsoft.com",
        "https://user@graph.microsoft.com",
        "https://graph.microsoft.com?x=1",
        "https://graph.microsoft.com#x",
        "graph.microsoft.com",
        "",
    ] {
        let mut bad = options("https://login.microsoftonline.com");
        bad.graph_url = url.to_owned();
        assert!(
            matches!(OutlookProvider::new(bad), Err(OptionsError::Address { option: "graph_url", .. })),
            "{url}"
        );
        let mut bad = options("https://graph.microsoft.com");
        bad.authority_url = url.to_owned();
        assert!(
            matches!(OutlookProvider::new(bad), Err(OptionsError::Address { option: "authority_url", .. })),
            "{url}"
        );
    }
    for tenant in ["", "..", "a/b", "a?b", "common#"] {
        let mut bad = options("https://graph.microsoft.com");
        bad.tenant = tenant.to_owned();
        assert_eq!(OutlookProvider::new(bad).unwrap_err(), OptionsError::Tenant, "{tenant}");
    }
    for good in ["https://graph.microsoft.us/", "http://localhost:8080/graph", "http://[::1]:8080"] {
        OutlookProvider::new(options(good)).unwrap();
    }
}

#[tokio::test]
async fn the_version_may_stand_in_the_address() {
    let server = Server::start().await;
    for (suffix, path) in
        [("", "/v1.0/me/calendars"), ("/v1.0", "/v1.0/me/calendars"), ("/x/v1.0/", "/x/v1.0/me/calendars")]
    {
        let mut versioned = options(&server.base);
        versioned.graph_url.push_str(suffix);
        server.then(Reply::json(&json!({"value": []})));
        OutlookProvider::new(versioned).unwrap().calendars(&token()).await.unwrap();
        assert_eq!(server.take_asked()[0].path(), path);
    }
}
