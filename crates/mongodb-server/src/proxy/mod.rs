//! A proxy on the loopback in front of a server: it cuts, delays, holds, and loses answers.
//!
//! It reads whole messages, so that it can let a commit through and lose its answer: the fault after which nobody knows
//! whether it happened. A client must be told to take its address as it is (`directConnection=true`), because a replica
//! set tells its own addresses to whoever asks.

mod plan;
mod wire;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use self::wire::Message;
use crate::Failure;

pub use plan::{Act, Plan, Rates};

/// A running proxy. It ends when it is dropped, and its connections with it.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    road: watch::Sender<Road>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// The state of the whole road.
#[derive(Debug, Clone, Copy, Default)]
struct Road {
    /// Nothing moves, connections stay.
    is_held: bool,
    /// New connections are closed at once.
    is_closed: bool,
    /// Connections made before the last cut die.
    cuts: u64,
    /// The proxy ends.
    is_over: bool,
}

impl Proxy {
    /// A proxy on a free port in front of `server`. It has a thread of its own, so that it serves any kind of test.
    pub fn start(server: SocketAddr, plan: Plan) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("A proxy could not be started: {error}."));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let plan = Arc::new(Mutex::new(plan));
        let (road, seen) = watch::channel(Road::default());
        let connections = Connections { server, plan: plan.clone(), road: seen };
        let thread = std::thread::spawn(move || {
            runtime.block_on(connections.serve(listener));
        });
        Ok(Self { address, plan, road, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The plan, to be asked, told or replaced.
    pub fn plan(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }

    /// Kills every connection at once. New ones are taken.
    pub fn cut(&self) {
        self.road.send_modify(|road| road.cuts += 1);
    }

    /// Kills every connection and takes no new ones until [`Proxy::open`].
    pub fn close(&self) {
        self.road.send_modify(|road| {
            road.is_closed = true;
            road.cuts += 1;
        });
    }

    /// Holds all that is on its way, in both directions, until [`Proxy::open`]; connections stay.
    pub fn hold(&self) {
        self.road.send_modify(|road| road.is_held = true);
    }

    /// Lets go again.
    pub fn open(&self) {
        self.road.send_modify(|road| (road.is_closed, road.is_held) = (false, false));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.road.send_modify(|road| road.is_over = true);
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
struct Connections {
    server: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    road: watch::Receiver<Road>,
}

impl Connections {
    async fn serve(mut self, listener: std::net::TcpListener) {
        let Ok(listener) = TcpListener::from_std(listener) else { return };
        let mut road = self.road.clone();
        loop {
            tokio::select! {
                _ = road.wait_for(|road| road.is_over) => return,
                accepted = listener.accept() => {
                    if let Ok((client, _)) = accepted && !self.road.borrow_and_update().is_closed {
                        tokio::spawn(self.clone().connection(client));
                    }
                }
            }
        }
    }

    /// Carries messages both ways until one side goes or the road is cut; then both sides go.
    async fn connection(mut self, client: TcpStream) {
        let cuts = self.road.borrow_and_update().cuts;
        let Ok(server) = TcpStream::connect(self.server).await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let lost = Mutex::new(BTreeSet::new());
        let mut road = self.road.clone();
        tokio::select! {
            _ = road.wait_for(|road| road.cuts > cuts || road.is_over) => {}
            () = self.there(from_client, to_server, &lost) => {}
            () = self.back(from_server, to_client, &lost) => {}
        }
    }

    async fn there(
        &self,
        mut client: OwnedReadHalf,
        mut server: OwnedWriteHalf,
        lost: &Mutex<BTreeSet<i32>>,
    ) {
        while let Some(message) = Message::read(&mut client).await {
            if !self.is_free().await {
                return;
            }
            let act = lock(&self.plan).next(message.command());
            match act {
                Act::Pass => {}
                Act::Cut => return,
                Act::LoseAnswer => lock(lost).extend(message.id()),
                Act::Delay(milliseconds) => {
                    tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
                }
            }
            if server.write_all(&message.bytes).await.is_err() {
                return;
            }
        }
    }

    async fn back(&self, mut server: OwnedReadHalf, mut client: OwnedWriteHalf, lost: &Mutex<BTreeSet<i32>>) {
        while let Some(message) = Message::read(&mut server).await {
            if !self.is_free().await || message.answers().is_some_and(|id| lock(lost).contains(&id)) {
                return;
            }
            if client.write_all(&message.bytes).await.is_err() {
                return;
            }
        }
    }

    /// Waits while the road is held; whether it still is one.
    async fn is_free(&self) -> bool {
        self.road.clone().wait_for(|road| !road.is_held).await.is_ok()
    }
}
