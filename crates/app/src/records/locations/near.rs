//! Locations near a place on the globe.

use model::collections::LOCATIONS;
use model::documents::Location;
use store::Filter;

use crate::records::access::own_and_global;
use crate::{App, AppError, Caller};

/// Half the Earth's circumference: farther is not possible.
const FARTHEST_KM: f64 = 20_038.0;

/// A location, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct NearLocation {
    /// The location.
    pub location: Location,
    /// Distance on the globe, in kilometres.
    pub distance_km: f64,
}

/// The caller's own locations and those for all within this distance, nearest first, at most `limit`.
pub async fn near(
    app: &App,
    caller: &Caller,
    (latitude, longitude): (f64, f64),
    within_km: f64,
    is_active: Option<bool>,
    limit: u32,
) -> Result<Vec<NearLocation>, AppError> {
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        let message =
            "A latitude from -90 to 90 and a longitude from -180 to 180 are wanted, as near=52.52,13.405.";
        return Err(AppError::field("near", message));
    }
    if !(0.0..=FARTHEST_KM).contains(&within_km) {
        return Err(AppError::field(
            "within_km",
            format!("A distance from 0 to {FARTHEST_KM} km is wanted."),
        ));
    }
    let mut filters = own_and_global(caller);
    filters.extend(is_active.map(|is_active| Filter::eq("is_active", is_active)));
    let within_m = within_km * 1_000.0;
    let store = app.store();
    let found = store
        .near(&LOCATIONS, "coordinates", longitude, latitude, within_m, Filter::All(filters), limit)
        .await?;
    let near = found.into_iter().map(|near| {
        Ok(NearLocation { location: near.document.typed()?, distance_km: near.distance_m / 1_000.0 })
    });
    near.collect()
}
