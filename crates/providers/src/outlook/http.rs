//! One way out: every request to Graph or to the sign-in service is sent here, under the same bounds.

use std::fmt;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use reqwest::{Client, RequestBuilder, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::config::{Clock, Limits, OptionsError, OutlookOptions, RequestIds};
use super::links::LinkBase;
use super::retry_after;
use crate::contract::ProviderError;

/// The code of an answer that is larger than may be read.
pub(super) const TOO_LARGE: &str = "answer_too_large";

/// The client with its bounds.
pub(super) struct Http {
    client: Client,
    graph: LinkBase,
    limits: Limits,
    clock: Clock,
    request_ids: RequestIds,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: u16,
    /// How long it asks us to wait, in milliseconds.
    pub(super) retry_after_ms: Option<u64>,
    /// Whether a 401 asks for more than a fresh token (continuous access evaluation).
    pub(super) claims_challenge: bool,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Http {
    pub(super) fn new(options: &OutlookOptions, graph: LinkBase) -> Result<Self, OptionsError> {
        let client = Client::builder()
            .user_agent(concat!("Callboard/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.limits.connect_timeout)
            .read_timeout(options.limits.read_timeout)
            .timeout(options.limits.total_timeout)
            // A redirect would carry the bearer to wherever the answer says.
            .redirect(redirect::Policy::none())
            // The environment is read by the command line alone.
            .no_proxy()
            .build()
            .map_err(|error| OptionsError::Http(error.to_string()))?;
        Ok(Self {
            client,
            graph,
            limits: options.limits.clone(),
            clock: options.clock.clone(),
            request_ids: options.request_ids.clone(),
        })
    }

    /// Items of a page that is asked for without a word about its size.
    pub(super) fn page_size(&self) -> u32 {
        self.limits.page_size
    }

    /// Reads from Graph. `attempt` names what is tried, for error messages: "reading the list of calendars".
    pub(super) async fn get(
        &self,
        access: &SecretString,
        url: &Url,
        attempt: &str,
    ) -> Result<Answer, ProviderError> {
        self.get_page(access, url, attempt, self.limits.page_size).await
    }

    /// The same, with so many items on a page. The address is checked here once more, so that no caller can send a bearer
    /// elsewhere.
    pub(super) async fn get_page(
        &self,
        access: &SecretString,
        url: &Url,
        attempt: &str,
        items: u32,
    ) -> Result<Answer, ProviderError> {
        if !self.graph.covers(url) {
            return Err(ProviderError::GiveUp {
                code: "foreign_link".to_owned(),
                message: format!("{attempt} stopped: the address is not on the configured Graph server"),
            });
        }
        let bearer = bearer(access).ok_or_else(|| ProviderError::AccessTokenRefused {
            message: format!("{attempt} was not tried: the stored access token cannot stand in a header"),
        })?;
        let request =
            self.client.get(url.clone()).header(AUTHORIZATION, bearer).header("prefer", prefer(items));
        let mut answer = self.send(request, attempt).await;
        if let Ok(answer) = &mut answer
            && !answer.is_success()
        {
            remove_secret(&mut answer.body, access);
        }
        answer
    }

    /// Posts a form to the sign-in service. The form is built by the caller and holds secrets.
    pub(super) async fn post_form(
        &self,
        url: &Url,
        form: String,
        attempt: &str,
    ) -> Result<Answer, ProviderError> {
        let request = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        self.send(request, attempt).await
    }

    async fn send(&self, request: RequestBuilder, attempt: &str) -> Result<Answer, ProviderError> {
        let request_id = (self.request_ids)();
        let sent = request
            .header(ACCEPT, "application/json")
            .header("client-request-id", &request_id)
            .header("return-client-request-id", "true")
            .send()
            .await;
        let mut response = sent.map_err(|error| not_delivered(attempt, error))?;
        let mut answer = self.read_head(&response);
        let theirs = header(response.headers(), "request-id").unwrap_or("-").to_owned();
        tracing::debug!(attempt, status = answer.status, client_request_id = %request_id, request_id = %theirs, "answer");
        self.read_body(&mut response, &mut answer, attempt).await?;
        Ok(answer)
    }

    fn read_head(&self, response: &Response) -> Answer {
        let headers = response.headers();
        let wait = header(headers, RETRY_AFTER.as_str());
        let challenges = headers.get_all(WWW_AUTHENTICATE);
        Answer {
            status: response.status().as_u16(),
            retry_after_ms: retry_after::wait_ms(wait, header(headers, DATE.as_str()), (self.clock)()),
            claims_challenge: challenges.iter().any(|value| value.to_str().is_ok_and(asks_for_claims)),
            body: Vec::new(),
        }
    }

    /// Reads the body piece by piece and stops at the limit, whatever length was announced.
    async fn read_body(
        &self,
        response: &mut Response,
        answer: &mut Answer,
        attempt: &str,
    ) -> Result<(), ProviderError> {
        let limit = self.limits.max_body_bytes;
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if answer.body.len().saturating_add(piece.len()) > limit => {
                    if !answer.is_success() {
                        return Ok(());
                    }
                    return Err(ProviderError::GiveUp {
                        code: TOO_LARGE.to_owned(),
                        message: format!("{attempt} stopped: the answer is larger than {limit} bytes"),
                    });
                }
                Ok(Some(piece)) => answer.body.extend_from_slice(&piece),
                Ok(None) => return Ok(()),
                // A refusal speaks by its status, also when its body breaks off (or, above, never ends).
                Err(_) if !answer.is_success() => return Ok(()),
                Err(error) => return Err(not_delivered(attempt, error)),
            }
        }
    }
}

/// The preferences, the same on every page: Graph forgets them from one link to the next.
pub(super) fn prefer(page_size: u32) -> String {
    format!(
        "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", outlook.body-content-type=\"text\", odata.maxpagesize={page_size}"
    )
}

fn bearer(access: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", access.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `Bearer …, error="insufficient_claims", claims="…"`: the claims parameter is what matters.
fn asks_for_claims(challenge: &str) -> bool {
    let lower = challenge.to_ascii_lowercase();
    lower.contains("claims=") || lower.contains("insufficient_claims")
}

/// A refusal's words are shown and logged; should a server repeat the token in them, it ends here.
fn remove_secret(body: &mut Vec<u8>, access: &SecretString) {
    let secret = access.expose_secret();
    let text = String::from_utf8_lossy(body);
    if !secret.is_empty() && text.contains(secret) {
        *body = text.replace(secret, "[token]").into_bytes();
    }
}

/// Nothing, or not all of the answer, arrived. The address is left out: its query is a credential of sorts.
fn not_delivered(attempt: &str, error: reqwest::Error) -> ProviderError {
    let (code, what) = if error.is_timeout() {
        ("timeout", "no answer in time")
    } else if error.is_connect() {
        ("unreachable", "the server could not be reached")
    } else if error.is_body() || error.is_decode() {
        ("answer_cut", "the answer broke off")
    } else {
        ("connection_lost", "the connection was lost")
    };
    let detail = innermost(&error.without_url());
    ProviderError::Retry {
        after_ms: None,
        code: code.to_owned(),
        message: format!("{attempt} failed: {what} ({detail})"),
    }
}

/// The last cause says most: "connection refused" instead of "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
