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

/// How a file can be written.
const FORMATS: &[&str] = &["csv", "ndjson", "json", "xlsx", "ics"];

/// `admin_exports` of the specification.
pub static ADMIN_EXPORTS: Collection = Collection {
    name: "admin_exports",
    doc: "Exports an administrator asked for.",
    origin: Origin::Specification,
    fields: &[
        spec("_id", Kind::Id, "The document's id.").required(),
        spec(
            "admin_user_id",
            Kind::Id,
            "Who asked for it, and alone gets the file; nobody for the command line.",
        )
        .required()
        .cascades_from("users"),
        spec("export_type", Kind::Enum(&["events", "users", "full_backup"]), "What it holds.").required(),
        spec("filters", Kind::Object(FILTERS), "What it was narrowed to."),
        spec(
            "file_path",
            Kind::Text(4_096),
            "Name of the file in the exports folder; absent while there is none.",
        ),
        spec("file_size", Kind::Int(0, i64::MAX), "Size in bytes."),
        spec("record_count", Kind::Int(0, i64::MAX), "How many records it holds."),
        spec("status", Kind::Enum(&["pending", "completed", "error"]), "How far it is.").required(),
        spec("error_message", Kind::Text(4_096), "Why it failed and what to do.").multi_line(),
        spec("created_at", Kind::Instant, "When it was asked for.").required(),
        spec("completed_at", Kind::Instant, "When it ended."),
        ours("updated_at", Kind::Instant, "When the document was last changed.").required(),
        ours("format", Kind::Enum(FORMATS), "How the file is written; absent for a full backup."),
        ours("progress_count", Kind::Int(0, i64::MAX), "How many records were written so far."),
        ours(
            "attempts",
            Kind::Int(0, 1_000),
            "How often it was begun; a server that dies leaves it to the next.",
        ),
        ours("digest", Kind::Text(64), "SHA-256 of the file's bytes, in hexadecimal digits."),
        ours(
            "expires_at",
            Kind::Instant,
            "When the file is removed; absent for a file that is not kept here.",
        ),
        ours("file_removed_at", Kind::Instant, "When the file was removed from the exports folder."),
        ours("is_elsewhere", Kind::Bool, "Whether the command line writes the file to a place of its own."),
        ours("cancelled_by", Kind::Id, "Who cancelled it.").refers_to("users"),
        ours("cancelled_at", Kind::Instant, "When it was cancelled."),
        revision(),
    ],
    indexes: &[
        index(&[Ascending("admin_user_id")]),
        index(&[Ascending("export_type")]),
        index(&[Ascending("status")]),
        index(&[Ascending("created_at")]),
        index(&[Ascending("expires_at")]).only_with("expires_at").ours(),
    ],
    cluster: &[],
};
