//! Descriptions as plain text, one spelling for one content.
//!
//! Providers store HTML and give text or HTML as they like, with their own line ends and blanks. Whatever way a
//! description arrives, what is kept must be equal, or every sync would see an edit.

mod entities;
mod html;

/// Text with the differences taken out that no person made: line ends, non-breaking and trailing blanks, control
/// characters, runs of empty lines, blanks around the whole.
pub(crate) fn normalise(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut empty_lines = 0_u32;
    let unified =
        text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{0b}', '\u{0c}'], "\n");
    for line in unified.split('\n') {
        let line: String = line.chars().filter_map(kept_char).collect();
        let line = line.trim_end();
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        if !kept.is_empty() {
            kept.push_str(if empty_lines > 0 { "\n\n" } else { "\n" });
        }
        empty_lines = 0;
        kept.push_str(line);
    }
    kept.trim().to_owned()
}

/// The text of an HTML description, normalised.
pub(crate) fn from_html(html: &str) -> String {
    normalise(&html::to_text(html))
}

fn kept_char(c: char) -> Option<char> {
    match c {
        '\u{a0}' | '\u{202f}' => Some(' '),
        '\u{feff}' | '\u{200b}' => None,
        '\t' => Some('\t'),
        c if c.is_control() => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        for (given, expected) in [
            ("", ""),
            ("\u{a0}\r\n", ""),
            ("one\r\ntwo  \r\n", "one\ntwo"),
            ("a\r\n\r\n\r\n\r\nb", "a\n\nb"),
            ("  - item\n    deeper", "- item\n    deeper"),
            ("a\u{0}b\u{feff}c\td", "abc\td"),
        ] {
            assert_eq!(normalise(given), expected, "{given:?}");
            assert_eq!(normalise(expected), expected, "twice: {given:?}");
        }
    }

    #[test]
    fn html() {
        for (given, expected) in [
            ("", ""),
            ("<html><body><div class=\"PlainText\">&nbsp;</div></body></html>\r\n", ""),
            ("<head><title>t</title><style>p{a:b}</style></head><body>Hi</body>", "Hi"),
            ("<div>one</div>\r\n<div>two</div>", "one\ntwo"),
            ("<div>one</div><div>&nbsp;</div><div>two</div>", "one\n\ntwo"),
            ("one<br>\r\ntwo<br/><br>three", "one\ntwo\n\nthree"),
            ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("<p class=MsoNormal>one</p>\n<p class=\"x MsoNormal\">two</p>", "one\ntwo"),
            (
                "a   b\n c &amp; d &lt;e&gt; &#8211; &#x20AC; &uuml; &euro; &bogus; &",
                "a b c & d <e> – € ü € &bogus; &",
            ),
            ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
            ("<a href=\"https://x.example/?a=1&amp;b=2\">here</a>", "here<https://x.example/?a=1&b=2>"),
            ("<a href='https://x.example/'>https://x.example/</a>", "https://x.example/"),
            ("<a href=\"mailto:a@b.example\">a@b.example</a>", "a@b.example"),
            ("<a href=\"javascript:alert(1)\">x</a>", "x"),
            ("<pre>a  b\n  c</pre>", "a  b\n  c"),
            ("1 < 2 and <3", "1 < 2 and <3"),
            ("<!-- gone -->x<!--[if mso]>y<![endif]-->z", "xz"),
            ("<script>alert(1)</script>x<SCRIPT>never closed", "x"),
            ("<b title=\"a>b\">bold</b>", "bold"),
            ("<b title=\"never closed>bold</b> tail", "bold tail"),
            ("x<unfinished", "x"),
        ] {
            assert_eq!(from_html(given), expected, "{given:?}");
        }
    }

    #[test]
    fn hostile_html_takes_linear_time() {
        for piece in
            ["<", "<a ", "<a \"", "<!--", "<style>", "&", "&#", "<div>", "<a href='x'>", "</a>", "\"'<a>"]
        {
            let _ = from_html(&piece.repeat(200_000));
        }
    }
}
