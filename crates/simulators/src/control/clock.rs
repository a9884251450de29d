//! `/_sim/clock`: the simulation's time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::problem::{Answered, Body, Problem};
use crate::shared::Shared;

/// A new time, or a step from the present one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTime {
    now: Option<Timestamp>,
    advance_s: Option<i64>,
}

/// Sets or advances the clock.
pub(super) async fn set(State(shared): State<Arc<Shared>>, Body(new): Body<NewTime>) -> Answered {
    match (new.now, new.advance_s) {
        (Some(now), None) => shared.world.clock().set(now),
        (None, Some(seconds)) => shared.world.clock().advance(SignedDuration::from_secs(seconds)),
        _ => return Err(Problem::unreadable("send either now (RFC 3339) or advance_s (seconds)")),
    }
    Ok(Json(json!({"now": shared.world.now()})))
}

/// The present moment.
pub(super) async fn read(State(shared): State<Arc<Shared>>) -> Answered {
    Ok(Json(json!({"now": shared.world.now()})))
}
