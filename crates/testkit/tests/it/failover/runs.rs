//! A sync that is disturbed: afterwards every event is here once, and the next run writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::connections::store_tokens;
use app::sealing::Sealer;
use app::sync_run::{RunOptions, RunPhase, run_calendar};
use app::{App, Parts, Settings};
use jiff::civil::date;
use model::documents::{Calendar, Event, Record, Role, SyncLink, User};
use store::{Batch, Filter, Store, TypedStore};
use testkit::ambient::{CountingIds, SeededEntropy, TestClock};
use testkit::simulation::outlook::ModelOutlook;
use testkit::simulation::world::item;

use super::{LOOKS, between_looks, until};

const EVENTS: usize = 60;
const PAGE: usize = 5;
/// So many runs may fail before it must have come through.
const MOST_RUNS: u32 = 40;

/// A calendar that is read while something happens to the store.
pub(super) struct Sync {
    app: App,
    outlook: Arc<ModelOutlook>,
    clock: TestClock,
    calendar: Calendar,
}

impl Sync {
    /// A person with a full calendar in Outlook and nothing here yet.
    pub(super) async fn new(store: Arc<dyn Store>) -> Arc<Self> {
        let clock = TestClock::at("2027-03-20T08:00:00Z".parse().unwrap());
        let outlook = Arc::new(ModelOutlook::new(1, clock.clone(), PAGE, BTreeMap::new()));
        let entropy = Arc::new(SeededEntropy::new(1));
        let app = App::new(Parts {
            store,
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::default()),
            entropy: entropy.clone(),
            outlook: Some(outlook.clone()),
            sealer: Sealer::from_keys(&Sealer::generate_key("k", &*entropy)).unwrap(),
            settings: Settings::default(),
            timer: Arc::new(clock.clone()),
            process: "server".to_owned(),
        });
        let mut user = User::new(app.new_id(), "ada", "ada@example.org", "Ada", Role::User);
        store_tokens(&app, &mut user, &outlook.tokens("ada")).unwrap();
        let mut calendar = Calendar::local(app.new_id(), user.id, "Calendar", "#336699");
        calendar.outlook_calendar_id = Some("calendar".to_owned());
        user.touch(app.now());
        calendar.touch(app.now());
        let mut batch = Batch::new();
        batch.insert(&user).unwrap();
        batch.insert(&calendar).unwrap();
        app.store().commit(batch).await.unwrap();
        for number in 0..EVENTS {
            let hour = i8::try_from(8 + number % 10).unwrap();
            outlook.world().create(item(
                "calendar",
                format!("event {number}"),
                date(2027, 3, 22),
                Some(hour),
            ));
        }
        Arc::new(Self { app, outlook, clock, calendar })
    }

    /// Waits until so many pages in all were asked for.
    pub(super) async fn pages(&self, count: u64) {
        until(async || self.outlook.world().requests.values().sum::<u64>() >= count).await;
    }

    /// Runs until it has come through; how many runs failed.
    pub(super) async fn run(self: Arc<Self>) -> u32 {
        for failed in 0..MOST_RUNS {
            let run = run_calendar(&self.app, self.calendar.clone(), RunOptions::default()).await;
            if run.state == RunPhase::Done && run.error.is_none() {
                return failed;
            }
            self.come_back().await;
            self.outlast_leases();
        }
        panic!("the sync did not come through in {MOST_RUNS} runs");
    }

    /// A lease that could not be given back runs out: giving it back is a commit that may fail like any other, after
    /// a run that came through too.
    fn outlast_leases(&self) {
        self.clock.advance_ms(60_000);
    }

    /// Waits until the store answers again.
    async fn come_back(&self) {
        for _ in 0..LOOKS {
            if self.app.store().check().await.is_ok() {
                return;
            }
            between_looks().await;
        }
        panic!("the store did not come back");
    }

    /// What is not as it must be, in words.
    pub(super) async fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let events: Vec<Event> = self.app.store().all(Filter::All(Vec::new())).await.unwrap();
        let links: Vec<SyncLink> = self.app.store().all(Filter::All(Vec::new())).await.unwrap();
        if (events.len(), links.len()) != (EVENTS, EVENTS) {
            broken.push(format!("{} events and {} links of {EVENTS}", events.len(), links.len()));
        }
        let mut items: Vec<_> = events.iter().map(|event| event.outlook_event_id.clone()).collect();
        items.sort();
        items.dedup();
        if items.len() != EVENTS || events.iter().any(|event| event.removed_at.is_some()) {
            broken.push(format!("{} different events that stay, of {EVENTS}", items.len()));
        }
        self.outlast_leases();
        let again =
            run_calendar(&self.app, self.calendar.clone(), RunOptions { full: true, asked_for: false }).await;
        if !again.is_quiet() {
            broken.push(format!("a second sync wrote something: {again:?}"));
        }
        broken
    }
}
