//! The world's data, and the few operations that every change goes through.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::delta::Round;
use super::item::Item;
use super::mail::{Actor, Mail, MailKind};
use super::people::{Calendar, User};
use super::refusal::Refusal;
use super::switches::Switches;
use crate::ids::{self, ParsedId};
use jiff::civil::Date;

/// All data of a world. Guarded by one lock; every public operation of the world takes it once.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) seed: u64,
    pub(super) switches: Switches,
    /// Numbers things as they are made; with the seed it gives every id.
    pub(super) made: u64,
    /// Numbers changes, world-wide.
    pub(super) changes: u64,
    pub(super) users: BTreeMap<u64, User>,
    pub(super) calendars: BTreeMap<u64, Calendar>,
    pub(super) items: BTreeMap<u64, Item>,
    /// Both ids of every living item, and the ids of calendars.
    pub(super) by_id: HashMap<String, u64>,
    pub(super) calendar_items: HashMap<u64, BTreeSet<u64>>,
    pub(super) gone: HashMap<u64, Vec<Gone>>,
    pub(super) rounds: HashMap<u64, VecDeque<Arc<Round>>>,
    pub(super) rounds_made: u64,
    pub(super) kept_rounds: usize,
    pub(super) mails: Vec<Mail>,
    /// By mailbox and transaction id: the item, and the body that made it.
    pub(super) transactions: HashMap<(u64, String), (u64, serde_json::Value)>,
    /// Items that Exchange will touch again, and when.
    pub(super) bumps: Vec<(Timestamp, u64)>,
    /// Item versions that have had their spurious 412.
    pub(super) refused_once: BTreeSet<(u64, u64)>,
}

/// What stays of an item that left a calendar: enough for `@removed`.
#[derive(Clone, Debug)]
pub(super) struct Gone {
    pub(super) change: u64,
    pub(super) number: u64,
    pub(super) relative_id: String,
    pub(super) immutable_id: String,
}

/// What an event id points at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) number: u64,
    /// Set for one occurrence of a series.
    pub(super) date: Option<Date>,
}

impl State {
    /// A number for something new.
    pub(super) fn make(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Notes that `number` changed now: a new version, hence a new change key, and a row for delta.
    pub(super) fn touch(&mut self, number: u64, now: Timestamp) {
        self.changes += 1;
        let change = self.changes;
        if let Some(item) = self.items.get_mut(&number) {
            item.version = change;
            item.modified = now;
            if let Some(calendar) = self.calendars.get_mut(&item.calendar) {
                calendar.version = change;
            }
        }
    }

    /// Notes a client's write, after which Exchange may touch the item once more.
    pub(super) fn touch_by(&mut self, by: Actor, number: u64, now: Timestamp) {
        self.touch(number, now);
        if let (Actor::Client, Some(seconds)) = (by, self.switches.post_process_bump_s) {
            self.bumps
                .push((now.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now), number));
        }
    }

    /// Lets everything happen that was due by `now`. Called first by every operation.
    pub(super) fn settle(&mut self, now: Timestamp) {
        if self.bumps.iter().all(|(due, _)| *due > now) {
            return;
        }
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.bumps).into_iter().partition(|(at, _)| *at <= now);
        self.bumps = later;
        for (at, number) in due {
            self.touch(number, at);
        }
    }

    /// Adds an item to its calendar and the indexes.
    pub(super) fn insert(&mut self, item: Item) {
        self.by_id.insert(item.relative_id.clone(), item.number);
        self.by_id.insert(item.immutable_id.clone(), item.number);
        self.calendar_items.entry(item.calendar).or_default().insert(item.number);
        self.items.insert(item.number, item);
    }

    /// Takes an item out of its calendar and the indexes, leaving a tombstone for delta.
    pub(super) fn remove(&mut self, number: u64) -> Option<Item> {
        let item = self.items.remove(&number)?;
        self.changes += 1;
        self.by_id.remove(&item.relative_id);
        self.by_id.remove(&item.immutable_id);
        if let Some(list) = self.calendar_items.get_mut(&item.calendar) {
            list.remove(&number);
        }
        if let Some(calendar) = self.calendars.get_mut(&item.calendar) {
            calendar.version = self.changes;
        }
        self.gone.entry(item.calendar).or_default().push(Gone {
            change: self.changes,
            number,
            relative_id: item.relative_id.clone(),
            immutable_id: item.immutable_id.clone(),
        });
        Some(item)
    }

    /// The person with this id or mail address.
    pub(super) fn user(&self, key: &str) -> Result<&User, Refusal> {
        let found = self.users.values().find(|u| u.spec.id == key || u.spec.mail.eq_ignore_ascii_case(key));
        found.ok_or_else(|| {
            Refusal::new(404, "ErrorInvalidUser", format!("The requested user '{key}' is invalid."))
        })
    }

    /// A calendar of `owner` by id; without one, the default calendar.
    pub(super) fn calendar(&self, owner: u64, id: Option<&str>) -> Result<&Calendar, Refusal> {
        let number = match id {
            None => self.users.get(&owner).and_then(|user| user.calendars.first()).copied(),
            Some(id) => match self.by_id.get(id) {
                None if ids::parse(id) == ParsedId::Malformed => return Err(Refusal::malformed_id()),
                found => found.copied(),
            },
        };
        let calendar = number.and_then(|number| self.calendars.get(&number));
        calendar.filter(|calendar| calendar.owner == owner).ok_or_else(Refusal::not_found)
    }

    /// What an event id of `owner` points at; occurrences must exist.
    pub(super) fn target(&self, owner: u64, id: &str) -> Result<Target, Refusal> {
        let (master, date) = match ids::parse(id) {
            ParsedId::Malformed => return Err(Refusal::malformed_id()),
            ParsedId::Item => (id.to_owned(), None),
            ParsedId::Occurrence { master, date } => (master, Some(date)),
        };
        let number = *self.by_id.get(&master).ok_or_else(Refusal::not_found)?;
        let item =
            self.items.get(&number).filter(|item| item.owner == owner).ok_or_else(Refusal::not_found)?;
        match date {
            Some(date) if item.instance(date).is_none() => Err(Refusal::not_found()),
            _ => Ok(Target { number, date }),
        }
    }

    /// The item with this number.
    pub(super) fn item(&self, number: u64) -> Result<&Item, Refusal> {
        self.items.get(&number).ok_or_else(Refusal::not_found)
    }

    /// Counts mails about an item.
    pub(super) fn send(
        &mut self,
        now: Timestamp,
        by: Actor,
        item: &Item,
        mails: Vec<(MailKind, Vec<String>)>,
    ) {
        let Some(user) = self.users.get(&item.owner) else { return };
        for (kind, to) in mails {
            self.mails.push(Mail {
                at: now,
                from: user.spec.mail.clone(),
                to,
                kind,
                subject: item.fields.subject.clone(),
                event_id: item.relative_id.clone(),
                caused_by: by,
            });
        }
    }
}
