//! A restore in place and a server are never at work on one store at once, however they meet.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::backup::{self, Contents, CreateOptions, Origin};
use app::lease::Lease;
use app::presence::{Beat, Moving, Presence};
use app::{App, AppError, health};
use model::collections::{LEASES, USERS};
use model::documents;
use store::{Filter, Store, TypedStore};

use crate::house::House;
use crate::meddling::Meddling;
use crate::on_every_engine;

on_every_engine!(
    a_restore_is_refused_while_an_idle_server_is_there,
    a_server_that_slept_through_a_restore_saves_nothing,
    a_server_and_a_restore_that_meet_see_each_other,
    a_move_keeps_servers_out_and_they_keep_it_out,
    what_servers_leave_behind_is_forgotten,
    leases_that_nobody_takes_any_more_are_forgotten,
    what_was_given_back_is_free_by_a_clock_set_back_too,
);

async fn backed_up(house: &House) -> (tempfile::TempDir, Contents) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let options = CreateOptions::default();
    backup::create(&house.app, &house.admin, &path, &options, &mut |_| {}).await.unwrap();
    (folder, backup::inspect(&Origin::from(path.as_path()), &mut |_| {}).unwrap())
}

fn code(error: &AppError) -> &str {
    match error {
        AppError::Conflict { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

/// A server that serves.
async fn serving(house: &House) -> (App, Presence) {
    let server = house.before(house.store.clone());
    let presence = Presence::enter(&server).await.unwrap();
    assert_eq!(presence.beat(&server).await.unwrap(), Beat::Here);
    (server, presence)
}

async fn saves(app: &App) -> bool {
    app::accounts::tidy::run(app).await.is_ok()
}

async fn leases(house: &House) -> u64 {
    house.store.count(&LEASES, Filter::All(vec![])).await.unwrap()
}

async fn what_servers_leave_behind_is_forgotten(house: House) {
    let (server, presence) = serving(&house).await;
    presence.leave(&server).await;
    assert_eq!(leases(&house).await, 0, "no other server will have its name");

    let (_killed, _) = serving(&house).await;
    house.clock().forward(23 * 3_600);
    let (server, presence) = serving(&house).await;
    assert_eq!(leases(&house).await, 2, "one that sleeps may wake");
    house.clock().forward(2 * 3_600);
    assert_eq!(presence.beat(&server).await.unwrap(), Beat::Here);
    let (_third, _) = serving(&house).await;
    assert_eq!(leases(&house).await, 2, "what was killed yesterday is gone");
    assert_eq!(presence.beat(&server).await.unwrap(), Beat::Here);
}

async fn leases_that_nobody_takes_any_more_are_forgotten(house: House) {
    let id = house.app.new_id();
    let names = ["export", "delete:calendars", "refresh", "sync"].map(|what| format!("{what}:{id}"));
    for name in &names {
        let taken = Lease::take(&house.app, name, 60_000).await.unwrap().unwrap();
        taken.release(&house.app).await;
    }
    let held = Lease::take(&house.app, "sync:held", 100 * 3_600_000).await.unwrap().unwrap();
    let kept = Lease::take(&house.app, "archive", 60_000).await.unwrap().unwrap();
    kept.release(&house.app).await;
    house.clock().forward(23 * 3_600);
    let (server, presence) = serving(&house).await;
    presence.leave(&server).await;
    assert_eq!(leases(&house).await, 6, "an attempt may still sleep");
    // Whoever takes it again within the day keeps it.
    Lease::take(&house.app, &names[3], 60_000).await.unwrap().unwrap().release(&house.app).await;
    house.clock().forward(2 * 3_600);
    let (server, presence) = serving(&house).await;
    presence.leave(&server).await;
    let left: Vec<documents::Lease> = house.store.all(Filter::All(vec![])).await.unwrap();
    let left: BTreeSet<&str> = left.iter().map(|lease| lease.name.as_str()).collect();
    assert_eq!(left, BTreeSet::from(["archive", "sync:held", &names[3]]));
    held.lengthen(&house.app, 60_000).await.unwrap();
}

async fn what_was_given_back_is_free_by_a_clock_set_back_too(house: House) {
    let lease = Lease::take(&house.app, "work", 60_000).await.unwrap().unwrap();
    let first = lease.number();
    lease.release(&house.app).await;
    house.clock().forward(-7_200);
    let again = Lease::take(&house.app, "work", 60_000).await.unwrap().unwrap();
    assert!(again.number() > first);
    assert!(Lease::take(&house.app, "work", 60_000).await.unwrap().is_none());
}

async fn a_restore_is_refused_while_an_idle_server_is_there(house: House) {
    let (_folder, contents) = backed_up(&house).await;
    let (server, presence) = serving(&house).await;
    house.calendar(&house.mara, "since").await;
    let refused = backup::restore_in_place(&house.app, &contents, None, &mut |_| {}).await.unwrap_err();
    assert_eq!(code(&refused), "store_in_use");
    assert_eq!(backup::unfinished(&*house.store).await.unwrap(), None);
    assert_eq!(presence.beat(&server).await.unwrap(), Beat::Here, "nothing was changed");
    assert!(saves(&server).await);
    presence.leave(&server).await;
    backup::restore_in_place(&house.app, &contents, None, &mut |_| {}).await.unwrap();
}

async fn a_server_that_slept_through_a_restore_saves_nothing(house: House) {
    let (_folder, contents) = backed_up(&house).await;
    let (server, presence) = serving(&house).await;
    house.clock().forward(61);
    assert!(!saves(&server).await, "it has not looked for a minute");
    assert!(server.store().count(&USERS, Filter::All(vec![])).await.is_ok(), "reading does no harm");
    assert_eq!(presence.beat(&server).await.unwrap(), Beat::Here);
    assert!(saves(&server).await);

    house.clock().forward(200);
    backup::restore_in_place(&house.app, &contents, None, &mut |_| {}).await.unwrap();
    assert!(!saves(&server).await);
    assert_eq!(presence.beat(&server).await.unwrap(), Beat::Over);
    assert!(!saves(&server).await);
    let error = server.store().count(&USERS, Filter::All(vec![])).await.unwrap_err();
    let failure = app::failure::Failure::of(&error.into()).unwrap();
    assert!(failure.detail.contains("is being restored"), "{failure:?}");
    let reason = health::ready(&server, Duration::from_secs(9)).await.unwrap_err();
    assert_eq!(reason, "the store is being restored");
}

/// A server that begins before each call of a restore in turn.
async fn a_server_and_a_restore_that_meet_see_each_other(house: House) {
    let (_folder, contents) = backed_up(&house).await;
    let (mut refused, mut shut) = (0, 0);
    for call in 0..12 {
        let server = house.before(house.store.clone());
        let met = Arc::new(Mutex::new(None));
        let meet = {
            let (server, met) = (server.clone(), met.clone());
            move |number| {
                let (server, met) = (server.clone(), met.clone());
                async move {
                    if number == call {
                        let presence = Presence::enter(&server).await.unwrap();
                        let beat = presence.beat(&server).await.unwrap();
                        *met.lock().unwrap() = Some((presence, beat));
                    }
                }
            }
        };
        let store: Arc<dyn Store> = Arc::new(Meddling::before(house.store.clone(), meet));
        let restorer = house.before(store);
        let outcome = backup::restore_in_place(&restorer, &contents, None, &mut |_| {}).await;
        let (presence, beat) = met.lock().unwrap().take().unwrap();
        match (&outcome, beat) {
            (Err(error), _) => {
                assert_eq!(code(error), "store_in_use", "{call}");
                assert_eq!(presence.beat(&server).await.unwrap(), Beat::Here, "{call}: nothing was changed");
                refused += 1;
            }
            (Ok(_), Beat::Restoring) => shut += 1,
            (Ok(_), met) => panic!("{call}: both were at work, and the server heard {met:?}"),
        }
        assert_eq!(backup::unfinished(&*house.store).await.unwrap(), None);
        presence.leave(&server).await;
    }
    assert!(refused >= 2 && shut >= 2, "{refused} {shut}");
}

async fn a_move_keeps_servers_out_and_they_keep_it_out(house: House) {
    let (server, presence) = serving(&house).await;
    assert_eq!(code(&Moving::begin(&house.app).await.unwrap_err()), "store_in_use");
    presence.leave(&server).await;
    let moving = Moving::begin(&house.app).await.unwrap();
    moving.go_on(&house.app).await.unwrap();
    assert_eq!(code(&Presence::enter(&server).await.unwrap_err()), "store_in_use");
    assert_eq!(code(&Moving::begin(&server).await.unwrap_err()), "store_in_use");
    moving.end(&house.app).await;
    let (server, presence) = serving(&house).await;
    presence.leave(&server).await;
}
