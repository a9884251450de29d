//! Values made from a declaration alone.

use jiff::Timestamp;
use model::schema::{Collection, Field, Kind};
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

/// A document that has every declared field.
pub(crate) fn full(collection: &Collection) -> Value {
    Value::Object(collection.fields.iter().map(|f| (f.name.to_owned(), one(&f.kind))).collect())
}

/// A document that has only the required fields.
pub(crate) fn least(collection: &Collection) -> Value {
    let required = collection.fields.iter().filter(|field| field.required);
    Value::Object(required.map(|f| (f.name.to_owned(), one(&f.kind))).collect())
}

fn one(kind: &Kind) -> Value {
    match kind {
        Kind::Id => json!("6543210001020304ffabcdef"),
        Kind::Text(most) => json!("2026-11-23".chars().take(*most as usize).collect::<String>()),
        Kind::Email => json!("anna@example.com"),
        Kind::Color => json!("#1e88e5"),
        Kind::Zone => json!("Europe/Berlin"),
        Kind::Int(least, most) => json!(1.clamp(*least, *most)),
        Kind::Float(least, _) => json!(least + 1.5),
        Kind::Bool => json!(true),
        Kind::Instant => json!("2026-11-23T09:00:00.25Z"),
        Kind::Enum(words) => json!(words[0]),
        Kind::List(item, _) => json!([one(item), one(item)]),
        Kind::Object(fields) => {
            Value::Object(fields.iter().map(|f| (f.name.to_owned(), one(&f.kind))).collect())
        }
        Kind::Json => json!({"kept": ["as", "it", "is", 1]}),
    }
}

/// Any valid document of a collection.
pub(crate) fn valid(collection: &Collection) -> BoxedStrategy<Value> {
    object(collection.fields)
}

fn object(fields: &'static [Field]) -> BoxedStrategy<Value> {
    let members: Vec<_> = fields
        .iter()
        .map(|field| {
            let value = of(field, &field.kind);
            if field.required { value.prop_map(Some).boxed() } else { proptest::option::of(value).boxed() }
        })
        .collect();
    members
        .prop_map(|values| {
            let pairs = fields.iter().zip(values);
            let present = pairs.filter_map(|(field, value)| Some((field.name.to_owned(), value?)));
            Value::Object(present.collect::<Map<_, _>>())
        })
        .boxed()
}

fn of(field: &'static Field, kind: &'static Kind) -> BoxedStrategy<Value> {
    match *kind {
        Kind::Id => "[0-9a-f]{24}".prop_map(Value::from).boxed(),
        Kind::Text(most) => text(field, most),
        Kind::Email => {
            "[a-z0-9]{1,20}(\\.[a-z]{1,9})?@[a-z]{1,9}(\\.[a-z]{2,9}){0,2}".prop_map(Value::from).boxed()
        }
        Kind::Color => "#[0-9a-fA-F]{6}".prop_map(Value::from).boxed(),
        Kind::Zone => prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"])
            .prop_map(Value::from)
            .boxed(),
        Kind::Int(least, most) => (least..=most).prop_map(Value::from).boxed(),
        Kind::Float(least, most) => {
            (least..=most).prop_filter_map("finite", |n| Number::from_f64(n).map(Value::Number)).boxed()
        }
        Kind::Bool => any_bool(),
        // The years 1900 to 2200.
        Kind::Instant => (-2_208_988_800_000_i64..7_258_118_400_000)
            .prop_map(|ms| Value::from(Timestamp::from_millisecond(ms).unwrap().to_string()))
            .boxed(),
        Kind::Enum(words) => prop::sample::select(words).prop_map(Value::from).boxed(),
        Kind::List(item, most) => {
            prop::collection::vec(of(field, item), 0..=most.min(4) as usize).prop_map(Value::from).boxed()
        }
        Kind::Object(fields) => object(fields),
        Kind::Json => json_value().prop_filter("null is absence", |value| !value.is_null()).boxed(),
    }
}

fn text(field: &Field, most: u32) -> BoxedStrategy<Value> {
    let character = if field.multi_line { "[^\\x00]" } else { "\\PC" };
    let least = u32::from(field.not_blank);
    let pattern = if field.not_blank { "[a-zäß]".to_owned() } else { String::new() };
    let text = format!("{pattern}{character}{{0,{}}}", most.min(40) - least);
    proptest::string::string_regex(&text).unwrap().prop_map(Value::from).boxed()
}

fn any_bool() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

/// Any JSON at all, three levels deep.
pub(crate) fn json_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| Number::from_f64(n).map_or(Value::Null, Value::Number)),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}
