//! Dumps that MongoDB's tools made, or that somebody put together: what is no one Callboard, whole, is refused before
//! anything is touched.

use std::fs::File;
use std::path::{Path, PathBuf};

use app::backup::{self, CreateOptions, Origin};
use bson::raw::RawDocumentBuf;
use bson::{Document, doc};
use mongodump::archive::Writer;
use mongodump::{Collection, Dump, Limits};

use crate::house::House;

/// A dump in the making: collections and their documents.
#[derive(Clone)]
struct Dumped(Vec<(Collection, Vec<Document>)>);

impl Dumped {
    /// What is in this house, as `mongodump --db callboard --archive` has it: without a manifest.
    async fn of(house: &House) -> Self {
        let path = house.folder.path().join("whole");
        let options = CreateOptions { replace: true, ..CreateOptions::default() };
        backup::create(&house.app, &house.admin, &path, &options, &mut |_| {}).await.unwrap();
        let mut dump = Dump::open(&path, Limits::default()).unwrap();
        let mut dumped = Self(dump.collections().iter().map(|one| (one.clone(), Vec::new())).collect());
        while let Some((position, bytes)) = dump.next().unwrap() {
            dumped.0[position].1.push(Document::from_reader(bytes).unwrap());
        }
        dumped.0.retain(|(collection, _)| collection.name != "backup_manifest");
        dumped
    }

    fn add(&mut self, database: &str, name: &str, documents: Vec<Document>) {
        self.0.push((Collection::plain(database, name, String::new()), documents));
    }

    fn documents(&mut self, name: &str) -> &mut Vec<Document> {
        &mut self.0.iter_mut().find(|(collection, _)| collection.name == name).unwrap().1
    }

    fn archive(&self, path: &Path) -> PathBuf {
        let heads = self.0.iter().map(|(collection, _)| collection.clone()).collect();
        let mut archive = Writer::begin(File::create(path).unwrap(), "4.4.6", "100.5.0", heads).unwrap();
        for (position, (_, documents)) in self.0.iter().enumerate() {
            for document in documents {
                let bytes = RawDocumentBuf::try_from(document).unwrap();
                archive.document(position, bytes.as_bytes()).unwrap();
            }
        }
        archive.end().unwrap();
        path.to_owned()
    }
}

fn inspected(path: &Path) -> Result<backup::Contents, String> {
    backup::inspect(&Origin::from(path), &mut |_| {}).map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_archive_of_several_databases_is_refused() {
    let house = House::in_memory().await;
    let path = house.folder.path().join("dump.archive");
    let ours = Dumped::of(&house).await;
    let whole = inspected(&ours.archive(&path)).unwrap();
    let stranger = doc! { "_id": bson::oid::ObjectId::from_bytes([7; 12]), "role": "admin" };
    for name in ["users", "events", "backup_manifest", "orders"] {
        let mut dumped = ours.clone();
        dumped.add("other", name, vec![stranger.clone()]);
        let error = inspected(&dumped.archive(&path)).unwrap_err();
        for words in ["dump.archive", "several databases (callboard and other", "mongodump --db"] {
            assert!(error.contains(words), "{name}: {error}");
        }
    }
    // What MongoDB keeps for itself is in the dump of a whole server, and nobody's; sessions are not restored.
    let mut dumped = ours.clone();
    for (database, name) in [
        ("admin", "system.users"),
        ("admin", "system.version"),
        ("config", "settings"),
        ("other", "sessions"),
    ] {
        dumped.add(database, name, vec![stranger.clone()]);
    }
    assert_eq!(inspected(&dumped.archive(&path)).unwrap().documents, whole.documents);
    dumped.add("admin", "users", vec![stranger.clone()]);
    assert!(inspected(&dumped.archive(&path)).unwrap_err().contains("(admin and callboard"));
    let mut dumped = ours.clone();
    dumped.add("callboard", "orders", vec![stranger]);
    let error = inspected(&dumped.archive(&path)).unwrap_err();
    assert!(error.contains("a collection that this version does not know"), "{error}");
}
