//! The laws of change tracking, one by one, on the world without HTTP.

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::{Value, json};
use simulators::world::{
    Actor, CalendarSpec, DeltaLink, DeltaPage, DeltaQuery, Refusal, Switches, SyncStateLost, Tracked, View,
    World,
};

use crate::harness::{ADA, JONAS, timed, weekly, world};

pub(crate) fn window() -> Tracked {
    Tracked::Window { from: at("2026-11-01T00:00:00Z"), until: at("2026-12-01T00:00:00Z") }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn page(world: &World, token: Option<&str>, tracked: Tracked) -> Result<DeltaPage, Refusal> {
    world.delta(ADA, None, &DeltaQuery { tracked, token, page_size: 100, repeat: false }, &View::default())
}

/// A whole round: its items and the token of the next.
fn round(world: &World, token: Option<&str>) -> (Vec<Value>, String) {
    match page(world, token, window()).unwrap() {
        DeltaPage { items, link: DeltaLink::Delta(token) } => (items, token),
        other => panic!("{other:?}"),
    }
}

fn kinds(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| if item.get("@removed").is_some() { "removed" } else { item["type"].as_str().unwrap() })
        .collect()
}

fn create(world: &World, body: &Value) -> String {
    world.create_event(Actor::Person, ADA, None, body).unwrap().id
}

fn edit(world: &World, id: &str, body: &Value) {
    world.edit_event(Actor::Person, ADA, id, None, body).unwrap();
}

#[test]
fn no_change_is_an_empty_page_with_a_link_that_works_again() {
    let world = world();
    create(&world, &timed("One", "2026-11-10T09:00:00", "2026-11-10T10:00:00"));
    let (items, token) = round(&world, None);
    assert_eq!(kinds(&items), ["singleInstance"]);
    let (items, next) = round(&world, Some(&token));
    assert!(items.is_empty());
    assert!(round(&world, Some(&token)).0.is_empty() && round(&world, Some(&next)).0.is_empty());
}

#[test]
fn occurrences_are_skeletons_and_exceptions_are_whole() {
    let world = world();
    let id = create(&world, &weekly("Planning"));
    let changes = json!({"subject": "Planning, later", "start": timed("", "2026-11-09T11:00:00", "")["start"], "end": timed("", "", "2026-11-09T12:00:00")["end"]});
    world.edit_occurrence(Actor::Person, ADA, &id, date(2026, 11, 9), &changes).unwrap();
    let (items, _) = round(&world, None);
    assert_eq!(
        kinds(&items),
        ["seriesMaster", "occurrence", "exception", "occurrence", "occurrence", "occurrence"]
    );
    let mut members: Vec<&str> = items[1].as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"]);
    let exception = &items[2];
    assert_eq!(exception["subject"], "Planning, later");
    assert_eq!(exception["occurrenceId"], format!("OID.{id}.2026-11-09"));
    assert_eq!(exception["uid"], items[0]["uid"]);
    assert_ne!(exception["iCalUId"], items[0]["iCalUId"]);
    assert!(exception.get("originalStart").is_none());
    assert_eq!(items[0]["recurrence"]["range"]["endDate"], "0001-01-01");
    assert_eq!(items[0]["recurrence"]["pattern"]["month"], 0);
}

#[test]
fn a_series_over_the_clock_change_stays_at_nine() {
    let world = world();
    let mut body = weekly("Planning");
    body["start"]["dateTime"] = json!("2026-10-19T09:00:00");
    body["end"]["dateTime"] = json!("2026-10-19T10:00:00");
    body["recurrence"]["range"]["startDate"] = json!("2026-10-19");
    create(&world, &body);
    let view = View::default().in_zone("Europe/Berlin").unwrap();
    let events = world
        .calendar_view(ADA, None, at("2026-10-19T00:00:00Z"), at("2026-11-10T00:00:00Z"), &view)
        .unwrap();
    let starts: Vec<&str> = events.iter().map(|event| event["start"]["dateTime"].as_str().unwrap()).collect();
    assert_eq!(starts.len(), 4);
    assert!(starts.iter().all(|start| start.ends_with("T09:00:00.0000000")), "{starts:?}");
    let utc = world
        .calendar_view(ADA, None, at("2026-10-19T00:00:00Z"), at("2026-11-10T00:00:00Z"), &View::default())
        .unwrap();
    assert_eq!(utc[0]["start"]["dateTime"], "2026-10-19T07:00:00.0000000");
    assert_eq!(utc[1]["start"]["dateTime"], "2026-10-26T08:00:00.0000000");
}

#[test]
fn a_changed_series_is_told_whole_and_a_cancelled_day_is_absent() {
    let world = world();
    let id = create(&world, &weekly("Planning"));
    let (first, token) = round(&world, None);
    world.delete_occurrence(Actor::Person, ADA, &id, date(2026, 11, 16)).unwrap();
    let (items, _) = round(&world, Some(&token));
    assert_eq!(kinds(&items), ["seriesMaster", "occurrence", "occurrence", "occurrence", "occurrence"]);
    let gone: Vec<&Value> = first
        .iter()
        .map(|item| &item["id"])
        .filter(|id| !items.iter().any(|item| item["id"] == **id))
        .collect();
    assert_eq!(gone.len(), 1);
    let day = gone[0].as_str().unwrap();
    assert_eq!(world.event(ADA, day, &View::default()).unwrap_err().code, "ErrorItemNotFound");
}

#[test]
fn what_leaves_the_window_looks_deleted_and_is_not() {
    let world = world();
    let id = create(&world, &timed("One", "2026-11-10T09:00:00", "2026-11-10T10:00:00"));
    let (_, token) = round(&world, None);
    edit(&world, &id, &timed("One", "2027-01-10T09:00:00", "2027-01-10T10:00:00"));
    let (items, next) = round(&world, Some(&token));
    assert_eq!(
        items,
        [json!({"@odata.type": "#microsoft.graph.event", "id": id, "@removed": {"reason": "deleted"}})]
    );
    assert!(world.event(ADA, &id, &View::default()).is_ok());
    edit(&world, &id, &timed("One", "2026-11-11T09:00:00", "2026-11-11T10:00:00"));
    assert_eq!(kinds(&round(&world, Some(&next)).0), ["singleInstance"]);
    assert!(round(&world, Some(&token)).0.iter().all(|item| item["id"] == id.as_str()));
}

#[test]
fn a_deleted_series_is_one_tombstone() {
    let world = world();
    let id = create(&world, &weekly("Planning"));
    let (_, token) = round(&world, None);
    world.delete_event(Actor::Person, ADA, &id, None).unwrap();
    let (items, _) = round(&world, Some(&token));
    assert_eq!(kinds(&items), ["removed"]);
    assert_eq!(items[0]["id"], id.as_str());
    assert_eq!(world.event(ADA, &id, &View::default()).unwrap_err().status, 404);
}

#[test]
fn what_came_and_went_between_two_rounds_is_never_told() {
    let world = world();
    let (_, token) = round(&world, None);
    let id = create(&world, &timed("One", "2026-11-10T09:00:00", "2026-11-10T10:00:00"));
    world.delete_event(Actor::Person, ADA, &id, None).unwrap();
    assert!(round(&world, Some(&token)).0.is_empty());
}

#[test]
fn a_move_changes_the_ordinary_id_only() {
    let world = world();
    let other = world.add_calendar(ADA, CalendarSpec::named("Other")).unwrap();
    let before = world
        .create_event(Actor::Person, ADA, None, &timed("One", "2026-11-10T09:00:00", "2026-11-10T10:00:00"))
        .unwrap();
    let uid = world.event(ADA, &before.id, &View::default()).unwrap()["iCalUId"].clone();
    let (_, token) = round(&world, None);
    let after = world.move_event(ADA, &before.id, &other).unwrap();
    assert_ne!(after.id, before.id);
    assert_eq!(after.immutable_id, before.immutable_id);
    assert_eq!(round(&world, Some(&token)).0[0]["id"], before.id.as_str());
    let query = DeltaQuery { tracked: window(), token: Some(&token), page_size: 10, repeat: false };
    let page = world.delta(ADA, None, &query, &View::default().immutable()).unwrap();
    assert_eq!(page.items[0]["id"], before.immutable_id.as_str());
    let query = DeltaQuery { tracked: window(), token: None, page_size: 10, repeat: false };
    let page = world.delta(ADA, Some(&other), &query, &View::default().immutable()).unwrap();
    assert_eq!(page.items[0]["id"], before.immutable_id.as_str());
    assert_eq!(page.items[0]["iCalUId"], uid);
    assert_eq!(world.event(ADA, &before.id, &View::default()).unwrap_err().status, 404);
    let back =
        world.move_event(ADA, &after.id, world.calendar(ADA, None).unwrap()["id"].as_str().unwrap()).unwrap();
    assert_ne!(back.id, before.id);
}

#[test]
fn pages_end_with_exactly_one_link_and_the_size_is_each_requests_own() {
    let world = world();
    for day in 10..20 {
        create(&world, &timed("One", &format!("2026-11-{day}T09:00:00"), &format!("2026-11-{day}T10:00:00")));
    }
    let ask = |token: Option<&str>, page_size| {
        let query = DeltaQuery { tracked: window(), token, page_size, repeat: false };
        world.delta(ADA, None, &query, &View::default()).unwrap()
    };
    let first = ask(None, 3);
    let DeltaLink::Next(next) = &first.link else { panic!("{:?}", first.link) };
    assert_eq!(first.items.len(), 3);
    let rest = ask(Some(next), 50);
    assert_eq!(rest.items.len(), 7);
    assert_eq!(ask(Some(next), 2).items, rest.items[..2]);
    let DeltaLink::Delta(_) = rest.link else { panic!("{:?}", rest.link) };
}

#[test]
fn an_edit_during_a_round_is_told_again() {
    let world = world();
    let ids: Vec<String> = (10..14)
        .map(|day| {
            create(
                &world,
                &timed("One", &format!("2026-11-{day}T09:00:00"), &format!("2026-11-{day}T10:00:00")),
            )
        })
        .collect();
    let ask = |token: Option<&str>| {
        let query = DeltaQuery { tracked: window(), token, page_size: 2, repeat: false };
        world.delta(ADA, None, &query, &View::default()).unwrap()
    };
    let DeltaLink::Next(next) = ask(None).link else { panic!() };
    edit(&world, &ids[0], &json!({"subject": "Two"}));
    world.delete_event(Actor::Person, ADA, &ids[3], None).unwrap();
    let second = ask(Some(&next));
    assert_eq!(second.items.len(), 1);
    let DeltaLink::Delta(token) = second.link else { panic!() };
    let later = ask(Some(&token));
    assert_eq!(kinds(&later.items), ["removed", "singleInstance"]);
    assert_eq!(later.items[1]["subject"], "Two");
}

#[test]
fn tokens_are_bound_to_calendar_and_function_and_can_be_lost() {
    let world = world();
    let (_, token) = round(&world, None);
    let refused = |token: &str, tracked| page(&world, Some(token), tracked).unwrap_err();
    assert_eq!(
        (refused("nonsense", window()).status, refused("nonsense", window()).code),
        (400, "BadRequest")
    );
    assert_eq!(refused(&token, Tracked::Events { from: None }).status, 400);
    let query = DeltaQuery { tracked: window(), token: Some(&token), page_size: 10, repeat: false };
    assert_eq!(world.delta(JONAS, None, &query, &View::default()).unwrap_err().status, 400);
    world.expire_cursors(ADA).unwrap();
    assert_eq!(
        (refused(&token, window()).status, refused(&token, window()).code),
        (410, "SyncStateNotFound")
    );
    world.set_switches(Switches { sync_state_lost: SyncStateLost::BadRequest, ..Switches::default() });
    assert_eq!(
        (refused(&token, window()).status, refused(&token, window()).code),
        (400, "syncStateNotFound")
    );
}

#[test]
fn old_states_are_forgotten() {
    let world = World::new(1, simulators::SimClock::fixed(crate::harness::start_time()), 3);
    crate::harness::add_people(&world);
    let (_, first) = round(&world, None);
    let mut token = first.clone();
    for _ in 0..3 {
        token = round(&world, Some(&token)).1;
    }
    assert_eq!(page(&world, Some(&first), window()).unwrap_err().status, 410);
    assert!(page(&world, Some(&token), window()).is_ok());
}

#[test]
fn events_delta_has_masters_and_exceptions_and_no_end() {
    let world = world();
    let id = create(&world, &weekly("Planning"));
    create(&world, &timed("Far", "2031-01-01T09:00:00", "2031-01-01T10:00:00"));
    create(&world, &timed("Past", "2020-01-01T09:00:00", "2020-01-01T10:00:00"));
    world.edit_occurrence(Actor::Person, ADA, &id, date(2026, 11, 9), &json!({"subject": "Other"})).unwrap();
    let tracked = Tracked::Events { from: Some(at("2026-01-01T00:00:00Z")) };
    let page = page(&world, None, tracked).unwrap();
    assert_eq!(kinds(&page.items), ["seriesMaster", "exception", "singleInstance"]);
    assert_eq!(page.items[1]["subject"], "Other");
}

#[test]
fn a_wedged_mailbox_links_to_itself_under_fresh_tokens() {
    let world = world();
    create(&world, &timed("One", "2026-11-10T09:00:00", "2026-11-10T10:00:00"));
    let mut seen = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..3 {
        let query = DeltaQuery { tracked: window(), token: token.as_deref(), page_size: 1, repeat: true };
        let page = world.delta(ADA, None, &query, &View::default()).unwrap();
        let DeltaLink::Next(next) = page.link else { panic!() };
        assert!(!seen.contains(&next));
        assert_eq!(page.items.len(), 1);
        seen.push(next.clone());
        token = Some(next);
    }
}
