//! Dumps that MongoDB's tools made, or that somebody put together: what is no one Callboard, whole, is refused before
//! anything is touched.

use std::fs::File;
use std::path::{Path, PathBuf};

use app::backup::{self, CreateOptions, Origin};
use bson::oid::ObjectId;
use bson::raw::RawDocumentBuf;
use bson::{Document, doc};
use model::documents::Event;
use mongodump::archive::Writer;
use mongodump::{Collection, Dump, Limits};
use store::{Filter, Replacement, TypedStore};
use store_sqlite::{SqliteOptions, SqliteReplacement};

use crate::house::House;

crate::on_every_engine!(what_may_not_stand_beside_another_is_named_with_the_file);

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
    let stranger = doc! { "_id": ObjectId::from_bytes([7; 12]), "role": "admin" };
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

/// An event with this id at Outlook, as a dump has it.
async fn event_at_outlook(house: &House) -> Document {
    let calendar = house.calendar(&house.mara, "For the dump").await;
    let start: jiff::Timestamp = "2027-03-01T09:00:00Z".parse().unwrap();
    let end = start + jiff::SignedDuration::from_hours(2);
    let mut event = Event::new(house.app.new_id(), house.mara.user_id, calendar.id, "Load-in", start, end);
    event.outlook_event_id = Some("AAMk-1".to_owned());
    event.derive();
    house.insert(&mut event).await;
    Dumped::of(house).await.documents("events").remove(0)
}

fn under_another_id(house: &House, document: &Document) -> Document {
    let mut other = document.clone();
    other.insert("_id", ObjectId::from_bytes(house.app.new_id().bytes()));
    other
}

#[tokio::test]
async fn a_dump_that_has_a_document_twice_is_refused_with_its_id() {
    let house = House::in_memory().await;
    let path = house.folder.path().join("dump.archive");
    event_at_outlook(&house).await;
    let ours = Dumped::of(&house).await;
    for twice in 0..3 {
        let mut dumped = ours.clone();
        let people = dumped.documents("users");
        let mut same = people[twice].clone();
        same.insert("display_name", "as it became");
        let id = same.get_object_id("_id").unwrap();
        people.push(same);
        let error = inspected(&dumped.archive(&path)).unwrap_err();
        let words = format!("dump.archive: it cannot be restored: users has two documents with the _id {id}");
        assert!(error.contains(&words) && error.contains("dump it again"), "{error}");
    }
    // Any order will do, and one id in two collections is none too many.
    let mut dumped = ours.clone();
    dumped.documents("users").reverse();
    let id = dumped.documents("users")[0].get_object_id("_id").unwrap();
    dumped.documents("events")[0].insert("_id", id);
    inspected(&dumped.archive(&path)).unwrap();
}

async fn what_may_not_stand_beside_another_is_named_with_the_file(house: House) {
    let event = event_at_outlook(&house).await;
    let before = Dumped::of(&house).await.archive(&house.folder.path().join("before"));
    let before = inspected(&before).unwrap();
    let mut dumped = Dumped::of(&house).await;
    dumped.documents("events").push(under_another_id(&house, &event));
    let contents = inspected(&dumped.archive(&house.folder.path().join("dump.archive"))).unwrap();
    let restored = backup::restore_in_place(&house.app, &contents, Some(&before), &mut |_| {}).await;
    let error = restored.unwrap_err().to_string();
    for words in ["dump.archive: it cannot", "events: another", "same outlook_event_id", "in its place again"]
    {
        assert!(error.contains(words), "{error}");
    }
    let events: Vec<Event> = house.app.store().all(Filter::All(vec![])).await.unwrap();
    assert_eq!(events.len(), 1);
}

/// The embedded engine sees it when what was filled is given its indexes.
#[tokio::test]
async fn what_may_not_stand_beside_another_leaves_the_present_store() {
    let house = House::in_memory().await;
    let event = event_at_outlook(&house).await;
    let mut dumped = Dumped::of(&house).await;
    dumped.documents("events").push(under_another_id(&house, &event));
    let contents = inspected(&dumped.archive(&house.folder.path().join("dump.archive"))).unwrap();
    let anew = |name: &str| -> Box<dyn Replacement> {
        let options = SqliteOptions::at(house.folder.path().join(name));
        Box::new(SqliteReplacement::begin(options).unwrap())
    };
    let app_on = |store| Ok(house.process(store, 1));
    let restored = backup::restore_beside(anew("store.db"), &contents, &app_on, &mut |_| {}).await;
    let verified = backup::verify(&Origin::from(contents.origin()), anew("scratch.db"), &mut |_| {}).await;
    let errors = [restored.unwrap_err().to_string(), verified.map(|_| ()).unwrap_err().to_string()];
    for error in &errors {
        for words in ["dump.archive: it cannot be restored: events: another", "same outlook_event_id"] {
            assert!(error.contains(words), "{error}");
        }
    }
    assert!(errors[0].contains("What was there before is in its place"), "{errors:?}");
}
