//! `callboard serve`: the server, its background sync, and an orderly end.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use api::ApiOptions;
use app::accounts::admin_link;
use app::sync_run::{self, RunOptions};
use app::{App, migrations};
use model::documents::User;
use store::{Filter, TypedStore};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::args::Serve;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{output, running, wiring};

const AN_HOUR: Duration = Duration::from_secs(3_600);

/// Settings of the server itself.
pub(crate) struct Options {
    listen: SocketAddr,
    trusted_proxies: Vec<IpAddr>,
    sync_interval: Option<Duration>,
}

impl Options {
    /// Reads them from the configuration.
    pub(crate) fn from(settings: &Effective) -> Result<Self, Failure> {
        let listen =
            settings.parsed("listen", "it must be an address and a port, for example 127.0.0.1:8080")?;
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
        Ok(Self { listen, trusted_proxies, sync_interval })
    }
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
    wiring::sealer(&settings)?;
    wiring::app_settings(&settings)?;
    wiring::outlook(&settings)?;
    let listener = listen(options.listen).await?;
    // Port 0 means any free one: from here on it is the one that was taken.
    let address = listener.local_addr().map_err(|error| Failure::failed(error.to_string()))?;
    settings.set("listen", address.to_string());
    let app = wiring::app(&settings, wiring::open_store(&settings).await?)?;
    settle_migrations(&app, args.migrate).await?;
    running::enter(&settings, &app).await?;
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
    serve(&settings, app, listener, options).await
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

/// A new store gets its first form by itself; an older one only when told.
async fn settle_migrations(app: &App, may_apply: bool) -> Result<(), Failure> {
    let status = migrations::status(app).await?;
    let is_new = status.iter().all(|one| one.applied_at.is_none());
    let pending = status.iter().filter(|one| one.applied_at.is_none()).count();
    if pending > 0 && !is_new && !may_apply {
        return Err(Failure::failed(format!(
            "{pending} migrations are pending. Look at them with `callboard migrate status`, make a backup, then start with --migrate"
        )));
    }
    migrations::up(app, None).await?;
    Ok(())
}

/// Serves until the stop signal, with the background sync beside it.
pub(crate) async fn serve(
    settings: &Effective,
    app: App,
    listener: TcpListener,
    options: Options,
) -> Result<(), Failure> {
    let (stop, stopped) = watch::channel(false);
    let background = options
        .sync_interval
        .map(|interval| tokio::spawn(sync_all(settings.clone(), app.clone(), interval, stopped)));
    let tidying = tokio::spawn(tidy_hourly(app.clone()));
    let api_options = ApiOptions { trusted_proxies: options.trusted_proxies, ..ApiOptions::default() };
    let ended = api::serve(listener, app, api_options, async move {
        stop_signal().await;
        tracing::info!("the server stops");
        let _ = stop.send(true);
    })
    .await;
    tidying.abort();
    if let Some(background) = background {
        // A run that is under way is cut between two commits and goes on at the next start.
        background.abort();
    }
    ended.map_err(|error| Failure::failed(format!("the server stopped: {error}")))
}

/// Throws away what is over, such as ended sessions.
async fn tidy_hourly(app: App) {
    loop {
        if let Err(error) = app::accounts::tidy::run(&app).await {
            tracing::warn!(%error, "what is over could not be thrown away; it is tried again in an hour");
        }
        tokio::time::sleep(AN_HOUR).await;
    }
}

/// Reads every calendar of everybody again and again. One mailbox that fails does not hold up the others.
async fn sync_all(settings: Effective, app: App, interval: Duration, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        running::free_dead(&settings, &app).await;
        let everybody: Result<Vec<User>, _> = app.store().all(Filter::eq("is_disabled", false)).await;
        let everybody = match everybody {
            Ok(users) => users,
            Err(error) => {
                tracing::warn!(%error, "the background sync could not read the users");
                continue;
            }
        };
        let connected = everybody
            .into_iter()
            .filter(|user| user.refresh_token.is_some() && user.reconnect_reason.is_none());
        for user in connected {
            tokio::select! {
                () = sync_one(&app, &user) => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
        }
    }
}

async fn sync_one(app: &App, user: &User) {
    if let Err(error) = sync_run::refresh_calendars(app, user.id).await {
        tracing::warn!(user = %user.id, %error, "the list of calendars could not be read");
    }
    match sync_run::targets(app, &wiring::operator_for(user.id), None).await {
        Ok(calendars) => {
            for calendar in calendars {
                sync_run::run_calendar(app, calendar, RunOptions::default()).await;
            }
        }
        Err(error) => tracing::warn!(user = %user.id, %error, "the calendars could not be read"),
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
        Self { listen, trusted_proxies: Vec::new(), sync_interval: Some(sync_interval) }
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
