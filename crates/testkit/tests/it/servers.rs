//! Two servers on one store: one refresh however many ask (S25), one run a calendar (L9), a broken mailbox that holds
//! up nobody (L21).

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use app::connections::{access_token, replace_refused_token, store_tokens};
use app::lease::Lease;
use app::sealing::Sealer;
use app::sync_run::everybody::{Everybody, PEOPLE_AT_ONCE};
use app::sync_run::{RunOptions, RunPhase, run_calendar};
use app::{App, Parts, Settings};
use jiff::civil::date;
use model::documents::{Calendar, Event, Record, Role, User};
use model::schema::Collection;
use model::{Clock, Id};
use secrecy::ExposeSecret;
use store::contract::MemoryStore;
use store::{Batch, BoxFuture, Document, Filter, Layer, Store, StoreError, TypedStore};
use testkit::ambient::{CountingIds, SeededEntropy, TestClock};
use testkit::simulation::outlook::ModelOutlook;
use testkit::simulation::world::item;

struct House {
    outlook: Arc<ModelOutlook>,
    clock: TestClock,
    servers: Vec<App>,
}

impl House {
    fn new(servers: usize) -> Self {
        Self::on(Arc::new(MemoryStore::new()), servers)
    }

    fn on(store: Arc<dyn Store>, servers: usize) -> Self {
        let clock = TestClock::at("2027-03-20T08:00:00Z".parse().unwrap());
        let outlook = Arc::new(ModelOutlook::new(1, clock.clone(), 5, Default::default()));
        let entropy = Arc::new(SeededEntropy::new(1));
        let ids = Arc::new(CountingIds::default());
        let sealer = Sealer::from_keys(&Sealer::generate_key("k", &*entropy)).unwrap();
        let server = |number| {
            App::new(Parts {
                store: store.clone(),
                clock: Arc::new(clock.clone()),
                ids: ids.clone(),
                entropy: entropy.clone(),
                outlook: Some(outlook.clone()),
                sealer: sealer.clone(),
                settings: Settings::default(),
                timer: Arc::new(clock.clone()),
                process: format!("server-{number}"),
            })
        };
        let servers = (0..servers).map(server).collect();
        Self { outlook, clock, servers }
    }

    fn app(&self) -> &App {
        &self.servers[0]
    }

    async fn person(&self, name: &str) -> (Id, Calendar) {
        let app = self.app();
        let mut user = User::new(app.new_id(), name, &format!("{name}@example.org"), name, Role::User);
        store_tokens(app, &mut user, &self.outlook.tokens(name)).unwrap();
        let mut calendar = Calendar::local(app.new_id(), user.id, name, "#336699");
        calendar.outlook_calendar_id = Some(format!("calendar of {name}"));
        user.touch(app.now());
        calendar.touch(app.now());
        let mut batch = Batch::new();
        batch.insert(&user).unwrap();
        batch.insert(&calendar).unwrap();
        app.store().commit(batch).await.unwrap();
        self.outlook.world().calendars.insert(name.to_owned(), vec![format!("calendar of {name}")]);
        (user.id, calendar)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s25_one_refresh_for_two_servers_and_a_hundred_callers() {
    let house = House::new(2);
    let (user, _) = house.person("ada").await;
    house.clock.advance_ms(2 * 3_600_000);
    let mut asked = Vec::new();
    for number in 0..100 {
        let app = house.servers[number % 2].clone();
        asked.push(tokio::spawn(async move {
            loop {
                match access_token(&app, user).await {
                    Ok(token) => break token.expose_secret().to_owned(),
                    // The other server is refreshing at this moment: its answer is adopted when asked again.
                    Err(error) if error.to_string().contains("refreshing") => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    let mut tokens = BTreeSet::new();
    for one in asked {
        tokens.insert(one.await.unwrap());
    }
    assert_eq!(
        house.outlook.world().refreshes,
        1,
        "strict rotation: a second refresh would have killed the grant"
    );
    assert_eq!(tokens.len(), 1);
}

#[tokio::test]
async fn s25_a_refused_token_that_somebody_replaced_is_adopted_not_refreshed_again() {
    let house = House::new(2);
    let (user, _) = house.person("ada").await;
    let refused = access_token(house.app(), user).await.unwrap();
    let first = replace_refused_token(&house.servers[0], user, &refused).await.unwrap();
    let second = replace_refused_token(&house.servers[1], user, &refused).await.unwrap();
    assert_eq!(first.expose_secret(), second.expose_secret());
    assert_eq!(house.outlook.world().refreshes, 1);
}

#[tokio::test]
async fn s25_a_run_waits_for_the_refresh_of_another_server() {
    let house = House::new(2);
    let (user, calendar) = house.person("ada").await;
    house.clock.advance_ms(2 * 3_600_000);
    // The other one dies in the midst of it, and waiting moves the clock on to where its lease ends.
    let refresh = format!("refresh:{user}");
    assert!(Lease::take(&house.servers[1], &refresh, 1_500).await.unwrap().is_some());
    let run = run_calendar(house.app(), calendar.clone(), RunOptions::default()).await;
    assert_eq!((run.state, run.error), (RunPhase::Done, None));
    assert_eq!(house.outlook.world().refreshes, 1);
    // When that takes too long, the run fails; Outlook has asked for no pause.
    house.clock.advance_ms(2 * 3_600_000);
    assert!(Lease::take(&house.servers[1], &refresh, 5_000).await.unwrap().is_some());
    for _ in 0..2 {
        let run = run_calendar(house.app(), calendar.clone(), RunOptions::default()).await;
        let code = run.error.map(|error| error.code);
        assert!(code.as_deref() == Some("refresh_under_way") || run.state == RunPhase::Done, "{code:?}");
    }
    assert_eq!(house.outlook.world().refreshes, 2);
}

#[tokio::test]
async fn s25_a_hiccup_of_the_sign_in_server_fails_no_run() {
    let house = House::new(1);
    let (_, calendar) = house.person("ada").await;
    house.clock.advance_ms(2 * 3_600_000);
    house.outlook.world().refreshes_away = 2;
    let run = run_calendar(house.app(), calendar.clone(), RunOptions::default()).await;
    assert_eq!((run.state, run.error), (RunPhase::Done, None));
    house.outlook.refuse_token("ada");
    house.outlook.world().refreshes_away = 2;
    let run = run_calendar(house.app(), calendar, RunOptions::default()).await;
    assert_eq!((run.state, run.error), (RunPhase::Done, None));
    assert_eq!(house.outlook.world().refreshes, 2);
}

/// A store that lets everybody else go on before each of its calls.
struct Yielding(MemoryStore);

impl Layer for Yielding {
    fn inner(&self) -> &dyn Store {
        &self.0
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.get(collection, id).await
        })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.commit(batch).await
        })
    }
}

#[tokio::test]
async fn s25_a_refresh_whose_caller_goes_away_is_not_lost() {
    for polls in 1.. {
        let house = House::on(Arc::new(Yielding(MemoryStore::new())), 1);
        let (user, _) = house.person("ada").await;
        house.clock.advance_ms(2 * 3_600_000);
        let mut caller = Box::pin(access_token(house.app(), user));
        let mut has_ended = false;
        for _ in 0..polls {
            has_ended = poll_fn(|context| Poll::Ready(caller.as_mut().poll(context).is_ready())).await;
            if has_ended {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(caller);
        access_token(house.app(), user).await.unwrap();
        assert_eq!(house.outlook.world().refreshes, 1, "the caller went away after {polls} polls");
        if has_ended {
            assert!(polls > 1);
            break;
        }
    }
}

#[tokio::test]
async fn l9_a_worker_that_slept_past_its_lease_writes_nothing() {
    let house = House::new(2);
    let slow = Lease::take(&house.servers[0], "sync:x", 1_000).await.unwrap().unwrap();
    assert!(Lease::take(&house.servers[1], "sync:x", 1_000).await.unwrap().is_none(), "it is held");
    house.clock.advance_ms(1_001);
    let next = Lease::take(&house.servers[1], "sync:x", 1_000).await.unwrap().unwrap();
    let mut batch = Batch::new();
    batch.writes.push(slow.fence(&house.servers[0], 1_000));
    assert!(house.app().store().commit(batch).await.is_err(), "the slow worker's fence must fail");
    let mut batch = Batch::new();
    batch.writes.push(next.fence(&house.servers[1], 1_000));
    house.app().store().commit(batch).await.unwrap();
    next.release(&house.servers[1]).await;
    assert!(Lease::take(&house.servers[0], "sync:x", 1_000).await.unwrap().is_some(), "it was given back");
}

#[tokio::test]
async fn l21_a_broken_mailbox_holds_up_nobody_and_says_why() {
    let house = House::new(1);
    let (_, broken) = house.person("broken").await;
    let (_, whole) = house.person("whole").await;
    house.outlook.world().create(item("calendar of whole", "Fair".into(), date(2027, 3, 22), Some(9)));
    house.outlook.world().broken.insert("broken".to_owned());
    let run = run_calendar(house.app(), broken.clone(), RunOptions::default()).await;
    assert_eq!(run.state, RunPhase::Failed);
    let error = run.error.unwrap();
    assert!(!error.advice.is_empty() && error.code == "model_broken", "{error:?}");
    let shown: Calendar = house.app().store().read(broken.id).await.unwrap().unwrap();
    assert!(shown.sync_error.is_some() && shown.last_synced.is_none());
    let run = run_calendar(house.app(), whole, RunOptions::default()).await;
    assert_eq!((run.state, run.events_created), (RunPhase::Done, 1), "the other is broken still");
    let events: Vec<Event> = house.app().store().all(Filter::All(Vec::new())).await.unwrap();
    assert_eq!(events.len(), 1);
    // The flag clears itself once it works again.
    house.outlook.world().broken.clear();
    run_calendar(house.app(), broken.clone(), RunOptions::default()).await;
    let shown: Calendar = house.app().store().read(broken.id).await.unwrap().unwrap();
    assert_eq!((shown.sync_error, shown.last_synced), (None, Some(house.clock.now())));
}

#[tokio::test]
async fn l21_the_background_sync_reads_everybody_beside_a_broken_and_a_stalled_mailbox() {
    let house = House::new(1);
    let names = ["a", "broken", "b", "stalled", "c", "d", "e", "f"];
    let mut people = BTreeMap::new();
    for name in names {
        people.insert(house.person(name).await.0, name);
        house.outlook.world().create(item(
            &format!("calendar of {name}"),
            "Fair".into(),
            date(2027, 3, 22),
            Some(9),
        ));
    }
    house.outlook.world().broken.insert("broken".to_owned());
    house.outlook.world().stalled.insert("stalled".to_owned());
    let mut everybody = Everybody::new(house.app().clone());
    for round in 1..=2 {
        everybody.tick().await.unwrap();
        assert_eq!(everybody.under_way(), PEOPLE_AT_ONCE);
        // The stalled one keeps its place in both rounds; everybody else has a turn in each.
        let mut turns = Vec::new();
        for _ in 1..names.len() {
            turns.push(people[&everybody.turn().await.unwrap()]);
        }
        turns.sort_unstable();
        assert_eq!(turns, ["a", "b", "broken", "c", "d", "e", "f"], "round {round}");
        assert_eq!(everybody.under_way(), 1);
        let events: Vec<Event> = house.app().store().all(Filter::All(Vec::new())).await.unwrap();
        assert_eq!(events.len(), 6 * round, "round {round}");
        for name in ["a", "b", "c", "d", "e", "f"] {
            house.outlook.world().create(item(
                &format!("calendar of {name}"),
                "Ball".into(),
                date(2027, 3, 23),
                None,
            ));
        }
    }
    let calendars: Vec<Calendar> = house.app().store().all(Filter::All(Vec::new())).await.unwrap();
    for calendar in calendars {
        let whose = people[&calendar.user_id];
        let is_broken = whose == "broken";
        assert_eq!(calendar.sync_error.is_some(), is_broken, "{calendar:?}");
        assert_eq!(calendar.last_synced.is_some(), !is_broken && whose != "stalled", "{calendar:?}");
    }
    // When the server stops, what is under way is let go, and another process takes over.
    drop(everybody);
    house.outlook.world().stalled.clear();
    house.clock.advance_ms(60_000);
    let mut next = Everybody::new(house.app().clone());
    next.tick().await.unwrap();
    while next.turn().await.is_some() {}
    let events: Vec<Event> = house.app().store().all(Filter::All(Vec::new())).await.unwrap();
    assert!(
        events.iter().any(|event| Some(&event.user_id)
            == people.iter().find(|(_, name)| **name == "stalled").map(|(id, _)| id))
    );
}
