//! A store in memory: the model that engines are compared with, and a fast store for tests of what stands on the
//! port. It has no indexes, no files and no cleverness.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Id;
use model::schema::{Collection, Index, Key};
use serde_json::Value as Json;

use super::model_filter::{matches, order, values};
use crate::globe::{EARTH_RADIUS_M, is_place};
use crate::port::{BoxFuture, Capabilities, Near, Page, Store, StoreError};
use crate::query::{Cursor, Filter, Order, Query, Value};
use crate::write::{Batch, Document, Write};
use crate::{patch, valid};

/// A chunk of a stream ends with so many documents, or at so many bytes.
const CHUNK_DOCUMENTS: usize = 512;
const CHUNK_BYTES: usize = 1 << 20;

#[derive(Debug)]
struct Stored {
    document: Document,
    json: Json,
}

type Rows = BTreeMap<Id, Arc<Stored>>;
type Collections = BTreeMap<&'static str, Arc<Rows>>;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    collections: Mutex<Collections>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Collections> {
        self.collections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self, collection: &'static Collection) -> Arc<Rows> {
        self.lock().get(collection.name).cloned().unwrap_or_default()
    }

    fn matching(
        &self,
        collection: &'static Collection,
        filter: &Filter,
    ) -> Result<Vec<Arc<Stored>>, StoreError> {
        matching(&self.rows(collection), collection, filter)
    }

    fn page(&self, query: &Query) -> Result<Page, StoreError> {
        valid::query(query)?;
        let mut found = self.matching(query.collection, &query.filter)?;
        let keys = |stored: &Stored| -> Vec<Value> {
            let value = |name| values(query.collection, &stored.json, name).pop().unwrap_or(Value::Null);
            query.sort.iter().map(|(name, _)| value(name)).collect()
        };
        let compare = |own: (&[Value], Id), other: (&[Value], Id)| {
            let by_keys = query.sort.iter().zip(own.0).zip(other.0).map(|(((_, order), own), other)| {
                let ordering = missing_first(own, other);
                if *order == Order::Ascending { ordering } else { ordering.reverse() }
            });
            by_keys.fold(Ordering::Equal, Ordering::then).then(own.1.cmp(&other.1))
        };
        found.sort_by(|own, other| compare((&keys(own), own.document.id), (&keys(other), other.document.id)));
        if let Some(cursor) = &query.after {
            let place = (cursor.values.as_slice(), cursor.id);
            found.retain(|stored| compare((&keys(stored), stored.document.id), place).is_gt());
        }
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let more = found.len() > limit && limit > 0;
        found.truncate(limit);
        let next = found.last().filter(|_| more);
        let next = next.map(|stored| Cursor { values: keys(stored), id: stored.document.id });
        Ok(Page { documents: found.iter().map(|stored| stored.document.clone()).collect(), next })
    }

    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut collections = self.lock();
        let mut changed = collections.clone();
        for write in &batch.writes {
            apply(&mut changed, write)?;
        }
        *collections = changed;
        Ok(())
    }
}

fn missing_first(own: &Value, other: &Value) -> Ordering {
    match (own, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (own, other) => order(own, other).unwrap_or(Ordering::Equal),
    }
}

fn matching(
    rows: &Rows,
    collection: &'static Collection,
    filter: &Filter,
) -> Result<Vec<Arc<Stored>>, StoreError> {
    valid::filter(collection, filter)?;
    Ok(rows.values().filter(|stored| matches(collection, &stored.json, filter)).cloned().collect())
}

fn apply(collections: &mut Collections, write: &Write) -> Result<(), StoreError> {
    let (Write::Insert { collection, .. }
    | Write::Replace { collection, .. }
    | Write::Raw { collection, .. }
    | Write::Update { collection, .. }
    | Write::Delete { collection, .. }
    | Write::Require { collection, .. }) = write;
    let rows = Arc::make_mut(collections.entry(collection.name).or_default());
    let unmet = || Err(StoreError::ConditionFailed { collection: collection.name });
    match write {
        Write::Insert { document, .. } => {
            valid::document(collection, document)?;
            put(rows, collection, document, true)
        }
        Write::Replace { document, expected_revision, .. } => {
            valid::document(collection, document)?;
            valid::replacement(collection, document, *expected_revision)?;
            at_revision(rows, collection, document.id, *expected_revision)?;
            put(rows, collection, document, false)
        }
        Write::Raw { document, expected_revision, .. } => {
            valid::raw(collection, document)?;
            if let Some(expected) = expected_revision {
                at_revision(rows, collection, document.id, *expected)?;
            }
            put(rows, collection, document, expected_revision.is_none())
        }
        Write::Update { filter, set, add, must_match, .. } => {
            patch::check(collection, set, add)?;
            let found = matching(rows, collection, filter)?;
            for stored in &found {
                put(rows, collection, &patch::apply(collection, &stored.document, set, add)?, false)?;
            }
            if *must_match && found.is_empty() { unmet() } else { Ok(()) }
        }
        Write::Delete { filter, .. } => {
            for stored in matching(rows, collection, filter)? {
                rows.remove(&stored.document.id);
            }
            Ok(())
        }
        Write::Require { filter, .. } => {
            if matching(rows, collection, filter)?.is_empty() {
                unmet()
            } else {
                Ok(())
            }
        }
    }
}

fn at_revision(
    rows: &Rows,
    collection: &'static Collection,
    id: Id,
    expected: i64,
) -> Result<(), StoreError> {
    let found = rows.get(&id).map(|stored| stored.document.revision);
    if found == Some(expected) {
        return Ok(());
    }
    Err(StoreError::RevisionMismatch { collection: collection.name, id, expected, found })
}

fn put(
    rows: &mut Rows,
    collection: &'static Collection,
    document: &Document,
    new: bool,
) -> Result<(), StoreError> {
    let malformed = |reason: &str| StoreError::Malformed {
        collection: collection.name,
        reason: format!("document {}: {reason}", document.id),
    };
    let json: Json = serde_json::from_str(&document.json).map_err(|error| malformed(&error.to_string()))?;
    if json.get("_id").and_then(Json::as_str) != Some(document.id.to_string().as_str()) {
        return Err(malformed("its text has another _id"));
    }
    if json.get("revision").map_or(Some(0), Json::as_i64) != Some(document.revision) {
        return Err(malformed("its text has another revision"));
    }
    let duplicate = |fields| Err(StoreError::Duplicate { collection: collection.name, fields });
    if new && rows.contains_key(&document.id) {
        return duplicate(vec!["_id"]);
    }
    for index in collection.indexes.iter().filter(|index| index.unique) {
        let own = unique_key(collection, index, &json);
        let taken = |other: &Arc<Stored>| {
            other.document.id != document.id && unique_key(collection, index, &other.json) == own
        };
        if own.is_some() && rows.values().any(taken) {
            return duplicate(index.keys.iter().map(Key::field).collect());
        }
    }
    rows.insert(document.id, Arc::new(Stored { document: document.clone(), json }));
    Ok(())
}

/// What a unique index compares; `None` when a sparse one leaves the document out.
fn unique_key(collection: &Collection, index: &Index, json: &Json) -> Option<Vec<Value>> {
    let value = |key: &Key| values(collection, json, key.field()).pop().unwrap_or(Value::Null);
    let key: Vec<_> = index.keys.iter().map(value).collect();
    (!index.sparse || key.first() != Some(&Value::Null)).then_some(key)
}

/// The distance by vectors: another way than the engines', so that one mistake does not hide on both sides.
fn distance_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let vector = |(longitude, latitude): (f64, f64)| {
        let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
    };
    let ([a, b, c], [x, y, z]) = (vector(from), vector(to));
    let cross = [b * z - c * y, c * x - a * z, a * y - b * x];
    let length = cross.iter().map(|part| part * part).sum::<f64>().sqrt();
    EARTH_RADIUS_M * length.atan2(a * x + b * y + c * z)
}

impl Store for MemoryStore {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        Box::pin(async move { Ok(self.rows(collection).get(&id).map(|stored| stored.document.clone())) })
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move { self.page(&query) })
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Box::pin(async move { queries.iter().map(|query| self.page(query)).collect() })
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(
            async move { Ok(u64::try_from(self.matching(collection, &filter)?.len()).unwrap_or(u64::MAX)) },
        )
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
        Box::pin(async move {
            let indexed = collection.indexes.iter().any(|index| index.keys == [Key::Sphere(field)]);
            if !indexed || !is_place(longitude, latitude) || within_m.is_nan() {
                return Err(StoreError::Unsupported { reason: format!("{field} is not searched so") });
            }
            let mut found = Vec::new();
            for stored in self.matching(collection, &filter)? {
                let degrees = |part| stored.json.get(field).and_then(|place| place.get(part)?.as_f64());
                let (Some(east), Some(north)) = (degrees("longitude"), degrees("latitude")) else {
                    continue;
                };
                let distance_m = distance_m((longitude, latitude), (east, north));
                if distance_m <= within_m {
                    found.push(Near { document: stored.document.clone(), distance_m });
                }
            }
            found.sort_by(|own, other| {
                own.distance_m.total_cmp(&other.distance_m).then(own.document.id.cmp(&other.document.id))
            });
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(found)
        })
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        mut each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let matching = self.matching(collection, &filter)?;
            let mut rest = matching.as_slice();
            while !rest.is_empty() {
                let mut bytes = 0;
                let has_room = |stored: &&Arc<Stored>| {
                    let had_room = bytes < CHUNK_BYTES;
                    bytes += stored.document.json.len();
                    had_room
                };
                let chunk: Vec<Document> = rest
                    .iter()
                    .take(CHUNK_DOCUMENTS)
                    .take_while(has_room)
                    .map(|stored| stored.document.clone())
                    .collect();
                rest = rest.get(chunk.len()..).unwrap_or_default();
                if !each(chunk) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            Ok(())
        })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.write(&batch) })
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}
