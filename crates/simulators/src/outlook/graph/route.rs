//! Paths: Graph takes segments in any case, keys with slashes or in brackets, functions with a
//! namespace and with brackets.

use percent_encoding::percent_decode_str;

/// What a path names. A calendar that is `None` is the default one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Me,
    MailboxSettings,
    MasterCategories,
    Calendars,
    Calendar(Option<String>),
    Events(Option<String>),
    Event(String),
    CalendarOf(String),
    Instances(String),
    View(Option<String>),
    ViewDelta(Option<String>),
    EventsDelta(Option<String>),
}

/// The person named in the path (nobody for `/me`) and the route.
pub(super) fn parse(path: &str) -> Option<(Option<String>, Route)> {
    let rest = path.strip_prefix("/v1.0/")?;
    let rest = rest.replace("('", "/").replace("')", "");
    let segments: Vec<String> = rest.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (owner, rest) = match segments.as_slice() {
        [me, rest @ ..] if is(me, "me") => (None, rest),
        [users, key, rest @ ..] if is(users, "users") => (Some((*key).to_owned()), rest),
        _ => return None,
    };
    Some((owner, below_person(rest)?))
}

fn below_person(segments: &[&str]) -> Option<Route> {
    match segments {
        [] => Some(Route::Me),
        [one] if is(one, "mailboxSettings") => Some(Route::MailboxSettings),
        [outlook, one] if is(outlook, "outlook") && is(one, "masterCategories") => {
            Some(Route::MasterCategories)
        }
        [one] if is(one, "calendars") => Some(Route::Calendars),
        [calendars, id, rest @ ..] if is(calendars, "calendars") => below_calendar(Some(id), rest),
        [calendar, rest @ ..] if is(calendar, "calendar") => below_calendar(None, rest),
        rest => below_calendar(None, rest),
    }
}

fn below_calendar(id: Option<&str>, segments: &[&str]) -> Option<Route> {
    let id = id.map(str::to_owned);
    match segments {
        [] => Some(Route::Calendar(id)),
        [events] if is(events, "events") => Some(Route::Events(id)),
        [events, delta] if is(events, "events") && is_delta(delta) => Some(Route::EventsDelta(id)),
        [events, event] if is(events, "events") => Some(Route::Event((*event).to_owned())),
        [events, event, instances] if is(events, "events") && is(instances, "instances") => {
            Some(Route::Instances((*event).to_owned()))
        }
        [events, event, calendar] if is(events, "events") && is(calendar, "calendar") => {
            Some(Route::CalendarOf((*event).to_owned()))
        }
        [view] if is(view, "calendarView") => Some(Route::View(id)),
        [view, delta] if is(view, "calendarView") && is_delta(delta) => Some(Route::ViewDelta(id)),
        _ => None,
    }
}

fn is(segment: &str, name: &str) -> bool {
    segment.eq_ignore_ascii_case(name)
}

fn is_delta(segment: &str) -> bool {
    let name = segment.strip_suffix("()").unwrap_or(segment).to_ascii_lowercase();
    name.strip_prefix("microsoft.graph.").unwrap_or(&name) == "delta"
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let c = || Some("A=".to_owned());
        let cases = [
            ("/v1.0/me", Some(Route::Me)),
            ("/v1.0/me/calendars/A%3D", Some(Route::Calendar(c()))),
            ("/v1.0/me/calendars('A=')/calendarView/delta", Some(Route::ViewDelta(c()))),
            ("/v1.0/me/calendars/A=/calendarview/delta()", Some(Route::ViewDelta(c()))),
            ("/v1.0/me/calendars/A=/events/microsoft.graph.delta", Some(Route::EventsDelta(c()))),
            ("/v1.0/me/calendars/A=/events/microsoft.graph.delta()", Some(Route::EventsDelta(c()))),
            ("/v1.0/me/events/delta", Some(Route::EventsDelta(None))),
            ("/v1.0/me/events/A=/instances", Some(Route::Instances("A=".to_owned()))),
            ("/v1.0/me/calendars/X/events/A=", Some(Route::Event("A=".to_owned()))),
            ("/v1.0/me/events/A=/calendar", Some(Route::CalendarOf("A=".to_owned()))),
            ("/v1.0/me/calendar/calendarView", Some(Route::View(None))),
            ("/v1.0/me/outlook/masterCategories", Some(Route::MasterCategories)),
            ("/v1.0/me/messages", None),
            ("/beta/me", None),
        ];
        for (path, route) in cases {
            assert_eq!(parse(path), route.map(|route| (None, route)), "{path}");
        }
        let (owner, route) = parse("/v1.0/users/ada@example.org/calendars").unwrap();
        assert_eq!((owner.as_deref(), route), (Some("ada@example.org"), Route::Calendars));
    }
}
