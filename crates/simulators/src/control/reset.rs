//! `POST /_sim/reset` and `POST /_sim/seed`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::problem::{Answered, Body};
use super::users::check_size;
use crate::seed;
use crate::shared::Shared;

/// What to keep; nothing is kept by default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {}

/// Empties everything: people, events, grants, faults, records. The clock goes on.
pub(super) async fn reset(State(shared): State<Arc<Shared>>, Body(Reset {}): Body<Reset>) -> Answered {
    shared.reset();
    Ok(Json(json!({"reset": true})))
}

/// Which world to make.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    /// The start's own seed when absent.
    seed: Option<u64>,
    /// So many more events in the default calendar of each of the people.
    #[serde(default)]
    events: usize,
}

/// Fills the world with the venues of the demo, around the present moment.
pub(super) async fn seed(State(shared): State<Arc<Shared>>, Body(wanted): Body<Seed>) -> Answered {
    check_size(wanted.events)?;
    let number = wanted.seed.unwrap_or(shared.options.seed);
    let seeded = seed::demo_world(&shared.world, number, shared.world.now())?;
    for mail in &seeded.people {
        seed::life(&shared.world, mail, None, wanted.events, number)?;
    }
    let events = seeded.events + seeded.people.len() * wanted.events;
    Ok(Json(json!({"people": seeded.people, "events": events})))
}
