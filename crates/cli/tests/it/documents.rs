//! Pages that are made from the program's own words are as fresh as the program.
//!
//! `UPDATE=1 cargo test -p cli documents` writes them anew.

use std::path::PathBuf;

use crate::harness::{Outcome, bare};

#[tokio::test]
async fn the_page_of_settings_is_fresh() {
    let words = Outcome::of(bare(&["config", "reference"], &std::env::temp_dir())).await.ok();
    fresh("operations/configuration.md", &words.out);
}

#[tokio::test]
async fn the_document_of_the_api_is_fresh() {
    let words = Outcome::of(bare(&["openapi"], &std::env::temp_dir())).await.ok();
    let document: serde_json::Value = serde_json::from_str(&words.out).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert!(document["paths"].as_object().unwrap().len() > 20);
}

fn fresh(page: &str, made: &str) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).join(page);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == made,
        "{} is not fresh; `UPDATE=1 cargo test -p cli documents` writes it anew",
        path.display()
    );
}
