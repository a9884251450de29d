//! Small pages of the server itself: they must work when the web app does not.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::problem::Problem;
use crate::state::ApiState;

/// A page with a heading and a body that is already HTML.
pub(super) fn page(state: &ApiState, status: StatusCode, heading: &str, body: &str) -> Response {
    let (base, heading) = (&state.base, escape(heading));
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{heading} · Callboard</title>\
         <link rel=\"stylesheet\" href=\"{base}/api/docs/reference.css\"></head>\
         <body><main><h1>{heading}</h1>{body}</main></body></html>\n"
    );
    (status, Html(html)).into_response()
}

/// A page that says why somebody was not let in, and how to try again.
pub(super) fn refusal(state: &ApiState, problem: Problem) -> Response {
    let body = format!(
        "<p>{}</p><p><a href=\"{}/auth/outlook/login\">Sign in with Outlook</a></p>",
        escape(problem.detail()),
        state.base
    );
    let mut response = page(state, problem.status(), problem.title(), &body);
    // The problem's own headers count here too: when to try again.
    let problem = problem.into_response();
    if let Some(retry) = problem.headers().get(http::header::RETRY_AFTER) {
        response.headers_mut().insert(http::header::RETRY_AFTER, retry.clone());
    }
    response
}

/// Text as HTML shows it.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, c| {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
        html
    })
}
