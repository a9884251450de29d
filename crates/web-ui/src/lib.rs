//! The web app inside the binary: files by their names, and the app's page for every address of the app.
//!
//! Files under `/assets/` have their digest in their name and are kept for a year; everything else is asked for again.
//! A missing file is a true 404, never the app's page, so that a browser with an old page fails cleanly after an
//! upgrade.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use memory_serve::{Asset, CacheControl, MemoryServe};

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));
static PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/index.html"));

/// Whether the web app is inside; without it a placeholder page is shown.
pub const IS_BUILT: bool = include!(concat!(env!("OUT_DIR"), "/is_built.rs"));

/// The files; made once, because they stay in memory for as long as the program runs.
static FILES: LazyLock<Router<Page>> = LazyLock::new(|| {
    MemoryServe::new(ASSETS)
        .index_file(None)
        .cache_control(CacheControl::Long)
        .html_cache_control(CacheControl::NoCache)
        .into_router()
});

/// The app's page.
type Page = Arc<str>;

/// Serves the web app, which people reach under `base`: empty, or a path without a slash at its end.
pub fn router(base: &str) -> Router {
    let page: Page = page_under(PAGE, base).into();
    FILES.clone().layer(from_fn(short_lived)).fallback(app_page).with_state(page)
}

/// The app's page for addresses of the app: they have no file, the app reads them itself.
async fn app_page(State(page): State<Page>, request: Request) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    let is_file = path.starts_with("/assets/");
    // The front door opens whoever knocks: `curl`, a link preview, a monitor. Elsewhere only who asks for a page gets one.
    let is_asked_for = matches!(path, "" | "/") || wants_page(request.headers());
    if !reads || is_file || !is_asked_for {
        return StatusCode::NOT_FOUND.into_response();
    }
    let no_cache = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (no_cache, Html(page.to_string())).into_response()
}

/// Files whose names say nothing of their content are asked for again each time.
async fn short_lived(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    if !hashed {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// The page with its own addresses moved under the base, and the base said for the app's router and client.
fn page_under(page: &str, base: &str) -> String {
    if base.is_empty() {
        return page.to_owned();
    }
    page.replace("src=\"/", &format!("src=\"{base}/"))
        .replace("href=\"/", &format!("href=\"{base}/"))
        .replace("<html ", &format!("<html data-base=\"{base}\" "))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str, accept: &str) -> Response {
        let request =
            Request::builder().uri(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        router("").oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn the_page_stands_for_addresses_of_the_app_only() {
        for path in ["/", "/calendar/week", "/events/6741a2b0c3d4e5f601020304"] {
            let response = get(path, "text/html,application/xhtml+xml").await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
        }
        for accept in ["*/*", "application/json", ""] {
            assert_eq!(get("/", accept).await.status(), StatusCode::OK, "the front door with {accept:?}");
        }
        for (path, accept) in
            [("/assets/gone-12345678.js", "text/html"), ("/calendar", "application/json"), ("/x.js", "*/*")]
        {
            assert_eq!(get(path, accept).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_base_moves_the_addresses_of_the_page() {
        let page = r#"<html lang="en"><script src="/theme.js"></script><a href="/api/docs">"#;
        let moved = r#"<html data-base="/board" lang="en"><script src="/board/theme.js"></script><a href="/board/api/docs">"#;
        assert_eq!(page_under(page, "/board"), moved);
        assert_eq!(page_under(page, ""), page);
    }
}
