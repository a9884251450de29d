//! The events of a range: stored ones and the occurrences of series, merged into one stable order, in pages.
//!
//! The order is by the start of what an item occupies (set-up included), then by id. A cursor is the place of the last
//! item in that order, so that pages stay exact while others write.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::documents::{PriorityLevel, SyncStatus};
use store::{Cursor, Filter, Value};

use super::scan::{Position, Scan, Wanted};
use super::series::StandIns;
use super::{series, view};
use crate::paging::{PageRequest, Paged};
use crate::records::access::owner_filter;
use crate::records::occurrences::{Expansion, Occurrence, Window};
use crate::{App, AppError, Caller};

/// A longer range is not expanded into occurrences.
pub const LONGEST_EXPANDED_DAYS: i64 = 400;
const MAX_SEARCH_CHARS: usize = 200;
const SEARCHED: &[&str] = &["title", "description", "location", "internal_notes", "client_contact"];

/// Whether series are given as their occurrences or as themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expand {
    /// Each occurrence in the range.
    Occurrences,
    /// The master, once.
    Series,
}

/// Narrows a listing; every condition must hold.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "named like the fields they compare")]
pub struct Filters {
    /// Whose events; only an administrator has others to choose.
    pub user_id: Option<Id>,
    pub calendar_id: Option<Id>,
    /// Any of the event's Outlook categories.
    pub category: Option<String>,
    pub internal_category: Option<String>,
    pub location: Option<String>,
    /// One of the people assigned.
    pub staff: Option<String>,
    pub priority_level: Option<PriorityLevel>,
    pub sync_status: Option<SyncStatus>,
    /// Text that title, description, location, notes or client contact contain.
    pub q: Option<String>,
}

/// Which events are asked for.
#[derive(Debug, Clone, Default)]
pub struct RangeQuery {
    /// First instant; absent: from the beginning.
    pub from: Option<Timestamp>,
    /// First instant after the range; absent: to the end, with series as themselves.
    pub to: Option<Timestamp>,
    /// Whether set-up and teardown count for overlapping the range.
    pub occupied: bool,
    /// Further conditions.
    pub filters: Filters,
    /// Whether removed events are listed too.
    pub include_removed: bool,
    /// Whether those in the archive are listed too, each with `archived_at`.
    pub include_archived: bool,
    /// How series are given; by default as occurrences where the range has two ends.
    pub expand: Option<Expand>,
    /// Which page.
    pub page: PageRequest,
}

/// A page ends before its limit when it has grown to so many bytes: a series with a long text comes to that.
const MOST_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A page of events, each as the API's JSON text.
pub type EventPage = Paged<String>;

/// Lists the events of a range. `invalid_fields` for a range that ends before it begins or is too long to expand.
pub async fn range(app: &App, caller: &Caller, query: RangeQuery) -> Result<EventPage, AppError> {
    let window = window(&query)?;
    let expand = expand(&query)?;
    let filters = filters(caller, &query.filters)?;
    let after = query.page.after.as_ref().map(position).transpose()?;
    let limit = usize::try_from(query.page.limit).unwrap_or(usize::MAX);
    // A few begin before the window and end before it too.
    let page = query.page.limit + query.page.limit / 8 + 8;
    let (masters, mut stand_ins) = match window {
        Some(window) if expand == Expand::Occurrences => {
            let masters = series::reaching(app, &filters, window, query.include_archived).await?;
            let stand_ins = StandIns::within(window, &masters, query.include_archived);
            (masters, stand_ins)
        }
        _ => Default::default(),
    };
    let wanted = Wanted {
        window,
        occupied: query.occupied,
        masters: expand == Expand::Series,
        removed: query.include_removed,
        archived: query.include_archived,
        after,
        page,
    };
    let mut scan = Scan::new(filters, wanted);
    // As of one moment: an occurrence that becomes an exception meanwhile is neither missing nor there twice.
    let mut queries = scan.queries();
    let scanned = queries.len();
    queries.extend_from_slice(stand_ins.queries());
    let mut pages = app.store().find_many(queries).await?.into_iter();
    scan.read(pages.by_ref().take(scanned).collect())?;
    stand_ins.read(app, pages).await?;
    let expansions: Vec<Expansion> = masters.into_iter().map(|master| stand_ins.expand(master)).collect();
    let mut streams = Streams::new(&expansions, window, query.occupied, after);

    let mut items: Vec<String> = Vec::with_capacity(limit);
    let mut bytes = 0;
    let mut last = None;
    let more = loop {
        scan.fill(app).await?;
        let stored = scan.next_position();
        let computed = streams.next_position();
        let Some(next) = stored.into_iter().chain(computed).min() else { break false };
        if items.len() == limit || bytes >= MOST_PAGE_BYTES {
            break true;
        }
        last = Some(next);
        if stored == Some(next) {
            items.extend(scan.take().map(|event| view::text(event.document.json, event.all_day)));
        } else if let Some((expansion, occurrence)) = streams.take() {
            items.push(expansion.text(&occurrence)?);
        }
        bytes += items.last().map_or(0, String::len);
    };
    Ok(Paged::new(items, last.filter(|_| more).map(cursor)))
}

type Occurrences<'a> = Box<dyn Iterator<Item = Occurrence> + Send + 'a>;

/// The occurrences of many series, merged: each with the one that waits to be taken.
struct Streams<'a> {
    sources: Vec<(&'a Expansion, Occurrences<'a>, Option<Occurrence>)>,
    order: BinaryHeap<Reverse<(Position, usize)>>,
}

impl<'a> Streams<'a> {
    fn new(
        expansions: &'a [Expansion],
        window: Option<Window>,
        occupied: bool,
        after: Option<Position>,
    ) -> Self {
        let mut streams = Self { sources: Vec::with_capacity(expansions.len()), order: BinaryHeap::new() };
        let Some(window) = window else { return streams };
        // An occurrence starts no earlier than its set-up, which is what the order goes by.
        let resume = after.map_or(Timestamp::MIN, |position| position.occupied_from);
        for (expansion, index) in expansions.iter().zip(0..) {
            let occurrences = expansion
                .between(window, occupied, resume)
                .filter(move |occurrence| after.is_none_or(|after| place(expansion, occurrence) > after));
            streams.sources.push((expansion, Box::new(occurrences), None));
            streams.advance(index);
        }
        streams
    }

    fn next_position(&self) -> Option<Position> {
        self.order.peek().map(|Reverse((position, _))| *position)
    }

    fn take(&mut self) -> Option<(&'a Expansion, Occurrence)> {
        let Reverse((_, index)) = self.order.pop()?;
        let (expansion, _, waiting) = self.sources.get_mut(index)?;
        let taken = (*expansion, waiting.take()?);
        self.advance(index);
        Some(taken)
    }

    fn advance(&mut self, index: usize) {
        if let Some((expansion, occurrences, waiting)) = self.sources.get_mut(index) {
            *waiting = occurrences.next();
            if let Some(occurrence) = waiting {
                self.order.push(Reverse((place(expansion, occurrence), index)));
            }
        }
    }
}

fn place(expansion: &Expansion, occurrence: &Occurrence) -> Position {
    Position {
        occupied_from: occurrence.occupied_from,
        id: expansion.master().id,
        original_start: Some(occurrence.start),
    }
}

fn window(query: &RangeQuery) -> Result<Option<Window>, AppError> {
    let window = match (query.from, query.to) {
        (None, None) => return Ok(None),
        // Bounds every engine can compare with.
        (from, to) => Window {
            from: from.unwrap_or(Timestamp::constant(-62_135_596_800, 0)),
            until: to.unwrap_or_else(sync::local::far_future),
        },
    };
    if window.until <= window.from {
        return Err(AppError::field("to", "The range must end after it begins."));
    }
    Ok(Some(window))
}

fn expand(query: &RangeQuery) -> Result<Expand, AppError> {
    let length = query.from.zip(query.to).map(|(from, to)| to.duration_since(from));
    let fits = length.is_some_and(|length| length <= SignedDuration::from_hours(24 * LONGEST_EXPANDED_DAYS));
    match query.expand {
        Some(Expand::Series) => Ok(Expand::Series),
        Some(Expand::Occurrences) | None if fits => Ok(Expand::Occurrences),
        None if length.is_none() => Ok(Expand::Series),
        _ => Err(AppError::field(
            "to",
            format!(
                "Series are expanded for at most {LONGEST_EXPANDED_DAYS} days at once: \
                 narrow the range from both ends, or ask for expand=series."
            ),
        )),
    }
}

fn filters(caller: &Caller, filters: &Filters) -> Result<Vec<Filter>, AppError> {
    let mut all = owner_filter(caller, filters.user_id);
    all.extend(filters.calendar_id.map(|id| Filter::eq("calendar_id", id)));
    if let Some(name) = filters.category.as_deref() {
        all.push(Filter::Any(vec![Filter::eq("category", name), Filter::eq("categories", name)]));
    }
    let texts = [
        ("internal_category", filters.internal_category.as_deref()),
        ("location", filters.location.as_deref()),
        ("staff_assigned", filters.staff.as_deref()),
        ("priority_level", filters.priority_level.map(word_of_priority)),
        ("sync_status", filters.sync_status.map(word_of_status)),
    ];
    all.extend(texts.into_iter().filter_map(|(field, text)| Some(Filter::eq(field, text?))));
    if let Some(text) = filters.q.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        if text.chars().count() > MAX_SEARCH_CHARS {
            return Err(AppError::field(
                "q",
                format!("At most {MAX_SEARCH_CHARS} characters can be searched."),
            ));
        }
        all.push(Filter::Contains(SEARCHED, text.to_owned()));
    }
    Ok(all)
}

fn word_of_priority(level: PriorityLevel) -> &'static str {
    match level {
        PriorityLevel::Low => "low",
        PriorityLevel::Medium => "medium",
        PriorityLevel::High => "high",
        PriorityLevel::Critical => "critical",
    }
}

fn word_of_status(status: SyncStatus) -> &'static str {
    match status {
        SyncStatus::Synced => "synced",
        SyncStatus::Pending => "pending",
        SyncStatus::Error => "error",
        SyncStatus::NotSynced => "not_synced",
    }
}

fn cursor(position: Position) -> Cursor {
    let original = position.original_start.map_or(Value::Null, Value::Instant);
    Cursor { values: vec![Value::Instant(position.occupied_from), original], id: position.id }
}

fn position(cursor: &Cursor) -> Result<Position, AppError> {
    match cursor.values.as_slice() {
        [Value::Instant(occupied_from), original] => Ok(Position {
            occupied_from: *occupied_from,
            id: cursor.id,
            original_start: match original {
                Value::Instant(start) => Some(*start),
                _ => None,
            },
        }),
        _ => Err(crate::paging::malformed()),
    }
}
