//! Counts and times for `/metrics`, in Prometheus' text form.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use app::health::SyncAges;
use app::name_lists::Figures;
use http::Method;
use model::Id;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the latency buckets, in seconds.
const LATENCIES_S: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Age {
    age: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ListFrom {
    from: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Account {
    user_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Phase {
    state: &'static str,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    latencies: Family<Route, Histogram, fn() -> Histogram>,
    calendars: Family<Age, Gauge>,
    oldest_sync_s: Gauge,
    accounts: Family<Account, Gauge>,
    runs: Family<Phase, Gauge>,
    streams: Gauge,
    name_lists: Family<ListFrom, Counter>,
}

impl Metrics {
    /// Counts that start at nothing.
    pub(crate) fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(LATENCIES_S);
        let mut metrics = Self {
            registry: Registry::with_prefix("callboard"),
            requests: Family::default(),
            latencies: Family::new_with_constructor(histogram),
            calendars: Family::default(),
            oldest_sync_s: Gauge::default(),
            accounts: Family::default(),
            runs: Family::default(),
            streams: Gauge::default(),
            name_lists: Family::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register("http_request_seconds", "Time until the answer began", metrics.latencies.clone());
        registry.register(
            "calendars",
            "Synced calendars, by the age of their last good sync",
            metrics.calendars.clone(),
        );
        registry.register(
            "sync_oldest_seconds",
            "Greatest age of a last good sync",
            metrics.oldest_sync_s.clone(),
        );
        registry.register(
            "sync_age_seconds",
            "Age of an account's oldest last good sync; the oldest accounts only",
            metrics.accounts.clone(),
        );
        registry.register("sync_runs", "Recent sync runs of this process, by state", metrics.runs.clone());
        registry.register("streams", "Open streams of notices", metrics.streams.clone());
        registry.register(
            "name_lists",
            "Lists of categories and locations asked for, by where they came from",
            metrics.name_lists.clone(),
        );
        metrics
    }

    /// Counts a request. Methods that are none of ours are one, so that nobody can make the table grow.
    pub(crate) fn note(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let method = match method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE" | "OPTIONS") => known,
            _ => "other",
        };
        let request = Request { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&request).inc();
        let route = Route { method: method.to_owned(), route: route.to_owned() };
        self.latencies.get_or_create(&route).observe(took.as_secs_f64());
    }

    /// Open streams.
    pub(crate) fn streams(&self) -> &Gauge {
        &self.streams
    }

    /// Sets the ages of syncs, of all and of these accounts.
    pub(crate) fn set_sync_ages(&self, ages: &SyncAges, accounts: &[(Id, i64)]) {
        // Who is gone, or is in time again while others are not, has no line any more.
        self.accounts.clear();
        for (id, age_s) in accounts {
            self.accounts.get_or_create(&Account { user_id: id.to_string() }).set(*age_s);
        }
        let set = |age, count: u64| {
            self.calendars.get_or_create(&Age { age }).set(i64::try_from(count).unwrap_or(i64::MAX));
        };
        set("all", ages.calendars);
        set("never", ages.never);
        set("over_an_hour", ages.over_an_hour);
        set("over_a_day", ages.over_a_day);
        set("failing", ages.failing);
        self.oldest_sync_s.set(ages.oldest_s);
    }

    /// Sets how many runs are in this state.
    pub(crate) fn set_runs(&self, state: &'static str, count: usize) {
        self.runs.get_or_create(&Phase { state }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Sets how often lists of names were asked for so far.
    pub(crate) fn set_name_lists(&self, figures: Figures) {
        let set = |from, count| {
            self.name_lists.get_or_create(&ListFrom { from }).inner().store(count, Ordering::Relaxed);
        };
        set("memory", figures.hits);
        set("store", figures.misses);
        set("store_in_pages", figures.passed);
    }

    /// Everything as text.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
