//! `callboard store move`: from one engine to another, by a backup that is restored there.

use std::time::Duration;

use app::App;
use app::backup::{self, Occasion};
use app::presence::{BEAT_MS, Moving};
use serde_json::json;

use crate::backups::{self, Put};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{output, running, wiring};

pub(crate) async fn run(settings: &Effective, to: &str, dry_run: bool, as_json: bool) -> Result<(), Failure> {
    let mut target = settings.clone();
    target.set("store", to.to_owned());
    if dry_run {
        let app = wiring::app(settings, wiring::open_store_untouched(settings).await?)?;
        return look(settings, &target, &app, as_json).await;
    }
    // What is written while it is moved would be lost: nobody else has it until that is over.
    let app = wiring::app(settings, wiring::open_store_alone(settings).await?)?;
    if !app.store().capabilities().shared {
        return moved(settings, &target, &app, as_json).await;
    }
    running::free_dead(settings, &app).await;
    let moving = Moving::begin(&app).await?;
    let outcome = tokio::select! {
        outcome = moved(settings, &target, &app, as_json) => outcome,
        failure = keep(&app, &moving) => Err(failure),
    };
    moving.end(&app).await;
    outcome
}

/// Keeps servers out, until that fails.
async fn keep(app: &App, moving: &Moving) -> Failure {
    loop {
        tokio::time::sleep(Duration::from_millis(BEAT_MS)).await;
        if let Err(error) = moving.go_on(app).await {
            return error.into();
        }
    }
}

async fn refuse_full(target: &Effective) -> Result<(), Failure> {
    if wiring::store_may_be_there(target) {
        let there = wiring::open_store_as_it_is(target).await?;
        if !backup::is_empty(&*there).await? && backup::unfinished(&*there).await?.is_none() {
            return Err(Failure::usage(
                "the store to move to is not empty; name another one. Nothing was changed",
            ));
        }
    }
    Ok(())
}

async fn look(settings: &Effective, target: &Effective, app: &App, as_json: bool) -> Result<(), Failure> {
    refuse_full(target).await?;
    let shown = Progress::counting("backup", "documents");
    let (path, made) = backups::automatic(settings, app, Occasion::BeforeMove, &shown).await?;
    backup::inspect(&path.as_path().into(), &mut |done| shown.show(done))?;
    shown.end();
    let sentence = format!(
        "{} documents of {} would be moved. A backup of them is in {}. Nothing else was changed.",
        made.documents,
        app.store().describe(),
        path.display()
    );
    output::said(as_json, &json!({"documents": made.documents, "backup": path}), sentence)
}

async fn moved(settings: &Effective, target: &Effective, app: &App, as_json: bool) -> Result<(), Failure> {
    refuse_full(target).await?;
    let shown = Progress::counting("backup", "documents");
    let (path, _) = backups::automatic(settings, app, Occasion::BeforeMove, &shown).await?;
    let contents = backup::inspect(&path.as_path().into(), &mut |done| shown.show(done))?;
    let Put { restored, .. } = backups::put(target, &contents, false, &shown).await?;
    shown.end();
    let sentence = format!(
        "{} documents were moved and compared. {} was left as it was. Set CALLBOARD_STORE to the new store, and start the \
         server with it only.",
        restored.documents,
        app.store().describe()
    );
    output::said(as_json, &json!({"documents": restored.documents, "backup": path}), sentence)
}
