//! `POST /_sim/edit`: act as a person in Outlook.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::problem::{Answered, Body, Problem};
use crate::shared::Shared;
use crate::world::{Actor, EventIds, View, World};

/// One action.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    /// Directory id or mail address of the person who acts.
    user: String,
    action: Action,
    /// The event, by either of its ids …
    event_id: Option<String>,
    /// … or by its subject, which must be the only one of its kind.
    subject: Option<String>,
    /// Id or name: where to create, or where to move to.
    calendar: Option<String>,
    /// Graph's members, some in a shorter form: see the README.
    #[serde(default)]
    changes: Map<String, Value>,
    /// The local date that the pattern gave an occurrence.
    occurrence: Option<Date>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Action {
    Create,
    Update,
    Delete,
    Move,
}

/// Acts, and answers the event as it is afterwards (null after a deletion).
pub(super) async fn edit(State(shared): State<Arc<Shared>>, Body(edit): Body<Edit>) -> Answered {
    let world = &shared.world;
    let user = edit.user.as_str();
    let calendar = edit.calendar.as_deref().map(|name| calendar_id(world, user, name)).transpose()?;
    let ids = match edit.action {
        Action::Create => {
            let zone = world.user(user)?.time_zone;
            let mut changes = edit.changes;
            if let Some(subject) = edit.subject {
                changes.insert("subject".to_owned(), json!(subject));
            }
            let body = graph_body(changes, &zone);
            Some(world.create_event(Actor::Person, user, calendar.as_deref(), &body)?)
        }
        Action::Update => {
            let id = event_id(world, &edit)?;
            let zone = world.zone_of(user, &id)?;
            let body = graph_body(edit.changes, &zone);
            Some(match edit.occurrence {
                Some(date) => world.edit_occurrence(Actor::Person, user, &id, date, &body)?,
                None => world.edit_event(Actor::Person, user, &id, None, &body)?,
            })
        }
        Action::Delete => {
            let id = event_id(world, &edit)?;
            match edit.occurrence {
                Some(date) => world.delete_occurrence(Actor::Person, user, &id, date)?,
                None => world.delete_event(Actor::Person, user, &id, None)?,
            }
            None
        }
        Action::Move => {
            let to = calendar.ok_or_else(|| Problem::unreadable("a move needs the member calendar"))?;
            Some(world.move_event(user, &event_id(world, &edit)?, &to)?)
        }
    };
    Ok(Json(answer(world, user, ids)?))
}

fn answer(world: &World, user: &str, ids: Option<EventIds>) -> Result<Value, Problem> {
    let Some(ids) = ids else { return Ok(json!({"id": null, "immutable_id": null, "event": null})) };
    let event = world.event(user, &ids.id, &View::default())?;
    Ok(json!({"id": ids.id, "immutable_id": ids.immutable_id, "event": event}))
}

fn event_id(world: &World, edit: &Edit) -> Result<String, Problem> {
    if let Some(id) = &edit.event_id {
        return Ok(id.clone());
    }
    let subject = edit.subject.as_deref().ok_or_else(|| Problem::unreadable("send event_id or subject"))?;
    let mut found = world.summaries(&edit.user)?;
    found.retain(|item| item.event.get("subject").and_then(Value::as_str) == Some(subject));
    match found.as_slice() {
        [one] => Ok(one.id.clone()),
        list => {
            let message = format!("{} events have the subject '{subject}': send event_id", list.len());
            Err(Problem::unreadable(message))
        }
    }
}

fn calendar_id(world: &World, user: &str, name: &str) -> Result<String, Problem> {
    let calendars = world.calendars(user)?;
    let member =
        |calendar: &Value, member: &str| calendar.get(member).and_then(Value::as_str).map(str::to_owned);
    let fits = |calendar: &&Value| {
        [member(calendar, "id"), member(calendar, "name")].contains(&Some(name.to_owned()))
    };
    let found = calendars.iter().find(fits).and_then(|calendar| member(calendar, "id"));
    found.ok_or_else(|| Problem::unreadable(format!("{user} has no calendar '{name}'")))
}

/// Graph's body from the shorter forms: text for `location` and `body`, local times for `start`
/// and `end`, which then are in `zone`.
fn graph_body(changes: Map<String, Value>, zone: &str) -> Value {
    let full = |(name, value): (String, Value)| {
        let value = match (name.as_str(), value) {
            ("location", Value::String(text)) => json!({"displayName": text}),
            ("body", Value::String(text)) => json!({"contentType": "text", "content": text}),
            ("start" | "end", Value::String(text)) => json!({"dateTime": text, "timeZone": zone}),
            (_, value) => value,
        };
        (name, value)
    };
    Value::Object(changes.into_iter().map(full).collect())
}
