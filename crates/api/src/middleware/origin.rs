//! Changes only from our own pages: the browser says from where a request comes, and a foreign page's is refused
//! before anything is read. Scripts send neither header.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, header};
use url::{Host, Url};

use crate::access::is_safe;
use crate::problem::Problem;
use crate::state::ApiState;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses changes that come from another site.
pub(crate) async fn check(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if is_safe(request.method()) || is_ours(request.headers(), &state.app.settings().public_url) {
        return next.run(request).await;
    }
    Problem::new("foreign_origin", "changes are accepted from Callboard's own pages only").into_response()
}

fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let site_is_ours = match headers.get(&SEC_FETCH_SITE) {
        Some(site) => matches!(site.as_bytes(), b"same-origin" | b"none"),
        None => true,
    };
    let origin_is_ours = match headers.get(header::ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| is_our_origin(origin, public_url)),
        None => true,
    };
    site_is_ours && origin_is_ours
}

/// On loopback another port or name of this machine is ours too: a developer's web server passes requests on.
fn is_our_origin(origin: &str, public_url: &str) -> bool {
    let (Ok(origin), Ok(ours)) = (Url::parse(origin), Url::parse(public_url)) else { return false };
    origin.origin() == ours.origin() || (is_plain_loopback(&origin) && is_plain_loopback(&ours))
}

fn is_plain_loopback(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_whole() {
        let ours = "https://calls.example.org/board";
        for (origin, expected) in [
            ("https://calls.example.org", true),
            ("https://calls.example.org:443", true),
            ("http://calls.example.org", false),
            ("https://calls.example.org:8443", false),
            ("https://calls.example.org.evil.example", false),
            ("https://evil.example", false),
            ("http://localhost:5173", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_our_origin(origin, ours), expected, "{origin}");
        }
        assert!(is_our_origin("http://localhost:5173", "http://127.0.0.1:8080"));
        assert!(!is_our_origin("http://evil.example", "http://127.0.0.1:8080"));
        assert!(!is_our_origin("http://localhost.evil.example", "http://127.0.0.1:8080"));
    }

    #[test]
    fn the_browsers_word_counts() {
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(SEC_FETCH_SITE, site.parse().unwrap());
            assert_eq!(is_ours(&headers, "https://x.example"), expected, "{site}");
        }
        assert!(is_ours(&HeaderMap::new(), "https://x.example"));
    }
}
