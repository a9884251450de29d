//! What goes with a document that is deleted, as the declarations say.

use model::Id;
use model::collections::ALL;
use model::schema::{Collection, OnDelete};

use crate::query::{Filter, Value};
use crate::write::Write;

/// The deletions of all that refers to these documents and goes with them, most distant first, then the documents
/// themselves. References are followed one level: every collection below a user or a calendar names both, so that
/// one level is all of them; for events, the caller passes a master together with its exceptions.
pub fn deletions(collection: &'static Collection, ids: &[Id]) -> Vec<Write> {
    let values = || ids.iter().copied().map(Value::Id).collect::<Vec<_>>();
    let mut writes: Vec<Write> = referring(collection)
        .map(|(collection, field)| Write::Delete { collection, filter: Filter::In(field, values()) })
        .collect();
    writes.push(Write::Delete { collection, filter: Filter::In("_id", values()) });
    writes
}

/// What goes with a document of this collection: the collections that refer to it, and by which field, most distant
/// first.
pub fn referring(
    collection: &'static Collection,
) -> impl Iterator<Item = (&'static Collection, &'static str)> {
    ALL.iter().rev().flat_map(move |referring| {
        let fields = referring.fields.iter().filter(|field| {
            field
                .refers_to
                .is_some_and(|to| to.collection == collection.name && to.on_delete == OnDelete::Cascade)
        });
        fields.map(|field| (*referring, field.name))
    })
}
