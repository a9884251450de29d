//! The plan for one page of changes: what to create, update and remove here, and why.
//!
//! The shell has gathered what is known of the page's items. What the provider reports as gone is only a candidate for
//! removal: it may have left the window, so the shell asks for it, and judges all of a run's removals together.
//! Planning never fails as a whole: what cannot be taken over becomes an error of that one event.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use model::documents::{Event, Record, SyncError, SyncLink};
use model::{Id, IdSource};
use serde::Serialize;
use serde_json::Value;

use crate::local::take_over;
use crate::remote::{RemoteEntry, RemoteEvent, RemoteKind};
use crate::{fingerprint, status};

mod entries;
mod series;

pub use entries::{entry_id, is_there, keep_latest};
use entries::{latest, turn};

/// Whose page it is.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The calendar's owner.
    pub user_id: Id,
    /// The calendar.
    pub calendar_id: Id,
    /// The provider's name.
    pub provider: &'static str,
    /// When the run gathered this page.
    pub now: Timestamp,
}

/// What is here of the items of a page.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Links of this calendar by provider item, with their events.
    pub linked: HashMap<String, (SyncLink, Event)>,
    /// Events of the same person that carry the provider's id but have no link in this calendar: after a restore, kept
    /// after a refused deletion, or moved here from another calendar.
    pub unlinked: HashMap<String, Event>,
    /// Exceptions of series of this page, by master.
    pub exceptions: HashMap<Id, Vec<Event>>,
    /// Items of these exceptions that pages before this one of the same run told.
    pub met: HashSet<String>,
    /// Whether everything is read from the start: then what is not met is found at the end, whatever series it is of.
    pub is_complete: bool,
}

/// Why an event is to be removed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Warrant {
    /// The provider reported it as gone from what is read. The shell asks for it before anything is removed.
    ReportedGone,
    /// Its date was cancelled on the series.
    OccurrenceCancelled,
    /// It is an exception that only the house had, of a series that is one event now.
    SeriesEnded,
}

impl Warrant {
    /// Whether nothing is left to be asked.
    pub const fn is_certain(self) -> bool {
        !matches!(self, Self::ReportedGone)
    }
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Make a new event with its link.
    Create {
        /// The event.
        event: Box<Event>,
        /// Its link.
        link: Box<SyncLink>,
    },
    /// Change an event and its link.
    Update {
        /// The event as it was read.
        before: Box<Event>,
        /// The event as it will be.
        event: Box<Event>,
        /// The link with the newly agreed state; a new one when `relinked`.
        link: Box<SyncLink>,
        /// Whether the event had no link in this calendar.
        relinked: bool,
        /// Names of the fields that change.
        fields: Vec<String>,
    },
    /// Only the agreed state is new; the event's own fields stay as they are.
    Agree {
        /// The link with the newly agreed state.
        link: Box<SyncLink>,
    },
    /// An exception follows its series: into its calendar, and where it has only internal fields of its own, in all else.
    Follow {
        /// The exception as it was read.
        before: Box<Event>,
        /// The exception as it will be.
        event: Box<Event>,
    },
    /// The item of an exception is a plain occurrence again: its link goes, and with it all that it had of its own there.
    Reset {
        /// The exception as it was read.
        before: Box<Event>,
        /// What stays of it: what the house wrote on it. `None`: nothing.
        event: Option<Box<Event>>,
    },
    /// Only what the event says about its sync is new.
    Mark {
        /// The event as it was read.
        before: Box<Event>,
        /// The event as it will be.
        event: Box<Event>,
    },
    /// Remove an event: it goes into the recoverable state when it carries internal data, else away.
    Remove {
        /// The event.
        event: Box<Event>,
        /// By what right.
        warrant: Warrant,
    },
}

/// What to do about one page.
#[derive(Debug, Clone, Default)]
pub struct PagePlan {
    /// The steps, series before their exceptions, none about an event that another one is about.
    pub actions: Vec<Action>,
    /// Exceptions that were not told with their series, although a changed one is told whole: candidates for removal, as
    /// those that were reported as gone.
    pub left_out: Vec<Event>,
    /// What could not be taken over.
    pub errors: Vec<SyncError>,
    /// Items looked at, plain occurrences not counted.
    pub processed: u64,
}

impl PagePlan {
    /// The series of new exceptions that no step writes. Whoever moves or removes a series with all its exceptions reads
    /// those first; only a new revision of the series tells them that there is one more.
    pub fn masters_to_touch(&self) -> BTreeSet<Id> {
        let (mut masters, mut written) = (BTreeSet::new(), BTreeSet::new());
        for action in &self.actions {
            match action {
                Action::Create { event, .. } => {
                    masters.extend(event.recurrence_master_id);
                    written.insert(event.id);
                }
                Action::Update { event, .. } | Action::Follow { event, .. } | Action::Mark { event, .. } => {
                    written.insert(event.id);
                }
                Action::Agree { .. } | Action::Remove { .. } | Action::Reset { .. } => {}
            }
        }
        masters.difference(&written).copied().collect()
    }
}

/// Plans one page. `entries` are the page's in order; the last of several with one id counts.
pub fn plan_page(context: &Context, entries: &[RemoteEntry], known: &Known, ids: &dyn IdSource) -> PagePlan {
    let mut planner = Planner {
        context,
        known,
        ids,
        plan: PagePlan::default(),
        masters: HashMap::new(),
        removed: HashSet::new(),
        ended: HashSet::new(),
        told: HashSet::new(),
    };
    let mut entries = latest(entries);
    entries.sort_by_key(|entry| turn(entry));
    planner.told = entries
        .iter()
        .copied()
        .filter(|entry| is_there(entry))
        .filter_map(entry_id)
        .map(str::to_owned)
        .collect();
    for entry in entries {
        match entry {
            RemoteEntry::Event(remote) => planner.event(remote),
            RemoteEntry::Removed { id } => planner.removed(id),
            RemoteEntry::Unreadable { id, code, reason } => {
                planner.refuse(id.clone().unwrap_or_default(), code, reason.clone())
            }
            RemoteEntry::Occurrence { id, series_master_id, .. } => planner.occurrence(id, series_master_id),
        }
    }
    planner.plan
}

struct Planner<'a> {
    context: &'a Context,
    known: &'a Known,
    ids: &'a dyn IdSource,
    plan: PagePlan,
    /// Masters of this page as they will be, by provider id.
    masters: HashMap<String, Event>,
    /// Events already removed by this page.
    removed: HashSet<Id>,
    /// Series that this page makes single events.
    ended: HashSet<Id>,
    /// Items that this page tells as being there.
    told: HashSet<String>,
}

impl Planner<'_> {
    fn event(&mut self, remote: &RemoteEvent) {
        self.plan.processed += 1;
        let agreed = serde_json::to_value(remote).unwrap_or_default();
        let print = fingerprint::of_agreed(&agreed);
        let master = match &remote.kind {
            RemoteKind::Exception { series_master_id, .. } => self.master(series_master_id),
            _ => None,
        };
        let is_of_none = master.as_ref().is_some_and(|master| !self.goes_on(master));
        let linked = self.known.linked.get(&remote.id);
        if let Some((link, event)) = linked
            && link.fingerprint == print
            && event.removed_at.is_none()
        {
            let shortcoming = status::shortcoming(event, remote);
            if !status::is_said(event, shortcoming) {
                self.mark(event, shortcoming);
            }
            if matches!(remote.kind, RemoteKind::Master { .. }) {
                self.masters.insert(remote.id.clone(), event.clone());
                self.exceptions_follow(event);
            }
            if is_of_none && !self.removed.contains(&event.id) {
                self.plan.left_out.push(event.clone());
            }
            return;
        }
        let found = linked
            .map(|(_, event)| event.clone())
            .or_else(|| self.known.unlinked.get(&remote.id).cloned())
            .or_else(|| self.overlay(remote, master.as_ref()));
        let before = found.clone();
        let context = self.context;
        let mut event = found.unwrap_or_else(|| self.blank());
        event.calendar_id = context.calendar_id;
        if let Err(refusal) = take_over(&mut event, remote, master.as_ref(), context.now) {
            self.plan.processed -= 1;
            self.refuse(remote.id.clone(), refusal.code(), refusal.to_string());
            return;
        }
        let errors = model::validate::event_shared(&event);
        if !errors.is_empty() {
            let said: Vec<String> =
                errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
            self.plan.processed -= 1;
            let title = &remote.title;
            let reason = format!(
                "\"{title}\" does not fit the rules for events ({}); correct it in Outlook",
                said.join("; ")
            );
            self.refuse(remote.id.clone(), "invalid_event", reason);
            return;
        }
        if let Some(before) = &before {
            self.take_back(before.id);
        }
        if let Some(reason) = status::shortcoming(&event, remote) {
            let (event_id, error_message) = (remote.id.clone(), format!("\"{}\": {reason}", event.title));
            let error_code = "series_not_expandable".to_owned();
            self.plan.errors.push(SyncError { event_id, error_message, error_code });
        }
        if is_of_none {
            self.plan.left_out.push(event.clone());
        }
        let link = self.link(remote, agreed, print, event.id, linked.map(|(link, _)| link));
        if matches!(remote.kind, RemoteKind::Master { .. }) {
            self.masters.insert(remote.id.clone(), event.clone());
        }
        self.keep_or_write(before, event, link, linked.is_none());
    }

    fn keep_or_write(&mut self, before: Option<Event>, mut event: Event, link: SyncLink, relinked: bool) {
        let master = event.is_recurring.then(|| event.clone());
        let ended = before
            .as_ref()
            .filter(|before| before.is_recurring && !event.is_recurring)
            .map(|before| before.id);
        match before {
            None => {
                event.touch(self.context.now);
                self.plan.actions.push(Action::Create { event: Box::new(event), link: Box::new(link) });
            }
            Some(before) => {
                let fields = changed_fields(&before, &event);
                if fields.is_empty() && !relinked {
                    self.plan.actions.push(Action::Agree { link: Box::new(link) });
                } else {
                    event.touch(self.context.now);
                    self.plan.actions.push(Action::Update {
                        before: Box::new(before),
                        event: Box::new(event),
                        link: Box::new(link),
                        relinked,
                        fields,
                    });
                }
            }
        }
        if let Some(master) = master {
            self.exceptions_follow(&master);
        } else if let Some(series) = ended {
            self.series_ended(series);
        }
    }

    fn removed(&mut self, id: &str) {
        let Some((_, event)) = self.known.linked.get(id) else { return };
        self.plan.processed += 1;
        self.remove(event, Warrant::ReportedGone);
        for exception in self.known.exceptions.get(&event.id).into_iter().flatten() {
            self.remove(exception, Warrant::ReportedGone);
        }
    }

    fn remove(&mut self, event: &Event, warrant: Warrant) {
        if event.removed_at.is_none() && !self.removed.contains(&event.id) {
            self.take_back(event.id);
            self.removed.insert(event.id);
            self.plan.actions.push(Action::Remove { event: Box::new(event.clone()), warrant });
        }
    }

    /// One event, one step: what was planned for it before goes, since each step begins with the event as it was read. A
    /// page can say two things of one event: a series changes, and the date that followed it has an exception now.
    fn take_back(&mut self, id: Id) {
        let is_about = |action: &Action| match action {
            Action::Update { before: event, .. }
            | Action::Follow { before: event, .. }
            | Action::Mark { before: event, .. }
            | Action::Reset { before: event, .. }
            | Action::Remove { event, .. } => event.id == id,
            Action::Agree { link } => link.event_id == id,
            Action::Create { .. } => false,
        };
        self.plan.actions.retain(|action| !is_about(action));
        self.removed.remove(&id);
    }

    /// What could not be taken over says so: in the log, and on the event, when it is here.
    fn refuse(&mut self, event_id: String, code: &str, reason: String) {
        self.plan.processed += 1;
        let known = self.known;
        if let Some((_, event)) = known.linked.get(&event_id)
            && event.removed_at.is_none()
            && !self.removed.contains(&event.id)
        {
            self.mark(event, Some(&reason));
        }
        self.plan.errors.push(SyncError { event_id, error_message: reason, error_code: code.to_owned() });
    }

    fn mark(&mut self, before: &Event, shortcoming: Option<&str>) {
        let mut event = before.clone();
        if status::say(&mut event, shortcoming) {
            event.touch(self.context.now);
            self.take_back(before.id);
            self.plan.actions.push(Action::Mark { before: Box::new(before.clone()), event: Box::new(event) });
        }
    }

    /// The master of an exception: as this page changes it, or as it is here. That the page says it is gone is a doubt and
    /// no more: providers say so of what only left a window.
    fn master(&self, provider_id: &str) -> Option<Event> {
        let here = || self.known.linked.get(provider_id).map(|(_, event)| event.clone());
        self.masters.get(provider_id).cloned().or_else(here)
    }

    /// Whether a series has dates, as far as this page says.
    fn goes_on(&self, master: &Event) -> bool {
        master.is_recurring && !self.ended.contains(&master.id) && !self.removed.contains(&master.id)
    }

    /// The exception that stands on the date of this one: made here by editing internal fields of the occurrence, or of an
    /// item that the page does not tell any more, or says to be a plain occurrence again.
    fn overlay(&self, remote: &RemoteEvent, master: Option<&Event>) -> Option<Event> {
        let RemoteKind::Exception { original_date, .. } = &remote.kind else { return None };
        let date = original_date.to_string();
        let exceptions = self.known.exceptions.get(&master?.id)?;
        let is_told = |item: &String| self.told.contains(item) || self.known.met.contains(item);
        exceptions
            .iter()
            .find(|event| {
                event.original_date.as_deref() == Some(date.as_str())
                    && !event.outlook_event_id.as_ref().is_some_and(is_told)
                    && !self.is_adopted(event.id)
            })
            .cloned()
    }

    /// Whether an item of this page has become this event: another one of the same date is an event of its own.
    fn is_adopted(&self, id: Id) -> bool {
        self.plan
            .actions
            .iter()
            .any(|action| matches!(action, Action::Update { before, relinked: true, .. } if before.id == id))
    }

    fn blank(&self) -> Event {
        let id = self.ids.next();
        let unset = Timestamp::UNIX_EPOCH;
        Event::new(id, self.context.user_id, self.context.calendar_id, "", unset, unset)
    }

    fn link(
        &self,
        remote: &RemoteEvent,
        agreed: Value,
        print: String,
        event_id: Id,
        known: Option<&SyncLink>,
    ) -> SyncLink {
        let mut link = known.cloned().unwrap_or_else(|| SyncLink {
            id: self.ids.next(),
            user_id: self.context.user_id,
            calendar_id: self.context.calendar_id,
            event_id,
            provider: self.context.provider.to_owned(),
            provider_item_id: remote.id.clone(),
            agreed: Value::Null,
            fingerprint: String::new(),
            created_at: model::documents::UNSET,
            updated_at: model::documents::UNSET,
            revision: 0,
        });
        link.agreed = agreed;
        link.fingerprint = print;
        link.touch(self.context.now);
        link
    }
}

/// Names of the fields in which two versions differ, bookkeeping left out.
pub fn changed_fields(before: &Event, after: &Event) -> Vec<String> {
    const BOOKKEEPING: [&str; 6] =
        ["outlook_etag", "last_synced", "updated_at", "created_at", "revision", "last_modified_by"];
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) =
        (serde_json::to_value(before), serde_json::to_value(after))
    else {
        return vec!["_id".to_owned()];
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| !BOOKKEEPING.contains(&name.as_str()) && before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}
