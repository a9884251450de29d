//! One stored item: a single event, or a series with its exceptions and cancelled days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::fields::Fields;
use super::series::Pattern;

/// A stored event or series.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) number: u64,
    pub(super) owner: u64,
    pub(super) calendar: u64,
    pub(super) relative_id: String,
    pub(super) immutable_id: String,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    /// World-wide number of the last change: source of change key and etag, and what delta compares.
    pub(super) version: u64,
    pub(super) fields: Fields,
    pub(super) transaction_id: Option<String>,
    pub(super) extended: Vec<(String, String)>,
    /// Somebody else's meeting, of which this is the invitee's copy: name and address.
    pub(super) foreign_organizer: Option<(String, String)>,
    pub(super) series: Option<Series>,
}

/// What makes an item a series.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) pattern: Pattern,
    /// By the local date that the pattern gave the occurrence.
    pub(super) exceptions: BTreeMap<Date, Exception>,
    pub(super) cancelled: BTreeSet<Date>,
}

/// An occurrence with content of its own.
#[derive(Clone, Debug)]
pub(super) struct Exception {
    pub(super) fields: Fields,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) extended: Vec<(String, String)>,
}

/// One instance of a series within a window.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// The local date that the pattern gave it.
    pub(super) date: Date,
    /// The instant that the pattern gave it.
    pub(super) original_start: Timestamp,
    /// Content: the exception's own, or the series' moved to this day.
    pub(super) fields: Fields,
    pub(super) is_exception: bool,
}

impl Item {
    /// Whether the organizer is the mailbox' owner.
    pub(super) fn is_organizer(&self) -> bool {
        self.foreign_organizer.is_none()
    }

    /// Instances that overlap the half-open window, in the order of their original dates.
    /// A single event has none.
    pub(super) fn instances(&self, from: Timestamp, until: Timestamp) -> Vec<Instance> {
        let Some(series) = &self.series else { return Vec::new() };
        let mut found: Vec<Instance> = series
            .pattern
            .days(&self.fields, from, until)
            .into_iter()
            .filter(|start| {
                let date = start.date();
                !series.cancelled.contains(&date) && !series.exceptions.contains_key(&date)
            })
            .filter_map(|start| series.pattern.instance(&self.fields, start))
            .filter(|one| overlaps(&one.fields, from, until))
            .collect();
        let exceptions = series.exceptions.iter().filter(|(_, e)| overlaps(&e.fields, from, until));
        found.extend(exceptions.filter_map(|(date, exception)| self.exception_instance(*date, exception)));
        found.sort_by_key(|one| one.date);
        found
    }

    /// The instance of one day, if the series has one there.
    pub(super) fn instance(&self, date: Date) -> Option<Instance> {
        let series = self.series.as_ref()?;
        if series.cancelled.contains(&date) {
            return None;
        }
        if let Some(exception) = series.exceptions.get(&date) {
            return self.exception_instance(date, exception);
        }
        let start = series.pattern.day(&self.fields, date)?;
        series.pattern.instance(&self.fields, start)
    }

    /// Whether anything of it overlaps the half-open window.
    pub(super) fn touches(&self, from: Timestamp, until: Timestamp) -> bool {
        match self.series {
            None => overlaps(&self.fields, from, until),
            Some(_) => !self.instances(from, until).is_empty(),
        }
    }

    /// Whether anything of it ends after `from`.
    pub(super) fn ends_after(&self, from: Timestamp) -> bool {
        match &self.series {
            None => self.fields.end.at > from,
            Some(series) => {
                series.pattern.continues_after(&self.fields, from)
                    || series.exceptions.values().any(|exception| exception.fields.end.at > from)
            }
        }
    }

    fn exception_instance(&self, date: Date, exception: &Exception) -> Option<Instance> {
        let moment = super::times::Moment::new(
            date.to_datetime(self.fields.start.civil.time()),
            &self.fields.start.zone,
        )?;
        Some(Instance {
            date,
            original_start: moment.at,
            fields: exception.fields.clone(),
            is_exception: true,
        })
    }
}

/// Half-open overlap; an event without length counts where it starts.
fn overlaps(fields: &Fields, from: Timestamp, until: Timestamp) -> bool {
    let (start, end) = (fields.start.at, fields.end.at);
    start < until && (end > from || (start == end && start >= from))
}
