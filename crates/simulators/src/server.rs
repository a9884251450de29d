//! Starting and stopping: one loopback listener for sign-in, Graph and the control side.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::shared::Shared;
use crate::world::World;
use crate::{Fault, SimulatorOptions, control, outlook};

/// How long a stop waits for requests that are under way.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Why the simulators did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// They hand out tokens to anybody who asks, so they never listen to the network.
    #[error("cannot start the simulated Outlook on {0}: only loopback addresses are allowed; use 127.0.0.1:{port}", port = .0.port())]
    NotLoopback(SocketAddr),
    /// The listener could not be opened.
    #[error("cannot start the simulated Outlook on {address}: {source}; {advice}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What to do.
        advice: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Running simulators. Dropping them stops them at once; [`stop`](Self::stop) lets answers finish.
pub struct Simulators {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Simulators {
    /// Opens the listener and serves from then on. The world is empty: see [`crate::seed`].
    ///
    /// # Errors
    /// [`StartError`] when the address is not a loopback address or cannot be listened on.
    pub async fn start(options: SimulatorOptions) -> Result<Self, StartError> {
        let address = options.graph_listen;
        if !address.ip().is_loopback() {
            return Err(StartError::NotLoopback(address));
        }
        let listen = |source: io::Error| StartError::Listen { address, advice: advice(&source), source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let base_url = format!("http://{address}");
        let shared = Arc::new(Shared::new(options, base_url));
        let app = control::router()
            .fallback(outlook::serve)
            .with_state(Arc::clone(&shared))
            .into_make_service_with_connect_info::<Connection>();
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = axum::serve(Listener(listener), app).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            if let Err(error) = serve.await {
                tracing::error!(%error, "the simulated Outlook stopped");
            }
        });
        Ok(Self { shared, stop: Some(stop), task: Some(task) })
    }

    /// Base of the simulated Graph: `http://127.0.0.1:PORT/v1.0`.
    pub fn graph_url(&self) -> String {
        format!("{}/v1.0", self.shared.base_url)
    }

    /// The simulated Entra authority, to which `/{tenant}/oauth2/v2.0/…` is added.
    pub fn authority_url(&self) -> String {
        self.shared.base_url.clone()
    }

    /// The control side, to which `/_sim/…` is added.
    pub fn control_url(&self) -> String {
        self.shared.base_url.clone()
    }

    /// The mailboxes, for seeding and for tests in the same process.
    pub fn state(&self) -> &World {
        &self.shared.world
    }

    /// Orders a fault, as `POST /_sim/faults` does: for a file of faults that a command line names.
    pub fn add_fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Stops: no new connections, answers under way get two seconds.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(task) = &mut self.task {
            let _ = tokio::time::timeout(STOP_PATIENCE, task).await;
        }
    }
}

impl std::fmt::Debug for Simulators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulators").field("base_url", &self.shared.base_url).finish_non_exhaustive()
    }
}

impl Drop for Simulators {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there: stop it, or choose another port (0 picks a free one)"
        }
        io::ErrorKind::PermissionDenied => "the system does not allow this port: choose one above 1023",
        _ => "choose another address or port",
    }
}

/// What a handler can do to the connection that its request came on.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    cut: Arc<AtomicBool>,
}

impl Connection {
    /// From now on nothing is written any more: the peer sees the connection close.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
    }
}

impl Connected<IncomingStream<'_, Listener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().connection.clone()
    }
}

/// Accepts connections that can be cut.
pub(crate) struct Listener(TcpListener);

impl axum::serve::Listener for Listener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    let connection = Connection { cut: Arc::default() };
                    return (Wire { stream, connection }, peer);
                }
                // Out of file handles, most likely: wait for some to be freed.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A TCP stream whose writing side can be cut.
pub(crate) struct Wire {
    stream: TcpStream,
    connection: Connection,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.connection.cut.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
