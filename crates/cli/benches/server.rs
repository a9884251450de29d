//! The server as a process: how long until it answers, what memory it keeps at rest, how fast a first sync is. Beside a
//! bare axum server in a process of its own, and beside a loop that only fetches the same pages.
//!
//! One JSON line a figure; see `cargo xtask bench`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark measures real time and stops at the first surprise"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use simulators::world::UserSpec;
use simulators::{Limits, SimClock, SimulatorOptions, Simulators};

const ROUNDS: usize = 15;
const EVENTS: usize = 10_000;
const PERSON: &str = "ada@bench.example";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(port) = arguments.iter().position(|word| word == "bare").and_then(|at| arguments.get(at + 1))
    {
        return bare_server(port.parse().expect("a port"));
    }
    starts();
    first_sync();
}

/// The limit: axum alone.
fn bare_server(port: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let router = axum::Router::new().route("/healthz", axum::routing::get(|| async { "ok" }));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        axum::serve(listener, router).await.unwrap();
    });
}

fn starts() {
    let folder = tempfile::tempdir().unwrap();
    let keys = keys(folder.path());
    // The store is there already: a first start also makes its files.
    running(serve(folder.path(), &keys, free_port()));
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(running(serve(folder.path(), &keys, free_port())));
        bare.push(running(bare_command(free_port())));
    }
    let of = |runs: &[Run]| {
        let ms = median(runs.iter().map(|run| run.answered_ms).collect());
        let mib = median(runs.iter().map(|run| run.rest_mib).collect());
        (ms, mib)
    };
    let ((ours_ms, ours_mib), (bare_ms, bare_mib)) = (of(&ours), of(&bare));
    row("start to first answer", "ms", ours_ms, "axum alone", bare_ms, bare_ms / ours_ms, "<= 50 ms");
    row(
        "memory at rest (RssAnon)",
        "MiB",
        ours_mib,
        "axum alone",
        bare_mib,
        bare_mib / ours_mib,
        "<= 25 MiB",
    );
}

struct Run {
    answered_ms: f64,
    rest_mib: f64,
}

/// Starts a server, waits for its first answer, looks at its memory, ends it.
fn running((mut command, port): (Command, u16)) -> Run {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
    while !answers(port) {
        assert!(began.elapsed() < Duration::from_secs(30), "the server never answered");
        std::thread::sleep(Duration::from_micros(200));
    }
    let answered_ms = began.elapsed().as_secs_f64() * 1_000.0;
    (0..20).for_each(|_| assert!(answers(port)));
    let rest_mib = rss_anon_mib(&child);
    end(&mut child);
    Run { answered_ms, rest_mib }
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

fn rss_anon_mib(child: &Child) -> f64 {
    let status = std::fs::File::open(format!("/proc/{}/status", child.id())).expect("Linux");
    let line = BufReader::new(status).lines().map_while(Result::ok).find(|line| line.starts_with("RssAnon"));
    let kib: f64 = line.unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1_024.0
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn callboard(folder: &Path, keys: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
    command
        .env_clear()
        .env("CALLBOARD_DATA_DIR", folder)
        .env("CALLBOARD_KEYS_FILE", keys)
        .env("CALLBOARD_LOG", "error");
    command
}

fn serve(folder: &Path, keys: &Path, port: u16) -> (Command, u16) {
    let mut command = callboard(folder, keys);
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]).env("CALLBOARD_ADMIN_EMAILS", PERSON);
    (command, port)
}

fn bare_command(port: u16) -> (Command, u16) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["bare", &port.to_string()]);
    (command, port)
}

fn keys(folder: &Path) -> std::path::PathBuf {
    let made = Command::new(env!("CARGO_BIN_EXE_callboard")).args(["keys", "generate"]).output().unwrap();
    let path = folder.join("keys");
    std::fs::write(&path, made.stdout).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A first sync of a mailbox, beside a loop that fetches its pages and throws them away.
fn first_sync() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let options = SimulatorOptions {
        clock: SimClock::following(Arc::new(jiff::Timestamp::now)),
        limits: Limits { requests_per_window: 1_000_000, ..Limits::default() },
        ..SimulatorOptions::default()
    };
    let client_id = options.client_id.clone();
    let simulators = runtime.block_on(Simulators::start(options)).unwrap();
    let (name, mail, time_zone) = ("Ada".to_owned(), PERSON.to_owned(), "W. Europe Standard Time".to_owned());
    simulators.state().add_user(UserSpec { id: String::new(), name, mail, time_zone }).unwrap();
    simulators::seed::life(simulators.state(), PERSON, None, EVENTS, 1).unwrap();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(synced(&runtime, &simulators, &client_id));
        bare.push(runtime.block_on(fetched(&simulators)));
    }
    let (ours, bare) = (median(ours), median(bare));
    let rate = |seconds: f64| EVENTS as f64 / seconds;
    let job = format!("first sync of a mailbox of {EVENTS} events");
    row(
        &job,
        "events/s",
        rate(ours),
        "a loop that fetches the same pages",
        rate(bare),
        bare / ours,
        ">= 0.8",
    );
    runtime.block_on(simulators.stop());
}

/// Signs in through the server as a browser does, then times `callboard sync` on that store.
fn synced(runtime: &tokio::runtime::Runtime, simulators: &Simulators, client_id: &str) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let keys = keys(folder.path());
    let connected = |mut command: Command| {
        command
            .env("CALLBOARD_OUTLOOK_CLIENT_ID", client_id)
            .env("CALLBOARD_OUTLOOK_AUTHORITY_URL", simulators.authority_url())
            .env("CALLBOARD_OUTLOOK_GRAPH_URL", simulators.authority_url())
            .env("CALLBOARD_SYNC_INTERVAL", "off");
        command
    };
    let (command, port) = serve(folder.path(), &keys, free_port());
    let mut server = connected(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !answers(port) {
        std::thread::sleep(Duration::from_millis(1));
    }
    runtime.block_on(sign_in(port));
    end(&mut server);
    let mut command = connected(callboard(folder.path(), &keys));
    command.args(["sync", "--json"]);
    let began = Instant::now();
    let answer = command.output().unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let runs: serde_json::Value = serde_json::from_slice(&answer.stdout).expect("runs as JSON");
    let created: u64 =
        runs.as_array().unwrap().iter().map(|run| run["events_created"].as_u64().unwrap()).sum();
    // A series counts once among the events that were made; its exceptions are events of their own here.
    assert!(created >= EVENTS as u64, "{created} of {EVENTS} events");
    seconds
}

async fn sign_in(port: u16) {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let begun = browser.get(format!("http://127.0.0.1:{port}/auth/outlook/login")).send().await.unwrap();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = format!("{}&sim_user={PERSON}", begun.headers()["location"].to_str().unwrap());
    let chosen = browser.get(page).send().await.unwrap();
    let back = chosen.headers()["location"].to_str().unwrap().to_owned();
    let answer = browser.get(back).header("cookie", cookie).send().await.unwrap();
    assert!(answer.status().is_redirection(), "signing in answered {}", answer.status());
}

/// The limit: every page of every calendar, fetched and read to its end.
async fn fetched(simulators: &Simulators) -> f64 {
    let access = bearer(simulators).await;
    let client = reqwest::Client::new();
    let get = async |url: String| {
        let request = client
            .get(url)
            .bearer_auth(&access)
            .header("prefer", "odata.maxpagesize=200, IdType=\"ImmutableId\"");
        request.send().await.unwrap().json::<serde_json::Value>().await.unwrap()
    };
    let began = Instant::now();
    let calendars = get(format!("{}/me/calendars", simulators.graph_url())).await;
    for calendar in calendars["value"].as_array().unwrap() {
        let id = calendar["id"].as_str().unwrap();
        let from = "startDateTime=2020-01-01T00:00:00Z";
        let mut next = Some(format!("{}/me/calendars/{id}/events/delta?{from}", simulators.graph_url()));
        while let Some(url) = next {
            let page = get(url).await;
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
        }
    }
    began.elapsed().as_secs_f64()
}

/// An access token straight from the simulated sign-in.
async fn bearer(simulators: &Simulators) -> String {
    let verifier = "a-verifier-that-is-only-used-in-this-benchmark-0123456789";
    let authority = format!("{}/common/oauth2/v2.0", simulators.authority_url());
    let client_id = SimulatorOptions::default().client_id;
    let back = "http://localhost/back";
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let challenge = pkce(verifier);
    let asked = format!(
        "{authority}/authorize?client_id={client_id}&response_type=code&redirect_uri={back}&scope=offline_access%20User.Read%20Calendars.Read&state=s&code_challenge={challenge}&code_challenge_method=S256&sim_user={PERSON}"
    );
    let answer = browser.get(asked).send().await.unwrap();
    let back_url = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let code = back_url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let form = [
        ("client_id", client_id.as_str()),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", back),
        ("code_verifier", verifier),
    ];
    let tokens: serde_json::Value =
        browser.post(format!("{authority}/token")).form(&form).send().await.unwrap().json().await.unwrap();
    tokens["access_token"].as_str().expect("a token").to_owned()
}

fn pkce(verifier: &str) -> String {
    use base64::Engine;
    use sha2::Digest;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn row(job: &str, unit: &str, ours: f64, peer: &str, peer_figure: f64, ratio: f64, goal: &str) {
    let row = serde_json::json!({"job": job, "unit": unit, "ours": ours, "peer": peer, "peer_figure": peer_figure,
        "ratio": ratio, "goal": goal});
    println!("{row}");
}
