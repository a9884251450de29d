//! What other programs write in fields of ours: numbers in any type, and types that are not ours.

use bson::raw::RawDocumentBuf;
use bson::{Bson, Decimal128, Document, Regex, Timestamp, doc};
use bson_form::{FormError, to_json};
use model::collections::{EVENTS, LOCATIONS};

fn raw(document: &Document) -> RawDocumentBuf {
    document.try_into().expect("it is BSON")
}

#[test]
fn numbers_are_read_in_whatever_type_they_are() {
    for (value, text) in [
        (Bson::Int32(40), "40"),
        (Bson::Int64(40), "40"),
        (Bson::Double(40.0), "40"),
        (Bson::Double(40.5), "40.5"),
        (Bson::Double(-0.0), "0"),
    ] {
        let document = raw(&doc! { "capacity": value });
        assert_eq!(to_json(&LOCATIONS, &document), Ok(format!("{{\"capacity\":{text}}}")));
    }
    let place = raw(&doc! { "coordinates": { "longitude": 13, "latitude": 52.0 } });
    let text = r#"{"coordinates":{"longitude":13,"latitude":52.0}}"#;
    assert_eq!(to_json(&LOCATIONS, &place).as_deref(), Ok(text));
}

#[test]
fn types_that_are_not_ours_are_named_with_their_field() {
    let decimal: Decimal128 = "1.5".parse().expect("a decimal");
    let binary = bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1] };
    let no_json =
        bson::Binary { subtype: bson::spec::BinarySubtype::UserDefined(0x80), bytes: b"}".to_vec() };
    let regex = Regex { pattern: bson::raw::cstr!("x").into(), options: bson::raw::cstr!("").into() };
    let values = [
        Bson::Decimal128(decimal),
        Bson::Binary(binary),
        Bson::Binary(no_json),
        Bson::Timestamp(Timestamp { time: 1, increment: 1 }),
        Bson::RegularExpression(regex),
        Bson::MaxKey,
        Bson::Double(f64::NAN),
        Bson::DateTime(bson::DateTime::MAX),
        Bson::JavaScriptCode("f()".to_owned()),
    ];
    for value in values {
        let documents = [doc! { "title": value.clone() }, doc! { "title": { "a": [value] } }];
        for document in documents {
            let outcome = to_json(&EVENTS, &raw(&document));
            let Err(FormError::Foreign { field, .. }) = outcome else { panic!("{outcome:?}") };
            assert_eq!(field, "title");
        }
    }
}

fn json_text(text: &str) -> Bson {
    let subtype = bson::spec::BinarySubtype::UserDefined(0x80);
    Bson::Binary(bson::Binary { subtype, bytes: text.as_bytes().to_vec() })
}

fn is_foreign(document: &Document) -> bool {
    matches!(to_json(&EVENTS, &raw(document)), Err(FormError::Foreign { field, .. }) if field == "title")
}

#[test]
fn text_of_others_leaves_a_document_on_its_line() {
    for text in ["{\n\"a\":1}", "[1,\t2]", "\r7", "{}\n"] {
        assert!(is_foreign(&doc! { "title": json_text(text) }), "{text:?}");
        assert!(is_foreign(&doc! { "title": [{ "a": json_text(text) }] }), "{text:?}");
    }
    for text in ["{ \"a\" : 1 }", "\"\\n\"", "\"\u{7f}\u{2028}ä\""] {
        let document = raw(&doc! { "title": json_text(text) });
        assert_eq!(to_json(&EVENTS, &document), Ok(format!("{{\"title\":{text}}}")));
    }
}

#[test]
fn text_of_others_is_no_deeper_than_documents_are_read() {
    let lists = |depth: usize| json_text(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let objects =
        |depth: usize| json_text(&format!("{}0{}", "{\"[\\\"[\":".repeat(depth), "}".repeat(depth)));
    for deepest in [doc! { "title": lists(126) }, doc! { "title": [{ "a": objects(124) }] }] {
        let text = to_json(&EVENTS, &raw(&deepest)).expect("it is within bounds");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        // And no bound is tighter than reading is.
        let deeper = format!("[{text}]");
        assert!(serde_json::from_str::<serde_json::Value>(&deeper).is_err(), "{text}");
    }
    for deeper in [lists(127), objects(127), lists(100_000), Bson::Array(vec![lists(126)])] {
        assert!(is_foreign(&doc! { "title": deeper }));
    }
}
