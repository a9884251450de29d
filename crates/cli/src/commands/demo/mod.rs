//! `callboard demo`: a server, a simulated Outlook and three people in one process, nothing to set up.
//!
//! Everything lies below one folder, which is made anew at every start: the simulated Outlook forgets when it stops, so
//! the events here must too. A configuration file is left there, so that other commands can be tried beside it.

mod failing;
mod house;
mod people;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use app::migrations;
use app::sealing::Sealer;
use jiff::tz::TimeZone;
use model::Clock;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use simulators::SimulatorOptions;

use super::serve::{self, Options};
use crate::ambient::{SystemClock, SystemEntropy};
use crate::args::Demo;
use crate::demo_folder::MARK;
use crate::failure::Failure;
use crate::settings::{Effective, load};
use crate::{output, running, wiring};

/// The seed of the demo's world: the same venues for everybody.
const SEED: u64 = 7;
/// Long enough that what failed is found waiting, and that a change in Outlook arrives when somebody presses Sync.
const SYNC_INTERVAL: Duration = Duration::from_secs(1_800);

pub(crate) async fn run(args: Demo) -> Result<(), Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    // Both ports are taken before anything is emptied or made.
    let listener = serve::listen(address).await?;
    let address = listener.local_addr().map_err(|error| Failure::failed(error.to_string()))?;
    let simulators = super::simulate::start(args.graph_port, SEED).await?;
    prepare_folder(&args.data)?;
    let people = super::simulate::venue(&simulators, SEED, args.events)?;
    let config = write_config(&args.data, address, &simulators.authority_url(), people.first())?;
    let settings: Effective = load(Some(&config), &Default::default(), &[])?;
    super::logging::start(&settings, None)?;
    let app = wiring::app(&settings, wiring::open_store(&settings).await?)?;
    migrations::up(&app, None, &mut |_| {}).await?;
    running::enter(&settings, &app).await?;
    output::line(
        "Making the venues: signing three people in, reading their calendars, adding what the crew needs …",
    );
    house::furnish(&app).await?;
    people::settle(&app, &people).await?;
    if let Some(unlucky) = people.last() {
        failing::arrange(&app, &simulators, unlucky).await?;
    }
    tell(&app, &config, &simulators.authority_url(), &people);
    let outcome = serve::serve(
        &settings,
        app,
        listener,
        Options::local(address, SYNC_INTERVAL),
        std::future::pending(),
    )
    .await;
    simulators.stop().await;
    outcome
}

/// An empty folder of our own. A folder with anything else in it is left alone.
fn prepare_folder(folder: &Path) -> Result<(), Failure> {
    let failed = |what: &str, error: std::io::Error| {
        Failure::failed(format!(
            "{what} {} failed: {error}; choose another folder with --data",
            folder.display()
        ))
    };
    if folder.exists() {
        let mut entries = std::fs::read_dir(folder).map_err(|error| failed("reading", error))?;
        if !folder.join(MARK).exists() && entries.next().is_some() {
            return Err(Failure::usage(format!(
                "the folder {} is not empty and was not made by a demo; nothing was touched. Choose another with --data",
                folder.display()
            )));
        }
        std::fs::remove_dir_all(folder).map_err(|error| failed("emptying", error))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| failed("making", error))?;
    std::fs::write(folder.join(MARK), "Made by `callboard demo`, which empties this folder at every start.\n")
        .map_err(|error| failed("writing in", error))
}

/// The demo's configuration, as a file other commands can use too.
fn write_config(
    folder: &Path,
    address: SocketAddr,
    outlook: &str,
    admin: Option<&String>,
) -> Result<std::path::PathBuf, Failure> {
    let failed =
        |error: std::io::Error| Failure::failed(format!("writing in {} failed: {error}", folder.display()));
    let folder = std::path::absolute(folder).map_err(failed)?;
    let keys = folder.join("keys");
    write_private(&keys, Sealer::generate_key("demo", &SystemEntropy).expose_secret()).map_err(failed)?;
    let mut table = toml::Table::new();
    let mut set = |key: &str, value: String| table.insert(key.to_owned(), toml::Value::String(value));
    set("data_dir", folder.display().to_string());
    set("store", format!("sqlite:{}", folder.join("callboard.db").display()));
    set("listen", address.to_string());
    set("public_url", format!("http://{address}"));
    set("keys_file", keys.display().to_string());
    set("admin_emails", admin.cloned().unwrap_or_default());
    set("outlook_client_id", SimulatorOptions::default().client_id);
    set("outlook_authority_url", outlook.to_owned());
    set("outlook_graph_url", outlook.to_owned());
    // The sync that fails on purpose is no warning to begin with.
    set("log", "error".to_owned());
    // All of its ten years are shown.
    set("sync_back_days", "1900".to_owned());
    set("archive_after", "off".to_owned());
    let path = folder.join("callboard.toml");
    write_private(&path, &table.to_string()).map_err(failed)?;
    Ok(path)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn tell(app: &app::App, config: &Path, outlook: &str, people: &[String]) {
    let config = shortest(config);
    let someone = people.first().map(String::as_str).unwrap_or_default();
    output::line("");
    output::line(format!("  Callboard      {}", app.settings().public_url));
    output::line(format!("  Outlook (sim)  {outlook}/_sim/requests shows what it received"));
    output::line("");
    output::line(format!(
        "Open {} and press \"Sign in with Outlook\". Choose one of",
        app.settings().public_url
    ));
    for (person, role) in people.iter().zip(["administrator", "", ""]) {
        output::line(format!("  {person}  {role}").trim_end());
    }
    output::line("");
    output::line("Other commands work beside it, for example:");
    output::line(format!("  callboard --config {config} tokens create --user {someone}"));
    output::line(format!("  callboard --config {config} sync"));
    output::line(format!("  curl -X POST {outlook}/_sim/edit -H 'content-type: application/json' \\"));
    output::line(format!("    -d '{}'", an_edit(someone)));
    output::line("");
    if let Some(unlucky) = people.last() {
        output::line(format!(
            "One sync has failed and waits: Outlook was away when \"{}\" of {unlucky} was read. Sync mends it.",
            failing::CALENDAR
        ));
        output::line("");
    }
    output::line("Ctrl-C stops everything; the next start begins anew.");
}

/// What `/_sim/edit` takes: an event this afternoon, in the person's own calendar.
fn an_edit(person: &str) -> Value {
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    let (start, end) = (format!("{today}T15:00:00"), format!("{today}T16:00:00"));
    let changes = json!({"subject": "Site visit", "location": "Atrium", "start": start, "end": end});
    json!({"user": person, "action": "create", "changes": changes})
}

/// The path as seen from here, when it lies below.
fn shortest(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
