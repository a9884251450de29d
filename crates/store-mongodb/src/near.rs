//! Search by place: the sphere index gives candidates, the exact distance decides and orders, as in every engine.

use futures::TryStreamExt;
use model::schema::{Collection, Key};
use mongodb::bson::raw::RawBsonRef;
use mongodb::bson::{Document as BsonDocument, RawDocument, doc};
use store::globe::{EARTH_RADIUS_M, distance_m, is_place};
use store::{Filter, Near, StoreError, valid};

use crate::engine::{Engine, read_error};
use crate::{filter, read};

/// A circle on the globe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circle {
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
    pub(crate) within_m: f64,
}

/// Documents within the circle, nearest first.
pub(crate) async fn near(
    engine: &Engine,
    collection: &'static Collection,
    field: &'static str,
    circle: Circle,
    wanted: &Filter,
    limit: u32,
) -> Result<Vec<Near>, StoreError> {
    valid::filter(collection, wanted)?;
    let has_index = |index: &model::schema::Index| index.keys.contains(&Key::Sphere(field));
    if !collection.indexes.iter().any(has_index) {
        return Err(unsupported(collection, &format!("has no sphere index on {field}")));
    }
    if !is_place(circle.longitude, circle.latitude) || circle.within_m.is_nan() {
        return Err(unsupported(collection, "is searched near something that is no place on the globe"));
    }
    let collection_ = engine.raw(collection)?;
    if limit == 0 || circle.within_m < 0.0 {
        return Ok(Vec::new());
    }
    let said = |error| read_error(read::reading(collection), &error);
    let cursor = collection_.aggregate(pipeline(collection, field, circle, wanted, limit)?);
    let cursor = cursor.with_type::<mongodb::bson::raw::RawDocumentBuf>().await.map_err(said)?;
    let candidates: Vec<_> = cursor.try_collect().await.map_err(said)?;
    let mut found = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let Some(place) = place(&candidate, field) else { continue };
        let distance_m = distance_m((circle.longitude, circle.latitude), place);
        if distance_m <= circle.within_m {
            found.push(Near { document: read::document(collection, &candidate)?, distance_m });
        }
    }
    found.sort_by(|one, other| {
        one.distance_m.total_cmp(&other.distance_m).then(one.document.id.cmp(&other.document.id))
    });
    Ok(found)
}

/// A little wider than asked, because the exact distance decides.
fn pipeline(
    collection: &'static Collection,
    field: &str,
    circle: Circle,
    wanted: &Filter,
    limit: u32,
) -> Result<Vec<BsonDocument>, StoreError> {
    let mut near = doc! {
        "near": { "type": "Point", "coordinates": [circle.longitude, circle.latitude] },
        "key": field,
        "distanceField": DISTANCE,
        "spherical": true,
        "query": filter::document(collection, wanted)?,
    };
    // Beyond half the globe there is nothing more.
    if circle.within_m < EARTH_RADIUS_M * std::f64::consts::PI {
        near.insert("maxDistance", circle.within_m * 1.000_001 + 0.01);
    }
    Ok(vec![
        doc! { "$geoNear": near },
        doc! { "$sort": { DISTANCE: 1, "_id": 1 } },
        doc! { "$limit": i64::from(limit) },
        doc! { "$project": { DISTANCE: 0 } },
    ])
}

/// Beside the document's own fields, and taken away again.
const DISTANCE: &str = "near_distance_m";

/// Longitude and latitude by their names.
fn place(document: &RawDocument, field: &str) -> Option<(f64, f64)> {
    let Ok(Some(RawBsonRef::Document(place))) = document.get(field) else { return None };
    let degrees = |name: &str| match place.get(name) {
        Ok(Some(RawBsonRef::Double(number))) => Some(number),
        Ok(Some(RawBsonRef::Int32(number))) => Some(f64::from(number)),
        #[expect(clippy::cast_precision_loss, reason = "degrees, which are small")]
        Ok(Some(RawBsonRef::Int64(number))) => Some(number as f64),
        _ => None,
    };
    Some((degrees("longitude")?, degrees("latitude")?))
}

fn unsupported(collection: &'static Collection, what: &str) -> StoreError {
    StoreError::Unsupported { reason: format!("{} {what}", collection.name) }
}
