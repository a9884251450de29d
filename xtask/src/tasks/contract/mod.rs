//! The API's promise: what docs/api/contract.txt says a client may rely on, held against the document of today.
//!
//! `codegen` writes additions into it and refuses what would break a client, unless docs/api/breaks.txt names it with a
//! reason. What counts as breaking is said in docs/api/README.md.

mod compare;
mod facts;

#[cfg(test)]
mod tests;

use std::path::Path;

use self::compare::Break;
use crate::kit::{Failure, read};

/// The promise, one fact a line.
pub(crate) const PATH: &str = "docs/api/contract.txt";
const DOCUMENT: &str = "docs/api/openapi.json";
const BREAKS: &str = "docs/api/breaks.txt";

/// The promise as the document of today makes it; a failure when that breaks the committed one unasked.
pub(crate) fn text() -> Result<String, Failure> {
    let document = serde_json::from_str(&read(Path::new(DOCUMENT))?)
        .map_err(|error| Failure::new(format!("{DOCUMENT} is no JSON: {error}")))?;
    let today = facts::of(&document);
    let promised = facts::parse(&read(Path::new(PATH)).unwrap_or_default());
    let allowed = read(Path::new(BREAKS)).unwrap_or_default();
    let allowed = compare::reasons(&allowed).map_err(|line| {
        Failure::new(format!("{BREAKS}, line {line}: wanted is `<the fact's name>: <reason>`."))
    })?;
    let breaks = compare::breaks(&promised, &today);
    let unasked: Vec<&Break> =
        breaks.iter().filter(|found| !allowed.contains(&found.fact.as_str())).collect();
    if unasked.is_empty() {
        return Ok(facts::text(&today));
    }
    let list: Vec<String> = unasked.iter().map(|found| format!("  {}: {}", found.fact, found.what)).collect();
    Err(Failure::new(format!(
        "The API breaks what {PATH} promises:\n{}\nTake it back; or, where it is meant, add a line `<the fact's name>: \
         <reason>` to {BREAKS} and run `cargo xtask codegen`. docs/api/README.md says what counts.",
        list.join("\n")
    )))
}
