//! What may be declared long fits into a document of MongoDB's.

use model::collections::ALL;
use model::schema::Kind;

const DOCUMENT: usize = 16 << 20;
/// For what a document has besides its lists of ids.
const REST: usize = 512 << 10;

/// A list of so many ids: each with its type, its place as text, and twelve bytes.
fn list_of_ids(most: u32) -> usize {
    (0..most).map(|place| 1 + place.to_string().len() + 1 + 12).sum()
}

#[test]
fn the_longest_lists_of_ids_of_a_collection_fit_into_one_document() {
    for collection in ALL {
        let longest = collection.fields.iter().map(|field| match field.kind {
            Kind::List(Kind::Id, most) => list_of_ids(most),
            _ => 0,
        });
        let longest: usize = longest.sum();
        assert!(longest + REST <= DOCUMENT, "{}: {longest} bytes", collection.name);
    }
}
