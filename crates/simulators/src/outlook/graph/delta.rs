//! `calendarView/delta` and `events/delta`.

use serde_json::json;

use super::{Answer, Call, Refusal, events, select};
use crate::world::{DeltaLink, DeltaQuery, Tracked, View};

/// Query options that change tracking over a calendar view refuses.
const REFUSED: [&str; 7] = ["$orderby", "$filter", "$select", "$expand", "$search", "$top", "$skip"];

/// `GET …/calendarView/delta`.
pub(super) fn window(call: &Call<'_>, calendar: Option<&str>) -> Result<Answer, Refusal> {
    if REFUSED.iter().any(|name| call.asked.query.get(name).is_some()) {
        let message = "The following parameters are not supported with change tracking over the 'CalendarView' \
                       resource: '$orderby, $filter, $select, $expand, $search, $top, $skip'.";
        return Err(Refusal::new(400, "ErrorInvalidUrlQuery", message));
    }
    let tracked = match token(call) {
        // The token has its own window; these bounds are not looked at.
        Some(_) => Tracked::Window { from: call.asked.now, until: call.asked.now },
        None => {
            let (from, until) = events::window(call)?;
            Tracked::Window { from, until }
        }
    };
    page(call, calendar, "calendarView", tracked, &call.prefer.view()?)
}

/// `GET …/events/delta`. `$select` is taken, as it has been seen to be.
pub(super) fn events(call: &Call<'_>, calendar: Option<&str>) -> Result<Answer, Refusal> {
    let tracked = Tracked::Events { from: events::bound(call, "startDateTime")? };
    page(call, calendar, "events", tracked, &select::view(call)?)
}

fn page(
    call: &Call<'_>,
    calendar: Option<&str>,
    collection: &str,
    tracked: Tracked,
    view: &View,
) -> Result<Answer, Refusal> {
    let query = DeltaQuery {
        tracked,
        token: token(call),
        page_size: call.page_size(None),
        repeat: call.asked.repeat_page,
    };
    let page = call.shared.world.delta(call.user(), calendar, &query, view)?;
    let base = call.asked.base(call.shared);
    let calendar = calendar.map(|id| format!("calendars('{id}')/")).unwrap_or_default();
    let path = format!("{base}/v1.0/me/{calendar}{collection}/delta");
    let (name, link) = match page.link {
        DeltaLink::Next(token) => ("@odata.nextLink", format!("{path}?$skiptoken={token}")),
        DeltaLink::Delta(token) => ("@odata.deltaLink", format!("{path}?$deltatoken={token}")),
    };
    Ok(Answer::json(
        200,
        json!({
            "@odata.context": format!("{base}/v1.0/$metadata#Collection(event)"),
            "value": page.items,
            name: link,
        }),
    ))
}

fn token<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    call.asked.query.get("$skiptoken").or_else(|| call.asked.query.get("$deltatoken"))
}
