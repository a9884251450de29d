//! The simulated mailboxes as a state machine: people, calendars, events, change tracking. No HTTP.
//!
//! Bodies that come in and events that go out are Graph's JSON, because that is the language in
//! which a calendar of Outlook is described here; transport, tokens, links and faults are outside.
//! Everything happens at the world's clock, and every id comes from its seed.

mod delta;
mod edits;
mod fields;
mod item;
mod mail;
mod people;
mod read;
mod refusal;
mod render;
mod series;
mod state;
mod switches;
pub(crate) mod text;
pub(crate) mod times;
mod token;
mod view;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

pub use delta::{DeltaLink, DeltaPage, Tracked};
pub use mail::{Actor, Mail, MailKind};
pub use people::{CalendarSpec, UserSpec};
pub use read::{DeltaQuery, EventSummary};
pub use refusal::Refusal;
pub use switches::{IfMatch, MasterPatch, RefreshRotation, RepeatedTransaction, Switches, SyncStateLost};
pub use view::View;

use crate::SimClock;
use crate::ids;
use edits::Act;
use people::{Calendar, User};
use state::{State, Target};

/// All mailboxes of the simulation. Clones share the same data.
#[derive(Clone, Debug)]
pub struct World {
    state: Arc<Mutex<State>>,
    clock: SimClock,
}

/// The two ids of an event that was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct EventIds {
    /// The ordinary id, which changes with a move.
    pub id: String,
    /// The id that `Prefer: IdType="ImmutableId"` shows.
    pub immutable_id: String,
}

impl World {
    /// An empty world. `kept_sync_states` is how many rounds of change tracking each calendar
    /// remembers.
    pub fn new(seed: u64, clock: SimClock, kept_sync_states: usize) -> Self {
        let state = State { seed, kept_rounds: kept_sync_states, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// Empties the world; numbering begins anew, switches stay.
    pub fn reset(&self) {
        let mut state = self.lock();
        *state = State {
            seed: state.seed,
            kept_rounds: state.kept_rounds,
            switches: state.switches.clone(),
            ..State::default()
        };
    }

    /// The world's clock.
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// The seed of every id.
    pub fn seed(&self) -> u64 {
        self.lock().seed
    }

    /// The present moment of the simulation.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The switches in force.
    pub fn switches(&self) -> Switches {
        self.lock().switches.clone()
    }

    /// Sets the switches; they hold from the next operation on.
    pub fn set_switches(&self, switches: Switches) {
        self.lock().switches = switches;
    }

    /// Adds a person with a mailbox and a default calendar named `Calendar`; answers the
    /// directory id.
    ///
    /// # Errors
    /// When the mail address is taken or the time zone unknown.
    pub fn add_user(&self, mut spec: UserSpec) -> Result<String, Refusal> {
        let mut state = self.lock();
        if times::resolve(&spec.time_zone).is_none() {
            return Err(Refusal::unknown_zone(&spec.time_zone));
        }
        if state.user(&spec.mail).is_ok() {
            let message = format!("A person with the mail address {} exists.", spec.mail);
            return Err(Refusal::new(409, "ErrorDuplicateUser", message));
        }
        let number = state.make();
        if spec.id.is_empty() {
            spec.id = ids::guid(state.seed, "user", number);
        }
        let category = |(index, (name, color)): (u64, &(&str, &str))| {
            let id = ids::guid(state.seed, "category", number * 100 + index);
            (id, (*name).to_owned(), (*color).to_owned())
        };
        let categories = (0..).zip(people::CATEGORIES.iter()).map(category).collect();
        let id = spec.id.clone();
        state.users.insert(number, User { number, spec, calendars: Vec::new(), categories });
        add_calendar(&mut state, number, CalendarSpec::named("Calendar"));
        Ok(id)
    }

    /// Everybody, in the order in which they were added.
    pub fn users(&self) -> Vec<UserSpec> {
        self.lock().users.values().map(|user| user.spec.clone()).collect()
    }

    /// The person with this directory id or mail address.
    ///
    /// # Errors
    /// `ErrorInvalidUser` for a stranger.
    pub fn user(&self, key: &str) -> Result<UserSpec, Refusal> {
        Ok(self.lock().user(key)?.spec.clone())
    }

    /// Adds a calendar to a person's mailbox; answers its id.
    ///
    /// # Errors
    /// For a stranger.
    pub fn add_calendar(&self, user: &str, spec: CalendarSpec) -> Result<String, Refusal> {
        let mut state = self.lock();
        let owner = state.user(user)?.number;
        Ok(add_calendar(&mut state, owner, spec))
    }

    /// Creates an event from Graph's JSON, in the default calendar when none is named. `by` decides
    /// about rights and mail accounting. `user` is a directory id or mail address, everywhere here.
    ///
    /// # Errors
    /// As Graph refuses: unknown calendar, read-only calendar, a property that fails validation, a
    /// transaction id that was used.
    pub fn create_event(
        &self,
        by: Actor,
        user: &str,
        calendar: Option<&str>,
        body: &Value,
    ) -> Result<EventIds, Refusal> {
        let (mut state, act) = self.act(by, user)?;
        let calendar = state.calendar(act.owner, calendar)?.number;
        let number = edits::create(&mut state, act, calendar, body)?;
        ids_of(&state, Target { number, date: None })
    }

    /// Puts somebody else's meeting into a mailbox, as the copy that an invited person has.
    ///
    /// # Errors
    /// As [`create_event`](Self::create_event).
    pub fn receive_invitation(
        &self,
        user: &str,
        organizer: (&str, &str),
        body: &Value,
    ) -> Result<EventIds, Refusal> {
        let (mut state, act) = self.act(Actor::Person, user)?;
        let calendar = state.calendar(act.owner, None)?.number;
        let mails = state.mails.len();
        let number = edits::create(&mut state, act, calendar, body)?;
        // The mail is the organizer's, who is not simulated.
        state.mails.truncate(mails);
        if let Some(item) = state.items.get_mut(&number) {
            item.foreign_organizer = Some((organizer.0.to_owned(), organizer.1.to_owned()));
        }
        ids_of(&state, Target { number, date: None })
    }

    /// Updates an event, a series or (by its own id) an occurrence with the members that `body` has.
    ///
    /// # Errors
    /// As Graph refuses; 412 when `if_match` is stale and the switch honours it.
    pub fn edit_event(
        &self,
        by: Actor,
        user: &str,
        id: &str,
        if_match: Option<&str>,
        body: &Value,
    ) -> Result<EventIds, Refusal> {
        let (mut state, act) = self.act(by, user)?;
        let target = state.target(act.owner, id)?;
        edits::update(&mut state, act, target, if_match, body)?;
        ids_of(&state, target)
    }

    /// Deletes an event, a series or (by its own id) an occurrence.
    ///
    /// # Errors
    /// As Graph refuses.
    pub fn delete_event(
        &self,
        by: Actor,
        user: &str,
        id: &str,
        if_match: Option<&str>,
    ) -> Result<(), Refusal> {
        let (mut state, act) = self.act(by, user)?;
        let target = state.target(act.owner, id)?;
        edits::delete(&mut state, act, target, if_match)
    }

    /// Updates the occurrence that the pattern of series `id` put on `date`.
    ///
    /// # Errors
    /// As Graph refuses; 404 when the series has none there.
    pub fn edit_occurrence(
        &self,
        by: Actor,
        user: &str,
        id: &str,
        date: Date,
        body: &Value,
    ) -> Result<EventIds, Refusal> {
        self.edit_event(by, user, &ids::occurrence_id(id, date), None, body)
    }

    /// Deletes the occurrence that the pattern of series `id` put on `date`.
    ///
    /// # Errors
    /// As Graph refuses; 404 when the series has none there.
    pub fn delete_occurrence(&self, by: Actor, user: &str, id: &str, date: Date) -> Result<(), Refusal> {
        self.delete_event(by, user, &ids::occurrence_id(id, date), None)
    }

    /// Moves an event or series to another calendar of the same mailbox, as its owner.
    ///
    /// # Errors
    /// As Graph refuses; an occurrence cannot be moved alone.
    pub fn move_event(&self, user: &str, id: &str, calendar: &str) -> Result<EventIds, Refusal> {
        let (mut state, act) = self.act(Actor::Person, user)?;
        let target = state.target(act.owner, id)?;
        if target.date.is_some() {
            return Err(Refusal::invalid_property());
        }
        let calendar = state.calendar(act.owner, Some(calendar))?.number;
        edits::move_to(&mut state, act, target.number, calendar)?;
        ids_of(&state, target)
    }

    /// Every mail that a real provider would have sent, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.lock().mails.clone()
    }

    /// Forgets all change-tracking states of a mailbox: the next use of any link is told so.
    ///
    /// # Errors
    /// For a stranger.
    pub fn expire_cursors(&self, user: &str) -> Result<(), Refusal> {
        let mut state = self.lock();
        let calendars = state.user(user)?.calendars.clone();
        state.rounds.retain(|calendar, _| !calendars.contains(calendar));
        Ok(())
    }

    fn act(&self, by: Actor, user: &str) -> Result<(MutexGuard<'_, State>, Act), Refusal> {
        let now = self.now();
        let mut state = self.lock();
        state.settle(now);
        let owner = state.user(user)?.number;
        Ok((state, Act { by, owner, now }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add_calendar(state: &mut State, owner: u64, spec: CalendarSpec) -> String {
    let number = state.make();
    let id = ids::calendar_id(state.seed, owner, number);
    state.by_id.insert(id.clone(), number);
    state.calendars.insert(number, Calendar { number, owner, id: id.clone(), spec, version: 0 });
    if let Some(user) = state.users.get_mut(&owner) {
        user.calendars.push(number);
    }
    id
}

fn ids_of(state: &State, target: Target) -> Result<EventIds, Refusal> {
    let item = state.item(target.number)?;
    let of =
        |master: &str| target.date.map_or_else(|| master.to_owned(), |date| ids::occurrence_id(master, date));
    Ok(EventIds { id: of(&item.relative_id), immutable_id: of(&item.immutable_id) })
}
