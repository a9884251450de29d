//! `callboard sync`: reads calendars from Outlook now, and says what that did.

use app::sync_run::{self, PlannedRun, RunError, RunOptions, RunPhase, RunState};
use app::{App, AppError, accounts};
use model::Id;
use model::documents::{Calendar, User};
use store::{Filter, TypedStore};

use crate::args::Sync;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{backups, output, running, wiring};

pub(crate) async fn run(settings: &Effective, args: Sync, as_json: bool) -> Result<(), Failure> {
    wiring::sealer(settings)?;
    if wiring::outlook(settings)?.is_none() {
        return Err(Failure::usage(
            "Outlook is not configured: set CALLBOARD_OUTLOOK_CLIENT_ID (see `callboard config show`)",
        ));
    }
    let app = wiring::app(settings, wiring::open_store_to_work(settings).await?)?;
    backups::refuse_unfinished(app.store()).await?;
    running::enter(settings, &app).await?;
    super::migrate::settle(settings, &app, false).await?;
    let options = RunOptions { full: args.full, asked_for: true };
    let (calendars, unread) = calendars(&app, args.user.as_deref(), args.calendar, args.dry_run).await?;
    if calendars.is_empty() && unread.is_empty() {
        let sentence =
            "There is no calendar to sync. People's calendars appear when they sign in with Outlook.";
        return output::said(as_json, &[(); 0], sentence);
    }
    if args.dry_run {
        let (mut plans, mut failed) = (Vec::new(), None);
        for calendar in &calendars {
            match sync_run::dry_run(&app, calendar, options).await {
                Ok(plan) => plans.push(plan),
                Err(error) => failed = failed.or_else(|| Some(no_plan(calendar, &error))),
            }
        }
        if !plans.is_empty() || failed.is_none() {
            print_plans(&plans, as_json)?;
        }
        return failed.map_or(Ok(()), Err);
    }
    let mut runs = Vec::new();
    for calendar in calendars {
        runs.push(sync_run::run_calendar(&app, calendar, options).await);
    }
    print_runs(&runs, unread, as_json)
}

fn no_plan(calendar: &Calendar, error: &AppError) -> Failure {
    let said = RunError::from(error);
    let (message, advice) = (sentence(&said.message), said.advice);
    Failure::failed(format!(
        "what a sync of \"{}\" would do cannot be said: {message} {advice}",
        calendar.name
    ))
}

/// The text with a full stop, unless it has one.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// The calendars that are meant, and whose list of calendars could not be read.
async fn calendars(
    app: &App,
    email: Option<&str>,
    calendar: Option<Id>,
    is_dry: bool,
) -> Result<(Vec<Calendar>, Vec<String>), Failure> {
    if let Some(id) = calendar {
        return Ok((sync_run::targets(app, &wiring::operator(), Some(id)).await?, Vec::new()));
    }
    let users: Vec<User> = match email {
        Some(email) => vec![accounts::users::by_email(app, email).await?],
        None => app.store().all(Filter::eq("is_disabled", false)).await?,
    };
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for user in users.into_iter().filter(|user| user.refresh_token.is_some()) {
        if !is_dry && let Err(error) = sync_run::refresh_calendars(app, user.id).await {
            unread.push(format!(
                "The list of calendars of {} could not be read: {}",
                user.email,
                sentence(&error.to_string())
            ));
        }
        all.extend(sync_run::targets(app, &wiring::operator_for(user.id), None).await?);
    }
    Ok((all, unread))
}

fn print_runs(runs: &[RunState], unread: Vec<String>, as_json: bool) -> Result<(), Failure> {
    if as_json {
        output::json(&runs)?;
    } else {
        output::table(
            ["calendar", "state", "looked at", "created", "updated", "removed", "held", "failed"],
            runs.iter().map(|run| {
                [
                    run.calendar_name.clone(),
                    if run.state == RunPhase::Failed { "failed" } else { "done" }.to_owned(),
                    run.events_processed.to_string(),
                    run.events_created.to_string(),
                    run.events_updated.to_string(),
                    run.events_deleted.to_string(),
                    run.events_held.to_string(),
                    run.events_failed.to_string(),
                ]
            }),
        );
    }
    let stopped = runs.iter().filter_map(|run| Some((run, run.error.as_ref()?)));
    let mut failures = unread;
    failures.extend(stopped.map(|(run, error)| {
        format!("\"{}\": {} {}", run.calendar_name, sentence(&error.message), error.advice)
    }));
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Failure::failed(format!("not all calendars were synced. {}", failures.join(" "))))
    }
}

fn print_plans(plans: &[PlannedRun], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&plans);
    }
    for plan in plans {
        output::line(format!("{}: {} steps", plan.calendar_name, plan.actions.len()));
        for step in &plan.actions {
            let fields =
                if step.fields.is_empty() { String::new() } else { format!(" ({})", step.fields.join(", ")) };
            output::line(format!("  {} \"{}\"{fields}: {}", step.action, step.title, step.reason));
        }
        for error in &plan.errors {
            output::line(format!("  note: {error}"));
        }
        if plan.held_deletions > 0 {
            output::line(format!("  {} deletions would wait for a person", plan.held_deletions));
        }
    }
    output::line("Nothing was written.");
    Ok(())
}
