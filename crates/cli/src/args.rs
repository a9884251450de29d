//! The command line, as people type it.

mod accounts;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::accounts::{DryRun, Keys, Tokens, Users};

/// Callboard: the operations calendar for venues and event teams.
#[derive(Debug, Parser)]
#[command(
    name = "callboard",
    version,
    about = "Callboard: the operations calendar for venues and event teams",
    after_help = "Settings come from flags, the environment (CALLBOARD_…) and a TOML file: see `callboard config show`.\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.",
    max_term_width = 110
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where data is kept: `sqlite:PATH` or `mongodb://…/database`.
    #[arg(long, global = true, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// Answer in JSON, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server: API, web app, background sync.
    Serve(Serve),
    /// Try it: a server with a simulated Outlook and three people, nothing to set up.
    Demo(Demo),
    /// Run only the simulated Outlook.
    Simulate(Simulate),
    /// Read calendars from Outlook now.
    Sync(Sync),
    /// Show or apply changes of the stored form.
    Migrate {
        #[command(subcommand)]
        action: Migrate,
    },
    /// Write events or people to a file. Internal fields are in tables, marked in the head; secrets never are.
    Export(Export),
    /// Move events that ended long ago to the archive. They can still be found, and brought back.
    Archive(Archive),
    /// Everything in one file, as MongoDB's tools read it too.
    Backup {
        #[command(subcommand)]
        action: Backup,
    },
    /// Put a backup in the place of the store. What is there is kept as a restore point.
    Restore(Restore),
    /// Where data is kept.
    Store {
        #[command(subcommand)]
        action: StoreAction,
    },
    /// Fill the store with development data, the same for the same seed.
    #[command(after_help = SEEDED)]
    Seed(Seed),
    /// Tokens for scripts.
    Tokens {
        #[command(subcommand)]
        action: Tokens,
    },
    /// People.
    Users {
        #[command(subcommand)]
        action: Users,
    },
    /// Keys that seal provider tokens.
    Keys {
        #[command(subcommand)]
        action: Keys,
    },
    /// Check configuration, clock, disk, store, keys and Outlook; say what to do about each finding.
    Doctor {
        /// A text for a bug report, secrets masked.
        #[arg(long, conflicts_with = "data")]
        report: bool,
        /// Look at every stored document instead: declarations, references, doubles, counts, derived fields, indexes.
        #[arg(long)]
        data: bool,
        /// With --data: mend what is safe to mend (counts, derived fields, declared indexes, our own leftovers), and say what
        /// was done.
        #[arg(long, requires = "data")]
        repair: bool,
    },
    /// Show or check the configuration.
    Config {
        #[command(subcommand)]
        action: Config,
    },
    /// Print the OpenAPI 3.1 document of the API.
    Openapi,
    /// Print the completions for a shell.
    Completions {
        /// bash, elvish, fish, powershell or zsh.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for each command.
    Man {
        /// The folder for them, for example /usr/local/share/man/man1. It is made when it is missing.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Apply pending migrations before serving.
    #[arg(long)]
    pub(crate) migrate: bool,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Port of the web app.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Port of the simulated Outlook; 0 for any free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) graph_port: u16,
    /// So many more events in the mailbox of each of the three people, up to 100,000; reading them takes its time.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) events: u32,
    /// Folder for the demo's data; made anew at every start.
    #[arg(long, default_value = "target/demo", value_name = "DIR")]
    pub(crate) data: PathBuf,
}

/// Flags of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Port of the simulated Outlook.
    #[arg(long, default_value_t = 9090)]
    pub(crate) graph_port: u16,
    /// Faults to play from the start: a JSON file as `POST /_sim/faults` takes it.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Seed of the simulated people's events.
    #[arg(long, default_value_t = 1)]
    pub(crate) random_seed: u64,
    /// So many more events in the mailbox of each of the three people, up to 100,000: single ones, whole days, series.
    #[arg(long, default_value_t = 0, conflicts_with = "empty", value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) events: u32,
    /// Start with nobody in it.
    #[arg(long)]
    pub(crate) empty: bool,
}

/// Flags of `sync`.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Only this person's calendars.
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
    /// Only this calendar.
    #[arg(long, value_name = "ID")]
    pub(crate) calendar: Option<model::Id>,
    /// Print the plan and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Read from the start and compare everything.
    #[arg(long)]
    pub(crate) full: bool,
}

/// Actions of `migrate`.
#[derive(Debug, Subcommand)]
pub(crate) enum Migrate {
    /// What is applied and what is pending.
    Status,
    /// Apply what is pending. One that was interrupted goes on where it stopped.
    Up {
        /// Only up to this number.
        #[arg(long, value_name = "N")]
        to: Option<u32>,
        /// Look at every document and say how many would be changed; change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Take migrations back: the last one, or all after a number.
    Down {
        /// Take back all after this number.
        #[arg(long, value_name = "N")]
        to: Option<u32>,
        /// Look at every document and say how many would be changed; change nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Flags of `export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// What to write: events (series as their masters), people, or everything, as `backup create` does.
    #[arg(long = "type", value_enum)]
    pub(crate) kind: ExportKind,
    /// How to write it: a table (csv), one JSON object a line (ndjson), one JSON object (json), a workbook (xlsx), a
    /// calendar (ics; events only, and only what may be passed on). csv when absent; a full backup has none.
    #[arg(long, value_enum)]
    pub(crate) format: Option<ExportFormat>,
    /// Only events that end after this: a date (midnight in UTC) or an instant.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub(crate) from: Option<jiff::Timestamp>,
    /// Only events that begin before this.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub(crate) to: Option<jiff::Timestamp>,
    /// Only of this person; may be given again.
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Vec<String>,
    /// Only in this category, Outlook's or the house's; may be given again.
    #[arg(long)]
    pub(crate) category: Vec<String>,
    /// Only at this location; may be given again.
    #[arg(long)]
    pub(crate) location: Vec<String>,
    /// The file. It appears when it is whole.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Say how many records and bytes would be written; write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Flags of `archive`.
#[derive(Debug, Args)]
pub(crate) struct Archive {
    /// How long after their end: `2y`, `540d`. A year is 365 days. Default: the setting `archive_after`, else two years.
    #[arg(long, value_name = "TIME", value_parser = long_time)]
    pub(crate) older_than: Option<jiff::SignedDuration>,
    /// Only count what would move.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A time in days or years.
pub(crate) fn long_time(text: &str) -> Result<jiff::SignedDuration, String> {
    let days = text.split_at_checked(text.len().saturating_sub(1)).and_then(|(number, unit)| {
        let number: i64 = number.parse().ok()?;
        match unit {
            "d" => Some(number),
            "y" => number.checked_mul(365),
            _ => None,
        }
    });
    days.filter(|days| (1..=36_500).contains(days))
        .map(|days| jiff::SignedDuration::from_hours(24 * days))
        .ok_or_else(|| "it must be a number of days or years, such as 540d or 2y".to_owned())
}

/// What can be exported.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ExportKind {
    Events,
    Users,
    #[value(name = "full_backup")]
    FullBackup,
}

impl From<ExportKind> for model::documents::ExportType {
    fn from(kind: ExportKind) -> Self {
        match kind {
            ExportKind::Events => Self::Events,
            ExportKind::Users => Self::Users,
            ExportKind::FullBackup => Self::FullBackup,
        }
    }
}

/// How an export can be written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    Csv,
    Ndjson,
    Json,
    Xlsx,
    Ics,
}

impl From<ExportFormat> for app::exports::Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Ndjson => Self::Ndjson,
            ExportFormat::Json => Self::Json,
            ExportFormat::Xlsx => Self::Xlsx,
            ExportFormat::Ics => Self::Ics,
        }
    }
}

/// An instant, or a date for its midnight in UTC.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10);
    let midnight = date.and_then(app::records::events::view::midnight);
    midnight.or_else(|| text.parse().ok()).ok_or_else(|| {
        "it must be a date such as 2026-11-23 or an instant such as 2026-11-23T09:00:00Z".to_owned()
    })
}

/// Actions of `backup`.
#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    /// Write a backup, as of one moment where the engine can. The server may run. The sealing keys are not in it.
    Create {
        /// The file. It appears when it is whole; mongorestore takes it too.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Encrypt it to this key: the public half that age-keygen prints.
        #[arg(long, value_name = "AGE_KEY")]
        encrypt_to: Option<app::backup::Recipient>,
        /// Replace the file if it is there.
        #[arg(long)]
        replace: bool,
        /// Say what would be in it and how large it would be; write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Prove a backup: read all of it, restore it into a scratch store, compare.
    Verify {
        /// A backup, or what mongodump made of a Callboard database.
        file: PathBuf,
        /// The key of an encrypted backup: a file as age-keygen writes it.
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
}

/// Flags of `restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// A backup, or what mongodump made of a Callboard database: an archive or a folder.
    pub(crate) file: PathBuf,
    /// The key of an encrypted backup: a file as age-keygen writes it.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// Read all of it and say what would be restored.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Replace what is in the store; a restore point is made first.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// Actions of `store`.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreAction {
    /// Move everything to another, empty store and compare it there. The old one is left as it was. Stop the server first.
    Move {
        /// Where to: `sqlite:PATH` or `mongodb://…/database`.
        #[arg(long, value_name = "STORE")]
        to: String,
        /// Read everything and say what would be moved; write nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// What `seed` makes.
const SEEDED: &str = "\
Made are houses in cities around the world with rooms, coordinates, stock and crew; people with calendars; bookings with
set-up, teardown, gear, crew, clients and budgets. Of fifty events two are series (with occurrences called off and changed),
two whole days, one lasts for days, one is called off; one is in a room that is taken, one wants crew that is elsewhere, one
more gear than there is. Everybody and every house is made up. A seed that was interrupted goes on by the same command.";

/// Flags of `seed`.
#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// How many people.
    #[arg(long, default_value_t = 3)]
    pub(crate) users: u32,
    /// How many events in all.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) events: u64,
    /// Over how many years.
    #[arg(long, default_value_t = 2)]
    pub(crate) years: u32,
    /// The same seed gives the same data around the same day, to the last id.
    #[arg(long, default_value_t = 1)]
    pub(crate) random_seed: u64,
    /// The day in the middle of the years, such as 2026-11-28; today without it.
    #[arg(long, value_name = "DATE")]
    pub(crate) around: Option<jiff::civil::Date>,
    /// Say what would be made, what of it is there already, and where; make nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Actions of `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Every setting: its value, where it comes from, secrets masked.
    Show,
    /// Whether the configuration can be used.
    Check,
    /// The reference of all settings, in Markdown.
    Reference,
}
