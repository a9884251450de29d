//! The comparer on documents that were changed on purpose.

use serde_json::{Value, json};

use super::compare::{breaks, reasons};
use super::facts::{of, parse, text};

fn document() -> Value {
    json!({
        "paths": {
            "/things": {
                "get": {
                    "security": [{}],
                    "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer"}}],
                    "responses": {
                        "200": {"headers": {"ETag": {}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}},
                        "404": {"description": "an error"}
                    }
                },
                "post": {
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Draft"}}}},
                    "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}
                }
            }
        },
        "components": {"schemas": {
            "Page": {"type": "object", "required": ["items"], "properties": {
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}},
            "Thing": {"type": "object", "required": ["_id"], "properties": {
                "_id": {"type": "string"},
                "state": {"type": "string", "enum": ["open", "shut"]},
                "place": {"type": "object", "properties": {"city": {"type": ["string", "null"]}}}}},
            "Draft": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"},
                "color": {"type": "string"},
                "state": {"type": "string", "enum": ["open", "shut"]},
                "tags": {"type": "array", "items": {"type": "object", "properties": {"word": {"type": "string"}}}}}}
        }}
    })
}

/// What the comparer says when this is put at this place of the document; without a value, the place is taken away.
fn after(pointer: &str, value: Option<Value>) -> Vec<String> {
    let before = document();
    let mut now = before.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = now.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.replace("~1", "/"), value)),
        (Value::Object(members), None) => drop(members.remove(&name.replace("~1", "/")).unwrap()),
        (Value::Array(items), None) => drop(items.remove(name.parse().unwrap())),
        (Value::Array(items), Some(value)) => items.push(value),
        _ => panic!("{pointer} leads nowhere"),
    }
    breaks(&of(&before), &of(&now)).iter().map(|found| format!("{}: {}", found.fact, found.what)).collect()
}

#[test]
fn what_breaks_a_client_is_found() {
    const THING: &str = "/components/schemas/Thing";
    const DRAFT: &str = "/components/schemas/Draft";
    let string = || json!({"type": "string"});
    let cases: Vec<(String, Option<Value>, &str)> = vec![
        ("/paths/~1things".into(), None, "GET /things: is gone"),
        ("/paths/~1things/post".into(), None, "POST /things: is gone"),
        ("/paths/~1things/get/parameters/0".into(), None, "GET /things query limit: is gone"),
        (
            "/paths/~1things/get/parameters/0/required".into(),
            Some(json!(true)),
            "GET /things query limit: is required now",
        ),
        (
            "/paths/~1things/get/parameters/0/schema".into(),
            Some(string()),
            "GET /things query limit: was `integer` and is `string`",
        ),
        (
            "/paths/~1things/get/parameters/-".into(),
            Some(json!({"in": "query", "name": "q", "required": true, "schema": string()})),
            "GET /things query q: is new and required",
        ),
        (
            "/paths/~1things/get/security".into(),
            Some(json!([{"token": []}])),
            "GET /things: was `for anybody` and is `signed in`",
        ),
        ("/paths/~1things/get/responses/200".into(), None, "GET /things answers 200: is gone"),
        (
            "/paths/~1things/get/responses/200/headers".into(),
            None,
            "GET /things answers 200 with ETag: is gone",
        ),
        (
            "/paths/~1things/post/requestBody/content".into(),
            Some(json!({"text/plain": {}})),
            "POST /things takes application/json: is gone",
        ),
        (
            format!("{THING}/properties/_id"),
            None,
            "GET /things answers 200 application/json .items[]._id: is gone",
        ),
        (
            format!("{THING}/properties/_id/type"),
            Some(json!("integer")),
            "POST /things answers 201 application/json ._id: was `string` and is `integer`",
        ),
        (
            format!("{THING}/properties/_id/format"),
            Some(json!("uuid")),
            "POST /things answers 201 application/json ._id: was `string` and is `string(uuid)`",
        ),
        (
            format!("{THING}/properties/place/properties/city/type"),
            Some(json!("string")),
            "POST /things answers 201 application/json .place.city: was `null|string` and is `string`",
        ),
        (
            format!("{THING}/required"),
            Some(json!([])),
            "POST /things answers 201 application/json ._id: was always there and may be absent now",
        ),
        (
            format!("{THING}/properties/state/enum"),
            Some(json!(["open"])),
            "POST /things answers 201 application/json .state: lost the words shut",
        ),
        (
            format!("{DRAFT}/properties/state/enum"),
            Some(json!(["shut"])),
            "POST /things takes application/json .state: lost the words open",
        ),
        (
            format!("{DRAFT}/properties/color/enum"),
            Some(json!(["red"])),
            "POST /things takes application/json .color: took any word and takes only some now",
        ),
        (format!("{DRAFT}/properties/color"), None, "POST /things takes application/json .color: is gone"),
        (
            format!("{DRAFT}/required"),
            Some(json!(["name", "color"])),
            "POST /things takes application/json .color: is required now",
        ),
        (
            format!("{DRAFT}/properties/tags/items/required"),
            Some(json!(["word"])),
            "POST /things takes application/json .tags[].word: is required now",
        ),
    ];
    for (pointer, value, expected) in cases {
        let found = after(&pointer, value);
        assert!(found.iter().any(|line| line == expected), "{pointer}: {expected} is not in {found:#?}");
    }
    let mut now = document();
    now["components"]["schemas"]["Draft"]["properties"]["size"] = json!({"type": "integer"});
    now["components"]["schemas"]["Draft"]["required"] = json!(["name", "size"]);
    let found = breaks(&of(&document()), &of(&now));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].what, "is new and required");
}

#[test]
fn what_only_adds_breaks_nothing() {
    const DRAFT: &str = "/components/schemas/Draft";
    let optional = json!({"in": "query", "name": "q", "schema": {"type": "string"}});
    let operation = json!({
        "parameters": [{"in": "query", "name": "q", "required": true, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["a"],
            "properties": {"a": {"type": "string"}}}}}},
        "responses": {"200": {}}
    });
    let new_object = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}});
    let words = json!(["open", "shut", "ajar"]);
    for (pointer, value) in [
        ("/paths/~1others".to_owned(), Some(json!({"post": operation.clone()}))),
        ("/paths/~1things/put".to_owned(), Some(operation)),
        ("/paths/~1things/get/parameters/-".to_owned(), Some(optional)),
        ("/paths/~1things/get/responses/404".to_owned(), None),
        ("/paths/~1things/post/responses/202".to_owned(), Some(json!({}))),
        ("/paths/~1things/post/security".to_owned(), Some(json!([{}]))),
        (format!("{DRAFT}/properties/size"), Some(json!({"type": "integer"}))),
        (format!("{DRAFT}/properties/room"), Some(new_object)),
        (format!("{DRAFT}/properties/state/enum"), Some(words)),
        (format!("{DRAFT}/required"), Some(json!([]))),
        ("/components/schemas/Thing/required".to_owned(), Some(json!(["_id", "state"]))),
        ("/components/schemas/Thing/properties/more".to_owned(), Some(json!({"type": "string"}))),
    ] {
        let found = after(&pointer, value);
        assert!(found.is_empty(), "{pointer}: {found:#?}");
    }
}

#[test]
fn a_schema_may_be_renamed() {
    let renamed: Value =
        serde_json::from_str(&document().to_string().replace("Draft", "ThingDraft")).unwrap();
    assert_eq!(of(&renamed), of(&document()));
}

#[test]
fn facts_are_read_as_they_are_written() {
    let facts = of(&document());
    assert!(facts.len() > 15, "{facts:#?}");
    assert_eq!(parse(&text(&facts)), facts);
    assert!(parse("no fact\n").is_empty());
}

#[test]
fn a_break_needs_a_reason() {
    assert_eq!(
        reasons("# why\n\nGET /things query limit: nobody used it\n"),
        Ok(vec!["GET /things query limit"])
    );
    for wrong in ["GET /things", "GET /things: ", "# a\nGET /things:"] {
        assert!(reasons(wrong).is_err(), "{wrong}");
    }
}
