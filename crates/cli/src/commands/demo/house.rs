//! The demo's rooms in three venues and its categories, for all its people.

use app::App;
use app::records::{categories, locations};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::wiring;

/// Makes the rooms with their stock, and the categories with their colours.
pub(super) async fn furnish(app: &App) -> Result<(), Failure> {
    let operator = wiring::operator();
    for room in rooms() {
        locations::create(app, &operator, &room, true, None).await?;
    }
    for category in named_colors() {
        categories::create(app, &operator, &category, true, None).await?;
    }
    Ok(())
}

/// A venue: its name, longitude and latitude, its rooms.
type Venue = (&'static str, f64, f64, &'static [Room]);
/// A room: its name, capacity, floor, minutes of set-up, stock.
type Room = (&'static str, u32, &'static str, u32, &'static [&'static str]);

#[rustfmt::skip]
const VENUES: &[Venue] = &[
    ("Harbour Hall, Hamburg", 9.9937, 53.5413, &[
        ("Grand Hall", 420, "Ground floor", 120, &["6 x Wireless microphone", "Projector x2", "PA system", "420 x Chair"]),
        ("Atrium", 180, "Ground floor", 60, &["PA system", "20 x Round table"]),
        ("Studio Stage", 250, "Level 1", 90, &["Stage lift", "Dimmer rack", "4 x Wireless microphone"]),
        ("Library", 60, "Level 1", 30, &["Projector"]),
        ("Boardroom", 18, "Level 2", 15, &["Screen"]),
        ("Crew Room", 14, "Level 2", 0, &["Screen"]),
        ("Green Room", 10, "Level 1", 0, &[]),
        ("Roof Terrace", 120, "Level 3", 45, &["3 x Patio heater"]),
    ]),
    ("Nordlys House, Copenhagen", 12.5966, 55.6786, &[
        ("Lantern Room", 300, "Level 1", 90, &["PA system", "Projector", "300 x Chair"]),
        ("Black Box", 140, "Ground floor", 60, &["Dimmer rack", "4 x Wireless microphone"]),
        ("Canal Terrace", 90, "Ground floor", 45, &["4 x Patio heater"]),
    ]),
    ("Turbine Works, London", -0.0722, 51.5033, &[
        ("Turbine Room", 350, "Ground floor", 120, &["PA system", "Projector x2", "Stage lift"]),
        ("Engine House", 160, "Ground floor", 60, &["PA system", "2 x Wireless microphone"]),
        ("Gallery", 80, "Level 1", 30, &["Projector"]),
    ]),
];

fn rooms() -> impl Iterator<Item = Map<String, Value>> {
    let all = VENUES.iter().flat_map(|venue| venue.3.iter().map(move |room| (venue, room)));
    all.filter_map(|((venue, longitude, latitude, _), (name, capacity, floor, minutes, stock))| {
        object(json!({
            "name": name,
            "address": format!("{venue}, {floor}"),
            "notes": floor,
            "capacity": capacity,
            "setup_time_required": minutes,
            "equipment_available": stock,
            "coordinates": {"longitude": longitude, "latitude": latitude},
        }))
    })
}

fn named_colors() -> impl Iterator<Item = Map<String, Value>> {
    [
        ("Conference", "#4f6bed"),
        ("Wedding", "#c2477f"),
        ("Gala dinner", "#8764b8"),
        ("Workshop", "#2f8f6b"),
        ("Concert", "#c25b2b"),
        ("Internal", "#6b7280"),
    ]
    .into_iter()
    .filter_map(|(name, color)| object(json!({"name": name, "color": color})))
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}
