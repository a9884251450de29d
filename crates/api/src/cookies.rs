//! Cookies: read by name, written so that no script, no other site and no other path's page can use them.

use app::Settings;
use http::{HeaderMap, HeaderValue, header};

use crate::middleware::base_path;

/// A cookie of ours, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in.
    Session,
    /// The browser that began a sign-in.
    SignIn,
}

impl Cookie {
    /// Its name: with the `__Host-` prefix over https, so that no neighbouring host can set it. That prefix wants the path
    /// `/`, so what is under another sub-path of the host is told apart by the name.
    pub(crate) fn name(self, settings: &Settings) -> String {
        let prefix = if is_https(settings) { "__Host-" } else { "" };
        let what = match self {
            Self::Session => "session",
            Self::SignIn => "sign_in",
        };
        format!("{prefix}callboard_{what}{}", ending(&base_path::of(&settings.public_url)))
    }

    /// Its value in the request.
    pub(crate) fn read<'a>(self, headers: &'a HeaderMap, settings: &Settings) -> Option<&'a str> {
        let name = self.name(settings);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value)
    }

    /// A `Set-Cookie` that lives so many seconds.
    pub(crate) fn set(self, value: &str, max_age_s: i64, settings: &Settings) -> Option<HeaderValue> {
        let secure = if is_https(settings) { "; Secure" } else { "" };
        let name = self.name(settings);
        let text = format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// A `Set-Cookie` that takes it away.
    pub(crate) fn clear(self, settings: &Settings) -> Option<HeaderValue> {
        self.set("", 0, settings)
    }
}

/// How names end under a sub-path: in letters that a cookie's name may have, different for different paths.
fn ending(base: &str) -> String {
    let letter = |byte: u8| match byte {
        b'/' => ".".to_owned(),
        letter if letter.is_ascii_alphanumeric() || letter == b'-' => char::from(letter).to_string(),
        other => format!("_{other:02x}"),
    };
    base.bytes().map(letter).collect()
}

/// Whether people reach this server over https.
pub(crate) fn is_https(settings: &Settings) -> bool {
    settings.public_url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let settings = Settings::default();
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=b; xcallboard_session=no; callboard_session=yes"),
        );
        assert_eq!(Cookie::Session.read(&headers, &settings), Some("yes"));
        assert_eq!(Cookie::SignIn.read(&headers, &settings), None);
        let https = Settings { public_url: "https://x.example".into(), ..Settings::default() };
        assert_eq!(Cookie::Session.read(&headers, &https), None, "over https only the __Host- name counts");
    }

    #[test]
    fn two_on_one_host_do_not_take_each_others_cookies_away() {
        let urls = ["", "/", "/board", "/board/", "/board/a", "/board.a", "/board_2fa", "/Bühne"];
        let names = urls.map(|path| {
            let public_url = format!("https://x.example{path}");
            Cookie::Session.name(&Settings { public_url, ..Settings::default() })
        });
        let session = "__Host-callboard_session";
        let endings = names.iter().map(|name| name.strip_prefix(session).unwrap());
        let expected =
            ["", "", ".board", ".board", ".board.a", ".board_2ea", ".board_5f2fa", ".B_25C3_25BChne"];
        assert_eq!(endings.collect::<Vec<_>>(), expected);
    }
}
