//! The declarations, one file a collection of the specification, and one for the small ones of our own.

mod admin_exports;
mod calendars;
mod categories;
mod events;
mod events_archive;
mod locations;
mod own;
mod sync_logs;
mod users;

pub use admin_exports::ADMIN_EXPORTS;
pub use calendars::CALENDARS;
pub use categories::CATEGORIES;
pub use events::{EVENTS, PRIORITY_LEVELS, RESPONSE_STATUSES, SYNC_STATUSES};
pub use events_archive::EVENTS_ARCHIVE;
pub use locations::LOCATIONS;
pub use own::{
    API_TOKENS, AUDIT_LOG, HELD_DELETIONS, IDEMPOTENCY_KEYS, LEASES, ONE_TIME_CODES, SCHEMA_MIGRATIONS,
    SESSIONS, SYNC_CURSORS, SYNC_LINKS,
};
pub use sync_logs::SYNC_LOGS;
pub use users::USERS;

use crate::schema::{Collection, Field, Kind, ours};

/// Every collection, the specification's first and in its order.
pub static ALL: &[&Collection] = &[
    &USERS,
    &CALENDARS,
    &EVENTS,
    &CATEGORIES,
    &LOCATIONS,
    &SYNC_LOGS,
    &ADMIN_EXPORTS,
    &EVENTS_ARCHIVE,
    &SYNC_LINKS,
    &SYNC_CURSORS,
    &HELD_DELETIONS,
    &LEASES,
    &SESSIONS,
    &API_TOKENS,
    &ONE_TIME_CODES,
    &IDEMPOTENCY_KEYS,
    &AUDIT_LOG,
    &SCHEMA_MIGRATIONS,
];

/// The collection of this name.
pub fn named(name: &str) -> Option<&'static Collection> {
    ALL.iter().copied().find(|collection| collection.name == name)
}

/// Names are short texts.
const NAME: Kind = Kind::Text(255);

/// The version of a document: rises by one with every change; the ETag of the API.
const fn revision() -> Field {
    ours(
        "revision",
        Kind::Int(1, i64::MAX),
        "Rises by one with every change of the document; the ETag of the API.",
    )
    .required()
}
