//! A document taken apart at the speed of looking at it, if it is of the form in which Callboard writes them: no spaces
//! between its parts, no escapes in its names. Whatever else is for the library, which also says what is wrong with it.

use serde_json::value::RawValue;

use crate::eight::plain_bytes;

/// Whoever takes the members of a document, in their order.
pub(crate) trait Taker<'a> {
    /// The name of the next one, most likely: to compare it is less work than to look for its end.
    fn expected(&self) -> &str;

    /// Takes the value of the one that was expected.
    fn take_expected(&mut self, value: &'a str);

    /// Takes another one.
    fn take(&mut self, name: &'a str, value: &'a str);
}

/// Gives every member to the taker, its name and its value as the texts they are. False when the text is not of that form, or
/// no document at all; what was given until then means nothing.
pub(crate) fn members<'a>(text: &'a str, taker: &mut impl Taker<'a>) -> bool {
    scanned(text, taker).is_some()
}

fn scanned<'a>(text: &'a str, taker: &mut impl Taker<'a>) -> Option<()> {
    let mut rest = text.strip_prefix('{')?;
    loop {
        let named = rest.strip_prefix('"')?;
        let expected = named.strip_prefix(taker.expected()).and_then(|after| after.strip_prefix("\":"));
        let (name, value) = match expected {
            Some(value) => (None, value),
            None => {
                let (name, after) = named.split_at_checked(plain_bytes(named.as_bytes()))?;
                (Some(name), after.strip_prefix("\":")?)
            }
        };
        let (value, after) = value.split_at_checked(value_bytes(value, DEEPEST)?)?;
        match name {
            None => taker.take_expected(value),
            Some(name) => taker.take(name, value),
        }
        match after.as_bytes() {
            [b'}'] => return Some(()),
            [b',', ..] => rest = after.get(1..)?,
            _ => return None,
        }
    }
}

/// Deeper values are for the library.
const DEEPEST: u8 = 8;

/// How long the value is with which the text begins.
fn value_bytes(text: &str, depth: u8) -> Option<usize> {
    match text.as_bytes() {
        [b'"', ..] => text_bytes(text.as_bytes()),
        [b'[' | b'{', ..] => nested_bytes(text, depth).or_else(|| nested_bytes_read(text)),
        bytes => {
            let length = bytes.iter().position(|byte| matches!(byte, b',' | b'}' | b']'))?;
            let word = text.get(..length)?;
            let is_known = matches!(word, "true" | "false" | "null") || is_whole_number(word.as_bytes());
            // The library takes spaces around it for none of its own.
            let is_value =
                || !word.contains(char::is_whitespace) && serde_json::from_str::<&RawValue>(word).is_ok();
            (is_known || is_value()).then_some(length)
        }
    }
}

fn is_whole_number(word: &[u8]) -> bool {
    matches!(word, [b'0'] | [b'1'..=b'9', ..]) && word.iter().all(u8::is_ascii_digit)
}

/// A list or an object.
fn nested_bytes(text: &str, depth: u8) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let is_object = text.starts_with('{');
    let end = if is_object { b'}' } else { b']' };
    let mut length = 1;
    if text.as_bytes().get(1) == Some(&end) {
        return Some(2);
    }
    loop {
        if is_object {
            length += text_bytes(text.as_bytes().get(length..)?)?;
            length += text.get(length..)?.starts_with(':').then_some(1)?;
        }
        length += value_bytes(text.get(length..)?, depth)?;
        let next = *text.as_bytes().get(length)?;
        length += 1;
        match next {
            b',' => {}
            _ if next == end => return Some(length),
            _ => return None,
        }
    }
}

/// The same, as the library reads it.
fn nested_bytes_read(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// A text with its quotes.
fn text_bytes(bytes: &[u8]) -> Option<usize> {
    let mut length = bytes.starts_with(b"\"").then_some(1)?;
    loop {
        length += plain_bytes(bytes.get(length..)?);
        match bytes.get(length..)? {
            [b'"', ..] => return Some(length + 1),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => length += 2,
            // Codes of characters are few, and whatever else is here is wrong.
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::raw::Members;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const EXPECTED: [&str; 2] = ["a", "expected"];

    /// Expects the same two names in turn.
    #[derive(Default)]
    struct Found<'a>(Vec<(&'a str, &'a str)>);

    impl<'a> Taker<'a> for Found<'a> {
        fn expected(&self) -> &str {
            EXPECTED[self.0.len() % 2]
        }

        fn take_expected(&mut self, value: &'a str) {
            self.0.push((EXPECTED[self.0.len() % 2], value));
        }

        fn take(&mut self, name: &'a str, value: &'a str) {
            self.0.push((name, value));
        }
    }

    fn ours(text: &str) -> Option<Vec<(&str, &str)>> {
        let mut found = Found::default();
        members(text, &mut found).then_some(found.0)
    }

    fn theirs(text: &str) -> Option<Vec<(&str, &str)>> {
        let Members(members) = serde_json::from_str(text).ok()?;
        Some(members.into_iter().map(|(name, value)| (name, value.get())).collect())
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = "[ -~ä\n\"\\\\\u{7}]{0,20}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9_f64..1e9).prop_map(|number: f64| json!(number)),
            text.prop_map(Value::from),
            proptest::collection::vec(text, 0..3).prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{1,3}", inner, 0..3).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn documents_are_taken_apart_as_a_library_does(
            document in proptest::collection::btree_map("[a-z_]{1,12}|a|expected", value(), 1..6),
            (place, byte) in (any::<prop::sample::Index>(), "[ -~\n]"),
        ) {
            let mut text = json!(document).to_string();
            if !text.contains("\\u") {
                prop_assert!(ours(&text).is_some(), "{}", text);
            }
            prop_assert!(ours(&text).is_none_or(|found| Some(found) == theirs(&text)));
            // What a library refuses is not taken, whichever byte is wrong.
            let place = place.index(text.len());
            if text.is_char_boundary(place) && text.is_char_boundary(place + 1) {
                text.replace_range(place..=place, &byte);
                prop_assert!(ours(&text).is_none_or(|found| Some(found) == theirs(&text)), "{}", text);
            }
        }
    }

    #[test]
    fn what_is_of_another_form_is_left_to_the_library() {
        for text in [
            "",
            "{",
            "{}",
            "[]",
            "{\"a\": 1}",
            "{\"a\":1\n}",
            "{\"a\":1} ",
            "{\"\\u0061\":1}",
            "{\"a\":\"\\u0061\"}",
        ] {
            assert_eq!(ours(text), None, "{text}");
        }
    }
}
