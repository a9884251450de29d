//! `/{tenant}/oauth2/v2.0/token`: codes and refresh tokens for tokens, and Entra's error texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::graph::Asked;
use super::grants::{GrantError, Issued, Terms};
use crate::shared::Shared;

/// Answers a token request.
pub(super) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let is_form = asked
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        let text = "AADSTS900144: The request body must be application/x-www-form-urlencoded.";
        return refuse(shared, asked, 400, "invalid_request", 900_144, text);
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&asked.body).into_owned().collect();
    let field =
        |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let basic = basic_credentials(asked);
    let (client_id, client_secret) = match &basic {
        Some((id, secret)) => (id.as_str(), secret.as_str()),
        None => (field("client_id"), field("client_secret")),
    };
    if client_id != shared.options.client_id {
        let text = format!(
            "AADSTS700016: Application with identifier '{client_id}' was not found in the directory."
        );
        return refuse(shared, asked, 400, "unauthorized_client", 700_016, &text);
    }
    if let Some(secret) = &shared.options.client_secret
        && secret != client_secret
    {
        let text = "AADSTS7000215: Invalid client secret provided.";
        return refuse(shared, asked, 401, "invalid_client", 7_000_215, text);
    }
    let terms = Terms {
        now: asked.now,
        access_s: shared.options.access_token_lifetime_s,
        refresh_s: shared.options.refresh_token_lifetime_s,
        rotation: shared.world.switches().refresh_rotation,
    };
    let issued = match field("grant_type") {
        "authorization_code" => {
            shared.grants.redeem(field("code"), field("redirect_uri"), field("code_verifier"), terms)
        }
        "refresh_token" => shared.grants.refresh(field("refresh_token"), terms),
        other => {
            let text = format!("AADSTS70003: The app requested an unsupported grant type '{other}'.");
            return refuse(shared, asked, 400, "unsupported_grant_type", 70_003, &text);
        }
    };
    match issued {
        Ok(issued) => Answer::json(200, tokens(shared, issued)).with("cache-control", "no-store"),
        Err(error) => {
            let (number, text) = words(error);
            refuse(shared, asked, 400, "invalid_grant", number, &format!("AADSTS{number}: {text}"))
        }
    }
}

fn tokens(shared: &Shared, issued: Issued) -> Value {
    // `offline_access` and the sign-in scopes are never named in the answer.
    let scope: Vec<&str> =
        issued.scope.split(' ').filter(|one| !matches!(*one, "" | "offline_access")).collect();
    let mut body = json!({
        "token_type": "Bearer",
        "scope": scope.join(" "),
        "expires_in": shared.options.access_token_lifetime_s,
        "ext_expires_in": shared.options.access_token_lifetime_s,
        "access_token": issued.access_token,
    });
    if let (Some(token), Some(members)) = (issued.refresh_token, body.as_object_mut()) {
        members.insert("refresh_token".to_owned(), json!(token));
    }
    body
}

fn words(error: GrantError) -> (u32, &'static str) {
    match error {
        GrantError::UnknownCode => {
            (70_000, "The provided value for the input parameter 'code' is not valid.")
        }
        GrantError::ExpiredCode => {
            (70_008, "The provided authorization code or refresh token has expired due to inactivity.")
        }
        GrantError::RedeemedCode => {
            (54_005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code.")
        }
        GrantError::WrongRedirect => (
            500_112,
            "The reply address does not match the reply address provided when requesting the authorization code.",
        ),
        GrantError::WrongVerifier => (
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        ),
        GrantError::UnknownRefresh | GrantError::RotatedRefresh => {
            (70_000, "The provided value for the input parameter 'refresh_token' is not valid.")
        }
        GrantError::InactiveRefresh => (700_082, "The refresh token has expired due to inactivity."),
        GrantError::Revoked => {
            (50_173, "The provided grant has expired due to it being revoked, a fresh auth token is needed.")
        }
    }
}

fn refuse(shared: &Shared, asked: &Asked, status: u16, error: &str, number: u32, text: &str) -> Answer {
    let trace = shared.request_id();
    let correlation = shared.request_id();
    let at = asked.now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!("{text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}");
    Answer::json(
        status,
        json!({
            "error": error,
            "error_description": description,
            "error_codes": [number],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": correlation,
        }),
    )
    .with("cache-control", "no-store")
}

fn basic_credentials(asked: &Asked) -> Option<(String, String)> {
    let encoded = asked.header("authorization")?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some((decode(id), decode(secret)))
}
