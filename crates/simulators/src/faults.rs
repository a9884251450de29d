//! Faults that a test or a developer orders: which requests they meet, how often, and what happens.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// An ordered fault. JSON of `POST /_sim/faults`; the members of [`FaultKind`] stand beside these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Which requests. Without a slash: any path segment equals it, so `delta` meets both
    /// functions and all their spellings, `token` the token endpoint. With a slash: the path
    /// behind `/v1.0/` begins with it; `*` stands for one segment: `me/events/*/instances`.
    pub route: String,
    /// Only this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// How many requests it meets; 0 means all, until it is taken back.
    #[serde(default = "one")]
    pub count: u32,
    /// How many matching requests pass first.
    #[serde(default)]
    pub after: u32,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What happens to a request. JSON: `"kind": "status", "status": 503`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// Answers an error in Graph's envelope.
    Status {
        /// HTTP status.
        status: u16,
        /// Graph's code; one that fits the status when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Graph's message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Seconds of a `Retry-After` header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
        /// Lets the request do its work first: "409 although it was stored".
        #[serde(default)]
        after_commit: bool,
    },
    /// Answers this much later, in real milliseconds (at most 60,000).
    #[serde(alias = "delay_ms")]
    Delay {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// Sends this many bytes of the body and closes the connection.
    #[serde(alias = "cut_body_at")]
    CutBody {
        /// Bytes that arrive.
        cut_body_at: usize,
    },
    /// Closes the connection without doing anything.
    LostRequest,
    /// Does the work and closes the connection without an answer.
    LostAnswer,
    /// 200 with an empty list; a round of change tracking is thereby over.
    #[serde(rename = "empty_200")]
    Empty200,
    /// 200 with a page of HTML, as a captive portal answers.
    #[serde(rename = "html_200")]
    Html200,
    /// A page of change tracking that links to itself under a fresh token.
    RepeatPage,
    /// The mailbox has forgotten all change tracking; meets only requests that carry a token.
    ExpireCursor,
    /// A page of half the size; nothing is lost.
    ShortPage,
    /// Half of the items are missing and no link leads to them: success, and data lost.
    DropItems,
    /// Every item of the page stands in it twice.
    DuplicateItems,
    /// The page ends without any link.
    NoCursor,
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The fault that meets this request, if any; it is used up by that. The first that fits wins.
    pub(crate) fn take(&self, method: &str, path: &str, has_token: bool) -> Option<FaultKind> {
        let mut list = self.lock();
        let fits = |fault: &Fault| {
            let method_fits = fault.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
            method_fits
                && route_fits(&fault.route, path)
                && (has_token || fault.kind != FaultKind::ExpireCursor)
        };
        for index in 0..list.len() {
            let Some(fault) = list.get_mut(index).filter(|fault| fits(fault)) else { continue };
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            let kind = fault.kind.clone();
            match fault.count {
                0 => {}
                1 => {
                    list.remove(index);
                }
                _ => fault.count -= 1,
            }
            return Some(kind);
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn one() -> u32 {
    1
}

fn route_fits(route: &str, path: &str) -> bool {
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix("v1.0/").unwrap_or(path);
    let segment_fits = |wanted: &str, segment: &str| wanted == "*" || wanted.eq_ignore_ascii_case(segment);
    if !route.contains('/') {
        let route = segments(route).next().unwrap_or_default();
        return segments(path).any(|segment| segment_fits(route, segment));
    }
    let mut given = segments(path);
    let route = route.trim_matches('/');
    let mut wanted = segments(route.strip_prefix("v1.0/").unwrap_or(route));
    wanted.all(|wanted| given.next().is_some_and(|segment| segment_fits(wanted, segment)))
}

/// The segments of a path in one spelling: `calendars('id')` is `calendars` and `id`, as links of change tracking have
/// it, `microsoft.graph.delta()` is `delta`.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').flat_map(|segment| {
        let (name, key) = segment.split_once('(').unwrap_or((segment, ""));
        let key = key.trim_end_matches(')').trim_matches('\'');
        [Some(name.strip_prefix("microsoft.graph.").unwrap_or(name)), Some(key).filter(|key| !key.is_empty())]
            .into_iter()
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        let cases = [
            ("delta", "/v1.0/me/calendars/x/calendarView/microsoft.graph.delta()", true),
            ("delta", "/v1.0/me/calendars('x')/events/delta", true),
            ("delta", "/v1.0/me/events/deltax", false),
            ("token", "/common/oauth2/v2.0/token", true),
            ("me/events", "/v1.0/me/events/abc", true),
            ("me/events", "/v1.0/me/calendars/x/events", false),
            ("me/calendars/*/events", "/v1.0/me/calendars/x/events", true),
            ("me/calendars/x", "/v1.0/me/calendars('x')/events/delta", true),
            ("me/calendars/x", "/v1.0/me/calendars('y')/events/delta", false),
            ("me/calendars('x')/events", "/v1.0/me/calendars/x/events/microsoft.graph.delta()", true),
            ("/v1.0/me/events/*/instances", "/v1.0/me/events/abc/instances", true),
            ("me/events/*/instances", "/v1.0/me/events/abc", false),
            ("*", "/v1.0/me", true),
        ];
        for (route, path, fits) in cases {
            assert_eq!(route_fits(route, path), fits, "{route} {path}");
        }
    }

    #[test]
    fn after_and_count() {
        let faults = Faults::default();
        let json = r#"{"route": "delta", "after": 1, "count": 2, "kind": "status", "status": 503}"#;
        faults.add(serde_json::from_str(json).unwrap());
        let met: Vec<bool> =
            (0..4).map(|_| faults.take("GET", "/v1.0/me/events/delta", false).is_some()).collect();
        assert_eq!(met, [false, true, true, false]);
    }
}
