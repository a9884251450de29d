//! What the tests share: a provider on a scripted server, and small payloads of our own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use providers::contract::{CalendarProvider, ChangePage, ProviderError, ReadWindow};
use providers::outlook::OutlookProvider;
use providers::outlook::config::{Limits, OutlookOptions};
use secrecy::SecretString;
use serde_json::{Value, json};
use sync::remote::{RemoteEntry, RemoteEvent};

use crate::server::{Reply, Server};

/// The bearer of all tests.
pub(crate) const TOKEN: &str = "eyJ-a-bearer-that-nobody-else-may-see";

pub(crate) fn token() -> SecretString {
    SecretString::from(TOKEN)
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn window() -> ReadWindow {
    ReadWindow {
        from: "2026-01-01T00:00:00Z".parse().unwrap(),
        until: "2028-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn options(base: &str) -> OutlookOptions {
    let count = AtomicU32::new(0);
    OutlookOptions {
        client_id: "11111111-2222-3333-4444-555555555555".to_owned(),
        client_secret: Some(SecretString::from("the-client-secret")),
        tenant: "common".to_owned(),
        authority_url: base.to_owned(),
        graph_url: base.to_owned(),
        may_write: false,
        clock: Arc::new(now),
        request_ids: Arc::new(move || format!("request-{}", count.fetch_add(1, Ordering::Relaxed))),
        limits: Limits {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(10),
            ..Limits::default()
        },
    }
}

/// A fresh server and a provider that knows no other.
pub(crate) async fn setup() -> (Server, OutlookProvider) {
    let server = Server::start().await;
    let provider = OutlookProvider::new(options(&server.base)).unwrap();
    (server, provider)
}

/// Asks for the first page of a calendar's changes.
pub(crate) async fn first_page(provider: &OutlookProvider) -> Result<ChangePage, ProviderError> {
    provider.changes(&token(), "calendar-1", None, window()).await
}

/// A page with a delta link on the server.
pub(crate) fn last_page(server: &Server, items: &[Value]) -> Value {
    json!({"value": items, "@odata.deltaLink": format!("{}/v1.0/me/calendars/calendar-1/events/delta?$deltatoken=d1", server.base)})
}

/// The entries of a page that holds these items.
pub(crate) async fn entries(items: &[Value]) -> Vec<RemoteEntry> {
    let (server, provider) = setup().await;
    server.then(Reply::json(&last_page(&server, items)));
    first_page(&provider).await.unwrap().entries
}

/// The event of a page that holds one.
pub(crate) async fn event(item: Value) -> RemoteEvent {
    match entries(&[item]).await.as_slice() {
        [RemoteEntry::Event(event)] => (**event).clone(),
        other => panic!("one event was expected, got {other:?}"),
    }
}

/// A complete single event, with some members set over it.
pub(crate) fn graph_event(over: Value) -> Value {
    let mut event = json!({
        "@odata.etag": "W/\"k1\"", "id": "event-1", "type": "singleInstance", "subject": "Site visit",
        "body": {"contentType": "text", "content": ""},
        "start": {"dateTime": "2026-11-24T08:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"},
        "isAllDay": false, "originalStartTimeZone": "W. Europe Standard Time",
        "location": {"displayName": "Hall 2"}, "categories": [], "attendees": [],
        "organizer": {"emailAddress": {"name": "Ana", "address": "ana@callboard.example"}},
        "showAs": "busy", "sensitivity": "normal", "isCancelled": false, "recurrence": null,
        "lastModifiedDateTime": "2026-11-20T10:00:00.1234567Z",
    });
    for (name, value) in over.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

/// A weekly series on Tuesdays, nine o'clock in Berlin.
pub(crate) fn graph_master(over: Value) -> Value {
    let mut master = graph_event(json!({
        "id": "master-1", "type": "seriesMaster",
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": ["tuesday"],
                        "firstDayOfWeek": "sunday", "index": "first"},
            "range": {"type": "noEnd", "startDate": "2026-11-24", "endDate": "0001-01-01",
                      "recurrenceTimeZone": "W. Europe Standard Time", "numberOfOccurrences": 0},
        },
    }));
    for (name, value) in over.as_object().unwrap() {
        master[name] = value.clone();
    }
    master
}
