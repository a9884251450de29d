//! The checks, area by area.

use std::sync::Arc;
use std::time::Duration;

use app::{App, migrations};
use jiff::{SignedDuration, Timestamp};
use model::Clock;
use model::collections::AUDIT_LOG;
use model::documents::{AuditEntry, Calendar, HeldDeletions, Role, SchemaMigration, SyncCursor, User};
use store::{Filter, Order, Query, Store, TypedStore};

use super::{Finding, Verdict};
use crate::ambient::SystemClock;
use crate::commands::serve::Options;
use crate::settings::Effective;
use crate::wiring;

/// A calendar not synced for so long is worth a look.
const STALE: SignedDuration = SignedDuration::from_hours(24);
const LOW_DISK_BYTES: u64 = 512 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// A clock so far from Outlook's is worth a look, in seconds; tokens and leases suffer from more than [`WRONG_CLOCK_S`].
const STRANGE_CLOCK_S: u64 = 60;
const WRONG_CLOCK_S: u64 = 300;
/// So many failing calendars are named.
const NAMED: usize = 5;
/// Zones with an instant and the hours they are ahead of UTC then: north and south, summer and winter.
const ZONES: [(&str, &str, i32); 5] = [
    ("Europe/Berlin", "2026-01-15T12:00:00Z", 1),
    ("Europe/Berlin", "2026-07-15T12:00:00Z", 2),
    ("America/New_York", "2026-07-15T12:00:00Z", -4),
    ("Asia/Tokyo", "2026-07-15T12:00:00Z", 9),
    ("Pacific/Auckland", "2026-01-15T12:00:00Z", 13),
];

/// Every check.
pub(super) async fn all(settings: &Effective) -> Vec<Finding> {
    let mut findings = configuration(settings);
    findings.extend(machine(settings));
    let (store_findings, store) = store(settings).await;
    let since = match &store {
        Some(store) => in_use_since(&**store).await,
        None => None,
    };
    findings.push(super::backups::age(settings, since));
    findings.extend(super::backups::proof(settings));
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
        wiring::files_beside(settings).ok().and_then(|path| path.parent().map(std::path::Path::to_owned));
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| ".".into());
    let wrong: Vec<&str> = ZONES
        .into_iter()
        .filter(|(zone, instant, offset)| offset_seconds(zone, instant) != Some(offset * 3_600))
        .map(|(zone, ..)| zone)
        .collect();
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
            wrong.is_empty(),
            Verdict::Failed,
            (AREA, "time zone data"),
            if wrong.is_empty() {
                "known zones are where they must be, in summer and in winter".to_owned()
            } else {
                format!("missing or wrong: {}", wrong.join(", "))
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

fn offset_seconds(zone: &str, instant: &str) -> Option<i32> {
    let instant: jiff::Timestamp = instant.parse().ok()?;
    Some(jiff::tz::TimeZone::get(zone).ok()?.to_offset(instant).seconds())
}

/// The machine's clock beside the one an answer was stamped with.
fn clock_beside(now: jiff::Timestamp, stamped: Option<&str>) -> Finding {
    const WHAT: (&str, &str) = ("machine", "clock beside Outlook's");
    const FIX: &str =
        "Set the machine's clock (for example with chrony or systemd-timesyncd), and see that it stays so.";
    let theirs = stamped.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    let Some(theirs) = theirs else {
        return skipped(WHAT.0, WHAT.1, "Outlook did not answer, or without a date");
    };
    let apart_s = now.duration_since(theirs.timestamp()).as_secs().unsigned_abs();
    let verdict = if apart_s > WRONG_CLOCK_S { Verdict::Failed } else { Verdict::Warning };
    Finding::when(apart_s <= STRANGE_CLOCK_S, verdict, WHAT, format!("{apart_s} seconds apart"), FIX)
}

async fn store(settings: &Effective) -> (Vec<Finding>, Option<Arc<dyn Store>>) {
    const AREA: &str = "store";
    if !wiring::store_may_be_there(settings) {
        let found = "there is no store yet; `callboard serve` makes it";
        return (vec![Finding::new(AREA, "opens", Verdict::Skipped, found, "Start the server once.")], None);
    }
    let store = match wiring::open_store_untouched(settings).await {
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
            let fix = "Look at the disk and the server's log; restore the newest backup if the store stays like this.";
            Finding::new(AREA, "reads and writes", Verdict::Failed, error.to_string(), fix)
        }
    });
    if let Ok(app) = wiring::app(settings, store.clone()) {
        findings.push(match migrations::status(&app).await {
            Ok(status) => {
                let pending = status.iter().filter(|one| one.state != migrations::State::Applied).count();
                Finding::when(
                    pending == 0,
                    Verdict::Warning,
                    (AREA, "migrations"),
                    format!("{pending} pending"),
                    "Make a backup, then run `callboard migrate up`.",
                )
            }
            Err(error) => {
                let fix = "Use the Callboard version the store was last used with, or one that is newer.";
                Finding::new(AREA, "migrations", Verdict::Failed, error.to_string(), fix)
            }
        });
        let is_new = migrations::is_new(&app).await.unwrap_or_default();
        findings.push(match app::doctor::look_at_layout(&app).await {
            Ok(_) if is_new => {
                let found = "nothing is there yet; `callboard serve` makes them";
                Finding::new(AREA, "indexes and validators", Verdict::Skipped, found, "Start the server once.")
            }
            Ok(found) => match found.first() {
                None => Finding::ok(AREA, "indexes and validators", "as declared"),
                Some(first) => {
                    let found = format!("{} differ: {} …", found.len(), first.found);
                    let fix = "`callboard doctor --data` names each and says what to do; --repair makes what is declared.";
                    Finding::new(AREA, "indexes and validators", Verdict::Warning, found, fix)
                }
            },
            Err(error) => skipped(AREA, "indexes and validators", &error.to_string()),
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

/// Since when the store is in use: its first entry in the audit log, or its first migration.
async fn in_use_since(store: &dyn Store) -> Option<Timestamp> {
    let first =
        Query::of(&AUDIT_LOG, Filter::All(Vec::new())).sorted("created_at", Order::Ascending).limit(1);
    let entries: Option<(Vec<AuditEntry>, _)> = store.list(first).await.ok();
    let migrations: Option<Vec<SchemaMigration>> = store.all(Filter::All(Vec::new())).await.ok();
    let entries = entries.into_iter().flat_map(|(entries, _)| entries).map(|entry| entry.created_at);
    let migrations = migrations.into_iter().flatten().map(|migration| migration.created_at);
    entries.chain(migrations).min()
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
    let failing: Vec<String> = synced()
        .filter_map(|one| Some(format!("{}: {}", one.id, shortened(one.sync_error.as_deref()?))))
        .collect();
    let named = failing.iter().take(NAMED).map(|one| format!("; {one}")).collect::<String>();
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
            failing.is_empty(),
            Verdict::Warning,
            (AREA, "errors"),
            format!("{} calendars failed in their last sync{named}", failing.len()),
            "Do what each says, then `callboard sync --calendar ID`; the sync page has the same.",
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

/// The beginning of a long text.
fn shortened(text: &str) -> String {
    let begin: String = text.chars().take(160).collect();
    if begin.len() < text.len() { format!("{begin} …") } else { begin }
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
    let mut stamped = None;
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
            Ok(answer) => {
                let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
                stamped = date.map(str::to_owned).or(stamped);
                Finding::ok(AREA, check, format!("{url} answered {}", answer.status().as_u16()))
            }
            Err(error) => Finding::new(
                AREA,
                check,
                Verdict::Failed,
                format!("{url} cannot be reached: {}", error.without_url()),
                "Check the address, the network, the proxy and the machine's certificates.",
            ),
        });
    }
    findings.push(clock_beside(SystemClock.now(), stamped.as_deref()));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_held_against_an_answers_date() {
        let now = "2026-11-28T12:00:00Z".parse().unwrap();
        let cases = [
            (Some("Sat, 28 Nov 2026 11:59:30 GMT"), Verdict::Ok),
            (Some("Sat, 28 Nov 2026 12:02:00 GMT"), Verdict::Warning),
            (Some("Sat, 28 Nov 2026 11:00:00 GMT"), Verdict::Failed),
            (Some("yesterday"), Verdict::Skipped),
            (None, Verdict::Skipped),
        ];
        for (stamped, verdict) in cases {
            let finding = clock_beside(now, stamped);
            assert_eq!(finding.verdict, verdict, "{stamped:?}");
            assert_eq!(finding.fix.is_empty(), verdict == Verdict::Ok, "{stamped:?}");
        }
    }

    #[test]
    fn zones_are_where_they_must_be() {
        for (zone, instant, hours) in ZONES {
            assert_eq!(offset_seconds(zone, instant), Some(hours * 3_600), "{zone}");
        }
        assert_eq!(offset_seconds("Europe/Nowhere", "2026-01-15T12:00:00Z"), None);
    }
}
