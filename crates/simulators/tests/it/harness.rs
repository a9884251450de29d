//! A running simulator with two people, and a client that is signed in.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use simulators::world::{UserSpec, World};
use simulators::{SimClock, SimulatorOptions, Simulators};

pub(crate) const ADA: &str = "ada.berg@harbourhall.example";
pub(crate) const JONAS: &str = "jonas.lind@harbourhall.example";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/auth/outlook/callback";
/// A verifier and its S256 challenge (RFC 7636, appendix B).
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn start_time() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

pub(crate) fn options() -> SimulatorOptions {
    SimulatorOptions { clock: SimClock::fixed(start_time()), ..SimulatorOptions::default() }
}

/// A world without HTTP, with Ada and Jonas.
pub(crate) fn world() -> World {
    let world = World::new(1, SimClock::fixed(start_time()), 200);
    add_people(&world);
    world
}

pub(crate) fn add_people(world: &World) {
    for (name, mail) in [("Ada Berg", ADA), ("Jonas Lind", JONAS)] {
        let spec = UserSpec {
            id: String::new(),
            name: name.to_owned(),
            mail: mail.to_owned(),
            time_zone: "W. Europe Standard Time".to_owned(),
        };
        world.add_user(spec).unwrap();
    }
}

pub(crate) fn timed(subject: &str, start: &str, end: &str) -> Value {
    json!({
        "subject": subject,
        "start": {"dateTime": start, "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": end, "timeZone": "W. Europe Standard Time"},
    })
}

/// A weekly series on Mondays at nine, from 2 November 2026.
pub(crate) fn weekly(subject: &str) -> Value {
    let mut body = timed(subject, "2026-11-02T09:00:00", "2026-11-02T10:00:00");
    body["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "noEnd", "startDate": "2026-11-02"},
    });
    body
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status < 300, "{} {}", self.status, self.text);
        self.json()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct Running {
    pub(crate) sim: Simulators,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    sent: AtomicU32,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(options()).await
    }

    /// Started, with Ada and Jonas, Ada signed in.
    pub(crate) async fn start_with(options: SimulatorOptions) -> Self {
        let sim = Simulators::start(options).await.unwrap();
        add_people(sim.state());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut running = Self { sim, http, token: String::new(), sent: AtomicU32::new(0) };
        running.token = running.sign_in(ADA).await["access_token"].as_str().unwrap().to_owned();
        running
    }

    pub(crate) fn world(&self) -> &World {
        self.sim.state()
    }

    /// Sends a request; a path that begins with a slash goes to the simulator, anything else is a link.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, reqwest::Error> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let url = if path.starts_with('/') {
            format!("{}{path}", self.sim.authority_url())
        } else {
            path.to_owned()
        };
        let mut request = self.http.request(method, url);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Reply { status: status.as_u16(), headers, text: response.text().await? })
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).await.unwrap()
    }

    pub(crate) async fn get_with(&self, path: &str, prefer: &str) -> Reply {
        self.send(Method::GET, path, &[("prefer", prefer)], None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, &[], Some(body)).await.unwrap()
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, path, &[], Some(body)).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], None).await.unwrap()
    }

    /// Orders a fault.
    pub(crate) async fn fault(&self, fault: Value) {
        self.post("/_sim/faults", &fault).await.ok();
    }

    pub(crate) fn authorize_path(&self, more: &str) -> String {
        format!(
            "/common/oauth2/v2.0/authorize?client_id={}&response_type=code&redirect_uri={}&scope={}&state=xyz\
             &code_challenge={CHALLENGE}&code_challenge_method=S256{more}",
            SimulatorOptions::default().client_id,
            percent(REDIRECT),
            percent("offline_access User.Read Calendars.ReadWrite"),
        )
    }

    /// The code of a redirect.
    pub(crate) async fn code(&self, user: &str) -> String {
        let reply = self.get(&self.authorize_path(&format!("&login_hint={user}"))).await;
        assert_eq!(reply.status, StatusCode::FOUND.as_u16(), "{}", reply.text);
        parameter(reply.header("location"), "code")
    }

    pub(crate) async fn token(&self, pairs: &[(&str, &str)]) -> Reply {
        let client_id = SimulatorOptions::default().client_id;
        let mut form = vec![("client_id", client_id.as_str())];
        form.extend(pairs);
        let url = format!("{}/common/oauth2/v2.0/token", self.sim.authority_url());
        let response = self.http.post(url).form(&form).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) async fn redeem(&self, code: &str) -> Reply {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        self.token(&pairs).await
    }

    pub(crate) async fn sign_in(&self, user: &str) -> Value {
        self.redeem(&self.code(user).await).await.ok()
    }
}

pub(crate) fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {url}")).to_owned()
}

pub(crate) fn percent(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// Ids of a page's items.
pub(crate) fn ids(page: &Value) -> Vec<String> {
    page["value"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}
