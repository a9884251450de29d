//! `GET /admin/health`: how the server and its syncs are.

use app::health;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Admin;
use crate::openapi::ReadErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServerHealth {
    /// Version of the program.
    version: &'static str,
    /// The store.
    store: StoreHealth,
    /// Whether Outlook is configured.
    outlook_configured: bool,
    /// How many people there are.
    users: u64,
    /// Synced calendars, by the age of their last good sync.
    sync: SyncHealth,
}

/// The store.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoreHealth {
    /// Engine and version.
    engine: String,
    /// Whether it answers.
    is_ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Synced calendars.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SyncHealth {
    /// All of them.
    calendars: u64,
    /// Never synced yet.
    never: u64,
    /// Last synced more than an hour ago.
    over_an_hour: u64,
    /// Last synced more than a day ago.
    over_a_day: u64,
    /// Their last sync failed.
    failing: u64,
    /// The greatest age, in seconds.
    oldest_s: i64,
}

/// How the server is
///
/// Its store, its providers, and how old the last good sync of each calendar is.
#[utoipa::path(
    get,
    path = "/admin/health",
    tag = "administration",
    responses(
        (status = 200, description = "How it is.", body = ServerHealth, example = json!({
            "version": "0.1.0", "store": {"engine": "SQLite 3.53.0", "is_ready": true}, "outlook_configured": true,
            "users": 3,
            "sync": {"calendars": 9, "never": 0, "over_an_hour": 1, "over_a_day": 0, "failing": 1, "oldest_s": 5400}
        })),
        ReadErrors,
    )
)]
pub(crate) async fn admin_health(
    State(state): State<ApiState>,
    Admin(_caller): Admin,
) -> Result<Json<ServerHealth>, Problem> {
    let reason = health::store_answers(&state.app, state.options.ready_timeout).await.err();
    let ages = health::sync_ages(&state.app).await?;
    Ok(Json(ServerHealth {
        version: env!("CARGO_PKG_VERSION"),
        store: StoreHealth { engine: health::store_name(&state.app), is_ready: reason.is_none(), reason },
        outlook_configured: state.app.outlook().is_some(),
        users: health::people(&state.app).await?,
        sync: SyncHealth {
            calendars: ages.calendars,
            never: ages.never,
            over_an_hour: ages.over_an_hour,
            over_a_day: ages.over_a_day,
            failing: ages.failing,
            oldest_s: ages.oldest_s,
        },
    }))
}
