//! A store that keeps no moment long enough to read all of it.

use std::sync::Arc;

use model::schema::Collection;
use store::{BoxFuture, Document, Filter, Store, StoreError};

/// Stands before another store.
pub(crate) struct Forgetful(pub(crate) Arc<dyn Store>);

impl store::Layer for Forgetful {
    fn inner(&self) -> &dyn Store {
        &*self.0
    }

    fn stream_many<'a>(
        &'a self,
        _: Vec<(&'static Collection, Filter)>,
        _: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let reason = "what the operator does about it".to_owned();
        Box::pin(async { Err(StoreError::MomentGone { reason }) })
    }
}
