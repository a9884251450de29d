//! A store before each of whose calls, or after each of whose commits, somebody else does something.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use model::Id;
use model::schema::Collection;
use store::{Batch, BoxFuture, Document, Filter, Layer, Page, Query, Store, StoreError};

type Doing = Pin<Box<dyn Future<Output = ()> + Send>>;
/// What somebody else does.
type Meddle = Box<dyn Fn() -> Doing + Send + Sync>;

/// A store with somebody else on it.
pub(crate) struct Meddling {
    inner: Arc<dyn Store>,
    meddle: Meddle,
    is_after: bool,
}

impl Meddling {
    /// Before the n-th call, counted from 0, `meddle(n)` is done.
    pub(crate) fn before<F>(
        inner: Arc<dyn Store>,
        meddle: impl Fn(usize) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let number = AtomicUsize::new(0);
        let meddle = move || -> Doing { Box::pin(meddle(number.fetch_add(1, Ordering::Relaxed))) };
        Self { inner, meddle: Box::new(meddle), is_after: false }
    }

    /// The same, but after the n-th commit.
    pub(crate) fn after_commits<F>(
        inner: Arc<dyn Store>,
        meddle: impl Fn(usize) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { is_after: true, ..Self::before(inner, meddle) }
    }

    async fn comes_before(&self) {
        if !self.is_after {
            (self.meddle)().await;
        }
    }
}

impl Layer for Meddling {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        Box::pin(async move {
            self.comes_before().await;
            self.inner.get(collection, id).await
        })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.comes_before().await;
            let outcome = self.inner.commit(batch).await;
            if self.is_after {
                (self.meddle)().await;
            }
            outcome
        })
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            self.comes_before().await;
            self.inner.find(query).await
        })
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Box::pin(async move {
            self.comes_before().await;
            self.inner.find_many(queries).await
        })
    }
}

/// What somebody else commits: told how often this collection was streamed before, and its name.
type Commits = Box<dyn Fn(usize, &str, &mut Vec<Batch>) + Send + Sync>;

/// A store before each of whose streams somebody else commits something.
pub(crate) struct Streaming {
    inner: Arc<dyn Store>,
    streamed: Mutex<BTreeMap<&'static str, usize>>,
    commits: Commits,
}

impl Streaming {
    pub(crate) fn before(
        inner: Arc<dyn Store>,
        commits: impl Fn(usize, &str, &mut Vec<Batch>) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { inner, streamed: Mutex::default(), commits: Box::new(commits) })
    }
}

impl Layer for Streaming {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut batches = Vec::new();
            {
                let mut streamed = self.streamed.lock().unwrap();
                let number = streamed.entry(collection.name).or_default();
                (self.commits)(*number, collection.name, &mut batches);
                *number += 1;
            }
            for batch in batches {
                self.inner.commit(batch).await?;
            }
            self.inner.stream(collection, filter, each).await
        })
    }
}
