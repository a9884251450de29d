//! What a page says about the exceptions of a series by what it says about the series, or by leaving them out.

use model::Id;
use model::documents::{Event, Record};

use super::{Action, Planner, Warrant, changed_fields};
use crate::fate::{Fate, without_item};
use crate::local::{Standing, inherit};

impl Planner<'_> {
    /// What a series that is told means for its exceptions here.
    ///
    /// A provider that tells a series again tells its exceptions with it, and says nothing of those that it dropped:
    /// whichever is not told may be gone, and is asked for at the end of the run.
    pub(super) fn exceptions_follow(&mut self, master: &Event) {
        let known = self.known;
        let exceptions = known.exceptions.get(&master.id).into_iter().flatten();
        for exception in exceptions.filter(|exception| exception.removed_at.is_none()) {
            let cancelled = exception
                .original_date
                .as_ref()
                .is_some_and(|date| master.cancelled_occurrences.contains(date));
            let item = exception.outlook_event_id.as_deref();
            if cancelled {
                self.remove(exception, Warrant::OccurrenceCancelled);
            } else if !item.is_some_and(|item| self.told.contains(item)) {
                self.follow(exception, master);
                let is_left_out = item.is_some_and(|item| !known.met.contains(item)) && !known.is_complete;
                if is_left_out && !self.removed.contains(&exception.id) {
                    self.plan.left_out.push(exception.clone());
                }
            }
        }
    }

    /// An exception that says nothing by itself is where its series is, and what its series is, as far as it is no more
    /// than a date with what the house wrote on it. A series that cannot be read says nothing of its dates: that is no
    /// word that one of them is gone.
    fn follow(&mut self, exception: &Event, master: &Event) {
        let mut event = exception.clone();
        event.calendar_id = master.calendar_id;
        let is_no_more = |event: &mut Event| inherit(event, master) == Standing::Gone;
        if exception.inherits_shared == Some(true) && is_no_more(&mut event) {
            self.remove(exception, Warrant::OccurrenceCancelled);
        } else if !changed_fields(exception, &event).is_empty() {
            event.touch(self.context.now);
            self.plan
                .actions
                .push(Action::Follow { before: Box::new(exception.clone()), event: Box::new(event) });
        }
    }

    /// A series that is one event now has no dates any more: what only the house had on them goes as a deleted event goes,
    /// and the provider is asked for the rest.
    pub(super) fn series_ended(&mut self, series: Id) {
        self.ended.insert(series);
        let known = self.known;
        let exceptions = known.exceptions.get(&series).into_iter().flatten();
        for exception in exceptions.filter(|exception| exception.removed_at.is_none()) {
            match &exception.outlook_event_id {
                None => self.remove(exception, Warrant::SeriesEnded),
                // What the page tells besides is doubtful only where it is told as a date of this series.
                Some(item) if self.told.contains(item) => {}
                Some(_) => self.plan.left_out.push(exception.clone()),
            }
        }
    }

    /// A plain occurrence. It is not stored; but what was linked to it was an exception until now, and was reset.
    pub(super) fn occurrence(&mut self, id: &str, series_master_id: &str) {
        let known = self.known;
        let Some((_, before)) = known.linked.get(id).filter(|(_, event)| event.removed_at.is_none()) else {
            return;
        };
        if self.is_adopted(before.id) {
            return;
        }
        let master = self.master(series_master_id).filter(|master| !self.ended.contains(&master.id));
        let siblings = master.as_ref().map(|master| self.siblings(master.id)).unwrap_or_default();
        let event = match without_item(before, master.as_ref(), &siblings) {
            Fate::Gone => return self.remove(before, Warrant::ReportedGone),
            Fate::Plain => None,
            Fate::Overlay(mut event) => {
                event.touch(self.context.now);
                Some(event)
            }
        };
        self.take_back(before.id);
        self.plan.actions.push(Action::Reset { before: Box::new(before.clone()), event });
    }

    /// The exceptions of a series, those that this page makes or changes as it leaves them.
    fn siblings(&self, series: Id) -> Vec<Event> {
        let written = self.plan.actions.iter().filter_map(|action| match action {
            Action::Create { event, .. } | Action::Update { event, .. } => Some(&**event),
            _ => None,
        });
        let written: Vec<Event> =
            written.filter(|event| event.recurrence_master_id == Some(series)).cloned().collect();
        let is_written = |event: &&Event| written.iter().any(|other| other.id == event.id);
        let known = self.known.exceptions.get(&series).into_iter().flatten();
        let known: Vec<Event> = known.filter(|event| !is_written(event)).cloned().collect();
        known.into_iter().chain(written).collect()
    }
}
