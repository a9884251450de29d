//! Typed reading on top of the port.

use model::Id;
use model::documents::Record;

use crate::port::{BoxFuture, Store, StoreError};
use crate::query::{Cursor, Filter, Query};

/// Records of a page, and where to go on.
pub type Records<R> = (Vec<R>, Option<Cursor>);

/// Reads typed records from any engine.
pub trait TypedStore {
    /// The record with this id.
    fn read<R: Record + Send>(&self, id: Id) -> BoxFuture<'_, Result<Option<R>, StoreError>>;

    /// The first record that matches.
    fn first<R: Record + Send>(&self, filter: Filter) -> BoxFuture<'_, Result<Option<R>, StoreError>>;

    /// One page of records.
    fn list<R: Record + Send>(&self, query: Query) -> BoxFuture<'_, Result<Records<R>, StoreError>>;

    /// All records that match, page by page into one list; for sets known to be small.
    fn all<R: Record + Send>(&self, filter: Filter) -> BoxFuture<'_, Result<Vec<R>, StoreError>>;
}

impl TypedStore for dyn Store + '_ {
    fn read<R: Record + Send>(&self, id: Id) -> BoxFuture<'_, Result<Option<R>, StoreError>> {
        Box::pin(
            async move { self.get(R::COLLECTION, id).await?.map(|document| document.typed()).transpose() },
        )
    }

    fn first<R: Record + Send>(&self, filter: Filter) -> BoxFuture<'_, Result<Option<R>, StoreError>> {
        Box::pin(async move {
            let page = self.find(Query::of(R::COLLECTION, filter).limit(1)).await?;
            page.documents.first().map(|document| document.typed()).transpose()
        })
    }

    fn list<R: Record + Send>(&self, query: Query) -> BoxFuture<'_, Result<Records<R>, StoreError>> {
        Box::pin(async move {
            let page = self.find(query).await?;
            let records = page.documents.iter().map(|document| document.typed()).collect::<Result<_, _>>()?;
            Ok((records, page.next))
        })
    }

    fn all<R: Record + Send>(&self, filter: Filter) -> BoxFuture<'_, Result<Vec<R>, StoreError>> {
        Box::pin(async move {
            let mut records = Vec::new();
            let mut after = None;
            loop {
                let query = Query::of(R::COLLECTION, filter.clone()).after(after);
                let (mut page, next) = self.list(query).await?;
                records.append(&mut page);
                if next.is_none() {
                    return Ok(records);
                }
                after = next;
            }
        })
    }
}
