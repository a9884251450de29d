//! Each rule about edges, shown to hold and shown to fail.

use serde_json::{Value, json};

use super::{Workspace, check};

/// A workspace of these crates: name, then its dependencies as (name, kind).
fn workspace(crates: &[(&str, &[(&str, &str)])]) -> Workspace {
    let ours = [
        "recurrence",
        "model",
        "sync",
        "store",
        "store-sqlite",
        "providers",
        "app",
        "api",
        "simulators",
        "cli",
        "testkit",
        "odd",
    ];
    let kind = |kind: &str| if kind.is_empty() { Value::Null } else { json!(kind) };
    let packages: Vec<Value> = crates
        .iter()
        .map(|(name, uses)| {
            let dependencies: Vec<Value> =
                uses.iter().map(|(used, k)| json!({"name": used, "kind": kind(k)})).collect();
            json!({"id": name, "name": name, "description": "What it is.", "dependencies": dependencies})
        })
        .collect();
    let nodes: Vec<Value> = crates
        .iter()
        .map(|(name, uses)| {
            let deps: Vec<Value> =
                uses.iter().map(|(used, k)| json!({"pkg": used, "dep_kinds": [{"kind": kind(k)}]})).collect();
            json!({"id": name, "deps": deps})
        })
        .collect();
    let members: Vec<&str> =
        crates.iter().map(|(name, _)| *name).filter(|name| ours.contains(name)).collect();
    Workspace::read(&json!({"packages": packages, "workspace_members": members, "resolve": {"nodes": nodes}}))
}

fn wrong(crates: &[(&str, &[(&str, &str)])]) -> Vec<String> {
    let mut wrong = Vec::new();
    check(&workspace(crates), &mut wrong);
    wrong
}

#[test]
fn allowed_edges_are_silent() {
    let crates: &[(&str, &[(&str, &str)])] = &[
        ("model", &[("serde", ""), ("tokio", "dev")]),
        ("store", &[("model", "")]),
        ("store-sqlite", &[("store", ""), ("rusqlite", "")]),
        ("app", &[("store", ""), ("tokio", ""), ("store-sqlite", "dev"), ("testkit", "dev")]),
        ("cli", &[("store-sqlite", "")]),
        ("testkit", &[("store-sqlite", "")]),
        ("serde", &[]),
        ("tokio", &[]),
        ("rusqlite", &[]),
    ];
    assert_eq!(wrong(crates), Vec::<String>::new());
}

#[test]
fn an_engine_stays_out_of_the_rules() {
    let found = wrong(&[("app", &[("store-sqlite", "")]), ("store-sqlite", &[])]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("app may not use store-sqlite"), "{found:?}");
}

#[test]
fn the_store_and_the_engines_stay_out_of_the_api() {
    let found = wrong(&[("api", &[("store", ""), ("rusqlite", "")]), ("store", &[])]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("api may not use store") && found[1] == "api may never use rusqlite.",
        "{found:?}"
    );
}

#[test]
fn simulators_share_only_recurrence_with_the_product() {
    let found =
        wrong(&[("simulators", &[("recurrence", ""), ("model", "")]), ("model", &[]), ("recurrence", &[])]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("simulators may not use model"), "{found:?}");
}

#[test]
fn pure_crates_link_no_runtime_not_even_through_others() {
    let found = wrong(&[
        ("model", &[("helper", "")]),
        ("helper", &[("deep", "")]),
        ("deep", &[("tokio", "")]),
        ("tokio", &[]),
    ]);
    assert_eq!(found, ["model is pure, but links tokio through another crate."]);
    let found = wrong(&[("sync", &[("tokio", "")]), ("tokio", &[])]);
    assert_eq!(found, ["sync may never use tokio."]);
}

#[test]
fn pure_crates_are_pure_in_tests_too() {
    let found = wrong(&[("model", &[("testkit", "dev")]), ("testkit", &[])]);
    assert!(found[0].starts_with("model may not use testkit"), "{found:?}");
}

#[test]
fn a_crate_without_a_line_or_description_is_found() {
    let found = wrong(&[("odd", &[])]);
    assert!(found[0].contains("no line in"), "{found:?}");
    let bare = json!({"packages": [{"id": "model", "name": "model"}], "workspace_members": ["model"]});
    let mut found = Vec::new();
    check(&Workspace::read(&bare), &mut found);
    assert_eq!(found, ["model: the crate has no description."]);
}
