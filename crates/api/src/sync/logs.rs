//! `GET /sync/logs` and `GET /sync/logs/{id}`: what runs did.

use app::paging::Paged;
use app::records::sync_logs::{self, LogFilter};
use axum::Json;
use axum::extract::State;
use model::Id;
use model::documents::{SyncLog, SyncLogStatus, SyncType};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::CallerOf;
use crate::declared::{SyncLogBody, SyncLogPage};
use crate::openapi::{ItemErrors, ListErrors};
use crate::params::{self, Params, PathId};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which logs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// Only runs that ended so: `success`, `partial` or `error`.
    #[param(value_type = Option<String>, example = "error")]
    status: Option<SyncLogStatus>,
    /// Only this way: `outlook_to_local`, `local_to_outlook` or `google_sync`.
    #[param(value_type = Option<String>, example = "outlook_to_local")]
    sync_type: Option<SyncType>,
    /// Only runs of this calendar.
    #[param(value_type = Option<String>, example = "6741a2b0c3d4e5f601020302")]
    calendar_id: Option<Id>,
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what sync runs did
///
/// Newest first. A run that was not asked for and found nothing to do leaves no entry.
#[utoipa::path(
    get,
    path = "/sync/logs",
    tag = "sync",
    params(LogQuery),
    responses(
        (status = 200, description = "A page of logs.", body = SyncLogPage, example = json!({
            "items": [{
                "_id": "6741a2b0c3d4e5f60102030a", "user_id": "6741a2b0c3d4e5f601020301",
                "sync_type": "outlook_to_local", "status": "success", "events_processed": 150,
                "events_created": 148, "events_updated": 2, "events_deleted": 0, "errors": [],
                "started_at": "2026-11-22T09:00:00Z", "completed_at": "2026-11-22T09:00:04Z", "duration_ms": 4012,
                "calendar_id": "6741a2b0c3d4e5f601020302", "created_at": "2026-11-22T09:00:04Z",
                "updated_at": "2026-11-22T09:00:04Z", "revision": 1
            }],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_logs(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<LogQuery>,
) -> Result<Json<Paged<SyncLog>>, Problem> {
    let page = params::page(query.limit, query.cursor.as_deref())?;
    let LogQuery { status, sync_type, calendar_id, .. } = query;
    let of = LogFilter { status, sync_type, calendar_id };
    Ok(Json(sync_logs::list(&state.app, &caller, of, page).await?))
}

/// Read what one sync run did
///
/// With every event that could not be synced, and why.
#[utoipa::path(
    get,
    path = "/sync/logs/{id}",
    tag = "sync",
    params(("id" = String, Path, description = "The log's id.", example = "6741a2b0c3d4e5f60102030a")),
    responses(
        (status = 200, description = "The log.", body = SyncLogBody, example = json!({
            "_id": "6741a2b0c3d4e5f60102030a", "user_id": "6741a2b0c3d4e5f601020301",
            "sync_type": "outlook_to_local", "status": "success", "events_processed": 150, "events_created": 148,
            "events_updated": 2, "events_deleted": 0, "errors": [], "started_at": "2026-11-22T09:00:00Z",
            "completed_at": "2026-11-22T09:00:04Z", "duration_ms": 4012, "calendar_id": "6741a2b0c3d4e5f601020302",
            "created_at": "2026-11-22T09:00:04Z", "updated_at": "2026-11-22T09:00:04Z", "revision": 1
        })),
        ItemErrors,
    )
)]
pub(crate) async fn get_log(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    PathId(id): PathId,
) -> Result<Json<SyncLog>, Problem> {
    Ok(Json(sync_logs::get(&state.app, &caller, id).await?))
}
