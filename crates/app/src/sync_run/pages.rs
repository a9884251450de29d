//! A run's pages: they are planned and applied while the next ones are fetched.

use std::collections::{BTreeSet, HashSet};

use model::Id;
use model::documents::{Calendar, SyncLog};
use providers::contract::{ChangePage, Next};
use store::StoreError;
use sync::plan::{Action, Context, PagePlan, plan_page};
use sync::remote::RemoteEntry;

use super::fetched::{Ahead, Bundle, Fetched};
use super::gather::Gathered;
use super::log::Log;
use super::reading::Reading;
use super::run::{LEASE_MS, tell};
use super::{RunOptions, RunState, apply, deletions, gather};
use crate::archive::{self, Mover};
use crate::lease::Lease;
use crate::{App, AppError, Source};

/// The provider's name in links and cursors.
pub(super) const PROVIDER: &str = "outlook";
/// How often a page is planned again when somebody changed one of its events meanwhile.
pub(super) const MOST_REPLANS: u32 = 6;

/// A page's plan, and the archived events that it changes: they are brought back before it can be applied.
pub(super) struct Planned {
    pub(super) plan: PagePlan,
    pub(super) to_bring_back: BTreeSet<Id>,
    /// Events here that the page says are there.
    pub(super) met: HashSet<Id>,
}

/// Gathers what is known of a page's items and plans it. What the page itself lacks is added to it.
pub(super) async fn plan(app: &App, reading: &Reading, page: &mut ChangePage) -> Result<Planned, AppError> {
    let Gathered { known, archived, met } = gather::gather(app, reading, &mut page.entries).await?;
    let context = Context {
        user_id: reading.calendar.user_id,
        calendar_id: reading.calendar.id,
        provider: PROVIDER,
        now: app.now(),
    };
    let plan = plan_page(&context, &page.entries, &known, app.ids());
    let changed = plan.actions.iter().filter_map(changed_event);
    let to_bring_back = changed.filter(|id| archived.contains(id)).collect();
    Ok(Planned { plan, to_bring_back, met })
}

/// The event here that a step changes or adds to. A reported deletion changes nothing until it was judged.
fn changed_event(action: &Action) -> Option<Id> {
    match action {
        Action::Create { event, .. } => event.recurrence_master_id,
        Action::Update { before, .. }
        | Action::Follow { before, .. }
        | Action::Mark { before, .. }
        | Action::Reset { before, .. } => Some(before.id),
        Action::Remove { event, warrant } => warrant.is_certain().then_some(event.id),
        Action::Agree { .. } => None,
    }
}

/// Reads, plans and applies every page, then settles the deletions.
///
/// While pages are applied the next ones are fetched, some and no more. They are looked at when those before them were
/// applied: what came of fetching them, a failure too, changes nothing about those.
pub(super) async fn read_all(
    app: &App,
    calendar: &Calendar,
    lease: &Lease,
    options: RunOptions,
    run: &mut RunState,
    log: &mut Log,
) -> Result<(), AppError> {
    let mut reading = Reading::open(app, calendar, options).await?;
    let mut fetched = Fetched::of(reading.request().send(app).await);
    let mut ahead: Option<Ahead> = None;
    loop {
        if fetched.first.is_err() {
            // Behind a failure nothing is fetched; where the reading begins anew, that does too.
            ahead = None;
        }
        let Bundle { mut page, pages, rest, failure } = match reading.bundle(app, fetched).await {
            Ok(bundle) => bundle,
            Err(error) => {
                reading.give_up_circles(app, lease).await?;
                return Err(error);
            }
        };
        let behind = reading.request().behind(&page).filter(|_| failure.is_none());
        ahead = behind.map(|request| ahead.take().unwrap_or_else(|| Ahead::begin(app, request)));
        let (plan, row) = apply_page(app, &mut reading, lease, (&mut page, pages), (&*run, &*log)).await?;
        *run = apply::counted(run, &plan, pages);
        log.committed(plan.errors, row);
        reading.advance(&page);
        tell(app, run);
        fetched = match (rest, failure, &mut ahead) {
            (Some(rest), ..) => rest,
            (None, Some(failure), _) => Fetched::of(Err(failure)),
            (None, None, Some(ahead)) => ahead.take().await,
            (None, None, None) => break,
        };
    }
    deletions::settle(app, &mut reading, lease, run, log).await.map_err(lost_lease)
}

/// A page of what was told by being asked for: it stands where the reading does.
pub(super) fn told(reading: &Reading, entries: Vec<RemoteEntry>) -> Option<ChangePage> {
    let cursor = reading.at()?;
    (!entries.is_empty()).then(|| ChangePage { entries, next: Next::Done(cursor.clone()) })
}

/// Takes over what was told by being asked for, behind the last page. False when all of it is here already: then nothing is
/// committed.
pub(super) async fn apply_told(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    entries: Vec<RemoteEntry>,
    run: &mut RunState,
    log: &mut Log,
) -> Result<bool, AppError> {
    let Some(mut page) = told(reading, entries) else { return Ok(false) };
    let Planned { plan, .. } = plan(app, reading, &mut page).await?;
    if plan.actions.is_empty() && plan.errors.is_empty() && plan.left_out.is_empty() {
        return Ok(false);
    }
    let (plan, row) = apply_page(app, reading, lease, (&mut page, 0), (&*run, &*log)).await?;
    *run = apply::counted(run, &plan, 0);
    log.committed(plan.errors, row);
    Ok(true)
}

/// Plans a page and commits the plan, until nobody has changed one of its events meanwhile. Answers the plan, and the log
/// entry that was committed with it.
async fn apply_page(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    (page, pages): (&mut ChangePage, u64),
    (run, log): (&RunState, &Log),
) -> Result<(PagePlan, Option<SyncLog>), AppError> {
    let mut replans = 0;
    loop {
        let Planned { plan, to_bring_back, met } = plan(app, reading, page).await?;
        let brings_back = !to_bring_back.is_empty();
        let row = log.with_page(app, &reading.calendar, &apply::counted(run, &plan, pages), &plan);
        let outcome = if brings_back {
            let mover = Mover::Source(Source::Outlook);
            archive::bring_back(app, Some((lease, LEASE_MS)), mover, to_bring_back).await.map(|_| ())
        } else {
            let logged = row.as_ref().map(|row| (log, row));
            apply::commit_page(app, reading, lease, (&plan, &met), &page.next, logged).await
        };
        match outcome {
            // The page is planned again, on what lives now.
            Ok(()) if brings_back => {}
            Ok(()) => return Ok((plan, row)),
            Err(AppError::Store(error))
                if (may_replan(&error) || is_unknown(&error)) && replans < MOST_REPLANS =>
            {
                replans += 1
            }
            Err(error) => return Err(lost_lease(error)),
        }
    }
}

/// Somebody changed one of the events meanwhile: reading again and planning again settles it.
pub(super) fn may_replan(error: &StoreError) -> bool {
    match error {
        StoreError::ConditionFailed { collection } => *collection != model::collections::LEASES.name,
        StoreError::RevisionMismatch { .. } | StoreError::Duplicate { .. } => true,
        _ => false,
    }
}

/// It is not known whether the commit happened: a page is then read again, with its cursor.
fn is_unknown(error: &StoreError) -> bool {
    matches!(error, StoreError::OutcomeUnknown { .. })
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
