//! `callboard migrate`: changes of the stored form, forward and back.

use app::App;
use app::migrations::{self, Planned, Progress, State, Status, Way};
use serde::Serialize;

use crate::args::Migrate;
use crate::failure::Failure;
use crate::progress::Progress as Shown;
use crate::settings::Effective;
use crate::{backups, output, running, wiring};

pub(crate) async fn run(settings: &Effective, action: Migrate, as_json: bool) -> Result<(), Failure> {
    let is_a_look = match &action {
        Migrate::Status => true,
        Migrate::Up { dry_run, .. } | Migrate::Down { dry_run, .. } => *dry_run,
    };
    // Only the way up may begin with a store that is not there yet.
    let may_make = matches!(action, Migrate::Up { .. }) && !is_a_look;
    let store = if may_make {
        wiring::open_store_untouched(settings).await?
    } else {
        wiring::open_store_to_look(settings).await?
    };
    let app = wiring::app(settings, store)?;
    migrations::status(&app).await?;
    if !is_a_look {
        // What a killed migration held is free at once.
        running::enter(settings, &app).await?;
        migrations::prepare(app.store()).await?;
    }
    let shown = Shown::of_a_total("migrating", "documents");
    let mut progress = |progress| show_progress(&shown, progress);
    match action {
        Migrate::Status => show(&migrations::status(&app).await?, as_json),
        Migrate::Up { to, dry_run: true } => {
            let plan = migrations::up_plan(&app, to.map(i64::from), &mut progress).await?;
            shown.end();
            show_plan(&plan, as_json)
        }
        Migrate::Up { to, dry_run: false } => {
            if !migrations::pending(&app).await?.is_empty() && !migrations::is_new(&app).await? {
                note(as_json, backups::before_migration(settings, &app).await?)?;
            }
            let done = migrations::up(&app, to.map(i64::from), &mut progress).await?;
            shown.end();
            show(&done, as_json)?;
            note(as_json, format!("{} migrations were applied.", done.len()))
        }
        Migrate::Down { to, dry_run: true } => {
            let plan = migrations::down_plan(&app, to.map(i64::from), &mut progress).await?;
            shown.end();
            show_plan(&plan, as_json)
        }
        Migrate::Down { to, dry_run: false } => {
            // Refuses what cannot be taken back before a backup is made of it.
            let plan = migrations::down_plan(&app, to.map(i64::from), &mut progress).await?;
            shown.end();
            if !plan.is_empty() && !migrations::is_new(&app).await? {
                note(as_json, backups::before_migration(settings, &app).await?)?;
            }
            let done = migrations::down(&app, to.map(i64::from), &mut progress).await?;
            shown.end();
            show(&done, as_json)?;
            note(as_json, format!("{} migrations were taken back.", done.len()))
        }
    }
}

/// Refuses a store that waits for migrations; a new one does not.
pub(crate) async fn refuse_pending(app: &App) -> Result<(), Failure> {
    let pending = migrations::pending(app).await?;
    if pending.is_empty() || migrations::is_new(app).await? {
        return Ok(());
    }
    let names: Vec<_> = pending.iter().map(|one| format!("{} ({})", one.number, one.name)).collect();
    Err(Failure::failed(format!(
        "{} migrations are pending: {}. See what they would change with `callboard migrate up --dry-run`; apply them, behind a backup, with `callboard migrate up` or `callboard serve --migrate`",
        pending.len(),
        names.join(", ")
    )))
}

/// A new store gets its form by itself; an older one only when told.
pub(crate) async fn settle(settings: &Effective, app: &App, may_apply: bool) -> Result<(), Failure> {
    let is_behind = !migrations::pending(app).await?.is_empty();
    if is_behind && !may_apply {
        refuse_pending(app).await?;
    }
    migrations::prepare(app.store()).await?;
    if !is_behind {
        return Ok(());
    }
    let is_new = migrations::is_new(app).await?;
    if !is_new {
        output::line(backups::before_migration(settings, app).await?);
    }
    let shown = Shown::of_a_total("migrating", "documents");
    let done = migrations::up(app, None, &mut |progress| show_progress(&shown, progress)).await?;
    shown.end();
    for one in done {
        tracing::info!(number = one.number, name = one.name, changed = ?one.changed, "a migration was applied");
    }
    Ok(())
}

/// Shows how far a migration is.
fn show_progress(shown: &Shown, progress: Progress) {
    match progress.number {
        Some(number) => shown.doing(&format!("{} {number}", progress.doing)),
        None => shown.doing(progress.doing),
    }
    shown.show_of(progress.done, progress.total);
}

fn note(as_json: bool, sentence: String) -> Result<(), Failure> {
    if !as_json {
        output::line(sentence);
    }
    Ok(())
}

fn show(rows: &[Status], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&rows);
    }
    output::table(
        ["number", "name", "state", "documents changed", "can be taken back"],
        rows.iter().map(|row| {
            let state = match (row.state, row.applied_at) {
                (State::Applied, Some(at)) => format!("applied {at}"),
                (State::Applied, None) => "applied".to_owned(),
                (State::Pending, _) => "pending".to_owned(),
                (State::HalfApplied, _) => "half applied: `migrate up` goes on".to_owned(),
                (State::HalfTakenBack, _) => "half taken back: `migrate down` goes on".to_owned(),
            };
            let changed = row.changed.map(|changed| changed.to_string()).unwrap_or_default();
            let back = if row.is_reversible { "yes" } else { "no" };
            [row.number.to_string(), row.name.clone(), state, changed, back.to_owned()]
        }),
    );
    Ok(())
}

/// One line of a plan, for scripts.
#[derive(Serialize)]
struct Answer<'a> {
    plan: &'a [Planned],
    changed: bool,
}

fn show_plan(plan: &[Planned], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&Answer { plan, changed: false });
    }
    let rows = plan.iter().flat_map(|one| one.steps.iter().map(move |step| (one, step)));
    output::table(
        ["number", "name", "would be", "collection", "documents", "would be changed"],
        rows.map(|(one, step)| {
            let way = if one.way == Way::Up { "applied" } else { "taken back" };
            [
                one.number.to_string(),
                one.name.to_owned(),
                way.to_owned(),
                step.collection.to_owned(),
                step.documents.to_string(),
                step.changed.to_string(),
            ]
        }),
    );
    output::line(format!("{} migrations. Nothing was changed.", plan.len()));
    Ok(())
}
