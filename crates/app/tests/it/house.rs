//! A small house for tests: an application on a fresh store, with two people and an administrator.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use app::sealing::Sealer;
use app::{App, Caller, Parts, Settings, Timer, Via};
use jiff::Timestamp;
use model::documents::{Calendar, Event, Record, Role, SyncLink, User};
use model::{Clock, Entropy, Id, IdSource};
use serde_json::{Map, Value};
use store::contract::Watched;
use store::{Batch, Store};

use crate::explain;

/// A clock that moves a second with every look, so that times differ but never by chance.
pub(crate) struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

impl Ticking {
    /// Lets so many seconds pass.
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

struct Counting(AtomicU32);

impl IdSource for Counting {
    fn next(&self) -> Id {
        Id::from_parts(1_700_000_000, *b"tests", self.0.fetch_add(1, Ordering::Relaxed))
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
        Box::pin(async {})
    }
}

/// Documents in one step of the jobs: whatever is more than a handful takes several commits.
pub(crate) const STEP: u32 = 5;

const PEOPLE: [(&str, Role); 3] = [("mara", Role::User), ("jonas", Role::User), ("admin", Role::Admin)];

/// An application and the people in it.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) mara: Caller,
    pub(crate) jonas: Caller,
    pub(crate) admin: Caller,
    /// What servers share.
    pub(crate) store: Arc<dyn Store>,
    clock: Arc<Ticking>,
    /// The number of the next server before it: its ids are its own.
    servers: AtomicU32,
    /// Where its files are.
    pub(crate) folder: tempfile::TempDir,
    /// Of the server engine.
    database: Option<mongodb_server::Database>,
}

impl House {
    /// On the model in memory.
    pub(crate) async fn in_memory() -> Self {
        let store: Arc<dyn Store> = Arc::new(store::contract::MemoryStore::new());
        Self::on(store.clone(), Watched::new(store), tempfile::tempdir().unwrap()).await
    }

    /// On the embedded engine.
    pub(crate) async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = store_sqlite::SqliteOptions::at(folder.path().join("store.db"));
        let store = Arc::new(store_sqlite::SqliteStore::open(options).unwrap());
        Self::on(store.clone(), Watched::explaining(store.clone(), explain::by_sqlite(store)), folder).await
    }

    /// On the server engine, in a database of its own on the MongoDB server at hand.
    pub(crate) async fn mongodb() -> Self {
        let server = mongodb_server::server().unwrap();
        let database = server.database();
        let options = store_mongodb::MongoOptions::at(database.store_uri());
        let store = Arc::new(store_mongodb::MongoStore::open(options).await.unwrap());
        let watched = match explain::by_mongodb(server, &store) {
            Some(explain) => Watched::explaining(store.clone(), explain),
            None => Watched::new(store.clone()),
        };
        let house = Self::on(store, watched, tempfile::tempdir().unwrap()).await;
        Self { database: Some(database), ..house }
    }

    /// Where its database is, on the server engine.
    pub(crate) fn database_uri(&self) -> String {
        self.database.as_ref().unwrap().store_uri()
    }

    /// The application has the watched store, the test the store itself.
    async fn on(store: Arc<dyn Store>, watched: Watched, folder: tempfile::TempDir) -> Self {
        let clock = Arc::new(Ticking(AtomicI64::new(1_795_000_000)));
        let watched: Arc<dyn Store> = Arc::new(watched);
        let app = Self::server(&watched, &clock, &folder, 1);
        let [mara, jonas, admin] = PEOPLE.map(|(_, role)| {
            let id = app.new_id();
            Caller { user_id: id, role, via: Via::Session(id) }
        });
        let servers = AtomicU32::new(2);
        let house = Self { app, mara, jonas, admin, store, clock, servers, folder, database: None };
        house.people().await;
        house
    }

    /// Its clock.
    pub(crate) fn clock(&self) -> Arc<Ticking> {
        self.clock.clone()
    }

    /// Puts the people in.
    pub(crate) async fn people(&self) {
        let mut batch = Batch::new();
        for ((name, role), caller) in PEOPLE.into_iter().zip([&self.mara, &self.jonas, &self.admin]) {
            let mut user = User::new(caller.user_id, name, &format!("{name}@example.org"), name, role);
            user.touch(self.app.now());
            batch.insert(&user).unwrap();
        }
        self.store.commit(batch).await.unwrap();
    }

    /// Takes everything out of the store.
    pub(crate) async fn empty(&self) {
        let all = model::collections::ALL.iter();
        let writes =
            all.map(|collection| store::Write::Delete { collection, filter: store::Filter::All(Vec::new()) });
        self.store.commit(Batch { writes: writes.collect() }).await.unwrap();
    }

    /// One more server on a store that stands before this one.
    pub(crate) fn before(&self, store: Arc<dyn Store>) -> App {
        let number = self.servers.fetch_add(1, Ordering::Relaxed);
        Self::server(&store, &self.clock, &self.folder, number * 10_000)
    }

    /// One more process, on a store that stands before this one's; a little later than all before it, so that leases of
    /// dead ones are over.
    pub(crate) fn process(&self, store: Arc<dyn Store>, number: u32) -> App {
        self.clock.0.fetch_add(10_000, Ordering::Relaxed);
        Self::server(&store, &self.clock, &self.folder, 2_000_000 + 100_000 * number)
    }

    /// One more server on the same store, with other settings.
    pub(crate) fn with_settings(&self, change: impl FnOnce(&mut Settings)) -> App {
        let number = self.servers.fetch_add(1, Ordering::Relaxed);
        let mut settings = Self::settings(&self.folder);
        change(&mut settings);
        Self::server_with(&self.store, &self.clock, settings, number * 10_000)
    }

    /// One more server on the same store and folder.
    pub(crate) fn second(&self) -> App {
        Self::server(&self.store, &self.clock, &self.folder, 1_000_000)
    }

    fn settings(folder: &tempfile::TempDir) -> Settings {
        Settings {
            exports_dir: folder.path().join("exports"),
            most_documents_a_step: Some(STEP),
            ..Settings::default()
        }
    }

    fn server(store: &Arc<dyn Store>, clock: &Arc<Ticking>, folder: &tempfile::TempDir, number: u32) -> App {
        Self::server_with(store, clock, Self::settings(folder), number)
    }

    fn server_with(store: &Arc<dyn Store>, clock: &Arc<Ticking>, settings: Settings, number: u32) -> App {
        App::new(Parts {
            store: store.clone(),
            clock: clock.clone(),
            ids: Arc::new(Counting(AtomicU32::new(number))),
            entropy: Arc::new(NoEntropy),
            outlook: None,
            sealer: Sealer::from_keys(&Sealer::generate_key("k1", &NoEntropy)).unwrap(),
            settings,
            timer: Arc::new(NoTimer),
            process: format!("test-{number}"),
        })
    }

    /// A local calendar of this person.
    pub(crate) async fn calendar(&self, caller: &Caller, name: &str) -> Calendar {
        app::records::calendars::create(
            &self.app,
            caller,
            &object(&format!("{{\"name\": \"{name}\"}}")),
            None,
        )
        .await
        .unwrap()
    }

    /// A calendar as if it had been read from Outlook.
    pub(crate) async fn outlook_calendar(&self, caller: &Caller) -> Calendar {
        let mut calendar = Calendar::local(self.app.new_id(), caller.user_id, "Calendar", "#112233");
        calendar.outlook_calendar_id = Some(format!("AAMk-{}", calendar.id));
        self.insert(&mut calendar).await;
        calendar
    }

    /// Links an event to Outlook, as a sync does that has read it there.
    pub(crate) async fn link(&self, event: &Event) {
        let mut link = SyncLink {
            id: self.app.new_id(),
            user_id: event.user_id,
            calendar_id: event.calendar_id,
            event_id: event.id,
            provider: "outlook".to_owned(),
            provider_item_id: event.outlook_event_id.clone().unwrap_or_default(),
            agreed: serde_json::json!({}),
            fingerprint: String::new(),
            created_at: event.created_at,
            updated_at: event.updated_at,
            revision: 0,
        };
        self.insert(&mut link).await;
    }

    /// Inserts a record as it is.
    pub(crate) async fn insert<R: Record>(&self, record: &mut R) {
        record.touch(self.app.now());
        let mut batch = Batch::new();
        batch.insert(record).unwrap();
        self.app.store().commit(batch).await.unwrap();
    }
}

/// A JSON object.
pub(crate) fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Runs tests on every engine.
#[macro_export]
macro_rules! on_every_engine {
    ($($test:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test] async fn $test() { super::$test($crate::house::House::in_memory().await).await })*
        }
        mod embedded {
            $(#[tokio::test] async fn $test() { super::$test($crate::house::House::embedded().await).await })*
        }
        mod mongodb {
            // The driver works beside the test, also while the test stands still.
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test($crate::house::House::mongodb().await).await })*
        }
    };
}
