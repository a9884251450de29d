//! Changing the sealing key: every stored secret is opened and sealed anew with the newest key, one user a commit, while
//! the server runs.

use std::collections::BTreeMap;

use model::documents::{Record, User};
use serde::Serialize;
use store::{Batch, Filter, StoreError, TypedStore};

use crate::sealing::Sealer;
use crate::{App, AppError};

/// How many secrets one key has sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyUse {
    /// The key's id.
    pub key_id: String,
    /// Whether it is among the configured keys.
    pub is_configured: bool,
    /// Secrets in the store that only it can open.
    pub secrets: u64,
}

/// Secrets by key: the configured ones first, then any that are missing.
pub async fn status(app: &App) -> Result<Vec<KeyUse>, AppError> {
    let users: Vec<User> = app.store().all(Filter::All(Vec::new())).await?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for sealed in users.iter().flat_map(sealed_fields).filter_map(|(_, sealed)| sealed.as_deref()) {
        let key_id = Sealer::key_id_of(sealed).unwrap_or("(not sealed)");
        *counts.entry(key_id.to_owned()).or_default() += 1;
    }
    let configured: Vec<KeyUse> = app
        .sealer()
        .key_ids()
        .map(|id| KeyUse {
            key_id: id.to_owned(),
            is_configured: true,
            secrets: counts.remove(id).unwrap_or(0),
        })
        .collect();
    let missing =
        counts.into_iter().map(|(key_id, secrets)| KeyUse { key_id, is_configured: false, secrets });
    Ok(configured.into_iter().chain(missing).collect())
}

/// How many secrets a rotation would seal anew: each is opened, so that a key that is missing is found before.
pub async fn to_rotate(app: &App) -> Result<u64, AppError> {
    let users: Vec<User> = app.store().all(Filter::All(Vec::new())).await?;
    users.into_iter().map(|mut user| reseal(app, &mut user)).sum()
}

/// Seals every secret with the newest key that is sealed with an older one. Answers how many that were.
pub async fn rotate(app: &App) -> Result<u64, AppError> {
    let users: Vec<User> = app.store().all(Filter::All(Vec::new())).await?;
    let mut changed = 0;
    for user in users {
        changed += rotate_user(app, user).await?;
    }
    Ok(changed)
}

async fn rotate_user(app: &App, user: User) -> Result<u64, AppError> {
    let mut user = user;
    loop {
        let before = user.clone();
        let changed = reseal(app, &mut user)?;
        if changed == 0 {
            return Ok(0);
        }
        user.touch(app.now());
        let mut batch = Batch::new();
        batch.replace(&user, before.revision)?;
        match app.store().commit(batch).await {
            Err(StoreError::RevisionMismatch { .. }) => match app.store().read(before.id).await? {
                Some(fresh) => user = fresh,
                None => return Ok(0),
            },
            other => {
                other?;
                return Ok(changed);
            }
        }
    }
}

fn reseal(app: &App, user: &mut User) -> Result<u64, AppError> {
    let owner = user.id;
    let newest = app.sealer().newest_key_id().to_owned();
    let mut changed = 0;
    for (field, sealed) in sealed_fields_mut(user) {
        let Some(text) = sealed.as_deref().filter(|text| Sealer::key_id_of(text) != Some(newest.as_str()))
        else {
            continue;
        };
        let broken = |error: crate::sealing::SealError| {
            AppError::Internal(format!("{field} of user {owner}: {error}"))
        };
        let secret = app.sealer().open(text, owner, field).map_err(broken)?;
        *sealed = Some(app.sealer().seal(&secret, owner, field, app.entropy()).map_err(broken)?);
        changed += 1;
    }
    Ok(changed)
}

fn sealed_fields(user: &User) -> [(&'static str, &Option<String>); 4] {
    [
        ("access_token", &user.access_token),
        ("refresh_token", &user.refresh_token),
        ("google_access_token", &user.google_access_token),
        ("google_refresh_token", &user.google_refresh_token),
    ]
}

fn sealed_fields_mut(user: &mut User) -> [(&'static str, &mut Option<String>); 4] {
    [
        ("access_token", &mut user.access_token),
        ("refresh_token", &mut user.refresh_token),
        ("google_access_token", &mut user.google_access_token),
        ("google_refresh_token", &mut user.google_refresh_token),
    ]
}
