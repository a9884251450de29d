//! Administration of people: who is an administrator, who may come in, who is deleted with all that is theirs.
//!
//! At every moment one administrator who may come in is left: that is a condition of the commit itself, so that two
//! administrators cannot demote each other at once.

use model::Id;
use model::collections::{API_TOKENS, SESSIONS, USERS};
use model::documents::{Record, Role, User};
use serde_json::json;
use store::{Batch, Filter, Query, StoreError, TypedStore, Value, cascade};

use super::admin_link::active_admins;
use super::audit::Entry;
use crate::paging::{PageRequest, Paged};
use crate::{App, AppError, Caller};

const ATTEMPTS: usize = 4;

/// One page of people, by id.
pub async fn list(app: &App, caller: &Caller, page: PageRequest) -> Result<Paged<User>, AppError> {
    only_admin(caller)?;
    let (users, next) = app.store().list(page.apply(Query::of(&USERS, Filter::All(Vec::new())))?).await?;
    Ok(Paged::new(users, next))
}

/// One person.
pub async fn read(app: &App, caller: &Caller, user_id: Id) -> Result<User, AppError> {
    only_admin(caller)?;
    app.store().read(user_id).await?.ok_or(AppError::NotFound { what: "user" })
}

/// The person with this mail address, for the command line.
pub async fn by_email(app: &App, email: &str) -> Result<User, AppError> {
    let filter = Filter::eq("email", email.trim().to_lowercase().as_str());
    app.store().first(filter).await?.ok_or(AppError::NotFound { what: "user with this mail address" })
}

/// Makes somebody an administrator.
pub async fn promote(app: &App, caller: &Caller, user_id: Id) -> Result<User, AppError> {
    change(app, caller, user_id, "user.promoted", |user| user.role = Role::Admin).await
}

/// Makes an administrator an ordinary user. `last_admin` when nobody else would be left.
pub async fn demote(app: &App, caller: &Caller, user_id: Id) -> Result<User, AppError> {
    change(app, caller, user_id, "user.demoted", |user| user.role = Role::User).await
}

/// Shuts somebody out: their sessions and tokens end with the same commit.
pub async fn disable(app: &App, caller: &Caller, user_id: Id) -> Result<User, AppError> {
    change(app, caller, user_id, "user.disabled", |user| user.is_disabled = true).await
}

/// Lets somebody in again.
pub async fn enable(app: &App, caller: &Caller, user_id: Id) -> Result<User, AppError> {
    change(app, caller, user_id, "user.enabled", |user| user.is_disabled = false).await
}

/// Deletes somebody and everything that is theirs here. Nothing is deleted at a provider. The audit log stays.
pub async fn delete(app: &App, caller: &Caller, user_id: Id) -> Result<(), AppError> {
    let user = read(app, caller, user_id).await?;
    let mut batch = Batch::new();
    if is_active_admin(&user) {
        batch.require(&USERS, other_admins(user_id));
    }
    batch.writes.extend(cascade::deletions(&USERS, &[user_id]));
    Entry::new("user.deleted", &USERS, user_id).about(user_id).caller(caller).add(app, &mut batch)?;
    app.store().commit(batch).await.map_err(last_admin)
}

async fn change(
    app: &App,
    caller: &Caller,
    user_id: Id,
    action: &'static str,
    make: impl Fn(&mut User),
) -> Result<User, AppError> {
    let mut last = AppError::Stale { what: "user" };
    for _ in 0..ATTEMPTS {
        let before = read(app, caller, user_id).await?;
        let mut user = before.clone();
        make(&mut user);
        if user == before {
            return Ok(user);
        }
        user.touch(app.now());
        let mut batch = Batch::new();
        if is_active_admin(&before) && !is_active_admin(&user) {
            batch.require(&USERS, other_admins(user_id));
        }
        batch.replace(&user, before.revision)?;
        if user.is_disabled {
            batch.delete(&SESSIONS, Filter::eq("user_id", user_id));
            batch.delete(&API_TOKENS, Filter::eq("user_id", user_id));
        }
        Entry::new(action, &USERS, user_id)
            .about(user_id)
            .caller(caller)
            .changes(json!({
                "role": {"before": before.role, "after": user.role},
                "is_disabled": {"before": before.is_disabled, "after": user.is_disabled},
            }))
            .add(app, &mut batch)?;
        match app.store().commit(batch).await {
            Ok(()) => return Ok(user),
            Err(error @ StoreError::RevisionMismatch { .. }) => last = error.into(),
            Err(error) => return Err(last_admin(error)),
        }
    }
    Err(last)
}

fn only_admin(caller: &Caller) -> Result<(), AppError> {
    if caller.is_admin() {
        return Ok(());
    }
    Err(AppError::Forbidden { reason: "only an administrator may do this".to_owned() })
}

fn is_active_admin(user: &User) -> bool {
    user.role == Role::Admin && !user.is_disabled
}

fn other_admins(user_id: Id) -> Filter {
    active_admins().and(Filter::Ne("_id", Value::Id(user_id)))
}

fn last_admin(error: StoreError) -> AppError {
    match error {
        StoreError::ConditionFailed { collection } if collection == USERS.name => AppError::Conflict {
            code: "last_admin",
            detail: "this is the last administrator; make somebody else one first".to_owned(),
        },
        error => error.into(),
    }
}
