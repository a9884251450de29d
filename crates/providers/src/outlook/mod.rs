//! Outlook through Microsoft Graph: the provider, put together from its operations, one file each.

mod calendars;
mod changes;
pub mod config;
mod entra_refusal;
mod errors;
mod event;
mod http;
mod identity;
mod links;
mod people;
mod retry_after;
mod series;
mod sign_in;
mod translate;
mod when;
mod whereabouts;
mod wire;

pub use changes::{CALENDAR_VIEW_DELTA, EVENTS_DELTA};
use secrecy::SecretString;
use sync::remote::{RemoteCalendar, RemoteEntry};

use crate::contract::{
    AuthorizationRequest, AuthorizationSecrets, BoxFuture, CalendarProvider, ChangePage, Cursor, Identity,
    ProviderError, ReadWindow, TokenSet,
};
use config::{Endpoints, OptionsError, OutlookOptions};
use http::Http;

/// Outlook behind the contract. Cheap to share behind an `Arc`; holds a pool of connections and no tokens.
#[derive(Debug)]
pub struct OutlookProvider {
    options: OutlookOptions,
    endpoints: Endpoints,
    http: Http,
}

impl OutlookProvider {
    /// Checks the options and prepares the HTTP client; sends nothing.
    ///
    /// # Errors
    /// When an address or the tenant in the options cannot be used, or TLS cannot be set up.
    pub fn new(options: OutlookOptions) -> Result<Self, OptionsError> {
        let endpoints = Endpoints::new(&options)?;
        let http = Http::new(&options, endpoints.graph.clone())?;
        Ok(Self { options, endpoints, http })
    }
}

impl CalendarProvider for OutlookProvider {
    fn name(&self) -> &'static str {
        "outlook"
    }

    fn authorization_request(
        &self,
        redirect_uri: &str,
        secrets: &AuthorizationSecrets,
    ) -> AuthorizationRequest {
        sign_in::authorization_request(&self.options, &self.endpoints, redirect_uri, secrets)
    }

    fn exchange_code<'a>(
        &'a self,
        redirect_uri: &'a str,
        code: &'a str,
        secrets: &'a AuthorizationSecrets,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        Box::pin(sign_in::exchange_code(self, redirect_uri, code, secrets))
    }

    fn refresh<'a>(
        &'a self,
        refresh_token: &'a SecretString,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        Box::pin(sign_in::refresh(self, refresh_token))
    }

    fn identity<'a>(&'a self, access: &'a SecretString) -> BoxFuture<'a, Result<Identity, ProviderError>> {
        Box::pin(identity::identity(self, access))
    }

    fn calendars<'a>(
        &'a self,
        access: &'a SecretString,
    ) -> BoxFuture<'a, Result<Vec<RemoteCalendar>, ProviderError>> {
        Box::pin(calendars::calendars(self, access))
    }

    fn changes<'a>(
        &'a self,
        access: &'a SecretString,
        calendar_id: &'a str,
        cursor: Option<&'a Cursor>,
        window: ReadWindow,
    ) -> BoxFuture<'a, Result<ChangePage, ProviderError>> {
        Box::pin(changes::changes(self, access, calendar_id, cursor, window))
    }

    fn event<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteEntry>, ProviderError>> {
        Box::pin(event::event(self, access, event_id))
    }

    fn calendar_of<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, ProviderError>> {
        Box::pin(whereabouts::calendar_of(self, access, event_id))
    }
}
