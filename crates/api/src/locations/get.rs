//! `GET /locations/{id}`: one location.

use app::records::locations;
use axum::extract::State;
use model::documents::Location;

use crate::access::CallerOf;
use crate::declared::LocationBody;
use crate::etag::Tagged;
use crate::openapi::ItemErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Read a location
///
/// With its revision as ETag, for `If-Match`.
#[utoipa::path(
    get,
    path = "/locations/{id}",
    tag = "locations",
    params(("id" = String, Path, description = "The location's id.")),
    responses(
        (status = 200, description = "The location.", body = LocationBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020306", "name": "Great Hall", "address": "Uferstraße 8, Berlin",
            "coordinates": {"longitude": 13.3777, "latitude": 52.5163}, "capacity": 1200,
            "equipment_available": ["Projector x2"], "setup_time_required": 240, "usage_count": 31,
            "is_active": true, "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z",
            "revision": 2})),
        ItemErrors,
    )
)]
pub(crate) async fn get_location(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    PathId(id): PathId,
) -> Result<Tagged<Location>, Problem> {
    let location = locations::get(&state.app, &caller, id).await?;
    Ok(Tagged { revision: location.revision, value: location })
}
