//! `callboard tokens`: tokens for scripts.

use app::accounts::{tokens, users};
use jiff::SignedDuration;
use model::documents::{ApiToken, TokenScope, User};
use secrecy::ExposeSecret;
use store::{Filter, TypedStore};

use crate::args::Tokens;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, action: Tokens, as_json: bool) -> Result<(), Failure> {
    let app = wiring::app(settings, wiring::open_store_to_work(settings).await?)?;
    if !matches!(action, Tokens::List { .. }) {
        super::migrate::refuse_pending(&app).await?;
    }
    match action {
        Tokens::Create { user, name, read_only, expires_in, dry } => {
            let user = users::by_email(&app, &user).await?;
            let new = tokens::NewToken {
                name,
                scope: if read_only { TokenScope::Read } else { TokenScope::Write },
                expires_at: Some(app.now() + SignedDuration::from_hours(24 * i64::from(expires_in))),
            };
            if dry.dry_run {
                let ends = tokens::could_create(&app, &wiring::operator_for(user.id), &new).await?;
                let may = if read_only { "read only" } else { "read and write" };
                let what = format!("a token of {} would be made that may {may} until {ends}", user.email);
                return output::would(as_json, "create", &user.email, what);
            }
            let created = tokens::create(&app, &wiring::operator_for(user.id), new, None).await?;
            let secret = created
                .secret
                .ok_or_else(|| Failure::failed("the token could not be shown; make another"))?;
            if as_json {
                return output::json(
                    &serde_json::json!({"_id": created.token.id, "token": secret.expose_secret(),
                    "expires_at": created.token.expires_at}),
                );
            }
            output::line(secret.expose_secret());
            Ok(())
        }
        Tokens::List { user } => {
            let filter = match user {
                Some(email) => Filter::eq("user_id", users::by_email(&app, &email).await?.id),
                None => Filter::All(Vec::new()),
            };
            let tokens: Vec<ApiToken> = app.store().all(filter).await?;
            let people: Vec<User> = app.store().all(Filter::All(Vec::new())).await?;
            list(&tokens, &people, as_json)
        }
        Tokens::Revoke { id, dry } => {
            let token: Option<ApiToken> = app.store().read(id).await?;
            let token = token.ok_or_else(|| {
                Failure::usage(format!("there is no token {id}; see `callboard tokens list`"))
            })?;
            if dry.dry_run {
                let what = format!("the token \"{}\" would end at once", token.name);
                return output::would(as_json, "revoke", &id.to_string(), what);
            }
            tokens::revoke(&app, &wiring::operator_for(token.user_id), id).await?;
            output::said(
                as_json,
                &serde_json::json!({"revoked": id}),
                format!("The token \"{}\" has ended.", token.name),
            )
        }
    }
}

fn list(tokens: &[ApiToken], people: &[User], as_json: bool) -> Result<(), Failure> {
    let email = |token: &ApiToken| {
        let owner = people.iter().find(|user| user.id == token.user_id);
        owner.map(|user| user.email.clone()).unwrap_or_default()
    };
    if as_json {
        let rows: Vec<_> = tokens
            .iter()
            .map(|token| {
                serde_json::json!({"_id": token.id, "user": email(token), "name": token.name, "prefix": token.prefix,
                    "scope": token.scope, "expires_at": token.expires_at, "last_used_at": token.last_used_at})
            })
            .collect();
        return output::json(&rows);
    }
    output::table(
        ["id", "of", "name", "begins", "may", "ends", "last used"],
        tokens.iter().map(|token| {
            let may = if token.scope == TokenScope::Read { "read" } else { "read and write" };
            let used = token.last_used_at.map(|at| at.to_string()).unwrap_or_default();
            [
                token.id.to_string(),
                email(token),
                token.name.clone(),
                token.prefix.clone(),
                may.to_owned(),
                token.expires_at.to_string(),
                used,
            ]
        }),
    );
    Ok(())
}
