//! A public address with a path: `https://example.org/board`. Proxies that pass the path on and proxies that cut it
//! off both work: it is cut off here when it is there.

use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;

/// The path of the public address, without a slash at its end; empty for none.
pub(crate) fn of(public_url: &str) -> String {
    url::Url::parse(public_url).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}

/// The request as if it had been sent to the root.
pub(crate) fn cut(base: &str, mut request: Request) -> Request {
    if let Some(uri) = without(base, request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn without(base: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base)?;
    let path = match rest.chars().next() {
        Some('/') => rest.to_owned(),
        None | Some('?') => format!("/{rest}"),
        // `/boards` is not under `/board`.
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_cut_off() {
        for (uri, expected) in [
            ("/board/api/v1/me?x=1", Some("/api/v1/me?x=1")),
            ("/board", Some("/")),
            ("/board/", Some("/")),
            ("/board?x=1", Some("/?x=1")),
            ("/boards", None),
            ("/api/v1/me", None),
        ] {
            let cut = without("/board", &uri.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(cut.as_deref(), expected, "{uri}");
        }
        assert_eq!(of("https://x.example/board/"), "/board");
        assert_eq!(of("https://x.example"), "");
    }
}
