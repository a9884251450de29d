//! Everything at once: backups, restores and exports of a whole store, each beside what bounds it, measured in one run.
//!
//! `cargo bench -p app --bench bulk -- [events=1000000] [mongodb_events=100000]` prints one JSON line a job, in the words of
//! `cargo xtask bench`; zero leaves an engine out. Without a `mongod` the second engine is on the stand-in, which is slow:
//! its figures show the ratio only. Memory is what a job adds to it at the most (RssAnon), beside what the same job added
//! with a tenth of the events: where that is alike, memory is flat.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark measures real time and prints figures"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use app::backup::{self, CreateOptions, Origin};
use app::exports::{self, ExportSpec, Format};
use app::records::seed::{SeedSpec, seed};
use app::sealing::Sealer;
use app::{App, AppError, Caller, Parts, Settings, Timer, Via};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use model::documents::{ExportFilters, ExportType, Role, User};
use model::{Clock, Entropy, Id, IdSource};
use serde_json::json;
use store::{Batch, Filter, Store, TypedStore, Write};
use store_mongodb::{MongoOptions, MongoStore};
use store_sqlite::{SqliteOptions, SqliteReplacement, SqliteStore};
use tokio::sync::mpsc;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// As in the binary; the other side has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENTS_A_PERSON: u64 = 20_000;
/// Documents in a commit of the other side.
const COMMIT_DOCUMENTS: usize = 1_000;
const FORMATS: [Format; 5] = [Format::Csv, Format::Ndjson, Format::Json, Format::Ics, Format::Xlsx];

/// The memory that each job added, in MiB.
type Added = BTreeMap<String, f64>;

fn main() -> Outcome<()> {
    let (events, on_mongodb) = (argument("events", 1_000_000)?, argument("mongodb_events", 100_000)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    if events > 0 {
        let few = runtime.block_on(embedded(&folder.path().join("few"), events / 10, None))?;
        runtime.block_on(embedded(&folder.path().join("all"), events, Some(few)))?;
    }
    if on_mongodb > 0 {
        let server = mongodb_server::server()?;
        runtime.block_on(mongodb(folder.path(), server, on_mongodb))?;
    }
    Ok(())
}

/// `name=number` of the arguments.
fn argument(name: &str, usual: u64) -> Outcome<u64> {
    let given = std::env::args()
        .find_map(|argument| Some(argument.strip_prefix(name)?.strip_prefix('=')?.to_owned()));
    Ok(given.map_or(Ok(usual), |number| number.parse())?)
}

/// Answers the memory of each job. With nothing to hold it beside it measures for later, and says nothing.
async fn embedded(folder: &Path, events: u64, beside: Option<Added>) -> Outcome<Added> {
    std::fs::create_dir(folder)?;
    let open = |name: &str| SqliteStore::open(SqliteOptions::at(folder.join(name)));
    let store: Arc<dyn Store> = Arc::new(open("seeded.db")?);
    let mut bench = Bench::of(store, folder, events, "embedded", beside).await?;
    bench.backup().await?;
    let contents = bench.reading()?;
    let begun = Instant::now();
    let mut memory = Memory::begin();
    let beside = SqliteReplacement::begin(SqliteOptions::at(folder.join("restored.db")))?;
    let on_new = |store| application(store, folder);
    backup::restore_beside(Box::new(beside), &contents, &on_new, &mut |_| memory.look()).await?;
    let spent = begun.elapsed().as_secs_f64();
    bench.restored(spent, &memory, Arc::new(open("poured.db")?)).await?;
    for format in FORMATS {
        bench.export(format).await?;
    }
    Ok(bench.added)
}

async fn mongodb(folder: &Path, server: &mongodb_server::Server, events: u64) -> Outcome<()> {
    let (seeded, restored, poured) = (server.database(), server.database(), server.database());
    let open = async |database: &mongodb_server::Database| -> Outcome<Arc<dyn Store>> {
        let store = MongoStore::open(MongoOptions::at(database.store_uri())).await?;
        Ok(Arc::new(store) as Arc<dyn Store>)
    };
    let none = Some(Added::new());
    let mut bench = Bench::of(open(&seeded).await?, folder, events, &server.describe(), none).await?;
    bench.backup().await?;
    let contents = bench.reading()?;
    let app = application(open(&restored).await?, folder)?;
    let begun = Instant::now();
    let mut memory = Memory::begin();
    backup::restore_in_place(&app, &contents, None, &mut |_| memory.look()).await?;
    let spent = begun.elapsed().as_secs_f64();
    bench.restored(spent, &memory, open(&poured).await?).await?;
    for format in FORMATS {
        bench.export(format).await?;
    }
    Ok(())
}

/// A store full of seeded events, and what the other side did with the same ones.
struct Bench {
    app: App,
    caller: Caller,
    folder: PathBuf,
    /// All documents that a backup has.
    documents: u64,
    events: u64,
    engine: String,
    added: Added,
    /// What the same jobs added with fewer events.
    beside: Option<Added>,
}

impl Bench {
    async fn of(
        store: Arc<dyn Store>,
        folder: &Path,
        events: u64,
        engine: &str,
        beside: Option<Added>,
    ) -> Outcome<Self> {
        let app = application(store, folder)?;
        let users = u32::try_from((events / EVENTS_A_PERSON).max(1))?;
        seed(&app, SeedSpec { users, events, years: 6, random_seed: 1, around: None }, &mut |_, _| {})
            .await?;
        let person: User =
            app.store().first(Filter::eq("role", "admin")).await?.ok_or("nobody was seeded")?;
        let caller = Caller { user_id: person.id, role: Role::Admin, via: Via::Operator };
        let (folder, engine) = (folder.to_owned(), engine.to_owned());
        let added = Added::new();
        Self { app, caller, folder, documents: 0, events, engine, added, beside }.counted().await
    }

    async fn counted(mut self) -> Outcome<Self> {
        for collection in backup::collections() {
            self.documents += self.app.store().count(collection, Filter::All(Vec::new())).await?;
        }
        Ok(self)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("backup.archive.gz")
    }

    /// A backup made, beside the same texts streamed into gzip and onto the disk.
    async fn backup(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        let file = File::create(self.folder.join("texts.gz"))?;
        let mut packed = GzEncoder::new(file, Compression::new(4));
        self.texts(|text| Ok(packed.write_all(text.as_bytes())?)).await?;
        packed.finish()?.sync_all()?;
        let limit = self.rate(begun);

        let begun = Instant::now();
        let mut memory = Memory::begin();
        let options = CreateOptions { replace: true, ..CreateOptions::default() };
        backup::create(&self.app, &self.caller, &self.path(), &options, &mut |_| memory.look()).await?;
        self.say("backup", "documents/s", self.rate(begun), Some(("the texts, gzip alone", limit)));
        self.memory("a backup", &memory);
        Ok(())
    }

    /// Every text of the store, one after the other.
    async fn texts(&self, mut each: impl FnMut(&str) -> Outcome<()> + Send) -> Outcome<()> {
        let mut outcome = Ok(());
        let all = backup::collections().map(|one| (one, Filter::All(Vec::new()))).collect();
        let of_chunk = |_: &'static _, documents: Vec<store::Document>| {
            outcome = documents.iter().try_for_each(|document| each(&document.json));
            outcome.is_ok()
        };
        self.app.store().stream_many(all, Box::new(of_chunk)).await?;
        outcome
    }

    /// The backup read and found good, beside the same file unpacked.
    fn reading(&self) -> Outcome<backup::Contents> {
        let begun = Instant::now();
        let mut unpacked = GzDecoder::new(std::io::BufReader::new(File::open(self.path())?));
        let mut buffer = vec![0; 1 << 16];
        while unpacked.read(&mut buffer)? > 0 {}
        let limit = self.rate(begun);
        let begun = Instant::now();
        let contents = backup::inspect(&Origin::from(self.path().as_path()), &mut |_| {})?;
        self.say(
            "a backup read and found good",
            "documents/s",
            self.rate(begun),
            Some(("gunzip alone", limit)),
        );
        Ok(contents)
    }

    /// What a restore took, beside the same documents committed to an empty store.
    async fn restored(&mut self, spent: f64, memory: &Memory, poured: Arc<dyn Store>) -> Outcome<()> {
        let (send, mut received) = mpsc::channel::<Batch>(1);
        let committed = tokio::spawn(async move {
            let mut spent = 0.0;
            while let Some(batch) = received.recv().await {
                let begun = Instant::now();
                poured.commit(batch).await?;
                spent += begun.elapsed().as_secs_f64();
            }
            Outcome::Ok(spent)
        });
        for collection in backup::collections() {
            let mut left = Batch::new();
            let mut full = Vec::new();
            let each = |documents: Vec<store::Document>| {
                let raw = |document| Write::Raw { collection, document, expected_revision: None };
                left.writes.extend(documents.into_iter().map(raw));
                if left.writes.len() >= COMMIT_DOCUMENTS {
                    full.push(std::mem::take(&mut left));
                }
                full.drain(..).all(|batch| tokio::task::block_in_place(|| send.blocking_send(batch).is_ok()))
            };
            self.app.store().stream(collection, Filter::All(Vec::new()), Box::new(each)).await?;
            send.send(left).await?;
        }
        drop(send);
        let limit = self.documents as f64 / committed.await??;
        let rate = self.documents as f64 / spent;
        self.say("restore, compared", "documents/s", rate, Some(("the same committed alone", limit)));
        self.memory("a restore", memory);
        Ok(())
    }

    /// An export to a file, beside the texts as they are.
    async fn export(&mut self, format: Format) -> Outcome<()> {
        let begun = Instant::now();
        let mut lines = std::io::BufWriter::with_capacity(1 << 16, File::create(self.folder.join("lines"))?);
        self.texts(|text| Ok(writeln!(lines, "{text}")?)).await?;
        lines.into_inner()?.sync_all()?;
        let limit = self.rate(begun);

        let begun = Instant::now();
        let mut memory = Memory::begin();
        let spec = ExportSpec {
            export_type: ExportType::Events,
            format: Some(format),
            filters: ExportFilters::default(),
        };
        let path = self.folder.join(format!("export.{}", format.name()));
        let mut look = |_| memory.look();
        let made = exports::to_path(&self.app, &self.caller, &spec, &path, true, &mut look).await?;
        let rate = made.record_count as f64 / begun.elapsed().as_secs_f64();
        std::fs::remove_file(path)?;
        let job = format!("export as {}", format.name());
        self.say(&job, "rows/s", rate, Some(("the texts as lines", limit)));
        self.memory(&format!("an {job}"), &memory);
        Ok(())
    }

    fn rate(&self, begun: Instant) -> f64 {
        self.documents as f64 / begun.elapsed().as_secs_f64()
    }

    fn say(&self, job: &str, unit: &str, ours: f64, beside: Option<(&str, f64)>) {
        if self.beside.is_none() {
            return;
        }
        let job = format!("{job}, {} events ({})", self.events, self.engine);
        let mut row = json!({"job": job, "unit": unit, "ours": ours});
        if let (Some((peer, figure)), Some(row)) = (beside, row.as_object_mut()) {
            row.insert("peer".to_owned(), peer.into());
            row.insert("peer_figure".to_owned(), figure.into());
            row.insert("ratio".to_owned(), (ours / figure).into());
        }
        println!("{row}");
    }

    fn memory(&mut self, job: &str, memory: &Memory) {
        let added = memory.added_mib();
        self.added.insert(job.to_owned(), added);
        let few = self.beside.as_ref().and_then(|beside| beside.get(job).copied());
        let few = few.map(|few| ("with a tenth of the events", few));
        self.say(&format!("memory (RssAnon) that {job} adds"), "MiB", added, few);
    }
}

/// Memory of this process that is no file, beyond what it had when a job began: the caches of the stores that are open.
/// Nothing where the system does not say.
struct Memory {
    before_mib: f64,
    most_mib: f64,
    looks: u64,
}

impl Memory {
    fn begin() -> Self {
        let now = rss_anon_mib();
        Self { before_mib: now, most_mib: now, looks: 0 }
    }

    /// Looks now and then: it is told of every chunk.
    fn look(&mut self) {
        self.looks += 1;
        if self.looks % 16 == 1 {
            self.most_mib = self.most_mib.max(rss_anon_mib());
        }
    }

    fn added_mib(&self) -> f64 {
        self.most_mib - self.before_mib
    }
}

fn rss_anon_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1_024.0
}

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

#[derive(Default)]
struct Counting(AtomicU32);

impl IdSource for Counting {
    fn next(&self) -> Id {
        Id::from_parts(1_800_000_000, *b"bench", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for (byte, value) in buffer.iter_mut().zip(1_u8..) {
            *byte = value.wrapping_mul(151) ^ 0x5a;
        }
    }
}

struct NoTimer;

impl Timer for NoTimer {
    fn wait(&self, _: u64) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

fn application(store: Arc<dyn Store>, folder: &Path) -> Result<App, AppError> {
    // Two applications of one run must not give the same id twice.
    static APPLICATIONS: AtomicU32 = AtomicU32::new(0);
    let number = APPLICATIONS.fetch_add(1, Ordering::Relaxed);
    let sealer = Sealer::from_keys(&Sealer::generate_key("k1", &NoEntropy))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(App::new(Parts {
        store,
        clock: Arc::new(Now),
        ids: Arc::new(Counting(AtomicU32::new(number * 1_000_000))),
        entropy: Arc::new(NoEntropy),
        outlook: None,
        sealer,
        settings: Settings { exports_dir: folder.join("exports"), ..Settings::default() },
        timer: Arc::new(NoTimer),
        process: format!("bench-{number}"),
    }))
}
