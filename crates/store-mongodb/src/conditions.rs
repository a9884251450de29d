//! Several conditions as one query document.

use mongodb::bson::{Bson, Document, doc};

/// All of these. Conditions on different fields stand side by side in one document, as people write them: by that form
/// every server finds the index, where conditions in a list of their own are looked through by some.
pub(crate) fn all(parts: Vec<Document>) -> Document {
    let mut together = Document::new();
    let mut apart = Vec::new();
    for part in parts {
        if part.iter().all(|(name, condition)| has_room(&together, name, condition)) {
            part.into_iter().for_each(|(name, condition)| add(&mut together, name, condition));
        } else {
            apart.push(part);
        }
    }
    if apart.is_empty() {
        return together;
    }
    if !together.is_empty() {
        apart.insert(0, together);
    }
    doc! { "$and": apart }
}

/// Whether a condition can be added without taking the place of another.
fn has_room(together: &Document, name: &str, condition: &Bson) -> bool {
    match (together.get(name), condition) {
        (None, _) => true,
        (Some(Bson::Document(present)), Bson::Document(new)) => {
            is_comparison(present) && is_comparison(new) && new.keys().all(|word| !present.contains_key(word))
        }
        _ => false,
    }
}

/// Whether it is `{ "$gte": … }` and the like.
fn is_comparison(condition: &Document) -> bool {
    condition.keys().all(|word| word.starts_with('$'))
}

fn add(together: &mut Document, name: String, condition: Bson) {
    match (together.get_mut(&name), condition) {
        (Some(Bson::Document(present)), Bson::Document(new)) => present.extend(new),
        (_, condition) => drop(together.insert(name, condition)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parts: Vec<Document>, expected: Document) {
        assert_eq!(all(parts), expected);
    }

    #[test]
    fn conditions_stand_side_by_side_where_none_takes_the_place_of_another() {
        check(vec![], doc! {});
        check(vec![doc! {}, doc! { "a": 1 }], doc! { "a": 1 });
        check(vec![doc! { "a": 1 }, doc! { "b": { "$gte": 2 } }], doc! { "a": 1, "b": { "$gte": 2 } });
        check(
            vec![doc! { "a": { "$gte": 1 } }, doc! { "b": 2 }, doc! { "a": { "$lt": 9 } }],
            doc! { "a": { "$gte": 1, "$lt": 9 }, "b": 2 },
        );
        check(
            vec![doc! { "a": 1 }, doc! { "b": 1 }, doc! { "a": 2 }],
            doc! { "$and": [{ "a": 1, "b": 1 }, { "a": 2 }] },
        );
        check(
            vec![doc! { "a": { "$ne": 1 } }, doc! { "a": { "$ne": 2 } }],
            doc! { "$and": [{ "a": { "$ne": 1 } }, { "a": { "$ne": 2 } }] },
        );
        check(
            vec![doc! { "a": { "$gt": 1 } }, doc! { "a": 2 }],
            doc! { "$and": [{ "a": { "$gt": 1 } }, { "a": 2 }] },
        );
        check(
            vec![doc! { "$or": [{ "a": 1 }] }, doc! { "b": 1 }, doc! { "$or": [{ "c": 1 }] }],
            doc! { "$and": [{ "$or": [{ "a": 1 }], "b": 1 }, { "$or": [{ "c": 1 }] }] },
        );
    }
}
