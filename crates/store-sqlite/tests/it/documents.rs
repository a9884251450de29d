//! Documents and stores for the tests of this engine.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use model::Id;
use model::documents::{Category, CategoryType, Event, Record};
use store::{Batch, Store, StoreError};
use store_sqlite::{SqliteOptions, SqliteStore};

/// The id with this number.
pub(crate) fn id(number: u32) -> Id {
    Id::from_parts(number, [3; 5], number)
}

/// An event of one and a half kilobytes.
pub(crate) fn event(number: u32) -> Event {
    let at = Timestamp::UNIX_EPOCH;
    let mut event = Event::new(id(number), id(1), id(2), &format!("event {number}"), at, at);
    event.internal_notes = Some("n".repeat(1_000));
    event.outlook_event_id = Some(format!("outlook {number}"));
    event.derive();
    event.touch(at);
    event
}

/// A batch that is only whole with both its documents.
pub(crate) fn pair(number: u32) -> Batch {
    let mut category =
        Category::new(id(number), None, &format!("category {number}"), "#000000", CategoryType::Internal);
    category.touch(Timestamp::UNIX_EPOCH);
    let mut batch = Batch::new();
    batch.insert(&event(number)).expect("a document");
    batch.insert(&category).expect("a document");
    batch
}

/// The store at this path.
pub(crate) fn open(path: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(SqliteStore::open(SqliteOptions::at(path))?))
}

/// Why the store at this path cannot be opened.
pub(crate) fn refusal(path: &Path) -> String {
    match SqliteStore::open(SqliteOptions::at(path)) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(StoreError::Unusable { reason } | StoreError::Unreadable { reason }) => reason,
        Err(other) => panic!("{other:?}"),
    }
}
