//! Pouring a backup into a store, and comparing what is there with it.

use std::collections::HashMap;

use bson::RawDocumentBuf;
use bson_form::Members;
use model::Id;
use model::schema::Collection;
use store::{Batch, Document, Filter, Query, Store, StoreError, Value, Write};

use super::ahead::Ahead;
use super::contents::{DUMP_AGAIN, Found, Reading, Tallies};
use super::tally::InAnyOrder;
use super::{Contents, Progress, refused};
use crate::AppError;

/// A commit has so many documents at the most…
pub(super) const COMMIT_DOCUMENTS: u32 = 1_000;
/// …or so many bytes.
const COMMIT_BYTES: usize = 4 << 20;

/// Writes everything that is in a backup into a store with nothing in it, as it was. `guard` puts into every commit what
/// must hold for it, and no commit has more than `most` documents.
///
/// # Errors
/// `backup_refused` naming the file, the collection and the fields, when two documents may not stand beside each other; else
/// what the store says.
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
                let commit = store.commit(std::mem::take(&mut batch));
                commit.await.map_err(|error| said(contents, error))?;
                bytes = 0;
                progress(done);
            }
        }
    }
    done += batch.writes.len() as u64;
    if !batch.is_empty() {
        guard(&mut batch);
        store.commit(batch).await.map_err(|error| said(contents, error))?;
    }
    progress(done);
    Ok(())
}

/// What a store says while it is filled. Where that is about what is in the backup, the sentence names the file.
pub(super) fn said(contents: &Contents, error: StoreError) -> AppError {
    let path = contents.origin.path.display();
    match error {
        StoreError::Duplicate { .. } => {
            refused(format!("{path}: it cannot be restored: {error}. {DUMP_AGAIN}"))
        }
        StoreError::Malformed { .. } => refused(format!("{path}: it cannot be restored: {error}")),
        error => error.into(),
    }
}

/// Whether a store of our own making has exactly what is in a backup.
///
/// # Errors
/// `backup_refused` naming the first collection that differs.
pub(super) async fn compare(
    store: &dyn Store,
    contents: &Contents,
    progress: Progress<'_>,
) -> Result<(), AppError> {
    let (mut found, mut done, mut trouble) = (Tallies::new(), 0, None);
    let each = |collection: &'static Collection, documents: Vec<Document>| {
        done += documents.len() as u64;
        trouble = add(&mut found, collection, &documents).err();
        progress(done);
        trouble.is_none()
    };
    store.stream_many(super::everything(), Box::new(each)).await?;
    if let Some(error) = trouble {
        return Err(error);
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

fn add(found: &mut Tallies, collection: &'static Collection, documents: &[Document]) -> Result<(), AppError> {
    let tally = found.entry(collection.name).or_default();
    documents.iter().try_for_each(|document| {
        tally.add(&as_declared(collection, document)?);
        Ok(())
    })
}

fn as_declared(collection: &'static Collection, document: &Document) -> Result<Vec<u8>, AppError> {
    bson_form::to_bson(collection, &document.json, Members::AsDeclared)
        .map(RawDocumentBuf::into_bytes)
        .map_err(|error| refused(format!("{}: document {}: {error}", collection.name, document.id)))
}

/// Whether a store on a server has exactly what is in a backup. The documents are looked up by their ids, in the order of
/// the backup: a server keeps no moment for as long as reading all of a large store takes, and some hold all that one
/// query finds. Nobody else is at work on it.
///
/// # Errors
/// `backup_refused` naming the first document that differs.
pub(super) async fn compare_by_id(
    store: &dyn Store,
    contents: &Contents,
    progress: Progress<'_>,
) -> Result<(), AppError> {
    let mut ahead = Ahead::of(Reading::open(&contents.origin)?);
    let mut done = 0;
    while let Some(found) = ahead.next()? {
        for of_one in found.chunk_by(|one, next| one.collection.name == next.collection.name) {
            let Some(Found { collection, .. }) = of_one.first() else { continue };
            let ids: Vec<Value> = of_one.iter().map(|found| Value::Id(found.document.id)).collect();
            let query = Query::of(collection, Filter::In("_id", ids)).limit(COMMIT_DOCUMENTS);
            let documents = store.find(query).await?.documents;
            let here: HashMap<Id, Document> =
                documents.into_iter().map(|document| (document.id, document)).collect();
            for Found { document: there, .. } in of_one {
                if !here.get(&there.id).map_or(Ok(false), |here| is_same(collection, here, there))? {
                    return Err(refused(format!(
                        "{}: document {} came out otherwise than it is in the backup, or not at all",
                        collection.name, there.id
                    )));
                }
            }
        }
        done += found.len() as u64;
        progress(done);
    }
    for collection in super::collections() {
        let there = contents.tallies.get(collection.name).map_or(0, InAnyOrder::count);
        let here = store.count(collection, Filter::All(Vec::new())).await?;
        if there != here {
            return Err(refused(format!(
                "{} has {here} documents after it was restored, and {there} in the backup",
                collection.name
            )));
        }
    }
    Ok(())
}

fn is_same(collection: &'static Collection, here: &Document, there: &Document) -> Result<bool, AppError> {
    Ok(here.json == there.json || as_declared(collection, here)? == as_declared(collection, there)?)
}
