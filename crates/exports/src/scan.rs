//! A document taken apart at the speed of looking at it, if it is of the form in which Callboard writes them: no spaces
//! between its parts, no escapes in its names. Whatever else is for the library, which also says what is wrong with it.

use serde_json::value::RawValue;

/// Gives every member to `each`, its name and its value as the texts they are. False when the text is not of that form, or
/// no document at all; what was given until then means nothing.
pub(crate) fn members<'a>(text: &'a str, mut each: impl FnMut(&'a str, &'a str)) -> bool {
    scanned(text, &mut each).is_some()
}

fn scanned<'a>(text: &'a str, each: &mut impl FnMut(&'a str, &'a str)) -> Option<()> {
    let mut rest = text.strip_prefix('{')?;
    loop {
        let (name, after) =
            rest.strip_prefix('"')?.split_at_checked(plain_bytes(rest.as_bytes().get(1..)?))?;
        let value = after.strip_prefix("\":")?;
        let (value, after) = value.split_at_checked(value_bytes(value)?)?;
        each(name, value);
        match after.as_bytes() {
            [b'}'] => return Some(()),
            [b',', ..] => rest = after.get(1..)?,
            _ => return None,
        }
    }
}

/// How long the value is with which the text begins.
fn value_bytes(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'"', ..] => text_bytes(text.as_bytes()),
        [b'[', b'"', ..] => texts_bytes(text.as_bytes()).or_else(|| nested_bytes(text)),
        [b'[' | b'{', ..] => nested_bytes(text),
        bytes => {
            let length = bytes.iter().position(|byte| matches!(byte, b',' | b'}'))?;
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

/// A list of nothing but texts.
fn texts_bytes(bytes: &[u8]) -> Option<usize> {
    let mut length = 1;
    loop {
        length += text_bytes(bytes.get(length..)?)?;
        match bytes.get(length)? {
            b']' => return Some(length + 1),
            b',' => length += 1,
            _ => return None,
        }
    }
}

fn nested_bytes(text: &str) -> Option<usize> {
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

/// How many bytes stand before the next quote, backslash or control character, eight looked at in one step.
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // The lowest bit that is set is right, those above it may be wrong (graphics.stanford.edu/~seander/bithacks.html).
    let below = |word: u64, least: u8| word.wrapping_sub(ONES * u64::from(least)) & !word & (ONES << 7);
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (mut rest, mut length) = (bytes, 0);
    while let Some((eight, after)) = rest.split_first_chunk() {
        let word = u64::from_le_bytes(*eight);
        let found = equal(word, b'"') | equal(word, b'\\') | below(word, b' ');
        if found != 0 {
            return length + (found.trailing_zeros() / 8) as usize;
        }
        (rest, length) = (after, length + 8);
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    length + rest.iter().position(is_special).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use model::raw::Members;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn ours(text: &str) -> Option<Vec<(&str, &str)>> {
        let mut found = Vec::new();
        members(text, |name, value| found.push((name, value))).then_some(found)
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
            document in proptest::collection::btree_map("[a-z_]{1,12}", value(), 1..6),
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
