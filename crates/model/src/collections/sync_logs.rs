//! What each sync did.

use crate::schema::{
    Collection, Field,
    Key::{Ascending, Descending},
    Kind, Origin, index, ours, spec,
};

use super::revision;

static SYNC_ERROR: &[Field] = &[
    spec("event_id", Kind::Text(1_024), "The provider's id of the event; empty when it could not be read.")
        .required(),
    spec("error_message", Kind::Text(4_096), "What was attempted, why it failed, what to do.")
        .multi_line()
        .required(),
    spec("error_code", Kind::Text(100), "A stable code.").required(),
];

/// `sync_logs` of the specification.
pub static SYNC_LOGS: Collection = Collection {
    name: "sync_logs",
    doc: "One entry a run that did or failed at something.",
    origin: Origin::Specification,
    fields: &[
        spec("_id", Kind::Id, "The document's id.").required(),
        spec("user_id", Kind::Id, "Whose calendar was synced.").required().cascades_from("users"),
        spec("sync_type", Kind::Enum(&["outlook_to_local", "local_to_outlook", "google_sync"]), "Which way.")
            .required(),
        spec("status", Kind::Enum(&["success", "error", "partial"]), "How it ended.").required(),
        spec("events_processed", Kind::Int(0, i64::MAX), "Items looked at.").required(),
        spec("events_created", Kind::Int(0, i64::MAX), "Events made.").required(),
        spec("events_updated", Kind::Int(0, i64::MAX), "Events changed.").required(),
        spec("events_deleted", Kind::Int(0, i64::MAX), "Events removed.").required(),
        spec("errors", Kind::List(&Kind::Object(SYNC_ERROR), 1_000), "What could not be synced.").required(),
        spec("started_at", Kind::Instant, "When it began.").required(),
        spec("completed_at", Kind::Instant, "When it ended.").required(),
        spec("duration_ms", Kind::Int(0, i64::MAX), "How long it took, in milliseconds.").required(),
        ours("calendar_id", Kind::Id, "Which calendar.").cascades_from("calendars"),
        ours("created_at", Kind::Instant, "When the document was made.").required(),
        ours("updated_at", Kind::Instant, "When it was last changed.").required(),
        revision(),
    ],
    indexes: &[
        index(&[Ascending("user_id")]),
        index(&[Ascending("sync_type")]),
        index(&[Ascending("status")]),
        index(&[Ascending("started_at")]),
        index(&[Ascending("user_id"), Descending("started_at")]).ours(),
        index(&[Ascending("calendar_id")]).ours(),
    ],
    cluster: &[],
};
