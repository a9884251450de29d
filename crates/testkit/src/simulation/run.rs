//! One seed from its first event to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use app::backup;
use app::connections::store_tokens;
use app::sealing::Sealer;
use app::sync_run::held::{self, Decision};
use app::sync_run::{RunOptions, RunPhase, RunState, run_calendar};
use app::{App, Caller, Parts, Settings, Via, archive};
use jiff::{SignedDuration, Timestamp};
use model::documents::{Calendar, Category, CategoryType, Location, Record, Role, User};
use model::{Clock, Id, IdSource};
use providers::contract::CalendarProvider;
use sha2::{Digest, Sha256};
use store::contract::MemoryStore;
use store::{Batch, Filter, Store, TypedStore};
use store_sqlite::{SqliteOptions, SqliteStore};
use tokio::runtime::Handle;

use super::actors::{ATTIC, CALENDARS, at_outlook};
use super::draws::{draw_faults, draw_restore, draw_store_faults};
use super::here::{Here, lock};
use super::laws::{self, Snapshot};
use super::mutants::Mutant;
use super::outlook::ModelOutlook;
use super::prompt::PromptStore;
use super::run_laws;
use super::store::{Counted, FaultyStore};
use crate::ambient::{CountingIds, SeededEntropy, TestClock};
use crate::random::Random;

/// Steps of a tape.
pub(super) const STEPS: usize = 24;
pub(super) const HOUR_MS: i64 = 3_600_000;

/// Which engine a seed runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The model in memory: fast.
    Memory,
    /// The embedded engine on a real file.
    Sqlite,
}

/// What a seed did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Laws that were broken, in words; empty when all held.
    pub broken: Vec<String>,
    /// Digest of everything that happened and of the end state: equal for equal seeds.
    pub trace: String,
    /// Digests of what is in each collection at the end, engine-independent.
    pub end: BTreeMap<&'static str, String>,
    /// How often each fault of the provider was played.
    pub fired: BTreeMap<String, u64>,
    /// Named situations that were reached.
    pub reached: BTreeSet<&'static str>,
}

/// Runs a seed.
pub fn run_seed(seed: u64, engine: Engine) -> Result<Report, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let store: Arc<dyn Store> = match engine {
        Engine::Memory => Arc::new(MemoryStore::new()),
        Engine::Sqlite => {
            let options = SqliteOptions::at(folder.path().join("simulated.db"));
            let store = SqliteStore::open(options).map_err(|error| error.to_string())?;
            Arc::new(PromptStore::new(Arc::new(store), None))
        }
    };
    run(seed, store, folder.path(), None)
}

/// Runs a seed with something broken on purpose.
pub fn run_mutant(seed: u64, mutant: Mutant) -> Result<Report, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    run(seed, Arc::new(MemoryStore::new()), folder.path(), Some(mutant))
}

/// Runs a seed on an empty store of any engine, which does its own work in this runtime; with an empty folder for files.
pub fn run_seed_on(
    seed: u64,
    store: Arc<dyn Store>,
    works_in: Handle,
    folder: &Path,
) -> Result<Report, String> {
    run(seed, Arc::new(PromptStore::new(store, Some(works_in))), folder, None)
}

fn run(seed: u64, store: Arc<dyn Store>, folder: &Path, mutant: Option<Mutant>) -> Result<Report, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let backup = folder.join("backup.archive.gz");
    runtime.block_on(async { Simulation::new(seed, store, backup, mutant).await?.run().await })
}

/// Starts a process of this name on a store.
type MakeApp = Box<dyn Fn(Arc<dyn Store>, &str) -> App>;

pub(super) struct Simulation {
    pub(super) clock: TestClock,
    pub(super) outlook: Arc<ModelOutlook>,
    pub(super) inner: Arc<dyn Store>,
    pub(super) store: Arc<FaultyStore>,
    pub(super) here: Arc<Here>,
    pub(super) app: App,
    pub(super) make_app: MakeApp,
    pub(super) calendars: Vec<Calendar>,
    pub(super) random: Random,
    pub(super) trace: Sha256,
    pub(super) ever_known: BTreeSet<String>,
    pub(super) ever_linked: BTreeSet<Id>,
    pub(super) kept_by_choice: BTreeSet<Id>,
    pub(super) reached: BTreeSet<&'static str>,
    pub(super) broken: Vec<String>,
    /// What the last run wrote.
    pub(super) written: Counted,
    pub(super) restarts: u32,
    /// Before which steps a backup is made and restored, when this seed has that.
    pub(super) restore_at: Option<(usize, usize)>,
    pub(super) backup: PathBuf,
    /// What a backup cannot bring back: notes written since, and what was kept by choice since.
    pub(super) as_of_backup: (BTreeMap<Id, String>, BTreeSet<Id>),
}

impl Simulation {
    async fn new(
        seed: u64,
        inner: Arc<dyn Store>,
        backup: PathBuf,
        mutant: Option<Mutant>,
    ) -> Result<Self, String> {
        let mut random = Random::new(seed, "workload");
        // Early spring: the tape crosses the change to summer time.
        let start: Timestamp =
            "2027-03-20T08:00:00Z".parse().map_err(|error: jiff::Error| error.to_string())?;
        let clock = TestClock::at(start);
        let faults = draw_faults(&mut random);
        let page_size = 1 + random.below(12);
        let outlook = Arc::new(ModelOutlook::new(seed, clock.clone(), page_size, faults));
        outlook.world().lies = mutant == Some(Mutant::ForgetsTheWarrant);
        let ids: Arc<dyn IdSource> = Arc::new(CountingIds::default());
        let entropy = Arc::new(SeededEntropy::new(seed));
        let sealer =
            Sealer::from_keys(&Sealer::generate_key("sim", &*entropy)).map_err(|error| error.to_string())?;
        let make_app = {
            let (clock, outlook) = (clock.clone(), outlook.clone());
            move |store: Arc<dyn Store>, process: &str| {
                App::new(Parts {
                    store,
                    clock: Arc::new(clock.clone()),
                    ids: ids.clone(),
                    entropy: entropy.clone(),
                    outlook: Some(outlook.clone() as Arc<dyn CalendarProvider>),
                    sealer: sealer.clone(),
                    settings: Settings::default(),
                    timer: Arc::new(clock.clone()),
                    process: process.to_owned(),
                })
            }
        };
        let store_faults = draw_store_faults(&mut random);
        let store = Arc::new(FaultyStore::new(inner.clone(), seed, store_faults, mutant));
        let web = make_app(inner.clone(), "web");
        let (callers, calendars) = people(&web, &outlook).await?;
        let here = Arc::new(Here {
            app: web,
            callers,
            random: Mutex::new(Random::new(seed, "here")),
            notes: Mutex::default(),
            count: Mutex::default(),
        });
        store.set_here(here.clone());
        Ok(Self {
            app: make_app(store.clone(), "run-0"),
            clock,
            outlook,
            inner,
            store,
            here,
            make_app: Box::new(make_app),
            calendars,
            random,
            trace: Sha256::new(),
            ever_known: BTreeSet::new(),
            ever_linked: BTreeSet::new(),
            kept_by_choice: BTreeSet::new(),
            reached: BTreeSet::new(),
            broken: Vec::new(),
            written: Counted::default(),
            restarts: 0,
            restore_at: draw_restore(&mut Random::new(seed, "restore")),
            backup,
            as_of_backup: Default::default(),
        })
    }

    async fn run(mut self) -> Result<Report, String> {
        for _ in 0..12 {
            self.edit_in_outlook();
        }
        for step in 0..STEPS {
            self.clock.advance_ms(i64::try_from(self.random.below(20)).unwrap_or(0) * HOUR_MS);
            match self.restore_at {
                Some((at, _)) if at == step => self.make_backup().await?,
                Some((_, at)) if at == step => self.restore().await?,
                _ => {}
            }
            match self.random.below(11) {
                0..=3 => self.edit_in_outlook(),
                4..=5 => self.here.write().await,
                6 => self.decide().await,
                7 => self.archive().await?,
                _ => {
                    let index = self.random.below(self.calendars.len());
                    self.sync(index, false).await?;
                }
            }
            self.note(&format!("step {step}"));
        }
        self.settle().await?;
        self.report().await
    }

    fn edit_in_outlook(&mut self) {
        let mut world = self.outlook.world();
        at_outlook(&mut world, &mut self.random, self.clock.now());
    }

    /// Runs one calendar in a process that may die, and checks what must always hold.
    pub(super) async fn sync(&mut self, index: usize, full: bool) -> Result<Option<RunState>, String> {
        let Some(calendar) = self.calendars.get(index) else { return Ok(None) };
        let calendar: Option<Calendar> =
            self.inner.read(calendar.id).await.map_err(|error| error.to_string())?;
        let Some(calendar) = calendar else { return Ok(None) };
        let before = Snapshot::of(&*self.inner).await.map_err(|error| error.to_string())?;
        self.store.take_counted();
        let pages_before = self.outlook.world().pages.len();
        self.outlook.world().asked_by_id.clear();
        let run = run_calendar(&self.app, calendar, RunOptions { full, asked_for: false }).await;
        let counted = self.store.take_counted();
        self.written = counted;
        self.note(&format!("{run:?} {counted:?}"));
        self.start_again_if_dead("a process died in a run");
        self.sign_in_again().await?;
        let here = self.check().await?;
        self.judge(&run, &before, &here, counted, pages_before);
        let held = laws::after_restore(&before, &here, &self.calendars, index);
        if held.is_some() && run.events_held > 0 {
            self.reached.insert("deletions were held after a restore");
        }
        self.broken.extend(held.unwrap_or_default());
        self.look(&run);
        Ok(Some(run))
    }

    /// What must hold of the run itself.
    fn judge(
        &mut self,
        run: &RunState,
        before: &Snapshot,
        after: &Snapshot,
        counted: Counted,
        pages_before: usize,
    ) {
        let world = self.outlook.world();
        let pages = world.pages.iter().skip(pages_before);
        let pages = pages.map(|(number, page)| (*number, page.clone())).collect();
        let asked_by_id = &world.asked_by_id;
        let seen = run_laws::Observed { run, before, after, counted, pages, asked_by_id };
        self.broken.extend(run_laws::figures(&seen));
        self.broken.extend(run_laws::cursors(before, after, &world));
    }

    async fn make_backup(&mut self) -> Result<(), String> {
        let operator = Caller { user_id: Id::NOBODY, role: Role::Admin, via: Via::Operator };
        let options = backup::CreateOptions { replace: true, ..Default::default() };
        backup::create(&self.here.app, &operator, &self.backup, &options, &mut |_| {})
            .await
            .map_err(|error| format!("a backup failed: {error}"))?;
        self.as_of_backup = (lock(&self.here.notes).clone(), self.kept_by_choice.clone());
        Ok(())
    }

    /// The house goes back to its backup; Outlook does not.
    async fn restore(&mut self) -> Result<(), String> {
        // Nobody is at work: leases of a run that died have run out.
        self.clock.advance_ms(60_000);
        let contents = backup::inspect(&self.backup.as_path().into(), &mut |_| {})
            .map_err(|error| format!("a backup was refused: {error}"))?;
        backup::restore_in_place(&self.here.app, &contents, None, &mut |_| {})
            .await
            .map_err(|error| format!("a restore failed: {error}"))?;
        self.restarts += 1;
        self.store.restart();
        self.app = (self.make_app)(self.store.clone(), &format!("run-{}", self.restarts));
        (*lock(&self.here.notes), self.kept_by_choice) = self.as_of_backup.clone();
        let here = Snapshot::of(&*self.inner).await.map_err(|error| error.to_string())?;
        self.ever_known = here.known();
        self.ever_linked = here.linked().collect();
        self.reached.insert("a backup was restored");
        Ok(())
    }

    /// What is old goes to the archive, in a process that may die on the way.
    async fn archive(&mut self) -> Result<(), String> {
        let days = i64::try_from(self.random.below(6)).unwrap_or(0);
        let older_than = SignedDuration::from_hours(24 * (1 + days));
        let done = archive::run(&self.app, None, older_than, false, &mut |_| {}).await;
        self.note(&format!("{done:?}"));
        if done.is_ok_and(|done| done.events > 0) {
            self.reached.insert("events were archived");
        }
        self.start_again_if_dead("a process died in the archive");
        self.check().await.map(|_| ())
    }

    fn start_again_if_dead(&mut self, situation: &'static str) {
        if self.store.restart() {
            self.restarts += 1;
            self.reached.insert(situation);
            self.app = (self.make_app)(self.store.clone(), &format!("run-{}", self.restarts));
            // The dead process's leases run out.
            self.clock.advance_ms(120_000);
        }
    }

    /// What must hold at any moment.
    async fn check(&mut self) -> Result<Snapshot, String> {
        let here = Snapshot::of(&*self.inner).await.map_err(|error| error.to_string())?;
        self.ever_linked.extend(here.linked());
        let broken = laws::always(&here, &self.outlook.world(), &self.ever_known, &self.ever_linked);
        self.broken.extend(broken);
        self.ever_known.extend(here.known());
        Ok(here)
    }

    fn look(&mut self, run: &RunState) {
        let situations = [
            (run.events_held > 0, "deletions were held"),
            (run.events_deleted > 0, "deletions were followed"),
            (run.events_updated > 0, "events were updated"),
            (run.state == RunPhase::Failed, "a run failed"),
            (run.events_failed > 0, "events were refused"),
            (run.pages > 3, "a run of several pages"),
        ];
        self.reached.extend(situations.into_iter().filter(|(is_so, _)| *is_so).map(|(_, name)| name));
    }

    /// Somebody whose connection died signs in again.
    async fn sign_in_again(&mut self) -> Result<(), String> {
        let users: Vec<User> =
            self.inner.all(Filter::All(Vec::new())).await.map_err(|error| error.to_string())?;
        for mut user in users.into_iter().filter(|user| user.reconnect_reason.is_some()) {
            self.reached.insert("a connection died");
            let before = user.revision;
            let tokens = self.outlook.tokens(&user.outlook_user_id);
            store_tokens(&self.here.app, &mut user, &tokens).map_err(|error| error.to_string())?;
            user.touch(self.clock.now());
            let mut batch = Batch::new();
            batch.replace(&user, before).map_err(|error| error.to_string())?;
            self.inner.commit(batch).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// A person decides about deletions that wait.
    pub(super) async fn decide(&mut self) {
        for caller in self.here.callers.clone() {
            let page = app::paging::PageRequest::default();
            let Ok(waiting) = held::list(&self.here.app, &caller, page).await else { continue };
            for one in waiting.items {
                let is_kept = self.random.chance(300);
                let decision = if is_kept { Decision::Reject } else { Decision::Confirm };
                if held::decide(&self.here.app, &caller, one.calendar_id, decision).await.is_ok() && is_kept {
                    self.reached.insert("held deletions were rejected");
                    self.kept_by_choice.extend(one.events.iter().map(|event| event.id));
                }
            }
        }
    }

    pub(super) fn note(&mut self, text: &str) {
        self.trace.update(text.as_bytes());
    }
}

async fn people(web: &App, outlook: &ModelOutlook) -> Result<(Vec<Caller>, Vec<Calendar>), String> {
    let mut callers = Vec::new();
    let mut calendars = Vec::new();
    let mut batch = Batch::new();
    // Some of the names that events say are for all; others are learnt.
    let mut category = Category::new(web.new_id(), None, "Concert", "#336699", CategoryType::System);
    category.touch(web.now());
    batch.insert(&category).map_err(|error| error.to_string())?;
    let mut location = Location::named(web.new_id(), None, "Grand Hall");
    location.touch(web.now());
    batch.insert(&location).map_err(|error| error.to_string())?;
    for number in 1..=2 {
        let mut user = User::new(
            web.new_id(),
            &format!("user-{number}"),
            &format!("{number}@example.org"),
            "Somebody",
            Role::User,
        );
        let tokens = outlook.tokens(&user.outlook_user_id);
        store_tokens(web, &mut user, &tokens).map_err(|error| error.to_string())?;
        user.touch(web.now());
        batch.insert(&user).map_err(|error| error.to_string())?;
        let theirs = CALENDARS.iter().filter(|(_, of)| *of == number).map(|(name, _)| *name);
        for name in theirs.chain((number == 1).then_some(ATTIC)) {
            let mut calendar = Calendar::local(web.new_id(), user.id, name, "#336699");
            calendar.outlook_calendar_id = Some(name.to_owned());
            calendar.is_active = name != ATTIC;
            calendar.touch(web.now());
            batch.insert(&calendar).map_err(|error| error.to_string())?;
            calendars.extend(calendar.is_active.then_some(calendar));
        }
        callers.push(Caller { user_id: user.id, role: Role::User, via: Via::Operator });
    }
    web.store().commit(batch).await.map_err(|error| error.to_string())?;
    Ok((callers, calendars))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
