//! A database dumped by MongoDB's own tools, in three forms.

use std::path::PathBuf;

use bson::Document;
use mongodump::{Dump, Form, Limits};

use crate::parts::{Contents, archive, contents, read};

/// The folder of the samples; none, with a line saying so, where the contracts are not at hand.
fn samples() -> Option<PathBuf> {
    let near = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts");
    let folder = std::env::var("CALLBOARD_CONTRACTS").unwrap_or_else(|_| near.to_owned());
    let folder = PathBuf::from(folder).join("samples/mongodump");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no contracts at {}", folder.display());
    println!("skipped: no contracts at {}", folder.display());
    None
}

/// The documents as the samples state them, by collection and `_id`.
fn stated(folder: &std::path::Path) -> Vec<(String, Document)> {
    let text = std::fs::read_to_string(folder.join("documents.jsonl")).unwrap();
    text.lines()
        .map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            let name = line["collection"].as_str().unwrap().to_owned();
            let document = bson::Bson::try_from(line["document"].take()).unwrap();
            (name, document.as_document().unwrap().clone())
        })
        .collect()
}

fn documents(contents: &Contents) -> Vec<(String, Document)> {
    let all = contents.iter().flat_map(|(name, documents)| documents.iter().map(move |bytes| (name, bytes)));
    all.map(|(name, bytes)| (name.clone(), Document::from_reader(bytes.as_slice()).unwrap())).collect()
}

/// Sorted, so that forms with another order compare.
fn sorted(mut documents: Vec<(String, Document)>) -> Vec<(String, Document)> {
    documents.sort_by_key(|(name, document)| (name.clone(), format!("{}", document.get("_id").unwrap())));
    documents
}

#[test]
fn three_forms_of_one_database_read_equal() {
    let Some(folder) = samples() else { return };
    let stated = sorted(stated(&folder));
    assert!(stated.len() > 100);
    let forms = [
        ("callboard.archive", Form::Archive),
        ("callboard.archive.gz", Form::PackedArchive),
        ("dump", Form::Folder),
        ("dump/callboard", Form::Folder),
    ];
    for (name, form) in forms {
        let dump = Dump::open(&folder.join(name), Limits::default()).unwrap();
        assert_eq!(dump.form(), form, "{name}");
        let locations = dump.collections().iter().find(|one| one.name == "locations").unwrap();
        assert_eq!(locations.database, "callboard", "{name}");
        assert!(locations.metadata.contains("coordinates_2dsphere"), "{name}");
        assert_eq!(sorted(documents(&contents(dump).unwrap())), stated, "{name}");
    }
}

#[test]
fn an_archive_of_the_tools_written_again_has_the_same_documents_and_ends() {
    let Some(folder) = samples() else { return };
    let theirs = contents(Dump::open(&folder.join("callboard.archive"), Limits::default()).unwrap()).unwrap();
    // Reading compares our checksums with our writing, and theirs were compared above.
    assert_eq!(read(archive(&theirs)).unwrap(), theirs);
}
