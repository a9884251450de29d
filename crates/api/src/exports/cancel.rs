//! `POST /exports/{id}/cancel`: stops an export that has not ended. The record stays and says who did it.

use app::exports;
use axum::extract::State;
use model::documents::AdminExport;

use crate::access::Writer;
use crate::declared::ExportBody;
use crate::etag::Tagged;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Cancel an export
///
/// What waits is not begun, what is being written stops at once; nothing is left of the file. `409 export_over` when it
/// has ended already.
#[utoipa::path(
    post,
    path = "/exports/{id}/cancel",
    tag = "exports",
    params(("id" = String, Path, description = "The export's id.", example = "6741a2b0c3d4e5f601020304")),
    responses(
        (status = 200, description = "The export as it ended.", body = ExportBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({
                "_id": "6741a2b0c3d4e5f601020304", "admin_user_id": "6741a2b0c3d4e5f601020301",
                "export_type": "events", "status": "error",
                "error_message": "It was cancelled. Ask for a new one if it is wanted after all.",
                "created_at": "2026-11-22T09:00:00Z", "completed_at": "2026-11-22T09:00:03Z",
                "updated_at": "2026-11-22T09:00:03Z", "format": "xlsx", "progress_count": 12800, "attempts": 1,
                "cancelled_by": "6741a2b0c3d4e5f601020301", "cancelled_at": "2026-11-22T09:00:03Z", "revision": 5
            })),
        WriteErrors,
    )
)]
pub(crate) async fn cancel_export(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
) -> Result<Tagged<AdminExport>, Problem> {
    let export = exports::cancel(&state.app, &caller, id).await?;
    Ok(Tagged { revision: export.revision, value: export })
}
