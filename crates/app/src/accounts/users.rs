//! Administration of people: who is an administrator, who may come in, who is deleted with all that is theirs.
//!
//! At every moment one administrator who may come in is left: that is a condition of the commit itself, so that two
//! administrators cannot demote each other at once.

use model::Id;
use model::collections::{API_TOKENS, SESSIONS, USERS};
use model::documents::{Record, Role, User};
use serde_json::json;
use store::{Batch, Filter, Query, StoreError, TypedStore, Value};

use super::admin_link::active_admins;
use super::audit::Entry;
use crate::cascades::{self, Parent};
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

/// What to change of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What they may do. `last_admin` when nobody else would be left who may administer.
    pub role: Option<Role>,
    /// Whether they are shut out: their sessions and tokens end with the same commit.
    pub is_disabled: Option<bool>,
}

/// Changes somebody. `Stale` when the document is not at the expected revision, where one is given.
pub async fn update(
    app: &App,
    caller: &Caller,
    user_id: Id,
    change: UserChange,
    expected_revision: Option<i64>,
) -> Result<User, AppError> {
    let mut last = AppError::Stale { what: "user" };
    for _ in 0..ATTEMPTS {
        let before = read(app, caller, user_id).await?;
        if expected_revision.is_some_and(|expected| expected != before.revision) {
            return Err(AppError::Stale { what: "user" });
        }
        if before.deletion_requested_at.is_some() {
            return Err(AppError::Conflict {
                code: "being_deleted",
                detail: "this person is being deleted with all that is theirs; that cannot be stopped"
                    .to_owned(),
            });
        }
        let mut user = before.clone();
        user.role = change.role.unwrap_or(before.role);
        user.is_disabled = change.is_disabled.unwrap_or(before.is_disabled);
        if user == before {
            return Ok(user);
        }
        user.touch(app.now());
        match app.store().commit(changing(app, caller, &before, &user)?).await {
            Ok(()) => return Ok(user),
            Err(error @ StoreError::RevisionMismatch { .. }) => last = error.into(),
            Err(error) => return Err(last_admin(error)),
        }
    }
    Err(last)
}

/// Whether an administrator who may come in would be left without this one: what the commits of a change and of a
/// deletion require, for those who ask first.
pub async fn could_do_without(app: &App, user: &User) -> Result<(), AppError> {
    if is_active_admin(user) && app.store().count(&USERS, other_admins(user.id)).await? == 0 {
        return Err(no_admin_left());
    }
    Ok(())
}

/// Deletes somebody and everything that is theirs here. Nothing is deleted at a provider. The audit log stays. Where that
/// is much, the person is shut out at once, and what was begun goes on after a crash. `Stale` when the document is not at
/// the expected revision, where one is given.
pub async fn delete(
    app: &App,
    caller: &Caller,
    user_id: Id,
    expected_revision: Option<i64>,
) -> Result<(), AppError> {
    delete_telling(app, caller, user_id, expected_revision, cascades::nobody()).await
}

/// The same for somebody who waits for it: `told` hears how many documents are gone.
pub async fn delete_telling(
    app: &App,
    caller: &Caller,
    user_id: Id,
    expected_revision: Option<i64>,
    told: cascades::Told,
) -> Result<(), AppError> {
    for _ in 0..ATTEMPTS {
        let user = read(app, caller, user_id).await?;
        let parent = Parent::user(user_id);
        // The mark itself has raised the revision: whoever asks again means what was decided.
        if user.deletion_requested_at.is_some() {
            return cascades::finish_in_any_case(app, parent, told).await;
        }
        if expected_revision.is_some_and(|expected| expected != user.revision) {
            return Err(AppError::Stale { what: "user" });
        }
        let mut decided = Batch::new();
        if is_active_admin(&user) {
            decided.require(&USERS, other_admins(user_id));
        }
        Entry::new("user.deleted", &USERS, user_id).about(user_id).caller(caller).add(app, &mut decided)?;
        let mut shut_out = Batch::new();
        shut_out.delete(&SESSIONS, Filter::eq("user_id", user_id));
        shut_out.delete(&API_TOKENS, Filter::eq("user_id", user_id));
        match cascades::delete(app, parent, user.revision, decided, shut_out, told.clone()).await {
            Err(AppError::Store(error @ StoreError::ConditionFailed { .. })) => {
                // Either nobody else is left who may administer, or the person was changed meanwhile.
                let others = app.store().count(&USERS, other_admins(user_id)).await?;
                if is_active_admin(&user) && others == 0 {
                    return Err(last_admin(error));
                }
            }
            outcome => return outcome,
        }
    }
    Err(AppError::Stale { what: "user" })
}

fn changing(app: &App, caller: &Caller, before: &User, user: &User) -> Result<Batch, AppError> {
    let mut batch = Batch::new();
    if is_active_admin(before) && !is_active_admin(user) {
        batch.require(&USERS, other_admins(user.id));
    }
    batch.replace(user, before.revision)?;
    if user.is_disabled {
        batch.delete(&SESSIONS, Filter::eq("user_id", user.id));
        batch.delete(&API_TOKENS, Filter::eq("user_id", user.id));
    }
    let action = match (before.is_disabled, user.is_disabled, user.role) {
        (false, true, _) => "user.disabled",
        (true, false, _) => "user.enabled",
        (_, _, Role::Admin) => "user.promoted",
        (_, _, Role::User) => "user.demoted",
    };
    Entry::new(action, &USERS, user.id)
        .about(user.id)
        .caller(caller)
        .changes(json!({
            "role": {"before": before.role, "after": user.role},
            "is_disabled": {"before": before.is_disabled, "after": user.is_disabled},
        }))
        .add(app, &mut batch)?;
    Ok(batch)
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
        StoreError::ConditionFailed { collection } if collection == USERS.name => no_admin_left(),
        error => error.into(),
    }
}

fn no_admin_left() -> AppError {
    AppError::Conflict {
        code: "last_admin",
        detail: "this is the last administrator; make somebody else one first".to_owned(),
    }
}
