//! A page of events costs the server a page, wherever in the listing it is: nothing is sorted that an index has in order.
//! Asked of a MongoDB where there is one; what is built for it is shown in `src/order.rs`.

use std::io::Write as _;

use jiff::Timestamp;
use model::collections::EVENTS;
use model::documents::{Event, Record, SPAN_CLASSES};
use store::{Batch, Filter, Order, Query, Store};

use crate::house::{House, number};

const EVENTS_THERE: u32 = 2_000;
const PAGE: u32 = 20;

fn event(of: u32) -> Event {
    let start = Timestamp::from_second(i64::from(of) * 1_800).expect("a time");
    // An hour, or twelve, or four days: of several classes.
    let length_h = [1, 12, 96][of as usize % 3];
    let end = Timestamp::from_second(start.as_second() + length_h * 3_600).expect("a time");
    let mut event = Event::new(number(of), number(1), number(2), "event", start, end);
    event.derive();
    event.touch(start);
    event
}

fn of_all_classes() -> Query {
    let classes = SPAN_CLASSES.iter().map(|class| Filter::eq("span_class", class.number)).collect();
    let filter = Filter::All(vec![Filter::eq("user_id", number(1)), Filter::Any(classes)]);
    Query::of(&EVENTS, filter).sorted("occupied_from", Order::Ascending).limit(PAGE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_events_costs_a_page_wherever_it_is() {
    let house = House::new();
    let store = house.open().await;
    for some in (0..EVENTS_THERE).collect::<Vec<_>>().chunks(500) {
        let mut batch = Batch::new();
        some.iter().for_each(|of| batch.insert(&event(*of)).expect("it is JSON"));
        store.commit(batch).await.expect("it writes");
    }
    let is_stand_in = mongodb_server::server().expect("a server").is_stand_in();
    if is_stand_in {
        let _ = writeln!(
            std::io::stderr(),
            "not asked of the stand-in, whose planner is not MongoDB's: how many documents a page of events costs"
        );
    }
    let (mut after, mut given) = (None, 0);
    loop {
        let query = of_all_classes().after(after);
        if !is_stand_in && given % 500 == 0 {
            let (stages, examined) = store.work(query.clone()).await.expect("a plan");
            assert!(!stages.iter().any(|stage| stage == "SORT"), "{stages:?}");
            assert!(examined <= i64::from(PAGE) * 3, "{examined} documents after {given}");
        }
        let page = store.find(query).await.expect("a page");
        for document in &page.documents {
            assert_eq!(document.id, number(given));
            given += 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(given, EVENTS_THERE);
}
