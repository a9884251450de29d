//! The people: one at Outlook who edits, moves and deletes, one here who writes notes and set-up times.

use app::records::events;
use app::records::occurrences::EventRef;
use app::{App, Caller};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::Id;
use model::documents::Event;
use serde_json::{Map, json};
use store::{Filter, TypedStore};

use super::repeat::{Every, Repeat};
use super::world::{Item, World, item};
use crate::random::Random;

/// The calendars of the simulation that are read, each with the number of its person.
pub(super) const CALENDARS: [(&str, usize); 3] = [("calendar-a", 1), ("calendar-b", 2), ("calendar-c", 1)];
/// A calendar of the first person that is not read.
pub(super) const ATTIC: &str = "calendar-attic";
/// The calendars of the first person.
const OF_THE_FIRST: [&str; 3] = ["calendar-a", "calendar-c", ATTIC];
const PLACES: [&str; 4] = ["", "Grand Hall", "Atrium", "Library"];
const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"];
const SHOWN_AS: [&str; 4] = ["busy", "free", "tentative", "oof"];
const SENSITIVITIES: [&str; 3] = ["normal", "private", "confidential"];
const CATEGORIES: [&str; 4] = ["", "Concert", "Workshop", "Internal"];

/// Something happens in Outlook. Titles are never used twice, so that a value tells which edit it comes from.
pub(super) fn at_outlook(world: &mut World, random: &mut Random, now: Timestamp) {
    let calendar = random.pick(&CALENDARS).map(|(name, _)| *name).unwrap_or_default();
    let live = world.live(calendar);
    let title = format!("title {}", world.number());
    let some = random.pick(&live).cloned();
    match (random.below(19), some) {
        (0..=2, _) | (_, None) => create(world, random, calendar, title, now),
        (3..=4, Some(id)) => world.change(&id, |item| item.title = title),
        (5, Some(id)) => {
            let (place, category) = (random.pick(&PLACES), random.pick(&CATEGORIES));
            world.change(&id, |item| {
                item.location = place.copied().unwrap_or_default().to_owned();
                item.category = category.copied().unwrap_or_default().to_owned();
            });
        }
        (6, Some(id)) => {
            let hours = i8::try_from(random.below(12)).unwrap_or(0) + 6;
            world.change(&id, |item| item.hour = item.hour.map(|_| hours));
        }
        (7, Some(id)) => occurrence(world, random, &id, title),
        (8, Some(id)) if random.chance(500) => world.delete(&id),
        (9, Some(_)) if random.chance(30) => {
            for id in live {
                world.delete(&id);
            }
        }
        (10, Some(id)) => {
            if let Some(mut new) = world.items.get(&id).cloned() {
                details(&mut new, world, random);
                world.change(&id, |item| *item = new);
            }
        }
        (11, Some(id)) => {
            let zone = random.pick(&ZONES).copied().unwrap_or("UTC");
            let count = random.chance(500).then_some(8);
            world.change(&id, |item| {
                item.zone = zone;
                item.rule = item.rule.map(|rule| Repeat { count, ..rule });
            });
        }
        (12, Some(id)) => repeats_or_not(world, &id),
        (13, Some(_)) => {
            let exceptions =
                live.iter().filter(|id| world.items.get(*id).is_some_and(|item| item.replaces.is_some()));
            let exceptions: Vec<String> = exceptions.cloned().collect();
            let days = i64::try_from(random.below(3)).unwrap_or(0) - 1;
            if let Some(id) = random.pick(&exceptions) {
                world.change(id, |item| item.date = item.date.saturating_add(days.days()));
            }
        }
        (14, Some(id)) => begins_elsewhere(world, random, &id),
        (15, Some(_)) => moves(world, random),
        (16, Some(id)) => world.change(&id, |item| {
            item.length = if item.hour.is_some() { 1 - item.length.min(1) } else { item.length };
        }),
        (17, Some(id)) => world.change(&id, |item| item.is_cancelled = !item.is_cancelled),
        (18, Some(id)) => {
            let replaced = world.items.get(&id).and_then(|item| item.replaces.clone());
            if let Some((series, date)) = replaced {
                world.drop_exceptions(&series, Some(date));
            }
        }
        (_, Some(id)) => world.change(&id, |item| item.title = title),
    }
}

/// Whether this calendar is read.
pub(super) fn is_synced(calendar: &str) -> bool {
    CALENDARS.iter().any(|(name, _)| *name == calendar)
}

/// A series becomes one event, and one event a series.
fn repeats_or_not(world: &mut World, id: &str) {
    let Some(item) = world.items.get(id).filter(|item| item.replaces.is_none()) else { return };
    if item.rule.is_some() {
        world.drop_exceptions(id, None);
        world.change(id, |item| {
            item.rule = None;
            item.cancelled.clear();
        });
    } else {
        world.change(id, |item| item.rule = Some(Repeat { every: Every::Weeks(1), count: Some(5) }));
    }
}

/// A series begins on another day, and with it its weekday changes. Its exceptions are dropped, or stay where they are.
fn begins_elsewhere(world: &mut World, random: &mut Random, id: &str) {
    let Some(item) = world.items.get(id).filter(|item| item.rule.is_some()) else { return };
    let days = i64::try_from(random.below(15)).unwrap_or(0) - 7;
    let date = item.date.saturating_add(days.days());
    if date.day() > 28 {
        return;
    }
    let drops = random.chance(700);
    if drops {
        world.drop_exceptions(id, None);
    }
    world.change(id, |item| {
        item.date = date;
        if drops {
            item.cancelled.clear();
        }
    });
}

/// An event of the first person goes to another of their calendars.
fn moves(world: &mut World, random: &mut Random) {
    let all: Vec<String> = OF_THE_FIRST.iter().flat_map(|calendar| world.live(calendar)).collect();
    let whole = |id: &&String| world.items.get(*id).is_some_and(|item| item.replaces.is_none());
    let all: Vec<String> = all.iter().filter(whole).cloned().collect();
    if let (Some(id), Some(to)) = (random.pick(&all), random.pick(&OF_THE_FIRST)) {
        world.move_to(id, to);
    }
}

fn now_date(now: Timestamp) -> jiff::civil::Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// What is told about an event beside its title, time and place.
fn details(item: &mut Item, world: &mut World, random: &mut Random) {
    item.body =
        if random.chance(300) { String::new() } else { format!("body {}\nin two lines", world.number()) };
    item.guests = (0..random.below(3)).map(|_| format!("guest{}@example.org", world.number())).collect();
    item.show_as = random.pick(&SHOWN_AS).copied().unwrap_or("busy");
    item.sensitivity = random.pick(&SENSITIVITIES).copied().unwrap_or("normal");
}

fn create(world: &mut World, random: &mut Random, calendar: &str, title: String, now: Timestamp) {
    let days = i64::try_from(random.below(60)).unwrap_or(0) - 20;
    let date = now_date(now).saturating_add(days.days());
    let hour = i8::try_from(random.below(12)).unwrap_or(0) + 6;
    let mut new = item(calendar, title, date, random.chance(850).then_some(hour));
    new.location = random.pick(&PLACES).copied().unwrap_or_default().to_owned();
    new.category = random.pick(&CATEGORIES).copied().unwrap_or_default().to_owned();
    new.zone = random.pick(&ZONES).copied().unwrap_or("UTC");
    details(&mut new, world, random);
    if random.chance(200) {
        let every = match random.below(4) {
            0 => Every::Days(2),
            1 if date.day() <= 28 => Every::Months(1),
            2 => Every::Weeks(2),
            _ => Every::Weeks(1),
        };
        new.rule = Some(Repeat { every, count: random.chance(500).then_some(6) });
    }
    world.create(new);
}

/// One occurrence of a series gets data of its own, or is cancelled; the series' mark moves with it.
fn occurrence(world: &mut World, random: &mut Random, id: &str, title: String) {
    let found = world.items.get(id).cloned();
    let Some((series, rule)) = found.and_then(|item| item.rule.map(|rule| (item, rule))) else {
        world.change(id, |item| item.title = title);
        return;
    };
    let Some(date) = rule.dates(series.date).nth(random.below(6)) else { return };
    let exception = world
        .items
        .iter()
        .find(|(_, item)| item.deleted.is_none() && item.replaces == Some((id.to_owned(), date)))
        .map(|(id, _)| id.clone());
    if series.cancelled.contains(&date) {
        return;
    }
    if random.chance(400) {
        if let Some(exception) = exception {
            world.delete(&exception);
        }
        world.change(id, |item| {
            item.cancelled.insert(date);
        });
    } else if let Some(exception) = exception {
        world.change(&exception, |item| item.title = title);
    } else {
        let mut new = item(&series.calendar, title, date, series.hour);
        (new.location, new.category) = (series.location.clone(), series.category.clone());
        new.zone = series.zone;
        new.replaces = Some((id.to_owned(), date));
        world.create(new);
        world.change(id, |_| {});
    }
}

/// The person here writes a note on some event or some occurrence, and set-up times with it. Answers what was written
/// and the id of the event it landed on; `None` when it was refused or there was nothing to write on.
pub(super) async fn writes_here(
    app: &App,
    caller: &Caller,
    random: &mut Random,
    number: u64,
) -> Option<(Id, String)> {
    let mut all: Vec<Event> = app.store().all(Filter::eq("user_id", caller.user_id)).await.ok()?;
    all.retain(|event| event.removed_at.is_none());
    all.sort_by_key(|event| event.id);
    let event = random.pick(&all)?.clone();
    let note = format!("note {number}");
    let mut change = Map::new();
    change.insert("internal_notes".to_owned(), json!(note));
    let mut target = EventRef::Stored(event.id);
    if event.is_recurring && random.chance(500) {
        let weeks = i64::try_from(random.below(5)).unwrap_or(0);
        let slot = sync::local::series(&event)?.iter().nth(usize::try_from(weeks).unwrap_or(0))?;
        let start = if event.all_day { slot.date.to_string() } else { slot.start.to_string() };
        target = format!("{}:{start}", event.id).parse().ok()?;
    } else if !event.all_day && random.chance(300) {
        change.insert("setup_start_time".to_owned(), json!(event.start_time - 1.hour()));
    }
    let view = events::patch(app, caller, target, &change, None).await.ok()?;
    Some((view.id.parse().ok()?, note))
}
