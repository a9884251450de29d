//! Everything the simulator received, in a bounded ring: the ledger that tests hold against theirs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Requests that are kept.
const KEPT: usize = 100_000;
/// Bytes of a body that are kept.
const KEPT_BODY_BYTES: usize = 16 * 1024;
/// Form fields that are never kept.
const SECRET_FIELDS: [&str; 4] = ["client_secret", "refresh_token", "code", "code_verifier"];

/// One request and what it got.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Recorded {
    /// Counts all requests since the start or the last reset, from 1.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Lower-case names; the bearer is masked.
    pub(crate) headers: BTreeMap<String, String>,
    /// JSON as JSON, anything else as text, nothing as null.
    pub(crate) body: Value,
    pub(crate) body_truncated: bool,
    /// Mail address of the mailbox, when the bearer was good.
    pub(crate) user: Option<String>,
    /// The status that was sent; null when the connection was closed without one.
    pub(crate) status: Option<u16>,
    /// Name of the fault that met it.
    pub(crate) fault: Option<String>,
}

/// The ring.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    requests: VecDeque<Recorded>,
    received: u64,
}

impl Recorder {
    pub(crate) fn add(&self, mut request: Recorded) {
        let mut ring = self.lock();
        ring.received += 1;
        request.number = ring.received;
        ring.requests.push_back(request);
        if ring.requests.len() > KEPT {
            ring.requests.pop_front();
        }
    }

    /// Requests with a number above `since`, and how many of all were dropped from the ring.
    pub(crate) fn since(&self, since: u64) -> (Vec<Recorded>, u64) {
        let ring = self.lock();
        let kept = ring.requests.iter().filter(|request| request.number > since).cloned().collect();
        (kept, ring.received - u64::try_from(ring.requests.len()).unwrap_or(0))
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Ring::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body as it is kept: bounded, and without the secrets of a token request.
pub(crate) fn kept_body(body: &[u8], is_form: bool) -> (Value, bool) {
    let truncated = body.len() > KEPT_BODY_BYTES;
    if body.is_empty() {
        return (Value::Null, false);
    }
    if is_form {
        let fields = url::form_urlencoded::parse(body).map(|(name, value)| {
            let value = if SECRET_FIELDS.contains(&name.as_ref()) { "***".into() } else { value };
            (name.into_owned(), Value::String(value.into_owned()))
        });
        return (Value::Object(fields.collect()), false);
    }
    if !truncated && let Ok(json) = serde_json::from_slice(body) {
        return (json, false);
    }
    let kept = body.get(..KEPT_BODY_BYTES).unwrap_or(body);
    (Value::String(String::from_utf8_lossy(kept).into_owned()), truncated)
}
