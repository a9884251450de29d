//! What one server writes, browsers of another are told; after a gap they are told to read everything again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use app::paging::PageRequest;
use app::records::categories;
use app::{App, Notice, changes_listener};
use model::Id;
use model::collections::EVENTS;
use store::{BoxFuture, Change, Changes};
use store_mongodb::{MongoOptions, MongoStore};
use tokio::sync::broadcast::Receiver;

use crate::house::{House, object};

type Notices = Receiver<(Id, Notice)>;

/// The next notice that says something new: what is repeated is left out.
async fn next(notices: &mut Notices, said: &mut Vec<(Id, Notice)>) -> (Id, Notice) {
    loop {
        let notice = tokio::time::timeout(Duration::from_secs(30), notices.recv()).await.unwrap().unwrap();
        if !said.contains(&notice) {
            said.push(notice.clone());
            return notice;
        }
    }
}

fn listening(app: &App) -> (Notices, tokio::task::JoinHandle<()>) {
    let notices = app.hub().subscribe();
    let app = app.clone();
    (notices, tokio::spawn(async move { changes_listener::listen(&app).await }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_by_one_server_is_told_to_the_browsers_of_another() {
    let house = House::mongodb().await;
    let there = MongoStore::open(MongoOptions::at(house.database_uri())).await.unwrap();
    let there = house.before(Arc::new(there));
    let (mut notices, listener) = listening(&there);
    let everybody = Id::from_bytes([0; 12]);
    let mut said = Vec::new();
    let began = next(&mut notices, &mut said).await;
    assert_eq!(began, (everybody, Notice::ReadAgain), "what was written before may be unheard");
    said.clear();

    let calendar = house.calendar(&house.mara, "Stage").await;
    let changed = (house.mara.user_id, Notice::CalendarChanged { calendar_id: calendar.id });
    assert_eq!(next(&mut notices, &mut said).await, changed);

    let text = format!(
        "{{\"calendar_id\": \"{}\", \"title\": \"Doors\", \"start_time\": \"2026-12-01T18:00:00Z\", \
         \"end_time\": \"2026-12-01T20:00:00Z\"}}",
        calendar.id
    );
    let event = app::records::events::create(&house.app, &house.mara, object(&text), None).await.unwrap();
    let of_event = Notice::EventChanged { event_id: event.id.parse().unwrap(), calendar_id: calendar.id };
    assert_eq!(next(&mut notices, &mut said).await, (house.mara.user_id, of_event));

    // Whose calendar it was nobody knows any more.
    app::records::calendars::delete(&house.app, &house.mara, calendar.id, None).await.unwrap();
    assert_eq!(next(&mut notices, &mut said).await, (everybody, Notice::ReadAgain));
    listener.abort();
}

/// Lists of names are kept there for as long as it is heard that nobody changed one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_one_server_changed_is_read_anew_by_another() {
    let house = House::mongodb().await;
    let there = MongoStore::open(MongoOptions::at(house.database_uri())).await.unwrap();
    let there = house.before(Arc::new(there));
    let draft = object("{\"name\": \"Concert\", \"color\": \"#112233\"}");
    let id = categories::create(&house.app, &house.mara, &draft, false, None).await.unwrap().id;
    let names = async || {
        let page = categories::list(&there, &house.mara, None, PageRequest::default()).await.unwrap();
        page.items.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        assert_eq!(names().await, ["Concert"]);
    }
    assert_eq!(there.name_lists().figures().hits, 0, "nothing is kept while nobody listens");
    let (mut notices, listener) = listening(&there);
    let mut said = Vec::new();
    next(&mut notices, &mut said).await;
    for _ in 0..2 {
        assert_eq!(names().await, ["Concert"]);
    }
    assert_eq!(there.name_lists().figures().hits, 1);
    let change = object("{\"name\": \"Recital\"}");
    categories::patch(&house.app, &house.mara, id, &change, None).await.unwrap();
    // Changes are heard in their order: once this one is told, that one was heard.
    let calendar = house.calendar(&house.mara, "Stage").await;
    let later = (house.mara.user_id, Notice::CalendarChanged { calendar_id: calendar.id });
    while next(&mut notices, &mut said).await != later {}
    assert_eq!(names().await, ["Recital"]);
    listener.abort();
    assert!(listener.await.unwrap_err().is_cancelled());
    let before = there.name_lists().figures();
    for _ in 0..2 {
        names().await;
    }
    assert_eq!(there.name_lists().figures().hits, before.hits, "nobody listens any more");
}

/// Says what it was given, then nothing any more.
struct Scripted(VecDeque<Change>);

impl Changes for Scripted {
    fn next(&mut self) -> BoxFuture<'_, Change> {
        Box::pin(async {
            match self.0.pop_front() {
                Some(change) => change,
                None => std::future::pending().await,
            }
        })
    }
}

#[tokio::test]
async fn a_gap_and_what_is_gone_are_told_to_everybody_and_many_as_their_calendar() {
    let house = House::in_memory().await;
    let calendar = house.calendar(&house.mara, "Stage").await;
    let mut ids = Vec::new();
    for number in 0..21 {
        let text = format!(
            "{{\"calendar_id\": \"{}\", \"title\": \"{number}\", \"start_time\": \"2026-12-01T18:00:00Z\", \
             \"end_time\": \"2026-12-01T20:00:00Z\"}}",
            calendar.id
        );
        let event = app::records::events::create(&house.app, &house.mara, object(&text), None);
        ids.push(event.await.unwrap().id.parse::<Id>().unwrap());
    }
    let of = |id: &Id| Change::Document { collection: EVENTS.name, id: *id, owner: None };
    let mara = house.mara.user_id;
    let whole = (mara, Notice::CalendarChanged { calendar_id: calendar.id });
    let one = |id: &Id| (mara, Notice::EventChanged { event_id: *id, calendar_id: calendar.id });
    let all = (Id::from_bytes([0; 12]), Notice::ReadAgain);
    let gone = Id::from_bytes([9; 12]);
    for (script, told) in [
        (ids.iter().map(of).collect::<VecDeque<_>>(), vec![whole]),
        (ids[..2].iter().map(of).collect(), ids[..2].iter().map(one).collect()),
        ([of(&ids[0]), of(&gone)].into(), vec![all.clone(), one(&ids[0])]),
        ([of(&ids[0]), Change::Anything, of(&ids[1])].into(), vec![all]),
    ] {
        let mut notices = house.app.hub().subscribe();
        let mut said = Vec::new();
        let expected = async {
            for expected in told {
                assert_eq!(next(&mut notices, &mut said).await, expected);
            }
        };
        tokio::select! {
            () = changes_listener::listen_to(&house.app, Box::new(Scripted(script))) => panic!("it listens on"),
            () = expected => {}
        }
    }
}
