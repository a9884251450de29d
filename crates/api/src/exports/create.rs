//! `POST /exports`: asks for a file.

use app::exports::{self, ExportSpec, Format};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use model::Id;
use model::documents::{ExportFilters, ExportType};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Admin;
use crate::declared::ExportBody;
use crate::idempotency::Idempotency;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// What the file is to hold.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "export_type": "events", "format": "xlsx",
    "filters": {"start_date": "2026-01-01T00:00:00Z", "end_date": "2027-01-01T00:00:00Z", "locations": ["Great Hall"]}
}))]
pub(crate) struct ExportOrder {
    /// `events`, `users`, or `full_backup`: everything, as MongoDB's tools and `callboard restore` take it.
    #[schema(value_type = String)]
    export_type: ExportType,
    /// `csv` (when absent), `ndjson`, `json`, `xlsx`; for events also `ics`, which has shared fields only. None for a full
    /// backup.
    #[schema(value_type = Option<String>)]
    format: Option<Format>,
    /// For events: what they are narrowed to. Values of one kind widen, kinds narrow each other.
    #[serde(default)]
    filters: FiltersOrder,
}

/// What events are narrowed to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ExportFilters)]
pub(crate) struct FiltersOrder {
    /// Events that end after this; series while they run.
    #[schema(value_type = Option<String>, format = DateTime)]
    start_date: Option<Timestamp>,
    /// Events that begin before this.
    #[schema(value_type = Option<String>, format = DateTime)]
    end_date: Option<Timestamp>,
    /// Of these people.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<Id>,
    /// In one of these categories, Outlook's or the house's.
    #[serde(default)]
    categories: Vec<String>,
    /// At one of these locations.
    #[serde(default)]
    locations: Vec<String>,
}

/// Ask for an export
///
/// The answer is the export as it waits; a worker writes the file, one at a time. `/stream` and the export itself say how
/// far it is; `/exports/{id}/download` has the file once `status` is `completed`. Tables hold the internal fields,
/// marked in the head; secrets are in no file. In a full backup the tokens of Outlook are as they are stored: sealed with
/// a key that is not.
#[utoipa::path(
    post,
    path = "/exports",
    tag = "exports",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request repeatable for a day.")),
    request_body = ExportOrder,
    responses(
        (status = 201, description = "The export.", body = ExportBody,
            headers(("Location" = String, description = "Its address.")),
            example = json!({
                "_id": "6741a2b0c3d4e5f601020304", "admin_user_id": "6741a2b0c3d4e5f601020301",
                "export_type": "events", "status": "pending", "created_at": "2026-11-22T09:00:00Z",
                "updated_at": "2026-11-22T09:00:00Z", "format": "xlsx", "progress_count": 0, "revision": 1
            })),
        WriteErrors,
    )
)]
pub(crate) async fn create_export(
    State(state): State<ApiState>,
    Admin(caller): Admin,
    idempotency: Idempotency,
    body: Body<ExportOrder>,
) -> Result<Response, Problem> {
    let key = idempotency.of(&body.bytes)?;
    let ExportOrder { export_type, format, filters } = body.value;
    let filters = ExportFilters {
        start_date: filters.start_date.map(model::ambient::to_millisecond),
        end_date: filters.end_date.map(model::ambient::to_millisecond),
        user_ids: filters.user_ids,
        categories: filters.categories,
        locations: filters.locations,
    };
    let usual = (export_type != ExportType::FullBackup).then_some(Format::Csv);
    let spec = ExportSpec { export_type, format: format.or(usual), filters };
    let export = exports::create(&state.app, &caller, spec, key.as_ref()).await?;
    let mut response = (StatusCode::CREATED, Json(&export)).into_response();
    if let Ok(address) = HeaderValue::from_str(&format!("/api/v1/exports/{}", export.id)) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    Ok(response)
}
