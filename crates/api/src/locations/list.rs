//! `GET /locations`: the locations somebody may see, or those near a place.

use app::paging::Paged;
use app::records::locations;
use axum::Json;
use axum::extract::State;
use model::documents::Location;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::IntoParams;

use crate::access::CallerOf;
use crate::declared::LocationPage;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// How far `near` reaches when nothing is said, in kilometres.
const WITHIN_KM: f64 = 10.0;

/// Which locations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LocationQuery {
    /// Nearest first from this `latitude,longitude`, on one page without a cursor.
    #[param(value_type = Option<String>, example = "52.52,13.405")]
    #[serde(default, deserialize_with = "place")]
    near: Option<(f64, f64)>,
    /// With `near`: how far, in kilometres; 10 when absent.
    within_km: Option<f64>,
    /// Only those that are offered, or only those that are not.
    is_active: Option<bool>,
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A location, with its distance when it was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    #[serde(flatten)]
    location: Location,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_km: Option<f64>,
}

/// List locations
///
/// Your own and those for all, by name; everybody's for an administrator. With `near`, those within `within_km`
/// kilometres on the globe, nearest first, each with its `distance_km`.
#[utoipa::path(
    get,
    path = "/locations",
    tag = "locations",
    params(LocationQuery),
    responses(
        (status = 200, description = "A page of locations.", body = LocationPage, example = json!({
            "items": [{"_id": "6741a2b0c3d4e5f601020306", "name": "Great Hall", "capacity": 1200,
                "coordinates": {"longitude": 13.3777, "latitude": 52.5163}, "distance_km": 2.4,
                "usage_count": 31, "is_active": true, "created_at": "2026-11-20T08:00:00Z",
                "updated_at": "2026-11-20T08:00:00Z", "revision": 2}],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_locations(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<LocationQuery>,
) -> Result<Json<Paged<Item>>, Problem> {
    let page = params::page(query.limit, query.cursor.as_deref())?;
    let Some(near) = query.near else {
        if query.within_km.is_some() {
            return Err(app::AppError::field("within_km", "It belongs to near; say near which place.").into());
        }
        let page = locations::list(&state.app, &caller, query.is_active, page).await?;
        return Ok(Json(page.map(|location| Item { location, distance_km: None })));
    };
    if page.after.is_some() {
        return Err(app::AppError::field("cursor", "A search near a place has one page.").into());
    }
    let within_km = query.within_km.unwrap_or(WITHIN_KM);
    let found = locations::near(&state.app, &caller, near, within_km, query.is_active, page.limit).await?;
    let items = found.into_iter().map(|near| {
        // To the metre: what is behind it is the model of the globe, not the place.
        let distance_km = (near.distance_km * 1_000.0).round() / 1_000.0;
        Item { location: near.location, distance_km: Some(distance_km) }
    });
    Ok(Json(Paged::new(items.collect(), None)))
}

fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<(f64, f64)>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parts = text.split_once(',').and_then(|(latitude, longitude)| {
        Some((latitude.trim().parse().ok()?, longitude.trim().parse().ok()?))
    });
    let wrong = || serde::de::Error::custom("is `latitude,longitude` in degrees, such as 52.52,13.405");
    parts.map(Some).ok_or_else(wrong)
}
