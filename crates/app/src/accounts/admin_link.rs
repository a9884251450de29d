//! One-time links that make the signed-in person an administrator: how the first one comes to be, without any
//! default account or password.

use model::collections::USERS;
use model::documents::{Record, Role, User};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{Batch, Filter, TypedStore};

use super::audit::Entry;
use super::one_time::{self, Purpose};
use crate::{App, AppError, Caller, Via};

/// How long a link lives, in seconds: a day.
pub const LINK_LIVES_S: i64 = 86_400;

/// Makes a link and answers its address. Only the operator may: whoever opens it becomes an administrator.
pub async fn create(app: &App) -> Result<String, AppError> {
    let secret = one_time::create::<()>(app, Purpose::AdminLink, None, LINK_LIVES_S).await?;
    Ok(format!("{}/auth/admin-link/{}", app.settings().public_url, secret.expose_secret()))
}

/// A link when there is no administrator yet who may come in, for the server to print at its start.
pub async fn create_when_needed(app: &App) -> Result<Option<String>, AppError> {
    if !app.settings().admin_emails.is_empty() || app.store().count(&USERS, active_admins()).await? > 0 {
        return Ok(None);
    }
    create(app).await.map(Some)
}

/// Whether a link still works.
pub async fn is_good(app: &App, code: &str) -> Result<bool, AppError> {
    Ok(one_time::find(app, Purpose::AdminLink, code).await?.is_some())
}

/// Makes the signed-in person an administrator and uses up the link. A token is not enough.
pub async fn redeem(app: &App, caller: &Caller, code: &str) -> Result<User, AppError> {
    if !matches!(caller.via, Via::Session(_)) {
        let reason = "open the link in a browser that is signed in".to_owned();
        return Err(AppError::Forbidden { reason });
    }
    let link = one_time::find(app, Purpose::AdminLink, code).await?.ok_or_else(over)?;
    let mut user: User = app.store().read(caller.user_id).await?.ok_or(AppError::NotSignedIn)?;
    let before = user.clone();
    user.role = Role::Admin;
    user.touch(app.now());
    let mut batch = Batch::new();
    one_time::use_up(&link, &mut batch);
    batch.replace(&user, before.revision)?;
    Entry::new("user.promoted", &USERS, user.id)
        .about(user.id)
        .caller(caller)
        .changes(json!({"role": {"before": before.role, "after": user.role}, "by": "admin link"}))
        .add(app, &mut batch)?;
    app.store()
        .commit(batch)
        .await
        .map_err(|error| if one_time::was_used_up(&error) { over() } else { error.into() })?;
    Ok(user)
}

/// Administrators who may come in.
pub(super) fn active_admins() -> Filter {
    Filter::eq("role", "admin").and(Filter::eq("is_disabled", false))
}

fn over() -> AppError {
    AppError::Conflict {
        code: "link_over",
        detail: "this link is over or was used already; `callboard users admin-link` makes another"
            .to_owned(),
    }
}
