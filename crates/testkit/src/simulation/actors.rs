//! The people: one at Outlook who edits, moves and deletes, one here who writes notes and set-up times.

use app::records::events;
use app::records::occurrences::EventRef;
use app::{App, Caller};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::Id;
use model::documents::Event;
use serde_json::{Map, json};
use store::{Filter, TypedStore};

use super::world::{World, item};
use crate::random::Random;

/// The calendars of the simulation; the second belongs to another person.
pub(super) const CALENDARS: [&str; 2] = ["calendar-a", "calendar-b"];
const PLACES: [&str; 4] = ["", "Grand Hall", "Atrium", "Library"];
const CATEGORIES: [&str; 4] = ["", "Concert", "Workshop", "Internal"];

/// Something happens in Outlook. Titles are never used twice, so that a value tells which edit it comes from.
pub(super) fn at_outlook(world: &mut World, random: &mut Random, now: Timestamp) {
    let calendar = random.pick(&CALENDARS).copied().unwrap_or_default();
    let live = world.live(calendar);
    let title = format!("title {}", world.number());
    let some = random.pick(&live).cloned();
    match (random.below(10), some) {
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
        (_, Some(id)) => world.change(&id, |item| item.title = title),
    }
}

fn create(world: &mut World, random: &mut Random, calendar: &str, title: String, now: Timestamp) {
    let days = i64::try_from(random.below(60)).unwrap_or(0) - 20;
    let date = now.to_zoned(TimeZone::UTC).date().saturating_add(days.days());
    let hour = i8::try_from(random.below(12)).unwrap_or(0) + 6;
    let mut new = item(calendar, title, date, random.chance(850).then_some(hour));
    new.location = random.pick(&PLACES).copied().unwrap_or_default().to_owned();
    new.category = random.pick(&CATEGORIES).copied().unwrap_or_default().to_owned();
    if random.chance(200) {
        let end = if random.chance(500) { ";COUNT=6" } else { "" };
        new.rule = Some(format!("FREQ=WEEKLY;INTERVAL=1;BYDAY={};WKST=MO{end}", day_of(date)));
    }
    world.create(new);
}

fn day_of(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

/// One occurrence of a series gets data of its own, or is cancelled; the series' mark moves with it.
fn occurrence(world: &mut World, random: &mut Random, id: &str, title: String) {
    let Some(series) = world.items.get(id).filter(|item| item.rule.is_some()).cloned() else {
        world.change(id, |item| item.title = title);
        return;
    };
    let weeks = i64::try_from(random.below(6)).unwrap_or(0);
    let date = series.date.saturating_add(weeks.weeks());
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
