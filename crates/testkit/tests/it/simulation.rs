//! Laws of the read path over many seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use store_mongodb::{MongoOptions, MongoStore};
use testkit::simulation::mutants::MUTANTS;
use testkit::simulation::world::FAULTS;
use testkit::simulation::{Engine, Report, run_mutant, run_seed, run_seed_on};

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
        "a backup was restored",
        "a connection died",
        "a process died in a run",
        "a process died in the archive",
        "a run failed",
        "a run of several pages",
        "deletions were followed",
        "deletions were held",
        "deletions were held after a restore",
        "events were archived",
        "events were refused",
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

/// Within so many seeds each breakage must be found.
const SEEDS_TO_FIND: u64 = 200;

#[test]
fn every_deliberate_breakage_is_found() {
    for mutant in MUTANTS {
        let finds = |seed: &u64| run_mutant(*seed, mutant).map_or(true, |report| !report.broken.is_empty());
        let found = (0..SEEDS_TO_FIND).find(finds);
        assert!(found.is_some(), "{mutant:?} was not found within {SEEDS_TO_FIND} seeds");
    }
}

#[test]
fn the_embedded_engine_ends_like_the_model() {
    for seed in 0..20 {
        let (embedded, model) = (run(seed, Engine::Sqlite), run(seed, Engine::Memory));
        assert_eq!((embedded.end, embedded.trace), (model.end, model.trace), "seed {seed}");
    }
}

/// Seeds on MongoDB: few, since each is some thousand requests to a server.
const ON_MONGODB: std::ops::Range<u64> = 0..4;

#[test]
fn the_server_engine_ends_like_the_model() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for seed in ON_MONGODB {
        let model = run(seed, Engine::Memory);
        let (database, folder) = (mongodb_server::server().unwrap().database(), tempfile::tempdir().unwrap());
        let store = runtime.block_on(MongoStore::open(MongoOptions::at(database.store_uri()))).unwrap();
        let report = run_seed_on(seed, Arc::new(store), runtime.handle().clone(), folder.path()).unwrap();
        assert!(report.broken.is_empty(), "seed {seed} on MongoDB broke {:#?}", report.broken);
        assert_eq!((report.end, report.trace), (model.end, model.trace), "seed {seed}");
    }
}
