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
    // Stored members mostly stand in the order of the columns: each search goes on where the one before ended. Columns are
    // searched by members, and not the other way: what is absent then takes no search.
    let (mut values, mut next) = (vec![None; columns.len()], 0);
    for (name, value) in members {
        let (before, after) = columns.split_at_checked(next).unwrap_or_default();
        let mut places = (next..).zip(after).chain((0..).zip(before));
        let Some((place, _)) = places.find(|(_, column)| column.name == name) else { continue };
        if let Some(slot) = values.get_mut(place) {
            slot.get_or_insert(value);
        }
        next = place + 1;
    }
    let cells = columns.iter().zip(values);
    Ok(cells.map(|(column, value)| value.map_or(Ok(Cell::Empty), |value| cell(&column.kind, value))))
}

fn cell<'a>(kind: &Kind, value: &'a RawValue) -> Result<Cell<'a>, serde_json::Error> {
    let json = value.get();
    Ok(match kind {
        _ if json == "null" => Cell::Empty,
        Kind::Bool => Cell::Flag(json == "true"),
        Kind::Int(..) | Kind::Float(..) => Cell::Number(json),
        Kind::List(item, _) if is_text(item) => Cell::Text(joined(json)?),
        Kind::List(..) | Kind::Object(_) | Kind::Json => Cell::Text(json.into()),
        _ => Cell::Text(text(json)?),
    })
}

/// A text as it is in the document, unless it has escapes in it.
fn text(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let inside = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    match inside {
        Some(inside) if !inside.contains('\\') => Ok(Cow::Borrowed(inside)),
        _ => serde_json::from_str::<String>(json).map(Cow::Owned),
    }
}

fn joined(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let items: Vec<&RawValue> = serde_json::from_str(json)?;
    if let [only] = items.as_slice() {
        return text(only.get());
    }
    let mut joined = String::with_capacity(json.len());
    for (item, place) in items.into_iter().zip(0_usize..) {
        if place > 0 {
            joined.push_str("; ");
        }
        joined.push_str(&text(item.get())?);
    }
    Ok(joined.into())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANY: &str = "[a\"\\\\;\\n\\u{7}\\u{e4}]{0,6}";

    proptest! {
        #[test]
        fn texts_are_read_as_a_library_reads_them(items in proptest::collection::vec(ANY, 0..4)) {
            let json = serde_json::to_string(&items).unwrap();
            prop_assert_eq!(joined(&json).unwrap(), items.join("; "));
            for item in items {
                let json = serde_json::to_string(&item).unwrap();
                prop_assert_eq!(text(&json).unwrap(), item);
            }
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for json in ["7", "{}", "[\"a\"]", "\"a\\x\""] {
            assert!(text(json).is_err(), "{json}");
        }
        for json in ["[7]", "\"a\"", "[[]]"] {
            assert!(joined(json).is_err(), "{json}");
        }
    }
}
