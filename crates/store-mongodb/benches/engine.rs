//! How fast the engine is beside the bare driver, measured in one run: the same documents, the same indexes, the same
//! server and the same durability, without validators, transactions and the port.
//!
//! `cargo bench -p store-mongodb --bench engine -- [events=100000] [commits=200]` prints one JSON line a job, in the words
//! of `cargo xtask bench`. Times are medians; a ratio above 1 says that ours is better. On the stand-in, which is slow, only
//! the ratios say something.

use std::sync::Arc;
use std::time::Instant;

use futures::TryStreamExt;
use jiff::Timestamp;
use model::Id;
use model::collections::EVENTS;
use model::documents::{Event, Record};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::raw::RawDocumentBuf;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::{Acknowledgment, ClientOptions, ReadConcern, WriteConcern};
use mongodb::{Client, Collection};
use store::{Batch, Filter, Order, Query, Store};
use store_mongodb::{MongoOptions, MongoStore};

type Failure = Box<dyn std::error::Error>;

/// People have so many events each.
const EVENTS_EACH: u32 = 2_000;
const CHUNK: usize = 500;
const PAGE: u32 = 50;
const READS: u32 = 50;
const HOUR_MS: i64 = 3_600_000;

fn main() -> Result<(), Failure> {
    let server = mongodb_server::server()?;
    let events = argument("events", 100_000)?;
    let commits = argument("commits", 200)?;
    let database = server.database();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let ours = MongoStore::open(MongoOptions::at(database.store_uri())).await?;
        let bare = bare(&database.uri(), database.name()).await?;
        let at = Bench { ours: Arc::new(ours), bare, events, server: server.describe() };
        at.import().await?;
        at.ranges().await?;
        at.stream().await?;
        at.commits(commits).await
    })
}

/// `name=number` of the arguments.
fn argument(name: &str, usual: u32) -> Result<u32, Failure> {
    let given = std::env::args()
        .find_map(|argument| Some(argument.strip_prefix(name)?.strip_prefix('=')?.to_owned()));
    Ok(given.map_or(Ok(usual), |number| number.parse())?)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

fn id(number: u32) -> Id {
    Id::from_parts(number, [1; 5], number)
}

fn user(number: u32) -> Id {
    id(u32::MAX - number / EVENTS_EACH)
}

fn object_id(id: Id) -> ObjectId {
    ObjectId::from_bytes(id.bytes())
}

fn start_ms(number: u32) -> i64 {
    1_700_000_000_000 + i64::from(number % EVENTS_EACH) * HOUR_MS
}

/// The events of a person lie an hour apart.
fn event(number: u32) -> Result<Event, Failure> {
    let start = start_ms(number);
    let (start, end) =
        (Timestamp::from_millisecond(start)?, Timestamp::from_millisecond(start + HOUR_MS / 2)?);
    let mut event =
        Event::new(id(number), user(number), id(number % 200), &format!("Event {number}"), start, end);
    event.outlook_event_id = Some(format!("AAMkAGI2TG93AAA{number:08x}="));
    event.description = Some("Doors at seven; seating in rows, a stage of six by four metres.".repeat(3));
    event.location = Some(format!("Hall {}", number % 30));
    event.category = Some(format!("Category {}", number % 12));
    event.internal_category = Some(format!("House {}", number % 8));
    event.staff_assigned = vec!["Ana Lima".to_owned(), "Bo Ek".to_owned()];
    event.equipment_required = vec!["Projector".to_owned(), "Lectern".to_owned()];
    event.derive();
    event.touch(start);
    Ok(event)
}

/// A collection of the bare driver, as durable as ours.
async fn bare(uri: &str, database: &str) -> Result<Collection<RawDocumentBuf>, Failure> {
    let mut options = ClientOptions::parse(uri).await?;
    options.read_concern = Some(ReadConcern::majority());
    options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
    Ok(Client::with_options(options)?.database(database).collection("bare_events"))
}

struct Bench {
    ours: Arc<MongoStore>,
    bare: Collection<RawDocumentBuf>,
    events: u32,
    server: String,
}

impl Bench {
    #[expect(clippy::print_stdout, reason = "what a benchmark is for")]
    fn say(&self, job: &str, unit: &str, ours: f64, (peer, peer_figure): (&str, f64), goal: &str) {
        let ratio = if unit.ends_with("/s") { ours / peer_figure } else { peer_figure / ours };
        let job = format!("{job} ({})", self.server);
        let line = serde_json::json!({"job": job, "unit": unit, "ours": ours, "peer": peer,
            "peer_figure": peer_figure, "ratio": ratio, "goal": goal});
        println!("{line}");
    }

    /// Events per second with all indexes: transactions of ours, unchecked inserts of the driver's.
    async fn import(&self) -> Result<(), Failure> {
        let numbers: Vec<u32> = (0..self.events).collect();
        let mut spent = 0.0;
        for chunk in numbers.chunks(CHUNK) {
            let mut batch = Batch::new();
            for number in chunk {
                batch.insert(&event(*number)?)?;
            }
            let begin = now();
            self.ours.commit(batch).await?;
            spent += begin.elapsed().as_secs_f64();
        }
        let database = self.bare.client().database(&self.bare.namespace().db);
        let listed = database.run_command(doc! { "listIndexes": EVENTS.name }).await?;
        let mut indexes = listed.get_document("cursor")?.get_array("firstBatch")?.clone();
        indexes.retain(|index| {
            index.as_document().is_some_and(|index| index.get_str("name").is_ok_and(|name| name != "_id_"))
        });
        database.run_command(doc! { "createIndexes": self.bare.name(), "indexes": indexes }).await?;
        let of_ours = database.collection::<RawDocumentBuf>(EVENTS.name);
        let same: Vec<RawDocumentBuf> = of_ours.find(doc! {}).await?.try_collect().await?;
        let mut bare_spent = 0.0;
        for chunk in same.chunks(CHUNK) {
            let begin = now();
            self.bare.insert_many(chunk).await?;
            bare_spent += begin.elapsed().as_secs_f64();
        }
        let all = f64::from(self.events);
        let job = format!("bulk import of {} events, all indexes", self.events);
        self.say(&job, "events/s", all / spent, ("bare driver, unchecked", all / bare_spent), ">= 0.5");
        Ok(())
    }

    /// 50 documents of one person's time.
    async fn ranges(&self) -> Result<(), Failure> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for read in 0..READS {
            let number = read * 7_919 % (self.events - EVENTS_EACH) / EVENTS_EACH * EVENTS_EACH
                + read * 7_919 % (EVENTS_EACH - PAGE);
            let first = event(number)?;
            let from = Filter::Gte("occupied_from", first.occupied_from.into());
            let of_class = Filter::eq("span_class", first.span_class);
            let filter = Filter::eq("user_id", first.user_id).and(of_class).and(from);
            let query = Query::of(&EVENTS, filter).sorted("occupied_from", Order::Ascending).limit(PAGE);
            let begin = now();
            let page = self.ours.find(query).await?;
            ours.push(begin.elapsed().as_secs_f64() * 1e6);
            let filter = doc! {
                "user_id": object_id(first.user_id), "span_class": first.span_class,
                "occupied_from": { "$gte": DateTime::from_millis(first.occupied_from.as_millisecond()) },
            };
            let begin = now();
            let cursor = self.bare.find(filter).sort(doc! { "occupied_from": 1, "_id": 1 });
            let cursor = cursor.limit(i64::from(PAGE)).batch_size(PAGE + 1).await?;
            let found: Vec<RawDocumentBuf> = cursor.try_collect().await?;
            theirs.push(begin.elapsed().as_secs_f64() * 1e6);
            if page.documents.len() != found.len() {
                return Err("the two found different events".into());
            }
        }
        let job = format!("50 of {} events by range, p50", self.events);
        self.say(
            &job,
            "us",
            median(&mut ours),
            ("bare driver, BSON untouched", median(&mut theirs)),
            ">= 0.83",
        );
        Ok(())
    }

    /// All documents as of one moment, to their JSON; beside a cursor whose BSON nobody looks at.
    async fn stream(&self) -> Result<(), Failure> {
        let mut streamed = 0;
        let begin = now();
        let each = Box::new(|chunk: Vec<store::Document>| {
            streamed += chunk.len();
            true
        });
        self.ours.stream(&EVENTS, Filter::All(Vec::new()), each).await?;
        let ours = begin.elapsed().as_secs_f64();
        let begin = now();
        let mut cursor = self.bare.find(doc! {}).sort(doc! { "_id": 1 }).batch_size(500).await?;
        let mut read = 0;
        while cursor.advance().await? {
            read += 1;
        }
        let theirs = begin.elapsed().as_secs_f64();
        if streamed != read {
            return Err("the two streams differ".into());
        }
        let all = f64::from(self.events);
        let job = format!("a stream of {} events", self.events);
        self.say(&job, "events/s", all / ours, ("bare driver, BSON untouched", all / theirs), ">= 0.5");
        Ok(())
    }

    /// One event saved: a transaction with the revision it must have, beside a single unconditional replacement.
    async fn commits(&self, commits: u32) -> Result<(), Failure> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for number in 0..commits {
            let mut changed = event(number)?;
            changed.title = format!("Changed {number}");
            let expected = changed.revision;
            changed.touch(changed.updated_at);
            let mut batch = Batch::new();
            batch.replace(&changed, expected)?;
            let begin = now();
            self.ours.commit(batch).await?;
            ours.push(begin.elapsed().as_secs_f64() * 1e6);
            let filter = doc! { "_id": object_id(changed.id) };
            let found = self.bare.find_one(filter.clone()).await?.ok_or("an event is missing")?;
            let mut document = Document::try_from(found)?;
            document.insert("title", Bson::String(changed.title.clone()));
            let document = RawDocumentBuf::try_from(&document)?;
            let begin = now();
            self.bare.replace_one(filter, document).await?;
            theirs.push(begin.elapsed().as_secs_f64() * 1e6);
        }
        let peer = ("bare driver, no transaction", median(&mut theirs));
        self.say("one-event commit, p50", "us", median(&mut ours), peer, "");
        Ok(())
    }
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
