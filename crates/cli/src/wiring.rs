//! Puts the parts together: the configuration becomes a store, a provider, the application.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::sealing::Sealer;
use app::{App, Caller, Parts, Via};
use model::documents::Role;
use model::{Clock, Entropy, Id, IdSource};
use providers::contract::CalendarProvider;
use providers::outlook::OutlookProvider;
use providers::outlook::config::{Limits, OutlookOptions};
use secrecy::SecretString;
use store::{Replacement, Store, StoreError};
use store_mongodb::{MongoOptions, MongoStore};
use store_sqlite::{SqliteOptions, SqliteReplacement, SqliteStore};

use crate::ambient::{SystemClock, SystemEntropy, SystemIds, SystemTimer};
use crate::args::Global;
use crate::failure::Failure;
use crate::settings::{Effective, load};
use crate::{backups, connections, demo_folder, running};

/// How the address of a MongoDB server begins.
const MONGODB: [&str; 2] = ["mongodb://", "mongodb+srv://"];

/// No setting counts more days than this: thirty years.
const MOST_DAYS: i64 = 10_958;

/// The effective configuration of this process.
pub(crate) fn settings(global: &Global) -> Result<Effective, Failure> {
    // What is not Unicode is none of our settings; a setting with such a value is refused by its own rule.
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    let from_environment = environment.get("CALLBOARD_CONFIG").map(PathBuf::from);
    let file = global.config.clone().or(from_environment);
    let flags: Vec<(&'static str, String)> =
        global.store.iter().map(|store| ("store", store.clone())).collect();
    Ok(load(file.as_deref(), &environment, &flags)?)
}

/// Where the embedded store's file is.
pub(crate) fn store_path(settings: &Effective) -> Result<PathBuf, Failure> {
    let Some(store) = settings.get("store") else {
        return Ok(data_dir(settings).join("callboard.db"));
    };
    match store.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(settings
            .bad(
                "store",
                "it must be `sqlite:` and a path, for example `sqlite:/var/lib/callboard/callboard.db`, or a MongoDB \
                 address, for example `mongodb://db.example.org/callboard?replicaSet=rs0`",
            )
            .into()),
    }
}

/// The address of the MongoDB server, if that is where data is kept. It may have a password in it.
pub(crate) fn server_address(settings: &Effective) -> Option<&str> {
    settings.get("store").filter(|store| MONGODB.iter().any(|scheme| store.starts_with(scheme)))
}

/// Where data is kept, without what an address may have of secrets: the user and the options.
pub(crate) fn shown_store(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let hosts = rest.rsplit_once('@').map_or(rest, |(_, hosts)| hosts);
    let hosts = hosts.split_once('?').map_or(hosts, |(hosts, _)| hosts);
    if rest.find('?') < rest.rfind('@') && rest.contains('?') {
        // A question mark before the hosts: a password that is not written as addresses have it, or an odd option.
        return format!("{scheme}://(not shown)");
    }
    let hidden = if hosts == rest { "" } else { " (user and options not shown)" };
    format!("{scheme}://{hosts}{hidden}")
}

/// The path beside which this process keeps files of its own: the embedded store, else a name in the data folder.
pub(crate) fn files_beside(settings: &Effective) -> Result<PathBuf, Failure> {
    if server_address(settings).is_some() {
        return Ok(data_dir(settings).join("callboard"));
    }
    store_path(settings)
}

/// The data folder.
pub(crate) fn data_dir(settings: &Effective) -> &Path {
    Path::new(settings.get("data_dir").unwrap_or("callboard-data"))
}

/// Opens the store to work with it, unless a restore of it was cut short; makes it where there is none. How it is kept becomes
/// as declared, but for one that waits for migrations.
pub(crate) async fn open_store(settings: &Effective) -> Result<Arc<dyn Store>, Failure> {
    let store = open_store_untouched(settings).await?;
    app::migrations::prepare(&*store).await?;
    Ok(store)
}

/// Opens a store that is there to work with it: whoever works with what others made makes no empty one in the wrong place,
/// which would look like one that lost everything.
pub(crate) async fn open_store_to_work(settings: &Effective) -> Result<Arc<dyn Store>, Failure> {
    let store = open_store_to_look(settings).await?;
    app::migrations::prepare(&*store).await?;
    Ok(store)
}

/// Opens a store that is there: a look makes none.
pub(crate) async fn open_store_to_look(settings: &Effective) -> Result<Arc<dyn Store>, Failure> {
    usable(settings)?;
    refuse_missing(settings)?;
    let store = open_store_untouched(settings).await?;
    refuse_never_used(settings, &*store).await?;
    Ok(store)
}

/// Whether the application can be put on a store with these settings: asked before one is touched, and before long work.
pub(crate) fn usable(settings: &Effective) -> Result<(), Failure> {
    sealer(settings)?;
    app_settings(settings)?;
    outlook(settings)?;
    Ok(())
}

/// Refuses an embedded store whose file is not there, before opening it makes one.
fn refuse_missing(settings: &Effective) -> Result<(), Failure> {
    if store_may_be_there(settings) { Ok(()) } else { Err(none_there(settings)) }
}

/// Refuses a store that nobody has ever worked with: a database that is not there looks like that, and so does a file that
/// was made by mistake. A server or a seed writes its form down first.
async fn refuse_never_used(settings: &Effective, store: &dyn Store) -> Result<(), Failure> {
    if app::migrations::is_untouched(store).await? { Err(none_there(settings)) } else { Ok(()) }
}

fn none_there(settings: &Effective) -> Failure {
    let place = match (server_address(settings), store_path(settings)) {
        (Some(address), _) => shown_store(address),
        (None, Ok(path)) => std::path::absolute(&path).unwrap_or(path).display().to_string(),
        (None, Err(failure)) => return failure,
    };
    Failure::failed(format!(
        "there is no store yet at {place}; nothing was made. If yours is elsewhere, set CALLBOARD_STORE or CALLBOARD_DATA_DIR \
         (`callboard config show` says what is set and from where). `callboard serve` makes a new one, `callboard seed` one \
         with development data"
    ))
}

/// Opens the store, also one that a restore was cut short on. On a server nothing is changed by that: whether it is this
/// program's to change is only known when it was looked at.
pub(crate) async fn open_store_as_it_is(settings: &Effective) -> Result<Arc<dyn Store>, Failure> {
    if let Some(address) = server_address(settings) {
        let store = MongoStore::open_as_it_is(MongoOptions::at(address)).await?;
        connections::keep(store.connections());
        return Ok(Arc::new(store));
    }
    let path = store_path(settings)?;
    let store = SqliteStore::open(SqliteOptions::at(path))?;
    Ok(Arc::new(store))
}

/// Opens the store for whoever wants to see how it is kept: what [`open_store`] makes as declared, such as an index that
/// somebody took away, is left as it is.
pub(crate) async fn open_store_untouched(settings: &Effective) -> Result<Arc<dyn Store>, Failure> {
    let store = open_store_as_it_is(settings).await?;
    backups::refuse_unfinished(&*store).await?;
    Ok(store)
}

/// Opens a store that is there for whoever needs that nobody else has it open. Of a shared one that is not said by opening
/// it.
pub(crate) async fn open_store_alone(settings: &Effective) -> Result<Arc<dyn Store>, Failure> {
    if server_address(settings).is_some() {
        return open_store_to_look(settings).await;
    }
    usable(settings)?;
    refuse_missing(settings)?;
    let store = SqliteStore::open_alone(SqliteOptions::at(store_path(settings)?))?;
    backups::refuse_unfinished(&store).await?;
    refuse_never_used(settings, &store).await?;
    Ok(Arc::new(store))
}

/// The embedded engine on a file of its own, to be made anew.
pub(crate) fn embedded_anew(path: &Path) -> Result<Box<dyn Replacement>, StoreError> {
    Ok(Box::new(SqliteReplacement::begin(SqliteOptions::at(path))?))
}

/// A store to be made anew beside the present one and put in its place; `None` for an engine that has no such thing.
pub(crate) fn replacement(settings: &Effective) -> Result<Option<Box<dyn Replacement>>, Failure> {
    if server_address(settings).is_some() {
        return Ok(None);
    }
    Ok(Some(embedded_anew(&store_path(settings)?)?))
}

/// Whether there may be a store already; opening it would else make one.
pub(crate) fn store_may_be_there(settings: &Effective) -> bool {
    // Where that cannot be seen, opening it says why.
    let is_there = |path: PathBuf| path.try_exists().unwrap_or(true);
    server_address(settings).is_some() || store_path(settings).is_ok_and(is_there)
}

/// The sealing keys.
pub(crate) fn sealer(settings: &Effective) -> Result<Sealer, Failure> {
    let keys = SecretString::from(settings.get("keys").unwrap_or_default().to_owned());
    Sealer::from_keys(&keys).map_err(|error| Failure::usage(error.to_string()))
}

/// Outlook, when a client id is set.
pub(crate) fn outlook(settings: &Effective) -> Result<Option<Arc<dyn CalendarProvider>>, Failure> {
    let Some(client_id) = settings.get("outlook_client_id") else { return Ok(None) };
    let beside = files_beside(settings)?;
    demo_folder::only_simulated(settings, &[data_dir(settings), beside.parent().unwrap_or(Path::new("."))])?;
    let ids = SystemIds::new();
    let options = OutlookOptions {
        client_id: client_id.to_owned(),
        client_secret: settings.get("outlook_client_secret").map(|secret| secret.to_owned().into()),
        tenant: settings.get("outlook_tenant").unwrap_or("organizations").to_owned(),
        authority_url: base_url(settings, "outlook_authority_url"),
        graph_url: base_url(settings, "outlook_graph_url"),
        may_write: false,
        clock: Arc::new(|| SystemClock.now()),
        request_ids: Arc::new(move || request_id(&ids)),
        limits: Limits { page_size: 200, ..Limits::default() },
    };
    let provider = OutlookProvider::new(options)
        .map_err(|error| Failure::usage(format!("the Outlook settings cannot be used: {error}")))?;
    Ok(Some(Arc::new(provider)))
}

/// A base address without the slash or the version people may have copied along.
fn base_url(settings: &Effective, key: &str) -> String {
    let text = settings.get(key).unwrap_or_default().trim_end_matches('/');
    text.strip_suffix("/v1.0").unwrap_or(text).to_owned()
}

/// A request id in the form of a UUID: random, with the second and a counter of ours in it.
fn request_id(ids: &SystemIds) -> String {
    let mut random = [0; 4];
    SystemEntropy.fill(&mut random);
    let hex: String = ids.next().bytes().iter().chain(&random).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// What the application's rules depend on.
pub(crate) fn app_settings(settings: &Effective) -> Result<app::Settings, Failure> {
    let listen = settings.get("listen").unwrap_or_default();
    let public_url = settings.get("public_url").map_or_else(|| format!("http://{listen}"), str::to_owned);
    let is_address = url::Url::parse(&public_url)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_address {
        return Err(settings
            .bad("public_url", "it must be an address such as https://callboard.example.org")
            .into());
    }
    let days = |key: &'static str| {
        let days = settings.get(key).unwrap_or_default().parse::<i64>().ok();
        days.filter(|days| (1..=MOST_DAYS).contains(days))
            .ok_or_else(|| settings.bad(key, format!("it must be a number of days from 1 to {MOST_DAYS}")))
    };
    Ok(app::Settings {
        public_url: public_url.trim_end_matches('/').to_owned(),
        admin_emails: settings.list("admin_emails").iter().map(|email| email.to_lowercase()).collect(),
        session_max_s: days("session_days")? * 86_400,
        session_idle_s: days("session_idle_days")? * 86_400,
        reads_by_itself: settings.get("sync_interval") != Some("off"),
        read_back_days: days("sync_back_days")?,
        read_ahead_days: days("sync_ahead_days")?,
        exports_dir: data_dir(settings).join("exports"),
        sync_log_keep_days: days("sync_log_keep")?,
        export_keep_days: days("export_keep")?,
        backup_encrypt_to: settings
            .get("backup_encrypt_to")
            .map(str::parse)
            .transpose()
            .map_err(|error| settings.bad("backup_encrypt_to", error))?,
        most_documents_a_step: None,
    })
}

/// The application over an open store.
pub(crate) fn app(settings: &Effective, store: Arc<dyn Store>) -> Result<App, Failure> {
    Ok(App::new(Parts {
        store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds::new()),
        entropy: Arc::new(SystemEntropy),
        outlook: outlook(settings)?,
        sealer: sealer(settings)?,
        settings: app_settings(settings)?,
        timer: Arc::new(SystemTimer),
        process: running::name().to_owned(),
    }))
}

/// The operator at the command line, acting for nobody in particular.
pub(crate) fn operator() -> Caller {
    Caller { user_id: Id::NOBODY, role: Role::Admin, via: Via::Operator }
}

/// The operator, acting for one person.
pub(crate) fn operator_for(user_id: Id) -> Caller {
    Caller { user_id, ..operator() }
}
