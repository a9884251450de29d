//! The way of one request: read, meet its fault, be answered, be recorded, become bytes.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::answer::{Answer, Content, Trace, graph_error};
use super::graph::{self, Asked};
use super::harm::{ordered, portal_page, spoil, wait};
use super::oauth;
use super::query::Query;
use crate::faults::FaultKind;
use crate::recorder::{Recorded, kept_body};
use crate::server::Connection;
use crate::shared::Shared;
use crate::world::Refusal;

/// Everything that is not `/_sim/`.
pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let now = shared.world.now();
    let trace = trace(&shared, &parts.headers, now);
    let body = to_bytes(body, shared.options.body_limit_bytes).await;
    let asked = Asked {
        method: parts.method.as_str().to_owned(),
        path,
        query: Query::parse(&raw_query),
        headers: parts.headers,
        body: body.as_ref().cloned().unwrap_or_default(),
        now,
        repeat_page: false,
        halve_page: false,
    };
    let fault = shared.faults.take(&asked.method, &asked.path, has_token(&asked.query));
    let (answer, user) = match body {
        Ok(_) => meet(&shared, asked.clone(), fault.as_ref(), &trace).await,
        Err(_) => (too_large(&shared, &trace), None),
    };
    let lost = matches!(fault, Some(FaultKind::LostAnswer | FaultKind::LostRequest));
    record(&shared, &asked, raw_query, user, (!lost).then_some(answer.status), fault.as_ref());
    if lost {
        connection.cut();
    }
    into_response(answer, fault.as_ref(), &trace)
}

/// Lets the fault act before and after the work.
async fn meet(
    shared: &Arc<Shared>,
    mut asked: Asked,
    fault: Option<&FaultKind>,
    trace: &Trace,
) -> (Answer, Option<String>) {
    match fault {
        Some(FaultKind::Status { after_commit: false, .. }) => return (ordered(fault, trace), None),
        Some(FaultKind::Html200) => return (Answer::html(200, portal_page()), None),
        Some(FaultKind::LostRequest) => return (Answer::empty(200), None),
        Some(FaultKind::RepeatPage) => asked.repeat_page = true,
        Some(FaultKind::ShortPage) => asked.halve_page = true,
        _ => {}
    }
    let is_graph = asked.path.starts_with("/v1.0/") || asked.path == "/v1.0";
    let (mut answer, user) = if is_graph {
        let (person, running) = match graph::admit(shared, &asked) {
            Ok(admitted) => admitted,
            Err(refused) => return (refused.answer(trace), refused.user),
        };
        if fault == Some(&FaultKind::ExpireCursor) {
            let _ = shared.world.expire_cursors(&person.mail);
        }
        let answer = graph::answer(shared, &person, &asked);
        // The place in the mailbox is held until the answer may leave: a slow answer fills it.
        wait(fault).await;
        drop(running);
        (answer.unwrap_or_else(|refusal| lost_state(shared, &asked, &refusal, trace)), Some(person.mail))
    } else {
        let answer = oauth::answer(shared, &asked);
        wait(fault).await;
        (answer, None)
    };
    if let Some(FaultKind::Status { after_commit: true, .. }) = fault {
        answer = ordered(fault, trace);
    }
    if let (Some(fault), Content::Json(body)) = (fault, &mut answer.content) {
        spoil(fault, body);
    }
    (answer, user)
}

/// A lost change-tracking state may come with a `Location` whose token is empty.
fn lost_state(shared: &Shared, asked: &Asked, refusal: &Refusal, trace: &Trace) -> Answer {
    let answer = graph_error(refusal, trace);
    let with_location =
        shared.world.switches().sync_state_lost == crate::world::SyncStateLost::GoneWithLocation;
    if refusal.status == 410 && with_location {
        return answer.with("location", format!("{}{}?$deltatoken=", shared.base_url, asked.path));
    }
    answer
}

fn into_response(answer: Answer, fault: Option<&FaultKind>, trace: &Trace) -> Response {
    let (bytes, content_type) = answer.bytes();
    let length = bytes.len();
    let mut response = match fault {
        // The length of the whole is announced, so that the reader can tell that something is missing.
        Some(FaultKind::CutBody { cut_body_at }) if *cut_body_at < length => {
            let head = Bytes::copy_from_slice(bytes.get(..*cut_body_at).unwrap_or_default());
            let cut = Err(io::Error::from(io::ErrorKind::ConnectionReset));
            let mut response = Response::new(Body::from_stream(stream::iter([Ok(head), cut])));
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            response
        }
        _ => Response::new(Body::from(bytes)),
    };
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    };
    if let Some(content_type) = content_type {
        set("content-type", content_type);
    }
    set("cache-control", "private");
    set("request-id", &trace.request_id);
    set("client-request-id", &trace.client_request_id);
    for (name, value) in &answer.headers {
        set(name, value);
    }
    response
}

fn record(
    shared: &Shared,
    asked: &Asked,
    query: String,
    user: Option<String>,
    status: Option<u16>,
    fault: Option<&FaultKind>,
) {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: BTreeMap<String, String> =
        asked.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    if let Some(secret) = headers.get_mut("authorization") {
        *secret = format!("{} ***", secret.split(' ').next().unwrap_or_default());
    }
    let is_form =
        headers.get("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let (body, body_truncated) = kept_body(&asked.body, is_form);
    let name = |fault: &FaultKind| {
        let json = serde_json::to_value(fault).unwrap_or_default();
        json.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    shared.recorder.add(Recorded {
        number: 0,
        at: asked.now,
        method: asked.method.clone(),
        path: asked.path.clone(),
        query,
        headers,
        body,
        body_truncated,
        user,
        status,
        fault: fault.map(name),
    });
}

fn trace(shared: &Shared, headers: &HeaderMap, now: Timestamp) -> Trace {
    let request_id = shared.request_id();
    let sent = headers.get("client-request-id").and_then(|value| value.to_str().ok());
    Trace {
        date: now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        client_request_id: sent.unwrap_or(&request_id).to_owned(),
        request_id,
    }
}

fn has_token(query: &Query) -> bool {
    query.get("$deltatoken").is_some() || query.get("$skiptoken").is_some()
}

fn too_large(shared: &Shared, trace: &Trace) -> Answer {
    let limit = shared.options.body_limit_bytes;
    let message = format!("The request body is larger than {limit} bytes, or was cut short.");
    graph_error(&Refusal::new(413, "RequestEntityTooLarge", message), trace)
}
