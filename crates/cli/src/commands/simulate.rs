//! `callboard simulate`: the simulated Outlook alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use model::Clock;
use simulators::{SimClock, SimulatorOptions, Simulators};

use crate::ambient::SystemClock;
use crate::args::Simulate;
use crate::failure::Failure;
use crate::output;

pub(crate) async fn run(args: Simulate) -> Result<(), Failure> {
    let simulators = start(args.graph_port, args.random_seed).await?;
    if !args.empty {
        simulators::seed::demo_world(simulators.state(), args.random_seed, SystemClock.now());
    }
    if let Some(path) = &args.faults {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("the file {} cannot be read: {error}", path.display()))
        })?;
        let url = format!("{}/_sim/faults", simulators.authority_url());
        let sent = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json")
            .body(text)
            .send()
            .await;
        let answer =
            sent.map_err(|error| Failure::failed(format!("the faults could not be set: {error}")))?;
        if !answer.status().is_success() {
            let said = answer.text().await.unwrap_or_default();
            return Err(Failure::usage(format!("the faults in {} were refused: {said}", path.display())));
        }
    }
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
