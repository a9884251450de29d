//! What is in the model of Outlook: events of calendars, what happened to them step by step, and the faults that exist.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use sync::remote::{RemoteAttendee, RemoteEntry, RemoteEvent, RemoteKind, RemoteRecurrence, RemoteTime};

use super::repeat::Repeat;
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
    /// An item comes in a form that cannot be understood.
    Unreadable,
}

/// All kinds, for drawing.
pub const FAULTS: [Fault; 12] = [
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
    Fault::Unreadable,
];

/// An event in Outlook.
#[derive(Debug, Clone)]
pub struct Item {
    /// The calendar it is in.
    pub calendar: String,
    /// Title; each edit writes one that was never used before.
    pub title: String,
    /// Description.
    pub body: String,
    /// Mail addresses of those who are invited.
    pub guests: Vec<String>,
    /// How it shows in the person's calendar.
    pub show_as: &'static str,
    /// How private it is.
    pub sensitivity: &'static str,
    /// Place.
    pub location: String,
    /// Category.
    pub category: String,
    /// First day.
    pub date: Date,
    /// Hour of the day in its zone; `None`: whole days.
    pub hour: Option<i8>,
    /// IANA name of the zone it is meant in.
    pub zone: &'static str,
    /// Length in hours or days.
    pub length: i64,
    /// Rule, when it is a series.
    pub rule: Option<Repeat>,
    /// Dates that were cancelled.
    pub cancelled: BTreeSet<Date>,
    /// Of an exception: its series and the date it replaces.
    pub replaces: Option<(String, Date)>,
    /// Whether the meeting was called off and only its shell is left.
    pub is_cancelled: bool,
    /// When it came, in steps of the model.
    pub created: u64,
    /// When it came into its calendar.
    pub entered: u64,
    /// Calendars it was in before, and when it left them.
    pub left: Vec<(String, u64)>,
    /// Of an exception that went: whether Outlook dropped it without a word, so that its date is a plain one again.
    pub is_dropped: bool,
    /// When it last changed.
    pub changed: u64,
    /// When it went, if it went.
    pub deleted: Option<u64>,
    stamp: u64,
}

/// What a page told of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The item, as of this step.
    Event(u64),
    /// That it is gone.
    Removed,
    /// Something that cannot be understood.
    Unreadable,
}

/// A page that was answered.
#[derive(Debug, Clone)]
pub struct AnsweredPage {
    /// Of which calendar.
    pub calendar: String,
    /// The page it goes on from; `None`: it was read from the start.
    pub after: Option<u64>,
    /// What it told.
    pub told: Vec<(String, Told)>,
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
    /// Pages that were answered, by their numbers: the cursor behind a page has its number.
    pub pages: BTreeMap<u64, AnsweredPage>,
    /// Items that were asked for by id.
    pub asked_by_id: Vec<String>,
    /// Refreshes that were answered.
    pub refreshes: u64,
    /// Calendars by person, for the list of them; the simulation's people are not in it.
    pub calendars: BTreeMap<String, Vec<String>>,
    /// Whether an event that was reported as removed is then said not to exist.
    pub(super) lies: bool,
    pub(super) lied_about: BTreeSet<String>,
    /// Whether an exception that was dropped is told as the plain occurrence it is, in lists and by its id; else it is not
    /// told, and does not exist.
    pub tells_occurrences: bool,
    /// Items that lie outside of the time that is read: told as gone when they change, and by their id as they are.
    pub outside: BTreeSet<String>,
    /// Items that may not be asked for by their id.
    pub forbidden: BTreeSet<String>,
    /// Series of which it is not told, by their ids either, which dates were cancelled.
    pub vague: BTreeSet<String>,
    /// People whose mailbox is to be left alone, for how many milliseconds.
    pub throttled: BTreeMap<String, u64>,
    /// People whose requests all fail.
    pub broken: BTreeSet<String>,
    /// People whose requests never come back.
    pub stalled: BTreeSet<String>,
    /// So many refreshes are answered that the sign-in server is away at this moment.
    pub refreshes_away: u32,
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
            pages: BTreeMap::new(),
            asked_by_id: Vec::new(),
            refreshes: 0,
            calendars: BTreeMap::new(),
            lies: false,
            lied_about: BTreeSet::new(),
            tells_occurrences: seed.is_multiple_of(2),
            outside: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            vague: BTreeSet::new(),
            throttled: BTreeMap::new(),
            broken: BTreeSet::new(),
            stalled: BTreeSet::new(),
            refreshes_away: 0,
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
        let met = self.items.iter().filter(|(id, item)| {
            if from.is_none() && self.outside.contains(*id) {
                return false;
            }
            let is_in = item.calendar == calendar && item.entered <= until;
            let left = item.left.iter().filter(|(name, _)| name == calendar).map(|(_, at)| *at).max();
            match from {
                None => {
                    (is_in || left.is_some_and(|at| at > until)) && item.deleted.is_none_or(|at| at > until)
                }
                Some(from) if item.is_dropped => {
                    is_in && self.tells_occurrences && item.deleted.is_some_and(|at| at > from)
                }
                Some(from) => {
                    let is_told =
                        item.deleted.unwrap_or(item.changed) > from || self.is_told_along(item, from);
                    (is_in && is_told) || left.is_some_and(|at| at > from)
                }
            }
        });
        let mut ids: Vec<String> = met.map(|(id, _)| id.clone()).collect();
        // Not in the order of time, and exceptions may come before their series.
        ids.sort_by_key(|id| id.bytes().rev().collect::<Vec<u8>>());
        ids
    }

    /// A series that changed is told whole: with its exceptions.
    fn is_told_along(&self, item: &Item, from: u64) -> bool {
        let series = item.replaces.as_ref().and_then(|(series, _)| self.items.get(series));
        item.deleted.is_none() && series.is_some_and(|series| series.changed > from)
    }

    pub(super) fn entry(&mut self, calendar: &str, id: &str) -> RemoteEntry {
        if self.plays(Fault::Restamped)
            && let Some(item) = self.items.get_mut(id)
        {
            item.stamp += 1;
        }
        if self.plays(Fault::Unreadable) {
            let (code, reason) = ("model_garbled".to_owned(), "the model garbled it".to_owned());
            return RemoteEntry::Unreadable { id: Some(id.to_owned()), code, reason };
        }
        match self.items.get(id) {
            Some(_) if self.outside.contains(id) => RemoteEntry::Removed { id: id.to_owned() },
            Some(item) if item.deleted.is_none() && item.calendar == calendar => {
                RemoteEntry::Event(Box::new(event(id, item, false)))
            }
            Some(item) if item.is_dropped => {
                self.plain(id, item).unwrap_or_else(|| RemoteEntry::Removed { id: id.to_owned() })
            }
            _ => RemoteEntry::Removed { id: id.to_owned() },
        }
    }

    /// The plain occurrence that an exception is which was dropped, when its series has it and it is told.
    fn plain(&self, id: &str, item: &Item) -> Option<RemoteEntry> {
        let (series_id, date) = item.replaces.as_ref()?;
        let series = self.items.get(series_id).filter(|series| series.deleted.is_none())?;
        let dates = series.rule?.dates(series.date).take_while(|other| other <= date);
        let is_there = !series.cancelled.contains(date) && dates.last() == Some(*date);
        (self.tells_occurrences && is_there).then(|| RemoteEntry::Occurrence {
            id: id.to_owned(),
            series_master_id: series_id.clone(),
            start: span(series, *date).0,
        })
    }

    /// What is answered to somebody who asks for an item by its id.
    pub(super) fn by_id(&self, id: &str) -> Option<RemoteEntry> {
        let is_hidden = self.lied_about.contains(id);
        let item = self.items.get(id).filter(|_| !is_hidden)?;
        match item.deleted {
            None => Some(RemoteEntry::Event(Box::new(event(id, item, !self.vague.contains(id))))),
            Some(_) if item.is_dropped => self.plain(id, item),
            Some(_) => None,
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
        (item.created, item.entered) = (self.step, self.step);
        (item.changed, item.stamp) = (self.step, self.step);
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

    /// Drops exceptions of a series without a word: all, or the one of this date. The series is told again.
    pub fn drop_exceptions(&mut self, series: &str, date: Option<Date>) {
        self.change(series, |_| {});
        let step = self.step;
        for item in self.items.values_mut().filter(|item| item.deleted.is_none()) {
            let is_of = |(of, at): &(String, Date)| of == series && date.is_none_or(|date| date == *at);
            if item.replaces.as_ref().is_some_and(is_of) {
                (item.deleted, item.is_dropped) = (Some(step), true);
            }
        }
    }

    /// Moves an event to another calendar of the same person, a series with its exceptions.
    pub fn move_to(&mut self, id: &str, calendar: &str) {
        self.step += 1;
        let step = self.step;
        for (other, item) in &mut self.items {
            let belongs = other == id || item.replaces.as_ref().is_some_and(|(series, _)| series == id);
            if belongs && item.deleted.is_none() && item.calendar != calendar {
                let left = std::mem::replace(&mut item.calendar, calendar.to_owned());
                item.left.push((left, step));
                (item.entered, item.changed, item.stamp) = (step, step, step);
            }
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
        body: String::new(),
        guests: Vec::new(),
        show_as: "busy",
        sensitivity: "normal",
        location: String::new(),
        category: String::new(),
        date,
        hour,
        zone: "Europe/Berlin",
        length: 1,
        rule: None,
        cancelled: BTreeSet::new(),
        replaces: None,
        is_cancelled: false,
        created: 0,
        entered: 0,
        left: Vec::new(),
        is_dropped: false,
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
                lines: vec![format!("RRULE:{}", rule.text(item.date))],
                original: json!({"model": rule.text(item.date)}),
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
        description: item.body.clone(),
        time: time(item),
        location: item.location.clone(),
        categories: Some(item.category.clone()).filter(|name| !name.is_empty()).into_iter().collect(),
        attendees: item.guests.iter().map(|email| guest(email)).collect(),
        show_as: Some(item.show_as.to_owned()),
        sensitivity: Some(item.sensitivity.to_owned()),
        is_cancelled: item.is_cancelled,
        last_modified: None,
    }
}

/// When an item is.
pub fn time(item: &Item) -> RemoteTime {
    if item.hour.is_none() {
        return RemoteTime::AllDay { start: item.date, end: item.date.saturating_add(item.length.days()) };
    }
    let (start, end) = span(item, item.date);
    RemoteTime::Timed { start, end, zone: item.zone.to_owned(), provider_zone: None }
}

/// From when to when it would be on this date: on the same wall clock in its zone, or whole days, which are told as
/// midnights in UTC.
pub(super) fn span(item: &Item, date: Date) -> (Timestamp, Timestamp) {
    let at = |date: Date, hour: i8, zone: &str| {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        date.at(hour, 0, 0, 0).to_zoned(zone).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    };
    match item.hour {
        Some(hour) => {
            let start = at(date, hour, item.zone);
            (start, start + SignedDuration::from_hours(item.length))
        }
        None => (at(date, 0, "UTC"), at(date.saturating_add(item.length.days()), 0, "UTC")),
    }
}

fn guest(email: &str) -> RemoteAttendee {
    RemoteAttendee {
        email: email.to_owned(),
        name: String::new(),
        response_status: "none".to_owned(),
        is_organizer: false,
    }
}
