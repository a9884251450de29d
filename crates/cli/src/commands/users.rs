//! `callboard users`: people and what they may do.

use app::accounts::{admin_link, users};
use model::documents::{Role, User};
use store::{Filter, TypedStore};

use crate::args::Users;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, action: Users, as_json: bool) -> Result<(), Failure> {
    let app = wiring::app(settings, wiring::open_store(settings).await?)?;
    let operator = wiring::operator();
    let change = |role, is_disabled| users::UserChange { role, is_disabled };
    let (email, change) = match action {
        Users::List => return list(&app.store().all(Filter::All(Vec::new())).await?, as_json),
        Users::AdminLink => {
            let link = admin_link::create(&app).await?;
            return print_link(&link, as_json);
        }
        Users::Delete { email, yes } => {
            let user = users::by_email(&app, &email).await?;
            if !yes {
                return Err(Failure::usage(format!(
                    "this deletes {email} with all their calendars and events here (nothing at Outlook). Add --yes to do it; nothing was changed"
                )));
            }
            users::delete(&app, &operator, user.id).await?;
            return output::said(
                as_json,
                &serde_json::json!({"deleted": email}),
                format!("{email} was deleted, with all their calendars and events here."),
            );
        }
        Users::Promote { email } => (email, change(Some(Role::Admin), None)),
        Users::Demote { email } => (email, change(Some(Role::User), None)),
        Users::Disable { email } => (email, change(None, Some(true))),
        Users::Enable { email } => (email, change(None, Some(false))),
    };
    let user = users::by_email(&app, &email).await?;
    let user = users::update(&app, &operator, user.id, change, None).await?;
    list(&[user], as_json)
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
