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
async fn a_server_that_stops_ends_its_streams() {
    let world = World::new().await;
    let person = world.person("mara", Role::User).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(api::serve(listener, None, world.app.clone(), generous(), async {
        let _ = stopped.await;
    }));
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: callboard_session={}\r\n\r\n",
        person.secret
    );
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut begun = [0; 12];
    connection.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    stop.send(()).unwrap();
    let mut rest = Vec::new();
    connection.read_to_end(&mut rest).await.unwrap();
    server.await.unwrap().unwrap();
}
