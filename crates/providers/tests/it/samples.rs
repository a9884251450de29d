//! Every recorded answer of Graph goes through the provider: it is understood, or refused in words.

use std::collections::BTreeMap;

use providers::contract::{CalendarProvider, Cursor, ProviderError};
use providers::outlook::EVENTS_DELTA;
use serde_json::{Value, json};
use sync::remote::RemoteEntry;

use crate::contract::folder;
use crate::server::{Reply, Server};
use crate::support::{setup, token, window};

fn samples() -> Vec<(String, Value)> {
    let Some(folder) = folder() else { return Vec::new() };
    let files = std::fs::read_dir(folder.join("samples/graph")).unwrap().map(|file| file.unwrap().path());
    let mut found: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

fn cursor(server: &Server) -> Cursor {
    Cursor { mode: EVENTS_DELTA.to_owned(), token: format!("{}/v1.0/me/x?$deltatoken=x", server.base) }
}

/// A recorded body as the last or a middle page of our server. Lists that are no delta reads get a delta link.
fn as_page(body: &Value, server: &Server) -> Value {
    let moved = body.to_string().replace("https://graph.microsoft.com", &server.base);
    let mut page: Value = serde_json::from_str(&moved).unwrap();
    if page.get("@odata.nextLink").is_none() && page.get("@odata.deltaLink").is_none() && page.is_object() {
        page["@odata.deltaLink"] = json!(format!("{}/v1.0/me/x?$deltatoken=y", server.base));
    }
    page
}

/// Reads a page. Items that came without their members are looked up by id, and the same item is the answer.
async fn read_page(body: &Value) -> Result<Vec<RemoteEntry>, ProviderError> {
    let (server, provider) = setup().await;
    let page = as_page(body, &server);
    server.then(Reply::json(&page));
    let items = page["value"].as_array().cloned().unwrap_or_default();
    let mut looked_up = Vec::new();
    for item in &items {
        let complete =
            ["type", "subject", "body", "start", "end", "isAllDay"].iter().all(|m| item.get(m).is_some());
        let is_exception = item["type"] == "exception";
        let dated = item["occurrenceId"].is_string() || item["originalStart"].is_string();
        if item["id"].is_string()
            && item.get("@removed").is_none()
            && item["type"] != "occurrence"
            && !(complete && (dated || !is_exception))
        {
            server.then(Reply::json(item));
            looked_up.push(item["id"].as_str().unwrap());
        }
    }
    let page = provider.changes(&token(), "c", Some(&cursor(&server)), window()).await?;
    assert_eq!(server.take_asked().len(), 1 + looked_up.len());
    Ok(page.entries)
}

#[tokio::test]
async fn recorded_refusals_are_refusals() {
    for (name, sample) in samples() {
        let Some(status) = sample["status"].as_u64().filter(|status| *status >= 400) else { continue };
        let (server, provider) = setup().await;
        let body = if sample["body"].is_null() { String::new() } else { sample["body"].to_string() };
        let mut reply = Reply::new(u16::try_from(status).unwrap(), body);
        for (header, value) in sample["headers"].as_object().into_iter().flatten() {
            if header.eq_ignore_ascii_case("retry-after") {
                reply = reply.header(header, value.as_str().unwrap());
            }
        }
        server.then(reply);
        let error = provider.changes(&token(), "c", Some(&cursor(&server)), window()).await.unwrap_err();
        println!("{name}: {error}");
        let expected = match name.as_str() {
            n if n.contains("429") || n.contains("412") => matches!(error, ProviderError::Retry { .. }),
            n if n.contains("-410-") || n.contains("badly-formed") => {
                matches!(error, ProviderError::CursorGone { .. })
            }
            n if n.contains("-401-") => matches!(error, ProviderError::AccessTokenRefused { .. }),
            "error-404-event-not-found" => matches!(error, ProviderError::NotFound { .. }),
            "error-403-extension-service-unavailable"
            | "error-400-subscription-connection-closed"
            | "error-400-subscription-validation-timed-out" => matches!(error, ProviderError::Retry { .. }),
            _ => matches!(error, ProviderError::GiveUp { .. }),
        };
        assert!(expected, "{name}: {error:?}");
    }
}

#[tokio::test]
async fn recorded_calendars_are_read() {
    for (name, sample) in samples() {
        let is_list = name.starts_with("calendars-list");
        if !is_list && !name.starts_with("calendar-get")
            || name.contains("schedule")
            || !sample["body"].is_object()
        {
            continue;
        }
        let (server, provider) = setup().await;
        let body = if is_list { sample["body"].clone() } else { json!({"value": [sample["body"]]}) };
        let moved = body.to_string().replace("https://graph.microsoft.com", &server.base);
        server.then(Reply::new(200, moved)).then(Reply::json(&json!({"value": []})));
        let calendars = provider.calendars(&token()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(calendars.len(), body["value"].as_array().unwrap().len(), "{name}");
        println!(
            "{name}: {} calendars, {} editable",
            calendars.len(),
            calendars.iter().filter(|c| c.can_edit).count()
        );
    }
}

fn kind_of(entry: &RemoteEntry) -> String {
    match entry {
        RemoteEntry::Event(event) => {
            let kind = serde_json::to_value(&event.kind).unwrap();
            kind["kind"].as_str().unwrap().to_owned()
        }
        RemoteEntry::Occurrence { .. } => "occurrence".to_owned(),
        RemoteEntry::Removed { .. } => "removed".to_owned(),
        RemoteEntry::Unreadable { code, .. } => format!("unreadable {code}"),
    }
}

#[tokio::test]
async fn recorded_pages_are_read_twice_alike() {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for (name, sample) in samples() {
        let is_page = ["calendarview-", "events-", "event-instances", "group-calendarview"]
            .iter()
            .any(|p| name.starts_with(p));
        if !is_page || !sample["body"].is_object() {
            continue;
        }
        let once = read_page(&sample["body"]).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(once, read_page(&sample["body"]).await.unwrap(), "{name}");
        let kinds: Vec<String> = once.iter().map(kind_of).collect();
        println!("{name}: {kinds:?}");
        for kind in kinds {
            *all.entry(kind).or_default() += 1;
        }
        for entry in &once {
            if let RemoteEntry::Unreadable { id, code, reason } = entry {
                println!("  {id:?} {code}: {reason}");
                // Delta reads are understood whole; other lists were cut or asked for few members.
                assert!(!name.contains("delta"), "{name}: {reason}");
                assert!(
                    ["no_id", "no_original_date", "no_time"].contains(&code.as_str()),
                    "{name}: {reason}"
                );
            }
        }
    }
    println!("in all: {all:?}");
}

#[tokio::test]
async fn recorded_events_are_read() {
    let (mut read, mut refused) = (0, 0);
    for (name, sample) in samples() {
        let is_event =
            name.starts_with("event-") && !name.contains("instances") && !name.contains("extension");
        if !is_event || !sample["body"].is_object() {
            continue;
        }
        let (server, provider) = setup().await;
        server.then(Reply::json(&sample["body"]));
        match provider.event(&token(), "e").await {
            Ok(entry) => {
                read += 1;
                let RemoteEntry::Event(event) = entry.unwrap() else { continue };
                println!("{name}: {} {:?} {:?}", event.title, event.time, event.description);
                assert!(!event.description.contains("</"), "{name}: {}", event.description);
            }
            Err(error) => {
                refused += 1;
                println!("{name}: refused: {error}");
                let asked_for_less =
                    sample["request"]["path"].as_str().is_some_and(|path| path.contains("$select"));
                // Edited by its authors: an occurrence that names no master.
                let edited = name == "event-update-categories";
                assert!(
                    sample["cut"] == true || asked_for_less || edited,
                    "{name}: only a shortened body may be refused: {error}"
                );
            }
        }
    }
    println!("{read} read, {refused} refused");
}

/// Messages, notifications, settings and the like, sent where a page of events belongs: no panic, and no silence.
#[tokio::test]
async fn everything_else_is_refused_in_words() {
    for (name, sample) in samples() {
        // What Graph sends to us by itself stands where a request does.
        let is_notification = name.starts_with("notification");
        let body = if is_notification { &sample["request"]["body"] } else { &sample["body"] };
        if name.starts_with("event") || name.starts_with("calendarview") || body.is_null() {
            continue;
        }
        match read_page(body).await {
            Ok(entries) => {
                println!("{name}: {:?}", entries.iter().map(kind_of).collect::<Vec<_>>());
                let is_event = |entry: &RemoteEntry| matches!(entry, RemoteEntry::Event(_));
                assert!(!is_notification || !entries.iter().any(is_event), "{name}");
            }
            Err(error) => {
                println!("{name}: {error}");
                assert!(error.to_string().len() > 20);
            }
        }
    }
}
