//! The simulated Outlook: Entra sign-in and Microsoft Graph on one address.

mod answer;
mod graph;
mod harm;
mod oauth;
mod query;
mod serve;

pub(crate) use oauth::Grants;
pub(crate) use serve::serve;
