//! What the server keeps for a collection, and whether it is what the declaration wants (`bson_form` says what that is).

pub(crate) use bson_form::{index, index_name, validator};
use mongodb::bson::{Bson, Document};

/// The name of an index that is wanted or listed.
pub(crate) fn name(index: &Document) -> &str {
    index.get_str("name").unwrap_or_default()
}

/// Whether two indexes are of the same keys: shells and drivers write a direction as a number of whatever type.
pub(crate) fn has_same_keys(one: &Document, other: &Document) -> bool {
    keys(one) == keys(other)
}

fn keys(index: &Document) -> Vec<(String, String)> {
    let keys = index.get_document("key").cloned().unwrap_or_default();
    let direction = |value: &Bson| match value {
        Bson::Int32(number) => number.to_string(),
        Bson::Int64(number) => number.to_string(),
        Bson::Double(number) => format!("{number:.0}"),
        Bson::String(word) => word.clone(),
        _ => String::new(),
    };
    keys.iter().map(|(name, value)| (name.clone(), direction(value))).collect()
}

/// Whether an index that the server lists is this one, by what decides how it works.
pub(crate) fn is_same(wanted: &Document, listed: &Document) -> bool {
    let flag = |document: &Document, name: &str| {
        matches!(document.get(name), Some(Bson::Boolean(true) | Bson::Int32(1)))
            || matches!(document.get(name), Some(Bson::Double(number)) if *number == 1.0)
    };
    let partial = |document: &Document| document.get_document("partialFilterExpression").ok().cloned();
    has_same_keys(wanted, listed)
        && flag(wanted, "unique") == flag(listed, "unique")
        && flag(wanted, "sparse") == flag(listed, "sparse")
        && partial(wanted) == partial(listed)
        && !listed.contains_key("expireAfterSeconds")
        && !listed.contains_key("collation")
}

/// Whether an index that the server lists is one of these as it was before `_id` was put at its end, made by nobody else: it
/// has the name and the keys, and nothing that only somebody could have added.
pub(crate) fn is_earlier_form(wanted: &[Document], listed: &Document) -> bool {
    const LAST: &str = "__id_1";
    let is_plain =
        ["unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "collation", "hidden"]
            .iter()
            .all(|option| !listed.contains_key(option));
    is_plain
        && wanted.iter().any(|index| {
            let mut shorter = keys(index);
            shorter.pop();
            name(index).strip_suffix(LAST) == Some(name(listed)) && shorter == keys(listed)
        })
        && !wanted.iter().any(|index| name(index) == name(listed))
}
