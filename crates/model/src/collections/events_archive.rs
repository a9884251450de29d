//! The archive: events that ended long ago, as they were, out of the way of what is searched every day.
//!
//! Its fields are those of `events` and cannot drift from them. The links of archived events stay in `sync_links` and keep
//! the event's id, so that a later full read recognises them.

use super::events::FIELDS;
use crate::schema::{Collection, Field, Key::Ascending, Kind, Origin, index, ours};

static ARCHIVED_FIELDS: [Field; FIELDS.len() + 1] = with(
    FIELDS,
    ours("archived_at", Kind::Instant, "When it was moved here; it is read-only until it is brought back.")
        .required(),
);

/// The archive of `events`.
pub static EVENTS_ARCHIVE: Collection = Collection {
    name: "events_archive",
    doc: "Events that ended long ago, moved out of `events` with all their fields.",
    origin: Origin::Ours,
    fields: &ARCHIVED_FIELDS,
    indexes: &[
        index(&[Ascending("calendar_id")]).ours(),
        index(&[Ascending("outlook_event_id")]).unique().sparse().ours(),
        index(&[Ascending("recurrence_master_id")]).ours(),
        index(&[Ascending("user_id"), Ascending("span_class"), Ascending("occupied_from")]).ours(),
        index(&[Ascending("span_class"), Ascending("occupied_from")]).ours(),
        index(&[Ascending("user_id"), Ascending("original_date")]).only_with("original_date").ours(),
    ],
    cluster: &["user_id", "span_class", "occupied_from"],
};

/// These fields and one more, put together while compiling.
#[expect(clippy::indexing_slicing, reason = "evaluated while compiling, where it cannot panic unseen")]
const fn with<const N: usize>(fields: &[Field], last: Field) -> [Field; N] {
    let mut all = [last; N];
    let mut index = 0;
    while index < fields.len() {
        all[index] = fields[index];
        index += 1;
    }
    all
}
