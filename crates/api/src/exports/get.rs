//! `GET /exports/{id}`: how far an export is.

use app::exports;
use axum::extract::State;
use model::documents::AdminExport;

use crate::access::CallerOf;
use crate::declared::ExportBody;
use crate::etag::Tagged;
use crate::openapi::ItemErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Read an export
///
/// How far it is, what it holds, why it failed. For administrators; for anybody else there is none.
#[utoipa::path(
    get,
    path = "/exports/{id}",
    tag = "exports",
    params(("id" = String, Path, description = "The export's id.", example = "6741a2b0c3d4e5f601020304")),
    responses(
        (status = 200, description = "The export.", body = ExportBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({
                "_id": "6741a2b0c3d4e5f601020304", "admin_user_id": "6741a2b0c3d4e5f601020301",
                "export_type": "events", "status": "pending", "created_at": "2026-11-22T09:00:00Z",
                "updated_at": "2026-11-22T09:00:02Z", "format": "xlsx", "progress_count": 12800, "attempts": 1,
                "revision": 4
            })),
        ItemErrors,
    )
)]
pub(crate) async fn get_export(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    PathId(id): PathId,
) -> Result<Tagged<AdminExport>, Problem> {
    let export = exports::get(&state.app, &caller, id).await?;
    Ok(Tagged { revision: export.revision, value: export })
}
