//! Several collections are streamed as of one moment.

use std::sync::atomic::{AtomicBool, Ordering};

use model::collections::{CATEGORIES, EVENTS};
use model::schema::Collection;
use store::{Document, Filter};

use crate::documents::{open, pair};

#[tokio::test]
async fn what_is_written_while_many_are_streamed_is_in_none_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("a.db")).expect("a store");
    for number in 0..600 {
        store.commit(pair(number)).await.expect("a commit");
    }
    let all = || Filter::All(Vec::new());
    let has_begun = AtomicBool::new(false);
    let (mut events, mut categories) = (0, 0);
    let each = Box::new(|collection: &'static Collection, chunk: Vec<Document>| {
        has_begun.store(true, Ordering::SeqCst);
        if collection.name == EVENTS.name {
            events += chunk.len()
        } else {
            categories += chunk.len()
        }
        true
    });
    let stream = store.stream_many(vec![(&EVENTS, all()), (&CATEGORIES, all())], each);
    let writes = async {
        while !has_begun.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        for number in 600..610 {
            store.commit(pair(number)).await.expect("a commit");
        }
    };
    let (streamed, ()) = futures::join!(stream, writes);
    streamed.expect("a stream");
    assert_eq!((events, categories), (600, 600));
}
