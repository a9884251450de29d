//! What MongoDB keeps of a collection beside its documents: its indexes and its validator, derived from the declaration.
//! The server engine asks for them; a backup has them in its metadata, so that `mongorestore` makes them anew.

use bson::{Bson, Document, doc};
use model::schema::{Collection, Field, Index, Key, Kind, Origin};

use crate::extended::to_extended_json;

/// The keys of an index on the server. Listings are ordered by `_id` at last, but MongoDB keeps documents of equal keys in no
/// such order: an index along which listings are read ends with it, else the server would read and sort all that matches
/// for every page. Those of the specification stay as they are written there.
fn keys(index: &Index) -> impl Iterator<Item = &Key> {
    let is_read_along = index.origin == Origin::Ours
        && index.keys.len() > 1
        && !index.unique
        && !index.sparse
        && index.only_with.is_none();
    index.keys.iter().chain(is_read_along.then_some(&Key::Ascending("_id")))
}

/// The name of an index, as MongoDB itself makes it: keys and directions.
pub fn index_name(index: &Index) -> String {
    let part = |key: &Key| match key {
        Key::Ascending(field) => format!("{field}_1"),
        Key::Descending(field) => format!("{field}_-1"),
        Key::Sphere(field) => format!("{field}_2dsphere"),
    };
    keys(index).map(part).collect::<Vec<_>>().join("_")
}

/// An index as `createIndexes` wants it.
pub fn index(index: &Index) -> Document {
    let mut directions = Document::new();
    for key in keys(index) {
        let direction = match key {
            Key::Ascending(_) => Bson::Int32(1),
            Key::Descending(_) => Bson::Int32(-1),
            Key::Sphere(_) => Bson::from("2dsphere"),
        };
        directions.insert(key.field(), direction);
    }
    let mut document = doc! { "key": directions, "name": index_name(index) };
    if index.unique {
        document.insert("unique", true);
    }
    if index.sparse {
        document.insert("sparse", true);
    }
    if let Some(field) = index.only_with {
        document.insert("partialFilterExpression", doc! { field: { "$exists": true } });
    }
    document
}

/// The validator of a collection. Only keywords that 4.4 has.
pub fn validator(collection: &Collection) -> Document {
    doc! { "$jsonSchema": object(collection.fields) }
}

fn object(fields: &[Field]) -> Document {
    let mut properties = Document::new();
    for field in fields {
        properties.insert(field.name, value(&field.kind));
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = doc! { "bsonType": "object" };
    if !required.is_empty() {
        schema.insert("required", required);
    }
    schema.insert("properties", properties);
    schema.insert("additionalProperties", false);
    schema
}

fn value(kind: &Kind) -> Document {
    match kind {
        Kind::Id => doc! { "bsonType": "objectId" },
        Kind::Text(longest) => doc! { "bsonType": "string", "maxLength": i64::from(*longest) },
        Kind::Email | Kind::Zone => doc! { "bsonType": "string", "maxLength": 320_i64 },
        Kind::Color => doc! { "bsonType": "string", "pattern": "^#[0-9a-fA-F]{6}$" },
        Kind::Int(low, high) => {
            let mut schema = doc! { "bsonType": ["int", "long"] };
            // The bounds of the type itself need no words; some servers compare such large ones inexactly.
            if *low > i64::MIN {
                schema.insert("minimum", *low);
            }
            if *high < i64::MAX {
                schema.insert("maximum", *high);
            }
            schema
        }
        Kind::Float(low, high) => doc! { "bsonType": "number", "minimum": *low, "maximum": *high },
        Kind::Bool => doc! { "bsonType": "bool" },
        Kind::Instant => doc! { "bsonType": "date" },
        Kind::Enum(words) => doc! { "enum": words.to_vec() },
        Kind::List(item, most) => {
            doc! { "bsonType": "array", "maxItems": i64::from(*most), "items": value(item) }
        }
        Kind::Object(fields) => object(fields),
        Kind::Json => Document::new(),
    }
}

/// The metadata of a collection, as `mongodump` writes it and `mongorestore` reads it.
pub fn metadata(collection: &'static Collection) -> String {
    described(collection, doc! { "validator": validator(collection) })
}

/// The same without the validator: for documents of an older form, which it would refuse.
pub fn metadata_without_validator(collection: &'static Collection) -> String {
    described(collection, doc! {})
}

fn described(collection: &'static Collection, options: Document) -> String {
    let mut indexes = vec![doc! { "v": 2, "key": { "_id": 1 }, "name": "_id_" }];
    indexes.extend(collection.indexes.iter().map(listed));
    to_extended_json(&doc! {
        "options": options,
        "indexes": indexes,
        "collectionName": collection.name,
        "type": "collection",
    })
}

fn listed(index: &Index) -> Document {
    let mut listed = doc! { "v": 2 };
    listed.extend(self::index(index));
    listed
}

#[cfg(test)]
mod tests {
    use model::collections::ALL;

    use super::*;

    #[test]
    fn indexes_keep_the_order_of_their_fields_and_every_collection_its_validator() {
        for collection in ALL {
            let text = metadata(collection);
            assert!(
                text.starts_with(
                    r#"{"options":{"validator":{"$jsonSchema":{"bsonType":"object","required":["_id""#
                ),
                "{text}"
            );
            for index in collection.indexes {
                let keys: Vec<_> = index.keys.iter().map(|key| format!("\"{}\":", key.field())).collect();
                let listed = text
                    .split(r#"{"v":{"$numberInt":"2"},"key":{"#)
                    .find(|part| part.contains(&format!(r#""name":"{}""#, index_name(index))));
                let listed = listed.unwrap_or_else(|| panic!("{text}"));
                let places: Vec<_> = keys.iter().map(|key| listed.find(key.as_str()).unwrap()).collect();
                assert!(places.is_sorted(), "{listed}");
            }
        }
    }
}
