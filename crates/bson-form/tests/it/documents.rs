//! Texts of documents, made from the declarations.

use model::Id;
use model::schema::{Collection, Field, Kind};
use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};

/// The text of a document of this collection as this program writes it: declared fields in their order, some absent.
pub(crate) fn of(collection: &'static Collection) -> BoxedStrategy<String> {
    object(collection.fields)
}

fn object(fields: &'static [Field]) -> BoxedStrategy<String> {
    let members: Vec<_> = fields
        .iter()
        .map(|field| {
            let value = value(&field.kind).prop_map(move |value| Some(format!("\"{}\":{value}", field.name)));
            if field.required { value.boxed() } else { prop_oneof![1 => Just(None), 2 => value].boxed() }
        })
        .collect();
    members
        .prop_map(|members| format!("{{{}}}", members.into_iter().flatten().collect::<Vec<_>>().join(",")))
        .boxed()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text")
}

fn value(kind: &'static Kind) -> BoxedStrategy<String> {
    match kind {
        Kind::Id => any::<[u8; 12]>().prop_map(|bytes| format!("\"{}\"", Id::from_bytes(bytes))).boxed(),
        Kind::Text(_) | Kind::Email | Kind::Color | Kind::Zone => {
            any::<String>().prop_map(|text| quoted(&text)).boxed()
        }
        Kind::Enum(words) => (0..words.len()).prop_map(|word| quoted(words[word])).boxed(),
        Kind::Int(low, high) => (*low..=*high).prop_map(|number| number.to_string()).boxed(),
        Kind::Float(low, high) => {
            let (low, high) = (*low, *high);
            any::<f64>()
                .prop_map(move |number| {
                    let number = if (low..=high).contains(&number) { number } else { low + 0.1 };
                    serde_json::to_string(&number).expect("a number")
                })
                .boxed()
        }
        Kind::Bool => any::<bool>().prop_map(|value| value.to_string()).boxed(),
        Kind::Instant => (-62_135_596_800_000..253_402_300_799_999_i64)
            .prop_map(|ms| format!("\"{}\"", jiff::Timestamp::from_millisecond(ms).expect("within range")))
            .boxed(),
        Kind::List(item, _) => {
            vec(value(item), 0..4).prop_map(|items| format!("[{}]", items.join(","))).boxed()
        }
        Kind::Object(fields) => object(fields),
        Kind::Json => json(),
    }
}

/// Any JSON, in spellings that BSON does not have too.
pub(crate) fn json() -> BoxedStrategy<String> {
    let odd = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0",
        "1.0",
        "1e3",
        "1E-7",
        "9223372036854775807",
        "9223372036854775808",
        "123456789012345678901234567890.5",
        "0.1",
        "1e400",
        "\"\"",
        "\"\\u0041\"",
        "\"\\u0000\"",
        "\"2026-01-05T09:00:00Z\"",
        "\"65432100010203040506ffff\"",
        "[]",
        "{}",
        "[ 1 ]",
        "{\"a\":1,\"a\":2}",
        "{\"$ref\":1}",
        "{\"\":1}",
        "{\"a.b\":1}",
        "{\"\\u0000\":1}",
        "{\"b\":1,\"a\":2}",
        "{ \"a\" : [1, 2] }",
    ];
    let leaf = prop_oneof![
        (0..odd.len()).prop_map(move |position| odd[position].to_owned()),
        any::<String>().prop_map(|text| quoted(&text)),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| serde_json::to_string(&number).expect("a number")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let members = vec(("[a-e$.]{0,3}", inner.clone()), 0..4).prop_map(|members| {
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
            format!("{{{}}}", members.join(","))
        });
        prop_oneof![vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))), members]
    })
    .boxed()
}
