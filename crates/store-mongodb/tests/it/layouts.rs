//! Validators and indexes on the server are those of the declarations; what somebody changed is told, and mended when
//! the store is opened again.

use model::collections::{ALL, CATEGORIES, LOCATIONS};
use model::schema::{Key, Origin};
use mongodb::bson::{Bson, Document, doc};
use store::{LayoutKind, Store};
use store_mongodb::MongoStore;

use crate::house::{House, category, indexes, insert, number, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_declared_index_is_there_under_its_name() {
    let house = House::new();
    let _store = house.open().await;
    let bare = house.bare().await;
    for collection in ALL {
        let mut listed = indexes(&bare, collection.name).await;
        listed.retain(|index| index.get_str("name").expect("a name") != "_id_");
        assert_eq!(listed.len(), collection.indexes.len(), "{}", collection.name);
        for declared in collection.indexes {
            let part = |key: &Key| match key {
                Key::Ascending(field) => format!("{field}_1"),
                Key::Descending(field) => format!("{field}_-1"),
                Key::Sphere(field) => format!("{field}_2dsphere"),
            };
            // Ours of several keys end with what breaks ties in every order.
            let is_read_along = declared.origin == Origin::Ours
                && declared.keys.len() > 1
                && !declared.unique
                && declared.only_with.is_none();
            let wanted: Vec<&Key> =
                declared.keys.iter().chain(is_read_along.then_some(&Key::Ascending("_id"))).collect();
            let name = wanted.iter().map(|key| part(key)).collect::<Vec<_>>().join("_");
            let of_name = |index: &&Document| index.get_str("name").is_ok_and(|listed| listed == name);
            let listed = listed.iter().find(of_name).expect(&name);
            let keys: Vec<&str> =
                listed.get_document("key").expect("keys").keys().map(String::as_str).collect();
            assert_eq!(keys, wanted.iter().map(|key| key.field()).collect::<Vec<_>>());
            assert_eq!(listed.get_bool("unique").unwrap_or(false), declared.unique, "{name}");
            assert_eq!(listed.get_bool("sparse").unwrap_or(false), declared.sparse, "{name}");
            let partial = listed.get_document("partialFilterExpression").ok().cloned();
            assert_eq!(
                partial,
                declared.only_with.map(|field| doc! { field: { "$exists": true } }),
                "{name}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validators_are_strict() {
    let house = House::new();
    let store = house.open().await;
    store.commit(insert(&category(1))).await.expect("a document as declared is taken");
    let bare = house.bare().await;
    let good =
        bare.collection::<Document>("categories").find_one(doc! {}).await.expect("a read").expect("one");
    let collection = bare.collection::<Document>("categories");
    let changes: [(&str, Option<Bson>); 9] = [
        ("name", None),
        ("name", Some(Bson::Int32(5))),
        ("name", Some(Bson::String("n".repeat(256)))),
        ("color", Some("red".into())),
        ("type", Some("other".into())),
        ("usage_count", Some(Bson::Int64(-1))),
        ("is_active", Some("yes".into())),
        ("created_at", Some("2026-01-05T09:00:00Z".into())),
        ("unheard_of", Some(Bson::Int32(1))),
    ];
    for (field, value) in changes {
        let mut bad = good.clone();
        bad.insert("_id", mongodb::bson::oid::ObjectId::new());
        bad.insert("name", "another");
        match value.clone() {
            Some(value) => bad.insert(field, value),
            None => bad.remove(field),
        };
        let error = collection.insert_one(bad).await.expect_err(field);
        assert!(format!("{:?}", error.kind).contains("121"), "{field}: {:?}", error.kind);
    }
    let listed = run(&bare, doc! { "listCollections": 1, "cursor": { "batchSize": 1_000 } }).await;
    let listed = listed.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let listed = listed.expect("a list");
    for collection in ALL {
        let options = listed
            .iter()
            .filter_map(Bson::as_document)
            .find(|listed| listed.get_str("name").is_ok_and(|name| name == collection.name))
            .and_then(|listed| listed.get_document("options").ok())
            .expect(collection.name);
        let schema = options.get_document("validator").expect("a validator").get_document("$jsonSchema");
        let fields = schema.expect("a schema").get_document("properties").expect("fields");
        assert_eq!(
            fields.keys().map(String::as_str).collect::<Vec<_>>(),
            collection.fields.iter().map(|field| field.name).collect::<Vec<_>>()
        );
        for (word, usual) in [("validationLevel", "strict"), ("validationAction", "error")] {
            assert_eq!(options.get_str(word).unwrap_or(usual), usual, "{}", collection.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_changed_is_told_and_mended_when_asked_and_at_the_next_start() {
    let house = House::new();
    let store = house.open().await;
    store.commit(insert(&category(1))).await.expect("it writes");
    assert_eq!(store.inspect().await.expect("it looks"), []);
    let bare = house.bare().await;
    run(&bare, doc! { "dropIndexes": "categories", "index": "type_1" }).await;
    run(&bare, doc! { "dropIndexes": "locations", "index": "user_id_1" }).await;
    let other = doc! { "key": { "user_id": -1 }, "name": "user_id_1" };
    run(&bare, doc! { "createIndexes": "locations", "indexes": [other] }).await;
    run(
        &bare,
        doc! { "createIndexes": "users", "indexes": [{ "key": { "last_login": 1 }, "name": "extra" }] },
    )
    .await;
    run(&bare, doc! { "collMod": "events", "validator": { "title": { "$exists": true } } }).await;
    run(&bare, doc! { "collMod": "calendars", "validator": {} }).await;
    run(&bare, doc! { "create": "foreign" }).await;
    let mut found: Vec<_> = store
        .inspect()
        .await
        .expect("it looks")
        .into_iter()
        .map(|finding| (finding.collection, finding.kind, finding.name))
        .collect();
    found.sort();
    let told = |collection: &str, kind, name: &str| (collection.to_owned(), kind, name.to_owned());
    assert_eq!(
        found,
        [
            told("calendars", LayoutKind::ValidatorMissing, "calendars"),
            told(CATEGORIES.name, LayoutKind::IndexMissing, "type_1"),
            told("events", LayoutKind::ValidatorDiffers, "events"),
            told("foreign", LayoutKind::CollectionExtra, "foreign"),
            told(LOCATIONS.name, LayoutKind::IndexDiffers, "user_id_1"),
            told("users", LayoutKind::IndexExtra, "extra"),
        ]
    );
    let looking = MongoStore::open_as_it_is(house.options()).await.expect("it opens");
    assert_eq!(looking.inspect().await.expect("it looks").len(), found.len(), "a look mends nothing");
    looking.mend().await.expect("it mends");
    assert_eq!(looking.inspect().await.expect("it looks").len(), 2, "what nobody declared is left alone");
    run(&bare, doc! { "dropIndexes": "categories", "index": "type_1" }).await;
    run(&bare, doc! { "collMod": "calendars", "validator": {} }).await;
    // Several servers start at once.
    let stores = tokio::join!(house.open(), house.open(), house.open());
    let left: Vec<_> = stores.0.inspect().await.expect("it looks").into_iter().map(|one| one.kind).collect();
    assert_eq!(left, [LayoutKind::IndexExtra, LayoutKind::CollectionExtra]);
    assert!(stores.1.get(&CATEGORIES, number(1)).await.expect("a read").is_some());
}

/// The old shell of MongoDB writes every number as a double.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_the_old_shell_made_under_another_name_is_made_anew() {
    let house = House::new();
    let bare = house.bare().await;
    let by_type = doc! { "key": { "type": 1.0 }, "name": "by_type" };
    run(&bare, doc! { "createIndexes": "categories", "indexes": [by_type] }).await;
    let store = house.open().await;
    assert_eq!(store.inspect().await.expect("it looks"), [], "it is there as declared, and no other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_ours_as_it_was_before_gives_way_to_the_longer_one() {
    let house = House::new();
    let bare = house.bare().await;
    let earlier = doc! {
        "key": { "user_id": 1, "span_class": 1, "occupied_from": 1 },
        "name": "user_id_1_span_class_1_occupied_from_1",
    };
    let somebodys = doc! { "key": { "span_class": 1, "occupied_from": 1 }, "name": "mine" };
    run(&bare, doc! { "createIndexes": "events", "indexes": [earlier, somebodys] }).await;
    let store = house.open().await;
    let left: Vec<_> = store.inspect().await.expect("it looks").into_iter().map(|one| one.name).collect();
    assert_eq!(left, ["mine"], "what somebody made is left alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_servers_make_one_store_together() {
    let house = House::new();
    let stores = tokio::join!(house.open(), house.open(), house.open(), house.open());
    assert_eq!(stores.3.inspect().await.expect("it looks"), []);
    stores.0.commit(insert(&category(1))).await.expect("it writes");
    assert!(stores.2.get(&CATEGORIES, number(1)).await.expect("a read").is_some());
}
