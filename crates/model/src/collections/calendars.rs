//! Calendars, from Outlook or made here.

use super::{NAME, revision};
use crate::schema::{Collection, Key::Ascending, Kind, Origin, index, ours, spec};

/// `calendars` of the specification.
pub static CALENDARS: Collection = Collection {
    name: "calendars",
    doc: "Calendars of people, from Outlook or made here.",
    origin: Origin::Specification,
    fields: &[
        spec("_id", Kind::Id, "The document's id.").required(),
        spec("user_id", Kind::Id, "Whose calendar it is.").required().cascades_from("users"),
        spec("outlook_calendar_id", Kind::Text(512), "Outlook's id; absent for a calendar made here."),
        spec("name", NAME, "Name as shown.").required().not_blank(),
        spec("color", Kind::Color, "Colour as shown.").required(),
        spec("is_primary", Kind::Bool, "Whether it is the person's main calendar.").required(),
        spec("can_edit", Kind::Bool, "Whether its events may be changed.").required(),
        spec("is_active", Kind::Bool, "Whether it is synced.").required(),
        spec("google_calendar_id", Kind::Text(512), "Google's id, when mirrored there."),
        spec("sync_enabled", Kind::Bool, "Whether it is mirrored to the other platform.").required(),
        spec("last_synced", Kind::Instant, "When a sync of it last ended well."),
        spec("created_at", Kind::Instant, "When the document was made.").required(),
        spec("updated_at", Kind::Instant, "When it was last changed.").required(),
        ours(
            "sync_error",
            Kind::Text(1_000),
            "Why the last sync failed and what to do; absent while it works.",
        )
        .multi_line(),
        ours(
            "deletion_requested_at",
            Kind::Instant,
            "Since when it is being deleted, with all that is in it.",
        ),
        revision(),
    ],
    indexes: &[
        index(&[Ascending("user_id")]),
        index(&[Ascending("outlook_calendar_id")]).unique().sparse(),
        index(&[Ascending("user_id"), Ascending("is_active")]),
        index(&[Ascending("deletion_requested_at")]).sparse().ours(),
    ],
    cluster: &[],
};
