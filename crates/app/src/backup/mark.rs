//! The mark of a restore in place: until it has ended, a lease of this name is in the store, with its number in every
//! commit of the restore. It is only left where no server is at work, and servers that find it neither read nor write.
//! Beside it stands what to go back to, written under the mark and before anything is changed: where that is missing when
//! the holder is gone, the store is as it was; where it stands, the store is neither the old one nor the new one.

use std::path::Path;

use model::collections::LEASES;
use model::documents::{self, Record};
use store::{Batch, Filter, Store, TypedStore, Value};

use crate::lease::Lease;
use crate::presence::refuse_others;
use crate::{App, AppError};

const MARK: &str = "restore-under-way";
/// Begins the name of the lease that says what to go back to; the name of a file follows, or nothing.
const POINT: &str = "restore-point:";
/// A comparison writes nothing for long.
const LEASE_MS: i64 = 900_000;

/// A restore in place that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InPlace {
    /// What was there before it.
    pub before: Before,
}

/// What was there before a restore in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// It is in the restore point of this name.
    File(String),
    /// Nothing.
    Nothing,
    /// It is there still: nothing was changed yet.
    Untouched,
}

/// A restore in place that was begun and has not ended, if there is one.
pub async fn unfinished(store: &dyn Store) -> Result<Option<InPlace>, AppError> {
    // Every server asks every few seconds, and there is a lease for each calendar.
    let mark: Option<documents::Lease> = store.first(Filter::eq("name", MARK)).await?;
    if mark.is_none() {
        return Ok(None);
    }
    let leases: Vec<documents::Lease> = store.all(Filter::All(Vec::new())).await?;
    let before = match leases.iter().find_map(|lease| lease.name.strip_prefix(POINT)) {
        Some("") => Before::Nothing,
        Some(name) => Before::File(name.to_owned()),
        None => Before::Untouched,
    };
    Ok(Some(InPlace { before }))
}

/// The mark, held.
pub(super) struct Mark(Lease);

impl Mark {
    /// Leaves the mark, or takes over that of somebody who is gone. Refuses while somebody works on the store.
    pub(super) async fn take(app: &App) -> Result<Self, AppError> {
        let leases: Vec<documents::Lease> = app.store().all(Filter::All(Vec::new())).await?;
        let is_first = leases.iter().all(|lease| lease.name != MARK);
        if is_first {
            refuse_others(app, &leases)?;
            forget_points(app, &leases).await?;
        }
        let lease = Lease::take(app, MARK, LEASE_MS).await?.ok_or_else(|| AppError::Conflict {
            code: "store_in_use",
            detail: "another process restores this store, or did until some minutes ago on a machine that is gone; wait for \
                     its end, a quarter of an hour at the most. Nothing was changed"
                .to_owned(),
        })?;
        let mark = Self(lease);
        if is_first && let Err(error) = mark.shut_out(app).await {
            mark.end(app).await?;
            return Err(error);
        }
        Ok(mark)
    }

    /// Whoever came between the look and the mark has seen no mark, but is seen now. Whoever slept meanwhile finds its
    /// lease gone when it wakes, and knows that the store is another.
    async fn shut_out(&self, app: &App) -> Result<(), AppError> {
        let leases: Vec<documents::Lease> = app.store().all(Filter::All(Vec::new())).await?;
        refuse_others(app, &leases)?;
        let others = leases.iter().filter(|lease| lease.name != MARK && !lease.name.starts_with(POINT));
        let ids: Vec<Value> = others.map(|lease| Value::Id(lease.id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        self.guard(app, &mut batch);
        batch.delete(&LEASES, Filter::In("_id", ids));
        Ok(app.store().commit(batch).await?)
    }

    /// What was there before the first restore that left this mark.
    pub(super) async fn before(&self, app: &App) -> Result<Before, AppError> {
        let in_place = unfinished(app.store()).await?;
        Ok(in_place.map_or(Before::Untouched, |in_place| in_place.before))
    }

    /// Writes down what to go back to, a restore point or nothing: from now on the store may be changed.
    pub(super) async fn write_point(&self, app: &App, point: Option<&Path>) -> Result<(), AppError> {
        let name = point.and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        let now = app.now();
        let mut point = documents::Lease {
            id: app.new_id(),
            name: format!("{POINT}{name}"),
            holder: "restore".to_owned(),
            fence: 1,
            expires_at: now,
            created_at: now,
            updated_at: now,
            revision: 0,
        };
        point.touch(now);
        let mut batch = Batch::new();
        self.guard(app, &mut batch);
        batch.insert(&point)?;
        Ok(app.store().commit(batch).await?)
    }

    /// Makes a batch fail when the mark is another's by now.
    pub(super) fn guard(&self, app: &App, batch: &mut Batch) {
        batch.writes.insert(0, self.0.fence(app, LEASE_MS));
    }

    /// Leaves it to whoever comes next: the store is not whole.
    pub(super) async fn leave(self, app: &App) {
        self.0.release(app).await;
    }

    /// Takes it away: the store is whole.
    pub(super) async fn end(&self, app: &App) -> Result<(), AppError> {
        let leases: Vec<documents::Lease> = app.store().all(Filter::All(Vec::new())).await?;
        let ours = leases.iter().filter(|lease| lease.name == MARK || lease.name.starts_with(POINT));
        let ids = ours.map(|lease| Value::Id(lease.id)).collect();
        let mut batch = Batch::new();
        self.guard(app, &mut batch);
        batch.delete(&LEASES, Filter::In("_id", ids));
        Ok(app.store().commit(batch).await?)
    }
}

/// What stands there without a mark is of a restore that has ended.
async fn forget_points(app: &App, leases: &[documents::Lease]) -> Result<(), AppError> {
    let older = leases.iter().filter(|lease| lease.name.starts_with(POINT));
    let ids: Vec<Value> = older.map(|lease| Value::Id(lease.id)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::new();
    batch.delete(&LEASES, Filter::In("_id", ids));
    Ok(app.store().commit(batch).await?)
}
