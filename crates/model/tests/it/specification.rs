//! Nothing of the specification is missing in the declarations, and nothing is passed off as its own.

use crate::{list, spec_text};

/// Where the declaration says more than the specification, and why.
const DEVIATIONS: &[(&str, &str)] = &[
    // A calendar made here has no Outlook id, and several of those must be possible.
    ("calendars: index outlook_calendar_id unique", "calendars: index outlook_calendar_id unique sparse"),
];

#[test]
fn the_declaration_is_the_written_list() {
    let mut declared = list::declared();
    for (specified, ours) in DEVIATIONS {
        assert!(declared.remove(*ours), "not declared (any more): {ours}");
        declared.insert((*specified).to_owned());
    }
    let written = list::written();
    let missing: Vec<_> = written.difference(&declared).collect();
    let surplus: Vec<_> = declared.difference(&written).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}\nsurplus: {surplus:#?}");
}

#[test]
fn the_written_list_is_the_text() {
    let Some(text) = spec_text::find() else {
        println!("The text of the specification is not beside this checkout (../shared/spec): not compared.");
        return;
    };
    let in_text = spec_text::read(&text);
    let written: list::Lines = list::written().iter().map(|line| spec_text::without_target(line)).collect();
    let missing: Vec<_> = in_text.difference(&written).collect();
    let surplus: Vec<_> = written.difference(&in_text).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}\nsurplus: {surplus:#?}");
}

#[test]
fn the_reader_of_the_text_understands_it() {
    let text = r#"
**Collection Name:** `things`
```javascript
{
  _id: ObjectId,
  kind: String,          // "a" | "b"
  // Custom Internal Fields
  note: String,          // a note

  parts: [
    {
      name: String
    }
  ],
  at: { },
  place: {
    height: Number
  }
}
```
**Indexes:**
- `kind + note` (unique, sparse)
- `place` (2dsphere for geo queries)
"#;
    let lines: Vec<String> = spec_text::read(text).into_iter().collect();
    assert_eq!(
        lines,
        [
            "things: field _id ObjectId",
            "things: field at Object",
            "things: field kind String a|b",
            "things: field note String internal",
            "things: field parts [Object]",
            "things: field parts[].name String",
            "things: field place Object",
            "things: field place.height Number",
            "things: index kind + note unique sparse",
            "things: index place 2dsphere",
        ]
    );
}
