//! Restoring: what is in a backup takes the place of what is there, whole or not at all.
//!
//! Where the engine can make a store anew beside the present one, that is filled, compared, and swapped in. Where it
//! cannot, the present one is emptied and filled under a mark: whoever finds the mark knows that a restore was cut short.
//! Either way everybody else is shut out first, so that the restore point has all that was ever acknowledged.
//! The same command finishes it; a server that starts takes it back.

use std::sync::Arc;

use jiff::Timestamp;
use model::collections::{ALL, AUDIT_LOG, LEASES, SCHEMA_MIGRATIONS, SYNC_LINKS};
use serde::Serialize;
use store::{Batch, Filter, Query, Replacement, Store, Value};

use super::mark::{Before, Mark};
use super::{Contents, Progress, baseline, fill, refused};
use crate::{App, AppError};

/// Documents thrown away in one commit.
const CHUNK: u32 = 1_000;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Documents.
    pub documents: u64,
    /// When the backup was made, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

impl Restored {
    fn of(contents: &Contents) -> Self {
        Self { documents: contents.documents, made_at: contents.made_at }
    }
}

/// Whether a store has nothing that a restore would take away: only what a server makes at its first start.
pub async fn is_empty(store: &dyn Store) -> Result<bool, AppError> {
    let made_at_start = [&SCHEMA_MIGRATIONS, &AUDIT_LOG];
    for collection in super::collections() {
        let counts = made_at_start.iter().all(|one| one.name != collection.name);
        let query = Query::of(collection, Filter::All(Vec::new())).limit(1);
        if counts && !store.find(query).await?.documents.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Restores by a store made anew beside the present one. `app_on` puts the application on a store.
///
/// # Errors
/// When anything fails; then the present store is in its place, as it was.
pub async fn restore_beside(
    mut replacement: Box<dyn Replacement>,
    contents: &Contents,
    app_on: &(dyn Fn(Arc<dyn Store>) -> Result<App, AppError> + Send + Sync),
    progress: Progress<'_>,
) -> Result<Restored, AppError> {
    let filled = async {
        fill::fill(&*replacement.to_fill()?, contents, fill::COMMIT_DOCUMENTS, &|_| {}, progress).await?;
        let store = replacement.store().map_err(|error| fill::said(contents, error))?;
        let app = app_on(store)?;
        fill::compare(app.store(), contents, progress).await?;
        baseline::re_baseline(&app, contents, &|_| {}).await
    };
    filled.await.map_err(untouched)?;
    let outcome = look_again(replacement.swap()?, contents).await;
    match outcome {
        Ok(()) => replacement.keep()?,
        Err(error) => {
            replacement.undo()?;
            return Err(refused(format!(
                "the restored store did not stand a last look ({error}); what was there before is in its place again"
            )));
        }
    }
    Ok(Restored::of(contents))
}

/// What is wrong with a backup, and that the present store was left alone.
fn untouched(error: AppError) -> AppError {
    match error {
        AppError::Conflict { code: "backup_refused", detail } => {
            refused(format!("{detail}. What was there before is in its place, as it was"))
        }
        error => error,
    }
}

/// A last look at a store in its place: it can be read and written, and has as many documents as the backup.
async fn look_again(store: Arc<dyn Store>, contents: &Contents) -> Result<(), AppError> {
    store.check().await?;
    let changes_after = [&SYNC_LINKS, &AUDIT_LOG];
    for counted in &contents.collections {
        let Some(collection) = model::collections::named(counted.name) else { continue };
        if changes_after.iter().any(|one| one.name == collection.name) {
            continue;
        }
        let found = store.count(collection, Filter::All(Vec::new())).await?;
        if found != counted.count {
            return Err(refused(format!(
                "{} has {found} documents instead of {}",
                counted.name, counted.count
            )));
        }
    }
    Ok(())
}

/// A store that is about to be restored in place: nobody else is at work on it, and nothing was changed yet, unless an
/// earlier restore was cut short.
pub struct MarkedStore {
    mark: Mark,
    /// What was there before the first restore that was cut short; for the first one it is there still.
    pub before: Before,
}

/// Shuts everybody else out, to restore in place: what is read from now on is what the restore will replace.
///
/// # Errors
/// `store_in_use` when somebody is at work on the store.
pub async fn begin_in_place(app: &App) -> Result<MarkedStore, AppError> {
    let mark = Mark::take(app).await?;
    match mark.before(app).await {
        Ok(before) => Ok(MarkedStore { mark, before }),
        Err(error) => {
            mark.leave(app).await;
            Err(error)
        }
    }
}

impl MarkedStore {
    /// Lets go of it, without a restore. An earlier one that was cut short still is.
    pub async fn give_up(self, app: &App) -> Result<(), AppError> {
        if self.before == Before::Untouched {
            return self.mark.end(app).await;
        }
        self.mark.leave(app).await;
        Ok(())
    }
}

/// Restores by emptying the store and filling it. When that fails, `before` (the restore point) is put back.
///
/// # Errors
/// When somebody is at work on the store, or when anything fails; the sentence says what is there then.
pub async fn restore_in_place(
    app: &App,
    contents: &Contents,
    before: Option<&Contents>,
    progress: Progress<'_>,
) -> Result<Restored, AppError> {
    restore_marked(app, begin_in_place(app).await?, contents, before, progress).await
}

/// The same, of a store that everybody else was shut out of before.
///
/// # Errors
/// When anything fails; the sentence says what is there then.
pub async fn restore_marked(
    app: &App,
    marked: MarkedStore,
    contents: &Contents,
    before: Option<&Contents>,
    progress: Progress<'_>,
) -> Result<Restored, AppError> {
    let MarkedStore { mark, before: found } = marked;
    if found == Before::Untouched
        && let Err(error) = mark.write_point(app, before.map(|before| before.origin.path.as_path())).await
    {
        mark.leave(app).await;
        return Err(error);
    }
    let exchanged = async {
        exchange(app, &mark, Some(contents), progress).await?;
        baseline::re_baseline(app, contents, &|batch| mark.guard(app, batch)).await
    };
    let Err(error) = exchanged.await else {
        mark.end(app).await?;
        return Ok(Restored::of(contents));
    };
    let Some(before) = before else {
        mark.leave(app).await;
        return Err(refused(format!(
            "the restore was cut short ({error}). The store is not to be used as it is; run the same command again"
        )));
    };
    let put_back = async {
        exchange(app, &mark, Some(before), progress).await?;
        mark.end(app).await
    };
    let Err(again) = put_back.await else {
        return Err(refused(format!(
            "the restore failed ({error}); what was there before is in its place again"
        )));
    };
    mark.leave(app).await;
    Err(refused(format!(
        "the restore failed ({error}), and so did putting back what was there before ({again}). It is in {}: restore \
             that file, or start the server, which tries again",
        before.origin.path.display()
    )))
}

/// Takes back a restore in place whose process is gone: what was there `before` is there again, or nothing, when nothing
/// was. Cut short itself, it is found in the same way, and done again.
///
/// # Errors
/// When another process restores the store, or when anything fails; the mark then stays.
pub async fn roll_back(app: &App, before: Option<&Contents>, progress: Progress<'_>) -> Result<(), AppError> {
    let mark = Mark::take(app).await?;
    let put_back = async {
        // Cut short before it changed anything, there is nothing to put back.
        if mark.before(app).await? != Before::Untouched {
            exchange(app, &mark, before, progress).await?;
        }
        mark.end(app).await
    };
    let outcome = put_back.await;
    if outcome.is_err() {
        mark.leave(app).await;
    }
    outcome
}

/// What is in the store goes, and what is in a backup comes.
async fn exchange(
    app: &App,
    mark: &Mark,
    contents: Option<&Contents>,
    progress: Progress<'_>,
) -> Result<(), AppError> {
    wipe(app, mark).await?;
    // While nothing is in it: quick, and no document of whatever form is in the way.
    app.store().mend().await?;
    let Some(contents) = contents else { return Ok(()) };
    let most = app.settings().step(fill::COMMIT_DOCUMENTS);
    fill::fill(app.store(), contents, most, &|batch| mark.guard(app, batch), progress).await?;
    fill::compare_by_id(app.store(), contents, progress).await
}

/// Throws away everything but leases, a bounded number of documents a commit.
async fn wipe(app: &App, mark: &Mark) -> Result<(), AppError> {
    for collection in ALL.iter().copied().filter(|collection| collection.name != LEASES.name) {
        loop {
            let some = Query::of(collection, Filter::All(Vec::new())).limit(app.settings().step(CHUNK));
            let page = app.store().find(some).await?;
            if page.documents.is_empty() {
                break;
            }
            let ids = page.documents.iter().map(|document| Value::Id(document.id)).collect();
            let mut batch = Batch::new();
            mark.guard(app, &mut batch);
            batch.delete(collection, Filter::In("_id", ids));
            app.store().commit(batch).await?;
        }
    }
    Ok(())
}
