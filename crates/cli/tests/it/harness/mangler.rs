//! Stands between Callboard and the simulated Outlook and changes words in answers: what Outlook itself would never
//! take in, but might give out.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use serde_json::Value;

/// Members of token requests and answers that nobody else may see.
const SECRET: [&str; 4] = ["access_token", "refresh_token", "code", "code_verifier"];

pub(crate) struct Mangler {
    pub(crate) url: String,
    task: tokio::task::JoinHandle<()>,
    secrets: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Clone)]
struct Changes {
    from: String,
    to: String,
    here: String,
    behind: String,
    http: reqwest::Client,
    secrets: Arc<Mutex<BTreeSet<String>>>,
}

impl Mangler {
    /// Passes everything on to `behind`, and replaces `from` with `to` in what comes back.
    pub(crate) async fn start(behind: &str, from: &str, to: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let secrets = Arc::<Mutex<BTreeSet<String>>>::default();
        let changes = Changes {
            from: from.to_owned(),
            to: to.to_owned(),
            here: url.clone(),
            behind: behind.to_owned(),
            http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
            secrets: Arc::clone(&secrets),
        };
        let router = Router::new().fallback(pass).with_state(changes);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, task, secrets }
    }

    /// Bearers, tokens, verifiers and challenges' answers that went through.
    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        self.secrets.lock().unwrap().clone()
    }
}

impl Drop for Mangler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(State(changes): State<Changes>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let bearer =
        parts.headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let form = url::form_urlencoded::parse(&body).filter(|(name, _)| SECRET.contains(&name.as_ref()));
    changes
        .secrets
        .lock()
        .unwrap()
        .extend(form.map(|(_, value)| value.into_owned()).chain(bearer.map(str::to_owned)));
    let mut onward =
        changes.http.request(parts.method, format!("{}{}", changes.behind, parts.uri)).body(body);
    for (name, value) in &parts.headers {
        if !matches!(name.as_str(), "host" | "accept-encoding" | "content-length") {
            onward = onward.header(name, value);
        }
    }
    let answer = onward.send().await.unwrap();
    let mut back = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if !matches!(name.as_str(), "content-length" | "transfer-encoding") {
            back = back.header(name, value);
        }
    }
    let text = answer.text().await.unwrap();
    if let Ok(Value::Object(members)) = serde_json::from_str(&text) {
        let secret = members.iter().filter(|(name, _)| SECRET.contains(&name.as_str()));
        let secret = secret.filter_map(|(_, value)| value.as_str()).map(str::to_owned);
        changes.secrets.lock().unwrap().extend(secret);
    }
    let text = text.replace(&changes.behind, &changes.here).replace(&changes.from, &changes.to);
    back.body(Body::from(text)).unwrap()
}
