//! People who are signed in, and what is theirs.

use app::accounts::{sessions, tokens};
use app::sync_run::RunState;
use app::{Caller, Via};
use axum::body::Body;
use http::{Method, Request, header};
use jiff::Timestamp;
use model::Id;
use model::documents::{
    AdminExport, Calendar, Category, CategoryType, Event, Location, Record, Role, SyncLog, TokenScope, UNSET,
    User,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use store::{Batch, Store};

use super::reply::Reply;
use super::{World, json};

/// Somebody with a session.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: Id,
    pub(crate) session_id: Id,
    pub(crate) secret: String,
    pub(crate) csrf: String,
}

/// By what a request proves who sends it.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    Nobody,
    Session(Person),
    Token(String),
}

/// One of everything that is somebody's.
#[derive(Debug, Clone)]
pub(crate) struct Belongings {
    pub(crate) calendar: Id,
    pub(crate) event: Id,
    pub(crate) category: Id,
    pub(crate) location: Id,
    pub(crate) token: Id,
    pub(crate) session: Id,
    pub(crate) user: Id,
    /// An export they asked for while they were an administrator.
    pub(crate) export: Id,
    /// A run of their calendar, and its log.
    pub(crate) run: Id,
    pub(crate) log: Id,
}

impl Belongings {
    /// Ids that are nobody's.
    pub(crate) fn of_nobody() -> Self {
        let id = Id::from_bytes([0xff; 12]);
        Self {
            calendar: id,
            event: id,
            category: id,
            location: id,
            token: id,
            session: id,
            user: id,
            export: id,
            run: id,
            log: id,
        }
    }
}

/// A word that stands in every record somebody owns, and in no answer to anybody else.
pub(crate) fn canary(name: &str) -> String {
    format!("canary-{name}")
}

/// An export that waits, of what is at a place with this name.
fn export(id: Id, admin_user_id: Id, location: &str) -> AdminExport {
    let export = serde_json::json!({
        "_id": id, "admin_user_id": admin_user_id, "export_type": "events", "status": "pending", "format": "csv",
        "filters": {"locations": [location]}, "created_at": UNSET, "updated_at": UNSET, "revision": 0,
    });
    serde_json::from_value(export).unwrap()
}

/// What a run did that could not read an event with this title.
fn log(id: Id, run: &RunState) -> SyncLog {
    let error = serde_json::json!({"event_id": "", "error_code": "odd", "error_message": run.calendar_name});
    let log = serde_json::json!({
        "_id": id, "user_id": run.user_id, "calendar_id": run.calendar_id, "sync_type": "outlook_to_local",
        "status": "partial", "events_processed": 1, "events_created": 0, "events_updated": 0, "events_deleted": 0,
        "errors": [error], "started_at": run.started_at, "completed_at": run.started_at, "duration_ms": 0,
        "created_at": UNSET, "updated_at": UNSET, "revision": 0,
    });
    serde_json::from_value(log).unwrap()
}

impl World {
    /// Somebody who signed in before, with a session.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Person {
        let email = format!("{name}@example.org");
        let mut user = User::new(self.app.new_id(), &format!("outlook-{name}"), &email, &canary(name), role);
        user.touch(self.app.now());
        let mut batch = Batch::new();
        batch.insert(&user).unwrap();
        self.store.commit(batch).await.unwrap();
        self.session_of(&user).await
    }

    /// One more session of somebody.
    pub(crate) async fn session_of(&self, user: &User) -> Person {
        let mut batch = Batch::new();
        let made = sessions::create(&self.app, user, &mut batch).unwrap();
        self.store.commit(batch).await.unwrap();
        Person {
            id: user.id,
            session_id: made.session.id,
            secret: made.secret.expose_secret().to_owned(),
            csrf: made.session.csrf_token,
        }
    }

    /// A token of somebody.
    pub(crate) async fn token_of(&self, person: &Person, scope: TokenScope) -> (Id, String) {
        let caller = Caller { user_id: person.id, role: Role::User, via: Via::Operator };
        let new = tokens::NewToken { name: canary("token"), scope, expires_at: None };
        let made = tokens::create(&self.app, &caller, new, None).await.unwrap();
        (made.token.id, made.secret.unwrap().expose_secret().to_owned())
    }

    /// One of everything for somebody, each with their canary.
    pub(crate) async fn belongings(&self, person: &Person, name: &str) -> Belongings {
        let word = canary(name);
        let now = self.app.now();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut calendar = Calendar::local(self.app.new_id(), person.id, &word, "#336699");
        let (start, end) = (at("2026-11-23T09:00:00Z"), at("2026-11-23T10:00:00Z"));
        let mut event = Event::new(self.app.new_id(), person.id, calendar.id, &word, start, end);
        event.internal_notes = Some(word.clone());
        event.derive();
        let mut category =
            Category::new(self.app.new_id(), Some(person.id), &word, "#336699", CategoryType::Internal);
        let mut location = Location::named(self.app.new_id(), Some(person.id), &word);
        let mut export = export(self.app.new_id(), person.id, &word);
        let run = RunState::begun(self.app.new_id(), person.id, calendar.id, &word, now);
        self.app.runs().remember(&run);
        let mut log = log(self.app.new_id(), &run);
        let mut batch = Batch::new();
        log.touch(now);
        batch.insert(&log).unwrap();
        export.touch(now);
        batch.insert(&export).unwrap();
        calendar.touch(now);
        event.touch(now);
        category.touch(now);
        location.touch(now);
        batch.insert(&calendar).unwrap();
        batch.insert(&event).unwrap();
        batch.insert(&category).unwrap();
        batch.insert(&location).unwrap();
        self.store.commit(batch).await.unwrap();
        let (token, _) = self.token_of(person, TokenScope::Read).await;
        let user: User = self.read(person.id).await;
        let session = self.session_of(&user).await.session_id;
        Belongings {
            calendar: calendar.id,
            event: event.id,
            category: category.id,
            location: location.id,
            token,
            session,
            user: person.id,
            export: export.id,
            run: run.run_id,
            log: log.id,
        }
    }

    /// A record that is there.
    pub(crate) async fn read<R: Record + Send>(&self, id: Id) -> R {
        self.find(id).await.unwrap()
    }

    /// A record, if it is there.
    pub(crate) async fn find<R: Record + Send>(&self, id: Id) -> Option<R> {
        self.store.get(R::COLLECTION, id).await.unwrap().map(|document| document.typed().unwrap())
    }

    /// A request with a proof; with a body, it is JSON.
    pub(crate) async fn ask(&self, proof: &Proof, method: Method, uri: &str, body: Option<&Value>) -> Reply {
        let mut request = match body {
            Some(body) => json(method, uri, body),
            None => Request::builder().method(method).uri(uri).body(Body::empty()).unwrap(),
        };
        prove(&mut request, proof, self.app.settings().public_url.starts_with("https"));
        self.send(request).await
    }
}

/// Adds the proof to a request: a session with its CSRF token.
pub(crate) fn prove(request: &mut Request<Body>, proof: &Proof, is_https: bool) {
    let prefix = if is_https { "__Host-" } else { "" };
    match proof {
        Proof::Nobody => {}
        Proof::Session(person) => {
            let cookie = format!("{prefix}callboard_session={}", person.secret);
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
            request.headers_mut().insert("x-csrf-token", person.csrf.parse().unwrap());
        }
        Proof::Token(token) => {
            let bearer = format!("Bearer {token}");
            request.headers_mut().insert(header::AUTHORIZATION, bearer.parse().unwrap());
        }
    }
}
