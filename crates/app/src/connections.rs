//! Provider tokens: sealed into the user's document, opened for a request, refreshed once however many ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use model::Id;
use model::documents::{Record, User};
use providers::contract::{ProviderError, TokenSet};
use secrecy::{ExposeSecret, SecretString};
use store::{Batch, StoreError, TypedStore};

use crate::lease::{Lease, OF_REFRESH};
use crate::{App, AppError};

/// A token that lives shorter than this is refreshed before it is used.
const MARGIN: SignedDuration = SignedDuration::from_secs(90);
/// Longer than a provider's answer may take (two minutes): a second refresh with the same token can end the grant.
const REFRESH_LEASE_MS: i64 = 150_000;

/// The code of an attempt while another process refreshes.
pub(crate) const REFRESH_UNDER_WAY: &str = "refresh_under_way";

/// Refreshes under way in this process, one at a time for each user.
pub(crate) type Refreshes = Mutex<HashMap<Id, Arc<tokio::sync::Mutex<()>>>>;

/// Seals a token answer into the user's document, without committing it. A refresh answer without a refresh token
/// leaves the old one in place.
pub fn store_tokens(app: &App, user: &mut User, tokens: &TokenSet) -> Result<(), AppError> {
    let seal = |secret: &SecretString, field| {
        app.sealer()
            .seal(secret, user.id, field, app.entropy())
            .map_err(|error| AppError::Internal(format!("sealing a token failed: {error}")))
    };
    let access = seal(&tokens.access_token, "access_token")?;
    let refresh = tokens.refresh_token.as_ref().map(|token| seal(token, "refresh_token")).transpose()?;
    user.access_token = Some(access);
    if refresh.is_some() {
        user.refresh_token = refresh;
    }
    user.token_expires_at = Some(model::ambient::to_millisecond(tokens.expires_at));
    user.reconnect_reason = None;
    Ok(())
}

/// An access token of this user that is good for a while.
pub async fn access_token(app: &App, user_id: Id) -> Result<SecretString, AppError> {
    let user = read_user(app, user_id).await?;
    match usable(app, &user)? {
        Some(token) => Ok(token),
        None => refreshed(app, user_id, None).await,
    }
}

/// A new access token after the provider refused `refused`. When somebody else refreshed meanwhile, theirs is taken.
pub async fn replace_refused_token(
    app: &App,
    user_id: Id,
    refused: &SecretString,
) -> Result<SecretString, AppError> {
    refreshed(app, user_id, Some(refused)).await
}

/// A caller that goes away, such as a request that takes too long, does not stop it: the provider may have put the next
/// refresh token into an answer by then, and there is no other copy of it.
async fn refreshed(app: &App, user_id: Id, refused: Option<&SecretString>) -> Result<SecretString, AppError> {
    let (app, refused) = (app.clone(), refused.cloned());
    let work = tokio::spawn(async move { refresh_in_turn(&app, user_id, refused.as_ref()).await });
    work.await.map_err(|error| AppError::Internal(format!("a refresh was cut off: {error}")))?
}

async fn refresh_in_turn(
    app: &App,
    user_id: Id,
    refused: Option<&SecretString>,
) -> Result<SecretString, AppError> {
    let turn = {
        let mut refreshes = app.refreshes().lock().unwrap_or_else(PoisonError::into_inner);
        refreshes.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(refreshes.entry(user_id).or_default())
    };
    let _turn = turn.lock().await;
    if let Some(token) = adopted(app, user_id, refused).await? {
        return Ok(token);
    }
    let Some(lease) = Lease::take(app, &lease_name(user_id), REFRESH_LEASE_MS).await? else {
        // Another process refreshes at this moment; its answer will be here when this is tried again.
        return adopted(app, user_id, refused).await?.ok_or_else(|| {
            AppError::Provider(ProviderError::Retry {
                after_ms: Some(1_000),
                code: REFRESH_UNDER_WAY.to_owned(),
                message: "another process is refreshing this connection; try again in a moment".to_owned(),
            })
        });
    };
    let result = match adopted(app, user_id, refused).await {
        Ok(None) => refresh_once(app, user_id).await,
        Ok(Some(token)) => Ok(token),
        Err(error) => Err(error),
    };
    lease.release(app).await;
    result
}

/// The lease of whoever refreshes this person's connection.
pub(crate) fn lease_name(user: Id) -> String {
    format!("{OF_REFRESH}{user}")
}

/// The stored token, when it is good and not the refused one.
async fn adopted(
    app: &App,
    user_id: Id,
    refused: Option<&SecretString>,
) -> Result<Option<SecretString>, AppError> {
    let user = read_user(app, user_id).await?;
    let token = usable(app, &user)?;
    Ok(token.filter(|token| refused.is_none_or(|refused| refused.expose_secret() != token.expose_secret())))
}

async fn refresh_once(app: &App, user_id: Id) -> Result<SecretString, AppError> {
    let user = read_user(app, user_id).await?;
    let provider = app.outlook().ok_or_else(not_configured)?;
    let sealed = user.refresh_token.clone().ok_or_else(|| reconnect("no_refresh_token"))?;
    let refresh = app
        .sealer()
        .open(&sealed, user.id, "refresh_token")
        .map_err(|error| AppError::Internal(error.to_string()))?;
    match provider.refresh(&refresh).await {
        Ok(tokens) => {
            save(app, user_id, |user| store_tokens(app, user, &tokens)).await?;
            Ok(tokens.access_token)
        }
        Err(ProviderError::Reconnect { code, message }) => {
            let mut adopted = None;
            save(app, user_id, |user| {
                // Somebody else's success in the meantime means the grant is alive: theirs is taken.
                if user.refresh_token.as_deref() == Some(sealed.as_str()) {
                    user.reconnect_reason = Some(message.clone());
                } else {
                    adopted = usable(app, user)?;
                }
                Ok(())
            })
            .await?;
            adopted.ok_or(AppError::Provider(ProviderError::Reconnect { code, message }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes the user's document, reading it again when somebody else changed it meanwhile.
pub(crate) async fn save(
    app: &App,
    user_id: Id,
    mut change: impl FnMut(&mut User) -> Result<(), AppError>,
) -> Result<(), AppError> {
    for attempt in 0.. {
        let mut user = read_user(app, user_id).await?;
        let before = user.clone();
        change(&mut user)?;
        if user == before {
            return Ok(());
        }
        user.touch(app.now());
        let mut batch = Batch::new();
        batch.replace(&user, before.revision)?;
        match app.store().commit(batch).await {
            Err(StoreError::RevisionMismatch { .. }) if attempt < 5 => {}
            other => return Ok(other?),
        }
    }
    Ok(())
}

fn usable(app: &App, user: &User) -> Result<Option<SecretString>, AppError> {
    if user.is_disabled {
        return Err(AppError::Forbidden {
            reason: "this person was shut out by an administrator".to_owned(),
        });
    }
    if let Some(reason) = &user.reconnect_reason {
        return Err(AppError::Provider(ProviderError::Reconnect {
            code: "reconnect_needed".to_owned(),
            message: reason.clone(),
        }));
    }
    let (Some(sealed), Some(expires_at)) = (&user.access_token, user.token_expires_at) else {
        return Ok(None);
    };
    if expires_at < app.now() + MARGIN {
        return Ok(None);
    }
    app.sealer()
        .open(sealed, user.id, "access_token")
        .map(Some)
        .map_err(|error| AppError::Internal(error.to_string()))
}

async fn read_user(app: &App, user_id: Id) -> Result<User, AppError> {
    app.store().read(user_id).await?.ok_or(AppError::NotFound { what: "user" })
}

fn reconnect(code: &str) -> AppError {
    AppError::Provider(ProviderError::Reconnect {
        code: code.to_owned(),
        message: "Outlook is not connected; sign in with Outlook again".to_owned(),
    })
}

pub(crate) fn not_configured() -> AppError {
    AppError::Conflict {
        code: "outlook_not_configured",
        detail: "Outlook is not configured on this server; set CALLBOARD_OUTLOOK_CLIENT_ID and restart"
            .to_owned(),
    }
}
