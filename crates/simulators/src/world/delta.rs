//! Change tracking: rounds of pages over one calendar, and the links between them.
//!
//! A round fixes WHICH entries it tells when it begins; each page tells them as they are when it is
//! read. What changes in between is told again by the next round. A link names a round and a place
//! in it, so a page can be fetched twice and an old link can be followed again, until the calendar
//! has forgotten the round.
//!
//! The laws (design: providers.md 0.1-0.3, 1.5): an item that leaves the window is told as deleted;
//! occurrences are skeletons; a changed series is told whole; an occurrence that vanished is absent.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::item::Item;
use super::refusal::Refusal;
use super::render;
use super::state::{Gone, State};
use super::switches::SyncStateLost;
use super::token;
use super::view::View;

/// Which of the two change-tracking functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// `calendarView/delta`: a fixed window, series expanded.
    Window {
        /// Start, included.
        from: Timestamp,
        /// End, not included.
        until: Timestamp,
    },
    /// `events/delta`: series and exceptions, no end.
    Events {
        /// Only what ends after this.
        from: Option<Timestamp>,
    },
}

/// One page of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct DeltaPage {
    /// Events, skeletons and `@removed`.
    pub items: Vec<Value>,
    /// The token of the next page, or of the next round.
    pub link: DeltaLink,
}

/// How a page ends: with exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeltaLink {
    /// `$skiptoken`: more pages.
    Next(String),
    /// `$deltatoken`: the round is told.
    Delta(String),
}

/// A round: fixed when it begins.
#[derive(Debug)]
pub(super) struct Round {
    id: u64,
    tracked: Tracked,
    /// The world's change number when the round began: the next one tells what came later.
    change: u64,
    entries: Vec<Entry>,
    /// Items that the client knows of when the round is told.
    known: Arc<BTreeSet<u64>>,
}

#[derive(Clone, Debug)]
enum Entry {
    Item(u64),
    Instance(u64, Date),
    Removed(Gone),
}

/// A token read back: round, and the page's first entry unless the round is over.
pub(super) struct Place {
    round: Arc<Round>,
    offset: Option<usize>,
}

impl Place {
    /// The beginning of a round.
    pub(super) fn first(round: Arc<Round>) -> Self {
        Self { round, offset: Some(0) }
    }
}

/// Begins tracking: everything there is.
pub(super) fn begin(state: &mut State, calendar: u64, tracked: Tracked) -> Arc<Round> {
    let mut entries = Vec::new();
    let mut known = BTreeSet::new();
    for item in items(state, calendar) {
        if tell(item, tracked, &mut entries) {
            known.insert(item.number);
        }
    }
    keep(state, calendar, tracked, entries, Arc::new(known))
}

/// The round after `last`: what changed since it began.
fn follow(state: &mut State, calendar: u64, last: &Round) -> Arc<Round> {
    let mut entries = Vec::new();
    let mut known = Arc::clone(&last.known);
    for gone in state.gone.get(&calendar).into_iter().flatten().filter(|gone| gone.change > last.change) {
        // Told even when the item came back: by then it has another ordinary id.
        if known.contains(&gone.number) {
            Arc::make_mut(&mut known).remove(&gone.number);
            entries.push(Entry::Removed(gone.clone()));
        }
    }
    for item in items(state, calendar).filter(|item| item.version > last.change) {
        if tell(item, last.tracked, &mut entries) {
            if !known.contains(&item.number) {
                Arc::make_mut(&mut known).insert(item.number);
            }
        } else if known.contains(&item.number) {
            Arc::make_mut(&mut known).remove(&item.number);
            entries.push(Entry::Removed(Gone {
                change: item.version,
                number: item.number,
                relative_id: item.relative_id.clone(),
                immutable_id: item.immutable_id.clone(),
            }));
        }
    }
    keep(state, calendar, last.tracked, entries, known)
}

/// The page at `place`, or the first page of the round after it. With `repeat`, the page ends with
/// a link to itself, as a wedged mailbox does.
pub(super) fn page(
    state: &mut State,
    calendar: u64,
    place: Place,
    size: usize,
    view: &View,
    repeat: bool,
) -> DeltaPage {
    let (round, offset) = match place.offset {
        Some(offset) => (place.round, offset),
        None => (follow(state, calendar, &place.round), 0),
    };
    let end = offset.saturating_add(size.max(1)).min(round.entries.len());
    let entries = round.entries.get(offset..end).unwrap_or_default();
    let items = entries.iter().filter_map(|entry| told(state, &round, entry, view)).collect();
    state.rounds_made += 1;
    let nonce = state.rounds_made;
    let link = if repeat {
        DeltaLink::Next(token::write(state.seed, calendar, round.id, Some(offset), nonce))
    } else if end < round.entries.len() {
        DeltaLink::Next(token::write(state.seed, calendar, round.id, Some(end), 0))
    } else {
        DeltaLink::Delta(token::write(state.seed, calendar, round.id, None, 0))
    };
    DeltaPage { items, link }
}

/// Finds the place that a token names.
///
/// # Errors
/// 400 for a token that this calendar and function never made; the lost-state answer that the
/// switches choose for one whose round is forgotten.
pub(super) fn place(state: &State, calendar: u64, is_window: bool, text: &str) -> Result<Place, Refusal> {
    let (of_calendar, round, offset) =
        token::read(state.seed, text).ok_or_else(Refusal::badly_formed_token)?;
    if of_calendar != calendar {
        return Err(Refusal::badly_formed_token());
    }
    let rounds = state.rounds.get(&calendar);
    let Some(round) = rounds.into_iter().flatten().find(|kept| kept.id == round) else {
        return Err(lost(state, round));
    };
    if matches!(round.tracked, Tracked::Window { .. }) != is_window {
        return Err(Refusal::badly_formed_token());
    }
    Ok(Place { round: Arc::clone(round), offset })
}

fn items(state: &State, calendar: u64) -> impl Iterator<Item = &Item> {
    let numbers = state.calendar_items.get(&calendar).into_iter().flatten();
    numbers.filter_map(|number| state.items.get(number))
}

/// Adds an item's entries; false when nothing of it is tracked.
fn tell(item: &Item, tracked: Tracked, entries: &mut Vec<Entry>) -> bool {
    match (tracked, &item.series) {
        (Tracked::Window { from, until }, Some(_)) => {
            let instances = item.instances(from, until);
            if instances.is_empty() {
                return false;
            }
            entries.push(Entry::Item(item.number));
            entries.extend(instances.iter().map(|one| Entry::Instance(item.number, one.date)));
        }
        (Tracked::Window { from, until }, None) => {
            if !item.touches(from, until) {
                return false;
            }
            entries.push(Entry::Item(item.number));
        }
        (Tracked::Events { from }, series) => {
            if from.is_some_and(|from| !item.ends_after(from)) {
                return false;
            }
            entries.push(Entry::Item(item.number));
            let exceptions = series.iter().flat_map(|series| series.exceptions.keys());
            entries.extend(exceptions.map(|date| Entry::Instance(item.number, *date)));
        }
    }
    true
}

/// An entry as it is now; nothing when it vanished since the round began.
fn told(state: &State, round: &Round, entry: &Entry, view: &View) -> Option<Value> {
    let (number, date) = match entry {
        Entry::Removed(gone) => return Some(render::removed(gone, view)),
        Entry::Item(number) => (number, None),
        Entry::Instance(number, date) => (number, Some(*date)),
    };
    let item = state.items.get(number)?;
    let Some(date) = date else { return Some(render::typed(render::event(state, item, view))) };
    let one = item.instance(date)?;
    match round.tracked {
        Tracked::Window { .. } if !one.is_exception => Some(render::skeleton(state, item, &one, view)),
        _ => Some(render::typed(render::instance(state, item, &one, view))),
    }
}

fn keep(
    state: &mut State,
    calendar: u64,
    tracked: Tracked,
    entries: Vec<Entry>,
    known: Arc<BTreeSet<u64>>,
) -> Arc<Round> {
    state.rounds_made += 1;
    let round = Arc::new(Round { id: state.rounds_made, tracked, change: state.changes, entries, known });
    let kept = state.rounds.entry(calendar).or_default();
    kept.push_back(Arc::clone(&round));
    while kept.len() > state.kept_rounds.max(1) {
        kept.pop_front();
    }
    round
}

fn lost(state: &State, round: u64) -> Refusal {
    let highest = state.rounds_made;
    let message = format!("The sync state generation is not found; generation={round};[highest={highest}].");
    match state.switches.sync_state_lost {
        SyncStateLost::Gone | SyncStateLost::GoneWithLocation => {
            Refusal::new(410, "SyncStateNotFound", message)
        }
        SyncStateLost::BadRequest => Refusal::new(400, "syncStateNotFound", message),
    }
}
