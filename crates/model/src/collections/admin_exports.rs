//! Exports an administrator asked for.

use super::revision;
use crate::schema::{Collection, Field, Key::Ascending, Kind, Origin, index, ours, spec};

static FILTERS: &[Field] = &[
    spec("start_date", Kind::Instant, "Events from here on."),
    spec("end_date", Kind::Instant, "Events before this."),
    spec("user_ids", Kind::List(&Kind::Id, 10_000), "Of these people."),
    spec("categories", Kind::List(&Kind::Text(255), 1_000), "In these categories."),
    spec("locations", Kind::List(&Kind::Text(1_000), 1_000), "At these locations."),
];

/// `admin_exports` of the specification.
pub static ADMIN_EXPORTS: Collection = Collection {
    name: "admin_exports",
    doc: "Exports an administrator asked for.",
    origin: Origin::Specification,
    fields: &[
        spec("_id", Kind::Id, "The document's id.").required(),
        spec("admin_user_id", Kind::Id, "Who asked for it.").required().refers_to("users"),
        spec("export_type", Kind::Enum(&["events", "users", "full_backup"]), "What it holds.").required(),
        spec("filters", Kind::Object(FILTERS), "What it was narrowed to."),
        spec("file_path", Kind::Text(4_096), "Where the file is, below the data folder."),
        spec("file_size", Kind::Int(0, i64::MAX), "Size in bytes."),
        spec("record_count", Kind::Int(0, i64::MAX), "How many records it holds."),
        spec("status", Kind::Enum(&["pending", "completed", "error"]), "How far it is.").required(),
        spec("error_message", Kind::Text(4_096), "Why it failed and what to do.").multi_line(),
        spec("created_at", Kind::Instant, "When it was asked for.").required(),
        spec("completed_at", Kind::Instant, "When it ended."),
        ours("updated_at", Kind::Instant, "When the document was last changed.").required(),
        revision(),
    ],
    indexes: &[
        index(&[Ascending("admin_user_id")]),
        index(&[Ascending("export_type")]),
        index(&[Ascending("status")]),
        index(&[Ascending("created_at")]),
    ],
    cluster: &[],
};
