//! A reading of one calendar: where it begins, what to do when the provider forgets the cursor, when to stop.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::documents::{Calendar, Event, Record, SyncCursor, SyncLink};
use providers::contract::{ChangePage, Cursor, Next, ProviderError, ReadWindow};
use store::{Batch, Filter, TypedStore};
use sync::plan::{Action, PagePlan, entry_id, is_there};
use sync::together::Together;

use super::RunOptions;
use super::fetched::{Bundle, Fetched};
use super::hold::Hold;
use super::pages::PROVIDER;
use super::request::{Mailbox, PageRequest};
use super::run::LEASE_MS;
use super::seen::Seen;
use crate::lease::Lease;
use crate::{App, AppError};

/// The reading that has an end in time and must be begun anew before it is reached.
const WINDOWED_MODE: &str = "calendar_view_delta";
/// After so many days everything is read and compared once more: a change that a provider forgot to tell is found.
const COMPARE_EVERY_DAYS: i64 = 7;
/// No calendar has more pages than this.
const MOST_PAGES: u64 = 20_000;
/// So many pages in a row with the same items mean that the provider goes round in circles.
const SAME_PAGES: u32 = 3;
/// So many empty pages in a row mean the same.
const EMPTY_PAGES: u32 = 50;
/// How often a read may begin anew within a run when the provider forgets its cursor.
const MOST_RESTARTS: u32 = 2;

/// A read of one calendar, on its way.
pub(super) struct Reading {
    pub(super) calendar: Calendar,
    /// The calendar at the provider.
    pub(super) mailbox: Mailbox,
    /// The saved cursor, as it is in the store.
    pub(super) saved: Option<SyncCursor>,
    /// Where to read on; `None`: from the start.
    at: Option<Cursor>,
    pub(super) window: ReadWindow,
    /// Whether this process read everything from the start: only then does absence mean anything.
    pub(super) is_complete: bool,
    /// Items met so far.
    pub(super) seen: Seen,
    /// What a plan that is not applied has made of items so far; empty in a run.
    pub(super) planned: HashMap<String, (SyncLink, Event)>,
    pub(super) began_at: Timestamp,
    /// Events that were linked before it began.
    pub(super) linked_before: usize,
    /// Events that the run before could not ask for, and said so.
    pub(super) refused_before: BTreeSet<Id>,
    /// Whether a person asked for the run.
    pub(super) is_asked_for: bool,
    /// Why the cursor was dropped, when it was.
    pub(super) reason: Option<String>,
    is_finished: bool,
    restarts: u32,
    pages: u64,
    last_ids: Vec<String>,
    same_pages: u32,
    /// Whether the same items came again and again, so that reading on leads nowhere.
    is_in_circles: bool,
}

impl Reading {
    /// Begins where the last run stopped, or from the start when told so or when a complete comparison is due.
    pub(super) async fn open(app: &App, calendar: &Calendar, options: RunOptions) -> Result<Self, AppError> {
        let mailbox = Mailbox::of(app, calendar)?;
        let mine = Filter::eq("calendar_id", calendar.id).and(Filter::eq("provider", PROVIDER));
        let saved: Option<SyncCursor> = app.store().first(mine).await?;
        // A run that did not come to its end has judged nothing.
        let refused_before = if saved.as_ref().is_some_and(|saved| saved.is_final) {
            Hold::read(app, calendar.id).await?.collected
        } else {
            BTreeSet::new()
        };
        let now = app.now();
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let fresh_window = ReadWindow {
            from: now - days(app.settings().read_back_days),
            until: now + days(app.settings().read_ahead_days),
        };
        let due = saved.as_ref().and_then(|saved| due(app, saved));
        let reason = if options.full { Some("a full read was asked for") } else { due };
        let resumed = saved
            .as_ref()
            .filter(|_| reason.is_none())
            .and_then(|saved| Some(Cursor { mode: saved.mode.clone()?, token: saved.token.clone()? }));
        let saved_window = saved
            .as_ref()
            .and_then(|saved| Some(ReadWindow { from: saved.window_from?, until: saved.window_until? }));
        Ok(Self {
            calendar: calendar.clone(),
            mailbox,
            is_complete: resumed.is_none(),
            window: if resumed.is_some() { saved_window.unwrap_or(fresh_window) } else { fresh_window },
            at: resumed,
            saved,
            seen: Seen::default(),
            planned: HashMap::new(),
            began_at: now,
            linked_before: linked(app, calendar).await?,
            refused_before,
            is_asked_for: options.asked_for,
            reason: reason.map(str::to_owned),
            is_finished: false,
            restarts: 0,
            pages: 0,
            last_ids: Vec::new(),
            same_pages: 0,
            is_in_circles: false,
        })
    }

    /// The next page, or `None` after the last one.
    pub(super) async fn fetch(&mut self, app: &App) -> Result<Option<ChangePage>, AppError> {
        if self.is_finished {
            return Ok(None);
        }
        let answer = self.request().send(app).await;
        self.page(app, answer).await.map(Some)
    }

    /// The request for the page where the reading stands.
    pub(super) fn request(&self) -> PageRequest {
        PageRequest { mailbox: self.mailbox.clone(), at: self.at.clone(), window: self.window }
    }

    /// Where to read on; `None`: from the start.
    pub(super) fn at(&self) -> Option<&Cursor> {
        self.at.as_ref()
    }

    /// The end in time of what is read, where the reading has one.
    pub(super) fn ends_at(&self) -> Option<Timestamp> {
        let is_windowed = self.at.as_ref().is_some_and(|at| at.mode == WINDOWED_MODE);
        is_windowed.then_some(self.window.until)
    }

    /// What of these pages is to be applied together: all of them, or those before one that is about the same items, or
    /// that shows that the provider goes in circles.
    pub(super) async fn bundle(&mut self, app: &App, fetched: Fetched) -> Result<Bundle, AppError> {
        let mut bundle = Bundle::of(self.page(app, fetched.first).await?);
        let mut together = Together::default();
        together.takes(&bundle.page.entries);
        let mut behind = fetched.behind.into_iter();
        while let Some(answer) = behind.next() {
            if answer.as_ref().is_ok_and(|page| !together.takes(&page.entries)) {
                bundle.rest = Some(Fetched { first: answer, behind: behind.collect() });
                break;
            }
            match answer.and_then(|page| self.check_progress(&page).map(|()| page)) {
                Ok(page) => bundle.add(page),
                Err(failure) => {
                    bundle.failure = Some(failure);
                    break;
                }
            }
        }
        Ok(bundle)
    }

    /// The page of an answer. When the provider has forgotten the cursor, the reading begins anew with the first one.
    pub(super) async fn page(
        &mut self,
        app: &App,
        mut answer: Result<ChangePage, AppError>,
    ) -> Result<ChangePage, AppError> {
        loop {
            match answer {
                Ok(page) => {
                    self.check_progress(&page)?;
                    return Ok(page);
                }
                Err(AppError::Provider(ProviderError::CursorGone { message }))
                    if self.restarts < MOST_RESTARTS =>
                {
                    self.restarts += 1;
                    self.restart(app, message).await?;
                }
                Err(error) => return Err(error),
            }
            answer = self.request().send(app).await;
        }
    }

    /// Goes on after a page.
    pub(super) fn advance(&mut self, page: &ChangePage) {
        let met = page.entries.iter().filter(|entry| is_there(entry));
        met.filter_map(entry_id).for_each(|id| self.seen.add(id));
        match &page.next {
            Next::Page(cursor) => self.at = Some(cursor.clone()),
            Next::Done(cursor) => {
                self.at = Some(cursor.clone());
                self.is_finished = true;
            }
        }
    }

    /// Remembers what a plan would make of its items: the pages behind it are planned as if it had been applied.
    pub(super) fn remember(&mut self, plan: &PagePlan) {
        for action in &plan.actions {
            if let Action::Create { event, link } | Action::Update { event, link, .. } = action {
                let planned = ((**link).clone(), (**event).clone());
                self.planned.insert(link.provider_item_id.clone(), planned);
            }
        }
    }

    async fn restart(&mut self, app: &App, reason: String) -> Result<(), AppError> {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        self.at = None;
        self.is_complete = true;
        self.seen = Seen::default();
        self.began_at = app.now();
        self.window = ReadWindow {
            from: self.began_at - days(app.settings().read_back_days),
            until: self.began_at + days(app.settings().read_ahead_days),
        };
        self.reason = Some(reason);
        // What this run has stored so far may be missed by what is read now.
        self.linked_before = linked(app, &self.calendar).await?;
        Ok(())
    }

    /// When the provider goes in circles behind the saved cursor, the next run begins anew.
    pub(super) async fn give_up_circles(&mut self, app: &App, lease: &Lease) -> Result<(), AppError> {
        let Some(saved) = self.saved.as_ref().filter(|_| self.is_in_circles) else { return Ok(()) };
        let reason = Some("Outlook gave the same page again and again".to_owned());
        let mut cursor = SyncCursor { mode: None, token: None, is_final: false, reason, ..saved.clone() };
        cursor.touch(app.now());
        let mut batch = Batch::new();
        batch.writes.push(lease.fence(app, LEASE_MS));
        batch.replace(&cursor, saved.revision)?;
        app.store().commit(batch).await?;
        self.saved = Some(cursor);
        Ok(())
    }

    /// A provider that gives the same page again and again never comes to an end; stop and say so.
    fn check_progress(&mut self, page: &ChangePage) -> Result<(), AppError> {
        self.pages += 1;
        let ids: Vec<String> = page.entries.iter().filter_map(entry_id).map(str::to_owned).collect();
        self.same_pages = if ids == self.last_ids { self.same_pages + 1 } else { 0 };
        // An empty page may come with a next one, and so may a few of them.
        let most = if ids.is_empty() { EMPTY_PAGES } else { SAME_PAGES };
        self.last_ids = ids;
        if self.same_pages < most && self.pages < MOST_PAGES {
            return Ok(());
        }
        // Behind empty pages, and behind very many, there may be an end: the next run reads on.
        self.is_in_circles = self.same_pages >= most && !self.last_ids.is_empty();
        Err(AppError::Provider(ProviderError::Retry {
            after_ms: None,
            code: "provider_goes_in_circles".to_owned(),
            message: format!(
                "reading \"{}\" stopped: Outlook gave the same page again and again and no end",
                self.calendar.name
            ),
        }))
    }
}

/// How many events of the calendar are linked now.
async fn linked(app: &App, calendar: &Calendar) -> Result<usize, AppError> {
    let mine = Filter::eq("calendar_id", calendar.id).and(Filter::eq("provider", PROVIDER));
    let linked = app.store().count(&model::collections::SYNC_LINKS, mine).await?;
    Ok(usize::try_from(linked).unwrap_or(usize::MAX))
}

/// Why everything is to be read and compared from the start, when it is. A complete read that stopped half way is gone on
/// with, to be compared by the next one: a long one would never end else. One that did not end in a week is given up.
fn due(app: &App, saved: &SyncCursor) -> Option<&'static str> {
    if saved.compare_due && saved.is_final {
        Some("the last complete read was not compared to its end")
    } else if outgrown(app, saved) {
        Some("the time that is read ahead had run down to half")
    } else if comparison_is_old(app, saved) {
        Some("everything is compared once a week")
    } else {
        None
    }
}

/// A reading with an end in time is begun anew when half of the time ahead is over.
fn outgrown(app: &App, saved: &SyncCursor) -> bool {
    let half = SignedDuration::from_hours(12 * app.settings().read_ahead_days);
    saved.mode.as_deref() == Some(WINDOWED_MODE)
        && saved.window_until.is_some_and(|until| until < app.now() + half)
}

/// The window begins so many days before the read that set it, which tells when everything was last read.
fn comparison_is_old(app: &App, saved: &SyncCursor) -> bool {
    let age = SignedDuration::from_hours(24 * (app.settings().read_back_days + COMPARE_EVERY_DAYS));
    saved.window_from.is_none_or(|from| from + age < app.now())
}
