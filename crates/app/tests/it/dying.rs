//! A store whose process dies at a commit that is told beforehand, just before the commit or just after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use model::Id;
use model::schema::Collection;
use store::{
    Batch, BoxFuture, Capabilities, Document, Filter, LayoutFinding, Near, Page, Query, Store, StoreError,
};

/// A store that works until its process dies.
pub(crate) struct Dying {
    inner: Arc<dyn Store>,
    left: AtomicI64,
    after: bool,
    is_dead: AtomicBool,
}

impl Dying {
    /// Dies at the commit with this number, counted from one: after it happened, or instead of it.
    pub(crate) fn at(inner: Arc<dyn Store>, commit: i64, after: bool) -> Self {
        Self { inner, left: AtomicI64::new(commit), after, is_dead: AtomicBool::new(false) }
    }

    /// Whether it came to that.
    pub(crate) fn has_died(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<&dyn Store, StoreError> {
        if self.has_died() {
            return Err(StoreError::Unavailable { reason: "the process is dead".to_owned() });
        }
        Ok(&*self.inner)
    }
}

impl Store for Dying {
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
        Box::pin(async move { self.alive()?.get(collection, id).await })
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move { self.alive()?.find(query).await })
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Box::pin(async move { self.alive()?.find_many(queries).await })
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move { self.alive()?.count(collection, filter).await })
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
        self.inner.near(collection, field, longitude, latitude, within_m, filter, limit)
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.alive()?.stream(collection, filter, each).await })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let store = self.alive()?;
            let dies = self.left.fetch_sub(1, Ordering::SeqCst) == 1;
            if dies && self.after {
                store.commit(batch).await?;
            } else if !dies {
                return store.commit(batch).await;
            }
            self.is_dead.store(true, Ordering::SeqCst);
            Err(StoreError::Unavailable { reason: "the process died".to_owned() })
        })
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.alive()?.check().await })
    }

    fn inspect<'a>(&'a self) -> BoxFuture<'a, Result<Vec<LayoutFinding>, StoreError>> {
        Box::pin(async move { self.alive()?.inspect().await })
    }

    fn mend<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.alive()?.mend().await })
    }
}
