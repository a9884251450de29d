//! The store as the application has it: what is committed makes kept lists old, whichever use case commits it.

use std::sync::Arc;

use model::collections::{CATEGORIES, LOCATIONS};
use model::schema::Collection;
use store::{Batch, BoxFuture, Layer, Store, StoreError, Write};

use super::NameLists;

/// A store whose commits are watched.
pub(crate) struct Watched {
    inner: Arc<dyn Store>,
    lists: Arc<NameLists>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Store>, lists: Arc<NameLists>) -> Self {
        Self { inner, lists }
    }
}

/// A commit that touches lists. Dropped before it is answered (whoever asked has hung up), it may still happen.
struct Commit<'a> {
    lists: &'a NameLists,
    touched: Vec<&'static Collection>,
    is_answered: bool,
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        for collection in &self.touched {
            if self.is_answered {
                self.lists.written(collection.name);
            } else {
                self.lists.doubt(collection);
            }
        }
    }
}

fn touched(batch: &Batch) -> Vec<&'static Collection> {
    let touches = |wanted: &&'static Collection| {
        batch.writes.iter().any(|write| match write {
            Write::Insert { collection, .. }
            | Write::Replace { collection, .. }
            | Write::Raw { collection, .. }
            | Write::Update { collection, .. }
            | Write::Delete { collection, .. } => collection.name == wanted.name,
            Write::Require { .. } => false,
        })
    };
    [&CATEGORIES, &LOCATIONS].into_iter().filter(touches).collect()
}

impl Layer for Watched {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        let touched = touched(&batch);
        if touched.is_empty() {
            return self.inner.commit(batch);
        }
        Box::pin(async move {
            let mut commit = Commit { lists: &self.lists, touched, is_answered: false };
            let outcome = self.inner.commit(batch).await;
            commit.is_answered = !matches!(outcome, Err(StoreError::OutcomeUnknown { .. }));
            outcome
        })
    }
}
