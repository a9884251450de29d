//! The few pages that a person sees: plain, readable by a screen reader, without script.

use super::super::answer::Answer;
use super::super::graph::Asked;
use crate::shared::Shared;
use crate::world::text::escape;

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;\
    color:#1b1b1b;background:#fff}a.person{display:block;padding:.8rem 1rem;margin:.5rem 0;border:1px solid #767676;\
    border-radius:.5rem;color:inherit;text-decoration:none}a.person:hover,a.person:focus{background:#eef4fb;\
    outline:2px solid #0b5cad}.mail{color:#555;display:block;font-size:.9rem}ul{list-style:none;padding:0}";

/// Everybody with a mailbox, one link each.
pub(super) fn choose(shared: &Shared, asked: &Asked) -> Answer {
    let people: String = shared
        .world
        .users()
        .iter()
        .map(|person| {
            let link = format!("{}?{}", asked.path, asked.query.with("sim_user", &person.id));
            format!(
                "<li><a class=\"person\" href=\"{}\">{}<span class=\"mail\">{}</span></a></li>",
                escape(&link),
                escape(&person.name),
                escape(&person.mail),
            )
        })
        .collect();
    let deny = format!("{}?{}", asked.path, asked.query.with("sim_deny", "1"));
    let unknown = asked
        .query
        .get("sim_user")
        .or_else(|| asked.query.get("login_hint"))
        .map_or_else(String::new, |hint| {
            format!("<p role=\"alert\">Nobody here has the account {}.</p>", escape(hint))
        });
    let list = if people.is_empty() {
        "<p>There are no people yet: add some with <code>POST /_sim/users</code>.</p>".to_owned()
    } else {
        format!("<ul>{people}</ul>")
    };
    let body = format!(
        "<h1>Choose a person</h1><p>This is a simulated Outlook. Nobody needs a password.</p>{unknown}{list}\
         <p><a href=\"{}\">Cancel: give no access</a></p>",
        escape(&deny),
    );
    page(200, "Sign in to the simulated Outlook", &body)
}

/// A message that something is wrong.
pub(super) fn error(status: u16, message: &str) -> Answer {
    let body = format!("<h1>Sign-in failed</h1><p role=\"alert\">{}</p>", escape(message));
    page(status, "Sign-in failed", &body)
}

/// After a sign-out without a place to go back to.
pub(super) fn signed_out() -> Answer {
    page(200, "Signed out", "<h1>Signed out</h1><p>You signed out of the simulated Outlook.</p>")
}

/// What a browser finds at the root.
pub(super) fn index(shared: &Shared) -> Answer {
    let base = escape(&shared.base_url);
    let body = format!(
        "<h1>Simulated Outlook</h1><p>Authority: <code>{base}</code><br>Graph: <code>{base}/v1.0</code><br>\
         Control: <code>{base}/_sim/</code></p>",
    );
    page(200, "Simulated Outlook", &body)
}

fn page(status: u16, title: &str, body: &str) -> Answer {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{body}</main></body></html>",
    );
    Answer::html(status, html)
        .with(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
        .with("x-content-type-options", "nosniff")
}
