//! What is exported: the filters of the specification, and what they mean in a query.

use model::collections::{EVENTS, EVENTS_ARCHIVE, USERS};
use model::documents::{AdminExport, ExportFilters, ExportType};
use model::schema::Collection;
use store::{Filter, Value};

use super::Format;
use crate::AppError;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportSpec {
    /// What it holds.
    pub export_type: ExportType,
    /// How it is written; `None` for a full backup, which has a form of its own.
    pub format: Option<Format>,
    /// What it is narrowed to. An empty list narrows nothing.
    pub filters: ExportFilters,
}

impl ExportSpec {
    /// What a record asks for.
    pub(super) fn of(export: &AdminExport) -> Self {
        Self {
            export_type: export.export_type,
            format: export.format,
            filters: export.filters.clone().unwrap_or_default(),
        }
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// `invalid_fields` with the field that does not.
    pub(super) fn check(&self) -> Result<(), AppError> {
        self.filter()?;
        let reason = match (self.export_type, self.format) {
            (ExportType::FullBackup, Some(_)) => "a full backup has a form of its own; leave it out",
            (ExportType::Users, Some(Format::Ics)) => "only events make a calendar; take another format",
            (ExportType::Events | ExportType::Users, None) => "is missing",
            _ => return Ok(()),
        };
        Err(AppError::field("format", reason))
    }

    /// What it is of, and how it is written; `None` for a full backup, which is of everything.
    pub(super) fn table(&self) -> Option<(&'static Collection, Format)> {
        let collection = match self.export_type {
            ExportType::Events => &EVENTS,
            ExportType::Users => &USERS,
            ExportType::FullBackup => return None,
        };
        Some((collection, self.format?))
    }

    /// What is read for it, as of one moment. Events that were moved to the archive count like others. For a calendar
    /// exceptions come last: in either collection, and whatever their ids, they are written in the terms of their masters.
    pub(super) fn sources(&self) -> Result<Vec<(&'static Collection, Filter)>, AppError> {
        let filter = self.filter()?;
        Ok(match (self.export_type, self.format) {
            (ExportType::Events, Some(Format::Ics)) => {
                let of_kind = |is_exception| {
                    let filter = filter.clone().and(Filter::Exists("recurrence_master_id", is_exception));
                    [(&EVENTS, filter.clone()), (&EVENTS_ARCHIVE, filter)]
                };
                [false, true].into_iter().flat_map(of_kind).collect()
            }
            (ExportType::Events, _) => vec![(&EVENTS, filter.clone()), (&EVENTS_ARCHIVE, filter)],
            (ExportType::Users, _) => vec![(&USERS, filter)],
            (ExportType::FullBackup, _) => Vec::new(),
        })
    }

    /// The filters as a query. Removed events are left out; a series is in if it reaches the time asked for.
    pub(super) fn filter(&self) -> Result<Filter, AppError> {
        let filters = &self.filters;
        if self.export_type != ExportType::Events {
            return if *filters == ExportFilters::default() {
                Ok(Filter::All(Vec::new()))
            } else {
                Err(AppError::field("filters", "are for exports of events; leave them out"))
            };
        }
        if let (Some(start), Some(end)) = (filters.start_date, filters.end_date)
            && end <= start
        {
            return Err(AppError::field("filters.end_date", "must lie after the start"));
        }
        let mut all = vec![Filter::Exists("removed_at", false)];
        if let Some(start) = filters.start_date {
            let reaches = |field| Filter::Gt(field, Value::Instant(start));
            all.push(Filter::Any(vec![reaches("end_time"), reaches("recurrence_until")]));
        }
        all.extend(filters.end_date.map(|end| Filter::Lt("start_time", Value::Instant(end))));
        if !filters.user_ids.is_empty() {
            all.push(Filter::In("user_id", filters.user_ids.iter().copied().map(Value::Id).collect()));
        }
        if !filters.categories.is_empty() {
            let names = || filters.categories.iter().cloned().map(Value::Text).collect();
            let fields = ["category", "categories", "internal_category"];
            all.push(Filter::Any(fields.map(|field| Filter::In(field, names())).to_vec()));
        }
        if !filters.locations.is_empty() {
            all.push(Filter::In("location", filters.locations.iter().cloned().map(Value::Text).collect()));
        }
        Ok(Filter::All(all))
    }
}
