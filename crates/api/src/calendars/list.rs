//! `GET /calendars`: the calendars somebody may see.

use app::paging::Paged;
use app::records::calendars;
use axum::Json;
use axum::extract::State;
use model::documents::Calendar;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::CallerOf;
use crate::declared::CalendarPage;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which calendars.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CalendarQuery {
    /// Only this person's; others than oneself are for administrators.
    #[param(value_type = Option<String>)]
    user_id: Option<model::Id>,
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List calendars
///
/// Calendars by id: your own, or everybody's for an administrator.
#[utoipa::path(
    get,
    path = "/calendars",
    tag = "calendars",
    params(CalendarQuery),
    responses(
        (status = 200, description = "A page of calendars.", body = CalendarPage, example = json!({
            "items": [{"_id": "6741a2b0c3d4e5f601020302", "user_id": "6741a2b0c3d4e5f601020301", "name": "Bookings",
            "color": "#1d4ed8", "is_primary": true, "can_edit": true, "is_active": true, "sync_enabled": false,
            "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z", "revision": 1}],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_calendars(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<CalendarQuery>,
) -> Result<Json<Paged<Calendar>>, Problem> {
    let page = params::page(query.limit, query.cursor.as_deref())?;
    Ok(Json(calendars::list(&state.app, &caller, query.user_id, page).await?))
}
