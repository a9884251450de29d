//! What comes back is what was written, byte for byte.

use bson::raw::RawBsonRef;
use bson_form::{FormError, Members, to_bson, to_json};
use model::collections::{ALL, AUDIT_LOG, EVENTS, LOCATIONS, SYNC_LINKS};
use model::schema::Kind;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};

use crate::documents;

fn there_and_back(collection: &'static model::schema::Collection, text: &str, members: Members) -> String {
    let document = to_bson(collection, text, members).expect("it has a form in BSON");
    to_json(collection, &document).expect("it comes back")
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn declared_documents_come_back_byte_for_byte() {
    for collection in ALL {
        let held = runner(64).run(&documents::of(collection), |text| {
            for members in [Members::AsDeclared, Members::AsWritten] {
                let back = there_and_back(collection, &text, members);
                proptest::prop_assert_eq!(&back, &text, "{}", collection.name);
            }
            Ok(())
        });
        held.unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn any_json_comes_back_byte_for_byte_where_the_declaration_says_so_or_says_nothing() {
    for (collection, field) in [
        (&SYNC_LINKS, "agreed"),
        (&AUDIT_LOG, "changes"),
        (&EVENTS, "recurrence_original"),
        (&EVENTS, "unknown"),
    ] {
        let held = runner(1_500).run(&documents::json(), |json| {
            let text = format!("{{\"{field}\":{json}}}");
            proptest::prop_assert_eq!(&there_and_back(collection, &text, Members::AsDeclared), &text);
            Ok(())
        });
        held.unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn values_of_another_kind_than_declared_come_back_too() {
    let fields: Vec<_> = ALL
        .iter()
        .flat_map(|collection| collection.fields.iter().map(|field| (*collection, field)))
        .filter(|(_, field)| !matches!(field.kind, Kind::Object(_) | Kind::List(..)))
        .collect();
    let held = runner(3_000).run(&((0..fields.len()), documents::json()), |(position, json)| {
        let (collection, field) = fields[position];
        let text = format!("{{\"{}\":{json}}}", field.name);
        let back = there_and_back(collection, &text, Members::AsWritten);
        // A number may come back in another spelling, never as another number.
        let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if is_number && matches!(field.kind, Kind::Int(..) | Kind::Float(..)) {
            let number = |text: &str| text[field.name.len() + 4..text.len() - 1].parse::<f64>();
            proptest::prop_assert_eq!(number(&back), number(&text));
        } else if json.starts_with('"') {
            // Neither does a text: `"\\u0041"` is `"A"`.
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
            proptest::prop_assert_eq!(value(&back), value(&text));
        } else {
            proptest::prop_assert_eq!(back, text);
        }
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn each_kind_has_its_type() {
    let text = r#"{"_id":"65432100010203040506ffff","start_time":"2026-01-05T09:00:00.25Z","title":"a","all_day":true,"budget_allocated":2.5,"span_class":3,"staff_assigned":["x"],"attendees":[{"email":"a@b"}],"removed_at":null}"#;
    let document = to_bson(&EVENTS, text, Members::AsDeclared).expect("a document");
    let of = |name: &str| document.get(name).expect("BSON").expect("there");
    assert!(matches!(of("_id"), RawBsonRef::ObjectId(_)));
    assert!(
        matches!(of("start_time"), RawBsonRef::DateTime(date) if date.timestamp_millis() == 1_767_603_600_250)
    );
    assert!(matches!(of("title"), RawBsonRef::String("a")));
    assert!(matches!(of("all_day"), RawBsonRef::Boolean(true)));
    assert!(matches!(of("budget_allocated"), RawBsonRef::Double(_)));
    assert!(matches!(of("span_class"), RawBsonRef::Int64(3)));
    assert!(matches!(of("staff_assigned"), RawBsonRef::Array(_)));
    assert!(matches!(of("attendees"), RawBsonRef::Array(_)));
    assert!(matches!(of("removed_at"), RawBsonRef::Null));
    assert_eq!(document.get("end_time").expect("BSON"), None, "absent stays absent");
}

#[test]
fn a_place_is_longitude_first_unless_it_is_kept_as_written() {
    let text = r#"{"coordinates":{"latitude":52.5,"longitude":13.4}}"#;
    let declared = r#"{"coordinates":{"longitude":13.4,"latitude":52.5}}"#;
    assert_eq!(there_and_back(&LOCATIONS, text, Members::AsDeclared), declared);
    assert_eq!(there_and_back(&LOCATIONS, text, Members::AsWritten), text);
}

#[test]
fn spellings_become_one_and_keep_the_value() {
    for (text, expected) in [
        (r#"{"start_time":"2026-01-05T10:00:00.000+01:00"}"#, r#"{"start_time":"2026-01-05T09:00:00Z"}"#),
        (r#"{"start_time":"2026-01-05T09:00:00.1239Z"}"#, r#"{"start_time":"2026-01-05T09:00:00.123Z"}"#),
        (r#"{"_id":"65432100010203040506FFFF"}"#, r#"{"_id":"65432100010203040506ffff"}"#),
        (r#"{"span_class":3.0}"#, r#"{"span_class":3}"#),
        (r#"{ "title" : "a" }"#, r#"{"title":"a"}"#),
    ] {
        assert_eq!(there_and_back(&EVENTS, text, Members::AsDeclared), expected);
    }
}

#[test]
fn a_document_is_one_line_afterwards() {
    for (value, expected) in [
        ("{\r\n\t\"a\" : [1,\n2]\n}", r#"{"a" : [1,2]}"#),
        ("[\n]", "[]"),
        ("1.0\n", "1.0"),
        ("\t\"a\u{7f}\\n\"", "\"a\u{7f}\\n\""),
    ] {
        // A field that is declared as any JSON, one declared as something else, one that is not declared.
        for field in ["recurrence_original", "attendees", "unknown"] {
            let (text, expected) =
                (format!("{{\"{field}\":{value}}}"), format!("{{\"{field}\":{expected}}}"));
            assert_eq!(there_and_back(&EVENTS, &text, Members::AsWritten), expected);
        }
    }
}

#[test]
fn what_has_no_form_is_refused_without_a_word_of_its_values() {
    for text in ["", "[]", "{", "{\"a\":}", "1", "{\"$set\":1}", "{\"\":1}", "{\"a\\u0000\":1}"] {
        assert!(to_bson(&EVENTS, text, Members::AsDeclared).is_err(), "{text}");
    }
    let twice = to_bson(&EVENTS, r#"{"title":"secret","title":"secret"}"#, Members::AsDeclared);
    assert_eq!(twice, Err(FormError::Twice("title".to_owned())));
    let deep = format!("{{\"recurrence_original\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    assert_eq!(there_and_back(&EVENTS, &deep, Members::AsDeclared), deep);
}

#[test]
fn bytes_that_are_no_bson_are_refused() {
    let held = runner(2_000).run(&any::<Vec<u8>>(), |bytes| {
        if let Ok(document) = bson::RawDocument::from_bytes(&bytes) {
            let _ = to_json(&EVENTS, document);
        }
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
}
