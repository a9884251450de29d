//! One application, in one process, over a fresh store.

pub(crate) mod ambient;
pub(crate) mod capture;
pub(crate) mod engine;
pub(crate) mod faulty;
pub(crate) mod outlook;
pub(crate) mod people;
pub(crate) mod reply;

use std::net::SocketAddr;
use std::sync::Arc;

use api::ApiOptions;
use app::sealing::Sealer;
use app::{App, Parts, Settings};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, header};
use serde_json::Value;
use store::contract::Watched;
use store::{Filter, Store};
use tower::ServiceExt;

use ambient::{Counted, Recorded, StoppedClock};
use faulty::FaultyStore;
use outlook::FakeOutlook;
use reply::Reply;

/// The application and everything around it that a test turns.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) clock: Arc<StoppedClock>,
    pub(crate) entropy: Arc<Recorded>,
    pub(crate) outlook: Arc<FakeOutlook>,
    pub(crate) store: Arc<FaultyStore>,
    pub(crate) folder: tempfile::TempDir,
    /// The address requests come from.
    pub(crate) peer: SocketAddr,
    _database: Option<mongodb_server::Database>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default(), generous()).await
    }

    pub(crate) async fn with(settings: Settings, options: ApiOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine::open(folder.path()).await;
        let store = Arc::new(FaultyStore::around(engine.store));
        let clock = Arc::new(StoppedClock::at("2026-11-22T10:00:30Z"));
        let entropy = Arc::new(Recorded::default());
        let outlook = Arc::new(FakeOutlook::new(clock.clone()));
        let key = Sealer::generate_key("k1", &*entropy);
        let settings = Settings { exports_dir: folder.path().join("exports"), ..settings };
        let app = App::new(Parts {
            store: Arc::new(Watched::new(store.clone())),
            clock: clock.clone(),
            ids: Arc::new(Counted::default()),
            entropy: entropy.clone(),
            outlook: Some(outlook.clone()),
            sealer: Sealer::from_keys(&key).unwrap(),
            settings,
            timer: Arc::new(ambient::NoWait),
            process: "test".to_owned(),
        });
        let router = api::router(app.clone(), options);
        let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
        Self { app, router, clock, entropy, outlook, store, folder, peer, _database: engine.database }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Reply {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        Reply::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// A plain GET by nobody.
    pub(crate) async fn get(&self, uri: &str) -> Reply {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }

    /// Everything in the store, for comparing before and after.
    pub(crate) async fn dump(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for collection in model::collections::ALL {
            let name = collection.name;
            let each = |documents: Vec<store::Document>| {
                lines.extend(documents.iter().map(|document| format!("{name} {}", document.json)));
                true
            };
            self.store.stream(collection, Filter::All(Vec::new()), Box::new(each)).await.unwrap();
        }
        lines
    }
}

/// Options under which limits do not stand in the way of a test that is about something else.
pub(crate) fn generous() -> ApiOptions {
    ApiOptions {
        requests_per_minute: 60_000,
        account_requests_per_minute: 60_000,
        sign_in_requests_per_minute: 60_000,
        token_requests_per_minute: 60_000,
        ..ApiOptions::default()
    }
}

/// Settings of a server that people reach over https.
pub(crate) fn https() -> Settings {
    Settings { public_url: "https://calls.example.org".to_owned(), ..Settings::default() }
}

/// A JSON request without anybody's proof.
pub(crate) fn json(method: Method, uri: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(uri)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}
