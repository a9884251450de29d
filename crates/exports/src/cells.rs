//! What stands in a cell.

use std::borrow::Cow;

use model::raw::Members;
use model::schema::Kind;
use serde_json::value::RawValue;

use crate::columns::Column;
use crate::eight::has_backslash;
use crate::scan::{self, Taker};

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
    let cells = columns.iter().zip(values(columns, document)?);
    Ok(cells.map(|(column, value)| value.map_or(Ok(Cell::Empty), |value| cell(&column.kind, value))))
}

/// The values of a document as JSON, one for each column. What is null is none.
pub(crate) fn values<'a>(
    columns: &[Column],
    document: &'a str,
) -> Result<Vec<Option<&'a str>>, serde_json::Error> {
    let mut places = Places::of(columns);
    if !scan::members(document, &mut places) {
        let Members(members) = serde_json::from_str(document)?;
        places = Places::of(columns);
        members.into_iter().for_each(|(name, value)| places.take(name, value.get()));
    }
    places.values.iter_mut().for_each(|value| *value = value.filter(|value| *value != "null"));
    Ok(places.values)
}

/// Values brought to their columns. Stored members mostly stand in the order of the columns: each is expected behind the one
/// before. Columns are searched by members, and not the other way: what is absent then takes no search.
struct Places<'c, 'a> {
    columns: &'c [Column],
    values: Vec<Option<&'a str>>,
    next: usize,
}

impl<'c> Places<'c, '_> {
    fn of(columns: &'c [Column]) -> Self {
        Self { columns, values: vec![None; columns.len()], next: 0 }
    }
}

impl<'a> Taker<'a> for Places<'_, 'a> {
    fn expected(&self) -> &str {
        self.columns.get(self.next).map_or("", |column| column.name)
    }

    fn take_expected(&mut self, value: &'a str) {
        // Behind the last column a member without a name is expected: it has none.
        if let Some(slot) = self.values.get_mut(self.next) {
            slot.get_or_insert(value);
            self.next += 1;
        }
    }

    fn take(&mut self, name: &'a str, value: &'a str) {
        let (before, after) = self.columns.split_at_checked(self.next).unwrap_or_default();
        let mut places = (self.next..).zip(after).chain((0..).zip(before));
        let Some((place, _)) = places.find(|(_, column)| column.name == name) else { return };
        self.next = place;
        self.take_expected(value);
    }
}

fn cell<'a>(kind: &Kind, json: &'a str) -> Result<Cell<'a>, serde_json::Error> {
    Ok(match kind {
        Kind::Bool => Cell::Flag(json == "true"),
        Kind::Int(..) | Kind::Float(..) => Cell::Number(json),
        Kind::List(item, _) if is_text(item) => Cell::Text(joined(json)?),
        Kind::List(..) | Kind::Object(_) | Kind::Json => Cell::Text(json.into()),
        _ => Cell::Text(text(json)?),
    })
}

/// A text as it is in the document, unless it has escapes in it.
pub(crate) fn text(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let inside = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    match inside {
        Some(inside) if !has_backslash(inside.as_bytes()) => Ok(Cow::Borrowed(inside)),
        _ => serde_json::from_str::<String>(json).map(Cow::Owned),
    }
}

pub(crate) fn joined(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    if let Some(joined) = joined_plain(json) {
        return Ok(joined);
    }
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

/// The same for texts without escapes, by their quotes alone: inside of them there is none.
fn joined_plain(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix("[\"")?.strip_suffix("\"]")?;
    if has_backslash(inside.as_bytes()) {
        return None;
    }
    let mut pieces = inside.split('"');
    let mut joined = String::with_capacity(inside.len());
    joined.push_str(pieces.next()?);
    while let Some(between) = pieces.next() {
        let item = pieces.next().filter(|_| between == ",")?;
        joined.push_str("; ");
        joined.push_str(item);
    }
    Some(joined.into())
}

pub(crate) fn is_text(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::Bool | Kind::Int(..) | Kind::Float(..) | Kind::List(..) | Kind::Object(_) | Kind::Json
    )
}

/// What a formula may begin with, also as the wide characters of East Asian keyboards.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The text so that no spreadsheet takes it, or a part of it, for a formula: an apostrophe before what begins like one.
/// Readers that part fields by semicolons or tabs, or take a line break for the end of a row, find fields inside a text.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    if text.starts_with(['\t', '\r', '\n']) || text.trim_start_matches(is_unseen).starts_with(SIGNS) {
        safe.push('\'');
    }
    let (mut to_copy, mut to_look_at) = (text, text);
    while let Some(place) = to_look_at.bytes().position(is_break) {
        let behind = to_look_at.get(place + 1..).unwrap_or_default();
        // A quote that begins a field may be taken for one around it.
        let field = behind.trim_start_matches(|one| matches!(one, ';' | '"') || is_unseen(one));
        if field.starts_with(SIGNS) {
            safe.push_str(to_copy.strip_suffix(field).unwrap_or_default());
            safe.push('\'');
            to_copy = field;
        }
        to_look_at = field;
    }
    if safe.is_empty() {
        return text.into();
    }
    safe.push_str(to_copy);
    safe.into()
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b';' | b'\t' | b'\r' | b'\n')
}

/// Whether the text begins with what can be no part of a formula's beginning.
pub(crate) fn begins_plainly(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'=' | b'+' | b'-' | b'@');
    text.bytes().next().is_none_or(is_plain)
}

/// Blanks, and what has no width: readers may leave it away.
fn is_unseen(one: char) -> bool {
    if one.is_ascii() {
        return one == ' ' || one.is_ascii_control();
    }
    let has_no_width = matches!(
        one,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
    );
    has_no_width || one.is_whitespace() || one.is_control()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANY: &str = "[a\"\\\\,;\\n\\u{7}\\u{e4}]{0,6}";

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
    fn members_come_to_their_columns_in_whatever_order() {
        let columns = crate::columns(&model::collections::CATEGORIES);
        let place = |name: &str| columns.iter().position(|column| column.name == name).unwrap();
        let last = columns.last().unwrap().name;
        let document = format!(r#"{{"{last}":1,"":2,"name":"Fair","unknown":3,"name":4,"color":null}}"#);
        let values = values(&columns, &document).unwrap();
        assert_eq!((values[columns.len() - 1], values[place("name")]), (Some("1"), Some("\"Fair\"")));
        assert_eq!(values.iter().flatten().count(), 2);
    }

    #[test]
    fn formulas_are_texts_wherever_a_reader_finds_them() {
        for (text, expected) in [
            ("", ""),
            ("Gala", "Gala"),
            ("a = b", "a = b"),
            ("10:00 - 12:00", "10:00 - 12:00"),
            ("'=1", "'=1"),
            ("=1", "'=1"),
            ("\t1", "'\t1"),
            ("  =1", "'  =1"),
            ("\u{a0}+1", "'\u{a0}+1"),
            ("\u{feff}\u{200b}-1", "'\u{feff}\u{200b}-1"),
            ("＝1", "'＝1"),
            ("Ana; =1", "Ana; '=1"),
            ("Ana;\u{feff}＠x; b", "Ana;\u{feff}'＠x; b"),
            ("=1; =2", "'=1; '=2"),
            ("a\r\n-1", "a\r\n'-1"),
            ("a\t+1", "a\t'+1"),
            ("a;\"=1\"", "a;\"'=1\""),
            ("a; b = c", "a; b = c"),
            ("5°C; -5°C", "5°C; '-5°C"),
        ] {
            assert_eq!(harmless(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for json in ["7", "{}", "[\"a\"]", "\"a\\x\""] {
            assert!(text(json).is_err(), "{json}");
        }
        for json in ["[7]", "\"a\"", "[[]]", "[\"a\",7,\"b\"]", "[\"a\",[],\"b\"]"] {
            assert!(joined(json).is_err(), "{json}");
        }
    }
}
