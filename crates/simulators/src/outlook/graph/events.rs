//! Events: list, create, read, update, delete, instances, calendar view.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answer, Call, Refusal, filter, page, select};
use crate::world::{Actor, World};

/// `GET …/events`: singles and series of one calendar.
pub(super) fn list(call: &Call<'_>, calendar: Option<&str>) -> Result<Answer, Refusal> {
    let view = select::view(call)?;
    if let Some(property) = filter::property(call)? {
        let found = call.shared.world.events_with_property(call.user(), calendar, property, &view)?;
        return page::answer(call, "events", found);
    }
    let calendar = default_when_none(call, calendar)?;
    let events = call.shared.world.events(call.user(), Some(&calendar), &view)?;
    page::answer(call, "events", filter::apply(call, events)?)
}

/// `POST …/events`.
pub(super) fn create(call: &Call<'_>, calendar: Option<&str>) -> Result<Answer, Refusal> {
    let view = call.prefer.view()?;
    let body = body(call)?;
    let ids = call.shared.world.create_event(Actor::Client, call.user(), calendar, &body)?;
    let event = call.shared.world.event(call.user(), &ids.id, &view)?;
    Ok(Answer::json(201, with_context(call, event)))
}

/// `GET …/events/{id}`.
pub(super) fn get(call: &Call<'_>, id: &str) -> Result<Answer, Refusal> {
    let event = call.shared.world.event(call.user(), id, &select::view(call)?)?;
    Ok(Answer::json(200, with_context(call, event)))
}

/// `PATCH …/events/{id}`.
pub(super) fn update(call: &Call<'_>, id: &str) -> Result<Answer, Refusal> {
    let view = call.prefer.view()?;
    let body = body(call)?;
    let if_match = call.asked.header("if-match");
    let ids = call.shared.world.edit_event(Actor::Client, call.user(), id, if_match, &body)?;
    let event = call.shared.world.event(call.user(), &ids.id, &view)?;
    Ok(Answer::json(200, with_context(call, event)))
}

/// `DELETE …/events/{id}`.
pub(super) fn delete(call: &Call<'_>, id: &str) -> Result<Answer, Refusal> {
    call.shared.world.delete_event(Actor::Client, call.user(), id, call.asked.header("if-match"))?;
    Ok(Answer::empty(204))
}

/// `GET …/events/{id}/instances?startDateTime&endDateTime`.
pub(super) fn instances(call: &Call<'_>, id: &str) -> Result<Answer, Refusal> {
    let view = select::view(call)?;
    let (from, until) = window(call)?;
    let instances = call.shared.world.instances(call.user(), id, from, until, &view)?;
    page::answer(call, "events/instances", filter::apply(call, instances)?)
}

/// `GET …/calendarView?startDateTime&endDateTime`.
pub(super) fn calendar_view(call: &Call<'_>, calendar: Option<&str>) -> Result<Answer, Refusal> {
    let view = select::view(call)?;
    let (from, until) = window(call)?;
    let events = call.shared.world.calendar_view(call.user(), calendar, from, until, &view)?;
    page::answer(call, "calendarView", filter::apply(call, events)?)
}

/// The bounds of a window, both required.
pub(super) fn window(call: &Call<'_>) -> Result<(Timestamp, Timestamp), Refusal> {
    let bounds = [bound(call, "startDateTime")?, bound(call, "endDateTime")?];
    match bounds {
        [Some(from), Some(until)] if from < until => Ok((from, until)),
        [Some(_), Some(_)] => {
            let message = "The specified time window is empty: EndDateTime must be after StartDateTime.";
            Err(Refusal::new(400, "ErrorInvalidParameter", message))
        }
        _ => {
            let message = "This request requires a time window specified by the query string parameters \
                           StartDateTime and EndDateTime.";
            Err(Refusal::new(400, "ErrorInvalidParameter", message))
        }
    }
}

/// One bound of a window, if it was sent.
pub(super) fn bound(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = call.asked.query.get(name) else { return Ok(None) };
    let invalid = || {
        let message = format!("The value '{text}' of parameter '{name}' is invalid.");
        Refusal::new(400, "ErrorInvalidParameter", message)
    };
    World::bound(text).map(Some).ok_or_else(invalid)
}

fn default_when_none(call: &Call<'_>, calendar: Option<&str>) -> Result<String, Refusal> {
    match calendar {
        Some(id) => Ok(id.to_owned()),
        None => {
            let calendar = call.shared.world.calendar(call.user(), None)?;
            calendar.get("id").and_then(Value::as_str).map(str::to_owned).ok_or_else(Refusal::not_found)
        }
    }
}

fn body(call: &Call<'_>) -> Result<Value, Refusal> {
    let is_json = call.asked.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !is_json {
        let message =
            "A supported MIME type could not be found that matches the content type of the request.";
        return Err(Refusal::new(415, "RequestBodyRead", message));
    }
    serde_json::from_slice(&call.asked.body).map_err(|_| Refusal::undeserializable())
}

fn with_context(call: &Call<'_>, mut event: Value) -> Value {
    if let Some(members) = event.as_object_mut() {
        members.insert("@odata.context".to_owned(), json!(call.context("events/$entity")));
    }
    event
}
