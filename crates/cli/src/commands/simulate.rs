//! `callboard simulate`: the simulated Outlook alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use model::Clock;
use serde_json::Value;
use simulators::{Fault, SimClock, SimulatorOptions, Simulators};

use crate::ambient::SystemClock;
use crate::args::Simulate;
use crate::failure::Failure;
use crate::output;

pub(crate) async fn run(args: Simulate) -> Result<(), Failure> {
    // Read before anything listens: a mistake in the file is said at once.
    let faults = args.faults.as_deref().map(faults).transpose()?.unwrap_or_default();
    let simulators = start(args.graph_port, args.random_seed).await?;
    if !args.empty {
        venue(&simulators, args.random_seed, args.events)?;
    }
    faults.into_iter().for_each(|fault| simulators.add_fault(fault));
    output::line(format!("The simulated Outlook listens on {}.", simulators.authority_url()));
    output::line("To use it:");
    output::line(format!("  CALLBOARD_OUTLOOK_CLIENT_ID={}", SimulatorOptions::default().client_id));
    output::line(format!("  CALLBOARD_OUTLOOK_AUTHORITY_URL={}", simulators.authority_url()));
    output::line(format!("  CALLBOARD_OUTLOOK_GRAPH_URL={}", simulators.authority_url()));
    output::line(format!("What it received: {}/_sim/requests. Ctrl-C stops it.", simulators.authority_url()));
    super::serve::stop_signal().await;
    simulators.stop().await;
    Ok(())
}

/// Fills the simulated Outlook with the venues of the demo around today, and with so many more events for each of the
/// people; answers their mail addresses.
pub(crate) fn venue(simulators: &Simulators, seed: u64, events: u32) -> Result<Vec<String>, Failure> {
    let failed = |refusal| Failure::failed(format!("the simulated venues could not be made: {refusal:?}"));
    let world = simulators.state();
    let people = simulators::seed::demo_world(world, seed, SystemClock.now()).map_err(failed)?.people;
    for mail in &people {
        let events = usize::try_from(events).unwrap_or_default();
        simulators::seed::life(world, mail, None, events, seed).map_err(failed)?;
    }
    Ok(people)
}

/// The faults of a file: one, or a list, as `POST /_sim/faults` takes them.
fn faults(path: &Path) -> Result<Vec<Fault>, Failure> {
    let refused = |reason: String| {
        Failure::usage(format!(
            "the faults in {} cannot be used: {reason}; the simulators' README lists them",
            path.display()
        ))
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("the file {} cannot be read: {error}", path.display())))?;
    let value: Value =
        serde_json::from_str(&text).map_err(|error| refused(format!("it is no JSON ({error})")))?;
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    let mut faults = Vec::new();
    for (one, number) in list.into_iter().zip(1..) {
        let fault: Fault = serde_json::from_value(one.clone())
            .map_err(|error| refused(format!("fault {number}: {error}")))?;
        // Written back it has every member that was understood: what is missing then was misspelt.
        let understood = serde_json::to_value(&fault).unwrap_or_default();
        let given = one.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        let mut unknown = given.map(|(member, _)| member).filter(|member| understood.get(member).is_none());
        if let Some(member) = unknown.next() {
            return Err(refused(format!("fault {number} has no member `{member}`")));
        }
        faults.push(fault);
    }
    Ok(faults)
}

/// Starts the simulated Outlook on the loopback address, with the machine's clock.
pub(crate) async fn start(port: u16, seed: u64) -> Result<Simulators, Failure> {
    let options = SimulatorOptions {
        graph_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        seed,
        clock: SimClock::following(Arc::new(|| SystemClock.now())),
        default_page_size: 100,
        ..SimulatorOptions::default()
    };
    Ok(Simulators::start(options).await?)
}
