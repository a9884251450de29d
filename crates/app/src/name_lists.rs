//! Lists of categories and locations kept between requests: each view of the calendar asks for them, and they change
//! seldom.
//!
//! A list is what one person sees, their own and those for all (or what administrators see, everybody's). Every commit of
//! this process that touches one of the two collections makes all kept lists of it old before it is answered
//! ([`watched`]), and so does what the store tells of other servers' writes ([`NameLists::written`]). Where a store
//! tells nothing of others, lists are kept for seconds
//! (`docs/adr/0014-lists-of-names-are-kept-by-generation.md`).

mod kept;
mod watched;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::SignedDuration;
use model::Id;
use model::collections::{CATEGORIES, LOCATIONS};
use model::documents::{Category, Location, Record};
use model::schema::Collection;
use store::{Capabilities, Cursor, Filter, Order, Query, Value};

use crate::paging::{PageRequest, Paged};
use crate::records::access::own_and_global;
use crate::{App, AppError, Caller};
use kept::{Kept, Look};

pub(crate) use watched::Watched;

/// Longer lists are not kept, and read page by page.
const MOST_RECORDS: u32 = 2_000;

/// What is known by name and listed.
pub(crate) trait Named: Record + Clone + Send + Sync + 'static {
    fn name(&self) -> &str;
    fn is_active(&self) -> bool;
    fn kept(lists: &NameLists) -> &Kept<Self>;
}

impl Named for Category {
    fn name(&self) -> &str {
        &self.name
    }
    fn is_active(&self) -> bool {
        self.is_active
    }
    fn kept(lists: &NameLists) -> &Kept<Self> {
        &lists.categories
    }
}

impl Named for Location {
    fn name(&self) -> &str {
        &self.name
    }
    fn is_active(&self) -> bool {
        self.is_active
    }
    fn kept(lists: &NameLists) -> &Kept<Self> {
        &lists.locations
    }
}

/// How often a list was asked for, by where it came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// It was kept.
    pub hits: u64,
    /// It was read, and may be kept since.
    pub misses: u64,
    /// It was read page by page: too long to be kept, or nothing is kept at present.
    pub passed: u64,
}

#[derive(Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    passed: AtomicU64,
}

/// The kept lists of a server.
pub struct NameLists {
    categories: Kept<Category>,
    locations: Kept<Location>,
    /// Whether others may write unheard: the store has a change signal, and nobody listens to it (yet).
    is_deaf: AtomicBool,
    counts: Counts,
}

impl NameLists {
    /// For a store with these capabilities.
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        // What others write is told within moments; the bound is for a signal that lags behind. Without a signal it is
        // for commands that run beside the server.
        let longest_s = if capabilities.change_signal { 60 } else { 3 };
        let longest = SignedDuration::from_secs(longest_s);
        Self {
            categories: Kept::new(longest),
            locations: Kept::new(longest),
            is_deaf: AtomicBool::new(capabilities.change_signal),
            counts: Counts::default(),
        }
    }

    /// A document of this collection was written, by whichever server.
    pub fn written(&self, collection: &'static str) {
        if collection == CATEGORIES.name {
            self.categories.forget();
        } else if collection == LOCATIONS.name {
            self.locations.forget();
        }
    }

    /// Anything may have been written unheard; from now on writes are told.
    pub fn anything(&self) {
        self.categories.forget();
        self.locations.forget();
        self.is_deaf.store(false, Ordering::SeqCst);
    }

    /// Nobody listens any more: nothing is kept until somebody does.
    pub fn deaf(&self) {
        self.is_deaf.store(true, Ordering::SeqCst);
    }

    /// How often lists were asked for so far.
    pub fn figures(&self) -> Figures {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Figures {
            hits: of(&self.counts.hits),
            misses: of(&self.counts.misses),
            passed: of(&self.counts.passed),
        }
    }

    /// It is not known whether a commit that touches these happened, or when it will have.
    fn doubt(&self, collection: &'static Collection) {
        if collection.name == CATEGORIES.name {
            self.categories.doubt();
        } else if collection.name == LOCATIONS.name {
            self.locations.doubt();
        }
    }
}

/// One page of the caller's own records and those for all, by name; everybody's for an administrator.
pub(crate) async fn list<R: Named>(
    app: &App,
    caller: &Caller,
    is_active: Option<bool>,
    page: PageRequest,
) -> Result<Paged<R>, AppError> {
    let whole = Query::of(R::COLLECTION, Filter::All(own_and_global(caller)));
    let whole = whole.sorted("name", Order::Ascending);
    let mut query = page.apply(whole.clone())?;
    if let Some(records) = kept::<R>(app, caller, whole).await? {
        return Ok(part(&records, is_active, &query));
    }
    if let (Filter::All(filters), Some(is_active)) = (&mut query.filter, is_active) {
        filters.push(Filter::eq("is_active", is_active));
    }
    let (items, next) = store::TypedStore::list(app.store(), query).await?;
    Ok(Paged::new(items, next))
}

/// The whole list, kept or read; `None` when it is not to be kept.
async fn kept<R: Named>(app: &App, caller: &Caller, whole: Query) -> Result<Option<Arc<[R]>>, AppError> {
    let lists = app.name_lists();
    let whose: Option<Id> = (!caller.is_admin()).then_some(caller.user_id);
    let count = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed);
    if lists.is_deaf.load(Ordering::SeqCst) {
        count(&lists.counts.passed);
        return Ok(None);
    }
    let turn = match R::kept(lists).look(whose, app.now()) {
        Look::Kept(records) => {
            count(&lists.counts.hits);
            return Ok(Some(records));
        }
        Look::Pass => {
            count(&lists.counts.passed);
            return Ok(None);
        }
        Look::Read(turn) => turn,
    };
    let found = app.store().find(whole.limit(MOST_RECORDS)).await?;
    if found.next.is_some() {
        count(&lists.counts.passed);
        R::kept(lists).too_long(whose, turn);
        return Ok(None);
    }
    count(&lists.counts.misses);
    let bytes: usize = found.documents.iter().map(|document| document.json.len()).sum();
    let records = found.documents.iter().map(|document| document.typed()).collect::<Result<Arc<[R]>, _>>()?;
    R::kept(lists).put(whose, turn, &records, bytes);
    Ok(Some(records))
}

/// The page of a whole list that the store would have answered.
fn part<R: Named>(records: &[R], is_active: Option<bool>, query: &Query) -> Paged<R> {
    let place = |record: &R| (Value::Text(record.name().to_owned()), record.id());
    let is_after = |record: &&R| match &query.after {
        Some(Cursor { values, id }) => match values.as_slice() {
            [Value::Text(name)] => (record.name(), record.id()) > (name.as_str(), *id),
            _ => true,
        },
        None => true,
    };
    let wanted = |record: &&R| is_active.is_none_or(|is_active| record.is_active() == is_active);
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut rest = records.iter().filter(wanted).filter(is_after);
    let items: Vec<R> = rest.by_ref().take(limit).cloned().collect();
    let more = rest.next().is_some();
    let last = items.last().filter(|_| more).map(|last| {
        let (name, id) = place(last);
        Cursor { values: vec![name], id }
    });
    Paged::new(items, last)
}
