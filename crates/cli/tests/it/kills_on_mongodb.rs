//! `kill -9` of commands on MongoDB: the same laws as on the embedded store. After a kill the server keeps what the dead
//! client was writing for up to a minute, and the same command waits for it: so there is one kill for each, and all of them
//! wait at the same time.

use tokio::task::JoinSet;

use crate::harness::House;
use crate::{archive_crash, crash, export_crash, kills};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_killed_on_mongodb_ends_as_if_it_had_not_been() {
    let mut all = JoinSet::new();
    all.spawn(async {
        let (undisturbed, house) = (House::on_mongodb().await, House::on_mongodb().await);
        crash::killed_seed([&undisturbed, &house], ["4", "1600"], 1).await;
    });
    all.spawn(async {
        let (undisturbed, house) = (House::on_mongodb().await, House::on_mongodb().await);
        crash::killed_migration([&undisturbed, &house], "1000", 1).await;
    });
    all.spawn(async { archive_crash::killed(&House::on_mongodb().await, 1_000, 1).await });
    all.spawn(async { kills::killed_deletion(&House::on_mongodb().await, "1400", &[8]).await });
    all.spawn(async { export_crash::killed(&House::on_mongodb().await, "1000", &["csv", "xlsx"], 1).await });
    while let Some(ended) = all.join_next().await {
        if let Err(error) = ended {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}
