//! `GET /exports`: what was asked for, newest first.

use app::exports;
use app::paging::Paged;
use axum::Json;
use axum::extract::State;
use model::documents::{AdminExport, ExportStatus};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::Admin;
use crate::declared::ExportPage;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which exports.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// Only those that are this far: `pending`, `completed` or `error`.
    #[param(value_type = Option<String>)]
    status: Option<ExportStatus>,
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List exports
///
/// Newest first, of all administrators. A pending one says with `progress_count` how many records are written.
#[utoipa::path(
    get,
    path = "/exports",
    tag = "exports",
    params(ExportQuery),
    responses(
        (status = 200, description = "A page of exports.", body = ExportPage, example = json!({
            "items": [{
                "_id": "6741a2b0c3d4e5f601020304", "admin_user_id": "6741a2b0c3d4e5f601020301",
                "export_type": "events", "file_path": "6741a2b0c3d4e5f601020304-1.csv", "file_size": 48211,
                "record_count": 312, "status": "completed", "created_at": "2026-11-22T09:00:00Z",
                "completed_at": "2026-11-22T09:00:01Z", "updated_at": "2026-11-22T09:00:01Z", "format": "csv",
                "progress_count": 312, "attempts": 1,
                "digest": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "expires_at": "2026-12-22T09:00:01Z", "revision": 3
            }],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_exports(
    State(state): State<ApiState>,
    Admin(caller): Admin,
    Params(query): Params<ExportQuery>,
) -> Result<Json<Paged<AdminExport>>, Problem> {
    let page = params::page(query.limit, query.cursor.as_deref())?;
    Ok(Json(exports::list(&state.app, &caller, query.status, page).await?))
}
