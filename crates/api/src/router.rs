//! The routes and what stands around them: two tables.

use std::future::Future;
use std::time::Duration;

use app::App;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{from_fn, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::{Layer, ServiceExt};
use utoipa_axum::router::OpenApiRouter;

use crate::middleware::headers::{self, SecurityHeaders};
use crate::middleware::{address, base_path, limits, observe, origin, panics, timeout};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::{
    ApiOptions, admin, auth, calendars, categories, connections, cookies, docs, events, exports, json,
    locations, me, openapi, operations, request_id, sessions, stream, sync, tokens,
};

/// How long requests under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(15);

/// Everything Callboard answers over HTTP. Streams stay open until their session ends; for a server that stops
/// gracefully see [`serve`].
pub fn router(app: App, options: ApiOptions) -> Router {
    // The sender may go: whoever waits for it simply never hears of a stop.
    with_state(ApiState::new(app, options, watch::channel(false).1))
}

/// Serves until `stop` is done: then no new connection is taken, streams end, requests under way are finished. Where
/// there is a second listener, it answers `/metrics` and nothing else, to whoever can reach it.
pub async fn serve(
    listener: TcpListener,
    figures: Option<TcpListener>,
    app: App,
    options: ApiOptions,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stopping, watched) = watch::channel(false);
    let silence = options.longest_silence;
    let state = ApiState::new(app, options, watched.clone());
    let alone = async {
        match figures {
            Some(listener) => {
                let routes = operations::figures(state.clone());
                connections::serve(listener, routes, silence, watched.clone()).await
            }
            None => std::future::pending().await,
        }
    };
    let server = connections::serve(listener, with_state(state.clone()), silence, watched.clone());
    let stop = async {
        stop.await;
        let _ = stopping.send(true);
        tokio::time::sleep(GRACE).await;
        Ok(())
    };
    tokio::select! {
        ended = server => ended,
        // It ends with the other one, which may still have requests under way.
        Err(error) = alone => Err(error),
        ended = stop => ended,
    }
}

/// Every operation of the API, one line a resource.
pub(crate) fn table() -> OpenApiRouter<ApiState> {
    let v1 = OpenApiRouter::new()
        .merge(me::routes())
        .merge(events::routes())
        .merge(calendars::routes())
        .merge(categories::routes())
        .merge(locations::routes())
        .merge(sync::routes())
        .merge(exports::routes())
        .merge(tokens::routes())
        .merge(sessions::routes())
        .merge(stream::routes())
        .merge(admin::routes());
    OpenApiRouter::with_openapi(openapi::frame())
        .nest("/api/v1", v1)
        .merge(auth::routes())
        .merge(operations::routes())
        .merge(docs::routes())
}

/// What stands around every route: the first line is nearest to the handler, the last one nearest to the client.
fn with_state(state: ApiState) -> Router {
    let security = SecurityHeaders::new(&state.options, cookies::is_https(state.app.settings()));
    let (routes, _) = table().split_for_parts();
    let routes = routes
        .fallback(elsewhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(json::MAX_BODY_BYTES))
        .layer(from_fn_with_state(state.clone(), timeout::limit))
        .layer(from_fn(panics::catch))
        .layer(from_fn_with_state(state.clone(), origin::check))
        .layer(from_fn_with_state(state.clone(), limits::by_address))
        .layer(from_fn_with_state(security, headers::set))
        .layer(from_fn_with_state(state.clone(), observe::observe))
        .layer(from_fn_with_state(state.clone(), address::find))
        .layer(from_fn_with_state(state.clone(), request_id::give));
    under_base(routes, state)
}

/// The path of the public address is cut off before a route is looked for.
fn under_base(routes: Router<ApiState>, state: ApiState) -> Router {
    let base = state.base.clone();
    let routes = routes.with_state(state);
    if base.is_empty() {
        return routes;
    }
    let cut = map_request(move |request: Request| {
        let base = base.clone();
        async move { base_path::cut(&base, request) }
    });
    Router::new().fallback_service(cut.layer(routes))
}

/// Addresses without a route: the web app's own, except below the API.
async fn elsewhere(State(state): State<ApiState>, request: Request) -> Response {
    let path = request.uri().path();
    let is_ours =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_ours("/api") || is_ours("/auth") {
        return Problem::new("no_such_route", "there is no such address; /api/docs lists them")
            .into_response();
    }
    match state.web.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn wrong_method() -> Problem {
    Problem::new(
        "method_not_allowed",
        "the address exists, but not with this method; `Allow` lists those that do",
    )
}
