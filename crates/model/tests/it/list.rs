//! A declaration as plain lines, the form in which it is compared with the specification.

use std::collections::BTreeSet;

use model::collections;
use model::schema::{Collection, Field, Index, Key, Kind, Origin};

/// Lines such as `events: field title String`.
pub(crate) type Lines = BTreeSet<String>;

/// The list in `specification.txt`.
pub(crate) fn written() -> Lines {
    let mut collection = "";
    let mut lines = Lines::new();
    for line in include_str!("specification.txt").lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("collection ") {
            collection = name;
        } else if !line.is_empty() && !line.starts_with('#') {
            assert!(lines.insert(format!("{collection}: {line}")), "twice: {collection}: {line}");
        }
    }
    lines
}

/// What the declarations say is the specification's.
pub(crate) fn declared() -> Lines {
    let of_specification = |c: &&&Collection| c.origin == Origin::Specification;
    let mut lines = Lines::new();
    for collection in collections::ALL.iter().filter(of_specification) {
        let mut add = |line: String| assert!(lines.insert(format!("{}: {line}", collection.name)));
        fields(collection.fields, "", &mut add);
        collection.indexes.iter().filter(|i| i.origin == Origin::Specification).for_each(|i| add(index(i)));
    }
    lines
}

fn fields(fields: &[Field], prefix: &str, add: &mut impl FnMut(String)) {
    for field in fields.iter().filter(|field| field.origin == Origin::Specification) {
        let name = format!("{prefix}{}", field.name);
        let mut line = format!("field {name} {}", type_name(&field.kind));
        if let Kind::Enum(words) = field.kind {
            line += &format!(" {}", words.join("|"));
        }
        if field.exposure == model::schema::Exposure::Internal {
            line += " internal";
        }
        if let Some(reference) = field.refers_to {
            line += &format!(" -> {}", reference.collection);
        }
        add(line);
        match field.kind {
            Kind::Object(inner) => self::fields(inner, &format!("{name}."), add),
            Kind::List(Kind::Object(inner), _) => self::fields(inner, &format!("{name}[]."), add),
            _ => {}
        }
    }
}

/// The specification's word for a kind.
fn type_name(kind: &Kind) -> String {
    match kind {
        Kind::Id => "ObjectId".to_owned(),
        Kind::Text(_) | Kind::Email | Kind::Color | Kind::Zone | Kind::Enum(_) => "String".to_owned(),
        Kind::Int(..) | Kind::Float(..) => "Number".to_owned(),
        Kind::Bool => "Boolean".to_owned(),
        Kind::Instant => "Date".to_owned(),
        Kind::List(item, _) => format!("[{}]", type_name(item)),
        Kind::Object(_) => "Object".to_owned(),
        Kind::Json => "Mixed".to_owned(),
    }
}

fn index(index: &Index) -> String {
    let keys: Vec<&str> = index.keys.iter().map(Key::field).collect();
    let mut line = format!("index {}", keys.join(" + "));
    for (word, is_so) in [
        ("unique", index.unique),
        ("sparse", index.sparse),
        ("2dsphere", index.keys.iter().any(|key| matches!(key, Key::Sphere(_)))),
    ] {
        if is_so {
            line += &format!(" {word}");
        }
    }
    line
}
