//! The small collections of our own: what keeps sync, sign-in and upgrades right.

use super::{NAME, revision};
use crate::schema::{Collection, Field, Index, Key::Ascending, Kind, Origin, index, ours};

const fn id() -> Field {
    ours("_id", Kind::Id, "The document's id.").required()
}

const fn created_at() -> Field {
    ours("created_at", Kind::Instant, "When the document was made.").required()
}

const fn updated_at() -> Field {
    ours("updated_at", Kind::Instant, "When it was last changed.").required()
}

const fn by(keys: &'static [crate::schema::Key]) -> Index {
    index(keys).ours()
}

/// One event to one provider item, with the last agreed state.
pub static SYNC_LINKS: Collection = Collection {
    name: "sync_links",
    doc: "One event to one provider item, with the state both sides last agreed on.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("user_id", Kind::Id, "Whose event it is.").required().cascades_from("users"),
        ours("calendar_id", Kind::Id, "The calendar it is in.").required().cascades_from("calendars"),
        ours("event_id", Kind::Id, "The event here.").required().cascades_from("events"),
        ours("provider", Kind::Enum(&["outlook", "google"]), "Which provider.").required(),
        ours("provider_item_id", Kind::Text(1_024), "The provider's id.").required(),
        ours("agreed", Kind::Json, "The provider's version that both sides last agreed on.").required(),
        ours("fingerprint", Kind::Text(64), "Digest of the agreed content, without version marks.")
            .required(),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[
        by(&[Ascending("calendar_id"), Ascending("provider"), Ascending("provider_item_id")]).unique(),
        by(&[Ascending("event_id")]),
        by(&[Ascending("user_id")]),
    ],
    cluster: &[],
};

/// How far a calendar was read.
pub static SYNC_CURSORS: Collection = Collection {
    name: "sync_cursors",
    doc: "How far each calendar was read from its provider.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("user_id", Kind::Id, "Whose calendar it is.").required().cascades_from("users"),
        ours("calendar_id", Kind::Id, "The calendar.").required().cascades_from("calendars"),
        ours("provider", Kind::Enum(&["outlook", "google"]), "Which provider.").required(),
        ours("mode", Kind::Text(100), "Which reading the cursor belongs to."),
        ours("token", Kind::Text(65_536), "The provider's link or token; absent: read from the start."),
        ours("is_final", Kind::Bool, "Whether the last read reached its end.").required(),
        ours("window_from", Kind::Instant, "Start of the window that is read."),
        ours("window_until", Kind::Instant, "End of it."),
        ours("compare_due", Kind::Bool, "Whether a complete read must be compared with what is here.")
            .required(),
        ours("reason", Kind::Text(1_000), "Why the cursor was dropped, when it was.").multi_line(),
        ours(
            "hold_deletions",
            Kind::Bool,
            "Whether deletions wait for a person, however few: after a restore, until none is left.",
        ),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("calendar_id"), Ascending("provider")]).unique(), by(&[Ascending("user_id")])],
    cluster: &[],
};

/// So many ids in each of two lists, at 20 bytes an id, fit into one document of MongoDB's, which has 16 MiB.
const MOST_HELD: u32 = 400_000;

/// Deletions that wait for a person.
pub static HELD_DELETIONS: Collection = Collection {
    name: "held_deletions",
    doc: "Deletions of one calendar that were too many to follow unasked.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("user_id", Kind::Id, "Whose calendar it is.").required().cascades_from("users"),
        ours("calendar_id", Kind::Id, "The calendar.").required().cascades_from("calendars"),
        ours("provider", Kind::Enum(&["outlook", "google"]), "Which provider reported them.").required(),
        ours("state", Kind::Enum(&["collecting", "waiting"]), "Collected by a run, or waiting for a person.")
            .required(),
        ours("event_ids", Kind::List(&Kind::Id, MOST_HELD), "The events that would be removed.").required(),
        ours(
            "collected_ids",
            Kind::List(&Kind::Id, MOST_HELD),
            "Events reported since those wait, by a run that has not come to its end.",
        ),
        ours("reason", Kind::Text(1_000), "Why they wait.").multi_line().required(),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("calendar_id"), Ascending("provider")]).unique(), by(&[Ascending("user_id")])],
    cluster: &[],
};

/// Who works on what, with a fencing number.
pub static LEASES: Collection = Collection {
    name: "leases",
    doc: "Who works on what until when; the fencing number rises with every holder.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("name", NAME, "What is leased, for example `sync:{calendar}`.").required(),
        ours("holder", NAME, "Which process holds it.").required(),
        ours("fence", Kind::Int(1, i64::MAX), "Rises with every new holder.").required(),
        ours("expires_at", Kind::Instant, "When anybody may take it.").required(),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("name")]).unique()],
    cluster: &[],
};

/// Browsers that are signed in.
pub static SESSIONS: Collection = Collection {
    name: "sessions",
    doc: "Browsers that are signed in; only a digest of the session id is kept.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("user_id", Kind::Id, "Who is signed in.").required().cascades_from("users"),
        ours("digest", Kind::Text(64), "SHA-256 of the session id, in hexadecimal.").required().secret(),
        ours("csrf_token", Kind::Text(64), "What non-safe requests must repeat.").required().secret(),
        ours("expires_at", Kind::Instant, "When it ends at the latest.").required(),
        ours("last_used_at", Kind::Instant, "When it was last used, to the minute.").required(),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[
        by(&[Ascending("digest")]).unique(),
        by(&[Ascending("user_id")]),
        by(&[Ascending("expires_at")]),
    ],
    cluster: &[],
};

/// Tokens for scripts.
pub static API_TOKENS: Collection = Collection {
    name: "api_tokens",
    doc: "Personal access tokens; only a digest is kept.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("user_id", Kind::Id, "Whose token it is.").required().cascades_from("users"),
        ours("name", NAME, "What it is for.").required().not_blank(),
        ours("prefix", Kind::Text(16), "Its first characters, to tell tokens apart.").required(),
        ours("digest", Kind::Text(64), "SHA-256 of the token, in hexadecimal.").required().secret(),
        ours("scope", Kind::Enum(&["read", "write"]), "Whether it may change anything.").required(),
        ours("expires_at", Kind::Instant, "When it ends.").required(),
        ours("last_used_at", Kind::Instant, "When it was last used, to the minute."),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("digest")]).unique(), by(&[Ascending("user_id")])],
    cluster: &[],
};

/// Codes that work once: sign-ins under way, links for the first administrator.
pub static ONE_TIME_CODES: Collection = Collection {
    name: "one_time_codes",
    doc: "Codes that work once and die soon: sign-ins under way and administrator links.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("purpose", Kind::Enum(&["sign_in", "admin_link"]), "What it is for.").required(),
        ours("digest", Kind::Text(64), "SHA-256 of the code, in hexadecimal.").required().secret(),
        ours("payload", Kind::Text(4_096), "What is bound to it, sealed where it is secret.").secret(),
        ours("expires_at", Kind::Instant, "When it dies.").required(),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("digest")]).unique(), by(&[Ascending("expires_at")])],
    cluster: &[],
};

/// Answers already given to a POST, by its idempotency key.
pub static IDEMPOTENCY_KEYS: Collection = Collection {
    name: "idempotency_keys",
    doc: "Answers already given to a POST, so that its repetition does nothing twice.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("user_id", Kind::Id, "Who sent it.").required().cascades_from("users"),
        ours("key", NAME, "The key as sent.").required(),
        ours("request_digest", Kind::Text(64), "SHA-256 of method, path and body.").required(),
        ours("document_id", Kind::Id, "What was made.").required(),
        ours("expires_at", Kind::Instant, "When it is forgotten.").required(),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("user_id"), Ascending("key")]).unique(), by(&[Ascending("expires_at")])],
    cluster: &[],
};

/// Who changed what.
pub static AUDIT_LOG: Collection = Collection {
    name: "audit_log",
    doc: "Who changed which fields of what, when and from where. Outlives what it speaks of.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("user_id", Kind::Id, "Whose record was changed.").refers_to("users"),
        ours("actor_id", Kind::Id, "Who did it; absent for a provider or a job.").refers_to("users"),
        ours("source", Kind::Enum(&["web", "api", "cli", "outlook", "google", "job"]), "From where.")
            .required(),
        ours("action", Kind::Text(100), "What was done, for example `event.updated`.").required(),
        ours("collection", Kind::Text(100), "Of which collection.").required(),
        ours("document_id", Kind::Id, "Of which document.").required(),
        ours("changes", Kind::Json, "Field by field: before and after."),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("document_id"), Ascending("created_at")]), by(&[Ascending("created_at")])],
    cluster: &[],
};

/// Which migrations were applied.
pub static SCHEMA_MIGRATIONS: Collection = Collection {
    name: "schema_migrations",
    doc: "Which migrations were applied to this store.",
    origin: Origin::Ours,
    fields: &[
        id(),
        ours("number", Kind::Int(1, 1_000_000), "Its number.").required(),
        ours("name", NAME, "Its name.").required(),
        ours("checksum", Kind::Text(64), "Digest of what was applied.").required(),
        ours("unfinished", Kind::Enum(&["up", "down"]), "Which way it is under way; absent: it is applied."),
        ours("collection", Kind::Text(100), "Of one under way: the collection it has come to."),
        ours("position", Kind::Id, "Of one under way: the last document of that collection that is done."),
        ours("changed", Kind::Int(0, i64::MAX), "How many documents it has changed."),
        created_at(),
        updated_at(),
        revision(),
    ],
    indexes: &[by(&[Ascending("number")]).unique()],
    cluster: &[],
};
