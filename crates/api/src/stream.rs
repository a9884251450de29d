//! `GET /stream`: notices as server-sent events, for as long as the session lives.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::{App, Caller, Notice};
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures::{Stream, stream};
use http::HeaderMap;
use model::Id;
use prometheus_client::metrics::gauge::Gauge;
use serde_json::json;
use tokio::sync::{broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{self, Session};
use crate::connections::stopped;
use crate::openapi::ReadErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// How long a notice may rely on the last look at the session.
const LOOK_AGAIN_MS: i64 = 1_000;

/// Streams of one person at once. The web app needs one for each browser, whatever is open in it.
const MOST_STREAMS: usize = 24;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_stream))
}

/// Follow what changes
///
/// Server-sent events: `event_changed` with `{event_id, calendar_id}`, `calendar_changed` with `{calendar_id}`,
/// `sync_progress` with a run, `export_progress` with `{export_id, status, progress_count}` (administrators only), and
/// `ping`. Only notices of the person's own records; administrators get all. What another server on the same store
/// wrote is told too, a moment later; what this one wrote may then be told twice. Notices may be lost when a browser is
/// slow or the store could not be heard: `missed` says so, and the browser reads again. The stream ends with the session.
#[utoipa::path(
    get,
    path = "/stream",
    tag = "sync",
    responses(
        (status = 200, description = "The stream.", body = String, content_type = "text/event-stream",
            example = json!("event: event_changed\ndata: {\"event_id\":\"6741a2b0c3d4e5f601020304\",\"calendar_id\":\"6741a2b0c3d4e5f601020305\"}\n\n")),
        ReadErrors,
    )
)]
pub(crate) async fn get_stream(
    State(state): State<ApiState>,
    session: Session,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let open = Open::new(state.metrics.streams().clone(), &state.streams, session.caller.user_id);
    let open = open.ok_or_else(|| {
        let detail = format!("you follow what changes in {MOST_STREAMS} places already; close some of them");
        Problem::new("too_many_requests", detail).retry_after_s(60)
    })?;
    let mut pings = interval(state.options.ping_interval.max(Duration::from_millis(10)));
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        notices: state.app.hub().subscribe(),
        looked_at_ms: state.app.now().as_millisecond(),
        caller: session.caller,
        _open: open,
        stopping: state.stopping.clone(),
        state,
        headers,
        pings,
    };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Ok(Sse::new(events))
}

/// One browser that listens.
struct Listener {
    state: ApiState,
    caller: Caller,
    headers: HeaderMap,
    notices: broadcast::Receiver<(Id, Notice)>,
    pings: Interval,
    stopping: watch::Receiver<bool>,
    looked_at_ms: i64,
    _open: Open,
}

impl Listener {
    /// The next event; `None` when the session or the server ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let event = tokio::select! {
                () = stopped(&mut self.stopping) => return None,
                _ = self.pings.tick() => {
                    self.looked_at_ms = i64::MIN;
                    Some(Event::default().event("ping").data("{}"))
                }
                notice = self.notices.recv() => match notice {
                    Ok((user_id, notice)) => may_see(&self.caller, user_id, &notice).then(|| event_of(&notice)).flatten(),
                    Err(broadcast::error::RecvError::Lagged(_)) => Some(Event::default().event("missed").data("{}")),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            };
            if let Some(event) = event {
                return self.is_still_signed_in().await.then_some(event);
            }
        }
    }

    /// Looks the session up again before something is told, at most once a second.
    async fn is_still_signed_in(&mut self) -> bool {
        let now_ms = now_ms(&self.state.app);
        if now_ms.saturating_sub(self.looked_at_ms) < LOOK_AGAIN_MS {
            return true;
        }
        self.looked_at_ms = now_ms;
        match access::authenticate(&self.headers, &self.state).await {
            // Somebody who was an administrator a moment ago listens anew, with the rights of now.
            Ok(session) => session.caller == self.caller,
            Err(_) => false,
        }
    }
}

fn may_see(caller: &Caller, user_id: Id, notice: &Notice) -> bool {
    let is_for_admins = matches!(notice, Notice::ExportProgress { .. });
    let is_for_all = matches!(notice, Notice::ReadAgain);
    caller.is_admin() || is_for_all || (user_id == caller.user_id && !is_for_admins)
}

fn now_ms(app: &App) -> i64 {
    app.now().as_millisecond()
}

fn event_of(notice: &Notice) -> Option<Event> {
    let (name, data) = match notice {
        Notice::EventChanged { event_id, calendar_id } => {
            ("event_changed", json!({"event_id": event_id, "calendar_id": calendar_id}))
        }
        Notice::CalendarChanged { calendar_id } => ("calendar_changed", json!({"calendar_id": calendar_id})),
        Notice::ReadAgain => ("missed", json!({})),
        Notice::SyncProgress(run) => ("sync_progress", serde_json::to_value(run).ok()?),
        Notice::ExportProgress { export_id, status, progress_count } => (
            "export_progress",
            json!({"export_id": export_id, "status": status, "progress_count": progress_count}),
        ),
    };
    Some(Event::default().event(name).data(data.to_string()))
}

/// How many streams each person listens to.
pub(crate) type Streams = Mutex<HashMap<Id, usize>>;

/// Counts an open stream for as long as it lives.
struct Open {
    gauge: Gauge,
    streams: Arc<Streams>,
    listener: Id,
}

impl Open {
    /// `None` when this person listens to as many as one may.
    fn new(gauge: Gauge, streams: &Arc<Streams>, listener: Id) -> Option<Self> {
        let mut counts = streams.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(listener).or_default();
        if *count >= MOST_STREAMS {
            return None;
        }
        *count += 1;
        gauge.inc();
        Some(Self { gauge, streams: Arc::clone(streams), listener })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.gauge.dec();
        let mut counts = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.listener) {
            *count = count.saturating_sub(1);
        }
        counts.retain(|_, count| *count > 0);
    }
}
