//! Taking connections, each with a limit on its silence.
//!
//! By itself the framework waits for ever for the rest of a request's head: a few thousand silent connections then hold
//! all there is to hold. Nothing here counts requests; that is `middleware::limits`.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// Connections at once. Whoever comes then waits until one ends.
const MOST_CONNECTIONS: usize = 8_192;

/// After a failure that is not of one connection alone, such as no file handle being left.
const PAUSE: Duration = Duration::from_millis(500);

/// Serves until `stopping` turns true, and then until every request under way is answered. A connection on which no whole
/// head of a request comes for `silence` is closed, also between two requests.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    silence: Duration,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let (stream, address, place) = tokio::select! {
            () = stopped(&mut stopping) => break,
            next = next(&listener, &places) => next?,
        };
        let routes = routes.clone();
        let answer = service_fn(move |request| answer(routes.clone(), address, request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(silence)
            .serve_connection(TokioIo::new(stream), answer);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

/// Waits until the server stops. A server of which nobody will say that it stops never does.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending().await
    }
}

/// The next connection there is a place for.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Notices are small and are to come at once.
                let _ = stream.set_nodelay(true);
                return Ok((stream, address, place));
            }
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken at this moment");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether only the connection failed that was about to be taken.
fn is_of_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

async fn answer(
    routes: Router,
    address: SocketAddr,
    request: http::Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(address));
    routes.oneshot(request).await
}
