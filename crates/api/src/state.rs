//! What every handler works with.

use std::ops::Deref;
use std::sync::Arc;

use app::App;
use axum::Router;
use tokio::sync::watch;

use crate::ApiOptions;
use crate::metrics::Metrics;
use crate::middleware::base_path;
use crate::middleware::limits::Limits;
use crate::stream::Streams;

/// What every handler works with. It is cloned at each layer of each request, so that it is one pointer.
#[derive(Clone)]
pub(crate) struct ApiState(Arc<Shared>);

/// What it points to.
pub(crate) struct Shared {
    /// The use cases.
    pub(crate) app: App,
    /// Settings of this edge.
    pub(crate) options: ApiOptions,
    /// How often somebody may ask.
    pub(crate) limits: Limits,
    /// What is counted.
    pub(crate) metrics: Metrics,
    /// The path of the public address; empty for none.
    pub(crate) base: Arc<str>,
    /// The web app's files and page.
    pub(crate) web: Router,
    /// Who listens to how many streams.
    pub(crate) streams: Arc<Streams>,
    /// Turns true when the server stops: streams end then.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl ApiState {
    /// State for a router that stops when `stopping` turns true.
    pub(crate) fn new(app: App, options: ApiOptions, stopping: watch::Receiver<bool>) -> Self {
        let base: Arc<str> = base_path::of(&app.settings().public_url).into();
        let web = web_ui::router(&base);
        Self(Arc::new(Shared {
            limits: Limits::new(&options),
            app,
            options,
            metrics: Metrics::new(),
            base,
            web,
            streams: Arc::default(),
            stopping,
        }))
    }
}

impl Deref for ApiState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
