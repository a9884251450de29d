//! Reads: one document, pages, counts.

use std::time::Duration;

use futures::TryStreamExt;
use model::Id;
use model::schema::Collection;
use mongodb::ClientSession;
use mongodb::bson::raw::{RawBsonRef, RawDocumentBuf};
use mongodb::bson::{Bson, Document as BsonDocument, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{ReadConcern, TransactionOptions, WriteConcern};
use store::{Cursor, Document, Filter, Page, Query, StoreError, valid};
use tokio::time::{Instant, sleep};

use crate::engine::{Engine, plain, read_error};
use crate::verdict::{Asked, Verdict, number, of_error};
use crate::{filter, order};

/// What is asked of a collection by a read.
pub(crate) fn reading(collection: &'static Collection) -> Asked {
    Asked { what: "read", collection: Some(collection) }
}

/// The document with this id.
pub(crate) async fn get(
    engine: &Engine,
    collection: &'static Collection,
    id: Id,
) -> Result<Option<Document>, StoreError> {
    let found = engine.raw(collection)?.find_one(doc! { "_id": filter::id(id) }).await;
    let found = found.map_err(|error| read_error(reading(collection), &error))?;
    found.map(|found| document(collection, &found)).transpose()
}

/// One page.
pub(crate) async fn find(engine: &Engine, query: &Query) -> Result<Page, StoreError> {
    let Some(plan) = Plan::of(query)? else { return Ok(nothing()) };
    let collection = engine.raw(query.collection)?;
    let cursor = collection.find(plan.filter).sort(plan.sort).limit(plan.limit);
    // All of a page in one answer, as far as 16 MB go.
    let cursor = cursor.batch_size(plan.batch).allow_disk_use(true).await;
    let said = |error| read_error(reading(query.collection), &error);
    let found: Vec<RawDocumentBuf> = cursor.map_err(said)?.try_collect().await.map_err(said)?;
    page(query, &found)
}

/// How the server finds what a listing asks for: the stages of its plan, and how many documents it looks at for a page.
pub(crate) async fn plan(engine: &Engine, query: &Query) -> Result<(Vec<String>, i64), StoreError> {
    let Some(plan) = Plan::of(query)? else { return Ok((Vec::new(), 0)) };
    let find = doc! {
        "find": query.collection.name, "filter": plan.filter, "sort": plan.sort, "limit": plan.limit,
    };
    let explain = doc! { "explain": find, "verbosity": "executionStats" };
    let reply = engine.command(reading(query.collection), explain).await?;
    let mut stages = Vec::new();
    if let Ok(planner) = reply.get_document("queryPlanner")
        && let Some(winning) = planner.get("winningPlan")
    {
        add_stages(winning, &mut stages);
    }
    let work = reply.get_document("executionStats").ok();
    Ok((stages, work.and_then(|work| number(work, "totalDocsExamined")).unwrap_or_default()))
}

fn add_stages(plan: &Bson, stages: &mut Vec<String>) {
    match plan {
        Bson::Document(plan) => {
            stages.extend(plan.get_str("stage").ok().map(str::to_owned));
            plan.values().for_each(|part| add_stages(part, stages));
        }
        Bson::Array(parts) => parts.iter().for_each(|part| add_stages(part, stages)),
        _ => {}
    }
}

/// Several pages as of one moment. The driver repeats no reads within transactions, so that is done here, all of them anew,
/// as long as the server says that they can be: while a primary steps down, or after a connection that broke. A moment
/// whose end was not heard of is read again too, since nothing was written.
pub(crate) async fn find_many(engine: &Engine, queries: &[Query]) -> Result<Vec<Page>, StoreError> {
    let mut plans = Vec::with_capacity(queries.len());
    for query in queries {
        plans.push(Plan::of(query)?);
        engine.raw(query.collection)?;
    }
    let deadline = Instant::now() + engine.options.operation_timeout;
    let mut tries = 0_u32;
    loop {
        let reason = match at_once(engine, queries, &plans).await {
            Ok(pages) => return Ok(pages),
            Err(Verdict::Again(reason) | Verdict::Taken(reason) | Verdict::Unknown(reason)) => reason,
            Err(verdict) => return Err(plain(verdict)),
        };
        tries += 1;
        let wait = Duration::from_millis(1 << tries.min(9));
        if Instant::now() + wait >= deadline {
            return Err(StoreError::Unavailable { reason: format!("{reason}, {tries} times") });
        }
        sleep(wait).await;
    }
}

/// The pages in one transaction that only reads. It ends like one that writes, because only a majority commit says that
/// what was read stays.
async fn at_once(engine: &Engine, queries: &[Query], plans: &[Option<Plan>]) -> Result<Vec<Page>, Verdict> {
    let Some(first) = queries.first() else { return Ok(Vec::new()) };
    let said = |error| of_one_reading(reading(first.collection), &error);
    let mut session = snapshot(engine).await.map_err(said)?;
    let mut pages = Vec::with_capacity(queries.len());
    for (query, plan) in queries.iter().zip(plans) {
        let Some(plan) = plan else {
            pages.push(nothing());
            continue;
        };
        let collection = engine.raw(query.collection).map_err(Verdict::Refused)?;
        let cursor = collection.find(plan.filter.clone()).sort(plan.sort.clone()).limit(plan.limit);
        let cursor = cursor.batch_size(plan.batch).allow_disk_use(true).session(&mut session).await;
        let mut cursor = cursor.map_err(said)?;
        let found: Vec<RawDocumentBuf> = cursor.stream(&mut session).try_collect().await.map_err(said)?;
        pages.push(page(query, &found).map_err(Verdict::Refused)?);
    }
    session.commit_transaction().await.map_err(said)?;
    Ok(pages)
}

/// What an error means to a reading that could be begun anew. A primary that was looked for in vain was looked for long.
fn of_one_reading(asked: Asked, error: &mongodb::error::Error) -> Verdict {
    match error.kind.as_ref() {
        ErrorKind::ServerSelection { .. } => Verdict::Refused(read_error(asked, error)),
        _ => of_error(asked, error),
    }
}

/// A session with a transaction that reads one moment.
pub(crate) async fn snapshot(engine: &Engine) -> mongodb::error::Result<ClientSession> {
    let mut session = engine.client.start_session().causal_consistency(false).await?;
    session.start_transaction().with_options(transaction_options()).await?;
    Ok(session)
}

/// One moment, and nothing that could be rolled back.
pub(crate) fn transaction_options() -> TransactionOptions {
    TransactionOptions::builder()
        .read_concern(ReadConcern::snapshot())
        .write_concern(WriteConcern::majority())
        .build()
}

/// How many match.
pub(crate) async fn count(
    engine: &Engine,
    collection: &'static Collection,
    wanted: &Filter,
) -> Result<u64, StoreError> {
    valid::filter(collection, wanted)?;
    let filter = filter::document(collection, wanted)?;
    let counted = engine.raw(collection)?.count_documents(filter).await;
    counted.map_err(|error| read_error(reading(collection), &error))
}

/// A listing in MongoDB's words.
struct Plan {
    filter: BsonDocument,
    sort: BsonDocument,
    limit: i64,
    batch: u32,
}

impl Plan {
    /// `None` when nothing is wanted.
    fn of(query: &Query) -> Result<Option<Self>, StoreError> {
        valid::query(query)?;
        let filter = order::listed(query.collection, &query.filter, &query.sort, query.after.as_ref())?;
        if query.limit == 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            filter,
            sort: order::sort(&query.sort),
            // One more than asked for tells whether there are more.
            limit: i64::from(query.limit) + 1,
            batch: query.limit.saturating_add(2),
        }))
    }
}

fn nothing() -> Page {
    Page { documents: Vec::new(), next: None }
}

fn page(query: &Query, found: &[RawDocumentBuf]) -> Result<Page, StoreError> {
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let shown = found.get(..limit).unwrap_or(found);
    let next = match shown.last().filter(|_| found.len() > limit) {
        Some(last) => Some(Cursor {
            values: query
                .sort
                .iter()
                .map(|(name, _)| order::sort_value(query.collection, name, last))
                .collect::<Result<_, _>>()?,
            id: envelope(query.collection, last)?.0,
        }),
        None => None,
    };
    let documents = shown.iter().map(|found| document(query.collection, found)).collect::<Result<_, _>>()?;
    Ok(Page { documents, next })
}

/// The port's document of a stored one.
pub(crate) fn document(
    collection: &'static Collection,
    stored: &mongodb::bson::RawDocument,
) -> Result<Document, StoreError> {
    let (id, revision) = envelope(collection, stored)?;
    let json = bson_form::to_json(collection, stored).map_err(|error| StoreError::Malformed {
        collection: collection.name,
        reason: format!("document {id}: {error}"),
    })?;
    Ok(Document { id, revision, json: json.into() })
}

/// Id and revision of a stored document; one without a revision has 0.
pub(crate) fn envelope(
    collection: &'static Collection,
    stored: &mongodb::bson::RawDocument,
) -> Result<(Id, i64), StoreError> {
    let malformed =
        |reason: &str| StoreError::Malformed { collection: collection.name, reason: reason.to_owned() };
    let id = match stored.get("_id") {
        Ok(Some(RawBsonRef::ObjectId(id))) => Id::from_bytes(id.bytes()),
        _ => return Err(malformed("a document has an _id that is no ObjectId")),
    };
    let revision = match stored.get("revision") {
        Ok(None | Some(RawBsonRef::Null)) => 0,
        Ok(Some(RawBsonRef::Int32(number))) => i64::from(number),
        Ok(Some(RawBsonRef::Int64(number))) => number,
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within the bounds of a double")]
        Ok(Some(RawBsonRef::Double(number))) if number.fract() == 0.0 && number.abs() < 9e15 => number as i64,
        _ => return Err(malformed(&format!("document {id}: its revision is no whole number"))),
    };
    Ok((id, revision))
}
