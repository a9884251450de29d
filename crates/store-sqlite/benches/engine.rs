//! How fast the engine is beside what bounds it, measured in one run: a map in memory, and SQLite without us.
//!
//! `cargo bench -p store-sqlite --bench engine -- [events=1000000] [commits=3000]` prints one JSON line a job, in the words
//! of `cargo xtask bench`. Times are medians; a ratio above 1 says that ours is better.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures::future::join_all;
use jiff::Timestamp;
use model::Id;
use model::collections::EVENTS;
use model::documents::{Event, Record};
use rusqlite::Connection;
use store::{Batch, Document, Filter, Order, Query, Replacement, Store};
use store_sqlite::{SqliteOptions, SqliteReplacement, SqliteStore};

type Failure = Box<dyn std::error::Error>;

/// People have so many events each.
const EVENTS_EACH: u32 = 20_000;
const PAGE: u32 = 50;
const READS: u32 = 2_000;
const HOUR_MS: i64 = 3_600_000;

fn main() -> Result<(), Failure> {
    let events = argument("events", 1_000_000)?;
    let commits = argument("commits", 3_000)?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(SqliteOptions::at(folder.path().join("ours.db")))?);
    runtime.block_on(imports(&store, events, folder.path()))?;
    runtime.block_on(ranges(&store, events, &folder.path().join("ours.db")))?;
    runtime.block_on(single_commits(&store, events, commits, folder.path()))?;
    Ok(())
}

/// `name=number` of the arguments.
fn argument(name: &str, usual: u32) -> Result<u32, Failure> {
    let given = std::env::args()
        .find_map(|argument| Some(argument.strip_prefix(name)?.strip_prefix('=')?.to_owned()));
    Ok(given.map_or(Ok(usual), |number| number.parse())?)
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn say(job: &str, unit: &str, ours: f64, (peer, peer_figure): (&str, f64), goal: &str) {
    let ratio = if unit.ends_with("/s") { ours / peer_figure } else { peer_figure / ours };
    let line = serde_json::json!({"job": job, "unit": unit, "ours": ours, "peer": peer,
        "peer_figure": peer_figure, "ratio": ratio, "goal": goal});
    println!("{line}");
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

/// How Outlook's ids lie.
#[derive(Clone, Copy)]
enum Ids {
    /// Those of one mailbox begin alike, as Outlook's do, and are in no order among themselves.
    ByMailbox,
    /// In no order over all mailboxes, and every person's events in calendars of all: nothing lies near anything.
    InNoOrder,
}

fn id(number: u32) -> Id {
    Id::from_parts(number, [1; 5], number)
}

fn user(number: u32) -> Id {
    id(u32::MAX - number / EVENTS_EACH)
}

/// The events of a person lie an hour apart.
fn event(number: u32) -> Result<Event, Failure> {
    event_with(number, Ids::ByMailbox)
}

fn event_with(number: u32, ids: Ids) -> Result<Event, Failure> {
    let (mailbox, mixed) = (number / EVENTS_EACH, number.wrapping_mul(2_654_435_761));
    let (calendar, outlook_id) = match ids {
        Ids::ByMailbox => {
            (mailbox * 3 + number % 3, format!("AAMk{mailbox:0100}AAA{mixed:08x}{number:08x}="))
        }
        Ids::InNoOrder => (number % 200, format!("AAMkAGI2TG93AAA{mixed:08x}{number:08x}=")),
    };
    let start = 1_700_000_000_000 + i64::from(number % EVENTS_EACH) * HOUR_MS;
    let (start, end) =
        (Timestamp::from_millisecond(start)?, Timestamp::from_millisecond(start + HOUR_MS / 2)?);
    let mut event =
        Event::new(id(number), user(number), id(calendar), &format!("Event {number}"), start, end);
    event.outlook_event_id = Some(outlook_id);
    event.outlook_etag = Some(format!("W/\"{number:016}\""));
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

/// Events per second into a store with all indexes, beside bare SQLite that writes only id and text, unsynced.
async fn imports(store: &Arc<dyn Store>, events: u32, folder: &Path) -> Result<(), Failure> {
    let spent = import(&**store, events, Ids::ByMailbox).await?;
    let bare = bare(&folder.join("bare-import.db"), "OFF")?;
    let mut bare_spent = 0.0;
    for chunk in chunks(events) {
        let documents = chunk.map(|number| Ok(Document::of(&event(number)?)?));
        let documents = documents.collect::<Result<Vec<_>, Failure>>()?;
        let begin = now();
        bare.execute_batch("BEGIN")?;
        for document in &documents {
            insert_bare(&bare, document)?;
        }
        bare.execute_batch("COMMIT")?;
        bare_spent += begin.elapsed().as_secs_f64();
    }
    let bare = ("SQLite, id and text alone, unsynced", f64::from(events) / bare_spent);
    let rate = |spent: f64| f64::from(events) / spent;
    say(&format!("bulk import of {events} events, all indexes"), "events/s", rate(spent), bare, ">= 40 k/s");

    let mut beside = SqliteReplacement::begin(SqliteOptions::at(folder.join("filled.db")))?;
    let mut spent = import(&*beside.to_fill()?, events, Ids::ByMailbox).await?;
    let begin = now();
    drop(beside.store()?);
    drop(beside.swap()?);
    Box::new(beside).keep()?;
    spent += begin.elapsed().as_secs_f64();
    say("the same into a new file, as a restore does", "events/s", rate(spent), bare, ">= 40 k/s");

    let other = SqliteStore::open(SqliteOptions::at(folder.join("in-no-order.db")))?;
    let spent = import(&other, events, Ids::InNoOrder).await?;
    say("the same, keys in no order at all", "events/s", rate(spent), bare, "");
    Ok(())
}

fn chunks(events: u32) -> impl Iterator<Item = std::ops::Range<u32>> {
    (0..events).step_by(2_000).map(move |first| first..events.min(first + 2_000))
}

/// Seconds that the commits take. Mailbox by mailbox, as a first sync brings them.
async fn import(store: &dyn Store, events: u32, ids: Ids) -> Result<f64, Failure> {
    let mut spent = 0.0;
    for chunk in chunks(events) {
        let mut batch = Batch::new();
        for number in chunk {
            batch.insert(&event_with(number, ids)?)?;
        }
        let begin = now();
        store.commit(batch).await?;
        spent += begin.elapsed().as_secs_f64();
    }
    Ok(spent)
}

/// 50 documents of one person's time, beside a map in memory and beside the bare query.
async fn ranges(store: &Arc<dyn Store>, events: u32, path: &Path) -> Result<(), Failure> {
    let mut map = BTreeMap::new();
    for number in 0..events.min(200_000) {
        let event = event(number)?;
        map.insert(
            (event.user_id, event.occupied_from.as_millisecond(), event.id),
            Document::of(&event)?.json,
        );
    }
    let bare = Connection::open(path)?;
    // As the engine has it: statements are planned once.
    bare.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let (mut ours, mut in_map, mut in_bare) = (Vec::new(), Vec::new(), Vec::new());
    for read in 0..READS {
        let number = read * 7_919 % (events.min(200_000) - EVENTS_EACH) / EVENTS_EACH * EVENTS_EACH
            + read * 7_919 % (EVENTS_EACH - PAGE);
        let from = event(number)?.occupied_from;
        let query = Query::of(
            &EVENTS,
            Filter::All(vec![
                Filter::eq("user_id", user(number)),
                Filter::eq("span_class", 0),
                Filter::Gte("occupied_from", from.into()),
            ]),
        )
        .sorted("occupied_from", Order::Ascending)
        .limit(PAGE);
        let begin = now();
        let page = store.find(query).await?;
        ours.push(begin.elapsed().as_secs_f64() * 1e6);
        let begin = now();
        let found: Vec<_> = map
            .range((user(number), from.as_millisecond(), id(0))..)
            .take(50)
            .map(|(_, text)| text.clone())
            .collect();
        in_map.push(begin.elapsed().as_secs_f64() * 1e6);
        let begin = now();
        let mut statement = bare.prepare_cached(
            "SELECT doc FROM events WHERE user_id = ? AND span_class = 0 AND occupied_from >= ? ORDER BY occupied_from LIMIT 50",
        )?;
        let bare_found = statement
            .query_map((user(number).bytes(), from.as_millisecond()), |row| row.get::<_, String>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        in_bare.push(begin.elapsed().as_secs_f64() * 1e6);
        assert_eq!((page.documents.len(), found.len(), bare_found.len()), (50, 50, 50));
    }
    let ours = median(ours);
    let job = format!("50 of {events} events by range, p50");
    say(&job, "us", ours, ("SQLite, the bare query", median(in_bare)), "<= 60 us");
    say(&job, "us", ours, ("a map in memory", median(in_map)), "");
    Ok(())
}

/// One-event commits, one after the other and 64 at a time, beside bare SQLite that syncs and that does not.
async fn single_commits(
    store: &Arc<dyn Store>,
    events: u32,
    commits: u32,
    folder: &Path,
) -> Result<(), Failure> {
    let one = |number| -> Result<Batch, Failure> {
        let mut batch = Batch::new();
        batch.insert(&event(events + number)?)?;
        Ok(batch)
    };
    let mut alone = Vec::new();
    for number in 0..commits {
        let batch = one(number)?;
        let begin = now();
        store.commit(batch).await?;
        alone.push(begin.elapsed().as_secs_f64() * 1e6);
    }
    let batches = (commits..commits * 4).map(one).collect::<Result<Vec<_>, _>>()?;
    let begin = now();
    for group in batches.chunks(64) {
        for outcome in join_all(group.iter().map(|batch| store.commit(batch.clone()))).await {
            outcome?;
        }
    }
    let rate = f64::from(commits * 3) / begin.elapsed().as_secs_f64();
    let mut bares = Vec::new();
    for (name, synchronous) in [("bare-full.db", "FULL"), ("bare-off.db", "OFF")] {
        let bare = bare(&folder.join(name), synchronous)?;
        let mut spent = Vec::new();
        for number in 0..commits {
            let document = Document::of(&event(number)?)?;
            let begin = now();
            insert_bare(&bare, &document)?;
            spent.push(begin.elapsed().as_secs_f64() * 1e6);
        }
        bares.push(median(spent));
    }
    if let [full, off] = bares.as_slice() {
        let alone = median(alone);
        say("one-event commit", "us", alone, ("SQLite, id and text alone, FULL", *full), "");
        say("one-event commit", "us", alone, ("SQLite, id and text alone, unsynced", *off), "");
        let alone = ("SQLite, FULL, one after the other", 1e6 / full);
        say("one-event commits, 64 at once", "commits/s", rate, alone, ">= 3 k/s");
    }
    Ok(())
}

fn bare(path: &Path, synchronous: &str) -> Result<Connection, Failure> {
    let bare = Connection::open(path)?;
    bare.pragma_update(None, "page_size", 16_384)?;
    bare.pragma_update(None, "journal_mode", "WAL")?;
    bare.pragma_update(None, "synchronous", synchronous)?;
    bare.execute_batch("CREATE TABLE events (id BLOB PRIMARY KEY, doc TEXT) WITHOUT ROWID")?;
    Ok(bare)
}

fn insert_bare(bare: &Connection, document: &Document) -> Result<(), Failure> {
    let mut statement = bare.prepare_cached("INSERT INTO events VALUES (?, ?)")?;
    statement.execute((document.id.bytes(), &*document.json))?;
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
