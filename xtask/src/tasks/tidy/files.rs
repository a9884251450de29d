//! The rules for single files: heads, lengths, engine names, the environment, machine paths, registries.

/// No file of Rust is longer than this.
const MOST_LINES: usize = 500;

/// Adds what is wrong with a file. `path` is from the root, with `/` between folders.
pub(super) fn check(path: &str, text: &str, wrong: &mut Vec<String>) {
    let rules: [fn(&str, &str) -> Option<String>; 6] =
        [head, length, engine_names, environment, machine_paths, registries];
    wrong.extend(rules.iter().filter_map(|rule| rule(path, text)).map(|reason| format!("{path}: {reason}")));
}

fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

/// The crate a source file is part of, tests, examples and benchmarks left out.
fn product_crate(path: &str) -> Option<&str> {
    let (name, rest) = path.strip_prefix("crates/")?.split_once('/')?;
    (is_rust(path) && rest.starts_with("src/")).then_some(name)
}

/// A file begins with why it exists.
fn head(path: &str, text: &str) -> Option<String> {
    let has_head = text.lines().next().is_some_and(|line| line.starts_with("//! ") && line.len() > 8);
    (is_rust(path) && !has_head).then(|| "a file begins with `//!` and why it exists.".to_owned())
}

/// A file is one thing.
fn length(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (is_rust(path) && lines > MOST_LINES)
        .then(|| format!("{lines} lines; a file has at most {MOST_LINES}. Split it by what it does."))
}

/// Only the binary and the test kit know which engines there are.
fn engine_names(path: &str, text: &str) -> Option<String> {
    let name = product_crate(path)?;
    if ["cli", "testkit", "mongodb-server"].contains(&name) || name.starts_with("store-") {
        return None;
    }
    let engine = ["store_sqlite", "rusqlite", "store_mongodb", "mongodb::"]
        .into_iter()
        .find(|word| text.contains(word))?;
    Some(format!("names the engine {engine}; only cli and testkit may."))
}

/// Settings arrive as parameters.
fn environment(path: &str, text: &str) -> Option<String> {
    let name = product_crate(path)?;
    if ["cli", "testkit", "mongodb-server"].contains(&name) {
        return None;
    }
    let call = ["env::var", "env::args", "env::current_dir"].into_iter().find(|call| text.contains(call))?;
    Some(format!("calls {call}; only cli reads the environment."))
}

/// A path of somebody's machine helps nobody else.
fn machine_paths(path: &str, text: &str) -> Option<String> {
    if path.ends_with("package-lock.json") {
        return None;
    }
    let roots = [
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("C:", "\\Users\\"),
    ];
    // Within an address or a longer path the same letters are something else.
    let begins = |at: usize| {
        text.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|c| !c.is_alphanumeric() && !"._-~}/".contains(c))
    };
    let found = roots.iter().flat_map(|root| text.match_indices(root)).find(|(at, _)| begins(*at))?;
    let line = text.get(..found.0).unwrap_or_default().lines().count().max(1);
    Some(format!("line {line} has a path of one machine."))
}

/// Lock files name the public registries or none, so that a clone builds anywhere.
fn registries(path: &str, text: &str) -> Option<String> {
    let is_foreign = |line: &&str| match path {
        "Cargo.lock" => {
            line.starts_with("source = ")
                && !line.contains("registry+https://github.com/rust-lang/crates.io-index")
        }
        "web/package-lock.json" => {
            line.trim_start().starts_with("\"resolved\": \"http")
                && !line.contains("https://registry.npmjs.org/")
        }
        _ => false,
    };
    let line = text.lines().find(is_foreign)?;
    Some(format!("names another registry than the public one: {}", line.trim()))
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
