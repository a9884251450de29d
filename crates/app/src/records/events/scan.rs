//! One bounded, ordered reading of the stored events whose place in time may reach the window.
//!
//! An event of a span class can only reach a window if it begins no earlier than the longest span of the class before
//! it: one index range a class finds every event that overlaps, and few that do not. The ranges are branches of one
//! query, which engines read side by side and merge.
//!
//! With the archive, both collections are read as of one moment and up to the same place. An event that moves between them
//! keeps its place in the order and is in one of them at any moment: whatever moves between two readings is given once.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::documents::{SPAN_CLASS_REMOVED, SPAN_CLASSES, SpanClass};
use store::{Cursor, Document, Filter, Order, Page, Query, Value};

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
    /// Whether masters of series are events like others.
    pub(super) masters: bool,
    pub(super) removed: bool,
    /// Whether the archive is read besides.
    pub(super) archived: bool,
    pub(super) after: Option<Position>,
    /// Documents in one reading.
    pub(super) page: u32,
}

/// The reading: [`Scan::queries`] says what to ask next, [`Scan::read`] takes the answer.
pub(super) struct Scan {
    filter: Filter,
    wanted: Wanted,
    after: Option<Cursor>,
    ready: VecDeque<Candidate>,
    at_end: bool,
}

impl Scan {
    /// Of the events that match `filters`.
    pub(super) fn new(filters: Vec<Filter>, wanted: Wanted) -> Self {
        let live = classes(wanted.masters, true, 0, wanted.window);
        let removed = classes(true, true, SPAN_CLASS_REMOVED, wanted.window).filter(|_| wanted.removed);
        let mut all = filters;
        all.push(Filter::Any(live.chain(removed).collect()));
        let after = wanted
            .after
            .map(|position| Cursor { values: vec![Value::Instant(position.occupied_from)], id: position.id });
        Self { filter: Filter::All(all), wanted, after, ready: VecDeque::new(), at_end: false }
    }

    /// What to ask for next, all of it as of one moment.
    pub(super) fn queries(&self) -> Vec<Query> {
        let archive = self.wanted.archived.then_some(&EVENTS_ARCHIVE);
        let query = |collection| {
            Query::of(collection, self.filter.clone())
                .sorted("occupied_from", Order::Ascending)
                .limit(self.wanted.page)
                .after(self.after.clone())
        };
        std::iter::once(&EVENTS).chain(archive).map(query).collect()
    }

    /// Takes what came back: a page for each query.
    pub(super) fn read(&mut self, pages: Vec<Page>) -> Result<(), AppError> {
        // So far every collection was read; what one has beyond it is read again with what the others have there.
        let ends = pages.iter().filter_map(|page| page.next.as_ref());
        let ends = ends.map(|end| Ok((place(end)?, end))).collect::<Result<Vec<_>, AppError>>()?;
        let until = ends.into_iter().min_by_key(|(place, _)| *place);
        let until = until.map(|(place, end)| (place, end.clone()));
        let from_several = pages.len() > 1;
        for document in pages.into_iter().flat_map(|page| page.documents) {
            let peek = Peek::at(&document)?;
            let position =
                Position { occupied_from: peek.occupied_from, id: document.id, original_start: None };
            if until.as_ref().is_none_or(|(until, _)| position <= *until) && self.is_wanted(&peek) {
                self.ready.push_back(Candidate { position, document, all_day: peek.all_day });
            }
        }
        if from_several {
            self.ready.make_contiguous().sort_by_key(|candidate| candidate.position);
        }
        self.at_end = until.is_none();
        self.after = until.map(|(_, end)| end);
        Ok(())
    }

    /// Reads on until something is ready or nothing is left.
    pub(super) async fn fill(&mut self, app: &App) -> Result<(), AppError> {
        while self.ready.is_empty() && !self.at_end {
            self.read(app.store().find_many(self.queries()).await?)?;
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

    fn is_wanted(&self, peek: &Peek) -> bool {
        match self.wanted.window {
            // Of a series only its first occurrence is known here; the filter has looked at its end.
            _ if peek.is_recurring => true,
            Some(window) if self.wanted.occupied => window.overlaps(peek.occupied_from, peek.occupied_until),
            Some(window) => window.overlaps(peek.start, peek.end),
            None => true,
        }
    }
}

/// The place of the last document of a page.
fn place(end: &Cursor) -> Result<Position, AppError> {
    match end.values.as_slice() {
        [Value::Instant(occupied_from)] => {
            Ok(Position { occupied_from: *occupied_from, id: end.id, original_start: None })
        }
        _ => Err(AppError::Internal("a page of events ends at no instant".to_owned())),
    }
}

/// One branch for each class: the events of it that may reach the window. `added` is what their classes have more than
/// those of live events.
pub(super) fn classes(
    series: bool,
    singles: bool,
    added: i64,
    window: Option<Window>,
) -> impl Iterator<Item = Filter> {
    let chosen = move |class: &&SpanClass| if class.is_series { series } else { singles };
    SPAN_CLASSES.iter().filter(chosen).map(move |class| branch(class, class.number + added, window))
}

fn branch(class: &SpanClass, number: i64, window: Option<Window>) -> Filter {
    let mut all = vec![Filter::eq("span_class", number)];
    if let Some(window) = window {
        let earliest =
            class.limit_h.and_then(|limit| window.from.checked_sub(SignedDuration::from_hours(limit)).ok());
        all.extend(earliest.map(|earliest| Filter::Gte("occupied_from", earliest.into())));
        all.push(Filter::Lt("occupied_from", window.until.into()));
        if class.is_series {
            all.push(Filter::Gte("recurrence_until", window.from.into()));
        }
    }
    Filter::All(all)
}
