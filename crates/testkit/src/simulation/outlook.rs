//! A model of Outlook behind the provider contract: calendars, events, change tracking, faults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use model::Clock;
use providers::contract::{
    AuthorizationRequest, AuthorizationSecrets, BoxFuture, CalendarProvider, ChangePage, Cursor, Identity,
    Next, ProviderError, ReadWindow, TokenSet,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sync::remote::{RemoteCalendar, RemoteEntry, RemoteEvent, RemoteKind, RemoteRecurrence, RemoteTime};

use crate::ambient::TestClock;
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
    grants: BTreeMap<String, Grant>,
    random: Random,
    numbers: u64,
}

/// What one person allowed: the numbers of the tokens that are good now.
#[derive(Debug, Clone, Default)]
struct Grant {
    access: u64,
    refresh: u64,
    is_revoked: bool,
}

/// The provider.
#[derive(Debug)]
pub struct ModelOutlook {
    world: Mutex<World>,
    clock: TestClock,
    page_size: usize,
}

impl ModelOutlook {
    /// An empty Outlook with these faults.
    pub fn new(seed: u64, clock: TestClock, page_size: usize, faults: BTreeMap<Fault, usize>) -> Self {
        let world = World {
            items: BTreeMap::new(),
            step: 0,
            faults,
            fired: BTreeMap::new(),
            requests: BTreeMap::new(),
            refreshes: 0,
            grants: BTreeMap::new(),
            random: Random::new(seed, "outlook"),
            numbers: 0,
        };
        Self { world: Mutex::new(world), clock, page_size }
    }

    /// The world, for actors and laws.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tokens of this person that are good now; signing in again heals a grant that was taken back.
    pub fn tokens(&self, person: &str) -> TokenSet {
        let mut world = self.world();
        let grant = world.grants.entry(person.to_owned()).or_default();
        grant.is_revoked = false;
        TokenSet {
            access_token: format!("access/{person}/{}", grant.access).into(),
            refresh_token: Some(format!("refresh/{person}/{}", grant.refresh).into()),
            expires_at: self.clock.now() + SignedDuration::from_hours(1),
            scope: "Calendars.Read".to_owned(),
        }
    }

    fn page(&self, calendar: &str, cursor: Option<&Cursor>) -> Result<ChangePage, ProviderError> {
        let mut world = self.world();
        *world.requests.entry(calendar.to_owned()).or_default() += 1;
        if world.plays(Fault::EditBetweenPages) {
            world.edit_something(self.clock.now());
        }
        if cursor.is_some() && world.plays(Fault::CursorGone) {
            return Err(ProviderError::CursorGone { message: "the model forgot the cursor".to_owned() });
        }
        let reading = Reading::of(&world, cursor);
        if reading.is_full() && reading.offset == 0 && world.plays(Fault::EmptyCalendar) {
            let next =
                Next::Done(Reading { from: Some(reading.until), until: reading.until, offset: 0 }.cursor());
            return Ok(ChangePage { entries: Vec::new(), next });
        }
        if world.plays(Fault::EmptyPage) {
            return Ok(ChangePage { entries: Vec::new(), next: Next::Page(reading.cursor()) });
        }
        let ids = world.ids(calendar, &reading);
        let mut entries: Vec<RemoteEntry> = Vec::new();
        for id in ids.iter().skip(reading.offset).take(self.page_size) {
            if !reading.is_full() && world.plays(Fault::Forgotten) {
                continue;
            }
            entries.push(world.entry(id));
            if world.plays(Fault::Duplicates) {
                entries.insert(0, world.entry(id));
            }
        }
        if world.plays(Fault::LeftWindow)
            && let Some(id) = world.some_live(calendar)
        {
            entries.push(RemoteEntry::Removed { id });
        }
        let offset = reading.offset + self.page_size;
        let next = if offset < ids.len() {
            Next::Page(Reading { offset, ..reading }.cursor())
        } else {
            Next::Done(Reading { from: Some(reading.until), until: reading.until, offset: 0 }.cursor())
        };
        Ok(ChangePage { entries, next })
    }

    fn admit(&self, access: &SecretString) -> Result<(), ProviderError> {
        let mut world = self.world();
        let is_refused = world.plays(Fault::TokenRefused);
        let is_revoked = world.plays(Fault::ConsentTaken);
        let (person, number) = parts(access);
        let grant = world.grants.entry(person).or_default();
        grant.is_revoked |= is_revoked;
        grant.access += u64::from(is_refused || is_revoked);
        if number != Some(grant.access) {
            return Err(ProviderError::AccessTokenRefused {
                message: "the model refuses the token".to_owned(),
            });
        }
        if world.plays(Fault::Unavailable) {
            let after_ms = world.random.chance(500).then_some(7_000);
            let (code, message) = ("model_unavailable".to_owned(), "the model is away".to_owned());
            return Err(ProviderError::Retry { after_ms, code, message });
        }
        Ok(())
    }
}

/// A reading on its way: everything as of a step, or what changed between two.
#[derive(Debug, Clone, Copy)]
struct Reading {
    from: Option<u64>,
    until: u64,
    offset: usize,
}

impl Reading {
    fn of(world: &World, cursor: Option<&Cursor>) -> Self {
        let Some(cursor) = cursor else { return Self { from: None, until: world.step, offset: 0 } };
        let mut parts = cursor.token.split('/');
        let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok());
        let (from, until, offset) = (number(), number(), number());
        let is_full = cursor.token.starts_with('*');
        let until = until.filter(|_| offset != Some(0) || is_full).unwrap_or(world.step);
        Self {
            from: from.filter(|_| !is_full),
            until,
            offset: usize::try_from(offset.unwrap_or(0)).unwrap_or(0),
        }
    }

    fn is_full(&self) -> bool {
        self.from.is_none()
    }

    fn cursor(&self) -> Cursor {
        let from = self.from.map_or("*".to_owned(), |from| from.to_string());
        Cursor { mode: "model".to_owned(), token: format!("{from}/{}/{}", self.until, self.offset) }
    }
}

impl World {
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

    fn some_live(&mut self, calendar: &str) -> Option<String> {
        let live = self.live(calendar);
        self.random.pick(&live).cloned()
    }

    fn ids(&self, calendar: &str, reading: &Reading) -> Vec<String> {
        let met = self.items.iter().filter(|(_, item)| {
            item.calendar == calendar
                && match reading.from {
                    None => item.created <= reading.until && item.deleted.is_none_or(|at| at > reading.until),
                    Some(from) => {
                        let moved = item.deleted.unwrap_or(item.changed);
                        moved > from && item.created <= reading.until
                    }
                }
        });
        let mut ids: Vec<String> = met.map(|(id, _)| id.clone()).collect();
        // Not in the order of time, and exceptions may come before their series.
        ids.sort_by_key(|id| id.bytes().rev().collect::<Vec<u8>>());
        ids
    }

    fn entry(&mut self, id: &str) -> RemoteEntry {
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

/// Whose token it is, and its number.
fn parts(token: &SecretString) -> (String, Option<u64>) {
    let mut parts = token.expose_secret().split('/').skip(1);
    let person = parts.next().unwrap_or_default().to_owned();
    (person, parts.next().and_then(|number| number.parse().ok()))
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

impl CalendarProvider for ModelOutlook {
    fn name(&self) -> &'static str {
        "outlook"
    }

    fn authorization_request(
        &self,
        redirect_uri: &str,
        _secrets: &AuthorizationSecrets,
    ) -> AuthorizationRequest {
        AuthorizationRequest { url: redirect_uri.to_owned() }
    }

    fn exchange_code<'a>(
        &'a self,
        _redirect_uri: &'a str,
        _code: &'a str,
        _secrets: &'a AuthorizationSecrets,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        Box::pin(async { Ok(self.tokens("model")) })
    }

    /// Strict rotation: every refresh token works once.
    fn refresh<'a>(
        &'a self,
        refresh_token: &'a SecretString,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        Box::pin(async {
            let (person, number) = parts(refresh_token);
            {
                let mut world = self.world();
                let grant = world.grants.entry(person.clone()).or_default();
                if grant.is_revoked || number != Some(grant.refresh) {
                    let (code, message) =
                        ("invalid_grant".to_owned(), "the model took the consent back".to_owned());
                    return Err(ProviderError::Reconnect { code, message });
                }
                grant.refresh += 1;
                grant.access += 1;
                world.refreshes += 1;
            }
            Ok(self.tokens(&person))
        })
    }

    fn identity<'a>(&'a self, _access: &'a SecretString) -> BoxFuture<'a, Result<Identity, ProviderError>> {
        Box::pin(async {
            Ok(Identity {
                id: "model".into(),
                email: "model@example.org".into(),
                display_name: "Model".into(),
            })
        })
    }

    fn calendars<'a>(
        &'a self,
        access: &'a SecretString,
    ) -> BoxFuture<'a, Result<Vec<RemoteCalendar>, ProviderError>> {
        Box::pin(async {
            self.admit(access)?;
            Ok(Vec::new())
        })
    }

    fn changes<'a>(
        &'a self,
        access: &'a SecretString,
        calendar_id: &'a str,
        cursor: Option<&'a Cursor>,
        _window: ReadWindow,
    ) -> BoxFuture<'a, Result<ChangePage, ProviderError>> {
        Box::pin(async move {
            self.admit(access)?;
            self.page(calendar_id, cursor)
        })
    }

    fn event<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteEvent>, ProviderError>> {
        Box::pin(async move {
            self.admit(access)?;
            let world = self.world();
            let found = world.items.get(event_id).filter(|item| item.deleted.is_none());
            Ok(found.map(|item| event(event_id, item, true)))
        })
    }
}
