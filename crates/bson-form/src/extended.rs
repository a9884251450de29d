//! Canonical extended JSON, as MongoDB's tools write metadata: the order of members is kept, which decides what an index
//! of several fields is.

use bson::{Bson, Document};
use serde_json::Value;

/// A document of the kinds that indexes and validators have, its members in their order.
pub(crate) fn to_extended_json(document: &Document) -> String {
    let mut text = String::new();
    members(document, &mut text);
    text
}

fn members(document: &Document, text: &mut String) {
    text.push('{');
    for (position, (name, member)) in document.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        string(name, text);
        text.push(':');
        value(member, text);
    }
    text.push('}');
}

fn value(value: &Bson, text: &mut String) {
    match value {
        Bson::Document(document) => members(document, text),
        Bson::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                self::value(item, text);
            }
            text.push(']');
        }
        Bson::String(word) => string(word, text),
        Bson::Boolean(yes) => text.push_str(if *yes { "true" } else { "false" }),
        Bson::Int32(number) => wrapped("$numberInt", &number.to_string(), text),
        Bson::Int64(number) => wrapped("$numberLong", &number.to_string(), text),
        Bson::Double(number) => wrapped("$numberDouble", &double(*number), text),
        // Nothing else is in what the declarations derive.
        _ => text.push_str("null"),
    }
}

/// As the tools write it: a whole number with one digit after the point.
fn double(number: f64) -> String {
    format!("{number:?}")
}

fn wrapped(kind: &str, number: &str, text: &mut String) {
    text.push_str(&format!("{{\"{kind}\":\"{number}\"}}"));
}

fn string(string: &str, text: &mut String) {
    text.push_str(&Value::from(string).to_string());
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn members_stay_in_their_order() {
        let document = doc! { "z": 1, "a": { "\"y\"": "ä", "b": [1_i64, true, Bson::Null, 180.0] } };
        assert_eq!(
            to_extended_json(&document),
            r#"{"z":{"$numberInt":"1"},"a":{"\"y\"":"ä","b":[{"$numberLong":"1"},true,null,{"$numberDouble":"180.0"}]}}"#
        );
        assert_eq!(to_extended_json(&Document::new()), "{}");
    }
}
