//! A store is neither replaced nor moved while a server is at work on it, however idle that is.

use crate::harness::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_in_use_is_neither_restored_nor_moved() {
    for house in [House::new().await, House::on_mongodb().await] {
        house.json(&["--json", "seed", "--users", "1", "--events", "20"]).await;
        let path = |name: &str| house.folder.path().join(name).display().to_string();
        let (back, to) = (path("back.archive.gz"), format!("sqlite:{}", path("other.db")));
        house.run(&["backup", "create", "--out", &back]).await.ok();
        let server = house.serve().await;
        let before = house.rows("events");
        house.run(&["restore", &back, "--replace"]).await.refused(1, &["Stop", "nothing was changed"]);
        house.run(&["store", "move", "--to", &to]).await.refused(1, &["Stop", "nothing was changed"]);
        assert!(!house.folder.path().join("other.db").exists());
        let backups = house.folder.path().join("data/backups");
        assert!(
            !backups.exists() || std::fs::read_dir(backups).unwrap().count() == 0,
            "nothing to go back to"
        );
        server.stop().await;
        house.json(&["--json", "store", "move", "--to", &to]).await;
        house.json(&["--json", "restore", &back, "--replace"]).await;
        assert_eq!(house.rows("events"), before);
    }
}
