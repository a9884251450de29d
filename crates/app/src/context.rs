//! What every use case works with.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::{Clock, Entropy, Id, IdSource};
use providers::contract::CalendarProvider;
use store::Store;

use crate::backup::Recipient;
use crate::exports::Running;
use crate::hub::Hub;
use crate::name_lists::{NameLists, Watched};
use crate::presence::{Gate, Gated};
use crate::records::events::SeriesCache;
use crate::sealing::Sealer;
use crate::sync_run::Runs;

/// Settings that rules depend on. Read from flags, environment and file by `cli`; plain values here.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach this server, without a slash at the end: `https://calls.example.org/board`.
    pub public_url: String,
    /// Lower-case mail addresses that become administrators when they sign in.
    pub admin_emails: Vec<String>,
    /// How long a session lasts at the most, in seconds.
    pub session_max_s: i64,
    /// How long a session lasts without use, in seconds.
    pub session_idle_s: i64,
    /// Whether calendars are read without being asked: the first time at sign-in, then again and again.
    pub reads_by_itself: bool,
    /// How far back the first read of a calendar goes, in days.
    pub read_back_days: i64,
    /// How far ahead a reading that needs an end goes, in days.
    pub read_ahead_days: i64,
    /// The folder exports are kept in; made when the first one is.
    pub exports_dir: PathBuf,
    /// How long the logs of sync runs are kept, in days.
    pub sync_log_keep_days: i64,
    /// How long the file of an export is kept, in days.
    pub export_keep_days: i64,
    /// Whom backups are encrypted to that stay on the server and are not read again by the program itself.
    pub backup_encrypt_to: Option<Recipient>,
    /// The most documents in one step of deletions, the archive, migrations and restores, where that is less than what
    /// each of them takes by itself: with few documents a test sees as many commits as very many make.
    pub most_documents_a_step: Option<u32>,
}

impl Settings {
    /// How many documents a step has that takes so many by itself.
    pub(crate) fn step(&self, usual: u32) -> u32 {
        self.most_documents_a_step.map_or(usual, |most| usual.min(most.max(1)))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            admin_emails: Vec::new(),
            session_max_s: 30 * 86_400,
            session_idle_s: 7 * 86_400,
            reads_by_itself: false,
            read_back_days: 2 * 366,
            read_ahead_days: 2 * 366,
            exports_dir: PathBuf::from("callboard-data/exports"),
            sync_log_keep_days: 400,
            export_keep_days: 30,
            backup_encrypt_to: None,
            most_documents_a_step: None,
        }
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    /// The store engine.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdSource>,
    /// Gives random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Outlook, when it is configured.
    pub outlook: Option<Arc<dyn CalendarProvider>>,
    /// Seals tokens.
    pub sealer: Sealer,
    /// Settings.
    pub settings: Settings,
    /// Waits; a simulation moves its clock instead.
    pub timer: Arc<dyn Timer>,
    /// Names this process among others that share the store.
    pub process: String,
}

/// Waits. A parameter like the clock, so that a simulation need not.
pub trait Timer: Send + Sync {
    /// Answers after so many milliseconds.
    fn wait(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The application: everything a use case needs, shared by all edges. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    hub: Hub,
    runs: Runs,
    refreshes: crate::connections::Refreshes,
    series: SeriesCache,
    exports: Running,
    name_lists: Arc<NameLists>,
    gate: Arc<Gate>,
    bare_store: Arc<dyn Store>,
    has_left_leases: Arc<AtomicBool>,
}

impl App {
    /// Puts the parts together.
    pub fn new(mut parts: Parts) -> Self {
        let name_lists = Arc::new(NameLists::new(parts.store.capabilities()));
        let (gate, bare_store) = (Arc::new(Gate::default()), parts.store.clone());
        let gated = Gated::new(parts.store, gate.clone(), parts.clock.clone());
        parts.store = Arc::new(Watched::new(Arc::new(gated), name_lists.clone()));
        Self {
            inner: Arc::new(Inner {
                parts,
                hub: Hub::new(),
                runs: Runs::default(),
                refreshes: Default::default(),
                series: SeriesCache::default(),
                exports: Running::default(),
                name_lists,
                gate,
                bare_store,
                has_left_leases: Arc::default(),
            }),
        }
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.parts.store
    }

    /// The store before the gate, for whoever opens and shuts that.
    pub(crate) fn bare_store(&self) -> &dyn Store {
        &*self.inner.bare_store
    }

    /// The gate of the store.
    pub(crate) fn gate(&self) -> &Gate {
        &self.inner.gate
    }

    /// The present instant.
    pub fn now(&self) -> jiff::Timestamp {
        model::ambient::to_millisecond(self.inner.parts.clock.now())
    }

    /// A new id.
    pub fn new_id(&self) -> Id {
        self.inner.parts.ids.next()
    }

    /// The source of ids, for pure code that takes it as a parameter.
    pub(crate) fn ids(&self) -> &dyn IdSource {
        &*self.inner.parts.ids
    }

    /// A secret of this many random bytes, in URL-safe base64 without padding.
    pub fn new_secret(&self, bytes: usize) -> String {
        use base64::Engine;
        let mut buffer = vec![0; bytes];
        self.inner.parts.entropy.fill(&mut buffer);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(buffer)
    }

    /// Random bytes for nonces.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.inner.parts.entropy
    }

    /// Outlook, when it is configured.
    pub fn outlook(&self) -> Option<&Arc<dyn CalendarProvider>> {
        self.inner.parts.outlook.as_ref()
    }

    /// Seals and opens tokens.
    pub fn sealer(&self) -> &Sealer {
        &self.inner.parts.sealer
    }

    /// Settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.parts.settings
    }

    /// Waits so many milliseconds.
    pub(crate) async fn wait_ms(&self, milliseconds: u64) {
        self.inner.parts.timer.wait(milliseconds).await;
    }

    /// This process's name among others that share the store.
    pub fn process(&self) -> &str {
        &self.inner.parts.process
    }

    /// Where notices for open browsers are published.
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// The sync runs of this process.
    pub fn runs(&self) -> &Runs {
        &self.inner.runs
    }

    /// Turns true when a lease cannot be given back: it is another's to free. Outlives the application.
    pub fn has_left_leases(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.inner.has_left_leases)
    }

    pub(crate) fn leave_lease(&self) {
        self.inner.has_left_leases.store(true, Ordering::Relaxed);
    }

    /// Token refreshes under way.
    pub(crate) fn refreshes(&self) -> &crate::connections::Refreshes {
        &self.inner.refreshes
    }

    /// Exports under way in this process.
    pub(crate) fn exports(&self) -> &Running {
        &self.inner.exports
    }

    /// Lists of categories and locations that are kept. Whoever hears of other servers' writes tells it.
    pub fn name_lists(&self) -> &NameLists {
        &self.inner.name_lists
    }

    /// Series that were compiled lately.
    pub(crate) fn series(&self) -> &SeriesCache {
        &self.inner.series
    }
}
