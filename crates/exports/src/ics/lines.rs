//! Content lines (RFC 5545 3.1): CRLF, folded after 75 octets, never inside a character.

use std::io::Write as _;

use crate::{ExportError, Target};

/// Octets a line may have, its CRLF not among them.
const MOST_OCTETS: usize = 75;

/// Writes content lines.
pub(super) struct Lines<'a> {
    out: Box<dyn Target + 'a>,
    /// The line in the making; its room is used again and again.
    line: String,
}

impl<'a> Lines<'a> {
    pub(super) fn on(out: Box<dyn Target + 'a>) -> Self {
        Self { out, line: String::new() }
    }

    /// Writes one line that needs no escaping.
    pub(super) fn line(&mut self, line: &str) -> Result<(), ExportError> {
        self.line_of(&[line])
    }

    /// Writes one line of these parts, which need no escaping.
    pub(super) fn line_of(&mut self, parts: &[&str]) -> Result<(), ExportError> {
        self.line.clear();
        parts.iter().for_each(|part| self.line.push_str(part));
        self.write()
    }

    /// Writes a property whose value is text; nothing when there is none.
    pub(super) fn text(&mut self, name: &str, text: Option<&str>) -> Result<(), ExportError> {
        self.texts(name, text.filter(|text| !text.is_empty()))
    }

    /// Writes a property whose value is a list of texts; nothing when there is none.
    pub(super) fn texts<'t>(
        &mut self,
        name: &str,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<(), ExportError> {
        self.line.clear();
        self.line.push_str(name);
        let before = self.line.len() + 1;
        for text in texts {
            self.line.push(if self.line.len() < before { ':' } else { ',' });
            push_escaped(&mut self.line, text);
        }
        if self.line.len() < before { Ok(()) } else { self.write() }
    }

    /// Writes the line, folded where it is long.
    fn write(&mut self) -> Result<(), ExportError> {
        let mut rest = self.line.as_str();
        let mut room = MOST_OCTETS;
        while rest.len() > room {
            let (now, later) = rest.split_at(rest.floor_char_boundary(room));
            self.out.write_all(now.as_bytes())?;
            self.out.write_all(b"\r\n ")?;
            rest = later;
            // The blank that says that a line goes on counts too.
            room = MOST_OCTETS - 1;
        }
        self.out.write_all(rest.as_bytes())?;
        Ok(self.out.write_all(b"\r\n")?)
    }

    pub(super) fn end(mut self) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

/// A value of type TEXT (3.3.11). Control characters, which it cannot hold, are left out.
fn push_escaped(line: &mut String, text: &str) {
    // Most texts are as they are to be. All bytes are looked at, without an early way out: so many are at a time. 0xc2
    // begins the control characters beyond ASCII, among others.
    let may_change = |byte: u8| byte < b' ' || matches!(byte, b'\\' | b';' | b',' | 0x7f | 0xc2);
    if text.bytes().fold(false, |found, byte| found | may_change(byte)) {
        push_by_character(line, text);
    } else {
        line.push_str(text);
    }
}

fn push_by_character(line: &mut String, text: &str) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => line.extend(['\\', character]),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' => line.push_str("\\n"),
            '\t' => line.push('\t'),
            other if other.is_control() => {}
            other => line.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn written(line: &str) -> String {
        let mut bytes = Vec::new();
        let mut lines = Lines::on(Box::new(Cursor::new(&mut bytes)));
        lines.line(line).unwrap();
        lines.end().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn lines_are_folded_between_characters() {
        for length in 0..400 {
            for letter in ["a", "ä", "€", "🎪"] {
                let line = letter.repeat(length);
                let text = written(&line);
                assert!(text.ends_with("\r\n"));
                let pieces: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
                assert!(pieces.iter().all(|piece| piece.len() <= 75), "{length} {letter}");
                assert!(pieces.iter().skip(1).all(|piece| piece.starts_with(' ') && piece.len() > 1));
                assert_eq!(text.replace("\r\n ", "").trim_end(), line);
            }
        }
    }

    #[test]
    fn texts_are_escaped() {
        let cases = [
            ("a, b; c\\d", "a\\, b\\; c\\\\d"),
            ("one\ntwo\r\nthree\rfour", "one\\ntwo\\nthree\\nfour"),
            ("tab\there\u{0}\u{7}\u{7f}\u{85}", "tab\there"),
            ("\r\nEND:VEVENT", "\\nEND:VEVENT"),
        ];
        for (text, expected) in cases {
            let mut line = String::new();
            push_escaped(&mut line, text);
            assert_eq!(line, expected, "{text:?}");
        }
    }

    #[test]
    fn a_list_of_texts_is_one_line() {
        let cases: [(&[&str], &str); 4] =
            [(&[], ""), (&[""], "X:\r\n"), (&["a,b"], "X:a\\,b\r\n"), (&["a", "b"], "X:a,b\r\n")];
        for (texts, expected) in cases {
            let mut bytes = Vec::new();
            let mut lines = Lines::on(Box::new(Cursor::new(&mut bytes)));
            lines.texts("X", texts.iter().copied()).unwrap();
            lines.end().unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), expected, "{texts:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_that_are_let_through_are_as_they_are_to_be(text in "[a;,\\\\ \t\r\n\u{0}\u{1f}\u{7f}\u{80}\u{9f}\u{a0}\u{e4}\u{20ac}]{0,8}") {
            let (mut quick, mut plain) = (String::new(), String::new());
            push_escaped(&mut quick, &text);
            push_by_character(&mut plain, &text);
            prop_assert_eq!(quick, plain);
        }
    }
}
