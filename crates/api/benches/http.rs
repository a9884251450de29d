//! Fifty of many events by range, and a month with the occurrences of its series: in process, and over HTTP beside a server
//! that answers fixed bytes of the same size.
//!
//! `cargo bench -p api --bench http -- [events]` prints one JSON line a job, in the words of `cargo xtask bench`. Both
//! sides are measured in the same run, turn by turn, so that the ratio holds whatever else the machine does.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use api::ApiOptions;
use app::accounts::tokens::{self, NewToken};
use app::paging::PageRequest;
use app::records::events::{self, Expand, RangeQuery};
use app::records::seed::{SeedSpec, seed};
use app::sealing::Sealer;
use app::{App, Caller, Parts, Settings, Via, archive};
use jiff::{SignedDuration, Timestamp};
use model::documents::{Role, TokenScope, User};
use model::{Clock, Entropy, Id, IdSource};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{Filter, TypedStore};
use store_sqlite::{SqliteOptions, SqliteStore};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// As in the binary; the other side has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Connections that ask at the same time.
const CONNECTIONS: usize = 16;
/// Turns each side gets.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(2);
/// Readings in process.
const READINGS: usize = 2_000;
const EVENTS_A_PERSON: u64 = 20_000;
const YEARS: u32 = 6;
/// What is older goes to the archive before that is read too: a month of the years.
const ARCHIVED_DAYS: i64 = 365 * YEARS as i64 / 2 - 30;

fn main() -> Outcome<()> {
    let events = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(events))
}

async fn run(events: u64) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let app = application(folder.path())?;
    let users = u32::try_from((events / EVENTS_A_PERSON).max(1))?;
    let begun = Instant::now();
    seed(&app, SeedSpec { users, events, years: YEARS, random_seed: 1, around: None }, &mut |_, _| {})
        .await?;
    let seeded = rate(events, begun.elapsed());
    let job = format!("make and store {events} events");
    println!("{}", json!({"job": job, "unit": "events/s", "ours": seeded, "goal": ">= 40 k/s"}));

    let person: User = last_person(&app).await?;
    let caller = Caller { user_id: person.id, role: Role::User, via: Via::Operator };
    let from = app.now();
    let to = from + SignedDuration::from_hours(24 * 31);
    let query = RangeQuery { from: Some(from), to: Some(to), ..RangeQuery::default() };
    let page = |limit| PageRequest { limit, after: None };
    let fifty = RangeQuery { page: page(50), ..query };
    let stored = RangeQuery { expand: Some(Expand::Series), ..fifty.clone() };
    let job = format!("50 of {events} events by range in process, p50");
    in_process(&app, &caller, &stored, (&job, "<= 60 us")).await?;
    let job = "the same with the occurrences of series, p50";
    in_process(&app, &caller, &fifty, (job, "")).await?;
    let with_archive = RangeQuery { include_archived: true, ..fifty };
    let older_than = SignedDuration::from_hours(24 * ARCHIVED_DAYS);
    let archived = archive::run(&app, None, older_than, false, &mut |_| {}).await?.events;
    let job = format!("the same with include=archived, {archived} events in the archive, p50");
    in_process(&app, &caller, &with_archive, (&job, "")).await?;

    let new = NewToken { name: "bench".to_owned(), scope: TokenScope::Read, expires_at: None };
    let token = tokens::create(&app, &caller, new, None).await?;
    let token = token.secret.ok_or("no token")?;
    let ours = serve(api::router(app.clone(), unlimited())).await?;
    let jobs = [
        (format!("50 of {events} events by range over HTTP"), "limit=50&expand=series", ">= 10 k/s", ""),
        ("the same with the occurrences of series".to_owned(), "limit=50", "", ""),
        ("the month with them, 100 in the answer".to_owned(), "limit=100", ">= 5 k/s", "<= 3 ms"),
    ];
    for (job, asked, rate, p50) in jobs {
        let request = format!(
            "GET /api/v1/events?from={from}&to={to}&{asked} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\r\n",
            token.expose_secret()
        );
        let size = Client::open(ours).await?.ask(request.as_bytes()).await?;
        let fixed = bytes::Bytes::from(vec![b'x'; size]);
        let limit = serve(axum::Router::new().route("/", axum::routing::get(async move || fixed))).await?;
        let plain = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n".to_owned();
        over_http(&job, (rate, p50), size, (ours, &request), (limit, &plain)).await?;
    }
    Ok(())
}

async fn in_process(
    app: &App,
    caller: &Caller,
    query: &RangeQuery,
    (job, goal): (&str, &str),
) -> Outcome<()> {
    let mut times = Vec::with_capacity(READINGS);
    for _ in 0..READINGS {
        let begun = Instant::now();
        let page = events::range(app, caller, query.clone()).await?;
        times.push(begun.elapsed());
        if page.items.len() != 50 {
            return Err(format!("{} events instead of 50", page.items.len()).into());
        }
    }
    let p50 = middle(times).as_secs_f64() * 1e6;
    println!("{}", json!({"job": job, "unit": "us", "ours": p50, "goal": goal}));
    Ok(())
}

async fn over_http(
    job: &str,
    (rate_goal, p50_goal): (&str, &str),
    size: usize,
    ours: (SocketAddr, &str),
    limit: (SocketAddr, &str),
) -> Outcome<()> {
    let (mut mine, mut best, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let (rate, mut took) = turn(ours.0, ours.1).await?;
        mine.push(rate);
        times.append(&mut took);
        best.push(turn(limit.0, limit.1).await?.0);
    }
    mine.sort_by(f64::total_cmp);
    best.sort_by(f64::total_cmp);
    let middle_of = |rates: &[f64]| rates.get(rates.len() / 2).copied().unwrap_or_default();
    let (mine, best) = (middle_of(&mine), middle_of(&best));
    let job = format!("{job}, {CONNECTIONS} connections");
    println!(
        "{}",
        json!({"job": job, "unit": "req/s", "ours": mine, "peer": format!("axum, {size} fixed bytes"),
            "peer_figure": best, "ratio": mine / best, "goal": rate_goal})
    );
    let p50 = middle(times).as_secs_f64() * 1e3;
    println!("{}", json!({"job": "the same, p50", "unit": "ms", "ours": p50, "goal": p50_goal}));
    Ok(())
}

/// One turn of all connections: requests a second, and how long each took.
async fn turn(address: SocketAddr, request: &str) -> Outcome<(f64, Vec<Duration>)> {
    let begun = Instant::now();
    let askers = (0..CONNECTIONS).map(|_| {
        let request = request.to_owned();
        tokio::spawn(async move {
            let mut client = Client::open(address).await?;
            let mut times = Vec::new();
            while begun.elapsed() < TURN {
                let asked = Instant::now();
                client.ask(request.as_bytes()).await?;
                times.push(asked.elapsed());
            }
            Outcome::Ok(times)
        })
    });
    let mut times = Vec::new();
    for asker in askers.collect::<Vec<_>>() {
        times.append(&mut asker.await??);
    }
    Ok((rate(times.len() as u64, begun.elapsed()), times))
}

/// A connection that asks again and again, and reads no more of HTTP than a length.
struct Client {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Client {
    async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// The size of the answer's body.
    async fn ask(&mut self, request: &[u8]) -> Outcome<usize> {
        self.stream.get_mut().write_all(request).await?;
        let mut length = 0;
        let mut status = String::new();
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line).await?;
            let line = self.line.trim_end();
            if line.is_empty() {
                break;
            }
            if status.is_empty() {
                status = line.to_owned();
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await?;
        if status.contains(" 200 ") {
            Ok(length)
        } else {
            Err(format!("{status}: {}", String::from_utf8_lossy(&self.body)).into())
        }
    }
}

async fn serve(router: axum::Router) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

fn application(folder: &Path) -> Outcome<App> {
    let key = Sealer::generate_key("k1", &Mixed(AtomicU32::new(1)));
    Ok(App::new(Parts {
        store: Arc::new(SqliteStore::open(SqliteOptions::at(folder.join("store.db")))?),
        clock: Arc::new(Now),
        ids: Arc::new(Counted(AtomicU32::new(1))),
        entropy: Arc::new(Mixed(AtomicU32::new(7))),
        outlook: None,
        sealer: Sealer::from_keys(&key)?,
        settings: Settings::default(),
        timer: Arc::new(NoWait),
        process: "bench".to_owned(),
    }))
}

/// The last person in the order of ids: not the administrator unless alone.
async fn last_person(app: &App) -> Outcome<User> {
    let users: Vec<User> = app.store().all(Filter::All(Vec::new())).await?;
    let plain = users.iter().find(|user| user.role == Role::User).or(users.first());
    Ok(plain.cloned().ok_or("nobody was made")?)
}

fn unlimited() -> ApiOptions {
    ApiOptions {
        requests_per_minute: 1_000_000_000,
        account_requests_per_minute: 1_000_000_000,
        ..ApiOptions::default()
    }
}

fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct Counted(AtomicU32);

impl IdSource for Counted {
    fn next(&self) -> Id {
        Id::from_parts(1_700_000_000, *b"bench", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct Mixed(AtomicU32);

impl Entropy for Mixed {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let step = self.0.fetch_add(1, Ordering::Relaxed);
            *byte = step
                .wrapping_mul(2_654_435_761)
                .to_be_bytes()
                .into_iter()
                .fold(0, |mixed, byte| mixed ^ byte);
        }
    }
}

struct NoWait;

impl app::Timer for NoWait {
    fn wait(&self, _: u64) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}
