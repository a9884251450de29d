//! It answers, keeps what it is given, and gives each test a database of its own.

use mongodb::Client;
use mongodb::bson::doc;
use mongodb_server::server;

#[tokio::test]
async fn it_takes_writes_and_transactions_in_a_database_of_ones_own() {
    let server = server().unwrap();
    assert!(!server.speaks().is_empty() && server.describe().contains(' '));
    let (one, other) = (server.database(), server.database());
    assert_ne!(one.name(), other.name());
    let client = Client::with_uri_str(one.uri()).await.unwrap();
    let cards = client.default_database().unwrap().collection("cards");
    let mut session = client.start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    cards.insert_one(doc! {"_id": 1}).session(&mut session).await.unwrap();
    session.commit_transaction().await.unwrap();
    assert_eq!(cards.count_documents(doc! {}).await.unwrap(), 1);

    let name = one.name().to_owned();
    drop(one);
    let is_there = client.list_database_names().await.unwrap().contains(&name);
    assert_eq!(is_there, server.is_stand_in(), "it goes with the test, on the stand-in with the server");
}
