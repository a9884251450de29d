//! The document of a calendar's doubtful deletions, as two sets: those that wait for a person, and those that a run has
//! collected and not judged yet, or could not ask for.
//!
//! What waits stays until the person decides, or until Outlook tells the event again; no later run judges it anew.

use std::collections::BTreeSet;

use model::Id;
use model::collections::HELD_DELETIONS;
use model::documents::{Calendar, HeldDeletions, HeldState, Record, UNSET};
use store::{Batch, Filter, TypedStore};

use super::pages::PROVIDER;
use crate::{App, AppError};

const COLLECTED: &str = "collected by a run, and not judged yet";

/// A calendar's doubtful deletions.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    before: Option<HeldDeletions>,
    /// These wait for a person.
    pub(super) waiting: BTreeSet<Id>,
    /// These are judged at the end of a run.
    pub(super) collected: BTreeSet<Id>,
    /// Why those that wait do.
    reason: String,
}

impl Hold {
    /// As it is in the store.
    pub(super) async fn read(app: &App, calendar_id: Id) -> Result<Self, AppError> {
        let mine = Filter::eq("calendar_id", calendar_id).and(Filter::eq("provider", PROVIDER));
        Ok(Self::of(app.store().first(mine).await?))
    }

    fn of(before: Option<HeldDeletions>) -> Self {
        let ids = |ids: &[Id]| ids.iter().copied().collect();
        let (waiting, collected) = match &before {
            None => (BTreeSet::new(), BTreeSet::new()),
            Some(held) if held.state == HeldState::Waiting => {
                (ids(&held.event_ids), ids(&held.collected_ids))
            }
            Some(held) => (BTreeSet::new(), ids(&held.event_ids)),
        };
        let reason = before.as_ref().map(|held| held.reason.clone()).unwrap_or_default();
        Self { before, waiting, collected, reason }
    }

    /// The document, when something waits in it.
    pub(super) fn waits(&self) -> Option<&HeldDeletions> {
        self.before.as_ref().filter(|_| !self.waiting.is_empty())
    }

    /// Events were reported as gone. What waits already is not judged again.
    pub(super) fn collect(&mut self, ids: impl IntoIterator<Item = Id>) {
        let new = ids.into_iter().filter(|id| !self.waiting.contains(id));
        self.collected.extend(new);
    }

    /// These are doubtful no longer.
    pub(super) fn forget(&mut self, ids: impl IntoIterator<Item = Id>) {
        for id in ids {
            self.waiting.remove(&id);
            self.collected.remove(&id);
        }
    }

    /// Whether anything is left that waits or is to be judged.
    pub(super) fn is_doubtful(&self) -> bool {
        !self.waiting.is_empty() || !self.collected.is_empty()
    }

    /// A run came to its end: these wait now, beside what waited. Those it could not ask for are judged by the next, and so
    /// are those that were collected since it began to judge.
    pub(super) fn judged(
        &mut self,
        judged: &BTreeSet<Id>,
        held: impl IntoIterator<Item = Id>,
        refused: impl IntoIterator<Item = Id>,
        reason: Option<String>,
    ) {
        self.collected.retain(|id| !judged.contains(id));
        self.collected.extend(refused);
        self.waiting.extend(held);
        self.reason = reason.unwrap_or_else(|| self.reason.clone());
    }

    /// Adds what changed to a commit, which then fails when somebody else changed it meanwhile.
    pub(super) fn write(&self, app: &App, calendar: &Calendar, batch: &mut Batch) -> Result<(), AppError> {
        let Some(mut after) = self.document(app, calendar) else {
            if let Some(before) = &self.before {
                let as_read = Filter::eq("_id", before.id).and(Filter::eq("revision", before.revision));
                batch.require(&HELD_DELETIONS, as_read);
                batch.delete(&HELD_DELETIONS, Filter::eq("_id", before.id));
            }
            return Ok(());
        };
        if self.before.as_ref() == Some(&after) {
            return Ok(());
        }
        after.touch(app.now());
        match &self.before {
            Some(before) => batch.replace(&after, before.revision)?,
            None => batch.insert(&after)?,
        }
        Ok(())
    }

    /// What is to be in the store; nothing when nothing is doubtful.
    fn document(&self, app: &App, calendar: &Calendar) -> Option<HeldDeletions> {
        let list = |ids: &BTreeSet<Id>| ids.iter().copied().collect();
        let (state, event_ids, collected_ids, reason) =
            match (self.waiting.is_empty(), self.collected.is_empty()) {
                (true, true) => return None,
                (true, false) => {
                    (HeldState::Collecting, list(&self.collected), Vec::new(), COLLECTED.to_owned())
                }
                (false, _) => {
                    (HeldState::Waiting, list(&self.waiting), list(&self.collected), self.reason.clone())
                }
            };
        let before = self.before.as_ref();
        Some(HeldDeletions {
            id: before.map_or_else(|| app.new_id(), |held| held.id),
            user_id: calendar.user_id,
            calendar_id: calendar.id,
            provider: PROVIDER.to_owned(),
            state,
            event_ids,
            collected_ids,
            reason,
            created_at: before.map_or(UNSET, |held| held.created_at),
            updated_at: before.map_or(UNSET, |held| held.updated_at),
            revision: before.map_or(0, |held| held.revision),
        })
    }
}
