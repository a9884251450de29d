//! Leases: one worker at a time, over all processes that share a store.
//!
//! A lease has a fencing number that rises with every holder. What is written under a lease is committed together with
//! [`Lease::fence`], so that a worker that slept past its lease writes nothing.

use jiff::Timestamp;
use model::collections::LEASES;
use model::documents::{self, Record};
use store::{Batch, Filter, StoreError, TypedStore, Value, Write};
use tokio::sync::watch;

use crate::{App, AppError};

/// When a lease that was given back was over: long ago. A clock may be set back later, and by that clock, too, it is free.
pub const GIVEN_BACK: Timestamp = Timestamp::UNIX_EPOCH;

/// Begins the name of the lease of a server.
pub(crate) const OF_SERVER: &str = "server:";
/// Of the sync of a calendar.
pub(crate) const OF_SYNC: &str = "sync:";
/// Of the refresh of somebody's connection.
pub(crate) const OF_REFRESH: &str = "refresh:";
/// Of an export.
pub(crate) const OF_EXPORT: &str = "export:";
/// Of a deletion.
pub(crate) const OF_DELETION: &str = "delete:";
/// Those of which there are always new ones.
pub(crate) const PASSING: [&str; 5] = [OF_SERVER, OF_SYNC, OF_REFRESH, OF_EXPORT, OF_DELETION];

/// A lease that is held.
#[derive(Debug, Clone)]
pub struct Lease {
    name: String,
    holder: String,
    number: i64,
}

impl Lease {
    /// Takes a free or expired lease for so many milliseconds; `None` when somebody else holds it.
    pub async fn take(app: &App, name: &str, for_ms: i64) -> Result<Option<Self>, AppError> {
        for _ in 0..3 {
            match Self::try_take(app, name, for_ms).await {
                Err(AppError::Store(StoreError::RevisionMismatch { .. } | StoreError::Duplicate { .. })) => {}
                other => return other,
            }
        }
        Ok(None)
    }

    /// Takes a lease, waiting so many milliseconds at the most for somebody else's to end: a process that was killed
    /// leaves one behind that runs out by itself.
    pub async fn take_patiently(
        app: &App,
        name: &str,
        for_ms: i64,
        patience_ms: u64,
    ) -> Result<Option<Self>, AppError> {
        const STEP_MS: u64 = 250;
        let mut waited_ms = 0;
        loop {
            let taken = Self::take(app, name, for_ms).await?;
            if taken.is_some() || waited_ms >= patience_ms {
                return Ok(taken);
            }
            app.wait_ms(STEP_MS).await;
            waited_ms += STEP_MS;
        }
    }

    async fn try_take(app: &App, name: &str, for_ms: i64) -> Result<Option<Self>, AppError> {
        let now = app.now();
        let expires_at = now + jiff::SignedDuration::from_millis(for_ms);
        let holder = format!("{}/{}", app.process(), app.new_id());
        let found: Option<documents::Lease> = app.store().first(Filter::eq("name", name)).await?;
        let mut batch = Batch::new();
        let number = match found {
            Some(lease) if lease.expires_at > now => return Ok(None),
            Some(mut lease) => {
                let expected = lease.revision;
                lease.holder.clone_from(&holder);
                lease.fence += 1;
                lease.expires_at = expires_at;
                lease.touch(now);
                batch.replace(&lease, expected)?;
                lease.fence
            }
            None => {
                let mut lease = documents::Lease {
                    id: app.new_id(),
                    name: name.to_owned(),
                    holder: holder.clone(),
                    fence: 1,
                    expires_at,
                    created_at: now,
                    updated_at: now,
                    revision: 0,
                };
                lease.touch(now);
                batch.insert(&lease)?;
                lease.fence
            }
        };
        app.store().commit(batch).await?;
        Ok(Some(Self { name: name.to_owned(), holder, number }))
    }

    /// Its fencing number. No other holder has the same unless the lease was forgotten between, a day after its end at the
    /// earliest.
    pub fn number(&self) -> i64 {
        self.number
    }

    fn mine(&self) -> Filter {
        Filter::eq("name", self.name.as_str())
            .and(Filter::eq("holder", self.holder.as_str()))
            .and(Filter::eq("fence", self.number))
    }

    /// The writes that make a batch fail unless this lease is still held, and that lengthen it.
    pub fn fence(&self, app: &App, for_ms: i64) -> Write {
        let expires_at = app.now() + jiff::SignedDuration::from_millis(for_ms);
        Write::Update {
            collection: &LEASES,
            filter: self.mine(),
            set: vec![("expires_at", Value::Instant(expires_at))],
            add: Vec::new(),
            must_match: true,
        }
    }

    /// Lengthens the lease.
    ///
    /// # Errors
    /// `ConditionFailed` when it is another's by now.
    pub async fn lengthen(&self, app: &App, for_ms: i64) -> Result<(), AppError> {
        Ok(app.store().commit(Batch { writes: vec![self.fence(app, for_ms)] }).await?)
    }

    /// Does work that commits nothing for long. Whenever `told` hears that it goes on, and at its end, the lease is
    /// lengthened if a third of its time is over; a lease that is lost ends the work.
    ///
    /// # Errors
    /// Those of the work and of [`Lease::lengthen`].
    pub(crate) async fn kept_during<T>(
        &self,
        app: &App,
        for_ms: i64,
        mut told: watch::Receiver<u64>,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let mut work = std::pin::pin!(work);
        let (mut since, mut is_told) = (app.now(), true);
        let is_due = |since| app.now().duration_since(since).as_millis() >= i128::from(for_ms / 3);
        loop {
            let ended = tokio::select! {
                biased;
                changed = told.changed(), if is_told => {
                    is_told = changed.is_ok();
                    None
                }
                ended = &mut work => Some(ended),
            };
            if is_due(since) {
                self.lengthen(app, for_ms).await?;
                since = app.now();
            }
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// The write that leaves nothing of it, for a name that nobody will use again.
    pub(crate) fn end(&self) -> Write {
        Write::Delete { collection: &LEASES, filter: self.mine() }
    }

    /// Gives back a lease whose name nobody will use again: nothing is left of it.
    pub(crate) async fn forget(self, app: &App) {
        if let Err(error) = app.store().commit(Batch { writes: vec![self.end()] }).await {
            tracing::warn!(lease = self.name, %error, "a lease could not be given back; it will expire");
            app.leave_lease();
        }
    }

    /// Gives the lease back. Failing to do so does no harm: it expires.
    pub async fn release(self, app: &App) {
        let batch = Batch {
            writes: vec![Write::Update {
                collection: &LEASES,
                filter: self.mine(),
                set: vec![("expires_at", Value::Instant(GIVEN_BACK))],
                add: Vec::new(),
                must_match: false,
            }],
        };
        if let Err(error) = app.store().commit(batch).await {
            tracing::warn!(lease = self.name, %error, "a lease could not be given back; it will expire");
            app.leave_lease();
        }
    }
}
