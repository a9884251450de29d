//! The checks, area by area.

use std::sync::Arc;
use std::time::Duration;

use app::{App, migrations};
use jiff::SignedDuration;
use model::Clock;
use model::documents::{Calendar, HeldDeletions, Role, SyncCursor, User};
use store::{Filter, Store, TypedStore};

use super::{Finding, Verdict};
use crate::ambient::SystemClock;
use crate::commands::serve::Options;
use crate::settings::Effective;
use crate::wiring;

/// A calendar not synced for so long is worth a look.
const STALE: SignedDuration = SignedDuration::from_hours(24);
const LOW_DISK_BYTES: u64 = 512 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// Every check.
pub(super) async fn all(settings: &Effective) -> Vec<Finding> {
    let mut findings = configuration(settings);
    findings.extend(machine(settings));
    let (store_findings, store) = store(settings).await;
    findings.extend(store_findings);
    findings.extend(outlook(settings).await);
    let Some(store) = store else {
        findings.push(skipped("people", "people, keys in use, sync", "the store cannot be opened"));
        return findings;
    };
    match wiring::app(settings, store) {
        Ok(app) => {
            findings.extend(keys_in_use(&app).await);
            findings.extend(people(&app).await);
            findings.extend(sync(&app).await);
        }
        Err(failure) => findings.push(skipped("people", "people, keys in use, sync", failure.sentence())),
    }
    findings
}

fn skipped(area: &'static str, check: &'static str, why: &str) -> Finding {
    Finding::new(area, check, Verdict::Skipped, why, "Mend what failed above, then run this again.")
}

fn configuration(settings: &Effective) -> Vec<Finding> {
    const AREA: &str = "configuration";
    let public_url = settings.get("public_url").unwrap_or_default();
    let listen = settings.get("listen").unwrap_or_default();
    let is_local =
        listen.starts_with("127.") || listen.starts_with("[::1]") || listen.starts_with("localhost");
    let mut findings = vec![
        Finding::ok(AREA, "settings can be read", "every name is known"),
        match Options::from(settings) {
            Ok(_) => Finding::ok(AREA, "server settings", format!("listens on {listen}")),
            Err(failure) => Finding::new(
                AREA,
                "server settings",
                Verdict::Failed,
                failure.sentence(),
                "Correct the value.",
            ),
        },
        Finding::when(
            is_local || public_url.starts_with("https://"),
            Verdict::Warning,
            (AREA, "people reach it safely"),
            if public_url.is_empty() { format!("http://{listen}") } else { public_url.to_owned() },
            "Set CALLBOARD_PUBLIC_URL to the https:// address of the proxy in front of it.",
        ),
        match wiring::sealer(settings) {
            Ok(sealer) => {
                Finding::ok(AREA, "sealing keys", format!("{} configured", sealer.key_ids().count()))
            }
            Err(failure) => Finding::new(
                AREA,
                "sealing keys",
                Verdict::Failed,
                failure.sentence(),
                "Run `callboard keys generate`, put the line into a file only the service may read, set CALLBOARD_KEYS_FILE.",
            ),
        },
    ];
    let log = settings.get("log").unwrap_or("info");
    findings.push(match tracing_subscriber::EnvFilter::try_new(log) {
        Ok(_) => Finding::ok(AREA, "log filter", log),
        Err(error) => Finding::new(AREA, "log filter", Verdict::Failed, error.to_string(), "Try `info`."),
    });
    findings
}

fn machine(settings: &Effective) -> Vec<Finding> {
    const AREA: &str = "machine";
    let now = SystemClock.now();
    let year = now.to_zoned(jiff::tz::TimeZone::UTC).year();
    let folder =
        wiring::store_path(settings).ok().and_then(|path| path.parent().map(std::path::Path::to_owned));
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| ".".into());
    let zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland"];
    let unknown: Vec<&str> =
        zones.into_iter().filter(|zone| jiff::tz::TimeZone::get(zone).is_err()).collect();
    let probe = folder.join(".callboard-doctor");
    let written = std::fs::write(&probe, b"probe").and_then(|()| std::fs::remove_file(&probe));
    let free = rustix::fs::statvfs(&folder).map(|stat| stat.f_bavail * stat.f_frsize);
    vec![
        Finding::when(
            (2025..2100).contains(&year),
            Verdict::Failed,
            (AREA, "clock"),
            now.to_string(),
            "Set the machine's clock (for example with chrony or systemd-timesyncd).",
        ),
        Finding::when(
            unknown.is_empty(),
            Verdict::Failed,
            (AREA, "time zone data"),
            if unknown.is_empty() {
                "known zones resolve".to_owned()
            } else {
                format!("missing: {}", unknown.join(", "))
            },
            "Install the system's tzdata, or remove a damaged /usr/share/zoneinfo.",
        ),
        match written {
            Ok(()) => Finding::ok(AREA, "data folder", format!("{} can be written", folder.display())),
            Err(error) => Finding::new(
                AREA,
                "data folder",
                Verdict::Failed,
                format!("{} cannot be written: {error}", folder.display()),
                "Make the folder and give it to the user the service runs as.",
            ),
        },
        match free {
            Ok(free) => Finding::when(
                free > LOW_DISK_BYTES,
                Verdict::Warning,
                (AREA, "disk"),
                format!("{} MiB free", free / 1_048_576),
                "Free some space: a full disk stops every change (reading goes on).",
            ),
            Err(error) => skipped(AREA, "disk", &error.to_string()),
        },
    ]
}

async fn store(settings: &Effective) -> (Vec<Finding>, Option<Arc<dyn Store>>) {
    const AREA: &str = "store";
    let is_there = wiring::store_path(settings).is_ok_and(|path| path.exists());
    if !is_there {
        let found = "there is no store yet; `callboard serve` makes it";
        return (vec![Finding::new(AREA, "opens", Verdict::Skipped, found, "Start the server once.")], None);
    }
    let store = match wiring::open_store(settings).await {
        Ok(store) => store,
        Err(failure) => {
            let fix = "Do what the sentence says; nothing was changed.";
            return (vec![Finding::new(AREA, "opens", Verdict::Failed, failure.sentence(), fix)], None);
        }
    };
    let mut findings = vec![Finding::ok(AREA, "opens, whole", store.describe())];
    findings.push(match store.check().await {
        Ok(()) => Finding::ok(AREA, "reads and writes", "yes"),
        Err(error) => {
            Finding::new(AREA, "reads and writes", Verdict::Failed, error.to_string(), "See the sentence.")
        }
    });
    if let Ok(app) = wiring::app(settings, store.clone()) {
        findings.push(match migrations::status(&app).await {
            Ok(status) => {
                let pending = status.iter().filter(|one| one.applied_at.is_none()).count();
                Finding::when(
                    pending == 0,
                    Verdict::Warning,
                    (AREA, "migrations"),
                    format!("{pending} pending"),
                    "Make a backup, then run `callboard migrate up`.",
                )
            }
            Err(error) => {
                Finding::new(AREA, "migrations", Verdict::Failed, error.to_string(), "See the sentence.")
            }
        });
        for collection in model::collections::ALL.iter().take(3) {
            let counted = store.count(collection, Filter::All(Vec::new())).await;
            findings.push(match counted {
                Ok(count) => Finding::ok(AREA, collection.name, format!("{count} documents")),
                Err(error) => Finding::new(
                    AREA,
                    collection.name,
                    Verdict::Failed,
                    error.to_string(),
                    "See the sentence.",
                ),
            });
        }
    }
    (findings, Some(store))
}

async fn keys_in_use(app: &App) -> Vec<Finding> {
    const AREA: &str = "keys";
    let counts = match app::keys::status(app).await {
        Ok(counts) => counts,
        Err(error) => return vec![skipped(AREA, "keys in use", &error.to_string())],
    };
    let missing: u64 = counts.iter().filter(|key| !key.is_configured).map(|key| key.secrets).sum();
    let old: u64 = counts.iter().skip(1).filter(|key| key.is_configured).map(|key| key.secrets).sum();
    vec![
        Finding::when(
            missing == 0,
            Verdict::Failed,
            (AREA, "every secret opens"),
            format!("{missing} secrets need a key that is not configured"),
            "Add the missing key again (see `callboard keys status`); without it these people must sign in again.",
        ),
        Finding::when(
            old == 0,
            Verdict::Warning,
            (AREA, "newest key in use"),
            format!("{old} secrets are sealed with an older key"),
            "Run `callboard keys rotate`.",
        ),
    ]
}

async fn people(app: &App) -> Vec<Finding> {
    const AREA: &str = "people";
    let users: Vec<User> = match app.store().all(Filter::All(Vec::new())).await {
        Ok(users) => users,
        Err(error) => return vec![skipped(AREA, "people", &error.to_string())],
    };
    let admins = users.iter().filter(|user| user.role == Role::Admin && !user.is_disabled).count();
    let broken = users.iter().filter(|user| user.reconnect_reason.is_some()).count();
    vec![
        Finding::ok(AREA, "people", format!("{} signed in so far", users.len())),
        Finding::when(
            admins > 0,
            Verdict::Warning,
            (AREA, "administrator"),
            format!("{admins} administrators"),
            "Run `callboard users admin-link` and open the link, or set CALLBOARD_ADMIN_EMAILS.",
        ),
        Finding::when(
            broken == 0,
            Verdict::Warning,
            (AREA, "connections"),
            format!("{broken} people must connect Outlook again"),
            "They sign in once more; `callboard users list` names them.",
        ),
    ]
}

async fn sync(app: &App) -> Vec<Finding> {
    const AREA: &str = "sync";
    let read = async {
        let calendars: Vec<Calendar> = app.store().all(Filter::All(Vec::new())).await?;
        let cursors: Vec<SyncCursor> = app.store().all(Filter::All(Vec::new())).await?;
        let held: Vec<HeldDeletions> = app.store().all(Filter::All(Vec::new())).await?;
        Ok::<_, store::StoreError>((calendars, cursors, held))
    };
    let (calendars, cursors, held) = match read.await {
        Ok(read) => read,
        Err(error) => return vec![skipped(AREA, "sync", &error.to_string())],
    };
    let synced = || calendars.iter().filter(|one| one.is_active && one.outlook_calendar_id.is_some());
    let old = app.now() - STALE;
    let stale = synced().filter(|one| one.last_synced.is_none_or(|at| at < old)).count();
    let failing = synced().filter(|one| one.sync_error.is_some()).count();
    let unfinished = cursors.iter().filter(|cursor| !cursor.is_final || cursor.compare_due).count();
    vec![
        Finding::when(
            stale == 0,
            Verdict::Warning,
            (AREA, "freshness"),
            format!("{stale} of {} calendars were not synced for a day", synced().count()),
            "Is the server running, and sync_interval not `off`? `callboard sync` reads them now.",
        ),
        Finding::when(
            failing == 0,
            Verdict::Warning,
            (AREA, "errors"),
            format!("{failing} calendars failed in their last sync"),
            "The sync page says why and what to do for each.",
        ),
        Finding::when(
            unfinished == 0,
            Verdict::Warning,
            (AREA, "unfinished reads"),
            format!("{unfinished} reads have not come to their end"),
            "The next sync goes on with them.",
        ),
        Finding::when(
            held.is_empty(),
            Verdict::Warning,
            (AREA, "held deletions"),
            format!("{} calendars have deletions that wait for a person", held.len()),
            "Confirm or reject them on the sync page.",
        ),
    ]
}

async fn outlook(settings: &Effective) -> Vec<Finding> {
    const AREA: &str = "outlook";
    if settings.get("outlook_client_id").is_none() {
        return vec![Finding::new(
            AREA,
            "app registration",
            Verdict::Warning,
            "no client id is set, so nobody can sign in",
            "Register an application at Microsoft Entra and set CALLBOARD_OUTLOOK_CLIENT_ID.",
        )];
    }
    let public = settings.get("public_url").map(str::to_owned);
    let public = public.unwrap_or_else(|| format!("http://{}", settings.get("listen").unwrap_or_default()));
    let mut findings = vec![
        match wiring::outlook(settings) {
            Ok(_) => Finding::ok(AREA, "settings", "can be used"),
            Err(failure) => {
                Finding::new(AREA, "settings", Verdict::Failed, failure.sentence(), "Correct the value.")
            }
        },
        Finding::ok(
            AREA,
            "redirect address to register",
            format!("{}/auth/outlook/callback", public.trim_end_matches('/')),
        ),
    ];
    for (check, key) in [("sign-in answers", "outlook_authority_url"), ("Graph answers", "outlook_graph_url")]
    {
        let url = settings.get(key).unwrap_or_default();
        let client =
            reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
        let answer = match client {
            Ok(client) => client.get(url).send().await,
            Err(error) => Err(error),
        };
        findings.push(match answer {
            Ok(answer) => Finding::ok(AREA, check, format!("{url} answered {}", answer.status().as_u16())),
            Err(error) => Finding::new(
                AREA,
                check,
                Verdict::Failed,
                format!("{url} cannot be reached: {}", error.without_url()),
                "Check the address, the network, the proxy and the machine's certificates.",
            ),
        });
    }
    findings
}
