//! `callboard users`: people and what they may do.

use std::sync::Arc;

use app::App;
use app::accounts::{admin_link, users};
use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::documents::{Role, User};
use store::{Filter, TypedStore};

use crate::args::{DryRun, Users};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{output, running, wiring};

pub(crate) async fn run(settings: &Effective, action: Users, as_json: bool) -> Result<(), Failure> {
    let app = wiring::app(settings, wiring::open_store_to_work(settings).await?)?;
    if !matches!(action, Users::List) {
        super::migrate::refuse_pending(&app).await?;
    }
    let change = |role, is_disabled| users::UserChange { role, is_disabled };
    let (email, dry, change) = match action {
        Users::List => return list(&app.store().all(Filter::All(Vec::new())).await?, as_json),
        Users::AdminLink { dry } if dry.dry_run => {
            let what = "a link would be made that makes whoever opens it and signs in an administrator";
            return output::would(as_json, "create", "admin link", what);
        }
        Users::AdminLink { .. } => {
            let link = admin_link::create(&app).await?;
            return print_link(&link, as_json);
        }
        Users::Delete { email, yes, dry } => return delete(settings, &app, &email, yes, dry, as_json).await,
        Users::Promote { email, dry } => (email, dry, change(Some(Role::Admin), None)),
        Users::Demote { email, dry } => (email, dry, change(Some(Role::User), None)),
        Users::Disable { email, dry } => (email, dry, change(None, Some(true))),
        Users::Enable { email, dry } => (email, dry, change(None, Some(false))),
    };
    let user = users::by_email(&app, &email).await?;
    if dry.dry_run {
        return would_change(&app, &user, change, as_json).await;
    }
    let user = users::update(&app, &wiring::operator(), user.id, change, None).await?;
    list(&[user], as_json)
}

async fn delete(
    settings: &Effective,
    app: &App,
    email: &str,
    yes: bool,
    dry: DryRun,
    as_json: bool,
) -> Result<(), Failure> {
    let user = users::by_email(app, email).await?;
    if dry.dry_run {
        users::could_do_without(app, &user).await?;
        let events = app.store().count(&EVENTS, Filter::eq("user_id", user.id)).await?;
        let archived = app.store().count(&EVENTS_ARCHIVE, Filter::eq("user_id", user.id)).await?;
        let what = format!(
            "{email} would be deleted with all their calendars, {events} events and {archived} archived ones here; nothing \
             at Outlook"
        );
        return output::would(as_json, "delete", email, what);
    }
    if !yes {
        return Err(Failure::usage(format!(
            "this deletes {email} with all their calendars and events here (nothing at Outlook). Add --yes to do it; nothing was changed"
        )));
    }
    // What a killed deletion held is free at once.
    running::enter(settings, app).await?;
    let shown = Arc::new(Progress::counting("delete", "documents"));
    let told = shown.clone();
    users::delete_telling(app, &wiring::operator(), user.id, None, Arc::new(move |gone| told.show(gone)))
        .await?;
    shown.end();
    output::said(
        as_json,
        &serde_json::json!({"deleted": email}),
        format!("{email} was deleted, with all their calendars and events here."),
    )
}

async fn would_change(
    app: &App,
    user: &User,
    change: users::UserChange,
    as_json: bool,
) -> Result<(), Failure> {
    let after = User {
        role: change.role.unwrap_or(user.role),
        is_disabled: change.is_disabled.unwrap_or(user.is_disabled),
        ..user.clone()
    };
    let email = &user.email;
    if after == *user {
        return output::would(as_json, "nothing", email, format!("{email} is so already"));
    }
    if after.role != Role::Admin || after.is_disabled {
        users::could_do_without(app, user).await?;
    }
    let what = match change.role {
        Some(Role::Admin) => "would be an administrator",
        Some(Role::User) => "would be an ordinary user",
        None if after.is_disabled => "would be shut out; sessions and tokens would end at once",
        None => "would be let in again",
    };
    output::would(as_json, "update", email, format!("{email} {what}"))
}

fn print_link(link: &str, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&serde_json::json!({ "link": link }));
    }
    output::line("Whoever opens this link and signs in becomes an administrator. It works once:");
    output::line(link);
    Ok(())
}

fn list(users: &[User], as_json: bool) -> Result<(), Failure> {
    let role = |user: &User| if user.role == Role::Admin { "admin" } else { "user" };
    let state = |user: &User| match (&user.reconnect_reason, user.is_disabled) {
        (_, true) => "disabled",
        (Some(_), false) => "must sign in again",
        (None, false) => "ok",
    };
    if as_json {
        let rows: Vec<_> = users
            .iter()
            .map(|user| {
                serde_json::json!({"_id": user.id, "email": user.email, "display_name": user.display_name,
                    "role": role(user), "state": state(user), "last_login": user.last_login})
            })
            .collect();
        return output::json(&rows);
    }
    output::table(
        ["mail address", "name", "role", "state", "last sign-in"],
        users.iter().map(|user| {
            let last = user.last_login.map(|at| at.to_string()).unwrap_or_default();
            [
                user.email.clone(),
                user.display_name.clone(),
                role(user).to_owned(),
                state(user).to_owned(),
                last,
            ]
        }),
    );
    Ok(())
}
