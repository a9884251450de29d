//! `GET /sessions`: where the person is signed in.

use app::Via;
use app::accounts::sessions;
use app::paging::Paged;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::CallerOf;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A browser that is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionItem {
    /// Its id.
    #[serde(rename = "_id")]
    id: String,
    /// Whether it is the one that asks.
    is_current: bool,
    /// When the person signed in.
    #[schema(value_type = String, format = DateTime)]
    created_at: jiff::Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: jiff::Timestamp,
    /// When it ends if it is not used again.
    #[schema(value_type = String, format = DateTime)]
    ends_at: jiff::Timestamp,
}

/// Sessions of the person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionPage {
    /// The sessions, newest first.
    items: Vec<SessionItem>,
    /// Where to go on; null at the end.
    next_cursor: Option<String>,
}

/// List your sessions
///
/// Browsers in which the person is signed in, newest first. Sessions that are over are left out: a page can have fewer
/// items than asked for.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "account",
    params(SessionQuery),
    responses(
        (status = 200, description = "The sessions.", body = SessionPage, example = json!({
            "items": [{"_id": "6741a2b0c3d4e5f601020304", "is_current": true, "created_at": "2026-11-22T09:00:00Z",
                "last_used_at": "2026-11-22T09:12:00Z", "ends_at": "2026-11-29T09:12:00Z"}],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_sessions(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<SessionQuery>,
) -> Result<Json<SessionPage>, Problem> {
    let item = |session: model::documents::Session| SessionItem {
        id: session.id.to_string(),
        is_current: caller.via == Via::Session(session.id),
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        ends_at: sessions::ends_at(&state.app, &session),
    };
    let page = params::page(query.limit, query.cursor.as_deref())?;
    let Paged { items, next_cursor } = sessions::list(&state.app, &caller, page).await?.map(item);
    Ok(Json(SessionPage { items, next_cursor }))
}
