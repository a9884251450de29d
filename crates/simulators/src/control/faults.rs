//! `/_sim/faults` and `/_sim/switches`: how the simulator misbehaves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Answered, Body, Problem};
use crate::faults::Fault;
use crate::shared::Shared;
use crate::world::Switches;

/// Members that a fault may have; a misspelt one must not pass unseen.
const MEMBERS: [&str; 12] = [
    "route",
    "method",
    "count",
    "after",
    "kind",
    "status",
    "code",
    "message",
    "retry_after",
    "after_commit",
    "delay_ms",
    "cut_body_at",
];

/// One fault or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum NewFaults {
    Several(Vec<Value>),
    One(Value),
}

/// Orders faults; they meet requests in the order in which they were ordered.
pub(super) async fn add(State(shared): State<Arc<Shared>>, Body(new): Body<NewFaults>) -> Answered {
    let list = match new {
        NewFaults::Several(list) => list,
        NewFaults::One(one) => vec![one],
    };
    let faults = list.into_iter().map(read).collect::<Result<Vec<Fault>, Problem>>()?;
    faults.into_iter().for_each(|fault| shared.faults.add(fault));
    Ok(Json(json!({"items": shared.faults.list()})))
}

/// The faults that are still to come.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Answered {
    Ok(Json(json!({"items": shared.faults.list()})))
}

/// Takes all faults back.
pub(super) async fn clear(State(shared): State<Arc<Shared>>) -> Answered {
    shared.faults.clear();
    Ok(Json(json!({"items": []})))
}

/// Sets all switches; those left out go back to their default.
pub(super) async fn set_switches(
    State(shared): State<Arc<Shared>>,
    Body(switches): Body<Switches>,
) -> Answered {
    shared.world.set_switches(switches);
    Ok(Json(json!(shared.world.switches())))
}

/// The switches in force.
pub(super) async fn switches(State(shared): State<Arc<Shared>>) -> Answered {
    Ok(Json(json!(shared.world.switches())))
}

fn read(value: Value) -> Result<Fault, Problem> {
    if let Some(stranger) =
        value.as_object().and_then(|members| members.keys().find(|name| !MEMBERS.contains(&name.as_str())))
    {
        let known = MEMBERS.join(", ");
        return Err(Problem::unreadable(format!("a fault has no member '{stranger}'; it may have: {known}")));
    }
    serde_json::from_value(value)
        .map_err(|error| Problem::unreadable(format!("the fault cannot be read: {error}")))
}
