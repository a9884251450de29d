//! Writes the reference of the data, in Markdown, from the declarations: `cargo xtask codegen` keeps
//! `docs/data-model.md` equal to what this prints.

use model::collections;
use model::schema::{Collection, Exposure, Field, Index, Key, Kind, OnDelete, Origin};

fn main() {
    let mut page = String::from(HEAD);
    for origin in [Origin::Specification, Origin::Ours] {
        page += match origin {
            Origin::Specification => "\n## Collections of the specification\n",
            Origin::Ours => "\n## Collections of our own\n",
        };
        collections::ALL.iter().filter(|c| c.origin == origin).for_each(|c| collection(&mut page, c));
    }
    #[expect(clippy::print_stdout, reason = "printing is what it is for")]
    {
        print!("{page}");
    }
}

const HEAD: &str = "\
# The data

Generated from the declarations in `crates/model` by `cargo xtask codegen`; do not edit.

Every document is JSON at the store port: ids are 24 hexadecimal digits, instants RFC 3339 in UTC to the millisecond. A
field without a value is left out, never null. *Origin* says whether a field is the specification's or ours. *Seen by*
says who may see it:

- **plain**: those who may see the record; sent to nobody.
- **shared**: may go to a calendar provider. The outward allow-list is exactly these.
- **internal**: never leaves the house.
- **secret**: sealed or a digest; never in an answer, a log or an export.
- **derived**: computed from other fields; can be rebuilt.
";

fn collection(page: &mut String, collection: &Collection) {
    *page += &format!("\n### `{}`\n\n{}\n\n", collection.name, collection.doc);
    *page += "| field | type | required | seen by | origin | meaning |\n|---|---|---|---|---|---|\n";
    fields(page, collection.fields, "");
    *page += "\nIndexes:\n\n- `_id` (unique)\n";
    for index in collection.indexes {
        *page += &format!("- {}\n", describe(index));
    }
    if !collection.cluster.is_empty() {
        *page += &format!(
            "\nKept on disk by `{}`, where the engine can choose.\n",
            collection.cluster.join(" + ")
        );
    }
}

fn fields(page: &mut String, fields: &[Field], prefix: &str) {
    for field in fields {
        let name = format!("{prefix}{}", field.name);
        let required = if field.required { "yes" } else { "" };
        // Inner fields are seen by whoever sees the outer one.
        let seen_by = if prefix.is_empty() { exposure(field.exposure) } else { "" };
        *page += &format!(
            "| `{name}` | {} | {required} | {seen_by} | {} | {}{} |\n",
            kind(&field.kind),
            origin(field.origin),
            field.doc,
            reference(field)
        );
        match field.kind {
            Kind::Object(inner) => self::fields(page, inner, &format!("{name}.")),
            Kind::List(Kind::Object(inner), _) => self::fields(page, inner, &format!("{name}[].")),
            _ => {}
        }
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Id => "id".to_owned(),
        Kind::Text(most) => format!("text, at most {most}"),
        Kind::Email => "mail address".to_owned(),
        Kind::Color => "colour `#rrggbb`".to_owned(),
        Kind::Zone => "IANA time zone".to_owned(),
        Kind::Int(least, i64::MAX) => format!("whole number from {least}"),
        Kind::Int(least, most) => format!("whole number {least} to {most}"),
        Kind::Float(least, most) => format!("number {least} to {most}"),
        Kind::Bool => "true or false".to_owned(),
        Kind::Instant => "instant".to_owned(),
        Kind::Enum(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::List(item, most) => format!("list of at most {most}: {}", self::kind(item)),
        Kind::Object(_) => "object".to_owned(),
        Kind::Json => "JSON".to_owned(),
    }
}

const fn exposure(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Plain => "plain",
        Exposure::Shared => "shared",
        Exposure::Internal => "internal",
        Exposure::Secret => "secret",
        Exposure::Derived => "derived",
    }
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Specification => "specification",
        Origin::Ours => "ours",
    }
}

fn reference(field: &Field) -> String {
    match field.refers_to {
        Some(to) if to.on_delete == OnDelete::Cascade => {
            format!(" Refers to `{}` and is deleted with it.", to.collection)
        }
        Some(to) => format!(" Refers to `{}` and outlives it.", to.collection),
        None => String::new(),
    }
}

fn describe(index: &Index) -> String {
    let key = |key: &Key| match key {
        Key::Ascending(field) => (*field).to_owned(),
        Key::Descending(field) => format!("{field} falling"),
        Key::Sphere(field) => format!("{field} on the globe"),
    };
    let keys = index.keys.iter().map(key).collect::<Vec<_>>().join(" + ");
    let marks = [(index.unique, "unique"), (index.sparse, "sparse"), (index.origin == Origin::Ours, "ours")];
    let marks = marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark.to_owned());
    let marks: Vec<_> = marks.chain(index.only_with.map(|field| format!("only with {field}"))).collect();
    if marks.is_empty() { format!("`{keys}`") } else { format!("`{keys}` ({})", marks.join(", ")) }
}
