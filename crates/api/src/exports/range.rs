//! Which part of a file is wanted (RFC 9110, 13.1.5 and 14.2).

use std::ops::Range;

use http::{HeaderMap, HeaderValue, header};
use http_range_header::{EndPosition, StartPosition, parse_range_header};

/// The part of a file that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Bytes(Range<u64>),
    /// What is wanted lies behind the end.
    Unsatisfiable,
}

/// The part that the headers of a request want of a file of this size. Several ranges at once, and what cannot be
/// understood, are answered with the whole file, as the RFC allows; so is a range of another file than this one.
pub(super) fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Part {
    let Some(range) = headers.get(header::RANGE).and_then(|range| range.to_str().ok()) else {
        return Part::Whole;
    };
    // Only a strong tag proves that the parts fit; a date proves nothing here.
    let is_of_this = headers.get(header::IF_RANGE).is_none_or(|known| known.as_bytes() == tag.as_bytes());
    if !is_of_this {
        return Part::Whole;
    }
    let Ok(parsed) = parse_range_header(range) else { return Part::Whole };
    let [one] = parsed.ranges.as_slice() else { return Part::Whole };
    let first = match one.start {
        StartPosition::Index(first) => first,
        // The last so many bytes; all of a file that is shorter.
        StartPosition::FromLast(count) => size.saturating_sub(count),
    };
    let end = match one.end {
        EndPosition::Index(last) if last < first => return Part::Whole,
        EndPosition::Index(last) => last.saturating_add(1).min(size),
        EndPosition::LastByte => size,
    };
    if first < size { Part::Bytes(first..end) } else { Part::Unsatisfiable }
}

/// `Content-Range` of such a part.
pub(super) fn content_range(part: &Part, size: u64) -> Option<HeaderValue> {
    let text = match part {
        Part::Whole => return None,
        Part::Bytes(bytes) => format!("bytes {}-{}/{size}", bytes.start, bytes.end.saturating_sub(1)),
        Part::Unsatisfiable => format!("bytes */{size}"),
    };
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let cases = [
            ("bytes=0-9", Part::Bytes(0..10)),
            ("bytes=90-", Part::Bytes(90..100)),
            ("bytes=90-500", Part::Bytes(90..100)),
            ("bytes=-10", Part::Bytes(90..100)),
            ("bytes=-500", Part::Bytes(0..100)),
            ("bytes=-0", Part::Whole),
            ("bytes=99-99", Part::Bytes(99..100)),
            ("bytes=100-", Part::Unsatisfiable),
            ("bytes=100-200", Part::Unsatisfiable),
            ("bytes=0-9,20-29", Part::Whole),
            ("bytes=0-9,5-29", Part::Whole),
            ("bytes=9-0", Part::Whole),
            ("bytes=", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=0-9", Part::Whole),
            ("", Part::Whole),
        ];
        for (text, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, text.parse().unwrap());
            assert_eq!(wanted(&headers, 100, "\"a\""), expected, "{text}");
            for (known, expected) in [("\"a\"", expected), ("\"b\"", Part::Whole), ("W/\"a\"", Part::Whole)] {
                headers.insert(header::IF_RANGE, known.parse().unwrap());
                assert_eq!(wanted(&headers, 100, "\"a\""), expected, "{text} of {known}");
            }
        }
        assert_eq!(wanted(&HeaderMap::new(), 100, "\"a\""), Part::Whole);
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-0".parse().unwrap());
        assert_eq!(wanted(&headers, 0, "\"a\""), Part::Unsatisfiable, "an empty file has no first byte");
    }
}
