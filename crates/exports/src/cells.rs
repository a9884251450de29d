//! What stands in a cell.

use std::borrow::Cow;

use model::raw::Members;
use model::schema::Kind;
use serde_json::value::RawValue;

use crate::columns::Column;

/// A value as tables have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    /// As JSON writes it.
    Number(&'a str),
    Flag(bool),
}

/// The cells of a document, one for each column.
pub(crate) fn cells<'a>(
    columns: &'a [Column],
    document: &'a str,
) -> Result<impl Iterator<Item = Result<Cell<'a>, serde_json::Error>>, serde_json::Error> {
    let Members(members) = serde_json::from_str(document)?;
    // Stored members mostly stand in the order of the columns: each search goes on where the one before ended.
    let mut next = 0;
    Ok(columns.iter().map(move |column| {
        let (first, second) = members.split_at_checked(next).unwrap_or_default();
        let mut places = (next..).zip(second).chain((0..).zip(first));
        let Some((place, (_, value))) = places.find(|(_, (name, _))| *name == column.name) else {
            return Ok(Cell::Empty);
        };
        next = place + 1;
        cell(&column.kind, value)
    }))
}

fn cell<'a>(kind: &Kind, value: &'a RawValue) -> Result<Cell<'a>, serde_json::Error> {
    let json = value.get();
    Ok(match kind {
        _ if json == "null" => Cell::Empty,
        Kind::Bool => Cell::Flag(json == "true"),
        Kind::Int(..) | Kind::Float(..) => Cell::Number(json),
        Kind::List(item, _) if is_text(item) => {
            let items: Vec<String> = serde_json::from_str(json)?;
            Cell::Text(items.join("; ").into())
        }
        Kind::List(..) | Kind::Object(_) | Kind::Json => Cell::Text(json.into()),
        _ => Cell::Text(serde_json::from_str::<String>(json)?.into()),
    })
}

fn is_text(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::Bool | Kind::Int(..) | Kind::Float(..) | Kind::List(..) | Kind::Object(_) | Kind::Json
    )
}

/// The text so that no spreadsheet takes it for a formula: an apostrophe before what begins like one.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}
