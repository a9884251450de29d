//! `POST /locations`: a new location.

use app::records::locations;
use axum::extract::State;
use http::StatusCode;
use model::documents::Location;
use serde_json::{Map, Value};

use crate::access::Writer;
use crate::declared::{LocationBody, LocationDraft};
use crate::etag::Tagged;
use crate::idempotency::Idempotency;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Make a location
///
/// One of your own, or with `is_global` one for all, which only an administrator may. `409 name_taken` when there is
/// one of this name.
#[utoipa::path(
    post,
    path = "/locations",
    tag = "locations",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request repeatable for a day.")),
    request_body(content = LocationDraft, example = json!({"name": "Great Hall", "capacity": 1200, "coordinates": {"longitude": 13.3777, "latitude": 52.5163}})),
    responses(
        (status = 201, description = "The location.", body = LocationBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020306", "name": "Great Hall", "address": "Uferstraße 8, Berlin",
            "coordinates": {"longitude": 13.3777, "latitude": 52.5163}, "capacity": 1200,
            "equipment_available": ["Projector x2"], "setup_time_required": 240, "usage_count": 31,
            "is_active": true, "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z",
            "revision": 2})),
        WriteErrors,
    )
)]
pub(crate) async fn create_location(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    idempotency: Idempotency,
    body: Body<Map<String, Value>>,
) -> Result<(StatusCode, Tagged<Location>), Problem> {
    let key = idempotency.of(&body.bytes)?;
    let mut draft = body.value;
    let is_global = crate::params::flag_of(&mut draft, "is_global")?;
    let location = locations::create(&state.app, &caller, &draft, is_global, key.as_ref()).await?;
    Ok((StatusCode::CREATED, Tagged { revision: location.revision, value: location }))
}
