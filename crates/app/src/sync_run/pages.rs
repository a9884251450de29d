//! Reading a calendar page by page: where to begin, what to do when the provider forgets the cursor, when to stop.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use model::documents::{Calendar, SyncCursor, SyncError};
use providers::contract::{ChangePage, Cursor, Next, ProviderError, ReadWindow};
use store::{Filter, StoreError, TypedStore};
use sync::plan::{Context, PagePlan, entry_id, plan_page};
use sync::remote::RemoteEntry;

use super::run::{LEASE_MS, ask, tell};
use super::{RunOptions, RunState, apply, deletions, gather};
use crate::connections::not_configured;
use crate::lease::Lease;
use crate::{App, AppError};

/// The provider's name in links and cursors.
pub(super) const PROVIDER: &str = "outlook";
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
/// How often a page is planned again when somebody changed one of its events meanwhile.
const MOST_REPLANS: u32 = 6;

/// A read of one calendar, on its way.
pub(super) struct Reading {
    pub(super) calendar: Calendar,
    /// The calendar's id at the provider.
    remote_calendar: String,
    /// The saved cursor, as it is in the store.
    pub(super) saved: Option<SyncCursor>,
    /// Where to read on; `None`: from the start.
    at: Option<Cursor>,
    pub(super) window: ReadWindow,
    /// Whether this process read everything from the start: only then does absence mean anything.
    pub(super) is_complete: bool,
    /// Provider ids met in a complete read.
    pub(super) seen: HashSet<String>,
    pub(super) began_at: Timestamp,
    /// Events that were linked before the run.
    pub(super) linked_before: usize,
    /// Why the cursor was dropped, when it was.
    pub(super) reason: Option<String>,
    is_finished: bool,
    restarts: u32,
    pages: u64,
    last_ids: Vec<String>,
    same_pages: u32,
}

impl Reading {
    /// Begins where the last run stopped, or from the start when told so or when a complete comparison is due.
    pub(super) async fn open(app: &App, calendar: &Calendar, full: bool) -> Result<Self, AppError> {
        let remote_calendar =
            calendar.outlook_calendar_id.clone().ok_or(AppError::NotFound { what: "calendar" })?;
        let mine = Filter::eq("calendar_id", calendar.id).and(Filter::eq("provider", PROVIDER));
        let saved: Option<SyncCursor> = app.store().first(mine.clone()).await?;
        let linked = app.store().count(&model::collections::SYNC_LINKS, mine).await?;
        let now = app.now();
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let fresh_window = ReadWindow {
            from: now - days(app.settings().read_back_days),
            until: now + days(app.settings().read_ahead_days),
        };
        let is_due = saved.as_ref().is_some_and(|saved| {
            saved.is_final && (saved.compare_due || outgrown(app, saved) || comparison_is_old(app, saved))
        });
        let resumed = saved
            .as_ref()
            .filter(|_| !full && !is_due)
            .and_then(|saved| Some(Cursor { mode: saved.mode.clone()?, token: saved.token.clone()? }));
        let saved_window = saved
            .as_ref()
            .and_then(|saved| Some(ReadWindow { from: saved.window_from?, until: saved.window_until? }));
        Ok(Self {
            calendar: calendar.clone(),
            remote_calendar,
            is_complete: resumed.is_none(),
            window: if resumed.is_some() { saved_window.unwrap_or(fresh_window) } else { fresh_window },
            at: resumed,
            saved,
            seen: HashSet::new(),
            began_at: now,
            linked_before: usize::try_from(linked).unwrap_or(usize::MAX),
            reason: full.then(|| "a full read was asked for".to_owned()),
            is_finished: false,
            restarts: 0,
            pages: 0,
            last_ids: Vec::new(),
            same_pages: 0,
        })
    }

    /// The next page, or `None` after the last one.
    pub(super) async fn fetch(&mut self, app: &App) -> Result<Option<ChangePage>, AppError> {
        if self.is_finished {
            return Ok(None);
        }
        let provider = app.outlook().ok_or_else(not_configured)?.clone();
        loop {
            let answer = ask(app, self.calendar.user_id, |token| {
                let (provider, at, window) = (provider.clone(), self.at.clone(), self.window);
                let calendar = self.remote_calendar.clone();
                async move { provider.changes(&token, &calendar, at.as_ref(), window).await }
            })
            .await;
            match answer {
                Ok(page) => {
                    self.check_progress(&page)?;
                    return Ok(Some(page));
                }
                Err(AppError::Provider(ProviderError::CursorGone { message }))
                    if self.restarts < MOST_RESTARTS =>
                {
                    self.restarts += 1;
                    self.restart(app, message);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Goes on after a page.
    pub(super) fn advance(&mut self, page: &ChangePage) {
        if self.is_complete {
            let met = page.entries.iter().filter(|entry| !matches!(entry, RemoteEntry::Removed { .. }));
            self.seen.extend(met.filter_map(entry_id).map(str::to_owned));
        }
        match &page.next {
            Next::Page(cursor) => self.at = Some(cursor.clone()),
            Next::Done(cursor) => {
                self.at = Some(cursor.clone());
                self.is_finished = true;
            }
        }
    }

    fn restart(&mut self, app: &App, reason: String) {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        self.at = None;
        self.is_complete = true;
        self.seen.clear();
        self.began_at = app.now();
        self.window = ReadWindow {
            from: self.began_at - days(app.settings().read_back_days),
            until: self.began_at + days(app.settings().read_ahead_days),
        };
        self.reason = Some(reason);
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

/// Gathers what is known of a page's items and plans it.
pub(super) async fn plan(app: &App, reading: &Reading, page: &ChangePage) -> Result<PagePlan, AppError> {
    let (entries, known) = gather::gather(app, reading, page.entries.clone()).await?;
    let context = Context {
        user_id: reading.calendar.user_id,
        calendar_id: reading.calendar.id,
        provider: PROVIDER,
        now: app.now(),
    };
    Ok(plan_page(&context, entries, &known, app.ids()))
}

/// Reads, plans and applies every page, then settles the deletions.
pub(super) async fn read_all(
    app: &App,
    calendar: &Calendar,
    lease: &Lease,
    options: RunOptions,
    run: &mut RunState,
    errors: &mut Vec<SyncError>,
) -> Result<(), AppError> {
    let mut reading = Reading::open(app, calendar, options.full).await?;
    while let Some(page) = reading.fetch(app).await? {
        let mut replans = 0;
        let plan = loop {
            let plan = plan(app, &reading, &page).await?;
            match apply::commit_page(app, &mut reading, lease, &plan, &page.next).await {
                Ok(()) => break plan,
                Err(AppError::Store(error)) if may_replan(&error) && replans < MOST_REPLANS => replans += 1,
                Err(error) => return Err(lost_lease(error)),
            }
        };
        apply::count(run, &plan);
        errors.extend(plan.errors);
        reading.advance(&page);
        tell(app, run);
    }
    deletions::settle(app, &mut reading, lease, run).await.map_err(lost_lease)
}

/// Somebody changed an event of the page meanwhile, or it is not known whether the commit happened: reading again and
/// planning again settles both.
fn may_replan(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::RevisionMismatch { .. }
            | StoreError::Duplicate { .. }
            | StoreError::OutcomeUnknown { .. }
    )
}

fn lost_lease(error: AppError) -> AppError {
    match error {
        AppError::Store(StoreError::ConditionFailed { collection })
            if collection == model::collections::LEASES.name =>
        {
            AppError::Conflict {
                code: "lease_lost",
                detail: format!(
                    "the run paused for more than {} seconds and another took over",
                    LEASE_MS / 1_000
                ),
            }
        }
        error => error,
    }
}
