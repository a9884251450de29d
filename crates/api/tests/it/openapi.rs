//! The OpenAPI document: complete, and the committed one is fresh.

use std::fs;
use std::path::Path;

use serde_json::Value;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");

fn document() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

/// Follows a `$ref` of the document.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

#[test]
fn the_committed_document_is_fresh() {
    let mut fresh = serde_json::to_string_pretty(&api::openapi()).unwrap();
    fresh.push('\n');
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment what to write")]
    let update = std::env::var("UPDATE_OPENAPI").is_ok_and(|value| value == "1");
    if update {
        fs::create_dir_all(Path::new(COMMITTED).parent().unwrap()).unwrap();
        fs::write(COMMITTED, &fresh).unwrap();
    }
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == fresh,
        "docs/api/openapi.json is not what the routes say; run the tests once with UPDATE_OPENAPI=1 and commit it"
    );
}

#[test]
fn every_operation_says_what_it_does_shows_an_example_and_lists_its_errors() {
    let document = document();
    assert_eq!(document["openapi"].as_str().unwrap().split('.').take(2).collect::<Vec<_>>(), ["3", "1"]);
    let mut ids = Vec::new();
    for (name, operation) in operations(&document) {
        for field in ["summary", "description", "operationId"] {
            assert!(operation[field].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {field}");
        }
        ids.push(operation["operationId"].as_str().unwrap());
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name} has one tag");
        assert!(!operation["summary"].as_str().unwrap().ends_with('.'), "{name}: a summary is a heading");
        let responses = operation["responses"].as_object().unwrap();
        let mut errors = 0;
        for (status, response) in responses {
            let response = resolve(&document, response);
            assert!(!response["description"].as_str().unwrap().is_empty(), "{name} {status}");
            for (content_type, media) in response["content"].as_object().into_iter().flatten() {
                let is_error = status.as_str() >= "400";
                let expected_error =
                    content_type == "application/problem+json" || content_type == "text/html";
                assert!(!is_error || expected_error, "{name} {status}: {content_type}");
                let has_example = !media["example"].is_null() || !media["examples"].is_null();
                assert!(
                    is_error || has_example || content_type == "text/html",
                    "{name} {status} has no example"
                );
            }
            errors += usize::from(status.as_str() >= "400");
        }
        assert!(errors > 0, "{name} lists no errors");
        let is_public = operation["security"] == serde_json::json!([{}]);
        assert!(is_public || responses.contains_key("401"), "{name} does not list 401");
        for (content_type, media) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            let schema = resolve(&document, &media["schema"]);
            let has_example =
                [&media["example"], &media["examples"], &schema["example"], &schema["examples"]]
                    .iter()
                    .any(|example| !example.is_null());
            let is_form = content_type == "application/x-www-form-urlencoded";
            assert!(has_example || is_form, "{name}: the body has no example");
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut todo = vec![&document];
    while let Some(value) = todo.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => todo.extend(fields.values()),
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
}
