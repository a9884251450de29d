//! Sign-in with Outlook: the OAuth code flow with state and PKCE (RFC 6749, 7636; RFC 9700, 2.1.1 and 4.7).
//!
//! State and verifier are made here, live ten minutes, work once, and only in the browser that began: a second secret
//! goes to it as a cookie. The person is found by Outlook's own id, never by the mail address alone.

use model::collections::{SESSIONS, USERS};
use model::documents::{Record, Role, User};
use providers::contract::{AuthorizationSecrets, Identity, ProviderError, TokenSet};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use store::{Batch, Filter, StoreError, TypedStore};
use subtle::ConstantTimeEq;

use super::audit::Entry;
use super::digest;
use super::one_time::{self, Purpose};
use super::return_to::local_path;
use super::sessions::{self, NewSession};
use crate::{App, AppError, Source, connections};

/// How long a sign-in may take, in seconds.
pub const SIGN_IN_LIVES_S: i64 = 600;

const BROWSER_SECRET_BYTES: usize = 32;
const VERIFIER_BYTES: usize = 48;
const ATTEMPTS: usize = 4;

/// A sign-in that began.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What the browser keeps in a cookie until it comes back, for [`SIGN_IN_LIVES_S`].
    pub browser_secret: SecretString,
}

/// What came back from Outlook, through the browser.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// The state.
    pub state: &'a str,
    /// The code, when the person agreed.
    pub code: Option<&'a str>,
    /// Outlook's word for why not, otherwise.
    pub error: Option<&'a str>,
    /// What the browser kept.
    pub browser_secret: Option<&'a str>,
    /// The session the browser has; it ends when the new one begins.
    pub old_session: Option<&'a str>,
}

/// A sign-in that is done.
#[derive(Debug)]
pub struct Finished {
    /// Who signed in.
    pub user: User,
    /// Their new session.
    pub session: NewSession,
    /// The local path they wanted to see.
    pub return_to: String,
}

#[derive(Serialize, Deserialize)]
struct Bound {
    code_verifier: String,
    browser_digest: String,
    return_to: String,
}

/// Begins a sign-in. `return_to` is taken over when it is a path of ours, and is `/` otherwise.
pub async fn begin(app: &App, return_to: Option<&str>) -> Result<Begun, AppError> {
    let outlook = app.outlook().ok_or_else(connections::not_configured)?;
    let browser_secret = app.new_secret(BROWSER_SECRET_BYTES);
    let code_verifier = app.new_secret(VERIFIER_BYTES);
    let bound = Bound {
        code_verifier: code_verifier.clone(),
        browser_digest: digest::of(&browser_secret),
        return_to: local_path(return_to.unwrap_or("/")).to_owned(),
    };
    let state = one_time::create(app, Purpose::SignIn, Some(&bound), SIGN_IN_LIVES_S).await?;
    let secrets =
        AuthorizationSecrets { state: state.expose_secret().to_owned(), code_verifier: code_verifier.into() };
    let request = outlook.authorization_request(&redirect_uri(app), &secrets);
    Ok(Begun { url: request.url, browser_secret: browser_secret.into() })
}

/// Finishes a sign-in: uses up the state, exchanges the code, finds or makes the person, begins a session.
///
/// Codes of refusals: `sign_in_over` (unknown, late, used, or begun in another browser), `sign_in_refused` (Outlook or
/// the person said no), `missing_scope`, `account_disabled`, `email_taken`.
pub async fn finish(app: &App, callback: Callback<'_>) -> Result<Finished, AppError> {
    let outlook = app.outlook().ok_or_else(connections::not_configured)?;
    let code = one_time::find(app, Purpose::SignIn, callback.state).await?.ok_or_else(over)?;
    let bound: Bound = one_time::payload(app, &code)?;
    let browser_digest = digest::of(callback.browser_secret.ok_or_else(over)?);
    if !bool::from(browser_digest.as_bytes().ct_eq(bound.browser_digest.as_bytes())) {
        return Err(over());
    }
    // Used up before the exchange: whatever happens now, this state does not work again.
    let mut batch = Batch::new();
    one_time::use_up(&code, &mut batch);
    app.store()
        .commit(batch)
        .await
        .map_err(|error| if one_time::was_used_up(&error) { over() } else { error.into() })?;
    let Some(code) = callback.code.filter(|_| callback.error.is_none()) else {
        return Err(refused("Outlook did not let you in, or you cancelled; begin again"));
    };
    let redirect_uri = redirect_uri(app);
    let secrets =
        AuthorizationSecrets { state: callback.state.to_owned(), code_verifier: bound.code_verifier.into() };
    let tokens = outlook.exchange_code(&redirect_uri, code, &secrets).await.map_err(said)?;
    let identity = outlook.identity(&tokens.access_token).await.map_err(said)?;
    let (user, session) = let_in(app, &identity, &tokens, callback.old_session).await?;
    Ok(Finished { user, session, return_to: bound.return_to })
}

/// Finds or makes the person and begins their session, in one commit. Somebody else may change the same document (a
/// token refresh, a second browser): then it is read again.
async fn let_in(
    app: &App,
    identity: &Identity,
    tokens: &TokenSet,
    old_session: Option<&str>,
) -> Result<(User, NewSession), AppError> {
    let mut last = StoreError::ConditionFailed { collection: USERS.name };
    for _ in 0..ATTEMPTS {
        let known: Option<User> =
            app.store().first(Filter::eq("outlook_user_id", identity.id.as_str())).await?;
        if known.as_ref().is_some_and(|user| user.is_disabled) {
            let detail = "an administrator has disabled your account".to_owned();
            return Err(AppError::Conflict { code: "account_disabled", detail });
        }
        let mut user = known.clone().unwrap_or_else(|| {
            User::new(app.new_id(), &identity.id, &identity.email, &identity.display_name, Role::User)
        });
        take_over(app, &mut user, identity, tokens)?;
        let mut batch = Batch::new();
        let action = match &known {
            Some(before) => {
                batch.replace(&user, before.revision)?;
                "user.signed_in"
            }
            None => {
                batch.insert(&user)?;
                "user.created"
            }
        };
        Entry::new(action, &USERS, user.id)
            .about(user.id)
            .by(user.id)
            .from(Source::Web)
            .add(app, &mut batch)?;
        if let Some(secret) = old_session {
            batch.delete(&SESSIONS, Filter::eq("digest", digest::of(secret).as_str()));
        }
        let session = sessions::create(app, &user, &mut batch)?;
        match app.store().commit(batch).await {
            Ok(()) => return Ok((user, session)),
            Err(StoreError::Duplicate { fields, .. }) if fields.contains(&"email") => {
                let detail =
                    "another account here has your mail address; ask an administrator to delete it first";
                return Err(AppError::Conflict { code: "email_taken", detail: detail.to_owned() });
            }
            Err(error @ (StoreError::Duplicate { .. } | StoreError::RevisionMismatch { .. })) => last = error,
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.into())
}

fn take_over(app: &App, user: &mut User, identity: &Identity, tokens: &TokenSet) -> Result<(), AppError> {
    user.email = identity.email.to_lowercase();
    user.display_name = identity.display_name.chars().take(255).collect();
    // The addresses are Outlook's word: whoever lists administrators by mail should let in one tenant only.
    if app.settings().admin_emails.contains(&user.email) {
        user.role = Role::Admin;
    }
    connections::store_tokens(app, user, tokens)?;
    let now = app.now();
    user.last_login = Some(now);
    user.touch(now);
    Ok(())
}

fn redirect_uri(app: &App) -> String {
    format!("{}/auth/outlook/callback", app.settings().public_url)
}

/// What the person can mend is said to them; a missing scope is not tried again but named.
fn said(error: ProviderError) -> AppError {
    match error {
        ProviderError::Reconnect { code, message } if code == "missing_scope" => {
            refusal("missing_scope", &message)
        }
        ProviderError::Reconnect { .. } => refused("Outlook did not accept this sign-in; begin again"),
        error => error.into(),
    }
}

fn over() -> AppError {
    refusal(
        "sign_in_over",
        "this sign-in is over, was used already, or was begun in another browser; begin again",
    )
}

fn refused(detail: &str) -> AppError {
    refusal("sign_in_refused", detail)
}

fn refusal(code: &'static str, detail: &str) -> AppError {
    AppError::Conflict { code, detail: detail.to_owned() }
}
