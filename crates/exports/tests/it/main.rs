//! What stands in files, read back with readers that are not ours.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests stand outside test functions and fail by panicking"
)]

mod calendar;

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use exports::{Format, StoodIn, begin, columns};
use model::collections::{EVENTS, USERS};
use model::schema::{Collection, Exposure, Kind};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The bytes of a file of these documents.
fn file(format: Format, collection: &'static Collection, documents: &[Value]) -> Vec<u8> {
    file_with(format, collection, documents, StoodIn::new())
}

fn file_with(
    format: Format,
    collection: &'static Collection,
    documents: &[Value],
    stood_in: StoodIn,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sheet = begin(format, collection, stood_in, Box::new(Cursor::new(&mut bytes))).unwrap();
    for document in documents {
        sheet.add(&document.to_string()).unwrap();
    }
    sheet.end().unwrap();
    bytes
}

fn text(format: Format, collection: &'static Collection, documents: &[Value]) -> String {
    String::from_utf8(file(format, collection, documents)).unwrap()
}

fn rows_of_csv(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn place(collection: &Collection, name: &str) -> usize {
    columns(collection).iter().position(|column| column.name == name).unwrap()
}

/// In the order of the declaration, as stored documents are.
fn event(title: &str, notes: &str) -> Value {
    let text = json!({
        "_id": "6741a2b0c3d4e5f601020304", "title": title, "start_time": "2026-11-23T09:00:00Z",
        "budget_allocated": -120.5, "all_day": false, "staff_assigned": ["Ana", "Bo"], "internal_notes": notes,
        "attendees": [{"email": "a@example.org"}],
    });
    let known = |name: &str| text.get(name).map(|value| (name.to_owned(), value.clone()));
    Value::Object(EVENTS.fields.iter().filter_map(|field| known(field.name)).collect())
}

#[test]
fn a_table_has_heads_that_mark_internal_fields() {
    let rows = rows_of_csv(&file(Format::Csv, &EVENTS, &[event("Gala", "bring keys")]));
    let (heads, row) = (&rows[0], &rows[1]);
    assert_eq!(heads[place(&EVENTS, "title")], "title");
    assert_eq!(heads[place(&EVENTS, "internal_notes")], "internal_notes (internal)");
    assert_eq!(row[place(&EVENTS, "internal_notes")], "bring keys");
    assert_eq!(row[place(&EVENTS, "budget_allocated")], "-120.5");
    assert_eq!(row[place(&EVENTS, "all_day")], "false");
    assert_eq!(row[place(&EVENTS, "staff_assigned")], "Ana; Bo");
    assert_eq!(row[place(&EVENTS, "attendees")], r#"[{"email":"a@example.org"}]"#);
    assert_eq!(row[place(&EVENTS, "location")], "");
}

#[test]
fn no_secret_is_in_any_file() {
    let secrets: Vec<_> = USERS.names(Exposure::Secret).collect();
    assert!(!secrets.is_empty());
    let known = |name: &str| {
        let value = if secrets.contains(&name) { "canary" } else { "plain" };
        (name.to_owned(), Value::from(value))
    };
    let texts = USERS.fields.iter().filter(|field| secrets.contains(&field.name) || field.name == "email");
    let user = Value::Object(texts.map(|field| known(field.name)).collect());
    for format in [Format::Csv, Format::Ndjson, Format::Json] {
        let text = text(format, &USERS, std::slice::from_ref(&user));
        assert!(text.contains("plain"), "{text}");
        assert!(!text.contains("canary"), "{text}");
        assert!(!secrets.iter().any(|name| text.contains(name)), "{text}");
    }
    let rows = rows_of_xlsx(file(Format::Xlsx, &USERS, &[user]));
    assert!(!format!("{rows:?}").contains("canary"));
}

#[test]
fn json_files_are_json() {
    let events = [event("Gala", "a"), event("Fair", "b")];
    let lines = text(Format::Ndjson, &EVENTS, &events);
    let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, events);
    for events in [&events[..], &[]] {
        let whole: Value = serde_json::from_str(&text(Format::Json, &EVENTS, events)).unwrap();
        assert_eq!(whole["collection"], "events");
        assert_eq!(whole["items"], Value::from(events.to_vec()));
        assert!(whole["internal_fields"].as_array().unwrap().contains(&"internal_notes".into()));
    }
}

#[test]
fn a_document_that_cannot_be_read_is_refused() {
    for format in Format::ALL {
        let mut sheet = begin(format, &EVENTS, StoodIn::new(), Box::new(Cursor::new(Vec::new()))).unwrap();
        assert!(sheet.add("[]").is_err(), "{format:?}");
        assert!(sheet.add("{\"_id\": ").is_err(), "{format:?}");
    }
}

/// A disk with room for so many bytes.
struct Small {
    file: Cursor<Vec<u8>>,
    room: usize,
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.file.get_ref().len() + bytes.len() > self.room {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told() {
    for format in Format::ALL {
        let out = Small { file: Cursor::new(Vec::new()), room: 1_500 };
        let written = begin(format, &EVENTS, StoodIn::new(), Box::new(out)).and_then(|mut sheet| {
            (0..100).try_for_each(|_| sheet.add(&event("Gala", "notes").to_string()).map(|_| ()))?;
            sheet.end()
        });
        assert!(written.is_err(), "{format:?}");
    }
}

fn rows_of_xlsx(bytes: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn a_workbook_has_texts_numbers_and_flags() {
    let rows = rows_of_xlsx(file(Format::Xlsx, &EVENTS, &[event("=1+1", &"x".repeat(40_000))]));
    assert_eq!(
        rows[0][place(&EVENTS, "internal_notes")],
        Data::String("internal_notes (internal)".to_owned())
    );
    assert_eq!(rows[1][place(&EVENTS, "title")], Data::String("=1+1".to_owned()), "a text, not a formula");
    assert_eq!(rows[1][place(&EVENTS, "budget_allocated")], Data::Float(-120.5));
    assert_eq!(rows[1][place(&EVENTS, "all_day")], Data::Bool(false));
    let Data::String(notes) = &rows[1][place(&EVENTS, "internal_notes")] else { panic!("no text") };
    assert_eq!(notes.chars().count(), 32_767);
    assert!(notes.ends_with('…'));
}

/// A workbook counts UTF-16 units: an emoji takes two of them.
#[test]
fn a_long_text_with_emojis_is_cut_where_a_workbook_counts() {
    let long = |emojis: usize, letters: usize| "🎪".repeat(emojis) + &"x".repeat(letters);
    let events: Vec<Value> = [(1, 32_765), (1, 32_766), (1, 40_000), (40_000, 0)]
        .map(|(emojis, letters)| event("Gala", &long(emojis, letters)))
        .into();
    let rows = rows_of_xlsx(file(Format::Xlsx, &EVENTS, &events));
    let notes = |row: usize| rows[row][place(&EVENTS, "internal_notes")].to_string();
    assert_eq!(notes(1), long(1, 32_765), "it just fits");
    assert_eq!(notes(2), long(1, 32_764) + "…");
    assert_eq!(notes(3), long(1, 32_764) + "…");
    assert_eq!(notes(4), long(16_383, 0) + "…", "no emoji is cut in two");
}

/// What a reader with this separator takes for a formula: whatever begins with a sign, blanks aside.
fn formulas(bytes: &[u8], separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
    let is_aside = |one: char| one.is_whitespace() || matches!(one, '\u{feff}' | '\u{200b}');
    let is_formula = |cell: &&str| {
        let begins = cell.trim_start_matches(is_aside);
        begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
    };
    reader.records().flat_map(|row| texts_of(&row.unwrap(), &is_formula)).collect()
}

fn texts_of(row: &csv::StringRecord, wanted: &dyn Fn(&&str) -> bool) -> Vec<String> {
    row.iter().filter(wanted).map(str::to_owned).collect()
}

/// Whether a cell is this text with nothing but apostrophes before what begins like a formula.
fn is_text_of(cell: &str, text: &str) -> bool {
    let mut rest = text.chars().peekable();
    let is_known = |one: char| rest.next_if_eq(&one).is_some() || one == '\'';
    cell.chars().all(is_known) && rest.next().is_none()
}

/// Of what begins formulas and parts fields, with some letters.
const TRICKY: &str = "[=+@\\-＝＋－＠\t\r\n'\",; \u{a0}\u{feff}\u{200b}a-cä🎪]{0,12}";

proptest! {
    #[test]
    fn texts_come_back_and_none_is_a_formula(
        title in TRICKY,
        notes in ".{0,30}",
        staff in prop::collection::vec(TRICKY, 0..4),
    ) {
        // No number here: one that is negative stays a number, and begins with its sign.
        let mut event = event(&title, &notes);
        event["budget_allocated"] = json!(120.5);
        event["staff_assigned"] = json!(staff);
        let bytes = file(Format::Csv, &EVENTS, &[event.clone(), event]);
        for separator in [b',', b';', b'\t'] {
            let found = formulas(&bytes, separator);
            prop_assert!(found.is_empty(), "{:?} {:?}", char::from(separator), found);
        }
        let rows = rows_of_csv(&bytes);
        prop_assert_eq!(rows.len(), 3);
        for (name, text) in [("title", &title), ("internal_notes", &notes), ("staff_assigned", &staff.join("; "))] {
            let cell = &rows[1][place(&EVENTS, name)];
            prop_assert!(!cell.starts_with(['\t', '\r', '\n']), "{:?}", cell);
            prop_assert!(is_text_of(cell, text), "{:?} {:?}", cell, text);
        }
    }
}

/// Every text field of both collections, each way a formula may begin, tables of both kinds; also inside lists.
#[test]
fn s33_no_text_of_any_field_is_a_formula() {
    for collection in [&EVENTS, &USERS] {
        let plain = ["=", "+", "-", "@", "\t", "\r", "\n", "=cmd|' /C calc'!A0"];
        for start in
            plain.into_iter().chain(["＝", "＋", "－", "＠", " =", "\u{a0}+", "\u{feff}-", "\u{200b}@"])
        {
            let text = format!("{start}1+1");
            let value = |kind: &Kind| match kind {
                Kind::Text(_) | Kind::Email | Kind::Enum(_) | Kind::Zone => Some(Value::from(text.clone())),
                Kind::List(Kind::Text(_), _) => Some(json!([text, text])),
                _ => None,
            };
            let texts = collection.fields.iter().filter(|field| field.exposure != Exposure::Secret);
            let members: serde_json::Map<String, Value> =
                texts.filter_map(|field| Some((field.name.to_owned(), value(&field.kind)?))).collect();
            assert!(members.len() >= 3, "{}", collection.name);
            let document = Value::Object(members.clone());
            let csv = file(Format::Csv, collection, std::slice::from_ref(&document));
            for separator in [b',', b';', b'\t'] {
                let found = formulas(&csv, separator);
                assert!(found.is_empty(), "{} {start:?}: {found:?}", collection.name);
            }
            let csv = rows_of_csv(&csv);
            let xlsx = file(Format::Xlsx, collection, &[document]);
            let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(xlsx)).unwrap();
            let formulas = book.worksheet_formula(collection.name).unwrap();
            assert!(formulas.used_cells().next().is_none(), "{} {start:?}", collection.name);
            let cells = book.worksheet_range_at(0).unwrap().unwrap();
            for name in members.keys() {
                let column = place(collection, name);
                let cell = &csv[1][column];
                assert!(cell.starts_with('\''), "{} {name} {start:?}: {cell:?}", collection.name);
                let cell = &cells[(1, column)];
                assert!(matches!(cell, Data::String(_)), "{} {name} {start:?}: {cell:?}", collection.name);
            }
        }
    }
}

/// Sanity of the reading side: a file on disk is a target too.
#[test]
fn a_file_on_disk_will_do() {
    let mut file = tempfile::tempfile().unwrap();
    let handle: File = file.try_clone().unwrap();
    let mut sheet = begin(Format::Ndjson, &EVENTS, StoodIn::new(), Box::new(handle)).unwrap();
    sheet.add("{\"_id\":\"x\"}").unwrap();
    sheet.end().unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "{\"_id\":\"x\"}\n");
}
