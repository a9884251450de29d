//! Signing in with Entra: authorization code with PKCE (RFC 7636), and fresh access tokens from a refresh token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::OutlookProvider;
use super::config::{Endpoints, OutlookOptions};
use super::wire::Tokens;
use super::{entra_refusal, errors};
use crate::contract::{AuthorizationRequest, AuthorizationSecrets, ProviderError, TokenSet};

const EXCHANGE: &str = "signing in to Outlook";
const REFRESH: &str = "renewing the Outlook sign-in";

/// Assumed when the answer names no lifetime: short, a needless refresh costs little.
const UNKNOWN_LIFETIME_S: u64 = 600;
/// No access token lives longer than this, whatever an answer says.
const LONGEST_LIFETIME_S: u64 = 24 * 60 * 60;

/// The address of the sign-in page. The verifier stays here, only its S256 challenge leaves.
pub(super) fn authorization_request(
    options: &OutlookOptions,
    endpoints: &Endpoints,
    redirect_uri: &str,
    secrets: &AuthorizationSecrets,
) -> AuthorizationRequest {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.code_verifier.expose_secret().as_bytes()));
    let mut url = endpoints.authorize.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &options.client_id)
        .append_pair("response_type", "code")
        .append_pair("response_mode", "query")
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &scopes(options))
        .append_pair("state", &secrets.state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        // Without it a browser that is signed in with another account would be taken as that one, unasked.
        .append_pair("prompt", "select_account");
    AuthorizationRequest { url: url.into() }
}

/// Exchanges the code of a callback. Every scope that we cannot work without must have been granted.
pub(super) async fn exchange_code(
    provider: &OutlookProvider,
    redirect_uri: &str,
    code: &str,
    secrets: &AuthorizationSecrets,
) -> Result<TokenSet, ProviderError> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", secrets.code_verifier.expose_secret()),
    ];
    let tokens = ask(provider, &fields, EXCHANGE).await?;
    if tokens.refresh_token.is_none() {
        return Err(ProviderError::Reconnect {
            code: "missing_scope".to_owned(),
            message: format!(
                "{EXCHANGE} gave no refresh token; sign in again and allow Callboard to keep the access it was given"
            ),
        });
    }
    Ok(tokens)
}

/// Gets a fresh access token. One caller at a time: refresh tokens rotate.
pub(super) async fn refresh(
    provider: &OutlookProvider,
    refresh_token: &SecretString,
) -> Result<TokenSet, ProviderError> {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
    ask(provider, &fields, REFRESH).await
}

fn calendar_scope(options: &OutlookOptions) -> &'static str {
    if options.may_write { "Calendars.ReadWrite" } else { "Calendars.Read" }
}

/// The least that serves: a lasting grant, who it is, their calendars.
fn scopes(options: &OutlookOptions) -> String {
    format!("offline_access User.Read {}", calendar_scope(options))
}

async fn ask(
    provider: &OutlookProvider,
    fields: &[(&str, &str)],
    attempt: &'static str,
) -> Result<TokenSet, ProviderError> {
    let options = &provider.options;
    // The lifetime counts from here: the answer may have been long under way.
    let sent_at = (options.clock)();
    let answer = provider.http.post_form(&provider.endpoints.token, form(options, fields), attempt).await?;
    if !answer.is_success() {
        return Err(entra_refusal::refusal(attempt, &answer));
    }
    let tokens: Tokens = serde_json::from_value(errors::json(attempt, &answer)?)
        .map_err(|_| errors::unusable(attempt, "something that holds no tokens"))?;
    token_set(tokens, sent_at, calendar_scope(options), attempt)
}

fn form(options: &OutlookOptions, fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &options.client_id).append_pair("scope", &scopes(options));
    if let Some(secret) = &options.client_secret {
        form.append_pair("client_secret", secret.expose_secret());
    }
    form.extend_pairs(fields).finish()
}

fn token_set(
    tokens: Tokens,
    sent_at: Timestamp,
    needed: &str,
    attempt: &str,
) -> Result<TokenSet, ProviderError> {
    let Some(access_token) = tokens.access_token.filter(|token| !token.is_empty()) else {
        return Err(errors::unusable(attempt, "no access token"));
    };
    if tokens.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(ProviderError::GiveUp {
            code: "token_type".to_owned(),
            message: format!(
                "{attempt} gave a token of a kind other than Bearer; check the authority address"
            ),
        });
    }
    let scope = tokens.scope.unwrap_or_default();
    if !grants(&scope, needed) {
        return Err(ProviderError::Reconnect {
            code: "missing_scope".to_owned(),
            message: format!("{attempt} did not grant {needed}; sign in again and allow access to calendars"),
        });
    }
    let lifetime = lifetime_s(tokens.expires_in.as_ref());
    let expires_at = sent_at.saturating_add(SignedDuration::from_secs(lifetime.cast_signed()));
    Ok(TokenSet {
        access_token: SecretString::from(access_token),
        refresh_token: tokens.refresh_token.filter(|token| !token.is_empty()).map(SecretString::from),
        expires_at: expires_at.unwrap_or(sent_at),
        scope,
    })
}

/// Whether the granted scopes hold the needed one. Entra answers with short or long names, in any order, and leaves
/// `offline_access` out; an empty list means "as asked" (RFC 6749, 5.1).
fn grants(granted: &str, needed: &str) -> bool {
    let mut short_names = granted.split_whitespace().map(|scope| scope.rsplit('/').next().unwrap_or(scope));
    granted.trim().is_empty()
        || short_names.any(|name| {
            let shared = name.to_ascii_lowercase();
            let needed = needed.to_ascii_lowercase();
            shared == needed || (needed == "calendars.read" && shared == "calendars.readwrite")
        })
}

fn lifetime_s(expires_in: Option<&Value>) -> u64 {
    let seconds = match expires_in {
        Some(Value::Number(number)) => number.as_f64().map(|seconds| seconds as u64),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.unwrap_or(UNKNOWN_LIFETIME_S).min(LONGEST_LIFETIME_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_compared_by_short_name() {
        for (granted, needed, expected) in [
            ("", "Calendars.Read", true),
            ("User.Read Calendars.Read", "Calendars.Read", true),
            ("https://graph.microsoft.com/Calendars.Read", "Calendars.Read", true),
            ("calendars.readwrite", "Calendars.Read", true),
            ("Calendars.Read", "Calendars.ReadWrite", false),
            ("User.Read", "Calendars.Read", false),
            ("Calendars.Read.Shared", "Calendars.Read", false),
        ] {
            assert_eq!(grants(granted, needed), expected, "{granted} / {needed}");
        }
    }

    #[test]
    fn lifetimes_are_bounded() {
        let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        for (json, expected) in [
            ("3599", 3599),
            ("\"3599\"", 3599),
            ("3599.5", 3599),
            ("-5", 0),
            ("1e300", LONGEST_LIFETIME_S),
            ("\"soon\"", UNKNOWN_LIFETIME_S),
            ("null", UNKNOWN_LIFETIME_S),
        ] {
            assert_eq!(lifetime_s(Some(&value(json))), expected, "{json}");
        }
    }
}
