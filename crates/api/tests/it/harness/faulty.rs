//! A store that can be made to fail, hang or panic.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

use model::Id;
use model::schema::Collection;
use store::{Batch, BoxFuture, Capabilities, Document, Filter, Near, Page, Query, Store, StoreError};

/// What the store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    Unavailable,
    Full,
    Broken,
    Hanging,
    Panicking,
}

/// What every failure says inside, which nobody outside may read.
pub(crate) const INTERNALS: &str = "at /srv/callboard/store.db, page 7, SELECT digest FROM sessions";

/// A store in a mood.
pub(crate) struct FaultyStore {
    inner: Box<dyn Store>,
    mood: AtomicU8,
    /// So many calls still go well.
    spared: AtomicU32,
    has_failed: AtomicBool,
}

impl FaultyStore {
    pub(crate) fn around(inner: Box<dyn Store>) -> Self {
        Self {
            inner,
            mood: AtomicU8::new(Mood::Well as u8),
            spared: AtomicU32::new(0),
            has_failed: AtomicBool::new(false),
        }
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.set_after(0, mood);
    }

    /// The mood comes after so many calls.
    pub(crate) fn set_after(&self, calls: u32, mood: Mood) {
        self.spared.store(calls, Ordering::SeqCst);
        self.has_failed.store(false, Ordering::SeqCst);
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// Whether a call has failed since the mood was set.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::SeqCst)
    }

    async fn suffer(&self) -> Result<(), StoreError> {
        let reason = INTERNALS.to_owned();
        let mood = self.mood.load(Ordering::SeqCst);
        let spare = |calls: u32| calls.checked_sub(1);
        if mood == Mood::Well as u8
            || self.spared.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spare).is_ok()
        {
            return Ok(());
        }
        self.has_failed.store(true, Ordering::SeqCst);
        match mood {
            mood if mood == Mood::Unavailable as u8 => Err(StoreError::Unavailable { reason }),
            mood if mood == Mood::Full as u8 => Err(StoreError::Full { reason }),
            mood if mood == Mood::Broken as u8 => Err(StoreError::Unusable { reason }),
            mood if mood == Mood::Hanging as u8 => std::future::pending().await,
            mood if mood == Mood::Panicking as u8 => panic!("{INTERNALS}"),
            _ => Ok(()),
        }
    }
}

impl Store for FaultyStore {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.get(collection, id).await
        })
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.find(query).await
        })
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.find_many(queries).await
        })
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.count(collection, filter).await
        })
    }

    fn near<'a>(
        &'a self,
        collection: &'static Collection,
        field: &'static str,
        longitude: f64,
        latitude: f64,
        within_m: f64,
        filter: Filter,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Near>, StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.near(collection, field, longitude, latitude, within_m, filter, limit).await
        })
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.stream(collection, filter, each).await
        })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.commit(batch).await
        })
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.suffer().await?;
            self.inner.check().await
        })
    }
}
