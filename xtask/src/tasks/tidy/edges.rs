//! The edges between crates, from `cargo metadata`, against the layers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::layers::{IN_TESTS, LAYERS, Layer};

/// What `cargo metadata` says, as far as it matters here.
#[derive(Default)]
pub(super) struct Workspace {
    /// Our crates by name.
    members: BTreeMap<String, Member>,
    /// Name and ids of the dependencies that end up in a build, by id.
    nodes: BTreeMap<String, Node>,
}

struct Member {
    id: String,
    description: String,
    /// Name of a dependency, and whether only tests have it.
    uses: Vec<(String, bool)>,
}

struct Node {
    name: String,
    links: Vec<String>,
}

impl Workspace {
    /// Reads the answer of `cargo metadata`.
    pub(super) fn read(metadata: &Value) -> Self {
        let mut workspace = Self::default();
        let ours: BTreeSet<&str> =
            list(metadata, "workspace_members").iter().filter_map(Value::as_str).collect();
        let mut names = BTreeMap::new();
        for package in list(metadata, "packages") {
            names.insert(text(package, "id"), text(package, "name"));
            if ours.contains(text(package, "id")) {
                let uses = list(package, "dependencies")
                    .iter()
                    .map(|edge| (text(edge, "name").to_owned(), text(edge, "kind") == "dev"))
                    .collect();
                let member = Member {
                    id: text(package, "id").to_owned(),
                    description: text(package, "description").to_owned(),
                    uses,
                };
                workspace.members.insert(text(package, "name").to_owned(), member);
            }
        }
        for node in metadata.get("resolve").map_or(&[][..], |resolve| list(resolve, "nodes")) {
            let id = text(node, "id");
            let in_build =
                |edge: &&Value| list(edge, "dep_kinds").iter().any(|kind| text(kind, "kind") != "dev");
            let links =
                list(node, "deps").iter().filter(in_build).map(|edge| text(edge, "pkg").to_owned()).collect();
            let name = names.get(id).copied().unwrap_or_default().to_owned();
            workspace.nodes.insert(id.to_owned(), Node { name, links });
        }
        workspace
    }

    /// Names of all crates that are linked when this one is.
    fn reach(&self, id: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![id];
        let mut names = BTreeSet::new();
        while let Some(id) = open.pop() {
            let Some(node) = self.nodes.get(id) else { continue };
            names.insert(node.name.as_str());
            open.extend(node.links.iter().map(String::as_str).filter(|link| seen.insert(*link)));
        }
        names
    }
}

/// Adds what breaks the layers, and crates without a description.
pub(super) fn check(workspace: &Workspace, wrong: &mut Vec<String>) {
    for (name, member) in &workspace.members {
        match member.description.trim() {
            "" => wrong.push(format!("{name}: the crate has no description.")),
            text if text.contains('\n') => wrong.push(format!("{name}: the description is one line.")),
            _ => {}
        }
        match LAYERS.iter().find(|layer| layer.name == name) {
            Some(layer) => check_layer(workspace, layer, member, wrong),
            None => wrong.push(format!("{name}: the crate has no line in xtask/src/tasks/tidy/layers.rs.")),
        }
    }
}

fn check_layer(workspace: &Workspace, layer: &Layer, member: &Member, wrong: &mut Vec<String>) {
    let name = layer.name;
    for (used, in_tests_only) in &member.uses {
        let is_ours = workspace.members.contains_key(used);
        let may = layer.uses.contains(&used.as_str())
            || (*in_tests_only && !layer.is_pure && IN_TESTS.contains(&used.as_str()));
        if is_ours && !may {
            wrong.push(format!(
                "{name} may not use {used}: the edge is not in xtask/src/tasks/tidy/layers.rs."
            ));
        }
        if !in_tests_only && layer.never.contains(&used.as_str()) {
            wrong.push(format!("{name} may never use {used}."));
        }
    }
    if layer.is_pure {
        let direct: BTreeSet<&str> = member.uses.iter().map(|(used, _)| used.as_str()).collect();
        for reached in workspace.reach(&member.id).into_iter().filter(|reached| layer.never.contains(reached))
        {
            if !direct.contains(reached) {
                wrong.push(format!("{name} is pure, but links {reached} through another crate."));
            }
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[path = "edges_tests.rs"]
mod tests;
