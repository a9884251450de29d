//! A stand-in for Outlook's sign-in: it checks state and PKCE as Outlook would, and knows whoever it is told of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use model::Clock;
use providers::contract::{
    AuthorizationRequest, AuthorizationSecrets, BoxFuture, CalendarProvider, ChangePage, Cursor, Identity,
    ProviderError, ReadWindow, TokenSet,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use sync::remote::{RemoteCalendar, RemoteEntry};

use super::ambient::StoppedClock;

/// Somebody who agreed: which challenge the code belongs to, and who it is.
struct Agreed {
    challenge: String,
    identity: Identity,
}

/// The stand-in.
pub(crate) struct FakeOutlook {
    clock: Arc<StoppedClock>,
    agreed: Mutex<HashMap<String, Agreed>>,
    people: Mutex<HashMap<String, Identity>>,
    count: Mutex<u32>,
    withholds_scope: Mutex<bool>,
    secrets: Mutex<Vec<String>>,
}

impl FakeOutlook {
    pub(crate) fn new(clock: Arc<StoppedClock>) -> Self {
        Self {
            clock,
            agreed: Mutex::default(),
            people: Mutex::default(),
            count: Mutex::new(0),
            withholds_scope: Mutex::new(false),
            secrets: Mutex::default(),
        }
    }

    /// The person agrees on Outlook's page at this address: the code that Outlook sends back.
    pub(crate) fn agree(&self, url: &str, name: &str) -> String {
        let pairs: HashMap<String, String> =
            url::Url::parse(url).unwrap().query_pairs().into_owned().collect();
        assert_eq!(pairs["code_challenge_method"], "S256");
        let email = format!("{name}@example.org");
        let identity =
            Identity { id: format!("outlook-{name}"), email, display_name: format!("{name} of the house") };
        let code = self.secret("code");
        self.agreed
            .lock()
            .unwrap()
            .insert(code.clone(), Agreed { challenge: pairs["code_challenge"].clone(), identity });
        code
    }

    /// Whoever agreed with this code is another person who happens to have the same mail address.
    pub(crate) fn become_somebody_else(&self, code: &str) {
        self.agreed.lock().unwrap().get_mut(code).unwrap().identity.id.push_str("-of-another-tenant");
    }

    /// From now on the calendar scope is not granted.
    pub(crate) fn withhold_scope(&self) {
        *self.withholds_scope.lock().unwrap() = true;
    }

    /// Every secret it gave away.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap().clone()
    }

    fn secret(&self, kind: &str) -> String {
        let mut count = self.count.lock().unwrap();
        *count += 1;
        let secret = format!("outlook-{kind}-{:08x}", count.wrapping_mul(0x9e37_79b1));
        self.secrets.lock().unwrap().push(secret.clone());
        secret
    }
}

impl CalendarProvider for FakeOutlook {
    fn name(&self) -> &'static str {
        "outlook"
    }

    fn authorization_request(
        &self,
        redirect_uri: &str,
        secrets: &AuthorizationSecrets,
    ) -> AuthorizationRequest {
        let challenge =
            URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.code_verifier.expose_secret().as_bytes()));
        let mut url = url::Url::parse("https://login.example/authorize").unwrap();
        url.query_pairs_mut()
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", &secrets.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        AuthorizationRequest { url: url.into() }
    }

    fn exchange_code<'a>(
        &'a self,
        _: &'a str,
        code: &'a str,
        secrets: &'a AuthorizationSecrets,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        let refused = |code: &str| ProviderError::Reconnect {
            code: code.to_owned(),
            message: "signing in did not grant Calendars.Read; sign in again".to_owned(),
        };
        let challenge =
            URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.code_verifier.expose_secret().as_bytes()));
        let agreed = self.agreed.lock().unwrap().remove(code).filter(|agreed| agreed.challenge == challenge);
        let answer = match agreed {
            _ if *self.withholds_scope.lock().unwrap() => Err(refused("missing_scope")),
            None => Err(refused("invalid_grant")),
            Some(agreed) => {
                let access = self.secret("access");
                self.people.lock().unwrap().insert(access.clone(), agreed.identity);
                Ok(TokenSet {
                    access_token: access.into(),
                    refresh_token: Some(self.secret("refresh").into()),
                    expires_at: self.clock.now() + SignedDuration::from_hours(1),
                    scope: "Calendars.Read".to_owned(),
                })
            }
        };
        Box::pin(std::future::ready(answer))
    }

    fn refresh<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, Result<TokenSet, ProviderError>> {
        Box::pin(std::future::ready(Err(down())))
    }

    fn identity<'a>(&'a self, access: &'a SecretString) -> BoxFuture<'a, Result<Identity, ProviderError>> {
        let known = self.people.lock().unwrap().get(access.expose_secret()).cloned();
        Box::pin(std::future::ready(known.ok_or_else(down)))
    }

    fn calendars<'a>(
        &'a self,
        access: &'a SecretString,
    ) -> BoxFuture<'a, Result<Vec<RemoteCalendar>, ProviderError>> {
        let known = self.people.lock().unwrap().get(access.expose_secret()).cloned();
        let calendars = known.map(|person| {
            vec![RemoteCalendar {
                id: format!("calendar-of-{}", person.id),
                name: "Calendar".to_owned(),
                color: None,
                is_primary: true,
                can_edit: true,
            }]
        });
        Box::pin(std::future::ready(calendars.ok_or_else(down)))
    }

    fn changes<'a>(
        &'a self,
        _: &'a SecretString,
        _: &'a str,
        _: Option<&'a Cursor>,
        _: ReadWindow,
    ) -> BoxFuture<'a, Result<ChangePage, ProviderError>> {
        Box::pin(std::future::ready(Err(down())))
    }

    fn event<'a>(
        &'a self,
        _: &'a SecretString,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteEntry>, ProviderError>> {
        Box::pin(std::future::ready(Err(down())))
    }

    fn calendar_of<'a>(
        &'a self,
        _: &'a SecretString,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, ProviderError>> {
        Box::pin(std::future::ready(Err(down())))
    }
}

fn down() -> ProviderError {
    let (code, message) = ("unreachable".to_owned(), "the stand-in does not answer this".to_owned());
    ProviderError::Retry { after_ms: None, code, message }
}
