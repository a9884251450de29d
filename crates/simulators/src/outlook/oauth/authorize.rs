//! `/{tenant}/oauth2/v2.0/authorize`: a page to choose a person, or a redirect at once.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::super::answer::Answer;
use super::super::graph::Asked;
use super::grants::Code;
use super::page;
use crate::shared::Shared;
use crate::world::UserSpec;

/// Answers the page, a redirect with a code, or a redirect with an error.
///
/// `login_hint` and `sim_user` (a directory id or mail address) choose at once; `prompt=none`
/// chooses the first person when neither is given. `sim_deny=1` is the button that says no.
pub(super) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let query = |name: &str| asked.query.get(name).unwrap_or_default();
    // Without a known client and a safe place to go back to, nothing may be redirected.
    if query("client_id") != shared.options.client_id {
        let client = query("client_id");
        return page::error(
            400,
            &format!(
                "AADSTS700016: Application with identifier '{client}' was not found. This simulator accepts '{}'.",
                shared.options.client_id,
            ),
        );
    }
    let redirect_uri = query("redirect_uri");
    if !is_allowed_redirect(redirect_uri) {
        return page::error(
            400,
            &format!(
                "AADSTS50011: The redirect URI '{redirect_uri}' is neither https nor http on a loopback address.",
            ),
        );
    }
    let back = |pairs: &[(&str, &str)]| redirect(redirect_uri, pairs, asked.query.get("state"));
    if let Some((error, description)) = fault(asked) {
        return back(&[("error", error), ("error_description", description)]);
    }
    if asked.query.get("sim_deny").is_some() {
        let description = "AADSTS65004: User declined to consent to access the app.";
        return back(&[("error", "access_denied"), ("error_description", description)]);
    }
    match choose(shared, asked) {
        Choice::Person(person) => {
            let lifetime = SignedDuration::from_secs(shared.options.code_lifetime_s.into());
            let code = shared.grants.issue_code(Code {
                user: person.id,
                redirect_uri: redirect_uri.to_owned(),
                challenge: query("code_challenge").to_owned(),
                scope: query("scope").to_owned(),
                expires: asked.now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
                redeemed: false,
            });
            back(&[("code", &code), ("session_state", &shared.request_id())])
        }
        Choice::Nobody => {
            let description = "AADSTS50058: A silent sign-in request was sent but no user is signed in.";
            back(&[("error", "login_required"), ("error_description", description)])
        }
        Choice::Ask => page::choose(shared, asked),
    }
}

/// https anywhere, http on loopback; no fragment.
pub(super) fn is_allowed_redirect(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let loopback = url.host_str().is_some_and(crate::control::is_loopback_host);
    url.fragment().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

enum Choice {
    Person(UserSpec),
    Ask,
    Nobody,
}

fn choose(shared: &Shared, asked: &Asked) -> Choice {
    let silent = asked.query.get("prompt") == Some("none");
    let hint = asked.query.get("sim_user").or_else(|| asked.query.get("login_hint"));
    let person = match hint {
        Some(hint) => shared.world.user(hint).ok(),
        None if silent => shared.world.users().into_iter().next(),
        None => None,
    };
    match person {
        Some(person) => Choice::Person(person),
        None if silent => Choice::Nobody,
        None => Choice::Ask,
    }
}

/// What is wrong with the request itself: error and description for the redirect.
fn fault(asked: &Asked) -> Option<(&'static str, &'static str)> {
    let query = |name: &str| asked.query.get(name).unwrap_or_default();
    if query("response_type") != "code" {
        return Some(("unsupported_response_type", "AADSTS700054: response_type must be 'code'."));
    }
    if !matches!(query("response_mode"), "" | "query") {
        return Some(("invalid_request", "AADSTS70007: Only response_mode 'query' is simulated."));
    }
    if query("scope").is_empty() {
        return Some(("invalid_request", "AADSTS900144: The request must contain the parameter 'scope'."));
    }
    if query("code_challenge").len() != 43 || query("code_challenge_method") != "S256" {
        let description = "AADSTS9002325: Proof Key for Code Exchange is required: send code_challenge (43 \
                           characters) and code_challenge_method=S256.";
        return Some(("invalid_request", description));
    }
    None
}

fn redirect(uri: &str, pairs: &[(&str, &str)], state: Option<&str>) -> Answer {
    match Url::parse(uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs).extend_pairs(state.map(|state| ("state", state)));
            Answer::redirect(url.into())
        }
        Err(_) => page::error(400, "AADSTS50011: The redirect URI cannot be read."),
    }
}
