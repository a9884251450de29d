//! `simulate`: the simulation of sync, with many seeds or one of them again.

use crate::kit::{Args, Done, cargo};

/// Runs the simulation tests in release mode; the seeds go through the environment.
pub(crate) fn run(mut args: Args) -> Done {
    let seeds = args.number("--seeds")?;
    let seed = args.number("--seed")?;
    args.end()?;
    let mut run = cargo().words("test --release --locked -p app -- simulation --nocapture");
    if let Some(seeds) = seeds {
        run = run.env("CALLBOARD_SEEDS", seeds.to_string());
    }
    if let Some(seed) = seed {
        run = run.env("CALLBOARD_SEED", seed.to_string());
    }
    run.run()
}
