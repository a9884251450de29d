//! Runs the simulation over many seeds: `simulate [--seeds N] [--seed S] [--from S]`. A failing seed is printed and
//! replays exactly with `--seed`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use testkit::simulation::{Engine, run_seed};

#[expect(clippy::print_stdout, reason = "this is a program for the terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let seeds: Vec<u64> = match value("--seed") {
        Some(seed) => vec![seed],
        None => {
            let from = value("--from").unwrap_or(0);
            (from..from + value("--seeds").unwrap_or(1_000)).collect()
        }
    };
    let mut failed = 0;
    let mut fired: BTreeMap<String, u64> = BTreeMap::new();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    for seed in &seeds {
        match run_seed(*seed, Engine::Memory) {
            Ok(report) => {
                for (fault, count) in report.fired {
                    *fired.entry(fault).or_default() += count;
                }
                reached.extend(report.reached);
                if !report.broken.is_empty() {
                    failed += 1;
                    println!("seed {seed} (replay: --seed {seed}):");
                    report.broken.iter().take(5).for_each(|law| println!("  {law}"));
                }
            }
            Err(error) => {
                failed += 1;
                println!("seed {seed}: {error}");
            }
        }
    }
    println!("{} seeds, {failed} failed; faults played: {fired:?}; situations: {reached:?}", seeds.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
