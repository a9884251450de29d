//! Notices for open browsers.

use std::time::Duration;

use api::ApiOptions;
use app::{Notice, Settings};
use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use futures::StreamExt;
use http::{Method, Request};
use model::documents::Role;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use crate::harness::people::{Belongings, Proof, prove};
use crate::harness::{World, generous};

/// An open stream and what came over it.
struct Open(BodyDataStream);

impl Open {
    /// The next event that is no ping; `None` when the stream ended.
    async fn next(&mut self) -> Option<String> {
        loop {
            let chunk = self.0.next().await?.unwrap();
            let text = String::from_utf8(chunk.to_vec()).unwrap();
            if !text.starts_with("event: ping") {
                return Some(text);
            }
        }
    }
}

impl World {
    async fn open(&self, proof: &Proof) -> Open {
        let mut request = Request::get("/api/v1/stream").body(Body::empty()).unwrap();
        prove(&mut request, proof, false);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Open(response.into_body().into_data_stream())
    }

    fn tell(&self, of: &Belongings) {
        let notice = Notice::EventChanged { event_id: of.event, calendar_id: of.calendar };
        self.app.hub().publish(of.user, notice);
    }
}

#[tokio::test]
async fn everybody_hears_of_their_own_records_and_administrators_of_all() {
    let world = World::new().await;
    let (mara, jon) = (world.person("mara", Role::User).await, world.person("jon", Role::User).await);
    let admin = world.person("admin", Role::Admin).await;
    let (maras, jons) = (world.belongings(&mara, "mara").await, world.belongings(&jon, "jon").await);
    let mut at_mara = world.open(&Proof::Session(mara)).await;
    let mut at_admin = world.open(&Proof::Session(admin)).await;
    world.tell(&jons);
    world.tell(&maras);
    let expected = |of: &Belongings| {
        format!(
            "event: event_changed\ndata: {}\n\n",
            json!({"event_id": of.event, "calendar_id": of.calendar})
        )
    };
    assert_eq!(at_mara.next().await.unwrap(), expected(&maras));
    assert_eq!(at_admin.next().await.unwrap(), expected(&jons));
    assert_eq!(at_admin.next().await.unwrap(), expected(&maras));
}

#[tokio::test]
async fn s07_a_stream_ends_with_the_power_of_its_person() {
    let world = World::new().await;
    let admin = world.person("admin", Role::Admin).await;
    let proof = Proof::Session(admin.clone());
    for change in [json!({"role": "user"}), json!({"is_disabled": true})] {
        let person =
            world.person(&format!("second-{change}").replace(['"', '{', '}', ':'], ""), Role::Admin).await;
        let own = world.belongings(&person, "second").await;
        let mut stream = world.open(&Proof::Session(person.clone())).await;
        world.tell(&own);
        assert!(stream.next().await.is_some());
        let uri = format!("/api/v1/admin/users/{}", person.id);
        assert_eq!(world.ask(&proof, Method::PATCH, &uri, Some(&change)).await.status, 200);
        world.clock.forward(1);
        world.tell(&own);
        assert_eq!(stream.next().await, None, "{change}");
    }
}

#[tokio::test]
async fn a_quiet_stream_pings_and_ends_when_the_session_does() {
    let options = ApiOptions { ping_interval: Duration::from_millis(10), ..generous() };
    let world = World::with(Settings::default(), options).await;
    let person = world.person("mara", Role::User).await;
    let Open(mut stream) = world.open(&Proof::Session(person)).await;
    for _ in 0..3 {
        let text = stream.next().await.unwrap().unwrap();
        assert_eq!(text, "event: ping\ndata: {}\n\n");
    }
    world.clock.forward(31 * 86_400);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn one_person_follows_in_so_many_places_and_no_more() {
    let world = World::new().await;
    let (mara, jon) = (world.person("mara", Role::User).await, world.person("jon", Role::User).await);
    let (mara, jon) = (Proof::Session(mara), Proof::Session(jon));
    let mut open = Vec::new();
    for _ in 0..24 {
        open.push(world.open(&mara).await);
    }
    let refused = world.ask(&mara, Method::GET, "/api/v1/stream", None).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "too_many_requests"));
    assert_eq!(refused.header("retry-after"), "60");
    world.open(&jon).await;
    open.pop();
    world.open(&mara).await;
}

/// A server on a port of its own.
struct Server {
    address: std::net::SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn serve(world: &World, options: ApiOptions) -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(api::serve(listener, None, world.app.clone(), options, async {
        let _ = stopped.await;
    }));
    Server { address, stop, ended }
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    let server = serve(&world, generous()).await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: callboard_session={}\r\n\r\n",
        person.secret
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut begun = [0; 12];
    connection.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    server.stop.send(()).unwrap();
    let mut rest = Vec::new();
    connection.read_to_end(&mut rest).await.unwrap();
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_stays_silent_is_closed_and_one_that_listens_is_not() {
    let options = ApiOptions {
        longest_silence: Duration::from_millis(900),
        ping_interval: Duration::from_millis(90),
        ..generous()
    };
    let world = World::with(Settings::default(), options.clone()).await;
    let person = world.person("mara", Role::User).await;
    let server = serve(&world, options).await;
    let follow = format!(
        "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: callboard_session={}\r\n\r\n",
        person.secret
    );
    let mut follower = TcpStream::connect(server.address).await.unwrap();
    follower.write_all(follow.as_bytes()).await.unwrap();
    for said in
        ["", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow:", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"]
    {
        let mut connection = TcpStream::connect(server.address).await.unwrap();
        connection.write_all(said.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        // It ends only when the server closes it.
        connection.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard.starts_with(b"HTTP/1.1 200"), said.ends_with("\r\n\r\n"), "{said:?}");
    }
    // The follower has outlived all three; pings go on coming.
    let mut heard = String::new();
    while heard.matches("event: ping").count() < 12 {
        let mut some = [0; 512];
        let length = follower.read(&mut some).await.unwrap();
        assert!(length > 0, "{heard}");
        heard.push_str(std::str::from_utf8(&some[..length]).unwrap());
    }
    server.stop.send(()).unwrap();
    server.ended.await.unwrap().unwrap();
}
