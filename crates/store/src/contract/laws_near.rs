//! Search by place, on all sides of the globe.

use std::sync::Arc;

use model::collections::LOCATIONS;
use model::documents::{Location, Record};

use super::Law;
use super::fixtures::{NONE, commit, id, insert, location, number, read};
use crate::port::{Near, Store, StoreError};
use crate::query::{Filter, Value};
use crate::write::{Batch, Write};

const PLACES: [(&str, f64, f64); 14] = [
    ("Berlin", 13.405, 52.52),
    ("Potsdam", 13.0645, 52.3906),
    ("Tokyo", 139.6917, 35.6895),
    ("Yokohama", 139.638, 35.4437),
    ("Suva", 178.4419, -18.1416),
    ("Taveuni", -179.97, -16.85),
    ("Fiji line", 180.0, -17.0),
    ("Fiji line from the west", -180.0, -17.0),
    ("New York", -74.006, 40.7128),
    ("Quito", -78.4678, -0.1807),
    ("Ushuaia", -68.303, -54.8019),
    ("North Pole", 0.0, 90.0),
    ("Alert", -62.3481, 82.5018),
    ("South Pole", 120.0, -90.0),
];

async fn fill(store: &Arc<dyn Store>) -> Law {
    let places = (1..).zip(PLACES).map(|(number, (name, east, north))| location(number, name, east, north));
    insert(store, &places.collect::<Vec<_>>()).await?;
    let mut nowhere = location(99, "Nowhere", 0.0, 0.0);
    nowhere.coordinates = None;
    insert(store, &[nowhere]).await
}

fn names(found: &[Near]) -> Vec<&'static str> {
    let name = |near: &Near| {
        let position = usize::try_from(number(near.document.id)).unwrap_or_default().wrapping_sub(1);
        PLACES.get(position).map_or("?", |place| place.0)
    };
    found.iter().map(name).collect()
}

async fn search(
    store: &Arc<dyn Store>,
    (east, north): (f64, f64),
    kilometres: f64,
) -> Result<Vec<Near>, StoreError> {
    store.near(&LOCATIONS, "coordinates", east, north, kilometres * 1_000.0, Filter::All(vec![]), 100).await
}

/// Places east and west, north and south, on the antimeridian under both its names, and at the poles.
pub async fn places_are_found_on_all_sides_of_the_globe(store: Arc<dyn Store>) -> Law {
    fill(&store).await?;
    let table: [((f64, f64), f64, &[&str]); 12] = [
        ((13.4, 52.5), 50.0, &["Berlin", "Potsdam"]),
        ((52.5, 13.4), 50.0, &[]),
        ((139.7, 35.7), 60.0, &["Tokyo", "Yokohama"]),
        ((-74.0, 40.7), 5.0, &["New York"]),
        ((-78.47, 0.0), 100.0, &["Quito"]),
        ((-68.3, -54.8), 1.0, &["Ushuaia"]),
        ((179.9, -17.0), 100.0, &["Fiji line", "Fiji line from the west", "Taveuni"]),
        ((-179.9, -17.0), 100.0, &["Fiji line", "Fiji line from the west", "Taveuni"]),
        ((180.0, -17.0), 0.001, &["Fiji line", "Fiji line from the west"]),
        ((-180.0, -17.0), 0.001, &["Fiji line", "Fiji line from the west"]),
        ((45.0, 89.9), 900.0, &["Alert", "North Pole"]),
        ((0.0, -90.0), 10.0, &["South Pole"]),
    ];
    for (place, kilometres, expected) in table {
        let found = search(&store, place, kilometres).await?;
        // By name: places at nearly one distance may come in either order.
        let mut found = names(&found);
        found.sort_unstable();
        assert_eq!(found, expected, "{kilometres} km round {place:?}");
    }
    let all = search(&store, (13.4, 52.5), 30_000.0).await?;
    assert_eq!(all.len(), PLACES.len(), "the whole globe, without what has no place");
    for (place, metres) in
        [((181.0, 0.0), 1.0), ((0.0, 90.1), 1.0), ((f64::NAN, 0.0), 1.0), ((0.0, 0.0), f64::NAN)]
    {
        let outcome = search(&store, place, metres).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{place:?}: {outcome:?}");
    }
    Ok(())
}

/// Nearest first with the distance in metres, ties by id, at most so many, and only what the filter lets through.
pub async fn nearest_comes_first(store: Arc<dyn Store>) -> Law {
    fill(&store).await?;
    let found = search(&store, (13.405, 52.52), 9_000.0).await?;
    assert_eq!(names(&found), ["Berlin", "Potsdam", "Alert", "North Pole", "New York", "Tokyo", "Yokohama"]);
    for (near, kilometres) in found.iter().zip([0.0, 27.2, 4_036.6, 4_172.2, 6_392.1, 8_926.0, 8_947.4]) {
        let off = (near.distance_m / 1_000.0 - kilometres).abs();
        assert!(off <= 0.1, "{:?}: {} m", near.document.id, near.distance_m);
    }
    let found = store
        .near(&LOCATIONS, "coordinates", 13.4, 52.5, 2e7, Filter::Ne("name", "Potsdam".into()), 2)
        .await?;
    assert_eq!(names(&found), ["Berlin", "Alert"]);
    // Two at one place: the smaller id first.
    insert(&store, &[location(98, "B", 13.0645, 52.3906), location(97, "A", 13.0645, 52.3906)]).await?;
    let found = search(&store, (13.0645, 52.3906), 1.0).await?;
    assert_eq!(found.iter().map(|near| number(near.document.id)).collect::<Vec<_>>(), [2, 97, 98]);
    let outcome = store.near(&LOCATIONS, "name", 0.0, 0.0, 1.0, Filter::All(vec![]), 1).await;
    assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
    Ok(())
}

/// A place that moves, goes or comes is found where it is now.
pub async fn places_follow_their_documents(store: Arc<dyn Store>) -> Law {
    fill(&store).await?;
    let mut berlin = location(1, "Berlin", 2.3522, 48.8566);
    berlin.touch(berlin.created_at);
    let mut potsdam: Location = location(2, "Potsdam", 0.0, 0.0);
    potsdam.coordinates = None;
    potsdam.touch(potsdam.created_at);
    let mut nowhere = location(99, "Nowhere", 13.4, 52.5);
    nowhere.touch(nowhere.created_at);
    let mut batch = Batch::new();
    for moved in [berlin, potsdam, nowhere] {
        batch.replace(&moved, 1)?;
    }
    batch.delete(&LOCATIONS, Filter::eq("name", "Tokyo"));
    store.commit(batch).await?;
    let at = async |place| {
        let found = search(&store, place, 50.0).await?;
        Ok::<_, StoreError>(found.iter().map(|near| number(near.document.id)).collect::<Vec<_>>())
    };
    assert_eq!(at((13.4, 52.5)).await?, [99]);
    assert_eq!(at((2.35, 48.85)).await?, [1]);
    assert_eq!(at((139.7, 35.7)).await?, [4]);
    // An update of another field leaves the place alone; one that takes the place away takes it from the search.
    let update = |set| Write::Update {
        collection: &LOCATIONS,
        filter: Filter::eq("_id", id(1)),
        set: vec![set],
        add: vec![("usage_count", 1)],
        must_match: true,
    };
    commit(&store, update(("notes", "x".into()))).await?;
    assert_eq!(at((2.35, 48.85)).await?, [1]);
    commit(&store, update(("coordinates", Value::Null))).await?;
    assert_eq!(at((2.35, 48.85)).await?, NONE);
    Ok(())
}

/// Longitude comes first in the stored text, also after an update: MongoDB reads a pair by position.
pub async fn a_place_keeps_longitude_first(store: Arc<dyn Store>) -> Law {
    insert(&store, &[location(1, "Tokyo", 139.6917, 35.6895)]).await?;
    for round in 0..2 {
        let text = store.get(&LOCATIONS, id(1)).await?.map(|document| document.json).unwrap_or_default();
        assert!(
            text.contains(r#""coordinates":{"longitude":139.6917,"latitude":35.6895}"#),
            "{round}: {text}"
        );
        commit(
            &store,
            Write::Update {
                collection: &LOCATIONS,
                filter: Filter::All(vec![]),
                set: vec![("capacity", 5.into())],
                add: vec![],
                must_match: true,
            },
        )
        .await?;
    }
    let stored: Option<Location> = read(&store, 1).await?;
    assert_eq!(stored.and_then(|location| location.capacity), Some(5));
    Ok(())
}
