//! Entra: the sign-in page, the token endpoint, and the grants that they hand out.

mod authorize;
mod grants;
mod page;
mod token;

pub(crate) use grants::{BearerError, Grants};

use super::answer::Answer;
use super::graph::Asked;
use crate::shared::Shared;

/// Everything outside `/v1.0/` and `/_sim/`.
pub(super) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let segments: Vec<&str> = asked.path.split('/').filter(|segment| !segment.is_empty()).collect();
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", []) => page::index(shared),
        ("GET", [_, "oauth2", "v2.0", "authorize"]) => authorize::answer(shared, asked),
        ("POST", [_, "oauth2", "v2.0", "token"]) => token::answer(shared, asked),
        ("GET", [_, "oauth2", "v2.0", "logout"]) => logout(asked),
        _ => page::error(404, "AADSTS900144: There is nothing at this address."),
    }
}

/// Ends the (never kept) session of the browser: goes back where the client wants.
fn logout(asked: &Asked) -> Answer {
    match asked.query.get("post_logout_redirect_uri") {
        Some(uri) if authorize::is_allowed_redirect(uri) => Answer::redirect(uri.to_owned()),
        _ => page::signed_out(),
    }
}
