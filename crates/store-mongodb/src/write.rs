//! The writes of a batch inside its transaction, in their order. Neighbours of one kind and collection travel together.

use bson_form::Members;
use futures::TryStreamExt;
use model::schema::{Collection, Kind};
use mongodb::ClientSession;
use mongodb::bson::raw::{RawDocumentBuf, cstr};
use mongodb::bson::{Bson, Document as BsonDocument, doc};
use store::{Batch, Document, Filter, StoreError, Value, Write, patch, valid};

use crate::engine::{Engine, array, raw};
use crate::verdict::{Asked, Verdict, of_error, of_reply};
use crate::{filter, read, verdict};

mod require;

use require::Conditions;

/// So many documents, and about so many bytes, travel in one command.
const GROUP: usize = 500;
const GROUP_BYTES: usize = 8 << 20;
/// MongoDB's limit for a document.
const LARGEST_BYTES: usize = 16 << 20;

/// Whether neighbouring writes travel together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// They do.
    Grouped,
    /// Each alone, so that it is known which one missed.
    OneByOne,
    /// As grouped, and before the write at this place is sent it is looked which uniqueness it breaks: the server
    /// names one of them, the port promises the first in the order of the declaration; and what another's transaction
    /// was just writing is no double when it has ended.
    Looking(usize),
}

/// Why the writes went no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// What the server or the port says.
    Said(Verdict),
    /// One of several replacements met no document: they are to be run again one by one.
    Missed,
    /// The write at this place of the batch broke a uniqueness of its collection, as the server says.
    Doubled {
        /// Of the batch.
        place: usize,
        /// What the server says.
        error: StoreError,
    },
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Said(Verdict::Refused(error))
    }
}

fn writing(collection: &'static Collection) -> Asked {
    Asked { what: "write", collection: Some(collection) }
}

/// Applies every write, in order.
pub(crate) async fn apply(
    engine: &Engine,
    session: &mut ClientSession,
    batch: &Batch,
    manner: Manner,
) -> Result<(), Stop> {
    let mut work = Work { engine, session, manner, group: None, conditions: None };
    for (place, write) in batch.writes.iter().enumerate() {
        match write {
            Write::Insert { collection, document } => {
                work.put(place, collection, document, None, Form::Declared).await?;
            }
            Write::Replace { collection, document, expected_revision } => {
                work.put(place, collection, document, Some(*expected_revision), Form::Declared).await?;
            }
            Write::Raw { collection, document, expected_revision } => {
                work.put(place, collection, document, *expected_revision, Form::Raw).await?;
            }
            Write::Update { collection, filter, set, add, must_match } => {
                work.flush().await?;
                patch::check(collection, set, add)?;
                let matched = work.update(collection, filter, set, add).await?;
                if *must_match && matched == 0 {
                    return Err(StoreError::ConditionFailed { collection: collection.name }.into());
                }
            }
            Write::Delete { collection, filter } => {
                work.flush().await?;
                let q = query(collection, filter)?;
                let deletes = vec![raw(&doc! { "q": q, "limit": 0 })?];
                let mut command = RawDocumentBuf::new();
                command.append(cstr!("delete"), collection.name);
                command.append(cstr!("deletes"), array(deletes));
                work.run(collection, command).await?;
            }
            Write::Require { collection, filter } => {
                work.require(collection, filter).await?;
            }
        }
    }
    work.flush().await
}

/// Whether a document is as declared, or kept as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Declared,
    Raw,
}

/// Writes that travel together.
struct Group {
    collection: &'static Collection,
    form: Form,
    is_new: bool,
    /// Documents, or the statements of an update.
    parts: Vec<RawDocumentBuf>,
    /// The place of the first in the batch; the others follow it.
    place: usize,
    bytes: usize,
    /// The last one, for the words of an error: all there is when each travels alone.
    last: (model::Id, i64),
}

struct Work<'a> {
    engine: &'a Engine,
    session: &'a mut ClientSession,
    manner: Manner,
    /// Conditions, which stand before the group.
    conditions: Option<Conditions>,
    group: Option<Group>,
}

impl Work<'_> {
    /// A whole document: new, or over the one with its id at the expected revision.
    async fn put(
        &mut self,
        place: usize,
        collection: &'static Collection,
        document: &Document,
        expected: Option<i64>,
        form: Form,
    ) -> Result<(), Stop> {
        let stored = match stored(self.engine, collection, document, expected, form) {
            Ok(stored) => stored,
            Err(error) => {
                // What stands before it fails first, if it does.
                self.flush().await?;
                return Err(error.into());
            }
        };
        let is_new = expected.is_none();
        let bytes = stored.as_bytes().len();
        let fits = self.group.as_ref().is_none_or(|group| {
            self.manner != Manner::OneByOne
                && group.collection.name == collection.name
                && (group.form, group.is_new) == (form, is_new)
                && group.parts.len() < GROUP
                && group.bytes + bytes < GROUP_BYTES
        });
        if !fits {
            self.flush().await?;
        }
        if self.manner == Manner::Looking(place) {
            self.flush().await?;
            self.look(collection, &stored, is_new).await?;
        }
        let part = match expected {
            None => stored,
            Some(expected) => {
                let revision = if expected == 0 {
                    Bson::from(doc! { "$in": [Bson::Null, 0_i64] })
                } else {
                    Bson::Int64(expected)
                };
                let mut statement = RawDocumentBuf::new();
                statement
                    .append(cstr!("q"), raw(&doc! { "_id": filter::id(document.id), "revision": revision })?);
                statement.append(cstr!("u"), stored);
                statement
            }
        };
        let last = (document.id, expected.unwrap_or_default());
        let group = self.group.get_or_insert(Group {
            collection,
            form,
            is_new,
            parts: Vec::new(),
            place,
            bytes: 0,
            last,
        });
        group.parts.push(part);
        group.bytes += bytes;
        group.last = last;
        Ok(())
    }

    /// Sends what waits.
    async fn flush(&mut self) -> Result<(), Stop> {
        self.flush_conditions().await?;
        self.flush_group().await
    }

    /// Sends documents that travel together, with the conditions before them.
    async fn flush_group(&mut self) -> Result<(), Stop> {
        if self.group.is_some() {
            self.flush_conditions().await?;
        }
        let Some(group) = self.group.take() else { return Ok(()) };
        let wanted = group.parts.len() as u64;
        let mut command = RawDocumentBuf::new();
        let (verb, list) = if group.is_new {
            (cstr!("insert"), cstr!("documents"))
        } else {
            (cstr!("update"), cstr!("updates"))
        };
        command.append(verb, group.collection.name);
        command.append(cstr!("ordered"), true);
        if group.form == Form::Raw {
            command.append(cstr!("bypassDocumentValidation"), true);
        }
        command.append(list, array(group.parts));
        let (matched, refused) = self.send(group.collection, command).await?;
        if let Some((index, verdict)) = refused {
            return Err(match verdict {
                Verdict::Refused(error @ StoreError::Duplicate { .. }) => {
                    Stop::Doubled { place: group.place + index, error }
                }
                verdict => Stop::Said(verdict),
            });
        }
        if group.is_new || matched == wanted {
            return Ok(());
        }
        if wanted > 1 {
            return Err(Stop::Missed);
        }
        let (id, expected) = group.last;
        let found = self.first(group.collection, doc! { "_id": filter::id(id) }).await?;
        Err(StoreError::RevisionMismatch {
            collection: group.collection.name,
            id,
            expected,
            found: found.map(|(_, revision)| revision),
        }
        .into())
    }

    /// Changes fields of what matches and tells how many that were.
    async fn update(
        &mut self,
        collection: &'static Collection,
        wanted: &Filter,
        set: &[(&'static str, Value)],
        add: &[(&'static str, i64)],
    ) -> Result<u64, Stop> {
        let q = query(collection, wanted)?;
        if let Some(stages) = stages(collection, set, add) {
            let statement = doc! { "q": q, "u": stages, "multi": true };
            let mut command = RawDocumentBuf::new();
            command.append(cstr!("update"), collection.name);
            command.append(cstr!("updates"), array(vec![raw(&statement)?]));
            return self.run(collection, command).await.map_err(|stop| unless_changed(stop, set, add));
        }
        // Fields that come or go move others: written as a whole, in the order of the declaration.
        let driver = |error: mongodb::error::Error| Stop::Said(of_error(writing(collection), &error));
        let stored = self.engine.raw(collection)?;
        let found = stored.find(q).sort(doc! { "_id": 1 });
        let mut cursor = found.session(&mut *self.session).await.map_err(driver)?;
        let found: Vec<RawDocumentBuf> =
            cursor.stream(&mut *self.session).try_collect().await.map_err(driver)?;
        for stored in &found {
            let document = read::document(collection, stored)?;
            let changed = patch::apply(collection, &document, set, add)?;
            let stored = bson(self.engine, collection, &changed, Members::AsWritten)?;
            let mut statement = RawDocumentBuf::new();
            statement.append(cstr!("q"), raw(&doc! { "_id": filter::id(document.id) })?);
            statement.append(cstr!("u"), stored);
            let mut command = RawDocumentBuf::new();
            command.append(cstr!("update"), collection.name);
            command.append(cstr!("updates"), array(vec![statement]));
            self.run(collection, command).await.map_err(|stop| unless_changed(stop, set, add))?;
        }
        Ok(found.len() as u64)
    }

    /// Id and revision of the first that matches.
    async fn first(
        &mut self,
        collection: &'static Collection,
        q: BsonDocument,
    ) -> Result<Option<(mongodb::bson::oid::ObjectId, i64)>, Stop> {
        let stored = self.engine.raw(collection)?;
        let found = stored.find_one(q).projection(doc! { "_id": 1, "revision": 1 });
        let found = found.session(&mut *self.session).await;
        let found = found.map_err(|error| Stop::Said(of_error(writing(collection), &error)))?;
        let Some(found) = found else { return Ok(None) };
        let (id, revision) = read::envelope(collection, &found)?;
        Ok(Some((filter::id(id), revision)))
    }

    /// Says which uniqueness a document breaks, if it breaks one: the id first, then the indexes as declared.
    async fn look(
        &mut self,
        collection: &'static Collection,
        stored: &RawDocumentBuf,
        is_new: bool,
    ) -> Result<(), Stop> {
        let stored = BsonDocument::try_from(stored.as_ref()).map_err(|_| StoreError::Malformed {
            collection: collection.name,
            reason: "it is no BSON".to_owned(),
        })?;
        let own = stored.get("_id").cloned().unwrap_or(Bson::Null);
        let mut candidates = Vec::new();
        if is_new {
            candidates.push((vec!["_id"], doc! { "_id": own.clone() }));
        }
        for index in collection.indexes.iter().filter(|index| index.unique) {
            let fields: Vec<_> = index.keys.iter().map(model::schema::Key::field).collect();
            if index.sparse && fields.iter().all(|field| !stored.contains_key(field)) {
                continue;
            }
            let mut q = doc! { "_id": { "$ne": own.clone() } };
            for field in &fields {
                q.insert(*field, stored.get(field).cloned().unwrap_or(Bson::Null));
            }
            candidates.push((fields, q));
        }
        for (fields, q) in candidates {
            if self.first(collection, q).await?.is_some() {
                return Err(StoreError::Duplicate { collection: collection.name, fields }.into());
            }
        }
        Ok(())
    }

    /// Runs a command of the transaction; tells how many documents it met.
    async fn run(&mut self, collection: &'static Collection, command: RawDocumentBuf) -> Result<u64, Stop> {
        match self.send(collection, command).await? {
            (matched, None) => Ok(matched),
            (_, Some((_, verdict))) => Err(Stop::Said(verdict)),
        }
    }

    /// The same; beside it what was refused, and at which place of the command.
    async fn send(
        &mut self,
        collection: &'static Collection,
        command: RawDocumentBuf,
    ) -> Result<(u64, Option<(usize, Verdict)>), Stop> {
        self.engine.raw(collection)?;
        let asked = writing(collection);
        let reply = self.engine.database.run_raw_command(command).session(&mut *self.session).await;
        match reply {
            Ok(reply) => Ok(match of_reply(asked, &reply) {
                Verdict::Done(matched) => (matched, None),
                verdict => (0, Some((verdict::refused_at(&reply), verdict))),
            }),
            Err(error) => Err(Stop::Said(of_error(asked, &error))),
        }
    }
}

/// A statement that leaves every field of an index as it is breaks no uniqueness. A server that says so all the same has
/// run into another's transaction on the document, and is asked again as after any other collision.
fn unless_changed(stop: Stop, set: &[(&'static str, Value)], add: &[(&'static str, i64)]) -> Stop {
    let Stop::Said(Verdict::Refused(StoreError::Duplicate { collection, fields })) = stop else {
        return stop;
    };
    let is_changed =
        |field: &&str| set.iter().any(|(name, _)| name == field) || add.iter().any(|(name, _)| name == field);
    // `_id` stands for an index that is not declared too, of which it is not known what it is about.
    if fields.contains(&"_id") || fields.iter().any(is_changed) {
        return StoreError::Duplicate { collection, fields }.into();
    }
    Stop::Said(Verdict::Taken(format!("cannot write {collection}: another transaction was writing the same")))
}

fn query(collection: &'static Collection, wanted: &Filter) -> Result<BsonDocument, StoreError> {
    valid::filter(collection, wanted)?;
    filter::document(collection, wanted)
}

/// The document as it is stored, after what the port promises was checked.
fn stored(
    engine: &Engine,
    collection: &'static Collection,
    document: &Document,
    expected: Option<i64>,
    form: Form,
) -> Result<RawDocumentBuf, StoreError> {
    match (form, expected) {
        (Form::Declared, None) => valid::document(collection, document)?,
        (Form::Declared, Some(expected)) => {
            valid::replacement(collection, document, expected)?;
            valid::document(collection, document)?;
        }
        (Form::Raw, _) => valid::raw(collection, document)?,
    }
    let members = if form == Form::Raw { Members::AsWritten } else { Members::AsDeclared };
    bson(engine, collection, document, members)
}

fn bson(
    engine: &Engine,
    collection: &'static Collection,
    document: &Document,
    members: Members,
) -> Result<RawDocumentBuf, StoreError> {
    engine.raw(collection)?;
    let malformed = |reason: String| StoreError::Malformed {
        collection: collection.name,
        reason: format!("document {}: {reason}", document.id),
    };
    let stored = bson_form::to_bson(collection, &document.json, members)
        .map_err(|error| malformed(error.to_string()))?;
    let (id, revision) =
        read::envelope(collection, &stored).map_err(|_| malformed("its text has no _id".to_owned()))?;
    if id != document.id {
        return Err(malformed("its text has another _id".to_owned()));
    }
    if revision != document.revision {
        return Err(malformed("its text has another revision".to_owned()));
    }
    if stored.as_bytes().len() > LARGEST_BYTES {
        return Err(malformed("it is larger than MongoDB's 16 MB".to_owned()));
    }
    Ok(stored)
}

/// The update as stages that the server runs, where every field it touches is there already: then all keep their place.
fn stages(
    collection: &'static Collection,
    set: &[(&'static str, Value)],
    add: &[(&'static str, i64)],
) -> Option<Vec<BsonDocument>> {
    let is_required = |name: &str| collection.field(name).is_some_and(|field| field.required);
    let mut first = BsonDocument::new();
    for (name, value) in set {
        if !is_required(name) || *value == Value::Null {
            return None;
        }
        first.insert(*name, doc! { "$literal": filter::value(value) });
    }
    let mut then = doc! { "revision": { "$add": ["$revision", 1_i64] } };
    for (name, amount) in add {
        if !is_required(name) || then.contains_key(name) {
            return None;
        }
        let (low, high) = match collection.field(name)?.kind {
            Kind::Int(low, high) => (low, high),
            _ => return None,
        };
        let sum = doc! { "$add": [format!("${name}"), *amount] };
        then.insert(*name, doc! { "$max": [low, { "$min": [high, sum] }] });
    }
    let mut stages = vec![doc! { "$set": then }];
    if !first.is_empty() {
        stages.insert(0, doc! { "$set": first });
    }
    Some(stages)
}
