//! `PATCH /locations/{id}`: a change of a location.

use app::records::locations;
use axum::extract::State;
use model::documents::Location;
use serde_json::{Map, Value};

use crate::access::Writer;
use crate::declared::{LocationBody, LocationChange};
use crate::etag::{IfMatch, Tagged};
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Change a location
///
/// A JSON merge patch. Events keep the name they have. `403 forbidden` for one that is for all, unless an administrator
/// asks.
#[utoipa::path(
    patch,
    path = "/locations/{id}",
    tag = "locations",
    params(
        ("id" = String, Path, description = "The location's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag the change is based on."),
    ),
    request_body(content = LocationChange, content_type = "application/merge-patch+json", example = json!({"setup_time_required": 180})),
    responses(
        (status = 200, description = "The location as it is now.", body = LocationBody,
            headers(("ETag" = String, description = "The new revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020306", "name": "Great Hall", "address": "Uferstraße 8, Berlin",
            "coordinates": {"longitude": 13.3777, "latitude": 52.5163}, "capacity": 1200,
            "equipment_available": ["Projector x2"], "setup_time_required": 240, "usage_count": 31,
            "is_active": true, "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z",
            "revision": 2})),
        WriteErrors,
    )
)]
pub(crate) async fn patch_location(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    body: Body<Map<String, Value>>,
) -> Result<Tagged<Location>, Problem> {
    let location = locations::patch(&state.app, &caller, id, &body.value, expected).await?;
    Ok(Tagged { revision: location.revision, value: location })
}
