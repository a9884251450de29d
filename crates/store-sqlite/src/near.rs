//! Search by place: the tree of places gives candidates in a box of degrees, the exact distance decides.

use model::schema::Collection;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params_from_iter};
use store::globe::{EARTH_RADIUS_M, distance_m, is_place};
use store::{Filter, Near, StoreError, valid};

use crate::errors::Refusal;
use crate::layout::{Table, quote};
use crate::{read, row, sql};

/// A circle on the globe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circle {
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
    pub(crate) within_m: f64,
}

/// Documents within the circle, nearest first.
pub(crate) fn near(
    connection: &Connection,
    table: &Table,
    field: &str,
    circle: Circle,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Near>, Refusal> {
    valid::filter(table.collection, filter)?;
    let Some(places) = table.places().filter(|_| table.sphere == Some(field)) else {
        return Err(unsupported(table.collection, &format!("has no sphere index on {field}")));
    };
    if !is_place(circle.longitude, circle.latitude) || circle.within_m.is_nan() {
        return Err(unsupported(
            table.collection,
            "is searched near something that is no place on the globe",
        ));
    }
    let mut boxes = Vec::new();
    let mut values = Vec::new();
    for bounds in boxes_of(circle) {
        boxes.push("(east >= ? AND west <= ? AND north >= ? AND south <= ?)");
        values.extend(bounds.map(SqlValue::Real));
    }
    let condition = sql::filter(table, filter)?;
    values.extend(condition.values);
    // A union by IN: a document in two boxes is met once.
    let text = format!(
        "SELECT \"_id\", revision, doc FROM {} WHERE \"row\" IN (SELECT \"row\" FROM {} WHERE {}) AND {}",
        read::name(table),
        quote(&places),
        boxes.join(" OR "),
        condition.text
    );
    let mut found = Vec::new();
    let mut statement = crate::read::prepared(connection, &text)?;
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        let document = read::document(table, row)?;
        let place = serde_json::from_str::<serde_json::Value>(&document.json)
            .ok()
            .and_then(|json| json.get(field).and_then(row::place));
        let Some(place) = place else { continue };
        let distance_m = distance_m((circle.longitude, circle.latitude), place);
        if distance_m <= circle.within_m {
            found.push(Near { document, distance_m });
        }
    }
    found.sort_by(|one, other| {
        one.distance_m.total_cmp(&other.distance_m).then(one.document.id.cmp(&other.document.id))
    });
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Boxes that hold the circle, as west, east, south, north: two where it crosses the antimeridian, all longitudes
/// where it holds a pole. A little wider than needed, because the exact distance decides.
fn boxes_of(circle: Circle) -> Vec<[f64; 4]> {
    let angle = circle.within_m / EARTH_RADIUS_M + 1e-9;
    let south = circle.latitude - angle.to_degrees() - 1e-6;
    let north = circle.latitude + angle.to_degrees() + 1e-6;
    let widest = angle.sin() / circle.latitude.to_radians().cos();
    if angle >= std::f64::consts::FRAC_PI_2
        || south <= -90.0
        || north >= 90.0
        || widest.is_nan()
        || widest >= 1.0
    {
        return vec![[-180.0, 180.0, south, north]];
    }
    let half_width = widest.asin().to_degrees() + 1e-6;
    let (west, east) = (circle.longitude - half_width, circle.longitude + half_width);
    if west < -180.0 {
        vec![[west + 360.0, 180.0, south, north], [-180.0, east, south, north]]
    } else if east > 180.0 {
        vec![[west, 180.0, south, north], [-180.0, east - 360.0, south, north]]
    } else {
        // 180 degrees east and west are one meridian under two names.
        let mut boxes = vec![[west, east, south, north]];
        if west <= -180.0 {
            boxes.push([180.0, 180.0, south, north]);
        }
        if east >= 180.0 {
            boxes.push([-180.0, -180.0, south, north]);
        }
        boxes
    }
}

fn unsupported(collection: &'static Collection, what: &str) -> Refusal {
    StoreError::Unsupported { reason: format!("{} {what}", collection.name) }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_hold_the_circle_everywhere() {
        // Walk round each circle and see that its rim lies in a box.
        for longitude in [-180.0, -179.5, -90.0, 0.0, 13.4, 179.99, 180.0] {
            for latitude in [-90.0, -89.9, -45.0, 0.0, 52.5, 80.0, 90.0_f64] {
                for within_m in [0.0, 1_000.0, 500_000.0, 9_000_000.0, 30_000_000.0_f64] {
                    let boxes = boxes_of(Circle { longitude, latitude, within_m });
                    let angle = (within_m / EARTH_RADIUS_M).min(std::f64::consts::PI);
                    for bearing in (0..360).map(|degrees| f64::from(degrees).to_radians()) {
                        let start = latitude.to_radians();
                        let rim_latitude =
                            (start.sin() * angle.cos() + start.cos() * angle.sin() * bearing.cos()).asin();
                        let turn = (bearing.sin() * angle.sin() * start.cos())
                            .atan2(angle.cos() - start.sin() * rim_latitude.sin());
                        let rim = (longitude + turn.to_degrees() + 540.0).rem_euclid(360.0) - 180.0;
                        let north = rim_latitude.to_degrees();
                        assert!(
                            boxes.iter().any(|[west, east, south, top]| *west <= rim + 1e-7
                                && rim - 1e-7 <= *east
                                && *south <= north
                                && north <= *top),
                            "{longitude} {latitude} {within_m}: {rim} {north} not in {boxes:?}"
                        );
                    }
                }
            }
        }
    }
}
