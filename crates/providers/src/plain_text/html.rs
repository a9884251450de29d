//! The words of an HTML description, laid out in lines. Not a browser: enough for what mail programs write.

use super::entities;

/// A tag longer than this has lost a quotation mark somewhere; it then ends at its first `>`.
const LONGEST_TAG: usize = 8 * 1024;

pub(super) fn to_text(html: &str) -> String {
    let mut page = Page::default();
    let mut rest = html;
    while let Some((before, at_tag)) = split_at_markup(rest) {
        page.text(before);
        rest = match Markup::read(at_tag) {
            Markup::Tag { tag, after } => page.tag(tag, after),
            Markup::Nothing { after } => after,
            Markup::Literal { after } => {
                page.text("<");
                after
            }
        };
    }
    page.text(rest);
    page.out
}

/// Splits before the next `<`; the second half begins after it.
fn split_at_markup(text: &str) -> Option<(&str, &str)> {
    text.split_once('<')
}

enum Markup<'a> {
    /// A tag: what stood between the brackets.
    Tag { tag: &'a str, after: &'a str },
    /// A comment or a declaration.
    Nothing { after: &'a str },
    /// A `<` that opens nothing.
    Literal { after: &'a str },
}

impl<'a> Markup<'a> {
    fn read(at: &'a str) -> Self {
        if let Some(comment) = at.strip_prefix("!--") {
            return Self::Nothing { after: comment.split_once("-->").map_or("", |(_, after)| after) };
        }
        match at.trim_start_matches('/').chars().next() {
            Some('!' | '?') => Self::Nothing { after: at.split_once('>').map_or("", |(_, after)| after) },
            Some(c) if c.is_ascii_alphabetic() => match tag_end(at) {
                Some((tag, after)) => Self::Tag { tag, after },
                None => Self::Nothing { after: "" },
            },
            _ => Self::Literal { after: at },
        }
    }
}

/// The tag up to its `>`, passing over those in quotation marks.
fn tag_end(at: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (index, byte) in at.bytes().enumerate().take(LONGEST_TAG) {
        match (quote, byte) {
            (None, b'>') => return Some((at.get(..index)?, at.get(index + 1..)?)),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    at.split_once('>')
}

/// The text so far and how it stands.
#[derive(Default)]
struct Page {
    out: String,
    /// Line ends at the tail of `out`.
    breaks: usize,
    /// White space was seen and is owed before the next word.
    space: bool,
    /// Depth of `<pre>`.
    pre: usize,
    /// Where the text of the open link begins, and its address.
    link: Option<(usize, String)>,
}

impl Page {
    fn text(&mut self, raw: &str) {
        for c in entities::decode(raw).chars() {
            if self.pre > 0 && c == '\n' {
                self.line_break();
            } else if self.pre == 0 && c.is_ascii_whitespace() {
                self.space = true;
            } else {
                self.push(c);
            }
        }
    }

    fn push(&mut self, c: char) {
        if self.space && self.breaks == 0 && !self.out.is_empty() {
            self.out.push(' ');
        }
        self.space = false;
        self.breaks = 0;
        self.out.push(c);
    }

    fn line_break(&mut self) {
        self.space = false;
        self.breaks += 1;
        self.out.push('\n');
    }

    /// Makes sure that at least so many line ends stand at the tail.
    fn apart(&mut self, breaks: usize) {
        self.space = false;
        while !self.out.is_empty() && self.breaks < breaks {
            self.line_break();
        }
    }

    /// Takes a tag in and gives back where to read on.
    fn tag<'a>(&mut self, tag: &str, after: &'a str) -> &'a str {
        let closing = tag.starts_with('/');
        let body = tag.trim_start_matches('/');
        let name_end = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
        let (name, attributes) = body.split_at_checked(name_end).unwrap_or((body, ""));
        match name.to_ascii_lowercase().as_str() {
            unshown @ ("head" | "style" | "script" | "title" | "template") if !closing => {
                return past_end_of(unshown, after);
            }
            "br" => self.line_break(),
            "p" if attributes.contains("Mso") => self.apart(1),
            "p" if closing && self.breaks > 0 => {}
            "p" => self.apart(if closing { 1 } else { 2 }),
            "li" if !closing => {
                self.apart(1);
                self.push('-');
                self.space = true;
            }
            "td" | "th" if closing => self.push('\t'),
            "pre" => {
                self.apart(1);
                self.pre = if closing { self.pre.saturating_sub(1) } else { self.pre + 1 };
            }
            "a" if closing => self.end_link(),
            "a" => self.link = href(attributes).map(|href| (self.out.len(), href)),
            "div" | "tr" | "li" | "ul" | "ol" | "table" | "blockquote" | "hr" | "h1" | "h2" | "h3" | "h4"
            | "h5" | "h6" | "section" | "article" | "header" | "footer" => self.apart(1),
            _ => {}
        }
        after
    }

    /// Adds a link's address unless its text is that address already.
    fn end_link(&mut self) {
        let Some((from, href)) = self.link.take() else { return };
        let shown = self.out.get(from..).unwrap_or_default().trim();
        let same = |a: &str, b: &str| a.trim_end_matches('/') == b.trim_end_matches('/');
        if !same(shown, &href) {
            self.space = false;
            self.out.push('<');
            self.out.push_str(&href);
            self.out.push('>');
            self.breaks = 0;
        }
    }
}

/// The address of a web link. Other kinds (mail, scripts) are not carried over.
fn href(attributes: &str) -> Option<String> {
    let at = attributes.to_ascii_lowercase().find("href=")?;
    let value = attributes.get(at + 5..)?;
    let raw = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split_ascii_whitespace().next()?,
    };
    let address = entities::decode(raw);
    let lower = address.to_ascii_lowercase();
    (lower.starts_with("https://") || lower.starts_with("http://")).then(|| address.trim().to_owned())
}

/// What follows the end tag of an element whose content is never shown.
fn past_end_of<'a>(name: &str, text: &'a str) -> &'a str {
    let mut rest = text;
    while let Some((_, at)) = rest.split_once("</") {
        let found = at.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if found {
            return at.split_once('>').map_or("", |(_, after)| after);
        }
        rest = at;
    }
    ""
}
