//! What is exported: the filters of the specification, and what they mean in a query.

use model::collections::{EVENTS, USERS};
use model::documents::{ExportFilters, ExportType};
use model::schema::Collection;
use store::{Filter, Value};

use super::Format;
use crate::AppError;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportSpec {
    /// What it holds.
    pub export_type: ExportType,
    /// How it is written.
    pub format: Format,
    /// What it is narrowed to. An empty list narrows nothing.
    pub filters: ExportFilters,
}

impl ExportSpec {
    /// Where it is read from.
    pub(super) fn collection(&self) -> Result<&'static Collection, AppError> {
        match self.export_type {
            ExportType::Events => Ok(&EVENTS),
            ExportType::Users => Ok(&USERS),
            ExportType::FullBackup => {
                Err(AppError::field("export_type", "is `events` or `users`; this version makes no backups"))
            }
        }
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
            return Err(AppError::field("end_date", "must lie after the start"));
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
