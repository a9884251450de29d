//! Categories, personal and for all.

use super::{NAME, revision};
use crate::schema::{Collection, Key::Ascending, Kind, Origin, index, spec};

/// `categories` of the specification.
pub static CATEGORIES: Collection = Collection {
    name: "categories",
    doc: "Categories, personal or, without `user_id`, for all.",
    origin: Origin::Specification,
    fields: &[
        spec("_id", Kind::Id, "The document's id.").required(),
        spec("user_id", Kind::Id, "Whose category it is; absent: for all.").cascades_from("users"),
        spec("name", NAME, "Name; unique for its owner.").required().not_blank(),
        spec("color", Kind::Color, "Colour as shown.").required(),
        spec("type", Kind::Enum(&["internal", "external", "system"]), "Ours, a provider's, or built in.")
            .required(),
        spec("description", Kind::Text(4_096), "What it is for.").multi_line(),
        spec("is_active", Kind::Bool, "Whether it is offered.").required(),
        spec("usage_count", Kind::Int(0, i64::MAX), "How many events use it.").required().derived(),
        spec("created_at", Kind::Instant, "When the document was made.").required(),
        spec("updated_at", Kind::Instant, "When it was last changed.").required(),
        revision(),
    ],
    indexes: &[
        index(&[Ascending("user_id")]),
        index(&[Ascending("name"), Ascending("user_id")]).unique(),
        index(&[Ascending("type")]),
    ],
    cluster: &[],
};
