//! Texts: lengths, lines, mail addresses, colours, zones.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::words;

/// What is wrong with a text of at most `most` characters.
pub(super) fn text(found: &str, most: u32, multi_line: bool, not_blank: bool) -> Option<String> {
    let most = most as usize;
    // Counting bytes first is enough for nearly all.
    if found.len() > most && found.chars().count() > most {
        let count = found.chars().count();
        return Some(format!("At most {most} characters; there are {count}."));
    }
    if not_blank && found.trim().is_empty() {
        return Some("This field may not be empty.".to_owned());
    }
    if multi_line && found.contains('\0') {
        return Some("The text has a NUL character in it; take it out.".to_owned());
    }
    if !multi_line && found.contains(char::is_control) {
        return Some(
            "One line of text is wanted, without line breaks, tabs or control characters.".to_owned(),
        );
    }
    None
}

/// A text from outside made fit for a single-line field: each run of control characters becomes one space, and what
/// is longer than `most` characters is cut. Doing it twice changes nothing more.
pub fn one_line(text: &str, most: u32) -> Cow<'_, str> {
    let most = most as usize;
    if text.len() <= most && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    let mut in_run = false;
    for c in text.chars() {
        if !c.is_control() {
            line.push(c);
        } else if !in_run {
            line.push(' ');
        }
        in_run = c.is_control();
    }
    Cow::Owned(line.chars().take(most).collect())
}

/// What is wrong with a mail address (the shape of RFC 5321, without quoted local parts).
pub(super) fn email(found: &str) -> Option<String> {
    let Some((local, domain)) = found.rsplit_once('@') else {
        return Some("A mail address has an @ in it, as in anna@example.com.".to_owned());
    };
    let odd = |c: char| c.is_control() || c.is_whitespace() || "@,;:<>()[]\\\"".contains(c);
    let dots = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
    if local.is_empty() || local.len() > 64 || local.contains(odd) || dots(local) {
        return Some("The part before the @ is not one of a mail address.".to_owned());
    }
    if domain.is_empty() || domain.len() > 255 || !domain.split('.').all(is_label) {
        return Some("The part after the @ is not a domain name.".to_owned());
    }
    if found != found.to_lowercase() {
        return Some("Mail addresses are kept in lower case.".to_owned());
    }
    None
}

fn is_label(label: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '-';
    !label.is_empty()
        && label.len() <= 63
        && label.chars().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// What is wrong with a colour.
pub(super) fn color(found: &str) -> Option<String> {
    match found.strip_prefix('#') {
        Some(digits) if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => None,
        _ => Some("A colour is # and six hexadecimal digits, as in #1e88e5.".to_owned()),
    }
}

/// What is wrong with the name of a time zone: it must be in the zone data, in its proper spelling.
pub(super) fn zone(found: &str) -> Option<String> {
    if TimeZone::get(found).is_ok_and(|zone| zone.iana_name() == Some(found)) {
        return None;
    }
    const WRONG: &str = "A name from the IANA time zone data is wanted, such as Europe/Berlin";
    Some(match nearest_zone(found) {
        Some(near) => format!("{WRONG}. Did you mean {near}?"),
        None => format!("{WRONG}."),
    })
}

/// The zone with nearly this name, or of the city with nearly this name.
fn nearest_zone(found: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    if let Some(name) = words::nearest(found, names.iter().map(String::as_str)) {
        return Some(name.to_owned());
    }
    let city = |name: &'_ String| name.rsplit('/').next().unwrap_or_default().replace('_', " ");
    let cities: Vec<String> = names.iter().map(city).collect();
    let near = words::nearest(found, cities.iter().map(String::as_str))?;
    names.iter().zip(&cities).find(|(_, city)| *city == near).map(|(name, _)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses() {
        for good in [
            "anna@example.com",
            "a.b+c@mail.example.org",
            "o'neil_x#ext#@tenant.example",
            "crew@localhost",
            "jürgen@bücher.example",
        ] {
            assert_eq!(email(good), None, "{good}");
        }
        for bad in [
            "",
            "anna",
            "@example.com",
            "anna@",
            "anna@@example.com",
            "anna smith@example.com",
            "anna@example..com",
            ".anna@example.com",
            "anna@-example.com",
            "anna@exam ple.com",
            "Anna@example.com",
            "anna@example.com\n",
            "a,b@example.com",
        ] {
            assert!(email(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn colours() {
        for good in ["#000000", "#1e88e5", "#ABCDEF"] {
            assert_eq!(color(good), None, "{good}");
        }
        for bad in ["", "#", "#fff", "1e88e5", "#1e88eg", "#1e88e5a", "red", "#äöü"] {
            assert!(color(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn zones_are_known_and_spelled_properly() {
        for good in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"] {
            assert_eq!(zone(good), None, "{good}");
        }
        for (bad, near) in [
            ("europe/berlin", "Europe/Berlin"),
            ("Europe/Berln", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("new york", "America/New_York"),
        ] {
            assert!(zone(bad).is_some_and(|message| message.contains(near)), "{bad}: {:?}", zone(bad));
        }
        for bad in ["", "W. Europe Standard Time", "+02:00", "tzone://Microsoft/Custom", "../etc/passwd"] {
            assert!(zone(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn texts_are_counted_in_characters() {
        assert_eq!(text("äöü", 3, false, false), None);
        assert_eq!(text("äöüß", 3, false, false).as_deref(), Some("At most 3 characters; there are 4."));
    }

    #[test]
    fn lines() {
        assert!(text("a\nb", 9, false, false).is_some());
        assert!(text("a\u{1b}[2J", 9, false, false).is_some());
        assert_eq!(text("a\r\n\tb", 9, true, false), None);
        assert!(text("a\0b", 9, true, false).is_some());
        assert!(text(" \u{a0}", 9, false, true).is_some());
    }

    #[test]
    fn one_line_is_fit_and_stays_so() {
        for (from, to) in [
            ("Gala", "Gala"),
            ("Gala\r\nin the hall", "Gala in the hall"),
            ("\tGala\0", " Gala "),
            ("ääääääääääääääääääääää", "ääääääääääääääääääää"),
        ] {
            let line = one_line(from, 20);
            assert_eq!(line, to, "{from:?}");
            assert_eq!(one_line(&line, 20), line);
            assert_eq!(text(&line, 20, false, false), None);
        }
    }
}
