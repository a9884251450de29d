//! Events: what the organiser sees and what the crew needs, on one record.

use super::{NAME, revision};
use crate::schema::{Collection, Field, Key::Ascending, Kind, Origin, index, ours, spec};

/// How urgent an event is.
pub const PRIORITY_LEVELS: &[&str] = &["low", "medium", "high", "critical"];
/// How far an event is in agreement with its providers.
pub const SYNC_STATUSES: &[&str] = &["synced", "pending", "error", "not_synced"];
/// What an attendee answered.
pub const RESPONSE_STATUSES: &[&str] = &["none", "accepted", "declined", "tentative"];

const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const ATTENDEE: &[Field] = &[
    spec("email", Kind::Text(320), "Mail address as the provider gave it.").required(),
    spec("name", NAME, "Name as shown.").required(),
    spec("response_status", Kind::Enum(RESPONSE_STATUSES), "What the person answered.").required(),
    spec("is_organizer", Kind::Bool, "Whether this is the organiser.").required(),
];

const RECURRENCE_PATTERN: &[Field] = &[
    spec("type", Kind::Enum(&["daily", "weekly", "monthly", "yearly"]), "How it repeats.").required(),
    spec("interval", Kind::Int(1, 1_000), "Every so many days, weeks, months or years.").required(),
    spec("days_of_week", Kind::List(&Kind::Enum(WEEKDAYS), 7), "For weekly."),
    spec("day_of_month", Kind::Int(1, 31), "For monthly and yearly."),
    spec("end_date", Kind::Instant, "When it ends."),
    spec("occurrence_count", Kind::Int(1, 100_000), "Or after how many occurrences."),
];

/// The fields of an event; an archived one has them too.
pub(super) const FIELDS: &[Field] = &[
    spec("_id", Kind::Id, "The document's id.").required(),
    spec("user_id", Kind::Id, "Whose event it is.").required().cascades_from("users"),
    spec("calendar_id", Kind::Id, "The calendar it is in.").required().cascades_from("calendars"),
    spec("outlook_event_id", Kind::Text(512), "Outlook's id; absent for an event made here."),
    spec("outlook_etag", Kind::Text(255), "Outlook's version mark; a hint, never proof of an edit."),
    spec("title", Kind::Text(1_000), "Title.").required().shared(),
    spec("description", Kind::Text(262_144), "Description as plain text.").multi_line().shared(),
    spec("start_time", Kind::Instant, "First instant; all-day: midnight UTC of the first day.")
        .required()
        .shared(),
    spec("end_time", Kind::Instant, "First instant after it; all-day: midnight UTC of the day after.")
        .required()
        .shared(),
    spec("all_day", Kind::Bool, "Whether it is whole days, which belong to no zone.").required().shared(),
    spec("location", Kind::Text(1_000), "Place, by name.").shared(),
    spec("category", NAME, "The first Outlook category.").shared(),
    spec("setup_start_time", Kind::Instant, "When set-up begins.").internal(),
    spec("setup_end_time", Kind::Instant, "When set-up ends.").internal(),
    spec("teardown_start_time", Kind::Instant, "When teardown begins.").internal(),
    spec("teardown_end_time", Kind::Instant, "When teardown ends.").internal(),
    spec("internal_notes", Kind::Text(65_536), "Notes for the house.").multi_line().internal(),
    spec("equipment_required", Kind::List(&Kind::Text(255), 200), "Equipment, one item an entry.").internal(),
    spec("staff_assigned", Kind::List(&Kind::Text(255), 200), "Staff, one person an entry.").internal(),
    spec("budget_allocated", Kind::Float(0.0, 1e12), "Budget, in the house's currency.").internal(),
    spec("client_contact", Kind::Text(1_000), "How to reach the client.").multi_line().internal(),
    spec("internal_category", NAME, "Category for the house.").internal(),
    spec("priority_level", Kind::Enum(PRIORITY_LEVELS), "How urgent it is.").internal(),
    spec(
        "attendees",
        Kind::List(&Kind::Object(ATTENDEE), 1_000),
        "Who is invited; read, never written back.",
    ),
    spec("is_recurring", Kind::Bool, "Whether it is the master of a series.").required(),
    spec("recurrence_pattern", Kind::Object(RECURRENCE_PATTERN), "How it repeats, in the simple form.")
        .shared(),
    spec("recurrence_master_id", Kind::Id, "The series this is an exception of.").cascades_from("events"),
    spec("google_event_id", Kind::Text(1_024), "Google's id, when mirrored there."),
    spec("sync_status", Kind::Enum(SYNC_STATUSES), "How far it agrees with its providers.").required(),
    spec("last_synced", Kind::Instant, "When it was last brought into agreement."),
    spec("sync_errors", Kind::List(&Kind::Text(1_000), 20), "What could not be synced, why, and what to do.")
        .multi_line(),
    spec("created_at", Kind::Instant, "When the document was made.").required(),
    spec("updated_at", Kind::Instant, "When it was last changed.").required(),
    spec("created_by", Kind::Id, "Who made it.").refers_to("users"),
    spec("last_modified_by", Kind::Id, "Who last changed it; absent for a sync.").refers_to("users"),
    ours("categories", Kind::List(&NAME, 100), "All Outlook categories, in Outlook's order.").shared(),
    ours("time_zone", Kind::Zone, "IANA zone in which its wall-clock times hold.").required().shared(),
    ours("recurrence_rule", Kind::List(&Kind::Text(4_096), 50), "The exact rule as RFC 5545 lines.").shared(),
    ours("recurrence_original", Kind::Json, "The provider's own form of the rule, verbatim."),
    ours("recurrence_lossless", Kind::Bool, "Whether the simple form says all that the rule says."),
    ours("recurrence_until", Kind::Instant, "No occurrence ends after this; only masters have it.").derived(),
    ours(
        "cancelled_occurrences",
        Kind::List(&Kind::Text(10), 10_000),
        "Dates of the series that were called off.",
    ),
    ours("original_date", Kind::Text(10), "Of an exception: the date on which the rule had put it."),
    ours("original_start", Kind::Instant, "Of an exception: the instant at which the rule had put it."),
    ours(
        "inherits_shared",
        Kind::Bool,
        "Of an exception: only internal fields are its own, the rest is the series'.",
    ),
    ours("show_as", Kind::Text(40), "Free or busy, in Outlook's words.").shared(),
    ours("sensitivity", Kind::Text(40), "Private or not, in Outlook's words.").shared(),
    ours("is_cancelled", Kind::Bool, "Whether the organiser called it off.").required(),
    ours("removed_at", Kind::Instant, "When it was deleted at its provider; it can be recovered."),
    ours(
        "unarchived_at",
        Kind::Instant,
        "When it last came back from the archive; it is archived again when this is as old as its end has to be.",
    ),
    ours("occupied_from", Kind::Instant, "Start of set-up, else of the event.").required().derived(),
    ours("occupied_until", Kind::Instant, "End of teardown, else of the event.").required().derived(),
    ours(
        "span_class",
        Kind::Int(-4, 1_000),
        "How long it occupies its place, in classes; bounds a range search.",
    )
    .required()
    .derived(),
    revision(),
];

/// `events` of the specification.
pub static EVENTS: Collection = Collection {
    name: "events",
    doc: "Events: shared fields as the organiser's calendar has them, internal fields for the crew.",
    origin: Origin::Specification,
    fields: FIELDS,
    indexes: &[
        index(&[Ascending("user_id")]),
        index(&[Ascending("calendar_id")]),
        index(&[Ascending("outlook_event_id")]).unique().sparse(),
        index(&[Ascending("user_id"), Ascending("start_time")]),
        index(&[Ascending("category")]),
        index(&[Ascending("internal_category")]),
        index(&[Ascending("location")]),
        index(&[Ascending("sync_status")]),
        index(&[Ascending("recurrence_master_id")]),
        index(&[Ascending("user_id"), Ascending("span_class"), Ascending("occupied_from")]).ours(),
        index(&[Ascending("span_class"), Ascending("occupied_from")]).ours(),
        index(&[Ascending("user_id"), Ascending("recurrence_until")]).only_with("recurrence_until").ours(),
        index(&[Ascending("user_id"), Ascending("original_date")]).only_with("original_date").ours(),
    ],
    cluster: &["user_id", "span_class", "occupied_from"],
};
