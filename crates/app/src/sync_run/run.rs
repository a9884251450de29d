//! One run from lease to log, and the ways to begin it.

use std::future::Future;

use futures::StreamExt;
use jiff::Timestamp;
use model::Id;
use model::documents::{Calendar, Event};
use providers::contract::ProviderError;
use secrecy::SecretString;
use serde::Serialize;
use store::{Filter, TypedStore};
use sync::plan::{PagePlan, Warrant};

use super::hold::Hold;
use super::log::Log;
use super::pages::Planned;
use super::reading::Reading;
use super::{RunError, RunPhase, RunState, candidates, deletions, list, pages};
use crate::caller::Caller;
use crate::connections::{REFRESH_UNDER_WAY, access_token, replace_refused_token};
use crate::hub::Notice;
use crate::lease::{Lease, OF_SYNC};
use crate::{App, AppError};

/// How long a run may stand still before another may take over, in milliseconds. Every commit lengthens it; a run that
/// stood still longer goes on all the same when nobody took over.
pub(super) const LEASE_MS: i64 = 20_000;
/// How long a run that a person asked for waits for another one, in milliseconds: longer than a killed process's lease.
const PATIENCE_MS: u64 = 25_000;
/// How often one request is tried again within a run.
const TRIES: u32 = 4;
/// The longest wait within a run; what asks for more ends the run, and the next one tries again.
const LONGEST_WAIT_MS: u64 = 15_000;
/// Calendars read at the same time when several are asked for; a mailbox allows four requests at once.
const CALENDARS_AT_ONCE: usize = 2;

/// What is asked of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Read from the start, also what did not change, and compare what is here with it.
    pub full: bool,
    /// Whether a person asked for it: then it is logged even when there was nothing to do.
    pub asked_for: bool,
}

/// A run that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RunHandle {
    /// The run.
    pub run_id: Id,
    /// The calendar it reads.
    pub calendar_id: Id,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedRun {
    /// The calendar.
    pub calendar_id: Id,
    /// Its name.
    pub calendar_name: String,
    /// The steps.
    pub actions: Vec<PlannedAction>,
    /// Deletions that would be held for a person.
    pub held_deletions: usize,
    /// What could not be taken over, in words.
    pub errors: Vec<String>,
    /// Why nothing can be said of this calendar, when that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
}

/// One step a run would take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedAction {
    /// `create`, `update` or `remove`.
    pub action: &'static str,
    /// The event's title.
    pub title: String,
    /// The event here, when it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Id>,
    /// Why.
    pub reason: String,
    /// Which fields change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// The calendars a caller means: one of theirs, or all of theirs that are synced with Outlook.
pub async fn targets(app: &App, caller: &Caller, calendar_id: Option<Id>) -> Result<Vec<Calendar>, AppError> {
    let Some(id) = calendar_id else { return synced_calendars(app, caller.user_id).await };
    let calendar: Option<Calendar> = app.store().read(id).await?;
    let calendar = calendar
        .filter(|calendar| calendar.user_id == caller.user_id || caller.is_admin())
        .ok_or(AppError::NotFound { what: "calendar" })?;
    if !is_synced(&calendar) {
        return Err(AppError::Conflict {
            code: "not_synced",
            detail: format!(
                "\"{}\" is not synced with Outlook; switch it on first, or choose another",
                calendar.name
            ),
        });
    }
    Ok(vec![calendar])
}

/// One person's calendars that are synced with Outlook.
pub(super) async fn synced_calendars(app: &App, user_id: Id) -> Result<Vec<Calendar>, AppError> {
    let all: Vec<Calendar> = app.store().all(Filter::eq("user_id", user_id)).await?;
    Ok(all.into_iter().filter(is_synced).collect())
}

fn is_synced(calendar: &Calendar) -> bool {
    calendar.is_active && calendar.outlook_calendar_id.is_some() && calendar.deletion_requested_at.is_none()
}

/// Reads the list of a person's calendars in the background, and those that were never synced: what somebody expects to
/// see who has just signed in.
pub fn start_first(app: &App, caller: Caller) {
    let app = app.clone();
    tokio::spawn(async move {
        refresh_calendars_softly(&app, caller.user_id).await;
        let Ok(calendars) = targets(&app, &caller, None).await else { return };
        for calendar in calendars.into_iter().filter(|calendar| calendar.last_synced.is_none()) {
            run_calendar(&app, calendar, RunOptions::default()).await;
        }
    });
}

/// Begins runs in the background and answers at once. Progress goes to [`crate::Hub`].
pub async fn start(
    app: &App,
    caller: &Caller,
    calendar_id: Option<Id>,
    options: RunOptions,
) -> Result<Vec<RunHandle>, AppError> {
    if calendar_id.is_none() {
        return list::start_all(app, caller.user_id, options).await;
    }
    let calendars = targets(app, caller, calendar_id).await?;
    let begun: Vec<(Calendar, RunState)> =
        calendars.into_iter().map(|calendar| (calendar.clone(), begin(app, &calendar))).collect();
    let handles =
        begun.iter().map(|(_, run)| RunHandle { run_id: run.run_id, calendar_id: run.calendar_id }).collect();
    let app = app.clone();
    tokio::spawn(async move { work_all(&app, begun, options).await });
    Ok(handles)
}

/// Works on some runs that were begun, a few at a time.
pub(super) async fn work_all(app: &App, begun: Vec<(Calendar, RunState)>, options: RunOptions) {
    let runs = begun.into_iter().map(|(calendar, run)| work(app, calendar, run, options));
    futures::stream::iter(runs).buffer_unordered(CALENDARS_AT_ONCE).collect::<Vec<_>>().await;
}

/// The list of calendars is a help; when it cannot be read, the calendars known so far are synced and say why not.
pub(super) async fn refresh_calendars_softly(app: &App, user_id: Id) {
    if let Err(error) = super::refresh_calendars(app, user_id).await {
        tracing::warn!(user = %user_id, %error, "the list of calendars could not be read");
    }
}

/// Runs one calendar to its end and answers how it went.
pub async fn run_calendar(app: &App, calendar: Calendar, options: RunOptions) -> RunState {
    let run = begin(app, &calendar);
    work(app, calendar, run, options).await
}

/// Plans a run without writing anything.
pub async fn dry_run(app: &App, calendar: &Calendar, options: RunOptions) -> Result<PlannedRun, AppError> {
    let mut reading = Reading::open(app, calendar, options).await?;
    let mut planned = PlannedRun::of(calendar);
    let mut hold = Hold::read(app, calendar.id).await?;
    while let Some(mut page) = reading.fetch(app).await? {
        let Planned { plan, met, .. } = pages::plan(app, &reading, &mut page).await?;
        hold.forget(met);
        hold.collect(candidates::of_page(&plan).map(|event| event.id));
        planned.add(&plan);
        reading.remember(&plan);
        reading.advance(&page);
    }
    let collected: Vec<Id> = hold.collected.iter().copied().collect();
    let mut doubtful = candidates::read_events(app, &collected).await?;
    doubtful.extend(candidates::absent(app, &reading).await?);
    let judgement = deletions::judge(app, &reading, doubtful, &hold).await?;
    planned.held_deletions = hold.waiting.len() + judgement.hold.len();
    let gone = judgement.follow.into_iter().map(|event| planned_action("remove", event, GONE));
    let reset = judgement.reset.into_iter().map(|reset| match reset.after {
        Some(after) => planned_action("update", after, RESET),
        None => planned_action("remove", reset.before, RESET),
    });
    planned.actions.extend(gone.chain(reset));
    planned.errors.extend(judgement.reason);
    planned.errors.extend(judgement.refused.into_iter().map(|(_, error)| error.error_message));
    if let Some(mut page) = pages::told(&reading, judgement.there) {
        planned.add(&pages::plan(app, &reading, &mut page).await?.plan);
    }
    Ok(planned)
}

const GONE: &str = "Outlook does not have it any more";
const RESET: &str = "in Outlook this date is as its series says";

fn planned_action(action: &'static str, event: Event, reason: &str) -> PlannedAction {
    let (title, event_id) = (event.title, Some(event.id));
    PlannedAction { action, title, event_id, reason: reason.to_owned(), fields: Vec::new() }
}

impl PlannedRun {
    fn of(calendar: &Calendar) -> Self {
        Self {
            calendar_id: calendar.id,
            calendar_name: calendar.name.clone(),
            actions: Vec::new(),
            held_deletions: 0,
            errors: Vec::new(),
            error: None,
        }
    }

    /// In place of the plan of a calendar that could not be read: the plans of the others are told all the same.
    pub fn failed(calendar: &Calendar, error: &AppError) -> Self {
        Self { error: Some(RunError::from(error)), ..Self::of(calendar) }
    }

    fn add(&mut self, plan: &PagePlan) {
        self.actions.extend(plan.actions.iter().filter_map(describe));
        self.errors.extend(plan.errors.iter().map(|error| error.error_message.clone()));
    }
}

fn describe(action: &sync::plan::Action) -> Option<PlannedAction> {
    use sync::plan::Action;
    let (action, event, reason, fields) = match action {
        Action::Create { event, .. } => ("create", event, "it is new in Outlook", Vec::new()),
        Action::Update { event, fields, .. } => {
            ("update", event, "it was changed in Outlook", fields.clone())
        }
        Action::Follow { event, .. } => ("update", event, "its series was changed in Outlook", Vec::new()),
        Action::Mark { event, .. } => ("update", event, "it says what could not be synced", Vec::new()),
        Action::Reset { event: Some(event), .. } => ("update", event, RESET, Vec::new()),
        Action::Reset { before, event: None } => ("remove", before, RESET, Vec::new()),
        Action::Remove { event, warrant: Warrant::OccurrenceCancelled } => {
            ("remove", event, "this date of the series was cancelled in Outlook", Vec::new())
        }
        Action::Remove { event, warrant: Warrant::SeriesEnded } => {
            ("remove", event, "its series is a single event in Outlook now", Vec::new())
        }
        Action::Agree { .. } | Action::Remove { warrant: Warrant::ReportedGone, .. } => return None,
    };
    let event_id = (action != "create").then_some(event.id);
    Some(PlannedAction { action, title: event.title.clone(), event_id, reason: reason.to_owned(), fields })
}

/// A run of this calendar, which is told from now on.
pub(super) fn begin(app: &App, calendar: &Calendar) -> RunState {
    let run = RunState::begun(app.new_id(), calendar.user_id, calendar.id, &calendar.name, app.now());
    tell(app, &run);
    run
}

/// Remembers how far a run is and tells those who watch.
pub(super) fn tell(app: &App, run: &RunState) {
    app.runs().remember(run);
    app.hub().publish(run.user_id, Notice::SyncProgress(Box::new(run.clone())));
}

/// The lease of whoever syncs this calendar.
pub(crate) fn lease_name(calendar: Id) -> String {
    format!("{OF_SYNC}{calendar}")
}

/// A calendar that is gone, or is being deleted, is not read: what would be made in it would have no place.
async fn still_there(app: &App, calendar: Id) -> Result<(), AppError> {
    let found: Option<Calendar> = app.store().read(calendar).await?;
    match found.filter(|calendar| calendar.deletion_requested_at.is_none()) {
        Some(_) => Ok(()),
        None => Err(AppError::NotFound { what: "calendar" }),
    }
}

async fn work(app: &App, calendar: Calendar, mut run: RunState, options: RunOptions) -> RunState {
    let mut log = Log::default();
    let name = lease_name(calendar.id);
    let patience_ms = if options.asked_for { PATIENCE_MS } else { 0 };
    let outcome = match Lease::take_patiently(app, &name, LEASE_MS, patience_ms).await {
        Ok(Some(lease)) => {
            let outcome = match still_there(app, calendar.id).await {
                Ok(()) => {
                    let read = pages::read_all(app, &calendar, &lease, options, &mut run, &mut log).await;
                    let logged = log.write(app, &calendar, &lease, options, &run, read.as_ref().err()).await;
                    read.and(logged)
                }
                Err(error) => Err(error),
            };
            lease.release(app).await;
            outcome
        }
        Ok(None) => Err(AppError::Conflict {
            code: "sync_under_way",
            detail: format!("\"{}\" is being synced at this moment", calendar.name),
        }),
        Err(error) => Err(error),
    };
    run.completed_at = Some(app.now());
    run.state = RunPhase::Done;
    if let Err(error) = outcome {
        tracing::warn!(calendar = %calendar.id, %error, "a sync run stopped");
        run.state = RunPhase::Failed;
        run.error = Some(RunError::from(&error));
    }
    tell(app, &run);
    if run.events_created + run.events_updated + run.events_deleted > 0 {
        app.hub().publish(run.user_id, Notice::CalendarChanged { calendar_id: calendar.id });
    }
    run
}

/// Asks the provider with an access token: a refused token is replaced once, what is worth trying again, getting the token
/// too, is tried again after the wait it asks for.
pub(super) async fn ask<T, F>(
    app: &App,
    user_id: Id,
    mut request: impl FnMut(SecretString) -> F,
) -> Result<T, AppError>
where
    F: Future<Output = Result<T, ProviderError>> + Send,
{
    let mut refused: Option<SecretString> = None;
    let mut tries = 0;
    loop {
        // Somebody else may have been told to wait for longer meanwhile.
        if let Some(until) = app.runs().rests_until(user_id, app.now()) {
            return Err(resting(until, app.now()).into());
        }
        let token = match &refused {
            None => access_token(app, user_id).await,
            Some(refused) => replace_refused_token(app, user_id, refused).await,
        };
        let outcome = match token {
            Err(error) => Err(error),
            Ok(token) => match request(token.clone()).await {
                Ok(answer) => Ok(answer),
                Err(ProviderError::AccessTokenRefused { .. }) if refused.is_none() => {
                    refused = Some(token);
                    continue;
                }
                Err(ProviderError::AccessTokenRefused { message }) => {
                    // A fresh token was refused as well: only the person can mend that.
                    let code = "access_refused".to_owned();
                    Err(ProviderError::Reconnect { code, message }.into())
                }
                Err(error) => Err(error.into()),
            },
        };
        let Err(AppError::Provider(error @ ProviderError::Retry { .. })) = outcome else { return outcome };
        tries += 1;
        let wait_ms = wait_ms(&error, tries);
        if tries >= TRIES || wait_ms > LONGEST_WAIT_MS {
            if let Some(wait_ms) = pause_asked_for(&error) {
                app.runs().rest(user_id, app.now(), wait_ms);
            }
            return Err(error.into());
        }
        app.wait_ms(wait_ms).await;
    }
}

/// For how long the provider wants to be left alone. That another process is refreshing is no word of the provider's.
fn pause_asked_for(error: &ProviderError) -> Option<u64> {
    match error {
        ProviderError::Retry { after_ms, code, .. } if code != REFRESH_UNDER_WAY => *after_ms,
        _ => None,
    }
}

/// The mailbox is left alone for as long as was asked for, by whoever wants to read it.
fn resting(until: Timestamp, now: Timestamp) -> ProviderError {
    let left_ms = until.as_millisecond().saturating_sub(now.as_millisecond());
    ProviderError::Retry {
        after_ms: u64::try_from(left_ms).ok(),
        code: "asked_to_wait".to_owned(),
        message: format!(
            "Outlook asked not to be asked about this mailbox before {}",
            Timestamp::from_second(until.as_second()).unwrap_or(until)
        ),
    }
}

/// What the provider asks for; without a word from it, twice as long each time.
fn wait_ms(error: &ProviderError, tries: u32) -> u64 {
    match error {
        ProviderError::Retry { after_ms: Some(wait), .. } => *wait,
        _ => 250 << tries.min(6),
    }
}
