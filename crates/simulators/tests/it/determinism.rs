//! The same seed and the same calls give the same bytes.

use simulators::world::{View, World};
use simulators::{SimClock, seed};

use crate::harness::{ADA, start_time};

fn dump(seed: u64) -> String {
    let world = World::new(seed, SimClock::fixed(start_time()), 200);
    let made = seed::demo_world(&world, seed, start_time()).unwrap();
    assert_eq!(made.people[0], ADA);
    assert!((250..1_500).contains(&made.events), "{made:?}");
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
fn a_mailbox_of_ten_thousand_is_made_and_read() {
    let world = crate::harness::world();
    seed::bulk(&world, ADA, None, 10_000, 3).unwrap();
    assert_eq!(world.summaries(ADA).unwrap().len(), 10_000);
}
