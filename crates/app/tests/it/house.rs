//! A small house for tests: an application on a fresh store, with two people and an administrator.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use app::sealing::Sealer;
use app::{App, Caller, Parts, Settings, Timer, Via};
use jiff::Timestamp;
use model::documents::{Calendar, Record, Role, User};
use model::{Clock, Entropy, Id, IdSource};
use serde_json::{Map, Value};
use store::{Batch, Store};

/// A clock that moves a second with every look, so that times differ but never by chance.
pub(crate) struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
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

/// An application and the people in it.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) mara: Caller,
    pub(crate) jonas: Caller,
    pub(crate) admin: Caller,
    _folder: Option<tempfile::TempDir>,
}

impl House {
    /// On the model in memory.
    pub(crate) async fn in_memory() -> Self {
        Self::on(Arc::new(store::contract::MemoryStore::new()), None).await
    }

    /// On the embedded engine.
    pub(crate) async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = store_sqlite::SqliteOptions::at(folder.path().join("store.db"));
        Self::on(Arc::new(store_sqlite::SqliteStore::open(options).unwrap()), Some(folder)).await
    }

    async fn on(store: Arc<dyn Store>, folder: Option<tempfile::TempDir>) -> Self {
        let app = App::new(Parts {
            store,
            clock: Arc::new(Ticking(AtomicI64::new(1_795_000_000))),
            ids: Arc::new(Counting(AtomicU32::new(1))),
            entropy: Arc::new(NoEntropy),
            outlook: None,
            sealer: Sealer::from_keys(&Sealer::generate_key("k1", &NoEntropy)).unwrap(),
            settings: Settings::default(),
            timer: Arc::new(NoTimer),
            process: "test".to_owned(),
        });
        let mut people = Vec::new();
        for (name, role) in [("mara", Role::User), ("jonas", Role::User), ("admin", Role::Admin)] {
            let id = app.new_id();
            let mut user = User::new(id, name, &format!("{name}@example.org"), name, role);
            user.touch(app.now());
            let mut batch = Batch::new();
            batch.insert(&user).unwrap();
            app.store().commit(batch).await.unwrap();
            people.push(Caller { user_id: id, role, via: Via::Session(id) });
        }
        Self { app, mara: people[0], jonas: people[1], admin: people[2], _folder: folder }
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

/// Runs a test on every engine.
#[macro_export]
macro_rules! on_every_engine {
    ($($test:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test] async fn $test() { super::$test($crate::house::House::in_memory().await).await })*
        }
        mod embedded {
            $(#[tokio::test] async fn $test() { super::$test($crate::house::House::embedded().await).await })*
        }
    };
}
