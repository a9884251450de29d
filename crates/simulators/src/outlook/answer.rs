//! An answer before it becomes bytes, so that faults can still change it.

use serde_json::{Value, json};

use crate::world::Refusal;

/// Status, headers and content.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content: Content,
}

/// What an answer carries.
#[derive(Debug)]
pub(super) enum Content {
    Empty,
    Json(Value),
    Html(String),
}

impl Answer {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Json(body) }
    }

    pub(super) fn html(status: u16, page: String) -> Self {
        Self { status, headers: Vec::new(), content: Content::Html(page) }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), content: Content::Empty }
    }

    pub(super) fn redirect(location: String) -> Self {
        Self::empty(302).with("location", location)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Bytes and content type.
    pub(super) fn bytes(&self) -> (Vec<u8>, Option<&'static str>) {
        match &self.content {
            Content::Empty => (Vec::new(), None),
            Content::Json(body) => (body.to_string().into_bytes(), Some("application/json")),
            Content::Html(page) => (page.clone().into_bytes(), Some("text/html; charset=utf-8")),
        }
    }
}

/// What stands in the inner error of Graph's envelope.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    /// `2026-11-23T09:00:00`, in UTC.
    pub(super) date: String,
    pub(super) request_id: String,
    pub(super) client_request_id: String,
}

/// A refusal in Graph's envelope.
pub(super) fn graph_error(refusal: &Refusal, trace: &Trace) -> Answer {
    let body = json!({"error": {
        "code": refusal.code,
        "message": refusal.message,
        "innerError": {
            "date": trace.date,
            "request-id": trace.request_id,
            "client-request-id": trace.client_request_id,
        },
    }});
    Answer::json(refusal.status, body)
}
