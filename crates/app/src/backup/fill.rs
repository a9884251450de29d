//! Pouring a backup into a store, and comparing what is there with it.

use bson_form::Members;
use model::schema::Collection;
use store::{Batch, Document, Store, Write};

use super::ahead::Ahead;
use super::contents::{Found, Reading, Tallies};
use super::tally::InAnyOrder;
use super::{Contents, Progress, refused};
use crate::AppError;

/// A commit has so many documents at the most…
const COMMIT_DOCUMENTS: usize = 1_000;
/// …or so many bytes.
const COMMIT_BYTES: usize = 4 << 20;

/// Writes everything that is in a backup into a store with nothing in it, as it was. `guard` puts into every commit what
/// must hold for it.
pub(super) async fn fill(
    store: &dyn Store,
    contents: &Contents,
    guard: &(dyn Fn(&mut Batch) + Sync),
    progress: Progress<'_>,
) -> Result<(), AppError> {
    let mut ahead = Ahead::of(Reading::open(&contents.origin)?);
    let (mut batch, mut bytes, mut done) = (Batch::new(), 0, 0);
    while let Some(found) = ahead.next()? {
        for Found { collection, document, .. } in found {
            bytes += document.json.len();
            batch.writes.push(Write::Raw { collection, document, expected_revision: None });
            if batch.writes.len() >= COMMIT_DOCUMENTS || bytes >= COMMIT_BYTES {
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

/// Whether a store has exactly what is in a backup.
///
/// # Errors
/// `backup_refused` naming the first collection that differs.
pub(super) async fn compare(
    store: &dyn Store,
    contents: &Contents,
    progress: Progress<'_>,
) -> Result<(), AppError> {
    let mut found = Tallies::new();
    let (mut trouble, mut done) = (None, 0);
    let each = |collection: &'static Collection, documents: Vec<Document>| {
        for document in &documents {
            match bson_form::to_bson(collection, &document.json, Members::AsDeclared) {
                Ok(bson) => found.entry(collection.name).or_default().add(bson.as_bytes()),
                Err(error) => {
                    trouble = Some(format!("{}: document {}: {error}", collection.name, document.id));
                    return false;
                }
            }
        }
        done += documents.len() as u64;
        progress(done);
        true
    };
    store.stream_many(super::everything(), Box::new(each)).await?;
    if let Some(trouble) = trouble {
        return Err(refused(trouble));
    }
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
