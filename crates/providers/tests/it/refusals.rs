//! Status and body of a refusal, and what it makes the caller do.

use providers::contract::{CalendarProvider, Cursor, ProviderError};
use providers::outlook::EVENTS_DELTA;

use crate::server::Reply;
use crate::support::{setup, token, window};

#[derive(Debug, PartialEq)]
enum Then {
    Retry(Option<u64>),
    Refresh,
    Reconnect,
    CursorGone,
    NotFound,
    GiveUp,
}

fn then(error: &ProviderError) -> Then {
    match error {
        ProviderError::Retry { after_ms, .. } => Then::Retry(*after_ms),
        ProviderError::AccessTokenRefused { .. } => Then::Refresh,
        ProviderError::Reconnect { .. } => Then::Reconnect,
        ProviderError::CursorGone { .. } => Then::CursorGone,
        ProviderError::NotFound { .. } => Then::NotFound,
        ProviderError::GiveUp { .. } => Then::GiveUp,
    }
}

fn table() -> Vec<(Reply, Then)> {
    let refusal = Reply::refusal;
    let claims = "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"";
    let moving = "Operation: Read; Exception: [Status Code: ServiceUnavailable; Reason: is currently on backend 'Unknown']";
    vec![
        // Wait, with and without being told how long.
        (refusal(429, "ApplicationThrottled", "").header("Retry-After", "7"), Then::Retry(Some(7_000))),
        (refusal(429, "TooManyRequests", ""), Then::Retry(None)),
        (
            refusal(503, "serviceNotAvailable", "").header("Retry-After", "Mon, 23 Nov 2026 09:00:09 GMT"),
            Then::Retry(Some(9_000)),
        ),
        (refusal(503, "MailboxConcurrency", "").header("Retry-After", "2"), Then::Retry(Some(2_000))),
        (refusal(504, "", ""), Then::Retry(None)),
        (refusal(500, "generalException", ""), Then::Retry(None)),
        (Reply::new(502, "<html>bad gateway</html>"), Then::Retry(None)),
        (Reply::new(503, ""), Then::Retry(None)),
        (refusal(409, "ErrorIrresolvableConflict", ""), Then::Retry(None)),
        (
            refusal(412, "ErrorIrresolvableConflict", "the change key passed in the request does not match"),
            Then::Retry(None),
        ),
        (refusal(403, "ExtensionError", moving), Then::Retry(None)),
        (refusal(400, "InvalidRequest", "The underlying connection was closed: …"), Then::Retry(None)),
        (Reply::new(302, "").header("Location", "https://portal.example/login"), Then::Retry(None)),
        (Reply::new(404, "<html>no such page</html>"), Then::Retry(None)),
        // The token.
        (refusal(401, "InvalidAuthenticationToken", "Access token is empty."), Then::Refresh),
        (refusal(401, "UnknownError", ""), Then::Refresh),
        (Reply::new(401, ""), Then::Refresh),
        (refusal(401, "InvalidAuthenticationToken", "").header("WWW-Authenticate", claims), Then::Reconnect),
        (
            refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
            Then::Reconnect,
        ),
        // The cursor.
        (refusal(410, "SyncStateNotFound", "The sync state generation is not found"), Then::CursorGone),
        (Reply::new(410, "").header("Location", "https://graph.microsoft.com/v1.0/me/x"), Then::CursorGone),
        (refusal(400, "syncStateNotFound", ""), Then::CursorGone),
        (refusal(404, "syncStateNotFound", ""), Then::CursorGone),
        (refusal(400, "resyncRequired", ""), Then::CursorGone),
        (refusal(400, "ErrorInvalidSyncStateData", ""), Then::CursorGone),
        (refusal(400, "BadRequest", "Badly formed token."), Then::CursorGone),
        // Not there, or no use.
        (refusal(404, "ErrorItemNotFound", ""), Then::NotFound),
        (refusal(404, "ErrorInvalidUser", ""), Then::GiveUp),
        (refusal(404, "ResourceNotFound", "Resource could not be discovered."), Then::GiveUp),
        (refusal(403, "ErrorAccessDenied", "Access is denied."), Then::GiveUp),
        (refusal(400, "ErrorInvalidIdMalformed", "Id is malformed."), Then::GiveUp),
        (
            refusal(400, "ErrorPropertyValidationFailure", "At least one property failed validation."),
            Then::GiveUp,
        ),
        (refusal(400, "ExtensionError", "[Status Code: BadRequest; Reason: is invalid.]"), Then::GiveUp),
        (Reply::new(400, "null"), Then::GiveUp),
        (Reply::new(400, "{\"error\": \"a text\"}"), Then::GiveUp),
        (refusal(501, "NotImplemented", ""), Then::GiveUp),
        // A success that is none.
        (Reply::new(200, "<!DOCTYPE html><html>sign in to the hotel</html>"), Then::Retry(None)),
        (Reply::new(200, ""), Then::Retry(None)),
        (Reply::new(200, "  \r\n"), Then::Retry(None)),
        (Reply::new(200, "{\"value\": [{\"id\":"), Then::Retry(None)),
        (Reply::new(200, "{\"value\": [").cut(), Then::Retry(None)),
        (Reply::new(200, b"\xff\xfe\x00".to_vec()), Then::Retry(None)),
        (Reply::new(503, "{\"err").cut(), Then::Retry(None)),
    ]
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    let (server, provider) = setup().await;
    let token_link = format!("{}/v1.0/me/calendars/c/events/delta?$deltatoken=x", server.base);
    let cursor = Cursor { mode: EVENTS_DELTA.to_owned(), token: token_link };
    for (reply, expected) in table() {
        server.then(reply.clone());
        let error = provider.changes(&token(), "c", Some(&cursor), window()).await.unwrap_err();
        assert_eq!(then(&error), expected, "{reply:?} gave {error:?}");
        let words = error.to_string();
        assert!(words.starts_with("reading changes of a calendar"), "{words}");
        assert!(!words.contains("deltatoken"), "{words}");
        assert_eq!(server.take_asked().len(), 1, "nothing is asked twice by itself");
    }
}

#[tokio::test]
async fn a_cursor_of_an_unknown_kind_or_place_is_gone_without_a_request() {
    let (server, provider) = setup().await;
    for (mode, token_link) in [
        ("some_other_mode", format!("{}/v1.0/me/x", server.base)),
        (EVENTS_DELTA, "http://127.0.0.1:1/v1.0/me/x".to_owned()),
        (EVENTS_DELTA, "not a link".to_owned()),
    ] {
        let cursor = Cursor { mode: mode.to_owned(), token: token_link };
        let error = provider.changes(&token(), "c", Some(&cursor), window()).await.unwrap_err();
        assert_eq!(then(&error), Then::CursorGone);
    }
    assert!(server.take_asked().is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_worth_another_try() {
    let (server, provider) = setup().await;
    drop(server);
    // A port that nobody listens on: bound once, then let go.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let options = crate::support::options(&format!("http://{}", listener.local_addr().unwrap()));
    drop((listener, provider));
    let provider = providers::outlook::OutlookProvider::new(options).unwrap();
    match provider.calendars(&token()).await.unwrap_err() {
        ProviderError::Retry { code, .. } => assert_eq!(code, "unreachable"),
        other => panic!("{other:?}"),
    }
}
