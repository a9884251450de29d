//! What operators build on at the edge: lines of the log, figures on a port of their own, a public address that is changed
//! by a restart.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::harness::{Browser, House, MIRA};

/// Names of fields in the first column of the table below the heading about the log.
fn documented_fields() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations/monitoring.md");
    let page = std::fs::read_to_string(page).unwrap();
    let table = page.split("## The log").nth(1).unwrap();
    let columns = table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let names = columns.flat_map(|column| column.split(", ")).map(|name| name.trim_matches('`').to_owned());
    names.collect()
}

fn lines(said: &str) -> Vec<Map<String, Value>> {
    let lines = said.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lines_of_the_log_have_the_documented_fields_and_figures_a_port_of_their_own() {
    let mut house = House::new().await;
    house.set("log_format", "json");
    house.set("metrics_listen", "127.0.0.1:0");
    house.create_days(2);
    let (server, browser) = house.serve_mira().await;
    browser.post("/api/v1/tokens", serde_json::json!({"name": "script"})).await.ok();
    assert_eq!(browser.get("/api/v1/nothing").await.status, 404);
    assert_eq!(Browser::new(&server.url).get("/auth/outlook/callback?state=x&code=y").await.status, 403);

    let started = lines(&server.program.said());
    let of_figures =
        started.iter().find(|line| line["message"] == "figures have a port of their own").unwrap();
    let figures: SocketAddr = of_figures["address"].as_str().unwrap().parse().unwrap();
    let answer = reqwest::get(format!("http://{figures}/metrics")).await.unwrap();
    let user = browser.get("/api/v1/me").await.ok()["_id"].as_str().unwrap().to_owned();
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(text.contains(&format!("callboard_sync_age_seconds{{user_id=\"{user}\"}} ")), "{text}");
    for path in ["/", "/healthz", "/api/v1/me", "/api/v1/openapi.json"] {
        assert_eq!(reqwest::get(format!("http://{figures}{path}")).await.unwrap().status(), 404, "{path}");
    }

    let said = lines(&server.stop().await);
    let documented = documented_fields();
    assert!(documented.len() > 15, "{documented:?}");
    for line in &said {
        for name in ["timestamp", "level", "target"] {
            assert!(line.get(name).is_some_and(Value::is_string), "no {name} in {line:?}");
        }
        assert!(line.get("fields").is_none(), "every field is at the top: {line:?}");
    }
    let of = |target: &str| said.iter().filter(|line| line["target"] == target).collect::<Vec<_>>();
    let (requests, events) = (of("access"), of("audit"));
    assert!(requests.len() > 5 && events.len() > 3, "{said:#?}");
    for name in ["request_id", "method", "route", "status", "took_ms", "address"] {
        assert!(requests.iter().all(|line| line.contains_key(name)), "{name}");
    }
    for line in requests.iter().chain(&events) {
        for name in line.keys() {
            assert!(documented.contains(name), "{name} is not in docs/operations/monitoring.md: {line:?}");
        }
    }
    let refused = events.iter().find(|line| line["action"] == "sign_in.refused").unwrap();
    assert_eq!(
        (&refused["code"], &refused["span"]["address"]),
        (&"sign_in_over".into(), &"127.0.0.1".into())
    );
    let made = events.iter().find(|line| line["action"] == "token.created").unwrap();
    let request = requests.iter().find(|line| line["request_id"] == made["span"]["request_id"]).unwrap();
    assert_eq!(
        (&request["route"], &request["status"]),
        (&"/api/v1/tokens".into(), &201.into()),
        "{request:?}"
    );
}

/// A proxy at this address that passes `/crew/…` on as `/…`.
#[derive(Clone)]
struct Proxy {
    behind: String,
    http: reqwest::Client,
}

async fn pass(State(proxy): State<Proxy>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().as_str();
    let Some(rest) = path.strip_prefix("/crew").filter(|rest| rest.starts_with('/')) else {
        return Response::builder().status(StatusCode::IM_A_TEAPOT).body(Body::empty()).unwrap();
    };
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut onward = proxy.http.request(parts.method, format!("{}{rest}", proxy.behind)).body(body);
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != "host") {
        onward = onward.header(name, value);
    }
    let Ok(answer) = onward.send().await else {
        return Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).unwrap();
    };
    let mut back = Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
        back = back.header(name, value);
    }
    back.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

/// An address that nobody listens on at present.
fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restart_alone_moves_it_to_another_address_with_a_path() {
    let mut house = House::new().await;
    let (server, browser) = house.serve_mira().await;
    let me = browser.get("/api/v1/me").await.ok();
    server.stop().await;

    let (front, behind) = (tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(), free_address());
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let public = format!("http://{}/crew", front.local_addr().unwrap());
    let proxy = Proxy { behind: format!("http://{behind}"), http };
    let proxy = tokio::spawn(async move {
        axum::serve(front, Router::new().fallback(pass).with_state(proxy)).await.unwrap();
    });
    house.set("listen", &behind.to_string());
    house.set("public_url", &public);
    let server = house.serve().await;
    assert_eq!(server.url, public);

    // Every address on the way to Outlook and back has the path; none is answered by the proxy itself.
    let browser = Browser::sign_in(&public, MIRA).await;
    assert_eq!(browser.get("/api/v1/me").await.ok()["_id"], me["_id"], "the same person, the same data");
    let visited = browser.visited.lock().unwrap().clone();
    let ours = visited.iter().filter(|url| !url.starts_with(&house.sim.authority_url()));
    assert!(ours.clone().count() >= 3, "{visited:?}");
    for url in ours {
        assert!(url.starts_with(&format!("{public}/")), "{url} has left the path");
    }
    let page = browser.get("/").await;
    assert!(page.text.contains("/crew/"), "the page asks for its files under the path: {page:?}");
    let link = house.run(&["users", "admin-link"]).await.ok().out;
    assert!(link.contains(&format!("{public}/auth/admin-link/")), "{link}");
    let made = browser.post("/api/v1/calendars", serde_json::json!({"name": "Bookings"})).await;
    assert_eq!(made.status, 201, "a change from the new address is no foreign one: {made:?}");

    // And back again: the old address works as if nothing had been.
    server.stop().await;
    proxy.abort();
    house.set("listen", "127.0.0.1:0");
    house.unset("public_url");
    let (server, browser) = house.serve_mira().await;
    assert_eq!(browser.get("/api/v1/me").await.ok()["_id"], me["_id"]);
    server.stop().await;
}
