//! `codegen`: files that are made from code, and the check that they are fresh.

use std::path::Path;

use super::contract;
use crate::kit::{Args, Done, Failure, cargo, node, read, root, say, target, write};

/// A generated file and how its text is made.
struct Generated {
    path: &'static str,
    make: fn() -> Result<String, Failure>,
}

const FILES: &[Generated] = &[
    Generated { path: "docs/data-model.md", make: data_model },
    Generated { path: "docs/operations/configuration.md", make: configuration },
    Generated { path: "docs/api/openapi.json", make: openapi },
    // After the description of the API, from which they are made.
    Generated { path: contract::PATH, make: contract::text },
    Generated { path: "web/src/lib/api/schema.d.ts", make: web_types },
];

/// Writes the files, or with `--check` fails when one is out of date.
pub(crate) fn run(mut args: Args) -> Done {
    let only_check = args.flag("--check");
    args.end()?;
    if only_check {
        return check();
    }
    for file in FILES {
        let text = (file.make)()?;
        let is_fresh = read(Path::new(file.path)).is_ok_and(|old| old == text);
        if !is_fresh {
            write(Path::new(file.path), &text)?;
        }
        say::line(&format!("{} {}", file.path, if is_fresh { "is fresh" } else { "written" }));
    }
    Ok(())
}

/// Fails when a generated file is not what would be generated now.
pub(crate) fn check() -> Done {
    let mut stale = Vec::new();
    for file in FILES {
        let text = (file.make)()?;
        if read(Path::new(file.path)).ok().as_deref() != Some(text.as_str()) {
            stale.push(file.path);
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("Out of date: {}. Run `cargo xtask codegen` and commit.", stale.join(", "))))
}

fn data_model() -> Result<String, Failure> {
    cargo().words("run --quiet --locked -p model --example data_model").output()
}

fn configuration() -> Result<String, Failure> {
    cargo().words("run --quiet --locked -p cli -- config reference").output()
}

fn openapi() -> Result<String, Failure> {
    cargo().words("run --quiet --locked -p cli -- openapi").output()
}

/// The web client's types. They are made beside the old ones, so that a check writes nothing into the checkout.
fn web_types() -> Result<String, Failure> {
    node::install()?;
    let made = target().join("xtask/schema.d.ts");
    let description = root().join("docs/api/openapi.json");
    node::tool("openapi-typescript").arg(description).arg("--output").arg(&made).output()?;
    read(&made)
}
