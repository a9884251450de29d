//! What is doubtful waits, and what is refused says so: deletions that a person decides about, items that may not be read.

mod mailboxes;
mod outside;

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use app::connections::store_tokens;
use app::sealing::Sealer;
use app::sync_run::everybody::Everybody;
use app::sync_run::held::{self, Decision};
use app::sync_run::{self, RunOptions, RunPhase, RunState, run_calendar};
use app::{App, AppError, Caller, Parts, Settings, Timer, Via, archive};
use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use model::collections::{CALENDARS, EVENTS_ARCHIVE, HELD_DELETIONS};
use model::documents::{Calendar, Event, HeldDeletions, Record, Role, SyncLog, SyncStatus, User};
use model::schema::Collection;
use store::contract::MemoryStore;
use store::{Batch, Filter, Layer, Store, StoreError, TypedStore, Write};
use testkit::ambient::{CountingIds, SeededEntropy, TestClock};
use testkit::simulation::outlook::ModelOutlook;
use testkit::simulation::repeat::{Every, Repeat};
use testkit::simulation::world::{Fault, item};

const CALENDAR: &str = "hall";

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Lets something happen just before documents of a collection are changed: deletions that wait when they are decided,
/// archived events when they come back, calendars when they come in.
#[derive(Default)]
struct Meddled {
    inner: MemoryStore,
    meanwhile: Mutex<Option<(&'static Collection, Meanwhile)>>,
}

impl Layer for Meddled {
    fn inner(&self) -> &dyn Store {
        &self.inner
    }

    fn commit<'a>(&'a self, batch: Batch) -> store::BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let changes = |of: &Collection| {
                batch.writes.iter().any(|write| match write {
                    Write::Insert { collection, .. }
                    | Write::Replace { collection, .. }
                    | Write::Delete { collection, .. } => collection.name == of.name,
                    _ => false,
                })
            };
            let meanwhile = self.meanwhile.lock().unwrap().take_if(|(of, _)| changes(of));
            if let Some((_, meanwhile)) = meanwhile {
                meanwhile.await;
            }
            self.inner.commit(batch).await
        })
    }
}

/// Waiting moves the clock; something may happen meanwhile.
struct Pause {
    clock: TestClock,
    meanwhile: Mutex<Option<Meanwhile>>,
}

impl Timer for Pause {
    fn wait(&self, milliseconds: u64) -> Meanwhile {
        let waited = self.clock.wait(milliseconds);
        self.meanwhile.lock().unwrap().take().unwrap_or(waited)
    }
}

/// A person with a calendar.
struct House {
    app: App,
    outlook: Arc<ModelOutlook>,
    store: Arc<Meddled>,
    pause: Arc<Pause>,
    clock: TestClock,
    caller: Caller,
    calendar: Calendar,
}

impl House {
    /// With so many events, that are read already.
    async fn with(events: usize) -> Self {
        let clock = TestClock::at("2027-03-20T08:00:00Z".parse().unwrap());
        let outlook = Arc::new(ModelOutlook::new(1, clock.clone(), 5, Default::default()));
        let store = Arc::new(Meddled::default());
        let pause = Arc::new(Pause { clock: clock.clone(), meanwhile: Mutex::default() });
        let entropy = Arc::new(SeededEntropy::new(1));
        let app = App::new(Parts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::default()),
            entropy: entropy.clone(),
            outlook: Some(outlook.clone()),
            sealer: Sealer::from_keys(&Sealer::generate_key("k", &*entropy)).unwrap(),
            settings: Settings::default(),
            timer: pause.clone(),
            process: "doubts".to_owned(),
        });
        let mut user = User::new(app.new_id(), "ada", "ada@example.org", "Ada", Role::User);
        store_tokens(&app, &mut user, &outlook.tokens("ada")).unwrap();
        let mut calendar = Calendar::local(app.new_id(), user.id, "Hall", "#336699");
        calendar.outlook_calendar_id = Some(CALENDAR.to_owned());
        user.touch(app.now());
        calendar.touch(app.now());
        let mut batch = Batch::new();
        batch.insert(&user).unwrap();
        batch.insert(&calendar).unwrap();
        app.store().commit(batch).await.unwrap();
        outlook.world().calendars.insert("ada".to_owned(), vec![CALENDAR.to_owned()]);
        let caller = Caller { user_id: user.id, role: Role::User, via: Via::Operator };
        let house = Self { app, outlook, store, pause, clock, caller, calendar };
        (0..events).for_each(|number| drop(house.create(&format!("event {number}"))));
        if events > 0 {
            house.sync().await;
        }
        // What was linked at the very moment at which a read begins is not missed by it.
        house.clock.advance_ms(1_000);
        house
    }

    fn create(&self, title: &str) -> String {
        self.outlook.world().create(item(CALENDAR, title.to_owned(), date(2027, 3, 22), Some(9)))
    }

    fn items(&self) -> Vec<String> {
        self.outlook.world().live(CALENDAR)
    }

    fn delete(&self, ids: &[String]) {
        ids.iter().for_each(|id| self.outlook.world().delete(id));
    }

    async fn run(&self, full: bool) -> RunState {
        run_calendar(&self.app, self.calendar.clone(), RunOptions { full, asked_for: false }).await
    }

    async fn sync(&self) -> RunState {
        let run = self.run(false).await;
        assert_eq!(run.state, RunPhase::Done, "{run:?}");
        run
    }

    /// A read from the start that answers that there is nothing.
    async fn read_nothing(&self) -> RunState {
        self.outlook.world().faults.insert(Fault::EmptyCalendar, 1_000);
        let run = self.run(true).await;
        self.outlook.world().faults.clear();
        run
    }

    async fn all<R: Record + Send>(&self) -> Vec<R> {
        self.app.store().all(Filter::All(Vec::new())).await.unwrap()
    }

    async fn waiting(&self) -> usize {
        let held: Vec<HeldDeletions> = self.all().await;
        held.iter().map(|held| held.event_ids.len()).sum()
    }

    async fn events(&self) -> usize {
        self.all::<Event>().await.into_iter().filter(|event| event.removed_at.is_none()).count()
    }

    async fn decide(&self, decision: Decision) {
        held::decide(&self.app, &self.caller, self.calendar.id, decision).await.unwrap();
    }
}

#[tokio::test]
async fn what_waits_for_a_person_is_not_judged_again() {
    let house = House::with(14).await;
    house.delete(&house.items()[..3]);
    assert_eq!((house.sync().await.events_held, house.waiting().await), (3, 3));
    // Three of fifteen would be few enough.
    house.create("one more");
    let run = house.sync().await;
    assert_eq!((run.events_held, run.events_deleted, run.events_created), (3, 0, 1));
    assert_eq!((house.events().await, house.waiting().await), (15, 3));
}

#[tokio::test]
async fn what_was_removed_here_meanwhile_waits_no_longer() {
    let house = House::with(14).await;
    let gone = house.items()[..3].to_vec();
    house.delete(&gone);
    house.sync().await;
    assert_eq!(house.waiting().await, 3);
    let removed: Option<Event> =
        house.app.store().first(Filter::eq("outlook_event_id", gone[0].as_str())).await.unwrap();
    let mut removed = removed.unwrap();
    let revision = removed.revision;
    removed.removed_at = Some(house.app.now());
    removed.derive();
    removed.touch(house.app.now());
    let mut batch = Batch::new();
    batch.replace(&removed, revision).unwrap();
    house.app.store().commit(batch).await.unwrap();
    let run = house.sync().await;
    assert_eq!((run.events_held, house.waiting().await), (2, 2));
}

#[tokio::test]
async fn l10_while_deletions_wait_a_run_asks_once_and_writes_nothing() {
    let house = House::with(14).await;
    house.delete(&house.items()[..3]);
    house.sync().await;
    let (logs, held) = (house.all::<SyncLog>().await, house.all::<HeldDeletions>().await);
    house.outlook.world().requests.clear();
    house.outlook.world().asked_by_id.clear();
    let run = house.sync().await;
    assert!(run.is_quiet() && run.events_held == 3, "{run:?}");
    assert_eq!(house.outlook.world().requests.values().sum::<u64>(), 1);
    assert_eq!(house.outlook.world().asked_by_id.len(), 0);
    assert_eq!((house.all::<SyncLog>().await, house.all::<HeldDeletions>().await), (logs, held));
}

#[tokio::test]
async fn what_is_met_again_waits_no_longer() {
    for events in [20, 60] {
        let house = House::with(events).await;
        let run = house.read_nothing().await;
        // Few are asked for one by one, and are there; many wait without that.
        let waits = if events > 50 { events } else { 0 };
        assert_eq!((run.events_held, run.events_deleted), (waits as u64, 0), "{run:?}");
        house.outlook.world().asked_by_id.clear();
        let run = house.run(true).await;
        assert_eq!((run.events_held, run.events_deleted), (0, 0), "{run:?}");
        assert_eq!((house.events().await, house.waiting().await), (events, 0));
        assert!(house.all::<HeldDeletions>().await.is_empty());
        assert_eq!(house.outlook.world().asked_by_id.len(), 0);
    }
}

#[tokio::test]
async fn who_confirms_removes_only_what_does_not_exist() {
    let house = House::with(60).await;
    let gone = house.items()[..4].to_vec();
    house.delete(&gone);
    let forbidden = house.items()[0].clone();
    house.read_nothing().await;
    assert_eq!(house.waiting().await, 60);
    house.outlook.world().forbidden.insert(forbidden.clone());
    house.decide(Decision::Confirm).await;
    let events: Vec<Event> = house.all().await;
    assert_eq!(events.len(), 56, "the four are gone and nothing else");
    assert!(events.iter().all(|event| !gone.contains(event.outlook_event_id.as_ref().unwrap())));
    assert_eq!(house.waiting().await, 1, "what could not be asked for goes on waiting");
    house.outlook.world().forbidden.clear();
    house.decide(Decision::Confirm).await;
    assert_eq!((house.events().await, house.waiting().await), (56, 0));
    assert!(house.run(true).await.is_quiet());
}

#[tokio::test]
async fn a_decision_is_about_what_waited_when_it_was_made() {
    let house = House::with(30).await;
    house.delete(&house.items()[..12]);
    house.sync().await;
    assert_eq!(house.waiting().await, 12);
    house.delete(&house.items()[..12]);
    let (app, calendar) = (house.app.clone(), house.calendar.clone());
    let meanwhile: Meanwhile = Box::pin(async move {
        run_calendar(&app, calendar, RunOptions::default()).await;
    });
    *house.store.meanwhile.lock().unwrap() = Some((&HELD_DELETIONS, meanwhile));
    house.decide(Decision::Confirm).await;
    assert_eq!(
        (house.events().await, house.waiting().await),
        (18, 12),
        "the others wait for a word of their own"
    );
}

#[tokio::test]
async fn one_item_that_may_not_be_read_stops_neither_its_page_nor_the_others() {
    let house = House::with(20).await;
    let items = house.items();
    house.outlook.world().forbidden.insert(items[0].clone());
    house.delete(&items[..2]);
    let run = house.sync().await;
    assert_eq!((run.events_deleted, run.events_failed, house.events().await), (1, 1, 19), "{run:?}");
    let logs: Vec<SyncLog> = house.all().await;
    assert_eq!(logs.last().unwrap().errors[0].event_id, items[0]);
    // A series whose dates may not be read says so, until they can be.
    let mut series = item(CALENDAR, "class".to_owned(), date(2027, 3, 22), Some(9));
    series.rule = Some(Repeat { every: Every::Weeks(1), count: None });
    let id = house.outlook.world().create(series);
    house.sync().await;
    house.outlook.world().forbidden.insert(id.clone());
    house.outlook.world().change(&id, |item| item.title = "course".to_owned());
    let run = house.sync().await;
    assert_eq!((run.state, run.events_failed), (RunPhase::Done, 1), "{run:?}");
    let of_series = async || {
        let all: Vec<Event> = house.all().await;
        all.into_iter().find(|event| event.outlook_event_id.as_deref() == Some(&id)).unwrap()
    };
    let event = of_series().await;
    assert_eq!(
        (event.sync_status, event.sync_errors),
        (SyncStatus::Error, vec!["this item may not be read".to_owned()])
    );
    house.outlook.world().forbidden.clear();
    house.run(true).await;
    let event = of_series().await;
    assert_eq!((event.title.as_str(), event.sync_status), ("course", SyncStatus::Synced));
    assert!(event.sync_errors.is_empty());
}

#[tokio::test]
async fn cancelled_dates_that_cannot_be_read_stay_as_they_were_and_are_asked_for_until_they_can() {
    let house = House::with(1).await;
    let mut series = item(CALENDAR, "class".to_owned(), date(2027, 3, 22), Some(9));
    series.rule = Some(Repeat { every: Every::Weeks(1), count: None });
    series.cancelled.insert(date(2027, 3, 29));
    let id = house.outlook.world().create(series);
    house.sync().await;
    let of_series = async || {
        let all: Vec<Event> = house.all().await;
        let event = all.into_iter().find(|event| event.outlook_event_id.as_deref() == Some(&id)).unwrap();
        (event.title, event.cancelled_occurrences)
    };
    house.outlook.world().vague.insert(id.clone());
    house.outlook.world().change(&id, |item| item.title = "course".to_owned());
    house.sync().await;
    assert_eq!(of_series().await, ("course".to_owned(), vec!["2027-03-29".to_owned()]));
    assert!(house.run(true).await.is_quiet());
    // Its mark stands, and nothing was agreed about its dates.
    house.outlook.world().vague.clear();
    house.outlook.world().items.get_mut(&id).unwrap().cancelled.insert(date(2027, 4, 5));
    house.run(true).await;
    assert_eq!(of_series().await.1, ["2027-03-29", "2027-04-05"]);
    house.outlook.world().asked_by_id.clear();
    assert!(house.run(true).await.is_quiet());
    assert_eq!(house.outlook.world().asked_by_id.len(), 0);
}

#[tokio::test]
async fn what_could_not_be_asked_for_is_asked_for_again_and_said_once() {
    let house = House::with(20).await;
    let gone = house.items()[..1].to_vec();
    house.outlook.world().forbidden.insert(gone[0].clone());
    house.delete(&gone);
    let run = house.sync().await;
    assert_eq!((run.events_deleted, run.events_failed, house.events().await), (0, 1, 20), "{run:?}");
    let (logs, held) = (house.all::<SyncLog>().await, house.all::<HeldDeletions>().await);
    let run = house.sync().await;
    assert!(run.is_quiet(), "{run:?}");
    assert_eq!((house.all::<SyncLog>().await, house.all::<HeldDeletions>().await), (logs, held));
    // What is refused besides is said.
    let also = house.items()[..1].to_vec();
    house.outlook.world().forbidden.insert(also[0].clone());
    house.delete(&also);
    let run = house.sync().await;
    assert_eq!((run.events_deleted, run.events_failed, house.events().await), (0, 1, 20), "{run:?}");
    house.outlook.world().forbidden.clear();
    let run = house.sync().await;
    assert_eq!((run.events_deleted, run.events_failed, house.events().await), (2, 0, 18), "{run:?}");
    assert!(house.all::<HeldDeletions>().await.is_empty());
    assert!(house.sync().await.is_quiet());
}

#[tokio::test]
async fn many_that_could_not_be_asked_for_make_no_few_that_were_deleted_wait() {
    let house = House::with(200).await;
    let gone = house.items()[..45].to_vec();
    house.outlook.world().forbidden.extend(gone.iter().cloned());
    house.delete(&gone);
    let run = house.sync().await;
    assert_eq!((run.events_deleted, run.events_failed, run.events_held), (0, 45, 0), "{run:?}");
    house.delete(&house.items()[..9]);
    let run = house.sync().await;
    assert_eq!((run.events_deleted, run.events_failed, run.events_held), (9, 0, 0), "{run:?}");
}

#[tokio::test]
async fn l4_a_note_written_while_a_neighbour_comes_back_from_the_archive_is_kept() {
    let house = House::with(0).await;
    let weekly = |title: &str, day| {
        let mut series = item(CALENDAR, title.to_owned(), day, Some(9));
        series.rule = Some(Repeat { every: Every::Weeks(1), count: Some(5) });
        let id = house.outlook.world().create(series);
        let replaced = day + 7.days();
        let mut recital = item(CALENDAR, format!("recital of {title}"), replaced, Some(10));
        recital.replaces = Some((id.clone(), replaced));
        house.outlook.world().create(recital);
        id
    };
    let series = [weekly("old class", date(2024, 1, 8)), weekly("class", date(2027, 3, 22))];
    house.sync().await;
    let two_years = SignedDuration::from_hours(24 * 730);
    let archived = archive::run(&house.app, None, two_years, false, &mut |_| {}).await.unwrap();
    assert_eq!((archived.events, archived.series), (2, 1));
    let of_now = async || {
        let all: Vec<Event> = house.all().await;
        all.into_iter().find(|event| event.original_date.as_deref() == Some("2027-03-29"))
    };
    let recital = of_now().await.unwrap();
    series.iter().for_each(|id| house.outlook.world().drop_exceptions(id, None));
    let app = house.app.clone();
    let meanwhile: Meanwhile = Box::pin(async move {
        let mut noted = recital.clone();
        noted.internal_notes = Some("mind the piano".to_owned());
        noted.touch(app.now());
        let mut batch = Batch::new();
        batch.replace(&noted, recital.revision).unwrap();
        app.store().commit(batch).await.unwrap();
    });
    *house.store.meanwhile.lock().unwrap() = Some((&EVENTS_ARCHIVE, meanwhile));
    house.sync().await;
    assert!(house.store.meanwhile.lock().unwrap().is_none(), "the old one came back");
    let recital = of_now().await.expect("the crew's note keeps it");
    assert_eq!(recital.internal_notes.as_deref(), Some("mind the piano"));
    assert_eq!((recital.title.as_str(), recital.outlook_event_id), ("class", None), "it was reset");
    assert_eq!(house.events().await, 3);
}

#[tokio::test]
async fn a_read_of_very_many_empty_pages_is_gone_on_with_by_the_next_run() {
    let house = House::with(12).await;
    house.create("one more");
    house.outlook.world().faults.insert(Fault::EmptyPage, 1_000);
    let run = house.run(false).await;
    assert_eq!(run.error.map(|error| error.code).as_deref(), Some("provider_goes_in_circles"));
    house.outlook.world().faults.clear();
    let run = house.sync().await;
    assert_eq!((run.pages, run.events_created), (1, 1), "{run:?}");
    assert!(house.sync().await.is_quiet());
}

#[tokio::test]
async fn a_plan_over_several_pages_is_what_a_run_does() {
    let house = House::with(0).await;
    let mut series = item(CALENDAR, "class".to_owned(), date(2027, 3, 22), Some(9));
    series.rule = Some(Repeat { every: Every::Weeks(1), count: None });
    let id = house.outlook.world().create(series);
    (0..12).for_each(|number| {
        let day = date(2027, 3, 22).checked_add(jiff::Span::new().weeks(number)).unwrap();
        let mut recital = item(CALENDAR, format!("recital {number}"), day, Some(10));
        recital.replaces = Some((id.clone(), day));
        house.outlook.world().create(recital);
    });
    let options = RunOptions::default();
    let plan = sync_run::dry_run(&house.app, &house.calendar, options).await.unwrap();
    let titles = |title: &str| plan.actions.iter().filter(|action| action.title == title).count();
    assert_eq!((plan.actions.len(), titles("class"), plan.errors.len()), (13, 1, 0), "{plan:?}");
    let run = house.sync().await;
    assert_eq!((run.pages > 2, run.events_created), (true, 13));
}
