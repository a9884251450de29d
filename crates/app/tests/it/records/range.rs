//! Listing a range against the plain meaning of it: every event looked at, one by one.

use app::paging::PageRequest;
use app::records::events::{self, Expand, Filters, RangeQuery};
use app::records::occurrences::{Expansion, Window};
use app::records::seed::{SeedSpec, seed};
use app::{AppError, Caller, Via};
use jiff::{SignedDuration, Timestamp};
use model::documents::{Event, Role, User};
use serde_json::Value;
use store::{Filter, TypedStore};

use crate::house::House;

crate::on_every_engine!(
    a_range_is_what_looking_at_every_event_finds,
    pages_put_together_are_the_whole,
    a_listing_without_ends_has_everything_once,
    filters_narrow,
    impossible_ranges_are_refused,
    people_see_their_own,
);

const SPEC: SeedSpec = SeedSpec { users: 2, events: 600, years: 1, random_seed: 5, around: None };

async fn seeded(house: &House) -> Vec<Caller> {
    seed(&house.app, SPEC, &mut |_, _| {}).await.unwrap();
    let people: Vec<User> = house.app.store().all(Filter::eq("role", "user")).await.unwrap();
    let seeded = people.into_iter().filter(|user| user.outlook_user_id.starts_with("seed-"));
    seeded.map(|user| Caller { user_id: user.id, role: Role::User, via: Via::Session(user.id) }).collect()
}

async fn whole(house: &House, caller: &Caller, mut query: RangeQuery, limit: u32) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        query.page = PageRequest::read(Some(limit), cursor.as_deref()).unwrap();
        let page = events::range(&house.app, caller, query.clone()).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        items.extend(page.items.iter().map(|item| serde_json::from_str::<Value>(item).unwrap()));
        if page.next_cursor.is_none() {
            return items;
        }
        cursor = page.next_cursor;
    }
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["_id"].as_str().unwrap().to_owned()).collect()
}

/// By looking at every event: (start of what it occupies, id) in order.
async fn expected(house: &House, caller: &Caller, window: Window, occupied: bool) -> Vec<String> {
    let all: Vec<Event> = house.app.store().all(Filter::eq("user_id", caller.user_id)).await.unwrap();
    let mut found: Vec<(Timestamp, String)> = Vec::new();
    for event in all.iter().filter(|event| event.removed_at.is_none()) {
        if event.is_recurring {
            let exceptions = all.iter().filter(|other| other.recurrence_master_id == Some(event.id));
            let dates = exceptions.map(|other| other.original_date.as_ref().unwrap().parse().unwrap());
            let expansion = Expansion::new(event.clone(), dates);
            let everything = Window { from: Timestamp::UNIX_EPOCH, until: sync::local::far_future() };
            found.extend(expansion.between(everything, false, Timestamp::MIN).filter_map(|one| {
                let (from, until) =
                    if occupied { (one.occupied_from, one.occupied_until) } else { (one.start, one.end) };
                window.overlaps(from, until).then(|| (one.occupied_from, expansion.name(&one)))
            }));
        } else {
            let (from, until) = if occupied {
                (event.occupied_from, event.occupied_until)
            } else {
                (event.start_time, event.end_time)
            };
            if window.overlaps(from, until) {
                found.push((event.occupied_from, event.id.to_string()));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

fn windows(house: &House) -> Vec<Window> {
    let today = house.app.now();
    let hours = |hours: i64| today + SignedDuration::from_hours(hours);
    [
        (-24, 24),
        (0, 24 * 31),
        (-24 * 200, 24 * 199),
        (24 * 30, 24 * 37),
        (-24 * 4, -24 * 4 + 1),
        (24 * 400, 24 * 700),
    ]
    .map(|(from, until)| Window { from: hours(from), until: hours(until) })
    .to_vec()
}

fn query(window: Window) -> RangeQuery {
    RangeQuery { from: Some(window.from), to: Some(window.until), ..RangeQuery::default() }
}

async fn a_range_is_what_looking_at_every_event_finds(house: House) {
    let people = seeded(&house).await;
    let mut seen = 0;
    for window in windows(&house) {
        for occupied in [false, true] {
            let items = whole(&house, &people[0], RangeQuery { occupied, ..query(window) }, 500).await;
            let expected = expected(&house, &people[0], window, occupied).await;
            assert_eq!(ids(&items), expected, "{window:?} {occupied}");
            seen += items.len();
        }
    }
    assert!(seen > 500, "{seen} items prove little");
}

async fn pages_put_together_are_the_whole(house: House) {
    let people = seeded(&house).await;
    for window in &windows(&house)[..3] {
        let all = ids(&whole(&house, &people[0], query(*window), 500).await);
        for limit in [1, 7, 100] {
            if limit == 1 && all.len() > 100 {
                continue;
            }
            assert_eq!(ids(&whole(&house, &people[0], query(*window), limit).await), all, "{limit}");
        }
    }
}

async fn a_listing_without_ends_has_everything_once(house: House) {
    let people = seeded(&house).await;
    let all: Vec<Event> = house.app.store().all(Filter::eq("user_id", people[0].user_id)).await.unwrap();
    let mut order: Vec<_> = all.iter().map(|event| (event.occupied_from, event.id)).collect();
    order.sort();
    let order: Vec<String> = order.into_iter().map(|(_, id)| id.to_string()).collect();
    assert_eq!(ids(&whole(&house, &people[0], RangeQuery::default(), 53).await), order);
    let one: Event = all.into_iter().next().unwrap();
    let target = one.id.to_string().parse().unwrap();
    events::delete(&house.app, &people[0], target, None).await.unwrap();
    let live = whole(&house, &people[0], RangeQuery::default(), 500).await;
    let with_removed = RangeQuery { include_removed: true, ..RangeQuery::default() };
    let with_removed = whole(&house, &people[0], with_removed, 53).await;
    assert_eq!(with_removed.len(), order.len());
    assert!(live.len() < order.len());
}

async fn filters_narrow(house: House) {
    let people = seeded(&house).await;
    let window = windows(&house)[2];
    let all = whole(&house, &people[0], query(window), 500).await;
    let has = |item: &Value, field: &str, wanted: &str| {
        item[field] == wanted
            || item[field].as_array().is_some_and(|list| list.iter().any(|one| one == wanted))
    };
    let room = all.iter().find_map(|item| item["location"].as_str()).unwrap();
    let person = all.iter().find_map(|item| item["staff_assigned"][0].as_str()).unwrap();
    let cases: [(Filters, &str, &str); 5] = [
        (Filters { location: Some(room.into()), ..Filters::default() }, "location", room),
        (Filters { category: Some("Concert".into()), ..Filters::default() }, "categories", "Concert"),
        (Filters { staff: Some(person.into()), ..Filters::default() }, "staff_assigned", person),
        (
            Filters { internal_category: Some("Rental".into()), ..Filters::default() },
            "internal_category",
            "Rental",
        ),
        (
            Filters { priority_level: Some(model::documents::PriorityLevel::High), ..Filters::default() },
            "priority_level",
            "high",
        ),
    ];
    for (filters, field, wanted) in cases {
        let narrowed = whole(&house, &people[0], RangeQuery { filters, ..query(window) }, 500).await;
        let expected: Vec<Value> = all.iter().filter(|item| has(item, field, wanted)).cloned().collect();
        assert!(!expected.is_empty(), "{field}");
        assert_eq!(ids(&narrowed), ids(&expected), "{field}");
    }
    let filters = Filters { q: Some("jazz".into()), ..Filters::default() };
    let found = whole(&house, &people[0], RangeQuery { filters, ..query(window) }, 500).await;
    assert!(!found.is_empty() && found.iter().all(|item| item.to_string().to_lowercase().contains("jazz")));
}

async fn impossible_ranges_are_refused(house: House) {
    let at = |text: &str| Some(text.parse().unwrap());
    let cases = [
        RangeQuery {
            from: at("2026-11-02T00:00:00Z"),
            to: at("2026-11-02T00:00:00Z"),
            ..RangeQuery::default()
        },
        RangeQuery {
            from: at("2026-11-02T00:00:00Z"),
            to: at("2028-11-02T00:00:00Z"),
            ..RangeQuery::default()
        },
        RangeQuery { expand: Some(Expand::Occurrences), ..RangeQuery::default() },
    ];
    for query in cases {
        match events::range(&house.app, &house.mara, query.clone()).await {
            Err(AppError::Invalid { errors, .. }) => assert_eq!(errors[0].field, "to"),
            other => panic!("{query:?}: {other:?}"),
        }
    }
    let long = RangeQuery {
        from: at("2026-11-02T00:00:00Z"),
        to: at("2028-11-02T00:00:00Z"),
        expand: Some(Expand::Series),
        ..RangeQuery::default()
    };
    events::range(&house.app, &house.mara, long).await.unwrap();
}

async fn people_see_their_own(house: House) {
    let people = seeded(&house).await;
    let window = windows(&house)[2];
    let own = whole(&house, &people[0], query(window), 500).await;
    assert!(own.iter().all(|item| item["user_id"] == people[0].user_id.to_string()));
    let filters = Filters { user_id: Some(people[0].user_id), ..Filters::default() };
    let narrowed = RangeQuery { filters, ..query(window) };
    assert_eq!(whole(&house, &house.jonas, narrowed.clone(), 500).await, Vec::<Value>::new());
    assert_eq!(ids(&whole(&house, &house.admin, narrowed, 500).await), ids(&own));
    assert!(whole(&house, &house.admin, query(window), 500).await.len() > own.len());
}
