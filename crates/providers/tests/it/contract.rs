//! The slice of Graph's own contract, and whether a request keeps it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::server::Asked;

/// Where the contracts lie; `None` (said in one line) on a checkout that has none beside it. In CI they must be there.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts");
    #[expect(clippy::disallowed_methods, reason = "where the contracts lie is the environment's to say")]
    let (given, ci) = (std::env::var("CALLBOARD_CONTRACTS"), std::env::var("CI"));
    let folder = PathBuf::from(given.unwrap_or_else(|_| beside.to_owned()));
    if folder.is_dir() {
        return Some(folder);
    }
    assert_ne!(ci.as_deref(), Ok("true"), "{} must be there in CI", folder.display());
    println!("skipped: no contracts at {}", folder.display());
    None
}

/// Graph's paths and types.
pub(crate) struct Contract {
    document: Value,
    /// Members that recorded answers show although the slice does not list them (`lastModifiedDateTime`).
    recorded: String,
}

/// What Graph documents as header or system query option, beside the paths of the slice.
const HEADERS: [&str; 9] = [
    "host",
    "authorization",
    "accept",
    "accept-encoding",
    "user-agent",
    "prefer",
    "client-request-id",
    "return-client-request-id",
    "content-length",
];

impl Contract {
    pub(crate) fn load() -> Option<Self> {
        let folder = folder()?;
        let document =
            serde_json::from_slice(&std::fs::read(folder.join("graph.oas.json")).unwrap()).unwrap();
        let recorded = std::fs::read_to_string(
            folder.join("samples/graph/calendarview-delta-first-sync-deltalink.json"),
        );
        Some(Self { document, recorded: recorded.unwrap() })
    }

    /// Panics with a sentence when a first request (not one that follows a link) breaks the contract.
    pub(crate) fn check(&self, asked: &Asked) {
        for (name, _) in &asked.headers {
            assert!(HEADERS.contains(&name.as_str()), "header {name} is not one Graph knows");
        }
        // The person is not part of the slice; its path and members are those of the documentation.
        if asked.path() == "/v1.0/me" {
            assert_eq!(
                asked.query(),
                [("$select".to_owned(), "id,displayName,mail,userPrincipalName".to_owned())]
            );
            return;
        }
        let (template, operation) = self.operation(asked);
        let mut allowed: BTreeSet<&str> = BTreeSet::from(["$select"]);
        if template.ends_with("/events/delta") {
            allowed = BTreeSet::from(["startDateTime"]);
        }
        if template.ends_with("/calendarView/delta") {
            allowed = BTreeSet::from(["startDateTime", "endDateTime"]);
        }
        let parameters = operation["parameters"].as_array().unwrap();
        allowed.extend(parameters.iter().filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap()));
        for (name, value) in asked.query() {
            assert!(allowed.contains(name.as_str()), "{template} does not take {name}");
            if name == "$select" {
                let known = self.members("event");
                for member in value.split(',') {
                    let is_recorded = self.recorded.contains(&format!("\"{member}\""));
                    assert!(known.contains(member) || is_recorded, "an event has no {member}");
                }
            } else {
                let _: jiff::Timestamp = value.parse().unwrap();
            }
        }
    }

    fn operation(&self, asked: &Asked) -> (&str, &Value) {
        let segments: Vec<&str> = asked.path().split('/').collect();
        let paths = self.document["paths"].as_object().unwrap();
        let fits = |template: &&String| {
            let wanted: Vec<&str> = template.split('/').collect();
            wanted.len() == segments.len()
                && wanted.iter().zip(&segments).all(|(w, s)| w == s || (w.starts_with('{') && !s.is_empty()))
        };
        let template =
            paths.keys().find(fits).unwrap_or_else(|| panic!("no path {} in the contract", asked.path()));
        let operation = &paths[template][asked.method.to_ascii_lowercase()];
        assert!(operation.is_object(), "{} is not allowed on {template}", asked.method);
        (template, operation)
    }

    /// The members of a type, those of its base types included.
    fn members(&self, name: &str) -> BTreeSet<String> {
        let schema = &self.document["components"]["schemas"][name];
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        let mut found = BTreeSet::new();
        for part in parts {
            if let Some(base) = part["$ref"].as_str() {
                found.extend(self.members(base.rsplit('/').next().unwrap()));
            }
            found.extend(part["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        }
        found
    }
}
