//! Documents and short words for the laws.

use std::sync::Arc;

use jiff::Timestamp;
use model::Id;
use model::documents::{Calendar, Category, CategoryType, Coordinates, Event, Location, Record};
use model::schema::Collection;

use crate::port::{Store, StoreError};
use crate::query::{Filter, Query};
use crate::typed::TypedStore;
use crate::write::{Batch, Document, Write};

/// No numbers.
pub(super) const NONE: [u32; 0] = [];

/// The id with this number.
pub(super) fn id(number: u32) -> Id {
    Id::from_parts(number, [7; 5], number)
}

/// So many milliseconds after 1 January 2026.
pub(super) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_225_600_000 + milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The record as touched once.
pub(super) fn touched<R: Record>(mut record: R) -> R {
    record.touch(at(0));
    record
}

/// An event of user 1 in calendar 2 that begins `number` hours after the start of the year.
pub(super) fn event(number: u32) -> Event {
    let start = i64::from(number) * 3_600_000;
    let mut event =
        Event::new(id(number), id(1), id(2), &format!("event {number}"), at(start), at(start + 1_800_000));
    event.derive();
    touched(event)
}

/// A calendar of user 1.
pub(super) fn calendar(number: u32) -> Calendar {
    touched(Calendar::local(id(number), id(1), "Hall", "#336699"))
}

/// A category, personal or for all.
pub(super) fn category(number: u32, user: Option<u32>, name: &str) -> Category {
    touched(Category::new(id(number), user.map(id), name, "#aa0000", CategoryType::Internal))
}

/// A location for all, at a place.
pub(super) fn location(number: u32, name: &str, longitude: f64, latitude: f64) -> Location {
    let mut location = Location::named(id(number), None, name);
    location.coordinates = Some(Coordinates { longitude, latitude });
    touched(location)
}

/// Inserts records in one batch.
pub(super) async fn insert<R: Record>(store: &Arc<dyn Store>, records: &[R]) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for record in records {
        batch.insert(record)?;
    }
    store.commit(batch).await
}

/// The record with this number.
pub(super) async fn read<R: Record + Send>(
    store: &Arc<dyn Store>,
    number: u32,
) -> Result<Option<R>, StoreError> {
    store.read(id(number)).await
}

/// Commits one write.
pub(super) async fn commit(store: &Arc<dyn Store>, write: Write) -> Result<(), StoreError> {
    store.commit(Batch { writes: vec![write] }).await
}

/// All documents that match, page by page.
pub(super) async fn all_of(store: &Arc<dyn Store>, query: Query) -> Result<Vec<Document>, StoreError> {
    let mut documents = Vec::new();
    let mut after = query.after.clone();
    loop {
        let page = store.find(query.clone().after(after)).await?;
        let full = page.documents.len() == usize::try_from(query.limit).unwrap_or(usize::MAX);
        documents.extend(page.documents);
        assert!(documents.len() < 1_000_000, "the listing does not end");
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(documents),
        }
        assert!(full, "a page that is not the last has as many documents as were asked for");
    }
}

/// The numbers of the documents that match, in rising order of id.
pub(super) async fn numbers(
    store: &Arc<dyn Store>,
    collection: &'static Collection,
    filter: Filter,
) -> Result<Vec<u32>, StoreError> {
    let documents = all_of(store, Query::of(collection, filter)).await?;
    Ok(documents.iter().map(|document| number(document.id)).collect())
}

/// The number of an id.
pub(super) fn number(id: Id) -> u32 {
    let [a, b, c, d, ..] = id.bytes();
    u32::from_be_bytes([a, b, c, d])
}
