//! What the server keeps for a collection, and whether it is what the declaration wants (`bson_form` says what that is).

pub(crate) use bson_form::{index, index_name, validator};
use mongodb::bson::{Bson, Document};

/// The name of an index that is wanted or listed.
pub(crate) fn name(index: &Document) -> &str {
    index.get_str("name").unwrap_or_default()
}

/// Whether an index that the server lists is this one, by what decides how it works.
pub(crate) fn is_same(wanted: &Document, listed: &Document) -> bool {
    let flag = |document: &Document, name: &str| {
        matches!(document.get(name), Some(Bson::Boolean(true) | Bson::Int32(1)))
            || matches!(document.get(name), Some(Bson::Double(number)) if *number == 1.0)
    };
    let keys = |document: &Document| {
        let keys = document.get_document("key").cloned().unwrap_or_default();
        let direction = |value: &Bson| match value {
            Bson::Int32(number) => number.to_string(),
            Bson::Int64(number) => number.to_string(),
            Bson::Double(number) => format!("{number:.0}"),
            Bson::String(word) => word.clone(),
            _ => String::new(),
        };
        keys.iter().map(|(name, value)| (name.clone(), direction(value))).collect::<Vec<_>>()
    };
    let partial = |document: &Document| document.get_document("partialFilterExpression").ok().cloned();
    keys(wanted) == keys(listed)
        && flag(wanted, "unique") == flag(listed, "unique")
        && flag(wanted, "sparse") == flag(listed, "sparse")
        && partial(wanted) == partial(listed)
        && !listed.contains_key("expireAfterSeconds")
        && !listed.contains_key("collation")
}
