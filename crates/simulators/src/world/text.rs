//! What Exchange does to bodies: it keeps HTML whatever was sent, and cuts a preview from it.

/// Characters of a `bodyPreview`.
const PREVIEW_CHARACTERS: usize = 255;

/// The HTML that is stored for plain text.
pub(super) fn html_from_text(text: &str) -> String {
    let content = if text.is_empty() {
        "&nbsp;".to_owned()
    } else {
        escape(&text.replace("\r\n", "\n")).replace('\n', "<br>\r\n")
    };
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n\
         <!-- converted from text -->\r\n</head>\r\n<body>\r\n<div class=\"PlainText\">{content}</div>\r\n\
         </body>\r\n</html>\r\n"
    )
}

/// The HTML that is stored for HTML: a fragment becomes a document, script does not survive.
pub(super) fn html_from_html(html: &str) -> String {
    let clean = without_element(html, "script");
    if clean.is_empty() || clean.trim_start().to_ascii_lowercase().starts_with("<html") {
        return clean;
    }
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n\
         </head>\r\n<body>\r\n{clean}\r\n</body>\r\n</html>\r\n"
    )
}

/// The text of an HTML body, as `Prefer: outlook.body-content-type="text"` answers it.
pub(super) fn text_from_html(html: &str) -> String {
    let body =
        ["head", "style", "script"].iter().fold(html.to_owned(), |text, name| without_element(&text, name));
    let mut text = String::with_capacity(body.len());
    let mut rest = body.as_str();
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        push_words(&mut text, before);
        let Some(close) = tag.find('>') else { return decode(&text).trim().to_owned() };
        let (inside, after) = tag.split_at(close);
        if breaks_line(inside.trim_start_matches(['<', '/']).trim()) && !text.ends_with('\n') {
            text.push('\n');
        }
        rest = after.strip_prefix('>').unwrap_or(after);
    }
    push_words(&mut text, rest);
    decode(&text).trim().to_owned()
}

/// The first characters of a body's text, on one line.
pub(super) fn preview(html: &str) -> String {
    text_from_html(html).replace('\n', "\r\n").chars().take(PREVIEW_CHARACTERS).collect()
}

/// HTML markup characters as entities.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn push_words(text: &mut String, source: &str) {
    for (index, line) in source.split(['\r', '\n']).filter(|line| !line.trim().is_empty()).enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(line);
    }
}

fn breaks_line(tag: &str) -> bool {
    let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
    matches!(name.to_ascii_lowercase().as_str(), "br" | "p" | "div" | "li" | "tr" | "h1" | "h2" | "h3")
}

fn decode(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn without_element(html: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    // ASCII lower-casing keeps byte positions, so they hold in `rest` too.
    while let Some(start) = rest.to_ascii_lowercase().find(&open) {
        let (before, element) = rest.split_at(start);
        kept.push_str(before);
        rest = match element.to_ascii_lowercase().find(&close) {
            Some(end) => element.get(end + close.len()..).unwrap_or_default(),
            None => "",
        };
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_round_through_html() {
        for text in ["Doors at seven", "a < b & c > \"d\"", "two\nlines", ""] {
            assert_eq!(text_from_html(&html_from_text(text)), text, "{text:?}");
        }
    }

    #[test]
    fn html_loses_script_and_gains_a_document() {
        let cases = [
            ("<p>Hi<script>alert(1)</script></p>", "Hi"),
            ("<b>Stage</b> left", "Stage left"),
            ("<html><head><style>p{}</style></head><body><p>One</p><p>Two</p></body></html>", "One\nTwo"),
        ];
        for (html, text) in cases {
            let stored = html_from_html(html);
            assert!(!stored.contains("script"), "{stored}");
            assert!(stored.starts_with("<html"), "{stored}");
            assert_eq!(text_from_html(&stored), text);
        }
        assert_eq!(html_from_html(""), "");
    }

    #[test]
    fn previews_end_after_255_characters() {
        assert_eq!(preview(&html_from_text(&"é".repeat(300))).chars().count(), 255);
    }
}
