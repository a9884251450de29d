//! `POST /_sim/users`, `GET /_sim/users`, `POST /_sim/revoke`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Answered, Body, Problem};
use crate::seed;
use crate::shared::Shared;
use crate::world::{CalendarSpec, UserSpec};

/// Most events that one call makes.
const MAX_EVENTS: usize = 100_000;

/// A person to add.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    mail: String,
    name: String,
    /// Windows or IANA name.
    #[serde(default = "utc")]
    time_zone: String,
    /// Calendars beside the default one: names, or `{name, color, can_edit}`.
    #[serde(default)]
    calendars: Vec<NewCalendar>,
    /// Events to make in the default calendar.
    #[serde(default)]
    events: usize,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NewCalendar {
    Named(String),
    Full(CalendarSpec),
}

/// Adds a person; answers the ids of everything that was made.
pub(super) async fn add(State(shared): State<Arc<Shared>>, Body(new): Body<NewUser>) -> Answered {
    check_size(new.events)?;
    let spec = UserSpec { id: String::new(), name: new.name, mail: new.mail, time_zone: new.time_zone };
    let id = shared.world.add_user(spec)?;
    for calendar in new.calendars {
        let spec = match calendar {
            NewCalendar::Named(name) => CalendarSpec::named(&name),
            NewCalendar::Full(spec) => spec,
        };
        shared.world.add_calendar(&id, spec)?;
    }
    seed::life(&shared.world, &id, None, new.events, shared.options.seed)?;
    described(&shared, &id).map(Json)
}

/// Refuses more events than one call makes.
pub(super) fn check_size(events: usize) -> Result<(), Problem> {
    if events > MAX_EVENTS {
        return Err(Problem::unreadable(format!("at most {MAX_EVENTS} events can be made at once")));
    }
    Ok(())
}

/// Everybody with their calendars.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Answered {
    let people: Result<Vec<Value>, Problem> =
        shared.world.users().iter().map(|person| described(&shared, &person.id)).collect();
    Ok(Json(json!({"items": people?})))
}

/// Whose access ends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revoke {
    user: String,
}

/// Ends all grants of a person: refresh answers `invalid_grant`, bearers 401.
pub(super) async fn revoke(State(shared): State<Arc<Shared>>, Body(wanted): Body<Revoke>) -> Answered {
    let person = shared.world.user(&wanted.user)?;
    shared.grants.revoke(&person.id);
    Ok(Json(json!({"revoked": person.mail})))
}

fn described(shared: &Shared, user: &str) -> Result<Value, Problem> {
    let person = shared.world.user(user)?;
    let calendars = shared.world.calendars(user)?;
    let calendars: Vec<Value> = calendars
        .iter()
        .map(|calendar| json!({"id": calendar["id"], "name": calendar["name"], "can_edit": calendar["canEdit"]}))
        .collect();
    Ok(json!({
        "id": person.id, "mail": person.mail, "name": person.name, "time_zone": person.time_zone,
        "calendars": calendars,
    }))
}

fn utc() -> String {
    "UTC".to_owned()
}
