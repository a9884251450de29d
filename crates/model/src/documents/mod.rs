//! Typed forms of the documents. Field names are those of the declarations; a field without a value is left out.

mod admin_export;
mod calendar;
mod category;
mod event;
mod location;
mod migration;
mod security;
mod sync_state;
mod user;

pub use admin_export::{AdminExport, ExportFilters, ExportFormat, ExportStatus, ExportType};
pub use calendar::Calendar;
pub use category::{Category, CategoryType};
pub use event::{
    ArchivedEvent, Attendee, Event, PriorityLevel, RecurrencePattern, SPAN_CLASS_REMOVED, SPAN_CLASSES,
    SpanClass, SyncStatus, span_class,
};
pub use location::{Coordinates, Location};
pub use migration::{SchemaMigration, Way};
pub use security::{ApiToken, AuditEntry, IdempotencyKey, OneTimeCode, Session, TokenScope};
pub use sync_state::{
    HeldDeletions, HeldState, Lease, SyncCursor, SyncError, SyncLink, SyncLog, SyncLogStatus, SyncType,
};
pub use user::{Role, User};

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Id;
use crate::schema::Collection;

/// A typed document of a declared collection.
pub trait Record: Serialize + DeserializeOwned {
    /// Its declaration.
    const COLLECTION: &'static Collection;

    /// Its id.
    fn id(&self) -> Id;

    /// Its revision.
    fn revision(&self) -> i64;

    /// Marks it as made or changed now: the one place where audit times and revisions are set. A new document
    /// (revision 0) gets both times and revision 1, any other a new `updated_at` and the next revision.
    fn touch(&mut self, now: Timestamp);
}

macro_rules! record {
    ($document:ty, $collection:path) => {
        impl $crate::documents::Record for $document {
            const COLLECTION: &'static $crate::schema::Collection = &$collection;

            fn id(&self) -> $crate::Id {
                self.id
            }

            fn revision(&self) -> i64 {
                self.revision
            }

            fn touch(&mut self, now: jiff::Timestamp) {
                let now = $crate::ambient::to_millisecond(now);
                if self.revision == 0 {
                    self.created_at = now;
                }
                self.updated_at = now;
                self.revision += 1;
            }
        }
    };
}
use record;

/// The instant that stands in a new document until it is touched.
pub const UNSET: Timestamp = Timestamp::UNIX_EPOCH;
