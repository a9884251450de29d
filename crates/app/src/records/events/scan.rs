//! One bounded, ordered reading of stored events: those of one span class whose place in time may reach the window.
//!
//! An event of class `c` occupies at most `SPAN_LIMITS_MS[c]`, so that it can only reach a window if it begins no
//! earlier than that before it: one index range a class finds every event that overlaps, and few that do not.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::collections::EVENTS;
use model::documents::{SPAN_CLASS_SERIES, SPAN_LIMITS_MS};
use store::{Cursor, Document, Filter, Order, Query, Value};

use super::peek::Peek;
use crate::records::occurrences::Window;
use crate::{App, AppError};

/// Where an item stands in the order of a listing: by the start of what it occupies, then by id, then (the
/// occurrences of one series that is listed) by original start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) occupied_from: Timestamp,
    pub(super) id: Id,
    pub(super) original_start: Option<Timestamp>,
}

/// A stored event that belongs to the answer.
pub(super) struct Candidate {
    pub(super) position: Position,
    pub(super) document: Document,
    pub(super) all_day: bool,
}

/// Which stored events are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) window: Option<Window>,
    /// Whether the occupied interval is compared with the window, not the event's own.
    pub(super) occupied: bool,
    pub(super) after: Option<Position>,
    /// Documents in one reading.
    pub(super) page: u32,
}

/// A reading of one span class.
pub(super) struct Scan {
    class: i64,
    filters: Vec<Filter>,
    wanted: Wanted,
    after: Option<Cursor>,
    ready: VecDeque<Candidate>,
    at_end: bool,
}

impl Scan {
    /// Reads class `class` (its number among live events, or of removed ones), narrowed by `filters`.
    pub(super) fn new(class: i64, live_class: i64, filters: &[Filter], wanted: Wanted) -> Self {
        let mut all = filters.to_vec();
        all.push(Filter::eq("span_class", class));
        if let Some(window) = wanted.window {
            let limit = usize::try_from(live_class).ok().and_then(|class| SPAN_LIMITS_MS.get(class));
            let reach = limit.map(|limit| SignedDuration::from_millis(*limit));
            if let Some(earliest) = reach.and_then(|reach| window.from.checked_sub(reach).ok()) {
                all.push(Filter::Gte("occupied_from", earliest.into()));
            }
            all.push(Filter::Lt("occupied_from", window.until.into()));
            if live_class == SPAN_CLASS_SERIES {
                all.push(Filter::Gte("recurrence_until", window.from.into()));
            }
        }
        let after = wanted
            .after
            .map(|position| Cursor { values: vec![Value::Instant(position.occupied_from)], id: position.id });
        Self { class: live_class, filters: all, wanted, after, ready: VecDeque::new(), at_end: false }
    }

    /// Reads on until something is ready or nothing is left.
    pub(super) async fn fill(&mut self, app: &App) -> Result<(), AppError> {
        while self.ready.is_empty() && !self.at_end {
            let query = Query::of(&EVENTS, Filter::All(self.filters.clone()))
                .sorted("occupied_from", Order::Ascending)
                .limit(self.wanted.page)
                .after(self.after.take());
            let page = app.store().find(query).await?;
            self.at_end = page.next.is_none();
            self.after = page.next;
            for document in page.documents {
                let peek = Peek::at(&document)?;
                if self.is_wanted(&peek) {
                    let position =
                        Position { occupied_from: peek.occupied_from, id: document.id, original_start: None };
                    self.ready.push_back(Candidate { position, document, all_day: peek.all_day });
                }
            }
        }
        Ok(())
    }

    /// The next event, once filled.
    pub(super) fn next_position(&self) -> Option<Position> {
        self.ready.front().map(|candidate| candidate.position)
    }

    /// Takes the next event.
    pub(super) fn take(&mut self) -> Option<Candidate> {
        self.ready.pop_front()
    }

    /// Whether [`Scan::fill`] has something to do.
    pub(super) fn is_dry(&self) -> bool {
        self.ready.is_empty() && !self.at_end
    }

    fn is_wanted(&self, peek: &Peek) -> bool {
        match self.wanted.window {
            // Of a series only its first occurrence is known here; the filter has looked at its end.
            _ if self.class == SPAN_CLASS_SERIES => true,
            Some(window) if self.wanted.occupied => window.overlaps(peek.occupied_from, peek.occupied_until),
            Some(window) => window.overlaps(peek.start, peek.end),
            None => true,
        }
    }
}
