//! The policy of every route: who may use it, and whose records it is about. A route without a row fails the tests.

use serde_json::{Value, json};

use crate::harness::people::Belongings;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Anybody, without a proof.
    Public,
    /// Anybody who is signed in; it is about themselves or about lists that are filtered for them.
    SignedIn,
    /// As before, but not with a token.
    SessionOnly,
    /// Who owns the record of the path, and administrators.
    Owner,
    /// Who owns the record of the path, and nobody else.
    OwnerAlone,
    /// Administrators.
    Admin,
    /// Administrators; for anybody else the record of the path is not there.
    AdminAlone,
    /// The administrator who asked for it; for anybody else the record of the path is not there.
    MakerAlone,
}

/// A route with its policy.
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) policy: Policy,
    /// The record the path is about, of somebody's belongings.
    pub(crate) about: Option<fn(&Belongings) -> String>,
    /// A body that is right.
    pub(crate) body: Option<fn(&Belongings) -> Value>,
}

const fn row(method: &'static str, path: &'static str, policy: Policy) -> Row {
    Row { method, path, policy, about: None, body: None }
}

impl Row {
    const fn about(self, about: fn(&Belongings) -> String) -> Self {
        Self { about: Some(about), ..self }
    }

    const fn body(self, body: fn(&Belongings) -> Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The address for somebody's record, or for an id that is nobody's.
    pub(crate) fn uri(&self, belongings: Option<&Belongings>) -> String {
        let id = match (self.about, belongings) {
            (Some(about), Some(belongings)) => about(belongings),
            _ => "ffffffffffffffffffffffff".to_owned(),
        };
        self.path.replace("{id}", &id).replace("{code}", "no-such-code")
    }

    /// Whether it may change anything.
    pub(crate) fn is_change(&self) -> bool {
        self.method != "get"
    }
}

fn event(owner: &Belongings) -> String {
    owner.event.to_string()
}
fn calendar(owner: &Belongings) -> String {
    owner.calendar.to_string()
}
fn category(owner: &Belongings) -> String {
    owner.category.to_string()
}
fn location(owner: &Belongings) -> String {
    owner.location.to_string()
}
fn token(owner: &Belongings) -> String {
    owner.token.to_string()
}
fn session(owner: &Belongings) -> String {
    owner.session.to_string()
}
fn export(owner: &Belongings) -> String {
    owner.export.to_string()
}
fn run(owner: &Belongings) -> String {
    owner.run.to_string()
}
fn log(owner: &Belongings) -> String {
    owner.log.to_string()
}
fn user(owner: &Belongings) -> String {
    owner.user.to_string()
}

/// Every route.
pub(crate) static ROWS: &[Row] = &[
    row("get", "/healthz", Policy::Public),
    row("get", "/readyz", Policy::Public),
    row("get", "/metrics", Policy::Admin),
    row("get", "/auth/outlook/login", Policy::Public),
    row("get", "/auth/outlook/callback", Policy::Public),
    row("post", "/auth/logout", Policy::SessionOnly),
    row("get", "/auth/admin-link/{code}", Policy::Public),
    row("post", "/auth/admin-link/{code}", Policy::SessionOnly),
    row("get", "/api/v1/me", Policy::SignedIn),
    row("patch", "/api/v1/me", Policy::SignedIn).body(|_| json!({"preferences": {"zone": "Europe/Berlin"}})),
    row("get", "/api/v1/stream", Policy::SignedIn),
    row("get", "/api/v1/tokens", Policy::SignedIn),
    row("post", "/api/v1/tokens", Policy::SessionOnly).body(|_| json!({"name": "script"})),
    row("delete", "/api/v1/tokens/{id}", Policy::OwnerAlone).about(token),
    row("get", "/api/v1/sessions", Policy::SignedIn),
    row("delete", "/api/v1/sessions/{id}", Policy::OwnerAlone).about(session),
    row("delete", "/api/v1/sessions", Policy::SignedIn),
    row("get", "/api/v1/admin/users", Policy::Admin),
    row("patch", "/api/v1/admin/users/{id}", Policy::Admin)
        .about(user)
        .body(|_| json!({"is_disabled": false})),
    row("delete", "/api/v1/admin/users/{id}", Policy::Admin).about(user),
    row("get", "/api/v1/admin/health", Policy::Admin),
    row("get", "/api/v1/events", Policy::SignedIn),
    row("post", "/api/v1/events", Policy::Owner).body(|owner| {
        json!({"calendar_id": owner.calendar, "title": "Made", "start_time": "2026-11-27T19:00:00Z",
            "end_time": "2026-11-27T22:00:00Z"})
    }),
    row("get", "/api/v1/events/{id}", Policy::Owner).about(event),
    row("patch", "/api/v1/events/{id}", Policy::Owner).about(event).body(|_| json!({"title": "Changed"})),
    row("delete", "/api/v1/events/{id}", Policy::Owner).about(event),
    row("post", "/api/v1/events/{id}/restore", Policy::Owner).about(event),
    row("get", "/api/v1/calendars", Policy::SignedIn),
    row("post", "/api/v1/calendars", Policy::SignedIn).body(|_| json!({"name": "Made", "color": "#112233"})),
    row("get", "/api/v1/calendars/{id}", Policy::Owner).about(calendar),
    row("patch", "/api/v1/calendars/{id}", Policy::Owner)
        .about(calendar)
        .body(|_| json!({"name": "Changed"})),
    row("delete", "/api/v1/calendars/{id}", Policy::Owner).about(calendar),
    row("get", "/api/v1/categories", Policy::SignedIn),
    row("post", "/api/v1/categories", Policy::SignedIn).body(|_| json!({"name": "Made", "color": "#112233"})),
    row("get", "/api/v1/categories/{id}", Policy::Owner).about(category),
    row("patch", "/api/v1/categories/{id}", Policy::Owner)
        .about(category)
        .body(|_| json!({"description": "Changed"})),
    row("delete", "/api/v1/categories/{id}", Policy::Owner).about(category),
    row("get", "/api/v1/locations", Policy::SignedIn),
    row("post", "/api/v1/locations", Policy::SignedIn).body(|_| json!({"name": "Made"})),
    row("get", "/api/v1/locations/{id}", Policy::Owner).about(location),
    row("patch", "/api/v1/locations/{id}", Policy::Owner)
        .about(location)
        .body(|_| json!({"notes": "Changed"})),
    row("delete", "/api/v1/locations/{id}", Policy::Owner).about(location),
    row("get", "/api/v1/sync/runs", Policy::SignedIn),
    row("post", "/api/v1/sync/runs", Policy::Owner).body(|owner| json!({"calendar_id": owner.calendar})),
    row("get", "/api/v1/sync/runs/{id}", Policy::Owner).about(run),
    row("get", "/api/v1/sync/logs", Policy::SignedIn),
    row("get", "/api/v1/sync/logs/{id}", Policy::Owner).about(log),
    row("get", "/api/v1/sync/held-deletions", Policy::SignedIn),
    row("post", "/api/v1/sync/held-deletions/{id}", Policy::Owner)
        .about(calendar)
        .body(|_| json!({"decision": "reject"})),
    row("get", "/api/v1/exports", Policy::Admin),
    row("post", "/api/v1/exports", Policy::Admin).body(|_| json!({"export_type": "events", "format": "csv"})),
    row("get", "/api/v1/exports/{id}", Policy::AdminAlone).about(export),
    row("post", "/api/v1/exports/{id}/cancel", Policy::AdminAlone).about(export),
    row("get", "/api/v1/exports/{id}/download", Policy::MakerAlone).about(export),
];
