//! On a server the collections are only made as declared by whoever may: a store of another version is left as it is.

use crate::harness::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_migration_is_taken_back_behind_a_backup() {
    let house = House::new().await;
    house.json(&["--json", "seed", "--users", "1", "--events", "20"]).await;
    let before = house.rows("events");
    let told = house.run(&["migrate", "down"]).await.ok().out;
    let folder = house.folder.path().join("data/backups");
    let made: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    let path = made[0].to_str().unwrap();
    assert!(path.contains("before-migration-") && told.contains(path), "{told}");
    house.run(&["restore", path, "--replace"]).await.ok();
    assert_eq!(house.rows("events"), before);
    house.run(&["migrate", "down", "--to", "0"]).await.refused(1, &["nothing to go back to"]);
}

/// How the store is kept, and all that is in it.
fn everything(house: &House) -> Vec<String> {
    let documents = house.collections().into_iter().flat_map(|name| {
        house.rows(&name).into_iter().map(move |row| format!("{name} {row}")).collect::<Vec<_>>()
    });
    let mut all = house.database().layout().unwrap();
    all.extend(documents);
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_of_another_version_is_not_touched_before_the_word_is_given() {
    let house = House::on_mongodb().await;
    house.json(&["--json", "seed", "--users", "1", "--events", "20"]).await;
    let kept = house.database().layout().unwrap();
    // A server of the version that this store belongs to has other validators and indexes.
    house.damage();
    house.database().know_migration(99).unwrap();
    let before = everything(&house);
    for words in [
        &["serve"][..],
        &["serve", "--migrate"],
        &["migrate", "up"],
        &["migrate", "down"],
        &["sync"],
        &["archive"],
        &["keys", "rotate"],
    ] {
        house.run(words).await.refused(1, &["newer version"]);
        assert!(everything(&house) == before, "{words:?}");
    }

    house.database().forget_migration(99).unwrap();
    house.database().forget_migration(3).unwrap();
    let before = everything(&house);
    house.run(&["serve"]).await.refused(1, &["1 migrations are pending"]);
    house.run(&["sync"]).await.refused(1, &["1 migrations are pending"]);
    house.run(&["migrate", "status"]).await.ok();
    house.run(&["migrate", "up", "--dry-run"]).await.ok();
    assert!(everything(&house) == before, "a look changes nothing");
    let to = format!("sqlite:{}", house.folder.path().join("other.db").display());
    let layout = house.database().layout().unwrap();
    house.run(&["store", "move", "--to", &to, "--dry-run"]).await.ok();
    assert_eq!(house.database().layout().unwrap(), layout);

    house.run(&["migrate", "up"]).await.ok();
    assert_eq!(house.database().layout().unwrap(), kept);
    house.damage();
    house.serve().await.stop().await;
    assert_eq!(house.database().layout().unwrap(), kept, "a store of today's form is mended at a start");
}
