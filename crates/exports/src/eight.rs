//! Bytes looked at, eight in one step (graphics.stanford.edu/~seander/bithacks.html).

const ONES: u64 = u64::MAX / 255;

/// A bit for each byte that is less. Whether there is one is right, and so is the lowest; those above it may be wrong.
fn below(word: u64, least: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(least)) & !word & (ONES << 7)
}

/// The same for bytes that are equal.
fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * u64::from(byte)), 1)
}

/// How many bytes stand before the next quote, backslash or control character.
pub(crate) fn plain_bytes(bytes: &[u8]) -> usize {
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

/// Whether there is a backslash.
pub(crate) fn has_backslash(bytes: &[u8]) -> bool {
    seen(bytes, |word| equal(word, b'\\')) != 0
}

/// What a field of a table may need care for.
pub(crate) struct Marks {
    /// A semicolon or a control character: readers may find a field inside.
    pub(crate) may_have_fields: bool,
    /// One of these, a comma or a quote.
    pub(crate) may_need_quotes: bool,
    /// A backslash: in JSON, something else is meant.
    pub(crate) has_escapes: bool,
}

/// What is in the text.
pub(crate) fn marks(text: &str) -> Marks {
    let (mut quotes, mut escapes) = (0, 0);
    let fields = seen(text.as_bytes(), |word| {
        quotes |= equal(word, b',') | equal(word, b'"');
        escapes |= equal(word, b'\\');
        equal(word, b';') | below(word, b' ')
    });
    Marks { may_have_fields: fields != 0, may_need_quotes: (quotes | fields) != 0, has_escapes: escapes != 0 }
}

/// What is found in all of the bytes; those at the end may be looked at twice.
fn seen(bytes: &[u8], mut find: impl FnMut(u64) -> u64) -> u64 {
    let (eights, rest) = bytes.as_chunks();
    let found = eights.iter().fold(0, |found, eight| found | find(u64::from_le_bytes(*eight)));
    if rest.is_empty() {
        return found;
    }
    let last = match (bytes.last_chunk(), rest.first_chunk(), rest.last_chunk()) {
        (Some(eight), ..) => u64::from_le_bytes(*eight),
        (None, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        // Letters besides, which are nothing to find.
        _ => rest.iter().fold(ONES * u64::from(b'a'), |word, byte| word << 8 | u64::from(*byte)),
    };
    found | find(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_at_a_time_find_what_one_at_a_time_does(text in "[a-z\u{e4}\u{1f600}]{0,20}[ -~\t\r\n]?[a-z\u{e4}]{0,12}") {
            let bytes = text.as_bytes();
            let is_control = |byte: &u8| *byte < b' ';
            let has = |wanted: &[u8]| bytes.iter().any(|byte| wanted.contains(byte) || is_control(byte));
            let Marks { may_have_fields, may_need_quotes, has_escapes } = marks(&text);
            prop_assert_eq!(may_have_fields, has(b";"));
            prop_assert_eq!(may_need_quotes, has(b",;\""));
            prop_assert_eq!(has_escapes, bytes.contains(&b'\\'));
            prop_assert_eq!(has_backslash(bytes), has_escapes);
            let plain = bytes.iter().position(|byte| is_control(byte) || b"\"\\".contains(byte));
            prop_assert_eq!(plain_bytes(bytes), plain.unwrap_or(bytes.len()));
        }
    }
}
