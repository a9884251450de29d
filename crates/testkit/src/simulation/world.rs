//! What is in the model of Outlook: events of calendars, what happened to them step by step, and the faults that exist.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind, RemoteRecurrence, RemoteTime};

use crate::random::Random;

/// Kinds of faults of the provider. Each seed draws which of them exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The answer is an error worth trying again.
    Unavailable,
    /// The access token is refused.
    TokenRefused,
    /// The person takes the consent back, and signs in again later.
    ConsentTaken,
    /// The cursor is not known any more.
    CursorGone,
    /// Items come twice in a page.
    Duplicates,
    /// A page is empty and has a next one.
    EmptyPage,
    /// A whole reading answers that there is nothing.
    EmptyCalendar,
    /// A change is left out of a delta and never told.
    Forgotten,
    /// An event that exists is reported as removed.
    LeftWindow,
    /// Marks move although nothing changed.
    Restamped,
    /// The person edits between two pages.
    EditBetweenPages,
}

/// All kinds, for drawing.
pub const FAULTS: [Fault; 11] = [
    Fault::Unavailable,
    Fault::TokenRefused,
    Fault::ConsentTaken,
    Fault::CursorGone,
    Fault::Duplicates,
    Fault::EmptyPage,
    Fault::EmptyCalendar,
    Fault::Forgotten,
    Fault::LeftWindow,
    Fault::Restamped,
    Fault::EditBetweenPages,
];

/// An event in Outlook.
#[derive(Debug, Clone)]
pub struct Item {
    /// The calendar it is in.
    pub calendar: String,
    /// Title; each edit writes one that was never used before.
    pub title: String,
    /// Place.
    pub location: String,
    /// Category.
    pub category: String,
    /// First day, and the hour in Berlin; `None`: whole days.
    pub date: Date,
    /// Hour of the day, when it is not all day.
    pub hour: Option<i8>,
    /// Length in hours or days.
    pub length: i64,
    /// Rule, when it is a series.
    pub rule: Option<String>,
    /// Dates that were cancelled.
    pub cancelled: BTreeSet<Date>,
    /// Of an exception: its series and the date it replaces.
    pub replaces: Option<(String, Date)>,
    /// When it came, in steps of the model.
    pub created: u64,
    /// When it last changed.
    pub changed: u64,
    /// When it went, if it went.
    pub deleted: Option<u64>,
    stamp: u64,
}

/// The world in the model.
#[derive(Debug)]
pub struct World {
    /// Events by id, deleted ones too.
    pub items: BTreeMap<String, Item>,
    /// Steps so far; each change is one.
    pub step: u64,
    /// Faults that exist, with their chance in a thousand; empty when faults have stopped.
    pub faults: BTreeMap<Fault, usize>,
    /// How often each fault was played.
    pub fired: BTreeMap<Fault, u64>,
    /// Requests by calendar since last asked.
    pub requests: BTreeMap<String, u64>,
    /// Refreshes that were answered.
    pub refreshes: u64,
    pub(super) grants: BTreeMap<String, Grant>,
    pub(super) random: Random,
    numbers: u64,
}

/// What one person allowed: the numbers of the tokens that are good now.
#[derive(Debug, Clone, Default)]
pub(super) struct Grant {
    pub(super) access: u64,
    pub(super) refresh: u64,
    pub(super) is_revoked: bool,
}

impl World {
    /// An empty world with these faults.
    pub(super) fn new(seed: u64, faults: BTreeMap<Fault, usize>) -> Self {
        Self {
            items: BTreeMap::new(),
            step: 0,
            faults,
            fired: BTreeMap::new(),
            requests: BTreeMap::new(),
            refreshes: 0,
            grants: BTreeMap::new(),
            random: Random::new(seed, "outlook"),
            numbers: 0,
        }
    }

    /// Whether a fault is played now.
    pub fn plays(&mut self, fault: Fault) -> bool {
        let Some(chance) = self.faults.get(&fault).copied() else { return false };
        let plays = self.random.chance(chance);
        if plays {
            *self.fired.entry(fault).or_default() += 1;
            if matches!(fault, Fault::Restamped) {
                self.step += 1;
            }
        }
        plays
    }

    /// A number that was never given before, for names and ids.
    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Ids of live events of a calendar, in order.
    pub fn live(&self, calendar: &str) -> Vec<String> {
        let live = self.items.iter().filter(|(_, item)| item.calendar == calendar && item.deleted.is_none());
        live.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn some_live(&mut self, calendar: &str) -> Option<String> {
        let live = self.live(calendar);
        self.random.pick(&live).cloned()
    }

    /// Ids of what a reading meets: everything as of a step, or what moved after `from`.
    pub(super) fn ids(&self, calendar: &str, from: Option<u64>, until: u64) -> Vec<String> {
        let met = self.items.iter().filter(|(_, item)| {
            item.calendar == calendar
                && match from {
                    None => item.created <= until && item.deleted.is_none_or(|at| at > until),
                    Some(from) => {
                        let moved = item.deleted.unwrap_or(item.changed);
                        moved > from && item.created <= until
                    }
                }
        });
        let mut ids: Vec<String> = met.map(|(id, _)| id.clone()).collect();
        // Not in the order of time, and exceptions may come before their series.
        ids.sort_by_key(|id| id.bytes().rev().collect::<Vec<u8>>());
        ids
    }

    pub(super) fn entry(&mut self, id: &str) -> RemoteEntry {
        if self.plays(Fault::Restamped)
            && let Some(item) = self.items.get_mut(id)
        {
            item.stamp += 1;
        }
        match self.items.get(id).filter(|item| item.deleted.is_none()) {
            Some(item) => RemoteEntry::Event(Box::new(event(id, item, false))),
            None => RemoteEntry::Removed { id: id.to_owned() },
        }
    }

    /// The person at Outlook does something.
    pub fn edit_something(&mut self, now: Timestamp) {
        let mut random = self.random.clone();
        super::actors::at_outlook(self, &mut random, now);
        self.random = random;
    }

    /// Puts an event in.
    pub fn create(&mut self, mut item: Item) -> String {
        self.step += 1;
        let number = self.number();
        (item.created, item.changed, item.stamp) = (self.step, self.step, self.step);
        let id = format!("item-{number:05}");
        self.items.insert(id.clone(), item);
        id
    }

    /// Changes an event.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Item)) {
        self.step += 1;
        let step = self.step;
        if let Some(item) = self.items.get_mut(id) {
            change(item);
            (item.changed, item.stamp) = (step, step);
        }
    }

    /// Deletes an event, a series with its exceptions.
    pub fn delete(&mut self, id: &str) {
        self.step += 1;
        let step = self.step;
        for (other, item) in &mut self.items {
            let belongs = other == id || item.replaces.as_ref().is_some_and(|(series, _)| series == id);
            if belongs && item.deleted.is_none() {
                item.deleted = Some(step);
            }
        }
    }
}

/// A new item with nothing special about it.
pub fn item(calendar: &str, title: String, date: Date, hour: Option<i8>) -> Item {
    Item {
        calendar: calendar.to_owned(),
        title,
        location: String::new(),
        category: String::new(),
        date,
        hour,
        length: 1,
        rule: None,
        cancelled: BTreeSet::new(),
        replaces: None,
        created: 0,
        changed: 0,
        deleted: None,
        stamp: 0,
    }
}

/// The event as the provider gives it: by id a series tells its cancelled dates, in lists it does not.
pub fn event(id: &str, item: &Item, by_id: bool) -> RemoteEvent {
    let kind = match (&item.rule, &item.replaces) {
        (Some(rule), _) => RemoteKind::Master {
            recurrence: RemoteRecurrence {
                lines: vec![format!("RRULE:{rule}")],
                original: json!({"model": rule}),
                cancelled: by_id.then(|| item.cancelled.iter().copied().collect()),
            },
        },
        (None, Some((series, date))) => {
            RemoteKind::Exception { series_master_id: series.clone(), original_date: *date }
        }
        (None, None) => RemoteKind::Single,
    };
    RemoteEvent {
        id: id.to_owned(),
        etag: Some(format!("W/{}", item.stamp)),
        kind,
        title: item.title.clone(),
        description: String::new(),
        time: time(item),
        location: item.location.clone(),
        categories: Some(item.category.clone()).filter(|name| !name.is_empty()).into_iter().collect(),
        attendees: Vec::new(),
        show_as: Some("busy".to_owned()),
        sensitivity: Some("normal".to_owned()),
        is_cancelled: false,
        last_modified: None,
    }
}

/// When an item is.
pub fn time(item: &Item) -> RemoteTime {
    let Some(hour) = item.hour else {
        return RemoteTime::AllDay { start: item.date, end: item.date.saturating_add(item.length.days()) };
    };
    let start = item
        .date
        .at(hour, 0, 0, 0)
        .to_zoned(TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC))
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    let end = start + SignedDuration::from_hours(item.length);
    RemoteTime::Timed { start, end, zone: "Europe/Berlin".to_owned(), provider_zone: None }
}
