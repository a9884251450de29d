//! The columns of a collection.

use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::schema::{Collection, Exposure, Field, Kind};

/// A column of an export.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The field.
    pub name: &'static str,
    /// Whether it never leaves the house otherwise.
    pub is_internal: bool,
    pub(crate) kind: Kind,
}

impl Column {
    /// What stands above it.
    pub fn head(&self) -> String {
        if self.is_internal { format!("{} (internal)", self.name) } else { self.name.to_owned() }
    }
}

/// The columns of a collection: every field that is no secret, in the order of the declaration. Events may be of the
/// archive, which has a field more: when they were moved there.
pub fn columns(collection: &Collection) -> Vec<Column> {
    let column = |field: &Field| Column {
        name: field.name,
        is_internal: field.exposure == Exposure::Internal,
        kind: field.kind,
    };
    let collection = if collection.name == EVENTS.name { &EVENTS_ARCHIVE } else { collection };
    collection.fields.iter().filter(|field| field.exposure != Exposure::Secret).map(column).collect()
}
