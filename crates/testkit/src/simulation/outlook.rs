//! A model of Outlook behind the provider contract: readings in pages, tokens that rotate strictly, faults.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;
use model::Clock;
use providers::contract::{
    AuthorizationRequest, AuthorizationSecrets, BoxFuture, CalendarProvider, ChangePage, Cursor, Identity,
    Next, ProviderError, ReadWindow, TokenSet,
};
use secrecy::{ExposeSecret, SecretString};
use sync::remote::{RemoteCalendar, RemoteEntry};

use super::world::{AnsweredPage, Fault, Told, World};
use crate::ambient::TestClock;

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
        let world = World::new(seed, faults);
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

    /// From now on the access token of this person is refused.
    pub fn refuse_token(&self, person: &str) {
        self.world().grants.entry(person.to_owned()).or_default().access += 1;
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
        let (entries, next) = self.read(&mut world, calendar, reading);
        let number = 1 + world.pages.last_key_value().map_or(0, |(number, _)| *number);
        let told = entries.iter().filter_map(|entry| told(&world, entry)).collect();
        let after = cursor.and_then(page_number);
        world.pages.insert(number, AnsweredPage { calendar: calendar.to_owned(), after, told });
        let next = match next {
            Some(reading) => Next::Page(reading.cursor(number)),
            None => {
                let until = reading.until;
                Next::Done(Reading { from: Some(until), until, offset: 0 }.cursor(number))
            }
        };
        Ok(ChangePage { entries, next })
    }

    /// The entries of a page, and where to read on within this reading.
    fn read(
        &self,
        world: &mut World,
        calendar: &str,
        reading: Reading,
    ) -> (Vec<RemoteEntry>, Option<Reading>) {
        if reading.is_full() && reading.offset == 0 && world.plays(Fault::EmptyCalendar) {
            return (Vec::new(), None);
        }
        if world.plays(Fault::EmptyPage) {
            return (Vec::new(), Some(reading));
        }
        let ids = world.ids(calendar, reading.from, reading.until);
        let mut entries: Vec<RemoteEntry> = Vec::new();
        for id in ids.iter().skip(reading.offset).take(self.page_size) {
            if !reading.is_full() && world.plays(Fault::Forgotten) {
                continue;
            }
            entries.push(world.entry(calendar, id));
            if world.plays(Fault::Duplicates) {
                entries.insert(0, world.entry(calendar, id));
            }
        }
        if world.plays(Fault::LeftWindow)
            && let Some(id) = world.some_live(calendar)
        {
            if world.lies {
                world.lied_about.insert(id.clone());
            }
            entries.push(RemoteEntry::Removed { id });
        }
        let offset = reading.offset + self.page_size;
        (entries, (offset < ids.len()).then_some(Reading { offset, ..reading }))
    }

    /// Comes back at once, or never.
    async fn answers(&self, access: &SecretString) {
        let is_stalled = self.world().stalled.contains(&parts(access).0);
        if is_stalled {
            std::future::pending::<()>().await;
        }
    }

    fn admit(&self, access: &SecretString) -> Result<(), ProviderError> {
        let mut world = self.world();
        let is_refused = world.plays(Fault::TokenRefused);
        let is_revoked = world.plays(Fault::ConsentTaken);
        let (person, number) = parts(access);
        if world.broken.contains(&person) {
            let (code, message) = ("model_broken".to_owned(), "this mailbox is broken".to_owned());
            return Err(ProviderError::Retry { after_ms: None, code, message });
        }
        if let Some(wait_ms) = world.throttled.get(&person).copied() {
            *world.requests.entry(person).or_default() += 1;
            let (code, message) = ("model_throttled".to_owned(), "too many requests".to_owned());
            return Err(ProviderError::Retry { after_ms: Some(wait_ms), code, message });
        }
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

    /// The cursor behind the page of this number.
    fn cursor(&self, number: u64) -> Cursor {
        let from = self.from.map_or("*".to_owned(), |from| from.to_string());
        Cursor { mode: "model".to_owned(), token: format!("{from}/{}/{}/{number}", self.until, self.offset) }
    }
}

/// The number of the page that this cursor stands behind.
fn page_number(cursor: &Cursor) -> Option<u64> {
    number_of(&cursor.token)
}

/// The same of a cursor's token.
pub(super) fn number_of(token: &str) -> Option<u64> {
    token.rsplit('/').next()?.parse().ok()
}

fn told(world: &World, entry: &RemoteEntry) -> Option<(String, Told)> {
    match entry {
        RemoteEntry::Event(event) => {
            Some((event.id.clone(), Told::Event(world.items.get(&event.id)?.changed)))
        }
        RemoteEntry::Removed { id } => Some((id.clone(), Told::Removed)),
        RemoteEntry::Unreadable { id, .. } => Some((id.clone()?, Told::Unreadable)),
        RemoteEntry::Occurrence { .. } => None,
    }
}

fn calendar(name: &str) -> RemoteCalendar {
    let (id, name) = (name.to_owned(), name.to_owned());
    RemoteCalendar { id, name, color: None, is_primary: false, can_edit: true }
}

/// Whose token it is, and its number.
fn parts(token: &SecretString) -> (String, Option<u64>) {
    let mut parts = token.expose_secret().split('/').skip(1);
    let person = parts.next().unwrap_or_default().to_owned();
    (person, parts.next().and_then(|number| number.parse().ok()))
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
                if world.refreshes_away > 0 {
                    world.refreshes_away -= 1;
                    let (code, message) = ("model_away".to_owned(), "the sign-in server is away".to_owned());
                    return Err(ProviderError::Retry { after_ms: None, code, message });
                }
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
            self.answers(access).await;
            self.admit(access)?;
            let (person, _) = parts(access);
            let calendars = self.world().calendars.get(&person).cloned().unwrap_or_default();
            Ok(calendars.iter().map(|name| calendar(name)).collect())
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
            self.answers(access).await;
            self.admit(access)?;
            self.page(calendar_id, cursor)
        })
    }

    fn event<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteEntry>, ProviderError>> {
        Box::pin(async move {
            self.answers(access).await;
            self.admit(access)?;
            let mut world = self.world();
            world.asked_by_id.push(event_id.to_owned());
            if world.forbidden.contains(event_id) {
                let (code, message) = ("model_forbidden".to_owned(), "this item may not be read".to_owned());
                return Err(ProviderError::GiveUp { code, message });
            }
            Ok(world.by_id(event_id))
        })
    }

    fn calendar_of<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, ProviderError>> {
        Box::pin(async move {
            self.answers(access).await;
            self.admit(access)?;
            let world = self.world();
            let found = world.items.get(event_id).filter(|item| item.deleted.is_none());
            Ok(found.map(|item| item.calendar.clone()))
        })
    }
}
