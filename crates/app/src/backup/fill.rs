//! Pouring a backup into a store, and comparing what is there with it.

use bson_form::Members;
use model::schema::Collection;
use store::{Batch, Document, Filter, Order, Query, Store, Value, Write};

use super::ahead::Ahead;
use super::contents::{Found, Reading, Tallies};
use super::tally::InAnyOrder;
use super::{Contents, Progress, refused};
use crate::AppError;

/// A commit has so many documents at the most…
pub(super) const COMMIT_DOCUMENTS: u32 = 1_000;
/// …or so many bytes.
const COMMIT_BYTES: usize = 4 << 20;
/// Documents compared at a time.
const PAGE: u32 = 1_000;

/// Writes everything that is in a backup into a store with nothing in it, as it was. `guard` puts into every commit what
/// must hold for it, and no commit has more than `most` documents.
pub(super) async fn fill(
    store: &dyn Store,
    contents: &Contents,
    most: u32,
    guard: &(dyn Fn(&mut Batch) + Sync),
    progress: Progress<'_>,
) -> Result<(), AppError> {
    let mut ahead = Ahead::of(Reading::open(&contents.origin)?);
    let (mut batch, mut bytes, mut done) = (Batch::new(), 0, 0);
    while let Some(found) = ahead.next()? {
        for Found { collection, document, .. } in found {
            bytes += document.json.len();
            batch.writes.push(Write::Raw { collection, document, expected_revision: None });
            if batch.writes.len() >= most as usize || bytes >= COMMIT_BYTES {
                done += batch.writes.len() as u64;
                guard(&mut batch);
                store.commit(std::mem::take(&mut batch)).await?;
                bytes = 0;
                progress(done);
            }
        }
    }
    done += batch.writes.len() as u64;
    if !batch.is_empty() {
        guard(&mut batch);
        store.commit(batch).await?;
    }
    progress(done);
    Ok(())
}

/// Whether a store has exactly what is in a backup. It is read page by page and not as of one moment: nobody else is at
/// work on it, a server keeps no moment for as long as a large store takes, and no server need hold all that one query
/// finds.
///
/// # Errors
/// `backup_refused` naming the first collection that differs.
pub(super) async fn compare(
    store: &dyn Store,
    contents: &Contents,
    progress: Progress<'_>,
) -> Result<(), AppError> {
    let mut found = Counting::new(progress);
    for collection in super::collections() {
        found.read(store, collection).await?;
    }
    let found = found.tallies;
    let empty = InAnyOrder::default();
    for collection in super::collections() {
        let there = contents.tallies.get(collection.name).unwrap_or(&empty);
        let here = found.get(collection.name).unwrap_or(&empty);
        if there != here {
            return Err(refused(format!(
                "{} came out otherwise than it is in the backup: {} documents instead of {}, or others",
                collection.name,
                here.count(),
                there.count()
            )));
        }
    }
    Ok(())
}

/// Documents of a store that are being counted.
struct Counting<'a> {
    tallies: Tallies,
    done: u64,
    progress: Progress<'a>,
}

impl<'a> Counting<'a> {
    fn new(progress: Progress<'a>) -> Self {
        Self { tallies: Tallies::new(), done: 0, progress }
    }

    fn add(&mut self, collection: &'static Collection, documents: &[Document]) -> Result<(), AppError> {
        for document in documents {
            let bson =
                bson_form::to_bson(collection, &document.json, Members::AsDeclared).map_err(|error| {
                    refused(format!("{}: document {}: {error}", collection.name, document.id))
                })?;
            self.tallies.entry(collection.name).or_default().add(bson.as_bytes());
        }
        self.done += documents.len() as u64;
        (self.progress)(self.done);
        Ok(())
    }

    async fn read(&mut self, store: &dyn Store, collection: &'static Collection) -> Result<(), AppError> {
        let mut rest = Filter::All(Vec::new());
        loop {
            let query = Query::of(collection, rest).sorted("_id", Order::Ascending).limit(PAGE);
            let documents = store.find(query).await?.documents;
            let Some(last) = documents.last().map(|document| document.id) else { return Ok(()) };
            self.add(collection, &documents)?;
            rest = Filter::Gt("_id", Value::Id(last));
        }
    }
}
