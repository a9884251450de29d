//! Applying and taking back: page by page, each one commit with the place it has come to, under a lease.

use model::collections::SCHEMA_MIGRATIONS;
use model::documents::{Record, SchemaMigration, UNSET, Way};
use model::schema::Collection;
use store::{Batch, Cursor, Document, Filter, Query, StoreError, TypedStore, Write};

use super::plan::{change, down_plan_under, to_apply, to_take_back, up_plan_under};
use super::status::{Status, records};
use super::{Change, Fields, Migration};
use crate::lease::Lease;
use crate::{App, AppError};

const LEASE: &str = "migrations";
/// Long enough for a page, short enough that nobody waits for a dead process.
pub(super) const LEASE_MS: i64 = 60_000;
/// The same while the engine makes indexes, which takes long where there is much and tells nothing meanwhile.
const LAYOUT_MS: i64 = 900_000;
const PATIENCE_MS: u64 = 65_000;
/// Documents in one page, at the most one commit.
const PAGE: u32 = 200;
/// Pages without a change after which the place and the lease are written all the same.
const QUIET_PAGES: u32 = 20;
/// How often a page is tried when others write to the same documents.
const ATTEMPTS: u32 = 8;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// `looking` before anything is changed, `migrating` after.
    pub doing: &'static str,
    /// Which migration.
    pub number: Option<i64>,
    /// Documents done.
    pub done: u64,
    /// Documents to do.
    pub total: u64,
}

/// Applies what is pending, up to a number, going on where a process that died stopped. Answers what was applied.
///
/// # Errors
/// `Conflict` with code `migration_trouble` before anything is changed, `migrating` when another process is at it.
pub async fn up(
    app: &App,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Status>, AppError> {
    if to_apply(&records(app).await?, to).is_empty() {
        return Ok(Vec::new());
    }
    let lease = take(app).await?;
    let outcome = all_up(app, &lease, to, progress).await;
    lease.release(app).await;
    outcome
}

/// Takes migrations back, down to a number (without one, by one step). Answers what was taken back.
///
/// # Errors
/// As of [`up`]; `Conflict` with code `not_reversible` when there is no way back that far.
pub async fn down(
    app: &App,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Status>, AppError> {
    if to_take_back(&records(app).await?, to)?.is_empty() {
        return Ok(Vec::new());
    }
    let lease = take(app).await?;
    let outcome = all_down(app, &lease, to, progress).await;
    lease.release(app).await;
    outcome
}

async fn take(app: &App) -> Result<Lease, AppError> {
    Lease::take_patiently(app, LEASE, LEASE_MS, PATIENCE_MS).await?.ok_or_else(|| AppError::Conflict {
        code: "migrating",
        detail: "another process is migrating this store at this moment; wait until it has ended".to_owned(),
    })
}

async fn all_up(
    app: &App,
    lease: &Lease,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Status>, AppError> {
    // Under the lease once more: another process may have been at it until now.
    let plan = up_plan_under(app, Some(lease), to, progress).await.map_err(lost_lease)?;
    // Only now is it sure that the documents can be brought along.
    if !app.store().inspect().await?.is_empty() {
        lease.lengthen(app, LAYOUT_MS).await.map_err(lost_lease)?;
        app.store().mend().await?;
    }
    let mut done = Vec::new();
    for migration in to_apply(&records(app).await?, to) {
        let total = plan.iter().filter(|one| one.number == migration.number).flat_map(|one| &one.steps);
        let total = total.map(|step| step.documents).sum();
        let mut run = Run::begin(app, lease, migration, Way::Up, total).await?;
        run.steps(progress).await?;
        done.push(run.applied().await?);
    }
    Ok(done)
}

async fn all_down(
    app: &App,
    lease: &Lease,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Status>, AppError> {
    let plan = down_plan_under(app, Some(lease), to, progress).await.map_err(lost_lease)?;
    let mut done = Vec::new();
    for migration in to_take_back(&records(app).await?, to)? {
        let total = plan.iter().filter(|one| one.number == migration.number).flat_map(|one| &one.steps);
        let total = total.map(|step| step.documents).sum();
        let mut run = Run::begin(app, lease, migration, Way::Down, total).await?;
        run.steps(progress).await?;
        done.push(run.taken_back().await?);
    }
    Ok(done)
}

/// One migration under way, and what is written down about it.
struct Run<'a> {
    app: &'a App,
    lease: &'a Lease,
    migration: &'static Migration,
    way: Way,
    record: SchemaMigration,
    done: u64,
    total: u64,
}

impl<'a> Run<'a> {
    async fn begin(
        app: &'a App,
        lease: &'a Lease,
        migration: &'static Migration,
        way: Way,
        total: u64,
    ) -> Result<Self, AppError> {
        let found = record(app, migration).await?;
        let blank = || SchemaMigration {
            id: app.new_id(),
            number: migration.number,
            name: migration.name.to_owned(),
            checksum: migration.checksum(),
            unfinished: None,
            collection: None,
            position: None,
            changed: None,
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        };
        let is_begun = found.as_ref().is_some_and(|record| record.unfinished == Some(way));
        let record = found.unwrap_or_else(blank);
        let mut run = Self { app, lease, migration, way, record, done: 0, total };
        if !is_begun {
            let mut begun = run.record.clone();
            begun.unfinished = Some(way);
            begun.collection = None;
            begun.position = None;
            begun.changed = Some(0);
            run.commit(begun, Vec::new()).await?;
        }
        tracing::info!(number = migration.number, name = migration.name, ?way, "a migration begins");
        Ok(run)
    }

    /// Every collection from the place that was kept.
    async fn steps(&mut self, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<(), AppError> {
        let steps = self.migration.steps;
        let kept = self.record.collection.clone();
        let first = steps.iter().position(|step| Some(step.collection.name) == kept.as_deref()).unwrap_or(0);
        for step in steps.iter().skip(first) {
            if let Some(change) = change(self.migration, step.collection, self.way) {
                self.collection(step.collection, change, progress).await?;
            }
        }
        Ok(())
    }

    async fn collection(
        &mut self,
        collection: &'static Collection,
        change: Change,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), AppError> {
        let here = self.record.collection.as_deref() == Some(collection.name);
        let mut position = self.record.position.filter(|_| here);
        let (mut quiet, mut tried) = (0, 0);
        loop {
            let after = position.map(|id| Cursor { values: Vec::new(), id });
            let limit = self.app.settings().step(PAGE);
            let query = Query::of(collection, Filter::All(Vec::new())).limit(limit).after(after);
            let page = self.app.store().find(query).await?;
            let Some(last) = page.documents.last().map(|document| document.id) else { return Ok(()) };
            let writes = writes(collection, &page.documents, change)?;
            let changed = i64::try_from(writes.len()).unwrap_or(i64::MAX);
            quiet = if writes.is_empty() { quiet + 1 } else { 0 };
            if !writes.is_empty() || quiet >= QUIET_PAGES {
                let mut next = self.record.clone();
                next.collection = Some(collection.name.to_owned());
                next.position = Some(last);
                next.changed = Some(next.changed.unwrap_or(0).saturating_add(changed));
                match self.commit(next, writes).await {
                    Ok(()) => (quiet, tried) = (0, 0),
                    Err(AppError::Store(
                        StoreError::RevisionMismatch { .. } | StoreError::OutcomeUnknown { .. },
                    )) if tried < ATTEMPTS => {
                        // Somebody wrote to one of them, or it is not known whether this was written: what is written
                        // down says from where on to read again.
                        tried += 1;
                        self.read_again().await?;
                        let here = self.record.collection.as_deref() == Some(collection.name);
                        position = self.record.position.filter(|_| here);
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            position = Some(last);
            self.done += page.documents.len() as u64;
            progress(Progress {
                doing: "migrating",
                number: Some(self.migration.number),
                done: self.done,
                total: self.total.max(self.done),
            });
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    async fn read_again(&mut self) -> Result<(), AppError> {
        self.record = record(self.app, self.migration).await?.ok_or_else(taken_over)?;
        Ok(())
    }

    /// Writes documents and what is written down about the migration, all or nothing, while the lease is held.
    async fn commit(&mut self, mut next: SchemaMigration, writes: Vec<Write>) -> Result<(), AppError> {
        let before = next.revision;
        next.touch(self.app.now());
        let mut batch = Batch { writes: vec![self.lease.fence(self.app, LEASE_MS)] };
        if before == 0 {
            batch.insert(&next)?;
        } else {
            batch.replace(&next, before)?;
        }
        batch.writes.extend(writes);
        self.app.store().commit(batch).await.map_err(lost)?;
        self.record = next;
        Ok(())
    }

    async fn applied(mut self) -> Result<Status, AppError> {
        let mut next = self.record.clone();
        next.unfinished = None;
        next.collection = None;
        next.position = None;
        next.checksum = self.migration.checksum();
        self.commit(next, Vec::new()).await?;
        tracing::info!(number = self.migration.number, changed = ?self.record.changed, "a migration was applied");
        Ok(Status::of(self.migration, Some(&self.record)))
    }

    async fn taken_back(self) -> Result<Status, AppError> {
        let mine = Filter::eq("_id", self.record.id).and(Filter::eq("revision", self.record.revision));
        let mut batch = Batch { writes: vec![self.lease.fence(self.app, LEASE_MS)] };
        batch.require(&SCHEMA_MIGRATIONS, mine);
        batch.delete(&SCHEMA_MIGRATIONS, Filter::eq("_id", self.record.id));
        self.app.store().commit(batch).await.map_err(lost)?;
        tracing::info!(number = self.migration.number, changed = ?self.record.changed, "a migration was taken back");
        Ok(Status { changed: self.record.changed, ..Status::of(self.migration, None) })
    }
}

/// What is written down about a migration.
async fn record(app: &App, migration: &Migration) -> Result<Option<SchemaMigration>, AppError> {
    Ok(app.store().first(Filter::eq("number", migration.number)).await?)
}

/// The writes of those documents of a page that are not in the other form yet.
fn writes(
    collection: &'static Collection,
    documents: &[Document],
    change: Change,
) -> Result<Vec<Write>, AppError> {
    let mut writes = Vec::new();
    for document in documents {
        let changed = Fields::of(collection, document).and_then(|mut fields| {
            change(&mut fields)?;
            fields.changed()
        });
        let changed = changed.map_err(|trouble| AppError::Conflict {
            code: "migration_trouble",
            detail: format!(
                "{} {} cannot be brought to the new form: {trouble}. What was done before it stays; mend it, then run \
                 this again, and it goes on from here",
                collection.name, document.id
            ),
        })?;
        writes.extend(changed.map(|changed| Write::Raw {
            collection,
            document: changed,
            expected_revision: Some(document.revision),
        }));
    }
    Ok(writes)
}

fn lost(error: StoreError) -> AppError {
    match error {
        StoreError::ConditionFailed { .. } | StoreError::Duplicate { .. } => taken_over(),
        error => error.into(),
    }
}

fn lost_lease(error: AppError) -> AppError {
    match error {
        AppError::Store(error) => lost(error),
        error => error,
    }
}

fn taken_over() -> AppError {
    AppError::Conflict {
        code: "migrating",
        detail:
            "another process has taken over the migration of this store; look at `callboard migrate status`"
                .to_owned(),
    }
}
