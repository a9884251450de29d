//! `callboard serve`: the server, its background sync, and an orderly end.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use api::ApiOptions;
use app::App;
use app::accounts::admin_link;
use app::sync_run::everybody::Everybody;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use super::migrate;
use crate::args::Serve;
use crate::failure::Failure;
use crate::here::Here;
use crate::settings::Effective;
use crate::{backups, output, running, wiring};

const AN_HOUR: Duration = Duration::from_secs(3_600);
/// When the archive begins after a start: not while everything else begins.
const FIRST_ARCHIVE: Duration = Duration::from_secs(5 * 60);

/// Settings of the server itself.
pub(crate) struct Options {
    listen: SocketAddr,
    metrics_listen: Option<SocketAddr>,
    trusted_proxies: Vec<IpAddr>,
    sync_interval: Option<Duration>,
    backup_every: Option<Duration>,
    archive_after: Option<SignedDuration>,
}

impl Options {
    /// Reads them from the configuration.
    pub(crate) fn from(settings: &Effective) -> Result<Self, Failure> {
        let listen =
            settings.parsed("listen", "it must be an address and a port, for example 127.0.0.1:8080")?;
        let metrics_listen = settings.get("metrics_listen").map(|text| {
            let what = "it must be an address and a port, for example 127.0.0.1:9464";
            text.parse().map_err(|_| settings.bad("metrics_listen", what))
        });
        let metrics_listen = metrics_listen.transpose()?;
        let bad_proxy = || settings.bad("trusted_proxies", "it must be addresses separated by commas");
        let proxies = settings.list("trusted_proxies");
        let trusted_proxies =
            proxies.iter().map(|proxy| proxy.parse().map_err(|_| bad_proxy())).collect::<Result<_, _>>()?;
        let interval = settings.get("sync_interval").unwrap_or("off");
        let bad_interval = || {
            settings.bad("sync_interval", "it must be `off` or a time from 10s on, such as `30s`, `5m`, `2h`")
        };
        let sync_interval = match interval {
            "off" => None,
            text => Some(duration(text).filter(|time| time.as_secs() >= 10).ok_or_else(bad_interval)?),
        };
        let bad_every =
            || settings.bad("backup_every", "it must be `off` or a time from 1m on, such as `6h` or `24h`");
        let backup_every = match settings.get("backup_every").unwrap_or("off") {
            "off" => None,
            text => Some(duration(text).filter(|time| time.as_secs() >= 60).ok_or_else(bad_every)?),
        };
        backups::keeping(settings)?;
        let archive_after = super::archive::after(settings)?;
        Ok(Self { listen, metrics_listen, trusted_proxies, sync_interval, backup_every, archive_after })
    }
}

/// Seconds of a time such as `30s`, `5m`, `2h`.
pub(super) fn seconds_of(text: &str) -> Option<i64> {
    duration(text).and_then(|time| i64::try_from(time.as_secs()).ok())
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "s" => number,
        "m" => number.checked_mul(60)?,
        "h" => number.checked_mul(3_600)?,
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

pub(crate) async fn run(mut settings: Effective, args: Serve) -> Result<(), Failure> {
    super::logging::start(&settings, None)?;
    if let Some(listen) = args.listen {
        settings.set("listen", listen.to_string());
    }
    let options = Options::from(&settings)?;
    wiring::usable(&settings)?;
    let listener = listen(options.listen).await?;
    // Port 0 means any free one: from here on it is the one that was taken.
    let address = listener.local_addr().map_err(|error| Failure::failed(error.to_string()))?;
    settings.set("listen", address.to_string());
    let app = wiring::app(&settings, wiring::open_store_as_it_is(&settings).await?)?;
    // A store of another form is refused before anything is written to it.
    app::migrations::status(&app).await?;
    if !args.migrate && app::backup::unfinished(app.store()).await?.is_none() {
        migrate::refuse_pending(&app).await?;
    }
    running::enter(&settings, &app).await?;
    let Some(presence) = Here::enter(&app).await? else {
        backups::take_back_unfinished(&settings, &app).await?;
        let ends = std::future::pending();
        return begin(&settings, app, listener, options, args.migrate, ends).await;
    };
    let outcome = match presence.settled(&settings).await {
        Ok(ends) => begin(&settings, app, listener, options, args.migrate, ends).await,
        Err(failure) => Err(failure),
    };
    presence.leave().await.and(outcome)
}

/// Brings the store to today's form, says where the server is, and serves.
async fn begin(
    settings: &Effective,
    app: App,
    listener: TcpListener,
    options: Options,
    may_migrate: bool,
    ends: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(|error| Failure::failed(error.to_string()))?;
    migrate::settle(settings, &app, may_migrate).await?;
    tracing::info!(store = app.store().describe(), %address, "the server starts");
    output::line(format!("Callboard is at {}", app.settings().public_url));
    if app.outlook().is_none() {
        output::line(
            "Outlook is not configured yet: set CALLBOARD_OUTLOOK_CLIENT_ID so that people can sign in.",
        );
    }
    if let Some(link) = admin_link::create_when_needed(&app).await? {
        output::line(
            "There is no administrator yet. Whoever opens this link and signs in becomes one; it works once:",
        );
        output::line(link);
    }
    serve(settings, app, listener, options, ends).await
}

/// Opens the port, or says who may have it.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program has this port; stop it, or choose another with --listen or CALLBOARD_LISTEN"
            }
            std::io::ErrorKind::PermissionDenied => {
                "ports below 1024 need rights; choose a higher one behind a proxy"
            }
            _ => "choose another address with --listen or CALLBOARD_LISTEN",
        };
        Failure::failed(format!("listening on {address} failed: {error}; {advice}"))
    })
}

/// Opens the port that figures alone are answered on.
async fn listen_for_figures(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::failed(format!(
            "listening for /metrics on {address} failed: {error}; choose another address with CALLBOARD_METRICS_LISTEN, \
             or take the setting away"
        ))
    })?;
    let address = listener.local_addr().map_err(|error| Failure::failed(error.to_string()))?;
    tracing::info!(%address, "figures have a port of their own");
    Ok(listener)
}

/// Serves until the stop signal, or until this `ends`, with the background sync beside it.
pub(crate) async fn serve(
    settings: &Effective,
    app: App,
    listener: TcpListener,
    options: Options,
    ends: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let figures = match options.metrics_listen {
        Some(address) => Some(listen_for_figures(address).await?),
        None => None,
    };
    let (stop, stopped) = watch::channel(false);
    let background = options
        .sync_interval
        .map(|interval| tokio::spawn(sync_all(settings.clone(), app.clone(), interval, stopped)));
    let tidying = tokio::spawn(tidy_hourly(app.clone()));
    let listening = tokio::spawn({
        let app = app.clone();
        async move { app::changes_listener::listen(&app).await }
    });
    let exporting = tokio::spawn(write_exports(settings.clone(), app.clone()));
    let backing_up = options
        .backup_every
        .map(|every| tokio::spawn(backups::on_schedule(settings.clone(), app.clone(), every)));
    let archiving = options.archive_after.map(|after| tokio::spawn(archive_nightly(app.clone(), after)));
    let api_options = ApiOptions { trusted_proxies: options.trusted_proxies, ..ApiOptions::default() };
    let ended = api::serve(listener, figures, app, api_options, async move {
        tokio::select! {
            () = stop_signal() => {}
            () = ends => {}
        }
        tracing::info!("the server stops");
        let _ = stop.send(true);
    })
    .await;
    tidying.abort();
    listening.abort();
    // An export under way is let go: its record waits for the next start.
    exporting.abort();
    if let Some(backing_up) = backing_up {
        // A backup under way leaves nothing behind; the next start makes it.
        backing_up.abort();
    }
    if let Some(archiving) = archiving {
        archiving.abort();
    }
    if let Some(background) = background {
        // A run that is under way is cut between two commits and goes on at the next start.
        background.abort();
    }
    ended.map_err(|error| Failure::failed(format!("the server stopped: {error}")))
}

/// Throws away what is over, such as ended sessions.
async fn tidy_hourly(app: App) {
    loop {
        if let Err(error) = app::cascades::resume(&app).await {
            tracing::warn!(%error, "a deletion that was begun could not go on; it is tried again in an hour");
        }
        if let Err(error) = app::accounts::tidy::run(&app).await {
            tracing::warn!(%error, "what is over could not be thrown away; it is tried again in an hour");
        }
        if let Err(error) = app::records::sync_logs::tidy(&app).await {
            tracing::warn!(%error, "old logs of sync runs could not be thrown away; it is tried again in an hour");
        }
        if let Err(error) = app::exports::tidy(&app).await {
            tracing::warn!(%error, "old exports could not be removed; it is tried again in an hour");
        }
        tokio::time::sleep(AN_HOUR).await;
    }
}

/// Writes the exports that wait, one at a time.
async fn write_exports(settings: Effective, app: App) {
    loop {
        running::free_dead(&settings, &app).await;
        if let Err(error) = app::exports::run_pending(&app).await {
            tracing::warn!(%error, "the exports that wait could not be written; it is tried again in a moment");
        }
        app::exports::wait_for_work(&app).await;
    }
}

/// Moves old events to the archive once a day, the first time some minutes after the start.
async fn archive_nightly(app: App, after: SignedDuration) {
    tokio::time::sleep(FIRST_ARCHIVE).await;
    loop {
        match app::archive::run(&app, None, after, false, &mut |_| {}).await {
            Ok(done) if done.events > 0 => {
                tracing::info!(
                    events = done.events,
                    series = done.series,
                    unreadable = done.unreadable,
                    "old events went to the archive"
                );
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "old events could not be archived; it is tried again tomorrow")
            }
        }
        tokio::time::sleep(24 * AN_HOUR).await;
    }
}

/// Reads every calendar of everybody again and again. One mailbox that fails or is slow does not hold up the others.
async fn sync_all(settings: Effective, app: App, interval: Duration, mut stopped: watch::Receiver<bool>) {
    let mut everybody = Everybody::new(app.clone());
    let mut next = Instant::now() + interval;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            Some(_) = everybody.turn() => continue,
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        next = Instant::now() + interval;
        running::free_dead(&settings, &app).await;
        if let Err(error) = everybody.tick().await {
            tracing::warn!(%error, "the background sync could not read the users");
        }
    }
}

/// Answers at Ctrl-C or at the signal that service managers send.
pub(crate) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

impl Options {
    /// For the demo: a loopback address, no proxies.
    pub(crate) fn local(listen: SocketAddr, sync_interval: Duration) -> Self {
        Self {
            listen,
            metrics_listen: None,
            trusted_proxies: Vec::new(),
            sync_interval: Some(sync_interval),
            backup_every: None,
            archive_after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        let cases = [
            ("30s", Some(30)),
            ("5m", Some(300)),
            ("2h", Some(7_200)),
            ("5", None),
            ("", None),
            ("5d", None),
            ("-1s", None),
            ("ä", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(duration(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
