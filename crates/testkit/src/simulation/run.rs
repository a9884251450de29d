//! One seed from its first event to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::connections::store_tokens;
use app::sealing::Sealer;
use app::sync_run::held::{self, Decision};
use app::sync_run::{RunOptions, RunPhase, RunState, run_calendar};
use app::{App, Caller, Parts, Settings, Via};
use jiff::Timestamp;
use model::documents::{Calendar, Record, Role, User};
use model::{Clock, Id, IdSource};
use providers::contract::CalendarProvider;
use sha2::{Digest, Sha256};
use store::contract::MemoryStore;
use store::{Batch, Filter, Store, TypedStore};
use store_sqlite::{SqliteOptions, SqliteStore};

use super::actors::{CALENDARS, at_outlook, writes_here};
use super::laws::{self, Snapshot};
use super::outlook::ModelOutlook;
use super::store::{Counted, FaultyStore, StoreFaults};
use super::world::{FAULTS, Fault};
use crate::ambient::{CountingIds, SeededEntropy, TestClock};
use crate::random::Random;

/// Steps of a tape.
const STEPS: usize = 24;
/// L20: so many runs a calendar until rest.
const RUNS_UNTIL_REST: usize = 6;
const HOUR_MS: i64 = 3_600_000;

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
    /// Digest of the events at the end, engine-independent.
    pub end: String,
    /// How often each fault of the provider was played.
    pub fired: BTreeMap<String, u64>,
    /// Named situations that were reached.
    pub reached: BTreeSet<&'static str>,
}

/// Runs a seed.
pub fn run_seed(seed: u64, engine: Engine) -> Result<Report, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let inner: Arc<dyn Store> = match engine {
            Engine::Memory => Arc::new(MemoryStore::new()),
            Engine::Sqlite => {
                let options = SqliteOptions::at(folder.path().join("simulated.db"));
                Arc::new(SqliteStore::open(options).map_err(|error| error.to_string())?)
            }
        };
        Simulation::new(seed, inner).await?.run().await
    })
}

/// The person here: an application of their own on the same store, without faults.
pub(super) struct Here {
    app: App,
    callers: Vec<Caller>,
    random: Mutex<Random>,
    notes: Mutex<BTreeMap<Id, String>>,
    count: Mutex<u64>,
}

impl Here {
    /// Writes a note on some event.
    pub(super) async fn write(&self) {
        let mut random = lock(&self.random).clone();
        let number = {
            let mut count = lock(&self.count);
            *count += 1;
            *count
        };
        if let Some(caller) = random.pick(&self.callers).copied()
            && let Some((id, note)) = writes_here(&self.app, &caller, &mut random, number).await
        {
            lock(&self.notes).insert(id, note);
        }
        *lock(&self.random) = random;
    }
}

/// Starts a process of this name on a store.
type MakeApp = Box<dyn Fn(Arc<dyn Store>, &str) -> App>;

struct Simulation {
    clock: TestClock,
    outlook: Arc<ModelOutlook>,
    inner: Arc<dyn Store>,
    store: Arc<FaultyStore>,
    here: Arc<Here>,
    app: App,
    make_app: MakeApp,
    calendars: Vec<Calendar>,
    random: Random,
    trace: Sha256,
    ever_known: BTreeSet<String>,
    kept_by_choice: BTreeSet<Id>,
    reached: BTreeSet<&'static str>,
    broken: Vec<String>,
    restarts: u32,
}

impl Simulation {
    async fn new(seed: u64, inner: Arc<dyn Store>) -> Result<Self, String> {
        let mut random = Random::new(seed, "workload");
        // Early spring: the tape crosses the change to summer time.
        let start: Timestamp =
            "2027-03-20T08:00:00Z".parse().map_err(|error: jiff::Error| error.to_string())?;
        let clock = TestClock::at(start);
        let faults = draw_faults(&mut random);
        let page_size = 1 + random.below(12);
        let outlook = Arc::new(ModelOutlook::new(seed, clock.clone(), page_size, faults));
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
        let store = Arc::new(FaultyStore::new(inner.clone(), seed, store_faults));
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
            kept_by_choice: BTreeSet::new(),
            reached: BTreeSet::new(),
            broken: Vec::new(),
            restarts: 0,
        })
    }

    async fn run(mut self) -> Result<Report, String> {
        for _ in 0..12 {
            self.edit_in_outlook();
        }
        for step in 0..STEPS {
            self.clock.advance_ms(i64::try_from(self.random.below(20)).unwrap_or(0) * HOUR_MS);
            match self.random.below(10) {
                0..=3 => self.edit_in_outlook(),
                4..=5 => self.here.write().await,
                6 => self.decide().await,
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
    async fn sync(&mut self, index: usize, full: bool) -> Result<Option<RunState>, String> {
        let Some(calendar) = self.calendars.get(index) else { return Ok(None) };
        let calendar: Option<Calendar> =
            self.inner.read(calendar.id).await.map_err(|error| error.to_string())?;
        let Some(calendar) = calendar else { return Ok(None) };
        self.store.take_counted();
        let run = run_calendar(&self.app, calendar, RunOptions { full, asked_for: false }).await;
        let counted = self.store.take_counted();
        self.note(&format!("{run:?} {counted:?}"));
        self.judge_counts(&run, counted);
        if self.store.restart() {
            self.restarts += 1;
            self.reached.insert("a process died in a run");
            self.app = (self.make_app)(self.store.clone(), &format!("run-{}", self.restarts));
            // The dead process's lease runs out.
            self.clock.advance_ms(60_000);
        }
        self.sign_in_again().await?;
        let here = Snapshot::of(&*self.inner).await.map_err(|error| error.to_string())?;
        let broken = laws::always(&here, &self.outlook.world(), &self.ever_known);
        self.broken.extend(broken);
        self.ever_known.extend(here.known());
        self.look(&run);
        Ok(Some(run))
    }

    /// The figures of a run that ended are what the store saw.
    fn judge_counts(&mut self, run: &RunState, counted: Counted) {
        if run.state == RunPhase::Done
            && run.events_created != counted.events_inserted
            && self.store.fired() == 0
        {
            self.broken.push(format!(
                "true counts: a run says {} created and {} were inserted",
                run.events_created, counted.events_inserted
            ));
        }
    }

    fn look(&mut self, run: &RunState) {
        let situations = [
            (run.events_held > 0, "deletions were held"),
            (run.events_deleted > 0, "deletions were followed"),
            (run.events_updated > 0, "events were updated"),
            (run.state == RunPhase::Failed, "a run failed"),
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
    async fn decide(&mut self) {
        for caller in self.here.callers.clone() {
            let Ok(waiting) = held::list(&self.here.app, &caller).await else { continue };
            for one in waiting {
                let is_kept = self.random.chance(300);
                let decision = if is_kept { Decision::Reject } else { Decision::Confirm };
                if held::decide(&self.here.app, &caller, one.calendar_id, decision).await.is_ok() && is_kept {
                    self.reached.insert("held deletions were rejected");
                    self.kept_by_choice.extend(one.events.iter().map(|event| event.id));
                }
            }
        }
    }

    /// Faults stop; everything comes to rest within a few runs, and then a run writes nothing.
    async fn settle(&mut self) -> Result<(), String> {
        self.outlook.world().faults.clear();
        self.store.calm();
        self.store.restart();
        // A week later everything is read and compared once more, whatever was not told.
        self.clock.advance_ms(8 * 24 * HOUR_MS);
        for index in 0..self.calendars.len() {
            let mut runs = 0;
            loop {
                runs += 1;
                let run = self.sync(index, false).await?;
                self.decide().await;
                let is_at_rest = run.is_some_and(|run| run.state == RunPhase::Done && run.is_quiet());
                if is_at_rest {
                    break;
                }
                if runs >= RUNS_UNTIL_REST {
                    self.broken.push(format!("L20: calendar {index} had not come to rest after {runs} runs"));
                    break;
                }
            }
            // A run that went on with an interrupted read is quiet too; the one after it compares once more.
            self.sync(index, false).await?;
            self.outlook.world().requests.clear();
            self.store.take_counted();
            let again = self.sync(index, false).await?;
            let requests: u64 = self.outlook.world().requests.values().sum();
            if again.is_none_or(|run| !run.is_quiet()) || self.store.take_counted() != Counted::default() {
                self.broken.push("rule 6: a sync with nothing changed wrote something".to_owned());
            }
            if requests > 1 {
                self.broken.push(format!("L10: a run at rest took {requests} requests"));
            }
        }
        Ok(())
    }

    async fn report(mut self) -> Result<Report, String> {
        let here = Snapshot::of(&*self.inner).await.map_err(|error| error.to_string())?;
        let notes = lock(&self.here.notes).clone();
        self.broken.extend(laws::at_rest(&here, &self.outlook.world(), &notes, &self.kept_by_choice));
        if !notes.is_empty() {
            self.reached.insert("notes were written");
        }
        let mut end = Sha256::new();
        for event in &here.events {
            end.update(serde_json::to_vec(event).unwrap_or_default());
        }
        let end = hex(&end.finalize());
        self.note(&end.clone());
        let fired =
            self.outlook.world().fired.iter().map(|(fault, count)| (format!("{fault:?}"), *count)).collect();
        Ok(Report {
            broken: self.broken,
            trace: hex(&self.trace.finalize()),
            end,
            fired,
            reached: self.reached,
        })
    }

    fn note(&mut self, text: &str) {
        self.trace.update(text.as_bytes());
    }
}

async fn people(web: &App, outlook: &ModelOutlook) -> Result<(Vec<Caller>, Vec<Calendar>), String> {
    let mut callers = Vec::new();
    let mut calendars = Vec::new();
    let mut batch = Batch::new();
    for (name, number) in CALENDARS.iter().zip(1..) {
        let mut user = User::new(
            web.new_id(),
            &format!("user-{number}"),
            &format!("{number}@example.org"),
            "Somebody",
            Role::User,
        );
        let tokens = outlook.tokens(&user.outlook_user_id);
        store_tokens(web, &mut user, &tokens).map_err(|error| error.to_string())?;
        let mut calendar = Calendar::local(web.new_id(), user.id, name, "#336699");
        calendar.outlook_calendar_id = Some((*name).to_owned());
        user.touch(web.now());
        calendar.touch(web.now());
        batch.insert(&user).map_err(|error| error.to_string())?;
        batch.insert(&calendar).map_err(|error| error.to_string())?;
        callers.push(Caller { user_id: user.id, role: Role::User, via: Via::Operator });
        calendars.push(calendar);
    }
    web.store().commit(batch).await.map_err(|error| error.to_string())?;
    Ok((callers, calendars))
}

fn draw_faults(random: &mut Random) -> BTreeMap<Fault, usize> {
    if random.chance(100) {
        return BTreeMap::new();
    }
    let mut drawn = BTreeMap::new();
    for fault in FAULTS {
        if random.chance(500) {
            drawn.insert(fault, 10 + random.below(150));
        }
    }
    drawn
}

fn draw_store_faults(random: &mut Random) -> StoreFaults {
    let mut draw = |most: usize| if random.chance(500) { random.below(most) } else { 0 };
    StoreFaults { unavailable: draw(60), outcome_unknown: draw(60), crash: draw(80), write_here: draw(200) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
