//! The laws of delta pages: how they end, what an absence means, and which reading is chosen.

use providers::contract::{CalendarProvider, Cursor, Next, ProviderError};
use providers::outlook::{CALENDAR_VIEW_DELTA, EVENTS_DELTA};
use serde_json::{Value, json};
use sync::remote::{RemoteEntry, RemoteKind, RemoteRecurrence};

use crate::server::{Reply, Server};
use crate::support::{event, first_page, graph_event, graph_master, last_page, setup, token, window};

fn link(server: &Server, rest: &str) -> String {
    format!("{}/v1.0/me/calendars/calendar-1/{rest}", server.base)
}

#[tokio::test]
async fn a_page_must_say_exactly_one_way_to_go_on() {
    let (server, provider) = setup().await;
    let url = link(&server, "events/delta?$skiptoken=x");
    for body in [
        json!({"value": []}),
        json!({"value": [], "@odata.nextLink": url, "@odata.deltaLink": url}),
        json!({"value": [], "@odata.nextLink": null}),
        json!({"value": [], "@odata.nextLink": 7}),
        json!({"@odata.deltaLink": url}),
        json!({"value": null, "@odata.deltaLink": url}),
        json!({"value": {}, "@odata.deltaLink": url}),
        json!({"error": {"code": "generalException", "message": "in a 200"}}),
        json!([]),
        json!("text"),
        json!(null),
    ] {
        server.then(Reply::json(&body));
        let error = first_page(&provider).await.unwrap_err();
        assert!(matches!(error, ProviderError::Retry { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_page_that_leads_to_itself_is_an_error() {
    let (server, provider) = setup().await;
    let cursor = Cursor { mode: EVENTS_DELTA.to_owned(), token: link(&server, "events/delta?$skiptoken=x") };
    server.then(Reply::json(&json!({"value": [], "@odata.nextLink": cursor.token})));
    provider.changes(&token(), "calendar-1", Some(&cursor), window()).await.unwrap_err();
    // A delta link may well be the same again when nothing has changed.
    server.then(Reply::json(&json!({"value": [], "@odata.deltaLink": cursor.token})));
    let page = provider.changes(&token(), "calendar-1", Some(&cursor), window()).await.unwrap();
    assert_eq!(page.next, Next::Done(cursor));
}

#[tokio::test]
async fn the_other_reading_is_taken_only_when_the_first_is_not_offered() {
    let cases = [
        (400, "BadRequest", "The request is invalid.", true),
        (400, "BadRequest", "This API is not supported for MSA accounts.", true),
        (400, "UnknownError", "", true),
        (400, "RequestBroker--ParseUri", "Resource not found for the segment 'delta'.", true),
        (404, "ResourceNotFound", "Resource not found for the segment 'delta'.", true),
        (404, "UnknownError", "", true),
        (405, "Request_BadRequest", "", true),
        (501, "NotImplemented", "", true),
        (400, "BadRequest", "Badly formed token.", false),
        (400, "SyncStateNotFound", "", false),
        (400, "ErrorInvalidIdMalformed", "Id is malformed.", false),
        (400, "InvalidRequest", "The underlying connection was closed: …", false),
        (401, "InvalidAuthenticationToken", "", false),
        (403, "ErrorAccessDenied", "", false),
        (404, "ErrorItemNotFound", "", false),
        (404, "ErrorInvalidUser", "", false),
        (404, "ResourceNotFound", "Resource could not be discovered.", false),
        (410, "SyncStateNotFound", "", false),
        (429, "ApplicationThrottled", "", false),
        (500, "UnknownError", "", false),
        (503, "UnknownError", "", false),
    ];
    for (status, code, message, falls_back) in cases {
        let (server, provider) = setup().await;
        server.then(Reply::refusal(status, code, message)).then(Reply::json(&last_page(&server, &[])));
        let answer = first_page(&provider).await;
        assert_eq!(answer.is_ok(), falls_back, "{status} {code} {message}: {answer:?}");
        assert!(
            !matches!(answer, Err(ProviderError::CursorGone { .. })),
            "no cursor was sent: {status} {code}"
        );
        if let Ok(page) = answer {
            let Next::Done(cursor) = page.next else { panic!() };
            assert_eq!(cursor.mode, CALENDAR_VIEW_DELTA);
        }
    }
}

#[tokio::test]
async fn a_refused_cursor_never_changes_the_reading() {
    for (status, code, message) in
        [(400, "BadRequest", ""), (404, "UnknownError", ""), (501, "NotImplemented", "")]
    {
        let (server, provider) = setup().await;
        let cursor =
            Cursor { mode: EVENTS_DELTA.to_owned(), token: link(&server, "events/delta?$deltatoken=x") };
        server.then(Reply::refusal(status, code, message));
        provider.changes(&token(), "calendar-1", Some(&cursor), window()).await.unwrap_err();
        assert_eq!(server.take_asked().len(), 1);
    }
}

#[tokio::test]
async fn a_view_is_never_longer_than_graph_allows() {
    let (server, provider) = setup().await;
    let mut wide = window();
    wide.until = "2050-01-01T00:00:00Z".parse().unwrap();
    server.then(Reply::refusal(501, "NotImplemented", "")).then(Reply::json(&last_page(&server, &[])));
    provider.changes(&token(), "calendar-1", None, wide).await.unwrap();
    let asked = server.take_asked();
    assert!(asked[1].target.contains("endDateTime=2030-12-31T00%3A00%3A00Z"), "{}", asked[1].target);
}

#[tokio::test]
async fn items_without_their_members_are_read_one_by_one() {
    let (server, provider) = setup().await;
    let bare = |id: &str| {
        json!({"id": id, "type": "singleInstance",
        "start": {"DateTime": "2026-11-24T08:00:00.0000000", "TimeZone": "UTC"},
        "end": {"DateTime": "2026-11-24T09:00:00.0000000", "TimeZone": "UTC"}})
    };
    server
        .then(Reply::json(&last_page(
            &server,
            &[bare("event-1"), bare("gone"), bare("odd"), graph_event(json!({}))],
        )))
        .then(Reply::json(&graph_event(json!({"subject": "Read by id"}))))
        .then(Reply::refusal(404, "ErrorItemNotFound", ""))
        .then(Reply::json(&json!({"id": "odd", "type": "singleInstance"})));
    let entries = first_page(&provider).await.unwrap().entries;
    match entries.as_slice() {
        [
            RemoteEntry::Event(event),
            RemoteEntry::Removed { id },
            RemoteEntry::Unreadable { id: odd, code, .. },
            RemoteEntry::Event(_),
        ] => {
            assert_eq!(
                (event.title.as_str(), id.as_str(), odd.as_deref()),
                ("Read by id", "gone", Some("odd"))
            );
            assert_eq!(code, "no_time");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(server.take_asked().len(), 4);
    // When reading one by one fails, the page fails with it and is read again.
    server.then(Reply::json(&last_page(&server, &[bare("event-1")]))).then(Reply::refusal(503, "busy", ""));
    first_page(&provider).await.unwrap_err();
}

#[tokio::test]
async fn one_item_read_any_way_is_one_event() {
    let wrap = |text: &str| {
        json!({"contentType": "html", "content": format!(
        "<html><head><style>p {{}}</style></head>\r\n<body><div class=\"PlainText\">{text}</div></body></html>\r\n")})
    };
    for (as_text, as_html) in
        [("", "&nbsp;"), ("One\r\ntwo\r\n", "One<br>\r\ntwo"), ("a  b\u{a0}", "a&nbsp; b")]
    {
        let item = |body: Value, zone: &str| {
            graph_master(json!({"body": body, "start":
            {"dateTime": if zone == "UTC" { "2026-11-24T08:00:00.0000000" } else { "2026-11-24T09:00:00.0000000" }, "timeZone": zone}}))
        };
        let one = event(item(json!({"contentType": "text", "content": as_text}), "UTC")).await;
        let two = event(item(wrap(as_html), "W. Europe Standard Time")).await;
        assert_eq!(one, two, "{as_text:?}");
    }
}

#[tokio::test]
async fn an_event_by_id_brings_its_cancelled_dates() {
    let (server, provider) = setup().await;
    let cases = [
        (
            json!(["OID.master-1.2026-12-08", "OID.master-1.2026-12-01", "OID.master-1.2026-12-08"]),
            Some(vec!["2026-12-01", "2026-12-08"]),
        ),
        (json!([]), Some(vec![])),
        (json!(null), Some(vec![])),
        (json!(["OID.master-1.2026-12-01", "something else"]), None),
    ];
    for (marks, expected) in cases {
        server.then(Reply::json(&graph_master(json!({"cancelledOccurrences": marks}))));
        let recurrence = recurrence(provider.event(&token(), "master-1").await.unwrap());
        let dates =
            recurrence.cancelled.map(|dates| dates.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(dates, expected.map(|dates| dates.into_iter().map(str::to_owned).collect()), "{marks}");
    }
    server.then(Reply::json(&graph_master(json!({}))));
    let recurrence = recurrence(provider.event(&token(), "master-1").await.unwrap());
    assert_eq!(recurrence.cancelled, None, "not sent is not known");
}

fn recurrence(entry: Option<RemoteEntry>) -> RemoteRecurrence {
    let Some(RemoteEntry::Event(master)) = entry else { panic!("{entry:?}") };
    let RemoteKind::Master { recurrence } = master.kind else { panic!("{master:?}") };
    recurrence
}

#[tokio::test]
async fn an_exception_that_was_reset_is_a_plain_occurrence_by_its_id() {
    let (server, provider) = setup().await;
    let mut occurrence = graph_event(json!({"id": "x", "type": "occurrence", "seriesMasterId": "master-1"}));
    server.then(Reply::json(&occurrence));
    let start = "2026-11-24T08:00:00Z".parse().unwrap();
    let expected =
        RemoteEntry::Occurrence { id: "x".to_owned(), series_master_id: "master-1".to_owned(), start };
    assert_eq!(provider.event(&token(), "x").await, Ok(Some(expected)));
    occurrence["type"] = json!("exception");
    occurrence["originalStart"] = json!("2026-11-24T08:00:00Z");
    server.then(Reply::json(&occurrence));
    assert!(matches!(provider.event(&token(), "x").await, Ok(Some(RemoteEntry::Event(_)))));
}

#[tokio::test]
async fn an_event_is_asked_for_its_calendar() {
    let (server, provider) = setup().await;
    server.then(Reply::json(&json!({"@odata.context": "…", "id": "calendar-2"})));
    assert_eq!(provider.calendar_of(&token(), "e").await, Ok(Some("calendar-2".to_owned())));
    assert_eq!(server.take_asked()[0].target, "/v1.0/me/events/e/calendar?%24select=id");
    server.then(Reply::refusal(404, "ErrorItemNotFound", ""));
    assert_eq!(provider.calendar_of(&token(), "e").await, Ok(None));
    for reply in [
        Reply::json(&json!({})),
        Reply::refusal(404, "ErrorFolderNotFound", ""),
        Reply::refusal(403, "ErrorAccessDenied", ""),
    ] {
        server.then(reply.clone());
        assert!(provider.calendar_of(&token(), "e").await.is_err(), "{reply:?}");
    }
}

#[tokio::test]
async fn an_item_that_may_not_be_read_does_not_hold_up_its_page() {
    let (server, provider) = setup().await;
    let skeleton = json!({"@odata.etag": "W/\"x\"", "id": "secret", "type": "singleInstance"});
    server.then(Reply::json(&last_page(&server, &[skeleton.clone(), graph_event(json!({}))])));
    server.then(Reply::refusal(403, "ErrorAccessDenied", "Access is denied."));
    let page = first_page(&provider).await.unwrap();
    assert!(
        matches!(&page.entries[..], [RemoteEntry::Unreadable { id: Some(id), .. }, RemoteEntry::Event(_)] if id == "secret"),
        "{page:?}"
    );
    // What is worth trying again fails the page, which is then read again.
    server.then(Reply::json(&last_page(&server, &[skeleton])));
    server.then(Reply::refusal(503, "ServiceUnavailable", ""));
    assert!(matches!(first_page(&provider).await, Err(ProviderError::Retry { .. })));
}

#[tokio::test]
async fn only_graphs_word_that_the_item_is_not_there_means_gone() {
    let (server, provider) = setup().await;
    server.then(Reply::refusal(404, "ErrorItemNotFound", "The specified object was not found in the store."));
    assert_eq!(provider.event(&token(), "e").await, Ok(None));
    for reply in [
        Reply::refusal(404, "ErrorInvalidUser", ""),
        Reply::refusal(404, "ResourceNotFound", "Resource could not be discovered."),
        Reply::refusal(404, "MailboxNotEnabledForRESTAPI", ""),
        Reply::refusal(404, "ErrorFolderNotFound", ""),
        Reply::refusal(404, "UnknownError", ""),
        Reply::refusal(410, "SyncStateNotFound", ""),
        Reply::refusal(400, "ErrorInvalidIdMalformed", "Id is malformed."),
        Reply::new(404, "<html>not here</html>"),
        Reply::new(404, ""),
        Reply::new(200, "{}"),
        Reply::new(200, "[]"),
        Reply::new(204, ""),
    ] {
        server.then(reply.clone());
        assert!(provider.event(&token(), "e").await.is_err(), "{reply:?}");
    }
    for id in ["", ".", ".."] {
        assert!(matches!(provider.event(&token(), id).await, Err(ProviderError::GiveUp { .. })), "{id:?}");
    }
}
