//! Lists and mailboxes that cannot be asked at this moment.

use super::*;

#[tokio::test]
async fn who_waits_to_ask_again_hears_of_a_longer_pause_meanwhile() {
    let house = House::with(1).await;
    house.outlook.world().throttled.insert("ada".to_owned(), 7_000);
    let (app, outlook, user) = (house.app.clone(), house.outlook.clone(), house.caller.user_id);
    *house.pause.meanwhile.lock().unwrap() = Some(Box::pin(async move {
        outlook.world().throttled.insert("ada".to_owned(), 300_000);
        sync_run::refresh_calendars(&app, user).await.unwrap_err();
    }));
    let run = house.run(false).await;
    assert_eq!(run.error.unwrap().code, "asked_to_wait");
    assert_eq!(house.outlook.world().requests.get("ada"), Some(&2));
}

#[tokio::test]
async fn a_mailbox_that_asked_for_a_pause_is_left_alone_for_so_long() {
    let house = House::with(1).await;
    house.outlook.world().throttled.insert("ada".to_owned(), 300_000);
    let asked = || house.outlook.world().requests.get("ada").copied().unwrap_or(0);
    let mut everybody = Everybody::new(house.app.clone());
    everybody.tick().await.unwrap();
    while everybody.turn().await.is_some() {}
    assert_eq!(asked(), 1);
    for _ in 0..4 {
        house.clock.advance_ms(60_000);
        everybody.tick().await.unwrap();
        while everybody.turn().await.is_some() {}
    }
    assert_eq!(asked(), 1);
    // Who presses is told until when.
    let run = house.run(false).await;
    let error = run.error.unwrap();
    assert_eq!(error.code, "asked_to_wait");
    assert!(error.message.contains("2027-03-20T08:05:01Z"), "{error:?}");
    assert_eq!(asked(), 1);
    house.outlook.world().throttled.clear();
    house.clock.advance_ms(60_001);
    everybody.tick().await.unwrap();
    while everybody.turn().await.is_some() {}
    assert_eq!(house.sync().await.state, RunPhase::Done);
}

#[tokio::test]
async fn a_calendar_that_somebody_else_has_connected_is_left_out_and_said() {
    let house = House::with(0).await;
    let mut other = User::new(house.app.new_id(), "bob", "bob@example.org", "Bob", Role::User);
    let mut taken = Calendar::local(house.app.new_id(), other.id, "Shared", "#336699");
    taken.outlook_calendar_id = Some("shared".to_owned());
    other.touch(house.app.now());
    taken.touch(house.app.now());
    let mut batch = Batch::new();
    batch.insert(&other).unwrap();
    batch.insert(&taken).unwrap();
    house.app.store().commit(batch).await.unwrap();
    let names = [CALENDAR, "shared", "attic"].map(str::to_owned);
    house.outlook.world().calendars.insert("ada".to_owned(), names.to_vec());
    for _ in 0..2 {
        let error =
            sync_run::refresh_calendars(&house.app, house.caller.user_id).await.unwrap_err().to_string();
        assert!(error.contains("\"shared\""), "{error}");
    }
    let mine: Vec<Calendar> =
        house.app.store().all(Filter::eq("user_id", house.caller.user_id)).await.unwrap();
    let mut ids: Vec<String> = mine.into_iter().filter_map(|calendar| calendar.outlook_calendar_id).collect();
    ids.sort();
    assert_eq!(ids, ["attic", CALENDAR]);
}

#[tokio::test]
async fn who_was_deleted_while_outlook_answered_gets_no_calendars() {
    let house = House::with(0).await;
    house.outlook.world().calendars.insert("ada".to_owned(), vec![CALENDAR.to_owned(), "attic".to_owned()]);
    let (store, person) = (house.store.clone(), house.caller.user_id);
    *house.store.meanwhile.lock().unwrap() = Some((
        &CALENDARS,
        Box::pin(async move {
            let mut batch = Batch::new();
            batch.delete(User::COLLECTION, Filter::eq("_id", person));
            store.inner.commit(batch).await.unwrap();
        }),
    ));
    let error = sync_run::refresh_calendars(&house.app, person).await.unwrap_err();
    assert!(matches!(error, AppError::NotFound { what: "user" }), "{error:?}");
    let here: Vec<Calendar> = house.app.store().all(Filter::eq("user_id", person)).await.unwrap();
    assert_eq!(here.len(), 1, "no calendar without an owner: {here:?}");
}

#[tokio::test]
async fn a_list_of_calendars_that_cannot_be_read_is_seen() {
    let house = House::with(0).await;
    let mut batch = Batch::new();
    batch.delete(Calendar::COLLECTION, Filter::eq("_id", house.calendar.id));
    house.app.store().commit(batch).await.unwrap();
    house.outlook.world().broken.insert("ada".to_owned());
    let options = RunOptions { full: false, asked_for: true };
    let begun = sync_run::start(&house.app, &house.caller, None, options).await.unwrap();
    assert_eq!(begun.len(), 1);
    while house.all::<SyncLog>().await.is_empty() {
        tokio::task::yield_now().await;
    }
    let runs = house.app.runs().recent(Some(house.caller.user_id));
    assert_eq!((runs[0].run_id, runs[0].state), (begun[0].run_id, RunPhase::Failed), "{runs:?}");
    assert_eq!(runs[0].error.as_ref().unwrap().code, "model_broken");
}
