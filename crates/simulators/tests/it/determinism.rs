//! The same seed and the same calls give the same bytes.

use simulators::world::{View, World};
use simulators::{SimClock, seed};

use crate::harness::{ADA, start_time};

fn dump(seed: u64) -> String {
    let world = World::new(seed, SimClock::fixed(start_time()), 200);
    let made = seed::demo_world(&world, seed, start_time()).unwrap();
    assert_eq!(made.people[0], ADA);
    assert!((600..1_500).contains(&made.events), "{made:?}");
    let everybody =
        made.people.iter().map(|mail| serde_json::to_string(&world.summaries(mail).unwrap()).unwrap());
    everybody.collect::<Vec<_>>().join("\n")
}

#[test]
fn seeds_decide_everything() {
    assert_eq!(dump(7), dump(7));
    assert_ne!(dump(7), dump(8));
}

#[test]
fn the_demo_has_all_shapes() {
    let world = World::new(7, SimClock::fixed(start_time()), 200);
    seed::demo_world(&world, 7, start_time()).unwrap();
    let items = world.summaries(ADA).unwrap();
    assert!(items.iter().any(|item| !item.exceptions.is_empty() && !item.cancelled.is_empty()));
    let has = |member: &str, value: serde_json::Value| items.iter().any(|item| item.event[member] == value);
    assert!(
        has("isAllDay", true.into())
            && has("isOrganizer", false.into())
            && has("sensitivity", "private".into())
    );
    assert!(items.iter().any(|item| item.event["attendees"].as_array().is_some_and(|list| list.len() > 1)));
    let calendars = world.calendars(ADA).unwrap();
    let holidays = calendars.iter().find(|calendar| calendar["name"] == "Holidays").unwrap();
    assert_eq!(holidays["canEdit"], false);
    assert!(items.iter().any(|item| item.calendar == "Holidays"));
    let view = View::default().in_zone("W. Europe Standard Time").unwrap();
    let (from, until) = ("2026-10-12T00:00:00Z".parse().unwrap(), "2026-11-09T00:00:00Z".parse().unwrap());
    let planning: Vec<_> = world
        .calendar_view(ADA, None, from, until, &view)
        .unwrap()
        .into_iter()
        .filter(|event| event["subject"] == "Week planning")
        .collect();
    assert!(
        planning.len() >= 3
            && planning
                .iter()
                .all(|event| event["start"]["dateTime"].as_str().unwrap().ends_with("T09:00:00.0000000"))
    );
}

#[test]
fn the_demo_has_three_venues_ten_years_and_one_clash() {
    let world = World::new(7, SimClock::fixed(start_time()), 200);
    let made = seed::demo_world(&world, 7, start_time()).unwrap();
    let view = View::default().in_zone("UTC").unwrap();
    let mut booked = Vec::new();
    let mut stand_ups = Vec::new();
    for mail in &made.people {
        let starts = |items: &[serde_json::Value]| -> Vec<String> {
            items.iter().map(|item| item["start"]["dateTime"].as_str().unwrap().to_owned()).collect()
        };
        let span = |from: &str, until: &str, calendar: Option<&str>| {
            world.calendar_view(mail, calendar, from.parse().unwrap(), until.parse().unwrap(), &view).unwrap()
        };
        for calendar in world.calendars(mail).unwrap() {
            let id = calendar["id"].as_str();
            let items = span("2026-10-01T00:00:00Z", "2026-12-20T00:00:00Z", id);
            booked.extend(items.iter().filter(|item| item["isAllDay"] == false).map(|item| {
                let time = |member: &str| item[member]["dateTime"].as_str().unwrap().to_owned();
                let room = item["location"]["displayName"].as_str().unwrap().to_owned();
                (room, time("start"), time("end"), item["subject"].as_str().unwrap().to_owned())
            }));
            let daily: Vec<_> =
                items.into_iter().filter(|item| item["subject"] == "Stand-up for the fair").collect();
            if !daily.is_empty() {
                stand_ups.push(starts(&daily));
            }
        }
        let first = start_time() - jiff::SignedDuration::from_hours(24 * 365 * 4);
        let last = start_time() + jiff::SignedDuration::from_hours(24 * 365 * 4);
        let all = world.summaries(mail).unwrap();
        let starts: Vec<_> =
            all.iter().map(|item| item.event["start"]["dateTime"].as_str().unwrap().to_owned()).collect();
        assert!(starts.iter().any(|start| *start < first.to_string()), "{mail}");
        assert!(starts.iter().any(|start| *start > last.to_string()), "{mail}");
    }
    assert!(stand_ups.len() == 3 && stand_ups.iter().all(|starts| starts == &stand_ups[0]), "{stand_ups:?}");
    // The same meeting in three calendars is no clash.
    booked.sort();
    booked.dedup();
    let clashes: Vec<_> = booked
        .iter()
        .enumerate()
        .flat_map(|(place, one)| booked[place + 1..].iter().map(move |other| (one, other)))
        .filter(|(one, other)| one.0 == other.0 && one.1 < other.2 && other.1 < one.2)
        .collect();
    assert_eq!(clashes.len(), 1, "{clashes:#?}");
    let rooms: std::collections::BTreeSet<&str> = booked.iter().map(|one| one.0.as_str()).collect();
    for room in ["Grand Hall", "Lantern Room", "Turbine Room"] {
        assert!(rooms.contains(room), "{rooms:?}");
    }
}

#[test]
fn a_mailbox_of_ten_thousand_is_made_and_read() {
    let world = crate::harness::world();
    seed::bulk(&world, ADA, None, 10_000, 3).unwrap();
    assert_eq!(world.summaries(ADA).unwrap().len(), 10_000);
}

#[test]
fn a_mailbox_of_real_life_has_all_shapes_and_its_size() {
    let made = |seed: u64| {
        let world = crate::harness::world();
        seed::life(&world, ADA, None, 1_000, seed).unwrap();
        world.summaries(ADA).unwrap()
    };
    let items = made(3);
    assert_eq!(items.len(), 1_000);
    let count =
        |is: &dyn Fn(&simulators::world::EventSummary) -> bool| items.iter().filter(|one| is(one)).count();
    assert_eq!(count(&|item| !item.event["recurrence"].is_null()), 60);
    assert_eq!(count(&|item| item.event["isAllDay"] == true), 40);
    assert_eq!(count(&|item| !item.exceptions.is_empty()), 20);
    assert_eq!(count(&|item| !item.cancelled.is_empty()), 40);
    let text = |seed| serde_json::to_string(&made(seed)).unwrap();
    assert!(text(3) == text(3) && text(3) != text(4));
}
