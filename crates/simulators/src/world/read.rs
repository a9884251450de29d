//! Everything that can be asked of a world.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::delta::{self, DeltaPage, Place, Tracked};
use super::refusal::Refusal;
use super::state::Target;
use super::view::View;
use super::{World, render, times};

/// One call of a change-tracking function.
#[derive(Clone, Debug)]
pub struct DeltaQuery<'a> {
    /// Window or events: which function, and for a first call its bounds.
    pub tracked: Tracked,
    /// The token of the link that is followed; a first call has none.
    pub token: Option<&'a str>,
    /// Most items on this page.
    pub page_size: usize,
    /// Plays a wedged mailbox: the page links to itself for ever.
    pub repeat: bool,
}

/// A single event or series as the control side lists it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct EventSummary {
    /// Ordinary id.
    pub id: String,
    /// Immutable id.
    pub immutable_id: String,
    /// Id of the calendar it lies in.
    pub calendar_id: String,
    /// Name of that calendar.
    pub calendar: String,
    /// The event as Graph gives it, times in UTC.
    pub event: Value,
    /// Original dates of cancelled occurrences.
    pub cancelled: Vec<Date>,
    /// Original dates of exceptions.
    pub exceptions: Vec<Date>,
    /// Single-value extended properties, as id and value.
    pub extended_properties: Vec<(String, String)>,
}

impl World {
    /// The calendars of a mailbox as Graph lists them, the default one first.
    ///
    /// # Errors
    /// For a stranger.
    pub fn calendars(&self, user: &str) -> Result<Vec<Value>, Refusal> {
        let state = self.lock();
        let user = state.user(user)?;
        let calendars = user.calendars.iter().filter_map(|number| state.calendars.get(number));
        Ok(calendars.map(|calendar| render::calendar(&state, user, calendar)).collect())
    }

    /// One calendar; the default one without an id.
    ///
    /// # Errors
    /// 400 for a malformed id, 404 for an unknown one.
    pub fn calendar(&self, user: &str, id: Option<&str>) -> Result<Value, Refusal> {
        let state = self.lock();
        let user = state.user(user)?;
        let calendar = state.calendar(user.number, id)?;
        Ok(render::calendar(&state, user, calendar))
    }

    /// The master categories of a mailbox.
    ///
    /// # Errors
    /// For a stranger.
    pub fn categories(&self, user: &str) -> Result<Vec<Value>, Refusal> {
        let state = self.lock();
        let categories = state.user(user)?.categories.iter();
        Ok(categories
            .map(|(id, name, color)| json!({"id": id, "displayName": name, "color": color}))
            .collect())
    }

    /// One event, series or occurrence by its id.
    ///
    /// # Errors
    /// 400 for a malformed id, 404 for an unknown one.
    pub fn event(&self, user: &str, id: &str, view: &View) -> Result<Value, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let target = state.target(state.user(user)?.number, id)?;
        let item = state.item(target.number)?;
        match target {
            Target { date: None, .. } => Ok(render::event(&state, item, view)),
            Target { date: Some(date), .. } => {
                let one = item.instance(date).ok_or_else(Refusal::not_found)?;
                Ok(render::instance(&state, item, &one, view))
            }
        }
    }

    /// The calendar that an event lies in, whatever path it was asked for by.
    ///
    /// # Errors
    /// As [`event`](Self::event).
    pub fn calendar_of(&self, user: &str, id: &str) -> Result<Value, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let user = state.user(user)?;
        let item = state.item(state.target(user.number, id)?.number)?;
        let calendar = state.calendars.get(&item.calendar).ok_or_else(Refusal::not_found)?;
        Ok(render::calendar(&state, user, calendar))
    }

    /// Single events and series of a calendar (of all calendars without one), newest first.
    ///
    /// # Errors
    /// As [`calendar`](Self::calendar).
    pub fn events(&self, user: &str, calendar: Option<&str>, view: &View) -> Result<Vec<Value>, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let owner = state.user(user)?.number;
        let only = calendar.map(|id| state.calendar(owner, Some(id))).transpose()?.map(|found| found.number);
        let items = state.items.values().rev().filter(|item| item.owner == owner);
        let items = items.filter(|item| only.is_none_or(|only| item.calendar == only));
        Ok(items.map(|item| render::event(&state, item, view)).collect())
    }

    /// Single events and instances of series that overlap `[from, until)`, by start.
    ///
    /// # Errors
    /// As [`calendar`](Self::calendar).
    pub fn calendar_view(
        &self,
        user: &str,
        calendar: Option<&str>,
        from: Timestamp,
        until: Timestamp,
        view: &View,
    ) -> Result<Vec<Value>, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let calendar = state.calendar(state.user(user)?.number, calendar)?.number;
        let mut found = Vec::new();
        for item in state.items.values().filter(|item| item.calendar == calendar) {
            if item.series.is_none() && item.touches(from, until) {
                found.push((item.fields.start.at, render::event(&state, item, view)));
            }
            let instances = item.instances(from, until);
            found.extend(
                instances.iter().map(|one| (one.fields.start.at, render::instance(&state, item, one, view))),
            );
        }
        found.sort_by_key(|(start, _)| *start);
        Ok(found.into_iter().map(|(_, event)| event).collect())
    }

    /// Instances of one series that overlap `[from, until)`; exceptions first, as Graph has them.
    ///
    /// # Errors
    /// 404 for an unknown id; nothing to list is an empty list.
    pub fn instances(
        &self,
        user: &str,
        id: &str,
        from: Timestamp,
        until: Timestamp,
        view: &View,
    ) -> Result<Vec<Value>, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let target = state.target(state.user(user)?.number, id)?;
        let item = state.item(target.number)?;
        let mut instances = item.instances(from, until);
        instances.sort_by_key(|one| (!one.is_exception, one.date));
        Ok(instances.iter().map(|one| render::instance(&state, item, one, view)).collect())
    }

    /// One page of change tracking.
    ///
    /// # Errors
    /// 400 for a token that is not this calendar's; the lost-state answer for a forgotten one.
    pub fn delta(
        &self,
        user: &str,
        calendar: Option<&str>,
        query: &DeltaQuery<'_>,
        view: &View,
    ) -> Result<DeltaPage, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let calendar = state.calendar(state.user(user)?.number, calendar)?.number;
        let place = match query.token {
            Some(token) => {
                let is_window = matches!(query.tracked, Tracked::Window { .. });
                delta::place(&state, calendar, is_window, token)?
            }
            None => Place::first(delta::begin(&mut state, calendar, query.tracked)),
        };
        Ok(delta::page(&mut state, calendar, place, query.page_size, view, query.repeat))
    }

    /// Single events and series of a calendar that carry this single-value extended property.
    ///
    /// # Errors
    /// As [`calendar`](Self::calendar).
    pub fn events_with_property(
        &self,
        user: &str,
        calendar: Option<&str>,
        (id, value): (&str, &str),
        view: &View,
    ) -> Result<Vec<Value>, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let calendar = state.calendar(state.user(user)?.number, calendar)?.number;
        let carries = |pairs: &[(String, String)]| pairs.iter().any(|(i, v)| i == id && v == value);
        let items = state.items.values().filter(|item| item.calendar == calendar && carries(&item.extended));
        Ok(items.map(|item| render::event(&state, item, view)).collect())
    }

    /// What the control side lists: every event of a mailbox, with what lists of Graph hide.
    ///
    /// # Errors
    /// For a stranger.
    pub fn summaries(&self, user: &str) -> Result<Vec<EventSummary>, Refusal> {
        let mut state = self.lock();
        state.settle(self.now());
        let owner = state.user(user)?.number;
        let items = state.items.values().filter(|item| item.owner == owner);
        let summary = |item: &super::item::Item| {
            let calendar = state.calendars.get(&item.calendar);
            let series = item.series.as_ref();
            EventSummary {
                id: item.relative_id.clone(),
                immutable_id: item.immutable_id.clone(),
                calendar_id: calendar.map(|found| found.id.clone()).unwrap_or_default(),
                calendar: calendar.map(|found| found.spec.name.clone()).unwrap_or_default(),
                event: render::event(&state, item, &View::default()),
                cancelled: series.map(|s| s.cancelled.iter().copied().collect()).unwrap_or_default(),
                exceptions: series.map(|s| s.exceptions.keys().copied().collect()).unwrap_or_default(),
                extended_properties: item.extended.clone(),
            }
        };
        Ok(items.map(summary).collect())
    }

    /// The zone name of an event's start: what an edit in Outlook keeps using.
    pub(crate) fn zone_of(&self, user: &str, id: &str) -> Result<String, Refusal> {
        let state = self.lock();
        let target = state.target(state.user(user)?.number, id)?;
        Ok(state.item(target.number)?.fields.start.zone.clone())
    }

    /// Reads a window's bound: RFC 3339, a local time taken as UTC, or a date.
    pub fn bound(text: &str) -> Option<Timestamp> {
        times::bound(text)
    }
}
