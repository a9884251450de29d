//! A server of one's own can be paused and killed, and has its data when it is started again.

use mongodb::Client;
use mongodb::bson::doc;
use mongodb_server::Own;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_paused_killed_and_started_again_with_its_data() {
    let own = Own::start().unwrap();
    let database = own.database();
    let client = Client::with_uri_str(database.uri()).await.unwrap();
    let cards = client.default_database().unwrap().collection("cards");
    cards.insert_one(doc! {"_id": 1}).await.unwrap();

    own.process().pause().unwrap();
    let waiting = tokio::spawn({
        let cards = cards.clone();
        async move { cards.insert_one(doc! {"_id": 2}).await }
    });
    assert!(!waiting.is_finished());
    own.process().resume().unwrap();
    waiting.await.unwrap().unwrap();

    let before = own.process().pid();
    own.kill_and_start_again().unwrap();
    assert_ne!(own.process().pid(), before);
    assert_eq!(cards.count_documents(doc! {}).await.unwrap(), 2);
}
