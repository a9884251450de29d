//! `callboard store move`: from one engine to another, by a backup that is restored there.

use std::path::Path;
use std::time::Duration;

use app::App;
use app::backup::{self, CreateOptions, Occasion};
use app::presence::{BEAT_MS, Moving};
use serde_json::json;

use crate::backups::{self, Put};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{out_file, output, running, wiring};

pub(crate) async fn run(settings: &Effective, to: &str, dry_run: bool, as_json: bool) -> Result<(), Failure> {
    let mut target = settings.clone();
    target.set("store", to.to_owned());
    refuse_itself(settings, &target)?;
    if dry_run {
        let app = wiring::app(settings, wiring::open_store_to_look(settings).await?)?;
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

/// Refuses to move a store to where it is: opened twice it would be told to be in use.
fn refuse_itself(settings: &Effective, target: &Effective) -> Result<(), Failure> {
    let is_same = match (wiring::server_address(settings), wiring::server_address(target)) {
        (None, None) => out_file::is_same(&wiring::store_path(settings)?, &wiring::store_path(target)?),
        (one, other) => one == other,
    };
    if is_same {
        return Err(Failure::usage(
            "--to names the store that is to be moved; name another one. Nothing was changed",
        ));
    }
    Ok(())
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
    let shown = Progress::counting("read", "documents");
    // The move makes the folder of its backup itself; a look has what there is of the way to it.
    let folder = backups::folder(settings);
    let folder = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let options = CreateOptions { replace: true, ..CreateOptions::default() };
    let progress = &mut |done| shown.show(done);
    let planned =
        backup::plan(app, &wiring::operator(), &folder.join("before-move"), &options, progress).await?;
    shown.end();
    let sentence = format!(
        "{} documents of {} would be moved, behind a backup of about {} bytes. Nothing was written.",
        planned.documents,
        app.store().describe(),
        planned.file_size
    );
    let value = json!({"documents": planned.documents, "file_size": planned.file_size});
    output::said(as_json, &value, sentence)
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
