//! Every setting, declared once.

/// A setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Key in the TOML file; `CALLBOARD_` and the key in capitals is the environment's name.
    pub(crate) key: &'static str,
    /// What holds when nobody says otherwise; `None`: nothing.
    pub(crate) default: Option<&'static str>,
    /// Whether it is masked wherever it is shown, and may be given as a file (`…_FILE`).
    pub(crate) is_secret: bool,
    /// What it does, with units.
    pub(crate) doc: &'static str,
}

const fn plain(key: &'static str, default: Option<&'static str>, doc: &'static str) -> Setting {
    Setting { key, default, is_secret: false, doc }
}

const fn secret(key: &'static str, doc: &'static str) -> Setting {
    Setting { key, default: None, is_secret: true, doc }
}

/// All settings in the order they are shown.
pub(crate) static SETTINGS: &[Setting] = &[
    plain(
        "data_dir",
        Some("callboard-data"),
        "Folder for the embedded store and other files: backups, exports. For one store only.",
    ),
    plain(
        "store",
        None,
        "Where data is kept: `sqlite:PATH`, or `mongodb://HOSTS/DATABASE?replicaSet=NAME` (`mongodb+srv://` too). \
         Default: `callboard.db` in the data folder.",
    ),
    plain("listen", Some("127.0.0.1:8080"), "Address and port to listen on."),
    plain(
        "metrics_listen",
        None,
        "Address and port that answer `/metrics` and nothing else, without asking who wants it. Default: none; `/metrics` \
         of the server is there in any case.",
    ),
    plain(
        "public_url",
        None,
        "Where people reach this server, with a sub-path if there is one. Default: `http://` and the listen address.",
    ),
    plain(
        "trusted_proxies",
        Some(""),
        "Addresses of proxies whose X-Forwarded-For is believed, separated by commas.",
    ),
    secret("keys", "Sealing keys, newest first: `id:base64 of 32 bytes`, separated by commas or line ends."),
    plain(
        "admin_emails",
        Some(""),
        "Mail addresses that become administrators when they sign in, separated by commas.",
    ),
    plain("outlook_client_id", None, "Application (client) id of the app registration at Microsoft Entra."),
    secret("outlook_client_secret", "Client secret of the app registration; none for a public client."),
    plain(
        "outlook_tenant",
        Some("organizations"),
        "`common`, `organizations`, `consumers`, or a tenant's id or domain.",
    ),
    plain(
        "outlook_authority_url",
        Some("https://login.microsoftonline.com"),
        "Where people sign in; national clouds have their own.",
    ),
    plain(
        "outlook_graph_url",
        Some("https://graph.microsoft.com"),
        "Microsoft Graph; national clouds have their own.",
    ),
    plain(
        "sync_interval",
        Some("5m"),
        "How often every calendar is read by itself: `30s`, `5m`, `2h`, or `off`.",
    ),
    plain("sync_back_days", Some("732"), "How many days back the first read of a calendar goes."),
    plain("sync_ahead_days", Some("732"), "How many days ahead a read that needs an end goes."),
    plain(
        "archive_after",
        Some("2y"),
        "How long after its end an event goes to the archive, every night: `2y`, `540d`, or `off`. A year is 365 days.",
    ),
    plain("sync_log_keep", Some("400"), "How many days the logs of sync runs are kept."),
    plain("export_keep", Some("30"), "How many days the file of an export is kept."),
    plain(
        "backup_every",
        Some("24h"),
        "How often the server makes a backup in `backups` in the data folder: `6h`, `24h`, or `off`.",
    ),
    plain("backup_keep", Some("7"), "How many backups of each kind are kept there."),
    plain(
        "backup_encrypt_to",
        None,
        "Public half of an age key (`age1…`) that backups made by the clock, before migrations and as exports of the API are encrypted to.",
    ),
    plain("session_days", Some("30"), "How many days a sign-in lasts at the most."),
    plain("session_idle_days", Some("7"), "How many days a sign-in lasts without use."),
    plain("log", Some("info"), "Log filter, for example `info,app=debug`."),
    plain("log_format", Some("text"), "`text` for people, `json` for machines."),
];

/// Names in the environment that belong to tests and tools, not to the configuration.
pub(crate) const NOT_SETTINGS: &[&str] = &[
    "CALLBOARD_CONFIG",
    "CALLBOARD_CONTRACTS",
    "CALLBOARD_MONGOD",
    "CALLBOARD_SEED",
    "CALLBOARD_SEEDS",
    "CALLBOARD_TEST_MONGODB_URI",
    "CALLBOARD_URL",
];

/// The setting of this key.
pub(crate) fn named(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

impl Setting {
    /// Whether its value may be in a file of its own: a secret, or an address that may have a password in it.
    pub(crate) fn may_be_a_file(&self) -> bool {
        self.is_secret || self.key == "store"
    }

    /// Its name in the environment.
    pub(crate) fn variable(&self) -> String {
        format!("CALLBOARD_{}", self.key.to_uppercase())
    }
}
