//! What a refusal by the sign-in service means: a dead grant needs the person, a wrong registration the operator,
//! the rest patience.

use super::http::Answer;
use super::wire::TokenRefusal;
use crate::contract::ProviderError;

/// What a refusal of the token endpoint means. Entra's description may name people and is not repeated; its AADSTS
/// number says all that is needed.
pub(super) fn refusal(attempt: &str, answer: &Answer) -> ProviderError {
    let refusal: TokenRefusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = refusal.error.as_deref().unwrap_or_default();
    let number = aadsts(&refusal);
    let code = match (number, error) {
        (Some(number), _) => format!("AADSTS{number}"),
        (None, "") => format!("http_{}", answer.status),
        (None, error) => error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect(),
    };
    let said = format!("{attempt} was refused with {} {code}", answer.status);
    let busy = matches!(answer.status, 300..=399 | 408 | 429 | 500..=599);
    if busy || matches!(error, "temporarily_unavailable" | "server_error") || number.is_some_and(is_passing) {
        return ProviderError::Retry { after_ms: answer.retry_after_ms, code, message: said };
    }
    match error {
        "invalid_grant"
        | "interaction_required"
        | "consent_required"
        | "login_required"
        | "access_denied" => {
            let message = format!("{said}: {}; sign in to Outlook again", dead_grant(number));
            ProviderError::Reconnect { code, message }
        }
        // No OAuth answer at all: something else than Entra spoke.
        "" => ProviderError::Retry { after_ms: answer.retry_after_ms, code, message: said },
        _ => ProviderError::GiveUp { code, message: format!("{said}: {}", registration(number)) },
    }
}

/// The AADSTS number, from the list of codes or from the head of the description.
fn aadsts(refusal: &TokenRefusal) -> Option<u64> {
    let listed = refusal.error_codes.as_ref().and_then(|codes| codes.first().copied());
    listed.or_else(|| {
        let (_, rest) = refusal.error_description.as_deref()?.split_once("AADSTS")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).take(9).collect();
        digits.parse().ok()
    })
}

/// Numbers of Entra's own troubles: transient, timeout, too many requests at once.
fn is_passing(number: u64) -> bool {
    matches!(number, 90_033 | 90_055 | 90_006 | 50_196)
}

fn dead_grant(number: Option<u64>) -> &'static str {
    match number {
        Some(70_008 | 700_082) => "the sign-in was not used for too long",
        Some(700_084) => "the sign-in has reached its fixed end",
        Some(50_173) => "the password was changed or the access was revoked",
        Some(65_001) => "consent is missing or was withdrawn",
        Some(50_076 | 50_079 | 50_158) => "a second factor is asked for",
        Some(50_057) => "the account is disabled",
        Some(54_005) => "this sign-in code was already used",
        _ => "the grant is no longer valid",
    }
}

fn registration(number: Option<u64>) -> &'static str {
    match number {
        Some(7_000_215 | 7_000_218) => {
            "the client secret is wrong or missing; correct it in the configuration"
        }
        Some(7_000_222) => {
            "the client secret has expired; make a new one in Entra and put it into the configuration"
        }
        Some(700_016) => "the client id is not known to this tenant; correct it in the configuration",
        Some(50_011) => "the redirect address is not registered; add it to the application in Entra",
        _ => {
            "the application's registration does not fit; compare client id, secret and redirect address with Entra"
        }
    }
}
