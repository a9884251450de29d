//! What every handler works with.

use std::sync::Arc;

use app::App;

use crate::ApiOptions;

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ApiState {
    /// The use cases.
    pub(crate) app: App,
    /// Settings of this edge.
    pub(crate) options: Arc<ApiOptions>,
}

impl ApiState {
    /// State for a router.
    pub(crate) fn new(app: App, options: ApiOptions) -> Self {
        Self { app, options: Arc::new(options) }
    }
}
