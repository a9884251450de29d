//! Microsoft Graph: who is asking, what for, and the operation that answers.

mod admit;
mod calendars;
mod delta;
mod events;
mod filter;
mod page;
mod person;
mod prefer;
mod route;
mod select;

use axum::http::HeaderMap;
use bytes::Bytes;
use jiff::Timestamp;

use super::answer::Answer;
use super::query::Query;
use crate::shared::Shared;
use crate::world::{Refusal, UserSpec};

pub(super) use admit::admit;
use prefer::Prefer;
use route::Route;

/// A request, read but not understood.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) now: Timestamp,
    /// A fault: a page of change tracking links to itself.
    pub(super) repeat_page: bool,
    /// A fault: the page is smaller than asked for.
    pub(super) halve_page: bool,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The base under which the client reached us; links in answers use it.
    fn base(&self, shared: &Shared) -> String {
        match self.header("host") {
            Some(host) if crate::control::is_loopback_host(host) => format!("http://{host}"),
            _ => shared.base_url.clone(),
        }
    }
}

/// A request of a known person, ready for its operation.
struct Call<'a> {
    shared: &'a Shared,
    person: &'a UserSpec,
    asked: &'a Asked,
    prefer: Prefer,
}

impl Call<'_> {
    fn user(&self) -> &str {
        &self.person.mail
    }

    fn context(&self, rest: &str) -> String {
        format!("{}/v1.0/$metadata#users('{}')/{rest}", self.asked.base(self.shared), self.person.id)
    }

    /// Items on a page: what the request says, halved by a fault.
    fn page_size(&self, asked_for: Option<usize>) -> usize {
        let size = asked_for.or(self.prefer.max_page_size).unwrap_or(self.shared.options.default_page_size);
        let size = size.clamp(1, page::LARGEST);
        if self.asked.halve_page { (size / 2).max(1) } else { size }
    }
}

/// Answers a request of `person`.
pub(super) fn answer(shared: &Shared, person: &UserSpec, asked: &Asked) -> Result<Answer, Refusal> {
    let prefer = Prefer::read(asked.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()));
    let (owner, route) = route::parse(&asked.path).ok_or_else(|| unknown_segment(&asked.path))?;
    if let Some(owner) = owner
        && owner != person.id
        && !owner.eq_ignore_ascii_case(&person.mail)
    {
        return Err(Refusal::access_denied());
    }
    let call = Call { shared, person, asked, prefer };
    let answer = operation(&call, &route)?;
    Ok(match call.prefer.applied() {
        Some(applied) => answer.with("preference-applied", applied),
        None => answer,
    })
}

/// The table of operations.
fn operation(call: &Call<'_>, route: &Route) -> Result<Answer, Refusal> {
    match (call.asked.method.as_str(), route) {
        ("GET", Route::Me) => person::me(call),
        ("GET", Route::MailboxSettings) => person::mailbox_settings(call),
        ("GET", Route::MasterCategories) => person::master_categories(call),
        ("GET", Route::Calendars) => calendars::list(call),
        ("GET", Route::Calendar(id)) => calendars::get(call, id.as_deref()),
        ("GET", Route::Events(calendar)) => events::list(call, calendar.as_deref()),
        ("POST", Route::Events(calendar)) => events::create(call, calendar.as_deref()),
        ("GET", Route::Event(id)) => events::get(call, id),
        ("PATCH", Route::Event(id)) => events::update(call, id),
        ("DELETE", Route::Event(id)) => events::delete(call, id),
        ("GET", Route::CalendarOf(id)) => calendars::of_event(call, id),
        ("GET", Route::Instances(id)) => events::instances(call, id),
        ("GET", Route::View(calendar)) => events::calendar_view(call, calendar.as_deref()),
        ("GET", Route::ViewDelta(calendar)) => delta::window(call, calendar.as_deref()),
        ("GET", Route::EventsDelta(calendar)) => delta::events(call, calendar.as_deref()),
        (method, _) => {
            let message = format!("Specified HTTP method is not allowed for the request target: {method}.");
            Err(Refusal::new(405, "Request_BadRequest", message))
        }
    }
}

fn unknown_segment(path: &str) -> Refusal {
    let segment = path.rsplit('/').next().unwrap_or_default();
    Refusal::new(400, "BadRequest", format!("Resource not found for the segment '{segment}'."))
}
