//! Servers on a store that several can use say that they are at work on it, so that nobody takes it from under them: a
//! restore in place and a move refuse while one is there, a server refuses to begin while one of those is under way.
//!
//! Each server holds a lease of its own and lengthens it again and again. Both sides first write and then look, so that at
//! least one of them sees the other. A server that slept, or could not reach the store, writes nothing before it has
//! looked again: its [`Gate`] is only open for a while after each look. What a restore did meanwhile it knows by its lease,
//! which is gone then.

mod gate;

use jiff::SignedDuration;
use model::collections::LEASES;
use model::documents;
use store::{Batch, Filter, StoreError, TypedStore, Value};

pub(crate) use gate::{Gate, Gated, RESTORING};

use crate::lease::{Lease, OF_SERVER, PASSING};
use crate::{App, AppError, backup};

/// The lease of a move to another store.
const MOVE: &str = "store-move";
/// How long a server is taken to be there without another word: longer than a save that it began can go on.
const LEASE_MS: i64 = 180_000;
/// What has not lengthened its lease for so many hours does not come back.
const DEAD_AFTER_H: i64 = 24;
/// How long a server goes on without having looked.
const TRUST_MS: i64 = 60_000;
/// How often a server looks, in milliseconds.
pub const BEAT_MS: u64 = 15_000;
/// How long a move may go without a word.
const MOVE_MS: i64 = 180_000;

/// What a server finds when it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// It may go on.
    Here,
    /// The store is being restored: it neither reads nor writes.
    Restoring,
    /// The store was restored while this server did not look: nothing that it remembers can be relied on.
    Over,
}

/// That a server is at work on a store.
#[derive(Debug)]
pub struct Presence(Lease);

impl Presence {
    /// Says so. Call [`Presence::beat`] before anything is served, and every [`BEAT_MS`] from then on.
    ///
    /// # Errors
    /// `store_in_use` while the store is being moved.
    pub async fn enter(app: &App) -> Result<Self, AppError> {
        let name = format!("{OF_SERVER}{}", app.process());
        let lease = Lease::take(app, &name, LEASE_MS).await?;
        let lease = lease.ok_or_else(|| AppError::Internal(format!("somebody else is called {name}")))?;
        let moving: Option<documents::Lease> = app.store().first(Filter::eq("name", MOVE)).await?;
        if moving.is_some_and(|moving| moving.expires_at > app.now()) {
            lease.forget(app).await;
            return Err(AppError::Conflict {
                code: "store_in_use",
                detail: "the store is being moved to another one; wait for its end, then start the server with that one"
                    .to_owned(),
            });
        }
        forget_dead(app).await?;
        Ok(Self(lease))
    }

    /// Lengthens the stay, and looks whether the store is still the same.
    ///
    /// # Errors
    /// When the store does not answer. Look again soon: the server stops saving a minute after the last look.
    pub async fn beat(&self, app: &App) -> Result<Beat, AppError> {
        let (store, begun) = (app.bare_store(), app.now());
        match store.commit(Batch { writes: vec![self.0.fence(app, LEASE_MS)] }).await {
            Ok(()) => {}
            Err(StoreError::ConditionFailed { .. }) => {
                app.gate().shut();
                return Ok(Beat::Over);
            }
            Err(error) => return Err(error.into()),
        }
        if backup::unfinished(store).await?.is_some() {
            app.gate().shut();
            return Ok(Beat::Restoring);
        }
        app.gate().open_until(begun + SignedDuration::from_millis(TRUST_MS));
        Ok(Beat::Here)
    }

    /// Says that the server has ended.
    pub async fn leave(self, app: &App) {
        app.gate().open();
        self.0.forget(app).await;
    }
}

/// Leases that nobody has taken or held for long. What takes one of these names again, such as the sync of a calendar, makes
/// its lease anew.
async fn forget_dead(app: &App) -> Result<(), AppError> {
    let leases: Vec<documents::Lease> = app.store().all(Filter::All(Vec::new())).await?;
    let until = app.now() - SignedDuration::from_hours(DEAD_AFTER_H);
    let dead = leases.into_iter().filter(|lease| {
        PASSING.iter().any(|name| lease.name.starts_with(name))
            && lease.expires_at < until
            && lease.updated_at < until
    });
    let ids: Vec<Value> = dead.map(|lease| Value::Id(lease.id)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let long_ago = |field| Filter::Lt(field, until.into());
    let mut batch = Batch::new();
    batch.delete(&LEASES, Filter::In("_id", ids).and(long_ago("expires_at")).and(long_ago("updated_at")));
    Ok(app.store().commit(batch).await?)
}

/// Refuses while somebody else is at work on the store: a server, or a command that holds a lease.
///
/// # Errors
/// `store_in_use` with what is held.
pub async fn refuse_in_use(app: &App) -> Result<(), AppError> {
    let leases: Vec<documents::Lease> = app.store().all(Filter::All(Vec::new())).await?;
    refuse_others(app, &leases)
}

pub(crate) fn refuse_others(app: &App, leases: &[documents::Lease]) -> Result<(), AppError> {
    let now = app.now();
    let Some(held) = leases.iter().find(|lease| lease.expires_at > now && !is_ours(app, lease)) else {
        return Ok(());
    };
    let name = if held.name.starts_with(OF_SERVER) { "its place" } else { held.name.as_str() };
    Err(AppError::Conflict {
        code: "store_in_use",
        detail: format!(
            "a server is at work on the store (it holds {name}). Stop every server, then try again (of one that was killed \
             on another machine three minutes later); nothing was changed"
        ),
    })
}

fn is_ours(app: &App, lease: &documents::Lease) -> bool {
    lease.holder.split_once('/').is_some_and(|(process, _)| process == app.process())
}

/// Keeps servers out while a store is moved.
#[derive(Debug)]
pub struct Moving(Lease);

impl Moving {
    /// Begins. Call [`Moving::go_on`] now and then.
    ///
    /// # Errors
    /// `store_in_use` while a server or a command is at work on the store, or another one moves it.
    pub async fn begin(app: &App) -> Result<Self, AppError> {
        refuse_in_use(app).await?;
        let lease = Lease::take(app, MOVE, MOVE_MS).await?.ok_or_else(|| AppError::Conflict {
            code: "store_in_use",
            detail: "another process moves this store at this moment; nothing was changed".to_owned(),
        })?;
        let moving = Self(lease);
        // Who came between the look and the lease has seen no lease, but is seen now.
        match refuse_in_use(app).await {
            Ok(()) => Ok(moving),
            Err(error) => {
                moving.end(app).await;
                Err(error)
            }
        }
    }

    /// Lengthens it.
    ///
    /// # Errors
    /// When it is over: servers may have begun again.
    pub async fn go_on(&self, app: &App) -> Result<(), AppError> {
        self.0.lengthen(app, MOVE_MS).await
    }

    /// Ends it.
    pub async fn end(self, app: &App) {
        self.0.release(app).await;
    }
}
