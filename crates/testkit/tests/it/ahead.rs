//! The next pages are on their way while some are applied, a bounded number of them; what has come is applied together,
//! as far as it has nothing to do with each other, and what becomes of those behind changes nothing about it (L8).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use app::connections::store_tokens;
use app::sealing::Sealer;
use app::sync_run::{RunOptions, RunPhase, run_calendar};
use app::{App, Parts, Settings};
use jiff::civil::date;
use model::collections::EVENTS;
use model::documents::{Calendar, Event, Record, Role, SyncLog, User};
use providers::contract::{
    AuthorizationRequest, AuthorizationSecrets, BoxFuture, CalendarProvider, ChangePage, Cursor, Identity,
    Next, ProviderError, ReadWindow, TokenSet,
};
use secrecy::SecretString;
use store::contract::MemoryStore;
use store::{Batch, Filter, Layer, Store, StoreError, TypedStore, Write};
use sync::remote::{RemoteCalendar, RemoteEntry};
use testkit::ambient::{CountingIds, SeededEntropy, TestClock};
use testkit::simulation::outlook::ModelOutlook;
use testkit::simulation::world::item;
use tokio::sync::Semaphore;

const PAGE: usize = 5;
const ITEMS: usize = 13;

/// Waits until somebody lets it pass.
async fn pass(gate: &Semaphore) {
    gate.acquire().await.unwrap().forget();
}

/// Answers a page when it is let through.
struct SlowOutlook {
    outlook: ModelOutlook,
    gate: Semaphore,
    asked: AtomicUsize,
    /// The page, counted from 1, that is refused once.
    refuses: AtomicUsize,
    /// The one for which the cursor is forgotten, once.
    forgets: AtomicUsize,
    /// Whether the page behind the first one is given for every other.
    goes_in_circles: AtomicBool,
}

impl CalendarProvider for SlowOutlook {
    fn changes<'a>(
        &'a self,
        access: &'a SecretString,
        calendar_id: &'a str,
        cursor: Option<&'a Cursor>,
        window: ReadWindow,
    ) -> BoxFuture<'a, Result<ChangePage, ProviderError>> {
        Box::pin(async move {
            let number = 1 + self.asked.fetch_add(1, Ordering::SeqCst);
            pass(&self.gate).await;
            if self.refuses.compare_exchange(number, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                let (code, message) = ("refused".to_owned(), "this page is refused".to_owned());
                return Err(ProviderError::GiveUp { code, message });
            }
            if self.forgets.compare_exchange(number, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                return Err(ProviderError::CursorGone { message: "this cursor is forgotten".to_owned() });
            }
            let mut page = self.outlook.changes(access, calendar_id, cursor, window).await?;
            if let Some(cursor) = cursor.filter(|_| self.goes_in_circles.load(Ordering::SeqCst)) {
                page.next = Next::Page(cursor.clone());
            }
            Ok(page)
        })
    }

    fn name(&self) -> &'static str {
        self.outlook.name()
    }

    fn authorization_request(&self, to: &str, secrets: &AuthorizationSecrets) -> AuthorizationRequest {
        self.outlook.authorization_request(to, secrets)
    }

    fn exchange_code<'a>(
        &'a self,
        to: &'a str,
        code: &'a str,
        secrets: &'a AuthorizationSecrets,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        self.outlook.exchange_code(to, code, secrets)
    }

    fn refresh<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        self.outlook.refresh(token)
    }

    fn identity<'a>(&'a self, access: &'a SecretString) -> BoxFuture<'a, Result<Identity, ProviderError>> {
        self.outlook.identity(access)
    }

    fn calendars<'a>(
        &'a self,
        access: &'a SecretString,
    ) -> BoxFuture<'a, Result<Vec<RemoteCalendar>, ProviderError>> {
        self.outlook.calendars(access)
    }

    fn event<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteEntry>, ProviderError>> {
        self.outlook.event(access, event_id)
    }

    fn calendar_of<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, ProviderError>> {
        self.outlook.calendar_of(access, event_id)
    }
}

/// Commits events when it is let through.
struct SlowStore {
    inner: MemoryStore,
    gate: Semaphore,
}

impl Layer for SlowStore {
    fn inner(&self) -> &dyn Store {
        &self.inner
    }

    fn commit<'a>(&'a self, batch: Batch) -> store::BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let is_event = |write: &Write| matches!(write, Write::Insert { collection, .. } if collection.name == EVENTS.name);
            if batch.writes.iter().any(is_event) {
                pass(&self.gate).await;
            }
            self.inner.commit(batch).await
        })
    }
}

/// A person with a calendar, of three pages unless said otherwise.
struct House {
    app: App,
    outlook: Arc<SlowOutlook>,
    store: Arc<SlowStore>,
    clock: TestClock,
    calendar: Calendar,
}

impl House {
    async fn new() -> Self {
        Self::of(ITEMS).await
    }

    async fn of(items: usize) -> Self {
        let clock = TestClock::at("2027-03-20T08:00:00Z".parse().unwrap());
        let outlook = ModelOutlook::new(1, clock.clone(), PAGE, Default::default());
        let outlook = Arc::new(SlowOutlook {
            outlook,
            gate: Semaphore::new(0),
            asked: AtomicUsize::new(0),
            refuses: AtomicUsize::new(0),
            forgets: AtomicUsize::new(0),
            goes_in_circles: AtomicBool::new(false),
        });
        let store = Arc::new(SlowStore { inner: MemoryStore::new(), gate: Semaphore::new(0) });
        let entropy = Arc::new(SeededEntropy::new(1));
        let app = App::new(Parts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::default()),
            entropy: entropy.clone(),
            outlook: Some(outlook.clone()),
            sealer: Sealer::from_keys(&Sealer::generate_key("k", &*entropy)).unwrap(),
            settings: Settings::default(),
            timer: Arc::new(clock.clone()),
            process: "ahead".to_owned(),
        });
        let mut user = User::new(app.new_id(), "ada", "ada@example.org", "Ada", Role::User);
        store_tokens(&app, &mut user, &outlook.outlook.tokens("ada")).unwrap();
        let mut calendar = Calendar::local(app.new_id(), user.id, "ada", "#336699");
        calendar.outlook_calendar_id = Some("hall".to_owned());
        user.touch(app.now());
        calendar.touch(app.now());
        let mut batch = Batch::new();
        batch.insert(&user).unwrap();
        batch.insert(&calendar).unwrap();
        app.store().commit(batch).await.unwrap();
        for number in 0..items {
            let title = format!("Fair {number}");
            outlook.outlook.world().create(item("hall", title, date(2027, 3, 22), Some(9)));
        }
        Self { app, outlook, store, clock, calendar }
    }

    fn run(&self) -> impl Future<Output = app::sync_run::RunState> + use<> {
        let (app, calendar) = (self.app.clone(), self.calendar.clone());
        async move { run_calendar(&app, calendar, RunOptions::default()).await }
    }

    fn asked(&self) -> usize {
        self.outlook.asked.load(Ordering::SeqCst)
    }

    async fn events(&self) -> usize {
        self.app.store().all::<Event>(Filter::All(Vec::new())).await.unwrap().len()
    }

    /// Gives everybody on this thread more turns than they need.
    async fn everybody_works(&self) {
        for _ in 0..3_000 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn pages_are_fetched_while_one_is_applied_and_are_applied_together() {
    let house = House::new().await;
    house.outlook.gate.add_permits(2);
    let run = tokio::spawn(house.run());
    house.everybody_works().await;
    assert_eq!((house.asked(), house.events().await), (3, 0), "the first page waits for its commit");
    house.outlook.gate.add_permits(1);
    house.everybody_works().await;
    house.store.gate.add_permits(1);
    house.everybody_works().await;
    assert_eq!(house.events().await, PAGE, "the second and the third wait for one commit");
    house.store.gate.add_permits(1);
    let run = run.await.unwrap();
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Done, 3, ITEMS as u64));
    assert_eq!((house.asked(), house.events().await), (3, ITEMS));
}

#[tokio::test]
async fn what_is_there_waits_for_no_page_behind_it() {
    let house = House::new().await;
    house.outlook.gate.add_permits(2);
    let run = tokio::spawn(house.run());
    house.everybody_works().await;
    let pages = || house.app.runs().recent(None).iter().map(|run| run.pages).sum::<u64>();
    assert_eq!((house.asked(), pages()), (3, 0));
    house.store.gate.add_permits(1);
    house.everybody_works().await;
    assert_eq!((house.events().await, pages()), (PAGE, 1), "it is told at once");
    house.store.gate.add_permits(1);
    house.everybody_works().await;
    assert_eq!((house.events().await, pages()), (2 * PAGE, 2), "the third one is on its way for long");
    house.outlook.gate.add_permits(1);
    house.store.gate.add_permits(1);
    let run = run.await.unwrap();
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Done, 3, ITEMS as u64));
    assert_eq!((house.asked(), house.events().await), (3, ITEMS), "each was asked for once");
}

#[tokio::test]
async fn no_more_pages_are_fetched_ahead_than_are_applied_together() {
    let (enough, items) = (800, 1_000);
    let house = House::of(items).await;
    house.outlook.gate.add_permits(items);
    let run = tokio::spawn(house.run());
    house.everybody_works().await;
    assert_eq!((house.asked(), house.events().await), (1 + enough / PAGE, 0));
    house.store.gate.add_permits(items);
    let run = run.await.unwrap();
    assert_eq!(
        (run.state, run.pages, run.events_created),
        (RunPhase::Done, (items / PAGE) as u64, items as u64)
    );
    assert_eq!(house.asked(), items / PAGE);
}

#[tokio::test]
async fn l8_a_page_is_applied_whatever_becomes_of_the_next_one() {
    let house = House::new().await;
    house.store.gate.add_permits(ITEMS);
    house.outlook.gate.add_permits(ITEMS);
    house.outlook.refuses.store(2, Ordering::SeqCst);
    let run = house.run().await;
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Failed, 1, PAGE as u64));
    assert_eq!((house.asked(), house.events().await), (2, PAGE));
    let run = house.run().await;
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Done, 2, (ITEMS - PAGE) as u64));
    assert_eq!((house.asked(), house.events().await), (4, ITEMS), "it went on behind the first page");
    let logs: Vec<SyncLog> = house.app.store().all(Filter::All(Vec::new())).await.unwrap();
    let logged: Vec<i64> = logs.iter().map(|log| log.events_created).collect();
    assert_eq!(logged, [PAGE as i64, (ITEMS - PAGE) as i64]);
}

#[tokio::test]
async fn l8_pages_are_applied_whatever_becomes_of_the_one_behind_them() {
    let house = House::new().await;
    house.outlook.gate.add_permits(ITEMS);
    house.outlook.refuses.store(3, Ordering::SeqCst);
    let run = tokio::spawn(house.run());
    house.everybody_works().await;
    house.store.gate.add_permits(ITEMS);
    let run = run.await.unwrap();
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Failed, 2, 2 * PAGE as u64));
    assert_eq!((house.asked(), house.events().await), (3, 2 * PAGE));
    let run = house.run().await;
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Done, 1, (ITEMS - 2 * PAGE) as u64));
    assert_eq!((house.asked(), house.events().await), (4, ITEMS), "it went on behind the second page");
}

#[tokio::test]
async fn a_page_that_says_that_something_is_gone_waits_for_those_before_it() {
    let house = House::new().await;
    house.outlook.gate.add_permits(ITEMS);
    house.store.gate.add_permits(3);
    assert_eq!(house.run().await.state, RunPhase::Done);
    let (asked, left) = (house.asked(), house.store.gate.available_permits());
    house.store.gate.forget_permits(left);
    // In the model's order the second page tells of one that is gone, and so does the third.
    for number in 0..10 {
        let title = format!("Gala {number}");
        house.outlook.outlook.world().create(item("hall", title, date(2027, 3, 23), Some(9)));
    }
    ["item-00008", "item-00009"].iter().for_each(|id| house.outlook.outlook.world().delete(id));
    let run = tokio::spawn(house.run());
    house.everybody_works().await;
    assert_eq!((house.asked() - asked, house.events().await), (3, ITEMS), "the first waits for its commit");
    house.store.gate.add_permits(2);
    house.everybody_works().await;
    assert_eq!(house.events().await, ITEMS + 9, "the third waits for one of its own");
    house.store.gate.add_permits(1);
    let run = run.await.unwrap();
    assert_eq!((run.state, run.pages, run.events_created, run.events_deleted), (RunPhase::Done, 3, 10, 2));
    assert_eq!((house.asked() - asked, house.events().await), (3, ITEMS + 8), "none was fetched twice");
}

#[tokio::test]
async fn l8_a_run_that_is_let_go_between_two_pages_is_gone_on_with() {
    let house = House::new().await;
    house.store.gate.add_permits(ITEMS);
    house.outlook.gate.add_permits(1);
    let run = tokio::spawn(house.run());
    house.everybody_works().await;
    assert_eq!((house.asked(), house.events().await), (2, PAGE), "the second page is on its way");
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    house.clock.advance_ms(60_000);
    house.outlook.gate.add_permits(ITEMS);
    let run = house.run().await;
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Done, 2, (ITEMS - PAGE) as u64));
    assert_eq!(house.events().await, ITEMS);
}

#[tokio::test]
async fn a_read_that_stopped_half_way_is_given_up_after_a_week() {
    for (days, pages) in [(6, 2), (8, 3)] {
        let house = House::new().await;
        house.store.gate.add_permits(2 * ITEMS);
        house.outlook.gate.add_permits(2 * ITEMS);
        house.outlook.refuses.store(2, Ordering::SeqCst);
        assert_eq!(house.run().await.state, RunPhase::Failed);
        house.clock.advance_ms(days * 24 * 3_600_000);
        let run = house.run().await;
        assert_eq!((run.state, run.pages), (RunPhase::Done, pages), "after {days} days");
        assert_eq!(house.events().await, ITEMS);
    }
}

#[tokio::test]
async fn what_is_deleted_while_a_first_read_begins_anew_is_missed() {
    let house = House::new().await;
    house.store.gate.add_permits(2 * ITEMS);
    house.outlook.gate.add_permits(1);
    house.outlook.forgets.store(2, Ordering::SeqCst);
    let run = tokio::spawn(house.run());
    house.everybody_works().await;
    assert_eq!((house.asked(), house.events().await), (2, PAGE));
    let stored: Event = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    house.outlook.outlook.world().delete(&stored.outlook_event_id.unwrap());
    house.clock.advance_ms(1_000);
    house.outlook.gate.add_permits(ITEMS);
    let run = run.await.unwrap();
    assert_eq!((run.state, run.events_deleted, house.events().await), (RunPhase::Done, 1, ITEMS - 1));
}

#[tokio::test]
async fn a_read_that_went_in_circles_is_begun_anew_by_the_next_run() {
    let house = House::new().await;
    house.store.gate.add_permits(10 * ITEMS);
    house.outlook.gate.add_permits(10 * ITEMS);
    house.outlook.goes_in_circles.store(true, Ordering::SeqCst);
    let run = house.run().await;
    assert_eq!(run.error.map(|error| error.code).as_deref(), Some("provider_goes_in_circles"));
    assert_eq!(house.events().await, 2 * PAGE);
    house.outlook.goes_in_circles.store(false, Ordering::SeqCst);
    let run = house.run().await;
    assert_eq!((run.state, run.pages, run.events_created), (RunPhase::Done, 3, (ITEMS - 2 * PAGE) as u64));
    assert_eq!(house.events().await, ITEMS);
}
