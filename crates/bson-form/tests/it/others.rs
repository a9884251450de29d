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
