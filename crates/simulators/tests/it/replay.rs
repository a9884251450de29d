//! The law behind all the others: whatever people do, a reader that applies change tracking from
//! any cursor it ever had sees what a full read shows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};
use simulators::world::{Actor, CalendarSpec, DeltaLink, DeltaQuery, Tracked, View, World};

use crate::delta_laws::window;
use crate::harness::{ADA, timed, world};

#[derive(Clone, Debug)]
enum Op {
    Create { day: i8, hour: u8 },
    CreateSeries { day: i8, interval: u8, count: u8 },
    Rename { which: usize },
    Reschedule { which: usize, day: i16 },
    Delete { which: usize },
    EditOccurrence { which: usize, nth: usize },
    CancelOccurrence { which: usize, nth: usize },
    Move { which: usize, away: bool },
    Remember,
}

fn op() -> impl Strategy<Value = Op> {
    let which = 0..8usize;
    prop_oneof![
        3 => (1..29i8, 0..23u8).prop_map(|(day, hour)| Op::Create { day, hour }),
        2 => (1..29i8, 1..4u8, 1..9u8).prop_map(|(day, interval, count)| Op::CreateSeries { day, interval, count }),
        2 => which.clone().prop_map(|which| Op::Rename { which }),
        3 => (which.clone(), -40..60i16).prop_map(|(which, day)| Op::Reschedule { which, day }),
        2 => which.clone().prop_map(|which| Op::Delete { which }),
        2 => (which.clone(), 0..6usize).prop_map(|(which, nth)| Op::EditOccurrence { which, nth }),
        2 => (which.clone(), 0..6usize).prop_map(|(which, nth)| Op::CancelOccurrence { which, nth }),
        2 => (which, any::<bool>()).prop_map(|(which, away)| Op::Move { which, away }),
        3 => Just(Op::Remember),
    ]
}

/// What a careful client holds: the last item of each id.
#[derive(Clone, Default)]
struct Mirror {
    items: BTreeMap<String, Value>,
    token: Option<String>,
}

impl Mirror {
    fn follow(&mut self, world: &World, view: &View, page_size: usize) {
        let mut told: Vec<Value> = Vec::new();
        loop {
            let query =
                DeltaQuery { tracked: window(), token: self.token.as_deref(), page_size, repeat: false };
            let page = world.delta(ADA, None, &query, view).unwrap();
            assert!(page.items.len() <= page_size);
            told.extend(page.items);
            match page.link {
                DeltaLink::Next(token) => self.token = Some(token),
                DeltaLink::Delta(token) => {
                    self.token = Some(token);
                    break;
                }
            }
        }
        let id = |item: &Value, member: &str| {
            item.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        for item in told {
            let own = id(&item, "id");
            // A master that is told or removed takes all instances that were known with it.
            if item.get("@removed").is_some() || item["type"] == "seriesMaster" {
                self.items.retain(|_, known| id(known, "seriesMasterId") != own);
                self.items.remove(&own);
            }
            if item.get("@removed").is_none() {
                self.items.insert(own, item);
            }
        }
    }

    /// Id, etag-independent: start, end and kind of everything that takes time.
    fn picture(&self) -> Vec<(String, Value, Value)> {
        let timed = self.items.values().filter(|item| item["type"] != "seriesMaster");
        let mut picture: Vec<_> = timed
            .map(|item| {
                (item["id"].as_str().unwrap().to_owned(), item["start"].clone(), item["type"].clone())
            })
            .collect();
        picture.sort_by(|a, b| a.0.cmp(&b.0));
        picture
    }
}

fn full_read(world: &World, view: &View) -> Vec<(String, Value, Value)> {
    let Tracked::Window { from, until } = window() else { panic!() };
    let events = world.calendar_view(ADA, None, from, until, view).unwrap();
    let mut picture: Vec<_> = events
        .iter()
        .map(|item| (item["id"].as_str().unwrap().to_owned(), item["start"].clone(), item["type"].clone()))
        .collect();
    picture.sort_by(|a, b| a.0.cmp(&b.0));
    picture
}

fn apply(world: &World, op: &Op, other: &str, default: &str) {
    let summaries = world.summaries(ADA).unwrap();
    let chosen = |which: usize| (!summaries.is_empty()).then(|| &summaries[which % summaries.len()]);
    let instance = |which: usize, nth: usize| {
        let id = &chosen(which)?.id;
        let (from, until) =
            ("2026-09-01T00:00:00Z".parse::<Timestamp>().unwrap(), "2027-03-01T00:00:00Z".parse().unwrap());
        let instances = world.instances(ADA, id, from, until, &View::default()).unwrap();
        Some(instances.get(nth)?["id"].as_str()?.to_owned())
    };
    let span = |day: jiff::civil::Date, hour: u8| {
        timed("Event", &format!("{day}T{hour:02}:00:00"), &format!("{day}T{hour:02}:30:00"))
    };
    // Refusals are part of the game: an occurrence that would cross its neighbour, say.
    let _ = match op {
        Op::Create { day, hour } => {
            world.create_event(Actor::Person, ADA, None, &span(date(2026, 11, *day), *hour)).map(|_| ())
        }
        Op::CreateSeries { day, interval, count } => {
            let first = date(2026, 11, *day);
            let mut body = span(first, 9);
            body["recurrence"] = json!({
                "pattern": {"type": "daily", "interval": interval},
                "range": {"type": "numbered", "startDate": first.to_string(), "numberOfOccurrences": count},
            });
            world.create_event(Actor::Person, ADA, None, &body).map(|_| ())
        }
        Op::Rename { which } => match chosen(*which) {
            Some(item) => world
                .edit_event(Actor::Person, ADA, &item.id, None, &json!({"subject": "Renamed"}))
                .map(|_| ()),
            None => Ok(()),
        },
        Op::Reschedule { which, day } => match chosen(*which) {
            Some(item) => {
                let day = date(2026, 11, 1).checked_add(jiff::Span::new().days(i64::from(*day))).unwrap();
                let mut body = span(day, 14);
                body.as_object_mut().unwrap().remove("subject");
                world.edit_event(Actor::Person, ADA, &item.id, None, &body).map(|_| ())
            }
            None => Ok(()),
        },
        Op::Delete { which } => {
            chosen(*which).map_or(Ok(()), |item| world.delete_event(Actor::Person, ADA, &item.id, None))
        }
        Op::EditOccurrence { which, nth } => match instance(*which, *nth) {
            Some(id) => {
                world.edit_event(Actor::Person, ADA, &id, None, &json!({"subject": "Exception"})).map(|_| ())
            }
            None => Ok(()),
        },
        Op::CancelOccurrence { which, nth } => {
            instance(*which, *nth).map_or(Ok(()), |id| world.delete_event(Actor::Person, ADA, &id, None))
        }
        Op::Move { which, away } => chosen(*which).map_or(Ok(()), |item| {
            world.move_event(ADA, &item.id, if *away { other } else { default }).map(|_| ())
        }),
        Op::Remember => Ok(()),
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cursor_leads_to_the_present(ops in prop::collection::vec(op(), 1..40), page_size in 1..7usize, immutable in any::<bool>()) {
        let world = world();
        let other = world.add_calendar(ADA, CalendarSpec::named("Other")).unwrap();
        let default = world.calendar(ADA, None).unwrap()["id"].as_str().unwrap().to_owned();
        let view = if immutable { View::default().immutable() } else { View::default() };
        let mut mirrors = vec![Mirror::default()];
        for op in &ops {
            apply(&world, op, &other, &default);
            if matches!(op, Op::Remember) {
                let mut mirror = mirrors.last().unwrap().clone();
                mirror.follow(&world, &view, page_size);
                prop_assert_eq!(mirror.picture(), full_read(&world, &view));
                mirrors.push(mirror);
            }
        }
        let expected = full_read(&world, &view);
        for mut mirror in mirrors {
            mirror.follow(&world, &view, page_size);
            prop_assert_eq!(mirror.picture(), expected.clone());
        }
    }
}
