//! Laws of the read path over many seeds.

use std::collections::{BTreeMap, BTreeSet};

use testkit::simulation::world::FAULTS;
use testkit::simulation::{Engine, Report, run_seed};

/// Fixed seeds: the same in every run.
const FIXED: std::ops::Range<u64> = 0..400;

fn run(seed: u64, engine: Engine) -> Report {
    let report = run_seed(seed, engine).unwrap();
    assert!(report.broken.is_empty(), "seed {seed} on {engine:?} broke {:#?}", report.broken);
    report
}

#[test]
fn laws_hold_over_many_seeds_and_every_fault_and_situation_is_met() {
    let mut fired: BTreeMap<String, u64> = BTreeMap::new();
    let mut reached = BTreeSet::new();
    for seed in FIXED {
        let report = run(seed, Engine::Memory);
        for (fault, count) in report.fired {
            *fired.entry(fault).or_default() += count;
        }
        reached.extend(report.reached);
    }
    assert_eq!(fired.len(), FAULTS.len(), "some fault was never played: {fired:?}");
    let wanted = [
        "a connection died",
        "a process died in a run",
        "a run failed",
        "a run of several pages",
        "deletions were followed",
        "deletions were held",
        "events were updated",
        "held deletions were rejected",
        "notes were written",
    ];
    for situation in wanted {
        assert!(reached.contains(situation), "\"{situation}\" was never reached: {reached:?}");
    }
}

#[test]
fn the_same_seed_does_the_same_twice() {
    for seed in [1, 17, 99, 123_456] {
        assert_eq!(run(seed, Engine::Memory), run(seed, Engine::Memory), "seed {seed}");
    }
}

#[test]
fn the_embedded_engine_ends_like_the_model() {
    for seed in 0..12 {
        assert_eq!(run(seed, Engine::Sqlite).end, run(seed, Engine::Memory).end, "seed {seed}");
    }
}
