//! What every handler works with.

use std::sync::Arc;

use app::App;
use axum::Router;
use tokio::sync::watch;

use crate::ApiOptions;
use crate::metrics::Metrics;
use crate::middleware::base_path;
use crate::middleware::limits::Limits;
use crate::stream::Streams;

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ApiState {
    /// The use cases.
    pub(crate) app: App,
    /// Settings of this edge.
    pub(crate) options: Arc<ApiOptions>,
    /// How often somebody may ask.
    pub(crate) limits: Arc<Limits>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
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
        let limits = Arc::new(Limits::new(&options));
        Self {
            app,
            options: Arc::new(options),
            limits,
            metrics: Arc::new(Metrics::new()),
            base,
            web,
            streams: Arc::default(),
            stopping,
        }
    }
}
