//! The demo's rooms and categories, for all its people.

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

fn rooms() -> impl Iterator<Item = Map<String, Value>> {
    [
        (
            "Grand Hall",
            420,
            "Ground floor",
            120,
            json!(["6 x Wireless microphone", "Projector x2", "PA system", "420 x Chair"]),
        ),
        ("Atrium", 180, "Ground floor", 60, json!(["PA system", "20 x Round table"])),
        ("Studio Stage", 250, "Level 1", 90, json!(["Stage lift", "Dimmer rack", "4 x Wireless microphone"])),
        ("Library", 60, "Level 1", 30, json!(["Projector"])),
        ("Boardroom", 18, "Level 2", 15, json!(["Screen"])),
        ("Roof Terrace", 120, "Level 3", 45, json!(["3 x Patio heater"])),
    ]
    .into_iter()
    .filter_map(|(name, capacity, floor, minutes, stock)| {
        object(json!({
            "name": name,
            "address": format!("Harbour Hall, {floor}"),
            "notes": floor,
            "capacity": capacity,
            "setup_time_required": minutes,
            "equipment_available": stock,
            "coordinates": {"longitude": 9.9937, "latitude": 53.5413},
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
