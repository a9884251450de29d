//! Locations: the rooms and places where events happen.

use super::revision;
use crate::schema::{
    Collection, Field,
    Key::{Ascending, Sphere},
    Kind, Origin, index, spec,
};

/// Longitude is declared and written first: MongoDB reads an embedded pair by position, whatever the names.
static COORDINATES: &[Field] = &[
    spec("longitude", Kind::Float(-180.0, 180.0), "Degrees east.").required(),
    spec("latitude", Kind::Float(-90.0, 90.0), "Degrees north.").required(),
];

/// `locations` of the specification.
pub static LOCATIONS: Collection = Collection {
    name: "locations",
    doc: "Rooms and places, personal or, without `user_id`, for all.",
    origin: Origin::Specification,
    fields: &[
        spec("_id", Kind::Id, "The document's id.").required(),
        spec("user_id", Kind::Id, "Whose location it is; absent: for all.").cascades_from("users"),
        spec("name", Kind::Text(1_000), "Name; unique for its owner; what events say in `location`.")
            .required()
            .not_blank(),
        spec("address", Kind::Text(1_000), "Full address.").multi_line(),
        spec("coordinates", Kind::Object(COORDINATES), "Place on the globe."),
        spec("capacity", Kind::Int(0, 10_000_000), "Most people at once."),
        spec("equipment_available", Kind::List(&Kind::Text(255), 500), "Stock that is in that room."),
        spec("setup_time_required", Kind::Int(0, 525_600), "Minutes wanted before an event."),
        spec("notes", Kind::Text(65_536), "Notes about the place.").multi_line(),
        spec("usage_count", Kind::Int(0, i64::MAX), "How many events are there.").required().derived(),
        spec("is_active", Kind::Bool, "Whether it is offered.").required(),
        spec("created_at", Kind::Instant, "When the document was made.").required(),
        spec("updated_at", Kind::Instant, "When it was last changed.").required(),
        revision(),
    ],
    indexes: &[
        index(&[Ascending("user_id")]),
        index(&[Ascending("name"), Ascending("user_id")]).unique(),
        index(&[Sphere("coordinates")]),
    ],
    cluster: &[],
};
