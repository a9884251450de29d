//! No room left: the system refuses a write at some point, from there on. Every command says so, leaves nothing half
//! written and the store as it was, and works when there is room. A limit of the size of files stands for a full disk.

use std::fs;
use std::process::Command;

use crate::harness::{House, Outcome};

/// The program where no file may grow beyond so many blocks of 512 bytes.
async fn limited(house: &House, blocks: u32, words: &[&str]) -> Outcome {
    let inner = house.command(words);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    command.arg(inner.get_program()).args(inner.get_args()).env_clear().current_dir(house.folder.path());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", "/usr/bin:/bin");
    Outcome::of(command).await
}

fn names(house: &House) -> Vec<String> {
    let mut names = Vec::new();
    for folder in [house.folder.path().to_owned(), house.folder.path().join("data")] {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // What SQLite keeps beside an open file comes and goes.
            if !name.ends_with("-wal") && !name.ends_with("-shm") && name != "backups" {
                names.push(name);
            }
        }
    }
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_room_nothing_is_half_written_and_with_room_it_goes() {
    let house = House::new().await;
    house.run(&["seed", "--users", "2", "--events", "900", "--years", "1"]).await.ok();
    let path = |name: &str| house.folder.path().join(name).display().to_string();
    let (good, file, table, other) = (path("good.gz"), path("a.gz"), path("a.csv"), path("other.db"));
    house.run(&["backup", "create", "--out", &good]).await.ok();
    let to = format!("sqlite:{other}");
    let jobs: [&[&str]; 4] = [
        &["backup", "create", "--out", &file],
        &["export", "--type", "events", "--out", &table],
        &["restore", &good, "--replace"],
        &["--store", &to, "restore", &good],
    ];
    let rows = || (house.rows("events"), house.rows("users"), house.rows("sync_links"));
    let before = rows();
    for words in jobs {
        let there = names(&house);
        let mut refused = 0;
        // The whole store has more than the last of these; what is made of it has less.
        for blocks in [4, 64, 100, 160, 300, 700, 1_400] {
            let outcome = limited(&house, blocks, words).await;
            if outcome.code == Some(0) {
                break;
            }
            // The store's own log may come before the sentence.
            assert_eq!(outcome.code, Some(1), "{blocks} {words:?}: {outcome:?}");
            assert!(outcome.err.contains("callboard: ") && !outcome.err.contains("panicked"), "{outcome:?}");
            refused += 1;
            if outcome.err.contains("is whole") {
                // Room ended between the file and the word of it.
                assert!(words[0] == "export" && outcome.err.contains(&table), "{outcome:?}");
                assert_eq!(fs::read_to_string(&table).unwrap().lines().count(), 901);
                fs::remove_file(&table).unwrap();
            }
            assert!(rows() == before, "{blocks} {words:?}");
            let mut now = names(&house);
            now.retain(|name| !name.ends_with(".lock") && !name.ends_with(".running"));
            let mut then = there.clone();
            then.retain(|name| !name.ends_with(".lock") && !name.ends_with(".running"));
            assert_eq!(now, then, "{blocks} {words:?}: {outcome:?}");
        }
        assert!(refused >= 2, "{words:?}: {refused}");
        for made in [&file, &table, &other] {
            let _ = fs::remove_file(made);
        }
        house.run(words).await.ok();
        assert!(rows() == before, "{words:?}");
        match words {
            ["backup", ..] => drop(house.run(&["backup", "verify", &file]).await.ok()),
            ["export", ..] => assert_eq!(fs::read_to_string(&table).unwrap().lines().count(), 901),
            _ => {}
        }
    }
}
